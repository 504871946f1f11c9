//! The desktop's file dialogs. They wait for the user, so they wait on threads of their own.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};

use egui::Context;
use session::{Request, Source};

use crate::model::Model;

/// What a dialog was opened for.
pub(crate) enum Chosen {
    Open(PathBuf),
    Save(PathBuf),
}

/// The dialogs that are open.
pub(crate) struct Files {
    tell: Sender<Chosen>,
    told: Receiver<Chosen>,
}

impl Default for Files {
    fn default() -> Self {
        let (tell, told) = channel();
        Self { tell, told }
    }
}

impl Files {
    /// Asks for a saved pull to open.
    pub(crate) fn ask_open(&self, ctx: &Context) {
        let dialog = rfd::FileDialog::new().set_title("Open a saved pull").add_filter("Emberline fleet", &["fleet"]);
        self.ask(ctx, move || dialog.pick_file().map(Chosen::Open));
    }

    /// Asks where to save the pull on screen.
    pub(crate) fn ask_save(&self, ctx: &Context, model: &Model) {
        let name = model.view.as_ref().map_or_else(String::new, |view| {
            format!("{}-{}.fleet", view.source.title().to_lowercase(), view.pulled_at.timestamp().strftime("%Y-%m-%d"))
        });
        let dialog = rfd::FileDialog::new()
            .set_title("Save this pull")
            .add_filter("Emberline fleet", &["fleet"])
            .set_file_name(name);
        self.ask(ctx, move || dialog.save_file().map(Chosen::Save));
    }

    fn ask(&self, ctx: &Context, dialog: impl FnOnce() -> Option<Chosen> + Send + 'static) {
        let (tell, ctx) = (self.tell.clone(), ctx.clone());
        std::thread::spawn(move || {
            if let Some(chosen) = dialog() {
                // A window that has closed meanwhile does not want to know.
                let _ = tell.send(chosen);
                ctx.request_repaint_after(std::time::Duration::from_millis(1));
            }
        });
    }

    /// The requests that dialogs have led to.
    pub(crate) fn requests(&self) -> impl Iterator<Item = Request> {
        self.told.try_iter().map(|chosen| match chosen {
            Chosen::Open(path) => Request::Open(Source::File(path)),
            Chosen::Save(path) => Request::Save(path),
        })
    }
}

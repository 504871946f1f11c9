//! What the session tells, taken into the model.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use session::{Event, Failure, View};

use crate::model::{Model, NOTICE, Notice, Pull};
use crate::saved::remember;
use crate::selection::Selection;

impl Model {
    /// Takes an event in. Returns whether a view of another source came: the canvas then looks at all of it.
    pub(crate) fn take(&mut self, event: Event) -> bool {
        match event {
            Event::PullBegan(source) => {
                self.failure = None;
                self.source = Some(source.clone());
                self.pull = Some(Pull::of(source));
            }
            Event::Progress(progress) => {
                if let Some(pull) = &mut self.pull {
                    pull.take(progress);
                }
            }
            Event::PullCancelled => {
                self.pull = None;
                self.source = self.view.as_ref().map(|view| view.source.clone());
            }
            Event::View(view) => return self.show(view),
            Event::Filtered(filtered) => self.filtered = Some(filtered),
            Event::Acting(acting) => self.acting = acting,
            Event::Saved(path) => self.notify(format!("Saved {}", name_of(&path))),
            Event::Closed => {
                let kept = std::mem::take(self);
                *self = Self {
                    mode: kept.mode,
                    refresh_every: kept.refresh_every,
                    theme: kept.theme,
                    inspector: kept.inspector,
                    recent: kept.recent,
                    profiles: kept.profiles,
                    ..Self::default()
                };
            }
            Event::Failed(failure) => self.fail(failure),
        }
        false
    }

    fn show(&mut self, view: Arc<View>) -> bool {
        let is_new = self.view.as_ref().is_none_or(|shown| shown.source != view.source);
        // A view that was only drawn anew, with older bases unfolded, ends no pull.
        let is_pulled = self.view.as_ref().is_none_or(|shown| !Arc::ptr_eq(&shown.fleet, &view.fleet));
        if is_pulled {
            self.pull = None;
            self.failure = None;
        }
        self.selection = self.selection.carried_to(&view.fleet, &view.lineage);
        if is_new {
            self.trail = crate::selection::Trail::default();
            self.trail.push(self.selection.clone());
            remember(&mut self.recent, &view.source);
        }
        self.source = Some(view.source.clone());
        self.view = Some(view);
        is_new
    }

    fn fail(&mut self, failure: Failure) {
        self.pull = None;
        self.source = self.view.as_ref().map(|view| view.source.clone());
        self.failure = Some(failure);
    }

    /// Says a word for a moment.
    pub(crate) fn notify(&mut self, text: String) {
        self.notice = Some(Notice { text, until: Instant::now() + NOTICE });
    }

    /// Selects, and goes on in the trail.
    pub(crate) fn select(&mut self, selection: Selection) {
        self.trail.push(selection.clone());
        self.selection = selection;
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

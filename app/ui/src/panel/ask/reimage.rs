//! Reimage a server: from what.

use egui::Ui;
use operate::Action;

use super::field;

/// What the new root volume is made from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum From {
    Launch,
    Named,
}

#[derive(Clone, Debug)]
pub(super) struct Reimage {
    server: String,
    from: From,
    image: String,
}

impl Reimage {
    pub(super) fn of(server: String, image: Option<String>) -> Self {
        let from = if image.is_some() { From::Named } else { From::Launch };
        Self { server, from, image: image.unwrap_or_default() }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui) {
        let of = [(From::Launch, "The state that it was launched in"), (From::Named, "Another image")];
        let hint = "The server keeps its id, addresses and other volumes. It restarts, and what was changed on its root \
                    volume since is gone.";
        field::choice(ui, "New root volume from", &mut self.from, &of, hint);
        if self.from == From::Named {
            field::text(ui, "Image", &mut self.image, "ami-…", "");
        }
    }

    pub(super) fn action(&self) -> Result<Action, String> {
        let image = match self.from {
            From::Launch => None,
            From::Named => {
                let image = self.image.trim();
                if !image.starts_with("ami-") {
                    return Err("Image: an id such as ami-0c4177aa2be44e1d7.".to_owned());
                }
                Some(image.to_owned())
            }
        };
        Ok(Action::Reimage { server: self.server.clone(), image })
    }
}

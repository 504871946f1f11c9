//! Reimage a server: from what.

use egui::Ui;
use operate::Action;

use super::field;
use super::known::{Choice, Known};

/// What the new root volume is made from.
#[derive(Clone, PartialEq, Eq, Debug)]
enum From {
    Launch,
    /// One of the recipe's images, by its id.
    Known(String),
    Named,
}

#[derive(Clone, Debug)]
pub(super) struct Reimage {
    server: String,
    from: From,
    image: String,
    images: Vec<Choice>,
}

impl Reimage {
    pub(super) fn of(server: String, image: Option<String>, known: &Known) -> Self {
        let from = match &image {
            Some(id) if known.images.iter().any(|image| image.name == *id) => From::Known(id.clone()),
            Some(_) => From::Named,
            None => From::Launch,
        };
        Self { server, from, image: image.unwrap_or_default(), images: known.images.clone() }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui) {
        let mut of = vec![(From::Launch, "The state that it was launched in")];
        of.extend(self.images.iter().map(|image| (From::Known(image.name.clone()), image.words.as_str())));
        of.push((From::Named, "Another image"));
        let hint = "The server keeps its id, addresses and other volumes. It restarts, and what was changed on its root \
                    volume since is gone.";
        field::choice(ui, "New root volume from", &mut self.from, &of, hint);
        if self.from == From::Named {
            field::text(ui, "Image", &mut self.image, "ami-…", "");
        }
    }

    pub(super) fn action(&self) -> Result<Action, String> {
        let image = match &self.from {
            From::Launch => None,
            From::Known(id) => Some(id.clone()),
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

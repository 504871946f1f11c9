//! Bake a server as it is into an image: under which name, and whether it may stop for it.

use egui::Ui;
use operate::Action;

use super::field;

#[derive(Clone, Debug)]
pub(super) struct Bake {
    pub(super) server: String,
    pub(super) name: String,
    pub(super) reboot: bool,
}

/// `CreateImage` takes names of 3 to 128 characters.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 3..=128;

impl Bake {
    pub(super) fn ui(&mut self, ui: &mut Ui) {
        field::text(ui, "Image's name", &mut self.name, "made of its name and the time", "");
        let of = [
            (false, "Keep it running: what is not yet on disk may be missing from the image"),
            (true, "Reboot it: its file systems are whole, and it is away for some minutes"),
        ];
        field::choice(ui, "While the image is taken", &mut self.reboot, &of, "");
    }

    pub(super) fn action(&self) -> Result<Action, String> {
        let name = Some(self.name.trim()).filter(|name| !name.is_empty());
        if name.is_some_and(|name| !NAME_LENGTH.contains(&name.chars().count())) {
            return Err("Image's name: 3 to 128 characters.".to_owned());
        }
        Ok(Action::Bake { server: self.server.clone(), name: name.map(str::to_owned), reboot: self.reboot })
    }
}

//! Roll a group: how.

use egui::Ui;
use operate::Action;

use super::refresh::Refresh;

#[derive(Clone, Debug)]
pub(super) struct Roll {
    pub(super) group: String,
    pub(super) refresh: Refresh,
}

impl Roll {
    pub(super) fn ui(&mut self, ui: &mut Ui) {
        self.refresh.ui(ui, true);
    }

    pub(super) fn action(&self) -> Result<Action, String> {
        Ok(Action::Roll { group: self.group.clone(), choices: self.refresh.choices()? })
    }
}

//! Roll a group: how.

use egui::Ui;
use operate::{Action, RefreshChoices};

use super::field;
use super::known::Known;
use super::refresh::Refresh;

#[derive(Clone, Debug)]
pub(super) struct Roll {
    pub(super) group: String,
    pub(super) refresh: Refresh,
    known: Known,
}

impl Roll {
    /// Where nothing else was asked for, the newest version is taken.
    pub(super) fn of(group: String, choices: &RefreshChoices, known: Known) -> Self {
        let mut refresh = Refresh::of(choices);
        if let Some(newest) = known.versions.first().filter(|_| refresh.version.is_empty()) {
            refresh.version.clone_from(&newest.name);
        }
        Self { group, refresh, known }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui) {
        let hint = "Pinned to a number, so that nothing changes under way.";
        let version = &mut self.refresh.version;
        if self.known.versions.is_empty() {
            field::text(ui, "Template version", version, "what the group wants now", hint);
        } else {
            let of: Vec<_> = self.known.versions.iter().map(|one| (one.name.clone(), one.words.as_str())).collect();
            field::choice(ui, "Template version", version, &of, hint);
            if self.known.has_more {
                field::text(ui, "Or another number", version, "", "");
            }
        }
        self.refresh.ui(ui);
    }

    pub(super) fn action(&self) -> Result<Action, String> {
        Ok(Action::Roll { group: self.group.clone(), choices: self.refresh.choices()? })
    }
}

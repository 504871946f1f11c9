//! Rebake and roll a group: from which recipe, whether to stop between the steps, and how to roll.

use egui::Ui;
use operate::Action;

use super::field;
use super::refresh::Refresh;

#[derive(Clone, Debug)]
pub(super) struct RebakeRoll {
    pub(super) group: String,
    pub(super) recipe: String,
    pub(super) pauses: bool,
    pub(super) refresh: Refresh,
}

impl RebakeRoll {
    pub(super) fn ui(&mut self, ui: &mut Ui) {
        field::text(
            ui,
            "Recipe",
            &mut self.recipe,
            "",
            "An Image Builder recipe's ARN, or a bake command of the policy file by its name.",
        );
        let hint = "After the bake and after the new template version a word of yours is waited for.";
        field::switch(ui, "Between the steps", &mut self.pauses, "Stop and ask me", hint);
        self.refresh.ui(ui);
    }

    pub(super) fn action(&self) -> Result<Action, String> {
        let recipe = self.recipe.trim();
        if recipe.is_empty() {
            return Err("Recipe: name the one to bake.".to_owned());
        }
        Ok(Action::RebakeRoll {
            group: self.group.clone(),
            recipe: recipe.to_owned(),
            pipeline: None,
            choices: self.refresh.choices()?,
            pauses: self.pauses,
        })
    }
}

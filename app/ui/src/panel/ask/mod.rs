//! The dialogs that ask for the choices of an action before it is planned, one a file. Nothing is changed by them: what
//! they lead to is a plan, and the sheet on which it is confirmed.

mod bake;
mod field;
mod known;
mod lifetime;
mod rebake_roll;
mod refresh;
mod reimage;
mod roll;

use egui::{Align, Id, Layout, Modal, ScrollArea, Ui};
use operate::{Action, Scope};

pub(crate) use self::known::Known;
use self::refresh::Refresh;
use crate::command::Command;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Weight, button, label, line};

/// A dialog that is open: where its action would happen, and what is chosen so far.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    scope: Scope,
    place: String,
    title: String,
    choices: Choices,
    /// Whether Cancel has been given the keyboard.
    is_focused: bool,
}

#[derive(Clone, Debug)]
enum Choices {
    Roll(roll::Roll),
    RebakeRoll(rebake_roll::RebakeRoll),
    Reimage(reimage::Reimage),
    Bake(bake::Bake),
    Lifetime(lifetime::Lifetime),
}

impl Ask {
    /// The dialog of an action, with its choices as they are in it and with what is known to choose from; `None` where
    /// there is nothing to choose.
    pub(crate) fn of(scope: Scope, place: String, action: &Action, known: Known) -> Option<Self> {
        let choices = match action.clone() {
            Action::Replace { .. } | Action::Rebake { .. } | Action::Burn { .. } => return None,
            Action::Roll { group, choices } => Choices::Roll(roll::Roll::of(group, &choices, known)),
            Action::RebakeRoll { group, recipe, choices, pauses, .. } => {
                let refresh = Refresh::of(&choices);
                Choices::RebakeRoll(rebake_roll::RebakeRoll { group, recipe, pauses, refresh })
            }
            Action::Reimage { server, image } => Choices::Reimage(reimage::Reimage::of(server, image, &known)),
            Action::Bake { server, name, reboot } => {
                Choices::Bake(bake::Bake { server, name: name.unwrap_or_default(), reboot })
            }
            Action::SetLifetime { group, lifetime_s } => Choices::Lifetime(lifetime::Lifetime::of(group, lifetime_s)),
        };
        Some(Self { scope, place, title: action.title(), choices, is_focused: false })
    }

    pub(crate) fn ui(&mut self, ui: &Ui, commands: &mut Vec<Command>) {
        let theme = Theme::of(ui);
        let modal = Modal::new(Id::unique("ask"))
            .backdrop_color(theme.surface.shade)
            .frame(super::dialog_frame(theme, ui.style()))
            .show(ui.ctx(), |ui| {
                let screen = ui.ctx().content_rect().size();
                ui.set_width(600.0_f32.min(screen.x - 80.0));
                super::frame(theme, 20, 16).show(ui, |ui| {
                    label(ui, Type::Title, theme.text.strong, self.title.clone());
                    label(ui, Type::NumberSmall, theme.text.muted, self.place.clone());
                    ui.add_space(3.0 * GRID);
                    ScrollArea::vertical().max_height(screen.y - 240.0).auto_shrink([false, true]).show(ui, |ui| {
                        self.choices_ui(ui);
                    });
                    ui.add_space(2.0 * GRID);
                    self.footer_ui(ui, commands);
                });
            });
        if modal.should_close() {
            commands.push(Command::CloseOverlay);
        }
    }

    fn choices_ui(&mut self, ui: &mut Ui) {
        match &mut self.choices {
            Choices::Roll(roll) => roll.ui(ui),
            Choices::RebakeRoll(rebake_roll) => rebake_roll.ui(ui),
            Choices::Reimage(reimage) => reimage.ui(ui),
            Choices::Bake(bake) => bake.ui(ui),
            Choices::Lifetime(lifetime) => lifetime.ui(ui),
        }
    }

    fn action(&self) -> Result<Action, String> {
        match &self.choices {
            Choices::Roll(roll) => roll.action(),
            Choices::RebakeRoll(rebake_roll) => rebake_roll.action(),
            Choices::Reimage(reimage) => reimage.action(),
            Choices::Bake(bake) => bake.action(),
            Choices::Lifetime(lifetime) => lifetime.action(),
        }
    }

    fn footer_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let theme = Theme::of(ui);
        let action = self.action();
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 2.0 * GRID;
                let plan =
                    ui.add_enabled_ui(action.is_ok(), |ui| button(ui, Weight::Primary, None, "Show the plan")).inner;
                if let (true, Ok(action)) = (plan.clicked(), &action) {
                    commands.push(Command::CloseOverlay);
                    commands.push(Command::Plan(self.scope.clone(), Box::new(action.clone())));
                }
                let cancel = button(ui, Weight::Secondary, None, "Cancel");
                if !std::mem::replace(&mut self.is_focused, true) {
                    cancel.request_focus();
                }
                if cancel.clicked() {
                    commands.push(Command::CloseOverlay);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| match &action {
                    Ok(_) => line(ui, Type::Small, theme.text.muted, "Nothing is changed yet: the plan comes first."),
                    Err(wrong) => line(ui, Type::Small, theme.tone.error, wrong.clone()),
                });
            });
        });
    }
}

#[cfg(test)]
mod tests;

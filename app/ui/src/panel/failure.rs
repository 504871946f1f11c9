//! What could not be done, with the next thing to do: the command of an expired sign-in, and a retry.

use egui::{Align, Layout, Panel, Ui};
use session::Failure;

use crate::command::Command;
use crate::model::Model;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Weight, button, icon_button, label};

pub(crate) fn failure_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let Some(failure) = &model.failure else { return };
    let theme = Theme::of(ui);
    Panel::top("failure").frame(super::frame(theme, 16, 10)).show(ui, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            if icon_button(ui, Icon::Close, "Dismiss").clicked() {
                commands.push(Command::Dismiss);
            }
            if failure.retry && button(ui, Weight::Secondary, Some(Icon::Refresh), "Retry").clicked() {
                commands.push(Command::Refresh);
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| words_ui(ui, failure, commands));
        });
    });
}

fn words_ui(ui: &mut Ui, failure: &Failure, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(16.0), egui::Sense::hover());
        Icon::Warning.paint(ui.painter(), rect, theme.tone.error);
        label(ui, Type::Strong, theme.text.strong, failure.message.clone());
    });
    if let Some(next) = &failure.next {
        label(ui, Type::Body, theme.text.muted, next.clone());
    }
    if let Some(command) = &failure.command {
        ui.horizontal(|ui| {
            label(ui, Type::Body, theme.text.muted, "Run");
            label(ui, Type::Mono, theme.text.strong, command.clone());
            if icon_button(ui, Icon::Copy, "Copy the command").clicked() {
                commands.push(Command::Copy(command.clone(), "command"));
            }
        });
    }
}

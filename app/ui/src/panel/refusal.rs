//! Why an action was refused: the reason and the next step of each guard that stands against it.

use egui::{Align, Layout, Panel, Ui};

use crate::command::Command;
use crate::model::Model;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, icon_button, label};
use crate::words::sentence;

pub(crate) fn refusal_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let Some(refused) = model.refused() else { return };
    let theme = Theme::of(ui);
    Panel::top("refusal").frame(super::frame(theme, 16, 10)).show(ui, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            if icon_button(ui, Icon::Close, "Dismiss the refusal").clicked() {
                commands.push(Command::DismissRefusal);
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.horizontal(|ui| {
                    let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(16.0), egui::Sense::hover());
                    Icon::Halt.paint(ui.painter(), rect, theme.tone.error);
                    label(ui, Type::Strong, theme.text.strong, format!("{}: refused", refused.title));
                });
                for refusal in &refused.refusals {
                    label(ui, Type::Body, theme.text.body, sentence(&refusal.reason));
                    label(ui, Type::Small, theme.text.muted, refusal.next.clone());
                }
            });
        });
    });
}

//! The bar at the bottom: what could not be read or done, and how much there is.

use egui::{Align, Layout, Ui};

use crate::command::Command;
use crate::model::Model;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, label, line, link};
use crate::words::{counted, gap_sentence};

/// Height in points.
pub(crate) const HEIGHT: f32 = 28.0;

pub(crate) fn status_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0 * GRID;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(view) = &model.view {
                let totals = [
                    counted(view.findings.totals.servers.into(), "server"),
                    counted(view.fleet.groups.len() as u64, "group"),
                    counted(view.lineage.images.len() as u64, "image"),
                ];
                label(ui, Type::Small, theme.text.muted, totals.join(" · "));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| left_ui(ui, model, commands));
        });
    });
}

fn left_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    if let Some(notice) = &model.notice {
        line(ui, Type::Small, theme.text.body, notice.text.clone());
        return;
    }
    let Some(view) = &model.view else { return };
    let Some(first) = view.fleet.gaps.first() else {
        line(ui, Type::Small, theme.text.muted, "Everything was read: no gaps.");
        return;
    };
    let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(3.5 * GRID), egui::Sense::hover());
    Icon::Warning.paint(ui.painter(), rect, theme.tone.warning);
    ui.spacing_mut().item_spacing.x = 3.0 * GRID;
    ui.add_space(-1.5 * GRID);
    if link(ui, Type::Small, &counted(view.fleet.gaps.len() as u64, "gap"))
        .on_hover_text("List what could not be read")
        .clicked()
    {
        commands.push(Command::OpenGaps);
    }
    line(ui, Type::Small, theme.text.muted, gap_sentence(view, first));
}

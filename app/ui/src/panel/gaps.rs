//! The list of gaps: what could not be read, why, and the permission that is missing.

use egui::{Id, Modal, RichText, ScrollArea, Ui};
use fleet::{Gap, GapKind};
use session::View;

use crate::command::Command;
use crate::model::Model;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Tone, Weight, badge, button, icon_button, label};
use crate::words::{counted, gap_kind, gap_sentence};

pub(crate) fn gaps_ui(ui: &Ui, model: &Model, commands: &mut Vec<Command>) {
    let Some(view) = &model.view else { return };
    let theme = Theme::of(ui);
    let modal = Modal::new(Id::unique("gaps"))
        .backdrop_color(theme.surface.shade)
        .frame(super::dialog_frame(theme, ui.style()))
        .show(ui.ctx(), |ui| {
            ui.set_width(640.0_f32.min(ui.ctx().content_rect().width() - 80.0));
            super::frame(theme, 20, 16).show(ui, |ui| {
                ui.horizontal(|ui| {
                    label(ui, Type::Title, theme.text.strong, counted(view.fleet.gaps.len() as u64, "gap"));
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if icon_button(ui, Icon::Close, "Close").clicked() {
                            commands.push(Command::CloseOverlay);
                        }
                        if view.source.refreshes()
                            && button(ui, Weight::Secondary, Some(Icon::Refresh), "Pull again").clicked()
                        {
                            commands.extend([Command::CloseOverlay, Command::Refresh]);
                        }
                    });
                });
                label(
                    ui,
                    Type::Body,
                    theme.text.muted,
                    "This could not be read. What depends on it is shown as unknown, never as none.",
                );
                ui.add_space(2.0 * GRID);
                let height = ui.ctx().content_rect().height() - 260.0;
                ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                    for (position, gap) in view.fleet.gaps.iter().enumerate() {
                        ui.push_id(position, |ui| gap_ui(ui, view, gap, commands));
                    }
                });
            });
        });
    if modal.should_close() {
        commands.push(Command::CloseOverlay);
    }
}

fn gap_ui(ui: &mut Ui, view: &View, gap: &Gap, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    egui::Frame::new()
        .fill(theme.surface.raised)
        .corner_radius(8)
        .inner_margin(egui::Margin::same(12))
        .outer_margin(egui::Margin::symmetric(0, 4))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                badge(ui, if gap.kind == GapKind::Denied { Tone::Due } else { Tone::Quiet }, gap_kind(gap.kind));
                if let Some(resource) = view.fleet.text(gap.resource) {
                    label(ui, Type::Mono, theme.text.muted, resource);
                }
            });
            label(ui, Type::Strong, theme.text.strong, gap_sentence(view, gap));
            let message = RichText::new(view.fleet.str(gap.message)).font(Type::Small.font()).color(theme.text.muted);
            ui.add(egui::Label::new(message).wrap().selectable(true));
            if let Some(action) = view.fleet.text(gap.action) {
                ui.horizontal(|ui| {
                    label(ui, Type::Mono, theme.text.body, action);
                    if icon_button(ui, Icon::Copy, "Copy the IAM action").clicked() {
                        commands.push(Command::Copy(action.to_owned(), "IAM action"));
                    }
                });
            }
        });
}

//! The row above the canvas: how many servers need something; clicking a count filters by it.

use egui::{Align, Layout, Ui};

use crate::command::Command;
use crate::model::{Mode, Model};
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Chip, Icon, chip, icon_button, label};
use crate::words::number;

/// Height in points.
pub(crate) const HEIGHT: f32 = 44.0;

pub(crate) fn summary_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let Some(view) = &model.view else { return };
    let theme = Theme::of(ui);
    let totals = view.findings.totals;
    let chips = [
        (totals.servers, "servers", "", None, "Show every server"),
        (totals.overdue, "overdue", "phoenix:overdue", Some(theme.age(Some(1.0))), "Past their phoenix lifetime"),
        (totals.due, "due", "phoenix:due", Some(theme.age(Some(0.8))), "From 80 % of their phoenix lifetime"),
        (totals.exempt, "exempt", "phoenix:exempt", Some(theme.phoenix.exempt), "Exempt by their tag emberline:exempt"),
        (totals.unknown, "unknown", "phoenix:unknown", Some(theme.phoenix.unknown), "Nothing says when they were born"),
        (
            totals.unknown_recipe,
            "unknown recipe",
            "recipe:unknown",
            None,
            "Nothing says what their image was baked from",
        ),
    ];
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        for (count, what, query, swatch, hint) in chips {
            // The two that matter are there even at none: that is good news.
            if count == 0 && !matches!(what, "servers" | "overdue" | "due") {
                continue;
            }
            let on = !query.is_empty() && model.filter.trim() == query;
            let response = chip(ui, &Chip { count: &number(count.into()), what, swatch, on, hint });
            if response.clicked() {
                commands.push(Command::Filter(if on { String::new() } else { query.to_owned() }));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if model.mode == Mode::Lineage {
                ui.spacing_mut().item_spacing.x = GRID;
                for (icon, command) in
                    [(Icon::Fit, Command::Fit), (Icon::Plus, Command::ZoomIn), (Icon::Minus, Command::ZoomOut)]
                {
                    if icon_button(ui, icon, command.title()).clicked() {
                        commands.push(command);
                    }
                }
            }
            if let Some(servers) = model.filtered_servers() {
                let shown = format!("{} of {} match", number(servers.len() as u64), number(totals.servers.into()));
                label(ui, Type::Small, theme.text.muted, shown);
            }
        });
    });
}

//! The row above the canvas: how many servers need something; clicking a count filters by it.

use egui::{Align, Layout, Ui};

use scene::{Colouring, Standing};

use crate::command::Command;
use crate::model::{Mode, Model};
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Chip, Icon, chip, chip_width, fitted, icon_button, label};
use crate::words::number;

/// Height in points.
pub(crate) const HEIGHT: f32 = 44.0;

/// Room for the three buttons of the canvas with what is between them, in points.
const ICONS: f32 = 3.0 * 7.0 * GRID + 6.0 * GRID;

pub(crate) fn summary_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let Some(view) = &model.view else { return };
    let theme = Theme::of(ui);
    let totals = view.findings.totals;
    // The colour that these have on the canvas now.
    let age = |colour| Some(colour).filter(|_| model.colouring == Colouring::Age);
    let bad = |colouring| Some(theme.standing(Standing::Bad)).filter(|_| model.colouring == colouring);
    let chips = [
        (totals.servers, "servers", "", None, "Show every server"),
        (totals.overdue, "overdue", "phoenix:overdue", age(theme.age(Some(1.0))), "Past their phoenix lifetime"),
        (totals.due, "due", "phoenix:due", age(theme.age(Some(0.8))), "From 80 % of their phoenix lifetime"),
        (
            totals.fried,
            "fried",
            "bake:fried",
            bad(Colouring::Bake),
            "Made at boot, by user data that fetches or changes things",
        ),
        (
            totals.snowflakes,
            "snowflakes",
            "snowflake:snowflake",
            bad(Colouring::Snowflake),
            "Could not be made again as they are",
        ),
        (totals.exempt, "exempt", "phoenix:exempt", age(theme.phoenix.exempt), "Exempt by their tag emberline:exempt"),
        (totals.unknown, "unknown", "phoenix:unknown", age(theme.phoenix.unknown), "Nothing says when they were born"),
        (
            totals.unknown_recipe,
            "unknown recipe",
            "recipe:unknown",
            None,
            "Nothing says what their image was baked from",
        ),
    ];
    let shown = model
        .filtered_servers()
        .map(|servers| format!("{} of {} match", number(servers.len() as u64), number(totals.servers.into())));
    let words = shown.as_deref().unwrap_or_default();
    let words = fitted(ui, Type::Small, theme.text.muted, words, f32::INFINITY).size().x;
    let right = words + if model.mode == Mode::Lineage { ICONS } else { 2.0 * GRID };
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        for (count, what, query, swatch, hint) in chips {
            // The two that matter are there even at none: that is good news.
            if count == 0 && !matches!(what, "servers" | "overdue" | "due") {
                continue;
            }
            let on = !query.is_empty() && model.filter.trim() == query;
            let count = number(count.into());
            let one = Chip { count: &count, what, swatch, on, hint };
            // What is right of them goes before the last ones, which the search finds as well.
            if chip_width(ui, &one) + right > ui.available_width() {
                break;
            }
            let response = chip(ui, &one);
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
            if let Some(shown) = shown {
                label(ui, Type::Small, theme.text.muted, shown);
            }
        });
    });
}

//! Rows of a dialog: a name with its choices, a text, or a switch, and what it means in small letters.

use egui::{TextEdit, Ui, vec2};

use crate::theme::{GRID, Theme, Type};
use crate::widget::label;

/// Width of the names, in points.
const NAME_WIDTH: f32 = 168.0;

/// A row: its name, then what `add` puts there.
fn row(ui: &mut Ui, name: &str, hint: &str, add: impl FnOnce(&mut Ui)) {
    let theme = Theme::of(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0 * GRID;
        ui.allocate_ui_with_layout(vec2(NAME_WIDTH, 7.0 * GRID), egui::Layout::top_down(egui::Align::Min), |ui| {
            ui.set_width(NAME_WIDTH);
            ui.add_space(1.25 * GRID);
            label(ui, Type::Strong, theme.text.strong, name);
        });
        ui.vertical(|ui| {
            add(ui);
            if !hint.is_empty() {
                label(ui, Type::Small, theme.text.muted, hint);
            }
        });
    });
    ui.add_space(1.5 * GRID);
}

/// A text of one line.
pub(super) fn text(ui: &mut Ui, name: &str, value: &mut String, empty: &str, hint: &str) {
    let theme = Theme::of(ui);
    row(ui, name, hint, |ui| {
        let empty = egui::RichText::new(empty).color(theme.text.dim);
        let field = TextEdit::singleline(value).desired_width(260.0).margin(vec2(8.0, 5.0)).hint_text(empty);
        let response = ui.add(field);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
    });
}

/// One of several, each spelled out.
pub(super) fn choice<T: Clone + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, of: &[(T, &str)], hint: &str) {
    row(ui, name, hint, |ui| {
        for (each, words) in of {
            ui.radio_value(value, each.clone(), *words);
        }
    });
}

/// Yes or no.
pub(super) fn switch(ui: &mut Ui, name: &str, value: &mut bool, words: &str, hint: &str) {
    row(ui, name, hint, |ui| {
        ui.checkbox(value, words);
    });
}

/// A number in a field; `None` for an empty one.
///
/// # Errors
/// What is wrong, as a sentence.
pub(super) fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<Option<T>, String> {
    match value.trim() {
        "" => Ok(None),
        value => value.parse().map(Some).map_err(|_| format!("{name}: “{value}” is no number that fits.")),
    }
}

/// The parts of a list with commas between them.
pub(super) fn parts(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|part| !part.is_empty())
}

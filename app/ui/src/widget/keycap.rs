//! A key, as a hint beside what it does.

use egui::{Align2, CornerRadius, Sense, Stroke, StrokeKind, Ui, vec2};

use super::label::fitted;
use crate::theme::{GRID, Theme, Type};

/// Draws a key such as `Ctrl+K`. It is decoration: the command's own widget carries the name.
pub fn keycap(ui: &mut Ui, keys: &str) {
    let theme = Theme::of(ui);
    let galley = fitted(ui, Type::Caption, theme.text.muted, keys, f32::INFINITY);
    let size = vec2((galley.size().x + 3.0 * GRID).max(5.0 * GRID), 4.5 * GRID);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let line = Stroke::new(1.0, theme.surface.line_strong);
    ui.painter().rect_stroke(rect, CornerRadius::same(4), line, StrokeKind::Inside);
    ui.painter().galley(Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size()).min, galley, theme.text.muted);
}

//! Chips: a count and what is counted; clicking one filters by it.

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    vec2,
};

use super::button::focus_ring;
use super::label::{fitted, paint_line};
use crate::theme::{GRID, Theme, Type};

/// What a chip shows.
#[derive(Clone, Copy, Debug)]
pub struct Chip<'a> {
    /// How many.
    pub count: &'a str,
    /// Of what.
    pub what: &'a str,
    /// The colour that these have on the canvas.
    pub swatch: Option<Color32>,
    /// Whether the filter says so now.
    pub on: bool,
    /// What clicking it does.
    pub hint: &'a str,
}

/// The widths of a chip's swatch, count and words.
fn widths(ui: &Ui, chip: &Chip<'_>) -> [f32; 3] {
    let theme = Theme::of(ui);
    let count_width = fitted(ui, Type::NumberStrong, theme.text.strong, chip.count, f32::INFINITY).size().x;
    let what_width = fitted(ui, Type::Body, theme.text.muted, chip.what, f32::INFINITY).size().x;
    [if chip.swatch.is_some() { 3.5 * GRID } else { 0.0 }, count_width, what_width]
}

/// The width that a chip takes, in points.
pub fn chip_width(ui: &Ui, chip: &Chip<'_>) -> f32 {
    widths(ui, chip).iter().sum::<f32>() + 6.5 * GRID
}

/// Draws a chip.
pub fn chip(ui: &mut Ui, chip: &Chip<'_>) -> Response {
    let theme = Theme::of(ui);
    let [swatch_width, count_width, _] = widths(ui, chip);
    let size = vec2(chip_width(ui, chip), 6.5 * GRID);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| {
        WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), chip.on, format!("{} {}", chip.count, chip.what))
    });
    let hot = response.hovered() || response.has_focus();
    let (fill, line, count_ink, what_ink) = match (chip.on, hot) {
        (true, _) => (theme.accent.soft, theme.accent.soft_line, theme.accent.soft_text, theme.accent.soft_text),
        (false, true) => (theme.surface.hover, theme.surface.line_strong, theme.text.strong, theme.text.body),
        (false, false) => (Color32::TRANSPARENT, theme.surface.line, theme.text.strong, theme.text.muted),
    };
    let round = CornerRadius::same((size.y / 2.0) as u8);
    ui.painter().rect(rect, round, fill, Stroke::new(1.0, line), StrokeKind::Inside);
    let mut at = rect.left_center() + vec2(2.5 * GRID, 0.0);
    if let Some(swatch) = chip.swatch {
        let square = Rect::from_center_size(at + vec2(GRID, 0.0), Vec2::splat(2.0 * GRID));
        ui.painter().rect_filled(square, CornerRadius::same(2), swatch);
        at.x += swatch_width;
    }
    paint_line(ui, at, Align2::LEFT_CENTER, Type::NumberStrong, count_ink, chip.count, f32::INFINITY);
    at.x += count_width + 1.5 * GRID;
    paint_line(ui, at, Align2::LEFT_CENTER, Type::Body, what_ink, chip.what, f32::INFINITY);
    focus_ring(ui, &response, rect, 13);
    response.on_hover_text(chip.hint)
}

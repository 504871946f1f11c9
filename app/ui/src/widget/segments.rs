//! A switch of a few segments, of which one is on.

use egui::{Align2, CornerRadius, CursorIcon, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::button::focus_ring;
use super::label::{fitted, paint_line};
use crate::theme::{GRID, RADIUS, Theme, Type};

/// One segment.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// What is written on it.
    pub words: &'a str,
    /// What a screen reader calls it.
    pub name: &'a str,
    /// Whether it is on.
    pub on: bool,
    /// What choosing it does.
    pub hint: &'a str,
}

/// Height in points.
const HEIGHT: f32 = 24.0;

/// Draws a switch with its left end, at half its height, at `at`. Returns where it is and which segment was chosen.
pub fn segments(ui: &Ui, at: Pos2, segments: &[Segment<'_>]) -> (Rect, Option<usize>) {
    let theme = Theme::of(ui);
    let widths = segments.iter().map(|segment| {
        fitted(ui, Type::Caption, theme.text.strong, segment.words, f32::INFINITY).size().x.ceil() + 4.0 * GRID
    });
    let widths: Vec<f32> = widths.collect();
    let rect = Rect::from_min_size(pos2(at.x, at.y - HEIGHT / 2.0), vec2(widths.iter().sum::<f32>() + 4.0, HEIGHT));
    let line = Stroke::new(1.0, theme.surface.line);
    ui.painter().rect(rect, CornerRadius::same(RADIUS), theme.surface.field, line, StrokeKind::Inside);
    let mut chosen = None;
    let mut left = rect.left() + 2.0;
    for (position, (segment, width)) in segments.iter().zip(widths).enumerate() {
        let cell = Rect::from_min_size(pos2(left, rect.top() + 2.0), vec2(width, HEIGHT - 4.0));
        left += width;
        let response = ui.interact(cell, ui.scope_id().with(("segment", segment.name)), Sense::click());
        let response = response.on_hover_cursor(CursorIcon::PointingHand);
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), segment.on, segment.name));
        let round = CornerRadius::same(RADIUS - 2);
        let ink = if segment.on {
            ui.painter().rect_filled(cell, round, theme.surface.pressed);
            theme.text.strong
        } else if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(cell, round, theme.surface.hover);
            theme.text.strong
        } else {
            theme.text.muted
        };
        paint_line(ui, cell.center(), Align2::CENTER_CENTER, Type::Caption, ink, segment.words, width);
        focus_ring(ui, &response, cell, RADIUS - 2);
        if response.clicked() {
            chosen = Some(position);
        }
        response.on_hover_text(segment.hint);
    }
    (rect, chosen)
}

//! Badges: a word about what is selected.

use egui::{Align2, CornerRadius, Response, Role, Sense, Ui, WidgetInfo, vec2};

use super::label::fitted;
use crate::theme::{GRID, Theme, Type};

/// What a badge says about its word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// Past the lifetime, or otherwise wrong.
    Overdue,
    /// Soon.
    Due,
    /// Good.
    Young,
    /// Neither.
    Quiet,
}

/// Draws a badge.
pub fn badge(ui: &mut Ui, tone: Tone, text: &str) -> Response {
    let theme = Theme::of(ui);
    let (fill, ink) = match tone {
        Tone::Overdue => (theme.tone.overdue_fill, theme.tone.overdue_text),
        Tone::Due => (theme.tone.due_fill, theme.tone.due_text),
        Tone::Young => (theme.tone.young_fill, theme.tone.young_text),
        Tone::Quiet => (theme.tone.quiet_fill, theme.tone.quiet_text),
    };
    let galley = fitted(ui, Type::CaptionStrong, ink, text, ui.available_width() - 4.0 * GRID);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 4.0 * GRID, 5.0 * GRID), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(4), fill);
    ui.painter().galley(Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size()).min, galley, ink);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    response
}

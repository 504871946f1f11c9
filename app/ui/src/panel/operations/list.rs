//! A row of the list of operations.

use egui::{Align2, CornerRadius, CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use insight::human::short_duration;
use jiff::Timestamp;
use operate::Operation;
use session::Acting;

use super::{progress, standing, title};
use crate::theme::{GRID, RADIUS, Theme, Type};
use crate::widget::{Tone, focus_ring, paint_line};

const HEIGHT: f32 = 16.0 * GRID;

/// Draws a row and returns whether it was clicked.
pub(super) fn row_ui(ui: &mut Ui, acting: &Acting, operation: &Operation, on: bool, now: Timestamp) -> bool {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    let (tone, words) = standing(acting, operation);
    let title = title(operation);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, on, format!("{title} {words}")));
    let hot = response.hovered() || response.has_focus();
    if on || hot {
        let fill = if on { theme.surface.pressed } else { theme.surface.hover };
        ui.painter().rect_filled(rect, CornerRadius::same(RADIUS), fill);
    }
    let ink = match tone {
        Tone::Overdue => theme.tone.error,
        Tone::Due => theme.tone.warning,
        Tone::Young => theme.tone.young_text,
        Tone::Quiet => theme.text.muted,
    };
    let inner = rect.shrink2(vec2(2.5 * GRID, 2.0 * GRID));
    paint_line(ui, inner.left_top(), Align2::LEFT_TOP, Type::Strong, theme.text.strong, &title, inner.width());
    let (over, all) = progress(operation);
    let detail = if operation.has_ended() { words.to_owned() } else { format!("{words} · {over} of {all} steps") };
    let y = inner.top() + 27.0;
    paint_line(ui, pos2(inner.left(), y), Align2::LEFT_CENTER, Type::NumberSmall, ink, &detail, inner.width() * 0.6);
    if let Some(began_at) = operation.began_at {
        let ago = format!("{} ago", short_duration(now.duration_since(began_at).as_secs()));
        let at = pos2(inner.right(), y);
        paint_line(ui, at, Align2::RIGHT_CENTER, Type::NumberSmall, theme.text.dim, &ago, inner.width() * 0.4);
    }
    let bar = Rect::from_min_size(pos2(inner.left(), inner.bottom() - 4.0), vec2(inner.width(), 3.0));
    ui.painter().rect_filled(bar, CornerRadius::same(2), theme.surface.raised);
    let share = over as f32 / all.max(1) as f32;
    let done = Rect::from_min_size(bar.min, vec2(bar.width() * share, bar.height()));
    ui.painter().rect_filled(done, CornerRadius::same(2), ink);
    focus_ring(ui, &response, rect, RADIUS);
    response.clicked()
}

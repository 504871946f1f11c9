//! Buttons.

use egui::{
    Align2, CornerRadius, CursorIcon, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2,
};

use super::icon::Icon;
use super::label::{fitted, paint_line};
use crate::theme::{GRID, RADIUS, Theme, Type};

/// How much a button asks to be pressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// The one thing to do here.
    Primary,
    /// One of the things to do.
    Secondary,
    /// Beside the matter.
    Quiet,
}

/// The ring around what has the keyboard's focus.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect, radius: u8) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, Theme::of(ui).accent.focus);
        ui.painter().rect_stroke(rect.expand(1.0), CornerRadius::same(radius + 1), stroke, StrokeKind::Outside);
    }
}

/// A button with a text, and an icon before it where there is one.
pub fn button(ui: &mut Ui, weight: Weight, icon: Option<Icon>, text: &str) -> Response {
    let theme = Theme::of(ui);
    let icon_width = if icon.is_some() { 6.0 * GRID } else { 0.0 };
    let galley = fitted(ui, Type::Strong, theme.text.strong, text, f32::INFINITY);
    let size = vec2(galley.size().x + icon_width + 6.0 * GRID, 8.0 * GRID);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), text));
    let hot = response.hovered() || response.has_focus();
    let (fill, line, ink) = match weight {
        Weight::Primary if hot => (theme.accent.hover, theme.accent.hover, theme.accent.on_ember),
        Weight::Primary => (theme.accent.ember, theme.accent.ember, theme.accent.on_ember),
        Weight::Secondary if hot => (theme.surface.hover, theme.surface.line_strong, theme.text.strong),
        Weight::Secondary => (theme.surface.raised, theme.surface.line, theme.text.strong),
        Weight::Quiet if hot => (theme.surface.hover, theme.surface.hover, theme.text.strong),
        Weight::Quiet => (theme.surface.panel, theme.surface.panel, theme.text.muted),
    };
    ui.painter().rect(rect, CornerRadius::same(RADIUS), fill, Stroke::new(1.0, line), StrokeKind::Inside);
    if let Some(icon) = icon {
        let at = rect.left_center() + vec2(5.0 * GRID, 0.0);
        icon.paint(ui.painter(), Rect::from_center_size(at, Vec2::splat(4.0 * GRID)), ink);
    }
    let at = rect.left_center() + vec2(3.0 * GRID + icon_width, 0.0);
    paint_line(ui, at, Align2::LEFT_CENTER, Type::Strong, ink, text, f32::INFINITY);
    focus_ring(ui, &response, rect, RADIUS);
    response
}

/// A square button with an icon; `name` is what it is called and what its tooltip says.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    icon_button_sized(ui, icon, name, 7.0 * GRID)
}

/// The same in a given size, in points.
pub fn icon_button_sized(ui: &mut Ui, icon: Icon, name: &str, side: f32) -> Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    let hot = response.hovered() || response.has_focus();
    if hot {
        ui.painter().rect_filled(rect, CornerRadius::same(RADIUS), theme.surface.hover);
    }
    let ink = match (enabled, hot) {
        (false, _) => theme.surface.line_strong,
        (true, true) => theme.text.strong,
        (true, false) => theme.text.muted,
    };
    icon.paint(ui.painter(), Rect::from_center_size(rect.center(), Vec2::splat((side * 0.58).min(18.0))), ink);
    focus_ring(ui, &response, rect, RADIUS);
    response.on_hover_text(name)
}

/// A text that does something when it is clicked.
pub fn link(ui: &mut Ui, role: Type, text: &str) -> Response {
    let theme = Theme::of(ui);
    let galley = fitted(ui, role, theme.text.link, text, ui.available_width());
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::labeled(Role::Link, ui.is_enabled(), text));
    ui.painter().galley(rect.min, galley, theme.text.link);
    if response.hovered() {
        ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(1.0, theme.text.link));
    }
    focus_ring(ui, &response, rect, 3);
    response
}

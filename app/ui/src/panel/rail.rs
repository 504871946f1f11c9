//! The rail on the left: which view is on screen.

use egui::{Align2, CornerRadius, CursorIcon, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::shortcuts::keys;
use crate::command::Command;
use crate::model::{Mode, Model};
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, focus_ring, paint_line};

/// Width in points.
pub(crate) const WIDTH: f32 = 72.0;

pub(crate) fn rail_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    ui.spacing_mut().item_spacing = Vec2::ZERO;
    ui.add_space(2.0 * GRID);
    for (icon, name, mode, command) in [
        (Icon::Lineage, "Lineage", Mode::Lineage, Command::ShowLineage),
        (Icon::Servers, "Servers", Mode::Servers, Command::ShowServers),
        (Icon::Operations, "Operations", Mode::Operations, Command::ShowOperations),
        (Icon::Calendar, "Calendar", Mode::Calendar, Command::ShowCalendar),
        (Icon::Readiness, "Readiness", Mode::Readiness, Command::ShowReadiness),
    ] {
        if entry_ui(ui, model, icon, name, model.mode == mode, &command) {
            commands.push(command);
        }
    }
}

fn entry_ui(ui: &mut Ui, model: &Model, icon: Icon, name: &str, on: bool, command: &Command) -> bool {
    let theme = Theme::of(ui);
    let allowed = command.is_allowed(model);
    let sense = if allowed { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, 13.0 * GRID), sense);
    response.widget_info(|| WidgetInfo::selected(Role::Tab, allowed, on, name));
    let hot = allowed && (response.hovered() || response.has_focus());
    let ink = match (on && allowed, hot) {
        (true, _) => theme.text.strong,
        (false, true) => theme.text.body,
        (false, false) => theme.text.dim,
    };
    if hot && !on {
        ui.painter().rect_filled(rect.shrink2(vec2(6.0, 2.0)), CornerRadius::same(6), theme.surface.hover);
    }
    if on && allowed {
        let bar = Rect::from_min_max(rect.min, pos2(rect.left() + 2.0, rect.bottom()));
        ui.painter().rect_filled(bar, CornerRadius::ZERO, theme.accent.ember);
    }
    let icon_at = rect.center_top() + vec2(0.0, 5.0 * GRID);
    icon.paint(ui.painter(), Rect::from_center_size(icon_at, Vec2::splat(18.0)), ink);
    let text_at = rect.center_top() + vec2(0.0, 9.75 * GRID);
    paint_line(ui, text_at, Align2::CENTER_CENTER, Type::Caption, ink, name, WIDTH);
    focus_ring(ui, &response, rect.shrink2(vec2(6.0, 2.0)), 6);
    let keys = command.shortcut().map(|shortcut| keys(ui, &shortcut)).unwrap_or_default();
    let clicked = response.clicked();
    let response = if allowed { response.on_hover_cursor(CursorIcon::PointingHand) } else { response };
    response.on_hover_text(format!("{} ({keys})", command.help().trim_end_matches('.')));
    clicked
}

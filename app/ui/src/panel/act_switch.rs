//! Look or Act: where acting is switched on and for how long still, the kill switch, and the frame around a window that
//! acts.

use std::time::Duration;

use egui::{
    Align2, CornerRadius, CursorIcon, Id, LayerId, Order, Popup, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};
use jiff::Timestamp;

use crate::acting::{armed, armed_left, countdown, operate_scope, scope_title, scopes, under_way};
use crate::command::Command;
use crate::model::Model;
use crate::naming;
use crate::theme::{GRID, RADIUS, Theme, Type};
use crate::widget::{Icon, Weight, button, fitted, focus_ring, icon_button, label, paint_line};

const HEIGHT: f32 = 28.0;

pub(crate) fn act_switch_ui(ui: &mut Ui, model: &Model, now: Timestamp, commands: &mut Vec<Command>) {
    let armed = armed(&model.acting, now);
    let words = match armed.as_slice() {
        [] => "Act".to_owned(),
        [(_, left)] => format!("Act {}", countdown(*left)),
        [(_, left), ..] => format!("Act {} · {} places", countdown(*left), armed.len()),
    };
    if let Some((_, left)) = armed.first() {
        // The words change with the next whole second.
        let in_ns = u64::try_from(left.subsec_nanos()).unwrap_or(0).max(1_000_000);
        ui.ctx().request_repaint_after(Duration::from_nanos(in_ns));
    }
    let is_armed = !armed.is_empty();
    let theme = Theme::of(ui);
    let width_of = |ui: &Ui, text: &str| fitted(ui, Type::NumberStrong, theme.text.strong, text, 220.0).size().x;
    let look_width = width_of(ui, "Look") + 5.0 * GRID;
    let act_width = width_of(ui, &words) + 5.0 * GRID;
    let (rect, _) = ui.allocate_exact_size(vec2(look_width + act_width, HEIGHT), Sense::hover());
    ui.painter().rect(
        rect,
        CornerRadius::same(RADIUS),
        theme.surface.field,
        Stroke::new(1.0, theme.surface.line),
        StrokeKind::Inside,
    );
    let middle = rect.left() + look_width;
    let look = Rect::from_min_max(rect.min, pos2(middle, rect.bottom()));
    let act = Rect::from_min_max(pos2(middle, rect.top()), rect.max);
    if segment_ui(ui, look, "Look", !is_armed, false).on_hover_text("Nothing can be changed").clicked() && is_armed {
        commands.push(Command::Look);
    }
    let why_not = model.acting.read_only.as_ref().map(|why| format!("Nothing can be acted on here: {why}."));
    let response = ui.add_enabled_ui(why_not.is_none(), |ui| segment_ui(ui, act, &words, is_armed, true)).inner;
    let response = match &why_not {
        Some(why) => response.on_disabled_hover_text(why),
        None => response,
    };
    Popup::menu(&response).accessible_name("Act").show(|ui| menu_ui(ui, model, now, commands));
    kill_switch_ui(ui, model, is_armed, commands);
}

fn segment_ui(ui: &Ui, rect: Rect, words: &str, on: bool, is_act: bool) -> Response {
    let theme = Theme::of(ui);
    let enabled = ui.is_enabled();
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, Id::unique(("look or act", is_act)), sense);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, on, words));
    let fill = match (on, is_act) {
        (true, true) => Some(theme.accent.ember),
        (true, false) => Some(theme.surface.pressed),
        (false, _) if enabled && response.hovered() => Some(theme.surface.hover),
        (false, _) => None,
    };
    let inner = rect.shrink(2.0);
    if let Some(fill) = fill {
        ui.painter().rect_filled(inner, CornerRadius::same(RADIUS - 1), fill);
    }
    let ink = match (on, is_act) {
        (true, true) => theme.accent.on_ember,
        (true, false) => theme.text.strong,
        (false, _) if enabled => theme.text.muted,
        (false, _) => theme.text.dim,
    };
    paint_line(ui, rect.center(), Align2::CENTER_CENTER, Type::NumberStrong, ink, words, rect.width());
    focus_ring(ui, &response, inner, RADIUS);
    if enabled { response.on_hover_cursor(CursorIcon::PointingHand) } else { response }
}

/// Each account and region, that of the selection first.
fn menu_ui(ui: &mut Ui, model: &Model, now: Timestamp, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let Some(view) = model.view.as_deref() else { return };
    ui.set_min_width(340.0);
    label(ui, Type::CaptionStrong, theme.text.dim, "Act for 15 minutes in");
    let selected = model.selection.nodes().last();
    let selected = selected.and_then(|&node| naming::scope(&view.fleet, &view.lineage, node));
    let selected = selected.and_then(|scope| operate_scope(&view.fleet, scope));
    let mut places = scopes(view);
    places.sort_by_key(|scope| selected.as_ref().is_none_or(|selected| !crate::acting::is_same(scope, selected)));
    for scope in places {
        let title = scope_title(Some(view), &scope);
        let left = armed_left(&model.acting, &scope, now);
        let (words, command) = match left {
            Some(left) => (format!("{title}: {} left, back to Look", countdown(left)), Command::Disarm(scope.clone())),
            None => (title, Command::Arm(scope.clone())),
        };
        let text = if left.is_some() { String::new() } else { scope.account.clone() };
        let item = egui::Button::selectable(left.is_some(), words).shortcut_text(text);
        if ui.add(item).clicked() {
            commands.push(command);
            ui.close();
        }
    }
    label(ui, Type::Caption, theme.text.muted, "Each action is still shown and confirmed by itself.");
}

/// Within reach as long as something could be sent.
fn kill_switch_ui(ui: &mut Ui, model: &Model, is_armed: bool, commands: &mut Vec<Command>) {
    if model.acting.halted {
        let release = button(ui, Weight::Secondary, Some(Icon::Halt), "Halted: release");
        if release.on_hover_text("The kill switch is pulled: no operation sends anything").clicked() {
            commands.push(Command::Unhalt);
        }
    } else if (is_armed || under_way(&model.acting).next().is_some())
        && icon_button(ui, Icon::Halt, "Kill switch: halt every operation before its next call").clicked()
    {
        commands.push(Command::Halt);
    }
}

/// A line around the window while it acts, under what lies over the window.
pub(crate) fn armed_frame(ui: &Ui, model: &Model, now: Timestamp) {
    if armed(&model.acting, now).is_empty() {
        return;
    }
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Middle, Id::unique("armed frame")));
    let stroke = Stroke::new(2.0, Theme::of(ui).accent.ember);
    painter.rect_stroke(ui.ctx().content_rect(), CornerRadius::ZERO, stroke, StrokeKind::Inside);
}

//! The lineage of a server as steps, each with what says so.

use egui::{Align2, CursorIcon, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use fleet::{Evidence, Grade, Node, ServerIx, Step};
use session::View;

use crate::command::Command;
use crate::naming;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{focus_ring, paint_line, section};

const STEP: f32 = 36.0;

pub(super) fn lineage_ui(ui: &mut Ui, view: &View, server: ServerIx, commands: &mut Vec<Command>) {
    let steps: Vec<Step> = view.lineage.path(server);
    if steps.len() < 2 {
        return;
    }
    section(ui, "Lineage, and what says so");
    ui.spacing_mut().item_spacing.y = 0.0;
    for (position, step) in steps.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|before| steps.get(before));
        let is_last = position + 1 == steps.len();
        if step_ui(ui, view, step, before.and_then(|before| before.proof), position == 0, is_last) {
            commands.push(Command::Select(vec![step.node]));
        }
    }
    ui.spacing_mut().item_spacing.y = GRID;
}

/// One step; `proof` is that of the edge that leads here.
fn step_ui(
    ui: &mut Ui,
    view: &View,
    step: &Step,
    proof: Option<(Grade, Evidence)>,
    is_first: bool,
    is_last: bool,
) -> bool {
    let theme = Theme::of(ui);
    let title = naming::title(&view.fleet, &view.lineage, step.node);
    let kind = naming::kind(&view.lineage, step.node);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), STEP), Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Select {kind} {title}")));
    let hot = response.hovered() || response.has_focus();
    if hot && !is_last {
        ui.painter().rect_filled(rect.expand2(vec2(GRID, 0.0)), 6.0, theme.surface.hover);
    }
    let x = rect.left() + 5.0;
    let dot = pos2(x, rect.top() + 11.0);
    let stem = Stroke::new(1.5, theme.surface.line_strong);
    if !is_first {
        ui.painter().vline(x, rect.top()..=dot.y, stem);
    }
    if !is_last {
        ui.painter().vline(x, dot.y..=rect.bottom(), stem);
    }
    let ink = match proof {
        _ if is_first || is_last => theme.accent.ember,
        Some((Grade::Proven, _)) => theme.text.body,
        _ => theme.text.dim,
    };
    ui.painter().circle(
        dot,
        3.5,
        if is_filled(proof, is_first) { ink } else { theme.surface.panel },
        Stroke::new(1.5, ink),
    );
    let left = rect.left() + 4.5 * GRID;
    let room = rect.right() - left;
    let kind_rect = paint_line(
        ui,
        pos2(rect.right(), dot.y),
        Align2::RIGHT_CENTER,
        Type::Caption,
        theme.text.dim,
        kind,
        room * 0.5,
    );
    let title_room = kind_rect.left() - left - 2.0 * GRID;
    paint_line(ui, pos2(left, dot.y), Align2::LEFT_CENTER, Type::Strong, theme.text.strong, &title, title_room);
    let words = match proof {
        Some((grade, evidence)) => format!("{} · {}", grade.as_str(), evidence.field()),
        None if is_first => "the earliest that is known".to_owned(),
        None => "nothing says so".to_owned(),
    };
    paint_line(ui, pos2(left, rect.top() + 26.0), Align2::LEFT_CENTER, Type::Caption, theme.text.muted, &words, room);
    focus_ring(ui, &response, rect, 6);
    let clicked = response.clicked() && !is_last;
    if let Some((grade, evidence)) = proof {
        response.on_hover_text(format!("{}: {} of {}", meaning(grade), evidence.field(), evidence.call().operation()));
    }
    clicked
}

fn is_filled(proof: Option<(Grade, Evidence)>, is_first: bool) -> bool {
    is_first || matches!(proof, Some((Grade::Proven, _)))
}

fn meaning(grade: Grade) -> &'static str {
    match grade {
        Grade::Proven => "Proven by a field that AWS writes",
        Grade::Tagged => "Said by a tag, which anybody can write",
        Grade::Inferred => "It follows from other facts",
    }
}

/// The lineage's node of a fact: a row that selects it.
pub(super) fn node_row_ui(ui: &mut Ui, view: &View, node: Node, detail: &str, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let title = naming::title(&view.fleet, &view.lineage, node);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 6.5 * GRID), Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Select {title}")));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect.expand2(vec2(GRID, 0.0)), 6.0, theme.surface.hover);
    }
    let detail_rect = paint_line(
        ui,
        rect.right_center(),
        Align2::RIGHT_CENTER,
        Type::NumberSmall,
        theme.text.muted,
        detail,
        rect.width() * 0.6,
    );
    let room = detail_rect.left() - rect.left() - 2.0 * GRID;
    paint_line(ui, rect.left_center(), Align2::LEFT_CENTER, Type::Strong, theme.text.strong, &title, room);
    focus_ring(ui, &response, rect, 6);
    if response.clicked() {
        commands.push(Command::Select(vec![node]));
    }
}

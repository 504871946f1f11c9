//! What a plan does, what it touches and what it costs, in words.

use egui::{Color32, Frame, Label, Margin, Rect, RichText, Sense, Stroke, Ui, Vec2, vec2};
use operate::{BakeCommand, Plan, Rollback, Work};
use session::PlanSheet;

use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, label, paint_line, section};
use crate::words::{counted, sentence};

/// What stands against the plan since it was made.
pub(super) fn refusals_ui(ui: &mut Ui, sheet: &PlanSheet) {
    if sheet.refusals.is_empty() {
        return;
    }
    let theme = Theme::of(ui);
    let frame = Frame::new().fill(theme.tone.overdue_fill).corner_radius(8).inner_margin(Margin::same(12));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let ink = theme.tone.overdue_text;
        marked_ui(ui, Icon::Warning, ink, Type::Strong, theme.text.strong, "This changed since it was planned");
        for refusal in &sheet.refusals {
            label(ui, Type::Body, ink, sentence(&refusal.reason));
            label(ui, Type::Small, theme.text.body, refusal.next.clone());
        }
    });
}

/// The steps, whole, in their order.
pub(super) fn steps_ui(ui: &mut Ui, plan: &Plan) {
    let theme = Theme::of(ui);
    let servers = plan.baseline.servers.len();
    let mut title = format!("What it does, in {}", counted(plan.steps.len() as u64, "step"));
    if servers > 1 {
        title += &format!(", to {} one after the other", counted(servers as u64, "server"));
    }
    section(ui, title);
    for (position, step) in plan.steps.iter().enumerate() {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            let (rect, _) = ui.allocate_exact_size(vec2(5.0 * GRID, 18.0), Sense::hover());
            let number = (position + 1).to_string();
            let at = rect.right_center() - vec2(GRID, 0.0);
            paint_line(ui, at, egui::Align2::RIGHT_CENTER, Type::NumberSmall, theme.text.dim, &number, 40.0);
            work_mark(ui, &step.work);
            let changes = matches!(step.work, Work::Send { .. } | Work::BakeCommand { .. });
            let ink = if changes { theme.text.strong } else { theme.text.muted };
            label(ui, Type::Body, ink, step.sentence.clone());
        });
        if let Work::BakeCommand { shown, .. } = &step.work {
            command_ui(ui, shown);
        }
    }
}

/// The exact program of a bake command with its arguments, and where it is run: nothing else tells what it will do.
fn command_ui(ui: &mut Ui, command: &BakeCommand) {
    let theme = Theme::of(ui);
    ui.indent("bake command", |ui| {
        let line = RichText::new(command.line()).font(Type::Mono.font()).color(theme.text.body);
        ui.add(Label::new(line).selectable(true).wrap());
        label(ui, Type::Small, theme.text.muted, command.terms());
    });
}

/// A dot for what changes something, a ring for what only waits.
fn work_mark(ui: &mut Ui, work: &Work) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(12.0, 18.0), Sense::hover());
    let (middle, words) = (rect.center(), if changes(work) { "changes something" } else { "only looks" });
    if changes(work) {
        ui.painter().circle_filled(middle, 4.0, theme.accent.ember);
    } else {
        ui.painter().circle_stroke(middle, 3.5, Stroke::new(1.5, theme.text.dim));
    }
    response.on_hover_text(words);
}

fn changes(work: &Work) -> bool {
    matches!(work, Work::Send { .. } | Work::BakeCommand { .. })
}

/// What is lost for good, what should be known, and whether it can be taken back.
pub(super) fn losses_ui(ui: &mut Ui, plan: &Plan) {
    let theme = Theme::of(ui);
    section(ui, "Lost for good");
    if plan.losses.is_empty() {
        label(ui, Type::Body, theme.text.muted, "Nothing that Emberline knows of.");
    }
    for loss in &plan.losses {
        marked_ui(ui, Icon::Close, theme.tone.error, Type::Body, theme.tone.error, &loss.sentence);
    }
    if !plan.warnings.is_empty() {
        section(ui, "Know before");
    }
    for warning in &plan.warnings {
        marked_ui(ui, Icon::Warning, theme.tone.warning, Type::Body, theme.text.body, warning);
    }
    section(ui, "Taking it back");
    match &plan.rollback {
        Rollback::Possible(how) => marked_ui(ui, Icon::Back, theme.text.muted, Type::Body, theme.text.body, how),
        Rollback::Impossible(why) => {
            marked_ui(ui, Icon::Close, theme.tone.warning, Type::Body, theme.text.body, why);
        }
    }
}

/// Every group and server that the plan was made on, by its exact name.
pub(super) fn touched_ui(ui: &mut Ui, plan: &Plan) {
    let theme = Theme::of(ui);
    let groups = plan.baseline.groups.iter().map(|group| ("group", group.name.clone(), None));
    let servers = plan.baseline.servers.iter().map(|server| ("server", server.id.clone(), server.name.clone()));
    let touched: Vec<_> = groups.chain(servers).collect();
    if touched.is_empty() {
        return;
    }
    section(ui, "What it touches");
    for (kind, id, name) in touched {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            let (rect, _) = ui.allocate_exact_size(vec2(11.0 * GRID, 18.0), Sense::hover());
            paint_line(ui, rect.left_center(), egui::Align2::LEFT_CENTER, Type::Small, theme.text.dim, kind, 60.0);
            let text = RichText::new(id).font(Type::Mono.font()).color(theme.text.body);
            ui.add(Label::new(text).selectable(true));
            if let Some(name) = name {
                label(ui, Type::Small, theme.text.muted, name);
            }
        });
    }
}

/// A sentence with a mark before it.
fn marked_ui(ui: &mut Ui, icon: Icon, mark: Color32, role: Type, ink: Color32, words: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        let (rect, _) = ui.allocate_exact_size(vec2(16.0, 18.0), Sense::hover());
        icon.paint(ui.painter(), Rect::from_center_size(rect.center(), Vec2::splat(15.0)), mark);
        label(ui, role, ink, words);
    });
}

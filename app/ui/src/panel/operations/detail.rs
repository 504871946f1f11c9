//! One operation: what it asks, what it can be told, and its steps with their times and what was seen.

use egui::{Frame, Margin, Rect, Sense, Stroke, Ui, Vec2, vec2};
use fleet::Node;
use insight::human::short_duration;
use jiff::Timestamp;
use operate::{Answer, Ending, Operation, StepRecord, StepState};
use session::View;

use super::{moment, standing, state_words, title};
use crate::acting::{is_cut_off, is_same, operate_scope};
use crate::command::Command;
use crate::model::Model;
use crate::naming;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Weight, badge, button, icon_button_sized, label, link, section};

/// More servers than this are shown as their groups.
const MOST_MARKED: usize = 12;

pub(super) fn detail_ui(
    ui: &mut Ui,
    model: &Model,
    operation: &Operation,
    now: Timestamp,
    commands: &mut Vec<Command>,
) {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.y = GRID;
    let (tone, words) = standing(&model.acting, operation);
    badge(ui, tone, words);
    label(ui, Type::Title, theme.text.strong, title(operation));
    ui.horizontal(|ui| {
        label(ui, Type::Mono, theme.text.body, operation.id.to_string());
        if icon_button_sized(ui, Icon::Copy, "Copy the operation's id", 24.0).clicked() {
            commands.push(Command::Copy(operation.id.to_string(), "id"));
        }
        let nodes = model.view.as_deref().map(|view| touched_nodes(view, operation)).unwrap_or_default();
        if !nodes.is_empty() && link(ui, Type::Small, "Watch it in the lineage").clicked() {
            commands.extend([Command::Select(nodes), Command::ShowLineage, Command::Reveal]);
        }
    });
    let mut facts: Vec<String> = Vec::new();
    facts.extend(operation.plan.as_ref().map(|plan| plan.scope.to_string()));
    facts.extend(operation.began_at.map(|at| format!("began {}", moment(at))));
    facts.extend(operation.ended_at.map(|at| format!("ended {}", moment(at))));
    label(ui, Type::NumberSmall, theme.text.muted, facts.join(" · "));
    if let Some(caller) = &operation.caller {
        label(ui, Type::Caption, theme.text.dim, format!("as {}", caller.arn));
    }
    ending_ui(ui, operation);
    if operation.question.is_some() {
        question_ui(ui, operation, commands);
    } else {
        orders_ui(ui, model, operation, commands);
    }
    section(ui, "Steps");
    let current = operation.current().filter(|_| !operation.has_ended());
    for (position, record) in operation.steps.iter().enumerate() {
        if position == operation.planned {
            section(ui, "Made necessary by what was ordered");
        }
        step_ui(ui, position, record, current == Some(position), now);
    }
    if let Some(at) = operation.updated_at {
        ui.add_space(2.0 * GRID);
        label(ui, Type::Caption, theme.text.dim, format!("Last written to the journal {}", moment(at)));
    }
}

/// The servers that it touches and that are there, else its groups.
fn touched_nodes(view: &View, operation: &Operation) -> Vec<Node> {
    let Some(plan) = &operation.plan else { return Vec::new() };
    let (fleet, lineage) = (&*view.fleet, &*view.lineage);
    let is_here = |node: Node| {
        let scope = naming::scope(fleet, lineage, node).and_then(|scope| operate_scope(fleet, scope));
        scope.is_some_and(|scope| is_same(&scope, &plan.scope))
    };
    let ids = plan.baseline.servers.iter().map(|server| server.id.clone()).chain(operation.successors());
    let servers = ids.flat_map(|id| lineage.find_servers(fleet, &id)).map(Node::Server).filter(|&node| is_here(node));
    let servers: Vec<Node> = servers.collect();
    // All servers of a group are better looked at as the group.
    if !servers.is_empty() && servers.len() <= MOST_MARKED {
        return servers;
    }
    let groups = plan.baseline.groups.iter().flat_map(|group| lineage.find_groups(fleet, &group.name));
    groups.map(Node::Group).filter(|&node| is_here(node)).collect()
}

/// How it ended, and what is left of it.
fn ending_ui(ui: &mut Ui, operation: &Operation) {
    let theme = Theme::of(ui);
    let words = match &operation.ending {
        Some(Ending::Failed(words) | Ending::Cancelled(words) | Ending::RolledBack(words)) => words,
        _ => return,
    };
    ui.add_space(GRID);
    label(ui, Type::Body, theme.text.body, words.clone());
}

/// The open question with its answers, the safest first.
fn question_ui(ui: &mut Ui, operation: &Operation, commands: &mut Vec<Command>) {
    let Some(asked) = &operation.question else { return };
    let theme = Theme::of(ui);
    ui.add_space(2.0 * GRID);
    let line = Stroke::new(1.0, theme.accent.soft_line);
    let frame = Frame::new().fill(theme.accent.soft).stroke(line).corner_radius(8).inner_margin(Margin::same(14));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        label(ui, Type::Strong, theme.accent.soft_text, "It waits for your word");
        label(ui, Type::Body, theme.text.strong, asked.question.text.clone());
        ui.add_space(GRID);
        let answers = &asked.question.answers;
        answers_ui(ui, operation, answers, commands);
    });
}

/// What it can be told without being asked.
fn orders_ui(ui: &mut Ui, model: &Model, operation: &Operation, commands: &mut Vec<Command>) {
    let mut answers = operation.answers();
    if is_cut_off(&model.acting, operation) && operation.plan.is_some() {
        answers.insert(0, Answer::Continue);
    }
    if !answers.is_empty() {
        ui.add_space(GRID);
        answers_ui(ui, operation, &answers, commands);
    }
}

fn answers_ui(ui: &mut Ui, operation: &Operation, answers: &[Answer], commands: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        for &answer in answers {
            let (words, help) = answer_words(answer);
            if button(ui, Weight::Secondary, None, words).on_hover_text(help).clicked() {
                commands.push(Command::Order(operation.id.clone(), answer));
            }
        }
    });
}

/// What an answer's button says, and what it means.
fn answer_words(answer: Answer) -> (&'static str, &'static str) {
    match answer {
        Answer::Continue => ("Go on", "Look again, or take the next step"),
        Answer::Vouch => ("It was ours", "CloudTrail shows that this operation made the change: take it as done"),
        Answer::Cancel => ("Stop it", "Send nothing more; what is under way at AWS and can be stopped is stopped"),
        Answer::RollBack => ("Roll back", "Take back what can be taken back"),
        Answer::Abandon => ("Leave it as it is", "Forget the operation; nothing is changed"),
    }
}

fn step_ui(ui: &mut Ui, position: usize, record: &StepRecord, is_current: bool, now: Timestamp) {
    let theme = Theme::of(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 2.5 * GRID;
        mark_ui(ui, &record.state, is_current);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let is_quiet = matches!(record.state, StepState::Waiting | StepState::Skipped) && !is_current;
            let ink = if is_quiet { theme.text.muted } else { theme.text.strong };
            label(ui, Type::Body, ink, format!("{}. {}", position + 1, record.step.sentence));
            let (ink, mut words) = state_words(&record.state, is_current, theme);
            if let (Some(from), until) = (record.began_at, record.settled_at.unwrap_or(now)) {
                let lasted = until.duration_since(from).as_secs();
                words += &format!(" · {} · {}", moment(from), short_duration(lasted));
            }
            if let Some(id) = record.sent.as_ref().and_then(|sent| sent.request_id.as_deref()) {
                words += &format!(" · request {id}");
            }
            label(ui, Type::NumberSmall, ink, words);
            for note in &record.notes {
                label(ui, Type::NumberSmall, theme.text.muted, format!("{}  {}", moment(note.at), note.text));
            }
            ui.add_space(1.5 * GRID);
        });
    });
}

/// How far a step is, by shape first: a tick, a cross, a full dot, an empty ring.
fn mark_ui(ui: &mut Ui, state: &StepState, is_current: bool) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
    let icon_rect = Rect::from_center_size(rect.center(), Vec2::splat(14.0));
    match state {
        StepState::Settled => Icon::Check.paint(ui.painter(), icon_rect, theme.tone.young_text),
        StepState::Held(_) | StepState::Refused { .. } | StepState::DidNot { .. } | StepState::Unclear { .. } => {
            Icon::Warning.paint(ui.painter(), icon_rect, theme.tone.error);
        }
        StepState::Skipped => Icon::Minus.paint(ui.painter(), icon_rect, theme.text.dim),
        StepState::Waiting if !is_current => {
            ui.painter().circle_stroke(rect.center(), 4.0, Stroke::new(1.5, theme.text.dim));
        }
        _ => {
            ui.painter().circle_filled(rect.center(), 4.5, theme.accent.ember);
        }
    }
}

//! The operations: on the left all that the journal knows of, newest first; on the right one of them, step by step,
//! with what it asks and what it can be told.

mod detail;
mod list;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use egui::{Align2, Color32, Frame, Margin, Panel, ScrollArea, Ui, pos2};
use jiff::Timestamp;
use operate::{Ending, Operation, StepState};
use session::Acting;

use crate::acting::is_cut_off;
use crate::command::Command;
use crate::model::Model;
use crate::theme::{Theme, Type};
use crate::widget::{Tone, paint_line};

const LIST_WIDTH: f32 = 320.0;

pub(crate) fn operations_ui(ui: &mut Ui, model: &Model, now: Timestamp, commands: &mut Vec<Command>) {
    let operations = &model.acting.operations;
    let chosen = operations.iter().find(|operation| Some(&operation.id) == model.operation.as_ref());
    let Some(chosen) = chosen.or(operations.first()) else {
        empty_ui(ui, model);
        return;
    };
    if model.acting.at_work.contains(&chosen.id) {
        // Its times grow by whole seconds.
        ui.ctx().request_repaint_after(std::time::Duration::from_secs(1));
    }
    let theme = Theme::of(ui);
    Panel::left("operations")
        .exact_size(LIST_WIDTH)
        .resizable(false)
        .frame(Frame::new().fill(theme.surface.canvas).inner_margin(Margin::symmetric(12, 12)))
        .show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                for operation in operations {
                    if list::row_ui(ui, &model.acting, operation, operation.id == chosen.id, now) {
                        commands.push(Command::ShowOperation(operation.id.clone()));
                    }
                }
            });
        });
    Frame::new().inner_margin(Margin { left: 24, right: 16, top: 16, bottom: 0 }).show(ui, |ui| {
        ScrollArea::vertical().id_salt(&chosen.id.0).auto_shrink(false).show(ui, |ui| {
            ui.set_max_width((ui.available_width() - 12.0).min(820.0));
            detail::detail_ui(ui, model, chosen, now, commands);
        });
    });
}

fn empty_ui(ui: &Ui, model: &Model) {
    let theme = Theme::of(ui);
    let rect = ui.available_rect_before_wrap();
    let (at, width) = (rect.center(), rect.width() - 80.0);
    paint_line(
        ui,
        at - egui::vec2(0.0, 16.0),
        Align2::CENTER_CENTER,
        Type::Title,
        theme.text.strong,
        "No operations yet",
        width,
    );
    let why = match &model.acting.read_only {
        Some(why) => format!("Nothing can be acted on here: {why}."),
        None => "Switch to Act, select a server or a group, and choose what to do: it is planned, shown and confirmed \
                 before anything happens."
            .to_owned(),
    };
    let response = ui.interact(rect, ui.scope_id().with("no operations"), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("No operations yet. {why}")));
    paint_line(ui, pos2(at.x, at.y + 10.0), Align2::CENTER_CENTER, Type::Body, theme.text.muted, &why, width);
}

/// How far an operation is, in a few words.
fn standing(acting: &Acting, operation: &Operation) -> (Tone, &'static str) {
    match &operation.ending {
        Some(Ending::Done) => (Tone::Young, "done"),
        Some(Ending::Failed(_)) => (Tone::Overdue, "failed"),
        Some(Ending::Cancelled(_)) => (Tone::Quiet, "cancelled"),
        Some(Ending::RolledBack(_)) => (Tone::Quiet, "rolled back"),
        Some(Ending::Abandoned) => (Tone::Quiet, "abandoned"),
        None if operation.question.is_some() => (Tone::Due, "asks"),
        None if is_cut_off(acting, operation) => (Tone::Due, "cut off"),
        None if operation.order.is_some() => (Tone::Due, "stopping"),
        None => (Tone::Due, "under way"),
    }
}

/// How many of its steps are over, of how many.
fn progress(operation: &Operation) -> (usize, usize) {
    let is_over = |state: &StepState| matches!(state, StepState::Settled | StepState::Skipped);
    (operation.steps.iter().filter(|record| is_over(&record.state)).count(), operation.steps.len())
}

/// What it does; its name where its beginning is not in the journal.
fn title(operation: &Operation) -> String {
    operation.plan.as_ref().map_or_else(|| format!("Operation {}", operation.id), |plan| plan.summary.clone())
}

/// What was asked for, in a few words: `Replace i-0abc`.
pub(crate) fn short_title(operation: &Operation) -> String {
    operation.plan.as_ref().map_or_else(|| format!("Operation {}", operation.id), |plan| plan.action.title())
}

/// A moment by the local clock.
fn moment(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%-d %b, %H:%M:%S").to_string()
}

/// How far a step is, in words, and their colour.
fn state_words(state: &StepState, is_current: bool, theme: &Theme) -> (Color32, String) {
    let (text, tone) = (theme.text, theme.tone);
    match state {
        StepState::Waiting if is_current => (tone.warning, "at work".to_owned()),
        StepState::Waiting => (text.dim, "not begun".to_owned()),
        StepState::Watching => (tone.warning, "watched".to_owned()),
        StepState::Held(refusals) => {
            let reasons: Vec<&str> = refusals.iter().map(|refusal| refusal.reason.as_str()).collect();
            (tone.error, format!("held, nothing was sent: {}", reasons.join("; ")))
        }
        StepState::Sending => (tone.warning, "sent, not answered yet".to_owned()),
        StepState::Unknown { why } => (tone.warning, format!("its answer was lost, it is looked for: {why}")),
        StepState::Accepted(_) => (tone.warning, "AWS took it".to_owned()),
        StepState::Refused { code, message } => (tone.error, format!("AWS refused it, {code}: {message}")),
        StepState::DidNot { evidence } => (tone.error, format!("it did not happen: {evidence}")),
        StepState::Unclear { why } => (tone.error, format!("nobody can tell whether it happened: {why}")),
        StepState::Settled => (text.muted, "done".to_owned()),
        StepState::Skipped => (text.dim, "left out".to_owned()),
    }
}

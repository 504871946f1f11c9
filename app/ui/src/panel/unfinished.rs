//! Operations that have not ended and that nobody here works on: cut off by a crash, a sleep or the end of the window,
//! or left where they ask for a word. One calm bar for all of them, with what can be done about the first.

use std::collections::BTreeSet;

use egui::{Align, Layout, Panel, Ui};
use operate::{Answer, Operation, OperationId};
use session::Acting;

use crate::command::Command;
use crate::model::{Mode, Model};
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Weight, button, icon_button, label};
use crate::words::counted;

/// The operations that somebody should look at, but those that were looked at or put away.
pub(crate) fn unfinished<'a>(acting: &'a Acting, put_away: &BTreeSet<OperationId>) -> Vec<&'a Operation> {
    let is_left = |one: &&Operation| !one.has_ended() && !acting.at_work.contains(&one.id);
    acting.operations.iter().filter(is_left).filter(|one| !put_away.contains(&one.id)).collect()
}

pub(crate) fn unfinished_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    // The list of operations says the same, and more.
    if model.mode == Mode::Operations {
        return;
    }
    let left = unfinished(&model.acting, &model.put_away);
    let Some(first) = left.first() else { return };
    let theme = Theme::of(ui);
    Panel::top("unfinished").frame(super::frame(theme, 16, 8)).show(ui, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            if icon_button(ui, Icon::Close, "Put this away: it stays under Operations").clicked() {
                commands.push(Command::PutAway(left.iter().map(|one| one.id.clone()).collect()));
            }
            let is_asking = first.question.is_some();
            let look = if is_asking { "See what it asks" } else { "Details" };
            let weight = if is_asking { Weight::Primary } else { Weight::Secondary };
            if button(ui, weight, None, look).clicked() {
                commands.push(Command::ShowOperation(first.id.clone()));
            }
            if !is_asking && first.plan.is_some() {
                answers_ui(ui, first, commands);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(16.0), egui::Sense::hover());
                Icon::Operations.paint(ui.painter(), rect, theme.tone.warning);
                label(ui, Type::Body, theme.text.strong, words(&left));
            });
        });
    });
}

fn answers_ui(ui: &mut Ui, first: &Operation, commands: &mut Vec<Command>) {
    for (words, answer, help) in [
        (
            "Hand over",
            Answer::Abandon,
            "Emberline lets go of it and changes nothing: what remains is told under Operations",
        ),
        ("Go on", Answer::Continue, "Look what became of its last step, then go on from there; nothing is sent twice"),
    ] {
        if button(ui, Weight::Secondary, None, words).on_hover_text(help).clicked() {
            commands.extend([Command::Order(first.id.clone(), answer), Command::ShowOperation(first.id.clone())]);
        }
    }
}

/// `1 operation was cut off: Replace i-0abc.`
fn words(left: &[&Operation]) -> String {
    let asking = left.iter().filter(|one| one.question.is_some()).count();
    let cut_off = left.len() - asking;
    let first = left.first().map(|one| super::operations::short_title(one)).unwrap_or_default();
    let plural = |count: usize, one: &'static str, many: &'static str| if count == 1 { one } else { many };
    let mut parts = Vec::new();
    if cut_off > 0 {
        let verb = plural(cut_off, "was cut off", "were cut off");
        parts.push(format!("{} {verb}", counted(cut_off as u64, "operation")));
    }
    if asking > 0 {
        let verb = plural(asking, "asks for a word", "ask for a word");
        parts.push(format!("{} {verb}", counted(asking as u64, "operation")));
    }
    let which = plural(left.len(), "", "first ");
    format!("{}: {which}{first}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use egui::vec2;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;
    use operate::{Entry, Question};

    use super::super::operations::samples::{named, operation};
    use super::*;

    struct Desk {
        has_fonts: bool,
        model: Model,
        commands: Vec<Command>,
    }

    fn window(operations: Vec<Operation>, at_work: &[&str]) -> Harness<'static, Desk> {
        let at_work = at_work.iter().map(|id| OperationId((*id).to_owned())).collect();
        let acting = Acting { operations, at_work, ..Acting::default() }.into();
        let desk = Desk { has_fonts: false, model: Model { acting, ..Model::default() }, commands: Vec::new() };
        let mut window = Harness::builder().with_size(vec2(1024.0, 200.0)).build_ui_state(
            |ui, desk: &mut Desk| {
                if std::mem::replace(&mut desk.has_fonts, true) {
                    unfinished_ui(ui, &desk.model, &mut desk.commands);
                } else {
                    Theme::install(ui.ctx());
                }
            },
            desk,
        );
        for _ in 0..3 {
            window.step();
        }
        window
    }

    fn asks() -> Vec<Entry> {
        let question = Question { text: "Was it set?".into(), answers: vec![Answer::Continue] };
        vec![Entry::Asked { step: 0, question }]
    }

    #[test]
    fn an_operation_that_was_cut_off_is_told_with_what_can_be_done() {
        let mut window = window(vec![operation(vec![])], &[]);
        window.get_by_label("1 operation was cut off: Set the lifetime of web");
        window.get_by_label("Go on").click();
        window.step();
        window.step();
        let id = OperationId("op-1".into());
        assert_eq!(
            window.state_mut().commands.drain(..).collect::<Vec<_>>(),
            [Command::Order(id.clone(), Answer::Continue), Command::ShowOperation(id.clone())]
        );
        window.get_by_label("Hand over").click();
        window.step();
        window.step();
        assert_eq!(window.state().commands[0], Command::Order(id, Answer::Abandon));
    }

    #[test]
    fn one_that_asks_leads_to_its_question_and_offers_no_other_word() {
        let window = window(vec![named("op-2", asks()), operation(vec![])], &["op-1"]);
        window.get_by_label("1 operation asks for a word: Set the lifetime of web");
        window.get_by_label("See what it asks");
        assert!(window.query_by_label("Go on").is_none());
    }

    #[test]
    fn what_is_at_work_or_over_or_put_away_is_not_told() {
        let ended = vec![Entry::Ended { ending: operate::Ending::Done }];
        let none: &[Harness<'_, Desk>] =
            &[window(vec![operation(vec![])], &["op-1"]), window(vec![operation(ended)], &[]), window(Vec::new(), &[])];
        assert!(none.iter().all(|window| window.query_by_label("Details").is_none()));
        let mut several = window(vec![operation(vec![]), named("op-2", asks())], &[]);
        several.get_by_label("1 operation was cut off, 1 operation asks for a word: first Set the lifetime of web");
        several.get_by_label_contains("Put this away").click();
        several.step();
        several.step();
        let ids = ["op-1", "op-2"].map(|id| OperationId(id.to_owned()));
        assert_eq!(several.state().commands, [Command::PutAway(ids.to_vec())]);
        several.state_mut().model.put_away.extend(ids);
        several.step();
        several.step();
        assert!(several.query_by_label("Details").is_none());
    }
}

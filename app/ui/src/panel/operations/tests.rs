use egui::vec2;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use operate::{Answer, Entry, Finding, OperationId, Question, Sent};
use session::Acting;

use super::samples::{at, operation};
use super::*;

struct Desk {
    has_fonts: bool,
    model: Model,
    commands: Vec<Command>,
}

/// The operations as a window shows them whose process works on all of them.
fn window(operations: Vec<Operation>) -> Harness<'static, Desk> {
    let at_work = operations.iter().map(|operation| operation.id.clone()).collect();
    window_of(Acting { operations, at_work, ..Acting::default() })
}

fn window_of(acting: Acting) -> Harness<'static, Desk> {
    let model = Model { acting: acting.into(), ..Model::default() };
    let mut window = Harness::builder().with_size(vec2(1200.0, 800.0)).build_ui_state(
        |ui, desk: &mut Desk| {
            if std::mem::replace(&mut desk.has_fonts, true) {
                operations_ui(ui, &desk.model, at(100), &mut desk.commands);
            } else {
                Theme::install(ui.ctx());
            }
        },
        Desk { has_fonts: false, model, commands: Vec::new() },
    );
    for _ in 0..3 {
        window.step();
    }
    window
}

#[test]
fn without_operations_it_says_how_they_come_about() {
    window(Vec::new()).get_by_label_contains("No operations yet. Switch to Act");
}

#[test]
fn a_step_tells_how_far_it_is_and_what_was_seen() {
    let seen = Entry::Seen { step: 0, note: "3 of 8 replaced".into() };
    let window = window(vec![operation(vec![seen])]);
    window.get_by_label("Set the lifetime of web to 7 d. under way");
    window.get_by_label("1. Set the lifetime.");
    window.get_by_label_contains("watched · ");
    window.get_by_label_contains("3 of 8 replaced");
    window.get_by_label_contains("not begun");
}

#[test]
fn an_open_question_is_answered_by_its_buttons() {
    let lost = Entry::Answered { step: 0, sent: Sent::Unknown { why: "the connection was reset".into() } };
    let question =
        Question { text: "Was it set?".into(), answers: vec![Answer::Continue, Answer::Cancel, Answer::Abandon] };
    let mut window = window(vec![operation(vec![lost, Entry::Asked { step: 0, question }])]);
    window.get_by_label("Was it set?");
    window.get_by_label_contains("its answer was lost, it is looked for: the connection was reset");
    window.get_by_label("Stop it").click();
    window.step();
    window.step();
    let order = Command::Order(OperationId("op-1".into()), Answer::Cancel);
    assert_eq!(window.state().commands, [order]);
    assert!(window.query_by_label("Roll back").is_none(), "it was not offered");
}

#[test]
fn what_only_a_person_can_tell_is_said_by_a_button() {
    let why = "the desired capacity of web is 4, and somebody else may have set it".to_owned();
    let finding = Finding::Unclear { why };
    let question = Question { text: "Was it ours?".into(), answers: vec![Answer::Continue, Answer::Vouch] };
    let entries = vec![Entry::Reconciled { step: 0, finding }, Entry::Asked { step: 0, question }];
    let mut window = window(vec![operation(entries)]);
    window.get_by_label_contains("nobody can tell whether it happened: the desired capacity of web is 4");
    window.get_by_label("It was ours").click();
    window.step();
    window.step();
    assert_eq!(window.state().commands, [Command::Order(OperationId("op-1".into()), Answer::Vouch)]);
}

#[test]
fn an_operation_that_was_cut_off_says_so_and_can_be_gone_on_with() {
    let mut window = window_of(Acting { operations: vec![operation(vec![])], ..Acting::default() });
    window.get_by_label("Set the lifetime of web to 7 d. cut off");
    window.get_by_label("Go on").click();
    window.step();
    window.step();
    assert_eq!(window.state().commands, [Command::Order(OperationId("op-1".into()), Answer::Continue)]);
}

#[test]
fn an_operation_that_has_ended_takes_no_order() {
    let ended = Entry::Ended { ending: Ending::Failed("AWS said no. Nothing was changed.".into()) };
    let window = window(vec![operation(vec![ended])]);
    window.get_by_label("AWS said no. Nothing was changed.");
    window.get_by_label("failed");
    for words in ["Go on", "Stop it", "Roll back", "Leave it as it is"] {
        assert!(window.query_by_label(words).is_none(), "{words}");
    }
}

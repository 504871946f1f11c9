//! What a person is asked, in words that can be acted on at night.

use super::state::{Operation, StepRecord, StepState};
use crate::entry::{Answer, Question};
use crate::guard::Refusal;
use crate::plan::{Step, Work};
use crate::world::ReadError;

/// What can be answered where going on only looks again.
const LOOK_AGAIN: &[Answer] = &[Answer::Continue, Answer::Cancel, Answer::RollBack, Answer::Abandon];

/// What can be answered where nothing but a person can tell whether something happened.
const VOUCH: &[Answer] = &[Answer::Continue, Answer::Cancel, Answer::Vouch, Answer::RollBack, Answer::Abandon];

/// What can be answered where going on sends something.
const SEND_NEXT: &[Answer] = &[Answer::Cancel, Answer::Continue, Answer::RollBack, Answer::Abandon];

/// What can be answered where there is no going on.
const STOP: &[Answer] = &[Answer::Cancel, Answer::RollBack, Answer::Abandon];

/// A question with those of the answers that can be given as things stand.
fn question(operation: &Operation, text: &str, answers: &[Answer]) -> Question {
    let can_be_given = |answer: &Answer| match answer {
        Answer::Continue | Answer::Vouch | Answer::Abandon => true,
        Answer::Cancel => operation.order.is_none(),
        Answer::RollBack => operation.can_roll_back(),
    };
    Question { text: sentence(text), answers: answers.iter().copied().filter(can_be_given).collect() }
}

/// With a capital letter at its beginning, as a sentence has.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// The plan's own pause.
pub(super) fn pause(operation: &Operation, next: Option<&Step>) -> Question {
    let text = match next {
        Some(next) => format!("Paused as planned. Next: {}", next.sentence),
        None => "Paused as planned. Everything is done.".to_owned(),
    };
    question(operation, &text, SEND_NEXT)
}

pub(super) fn killed(operation: &Operation, refusal: &Refusal) -> Question {
    question(operation, &format!("{refusal} {}", operation.remains()), SEND_NEXT)
}

pub(super) fn held(operation: &Operation, record: &StepRecord, refusals: &[Refusal]) -> Question {
    let reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    let (was_not, does) = match record.step.work {
        Work::BakeCommand { .. } => ("run", "runs"),
        _ => ("sent", "sends"),
    };
    let text = format!(
        "`{}` was not {was_not}: {} Continue checks again and {does} it if nothing stands against it. {}",
        record.step.name,
        reasons.join(" "),
        operation.remains()
    );
    question(operation, &text, SEND_NEXT)
}

/// A step whose answer was lost, after it was looked for.
pub(super) fn lost(operation: &Operation, record: &StepRecord) -> Question {
    let name = &record.step.name;
    let mut answers = LOOK_AGAIN;
    let text = match &record.state {
        StepState::DidNot { evidence } => format!(
            "The answer to `{name}` was lost, and by what can be read it did not happen: {evidence}. It is not sent a \
             second time. Continue looks again; after Cancel a new plan can do what is left."
        ),
        StepState::Unclear { why } => {
            let mut text = format!(
                "The answer to `{name}` was lost, and it can't be told whether it happened: {why}. It is not sent a \
                 second time. Continue looks again."
            );
            if record.can_be_vouched_for()
                && let Some(sent) = &record.sent
            {
                answers = VOUCH;
                text += &format!(
                    " CloudTrail shows within a quarter of an hour who called {} and when; this operation did at \
                     {:.0} if at all. Vouch takes it as done by this operation.",
                    sent.mutation.operation(),
                    sent.at
                );
            }
            text
        }
        _ => format!("It is not known what became of `{name}`. Continue looks again."),
    };
    question(operation, &text, answers)
}

/// Something went wrong that can be taken back.
pub(super) fn failed(operation: &Operation, why: &str) -> Question {
    let text = format!("{}. {}", why.trim_end_matches('.'), operation.remains());
    question(operation, &text, STOP)
}

pub(super) fn look(operation: &Operation, why: &str) -> Question {
    question(operation, &format!("{}. Continue looks again.", why.trim_end_matches('.')), LOOK_AGAIN)
}

pub(super) fn unreadable(operation: &Operation, error: &ReadError) -> Question {
    question(operation, &format!("{error} Continue looks again."), LOOK_AGAIN)
}

pub(super) fn too_long(operation: &Operation, record: &StepRecord, within_s: u32) -> Question {
    let seen = record.notes.last().map(|note| format!(": {}", note.text)).unwrap_or_default();
    let text =
        format!("`{}` is not so after {}{seen}. Continue waits as long again.", record.step.name, duration(within_s));
    question(operation, &text, LOOK_AGAIN)
}

/// `45 s`, `30 min`, `2 h`: rounded down, since only the size matters.
fn duration(seconds: u32) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

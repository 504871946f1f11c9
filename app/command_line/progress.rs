//! What an operation does, line by line on standard error while it is carried out.

use std::sync::{Arc, Mutex, PoisonError};

use operate::{Answer, Ending, Entry, Finding, Plan, Sent};
use session::Told;

/// Says each entry of the journal in words. `plan` is that of the operation that is gone on with.
pub(crate) fn told(plan: Option<&Plan>) -> Told {
    let sentences = Arc::new(Mutex::new(plan.map(sentences_of).unwrap_or_default()));
    Arc::new(move |operation, entry| {
        let mut sentences = sentences.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Began { plan, .. } = entry {
            *sentences = sentences_of(plan);
        }
        if let Some(line) = line(entry, &sentences) {
            match operation {
                Some(id) => anstream::eprintln!("{id}  {line}"),
                None => anstream::eprintln!("{line}"),
            }
        }
    })
}

fn sentences_of(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.sentence.clone()).collect()
}

fn line(entry: &Entry, sentences: &[String]) -> Option<String> {
    let sentence = |step: &usize| match sentences.get(*step) {
        Some(sentence) => format!("{}. {sentence}", step + 1),
        None => format!("step {}", step + 1),
    };
    Some(match entry {
        Entry::Refused { .. } | Entry::StepRefused { .. } | Entry::Asked { .. } => return None,
        Entry::Began { plan, .. } => format!("begins: {}", plan.summary),
        Entry::Sending { step, mutation, .. } => format!("{}  ({})", sentence(step), mutation.action()),
        Entry::Answered { sent: Sent::Accepted { .. }, .. } => return None,
        Entry::Answered { sent: Sent::Refused { message, .. }, .. } => format!("refused by AWS: {message}"),
        Entry::Answered { sent: Sent::Unknown { why }, .. } => {
            format!("no answer ({why}): looking what became of it")
        }
        Entry::Reconciled { finding: Finding::Happened { evidence, .. }, .. } => format!("it happened: {evidence}"),
        Entry::Reconciled { finding: Finding::DidNot { evidence }, .. } => format!("it did not happen: {evidence}"),
        Entry::Reconciled { finding: Finding::Unclear { why }, .. } => format!("it can't be told: {why}"),
        Entry::Seen { note, .. } => note.clone(),
        Entry::Settled { step, .. } => format!("{} is done", sentence(step)),
        Entry::Ordered { answer, .. } => match answer {
            Answer::Continue => "goes on".to_owned(),
            Answer::Vouch => "is said to have happened".to_owned(),
            Answer::Cancel => "is being cancelled".to_owned(),
            Answer::RollBack => "is being rolled back".to_owned(),
            Answer::Abandon => "is being abandoned".to_owned(),
        },
        Entry::Ended { ending } => match ending {
            Ending::Done => "done".to_owned(),
            Ending::Failed(why) => format!("failed: {why}"),
            Ending::Cancelled(what) => format!("cancelled: {what}"),
            Ending::RolledBack(what) => format!("rolled back: {what}"),
            Ending::Abandoned => "abandoned".to_owned(),
        },
    })
}

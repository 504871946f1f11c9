//! Things to write down.

use emberline_history::Store;
use jiff::Timestamp;
use operate::{
    ActionKind, Answer, Baseline, Ending, Entry, ExactMutation, Finding, Guard, Journal, OperationId, Output, Outputs,
    Question, Receipt, Refusal, Scope, Sent, Token,
};

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::new(1_772_355_600 + second, 123_000_000).unwrap()
}

pub(crate) fn operation(name: &str) -> OperationId {
    OperationId(format!("op-{name}"))
}

pub(crate) fn seen(note: &str) -> Entry {
    Entry::Seen { step: 1, note: note.to_owned() }
}

pub(crate) fn ended() -> Entry {
    Entry::Ended { ending: Ending::Done }
}

/// One of nearly each kind, with texts that are hard to carry.
pub(crate) fn various() -> Vec<Entry> {
    let hostile = "line\nend \u{202e}\"quoted\"\\ \0 ´ü 🜂 </script>, \"hash\":\"0\"}";
    let refusal = Refusal { guard: Guard::Floor, reason: hostile.to_owned(), next: "Raise MaxSize.".to_owned() };
    let scope = Scope {
        partition: "aws".to_owned(),
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        profile: None,
    };
    let mutation = ExactMutation::TerminateInstanceInAutoScalingGroup {
        group: hostile.to_owned(),
        server: "i-1".to_owned(),
        decrement: true,
    };
    let made = Outputs::from([(Output::Successor, "i-2".to_owned())]);
    vec![
        Entry::Refused {
            action: ActionKind::RebakeRoll,
            scope,
            caller: None,
            plan_hash: None,
            refusals: vec![refusal.clone()],
        },
        Entry::Sending { step: 0, mutation, token: Token("t-0".to_owned()), before: Box::new(Baseline::default()) },
        Entry::Answered { step: 0, sent: Sent::Accepted { request_id: None, receipt: Receipt { made: made.clone() } } },
        Entry::Reconciled { step: 0, finding: Finding::Happened { made: made.clone(), evidence: hostile.to_owned() } },
        Entry::StepRefused { step: 2, refusals: vec![refusal] },
        seen(hostile),
        seen(""),
        Entry::Settled { step: 0, made },
        Entry::Asked {
            step: 3,
            question: Question { text: hostile.to_owned(), answers: vec![Answer::Abandon, Answer::Continue] },
        },
        Entry::Ordered { answer: Answer::RollBack, caller: None },
        Entry::Ended { ending: Ending::Failed(hostile.to_owned()) },
    ]
}

/// Begins an operation and writes one entry of it.
pub(crate) fn begun(store: &Store, name: &str, targets: &[&str]) -> OperationId {
    let operation = operation(name);
    let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
    let _locked = store.begin(&operation, &targets).unwrap();
    store.append(Some(&operation), at(0), &seen("begun")).unwrap();
    operation
}

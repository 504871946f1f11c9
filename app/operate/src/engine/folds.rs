//! Entries and what they add up to.

#![expect(clippy::unwrap_used, reason = "a test")]

use jiff::Timestamp;
use proptest::prelude::*;

use crate::*;

fn caller() -> Caller {
    Caller { account: "111122223333".into(), arn: "arn:aws:iam::111122223333:user/ada".into() }
}

fn set(desired: u32) -> ExactMutation {
    Mutation::SetDesiredCapacity { group: "web".into(), desired }
}

/// Surge, wait, pause.
fn began() -> Entry {
    let surge = Mutation::SetDesiredCapacity { group: "web".into(), desired: 4 };
    let until = Until::Joined { group: "web".into(), besides: Vec::new(), desired: 4 };
    let works = [
        Work::Send { mutation: surge, makes: None, desired: Some(3), takes_out: None },
        Work::Wait { until, within_s: 600 },
        Work::Pause,
    ];
    let step = |work| Step { name: "step".into(), sentence: "Do it.".into(), work };
    let region = "eu-west-1".into();
    let plan = Plan {
        format: FORMAT,
        action: Action::Replace { servers: vec!["i-1".into()] },
        scope: Scope { partition: "aws".into(), account: caller().account, region, profile: None },
        endpoint: Some(Endpoint::Aws),
        caller: caller(),
        made_at: Timestamp::UNIX_EPOCH,
        summary: "Replace i-1.".into(),
        baseline: Baseline::default(),
        steps: works.map(step).to_vec(),
        capacity: Vec::new(),
        losses: Vec::new(),
        warnings: Vec::new(),
        rollback: Rollback::Impossible("What is gone is gone.".into()),
    };
    Entry::Began {
        plan_hash: plan.hash(),
        plan: Box::new(plan),
        caller: caller(),
        confirmation: Confirmation::Window { typed: None },
        token: "token".into(),
    }
}

fn sending(step: usize) -> Entry {
    let token = Token(format!("token-{step}"));
    Entry::Sending { step, mutation: set(4), token, before: Box::default() }
}

fn accepted(step: usize) -> Entry {
    let sent = Sent::Accepted { request_id: Some("r-1".into()), receipt: Receipt::default() };
    Entry::Answered { step, sent }
}

/// A second apart.
fn fold(entries: &[Entry]) -> Operation {
    let records: Vec<EntryRecord> = (1..)
        .zip(entries)
        .map(|(sequence, entry)| {
            let at = Timestamp::from_second(i64::try_from(sequence).unwrap()).unwrap();
            EntryRecord { sequence, at, operation: None, entry: entry.clone(), hash: String::new() }
        })
        .collect();
    Operation::of(OperationId("op-1".into()), &records)
}

fn second(second: i64) -> Option<Timestamp> {
    Some(Timestamp::from_second(second).unwrap())
}

#[test]
fn steps_follow_one_another_with_their_times() {
    let settled = Entry::Settled { step: 0, made: Outputs::new() };
    let seen = Entry::Seen { step: 1, note: "i-2 is Pending".into() };
    let operation = fold(&[began(), sending(0), accepted(0), settled, seen]);
    assert_eq!(operation.current(), Some(1));
    let [surge, joined, pause] = &operation.steps[..] else { panic!() };
    assert_eq!((surge.began_at, surge.settled_at), (second(1), second(4)));
    assert_eq!(surge.sent.as_ref().unwrap().request_id.as_deref(), Some("r-1"));
    assert_eq!((joined.began_at, joined.state.clone()), (second(4), StepState::Watching));
    assert_eq!(joined.notes[0].text, "i-2 is Pending");
    assert_eq!((pause.began_at, pause.state.clone()), (None, StepState::Waiting));
    assert_eq!(operation.answers(), [Answer::Cancel, Answer::Abandon], "there is nothing to roll back or to go on");
}

#[test]
fn a_change_without_an_answer_is_on_its_way_until_reading_tells() {
    let operation = fold(&[began(), sending(0)]);
    assert_eq!(operation.steps[0].state, StepState::Sending);
    assert!(operation.steps[0].may_have_happened() && !operation.steps[0].has_happened());
    let why = "the connection broke".to_owned();
    let lost = Entry::Answered { step: 0, sent: Sent::Unknown { why: why.clone() } };
    let operation = fold(&[began(), sending(0), lost.clone()]);
    assert_eq!(operation.steps[0].state, StepState::Unknown { why });
    let finding = Finding::Happened { made: Outputs::new(), evidence: "it is 4".into() };
    let operation = fold(&[began(), sending(0), lost, Entry::Reconciled { step: 0, finding }]);
    assert!(operation.steps[0].has_happened());
}

#[test]
fn an_order_waits_for_what_is_on_its_way_and_then_skips_the_rest() {
    let cancel = Entry::Ordered { answer: Answer::Cancel, caller: None };
    let operation = fold(&[began(), sending(0), cancel.clone()]);
    assert_eq!(operation.current(), Some(0), "what became of it comes first");
    assert_eq!(operation.steps[1].state, StepState::Waiting);
    let finding = Finding::DidNot { evidence: "it is still 3".into() };
    let operation = fold(&[began(), sending(0), cancel, Entry::Reconciled { step: 0, finding }]);
    assert_eq!(operation.current(), None);
    assert_eq!(operation.steps[1].state, StepState::Skipped);
    assert_eq!(operation.remains(), "Nothing was changed.");
}

#[test]
fn an_answer_closes_the_question_and_an_end_closes_everything() {
    let question = Question { text: "Go on?".into(), answers: vec![Answer::Continue] };
    let asked = Entry::Asked { step: 0, question };
    let operation = fold(&[began(), asked.clone()]);
    assert_eq!(operation.answers(), [Answer::Continue, Answer::Cancel, Answer::Abandon]);
    let go_on = Entry::Ordered { answer: Answer::Continue, caller: None };
    let operation = fold(&[began(), asked.clone(), go_on]);
    assert_eq!((operation.question, operation.steps[0].has_word), (None, true));
    let operation = fold(&[began(), asked, Entry::Ended { ending: Ending::Abandoned }]);
    assert_eq!((operation.question.clone(), operation.answers()), (None, Vec::new()));
    assert_eq!(operation.ended_at, second(3));
}

#[test]
fn only_what_reading_can_not_tell_and_what_made_nothing_can_be_vouched_for() {
    let vouch = Entry::Ordered { answer: Answer::Vouch, caller: None };
    let question = Question { text: "Was it?".into(), answers: vec![Answer::Continue, Answer::Vouch] };
    let asked = Entry::Asked { step: 0, question };
    let vouched = |finding: Finding| {
        let found = Entry::Reconciled { step: 0, finding };
        fold(&[began(), sending(0), found, asked.clone(), vouch.clone()]).steps[0].has_happened()
    };
    assert!(vouched(Finding::Unclear { why: "it is 4".into() }));
    assert!(!vouched(Finding::DidNot { evidence: "it is 3".into() }));
    let unasked = Entry::Reconciled { step: 0, finding: Finding::Unclear { why: "it is 4".into() } };
    assert!(!fold(&[began(), sending(0), unasked, vouch]).steps[0].has_happened());
    let open = fold(&[began(), asked]);
    assert_eq!(open.answers(), [Answer::Continue, Answer::Vouch, Answer::Cancel, Answer::Abandon]);
}

fn entry() -> impl Strategy<Value = Entry> {
    let step = prop_oneof![0..6_usize, Just(usize::MAX)];
    let answers = [Answer::Continue, Answer::Vouch, Answer::Cancel, Answer::RollBack, Answer::Abandon];
    let answer = prop::sample::select(answers.to_vec());
    let finding = prop_oneof![
        Just(Finding::Happened { made: Outputs::new(), evidence: String::new() }),
        Just(Finding::DidNot { evidence: String::new() }),
        Just(Finding::Unclear { why: String::new() }),
    ];
    let question = Question { text: String::new(), answers: vec![Answer::Continue] };
    prop_oneof![
        Just(began()),
        step.clone().prop_map(sending),
        step.clone().prop_map(accepted),
        step.clone().prop_map(|step| Entry::Answered { step, sent: Sent::Unknown { why: String::new() } }),
        (step.clone(), finding).prop_map(|(step, finding)| Entry::Reconciled { step, finding }),
        step.clone().prop_map(|step| Entry::StepRefused { step, refusals: Vec::new() }),
        step.clone().prop_map(|step| Entry::Seen { step, note: String::new() }),
        step.clone().prop_map(|step| Entry::Settled { step, made: Outputs::new() }),
        step.prop_map(move |step| Entry::Asked { step, question: question.clone() }),
        answer.prop_map(|answer| Entry::Ordered { answer, caller: None }),
        Just(Entry::Ended { ending: Ending::Abandoned }),
    ]
}

proptest! {
    #[test]
    fn any_entries_in_any_order_fold(entries in proptest::collection::vec(entry(), 0..30)) {
        let operation = fold(&entries);
        prop_assert!(operation.current().is_none_or(|step| step < operation.steps.len()));
        prop_assert!(!operation.has_ended() || operation.answers().is_empty());
        let began = entries.iter().any(|entry| matches!(entry, Entry::Began { .. }));
        prop_assert_eq!(operation.plan.is_some(), began);
    }
}

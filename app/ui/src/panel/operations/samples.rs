//! Operations for tests.
#![expect(clippy::unwrap_used, reason = "a test")]

use jiff::{SignedDuration, Timestamp};
use operate::{
    Action, Baseline, Caller, Confirmation, Entry, EntryRecord, FORMAT, Operation, OperationId, Plan, PlannedMutation,
    Rollback, Scope, Step, Until, Work,
};

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn caller() -> Caller {
    Caller { account: "111122223333".into(), arn: "arn:aws:iam::111122223333:user/ada".into() }
}

fn plan() -> Plan {
    let mutation = PlannedMutation::SetMaxInstanceLifetime { group: "web".into(), lifetime_s: 604_800 };
    let send = Work::Send { mutation, makes: None, desired: None, takes_out: None };
    let until = Until::LifetimeIs { group: "web".into(), lifetime_s: Some(604_800) };
    let step = |name: &str, sentence: &str, work| Step { name: name.into(), sentence: sentence.into(), work };
    Plan {
        format: FORMAT,
        action: Action::SetLifetime { group: "web".into(), lifetime_s: 604_800 },
        scope: Scope {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            profile: None,
        },
        endpoint: Some(operate::Endpoint::Aws),
        caller: caller(),
        made_at: at(0),
        summary: "Set the lifetime of web to 7 d.".into(),
        baseline: Baseline::default(),
        steps: vec![
            step("set", "Set the lifetime.", send),
            step("look", "Look whether it is so.", Work::Wait { until, within_s: 60 }),
        ],
        capacity: Vec::new(),
        losses: Vec::new(),
        warnings: Vec::new(),
        rollback: Rollback::Possible("Set it back.".into()),
    }
}

/// What these entries, a second apart, add up to.
pub(crate) fn operation(entries: Vec<Entry>) -> Operation {
    named("op-1", entries)
}

/// The same of an operation with another id.
pub(crate) fn named(id: &str, entries: Vec<Entry>) -> Operation {
    let id = OperationId(id.into());
    let plan = plan();
    let began = Entry::Began {
        plan_hash: plan.hash(),
        plan: Box::new(plan),
        caller: caller(),
        confirmation: Confirmation::Window { typed: None },
        token: "t".into(),
    };
    let records: Vec<EntryRecord> = (1..)
        .zip(std::iter::once(began).chain(entries))
        .map(|(sequence, entry)| EntryRecord {
            sequence,
            at: at(sequence.try_into().unwrap()),
            operation: Some(id.clone()),
            entry,
            hash: String::new(),
        })
        .collect();
    Operation::of(id, &records)
}

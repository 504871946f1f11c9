//! From a confirmed plan to the first send: what is checked at the start, and again at each step.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use super::plans;
use super::stage::{Stage, Tear};
use super::tests::{asks, begun, ended};
use crate::testing::{Account, rules, scope};
use crate::*;

/// A confirmed and armed plan to replace `i-1`, as the planner makes it.
fn ready(stage: &Stage) -> (PlanFile, Confirmed, Armed) {
    let action = Action::Replace { servers: vec!["i-1".to_owned()] };
    let plan = plan(stage.world(), &rules(), &scope(), action).unwrap();
    let mut sheet = Sheet::of(&plan, &rules(), stage.now());
    let mut arming = Arming::default();
    arming.arm(&rules(), &scope(), stage.now()).unwrap();
    stage.sleep(Duration::from_secs(2));
    let confirmed = sheet.confirm("shop", stage.now()).unwrap();
    (PlanFile::of(plan), confirmed, arming.prove(&scope(), stage.now()).unwrap())
}

#[test]
fn from_the_planner_to_the_end() {
    let stage = Stage::new();
    let (file, confirmed, armed) = ready(&stage);
    let id = stage.with(|engine, _, _| engine.start(&file, confirmed, &armed)).unwrap();
    assert!(id.0.len() == 15 && id.0.starts_with("op-"), "{id}");
    assert_eq!(stage.sent(), Vec::<String>::new(), "starting sends nothing");
    assert_eq!(stage.holder("111122223333/eu-west-1/web").unwrap(), Some(id.clone()));
    assert_eq!(ended(stage.run(&id)), Ending::Done);
    assert_eq!(stage.sent(), ["SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup"]);
    let operation = stage.operation(&id);
    assert_eq!(operation.plan_hash, file.hash);
    assert_eq!(operation.confirmation, Some(Confirmation::Window { typed: Some("shop".to_owned()) }));
}

/// What stands against starting the plan of [`ready`] after something happened.
fn refused_start(change: impl FnOnce(&Stage, &mut PlanFile, &KillSwitch)) -> (Stage, Vec<Guard>) {
    let stage = Stage::new();
    let (mut file, confirmed, armed) = ready(&stage);
    let error = stage.with(|engine, kill_switch, _| {
        change(&stage, &mut file, kill_switch);
        engine.start(&file, confirmed, &armed).unwrap_err()
    });
    let EngineError::Refused(refused) = error else { panic!("{error}") };
    (stage, refused.refusals.iter().map(|refusal| refusal.guard).collect())
}

#[test]
fn what_is_refused_at_the_start_is_written_down_and_holds_nothing() {
    let (stage, guards) = refused_start(|stage, _, _| stage.life().account.web().max = 9);
    assert_eq!(guards, [Guard::Unchanged]);
    let records = stage.records();
    assert_eq!(records.len(), 1);
    let Entry::Refused { action, caller, refusals, .. } = &records[0].entry else { panic!() };
    assert_eq!((*action, caller.is_some(), refusals.len()), (ActionKind::Replace, true, 1));
    assert_eq!(stage.holder("111122223333/eu-west-1/web").unwrap(), None);
}

#[test]
fn every_door_is_shut_at_the_start() {
    let guards = |change: fn(&Stage, &mut PlanFile, &KillSwitch)| refused_start(change).1;
    assert_eq!(guards(|_, _, switch| switch.pull()), [Guard::KillSwitch]);
    assert_eq!(guards(|stage, _, _| stage.sleep(Duration::from_secs(900))), [Guard::Armed]);
    let changed = guards(|_, file, _| file.plan.summary = "Something harmless.".to_owned());
    assert_eq!(changed, [Guard::Confirmed, Guard::PlanHash]);
    let other = guards(|stage, _, _| stage.life().account.caller.account = "444455556666".to_owned());
    assert_eq!(other, [Guard::Account]);
    let gone = guards(|stage, _, _| drop(stage.life().account.servers.remove("i-1")));
    assert!(gone.contains(&Guard::Unchanged), "{gone:?}");
    let tagged = guards(|stage, _, _| {
        stage.life().account.server("i-1").tags.insert("emberline:protect".to_owned(), String::new());
    });
    assert_eq!(tagged, [Guard::ProtectTag]);
    let floor = guards(|stage, _, _| stage.life().account.member(1).healthy = false);
    assert_eq!(floor, [Guard::Floor]);
}

#[test]
fn one_operation_at_a_time_works_on_a_group() {
    let (stage, guards) = refused_start(|stage, _, _| drop(stage.begin(plans::roll(stage))));
    assert!(guards.contains(&Guard::OneOperation), "{guards:?}");
    assert_eq!(stage.sent(), Vec::<String>::new());
}

#[test]
fn an_operation_is_gone_on_with_in_the_aws_that_it_was_begun_in_alone() {
    let (stage, id) = begun(plans::surge);
    stage.life().account.endpoint = Endpoint::Url("http://127.0.0.1:4600".to_owned());
    let before = stage.records().len();
    for refused in [stage.run(&id), stage.order(&id, Answer::Cancel)] {
        let EngineError::Refused(refused) = refused.unwrap_err() else { panic!() };
        assert_eq!(
            refused.to_string(),
            "it was planned in AWS itself, and http://127.0.0.1:4600 answers now. Start Emberline without --sandbox and \
             --endpoint-url."
        );
    }
    assert_eq!((stage.records().len(), stage.sent().len()), (before, 0), "nothing was written and nothing sent");
    stage.life().account.endpoint = Endpoint::Aws;
    assert_eq!(ended(stage.run(&id)), Ending::Done);
    let (stage, id) = begun(plans::surge);
    stage.life().account.endpoint = Endpoint::InProcess;
    assert_eq!(ended(stage.order(&id, Answer::Abandon)), Ending::Abandoned, "leaving it needs nobody's answer");
}

#[test]
fn a_start_that_can_not_be_written_down_holds_nothing() {
    let stage = Stage::new();
    let (file, confirmed, armed) = ready(&stage);
    stage.tear(0, Tear::Missing);
    let error = stage.with(|engine, _, _| engine.start(&file, confirmed, &armed)).unwrap_err();
    assert!(matches!(error, EngineError::Journal(_)), "{error}");
    assert_eq!(stage.holder("111122223333/eu-west-1/web").unwrap(), None);
}

/// What stands against the second change of a surge after something happened while its successor warmed up.
fn refused_retirement(change: impl FnOnce(&mut Account) + Send + 'static) -> Vec<Guard> {
    let (stage, id) = begun(plans::surge);
    stage.after(60, change);
    asks(stage.run(&id));
    assert_eq!(stage.sent(), ["SetDesiredCapacity"]);
    match &stage.operation(&id).steps[2].state {
        StepState::Held(refusals) => refusals.iter().map(|refusal| refusal.guard).collect(),
        state => panic!("{state:?}"),
    }
}

#[test]
fn each_step_is_verified_anew_just_before_it_is_sent() {
    let protected = |account: &mut Account| account.member(0).protected_from_scale_in = true;
    let guards = refused_retirement(protected);
    assert!(guards.contains(&Guard::ScaleInProtection) && guards.contains(&Guard::Unchanged), "{guards:?}");
    let guards = refused_retirement(|account| account.web().suspended = vec!["Terminate".to_owned()]);
    assert!(guards.contains(&Guard::SuspendedProcesses), "{guards:?}");
    let guards = refused_retirement(|account| account.server("i-1").born_at = None);
    assert_eq!(guards, [Guard::Unchanged]);
    let guards = refused_retirement(|account| account.server("i-1").termination_protected = Some(true));
    assert!(guards.contains(&Guard::TerminationProtection), "{guards:?}");
}

//! What keeps a server behind its load balancers until another one stands in for it.

#![expect(clippy::unwrap_used, reason = "a test")]

use super::*;
use crate::engine::plans;
use crate::engine::stage::Stage;
use crate::mutation::LaunchFrom;
use crate::testing::{refused_by, registration, rules, target_group};
use crate::world::{Receipt, Sent, Token};
use crate::{Entry, OperationId, Outcome};

/// An operation that has come to its step of this number, by its own work.
fn come_to(stage: &Stage, plan: &Plan, index: usize) -> OperationId {
    // Nobody would stop it there but the person who is asked.
    let mut paused = plan.clone();
    paused.steps.insert(index, plans::pause());
    let id = stage.begin(paused);
    assert!(matches!(stage.run(&id).unwrap(), Outcome::Asks(_)), "it pauses at {index}");
    id
}

/// What is said to the step of this number, once the work has come there and something has changed.
fn at_step(index: usize, change: impl FnOnce(&Stage)) -> Result<VerifiedStep, Refused> {
    let stage = Stage::new();
    let plan = plans::registered(&stage);
    let id = come_to(&stage, &plan, index);
    change(&stage);
    let operation = stage.operation(&id);
    let steps = operation.steps.iter().map(|record| record.step.clone()).collect();
    let whole = Plan { steps, ..plan };
    verify_step(stage.world(), &rules(), &whole, &operation, index + 1)
}

/// The step at which the plan registers the successor, takes the old server out, and ends it.
const REGISTER: usize = 2;
const TAKE_OUT: usize = 6;
const TAKE_OUT_OF_THE_OTHER: usize = 7;
const END: usize = 10;

/// The state of a server in a target group at a port.
fn put(stage: &Stage, name: &str, id: &str, port: u16, state: &str) {
    stage.life().account.put_in(&target_group(name), id, port, state);
}

fn forget(stage: &Stage, name: &str, id: &str) {
    let arn = target_group(name);
    stage.life().account.registered.retain(|one| (&one.target_group, one.server.as_str()) != (&arn, id));
}

#[test]
fn each_step_is_sent_as_things_were_planned() {
    for index in [0, REGISTER, 3, TAKE_OUT, TAKE_OUT_OF_THE_OTHER, END] {
        at_step(index, |_| {}).unwrap_or_else(|refused| panic!("step {index}: {refused}"));
    }
}

#[test]
fn nothing_is_taken_out_or_ended_while_its_successor_is_not_healthy_at_each_of_its_places() {
    for index in [TAKE_OUT, TAKE_OUT_OF_THE_OTHER, END] {
        for (name, port) in [("front", 80), ("side", 8_080), ("side", 8_443)] {
            refused_by(Guard::StandIn, at_step(index, |stage| put(stage, name, "i-101", port, "unhealthy")));
        }
        refused_by(Guard::StandIn, at_step(index, |stage| forget(stage, "front", "i-101")));
    }
    let refused = at_step(TAKE_OUT, |stage| put(stage, "side", "i-101", 8_443, "initial")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "i-101 is initial in the target group side (port 8443), and i-9 leaves it. Wait until i-101 is healthy there; i-9 \
         stays as it is."
    );
}

#[test]
fn nothing_is_ended_while_a_target_group_knows_it() {
    for state in ["healthy", "draining"] {
        refused_by(Guard::Registered, at_step(END, |stage| put(stage, "front", "i-9", 80, state)));
    }
    let refused = at_step(END, |stage| put(stage, "front", "i-9", 80, "draining")).unwrap_err();
    assert!(refused.to_string().contains("i-9 is still registered in the target group front (draining). Wait until"));
}

#[test]
fn what_somebody_registers_or_takes_out_meanwhile_goes_back_to_the_sheet() {
    for index in [0, REGISTER, TAKE_OUT, END] {
        let new = at_step(index, |stage| put(stage, "admin", "i-9", 80, "healthy"));
        refused_by(Guard::Unchanged, new);
        let port = at_step(index, |stage| put(stage, "front", "i-9", 8_080, "healthy"));
        refused_by(Guard::Unchanged, port);
    }
    for index in [0, REGISTER, TAKE_OUT] {
        let refused = at_step(index, |stage| forget(stage, "side", "i-9")).unwrap_err();
        assert!(refused.to_string().contains("somebody took it out of the target group side"), "{refused}");
    }
    for index in [0, REGISTER] {
        refused_by(Guard::Registered, at_step(index, |stage| put(stage, "front", "i-9", 80, "draining")));
    }
}

#[test]
fn a_successor_serves_only_while_it_runs_and_its_place_can_be_made_free() {
    let state = |state: &'static str| move |stage: &Stage| stage.life().account.server("i-101").state = state.into();
    refused_by(Guard::Alive, at_step(REGISTER, state("stopped")));
    let joined = |stage: &Stage| stage.life().account.server("i-101").group = Some("web".into());
    refused_by(Guard::Unchanged, at_step(REGISTER, joined));
    let tag = |stage: &Stage| {
        stage.life().account.server("i-9").tags.insert("emberline:protect".to_owned(), String::new());
    };
    for index in [REGISTER, TAKE_OUT, END] {
        refused_by(Guard::ProtectTag, at_step(index, tag));
    }
}

#[test]
fn where_it_is_registered_can_not_be_read_nothing_is_sent() {
    for index in [0, REGISTER, TAKE_OUT, END] {
        let denied = at_step(index, |stage| stage.life().account.denied = Some("registered"));
        refused_by(Guard::Known, denied);
    }
}

/// What the plan as a whole says once somebody has written in it.
fn written(write: impl FnOnce(&mut Plan)) -> Result<(), Refused> {
    let stage = Stage::new();
    let mut plan = plans::registered(&stage);
    write(&mut plan);
    verify_plan(stage.world(), &rules(), &PlanFile::of(plan))
}

#[test]
fn a_plan_that_leaves_a_place_out_is_not_begun() {
    written(|_| {}).unwrap();
    for step in [REGISTER, 3, TAKE_OUT, TAKE_OUT_OF_THE_OTHER] {
        refused_by(Guard::Registered, written(|plan| drop(plan.steps.remove(step))));
    }
    // First out, then in.
    refused_by(Guard::Registered, written(|plan| plan.steps.swap(REGISTER, TAKE_OUT)));
    let fewer = |plan: &mut Plan| {
        let Work::Send { mutation: PlannedMutation::RegisterTargets { ports, .. }, .. } = &mut plan.steps[3].work
        else {
            panic!("it registers")
        };
        ports.pop();
    };
    refused_by(Guard::Registered, written(fewer));
    refused_by(Guard::Unchanged, written(|plan| drop(plan.baseline.registered.remove(0))));
    let stage = Stage::new();
    let mut plan = plans::registered(&stage);
    plan.steps.remove(REGISTER);
    let id = stage.begin(plan.clone());
    refused_by(Guard::Registered, verify_step(stage.world(), &rules(), &plan, &stage.operation(&id), 0));
}

#[test]
fn only_the_places_that_the_plan_names_are_touched() {
    let stray = |target_group: String, server: &str, ports: Vec<u16>| {
        let stage = Stage::new();
        let mut plan = plans::registered(&stage);
        let server = server.into();
        plan.steps = vec![plans::send("leave", Mutation::DeregisterTargets { target_group, server, ports }, None)];
        let id = stage.begin(plan.clone());
        verify_step(stage.world(), &rules(), &plan, &stage.operation(&id), 0)
    };
    refused_by(Guard::InsidePlan, stray(target_group("admin"), "i-9", vec![80]));
    refused_by(Guard::InsidePlan, stray(target_group("front"), "i-9", vec![81]));
    refused_by(Guard::InsidePlan, stray(target_group("front"), "i-9", vec![]));
    refused_by(Guard::InsidePlan, stray(target_group("front"), "i-1", vec![80]));
    refused_by(Guard::StandIn, stray(target_group("front"), "i-9", vec![80]));
}

/// What is said to taking the successor out again, once it serves in `front`.
fn back_out(change: impl FnOnce(&Stage)) -> Result<VerifiedStep, Refused> {
    let stage = Stage::new();
    let mut plan = plans::registered(&stage);
    let (front, ports) = (target_group("front"), vec![80]);
    let back = Mutation::DeregisterTargets { target_group: front, server: "i-101".into(), ports };
    plan.steps.push(plans::send("back", back, None));
    let id = stage.begin(plan.clone());
    let made = Outputs::from([(Output::Successor, "i-101".to_owned())]);
    let from = LaunchFrom::Template { id: "lt-web".into(), version: 3 };
    let sent = Mutation::RunInstances { from, subnet: None };
    let before = Box::default();
    for entry in [
        Entry::Sending { step: 0, mutation: sent, token: Token("t-0".into()), before },
        Entry::Answered { step: 0, sent: Sent::Accepted { request_id: None, receipt: Receipt { made: made.clone() } } },
        Entry::Settled { step: 0, made },
    ] {
        stage.world().journal.append(Some(&id), stage.world().time.now(), &entry).unwrap();
    }
    let successor = crate::testing::server("i-101");
    stage.life().account.servers.insert("i-101".into(), successor);
    stage.life().account.registered.push(registration(&target_group("front"), "i-101", 80, "healthy"));
    change(&stage);
    verify_step(stage.world(), &rules(), &plan, &stage.operation(&id), plan.steps.len() - 1)
}

#[test]
fn a_successor_leaves_again_only_where_the_old_server_serves_or_it_does_not_serve_itself() {
    back_out(|_| {}).unwrap();
    refused_by(Guard::StandIn, back_out(|stage| put(stage, "front", "i-9", 80, "unhealthy")));
    back_out(|stage| {
        put(stage, "front", "i-9", 80, "unhealthy");
        put(stage, "front", "i-101", 80, "initial");
    })
    .unwrap();
}

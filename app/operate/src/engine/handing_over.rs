//! Whole replacements of a server that load balancers count on.

use super::life::Fault;
use super::plans;
use super::stage::Stage;
use super::tests::{asks, begun, ended};
use crate::testing::target_group;
use crate::*;

/// The states of a server as a target of all its target groups, by port.
fn states(stage: &Stage, id: &str) -> Vec<(u16, String)> {
    let life = stage.life();
    let of = life.account.registered.iter().filter(|one| one.server == id);
    let mut states: Vec<(u16, String)> = of.map(|one| (one.port.unwrap_or(0), one.state.clone())).collect();
    states.sort();
    states
}

/// All that the two servers are at their three places: `i-9`, and whoever takes its place.
const ALL_HEALTHY: [(u16, &str); 3] = [(80, "healthy"), (8_080, "healthy"), (8_443, "healthy")];

fn told(states: &[(u16, String)]) -> Vec<(u16, &str)> {
    states.iter().map(|(port, state)| (*port, state.as_str())).collect()
}

#[test]
fn the_successor_serves_before_the_old_server_leaves_and_that_has_drained_before_it_ends() {
    let (stage, id) = begun(plans::registered);
    assert_eq!(ended(stage.run(&id)), Ending::Done);
    let sends = [
        "RunInstances",
        "RegisterTargets",
        "RegisterTargets",
        "DeregisterTargets",
        "DeregisterTargets",
        "TerminateInstances",
    ];
    assert_eq!(stage.sent(), sends);
    assert_eq!(told(&states(&stage, "i-101")), ALL_HEALTHY);
    assert_eq!(states(&stage, "i-9"), []);
    let operation = stage.operation(&id);
    let sent_at = |step: usize| operation.steps[step].sent.as_ref().map(|sent| sent.at.as_second());
    let (registered, taken_out, terminated) = (sent_at(3), sent_at(6), sent_at(10));
    assert!(taken_out >= registered.map(|at| at + 50), "it was healthy by then");
    assert!(terminated >= sent_at(7).map(|at| at + 300), "it had drained by then");
}

#[test]
fn whatever_fails_leaves_the_old_server_alive_and_registered_until_its_successor_is_healthy() {
    let (whole, id) = begun(plans::registered);
    assert_eq!(ended(whole.run(&id)), Ending::Done);
    for number in 0..whole.sent().len() {
        for fault in [Fault::LostBefore, Fault::Refused] {
            let (stage, id) = begun(plans::registered);
            stage.life().faults.insert(number, fault);
            drop(stage.run(&id));
            assert_eq!(stage.life().account.server("i-9").state, "running", "{fault:?} of send {number}");
            if number <= 3 {
                assert_eq!(told(&states(&stage, "i-9")), ALL_HEALTHY, "{fault:?} of send {number}");
            }
        }
    }
}

#[test]
fn a_successor_that_never_gets_healthy_asks_and_leaves_everything_as_it_was() {
    let (stage, id) = begun(plans::registered);
    // Something keeps it unhealthy for as long as anyone looks.
    for seconds in 60..4_000 {
        stage.after(seconds, |account| {
            if account.is_registered(&target_group("side"), "i-101", 8_080) {
                account.put_in(&target_group("side"), "i-101", 8_080, "unhealthy");
            }
        });
    }
    let question = asks(stage.run(&id));
    assert!(question.text.contains("i-101 is unhealthy in the target group side"), "{}", question.text);
    assert_eq!(told(&states(&stage, "i-9")), ALL_HEALTHY);
    assert_eq!(question.answers, [Answer::Continue, Answer::Cancel, Answer::RollBack, Answer::Abandon]);
}

/// An operation that has paused before its step of this number.
fn paused(at: usize) -> (Stage, OperationId) {
    let stage = Stage::new();
    let mut plan = plans::registered(&stage);
    plan.steps.insert(at, plans::pause());
    let id = stage.begin(plan);
    asks(stage.run(&id));
    (stage, id)
}

#[test]
fn rolled_back_at_any_step_the_old_server_serves_as_before_and_its_successor_is_gone() {
    for pause in 1..=10 {
        let (stage, id) = paused(pause);
        let Ending::RolledBack(how) = ended(stage.order(&id, Answer::RollBack)) else { panic!("at {pause}") };
        let was_touched = pause > 6;
        let words = match was_touched {
            true => "i-101 is terminated; i-9 serves in all its target groups again.",
            false => "i-101 is terminated; the server that it was to replace was not touched.",
        };
        assert_eq!(how, words, "at {pause}");
        assert_eq!(told(&states(&stage, "i-9")), ALL_HEALTHY, "at {pause}");
        assert_eq!(states(&stage, "i-101"), [], "at {pause}");
        assert_eq!(stage.life().account.server("i-101").state, "terminated", "at {pause}");
        assert_eq!(stage.life().account.server("i-9").state, "running", "at {pause}");
    }
}

#[test]
fn what_is_left_at_a_cancellation_is_told_with_the_way_to_put_it_right() {
    let left = |pause: usize| {
        let (stage, id) = paused(pause);
        match ended(stage.order(&id, Answer::Cancel)) {
            Ending::Cancelled(left) => left,
            other => panic!("{other:?}"),
        }
    };
    let (front, side) = (target_group("front"), target_group("side"));
    let launched = "i-101 was launched and runs beside the server that it was to replace.";
    assert_eq!(left(2), launched);
    let call = |verb: &str, arn: &str, targets: &str| {
        format!("`aws elbv2 {verb}-targets --target-group-arn {arn} --targets {targets}`")
    };
    let in_front = format!(
        "i-101 is registered in the target group front: {} takes it out.",
        call("deregister", &front, "Id=i-101,Port=80")
    );
    let in_side = format!(
        "i-101 is registered in the target group side: {} takes it out.",
        call("deregister", &side, "Id=i-101,Port=8080 Id=i-101,Port=8443")
    );
    assert_eq!(left(4), format!("{launched} {in_front} {in_side}"));
    let out = format!(
        "i-9 was taken out of the target group front: {} puts it back.",
        call("register", &front, "Id=i-9,Port=80")
    );
    assert_eq!(left(7), format!("{launched} {in_front} {in_side} {out}"));
}

//! Whole operations, on an account that lives in virtual time.

#![expect(clippy::unwrap_used, reason = "a test")]

use jiff::SignedDuration;
use proptest::prelude::*;

use super::life::Fault;
use super::plans::{self, ALL};
use super::stage::{Stage, Tear};
use crate::*;

pub(super) fn ended(outcome: Result<Outcome, EngineError>) -> Ending {
    match outcome.unwrap() {
        Outcome::Ended(ending) => ending,
        Outcome::Asks(question) => panic!("it asks: {}", question.text),
    }
}

pub(super) fn asks(outcome: Result<Outcome, EngineError>) -> Question {
    match outcome.unwrap() {
        Outcome::Asks(question) => question,
        Outcome::Ended(ending) => panic!("it ended: {ending:?}"),
    }
}

/// What comes of an operation where a person vouches for a capacity that it has set and whose answer was lost.
fn vouched(stage: &Stage, id: &OperationId) -> Ending {
    match stage.run(id).unwrap() {
        Outcome::Asks(question) if question.answers.contains(&Answer::Vouch) => ended(stage.order(id, Answer::Vouch)),
        outcome => ended(Ok(outcome)),
    }
}

/// A stage on which the work of this plan has been begun.
pub(super) fn begun(kind: plans::Kind) -> (Stage, OperationId) {
    let stage = Stage::new();
    let plan = kind(&stage);
    let id = stage.begin(plan);
    (stage, id)
}

#[test]
fn each_kind_of_plan_comes_to_its_end_and_sends_each_step_once() {
    for (name, kind) in ALL {
        let (stage, id) = begun(kind);
        let sends = stage.operation(&id).steps.iter().filter(|step| step.sends()).count();
        assert_eq!(ended(stage.run(&id)), Ending::Done, "{name}");
        assert_eq!(stage.sent().len(), sends, "{name}");
        let operation = stage.operation(&id);
        assert!(operation.steps.iter().all(|step| step.state == StepState::Settled), "{name}");
        assert_eq!(ended(stage.run(&id)), Ending::Done, "{name}: an end stays");
        assert_eq!(stage.sent().len(), sends, "{name}");
        assert_eq!(stage.holder("111122223333/eu-west-1/web").unwrap(), None, "{name}: its targets are free");
    }
}

#[test]
fn the_old_server_goes_only_after_its_successor_is_warm() {
    let (stage, id) = begun(plans::surge);
    assert_eq!(ended(stage.run(&id)), Ending::Done);
    let operation = stage.operation(&id);
    let successor = operation.outputs[&Output::Successor].clone();
    let retired_at = operation.steps[2].sent.as_ref().unwrap().at;
    let born_at = stage.life().account.server(&successor).born_at.unwrap();
    // 40 s until it was in service, 60 s of warm-up.
    assert!(retired_at.duration_since(born_at) >= SignedDuration::from_secs(100));
    assert_eq!(stage.life().account.web().desired, 3);
    assert_eq!(stage.life().account.server("i-1").state, "terminated");
}

#[test]
fn a_lost_answer_of_something_that_happened_is_found_by_reading_and_not_sent_again() {
    for (name, kind) in ALL {
        let (whole, id) = begun(kind);
        assert_eq!(ended(whole.run(&id)), Ending::Done);
        for lost in 0..whole.sent().len() {
            let (stage, id) = begun(kind);
            stage.life().faults.insert(lost, Fault::LostAfter);
            assert_eq!(vouched(&stage, &id), Ending::Done, "{name}, answer {lost}");
            let is_asked = stage.records().iter().any(|record| matches!(record.entry, Entry::Asked { .. }));
            assert_eq!(is_asked, whole.sent()[lost] == "SetDesiredCapacity", "{name}, answer {lost}");
            assert_eq!(stage.sent(), whole.sent(), "{name}, answer {lost}");
        }
    }
}

#[test]
fn what_somebody_else_set_while_the_answer_was_lost_is_not_taken_back() {
    let (stage, id) = begun(plans::surge);
    stage.life().faults.insert(0, Fault::LostBefore);
    stage.after(1, |account| account.web().desired = 4);
    let question = asks(stage.run(&id));
    let at = stage.operation(&id).steps[0].sent.as_ref().unwrap().at;
    assert_eq!(
        question.text,
        format!(
            "The answer to `surge` was lost, and it can't be told whether it happened: the desired capacity of web is \
             4, as this step would leave it, and somebody else may have set it. It is not sent a second time. Continue \
             looks again. CloudTrail shows within a quarter of an hour who called SetDesiredCapacity and when; this \
             operation did at {at:.0} if at all. Vouch takes it as done by this operation."
        )
    );
    let ending = ended(stage.order(&id, Answer::Cancel));
    assert!(matches!(ending, Ending::Cancelled(_)), "{ending:?}");
    assert_eq!((stage.sent().len(), stage.life().account.web().desired), (1, 4));
}

#[test]
fn a_lost_answer_of_something_that_did_not_happen_asks_and_is_never_sent_again() {
    for (name, kind) in ALL {
        let (whole, id) = begun(kind);
        assert_eq!(ended(whole.run(&id)), Ending::Done);
        for lost in 0..whole.sent().len() {
            let (stage, id) = begun(kind);
            stage.life().faults.insert(lost, Fault::LostBefore);
            let question = asks(stage.run(&id));
            assert!(question.text.contains("did not happen"), "{name}, answer {lost}: {}", question.text);
            assert_eq!(question.answers.first(), Some(&Answer::Continue), "{name}");
            let again = asks(stage.order(&id, Answer::Continue));
            assert!(again.text.contains("did not happen"), "{name}: looking again finds the same");
            assert_eq!(stage.sent().len(), lost + 1, "{name}: nothing is sent after it");
            let ending = ended(stage.order(&id, Answer::Cancel));
            assert!(matches!(ending, Ending::Cancelled(_)), "{name}: {ending:?}");
        }
    }
}

#[test]
fn it_looks_for_half_a_minute_before_it_says_that_something_did_not_happen() {
    let (stage, id) = begun(plans::bake);
    stage.life().faults.insert(0, Fault::LostBefore);
    asks(stage.run(&id));
    let records = stage.records();
    let at = |of: fn(&Entry) -> bool| records.iter().find(|one| of(&one.entry)).unwrap().at;
    let answered = at(|entry| matches!(entry, Entry::Answered { .. }));
    let reconciled = at(|entry| matches!(entry, Entry::Reconciled { .. }));
    assert!(reconciled.duration_since(answered) >= SignedDuration::from_secs(30));
}

#[test]
fn something_that_only_shows_late_is_still_found() {
    let (stage, id) = begun(plans::lifetime);
    stage.life().faults.insert(0, Fault::LostBefore);
    stage.after(15, |account| account.web().max_instance_lifetime_s = Some(1_728_000));
    assert_eq!(ended(stage.run(&id)), Ending::Done);
    assert_eq!(stage.sent(), ["UpdateAutoScalingGroup"]);
}

#[test]
fn a_write_that_fails_before_a_send_sends_nothing() {
    let (stage, id) = begun(plans::standalone);
    stage.tear(1, Tear::Missing);
    let error = stage.run(&id).unwrap_err();
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert_eq!(stage.sent(), Vec::<String>::new());
}

#[test]
fn a_write_that_fails_after_a_send_stops_everything() {
    let (stage, id) = begun(plans::standalone);
    stage.tear(2, Tear::Missing);
    stage.run(&id).unwrap_err();
    assert_eq!(stage.sent(), ["RunInstances"]);
    assert_eq!(stage.operation(&id).steps[0].state, StepState::Sending);
    assert_eq!(ended(stage.run(&id)), Ending::Done, "it is found by its token");
    assert_eq!(stage.sent(), ["RunInstances", "TerminateInstances"]);
}

#[test]
fn what_aws_refuses_ends_it_or_asks_what_is_to_be_taken_back() {
    let (stage, id) = begun(plans::bake);
    stage.life().faults.insert(0, Fault::Refused);
    let Ending::Failed(why) = ended(stage.run(&id)) else { panic!() };
    assert_eq!(why, "AWS refused `bake` (UnauthorizedOperation): You are not allowed to do this. Nothing was changed.");

    let (stage, id) = begun(plans::standalone);
    stage.life().faults.insert(1, Fault::Refused);
    let question = asks(stage.run(&id));
    assert!(question.text.contains("runs beside the server that it was to replace"), "{}", question.text);
    assert_eq!(question.answers, [Answer::Cancel, Answer::RollBack, Answer::Abandon]);
    let successor = stage.operation(&id).outputs[&Output::Successor].clone();
    assert_eq!(
        ended(stage.order(&id, Answer::RollBack)),
        Ending::RolledBack(format!("{successor} is terminated; the server that it was to replace was not touched."))
    );
    assert_eq!(stage.life().account.server(&successor).state, "terminated");
    assert_eq!(stage.life().account.server("i-9").state, "running", "the old one is left alive");
}

/// Runs an operation that is given a word while it is at work.
fn run_and_say(stage: &Stage, id: &OperationId, after_s: i64, answer: Answer) -> Result<Outcome, EngineError> {
    stage.with(|engine, _, orders| {
        let (orders, of) = (orders.clone(), id.clone());
        stage.after(after_s, move |_| orders.give(&of, answer));
        engine.run(id)
    })
}

#[test]
fn a_refresh_that_is_ours_is_cancelled_once() {
    let (stage, id) = begun(plans::roll);
    let Ending::Cancelled(left) = ended(run_and_say(&stage, &id, 60, Answer::Cancel)) else { panic!() };
    assert_eq!(left, "The instance refresh refresh-101 of web has ended; what it has replaced by then stays replaced.");
    assert_eq!(stage.sent(), ["StartInstanceRefresh", "CancelInstanceRefresh"]);
    assert_eq!(stage.life().account.refreshes["web"][0].status, "Cancelled");
}

#[test]
fn a_refresh_is_rolled_back_once() {
    let (stage, id) = begun(plans::roll);
    let ending = ended(run_and_say(&stage, &id, 60, Answer::RollBack));
    assert!(matches!(ending, Ending::RolledBack(_)), "{ending:?}");
    assert_eq!(stage.sent(), ["StartInstanceRefresh", "RollbackInstanceRefresh"]);
    assert_eq!(stage.life().account.refreshes["web"][0].status, "RollbackSuccessful");
}

#[test]
fn a_refresh_whose_answer_was_lost_is_found_and_then_cancelled() {
    let (stage, id) = begun(plans::roll);
    stage.life().faults.insert(0, Fault::LostAfter);
    stage.tear(3, Tear::Missing);
    stage.run(&id).unwrap_err();
    let ending = ended(stage.order(&id, Answer::Cancel));
    assert!(matches!(ending, Ending::Cancelled(_)), "{ending:?}");
    assert_eq!(stage.sent(), ["StartInstanceRefresh", "CancelInstanceRefresh"]);
}

#[test]
fn a_refresh_that_ended_before_it_could_be_cancelled_needs_no_cancelling() {
    let (stage, id) = begun(plans::roll);
    stage.tear(4, Tear::Missing);
    stage.run(&id).unwrap_err();
    stage.life().now += SignedDuration::from_hours(1);
    let ending = ended(stage.order(&id, Answer::Cancel));
    assert!(matches!(ending, Ending::Cancelled(_)), "{ending:?}");
    assert_eq!(stage.sent(), ["StartInstanceRefresh"]);
}

#[test]
fn a_refresh_that_has_ended_is_not_rolled_back() {
    let (stage, id) = begun(plans::roll);
    stage.tear(4, Tear::Missing);
    stage.run(&id).unwrap_err();
    stage.life().now += SignedDuration::from_hours(1);
    let Ending::Failed(why) = ended(stage.order(&id, Answer::RollBack)) else { panic!() };
    assert!(why.starts_with("The refresh refresh-101 ended as Successful."), "{why}");
    assert_eq!(stage.sent(), ["StartInstanceRefresh"]);
}

#[test]
fn a_cancelled_surge_is_left_to_a_person_and_says_how_to_take_it_back() {
    let (stage, id) = begun(plans::surge);
    let Ending::Cancelled(left) = ended(run_and_say(&stage, &id, 20, Answer::Cancel)) else { panic!() };
    assert_eq!(
        left,
        "The group web keeps the desired capacity 4 that this operation gave it, it was 3: terminate i-1 with \
         `aws autoscaling terminate-instance-in-auto-scaling-group --instance-id i-1 \
         --should-decrement-desired-capacity`, or lower it yourself."
    );
    assert_eq!(stage.sent(), ["SetDesiredCapacity"], "nobody lowers it and lets AWS choose who goes");
}

#[test]
fn somebody_else_who_changes_the_desired_capacity_stops_a_surge() {
    let (stage, id) = begun(plans::surge);
    stage.after(20, |account| account.web().desired = 5);
    let question = asks(stage.run(&id));
    assert_eq!(
        question.text,
        "The desired capacity of web is 5, this operation left it at 4: somebody else changed it. Continue looks again."
    );
    assert_eq!(stage.sent(), ["SetDesiredCapacity"]);
    stage.life().account.web().desired = 4;
    assert_eq!(ended(stage.order(&id, Answer::Continue)), Ending::Done, "it goes on once that is put right");
}

#[test]
fn the_kill_switch_halts_before_the_next_send_and_lets_go_on_later() {
    let (stage, id) = begun(plans::surge);
    let outcome = stage.with(|engine, kill_switch, _| {
        let switch = kill_switch.clone();
        stage.after(20, move |_| switch.pull());
        engine.run(&id)
    });
    let question = asks(outcome);
    assert!(question.text.starts_with("The kill switch is pulled"), "{}", question.text);
    assert_eq!(stage.sent(), ["SetDesiredCapacity"]);
    assert_eq!(ended(stage.order(&id, Answer::Continue)), Ending::Done);
    assert_eq!(stage.sent(), ["SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup"]);
}

#[test]
fn a_pause_waits_for_a_word_and_names_what_is_next() {
    let (stage, id) = begun(|stage| {
        let mut plan = plans::rebake_roll(stage);
        plan.steps.insert(2, plans::pause());
        plan
    });
    let question = asks(stage.run(&id));
    assert_eq!(question.text, "Paused as planned. Next: Do version.");
    assert_eq!(asks(stage.run(&id)), question, "to run it again is no word");
    assert_eq!(stage.sent(), ["StartImagePipelineExecution"]);
    assert_eq!(ended(stage.order(&id, Answer::Continue)), Ending::Done);
}

#[test]
fn what_can_not_be_read_for_a_while_is_waited_out_and_what_is_denied_asks() {
    let (stage, id) = begun(plans::standalone);
    stage.tear(4, Tear::Missing);
    stage.run(&id).unwrap_err();
    let later = stage.now() + SignedDuration::from_mins(5);
    stage.life().dark = Some((ReadErrorKind::Passing, later));
    assert_eq!(ended(stage.run(&id)), Ending::Done);

    let (stage, id) = begun(plans::standalone);
    stage.tear(4, Tear::Missing);
    stage.run(&id).unwrap_err();
    stage.life().dark = Some((ReadErrorKind::Expired, later));
    let question = asks(stage.run(&id));
    assert_eq!(question.text, "Nothing can be read at the moment. Check the network. Continue looks again.");
}

#[test]
fn another_account_is_not_believed() {
    let (stage, id) = begun(plans::standalone);
    stage.after(10, |account| {
        account.caller.account = "444455556666".to_owned();
        account.servers.clear();
    });
    let question = asks(stage.run(&id));
    assert!(question.text.contains("444455556666"), "{}", question.text);
    assert_eq!(stage.sent(), ["RunInstances"]);
}

#[test]
fn a_successor_that_fails_leaves_the_old_one_alive_and_can_be_taken_back() {
    let (stage, id) = begun(plans::standalone);
    stage.after(10, |account| {
        account.servers.values_mut().filter(|one| one.state == "pending").for_each(|one| one.state = "stopped".into());
    });
    let question = asks(stage.run(&id));
    assert!(question.answers.contains(&Answer::RollBack), "{question:?}");
    assert_eq!(stage.sent(), ["RunInstances"]);
    assert!(matches!(ended(stage.order(&id, Answer::RollBack)), Ending::RolledBack(_)));
    assert_eq!(stage.sent(), ["RunInstances", "TerminateInstances"]);
    assert_eq!(stage.life().account.server("i-9").state, "running");
}

#[test]
fn what_takes_too_long_asks_and_waits_as_long_again() {
    let (stage, id) = begun(|stage| {
        stage.life().account.web().target_groups = vec!["arn:tg/web/1".to_owned()];
        plans::surge(stage)
    });
    let question = asks(stage.run(&id));
    assert!(
        question
            .text
            .starts_with("`successor` is not so after 30 min: i-101 is in service, not in the target group web yet"),
        "{}",
        question.text
    );
    let asked_at = stage.operation(&id).question.unwrap().at;
    asks(stage.order(&id, Answer::Continue));
    let again_at = stage.operation(&id).question.unwrap().at;
    assert!(again_at.duration_since(asked_at) >= SignedDuration::from_mins(30));
}

#[test]
fn a_cancel_that_aws_refuses_says_what_goes_on() {
    let (stage, id) = begun(plans::roll);
    stage.life().faults.insert(1, Fault::Refused);
    let Ending::Failed(why) = ended(run_and_say(&stage, &id, 60, Answer::Cancel)) else { panic!() };
    assert_eq!(
        why,
        "AWS refused `cancel` (UnauthorizedOperation): You are not allowed to do this. Look what the instance refresh \
         refresh-101 does: `aws autoscaling describe-instance-refreshes --auto-scaling-group-name web`."
    );
}

#[test]
fn what_went_by_itself_is_not_terminated_again() {
    let (stage, id) = begun(plans::standalone);
    stage.after(10, |account| {
        let young = account.servers.values_mut().filter(|one| one.state == "pending");
        young.for_each(|one| one.state = "terminated".into());
    });
    asks(stage.run(&id));
    assert!(matches!(ended(stage.order(&id, Answer::RollBack)), Ending::RolledBack(_)));
    assert_eq!(stage.sent(), ["RunInstances"]);
}

#[test]
fn abandoning_leaves_everything_and_an_end_takes_no_more_words() {
    let (stage, id) = begun(plans::roll);
    assert_eq!(ended(run_and_say(&stage, &id, 60, Answer::Abandon)), Ending::Abandoned);
    assert_eq!(stage.sent(), ["StartInstanceRefresh"]);
    let error = stage.order(&id, Answer::Cancel).unwrap_err();
    assert_eq!(error.to_string(), "op-0123456789ab can't be told this now. It has ended");
}

#[test]
fn what_has_no_beginning_can_be_abandoned_and_nothing_else() {
    let (stage, id) = (Stage::new(), OperationId("op-000000000000".to_owned()));
    stage.append(Some(&id), stage.now(), &Entry::Seen { step: 0, note: String::new() }).unwrap();
    let error = stage.run(&id).unwrap_err();
    let why = "the journal does not tell what op-000000000000 was to do, so nothing can be done with it but abandon it";
    assert_eq!(error.to_string(), why);
    assert_eq!(ended(abandon(stage.world(), &id)), Ending::Abandoned);
    let error = abandon(stage.world(), &id).unwrap_err();
    assert_eq!(error.to_string(), "op-000000000000 can't be told this now. It has ended");
}

#[test]
fn progress_is_written_down_when_it_changes_only() {
    let (stage, id) = begun(plans::roll);
    ended(stage.run(&id));
    let notes: Vec<String> = stage.operation(&id).steps[1].notes.iter().map(|note| note.text.clone()).collect();
    assert_eq!(notes, ["InProgress, 0 % done, 3 to replace"]);
}

/// Whatever is torn and lost, everything ends or asks, and nothing arrives twice.
fn nothing_twice(kind: plans::Kind, tears: &[(usize, Tear)], faults: &[(usize, Fault)]) {
    let (stage, id) = begun(kind);
    let steps = stage.operation(&id).steps.len();
    stage.life().faults.extend(faults.iter().copied());
    let mut written = 0;
    for &(write, tear) in tears {
        stage.tear(written + 1 + write, tear);
        if stage.run(&id).is_ok() {
            break;
        }
        written = stage.writes();
    }
    stage.mend();
    let mut outcome = stage.run(&id).unwrap();
    for answer in [Answer::Continue, Answer::Cancel, Answer::Continue, Answer::Abandon] {
        let Outcome::Asks(question) = &outcome else { break };
        assert!(!question.answers.is_empty());
        if question.answers.contains(&answer) {
            outcome = stage.order(&id, answer).unwrap();
        }
    }
    assert!(matches!(outcome, Outcome::Ended(_)), "{outcome:?}");
    let mut tokens: Vec<String> = stage.life().sent.iter().map(|(_, _, token)| token.0.clone()).collect();
    assert!(tokens.len() <= steps + 1);
    assert!(tokens.iter().all(|token| token.len() <= 36));
    tokens.sort();
    let all = tokens.len();
    tokens.dedup();
    assert_eq!(tokens.len(), all, "a step was sent twice");
}

#[test]
fn torn_at_every_write_nothing_is_sent_twice_and_it_ends_as_if_nothing_had_been() {
    for (name, kind) in ALL {
        let (whole, id) = begun(kind);
        ended(whole.run(&id));
        for write in 1..whole.writes() {
            for tear in [Tear::Missing, Tear::Untold] {
                let (stage, id) = begun(kind);
                stage.tear(write, tear);
                stage.run(&id).unwrap_err();
                let sending = whole.records()[write].entry.clone();
                let is_unsent = tear == Tear::Untold && matches!(sending, Entry::Sending { .. });
                if is_unsent {
                    // Written down and not sent: nobody can tell that from an answer that was lost.
                    let question = asks(stage.run(&id));
                    assert!(question.text.contains("did not happen"), "{name}, write {write}: {}", question.text);
                } else {
                    assert_eq!(vouched(&stage, &id), Ending::Done, "{name}, write {write}, {tear:?}");
                    assert_eq!(stage.sent(), whole.sent(), "{name}, write {write}, {tear:?}");
                }
            }
        }
    }
}

fn tear() -> impl Strategy<Value = Tear> {
    prop_oneof![Just(Tear::Missing), Just(Tear::Untold)]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![Just(Fault::LostBefore), Just(Fault::LostAfter), Just(Fault::Refused)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_torn_and_lost_nothing_is_sent_twice(
        kind in 0..ALL.len(),
        tears in proptest::collection::vec((0_usize..12, tear()), 0..4),
        faults in proptest::collection::vec((0_usize..4, fault()), 0..3),
    ) {
        nothing_twice(ALL[kind].1, &tears, &faults);
    }
}

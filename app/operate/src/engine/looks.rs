//! Single looks: what each waiting step takes for reached, for failed, and what needs a person; and what each change
//! whose answer was lost leaves behind.

#![expect(clippy::unwrap_used, reason = "a test")]

use jiff::{SignedDuration, Timestamp};

use super::observe::{self, Place, Sight, Watch};
use super::reconcile;
use super::state::SentRecord;
use crate::testing::{Account, now, scope, server, target_group, template_version};
use crate::*;

fn look_at(account: &Account, watch: &mut Watch, seconds: i64, outputs: &Outputs, until: &Until) -> Sight {
    let now = now() + SignedDuration::from_secs(seconds);
    let place = Place { calls: account, scope: &scope(), outputs, successors: &["i-7".to_owned()], now };
    observe::look(place, watch, until).unwrap()
}

fn look(account: &Account, until: &Until) -> Sight {
    look_at(account, &mut Watch::default(), 0, &Outputs::new(), until)
}

fn not_yet(text: &str) -> Sight {
    Sight::NotYet(text.to_owned())
}

fn failed(text: &str) -> Sight {
    Sight::Failed(text.to_owned())
}

fn reached() -> Sight {
    Sight::Reached(Outputs::new())
}

fn joined(desired: u32) -> Until {
    let besides = ["i-1", "i-2", "i-3"].map(str::to_owned).to_vec();
    Until::Joined { group: "web".to_owned(), besides, desired }
}

/// `web` with a fourth server in service.
fn surged(id: &str) -> Account {
    let mut account = Account::new();
    account.servers.insert(id.to_owned(), server(id));
    let newcomer = MemberFacts { server: id.to_owned(), ..account.member(0).clone() };
    account.web().members.push(newcomer);
    account.web().desired = 4;
    account
}

#[test]
fn a_newcomer_has_joined_once_it_is_warm() {
    let account = surged("i-4");
    let mut watch = Watch::default();
    let outputs = Outputs::new();
    let warms = not_yet("i-4 is in service and healthy, it warms up until 12:01:10 UTC");
    assert_eq!(look_at(&account, &mut watch, 10, &outputs, &joined(4)), warms);
    assert_eq!(look_at(&account, &mut watch, 69, &outputs, &joined(4)), warms);
    let made = Outputs::from([(Output::Successor, "i-4".to_owned())]);
    assert_eq!(look_at(&account, &mut watch, 70, &outputs, &joined(4)), Sight::Reached(made));
}

#[test]
fn a_newcomer_that_stops_serving_warms_up_anew() {
    let mut account = surged("i-4");
    let mut watch = Watch::default();
    let outputs = Outputs::new();
    look_at(&account, &mut watch, 10, &outputs, &joined(4));
    account.member(3).healthy = false;
    assert_eq!(look_at(&account, &mut watch, 20, &outputs, &joined(4)), not_yet("i-4 is InService, unhealthy"));
    account.member(3).healthy = true;
    let warms = not_yet("i-4 is in service and healthy, it warms up until 12:01:30 UTC");
    assert_eq!(look_at(&account, &mut watch, 30, &outputs, &joined(4)), warms);
}

#[test]
fn neither_the_old_ones_nor_an_earlier_successor_count_as_newcomers() {
    let account = surged("i-7");
    assert_eq!(look(&account, &joined(4)), not_yet("web has launched no new server yet"));
}

#[test]
fn a_newcomer_has_to_be_healthy_in_every_target_group_and_port() {
    let mut account = surged("i-4");
    account.web().warmup_s = 0;
    account.web().target_groups = vec!["arn:x:targetgroup/web/1".to_owned()];
    let target = |state: &str| TargetFacts {
        target_group: "arn:x:targetgroup/web/1".to_owned(),
        server: "i-4".to_owned(),
        port: Some(80),
        state: state.to_owned(),
    };
    let absent = not_yet("i-4 is in service, not in the target group web yet");
    assert_eq!(look(&account, &joined(4)), absent);
    account.targets = vec![target("healthy"), target("initial")];
    assert_eq!(look(&account, &joined(4)), not_yet("i-4 is in service, initial in the target group web"));
    account.targets = vec![target("healthy"), target("healthy")];
    assert!(matches!(look(&account, &joined(4)), Sight::Reached(_)));
    account.web().classic_load_balancers = vec!["old".to_owned()];
    assert!(matches!(look(&account, &joined(4)), Sight::Ask(_)), "its health can't be read");
}

#[test]
fn a_newcomer_alone_is_not_enough_when_another_server_is_out() {
    let mut account = surged("i-4");
    account.web().warmup_s = 0;
    account.member(1).lifecycle = "Standby".to_owned();
    assert_eq!(look(&account, &joined(4)), not_yet("web has 3 of 4 in service"));
}

#[test]
fn another_desired_capacity_asks_only_once_it_stays() {
    let mut account = surged("i-4");
    account.web().desired = 6;
    let mut watch = Watch::default();
    let outputs = Outputs::new();
    assert!(matches!(look_at(&account, &mut watch, 0, &outputs, &joined(4)), Sight::NotYet(_)));
    assert!(matches!(look_at(&account, &mut watch, 29, &outputs, &joined(4)), Sight::NotYet(_)));
    let Sight::Ask(why) = look_at(&account, &mut watch, 30, &outputs, &joined(4)) else { panic!() };
    assert_eq!(why, "the desired capacity of web is 6, this operation left it at 4: somebody else changed it");
}

#[test]
fn a_group_that_goes_is_a_failure() {
    let mut account = surged("i-4");
    account.web().status = Some("Delete in progress".to_owned());
    assert_eq!(look(&account, &joined(4)), failed("the group web is being deleted (Delete in progress)"));
    account.groups.clear();
    assert_eq!(look(&account, &joined(4)), failed("the group web is not there any more"));
}

#[test]
fn a_server_is_gone_once_it_is_terminated_and_its_group_has_let_it_go() {
    let mut account = Account::new();
    let gone = Until::Gone { server: "i-1".to_owned(), group: Some("web".to_owned()) };
    account.member(0).lifecycle = "Terminating:Wait".to_owned();
    let transition = "autoscaling:EC2_INSTANCE_TERMINATING".to_owned();
    account.web().hooks = vec![HookFacts { name: "drain".to_owned(), transition, timeout_s: 600 }];
    assert_eq!(look(&account, &gone), not_yet("i-1 waits for the lifecycle hook drain, 600 s at most"));
    account.server("i-1").state = "terminated".to_owned();
    assert!(matches!(look(&account, &gone), Sight::NotYet(_)), "it is a member still");
    account.web().members.remove(0);
    assert_eq!(look(&account, &gone), reached());
    account.server("i-1").state = "shutting-down".to_owned();
    assert_eq!(look(&account, &gone), not_yet("i-1 is shutting-down"));
    account.servers.clear();
    assert_eq!(look(&account, &gone), reached(), "EC2 has forgotten it");
}

fn refresh(status: &str) -> RefreshFacts {
    RefreshFacts {
        id: "r-1".to_owned(),
        status: status.to_owned(),
        reason: Some("An alarm went off.".to_owned()),
        percent: Some(50),
        to_update: Some(4),
        started_at: Some(now()),
        ended_at: None,
        template: Some(template_version(4)),
    }
}

#[test]
fn a_refresh_is_judged_by_how_it_ended() {
    let mut account = Account::new();
    let (group, id) = ("web".to_owned(), Arg::from("r-1"));
    let well = Until::Refreshed { group: group.clone(), refresh: id.clone() };
    let over = Until::RefreshOver { group: group.clone(), refresh: id.clone() };
    let back = Until::RefreshRolledBack { group: group.clone(), refresh: id };
    assert_eq!(look(&account, &well), not_yet("the refresh r-1 is not listed yet"));
    let mut sights = |status: &str| {
        account.refreshes.insert(group.clone(), vec![refresh(status)]);
        [&well, &over, &back].map(|until| look(&account, until))
    };
    let ended = |status: &str| failed(&format!("the refresh r-1 ended as {status}: An alarm went off"));
    assert_eq!(sights("Successful"), [reached(), reached(), ended("Successful")]);
    assert_eq!(sights("Failed"), [ended("Failed"), reached(), ended("Failed")]);
    assert_eq!(sights("Cancelled"), [ended("Cancelled"), reached(), ended("Cancelled")]);
    assert_eq!(sights("RollbackSuccessful"), [ended("RollbackSuccessful"), reached(), reached()]);
    assert_eq!(sights("Baking")[0], not_yet("Baking, 50 % done, 4 to replace"));
    assert_eq!(sights("a status of next year")[1], not_yet("a status of next year, 50 % done, 4 to replace"));
}

#[test]
fn an_image_has_to_be_available_and_of_the_right_kind() {
    let mut account = Account::new();
    let until = |architecture: Option<&str>| Until::ImageAvailable {
        image: "ami-4".into(),
        architecture: architecture.map(str::to_owned),
    };
    assert_eq!(look(&account, &until(Some("arm64"))), reached());
    assert_eq!(look(&account, &until(Some("x86_64"))), failed("ami-4 is arm64, and x86_64 is needed"));
    let image = account.images.get_mut("ami-4").unwrap();
    image.state = "pending".to_owned();
    assert_eq!(look(&account, &until(None)), not_yet("ami-4 is pending"));
    let image = account.images.get_mut("ami-4").unwrap();
    (image.state, image.reason) = ("failed".to_owned(), Some("No space.".to_owned()));
    assert_eq!(look(&account, &until(None)), failed("the image ami-4 is failed: No space"));
}

#[test]
fn a_build_gives_the_image_of_its_own_account_and_region() {
    let mut account = Account::new();
    let until = Until::Built { build: "b-1".into() };
    assert_eq!(look(&account, &until), not_yet("the build is not listed yet"));
    let elsewhere = OutputImage { account: scope().account, region: "us-east-1".to_owned(), image: "ami-8".to_owned() };
    let here = OutputImage { region: scope().region, image: "ami-9".to_owned(), ..elsewhere.clone() };
    let mut seen = |status: &str, images: Vec<OutputImage>| {
        let (arn, status) = ("b-1".to_owned(), status.to_owned());
        account.builds = vec![BuildFacts { arn, status, reason: None, created_at: None, images }];
        look(&account, &until)
    };
    assert_eq!(seen("TESTING", Vec::new()), not_yet("the build is testing"));
    let made = Outputs::from([(Output::Image, "ami-9".to_owned())]);
    assert_eq!(seen("AVAILABLE", vec![elsewhere.clone(), here]), Sight::Reached(made));
    let none = "the build b-1 put out no image for 111122223333 in eu-west-1";
    assert_eq!(seen("AVAILABLE", vec![elsewhere]), failed(none));
    assert_eq!(seen("FAILED", Vec::new()), failed("the build b-1 is failed"));
}

#[test]
fn every_root_has_to_come_from_the_image_but_those_that_were_left() {
    let mut account = Account::new();
    let until = |besides: &[&str]| Until::RootsFrom {
        group: "web".to_owned(),
        image: "ami-4".into(),
        besides: besides.iter().map(|id| (*id).to_owned()).collect(),
    };
    for id in ["i-1", "i-2"] {
        account.server(id).image = "ami-4".to_owned();
    }
    let left = "1 of 3 servers have another root than ami-4: i-3 has ami-3";
    assert_eq!(look(&account, &until(&[])), not_yet(left));
    assert_eq!(look(&account, &until(&["i-3"])), reached());
    account.member(2).lifecycle = "Terminating:Wait".to_owned();
    assert_eq!(look(&account, &until(&[])), reached(), "what leaves does not count");
}

#[test]
fn a_server_that_stops_instead_of_starting_has_failed() {
    let mut account = Account::new();
    let until = Until::Healthy { server: Output::Successor.into() };
    assert_eq!(look(&account, &until), failed("no step has made <successor>, which this one waits for"));
    let outputs = Outputs::from([(Output::Successor, "i-9".to_owned())]);
    let mut seen = |state: &str, checks_passed: bool| {
        account.server("i-9").state = state.to_owned();
        account.server("i-9").checks_passed = Some(checks_passed);
        look_at(&account, &mut Watch::default(), 0, &outputs, &until)
    };
    assert_eq!(seen("pending", false), not_yet("i-9 is pending"));
    assert_eq!(seen("running", false), not_yet("i-9 runs, its status checks have not passed yet"));
    assert_eq!(seen("running", true), reached());
    assert_eq!(seen("terminated", false), failed("i-9 is terminated"));
}

#[test]
fn no_lifetime_is_none_or_zero() {
    let mut account = Account::new();
    let none = Until::LifetimeIs { group: "web".to_owned(), lifetime_s: None };
    assert_eq!(look(&account, &none), reached());
    account.web().max_instance_lifetime_s = Some(0);
    assert_eq!(look(&account, &none), reached());
    account.web().max_instance_lifetime_s = Some(864_000);
    assert_eq!(look(&account, &none), not_yet("the lifetime of web is 864000 s"));
}

/// What became of a change that was sent at [`now`], in an account that was like `before`.
fn found(before: &Account, account: &Account, mutation: ExactMutation) -> Finding {
    let sent = SentRecord {
        mutation,
        token: Token("t-0".to_owned()),
        at: now(),
        request_id: None,
        before: Baseline {
            registered: Vec::new(),
            groups: before.groups.values().cloned().collect(),
            servers: before.servers.values().cloned().collect(),
        },
    };
    let outputs = Outputs::from([(Output::Refresh, "r-1".to_owned())]);
    reconcile::look(account, &scope(), &outputs, &sent).unwrap()
}

fn happened(finding: &Finding) -> bool {
    matches!(finding, Finding::Happened { .. })
}

fn did_not(finding: &Finding) -> bool {
    matches!(finding, Finding::DidNot { .. })
}

fn unclear(finding: &Finding) -> bool {
    matches!(finding, Finding::Unclear { .. })
}

#[test]
fn a_termination_is_told_by_the_server_and_the_capacity_together() {
    let before = Account::new();
    let mut account = Account::new();
    let terminate = |decrement| Mutation::TerminateInstanceInAutoScalingGroup {
        group: "web".to_owned(),
        server: "i-1".to_owned(),
        decrement,
    };
    assert!(did_not(&found(&before, &account, terminate(true))));
    account.member(0).lifecycle = "Terminating".to_owned();
    let replaced = found(&before, &account, terminate(true));
    assert!(unclear(&replaced), "somebody replaced it as unhealthy: {replaced:?}");
    assert!(happened(&found(&before, &account, terminate(false))));
    account.web().desired = 2;
    assert!(happened(&found(&before, &account, terminate(true))));
    account.member(0).lifecycle = "InService".to_owned();
    assert!(unclear(&found(&before, &account, terminate(true))), "somebody else lowered the capacity");
}

#[test]
fn a_capacity_that_is_not_the_old_one_is_unclear_and_a_lifetime_that_is_neither_the_old_nor_ours() {
    let before = Account::new();
    let mut account = Account::new();
    let surge = || Mutation::SetDesiredCapacity { group: "web".to_owned(), desired: 4 };
    let set = || Mutation::SetMaxInstanceLifetime { group: "web".to_owned(), lifetime_s: 864_000 };
    assert!(did_not(&found(&before, &account, surge())) && did_not(&found(&before, &account, set())));
    (account.web().desired, account.web().max_instance_lifetime_s) = (4, Some(864_000));
    assert!(unclear(&found(&before, &account, surge())), "somebody else may have wanted one more");
    assert!(happened(&found(&before, &account, set())));
    (account.web().desired, account.web().max_instance_lifetime_s) = (5, Some(86_400));
    assert!(unclear(&found(&before, &account, surge())) && unclear(&found(&before, &account, set())));
    account.groups.clear();
    assert!(unclear(&found(&before, &account, surge())));
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(now() + SignedDuration::from_secs(seconds))
}

#[test]
fn a_refresh_is_ours_only_when_nobody_else_can_have_started_it() {
    let before = Account::new();
    let mut account = Account::new();
    let stage = super::stage::Stage::new();
    let Work::Send { mutation, .. } = &super::plans::roll(&stage).steps[0].work else { panic!() };
    let start = mutation.resolve(&Outputs::new()).unwrap();
    let mut seen = |refreshes: Vec<RefreshFacts>| {
        account.refreshes.insert("web".to_owned(), refreshes);
        found(&before, &account, start.clone())
    };
    let ended = RefreshFacts { started_at: at(-3600), ..refresh("Successful") };
    assert!(did_not(&seen(vec![ended.clone()])), "one that ended before is none of ours");
    let ours = RefreshFacts { id: "r-2".to_owned(), started_at: at(2), ..refresh("InProgress") };
    let Finding::Happened { made, .. } = seen(vec![ours.clone(), ended.clone()]) else { panic!() };
    assert_eq!(made[&Output::Refresh], "r-2");
    let quick = RefreshFacts { status: "Failed".to_owned(), ..ours.clone() };
    assert!(happened(&seen(vec![quick])), "one that failed at once did happen");
    let other = RefreshFacts { template: Some(template_version(5)), ..ours.clone() };
    assert!(unclear(&seen(vec![other])));
    assert!(unclear(&seen(vec![ours.clone(), ours])));
}

#[test]
fn a_cancelled_refresh_is_told_by_its_state() {
    let before = Account::new();
    let mut account = Account::new();
    let cancel = || Mutation::CancelInstanceRefresh { group: "web".to_owned() };
    assert!(unclear(&found(&before, &account, cancel())));
    let mut seen = |status: &str| {
        account.refreshes.insert("web".to_owned(), vec![refresh(status)]);
        found(&before, &account, cancel())
    };
    assert!(did_not(&seen("InProgress")));
    assert!(happened(&seen("Cancelling")) && happened(&seen("Cancelled")));
    assert!(happened(&seen("Successful")), "there is nothing left to cancel");
    assert!(did_not(&seen("RollbackInProgress")));
}

#[test]
fn of_several_builds_none_is_taken_for_ours() {
    let before = Account::new();
    let mut account = Account::new();
    let start = || Mutation::StartImagePipelineExecution { pipeline: "p-1".to_owned() };
    let build = |arn: &str, seconds| BuildFacts {
        arn: arn.to_owned(),
        status: "BUILDING".to_owned(),
        reason: None,
        created_at: at(seconds),
        images: Vec::new(),
    };
    account.builds = vec![build("b-1", -60)];
    assert!(did_not(&found(&before, &account, start())));
    account.builds.push(build("b-2", 1));
    let Finding::Happened { made, .. } = found(&before, &account, start()) else { panic!() };
    assert_eq!(made[&Output::Build], "b-2");
    account.builds.push(build("b-3", 9));
    let Finding::Unclear { why } = found(&before, &account, start()) else { panic!() };
    assert_eq!(why, "any of these can be the build that it made: b-2, b-3");
}

#[test]
fn an_image_of_the_same_name_from_another_server_is_not_ours() {
    let before = Account::new();
    let mut account = Account::new();
    let bake = || Mutation::CreateImage { server: "i-9".to_owned(), name: "web-1".to_owned(), no_reboot: true };
    assert!(did_not(&found(&before, &account, bake())));
    let image = account.images.get_mut("ami-4").unwrap();
    (image.name, image.source_server) = (Some("web-1".to_owned()), Some("i-1".to_owned()));
    assert!(unclear(&found(&before, &account, bake())));
    account.images.get_mut("ami-4").unwrap().source_server = Some("i-9".to_owned());
    assert!(happened(&found(&before, &account, bake())));
}

fn with_target(state: &str) -> Account {
    let mut account = Account::new();
    account.put_in(&target_group("front"), "i-9", 80, "healthy");
    account.put_in(&target_group("front"), "i-9", 8_080, state);
    account
}

#[test]
fn a_server_serves_once_it_is_healthy_at_every_port() {
    let serving = Until::Serving { target_group: target_group("front"), server: "i-9".into(), ports: vec![80, 8_080] };
    assert_eq!(look(&with_target("healthy"), &serving), reached());
    assert_eq!(look(&with_target("initial"), &serving), not_yet("i-9 is initial in the target group front"));
    assert_eq!(look(&with_target("unhealthy"), &serving), not_yet("i-9 is unhealthy in the target group front"));
    let mut account = with_target("healthy");
    account.registered.pop();
    assert_eq!(look(&account, &serving), not_yet("i-9 is not in the target group front yet"));
    let Sight::Ask(why) = look(&with_target("draining"), &serving) else { panic!() };
    assert_eq!(why, "i-9 drains from the target group front: somebody else took it out");
    let mut account = with_target("healthy");
    account.server("i-9").state = "stopped".to_owned();
    assert_eq!(look(&account, &serving), failed("i-9 is stopped"));
    account.servers.clear();
    assert_eq!(look(&account, &serving), not_yet("i-9 is not known to EC2 yet"));
}

#[test]
fn a_server_has_drained_once_its_target_group_does_not_know_it() {
    let drained = |ports: &[u16]| Until::Drained {
        target_group: target_group("front"),
        server: "i-9".into(),
        ports: ports.into(),
    };
    assert_eq!(
        look(&with_target("draining"), &drained(&[8_080])),
        not_yet("i-9 is draining in the target group front")
    );
    assert_eq!(look(&with_target("draining"), &drained(&[443])), reached());
    let (account, mut watch, outputs) = (with_target("draining"), Watch::default(), Outputs::new());
    let both = drained(&[80, 8_080]);
    let lags = not_yet("i-9 is healthy in the target group front");
    assert_eq!(look_at(&account, &mut watch, 0, &outputs, &both), lags);
    assert_eq!(look_at(&account, &mut watch, 29, &outputs, &both), lags);
    let Sight::Ask(why) = look_at(&account, &mut watch, 30, &outputs, &both) else { panic!() };
    assert_eq!(why, "i-9 is healthy in the target group front: somebody else put it back");
}

#[test]
fn what_was_registered_or_taken_out_is_told_by_the_targets() {
    let before = Account::new();
    let (target_group, server, ports) = (target_group("front"), "i-9".to_owned(), vec![80, 8_080]);
    let register = || Mutation::RegisterTargets {
        target_group: target_group.clone(),
        server: server.clone(),
        ports: ports.clone(),
    };
    let leave = || Mutation::DeregisterTargets {
        target_group: target_group.clone(),
        server: server.clone(),
        ports: ports.clone(),
    };
    let none = Account::new();
    assert!(did_not(&found(&before, &none, register())) && happened(&found(&before, &none, leave())));
    for state in ["initial", "healthy", "unhealthy"] {
        let all = with_target(state);
        assert!(happened(&found(&before, &all, register())) && did_not(&found(&before, &all, leave())), "{state}");
    }
    let half = with_target("draining");
    assert!(unclear(&found(&before, &half, register())) && unclear(&found(&before, &half, leave())));
    let mut neither = half;
    neither.registered[0].state = "draining".to_owned();
    assert!(did_not(&found(&before, &neither, register())) && happened(&found(&before, &neither, leave())));
}

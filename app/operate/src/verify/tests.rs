//! What keeps a single step from being sent.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use jiff::SignedDuration;

use super::*;
use crate::Endpoint;
use crate::engine::plans;
use crate::engine::stage::{Stage, Tear};
use crate::facts::GroupLaunch;
use crate::facts::{Address, RefreshFacts, Volume};
use crate::mutation::LaunchFrom;
use crate::testing::{at, refused_by, rules, template_version};
use crate::world::DryRun;
use crate::world::Time as _;

/// Verifies the first step of a plan on this stage.
fn first(stage: &Stage, plan: &Plan) -> Result<VerifiedStep, Refused> {
    let id = stage.begin(plan.clone());
    verify_step(stage.world(), &rules(), plan, &stage.operation(&id), 0)
}

/// What [`first`] says after something has changed since the plan was made.
fn changed(kind: plans::Kind, change: impl FnOnce(&Stage, &mut Plan)) -> Result<VerifiedStep, Refused> {
    let stage = Stage::new();
    let mut plan = kind(&stage);
    change(&stage, &mut plan);
    first(&stage, &plan)
}

fn refresh(id: &str) -> RefreshFacts {
    RefreshFacts {
        id: id.to_owned(),
        status: "InProgress".to_owned(),
        reason: None,
        percent: None,
        to_update: None,
        started_at: Some(at(0)),
        ended_at: None,
        template: Some(template_version(4)),
    }
}

#[test]
fn every_kind_of_first_step_is_verified_as_it_was_planned() {
    for (name, kind) in plans::ALL {
        changed(kind, |_, _| {}).unwrap_or_else(|refused| panic!("{name}: {refused}"));
    }
}

#[test]
fn a_verified_step_is_sent_within_a_minute_or_not_at_all() {
    let spend = |seconds: i64| changed(plans::surge, |_, _| {}).unwrap().spend(at(seconds));
    let (mutation, before) = spend(60).unwrap();
    assert_eq!(mutation.operation(), "SetDesiredCapacity");
    assert_eq!(before.groups[0].desired, 3);
    refused_by(Guard::Fresh, spend(61));
    refused_by(Guard::Fresh, spend(-1));
}

#[test]
fn a_verification_that_took_too_long_sends_nothing() {
    let stage = Stage::new();
    let id = stage.begin(plans::standalone(&stage));
    stage.life().dry_run_takes = Duration::from_secs(90);
    stage.run(&id).unwrap();
    assert_eq!(stage.sent(), Vec::<String>::new());
}

#[test]
fn a_step_that_was_written_down_too_slowly_is_not_sent() {
    for (seconds, sent) in [(59, 1), (61, 0)] {
        let stage = Stage::new();
        let id = stage.begin(plans::surge(&stage));
        let write = stage.writes();
        stage.tear(write, Tear::Late(seconds));
        stage.run(&id).unwrap();
        let records = stage.records();
        assert!(matches!(records[write].entry, crate::Entry::Sending { .. }), "{:?}", records[write].entry);
        assert_eq!(stage.sent().len().min(1), sent, "{seconds} s");
        let said = format!("{:?}", stage.records());
        assert_eq!(said.contains("was not sent: the state was read 61 s ago"), sent == 0, "{seconds} s: {said}");
    }
}

#[test]
fn what_the_plan_does_not_name_is_not_touched() {
    let other = |stage: &Stage, plan: &mut Plan| {
        let server = stage.life().account.server("i-1").clone();
        assert_eq!(server.id, "i-1");
        plan.steps = vec![plans::send("stray", Mutation::TerminateInstances { server: "i-2".into() }, None)];
    };
    refused_by(Guard::InsidePlan, changed(plans::standalone, other));
    let group = |_: &Stage, plan: &mut Plan| plan.baseline.groups.clear();
    refused_by(Guard::InsidePlan, changed(plans::lifetime, group));
}

#[test]
fn nothing_is_launched_from_a_template_of_somebody_else() {
    let foreign = |_: &Stage, plan: &mut Plan| {
        for group in &mut plan.baseline.groups {
            group.launch = Some(GroupLaunch::Template { id: "lt-other".to_owned(), version: "1".to_owned() });
        }
        plan.baseline.servers.iter_mut().for_each(|server| server.template = None);
    };
    refused_by(Guard::InsidePlan, changed(plans::roll, foreign));
    refused_by(Guard::InsidePlan, changed(plans::standalone, foreign));
}

#[test]
fn what_would_be_lost_unseen_goes_back_to_the_sheet() {
    let volume = |stage: &Stage, _: &mut Plan| {
        let data = Volume {
            id: "vol-data".to_owned(),
            device: "/dev/sdf".to_owned(),
            is_root: false,
            delete_on_termination: true,
        };
        stage.life().account.server("i-9").volumes.push(data);
    };
    refused_by(Guard::Unchanged, changed(plans::standalone, volume));
    let deleted_too = |stage: &Stage, plan: &mut Plan| {
        volume(stage, plan);
        plan.baseline.servers[0].volumes.clone_from(&stage.life().account.server("i-9").volumes);
        plan.baseline.servers[0].volumes.iter_mut().for_each(|volume| volume.delete_on_termination = false);
    };
    refused_by(Guard::Unchanged, changed(plans::standalone, deleted_too));
    let address = |stage: &Stage, _: &mut Plan| {
        stage.life().account.server("i-9").addresses.push(Address::Elastic("198.51.100.7".to_owned()));
    };
    refused_by(Guard::Unchanged, changed(plans::standalone, address));
}

#[test]
fn another_desired_capacity_than_the_step_needs_to_find_is_somebody_elses() {
    refused_by(Guard::DesiredCapacity, changed(plans::surge, |stage, _| stage.life().account.web().desired = 4));
}

#[test]
fn a_desired_capacity_that_somebody_changed_goes_back_to_the_sheet_before_anything_begins() {
    let stage = Stage::new();
    let file = PlanFile::of(plans::surge(&stage));
    verify_plan(stage.world(), &rules(), &file).unwrap();
    stage.life().account.web().desired = 4;
    refused_by(Guard::DesiredCapacity, verify_plan(stage.world(), &rules(), &file));
}

#[test]
fn capacity_is_never_left_lower_than_it_was() {
    let without_surge = |_: &Stage, plan: &mut Plan| {
        plan.steps.drain(..2);
        let Work::Send { desired, .. } = &mut plan.steps[0].work else { panic!() };
        *desired = Some(3);
    };
    refused_by(Guard::DesiredCapacity, changed(plans::surge, without_surge));
    let surge_afterwards = |stage: &Stage, plan: &mut Plan| {
        without_surge(stage, plan);
        plan.steps.push(plans::surge(stage).steps[0].clone());
    };
    refused_by(Guard::DesiredCapacity, changed(plans::surge, surge_afterwards));
    let lower = |_: &Stage, plan: &mut Plan| {
        let Work::Send { mutation, .. } = &mut plan.steps[0].work else { panic!() };
        *mutation = Mutation::SetDesiredCapacity { group: "web".to_owned(), desired: 2 };
    };
    refused_by(Guard::DesiredCapacity, changed(plans::surge, lower));
}

#[test]
fn a_plan_that_keeps_silent_about_who_leaves_is_held_to_the_floor_all_the_same() {
    let silent = |stage: &Stage, plan: &mut Plan| {
        let mut life = stage.life();
        (life.account.web().max, plan.baseline.groups[0].max) = (3, 3);
        let retire = Mutation::TerminateInstanceInAutoScalingGroup {
            group: "web".to_owned(),
            server: "i-1".to_owned(),
            decrement: false,
        };
        plan.steps = vec![plans::send("retire", retire, None)];
    };
    refused_by(Guard::Floor, changed(plans::surge, silent));
    let stage = Stage::new();
    let mut plan = plans::surge(&stage);
    silent(&stage, &mut plan);
    refused_by(Guard::Floor, verify_plan(stage.world(), &rules(), &PlanFile::of(plan)));
}

#[test]
fn a_plan_file_is_held_to_what_it_names_before_it_is_begun() {
    for (name, kind) in plans::ALL {
        let stage = Stage::new();
        let file = PlanFile::of(kind(&stage));
        verify_plan(stage.world(), &rules(), &file).unwrap_or_else(|refused| panic!("{name}: {refused}"));
    }
    let stage = Stage::new();
    let mut plan = plans::surge(&stage);
    plan.baseline.servers.clear();
    refused_by(Guard::InsidePlan, verify_plan(stage.world(), &rules(), &PlanFile::of(plan)));
}

#[test]
fn what_is_to_be_launched_has_to_be_there() {
    let no_image = |stage: &Stage, _: &mut Plan| drop(stage.life().account.images.remove("ami-3"));
    refused_by(Guard::Launchable, changed(plans::standalone, no_image));
    let no_version = |stage: &Stage, _: &mut Plan| stage.life().account.versions.clear();
    refused_by(Guard::Launchable, changed(plans::standalone, no_version));
    refused_by(Guard::Launchable, changed(plans::roll, no_version));
    refused_by(Guard::Launchable, changed(plans::surge, no_version));
    refused_by(Guard::Launchable, changed(plans::surge, no_image));
    let full = |stage: &Stage, plan: &mut Plan| {
        let mut life = stage.life();
        life.account.images.clear();
        (life.account.web().min, life.account.web().desired) = (0, 3);
        plan.baseline.groups[0] = life.account.web().clone();
        let retire = Mutation::TerminateInstanceInAutoScalingGroup {
            group: "web".into(),
            server: "i-1".into(),
            decrement: false,
        };
        plan.steps = vec![plans::send("retire i-1", retire, None)];
    };
    refused_by(Guard::Launchable, changed(plans::surge, full));
    let by_nothing = |launch: GroupLaunch| {
        move |stage: &Stage, plan: &mut Plan| {
            stage.life().account.web().launch = Some(launch);
            plan.baseline.groups[0] = stage.life().account.web().clone();
        }
    };
    let configuration = GroupLaunch::Configuration("web-1".into());
    refused_by(Guard::Launchable, changed(plans::surge, by_nothing(configuration)));
    let parameter = |stage: &Stage, _: &mut Plan| {
        stage.life().account.versions[1].image = Some("resolve:ssm:/golden/web".into());
    };
    refused_by(Guard::Launchable, changed(plans::surge, parameter));
    let no_pipeline = |stage: &Stage, _: &mut Plan| stage.life().account.pipelines[0].enabled = false;
    refused_by(Guard::Launchable, changed(plans::rebake_roll, no_pipeline));
}

#[test]
fn nothing_is_launched_for_a_server_that_can_not_be_retired() {
    let tag = |stage: &Stage, _: &mut Plan| {
        stage.life().account.server("i-9").tags.insert("emberline:protect".to_owned(), String::new());
    };
    refused_by(Guard::ProtectTag, changed(plans::standalone, tag));
}

#[test]
fn launch_data_that_has_changed_is_not_launched() {
    let from = |sha: &str| {
        let data_sha256 = sha.to_owned();
        let from = LaunchFrom::Server { id: "i-9".to_owned(), data_sha256 };
        move |_: &Stage, plan: &mut Plan| {
            plan.steps[0] =
                plans::send("launch", Mutation::RunInstances { from, subnet: None }, Some(Output::Successor));
        }
    };
    changed(plans::standalone, from("sha-of-i-9")).unwrap();
    refused_by(Guard::Unchanged, changed(plans::standalone, from("another")));
}

#[test]
fn a_name_that_an_image_has_is_not_baked_again() {
    let named = |stage: &Stage, _: &mut Plan| {
        let life = &mut stage.life();
        life.account.images.get_mut("ami-4").unwrap().name = Some("i-9-20261123-1a2b".to_owned());
    };
    refused_by(Guard::Setting, changed(plans::bake, named));
}

#[test]
fn only_our_own_refresh_is_stopped() {
    let stop = |_: &Stage, plan: &mut Plan| {
        let cancel = Mutation::CancelInstanceRefresh { group: "web".to_owned() };
        plan.steps = vec![plans::send("cancel", cancel, None)];
    };
    refused_by(Guard::ActiveRefresh, changed(plans::roll, stop));
    let of_another = |stage: &Stage, plan: &mut Plan| {
        stage.life().account.refreshes.insert("web".to_owned(), vec![refresh("r-9")]);
        stop(stage, plan);
    };
    refused_by(Guard::ActiveRefresh, changed(plans::roll, of_another));
    let second = |stage: &Stage, _: &mut Plan| {
        stage.life().account.refreshes.insert("web".to_owned(), vec![refresh("r-9")]);
    };
    refused_by(Guard::ActiveRefresh, changed(plans::roll, second));
}

#[test]
fn what_ec2_would_refuse_is_not_sent() {
    let refuse = |stage: &Stage, _: &mut Plan| {
        stage.life().dry_run = DryRun::Refused {
            code: "UnauthorizedOperation".to_owned(),
            message: "You are not allowed.".to_owned(),
            action: Some("ec2:RunInstances".to_owned()),
        };
    };
    refused_by(Guard::DryRun, changed(plans::standalone, refuse));
    let silent = |stage: &Stage, _: &mut Plan| {
        stage.life().dry_run = DryRun::Unknown { why: "the connection broke".to_owned() };
    };
    refused_by(Guard::DryRun, changed(plans::standalone, silent));
    changed(plans::surge, silent).unwrap();
}

#[test]
fn what_can_not_be_read_is_not_sent() {
    let dark = |call: &'static str| move |stage: &Stage, _: &mut Plan| stage.life().account.denied = Some(call);
    for call in ["caller", "servers", "group", "refreshes", "template_versions", "image"] {
        let kind = if matches!(call, "group" | "refreshes") { plans::roll } else { plans::standalone };
        refused_by(Guard::Known, changed(kind, dark(call)));
    }
}

#[test]
fn a_source_that_is_not_live_is_not_acted_on() {
    let stage = Stage::new();
    let plan = plans::surge(&stage);
    let id = stage.begin(plan.clone());
    let file = Rules { read_only: Some("this is a file".to_owned()), ..rules() };
    refused_by(Guard::LiveSource, verify_step(stage.world(), &file, &plan, &stage.operation(&id), 0));
}

#[test]
fn another_person_does_not_carry_on_what_somebody_confirmed() {
    let eve = |stage: &Stage, _: &mut Plan| {
        stage.life().account.caller.arn = "arn:aws:iam::111122223333:user/eve".to_owned();
    };
    refused_by(Guard::Caller, changed(plans::surge, eve));
    let elsewhere = |stage: &Stage, _: &mut Plan| stage.life().account.caller.account = "444455556666".to_owned();
    refused_by(Guard::Account, changed(plans::surge, elsewhere));
}

#[test]
fn what_was_planned_in_one_aws_is_carried_out_in_no_other() {
    let sandbox = || Endpoint::Url("http://127.0.0.1:4600".to_owned());
    let now_at = |endpoint: Endpoint| move |stage: &Stage, _: &mut Plan| stage.life().account.endpoint = endpoint;
    refused_by(Guard::Endpoint, changed(plans::surge, now_at(sandbox())));
    refused_by(Guard::Endpoint, changed(plans::surge, now_at(Endpoint::InProcess)));
    let planned_at = |endpoint: Option<Endpoint>| move |_: &Stage, plan: &mut Plan| plan.endpoint = endpoint;
    refused_by(Guard::Endpoint, changed(plans::surge, planned_at(Some(sandbox()))));
    refused_by(Guard::Endpoint, changed(plans::surge, planned_at(None)));
    changed(plans::surge, planned_at(Some(Endpoint::Aws))).unwrap();
}

#[test]
fn a_group_that_does_not_count_in_units_is_left_alone() {
    let vcpu = |stage: &Stage, plan: &mut Plan| {
        stage.life().account.web().capacity_type = Some("vcpu".to_owned());
        plan.baseline.groups[0].capacity_type = Some("vcpu".to_owned());
    };
    refused_by(Guard::CapacityUnit, changed(plans::surge, vcpu));
}

#[test]
fn what_is_on_its_way_out_is_not_worked_on() {
    let stopped = |stage: &Stage, plan: &mut Plan| {
        stage.life().account.server("i-9").state = "stopped".to_owned();
        plan.baseline.servers[0].state = "stopped".to_owned();
    };
    refused_by(Guard::Alive, changed(plans::reimage, stopped));
    let deleted = |stage: &Stage, plan: &mut Plan| {
        let status = Some("Delete in progress".to_owned());
        stage.life().account.web().status.clone_from(&status);
        plan.baseline.groups[0].status = status;
    };
    refused_by(Guard::Alive, changed(plans::lifetime, deleted));
}

#[test]
fn servers_have_to_be_the_same_servers_still() {
    let born = |stage: &Stage, _: &mut Plan| {
        stage.life().account.server("i-9").born_at = Some(at(-60));
    };
    refused_by(Guard::Unchanged, changed(plans::reimage, born));
    let image = |stage: &Stage, _: &mut Plan| stage.life().account.server("i-9").image = "ami-4".to_owned();
    refused_by(Guard::Unchanged, changed(plans::reimage, image));
    let joined = |stage: &Stage, _: &mut Plan| stage.life().account.server("i-9").group = Some("web".to_owned());
    refused_by(Guard::Unchanged, changed(plans::standalone, joined));
    let aside = |stage: &Stage, _: &mut Plan| stage.life().account.member(0).lifecycle = "Standby".to_owned();
    refused_by(Guard::Unchanged, changed(plans::surge, aside));
}

#[test]
fn what_may_change_without_harm_does_not_stand_in_the_way() {
    let elsewhere = |stage: &Stage, _: &mut Plan| {
        let mut life = stage.life();
        life.account.server("i-1").addresses.clear();
        life.account.server("i-1").tags.insert("owner".to_owned(), "ada".to_owned());
        life.account.web().tags.insert("team".to_owned(), "shop".to_owned());
    };
    changed(plans::surge, elsewhere).unwrap();
}

#[test]
fn the_time_that_a_step_stays_valid_is_the_designs() {
    assert_eq!(VALID_FOR, SignedDuration::from_secs(60));
    assert_eq!(Stage::new().now(), at(0));
}

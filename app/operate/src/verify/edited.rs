//! A plan file that was written by hand, its hash made to fit, is held to all that the planner is held to.

use super::*;
use crate::action::Action;
use crate::engine::plans;
use crate::engine::stage::Stage;
use crate::testing::{refused_by, rules};
use crate::world::DryRun;

/// What [`verify_plan`] says to a plan that nothing was done of yet.
fn begun(stage: &Stage, rules: &Rules, plan: Plan) -> Result<(), Refused> {
    verify_plan(stage.world(), rules, &PlanFile::of(plan))
}

/// What [`verify_step`] says to its first step.
fn first(stage: &Stage, plan: &Plan) -> Result<VerifiedStep, Refused> {
    let id = stage.begin(plan.clone());
    verify_step(stage.world(), &rules(), plan, &stage.operation(&id), 0)
}

/// Demands that a guard refuses the plan as a whole, and its first step.
#[track_caller]
fn both_refused(guard: Guard, stage: &Stage, plan: &Plan) {
    refused_by(guard, begun(stage, &rules(), plan.clone()));
    refused_by(guard, first(stage, plan));
}

/// The mutation of a plan's first step.
fn mutation(plan: &mut Plan) -> &mut PlannedMutation {
    let Work::Send { mutation, .. } = &mut plan.steps[0].work else { panic!("it sends something") };
    mutation
}

/// Replaces the root volume of `i-1`, a member of the group `web`.
fn reimage_of_a_member(stage: &Stage) -> Plan {
    let server = "i-1".to_owned();
    let image = Some("ami-4".into());
    let task = Mutation::CreateReplaceRootVolumeTask { server: server.clone(), image, delete_replaced: true };
    let steps = vec![plans::send("replace the root", task, Some(Output::RootTask))];
    plans::plan(stage, Action::Reimage { server, image: Some("ami-4".into()) }, &["web"], &["i-1"], steps)
}

#[test]
fn every_kind_of_plan_may_be_begun_as_it_was_made() {
    for (name, kind) in plans::ALL {
        let stage = Stage::new();
        let plan = kind(&stage);
        begun(&stage, &rules(), plan).unwrap_or_else(|refused| panic!("{name}: {refused}"));
    }
}

#[test]
fn it_names_no_more_servers_than_the_policy_has_now() {
    let stage = Stage::new();
    let none = Rules { batch: 0, ..rules() };
    refused_by(Guard::Batch, begun(&stage, &none, plans::standalone(&stage)));
}

#[test]
fn it_is_not_called_a_burn_where_chance_may_not_burn() {
    let stage = Stage::new();
    let plan = Plan { action: Action::Burn { group: "web".into(), seed: 7 }, ..plans::surge(&stage) };
    both_refused(Guard::BurnLeash, &stage, &plan);
}

#[test]
fn ec2_is_asked_before_anything_is_begun() {
    let stage = Stage::new();
    stage.life().dry_run =
        DryRun::Refused { code: "UnauthorizedOperation".into(), message: "You are not allowed.".into(), action: None };
    both_refused(Guard::DryRun, &stage, &plans::standalone(&stage));
}

#[test]
fn its_lifetime_is_one_that_is_taken_and_that_keeps_the_floor() {
    for (guard, lifetime_s) in [(Guard::Setting, 31_536_001), (Guard::Floor, 86_400)] {
        let stage = Stage::new();
        let mut plan = plans::lifetime(&stage);
        *mutation(&mut plan) = Mutation::SetMaxInstanceLifetime { group: "web".into(), lifetime_s };
        both_refused(guard, &stage, &plan);
    }
}

#[test]
fn its_refresh_keeps_the_floor_and_to_what_auto_scaling_takes() {
    for (guard, least, most) in [(Guard::Floor, 0, 100), (Guard::Setting, 100, 201)] {
        let stage = Stage::new();
        let mut plan = plans::roll(&stage);
        let Mutation::StartInstanceRefresh { preferences, .. } = mutation(&mut plan) else { panic!("it is a roll") };
        (preferences.min_healthy_percent, preferences.max_healthy_percent) = (least, most);
        both_refused(guard, &stage, &plan);
    }
}

#[test]
fn a_member_of_a_group_is_not_terminated_past_its_group() {
    let stage = Stage::new();
    let steps = vec![plans::send("retire", Mutation::TerminateInstances { server: "i-1".into() }, None)];
    let action = Action::Replace { servers: vec!["i-1".into()] };
    let plan = plans::plan(&stage, action, &["web"], &["i-1"], steps);
    both_refused(Guard::Unchanged, &stage, &plan);
}

#[test]
fn a_root_comes_from_an_image_that_is_there() {
    let stage = Stage::new();
    stage.life().account.images.remove("ami-4");
    both_refused(Guard::Launchable, &stage, &plans::reimage(&stage));
}

#[test]
fn the_root_of_a_member_is_replaced_above_the_floor_and_while_its_group_works() {
    let stage = Stage::new();
    both_refused(Guard::Floor, &stage, &reimage_of_a_member(&stage));
    let stage = Stage::new();
    stage.life().account.web().suspended.push("HealthCheck".into());
    both_refused(Guard::SuspendedProcesses, &stage, &reimage_of_a_member(&stage));
}

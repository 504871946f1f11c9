//! Plans for tests, one for each kind of work, on the account of [`crate::testing`].

use super::stage::Stage;
use crate::testing::{now, scope, target_group};
use crate::*;

/// A plan with these steps that touches this.
pub(crate) fn plan(stage: &Stage, action: Action, groups: &[&str], servers: &[&str], steps: Vec<Step>) -> Plan {
    let account = stage.life().account.clone();
    Plan {
        format: FORMAT,
        action,
        scope: scope(),
        endpoint: Some(account.endpoint.clone()),
        caller: account.caller.clone(),
        made_at: now(),
        summary: "A plan for a test.".to_owned(),
        baseline: Baseline {
            groups: groups.iter().map(|name| account.groups[*name].clone()).collect(),
            servers: servers.iter().map(|id| account.servers[*id].clone()).collect(),
            registered: account.registered.clone(),
        },
        steps,
        capacity: Vec::new(),
        losses: Vec::new(),
        warnings: Vec::new(),
        rollback: Rollback::Possible("While it runs.".to_owned()),
    }
}

pub(crate) fn send(name: &str, mutation: PlannedMutation, makes: Option<Output>) -> Step {
    let work = Work::Send { mutation, makes, desired: None, takes_out: None };
    Step { name: name.to_owned(), sentence: format!("Do {name}."), work }
}

fn wait(name: &str, until: Until) -> Step {
    let work = Work::Wait { until, within_s: 1_800 };
    Step { name: name.to_owned(), sentence: format!("Wait for {name}."), work }
}

pub(crate) fn pause() -> Step {
    Step { name: "pause".to_owned(), sentence: "Wait for a word.".to_owned(), work: Work::Pause }
}

fn with_capacity(step: Step, found: u32, out: Option<&str>) -> Step {
    let Work::Send { mutation, makes, .. } = step.work else { return step };
    let work = Work::Send { mutation, makes, desired: Some(found), takes_out: out.map(str::to_owned) };
    Step { work, ..step }
}

/// Replaces `i-1` of `web`, surging from 3 to 4.
pub(crate) fn surge(stage: &Stage) -> Plan {
    let group = "web".to_owned();
    let besides = ["i-1", "i-2", "i-3"].map(str::to_owned).to_vec();
    let retire = Mutation::TerminateInstanceInAutoScalingGroup {
        group: group.clone(),
        server: "i-1".to_owned(),
        decrement: true,
    };
    let steps = vec![
        with_capacity(send("surge", Mutation::SetDesiredCapacity { group: group.clone(), desired: 4 }, None), 3, None),
        wait("successor", Until::Joined { group: group.clone(), besides, desired: 4 }),
        with_capacity(send("retire i-1", retire, None), 4, Some("i-1")),
        wait("gone", Until::Gone { server: "i-1".to_owned(), group: Some(group) }),
    ];
    plan(stage, Action::Replace { servers: vec!["i-1".to_owned()] }, &["web"], &["i-1"], steps)
}

/// Replaces the standalone server `i-9`.
pub(crate) fn standalone(stage: &Stage) -> Plan {
    stage.life().account.server("i-9").template = Some(crate::testing::template_version(3));
    let from = LaunchFrom::Template { id: "lt-web".to_owned(), version: 3 };
    let run = Mutation::RunInstances { from, subnet: Some("subnet-1".to_owned()) };
    let steps = vec![
        send("launch", run, Some(Output::Successor)),
        wait("healthy", Until::Healthy { server: Output::Successor.into() }),
        send("retire i-9", Mutation::TerminateInstances { server: "i-9".into() }, None),
        wait("gone", Until::Gone { server: "i-9".to_owned(), group: None }),
    ];
    plan(stage, Action::Replace { servers: vec!["i-9".to_owned()] }, &[], &["i-9"], steps)
}

/// Replaces the standalone server `i-9`, which serves at one port of `front` and at two of `side`.
pub(crate) fn registered(stage: &Stage) -> Plan {
    let (front, side) = (target_group("front"), target_group("side"));
    for (arn, port) in [(&front, 80), (&side, 8_080), (&side, 8_443)] {
        stage.life().account.put_in(arn, "i-9", port, "healthy");
    }
    let mut plan = standalone(stage);
    let server: Arg = Output::Successor.into();
    let register = |target_group: &str, ports: &[u16]| Mutation::RegisterTargets {
        target_group: target_group.into(),
        server: server.clone(),
        ports: ports.into(),
    };
    let serving = |target_group: &str, ports: &[u16]| Until::Serving {
        target_group: target_group.into(),
        server: server.clone(),
        ports: ports.into(),
    };
    let leave = |target_group: &str, ports: &[u16]| Mutation::DeregisterTargets {
        target_group: target_group.into(),
        server: "i-9".into(),
        ports: ports.into(),
    };
    let drained = |target_group: &str, ports: &[u16]| Until::Drained {
        target_group: target_group.into(),
        server: "i-9".into(),
        ports: ports.into(),
    };
    let steps = vec![
        send("register in front", register(&front, &[80]), None),
        send("register in side", register(&side, &[8_080, 8_443]), None),
        wait("healthy in front", serving(&front, &[80])),
        wait("healthy in side", serving(&side, &[8_080, 8_443])),
        send("leave front", leave(&front, &[80]), None),
        send("leave side", leave(&side, &[8_080, 8_443]), None),
        wait("drained from front", drained(&front, &[80])),
        wait("drained from side", drained(&side, &[8_080, 8_443])),
    ];
    plan.steps.splice(2..2, steps);
    plan
}

fn refresh(version: Arg) -> PlannedMutation {
    let choices = RefreshChoices::default();
    Mutation::StartInstanceRefresh {
        group: "web".to_owned(),
        preferences: RefreshPreferences {
            min_healthy_percent: 90,
            max_healthy_percent: 110,
            warmup_s: 60,
            skip_matching: choices.skip_matching,
            auto_rollback: choices.auto_rollback,
            bake_time_s: choices.bake_time_s,
            checkpoint_percents: Vec::new(),
            checkpoint_delay_s: choices.checkpoint_delay_s,
            scale_in_protected: choices.scale_in_protected,
            standby: choices.standby,
            alarms: Vec::new(),
        },
        desired: Some(DesiredConfiguration { template: "lt-web".to_owned(), version, overrides: None }),
    }
}

fn refreshed() -> Step {
    wait("refreshed", Until::Refreshed { group: "web".to_owned(), refresh: Output::Refresh.into() })
}

/// Rolls `web` to version 4.
pub(crate) fn roll(stage: &Stage) -> Plan {
    let steps = vec![send("refresh", refresh("4".into()), Some(Output::Refresh)), refreshed()];
    plan(stage, Action::Roll { group: "web".to_owned(), choices: RefreshChoices::default() }, &["web"], &[], steps)
}

/// Builds, makes a version, rolls `web` to it and looks at every root.
pub(crate) fn rebake_roll(stage: &Stage) -> Plan {
    let pipeline = stage.life().account.pipelines[0].arn.clone();
    let version = Mutation::CreateLaunchTemplateVersion {
        template: "lt-web".to_owned(),
        source_version: 3,
        image: Output::Image.into(),
        description: "rebaked 1a2b".to_owned(),
    };
    let (group, choices) = ("web".to_owned(), RefreshChoices::default());
    let (recipe, pauses) = (crate::testing::RECIPE.to_owned(), false);
    let image: Arg = Output::Image.into();
    let steps = vec![
        send("build", Mutation::StartImagePipelineExecution { pipeline }, Some(Output::Build)),
        wait("built", Until::Built { build: Output::Build.into() }),
        send("version", version, Some(Output::TemplateVersion)),
        send("refresh", refresh(Output::TemplateVersion.into()), Some(Output::Refresh)),
        refreshed(),
        wait("roots", Until::RootsFrom { group: group.clone(), image, besides: Vec::new() }),
    ];
    let action = Action::RebakeRoll { group, recipe, pipeline: None, choices, pauses };
    plan(stage, action, &["web"], &[], steps)
}

/// Replaces the root volume of `i-9` by `ami-4`.
pub(crate) fn reimage(stage: &Stage) -> Plan {
    let task = Mutation::CreateReplaceRootVolumeTask {
        server: "i-9".to_owned(),
        image: Some("ami-4".into()),
        delete_replaced: true,
    };
    let replaced = Until::RootReplaced { server: "i-9".to_owned(), task: Output::RootTask.into() };
    let steps = vec![send("replace the root", task, Some(Output::RootTask)), wait("replaced", replaced)];
    let action = Action::Reimage { server: "i-9".to_owned(), image: Some("ami-4".to_owned()) };
    plan(stage, action, &[], &["i-9"], steps)
}

/// Bakes `i-9`.
pub(crate) fn bake(stage: &Stage) -> Plan {
    let (server, name) = ("i-9".to_owned(), "i-9-20261123-1a2b".to_owned());
    let steps = vec![
        send("bake", Mutation::CreateImage { server: server.clone(), name, no_reboot: true }, Some(Output::Image)),
        wait("available", Until::ImageAvailable { image: Output::Image.into(), architecture: None }),
    ];
    plan(stage, Action::Bake { server, name: None, reboot: false }, &[], &["i-9"], steps)
}

/// Gives `web` a lifetime of twenty days.
pub(crate) fn lifetime(stage: &Stage) -> Plan {
    let (group, lifetime_s) = ("web".to_owned(), 1_728_000);
    let steps = vec![
        send("set", Mutation::SetMaxInstanceLifetime { group: group.clone(), lifetime_s }, None),
        wait("read back", Until::LifetimeIs { group: group.clone(), lifetime_s: Some(lifetime_s) }),
    ];
    plan(stage, Action::SetLifetime { group, lifetime_s }, &["web"], &[], steps)
}

/// A kind of plan.
pub(crate) type Kind = fn(&Stage) -> Plan;

/// All kinds, by name.
pub(crate) const ALL: [(&str, Kind); 8] = [
    ("surge", surge),
    ("standalone", standalone),
    ("registered", registered),
    ("roll", roll),
    ("rebake-roll", rebake_roll),
    ("reimage", reimage),
    ("bake", bake),
    ("lifetime", lifetime),
];

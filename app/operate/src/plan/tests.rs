//! A plan file keeps its schema, tells when it was changed, and may hold anything without harm.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::mutation::{DesiredConfiguration, LaunchFrom, Mutation, Override};
use crate::testing::{Account, RECIPE, Slip, Still, rules, scope, template_version};
use crate::{
    Address, BurnRules, GroupLaunch, HookFacts, Interface, RefreshChoices, Rules, Volume, World, plan, verify_plan,
};

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(include_str!("../../../../assets/schema/plan.schema.json")).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
});

fn schema_errors(file: &Value) -> Vec<String> {
    SCHEMA.iter_errors(file).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// An account in which everything has a value that can have one.
fn account() -> Account {
    let mut account = Account::new();
    let server = account.server("i-9");
    server.name = Some("web".into());
    server.tags.insert("Name".into(), "web".into());
    server.addresses.extend([Address::Public("3.1.2.3".into()), Address::Elastic("52.1.2.3".into())]);
    server.dns_names.push("web.example.com".into());
    server.interfaces.push(Interface { id: "eni-x".into(), is_primary: false, delete_on_termination: false });
    server.volumes.push(Volume {
        id: "vol-x".into(),
        device: "/dev/sdf".into(),
        is_root: false,
        delete_on_termination: false,
    });
    account.add_group("mixed", &["i-11", "i-12", "i-13", "i-14"]);
    let mixed = account.groups.get_mut("mixed").unwrap();
    let overrides = Some(vec![Override { instance_type: "m7g.large".into(), weight: Some(1) }]);
    mixed.launch = Some(GroupLaunch::Mixed { id: "lt-web".into(), version: "$Latest".into(), overrides });
    mixed.hooks.push(HookFacts {
        name: "drain".into(),
        transition: "autoscaling:EC2_INSTANCE_TERMINATING".into(),
        timeout_s: 300,
    });
    mixed.target_groups.push("arn:aws:elasticloadbalancing:tg".into());
    mixed.capacity_type = Some("units".into());
    mixed.max_instance_lifetime_s = Some(86_400 * 90);
    (mixed.min_healthy_percent, mixed.max_healthy_percent) = (Some(90), Some(120));
    mixed.suspended.push("AZRebalance".into());
    let ids: Vec<String> = mixed.members.iter().map(|member| member.server.clone()).collect();
    account.targets.extend(ids.into_iter().map(|server| crate::TargetFacts {
        port: Some(80),
        target_group: "arn:aws:elasticloadbalancing:tg".into(),
        server,
        state: "healthy".into(),
    }));
    account.put_in(&crate::testing::target_group("front"), "i-9", 80, "healthy");
    account.add_group("old", &["i-21", "i-22"]);
    account.groups.get_mut("old").unwrap().launch = Some(GroupLaunch::Configuration("old-1".into()));
    account.configurations = vec![crate::ConfigurationFacts { name: "old-1".into(), image: "ami-3".into() }];
    account
}

/// A plan of each kind, with all choices made and with none.
fn plans() -> Vec<Plan> {
    let chosen = RefreshChoices {
        template_version: Some(4),
        min_healthy_percent: Some(100),
        max_healthy_percent: Some(150),
        bake_time_s: 60,
        checkpoint_percents: vec![20, 100],
        alarms: vec!["errors".into()],
        ..RefreshChoices::default()
    };
    let rebake = |pipeline| Action::Rebake { recipe: RECIPE.into(), pipeline };
    let (group, choices) = ("web".to_owned(), RefreshChoices::default());
    let actions = vec![
        Action::Replace { servers: vec!["i-9".into(), "i-11".into()] },
        Action::Roll { group: group.clone(), choices: chosen },
        Action::Roll { group: "mixed".into(), choices: choices.clone() },
        Action::Roll { group: "old".into(), choices: choices.clone() },
        Action::Reimage { server: "i-9".into(), image: Some("ami-4".into()) },
        Action::Reimage { server: "i-9".into(), image: None },
        rebake(None),
        rebake(Some(crate::testing::pipeline("web").arn)),
        Action::Rebake { recipe: "web".into(), pipeline: None },
        Action::Bake { server: "i-1".into(), name: None, reboot: false },
        Action::Bake { server: "i-9".into(), name: Some("golden".into()), reboot: true },
        Action::RebakeRoll { group: group.clone(), recipe: RECIPE.into(), pipeline: None, choices, pauses: true },
        Action::SetLifetime { group: group.clone(), lifetime_s: 86_400 * 30 },
        Action::SetLifetime { group: "mixed".into(), lifetime_s: 0 },
        Action::Burn { group, seed: u64::MAX },
    ];
    let mut account = account();
    account.servers.get_mut("i-1").unwrap().template = Some(template_version(3));
    let leash = BurnRules { period_s: 3_600, from_hour: 9, to_hour: 15, time_zone: "UTC".into() };
    let rules = Rules { burn: Some(leash), ..rules() };
    let world = World { calls: &account, journal: &Slip::default(), time: &Still };
    let plan = |action| {
        let plan = plan(world, &rules, &scope(), action).unwrap();
        assert_eq!(verify_plan(world, &rules, &PlanFile::of(plan.clone())), Ok(()), "what was planned just now holds");
        plan
    };
    actions.into_iter().map(plan).collect()
}

/// The calls and waits that no plan of ours has on its own.
fn unplanned() -> Vec<Work> {
    let send = |mutation| Work::Send { mutation, makes: None, desired: None, takes_out: None };
    let wait = |until| Work::Wait { until, within_s: 60 };
    let refresh = || Arg::from(Output::Refresh);
    let desired = DesiredConfiguration { template: "lt-1".into(), version: "3".into(), overrides: None };
    let Work::Send { mutation: Mutation::StartInstanceRefresh { preferences, .. }, .. } =
        plans()[1].steps[0].work.clone()
    else {
        panic!("a roll begins with its refresh")
    };
    vec![
        send(Mutation::CancelInstanceRefresh { group: "web".into() }),
        send(Mutation::RollbackInstanceRefresh { group: "web".into() }),
        send(Mutation::StartInstanceRefresh { group: "web".into(), preferences, desired: Some(desired) }),
        send(Mutation::RunInstances { from: LaunchFrom::Template { id: "lt-1".into(), version: 3 }, subnet: None }),
        send(Mutation::TerminateInstances { server: Output::Successor.into() }),
        send(Mutation::CreateReplaceRootVolumeTask {
            server: "i-1".into(),
            image: Some(Output::Image.into()),
            delete_replaced: true,
        }),
        wait(Until::RefreshOver { group: "web".into(), refresh: refresh() }),
        wait(Until::RefreshRolledBack { group: "web".into(), refresh: refresh() }),
    ]
}

#[test]
fn plans_of_every_action_keep_the_schema_and_read_back() {
    let mut kinds = BTreeSet::new();
    for plan in plans() {
        kinds.insert(plan.action.kind());
        let file = PlanFile::of(plan);
        let json = file.to_json();
        assert_eq!(schema_errors(&serde_json::from_str(&json).unwrap()), Vec::<String>::new(), "{json}");
        let read = PlanFile::parse(&json).unwrap();
        assert_eq!(read, file);
        assert_eq!(read.checked().unwrap(), &file.plan);
    }
    assert_eq!(kinds.len(), crate::ActionKind::ALL.len());
    let mut plan = plans().remove(0);
    let step = |work| Step { name: "step".into(), sentence: "Do it.".into(), work };
    plan.steps = unplanned().into_iter().map(step).collect();
    assert_eq!(schema_errors(&serde_json::to_value(PlanFile::of(plan)).unwrap()), Vec::<String>::new());
}

/// Every place in a JSON value, as a pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => map.iter().for_each(|(key, one)| places(one, &format!("{at}/{}", escaped(key)), found)),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, one)| places(one, &format!("{at}/{i}"), found)),
        _ => {}
    }
}

#[test]
fn what_keeps_the_schema_is_read_and_what_is_changed_has_another_hash() {
    let strangers = [json!(null), json!(-1), json!(300), json!("x"), json!([])];
    let (mut refused, mut changed, mut seen) = (0, 0, BTreeSet::new());
    for plan in plans() {
        let file = serde_json::to_value(PlanFile::of(plan)).unwrap();
        let original = PlanFile::parse(&file.to_string()).unwrap();
        let mut all = Vec::new();
        places(&file, "", &mut all);
        // One of a kind is enough: `/plan/steps/3/name` is as `/plan/steps/2/name`. What a step does is of many kinds.
        let kind = |place: &str| match place.contains("/work") {
            true => format!("{} {place}", original.plan.action.kind()),
            false => place.replace(|c: char| c.is_ascii_digit(), "#"),
        };
        all.retain(|place| seen.insert(kind(place)));
        for place in &all {
            for stranger in &strangers {
                let mut file = file.clone();
                *file.pointer_mut(place).unwrap() = stranger.clone();
                let read = PlanFile::parse(&file.to_string());
                if schema_errors(&file).is_empty() {
                    assert!(read.is_ok(), "{place} {stranger} {read:?}");
                } else {
                    refused += 1;
                }
                if let Ok(read) = read {
                    assert_eq!(read.checked().is_ok(), read == original, "{place} {stranger}");
                    changed += usize::from(read != original);
                }
            }
            let mut file = file.clone();
            if let Some(object) = file.pointer_mut(place).and_then(Value::as_object_mut)
                && !place.ends_with("/tags")
            {
                object.insert("run".into(), json!("reboot"));
                assert!(!schema_errors(&file).is_empty(), "{place} takes a stranger's field");
                assert!(PlanFile::parse(&file.to_string()).is_err(), "{place} takes a stranger's field");
            }
        }
    }
    assert!(refused > 2_000 && changed > 200, "{refused} {changed}");
}

#[test]
fn another_format_is_told_from_an_unreadable_file() {
    let mut file = serde_json::to_value(PlanFile::of(plans().remove(0))).unwrap();
    file["plan"]["format"] = json!(2);
    assert_eq!(
        PlanFile::parse(&file.to_string()).unwrap_err().to_string(),
        "the plan has format 2, this Emberline knows 1. Make it again with `emberline plan`"
    );
    let error = PlanFile::parse("{\n \"hash\": 7}").unwrap_err().to_string();
    assert_eq!(
        error,
        "this is no plan: invalid type: integer `7`, expected a string at line 2 column 10. Make one with `emberline \
         plan`"
    );
    for text in ["", "[", "null", "[[[[", &"[".repeat(100_000), &"{\"plan\":".repeat(10_000)] {
        assert!(PlanFile::parse(text).is_err());
    }
}

static FILE: LazyLock<(PlanFile, Vec<u8>)> = LazyLock::new(|| {
    let file = PlanFile::of(plans().remove(0));
    let json = serde_json::to_vec(&file).unwrap();
    (file, json)
});

proptest! {
    #[test]
    fn no_text_harms(text in any::<String>()) {
        prop_assert!(PlanFile::parse(&text).is_err());
    }

    #[test]
    fn a_changed_byte_is_an_error_or_another_hash(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (original, json) = &*FILE;
        let mut json = json.clone();
        let place = place.index(json.len());
        json[place] = byte;
        if let Ok(read) = PlanFile::parse(&String::from_utf8_lossy(&json)) {
            prop_assert_eq!(read.checked().is_ok(), read == *original);
        }
    }

    #[test]
    fn what_was_cut_off_is_no_plan(place in any::<prop::sample::Index>()) {
        let json = &FILE.1;
        let cut = &json[..place.index(json.len())];
        prop_assert!(PlanFile::parse(&String::from_utf8_lossy(cut)).is_err());
    }
}

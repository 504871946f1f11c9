use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::testing::{RECIPE, at, now};
use crate::{Action, ActionKind, ConfigurationFacts, GroupLaunch, RefreshChoices, RefreshFacts, Time};

/// One of each kind.
fn actions() -> Vec<Action> {
    let (group, choices) = ("web".to_owned(), RefreshChoices::default());
    vec![
        replace(&["i-1", "i-9"]),
        Action::Roll { group: group.clone(), choices: choices.clone() },
        Action::Reimage { server: "i-1".into(), image: Some("ami-4".into()) },
        Action::Rebake { recipe: RECIPE.into(), pipeline: None },
        Action::Bake { server: "i-1".into(), name: Some("golden".into()), reboot: true },
        Action::RebakeRoll { group: group.clone(), recipe: RECIPE.into(), pipeline: None, choices, pauses: true },
        Action::SetLifetime { group: group.clone(), lifetime_s: 86_400 * 30 },
        Action::Burn { group, seed: 7 },
    ]
}

/// A clock on which every look takes so many seconds.
struct Slow(AtomicI64, i64);

impl Time for Slow {
    fn now(&self) -> Timestamp {
        at(self.0.fetch_add(self.1, Ordering::Relaxed))
    }

    fn sleep(&self, _: Duration) {}

    fn random(&self) -> u64 {
        7
    }
}

#[test]
fn what_takes_longer_to_read_than_a_reading_holds_is_refused_at_once() {
    let account = Account::new();
    let planned = |took_s| {
        let time = Slow(0.into(), took_s);
        let world = World { calls: &account, journal: &Slip::default(), time: &time };
        plan(world, &rules(), &scope(), replace(&["i-1"]))
    };
    assert!(planned(60).is_ok());
    assert_eq!(
        refusals(planned(61)),
        [(Guard::Fresh, "reading the state took 61 s, and a change has to go out within 60 s of it".to_owned())]
    );
}

#[test]
fn all_that_stands_against_an_action_is_told_at_once() {
    let mut account = Account::new();
    account.server("i-1").tags.insert("emberline:protect".into(), "database".into());
    account.server("i-1").termination_protected = Some(true);
    account.server("i-9").owner = Some("EMR j-1".into());
    account.web().suspended = vec!["Launch".into()];
    account.refreshes.insert(
        "web".into(),
        vec![RefreshFacts {
            id: "r-1".into(),
            status: "InProgress".into(),
            reason: None,
            percent: Some(10),
            to_update: Some(2),
            started_at: Some(now()),
            ended_at: None,
            template: None,
        }],
    );
    let found: Vec<Guard> =
        refusals(planned(&account, replace(&["i-1", "i-9", "i-77"]))).into_iter().map(|(guard, _)| guard).collect();
    for guard in [
        Guard::ProtectTag,
        Guard::TerminationProtection,
        Guard::ForeignOwner,
        Guard::SuspendedProcesses,
        Guard::ActiveRefresh,
        Guard::Known,
    ] {
        assert!(found.contains(&guard), "{guard} is missing in {found:?}");
    }
}

#[test]
fn nothing_is_planned_where_anything_could_not_be_read() {
    let mut unread = BTreeSet::new();
    for action in actions().into_iter().chain([replace(&["i-21"])]) {
        for call in [
            "caller",
            "servers",
            "group",
            "registered",
            "refreshes",
            "template",
            "template_versions",
            "launch_configuration",
            "launch_data_sha256",
            "image",
            "image_named",
            "pipelines",
            "builds",
        ] {
            let mut account = Account::new();
            account.add_group("old", &["i-21"]);
            account.groups.get_mut("old").unwrap().launch = Some(GroupLaunch::Configuration("old-1".into()));
            account.configurations = vec![ConfigurationFacts { name: "old-1".into(), image: "ami-3".into() }];
            account.denied = Some(call);
            let Err(refused) = planned(&account, action.clone()) else { continue };
            if let [refusal] = &refused.refusals[..]
                && refusal.guard == Guard::Known
            {
                assert_eq!(refusal.next, format!("Allow the action {call}."));
                unread.insert(call);
            }
        }
    }
    assert_eq!(unread.len(), 13, "each reading counts for some action: {unread:?}");
}

#[test]
fn a_source_that_is_not_live_another_account_and_too_many_are_refused() {
    let mut account = Account::new();
    let from_file = Rules { read_only: Some("this is a file".into()), ..rules() };
    for action in actions() {
        let found = refusals(planned_by(&from_file, &account, action));
        assert!(found.contains(&(Guard::LiveSource, "this is a file".to_owned())), "{found:?}");
    }
    let few = Rules { batch: 1, ..rules() };
    assert_eq!(
        refusals(planned_by(&few, &account, replace(&["i-1", "i-2"]))),
        [(Guard::Batch, "2 servers in one plan are more than the policy's 1".to_owned())]
    );
    account.caller.account = "999988887777".into();
    assert_eq!(refusals(planned(&account, replace(&["i-9"])))[0].0, Guard::Account);
    assert_eq!(refusals(planned(&account, replace(&[])))[0].1, "no server was named");
}

#[test]
fn hostile_facts_refuse_or_plan_and_never_panic() {
    let mut account = Account::new();
    for place in 0..3 {
        account.member(place).units = u32::MAX;
    }
    let web = account.web();
    (web.desired, web.min, web.max) = (u32::MAX, u32::MAX, u32::MAX);
    (web.min_healthy_percent, web.max_healthy_percent) = (Some(255), Some(u16::MAX));
    (web.warmup_s, web.grace_s) = (u32::MAX, u32::MAX);
    web.launch = Some(GroupLaunch::Template { id: "lt-web".into(), version: "99999999999999999999".into() });
    // A bake touches no group, and a lifetime that none of its servers has reached burns none.
    let may = [ActionKind::Rebake, ActionKind::SetLifetime];
    for action in actions() {
        let kind = action.kind();
        assert_eq!(planned(&account, action).is_err(), !may.contains(&kind), "{kind}");
    }
    account.web().members.clear();
    for action in actions() {
        let kind = action.kind();
        assert_eq!(planned(&account, action).is_err(), !may.contains(&kind), "{kind}");
    }
}

use super::*;
use crate::testing::{image, template_version};
use crate::{Action, BurnRules, ConfigurationFacts, GroupLaunch, PlanFile, Rollback, verify_plan};

fn surge(id: &str, from: u32) -> [Value; 4] {
    let (to, besides) = (from + 1, json!(["i-1", "i-2", "i-3"]));
    [
        send(&json!({"call": "SetDesiredCapacity", "group": "web", "desired": to}), None, Some(from), None),
        json!({"what": "joined", "group": "web", "besides": besides, "desired": to}),
        send(
            &json!({"call": "TerminateInstanceInAutoScalingGroup", "group": "web", "server": id, "decrement": true}),
            None,
            Some(to),
            Some(id),
        ),
        json!({"what": "gone", "server": id, "group": "web"}),
    ]
}

#[test]
fn a_successor_comes_first_where_the_group_has_room() {
    let mut account = Account::new();
    account.server("i-2").name = Some("web-2".into());
    let plan = planned(&account, replace(&["i-2"])).unwrap();
    assert_eq!(works(&plan), surge("i-2", 3));
    assert_eq!(capacity(&plan), [3, 3, 3, 3, 3]);
    assert_eq!(plan.summary, "Replace i-2 (web-2) of the group web: its successor comes first.");
    assert_eq!(
        plan.steps[0].sentence,
        "Raise the desired capacity of the group web from 3 to 4, so that the successor of i-2 (web-2) is launched first."
    );
    assert_eq!(
        plan.steps[2].sentence,
        "Terminate i-2 (web-2) in its group and bring the desired capacity of web back to 3."
    );
    assert_eq!(plan.targets(), ["111122223333/eu-west-1/i-2", "111122223333/eu-west-1/web"]);
    assert_eq!(plan.warnings, Vec::<String>::new());
    assert!(matches!(plan.rollback, Rollback::Impossible(_)));
}

#[test]
fn without_room_the_old_one_goes_first_where_the_floor_holds() {
    let mut account = Account::new();
    account.web().max = 3;
    account.web().min = 1;
    let rules = Rules { min_healthy_percent: 50, ..rules() };
    let plan = planned_by(&rules, &account, replace(&["i-1"])).unwrap();
    let terminate =
        json!({"call": "TerminateInstanceInAutoScalingGroup", "group": "web", "server": "i-1", "decrement": false});
    assert_eq!(
        works(&plan),
        [
            send(&terminate, None, Some(3), Some("i-1")),
            json!({"what": "gone", "server": "i-1", "group": "web"}),
            json!({"what": "joined", "group": "web", "besides": ["i-1", "i-2", "i-3"], "desired": 3}),
        ]
    );
    assert_eq!(capacity(&plan), [3, 2, 3, 2, 3]);
    assert_eq!(plan.summary, "Replace i-1 of the group web: it goes before its successor comes.");
}

#[test]
fn without_room_and_at_the_floor_it_is_refused() {
    let mut account = Account::new();
    account.web().max = 3;
    let refused = planned(&account, replace(&["i-1"])).unwrap_err();
    let [refusal] = &refused.refusals[..] else { panic!("{refused}") };
    assert_eq!(refusal.guard, Guard::Floor);
    assert_eq!(refusal.reason, "the group web would fall to 2 healthy servers, its floor is 3");
    assert_eq!(refusal.next, "Raise MaxSize to surge: it is 3, 4 lets the successor come first.");
}

#[test]
fn several_go_one_after_the_other_and_desired_capacity_returns_each_time() {
    let plan = planned(&Account::new(), replace(&["i-3", "i-1", "i-3"])).unwrap();
    assert_eq!(works(&plan), [surge("i-3", 3), surge("i-1", 3)].concat());
    assert_eq!(plan.summary, "Replace 2 servers, one after the other: i-3, i-1.");
    assert_eq!(capacity(&plan), [3, 3, 3, 3, 3]);
}

#[test]
fn what_does_not_serve_goes_first_and_its_successor_counts_for_the_next() {
    let mut account = Account::new();
    account.member(1).healthy = false;
    assert_eq!(
        refusals(planned(&account, replace(&["i-1"]))),
        [(Guard::Floor, "the group web would fall to 2 healthy servers, its floor is 3".to_owned())]
    );
    let plan = planned(&account, replace(&["i-1", "i-2"])).unwrap();
    assert_eq!(works(&plan), [surge("i-2", 3), surge("i-1", 3)].concat());
    assert_eq!(capacity(&plan), [2, 2, 3, 3, 3]);
    let world = World { calls: &account, journal: &Slip::default(), time: &Still };
    assert_eq!(verify_plan(world, &rules(), &PlanFile::of(plan)), Ok(()), "verification sees it alike");
}

#[test]
fn a_weighted_group_surges_by_the_units_of_the_server() {
    let mut account = Account::new();
    for place in 0..3 {
        account.member(place).units = 4;
    }
    (account.web().desired, account.web().min, account.web().max) = (12, 8, 16);
    let plan = planned(&account, replace(&["i-1"])).unwrap();
    assert_eq!(
        plan.steps[0].sentence.split(", so").next(),
        Some("Raise the desired capacity of the group web from 12 to 16")
    );
    assert_eq!(capacity(&plan), [12, 12, 12, 11, 12]);
    account.web().max = 15;
    assert_eq!(
        refusals(planned(&account, replace(&["i-1"]))),
        [(Guard::Floor, "the group web would fall to 8 healthy units, its floor is 11".to_owned())]
    );
}

#[test]
fn where_a_group_has_more_than_it_wants_nothing_would_come() {
    let mut account = Account::new();
    account.web().desired = 2;
    assert_eq!(
        refusals(planned(&account, replace(&["i-1"]))),
        [(
            Guard::DesiredCapacity,
            "the group web has 3 units where 2 are desired: nothing would come for i-1".to_owned()
        )]
    );
}

#[test]
fn another_version_and_a_warm_pool_are_said_beforehand() {
    let mut account = Account::new();
    account.web().launch = Some(GroupLaunch::Template { id: "lt-web".into(), version: "$Latest".into() });
    account.web().warm_pool = true;
    let plan = planned(&account, replace(&["i-1"])).unwrap();
    assert_eq!(
        plan.warnings,
        [
            "The group web has a warm pool: what comes may have been prepared in it from an older template version.",
            "The successor of i-1 comes from version 4 (ami-4) of lt-web; i-1 came from version 3.",
        ]
    );
}

#[test]
fn servers_of_several_groups_and_of_none_are_one_plan() {
    let mut account = Account::new();
    account.add_group("api", &["i-5", "i-6"]);
    let plan = planned(&account, replace(&["i-9", "i-5", "i-1", "i-6"])).unwrap();
    let names: Vec<&str> = plan.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names.len(), 16);
    assert_eq!(
        [names[0], names[2], names[4], names[6], names[8], names[12]],
        [
            "launch the successor of i-9",
            "terminate i-9",
            "surge for i-5",
            "retire i-5",
            "surge for i-6",
            "surge for i-1"
        ]
    );
    let groups: Vec<&str> = plan.capacity.iter().map(|one| one.group.as_str()).collect();
    assert_eq!(groups, ["api", "web"]);
}

#[test]
fn nothing_is_launched_from_what_is_gone() {
    let mut account = Account::new();
    account.images.get_mut("ami-3").unwrap().state = "deregistered".into();
    assert_eq!(
        refusals(planned(&account, replace(&["i-1"]))),
        [(Guard::Launchable, "the image ami-3 is deregistered".to_owned())]
    );
    account.versions.clear();
    assert_eq!(
        refusals(planned(&account, replace(&["i-1"]))),
        [(Guard::Launchable, "there is no version 3 of the launch template lt-web".to_owned())]
    );
    account.templates.clear();
    assert_eq!(
        refusals(planned(&account, replace(&["i-1"]))),
        [(Guard::Launchable, "the launch template lt-web of the group web is gone".to_owned())]
    );
}

#[test]
fn chance_burns_one_that_may_be_burned_and_says_which() {
    let mut account = Account::new();
    let leash = BurnRules { period_s: 86_400, from_hour: 9, to_hour: 15, time_zone: "UTC".into() };
    let rules = Rules { burn: Some(leash), ..rules() };
    account.server("i-2").tags.insert("emberline:protect".into(), String::new());
    let burned = |seed| {
        let plan = planned_by(&rules, &account, Action::Burn { group: "web".into(), seed }).unwrap();
        assert_eq!(plan.baseline.servers.len(), 1);
        (plan.baseline.servers[0].id.clone(), plan.summary)
    };
    let (_, summary) = burned(7);
    assert_eq!(summary, "Replace i-1 of the group web: its successor comes first. Chance chose it out of 2 (seed 7).");
    assert_eq!(burned(7), burned(7));
    let chosen: BTreeSet<String> = (0..20).map(|seed| burned(seed).0).collect();
    assert_eq!(chosen, BTreeSet::from(["i-1".to_owned(), "i-3".to_owned()]), "each that may be, and no other");
    assert_eq!(
        refusals(planned(&account, Action::Burn { group: "web".into(), seed: 7 })),
        [(Guard::BurnLeash, "burning by chance is off".to_owned())]
    );
    account.server("i-1").termination_protected = Some(true);
    let plan = planned_by(&rules, &account, Action::Burn { group: "web".into(), seed: 7 }).unwrap();
    assert_eq!(
        plan.summary,
        "Replace i-3 of the group web: its successor comes first. Chance chose it out of 1 (seed 7)."
    );
    account.server("i-3").stop_protected = Some(true);
    assert_eq!(
        refusals(planned_by(&rules, &account, Action::Burn { group: "web".into(), seed: 7 })),
        [(Guard::BurnLeash, "none of the 3 servers of the group web may be burned".to_owned())]
    );
}

#[test]
fn a_launch_configuration_and_a_parameter_are_launched_from_as_they_are() {
    let mut account = Account::new();
    account.web().launch = Some(GroupLaunch::Configuration("web-1".into()));
    account.configurations = vec![ConfigurationFacts { name: "web-1".into(), image: "ami-3".into() }];
    assert_eq!(works(&planned(&account, replace(&["i-1"])).unwrap()), surge("i-1", 3));
    account.configurations[0].image = "ami-1".into();
    assert_eq!(
        refusals(planned(&account, replace(&["i-1"]))),
        [(Guard::Launchable, "the image ami-1 is not there, or not shared with this account".to_owned())]
    );
    account.configurations.clear();
    assert_eq!(
        refusals(planned(&account, replace(&["i-1"]))),
        [(Guard::Launchable, "the launch configuration web-1 of the group web is gone".to_owned())]
    );
    account.web().launch = Some(GroupLaunch::Template { id: "lt-web".into(), version: "4".into() });
    account.versions[0].image = Some("resolve:ssm:/golden/web".into());
    account.member(0).template = Some(template_version(4));
    account.images.insert("ami-9".into(), image("ami-9"));
    let by_nothing =
        "version 4 of the launch template lt-web has its image from resolve:ssm:/golden/web, which names none";
    assert_eq!(refusals(planned(&account, replace(&["i-1"]))), [(Guard::Launchable, by_nothing.to_owned())]);
    account.versions[0].resolved = Some("ami-8".into());
    assert_eq!(
        refusals(planned(&account, replace(&["i-1"]))),
        [(Guard::Launchable, "the image ami-8 is not there, or not shared with this account".to_owned())]
    );
    account.versions[0].resolved = Some("ami-9".into());
    let plan = planned(&account, replace(&["i-1"])).unwrap();
    assert_eq!((works(&plan).len(), plan.warnings.len()), (4, 0));
    account.web().launch = None;
    assert_eq!(
        refusals(planned(&account, replace(&["i-1"]))),
        [(Guard::Launchable, "the group web has nothing that it launches from".to_owned())]
    );
}

#[test]
fn a_replacement_that_may_leave_zones_uneven_says_what_auto_scaling_may_do_then() {
    let mut account = Account::new();
    account.web().zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"].map(str::to_owned).to_vec();
    for (id, zone) in [("i-2", "eu-west-1b"), ("i-3", "eu-west-1c")] {
        account.server(id).zone = Some(zone.to_owned());
    }
    assert_eq!(
        planned(&account, replace(&["i-1"])).unwrap().warnings,
        [
            "Once i-1 is replaced the zones of the group web may be uneven: Auto Scaling may then launch one more server \
          and terminate another one. Suspend AZRebalance in web meanwhile to keep the others."
        ]
    );
    account.web().suspended = vec!["AZRebalance".to_owned()];
    assert_eq!(planned(&account, replace(&["i-1"])).unwrap().warnings, [""; 0]);
}

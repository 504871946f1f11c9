use super::*;
use crate::{
    Action, ConfigurationFacts, GroupLaunch, Override, RefreshChoices, Rollback, ScaleInProtected, StandbyServers,
    Volume,
};

fn roll(choices: RefreshChoices) -> Action {
    Action::Roll { group: "web".into(), choices }
}

fn mutation(plan: &Plan) -> Value {
    works(plan)[0].pointer("/send/mutation").unwrap().clone()
}

#[test]
fn a_refresh_says_every_preference_and_a_version_by_its_number() {
    let plan = planned(&Account::new(), roll(RefreshChoices::default())).unwrap();
    let preferences = json!({
        "min_healthy_percent": 100, "max_healthy_percent": 110, "warmup_s": 60, "skip_matching": false,
        "auto_rollback": true, "bake_time_s": 0, "checkpoint_percents": [], "checkpoint_delay_s": 3600,
        "scale_in_protected": "Ignore", "standby": "Ignore", "alarms": [],
    });
    let desired = json!({"template": "lt-web", "version": "3", "overrides": null});
    let start = json!({"call": "StartInstanceRefresh", "group": "web", "preferences": preferences, "desired": desired});
    assert_eq!(
        works(&plan),
        [
            send(&start, Some("refresh"), Some(3), None),
            json!({"what": "refreshed", "group": "web", "refresh": {"output": "refresh"}}),
        ]
    );
    assert_eq!(capacity(&plan), [3, 3, 3, 3, 3]);
    assert_eq!(plan.summary, "Roll the group web: replace its 3 servers from version 3 of lt-web (ami-3).");
    assert_eq!(
        plan.steps[0].sentence,
        "Start an instance refresh of the group web to version 3 of lt-web (ami-3): 100 to 110 % healthy; warm-up 60 s; \
         every server is replaced; rolled back if it fails; protected from scale-in: left; in Standby: left."
    );
    assert_eq!(
        plan.rollback,
        Rollback::Possible(
            "While the refresh runs it can be rolled back: the servers that it has replaced are replaced again, from \
             version 3."
                .to_owned()
        )
    );
    assert_eq!(lost(&plan.losses).len(), 3, "the root changes of each server");
    assert_eq!(plan.baseline.servers, []);
}

#[test]
fn the_least_healthy_share_is_what_keeps_the_floor() {
    // Desired, MinSize, the policy's floor; and the shares and lowest point that follow.
    for (desired, min, floor, shares, lowest) in [
        (20, 2, None, (90, 100), 18),
        (20, 20, None, (100, 110), 20),
        (20, 2, Some(19), (95, 100), 19),
        (3, 2, None, (100, 110), 3),
    ] {
        let mut account = Account::new();
        let ids: Vec<String> = (100..100 + desired).map(|number| format!("i-{number}")).collect();
        account.add_group("web", &ids.iter().map(String::as_str).collect::<Vec<_>>());
        account.web().min = min;
        let plan = planned_by(&Rules { floor, ..rules() }, &account, roll(RefreshChoices::default())).unwrap();
        let sent = mutation(&plan);
        let preference = |name: &str| sent.pointer(&format!("/preferences/{name}")).unwrap().as_u64().unwrap();
        assert_eq!((preference("min_healthy_percent"), preference("max_healthy_percent")), shares);
        assert_eq!(plan.capacity[0].lowest, lowest);
    }
}

#[test]
fn a_chosen_share_below_the_floor_is_refused() {
    let choices = RefreshChoices { min_healthy_percent: Some(50), ..RefreshChoices::default() };
    let refused = planned(&Account::new(), roll(choices)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the refresh would let the group web fall to 2 healthy servers, its floor is 3. Choose a least healthy share of \
         100 % or more."
    );
}

#[test]
fn the_groups_own_maintenance_policy_is_followed() {
    let mut account = Account::new();
    (account.web().min_healthy_percent, account.web().max_healthy_percent) = (Some(100), Some(150));
    let sent = mutation(&planned(&account, roll(RefreshChoices::default())).unwrap());
    assert_eq!(sent.pointer("/preferences/max_healthy_percent"), Some(&json!(150)));
    account.web().warmup_s = 0;
    let sent = mutation(&planned(&account, roll(RefreshChoices::default())).unwrap());
    assert_eq!(sent.pointer("/preferences/warmup_s"), Some(&json!(300)), "without a warm-up the grace period counts");
}

#[test]
fn what_follows_latest_is_pinned_and_is_not_rolled_back_by_itself() {
    let mut account = Account::new();
    account.web().launch = Some(GroupLaunch::Template { id: "lt-web".into(), version: "$Latest".into() });
    account.web().tags.insert("aws:cloudformation:stack-name".into(), "web-prod".into());
    let plan = planned(&account, roll(RefreshChoices::default())).unwrap();
    let sent = mutation(&plan);
    assert_eq!(sent.pointer("/desired/version"), Some(&json!("4")));
    assert_eq!(sent.pointer("/preferences/auto_rollback"), Some(&json!(false)));
    assert_eq!(
        plan.warnings,
        [
            "A failed refresh is not rolled back by itself: the group web is set to $Latest and not to a version's \
             number.",
            "The group web is described by the stack web-prod (CloudFormation), which will show this as drift and may \
             take it back: change it there as well.",
            "The group web follows $Latest of lt-web now; after the refresh it is set to the version's number and follows \
             no longer.",
        ]
    );
    assert_eq!(
        plan.rollback,
        Rollback::Impossible(
            "AWS can't roll this refresh back: the group web is set to $Latest and not to a version's number. To go \
             back, roll again."
                .to_owned()
        )
    );
}

#[test]
fn an_image_by_parameter_is_not_rolled_back_by_itself() {
    let mut account = Account::new();
    account.versions[0].image = Some("resolve:ssm:/golden/web".into());
    account.versions[0].resolved = Some("ami-4".into());
    let choices = RefreshChoices { template_version: Some(4), ..RefreshChoices::default() };
    let plan = planned(&account, roll(choices)).unwrap();
    let sent = mutation(&plan);
    assert_eq!(sent.pointer("/desired/version"), Some(&json!("4")));
    assert_eq!(sent.pointer("/preferences/auto_rollback"), Some(&json!(false)));
    assert_eq!(
        plan.warnings,
        [
            "A failed refresh is not rolled back by itself: the image of its launch template is named by an SSM parameter."
        ]
    );
}

#[test]
fn a_launch_configuration_has_no_version_and_no_way_back() {
    let mut account = Account::new();
    account.web().launch = Some(GroupLaunch::Configuration("web-1".into()));
    account.configurations = vec![ConfigurationFacts { name: "web-1".into(), image: "ami-3".into() }];
    let plan = planned(&account, roll(RefreshChoices::default())).unwrap();
    assert_eq!(mutation(&plan).pointer("/desired"), Some(&Value::Null));
    assert_eq!(mutation(&plan).pointer("/preferences/auto_rollback"), Some(&json!(false)));
    let choices = RefreshChoices { template_version: Some(4), skip_matching: true, ..RefreshChoices::default() };
    assert_eq!(
        refusals(planned(&account, roll(choices))),
        [
            (Guard::Setting, "the group web has no template versions to choose from".to_owned()),
            (
                Guard::Setting,
                "the group web launches from a launch configuration: servers that match it can't be left out"
                    .to_owned()
            )
        ]
    );
}

#[test]
fn the_overrides_of_a_mixed_group_are_repeated_and_never_dropped() {
    let mut account = Account::new();
    let overrides = vec![Override { instance_type: "m7g.large".into(), weight: Some(1) }];
    let mixed = |overrides| Some(GroupLaunch::Mixed { id: "lt-web".into(), version: "3".into(), overrides });
    account.web().launch = mixed(Some(overrides));
    let plan = planned(&account, roll(RefreshChoices::default())).unwrap();
    assert_eq!(
        mutation(&plan).pointer("/desired/overrides"),
        Some(&json!([{"instance_type": "m7g.large", "weight": 1}]))
    );
    account.web().launch = mixed(None);
    let refused = refusals(planned(&account, roll(RefreshChoices::default())));
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].0, Guard::Setting);
}

#[test]
fn who_is_set_aside_is_left_and_named() {
    let mut account = Account::new();
    account.member(0).protected_from_scale_in = true;
    account.member(2).lifecycle = "Standby".into();
    let rules = Rules { min_healthy_percent: 50, ..rules() };
    let plan = planned_by(&rules, &account, roll(RefreshChoices::default())).unwrap();
    assert_eq!(plan.warnings, ["Left as they are, in Standby or protected from scale-in: i-1, i-3."]);
    assert_eq!(lost(&plan.losses), [(LossKind::RootChanges, "vol-2")]);
    let waits = RefreshChoices {
        scale_in_protected: ScaleInProtected::Wait,
        standby: StandbyServers::Wait,
        ..RefreshChoices::default()
    };
    let plan = planned_by(&rules, &account, roll(waits)).unwrap();
    assert_eq!(plan.warnings, ["The refresh waits an hour for these to be released, then fails: i-1, i-3."]);
}

#[test]
fn what_matches_already_loses_nothing() {
    let mut account = Account::new();
    account.member(1).template.as_mut().unwrap().version = 4;
    account.server("i-1").volumes.push(Volume {
        id: "vol-data".into(),
        device: "/dev/sdf".into(),
        is_root: false,
        delete_on_termination: true,
    });
    let choices = RefreshChoices { template_version: Some(4), skip_matching: true, ..RefreshChoices::default() };
    let plan = planned(&account, roll(choices)).unwrap();
    let lost = lost(&plan.losses);
    assert_eq!(
        lost,
        [(LossKind::RootChanges, "vol-1"), (LossKind::Volume, "vol-data"), (LossKind::RootChanges, "vol-3")]
    );
}

use super::*;
use crate::testing::now;
use crate::{Action, Rollback};
use jiff::SignedDuration;

const DAY_S: u32 = 86_400;

fn lifetime(days: u32) -> Action {
    Action::SetLifetime { group: "web".into(), lifetime_s: days * DAY_S }
}

#[test]
fn a_lifetime_that_burns_nobody_is_set_and_seen() {
    let mut account = Account::new();
    account.web().max_instance_lifetime_s = Some(30 * DAY_S);
    account.web().tags.insert("ManagedBy".into(), "terraform".into());
    let plan = planned(&account, lifetime(14)).unwrap();
    assert_eq!(
        works(&plan),
        [
            send(
                &json!({"call": "SetMaxInstanceLifetime", "group": "web", "lifetime_s": 14 * DAY_S}),
                None,
                None,
                None
            ),
            json!({"what": "lifetime-is", "group": "web", "lifetime_s": 14 * DAY_S}),
        ]
    );
    assert_eq!(capacity(&plan), [3, 3, 3, 3, 3]);
    assert_eq!(plan.summary, "Set the phoenix lifetime of the group web to 14d (now 30d).");
    assert_eq!(
        plan.rollback,
        Rollback::Impossible(
            "It can be set back to 30d by another plan; servers that have burned meanwhile don't come back.".to_owned()
        )
    );
    assert_eq!(plan.warnings.len(), 1, "who describes the group");
    let none = planned(&account, lifetime(0)).unwrap();
    assert_eq!(works(&none)[1].pointer("/lifetime_s"), Some(&Value::Null));
}

#[test]
fn who_would_burn_at_once_is_named_and_the_floor_holds() {
    let mut account = Account::new();
    account.server("i-1").born_at = Some(now() - SignedDuration::from_hours(5 * 24));
    account.server("i-3").born_at = Some(now() - SignedDuration::from_hours(20 * 24));
    account.member(1).protected_from_scale_in = true;
    assert_eq!(
        refusals(planned(&account, lifetime(7))),
        [(
            Guard::Floor,
            "Auto Scaling would burn i-3 of the group web at once, which would fall to 2 healthy servers, its floor is 3"
                .to_owned()
        )]
    );
    let rules = Rules { min_healthy_percent: 50, ..rules() };
    let plan = planned_by(&rules, &account, lifetime(7)).unwrap();
    assert_eq!(
        plan.warnings,
        [
            "Older than that and burned at once: i-3 (20 days). Auto Scaling burns up to 1 server together, each terminated \
          before its successor comes."
        ]
    );
    assert_eq!(capacity(&plan), [3, 2, 3, 2, 3]);
    assert_eq!(lost(&plan.losses), [(LossKind::RootChanges, "vol-3")]);
    (account.web().min_healthy_percent, account.web().max_healthy_percent) = (Some(100), Some(110));
    account.web().warmup_s = 0;
    (account.server("i-3").born_at, account.server("i-3").started_at) = (None, None);
    let plan = planned(&account, lifetime(7)).unwrap();
    assert_eq!(
        plan.warnings,
        ["Older than that and burned at once: i-3 (age unknown). Auto Scaling burns up to 1 server together, each \
          successor first, as the group's maintenance policy says."]
    );
    assert_eq!(capacity(&plan), [3, 3, 3, 3, 3]);
}

#[test]
fn a_tenth_of_a_large_group_burns_together() {
    let mut account = Account::new();
    let ids: Vec<String> = (100..130).map(|number| format!("i-{number}")).collect();
    account.add_group("web", &ids.iter().map(String::as_str).collect::<Vec<_>>());
    account.web().min = 10;
    let plan = planned(&account, lifetime(7)).unwrap();
    assert_eq!(capacity(&plan), [30, 27, 30, 27, 30]);
    assert_eq!(plan.losses.len(), 30);
}

#[test]
fn a_lifetime_that_aws_does_not_take_or_that_is_set_is_refused() {
    let account = Account::new();
    let odd = |lifetime_s| Action::SetLifetime { group: "web".into(), lifetime_s };
    let reason = "a maximum instance lifetime of 3600 s is not one that Auto Scaling takes".to_owned();
    assert!(refusals(planned(&account, odd(3_600))).contains(&(Guard::Setting, reason)));
    assert_eq!(
        refusals(planned(&account, lifetime(0))),
        [(Guard::Setting, "the group web has this lifetime already (none)".to_owned())]
    );
}

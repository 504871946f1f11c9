//! Whatever a group looks like, its plan never lets it down.

use proptest::prelude::*;

use super::*;
use crate::{Action, Mutation, RefreshChoices, Work};

/// A member: units, lifecycle, healthy, protected from scale-in.
type Member = (u32, &'static str, bool, bool);

fn member() -> impl Strategy<Value = Member> {
    let lifecycle = prop_oneof![6 => Just("InService"), 1 => Just("Pending"), 1 => Just("Standby")];
    (1_u32..4, lifecycle, prop::bool::weighted(0.8), prop::bool::weighted(0.1))
}

/// A group of these members, with sizes around what they add up to.
fn account(members: &[Member], desired: i64, room: u32, min: u32, min_healthy: Option<u8>) -> Account {
    let mut account = Account::new();
    let ids: Vec<String> = (1..=members.len()).map(|number| format!("i-{number}")).collect();
    account.add_group("web", &ids.iter().map(String::as_str).collect::<Vec<_>>());
    for (place, &(units, lifecycle, healthy, protected)) in members.iter().enumerate() {
        let member = account.member(place);
        (member.units, member.lifecycle, member.healthy) = (units, lifecycle.into(), healthy);
        member.protected_from_scale_in = protected;
    }
    let counts = members.iter().filter(|member| member.1 != "Standby").map(|member| i64::from(member.0));
    let web = account.web();
    web.desired = u32::try_from((counts.sum::<i64>() + desired).max(0)).unwrap();
    web.max = web.desired.saturating_add(room);
    web.min = min.min(web.desired);
    web.min_healthy_percent = min_healthy;
    account
}

proptest! {
    /// Carries the plan out by the book: what is launched serves, what is terminated is gone.
    #[test]
    fn a_replacement_keeps_the_floor_and_gives_desired_capacity_back(
        members in prop::collection::vec(member(), 1..7),
        desired in -2_i64..3,
        room in 0_u32..6,
        min in 0_u32..6,
        min_healthy in prop::option::of(0_u8..=100),
        least in 0_u8..=100,
        chosen in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let mut account = account(&members, desired, room, min, min_healthy);
        let chosen: Vec<String> = chosen.iter().map(|one| format!("i-{}", one.index(members.len()) + 1)).collect();
        let rules = Rules { min_healthy_percent: least, ..rules() };
        // Too many that are refused fail the test.
        let Ok(plan) = planned_by(&rules, &account, Action::Replace { servers: chosen.clone() }) else {
            return Err(TestCaseError::reject("refused"));
        };
        let web = account.web().clone();
        let serves = |id: &str| web.member(id).is_some_and(|one| one.lifecycle == "InService" && one.healthy);
        let mut healthy: u32 = web.members.iter().filter(|one| serves(&one.server)).map(|one| one.units).sum();
        let (mut now, mut lowest, mut gone) = (web.desired, healthy, BTreeSet::new());
        prop_assert_eq!(capacity(&plan)[0], healthy);
        for step in &plan.steps {
            let Work::Send { mutation, desired: found, takes_out, .. } = &step.work else { continue };
            prop_assert_eq!(*found, Some(now));
            match mutation {
                Mutation::SetDesiredCapacity { desired, .. } => {
                    prop_assert!(*desired > now && *desired <= web.max);
                    healthy += desired - now;
                    now = *desired;
                }
                Mutation::TerminateInstanceInAutoScalingGroup { server, decrement, .. } => {
                    prop_assert_eq!(takes_out.as_deref(), Some(server.as_str()));
                    let member = web.member(server).unwrap();
                    prop_assert!(!member.protected_from_scale_in && member.lifecycle != "Standby");
                    healthy -= if serves(server) { member.units } else { 0 };
                    lowest = lowest.min(healthy);
                    prop_assert!(healthy >= capacity(&plan)[3] || !member.healthy, "{} of {}", healthy, server);
                    if *decrement { now -= member.units } else { healthy += member.units }
                    gone.insert(server.clone());
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(now, web.desired);
        prop_assert_eq!(&capacity(&plan)[1..3], &[lowest, healthy][..]);
        prop_assert_eq!(gone, chosen.into_iter().collect::<BTreeSet<_>>());
    }

    #[test]
    fn a_roll_names_shares_that_auto_scaling_takes_and_that_keep_the_floor(
        members in prop::collection::vec(member(), 0..7),
        desired in -2_i64..3,
        min in 0_u32..6,
        min_healthy in prop::option::of(any::<u8>()),
        max_healthy in prop::option::of(any::<u16>()),
        least in any::<u8>(),
        floor in prop::option::of(0_u32..20),
    ) {
        let mut account = account(&members, desired, 0, min, min_healthy);
        account.web().max_healthy_percent = max_healthy;
        let rules = Rules { min_healthy_percent: least, floor, ..rules() };
        let action = Action::Roll { group: "web".into(), choices: RefreshChoices::default() };
        let Ok(plan) = planned_by(&rules, &account, action) else { return Err(TestCaseError::reject("refused")) };
        let Work::Send { mutation: Mutation::StartInstanceRefresh { preferences: p, .. }, .. } = &plan.steps[0].work
        else { panic!("{plan:?}") };
        let (least, most) = (u64::from(p.min_healthy_percent), u64::from(p.max_healthy_percent));
        prop_assert!(least <= 100 && (100..=200).contains(&most) && most - least <= 100);
        let web = account.web();
        prop_assert!((u64::from(web.desired) * least).div_ceil(100) >= u64::from(capacity(&plan)[3]));
        prop_assert!(capacity(&plan)[3] >= web.min);
    }
}

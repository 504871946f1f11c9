//! Is the setting one that AWS takes, and that the policy and the floor allow?

use super::capacity::{count, floor, share};
use super::{Guard, Refusal};
use crate::facts::GroupFacts;
use crate::mutation::{DesiredConfiguration, RefreshPreferences};
use crate::plan::Capacity;
use crate::rules::Rules;
use crate::situation::Situation;

/// `MaxInstanceLifetime` by the API: 0 (none), or a day to a year.
const LIFETIME_S: std::ops::RangeInclusive<u32> = 86_400..=31_536_000;

/// `BakeTime` and `CheckpointDelay` by the API: at most two days.
const LONGEST_DELAY_S: u32 = 172_800;

/// `MaxInstanceLifetime`.
///
/// # Errors
/// [`Guard::Setting`].
pub fn lifetime(lifetime_s: u32) -> Result<(), Refusal> {
    Guard::Setting.demand(lifetime_s == 0 || LIFETIME_S.contains(&lifetime_s), || {
        let reason = format!("a maximum instance lifetime of {lifetime_s} s is not one that Auto Scaling takes");
        (reason, "Choose between 1d and 365d, or 0 for none.".to_owned())
    })
}

/// The number of servers in one plan.
///
/// # Errors
/// [`Guard::Batch`].
pub fn batch(rules: &Rules, servers: usize) -> Result<(), Refusal> {
    let most = rules.batch;
    Guard::Batch.demand(u32::try_from(servers).is_ok_and(|servers| servers <= most), || {
        let next = format!("Choose at most {most}, or raise `batch` under [operate] in the policy file.");
        (format!("{servers} servers in one plan are more than the policy's {most}"), next)
    })
}

/// An instance refresh: each preference within the API's limits, and no lower a healthy share than the floor. What
/// becomes of the capacity, where it holds.
///
/// Auto Scaling keeps the least healthy share of desired, rounded up; where that leaves no room for the replacement of a
/// single server, it goes above the most healthy share, which is always set here, rather than below the least.
///
/// # Errors
/// All that stands against it: [`Guard::Setting`], [`Guard::Floor`], [`Guard::Known`] where there is no such group.
pub fn refresh<A>(
    situation: &Situation,
    rules: &Rules,
    name: &str,
    preferences: &RefreshPreferences,
    desired: Option<&DesiredConfiguration<A>>,
) -> Result<Capacity, Vec<Refusal>> {
    let Some(group) = situation.groups.get(name) else {
        let reason = format!("there is no group {name} in {}", situation.scope);
        let next = "Check its name, account and region.".to_owned();
        return Err(vec![Refusal { guard: Guard::Known, reason, next }]);
    };
    let mut refusals: Vec<Refusal> = limits(preferences).into_iter().filter_map(Result::err).collect();
    let before = situation.healthy_units(name);
    let least = share(group.desired, preferences.min_healthy_percent);
    refusals.extend(takes_back(preferences, desired.is_some()).err());
    refusals.extend(enough(group, rules, least).err());
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let (floor, desired) = (floor(group, group.desired, rules), group.desired);
    Ok(Capacity { group: name.to_owned(), before, lowest: least.min(before), after: desired, floor, desired })
}

fn takes_back(preferences: &RefreshPreferences, has_desired: bool) -> Result<(), Refusal> {
    Guard::Setting.demand(has_desired || !preferences.auto_rollback, || {
        let reason = "a refresh without a desired configuration can't be rolled back by itself".to_owned();
        (reason, "Name the template version to roll to, or do without the automatic rollback.".to_owned())
    })
}

fn enough(group: &GroupFacts, rules: &Rules, least: u32) -> Result<(), Refusal> {
    let floor = floor(group, group.desired, rules);
    Guard::Floor.demand(least >= floor, || {
        let reason = format!(
            "the refresh would let the group {} fall to {}, its floor is {floor}",
            group.name,
            count(group, least)
        );
        let percent = (u64::from(floor) * 100).div_ceil(u64::from(group.desired.max(1)));
        let next = if percent <= 100 {
            format!("Choose a least healthy share of {percent} % or more.")
        } else {
            format!("Raise its desired capacity, which is {}, or lower the floor.", group.desired)
        };
        (reason, next)
    })
}

fn limits(preferences: &RefreshPreferences) -> Vec<Result<(), Refusal>> {
    let p = preferences;
    let (least, most) = (u16::from(p.min_healthy_percent), p.max_healthy_percent);
    let rises = p.checkpoint_percents.windows(2).all(|pair| pair[0] < pair[1]);
    let setting = |holds: bool, reason: String, next: &str| Guard::Setting.demand(holds, || (reason, next.to_owned()));
    vec![
        setting(
            least <= 100 && (100..=200).contains(&most) && most.saturating_sub(least) <= 100,
            format!("a healthy share of {least} to {most} % is not one that Auto Scaling takes"),
            "Choose at most 100 % for the least, 100 to 200 % for the most, and no more than 100 between them.",
        ),
        setting(
            rises && p.checkpoint_percents.iter().all(|percent| (1..=100).contains(percent)),
            format!("checkpoints at {:?} % are not ones that Auto Scaling takes", p.checkpoint_percents),
            "Choose percents from 1 to 100, each higher than the one before.",
        ),
        setting(
            p.bake_time_s <= LONGEST_DELAY_S && p.checkpoint_delay_s <= LONGEST_DELAY_S,
            format!("a delay of {} s is longer than Auto Scaling takes", p.bake_time_s.max(p.checkpoint_delay_s)),
            "Choose at most 48h for the bake time and for the delay at a checkpoint.",
        ),
    ]
}

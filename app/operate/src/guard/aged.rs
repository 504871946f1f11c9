//! Does enough of a group stay healthy when its maximum lifetime is set to less than its servers have lived?

use super::capacity::{count, floor, share};
use super::{Guard, Refusal};
use crate::facts::GroupFacts;
use crate::plan::Capacity;
use crate::rules::Rules;
use crate::situation::Situation;

/// At most so many percent of a group are replaced together because of their age (Auto Scaling's user guide, "Replace
/// Auto Scaling instances based on maximum instance lifetime").
const TOGETHER_PERCENT: u64 = 10;

/// A server that a maximum lifetime would burn at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Aged {
    /// The server.
    pub server: String,
    /// Its age in seconds; `None` where it is not known, which counts as too old.
    pub age_s: Option<i64>,
    /// The units that it counts.
    pub units: u32,
}

/// The members that a maximum lifetime would burn at once, the oldest first. Auto Scaling counts from when a server came
/// into service, which no API tells: here the age counts from its birth, so one more may be named than burns at once.
/// What is protected from scale-in or not in service is left alone.
#[must_use]
pub fn aged(situation: &Situation, group: &GroupFacts, lifetime_s: u32) -> Vec<Aged> {
    if lifetime_s == 0 {
        return Vec::new();
    }
    let serving = group.members.iter().filter(|one| one.lifecycle == "InService" && !one.protected_from_scale_in);
    let mut aged: Vec<Aged> = serving
        .map(|member| {
            let server = situation.servers.get(&member.server);
            let born_at = server.and_then(|server| server.born_at.or(server.started_at));
            let age_s = born_at.map(|born_at| situation.aws_at.duration_since(born_at).as_secs());
            Aged { server: member.server.clone(), age_s, units: member.units }
        })
        .filter(|one| one.age_s.is_none_or(|age_s| age_s >= i64::from(lifetime_s)))
        .collect();
    aged.sort_by_key(|one| (std::cmp::Reverse(one.age_s.unwrap_or(i64::MAX)), one.server.clone()));
    aged
}

/// How many servers of a group Auto Scaling replaces together because of their age: 10 % of it, at least one.
#[must_use]
pub fn burned_together(group: &GroupFacts) -> u32 {
    u32::try_from(u64::from(group.desired) * TOGETHER_PERCENT / 100).unwrap_or(u32::MAX).max(1)
}

/// Whether the group's own maintenance policy has successors launched before anything is terminated.
#[must_use]
pub fn launches_first(group: &GroupFacts) -> bool {
    group.min_healthy_percent.is_some_and(|least| least >= 100)
        && group.max_healthy_percent.is_some_and(|most| most > 100)
}

/// Refuses a maximum lifetime by which the group would fall below its floor at once. What becomes of the capacity, where
/// it holds.
///
/// # Errors
/// [`Guard::Floor`]; [`Guard::Known`] where there is no such group.
pub fn burns(situation: &Situation, rules: &Rules, name: &str, lifetime_s: u32) -> Result<Capacity, Refusal> {
    let Some(group) = situation.groups.get(name) else {
        let reason = format!("there is no group {name} in {}", situation.scope);
        let next = "Check its name, account and region.".to_owned();
        return Err(Refusal { guard: Guard::Known, reason, next });
    };
    let before = situation.healthy_units(name);
    let aged = aged(situation, group, lifetime_s);
    let mut healthy: Vec<u32> =
        aged.iter().filter(|one| situation.healthy(name, &one.server)).map(|one| one.units).collect();
    healthy.sort_unstable_by(|one, other| other.cmp(one));
    let together = usize::try_from(burned_together(group)).unwrap_or(usize::MAX);
    let goes = healthy.iter().take(together).copied().fold(0, u32::saturating_add);
    // Its maintenance policy holds here too; but one at a time always goes.
    let one = healthy.first().copied().unwrap_or(0);
    let kept = share(group.desired, group.min_healthy_percent.unwrap_or(0)).min(before.saturating_sub(one));
    let lowest = if launches_first(group) { before } else { before.saturating_sub(goes).max(kept) };
    let floor = floor(group, group.desired, rules);
    Guard::Floor.demand(lowest >= floor || goes == 0 || launches_first(group), || {
        let reason = format!(
            "Auto Scaling would burn {} of the group {name} at once, which would fall to {}, its floor is {floor}",
            aged.first().map_or("", |one| &one.server),
            count(group, lowest)
        );
        let next = "Replace the servers that are too old one by one first, or give the group a maintenance policy that \
                    launches first (at least 100 %, at most 110 % healthy).";
        (reason, next.to_owned())
    })?;
    let after = before;
    Ok(Capacity { group: name.to_owned(), before, lowest, after, floor, desired: group.desired })
}

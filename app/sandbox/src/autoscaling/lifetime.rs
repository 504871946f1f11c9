//! The maximum instance lifetime: servers that have been in service for so long are replaced, as the group's
//! maintenance policy says; so are unhealthy ones where that policy wants their successors first.

use jiff::Timestamp;

use super::{capacity, health, reconcile};
use crate::world::{
    World,
    activity::Why,
    group::{Group, Process},
    membership::Lifecycle,
};

/// At most so many percent of a group are replaced together because of their age (Auto Scaling's user guide, "Replace
/// Auto Scaling instances based on maximum instance lifetime").
const TOGETHER_PERCENT: u64 = 10;

/// Whether a successor is in service before a server is taken out: the policy is 'launch before terminating'.
pub(super) fn launches_first(group: &Group) -> bool {
    group.maintenance.is_some_and(|(least, most)| least >= 100 && most > 100)
}

/// A server that is to be replaced.
struct Due {
    slot: u32,
    units: u32,
    why: Why,
    /// When it entered service: the oldest goes first.
    since: i64,
    healthy: bool,
}

/// The servers of a group that are to be replaced, the unhealthy first, then the oldest.
fn due(world: &World, scope: usize, group: u32, now: Timestamp) -> Vec<Due> {
    let place = world.scope_at(scope);
    let it = &place.groups[group as usize];
    let ailing_wait = launches_first(it) && !it.is_suspended(Process::ReplaceUnhealthy);
    let lifetime_s = it.max_instance_lifetime_s.map(i64::from);
    if lifetime_s.is_none() && !ailing_wait {
        return Vec::new();
    }
    let mut due: Vec<Due> = it
        .members
        .iter()
        .filter_map(|&slot| {
            let membership = place.servers[slot as usize].membership.as_ref()?;
            let since = membership.in_service_at.filter(|_| membership.lifecycle == Lifecycle::InService)?.as_second();
            let why = match (membership.ailment, lifetime_s) {
                (Some(ailment), _) if ailing_wait => health::why(ailment),
                (None, Some(most)) if since.saturating_add(most) <= now.as_second() => {
                    if membership.protected_from_scale_in {
                        return None;
                    }
                    Why::Lifetime
                }
                _ => return None,
            };
            Some(Due { slot, units: membership.units(), why, since, healthy: membership.is_healthy() })
        })
        .collect();
    due.sort_by_key(|one| (one.healthy, one.since, one.slot));
    due
}

/// Replaces what is due. Whether anything was done, and how many units above the desired capacity wait to take over.
pub(super) fn replace(world: &mut World, scope: usize, group: u32, now: Timestamp) -> (bool, u32) {
    let it = &world.scope_at(scope).groups[group as usize];
    // A refresh replaces them all anyway, and knows how many at a time.
    if it.rolling.is_some() || it.is_suspended(Process::Terminate) || it.is_suspended(Process::Launch) {
        return (false, 0);
    }
    let due = due(world, scope, group, now);
    if due.is_empty() {
        return (false, 0);
    }
    let it = &world.scope_at(scope).groups[group as usize];
    let desired = u64::from(it.desired);
    let together = u32::try_from(desired * TOGETHER_PERCENT / 100).unwrap_or(u32::MAX).max(1);
    if launches_first(it) {
        let most = it.maintenance.map_or(100, |(_, most)| u64::from(most));
        let above = u32::try_from(desired * (most - 100) / 100).unwrap_or(u32::MAX).max(1).min(together);
        return launch_first(world, scope, group, &due, above, now);
    }
    let least = it.maintenance.map_or(0, |(least, _)| u64::from(least));
    let floor = u32::try_from((desired * least).div_ceil(100)).unwrap_or(u32::MAX);
    (terminate_first(world, scope, group, &due, together, floor, now), 0)
}

/// Takes out the oldest, as long as not too many are missing.
fn terminate_first(
    world: &mut World,
    scope: usize,
    group: u32,
    due: &[Due],
    together: u32,
    floor: u32,
    now: Timestamp,
) -> bool {
    let standing = capacity::standing(world, scope, group, now);
    let mut serving = standing.serving;
    let mut changed = false;
    for one in due {
        let missing = standing.desired.saturating_sub(serving);
        let left = serving.saturating_sub(one.units);
        // One at a time may always go, or a small group would never get younger.
        if missing > 0 && (missing.saturating_add(one.units) > together || left < floor) {
            break;
        }
        changed |= capacity::take_out(world, scope, group, one.slot, one.why, now).is_some();
        serving = left;
    }
    changed
}

/// Launches successors first, and takes out what is due as soon as they have warmed up.
fn launch_first(world: &mut World, scope: usize, group: u32, due: &[Due], above: u32, now: Timestamp) -> (bool, u32) {
    let mut changed = false;
    let standing = capacity::standing(world, scope, group, now);
    let mut warmed_up = standing.warmed_up;
    let mut left: u32 = due.iter().fold(0, |sum, one| sum.saturating_add(one.units));
    // A whole server has to fit above, or the heaviest of a group could never be replaced.
    let above = due.iter().map(|one| one.units).fold(above, u32::max);
    let mut counted = standing.counted();
    for one in due {
        let loss = if one.healthy { one.units } else { 0 };
        if counted.saturating_sub(one.units) < standing.desired || warmed_up.saturating_sub(loss) < standing.desired {
            break;
        }
        capacity::take_out(world, scope, group, one.slot, one.why, now);
        // Its successor is there already.
        let it = &mut world.scope_at_mut(scope).groups[group as usize];
        it.owed = it.owed.saturating_sub(1);
        warmed_up = warmed_up.saturating_sub(loss);
        counted = counted.saturating_sub(one.units);
        left = left.saturating_sub(one.units);
        changed = true;
    }
    let wanted = standing.desired.saturating_add(above.min(left));
    while counted < wanted && reconcile::may_launch(world, scope, group, now) {
        changed = true;
        let Some(server) = capacity::launch(world, scope, group, Why::Lifetime, None, now) else { break };
        let units = capacity::units(world, scope, server);
        counted = counted.saturating_add(units);
    }
    (changed, above.min(left))
}

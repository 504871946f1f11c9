//! How a group keeps what it wants: it looks over its servers, takes out the unhealthy and the old, launches what is
//! missing, ends what is too much, keeps its warm pool and the balance of its zones. A process that is suspended
//! stands still.

use jiff::Timestamp;

use super::{capacity, health, lifetime, surplus, warm};
use crate::world::{
    Scope, World,
    activity::Why,
    group::{Life, Process},
    membership::Lifecycle,
    server::ServerState,
};

/// Activities are told for six weeks.
pub(super) const TOLD_S: i64 = 42 * 86_400;

/// Lets a group look after itself. Whether it did anything.
pub(super) fn reconcile(world: &mut World, scope: usize, group: u32, now: Timestamp) -> bool {
    forget(world, scope, group, now);
    match world.scope_at(scope).groups[group as usize].life {
        Life::Gone => return false,
        Life::Ending => return wind_up(world, scope, group, now),
        Life::Alive => (),
    }
    if is_calm(world.scope_at(scope), group, now) {
        return false;
    }
    let mut changed = health::look(world, scope, group, now);
    changed |= health::replace(world, scope, group, now);
    // Servers that are replaced may stand beside their successors for a while.
    let (replaced, surge) = lifetime::replace(world, scope, group, now);
    changed |= replaced;
    let grown = scale_out(world, scope, group, now);
    let shrunk = surplus::scale_in(world, scope, group, surge, now);
    if !grown && !shrunk {
        forget_request(world, scope, group, now);
    }
    changed |= grown || shrunk;
    changed |= warm::keep(world, scope, group, now);
    changed |= surplus::balance(world, scope, group, now);
    changed
}

/// Whether a glance shows that there is nothing to do: nearly always, so this one pass is all that a look costs then.
fn is_calm(place: &Scope, group: u32, now: Timestamp) -> bool {
    let it = &place.groups[group as usize];
    if it.request.is_some() || it.owed > 0 || it.rolling.is_some() || !warm::is_calm(place, it) {
        return false;
    }
    let expired_before =
        it.max_instance_lifetime_s.map_or(i64::MIN, |most| now.as_second().saturating_sub(most.into()));
    // No region has more zones.
    let mut zones = [0_u32; 8];
    let mut counted = 0_u32;
    for &slot in &it.members {
        let server = &place.servers[slot as usize];
        let Some(membership) = &server.membership else { return false };
        let serves = membership.lifecycle == Lifecycle::InService
            && membership.is_healthy()
            && !server.never_works
            && server.state == ServerState::Running
            && membership.in_service_at.is_some_and(|at| server.started <= at && at.as_second() > expired_before);
        let Some(zone) = zones.get_mut(usize::from(server.zone)).filter(|_| serves) else { return false };
        *zone += 1;
        counted = counted.saturating_add(membership.units());
    }
    let own = it.zones.iter().filter_map(|zone| zones.get(usize::from(*zone)).copied());
    let balanced = own.clone().max().unwrap_or(0).saturating_sub(own.clone().min().unwrap_or(0)) <= 1
        && own.sum::<u32>() as usize == it.members.len();
    counted == it.desired && balanced
}

/// Drops activities that are told no longer.
fn forget(world: &mut World, scope: usize, group: u32, now: Timestamp) {
    let it = &mut world.scope_at_mut(scope).groups[group as usize];
    let oldest = now.as_second().saturating_sub(TOLD_S);
    while it.activities.back().is_some_and(|one| one.status.is_over() && one.start.as_second() < oldest) {
        it.activities.pop_back();
    }
}

/// Takes out all servers of a group that is deleted; it is gone when they are.
fn wind_up(world: &mut World, scope: usize, group: u32, now: Timestamp) -> bool {
    let it = &world.scope_at(scope).groups[group as usize];
    let servers: Vec<u32> = it.members.iter().chain(&it.warm).copied().collect();
    if servers.is_empty() {
        world.scope_at_mut(scope).groups[group as usize].life = Life::Gone;
        return true;
    }
    let mut changed = false;
    for server in servers {
        changed |= capacity::take_out(world, scope, group, server, Why::Deleted, now).is_some();
    }
    changed
}

/// What was asked for is no cause of what comes later, once the group has become what it can become.
fn forget_request(world: &mut World, scope: usize, group: u32, now: Timestamp) {
    let standing = capacity::standing(world, scope, group, now);
    let it = &mut world.scope_at_mut(scope).groups[group as usize];
    if standing.pending == 0 && standing.counted() >= standing.desired && !it.is_suspended(Process::Terminate) {
        it.request = None;
    }
}

/// Whether the group may launch now.
pub(super) fn may_launch(world: &World, scope: usize, group: u32, now: Timestamp) -> bool {
    let it = &world.scope_at(scope).groups[group as usize];
    !it.is_suspended(Process::Launch) && it.retry_at.is_none_or(|at| at <= now)
}

/// Launches what is missing to the desired capacity.
fn scale_out(world: &mut World, scope: usize, group: u32, now: Timestamp) -> bool {
    let standing = capacity::standing(world, scope, group, now);
    let (from, to) = (standing.counted(), standing.desired);
    if from >= to {
        world.scope_at_mut(scope).groups[group as usize].owed = 0;
        return false;
    }
    let (mut counted, mut changed) = (from, false);
    while counted < to && may_launch(world, scope, group, now) {
        let it = &mut world.scope_at_mut(scope).groups[group as usize];
        let why = if it.owed > 0 { Why::Replacement } else { Why::Shortage { from, to } };
        it.owed = it.owed.saturating_sub(1);
        changed = true;
        let launched =
            warm::draw(world, scope, group, why, now).or_else(|| capacity::launch(world, scope, group, why, None, now));
        let Some(server) = launched else { break };
        let units = capacity::units(world, scope, server);
        counted = counted.saturating_add(units);
    }
    changed
}

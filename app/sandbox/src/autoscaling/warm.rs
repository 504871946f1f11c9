//! Warm pools: servers that were booted once and now wait, stopped, running or hibernated, beside their group.

use jiff::Timestamp;

use super::{
    capacity,
    life::{Step, lifecycle},
    orders, reconcile,
};
use crate::{
    ec2,
    events::Event,
    world::{
        Scope, World,
        activity::{Cause, Deed, Status, Why},
        group::{Group, Process, WarmPool},
        membership::Lifecycle,
        server::{Ended, ServerState},
    },
};

/// How many servers the pool of a group should hold: what the group could still grow by, up to its maximum or to
/// `MaxGroupPreparedCapacity`, and never fewer than `MinSize`.
pub(super) fn size(group: &Group, pool: &WarmPool) -> usize {
    if pool.ending {
        return 0;
    }
    let prepared = pool.max_prepared.unwrap_or(group.max).saturating_sub(group.desired);
    usize::try_from(prepared.max(pool.min)).unwrap_or(usize::MAX)
}

/// Where a server of the pool rests.
fn resting(pool: &WarmPool) -> Lifecycle {
    match &*pool.state {
        "Running" => Lifecycle::WarmedRunning,
        "Hibernated" => Lifecycle::WarmedHibernated,
        _ => Lifecycle::WarmedStopped,
    }
}

/// Whether a group's pool, if it has one, is as it should be.
pub(super) fn is_calm(place: &Scope, group: &Group) -> bool {
    let Some(pool) = &group.warm_pool else { return group.warm.is_empty() };
    let rests = |slot: &u32| {
        let server = &place.servers[*slot as usize];
        server.is_alive() && server.membership.as_ref().is_some_and(|one| one.lifecycle == resting(pool))
    };
    !pool.ending && group.warm.len() == size(group, pool) && group.warm.iter().all(rests)
}

/// Launches into the pool what it lacks, and ends what it has too many of.
pub(super) fn keep(world: &mut World, scope: usize, group: u32, now: Timestamp) -> bool {
    let place = world.scope_at(scope);
    let it = &place.groups[group as usize];
    let Some(pool) = &it.warm_pool else { return false };
    let wanted = size(it, pool);
    let mut changed = false;
    let (mut held, mut lost) = (Vec::new(), Vec::new());
    for &slot in &it.warm {
        let server = &place.servers[slot as usize];
        match server.membership.as_ref().map(|membership| membership.lifecycle) {
            Some(Lifecycle::WarmedTerminating) => (),
            Some(_) if server.is_alive() => held.push(slot),
            _ => lost.push(slot),
        }
    }
    if it.warm.is_empty() && pool.ending {
        world.scope_at_mut(scope).groups[group as usize].warm_pool = None;
        return true;
    }
    let terminates = pool.ending || !it.is_suspended(Process::Terminate);
    for slot in lost {
        changed |= capacity::take_out(world, scope, group, slot, Why::NotRunning, now).is_some();
        let it = &mut world.scope_at_mut(scope).groups[group as usize];
        it.owed = it.owed.saturating_sub(1);
    }
    while terminates && held.len() > wanted {
        let slot = held.remove(0);
        changed |= capacity::take_out(world, scope, group, slot, Why::WarmPool, now).is_some();
    }
    let mut count = held.len();
    while count < wanted && reconcile::may_launch(world, scope, group, now) {
        let zones = orders::zones(world.scope_at(scope), &world.scope_at(scope).groups[group as usize]);
        // Spread over the zones as the pool grows.
        let mut turned = zones;
        let by = count % turned.len().max(1);
        turned.rotate_left(by);
        let warmed = Lifecycle::WarmedPending;
        changed = true;
        if capacity::launch_into(world, scope, group, Why::WarmPool, None, &turned, warmed, now).is_err() {
            break;
        }
        count += 1;
    }
    changed
}

/// A server that was launched into the pool, or came back to it, works, and is brought to rest.
pub(super) fn settle(world: &mut World, scope: usize, group: u32, server: u32, now: Timestamp) {
    let it = &world.scope_at(scope).groups[group as usize];
    let runs = it.warm_pool.as_ref().is_some_and(|pool| resting(pool) == Lifecycle::WarmedRunning);
    if runs {
        rest(world, scope, group, server, now);
    } else {
        ec2::lifecycle::stop(world, scope, server, now, Ended::stopped_by_user(now));
        world.schedule_in(now, REST_S, Event::Group { scope, group, step: Step::Rest { server } });
    }
}

/// From the order to stop a server until it rests in the pool, in seconds.
const REST_S: u32 = 40;

/// A server of the pool rests from now on.
pub(super) fn rest(world: &mut World, scope: usize, group: u32, server: u32, now: Timestamp) -> bool {
    if lifecycle(world, scope, group, server) != Some(Lifecycle::WarmedPending) {
        return false;
    }
    let place = world.scope_at(scope);
    let Some(pool) = &place.groups[group as usize].warm_pool else { return false };
    let state = resting(pool);
    capacity::enter(world, scope, server, state, now);
    let place = world.scope_at_mut(scope);
    if let Some(membership) = &place.servers[server as usize].membership {
        place.groups[group as usize].finish(membership.activity, Status::Successful, None, now);
    }
    true
}

/// A start from the pool takes this part of the first boot, which did the work: user data runs at the first boot alone.
const WARM_START_PART: u32 = 4;

/// Draws a server from the pool into the group. Its slot; none if none is ready.
pub(super) fn draw(world: &mut World, scope: usize, group: u32, why: Why, now: Timestamp) -> Option<u32> {
    let place = world.scope_at(scope);
    let it = &place.groups[group as usize];
    let ready = |slot: &&u32| {
        let known = &place.servers[**slot as usize];
        matches!(
            (known.membership.as_ref().map(|membership| membership.lifecycle), known.state),
            (Some(Lifecycle::WarmedStopped | Lifecycle::WarmedHibernated), ServerState::Stopped)
                | (Some(Lifecycle::WarmedRunning), ServerState::Running)
        )
    };
    let server = *it.warm.iter().find(ready)?;
    let request = matches!(why, Why::Shortage { .. }).then(|| it.request.clone()).flatten();
    let place = world.scope_at_mut(scope);
    let it = &mut place.groups[group as usize];
    it.warm.retain(|slot| *slot != server);
    it.members.push(server);
    capacity::enter(world, scope, server, Lifecycle::Pending, now);
    capacity::begin(world, scope, group, server, Deed::LaunchWarm, Cause { request, why }, now);
    let known = &mut world.scope_at_mut(scope).servers[server as usize];
    if known.state == ServerState::Stopped {
        // It must at least get through pending.
        known.boot_s = (known.boot_s / WARM_START_PART).max(20);
        ec2::lifecycle::start(world, scope, server, now);
    }
    let place = world.scope_at(scope);
    let at = capacity::arrives_at(&place.groups[group as usize], &place.servers[server as usize], now);
    world.schedule(at, Event::Group { scope, group, step: Step::Arrive { server } });
    Some(server)
}

/// Takes a server that the group has too many back into the pool, if the pool wants it. Whether it does.
pub(super) fn take_back(world: &mut World, scope: usize, group: u32, server: u32, why: Why, now: Timestamp) -> bool {
    let place = world.scope_at_mut(scope);
    let it = &mut place.groups[group as usize];
    let wants = it.warm_pool.as_ref().is_some_and(|pool| pool.reuse && it.warm.len() < size(it, pool));
    if !wants || place.servers[server as usize].state != ServerState::Running {
        return false;
    }
    let request = it.request.clone();
    it.members.retain(|slot| *slot != server);
    it.warm.push(server);
    it.scaled_at = Some(now);
    if let Some(membership) = &mut place.servers[server as usize].membership {
        // What counts from entering service counts anew when it comes back.
        membership.in_service_at = None;
    }
    capacity::enter(world, scope, server, Lifecycle::WarmedPending, now);
    capacity::begin(world, scope, group, server, Deed::Return, Cause { request, why }, now);
    settle(world, scope, group, server, now);
    true
}

//! The strategy that replaces root volumes: servers leave service for some minutes and come back with another image.
//! One whose replacement fails is replaced itself ("Replace root volumes during instance refresh" in the Auto Scaling
//! user guide).

use super::{
    plan,
    replace::{limits, mind_blocked},
    seat::Seat,
    wanted,
};
use crate::{
    autoscaling::capacity,
    ec2::root_replacement::{self, Order},
    world::{
        World,
        activity::Why,
        membership::Lifecycle,
        refresh::Updating,
        volume::{ReplacementState, RootSource},
    },
};

/// Replaces the roots that can be replaced now.
pub(super) fn replace(world: &mut World, seat: Seat) {
    while let Some(roster) = seat.roster(world)
        && let Some(slot) = plan::next_root(&limits(world, seat, roster.refresh()), &roster.members())
    {
        begin(world, seat, slot);
    }
    mind_blocked(world, seat);
}

/// Begins to replace a server's root, or replaces the server if that can't be done.
fn begin(world: &mut World, seat: Seat, slot: u32) {
    let Some(roster) = seat.roster(world) else { return };
    let place = world.scope_at(seat.scope);
    let server = &place.servers[slot as usize];
    let root = wanted::root(world, place, roster.target(), server)
        .filter(|(image, _)| root_replacement::check(world, place, server, RootSource::Image(*image)).is_ok());
    seat.change(world, |refresh| {
        refresh.work.old.remove(&slot);
    });
    let Some((image, launched_by)) = root else {
        swap(world, seat, slot);
        return;
    };
    let order = Order { server: slot, source: RootSource::Image(image), delete_replaced: true, tags: [].into() };
    let task = root_replacement::begin(world, seat.scope, order, seat.now);
    capacity::enter(world, seat.scope, slot, Lifecycle::ReplacingRootVolume, seat.now);
    let image = world.images[image as usize].id;
    seat.change(world, |refresh| refresh.work.updating.push(Updating { server: slot, task, launched_by, image }));
}

/// Another server takes this one's place.
fn swap(world: &mut World, seat: Seat, slot: u32) {
    capacity::take_out(world, seat.scope, seat.group, slot, Why::Refresh, seat.now);
    if seat.refresh(world).is_some() {
        capacity::launch(world, seat.scope, seat.group, Why::Refresh, None, seat.now);
    }
}

/// Brings back the servers whose roots are replaced and that work, and gives up those where that failed.
pub(super) fn settle(world: &mut World, seat: Seat) {
    let refresh = seat.group(world).refreshes.iter().find(|refresh| refresh.id == seat.id);
    let updating = refresh.map_or_else(Vec::new, |refresh| refresh.work.updating.clone());
    let done: Vec<u32> =
        updating.into_iter().filter(|one| is_settled(world, seat, one)).map(|one| one.server).collect();
    if done.is_empty() {
        return;
    }
    seat.change(world, |refresh| refresh.work.updating.retain(|one| !done.contains(&one.server)));
    // What it came back with may be overtaken, or a rollback may want it back as it was.
    let Some(roster) = seat.roster(world) else { return };
    let again: Vec<u32> = done.into_iter().filter(|slot| roster.stays(*slot) && !roster.is_as_wanted(*slot)).collect();
    seat.change(world, |refresh| refresh.work.old.extend(again));
}

/// Whether nothing more will come of a replacement.
fn is_settled(world: &mut World, seat: Seat, one: &Updating) -> bool {
    let place = world.scope_at_mut(seat.scope);
    let state = place.root_replacements[one.task as usize].state;
    let server = &mut place.servers[one.server as usize];
    let ready_at = server.ready_at();
    let Some(membership) = server.membership.as_mut().filter(|membership| membership.lifecycle.is_replacing()) else {
        return true;
    };
    match state {
        ReplacementState::Pending | ReplacementState::InProgress | ReplacementState::Failing => false,
        ReplacementState::Failed(_) => {
            swap(world, seat, one.server);
            true
        }
        ReplacementState::Succeeded(_) => {
            if membership.lifecycle == Lifecycle::ReplacingRootVolume {
                membership.launched_by = one.launched_by.clone();
                membership.image = Some(one.image);
                membership.enter(Lifecycle::RootVolumeReplaced, seat.now);
            }
            let works = ready_at <= seat.now;
            if works {
                membership.enter(Lifecycle::InService, seat.now);
            }
            works
        }
    }
}

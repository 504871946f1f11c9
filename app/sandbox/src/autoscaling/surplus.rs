//! Scaling in: which server goes when there are too many; and the balance of the zones.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{capacity, orders, reconcile, warm};
use crate::world::{
    Scope, World,
    activity::Why,
    group::{Group, Launch, Process},
    membership::{LaunchedBy, Lifecycle, Membership},
    server::Server,
};

/// A server that may go.
struct Candidate {
    slot: u32,
    units: u32,
    zone: u8,
    unhealthy: bool,
    /// What the group's policies order by: the smallest goes.
    key: Vec<i64>,
}

fn candidates(place: &Scope, group: &Group) -> Vec<Candidate> {
    let candidate = |slot: u32| {
        let server: &Server = &place.servers[slot as usize];
        let membership = server.membership.as_ref()?;
        if membership.lifecycle != Lifecycle::InService || membership.protected_from_scale_in {
            return None;
        }
        Some(Candidate {
            slot,
            units: membership.units(),
            zone: server.zone,
            unhealthy: !membership.is_healthy(),
            key: key(group, server, membership),
        })
    };
    group.members.iter().filter_map(|&slot| candidate(slot)).collect()
}

/// What orders servers by the group's termination policies in turn (Auto Scaling's user guide, "Configure termination
/// policies").
fn key(group: &Group, server: &Server, membership: &Membership) -> Vec<i64> {
    let launched = server.born.as_second();
    // What a configuration launched goes before what a template did, and older ones before newer.
    let by = match membership.launched_by {
        LaunchedBy::Configuration(slot) => [0, i64::from(slot)],
        LaunchedBy::Attached => [1, 0],
        LaunchedBy::Template(_, number) => [1, i64::from(number)],
    };
    // The hour began with the launch.
    let hour = launched.rem_euclid(3_600);
    let mut key = Vec::new();
    for policy in &group.termination_policies {
        match &**policy {
            "OldestInstance" => key.push(launched),
            "NewestInstance" => key.push(launched.saturating_neg()),
            "OldestLaunchTemplate" | "OldestLaunchConfiguration" => key.extend(by),
            "ClosestToNextInstanceHour" => key.push(hour),
            // Default, and AllocationStrategy, where all pools are as good here.
            _ => key.extend([by[0], by[1], hour]),
        }
    }
    key
}

/// How many servers that count each zone has. No region has more zones.
fn zone_counts(place: &Scope, group: &Group) -> [usize; 8] {
    let mut counts = [0; 8];
    for zone in 0..8_u8 {
        counts[usize::from(zone)] = orders::servers_in(place, group, zone);
    }
    counts
}

/// The candidate that goes first: of the zone with the most servers, zones that the group has left before all others.
fn first_to_go(group: &Group, candidates: &[Candidate], counts: &[usize; 8], most_units: u32) -> Option<usize> {
    let fits = |at: &usize| candidates[*at].units <= most_units;
    let fullest = |zone: u8| (!group.zones.contains(&zone), counts[usize::from(zone) % 8], Reverse(zone));
    (0..candidates.len()).filter(fits).min_by_key(|&at| {
        let one = &candidates[at];
        (Reverse(fullest(one.zone)), !one.unhealthy, &one.key, one.slot)
    })
}

/// Ends what is above the desired capacity, but for `surge` units that stand in for others for now. Only servers in
/// service count for it: what is pending is no reason yet to end what serves.
pub(super) fn scale_in(world: &mut World, scope: usize, group: u32, surge: u32, now: Timestamp) -> bool {
    let place = world.scope_at(scope);
    let it = &place.groups[group as usize];
    if it.is_suspended(Process::Terminate) {
        return false;
    }
    let standing = capacity::standing(world, scope, group, now);
    let rolling = it.rolling.as_ref().map_or(0, |rolling| rolling.surge);
    let wanted = standing.desired.saturating_add(surge).saturating_add(rolling);
    let from = standing.serving.saturating_add(standing.unhealthy);
    if from <= wanted {
        return false;
    }
    let mut candidates = candidates(place, it);
    let mut counts = zone_counts(place, it);
    let (mut in_service, mut changed) = (from, false);
    let why = Why::Surplus { from, to: standing.desired };
    loop {
        let it = &world.scope_at(scope).groups[group as usize];
        let Some(at) = first_to_go(it, &candidates, &counts, in_service.saturating_sub(wanted)) else { break };
        let gone = candidates.swap_remove(at);
        let count = &mut counts[usize::from(gone.zone) % 8];
        *count = count.saturating_sub(1);
        if !warm::take_back(world, scope, group, gone.slot, why, now) {
            capacity::take_out(world, scope, group, gone.slot, why, now);
        }
        in_service = in_service.saturating_sub(gone.units.max(1));
        changed = true;
    }
    changed
}

/// Launches into the emptiest zone where the zones are out of balance; scaling in then takes from the fullest.
pub(super) fn balance(world: &mut World, scope: usize, group: u32, now: Timestamp) -> bool {
    let place = world.scope_at(scope);
    let it = &place.groups[group as usize];
    let standing = capacity::standing(world, scope, group, now);
    let calm = standing.counted() == standing.desired && standing.pending == 0 && standing.leaving == 0;
    if !calm || it.rolling.is_some() || it.is_suspended(Process::AzRebalance) || it.is_suspended(Process::Terminate) {
        return false;
    }
    let zones = orders::zones(place, it);
    let Some(&emptiest) = zones.first() else { return false };
    let least = orders::servers_in(place, it, emptiest);
    let movable = candidates(place, it);
    let unbalanced = movable
        .iter()
        .any(|one| !it.zones.contains(&one.zone) || orders::servers_in(place, it, one.zone) > least.saturating_add(1));
    // A weight may not fit, and then the newcomer would be the one to go.
    let uniform = matches!(it.launch, Launch::Template(..) | Launch::Configuration(_)) || !it.is_weighted();
    if !unbalanced || !uniform || !reconcile::may_launch(world, scope, group, now) {
        return false;
    }
    let only = [emptiest];
    // A refusal is told by its activity.
    let _launched = capacity::launch_into(world, scope, group, Why::Balance, None, &only, Lifecycle::Pending, now);
    true
}

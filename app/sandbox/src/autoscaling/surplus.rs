//! Scaling in: which server goes when there are too many; and the balance of the zones.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{capacity, orders, reconcile, warm};
use crate::world::{
    Scope, World,
    activity::Why,
    group::{Group, Launch, Process},
    membership::{LaunchedBy, Lifecycle},
    server::Server,
};

/// A server that may go.
struct Candidate {
    slot: u32,
    units: u32,
    zone: u8,
    unhealthy: bool,
    /// Whether it was launched by a configuration, which goes before templates.
    by_configuration: bool,
    /// How far from the newest its template's version is, the farthest first.
    version: Reverse<u32>,
    launched: i64,
}

fn candidates(place: &Scope, group: &Group) -> Vec<Candidate> {
    let candidate = |slot: u32| {
        let server: &Server = &place.servers[slot as usize];
        let membership = server.membership.as_ref()?;
        if membership.lifecycle != Lifecycle::InService || membership.protected_from_scale_in {
            return None;
        }
        let (by_configuration, version) = match membership.launched_by {
            LaunchedBy::Configuration(slot) => (true, slot),
            LaunchedBy::Template(_, number) => (false, number),
            LaunchedBy::Attached => (false, 0),
        };
        Some(Candidate {
            slot,
            units: membership.units(),
            zone: server.zone,
            unhealthy: !membership.is_healthy(),
            by_configuration,
            version: Reverse(u32::MAX - version),
            launched: server.born.as_second(),
        })
    };
    group.members.iter().filter_map(|&slot| candidate(slot)).collect()
}

/// The candidate that goes first: of the zone with the most servers, by the group's termination policies in turn
/// (Auto Scaling's user guide, "Configure termination policies").
fn first_to_go(place: &Scope, group: &Group, candidates: &[Candidate], most_units: u32) -> Option<usize> {
    let fitting: Vec<usize> = (0..candidates.len()).filter(|&at| candidates[at].units <= most_units).collect();
    let in_zone = |zone: u8| orders::servers_in(place, group, zone);
    let mut zones: Vec<u8> = fitting.iter().map(|&at| candidates[at].zone).collect();
    zones.sort_unstable();
    zones.dedup();
    // Zones that the group has left come first, then the fullest.
    let zone = zones.into_iter().max_by_key(|zone| (!group.zones.contains(zone), in_zone(*zone), Reverse(*zone)))?;
    fitting.into_iter().filter(|&at| candidates[at].zone == zone).min_by_key(|&at| {
        let one = &candidates[at];
        (!one.unhealthy, key(group, one), one.slot)
    })
}

/// What orders candidates by the group's policies: the smallest goes.
fn key(group: &Group, one: &Candidate) -> Vec<i64> {
    let version = i64::from(u32::MAX - one.version.0);
    let mut key = Vec::new();
    for policy in &group.termination_policies {
        match &**policy {
            "OldestInstance" => key.push(one.launched),
            "NewestInstance" => key.push(one.launched.saturating_neg()),
            "OldestLaunchTemplate" => key.extend([i64::from(!one.by_configuration), version]),
            "OldestLaunchConfiguration" => key.extend([i64::from(!one.by_configuration), version]),
            // The hour began with the launch.
            "ClosestToNextInstanceHour" => key.push(one.launched.rem_euclid(3_600)),
            // Default, and AllocationStrategy, where all pools are as good here.
            _ => key.extend([i64::from(!one.by_configuration), version, one.launched.rem_euclid(3_600)]),
        }
    }
    key
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
    let (mut in_service, mut changed) = (from, false);
    let why = Why::Surplus { from, to: standing.desired };
    loop {
        let place = world.scope_at(scope);
        let it = &place.groups[group as usize];
        let Some(at) = first_to_go(place, it, &candidates, in_service.saturating_sub(wanted)) else { break };
        let gone = candidates.swap_remove(at);
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

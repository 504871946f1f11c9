//! Health checks: how a group finds out that a server is unhealthy, and what it does then.

use jiff::Timestamp;

use super::{capacity, life, lifetime};
use crate::world::{
    Scope, World,
    activity::Why,
    group::{Group, Process},
    membership::{Ailment, Lifecycle, Membership},
    server::{Server, ServerState},
};

/// What the checks say of a server of `group`.
fn check(group: &Group, server: &Server, membership: &Membership, now: Timestamp) -> Option<Ailment> {
    if !matches!(server.state, ServerState::Pending | ServerState::Running) {
        return Some(Ailment::NotRunning);
    }
    let served_at = membership.in_service_at?;
    // What worked when it entered service works on, unless it was started again.
    if !server.never_works && (server.started <= served_at || server.ready_at() <= now) {
        return None;
    }
    let grace_s = i64::from(group.grace_s);
    if served_at.max(server.started).as_second().saturating_add(grace_s) > now.as_second() {
        return None;
    }
    Some(if group.health_check == "ELB" && membership.registered { Ailment::Target } else { Ailment::Impaired })
}

/// Looks over the servers of a group. Whether one was found unhealthy.
pub(super) fn look(world: &mut World, scope: usize, group: u32, now: Timestamp) -> bool {
    let place = world.scope_at_mut(scope);
    let Scope { groups, servers, .. } = place;
    let it = &groups[group as usize];
    let looks = !it.is_suspended(Process::HealthCheck);
    let (mut changed, mut failed) = (false, Vec::new());
    for &slot in &it.members {
        let server = &servers[slot as usize];
        let Some(membership) = &server.membership else { continue };
        match membership.lifecycle {
            Lifecycle::InService if looks && membership.is_healthy() => {
                if let Some(ailment) = check(it, server, membership, now) {
                    changed = true;
                    if let Some(membership) = &mut servers[slot as usize].membership {
                        membership.ailment = Some(ailment);
                    }
                }
            }
            Lifecycle::Pending | Lifecycle::PendingWait
                if !matches!(server.state, ServerState::Pending | ServerState::Running) =>
            {
                failed.push((slot, server.ended.as_ref().map_or("Client.InternalError", |ended| ended.message)));
            }
            // Nobody asks how a server on standby does; one that is gone for good is no server.
            Lifecycle::Standby | Lifecycle::EnteringStandby | Lifecycle::Detaching
                if matches!(server.state, ServerState::Terminated | ServerState::Forgotten) =>
            {
                failed.push((slot, ""));
            }
            _ => (),
        }
    }
    changed |= !failed.is_empty();
    for (slot, reason) in failed {
        if reason.is_empty() {
            capacity::take_out(world, scope, group, slot, Why::NotRunning, now);
            continue;
        }
        let message = format!(
            "Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: {reason}"
        );
        life::give_up(world, scope, group, slot, message, now);
    }
    changed
}

/// Takes out the unhealthy servers of a group, but for those that wait for their successors first. Whether there were
/// any.
pub(super) fn replace(world: &mut World, scope: usize, group: u32, now: Timestamp) -> bool {
    let place = world.scope_at(scope);
    let it = &place.groups[group as usize];
    if it.is_suspended(Process::ReplaceUnhealthy) || it.is_suspended(Process::Terminate) {
        return false;
    }
    let waits = lifetime::launches_first(it);
    let ailing: Vec<(u32, Why)> = it
        .members
        .iter()
        .filter_map(|&slot| {
            let membership = place.servers[slot as usize].membership.as_ref()?;
            if membership.lifecycle != Lifecycle::InService {
                return None;
            }
            match membership.ailment? {
                Ailment::NotRunning => Some((slot, Why::NotRunning)),
                _ if waits => None,
                ailment => Some((slot, why(ailment))),
            }
        })
        .collect();
    let mut changed = false;
    for (slot, why) in ailing {
        changed |= capacity::take_out(world, scope, group, slot, why, now).is_some();
    }
    changed
}

/// The cause of taking out a server that has this.
pub(super) fn why(ailment: Ailment) -> Why {
    match ailment {
        Ailment::NotRunning => Why::NotRunning,
        Ailment::Impaired => Why::Impaired,
        Ailment::Target => Why::Target,
        Ailment::Told => Why::Told,
    }
}

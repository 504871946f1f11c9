//! Lifecycle hooks at work: a server waits until somebody says go on or give up, or until nobody has for too long.

use jiff::Timestamp;

use super::{capacity, life};
use crate::{
    events::{self, Event},
    world::{World, activity::Status, group::Wait, id, membership::Lifecycle},
};

/// The longest that a server waits, in seconds: 48 hours, or 100 times the heartbeat where that is less
/// (`GlobalTimeout` of DescribeLifecycleHooks).
pub(super) fn at_most_s(heartbeat_s: u32) -> u32 {
    heartbeat_s.saturating_mul(100).min(172_800)
}

/// Lets a server wait for the hooks that hold launches, or terminations. Whether there are any.
pub(super) fn begin(world: &mut World, scope: usize, group: u32, server: u32, launching: bool, now: Timestamp) -> bool {
    let place = world.scope_at_mut(scope);
    let it = &mut place.groups[group as usize];
    let server_id = place.servers[server as usize].id;
    let mut wake = Vec::new();
    for hook in it.hooks.iter().filter(|hook| hook.launching == launching) {
        let until = events::later(now, hook.heartbeat_s);
        it.waits.push(Wait {
            server,
            hook: hook.name.clone(),
            token: id::mix(server_id ^ it.begun ^ u64::from(launching)),
            until,
            at_most_until: events::later(now, at_most_s(hook.heartbeat_s)),
        });
        wake.push(until);
    }
    let waits = !wake.is_empty();
    if waits && let Some(membership) = &place.servers[server as usize].membership {
        it.go_on(membership.activity, Status::Hook);
    }
    for until in wake {
        world.schedule(until, Event::Group { scope, group, step: life::Step::Waited { server } });
    }
    waits
}

/// Lets a server wait for another heartbeat of its hook.
pub(super) fn prolong(world: &mut World, scope: usize, group: u32, server: u32, hook: &str, now: Timestamp) {
    let it = &mut world.scope_at_mut(scope).groups[group as usize];
    let heartbeat_s = it.hooks.iter().find(|known| *known.name == *hook).map_or(0, |known| known.heartbeat_s);
    let Some(wait) = it.waits.iter_mut().find(|wait| wait.server == server && *wait.hook == *hook) else { return };
    wait.until = events::later(now, heartbeat_s).min(wait.at_most_until);
    let until = wait.until;
    world.schedule(until, Event::Group { scope, group, step: life::Step::Waited { server } });
}

/// Ends the waits of a server whose time is over, each as its hook says.
pub(super) fn expire(world: &mut World, scope: usize, group: u32, server: u32, now: Timestamp) -> bool {
    let it = &world.scope_at(scope).groups[group as usize];
    let over = it.waits.iter().find(|wait| wait.server == server && wait.until <= now);
    let Some(wait) = over else { return false };
    let hook = it.hooks.iter().find(|hook| hook.name == wait.hook);
    // A hook that was deleted meanwhile holds nothing.
    let goes_on = hook.is_none_or(|hook| hook.goes_on);
    let name = wait.hook.clone();
    complete(world, scope, group, server, &name, goes_on, Some("Heartbeat Timeout"), now);
    // Several hooks may have the same heartbeat.
    expire(world, scope, group, server, now);
    true
}

/// Ends a server's wait for one hook: it goes on once no other hook holds it, or is given up. `timeout` is what is said
/// where nobody answered.
#[expect(clippy::too_many_arguments, reason = "one wait and how it ends")]
pub(super) fn complete(
    world: &mut World,
    scope: usize,
    group: u32,
    server: u32,
    hook: &str,
    goes_on: bool,
    timeout: Option<&str>,
    now: Timestamp,
) {
    let place = world.scope_at_mut(scope);
    let it = &mut place.groups[group as usize];
    let Some(at) = it.waits.iter().position(|wait| wait.server == server && *wait.hook == *hook) else { return };
    let wait = it.waits.remove(at);
    let Some(membership) = &place.servers[server as usize].membership else { return };
    let launching = membership.lifecycle == Lifecycle::PendingWait;
    if !goes_on && launching {
        let token = id::uuid(wait.token, 9);
        let why = timeout.unwrap_or("Lifecycle action result was ABANDON");
        let message = format!(
            "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {token} was abandoned: {why}"
        );
        life::give_up(world, scope, group, server, message, now);
        return;
    }
    // Giving up on a termination lets the server end at once.
    if !goes_on {
        it.waits.retain(|wait| wait.server != server);
    }
    if it.waits.iter().any(|wait| wait.server == server) {
        return;
    }
    if launching {
        life::serve(world, scope, group, server, now);
    } else {
        capacity::drain(world, scope, group, server, true, now);
    }
}

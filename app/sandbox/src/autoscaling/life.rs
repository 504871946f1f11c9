//! What happens to groups by themselves.

use jiff::Timestamp;

use super::{GROUP_TAG, capacity, reconcile, waits, warm};
use crate::{
    events::{self, Event},
    world::{
        World,
        activity::{Status, Why},
        group::{Life, Process},
        membership::Lifecycle,
        server::ServerState,
    },
};

/// What a group does next by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It looks after itself, as it does again and again.
    Tick,
    /// It looks after itself once more, since somebody changed it.
    Look,
    /// The server in this slot should work by now.
    Arrive { server: u32 },
    /// The server's time to wait for a hook is over.
    Waited { server: u32 },
    /// The server's target groups have let it go.
    Drained { server: u32 },
    /// The server should have ended by now.
    Leave { server: u32 },
    /// The server should rest in the warm pool by now.
    Rest { server: u32 },
    /// The server is on standby, or detached, by now.
    Aside { server: u32 },
}

impl Step {
    /// It in a line of the trace; `known` gives a server's id by its slot.
    pub(crate) fn tell(self, known: impl Fn(u32) -> String) -> String {
        match self {
            Step::Tick | Step::Look => "looked after itself".to_owned(),
            Step::Arrive { server } => format!("{} arrives", known(server)),
            Step::Waited { server } => format!("{} has waited", known(server)),
            Step::Drained { server } => format!("{} is drained", known(server)),
            Step::Leave { server } => format!("{} leaves", known(server)),
            Step::Rest { server } => format!("{} rests", known(server)),
            Step::Aside { server } => format!("{} steps aside", known(server)),
        }
    }
}

/// A group looks after itself so often, in seconds.
const TICK_S: u32 = 30;

/// Lets all groups look after themselves, from a minute or two after the opening on.
pub(crate) fn begin(world: &mut World, opened: Timestamp) {
    let mut first = Vec::new();
    for (scope, place) in world.scopes().enumerate() {
        for (group, it) in place.groups.iter().enumerate() {
            let mut dice = world.seed.dice(&["tick", &place.account, place.region.name, &it.name]);
            let after_s = u32::try_from(dice.between(60, 120)).unwrap_or(60);
            first.push((after_s, scope, u32::try_from(group).expect("a scope has fewer than u32::MAX groups")));
        }
    }
    for (after_s, scope, group) in first {
        world.schedule_in(opened, after_s, Event::Group { scope, group, step: Step::Tick });
    }
}

/// Lets a group look after itself soon, and from then on again and again if it is new.
pub(super) fn wake(world: &mut World, scope: usize, group: u32, step: Step, now: Timestamp) {
    // Auto Scaling acts on a call within seconds.
    world.schedule_in(now, 3, Event::Group { scope, group, step });
}

/// Lets a group take a step. Whether anything came of it: a step that no longer fits what is does nothing.
pub(crate) fn happen(world: &mut World, scope: usize, group: u32, step: Step, now: Timestamp) -> bool {
    match step {
        Step::Tick => {
            let changed = reconcile::reconcile(world, scope, group, now);
            if world.scope_at(scope).groups[group as usize].life != Life::Gone {
                world.schedule_in(now, TICK_S, Event::Group { scope, group, step: Step::Tick });
            }
            changed
        }
        Step::Look => reconcile::reconcile(world, scope, group, now),
        Step::Arrive { server } => arrive(world, scope, group, server, now),
        Step::Waited { server } => waits::expire(world, scope, group, server, now),
        Step::Drained { server } => {
            let is = lifecycle(world, scope, group, server) == Some(Lifecycle::Terminating);
            if is {
                capacity::end(world, scope, group, server, now);
            }
            is
        }
        Step::Leave { server } => leave(world, scope, group, server, now),
        Step::Rest { server } => warm::rest(world, scope, group, server, now),
        Step::Aside { server } => aside(world, scope, group, server, now),
    }
}

/// Where a server is in the life cycle of this group.
pub(super) fn lifecycle(world: &World, scope: usize, group: u32, server: u32) -> Option<Lifecycle> {
    let membership = world.scope_at(scope).servers[server as usize].membership.as_ref()?;
    (membership.group == group).then_some(membership.lifecycle)
}

/// A pending server works by now, or it never will.
fn arrive(world: &mut World, scope: usize, group: u32, server: u32, now: Timestamp) -> bool {
    let is = lifecycle(world, scope, group, server);
    if !matches!(is, Some(Lifecycle::Pending | Lifecycle::WarmedPending)) {
        return false;
    }
    let place = world.scope_at(scope);
    let (it, known) = (&place.groups[group as usize], &place.servers[server as usize]);
    if known.state == ServerState::Pending {
        // What it boots takes no longer than EC2 does to start it: it works as soon as it runs.
        world.schedule(events::later(now, 1), Event::Group { scope, group, step: Step::Arrive { server } });
        return false;
    }
    if known.state != ServerState::Running {
        // The group's next look finds out.
        return false;
    }
    if known.ready_at() > now {
        // It was started again meanwhile.
        let at = capacity::arrives_at(it, known, now);
        world.schedule(at, Event::Group { scope, group, step: Step::Arrive { server } });
        return false;
    }
    if known.never_works {
        let checks = if it.health_check == "ELB" { "ELB health checks" } else { "EC2 status checks" };
        give_up(world, scope, group, server, format!("Instance failed {checks} within the grace period"), now);
    } else if is == Some(Lifecycle::WarmedPending) {
        warm::settle(world, scope, group, server, now);
    } else if waits::begin(world, scope, group, server, true, now) {
        capacity::enter(world, scope, server, Lifecycle::PendingWait, now);
    } else {
        serve(world, scope, group, server, now);
    }
    true
}

/// A server enters service.
pub(super) fn serve(world: &mut World, scope: usize, group: u32, server: u32, now: Timestamp) {
    capacity::enter(world, scope, server, Lifecycle::InService, now);
    let place = world.scope_at_mut(scope);
    let it = &mut place.groups[group as usize];
    it.scaled_at = Some(now);
    if let Some(membership) = &mut place.servers[server as usize].membership {
        membership.registered = !it.is_suspended(Process::AddToLoadBalancer);
        it.finish(membership.activity, Status::Successful, None, now);
    }
}

/// A server that is pending will not come into service: its launch failed, and it is ended.
pub(super) fn give_up(world: &mut World, scope: usize, group: u32, server: u32, message: String, now: Timestamp) {
    let place = world.scope_at_mut(scope);
    let it = &mut place.groups[group as usize];
    if let Some(membership) = &place.servers[server as usize].membership {
        it.finish(membership.activity, Status::Failed, Some(message), now);
    }
    let why = if it.health_check == "ELB" { Why::Target } else { Why::NeverServed };
    capacity::take_out(world, scope, group, server, why, now);
}

/// A server on its way out has ended by now.
fn leave(world: &mut World, scope: usize, group: u32, server: u32, now: Timestamp) -> bool {
    if !lifecycle(world, scope, group, server).is_some_and(Lifecycle::is_leaving) {
        return false;
    }
    let state = world.scope_at(scope).servers[server as usize].state;
    if matches!(state, ServerState::Terminated | ServerState::Forgotten) {
        capacity::let_go(world, scope, group, server, now);
    } else {
        let later = events::later(now, 10);
        world.schedule(later, Event::Group { scope, group, step: Step::Leave { server } });
    }
    true
}

/// A server is on standby, or in no group, by now.
fn aside(world: &mut World, scope: usize, group: u32, server: u32, now: Timestamp) -> bool {
    match lifecycle(world, scope, group, server) {
        Some(Lifecycle::EnteringStandby) => {
            capacity::enter(world, scope, server, Lifecycle::Standby, now);
            let place = world.scope_at_mut(scope);
            if let Some(membership) = &place.servers[server as usize].membership {
                place.groups[group as usize].finish(membership.activity, Status::Successful, None, now);
            }
            true
        }
        Some(Lifecycle::Detaching) => {
            capacity::let_go(world, scope, group, server, now);
            let known = &mut world.scope_at_mut(scope).servers[server as usize];
            known.tags = known.tags.iter().filter(|tag| &*tag.key != GROUP_TAG).cloned().collect();
            true
        }
        _ => false,
    }
}

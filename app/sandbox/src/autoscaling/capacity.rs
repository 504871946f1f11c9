//! How a group's servers come and go. Whoever wants a group to have one more or one fewer, the group itself, a call or
//! an instance refresh, does it by [`launch`] and [`take_out`], and counts by [`standing`].
//!
//! A launch is an activity that goes on until its server works (`Server::ready_at`) and a launching hook let it pass:
//! the server is Pending until then, and InService after it. A server that never works makes its activity Failed and
//! is taken out. Taking out is an activity too: Terminating, Terminating:Wait with a hook, the target group's
//! draining, EC2's termination, and then the server is in no group.

use jiff::Timestamp;

use super::{life::Step, orders, waits};
use crate::{
    ec2::{
        launch::{self, Order},
        lifecycle,
    },
    events::{self, Event},
    wire::fault::Fault,
    world::{
        World,
        activity::{Activity, Cause, Deed, Status, Why},
        group::{Group, Launch, Process},
        id,
        membership::{Lifecycle, Membership},
        server::{Ended, Server, ServerState},
    },
};

/// How a group stands, in its units: a server counts its weight, else 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) desired: u32,
    /// In service and healthy: also by EC2's state, whether the group has noticed or not.
    pub(crate) serving: u32,
    /// Those of them that are through with their warm-up, too.
    pub(crate) warmed_up: u32,
    /// In service and unhealthy.
    pub(crate) unhealthy: u32,
    /// On their way into service, or on their way back with a new root volume.
    pub(crate) pending: u32,
    pub(crate) standby: u32,
    pub(crate) leaving: u32,
}

impl Standing {
    /// What the group counts against its desired capacity.
    pub(crate) fn counted(&self) -> u32 {
        self.serving.saturating_add(self.unhealthy).saturating_add(self.pending)
    }
}

/// How `group` stands.
pub(crate) fn standing(world: &World, scope: usize, group: u32, now: Timestamp) -> Standing {
    let place = world.scope_at(scope);
    let it = &place.groups[group as usize];
    let mut standing = Standing { desired: it.desired, ..Standing::default() };
    for &slot in &it.members {
        let server = &place.servers[slot as usize];
        let Some(membership) = &server.membership else { continue };
        let units = membership.units();
        let count = match membership.lifecycle {
            Lifecycle::InService if serves(server, membership, now) => {
                if is_warmed_up(it, membership, now) {
                    standing.warmed_up = standing.warmed_up.saturating_add(units);
                }
                &mut standing.serving
            }
            Lifecycle::InService => &mut standing.unhealthy,
            lifecycle if lifecycle.is_pending() || lifecycle.is_replacing() => &mut standing.pending,
            Lifecycle::Standby | Lifecycle::EnteringStandby => &mut standing.standby,
            lifecycle if lifecycle.is_leaving() => &mut standing.leaving,
            _ => continue,
        };
        *count = count.saturating_add(units);
    }
    standing
}

/// What a server counts in its group's units; 1 at least, so that counting on comes to an end.
pub(super) fn units(world: &World, scope: usize, server: u32) -> u32 {
    world.scope_at(scope).servers[server as usize].membership.as_ref().map_or(1, Membership::units).max(1)
}

/// Whether a server in service does its work.
pub(super) fn serves(server: &Server, membership: &Membership, now: Timestamp) -> bool {
    membership.serves()
        && matches!(server.state, ServerState::Pending | ServerState::Running)
        // Nothing but a later start can make it unready again.
        && !server.never_works
        && (membership.in_service_at.is_some_and(|at| server.started <= at) || server.ready_at() <= now)
}

/// Whether its warm-up is over.
pub(super) fn is_warmed_up(group: &Group, membership: &Membership, now: Timestamp) -> bool {
    let warmup_s = i64::from(group.warmup_s.unwrap_or(0));
    membership.in_service_at.is_some_and(|at| at.as_second().saturating_add(warmup_s) <= now.as_second())
}

/// Launches one server into the group, by the group's own settings or by others, into the zone that has the fewest.
/// Returns its slot. If it can't be launched, that is a Failed activity, and the group waits before it tries again.
pub(crate) fn launch(
    world: &mut World,
    scope: usize,
    group: u32,
    why: Why,
    with: Option<&Launch>,
    now: Timestamp,
) -> Option<u32> {
    let zones = orders::zones(world.scope_at(scope), &world.scope_at(scope).groups[group as usize]);
    launch_into(world, scope, group, why, with, &zones, Lifecycle::Pending, now).ok()
}

/// The same, into the first of these zones that takes it, as Pending or as Warmed:Pending.
///
/// # Errors
/// EC2's refusal, that of the last zone.
#[expect(clippy::too_many_arguments, reason = "a launch has as many sides")]
pub(super) fn launch_into(
    world: &mut World,
    scope: usize,
    group: u32,
    why: Why,
    with: Option<&Launch>,
    zones: &[u8],
    lifecycle: Lifecycle,
    now: Timestamp,
) -> Result<u32, Fault> {
    let place = world.scope_at(scope);
    let it = &place.groups[group as usize];
    let id = activity_id(world, scope, it);
    let request = matches!(why, Why::Shortage { .. }).then(|| it.request.clone()).flatten();
    let cause = Cause { request, why };
    let deed = if lifecycle.is_warm() { Deed::WarmUp } else { Deed::Launch };
    let protected_from_scale_in = it.new_protected;
    let registered = !it.is_suspended(Process::AddToLoadBalancer);
    let result = orders::next(world, scope, it, with.unwrap_or(it.launches_by())).and_then(|next| {
        let membership = Membership {
            group,
            lifecycle,
            since: now,
            in_service_at: None,
            ailment: None,
            registered,
            activity: id,
            protected_from_scale_in,
            weight: next.weight,
            launched_by: next.launched_by,
            image: next.image,
        };
        // A group has zones; one without could launch nowhere.
        let mut refusal = Fault::new("ValidationError", "At least one Availability Zone or VPC Subnet is required.");
        for &zone in zones {
            let order = Order { mould: next.mould.clone(), zone, membership: Some(membership.clone()), token: None };
            match launch::launch(world, scope, order, now) {
                Ok(server) => return Ok(server),
                Err(fault) => refusal = fault,
            }
        }
        Err(refusal)
    });
    let place = world.scope_at_mut(scope);
    let it = &mut place.groups[group as usize];
    let zone = zones.first().copied().unwrap_or(0);
    match result {
        Ok(server) => {
            let made = &place.servers[server as usize];
            it.begin(Activity {
                id,
                server: Some(made.id),
                zone: made.zone,
                deed,
                cause,
                start: now,
                end: None,
                status: Status::InProgress,
                message: None,
            });
            it.named = it.named.saturating_add(1);
            it.failed_launches = 0;
            it.retry_at = None;
            if lifecycle.is_warm() {
                it.warm.push(server);
            } else {
                it.members.push(server);
            }
            let at = arrives_at(it, made, now);
            world.schedule(at, Event::Group { scope, group, step: Step::Arrive { server } });
            Ok(server)
        }
        Err(fault) => {
            it.begin(Activity {
                id,
                server: None,
                zone,
                deed,
                cause,
                start: now,
                end: Some(now),
                status: Status::Failed,
                message: Some(format!("{} Launching EC2 instance failed.", full_stop(&fault.message))),
            });
            it.failed_launches = it.failed_launches.saturating_add(1);
            // Auto Scaling tries again and again, ever more slowly; by how much is not documented.
            let wait_s = 30_u32.saturating_mul(1 << it.failed_launches.min(5)).min(900);
            it.retry_at = Some(events::later(now, wait_s));
            Err(fault)
        }
    }
}

/// A text that ends as a sentence does.
fn full_stop(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

/// When a pending server is looked at: as soon as it should work; one that never will, when its time is over.
pub(super) fn arrives_at(group: &Group, server: &Server, now: Timestamp) -> Timestamp {
    let grace_s = if server.never_works { group.grace_s } else { 0 };
    events::later(server.ready_at(), grace_s).max(now)
}

/// The id of the activity that the group begins next.
pub(super) fn activity_id(world: &World, scope: usize, group: &Group) -> u64 {
    let place = world.scope_at(scope);
    id::mix(world.seed.id(&["activity", &place.account, place.region.name]) ^ id::mix(group.id ^ group.begun))
}

/// Begins an activity about a server that is there, and makes it the server's own. Returns its id.
pub(super) fn begin(
    world: &mut World,
    scope: usize,
    group: u32,
    server: u32,
    deed: Deed,
    cause: Cause,
    now: Timestamp,
) -> u64 {
    let id = activity_id(world, scope, &world.scope_at(scope).groups[group as usize]);
    let place = world.scope_at_mut(scope);
    let made = &mut place.servers[server as usize];
    if let Some(membership) = &mut made.membership {
        membership.activity = id;
    }
    let back = matches!(deed, Deed::ExitStandby | Deed::Attach);
    place.groups[group as usize].begin(Activity {
        id,
        server: Some(made.id),
        zone: made.zone,
        deed,
        cause,
        start: now,
        end: None,
        status: if back { Status::PreInService } else { Status::InProgress },
        message: None,
    })
}

/// From the order to end a server until its target groups let it go, in seconds. A target group's own default is 300.
const DRAIN_S: u32 = 60;

/// Takes a server out of its group for good and ends it. Returns the activity's id; none if it is on its way out
/// already, or in no group.
pub(crate) fn take_out(
    world: &mut World,
    scope: usize,
    group: u32,
    server: u32,
    why: Why,
    now: Timestamp,
) -> Option<u64> {
    let place = world.scope_at_mut(scope);
    let it = &mut place.groups[group as usize];
    let membership = place.servers[server as usize].membership.as_ref()?;
    if membership.lifecycle.is_leaving() {
        return None;
    }
    let (was, before) = (membership.lifecycle, membership.activity);
    // What it was in the middle of will not come to its end.
    it.finish(before, Status::Cancelled, None, now);
    it.waits.retain(|wait| wait.server != server);
    it.scaled_at = Some(now);
    if matches!(why, Why::NotRunning | Why::Impaired | Why::Target | Why::Told | Why::Lifetime) {
        it.owed = it.owed.saturating_add(1);
    }
    let request = matches!(why, Why::Surplus { .. }).then(|| it.request.clone()).flatten();
    let id = begin(world, scope, group, server, Deed::Terminate, Cause { request, why }, now);
    if was.is_warm() {
        enter(world, scope, server, Lifecycle::WarmedTerminating, now);
        end(world, scope, group, server, now);
    } else if waits::begin(world, scope, group, server, false, now) {
        enter(world, scope, server, Lifecycle::TerminatingWait, now);
    } else {
        let served = was == Lifecycle::InService;
        drain(world, scope, group, server, served, now);
    }
    Some(id)
}

/// Moves a server on in its life cycle.
pub(super) fn enter(world: &mut World, scope: usize, server: u32, lifecycle: Lifecycle, now: Timestamp) {
    if let Some(membership) = &mut world.scope_at_mut(scope).servers[server as usize].membership {
        membership.enter(lifecycle, now);
    }
}

/// Lets the target groups of a server that served let it go, and then ends it.
pub(super) fn drain(world: &mut World, scope: usize, group: u32, server: u32, served: bool, now: Timestamp) {
    enter(world, scope, server, Lifecycle::Terminating, now);
    let place = world.scope_at_mut(scope);
    let it = &mut place.groups[group as usize];
    let known = &place.servers[server as usize];
    if !served || it.target_groups.is_empty() || known.state != ServerState::Running {
        end(world, scope, group, server, now);
        return;
    }
    if let Some(membership) = &known.membership {
        it.go_on(membership.activity, Status::Draining);
    }
    world.schedule_in(now, DRAIN_S, Event::Group { scope, group, step: Step::Drained { server } });
}

/// From EC2's order to end a server until the group lets go of it, in seconds.
const LEAVE_S: u32 = 45;

/// Ends a server that is on its way out.
pub(super) fn end(world: &mut World, scope: usize, group: u32, server: u32, now: Timestamp) {
    let place = world.scope_at_mut(scope);
    if let Some(membership) = &place.servers[server as usize].membership {
        place.groups[group as usize].go_on(membership.activity, Status::InProgress);
    }
    lifecycle::terminate(world, scope, server, now, Ended::terminated_by_user(now));
    world.schedule_in(now, LEAVE_S, Event::Group { scope, group, step: Step::Leave { server } });
}

/// Lets go of a server: it is in no group any more.
pub(super) fn let_go(world: &mut World, scope: usize, group: u32, server: u32, now: Timestamp) {
    let place = world.scope_at_mut(scope);
    let it = &mut place.groups[group as usize];
    it.members.retain(|slot| *slot != server);
    it.warm.retain(|slot| *slot != server);
    it.waits.retain(|wait| wait.server != server);
    if let Some(membership) = place.servers[server as usize].membership.take() {
        it.finish(membership.activity, Status::Successful, None, now);
    }
}

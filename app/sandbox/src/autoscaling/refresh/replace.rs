//! What a refresh does to its group: it takes old servers out and brings others, tells the group what to launch
//! meanwhile, and takes note of what became of it all.

use super::{
    plan::{self, Limits, Member, Move, Stand},
    roster::Leave,
    seat::Seat,
};
use crate::{
    autoscaling::capacity,
    world::{
        World,
        activity::Why,
        group::{Process, Rolling},
        membership::Membership,
        refresh::{Refresh, Status},
    },
};

/// Tells the group what to launch meanwhile, and how many units above its desired capacity are meant to be there.
pub(super) fn roll(world: &mut World, seat: Seat) {
    let Some(roster) = seat.roster(world) else { return };
    let refresh = roster.refresh();
    let launch = if refresh.status == Status::RollbackInProgress { None } else { refresh.wanted.clone() };
    let surge = plan::surge(&limits(world, seat, refresh), &roster.members());
    seat.group_mut(world).rolling = Some(Rolling { launch, surge });
}

/// How many replacements may have begun until the next checkpoint.
fn most_begun(refresh: &Refresh) -> u64 {
    let (preferences, work) = (&refresh.preferences, &refresh.work);
    let next = preferences.checkpoints.get(work.checkpoint).filter(|_| refresh.status == Status::InProgress);
    next.map_or(u64::MAX, |&percent| (u64::from(work.total) * u64::from(percent)).div_ceil(100))
}

/// How many replacements have begun, out of the servers that there were to update.
fn begun(refresh: &Refresh) -> u64 {
    let work = &refresh.work;
    u64::from(work.total).saturating_sub(work.old.len() as u64).saturating_add(work.ahead.len() as u64)
}

pub(super) fn limits(world: &World, seat: Seat, refresh: &Refresh) -> Limits {
    let group = seat.group(world);
    let may_launch = !group.is_suspended(Process::Launch) && group.retry_at.is_none_or(|at| at <= seat.now);
    Limits {
        desired: group.desired,
        min_healthy: refresh.preferences.min_healthy,
        max_healthy: refresh.preferences.max_healthy,
        may_begin: may_launch && begun(refresh) < most_begun(refresh),
    }
}

/// Replaces what can be replaced now.
pub(super) fn replace(world: &mut World, seat: Seat) {
    if seat.group(world).is_suspended(Process::Terminate) {
        return;
    }
    end_idle(world, seat);
    let Some(mut members) = seat.roster(world).map(|roster| roster.members()) else { return };
    while let Some(refresh) = seat.refresh(world)
        && let Some(next) = plan::next(&limits(world, seat, refresh), &members)
    {
        if let Move::TakeOut(slot) | Move::Swap(slot) = next {
            capacity::take_out(world, seat.scope, seat.group, slot, Why::Refresh, seat.now);
            seat.change(world, |refresh| {
                refresh.work.old.remove(&slot);
            });
            members.retain(|member| member.slot != slot);
        }
        if let Move::TakeOut(_) = next
            && let Some(member) = members.iter_mut().find(|member| member.stand == Stand::Ahead)
        {
            // The one that came first takes the place.
            member.stand = Stand::Kept;
            let slot = member.slot;
            seat.change(world, |refresh| refresh.work.ahead.retain(|one| *one != slot));
        }
        if let Move::Launch | Move::Swap(_) = next {
            let made = capacity::launch(world, seat.scope, seat.group, Why::Refresh, None, seat.now);
            let Some(slot) = made else { break };
            let server = &world.scope_at(seat.scope).servers[slot as usize];
            let units = server.membership.as_ref().map_or(1, Membership::units);
            let stand = if next == Move::Launch { Stand::Ahead } else { Stand::Kept };
            members.push(Member { slot, units, ready: false, stand });
            if next == Move::Launch {
                seat.change(world, |refresh| refresh.work.ahead.push(slot));
            }
        }
    }
    mind_blocked(world, seat);
}

/// Takes note of since when nothing but servers that must not be touched are left.
pub(super) fn mind_blocked(world: &mut World, seat: Seat) {
    let is_blocked = seat.roster(world).is_some_and(|roster| {
        let blocked = roster.blocked();
        blocked.is_some() && roster.waits_for() == blocked
    });
    if is_blocked {
        seat.change(world, |refresh| {
            refresh.work.blocked.get_or_insert(seat.now);
        });
    }
}

/// Ends old servers on standby, where that was asked for: nothing is lost by it.
fn end_idle(world: &mut World, seat: Seat) {
    let Some(roster) = seat.roster(world) else { return };
    let refresh = roster.refresh();
    let most = most_begun(refresh).saturating_sub(begun(refresh));
    let idle = refresh.work.old.iter().copied().filter(|slot| roster.is_idle(*slot));
    let idle: Vec<u32> = idle.take(usize::try_from(most).unwrap_or(usize::MAX)).collect();
    for slot in idle {
        capacity::take_out(world, seat.scope, seat.group, slot, Why::Refresh, seat.now);
        seat.change(world, |refresh| {
            refresh.work.old.remove(&slot);
        });
    }
}

/// Takes old servers out of the warm pool, once the group itself is done; the group fills the pool again.
pub(super) fn replace_warm(world: &mut World, seat: Seat) {
    let Some(roster) = seat.roster(world) else { return };
    let work = &roster.refresh().work;
    if !work.old.is_empty() || seat.group(world).is_suspended(Process::Terminate) {
        return;
    }
    let spare = u64::from(100_u32.saturating_sub(roster.refresh().preferences.min_healthy));
    let at_once = usize::try_from((u64::from(work.total_warm) * spare / 100).max(1)).unwrap_or(usize::MAX);
    let next: Vec<u32> = work.old_warm.iter().copied().take(at_once.saturating_sub(roster.coming_warm())).collect();
    for slot in next {
        capacity::take_out(world, seat.scope, seat.group, slot, Why::Refresh, seat.now);
        seat.change(world, |refresh| {
            refresh.work.old_warm.remove(&slot);
        });
    }
}

/// Brings what the refresh knows of its servers up to date.
pub(super) fn take_stock(world: &mut World, seat: Seat) {
    let Some(roster) = seat.roster(world) else { return };
    let mut work = roster.refresh().work.clone();
    let (overtaken, overtaken_warm) = roster.overtaken();
    if !overtaken.is_empty() || !overtaken_warm.is_empty() {
        work.fewest = u32::MAX;
    }
    work.old.extend(overtaken);
    work.old_warm.extend(overtaken_warm);
    let all: Vec<u32> = work.old.iter().chain(&work.old_warm).copied().collect();
    (work.old, work.old_warm) = all
        .into_iter()
        .filter(|slot| roster.stays(*slot) && roster.leave(*slot) != Leave::Ignored)
        // A server of the warm pool may have come into service meanwhile, and the other way round.
        .partition(|slot| !roster.is_warm(*slot));
    work.ahead.retain(|slot| roster.stays(*slot) && !work.old.contains(slot));
    seat.change(world, |refresh| refresh.work = work);
    let Some(roster) = seat.roster(world) else { return };
    let left = roster.left().saturating_add(roster.left_warm());
    let (progress, reason, is_blocked) = (roster.progress(), roster.waits_for(), roster.blocked().is_some());
    seat.change(world, |refresh| {
        refresh.progress = progress;
        refresh.reason = reason;
        let work = &mut refresh.work;
        if left < work.fewest {
            work.fewest = left;
            work.moved = seat.now;
        }
        if !is_blocked {
            work.blocked = None;
        }
    });
}

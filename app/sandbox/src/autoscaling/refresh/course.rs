//! The course of a refresh: from pending over replacements, checkpoints and bake time to its end, and back again in a
//! rollback.

use jiff::Timestamp;

use super::{
    plan::{self, Limits, Move},
    roster::{Leave, Roster},
};
use crate::{
    autoscaling::capacity,
    events::{self, Event},
    world::{
        World,
        activity::Why,
        group::{Group, Process, Rolling},
        refresh::{Refresh, Rollback, Status, Work},
    },
};

/// So long it looks for a way on where it finds none, in seconds ("One-hour timeout" in the limitations of instance
/// refreshes).
const PATIENCE_S: u32 = 3_600;
/// So long it may replace servers, in seconds ("Total duration" in the same place): 14 days.
const LONGEST_S: u32 = 14 * 86_400;
/// So often it looks at its group, in seconds.
const STEP_S: u32 = 15;
/// The same while it waits for a checkpoint or for the end of its bake time.
const PAUSED_STEP_S: u32 = 60;
/// From the request until it begins, in seconds.
const PENDING_S: u32 = 5;

impl Work {
    /// Work that has not begun.
    pub(crate) fn new(now: Timestamp) -> Work {
        Work {
            old: Vec::new(),
            old_warm: Vec::new(),
            total: 0,
            total_warm: 0,
            ahead: Vec::new(),
            checkpoint: 0,
            pause: None,
            fewest: u32::MAX,
            moved: now,
            blocked: None,
            deadline: events::later(now, LONGEST_S),
            patient: true,
        }
    }
}

/// Where a refresh is.
#[derive(Debug, Clone, Copy)]
struct Seat {
    scope: usize,
    group: u32,
    id: u64,
    now: Timestamp,
}

impl Seat {
    fn group<'a>(&self, world: &'a World) -> &'a Group {
        &world.scope_at(self.scope).groups[self.group as usize]
    }

    fn group_mut<'a>(&self, world: &'a mut World) -> &'a mut Group {
        &mut world.scope_at_mut(self.scope).groups[self.group as usize]
    }

    fn refresh<'a>(&self, world: &'a World) -> Option<&'a Refresh> {
        self.group(world).refreshes.iter().find(|refresh| refresh.id == self.id && refresh.status.is_active())
    }

    fn change(&self, world: &mut World, change: impl FnOnce(&mut Refresh)) {
        let refreshes = &mut self.group_mut(world).refreshes;
        if let Some(refresh) = refreshes.iter_mut().find(|refresh| refresh.id == self.id) {
            change(refresh);
        }
    }

    fn roster<'a>(&self, world: &'a World) -> Option<Roster<'a>> {
        Some(Roster::new(world, self.scope, self.group, self.refresh(world)?, self.now))
    }
}

/// Lets a refresh that was asked for begin soon.
pub(super) fn schedule(world: &mut World, scope: usize, group: u32, id: u64, now: Timestamp) {
    world.schedule_in(now, PENDING_S, Event::Refresh { scope, group, id });
}

/// Lets a refresh take a step. Whether anything came of it.
pub(crate) fn happen(world: &mut World, scope: usize, group: u32, id: u64, now: Timestamp) -> bool {
    let seat = Seat { scope, group, id, now };
    let Some(before) = seat.refresh(world) else { return false };
    let before = (before.status, before.reason.clone(), before.progress, before.work.clone());
    step(world, seat);
    if let Some(refresh) = seat.refresh(world) {
        let wait_s = match refresh.work.pause {
            Some(pause) if pause > now => {
                let left_s = pause.as_second().saturating_sub(now.as_second());
                u32::try_from(left_s).unwrap_or(u32::MAX).clamp(1, PAUSED_STEP_S)
            }
            _ => STEP_S,
        };
        world.schedule_in(now, wait_s, Event::Refresh { scope, group, id });
    }
    let after = seat.group(world).refreshes.iter().find(|refresh| refresh.id == id);
    after.is_some_and(|after| before != (after.status, after.reason.clone(), after.progress, after.work.clone()))
}

/// It in a line of the trace.
pub(crate) fn tell(world: &World, scope: usize, group: u32, id: u64) -> String {
    let group = &world.scope_at(scope).groups[group as usize];
    let refresh = group.refreshes.iter().find(|refresh| refresh.id == id);
    refresh.map_or_else(String::new, |refresh| {
        let share = refresh.progress.all;
        format!("{} refresh {} {} % {} left", group.name, refresh.status.name(), share.percent, share.left)
    })
}

/// Lets the refreshes of a scenario that are under way go on, from a minute or two after the opening on.
pub(crate) fn begin_all(world: &mut World, opened: Timestamp) {
    let mut active = Vec::new();
    for (scope, place) in world.scopes().enumerate() {
        for (group, it) in (0_u32..).zip(&place.groups) {
            let mut dice = world.seed.dice(&["refresh", &place.account, place.region.name, &it.name]);
            let after_s = u32::try_from(dice.between(60, 120)).unwrap_or(60);
            let refresh = it.refreshes.iter().find(|refresh| refresh.status.is_active());
            active.extend(refresh.map(|refresh| (Seat { scope, group, id: refresh.id, now: opened }, after_s)));
        }
    }
    for (seat, after_s) in active {
        if refresh_is(world, seat, Status::InProgress) {
            take_up(world, seat);
        }
        let Seat { scope, group, id, .. } = seat;
        world.schedule_in(opened, after_s, Event::Refresh { scope, group, id });
    }
}

/// Finds out what is left of a refresh that is in progress already: the servers that are not as wanted.
fn take_up(world: &mut World, seat: Seat) {
    let Some((old, old_warm)) = seat.roster(world).map(|roster| roster.to_update(true)) else { return };
    let group = seat.group(world);
    let (total, total_warm) = (count(&group.members), count(&group.warm));
    seat.change(world, |refresh| {
        refresh.work = Work { old, old_warm, total, total_warm, ..Work::new(seat.now) };
        // It has come this far without waiting at a checkpoint.
        refresh.work.checkpoint =
            refresh.preferences.checkpoints.iter().filter(|&&at| at <= refresh.progress.live.percent).count();
    });
    roll(world, seat);
}

fn count(slots: &[u32]) -> u32 {
    u32::try_from(slots.len()).unwrap_or(u32::MAX)
}

fn step(world: &mut World, seat: Seat) {
    if !seat.group(world).is_known() {
        finish(world, seat, Status::Cancelled, Some("The Auto Scaling group was deleted.".to_owned()));
        return;
    }
    let Some(refresh) = seat.refresh(world) else { return };
    match refresh.status {
        Status::Pending => begin(world, seat),
        Status::Cancelling => cancel(world, seat),
        Status::InProgress | Status::Baking => {
            if let Some(name) = alarm(world, seat) {
                fail(world, seat, format!("The CloudWatch alarm {name} is in the ALARM state."));
            } else if refresh_is(world, seat, Status::Baking) {
                bake(world, seat);
            } else {
                go_on(world, seat);
            }
        }
        Status::RollbackInProgress => go_on(world, seat),
        Status::Successful
        | Status::Failed
        | Status::Cancelled
        | Status::RollbackFailed
        | Status::RollbackSuccessful => (),
    }
}

fn refresh_is(world: &World, seat: Seat, status: Status) -> bool {
    seat.refresh(world).is_some_and(|refresh| refresh.status == status)
}

/// The first of its alarms that is in ALARM.
fn alarm(world: &World, seat: Seat) -> Option<String> {
    let ringing = &world.scope_at(seat.scope).alarms;
    seat.refresh(world)?.preferences.alarms.iter().find(|name| ringing.contains(*name)).cloned()
}

/// Finds out what there is to do.
fn begin(world: &mut World, seat: Seat) {
    let Some((old, old_warm)) =
        seat.roster(world).map(|roster| roster.to_update(roster.refresh().preferences.skip_matching))
    else {
        return;
    };
    seat.change(world, |refresh| {
        refresh.status = Status::InProgress;
        refresh.work = Work { total: count(&old), total_warm: count(&old_warm), old, old_warm, ..Work::new(seat.now) };
    });
    go_on(world, seat);
}

/// Ends a cancelled refresh, once what it began is done if somebody waits for that.
fn cancel(world: &mut World, seat: Seat) {
    let standing = capacity::standing(world, seat.scope, seat.group, seat.now);
    let Some(refresh) = seat.refresh(world) else { return };
    let reason = if !refresh.work.patient {
        "Cancelled without waiting for ongoing instance launches and terminations due to user request."
    } else if standing.pending == 0 && standing.leaving == 0 {
        "Cancelled due to user request."
    } else {
        return;
    };
    finish(world, seat, Status::Cancelled, Some(reason.to_owned()));
}

/// Waits for the end of the bake time.
fn bake(world: &mut World, seat: Seat) {
    if seat.refresh(world).and_then(|refresh| refresh.work.pause).is_none_or(|until| until <= seat.now) {
        succeed(world, seat);
    }
}

/// Takes note of what became of the group, and replaces what can be replaced.
fn go_on(world: &mut World, seat: Seat) {
    roll(world, seat);
    take_stock(world, seat);
    if is_done(world, seat) {
        complete(world, seat);
        return;
    }
    pass_checkpoint(world, seat);
    let Some(refresh) = seat.refresh(world) else { return };
    if refresh.status == Status::Baking || refresh.work.pause.is_some_and(|until| until > seat.now) {
        return;
    }
    let work = &refresh.work;
    let warmup_s = refresh.preferences.warmup_s;
    if work.deadline <= seat.now {
        fail(world, seat, "The instance refresh did not finish within 14 days.".to_owned());
        return;
    }
    let group = seat.group(world);
    if group.is_suspended(Process::InstanceRefresh) {
        seat.change(world, |refresh| refresh.work.moved = seat.now);
        return;
    }
    if work.blocked.is_some_and(|since| events::later(since, PATIENCE_S) <= seat.now) {
        let what = seat.roster(world).and_then(|roster| roster.blocked()).unwrap_or_default();
        fail(world, seat, format!("Timed out after 1 hour. {what}"));
        return;
    }
    if events::later(work.moved, PATIENCE_S.saturating_add(warmup_s)) <= seat.now {
        let what = seat.roster(world).and_then(|roster| roster.waits_for()).unwrap_or_default();
        fail(world, seat, format!("Timed out after 1 hour without progress. {what}"));
        return;
    }
    replace(world, seat);
    replace_warm(world, seat);
    roll(world, seat);
    take_stock(world, seat);
}

/// Tells the group what to launch meanwhile, and how many units above its desired capacity are meant to be there.
fn roll(world: &mut World, seat: Seat) {
    let Some(refresh) = seat.refresh(world) else { return };
    let launch = if refresh.status == Status::RollbackInProgress { None } else { refresh.wanted.clone() };
    let surge = seat
        .roster(world)
        .map(|roster| {
            let group = seat.group(world);
            plan::surge(&limits(group, &roster, seat), &roster.members())
        })
        .unwrap_or(0);
    seat.group_mut(world).rolling = Some(Rolling { launch, surge });
}

/// Brings what the refresh knows of its servers up to date.
fn take_stock(world: &mut World, seat: Seat) {
    let Some((overtaken, overtaken_warm)) = seat.roster(world).map(|roster| roster.overtaken()) else { return };
    let Some(gone) = seat.roster(world).map(|roster| {
        let work = &roster.refresh().work;
        let is_gone = |slot: &u32| !roster.stays(*slot) || roster.leave(*slot) == Leave::Ignored;
        let gone: Vec<u32> = work.old.iter().chain(&work.old_warm).copied().filter(is_gone).collect();
        gone
    }) else {
        return;
    };
    let Some(lost) = seat.roster(world).map(|roster| {
        let ahead = roster.refresh().work.ahead.iter().copied();
        ahead.filter(|slot| !roster.stays(*slot)).collect::<Vec<u32>>()
    }) else {
        return;
    };
    let more = overtaken.len() + overtaken_warm.len();
    seat.change(world, |refresh| {
        let work = &mut refresh.work;
        work.old.retain(|slot| !gone.contains(slot));
        work.old_warm.retain(|slot| !gone.contains(slot));
        work.ahead.retain(|slot| !lost.contains(slot) && !overtaken.contains(slot));
        work.old.extend(overtaken);
        work.old_warm.extend(overtaken_warm);
        if more > 0 {
            work.fewest = u32::MAX;
        }
    });
    let Some((left, progress, blocked, reason)) = seat.roster(world).map(|roster| {
        let left = roster.left().saturating_add(roster.left_warm());
        (left, roster.progress(), roster.blocked().is_some(), roster.waits_for())
    }) else {
        return;
    };
    seat.change(world, |refresh| {
        refresh.progress = progress;
        refresh.reason = reason;
        let work = &mut refresh.work;
        if left < work.fewest {
            work.fewest = left;
            work.moved = seat.now;
        }
        if !blocked {
            work.blocked = None;
        }
    });
}

/// Whether everything is updated, or as much as was asked for.
fn is_done(world: &World, seat: Seat) -> bool {
    let Some(refresh) = seat.refresh(world) else { return false };
    // What was taken out is gone, too.
    let leaving = capacity::standing(world, seat.scope, seat.group, seat.now).leaving;
    let done = leaving == 0 && seat.roster(world).is_some_and(|roster| roster.left() == 0 && roster.left_warm() == 0);
    let last = refresh.preferences.checkpoints.last();
    let goes_forward = refresh.status == Status::InProgress;
    done || (goes_forward && last.is_some_and(|&last| last < 100 && refresh.progress.live.percent >= last))
}

/// Waits at a checkpoint that is reached, and goes on from one where it has waited.
fn pass_checkpoint(world: &mut World, seat: Seat) {
    let Some(refresh) = seat.refresh(world) else { return };
    if refresh.status != Status::InProgress {
        return;
    }
    let delay_s = refresh.preferences.checkpoint_delay_s;
    let passed = refresh.preferences.checkpoints.iter().filter(|&&at| at <= refresh.progress.live.percent).count();
    let reached = refresh.preferences.checkpoints.get(passed.wrapping_sub(1)).copied();
    seat.change(world, |refresh| {
        let work = &mut refresh.work;
        if work.pause.is_some_and(|until| until <= seat.now) {
            work.pause = None;
            work.moved = seat.now;
        }
        if passed > work.checkpoint {
            work.checkpoint = passed;
            work.pause = Some(events::later(seat.now, delay_s));
            // Only the time in which servers are replaced counts.
            work.deadline = events::later(work.deadline, delay_s);
        }
        if let (Some(_), Some(percent)) = (work.pause, reached) {
            refresh.reason =
                Some(format!("Reached checkpoint percentage {percent}. Waiting {delay_s} seconds before continuing."));
        }
    });
}

/// Everything is updated: what follows is the bake time, or the end.
fn complete(world: &mut World, seat: Seat) {
    let Some(refresh) = seat.refresh(world) else { return };
    match (refresh.status, refresh.preferences.bake_s) {
        (Status::RollbackInProgress, _) => finish(world, seat, Status::RollbackSuccessful, None),
        (_, Some(seconds)) if seconds > 0 => seat.change(world, |refresh| {
            refresh.status = Status::Baking;
            refresh.reason = Some(format!("Waiting for the bake time of {seconds} seconds to end."));
            refresh.work.pause = Some(events::later(seat.now, seconds));
        }),
        _ => succeed(world, seat),
    }
}

/// Makes what the refresh brought the group's own.
fn succeed(world: &mut World, seat: Seat) {
    let wanted = seat.refresh(world).and_then(|refresh| refresh.wanted.clone());
    if let Some(wanted) = wanted {
        seat.group_mut(world).launch = wanted;
    }
    finish(world, seat, Status::Successful, None);
}

/// Ends it, or undoes it if that was asked for.
fn fail(world: &mut World, seat: Seat, reason: String) {
    let Some(refresh) = seat.refresh(world) else { return };
    if refresh.status == Status::RollbackInProgress {
        finish(world, seat, Status::RollbackFailed, Some(reason));
    } else if refresh.preferences.auto_rollback {
        roll_back(world, seat.scope, seat.group, seat.id, format!("Automatic rollback: {reason}"), seat.now);
    } else {
        finish(world, seat, Status::Failed, Some(reason));
    }
}

fn finish(world: &mut World, seat: Seat, status: Status, reason: Option<String>) {
    let group = seat.group_mut(world);
    group.rolling = None;
    seat.change(world, |refresh| {
        refresh.status = status;
        refresh.reason = reason;
        refresh.end = Some(seat.now);
    });
}

/// Begins to undo an active refresh.
pub(super) fn roll_back(world: &mut World, scope: usize, group: u32, id: u64, reason: String, now: Timestamp) {
    let seat = Seat { scope, group, id, now };
    let Some((old, old_warm)) = seat.roster(world).map(|roster| roster.to_put_back()) else { return };
    seat.change(world, |refresh| {
        refresh.status = Status::RollbackInProgress;
        refresh.reason = Some(reason.clone());
        refresh.rollback = Some(Rollback { reason, start: now, from: refresh.progress });
        let (total, total_warm) = (refresh.work.total, refresh.work.total_warm);
        refresh.work = Work { old, old_warm, total, total_warm, ..Work::new(now) };
    });
    roll(world, seat);
}

/// Begins to cancel an active refresh or its rollback.
pub(super) fn call_off(world: &mut World, scope: usize, group: u32, id: u64, patient: bool, now: Timestamp) {
    let seat = Seat { scope, group, id, now };
    seat.change(world, |refresh| {
        refresh.status = Status::Cancelling;
        refresh.reason = None;
        refresh.work.patient = patient;
        refresh.work.pause = None;
    });
    seat.group_mut(world).rolling = None;
}

fn limits(group: &Group, roster: &Roster<'_>, seat: Seat) -> Limits {
    let refresh = roster.refresh();
    let (preferences, work) = (&refresh.preferences, &refresh.work);
    // The next checkpoint lets so many replacements begin.
    let at = preferences.checkpoints.get(work.checkpoint).filter(|_| refresh.status == Status::InProgress);
    let most = at.map_or(u64::MAX, |&percent| (u64::from(work.total) * u64::from(percent)).div_ceil(100));
    let may_launch = !group.is_suspended(Process::Launch) && group.retry_at.is_none_or(|at| at <= seat.now);
    Limits {
        desired: group.desired,
        min_healthy: preferences.min_healthy,
        max_healthy: preferences.max_healthy,
        may_begin: may_launch && u64::from(roster.begun()) < most,
    }
}

/// Replaces what can be replaced now.
fn replace(world: &mut World, seat: Seat) {
    if seat.group(world).is_suspended(Process::Terminate) {
        return;
    }
    // Each round takes one server out or brings one, so this ends; the bound is for certainty.
    for _ in 0..seat.group(world).members.len().saturating_mul(3) {
        let next = seat.roster(world).map(|roster| {
            let limits = limits(seat.group(world), &roster, seat);
            let idle = || roster.refresh().work.old.iter().copied().find(|&slot| roster.is_idle(slot));
            let standby = if limits.may_begin { idle() } else { None };
            match standby {
                Some(slot) => Some((Move::TakeOut(slot), false)),
                None => plan::next(&limits, &roster.members()).map(|next| (next, true)),
            }
        });
        let Some(Some((next, counts))) = next else { break };
        if let Move::TakeOut(slot) | Move::Swap(slot) = next {
            capacity::take_out(world, seat.scope, seat.group, slot, Why::Refresh, seat.now);
            seat.change(world, |refresh| refresh.work.old.retain(|one| *one != slot));
        }
        if matches!(next, Move::TakeOut(_)) && counts {
            seat.change(world, |refresh| {
                // The one that came first takes the place.
                let ahead = &mut refresh.work.ahead;
                ahead.drain(..ahead.len().min(1));
            });
        }
        if let Move::Launch | Move::Swap(_) = next {
            let made = capacity::launch(world, seat.scope, seat.group, Why::Refresh, None, seat.now);
            match made {
                Some(slot) if next == Move::Launch => seat.change(world, |refresh| refresh.work.ahead.push(slot)),
                Some(_) => (),
                None => break,
            }
        }
    }
    let blocked = seat.roster(world).map(|roster| {
        let nothing_comes = roster.waits_for() == roster.blocked();
        roster.blocked().is_some() && nothing_comes
    });
    if blocked == Some(true) {
        seat.change(world, |refresh| {
            refresh.work.blocked.get_or_insert(seat.now);
        });
    }
}

/// Takes old servers out of the warm pool, once the group itself is done; the group fills the pool again.
fn replace_warm(world: &mut World, seat: Seat) {
    let Some(refresh) = seat.refresh(world) else { return };
    if !refresh.work.old.is_empty() || seat.group(world).is_suspended(Process::Terminate) {
        return;
    }
    let min_healthy = refresh.preferences.min_healthy.min(100);
    let at_once = (u64::from(refresh.work.total_warm) * u64::from(100 - min_healthy) / 100).max(1);
    let coming = seat.roster(world).map(|roster| roster.coming_warm()).unwrap_or(0);
    let most = usize::try_from(at_once).unwrap_or(usize::MAX).saturating_sub(coming);
    let next: Vec<u32> = refresh.work.old_warm.iter().copied().take(most).collect();
    for slot in next {
        capacity::take_out(world, seat.scope, seat.group, slot, Why::Refresh, seat.now);
        seat.change(world, |refresh| refresh.work.old_warm.retain(|one| *one != slot));
    }
}

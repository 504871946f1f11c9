//! The course of a refresh: from pending over replacements, checkpoints and bake time to its end, and back again in a
//! rollback.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    replace::{replace, replace_warm, roll, take_stock},
    roots,
    seat::Seat,
};
use crate::{
    autoscaling::capacity,
    events::{self, Event},
    world::{
        World,
        group::{Life, Process},
        refresh::{Rollback, Status, Strategy, Work},
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
            old: BTreeSet::new(),
            old_warm: BTreeSet::new(),
            total: 0,
            total_warm: 0,
            ahead: Vec::new(),
            updating: Vec::new(),
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

/// Lets a refresh that was asked for begin soon.
pub(super) fn schedule(world: &mut World, scope: usize, group: u32, id: u64, now: Timestamp) {
    world.schedule_in(now, PENDING_S, Event::Refresh { scope, group, id });
}

/// Lets a refresh take a step. Whether anything came of it.
pub(crate) fn happen(world: &mut World, scope: usize, group: u32, id: u64, now: Timestamp) -> bool {
    let seat = Seat { scope, group, id, now };
    let find = |world: &World| {
        let refresh = seat.group(world).refreshes.iter().find(|refresh| refresh.id == id)?;
        Some((refresh.status, refresh.reason.clone(), refresh.progress, refresh.work.clone()))
    };
    let Some(before) = find(world) else { return false };
    roots::settle(world, seat);
    step(world, seat);
    let after = find(world);
    // A refresh that was called off without waiting leaves roots that are being replaced.
    if after.as_ref().is_some_and(|(status, _, _, work)| !status.is_active() && !work.updating.is_empty()) {
        world.schedule_in(now, STEP_S, Event::Refresh { scope, group, id });
    }
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
    after.is_some_and(|after| before != after)
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
    let (total, total_warm) = (count(group.members.len()), count(group.warm.len()));
    seat.change(world, |refresh| {
        refresh.work = Work { old, old_warm, total, total_warm, ..Work::new(seat.now) };
        // It has come this far without waiting at a checkpoint.
        refresh.work.checkpoint =
            refresh.preferences.checkpoints.iter().filter(|&&at| at <= refresh.progress.live.percent).count();
    });
    roll(world, seat);
}

fn count(servers: usize) -> u32 {
    u32::try_from(servers).unwrap_or(u32::MAX)
}

fn step(world: &mut World, seat: Seat) {
    if seat.group(world).life != Life::Alive {
        finish(world, seat, Status::Cancelled, Some("The Auto Scaling group is being deleted.".to_owned()));
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
        refresh.work =
            Work { total: count(old.len()), total_warm: count(old_warm.len()), old, old_warm, ..Work::new(seat.now) };
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
    let (warmup_s, strategy) = (refresh.preferences.warmup_s, refresh.strategy);
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
    if strategy == Strategy::ReplaceRootVolume {
        roots::replace(world, seat);
    } else {
        replace(world, seat);
        replace_warm(world, seat);
    }
    roll(world, seat);
    take_stock(world, seat);
}

/// Whether everything is updated, or as much as was asked for.
fn is_done(world: &World, seat: Seat) -> bool {
    let Some(refresh) = seat.refresh(world) else { return false };
    // What was taken out has to be gone, too.
    let done =
        seat.roster(world).is_some_and(|roster| roster.left() == 0 && roster.left_warm() == 0 && !roster.is_emptying());
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
        let updating = std::mem::take(&mut refresh.work.updating);
        refresh.work = Work { old, old_warm, total, total_warm, updating, ..Work::new(now) };
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

//! Whom a refresh deals with: which servers are to be updated, which must not be touched, and how much is left.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{
    plan::{Member, Stand},
    wanted,
};
use crate::{
    autoscaling::{capacity, warm},
    world::{
        Scope, World,
        group::{Group, Launch},
        id,
        membership::{Lifecycle, Membership},
        refresh::{OnProtected, OnStandby, Progress, Refresh, Share, Status, Strategy},
        server::Server,
    },
};

/// A group with its refresh, to look at.
pub(super) struct Roster<'a> {
    world: &'a World,
    place: &'a Scope,
    group_slot: u32,
    group: &'a Group,
    refresh: &'a Refresh,
    now: Timestamp,
}

/// What a refresh may do with a server that it is to update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    Granted,
    /// It is none of its business any more.
    Ignored,
    /// Somebody has to take its protection away first.
    Protected,
    /// Somebody has to bring it back into service first.
    Standby,
}

impl<'a> Roster<'a> {
    pub(super) fn new(world: &'a World, scope: usize, group: u32, refresh: &'a Refresh, now: Timestamp) -> Roster<'a> {
        let place = world.scope_at(scope);
        Roster { world, place, group_slot: group, group: &place.groups[group as usize], refresh, now }
    }

    pub(super) fn refresh(&self) -> &'a Refresh {
        self.refresh
    }

    /// What the refresh brings, or a rollback brings back.
    pub(super) fn target(&self) -> &'a Launch {
        match &self.refresh.wanted {
            Some(wanted) if self.refresh.status != Status::RollbackInProgress => wanted,
            _ => &self.group.launch,
        }
    }

    fn server(&self, slot: u32) -> Option<(&'a Server, &'a Membership)> {
        let server = &self.place.servers[slot as usize];
        Some((server, server.membership.as_ref()?))
    }

    /// The group's servers that stay, oldest first.
    fn staying(&self, slots: &'a [u32]) -> Vec<u32> {
        let mut staying: Vec<(Timestamp, u32)> = slots
            .iter()
            .filter_map(|&slot| {
                let (server, membership) = self.server(slot)?;
                (!membership.lifecycle.is_leaving()).then_some((server.born, slot))
            })
            .collect();
        staying.sort_unstable();
        staying.into_iter().map(|(_, slot)| slot).collect()
    }

    /// Those of the group's servers, and of its warm pool's, that a refresh has to update: all of them, or those that
    /// are not as wanted.
    pub(super) fn to_update(&self, skips: bool) -> (BTreeSet<u32>, BTreeSet<u32>) {
        let is_needed = |slot: &u32| !skips || !self.is_as_wanted(*slot);
        let needed = |slots: &'a [u32]| self.staying(slots).into_iter().filter(is_needed).collect();
        (needed(&self.group.members), needed(&self.group.warm))
    }

    /// Those that a refresh made and that a rollback has to make again as they were.
    pub(super) fn to_put_back(&self) -> (BTreeSet<u32>, BTreeSet<u32>) {
        let is_made = |slot: &u32| {
            let born = self.place.servers[*slot as usize].born;
            let is_touched = self.refresh.strategy == Strategy::ReplaceRootVolume || born >= self.refresh.start;
            is_touched && !self.matches(&self.group.launch, *slot)
        };
        let made = |slots: &'a [u32]| self.staying(slots).into_iter().filter(is_made).collect();
        (made(&self.group.members), made(&self.group.warm))
    }

    /// Those that were launched since the refresh began and are not what it brings now: its template's newest or
    /// default version became another one meanwhile.
    pub(super) fn overtaken(&self) -> (BTreeSet<u32>, BTreeSet<u32>) {
        if !wanted::may_move(self.target()) {
            return (BTreeSet::new(), BTreeSet::new());
        }
        let work = &self.refresh.work;
        let is_overtaken = |slot: &u32| {
            self.place.servers[*slot as usize].born >= self.refresh.start
                && !work.old.contains(slot)
                && !work.old_warm.contains(slot)
                && !self.is_as_wanted(*slot)
        };
        let overtaken = |slots: &'a [u32]| self.staying(slots).into_iter().filter(is_overtaken).collect();
        (overtaken(&self.group.members), overtaken(&self.group.warm))
    }

    /// Whether a server is what the refresh, or its rollback, is to bring.
    pub(super) fn is_as_wanted(&self, slot: u32) -> bool {
        self.matches(self.target(), slot)
    }

    fn matches(&self, launch: &Launch, slot: u32) -> bool {
        wanted::matches(self.world, self.place, launch, &self.place.servers[slot as usize])
    }

    /// Whether a server is still in the group, or in its warm pool, and stays there.
    pub(super) fn stays(&self, slot: u32) -> bool {
        let is_here =
            |membership: &Membership| self.group_slot == membership.group && !membership.lifecycle.is_leaving();
        self.server(slot).is_some_and(|(_, membership)| is_here(membership))
    }

    /// Whether a server is in the warm pool.
    pub(super) fn is_warm(&self, slot: u32) -> bool {
        self.server(slot).is_some_and(|(_, membership)| membership.lifecycle.is_warm())
    }

    /// What the preferences say about a server that is to be updated.
    pub(super) fn leave(&self, slot: u32) -> Leave {
        let Some((_, membership)) = self.server(slot) else { return Leave::Ignored };
        let preferences = &self.refresh.preferences;
        if matches!(membership.lifecycle, Lifecycle::Standby | Lifecycle::EnteringStandby) {
            return match preferences.standby {
                OnStandby::Terminate => Leave::Granted,
                OnStandby::Ignore => Leave::Ignored,
                OnStandby::Wait => Leave::Standby,
            };
        }
        match preferences.protected {
            _ if !membership.protected_from_scale_in => Leave::Granted,
            OnProtected::Refresh => Leave::Granted,
            OnProtected::Ignore => Leave::Ignored,
            OnProtected::Wait => Leave::Protected,
        }
    }

    /// Whether a server is on standby and may be ended.
    pub(super) fn is_idle(&self, slot: u32) -> bool {
        self.server(slot).is_some_and(|(_, membership)| membership.lifecycle == Lifecycle::Standby)
            && self.leave(slot) == Leave::Granted
    }

    /// When a server in service is through with its warm-up; none if it does not serve.
    fn warm_at(&self, slot: u32) -> Option<Timestamp> {
        let (server, membership) = self.server(slot)?;
        if !capacity::serves(server, membership, self.now) {
            return None;
        }
        let warmup = SignedDuration::from_secs(i64::from(self.refresh.preferences.warmup_s));
        // It may have left service and come back.
        let since = membership.in_service_at?.max(membership.since);
        Some(since.saturating_add(warmup).unwrap_or(Timestamp::MAX))
    }

    /// Whether a server serves and is warmed up.
    fn is_ready(&self, slot: u32) -> bool {
        self.warm_at(slot).is_some_and(|at| at <= self.now)
    }

    /// The servers that count against the desired capacity, oldest first.
    pub(super) fn members(&self) -> Vec<Member> {
        let work = &self.refresh.work;
        let mut members = Vec::new();
        for slot in self.staying(&self.group.members) {
            let Some((_, membership)) = self.server(slot).filter(|(_, membership)| membership.lifecycle.counts())
            else {
                continue;
            };
            let stand = if work.ahead.contains(&slot) {
                Stand::Ahead
            } else if work.old.contains(&slot) && self.leave(slot) == Leave::Granted {
                Stand::Old
            } else {
                Stand::Kept
            };
            members.push(Member { slot, units: membership.units(), ready: self.is_ready(slot), stand });
        }
        members
    }

    /// The servers that came since the refresh began, or were not there to be updated, and do not work yet.
    fn not_ready(&self) -> Vec<u32> {
        let mut slots = self.staying(&self.group.members);
        slots.retain(|slot| {
            let counts = self.server(*slot).is_some_and(|(_, membership)| membership.lifecycle.counts());
            counts && !self.refresh.work.old.contains(slot) && !self.is_ready(*slot)
        });
        slots
    }

    /// How many of the group's servers are still to be updated, with those that are on their way.
    pub(super) fn left(&self) -> u32 {
        let work = &self.refresh.work;
        let counted = self
            .group
            .members
            .iter()
            .filter_map(|&slot| self.server(slot))
            .filter(|(_, membership)| membership.lifecycle.counts())
            .map(|(_, membership)| membership.units())
            .fold(0, u32::saturating_add);
        let missing = usize::from(counted < self.group.desired);
        // What stands in for one that is still there is counted there.
        let ahead = work.ahead.len().min(work.old.len());
        let coming = self.not_ready().len().saturating_sub(ahead);
        u32::try_from(work.old.len() + coming + missing).unwrap_or(u32::MAX)
    }

    /// The same of its warm pool's.
    pub(super) fn left_warm(&self) -> u32 {
        let coming = self.coming_warm();
        u32::try_from(self.refresh.work.old_warm.len() + coming).unwrap_or(u32::MAX)
    }

    /// How many servers of the warm pool are on their way into it, or are not even that.
    pub(super) fn coming_warm(&self) -> usize {
        let rests = |slot: &&u32| {
            self.server(**slot).is_some_and(|(_, membership)| {
                !membership.lifecycle.is_leaving() && membership.lifecycle != Lifecycle::WarmedPending
            })
        };
        let wanted = self.group.warm_pool.as_ref().map_or(0, |pool| warm::size(self.group, pool));
        // A pool that grows meanwhile is no business of the refresh.
        wanted.min(self.refresh.work.total_warm as usize).saturating_sub(self.group.warm.iter().filter(rests).count())
    }

    /// Whether servers of the group or of its warm pool are on their way out.
    pub(super) fn is_emptying(&self) -> bool {
        let mut servers = self.group.members.iter().chain(&self.group.warm).filter_map(|&slot| self.server(slot));
        servers.any(|(_, membership)| membership.lifecycle.is_leaving())
    }

    /// How far the refresh, or its rollback, is.
    pub(super) fn progress(&self) -> Progress {
        let work = &self.refresh.work;
        let rollback = self.refresh.rollback.as_ref().filter(|_| self.refresh.status == Status::RollbackInProgress);
        // In a rollback what is put back counts as not updated; so does what had only begun.
        let share = |left: u32, total: u32, from: fn(&Progress) -> Option<Share>| match rollback
            .and_then(|rollback| from(&rollback.from))
        {
            None => Share::of(left, total),
            Some(from) => {
                let back = Share::of(total.saturating_sub(left), total);
                Share { percent: back.percent.min(from.percent), left: back.left.max(from.left) }
            }
        };
        let (left, left_warm) = (self.left(), self.left_warm());
        let has_pool = self.group.warm_pool.is_some() || work.total_warm > 0;
        Progress {
            all: share(left.saturating_add(left_warm), work.total.saturating_add(work.total_warm), |from| {
                Some(from.all)
            }),
            live: share(left, work.total, |from| Some(from.live)),
            warm: has_pool.then(|| share(left_warm, work.total_warm, |from| from.warm)),
        }
    }

    /// What it waits for, in Auto Scaling's words as far as they are known; none if for nothing.
    pub(super) fn waits_for(&self) -> Option<String> {
        let show = |slot: u32| id::show("i", self.place.servers[slot as usize].id);
        let coming = self.not_ready();
        if let Some(&slot) = coming.iter().find(|slot| self.warm_at(**slot).is_none()) {
            return Some(format!(
                "Waiting for remaining instances to be available. For example: {} has insufficient data to evaluate \
                 its health with Amazon EC2.",
                show(slot)
            ));
        }
        if let Some(&slot) = coming.first() {
            return Some(format!(
                "Waiting for instances to warm up before continuing. For example: {} is warming up.",
                show(slot)
            ));
        }
        self.blocked()
    }

    /// What it says if it waits for nothing but servers that it may not touch; none if there are none, or if others are
    /// to be updated too.
    pub(super) fn blocked(&self) -> Option<String> {
        let leaves: Vec<Leave> = self.refresh.work.old.iter().map(|&slot| self.leave(slot)).collect();
        if leaves.is_empty() || leaves.contains(&Leave::Granted) {
            return None;
        }
        let tell = |leave: Leave, what: &str| {
            let count = leaves.iter().filter(|one| **one == leave).count();
            match count {
                0 => None,
                1 => Some(format!("1 instance is {what}")),
                _ => Some(format!("{count} instances are {what}")),
            }
        };
        let parts: Vec<String> =
            [tell(Leave::Protected, "protected from scale in"), tell(Leave::Standby, "in Standby")]
                .into_iter()
                .flatten()
                .collect();
        Some(format!("Waiting for instances to be replaced: {}.", parts.join(" and ")))
    }
}

//! When servers fall due, day by day: what would burn together, what a budget makes of it, and how lifetimes would have
//! to be set for an even load. Days are counted, servers are not drawn, so that any fleet fits.
//!
//! A day is one of the calendar in UTC. What is overdue piles up today. A budget lets at most [`BUDGET_PERCENT`] of a
//! group be down at once, each for as long as a replacement takes (its median, [`crate::readiness`]); the others wait.

mod budget;
mod spread;

use fleet::{Fleet, GroupIx, Lineage, ServerIx, Time};

use crate::finding::{Findings, Phoenix};
use crate::herd::herd;
use crate::readiness::GroupReadiness;

/// At most this share of a group is down at once, and at least one server: what Karpenter's disruption budget is by
/// default (10 %), and about what AWS keeps to when it burns at `MaxInstanceLifetime` (up to 10 %).
pub const BUDGET_PERCENT: u32 = 10;
/// How far the calendar looks, in days with today; what falls due after it is counted alone.
pub const LONGEST_DAYS: usize = 60;
/// It looks at least so far.
const SHORTEST_DAYS: usize = 14;
/// How long a server counts as down where that is unknown, in seconds: one hour.
pub const ASSUMED_REPLACE_S: u32 = 3_600;

const DAY_S: i64 = 86_400;

/// What happens on one day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Day {
    /// Servers that are overdue already: on the first day alone.
    pub overdue: u32,
    /// Servers that fall due, herds included.
    pub due: u32,
    /// Of these, servers of a herd.
    pub in_herds: u32,
    /// Servers that burn under the budget.
    pub budgeted: u32,
    /// Servers that would burn with lifetimes spread evenly.
    pub spread: u32,
}

/// A group of which more fall due together than the budget lets burn at once, or a herd.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GroupDue {
    /// The group.
    pub group: GroupIx,
    /// How many servers it has.
    pub servers: u32,
    /// How many are overdue.
    pub overdue: u32,
    /// Its herd: when the first of it falls due, and how many they are.
    pub herd: Option<(Time, u32)>,
    /// How many would be down at once without a budget.
    pub at_once: u32,
    /// How many the budget allows.
    pub allowed: u32,
    /// How long one is down, in seconds.
    pub replace_s: u32,
    /// Whether that is no more than [`ASSUMED_REPLACE_S`], since it is unknown.
    pub is_assumed: bool,
    /// The longest that one waits under the budget after it fell due, or from now where it is overdue; in seconds.
    pub longest_wait_s: u32,
    /// The most that fall due on one day yet to come.
    pub day_peak: u32,
    /// The most on one day with lifetimes spread evenly.
    pub spread_peak: u32,
    /// How many servers would have to get a shorter lifetime for that.
    pub shortened: u32,
}

/// The calendar of a fleet, or of those servers that a filter leaves.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Calendar {
    /// What it counts from: the latest scope's time. `None` for a fleet without scopes.
    pub as_of: Option<Time>,
    /// The days, today first.
    pub days: Vec<Day>,
    /// Servers that fall due after the last of them.
    pub later: u32,
    /// Servers that are exempt and have no date.
    pub exempt: u32,
    /// Servers of which no date is known.
    pub unknown: u32,
    /// Groups with a herd, or with more at once than the budget allows: the largest share of a group at once first.
    pub groups: Vec<GroupDue>,
}

/// The number of the day on which `time` lies, from that of `as_of` on as 0; negative before.
#[must_use]
pub fn day_number(time: Time, as_of: Time) -> i64 {
    time.epoch_s().div_euclid(DAY_S) - as_of.epoch_s().div_euclid(DAY_S)
}

/// A server that has a date.
struct Dated {
    group: Option<GroupIx>,
    /// When it falls due; what is overdue does so now.
    at: Time,
    is_overdue: bool,
}

impl Calendar {
    /// The calendar of `servers`. `lineage` and `findings` must be those of the same fleet.
    #[must_use]
    pub fn of(fleet: &Fleet, lineage: &Lineage, findings: &Findings, servers: &[ServerIx]) -> Self {
        let Some(as_of) = fleet.scopes.iter().map(|scope| scope.pulled_at).max() else { return Self::default() };
        let mut calendar = Self { as_of: Some(as_of), ..Self::default() };
        let mut dated: Vec<Dated> = Vec::with_capacity(servers.len());
        for &ix in servers {
            let (Some(finding), Some(node)) = (findings.servers.get(ix.at()), lineage.servers.get(ix.at())) else {
                continue;
            };
            match (finding.due_at, finding.phoenix) {
                (Some(due_at), _) => {
                    dated.push(Dated { group: node.group, at: due_at.max(as_of), is_overdue: due_at <= as_of });
                }
                // Overdue whatever its group's cap is.
                (None, Phoenix::Overdue) => dated.push(Dated { group: node.group, at: as_of, is_overdue: true }),
                (None, Phoenix::Exempt) => calendar.exempt += 1,
                (None, _) => calendar.unknown += 1,
            }
        }
        let last = dated.iter().map(|one| day_number(one.at, as_of)).max().unwrap_or(0);
        let days = usize::try_from(last + 1).unwrap_or(LONGEST_DAYS).clamp(SHORTEST_DAYS, LONGEST_DAYS);
        calendar.days = vec![Day::default(); days];
        dated.sort_unstable_by_key(|one| (one.group, one.at));
        for chunk in dated.chunk_by(|a, b| a.group == b.group) {
            match chunk[0].group {
                Some(group) => calendar.add_group(lineage, findings, group, chunk, as_of),
                None => chunk.iter().for_each(|one| calendar.add_alone(one, as_of)),
            }
        }
        calendar.groups.sort_by_key(|it| {
            let share = u64::from(it.at_once) * 1_000_000 / u64::from(it.servers.max(1));
            (std::cmp::Reverse(share), std::cmp::Reverse(it.at_once), it.group)
        });
        calendar
    }

    /// The most servers that fall due on one day, today's overdue included.
    #[must_use]
    pub fn peak(&self) -> u32 {
        self.days.iter().map(|day| day.due + day.overdue).max().unwrap_or(0)
    }

    /// How many servers have a date.
    #[must_use]
    pub fn dated(&self) -> u32 {
        self.days.iter().map(|day| day.due + day.overdue).sum::<u32>() + self.later
    }

    fn day(&mut self, time: Time, as_of: Time) -> Option<&mut Day> {
        self.days.get_mut(usize::try_from(day_number(time, as_of)).ok()?)
    }

    /// Counts a server on the day on which it falls due.
    fn count(&mut self, one: &Dated, as_of: Time) {
        match self.day(one.at, as_of) {
            Some(day) if one.is_overdue => day.overdue += 1,
            Some(day) => day.due += 1,
            None => self.later += 1,
        }
    }

    /// A server in no group burns as it falls due, whatever the budget.
    fn add_alone(&mut self, one: &Dated, as_of: Time) {
        self.count(one, as_of);
        if let Some(day) = self.day(one.at, as_of) {
            day.budgeted += 1;
            day.spread += 1;
        }
    }

    fn add_group(&mut self, lineage: &Lineage, findings: &Findings, group: GroupIx, dated: &[Dated], as_of: Time) {
        dated.iter().for_each(|one| self.count(one, as_of));
        let servers = lineage.groups.get(group.at()).map_or(dated.len(), |node| node.servers.len());
        let allowed = (servers * BUDGET_PERCENT as usize / 100).max(1);
        let known = findings.readiness.groups.get(group.at()).and_then(GroupReadiness::replace);
        let replace_s = known.map_or(ASSUMED_REPLACE_S, |span| span.p50_s);

        let due: Vec<Time> = dated.iter().map(|one| one.at).collect();
        let burned = budget::burn(&due, allowed, replace_s);
        for &at in &burned.at {
            if let Some(day) = self.day(at, as_of) {
                day.budgeted += 1;
            }
        }
        let overdue = dated.iter().take_while(|one| one.is_overdue).count();
        let to_come = &due[overdue..];
        let herd = herd(to_come, servers);
        if let Some((first, count)) = herd {
            let from = to_come.partition_point(|&at| at < first);
            for &at in to_come[from..].iter().take(count as usize) {
                if let Some(day) = self.day(at, as_of) {
                    day.in_herds += 1;
                }
            }
        }
        let own_days: Vec<u32> = to_come.iter().map(|&at| u32::try_from(day_number(at, as_of)).unwrap_or(0)).collect();
        let spread = spread::spread(&own_days);
        // What is overdue can't be spread any more: it burns today.
        let today = std::iter::repeat_n(0, overdue);
        for day in today.chain(spread.days.iter().copied()) {
            if let Some(day) = self.days.get_mut(day as usize) {
                day.spread += 1;
            }
        }
        let at_once = budget::at_once(&due, replace_s);
        if at_once > allowed || herd.is_some() {
            let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            let longest = own_days.chunk_by(|a, b| a == b).map(<[u32]>::len).max().unwrap_or(0);
            let shortened = own_days.iter().zip(&spread.days).filter(|(own, new)| new < own).count();
            self.groups.push(GroupDue {
                group,
                servers: count(servers),
                overdue: count(overdue),
                herd,
                at_once: count(at_once),
                allowed: count(allowed),
                replace_s,
                is_assumed: known.is_none(),
                longest_wait_s: burned.longest_wait_s,
                day_peak: count(longest),
                spread_peak: spread.peak,
                shortened: count(shortened),
            });
        }
    }
}

/// A lifetime for one server, so that its group burns evenly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// The server.
    pub server: ServerIx,
    /// The lifetime that it would get, in seconds: whole hours, and shorter than the one that it has.
    pub lifetime_s: u32,
    /// When it would burn: never after it is due.
    pub burns_at: Time,
}

/// The servers of a group that would have to get a shorter lifetime, and which, for an even load; by when they would
/// burn. What is overdue, and what has no date, is left as it is.
#[must_use]
pub fn proposals(fleet: &Fleet, lineage: &Lineage, findings: &Findings, group: GroupIx) -> Vec<Proposal> {
    const HOUR_S: i64 = 3_600;
    let Some(as_of) = fleet.scopes.iter().map(|scope| scope.pulled_at).max() else { return Vec::new() };
    let servers = lineage.groups.get(group.at()).map_or(&[][..], |node| &node.servers);
    let dated = servers.iter().filter_map(|&server| {
        let finding = findings.servers.get(server.at())?;
        Some((finding.due_at.filter(|&at| at > as_of)?, finding.born?, server))
    });
    let mut dated: Vec<_> = dated.collect();
    dated.sort_unstable();
    let own: Vec<u32> = dated.iter().map(|&(at, ..)| u32::try_from(day_number(at, as_of)).unwrap_or(0)).collect();
    let spread = spread::spread(&own);
    let moved = dated.iter().zip(own.iter().zip(&spread.days)).filter(|(_, (own, new))| new < own);
    let proposal = |(&(due, born, server), (&own, &new)): (&(Time, Time, ServerIx), (&u32, &u32))| {
        // At the same time of the day, so that what came one by one goes so.
        let earlier = due.plus_s(-i64::from(own - new) * DAY_S)?.max(as_of);
        let lifetime_s = earlier.since_s(born).div_euclid(HOUR_S) * HOUR_S;
        Some(Proposal { server, lifetime_s: u32::try_from(lifetime_s).ok()?, burns_at: born.plus_s(lifetime_s)? })
    };
    let mut proposals: Vec<Proposal> = moved.filter_map(proposal).collect();
    proposals.sort_unstable_by_key(|proposal| (proposal.burns_at, proposal.server));
    proposals
}

//! Which server goes and which comes next: the arithmetic of a rolling refresh, without the world.
//!
//! Capacity counts in the group's units. Healthy is what is in service, healthy and warmed up. The floor is the desired
//! capacity times the least healthy percent, rounded up; the ceiling is the desired capacity times the most healthy
//! percent ("Core concepts" of instance refreshes in the Auto Scaling user guide).

/// A server that counts against the desired capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) slot: u32,
    pub(super) units: u32,
    /// Whether it is healthy and warmed up.
    pub(super) ready: bool,
    pub(super) stand: Stand,
}

/// What a refresh has to do with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// Nothing: it is as it should be, or must not be touched.
    Kept,
    /// It came to take the place of one that is still there.
    Ahead,
    /// It is to be replaced.
    Old,
}

/// How much may be out of service, and how much there may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The desired capacity, in units.
    pub(super) desired: u32,
    /// In percent.
    pub(super) min_healthy: u32,
    /// In percent; none if nobody said.
    pub(super) max_healthy: Option<u32>,
    /// Whether another replacement may begin: at a checkpoint none does.
    pub(super) may_begin: bool,
}

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// Launch one whose place another one has yet.
    Launch,
    /// Take out one that the group can do without: another one took its place.
    TakeOut(u32),
    /// Take out one and launch another at the same time.
    Swap(u32),
}

/// The least units that have to stay healthy.
pub(super) fn floor(desired: u32, min_healthy: u32) -> u32 {
    let units = (u64::from(desired) * u64::from(min_healthy)).div_ceil(100);
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// The most units that there may be.
fn ceiling(desired: u32, max_healthy: Option<u32>) -> u32 {
    let units = u64::from(desired) * u64::from(max_healthy.unwrap_or(100)) / 100;
    u32::try_from(units).unwrap_or(u32::MAX).max(desired)
}

/// Floor and ceiling for a server of so many units. Where they leave no room for it there is room for it all the same:
/// above the ceiling if everything is to stay healthy or a ceiling was asked for, else below the floor
/// (`MaxHealthyPercentage` of `RefreshPreferences`).
fn room(limits: &Limits, units: u32) -> (u32, u32) {
    let floor = floor(limits.desired, limits.min_healthy);
    let ceiling = ceiling(limits.desired, limits.max_healthy);
    if ceiling.saturating_sub(floor) >= units {
        (floor, ceiling)
    } else if limits.min_healthy >= 100 || limits.max_healthy.is_some() {
        (floor, floor.saturating_add(units))
    } else {
        (floor.min(limits.desired.saturating_sub(units)), ceiling)
    }
}

fn units(members: &[Member], counts: impl Fn(&Member) -> bool) -> u32 {
    members.iter().filter(|member| counts(member)).map(|member| member.units).fold(0, u32::saturating_add)
}

/// The old server that goes first: what is not healthy costs nothing, else the first one.
fn first(members: &[Member]) -> Option<&Member> {
    let old = || members.iter().filter(|member| member.stand == Stand::Old);
    old().find(|member| !member.ready).or_else(|| old().next())
}

/// What to do next; none if it has to wait, or all is done. `members` are in the order in which old ones go.
pub(super) fn next(limits: &Limits, members: &[Member]) -> Option<Move> {
    let old = first(members)?;
    let (floor, ceiling) = room(limits, old.units);
    let total = units(members, |_| true);
    let is_ahead = members.iter().any(|member| member.stand == Stand::Ahead);
    // More than what old ones leave behind is never wanted.
    let most = ceiling.min(limits.desired.saturating_add(units(members, |member| member.stand == Stand::Old)));
    if limits.may_begin && (limits.desired..most).contains(&total) {
        return Some(Move::Launch);
    }
    let healthy = units(members, |member| member.ready && member.slot != old.slot);
    if healthy < floor || !(is_ahead || limits.may_begin) {
        return None;
    }
    let rest = total.saturating_sub(old.units);
    Some(if is_ahead || rest >= limits.desired { Move::TakeOut(old.slot) } else { Move::Swap(old.slot) })
}

/// Which server's root volume to replace next, where servers stay; none if it has to wait, or all is done. One at a time
/// may always be out of service, or nothing would ever be updated.
pub(super) fn next_root(limits: &Limits, members: &[Member]) -> Option<u32> {
    let old = first(members).filter(|_| limits.may_begin)?;
    let floor = floor(limits.desired, limits.min_healthy).min(limits.desired.saturating_sub(old.units));
    let healthy = units(members, |member| member.ready && member.slot != old.slot);
    (healthy >= floor).then_some(old.slot)
}

/// How many units above the desired capacity there are on purpose, as long as an old one could be among those that go.
pub(super) fn surge(limits: &Limits, members: &[Member]) -> u32 {
    let Some(old) = first(members) else { return 0 };
    // The last launch may have brought more units than there was room for.
    let heaviest = members.iter().map(|member| member.units).max().unwrap_or(0);
    let most = room(limits, old.units).1.saturating_add(heaviest.saturating_sub(1));
    units(members, |_| true).min(most).saturating_sub(limits.desired)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn old(slot: u32) -> Member {
        Member { slot, units: 1, ready: true, stand: Stand::Old }
    }

    fn limits(desired: u32, min_healthy: u32, max_healthy: Option<u32>) -> Limits {
        Limits { desired, min_healthy, max_healthy, may_begin: true }
    }

    /// Makes a move in a list of servers. What is launched has slots from 100 on and so many units.
    fn make(members: &mut Vec<Member>, step: Move, units: u32) {
        if let Move::TakeOut(slot) | Move::Swap(slot) = step {
            members.retain(|member| member.slot != slot);
        }
        if let Move::TakeOut(_) = step
            && let Some(member) = members.iter_mut().find(|member| member.stand == Stand::Ahead)
        {
            member.stand = Stand::Kept;
        }
        if let Move::Launch | Move::Swap(_) = step {
            let stand = if step == Move::Launch { Stand::Ahead } else { Stand::Kept };
            let slot = members.iter().map(|member| member.slot + 1).max().unwrap_or(0).max(100);
            members.push(Member { slot, units, ready: false, stand });
        }
    }

    /// All moves that can be made now.
    fn moves(limits: &Limits, members: &mut Vec<Member>, units: u32) -> Vec<Move> {
        std::iter::from_fn(|| {
            let step = next(limits, members)?;
            make(members, step, units);
            Some(step)
        })
        .collect()
    }

    /// Desired capacity, least and most healthy percent, and what follows: the moves, and the units above desired.
    type Case = (u32, u32, Option<u32>, &'static [Move], u32);

    #[test]
    fn the_first_moves_of_a_group_follow_from_its_limits() {
        use Move::{Launch, Swap, TakeOut};
        let cases: &[Case] = &[
            // The API's own defaults: a tenth at a time, and a small group goes below its floor.
            (10, 90, None, &[Swap(0)], 0),
            (5, 90, None, &[Swap(0)], 0),
            (1, 90, None, &[Swap(0)], 0),
            // A ceiling that was asked for: above it rather than below the floor.
            (5, 90, Some(100), &[Launch], 1),
            (1, 90, Some(100), &[Launch], 1),
            (10, 90, Some(100), &[Swap(0)], 0),
            // All stay healthy: one at a time, or as many as there is room for.
            (4, 100, None, &[Launch], 1),
            (4, 100, Some(150), &[Launch, Launch], 2),
            // Both ways at once.
            (10, 90, Some(110), &[Launch, TakeOut(0), Launch], 1),
            (4, 0, None, &[Swap(0), Swap(1), Swap(2), Swap(3)], 0),
            (4, 50, Some(100), &[Swap(0), Swap(1)], 0),
        ];
        for &(desired, min, max, want, above) in cases {
            let mut members: Vec<Member> = (0..desired).map(old).collect();
            let limits = limits(desired, min, max);
            assert_eq!(moves(&limits, &mut members, 1), want, "{desired} {min} {max:?}");
            assert_eq!(surge(&limits, &members), above, "{desired} {min} {max:?}");
        }
    }

    #[test]
    fn what_is_not_healthy_goes_first_and_costs_nothing() {
        let mut members: Vec<Member> = (0..10).map(old).collect();
        members[7].ready = false;
        assert_eq!(next(&limits(10, 90, None), &members), Some(Move::Swap(7)));
        members[8].ready = false;
        assert_eq!(next(&limits(10, 90, None), &members), None);
    }

    #[test]
    fn roots_are_replaced_as_the_floor_allows_and_one_at_least() {
        for (min, want) in [(100, 1), (75, 1), (50, 2), (0, 4)] {
            let mut members: Vec<Member> = (0..4).map(old).collect();
            let limits = limits(4, min, None);
            let mut begun = 0;
            while let Some(slot) = next_root(&limits, &members) {
                let member = members.iter_mut().find(|member| member.slot == slot);
                if let Some(member) = member {
                    (member.ready, member.stand) = (false, Stand::Kept);
                }
                begun += 1;
            }
            assert_eq!(begun, want, "{min}");
            assert_eq!(next_root(&Limits { may_begin: false, ..limits }, &[old(1)]), None);
        }
    }

    #[test]
    fn a_replacement_that_is_there_lets_the_old_one_go() {
        let mut members: Vec<Member> = (0..4).map(old).collect();
        members.push(Member { slot: 9, units: 1, ready: false, stand: Stand::Ahead });
        let all_healthy = limits(4, 100, None);
        assert_eq!(next(&all_healthy, &members), None);
        members[4].ready = true;
        assert_eq!(next(&all_healthy, &members), Some(Move::TakeOut(0)));
        let stopped = Limits { may_begin: false, ..all_healthy };
        assert_eq!(moves(&stopped, &mut members, 1), [Move::TakeOut(0)]);
        assert_eq!(moves(&all_healthy, &mut members, 1), [Move::Launch]);
    }

    #[test]
    fn a_heavy_server_gets_the_room_that_it_needs() {
        let members: Vec<Member> = (0..3).map(|slot| Member { units: 4, ..old(slot) }).collect();
        assert_eq!(next(&limits(10, 100, None), &members), Some(Move::Launch));
        assert_eq!(next(&limits(10, 90, None), &members), Some(Move::Swap(0)));
        // Four units more than desired let one go at once.
        assert_eq!(next(&limits(8, 100, None), &members), Some(Move::TakeOut(0)));
    }

    /// A group that does what is said; its launches take three rounds to be ready.
    fn run(limits: Limits, weights: &[u32], new_weight: u32) -> Result<(), TestCaseError> {
        let mut members: Vec<Member> =
            weights.iter().zip(0..).map(|(&units, slot)| Member { units, ..old(slot) }).collect();
        let mut waiting: Vec<(u32, u32)> = Vec::new();
        let heaviest = weights.iter().copied().max().unwrap_or(0).max(new_weight);
        let at_rest: u32 = weights.iter().sum();
        let least = floor(limits.desired, limits.min_healthy);
        let launches_first = limits.min_healthy == 100 || limits.max_healthy.is_some();
        let least = if launches_first { least } else { least.min(limits.desired.saturating_sub(heaviest)) };
        let most = ceiling(limits.desired, limits.max_healthy).max(at_rest) + 2 * heaviest;
        for _ in 0..weights.len() * 10 {
            let before = units(&members, |member| member.ready);
            moves(&limits, &mut members, new_weight);
            // The group itself fills what is missing.
            while units(&members, |_| true) < limits.desired {
                make(&mut members, Move::Swap(u32::MAX), new_weight);
            }
            let after = units(&members, |member| member.ready);
            prop_assert!(after >= least || after == before, "{after} of {least} healthy");
            let total = units(&members, |_| true);
            prop_assert!(total <= most, "{total} of {most}");
            for member in members.iter_mut().filter(|member| !member.ready) {
                match waiting.iter_mut().find(|(slot, _)| *slot == member.slot) {
                    Some((_, rounds)) => *rounds += 1,
                    None => waiting.push((member.slot, 1)),
                }
                member.ready = waiting.iter().any(|&(slot, rounds)| slot == member.slot && rounds == 3);
            }
            if members.iter().all(|member| member.stand != Stand::Old && member.ready) {
                prop_assert_eq!(surge(&limits, &members), 0);
                return Ok(());
            }
        }
        Err(TestCaseError::fail(format!("it never ends: {members:?}")))
    }

    proptest! {
        #[test]
        fn a_refresh_ends_and_keeps_what_has_to_stay(
            weights in prop_oneof![prop::collection::vec(1..=1_u32, 1..20), prop::collection::vec(1..=8_u32, 1..12)],
            new_weight in 1..=8_u32,
            min_healthy in 0..=100_u32,
            max_healthy in prop::option::of(100..=200_u32),
        ) {
            let new_weight = if weights.iter().all(|&weight| weight == 1) { 1 } else { new_weight };
            // A mixed group holds up to one server's weight more than it wants.
            let desired = (weights.iter().sum::<u32>() + 1).saturating_sub(new_weight).max(1);
            run(Limits { desired, min_healthy, max_healthy, may_begin: true }, &weights, new_weight)?;
        }
    }
}

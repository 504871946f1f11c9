//! An even load: on which day each server would burn so that no day has more than it must, and none burns later than
//! it is due.

/// The days of a spread.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Spread {
    /// The day of each server, in the order in which they fall due.
    pub(super) days: Vec<u32>,
    /// The most that burn on one day.
    pub(super) peak: u32,
}

/// Spreads servers that are due by the end of these days, ascending, counted from today on as 0.
///
/// The peak is the least that any spread can have: by the end of each day all that are due by then must have burned, so
/// that `ceil(due by day d / (d + 1))` is needed for every d. Days are then filled from the last one back, so that each
/// server keeps as much of its lifetime as that peak allows.
pub(super) fn spread(due: &[u32]) -> Spread {
    let needed = (1_u64..).zip(due).map(|(count, &day)| count.div_ceil(u64::from(day) + 1));
    let peak = needed.max().unwrap_or(0);
    let mut days = vec![0; due.len()];
    let (mut day, mut taken) = (u32::MAX, 0);
    for (slot, &due) in days.iter_mut().zip(due).rev() {
        if due < day {
            (day, taken) = (due, 0);
        } else if taken == peak {
            // The peak leaves room for all: day 0 is not full as long as a server is left.
            (day, taken) = (day.saturating_sub(1), 0);
        }
        *slot = day;
        taken += 1;
    }
    Spread { days, peak: u32::try_from(peak).unwrap_or(u32::MAX) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_herd_is_spread_over_the_days_before_it_and_who_is_alone_stays() {
        for (due, days, peak) in [
            (&[3, 3, 3, 3, 3, 3][..], &[1, 1, 2, 2, 3, 3][..], 2),
            (&[0, 0, 0], &[0, 0, 0], 3),
            (&[2, 5, 9], &[2, 5, 9], 1),
            (&[4, 4, 9], &[3, 4, 9], 1),
            (&[1, 1, 2], &[0, 1, 2], 1),
            (&[0, 1, 1, 1], &[0, 0, 1, 1], 2),
            (&[], &[], 0),
        ] {
            assert_eq!(spread(due), Spread { days: days.to_vec(), peak }, "{due:?}");
        }
    }

    proptest! {
        #[test]
        fn nobody_burns_late_and_no_day_has_more_than_it_must(mut due in prop::collection::vec(0_u32..40, 0..200)) {
            due.sort_unstable();
            let found = spread(&due);
            let mut load = BTreeMap::new();
            for (&day, &due) in found.days.iter().zip(&due) {
                prop_assert!(day <= due);
                *load.entry(day).or_insert(0_u32) += 1;
            }
            prop_assert!(load.values().all(|&count| count <= found.peak));
            // No spread has a lower peak: some days would have to take more than all of it.
            let is_needed = |count: usize, day: u32| (count as u64) > u64::from(found.peak.saturating_sub(1)) * (u64::from(day) + 1);
            prop_assert!(due.is_empty() || due.iter().enumerate().any(|(at, &day)| is_needed(at + 1, day)));
        }
    }
}

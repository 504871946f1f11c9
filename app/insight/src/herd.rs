//! Servers of a group that would burn together.

use fleet::Time;

const DAY_S: i64 = 86_400;
/// Fewer than this are no herd, however small the group.
const FEWEST: usize = 3;

/// The largest number of servers of one group that fall due within the same 24 hours, with the first of their
/// instants, where that is a herd: at least three, and more than a tenth of the group's `servers`. Of equal ones the
/// earliest. `due` must be sorted.
pub(crate) fn herd(due: &[Time], servers: usize) -> Option<(Time, u32)> {
    let mut largest: Option<(usize, usize)> = None;
    let mut end = 0;
    for (start, &first) in due.iter().enumerate() {
        while due.get(end).is_some_and(|time| time.since_s(first) < DAY_S) {
            end += 1;
        }
        if largest.is_none_or(|(_, count)| end - start > count) {
            largest = Some((start, end - start));
        }
    }
    let (start, count) = largest.filter(|&(_, count)| count >= FEWEST && count * 10 > servers)?;
    Some((due[start], u32::try_from(count).ok()?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn hours(hours: &[i64]) -> Vec<Time> {
        hours.iter().map(|hour| Time::from_epoch_s(1_800_000_000 + hour * 3_600).unwrap()).collect()
    }

    #[test]
    fn a_herd_is_three_and_more_than_a_tenth_within_a_day() {
        for (due, servers, expected) in [
            (&[0, 10, 23][..], 4, Some((0, 3))),
            (&[0, 10, 24], 4, None),
            (&[0, 10], 2, None),
            (&[0, 1, 2], 30, None),
            (&[0, 1, 2], 29, Some((0, 3))),
            (&[0, 1, 2, 100, 101, 102, 103], 7, Some((100, 4))),
            (&[0, 1, 2, 100, 101, 102], 6, Some((0, 3))),
            (&[0, 12, 23, 30, 35], 5, Some((12, 4))),
            (&[], 0, None),
        ] {
            let found = herd(&hours(due), servers);
            let expected = expected.map(|(hour, count)| (hours(&[hour])[0], count));
            assert_eq!(found, expected, "{due:?} of {servers}");
        }
    }
}

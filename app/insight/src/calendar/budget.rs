//! What a budget does to servers that fall due: no more than so many of a group are down at once, the others wait.

use fleet::Time;

/// How a group's servers burn, one instant each.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Burned {
    /// When each is burned, in the order in which they fall due.
    pub(super) at: Vec<Time>,
    /// The longest that one waits after it fell due, in seconds.
    pub(super) longest_wait_s: u32,
}

/// Burns what falls due at `due`, ascending, with at most `slots` at once, each down for `replace_s` seconds. First
/// come, first burned: a server begins when it is due and the one `slots` places before it is done.
pub(super) fn burn(due: &[Time], slots: usize, replace_s: u32) -> Burned {
    let mut burned = Burned { at: Vec::with_capacity(due.len()), longest_wait_s: 0 };
    for (ix, &due) in due.iter().enumerate() {
        let before = ix.checked_sub(slots.max(1)).and_then(|ix| burned.at.get(ix));
        // Beyond the last instant that there is, it begins then.
        let free = before.map(|before| before.plus_s(i64::from(replace_s)).unwrap_or(*before));
        let at = free.map_or(due, |free| free.max(due));
        burned.longest_wait_s = burned.longest_wait_s.max(u32::try_from(at.since_s(due)).unwrap_or(0));
        burned.at.push(at);
    }
    burned
}

/// How many are down at once at most where each burns as it falls due, down for `replace_s` seconds. `due` ascends.
pub(super) fn at_once(due: &[Time], replace_s: u32) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (ix, time) in due.iter().enumerate() {
        while time.since_s(due[first]) >= i64::from(replace_s.max(1)) {
            first += 1;
        }
        most = most.max(ix - first + 1);
    }
    most
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn times(seconds: &[i64]) -> Vec<Time> {
        seconds.iter().map(|seconds| Time::from_epoch_s(1_800_000_000 + seconds).unwrap()).collect()
    }

    #[test]
    fn a_herd_burns_in_rounds_and_who_comes_alone_does_not_wait() {
        for (due, slots, replace_s, expected, wait) in [
            (&[0, 0, 0, 0, 0][..], 2, 100, &[0, 0, 100, 100, 200][..], 200),
            (&[0, 10, 20], 1, 100, &[0, 100, 200], 180),
            (&[0, 500, 1_000], 1, 100, &[0, 500, 1_000], 0),
            (&[0, 50, 60], 2, 100, &[0, 50, 100], 40),
            (&[0, 0, 0], 0, 100, &[0, 100, 200], 200),
            (&[0, 0, 0], 9, 100, &[0, 0, 0], 0),
            (&[0, 0, 0], 1, 0, &[0, 0, 0], 0),
            (&[], 3, 100, &[], 0),
        ] {
            let burned = burn(&times(due), slots, replace_s);
            assert_eq!((burned.at, burned.longest_wait_s), (times(expected), wait), "{due:?} {slots}");
        }
    }

    #[test]
    fn at_the_end_of_time_nothing_overflows() {
        let last = Time::from_epoch_s(i64::from(u32::MAX)).unwrap();
        let burned = burn(&[last; 3], 1, u32::MAX);
        assert_eq!((burned.at, burned.longest_wait_s), (vec![last; 3], 0));
        assert_eq!(at_once(&[last; 3], u32::MAX), 3);
    }

    #[test]
    fn as_many_are_down_at_once_as_fall_due_within_a_replacement() {
        for (due, replace_s, expected) in
            [(&[0, 10, 99, 100, 101][..], 100, 4), (&[0, 100, 200], 100, 1), (&[0, 0, 0], 0, 3), (&[], 100, 0)]
        {
            assert_eq!(at_once(&times(due), replace_s), expected, "{due:?}");
        }
    }
}

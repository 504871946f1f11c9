//! Where to look first in a fleet.

use std::cmp::Reverse;

use fleet::{GroupIx, ServerIx};

use crate::finding::Findings;

/// What stands out of a fleet, the worst first, a handful of each. Found once a fleet, since a look at all servers is too
/// long for a frame.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Foremost {
    /// The oldest servers with their age in seconds.
    pub oldest: Vec<(ServerIx, i64)>,
    /// The groups with the most overdue servers, and how many.
    pub overdue: Vec<(GroupIx, u32)>,
}

/// How many of each.
const SHOWN: usize = 6;

impl Foremost {
    /// What stands out of these findings. Linear.
    #[must_use]
    pub fn of(findings: &Findings) -> Self {
        let ages = (0..).map(ServerIx).zip(&findings.servers);
        let groups = (0..).map(GroupIx).zip(&findings.groups);
        Self {
            oldest: most(ages.filter_map(|(server, finding)| Some((server, finding.age_s()?)))),
            overdue: most(groups.map(|(group, finding)| (group, finding.overdue)).filter(|&(_, overdue)| overdue > 0)),
        }
    }
}

/// The few with the highest numbers, of equals those that come first.
fn most<Ix: Ord + Copy, Number: Ord + Copy>(all: impl Iterator<Item = (Ix, Number)>) -> Vec<(Ix, Number)> {
    let rank = |&(ix, number): &(Ix, Number)| (Reverse(number), ix);
    let mut most: Vec<(Ix, Number)> = Vec::with_capacity(SHOWN + 1);
    for one in all {
        if most.len() == SHOWN && most.last().is_some_and(|last| rank(last) < rank(&one)) {
            continue;
        }
        let at = most.partition_point(|other| rank(other) < rank(&one));
        most.insert(at, one);
        most.truncate(SHOWN);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_come_first_and_of_equals_the_first() {
        let numbers = [3, 9, 1, 9, 4, 4, 2, 8, 3];
        let ranked = most(numbers.into_iter().enumerate());
        assert_eq!(ranked, [(1, 9), (3, 9), (7, 8), (4, 4), (5, 4), (0, 3)]);
        assert_eq!(most([(7, 1)].into_iter()), [(7, 1)]);
        assert_eq!(most(std::iter::empty::<(u8, u8)>()), []);
    }
}

//! How many edges cross between two columns.

/// A Fenwick tree of counts: adds one and sums a prefix in logarithmic time.
#[derive(Default)]
pub(crate) struct Counts(Vec<u32>);

impl Counts {
    fn clear(&mut self, positions: usize) {
        self.0.clear();
        self.0.resize(positions + 1, 0);
    }

    fn add(&mut self, position: u32) {
        let mut at = position as usize + 1;
        while at < self.0.len() {
            self.0[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    /// How many were added at `position` or before it.
    fn up_to(&self, position: u32) -> u64 {
        let mut at = position as usize + 1;
        let mut sum = 0;
        while at > 0 {
            sum += u64::from(self.0[at]);
            at -= at & at.wrapping_neg();
        }
        sum
    }
}

/// How many pairs of edges cross, given for each node of the left column, from top to bottom, the positions in the
/// right column that its edges lead to, sorted. Edges that share an end do not cross. O(edges log positions). What
/// `seen` holds from before does not matter.
pub(crate) fn count<'a>(left: impl Iterator<Item = &'a [u32]>, right_len: usize, seen: &mut Counts) -> u64 {
    seen.clear(right_len);
    let (mut total, mut crossings) = (0_u64, 0_u64);
    for positions in left {
        for &position in positions {
            crossings += total - seen.up_to(position);
        }
        for &position in positions {
            seen.add(position);
        }
        total += positions.len() as u64;
    }
    crossings
}

/// How many crossings the edges of two neighbours in a column have with each other: as they stand, and swapped. Both
/// lists are sorted positions in one and the same other column.
pub(crate) fn of_pair(upper: &[u32], lower: &[u32]) -> (u64, u64) {
    let (mut kept, mut swapped) = (0_u64, 0_u64);
    let (mut below, mut not_above) = (0, 0);
    for &position in upper {
        while below < lower.len() && lower[below] < position {
            below += 1;
        }
        while not_above < lower.len() && lower[not_above] <= position {
            not_above += 1;
        }
        kept += below as u64;
        swapped += (lower.len() - not_above) as u64;
    }
    (kept, swapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_hand(left: &[Vec<u32>]) -> u64 {
        let mut crossings = 0;
        for (i, upper) in left.iter().enumerate() {
            for lower in &left[i + 1..] {
                for a in upper {
                    crossings += lower.iter().filter(|&b| b < a).count() as u64;
                }
            }
        }
        crossings
    }

    #[test]
    fn crossings_are_counted_as_by_hand() {
        let mut seen = Counts::default();
        for left in [
            vec![vec![0], vec![1], vec![2]],
            vec![vec![2], vec![1], vec![0]],
            vec![vec![0, 1, 2], vec![0, 2], vec![1, 1]],
            vec![vec![4], vec![], vec![0, 3, 4], vec![2]],
        ] {
            assert_eq!(count(left.iter().map(Vec::as_slice), 5, &mut seen), by_hand(&left), "{left:?}");
        }
        assert_eq!(count([vec![2_u32], vec![1], vec![0]].iter().map(Vec::as_slice), 3, &mut seen), 3);
    }

    #[test]
    fn a_swap_is_judged_as_by_hand() {
        for (upper, lower) in
            [(vec![0, 4], vec![1, 4]), (vec![3], vec![0, 1, 2]), (vec![], vec![1]), (vec![1, 1], vec![1])]
        {
            let kept = by_hand(&[upper.clone(), lower.clone()]);
            let swapped = by_hand(&[lower.clone(), upper.clone()]);
            assert_eq!(of_pair(&upper, &lower), (kept, swapped), "{upper:?} {lower:?}");
        }
    }
}

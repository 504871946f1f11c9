//! What was asked and what happened, in order, with a hash over all of it: the same seed, requests and clock give the
//! same hash.

use std::{collections::VecDeque, hash::Hasher};

use jiff::Timestamp;
use rustc_hash::FxHasher;

/// So many of the last entries are kept; the hash covers all that ever were.
const KEPT: usize = 10_000;

/// One thing that was asked or that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceEntry {
    /// When, by the simulated clock.
    pub at: Timestamp,
    /// What, in a line.
    pub what: String,
}

/// The trace so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace {
    hash: u64,
    count: u64,
    entries: VecDeque<TraceEntry>,
}

impl Trace {
    /// Adds an entry. `detail` is not kept but goes into the hash.
    pub(crate) fn add(&mut self, at: Timestamp, what: String, detail: &[u8]) {
        let mut hasher = FxHasher::default();
        hasher.write_u64(self.hash);
        hasher.write_i128(at.as_nanosecond());
        hasher.write(what.as_bytes());
        hasher.write(detail);
        self.hash = hasher.finish();
        self.count += 1;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(TraceEntry { at, what });
    }

    /// A hash over everything so far.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// How many entries there ever were.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The last entries, oldest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &TraceEntry> {
        self.entries.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_time_and_detail_all_count() {
        let trace = |entries: &[(i64, &str, &[u8])]| {
            let mut trace = Trace::default();
            for (second, what, detail) in entries {
                trace.add(Timestamp::constant(*second, 0), (*what).to_owned(), detail);
            }
            trace.hash()
        };
        let one = trace(&[(1, "a", b""), (2, "b", b"x")]);
        assert_eq!(one, trace(&[(1, "a", b""), (2, "b", b"x")]));
        for other in [
            trace(&[(2, "b", b"x"), (1, "a", b"")]),
            trace(&[(1, "a", b""), (3, "b", b"x")]),
            trace(&[(1, "a", b""), (2, "b", b"y")]),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn old_entries_go_and_the_count_stays() {
        let mut trace = Trace::default();
        for n in 0..KEPT + 5 {
            trace.add(Timestamp::UNIX_EPOCH, n.to_string(), b"");
        }
        assert_eq!(trace.count(), KEPT as u64 + 5);
        assert_eq!(trace.entries().next().map(|entry| &*entry.what), Some("5"));
    }
}

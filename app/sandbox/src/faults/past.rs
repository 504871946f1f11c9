//! The world as it was, for reads that lag behind. Nothing is kept but while a fault needs it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use crate::world::World;

/// So many snapshots cover the longest lag: a large world takes tens of megabytes.
const SNAPSHOTS: i64 = 20;

/// The world as it was until something changed it.
#[derive(Debug)]
struct Snapshot {
    /// When it stopped being so.
    until: Timestamp,
    world: Arc<World>,
}

/// What the world was, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Past(Mutex<VecDeque<Snapshot>>);

impl Past {
    fn snapshots(&self) -> MutexGuard<'_, VecDeque<Snapshot>> {
        // Each step leaves the snapshots in order, whatever became of the thread that held them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the world as it is, which something will change at `at`, as far as its faults look back. Within a second,
    /// or a twentieth of the longest lag if that is more, the first state stands for all.
    pub(crate) fn keep(&self, world: &World, at: Timestamp) {
        let mut snapshots = self.snapshots();
        let Some(longest_s) = world.faults.longest_stale_s() else {
            snapshots.clear();
            return;
        };
        let seen = ago(at, longest_s);
        while snapshots.front().is_some_and(|oldest| oldest.until <= seen) {
            snapshots.pop_front();
        }
        let apart_s = (longest_s / SNAPSHOTS).max(1);
        if snapshots.back().is_none_or(|newest| at.duration_since(newest.until).as_secs() >= apart_s) {
            snapshots.push_back(Snapshot { until: at, world: Arc::new(world.clone()) });
        }
    }

    /// The world as it was at `then`; none where it still is so.
    pub(crate) fn at(&self, then: Timestamp) -> Option<Arc<World>> {
        let snapshots = self.snapshots();
        snapshots.iter().find(|snapshot| snapshot.until > then).map(|snapshot| snapshot.world.clone())
    }
}

/// So many seconds before `at`.
pub(crate) fn ago(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_sub(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use crate::world::id::Seed;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(1_793_000_000 + s).unwrap()
    }

    /// A world that changes every second, told from others by its seed.
    fn changing(past: &Past, plan: &Arc<crate::faults::plan::Plan>, seconds: std::ops::Range<i64>) {
        for second in seconds {
            let mut world = World::new(Seed(second.unsigned_abs()), &[], 8);
            world.faults = plan.clone();
            past.keep(&world, at(second));
        }
    }

    #[test]
    fn what_was_is_kept_as_far_back_as_a_fault_looks() {
        let (past, plan) = (Past::default(), Arc::new(crate::faults::plan::Plan::new(Seed(1))));
        changing(&past, &plan, 0..10);
        assert!(past.at(at(-1)).is_none(), "nobody looks back");
        plan.inject("stale:seconds=5".parse().unwrap(), at(10));
        changing(&past, &plan, 10..100);
        // The world of second 97 lasted until then, so a moment before it is what was.
        assert_eq!(past.at(at(96)).unwrap().seed.0, 97);
        assert_eq!(past.snapshots().len(), 5);
        assert!(past.at(at(99)).is_none(), "it still is so");
        plan.clear();
        changing(&past, &plan, 100..101);
        assert_eq!(past.snapshots().len(), 0);
    }

    #[test]
    fn a_long_look_back_keeps_no_more_worlds() {
        let (past, plan) = (Past::default(), Arc::new(crate::faults::plan::Plan::new(Seed(1))));
        plan.inject("stale:seconds=1000".parse().unwrap(), at(0));
        changing(&past, &plan, 0..5_000);
        let kept = past.snapshots().len();
        assert!((19..=21).contains(&kept), "{kept}");
        let was = past.at(at(4_000)).unwrap().seed.0;
        assert!((4_001..=4_050).contains(&was), "{was}");
    }
}

//! What the window draws.

use std::sync::Arc;

use fleet::{Fleet, Lineage, Time};
use insight::{Findings, Foremost, Policy};
use scene::{Motion, Scene};

use crate::source::Source;

/// One pull with everything that follows from it. Never changes once it is published.
#[derive(Clone)]
pub struct View {
    /// Counts up with each view of a session.
    pub generation: u64,
    /// Where it came from.
    pub source: Source,
    /// The rows.
    pub fleet: Arc<Fleet>,
    /// Their graph.
    pub lineage: Arc<Lineage>,
    /// What follows.
    pub findings: Arc<Findings>,
    /// What stands out of them.
    pub foremost: Arc<Foremost>,
    /// The picture.
    pub scene: Arc<Scene>,
    /// What came and went since the view before, where that was of the same pull: what an operation did.
    pub motion: Arc<Motion>,
    /// Counts up with each pull: a view in which some things were read again keeps it, and the camera stays.
    pub pull: u64,
    /// Whether it is the last pull of another run, shown until this one's has ended: nothing can be acted on from it.
    pub is_kept: bool,
    /// Whether the bases of base images are unfolded.
    pub is_unfolded: bool,
    /// The policy that the findings were made under.
    pub policy: Arc<Policy>,
    /// When the pull ended, by the local clock: what freshness is counted from. Of a file, the latest scope's time.
    pub pulled_at: Time,
}

impl View {
    /// Different accounts of the scopes.
    #[must_use]
    pub fn account_count(&self) -> usize {
        count(self.fleet.scopes.iter().map(|scope| scope.account))
    }

    /// Different regions of the scopes.
    #[must_use]
    pub fn region_count(&self) -> usize {
        count(self.fleet.scopes.iter().map(|scope| scope.region))
    }
}

fn count(each: impl Iterator<Item = fleet::Sym>) -> usize {
    let mut all: Vec<_> = each.collect();
    all.sort_unstable();
    all.dedup();
    all.len()
}

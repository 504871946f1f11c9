//! Snapshots: what images' and servers' volumes are made from.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Tags, region::Region};

/// A snapshot of a volume.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) id: u64,
    pub(crate) owner: Arc<str>,
    pub(crate) owner_alias: Option<Arc<str>>,
    pub(crate) region: &'static Region,
    pub(crate) started: Timestamp,
    /// When it is whole.
    pub(crate) completed: Timestamp,
    pub(crate) size_gib: u32,
    pub(crate) encrypted: bool,
    /// The volume that it was taken of; none for a copy.
    pub(crate) volume: Option<u64>,
    pub(crate) description: String,
    pub(crate) tags: Tags,
    /// Everyone may make volumes of it.
    pub(crate) public: bool,
    pub(crate) deleted: bool,
}

impl Snapshot {
    /// EC2's word for its state.
    pub(crate) fn state(&self, now: Timestamp) -> &'static str {
        if now < self.completed { "pending" } else { "completed" }
    }

    /// How much of it is there, from 0 to 100.
    pub(crate) fn percent(&self, now: Timestamp) -> i64 {
        let whole = self.completed.duration_since(self.started).as_secs().max(1);
        let done = now.duration_since(self.started).as_secs().clamp(0, whole);
        if now >= self.completed { 100 } else { done.saturating_mul(100) / whole }
    }

    /// Whether `account` can describe it.
    pub(crate) fn visible_to(&self, account: &str) -> bool {
        !self.deleted && (self.public || &*self.owner == account)
    }
}

//! Values that are written down without a copy of their text.

use std::fmt;

use fleet::{Fleet, TagSet, Time};
use serde::{Serialize, Serializer};

/// An instant, written in RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct At(pub Time);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// What says so: the call, and the field of its answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Evidence(pub fleet::Evidence);

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.call().operation(), self.0.field())
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Tags, written as a map sorted by key.
#[derive(Clone, Copy)]
pub struct Tags<'a> {
    fleet: &'a Fleet,
    set: TagSet,
}

impl<'a> Tags<'a> {
    /// The tags of a set of this fleet.
    #[must_use]
    pub fn new(fleet: &'a Fleet, set: TagSet) -> Self {
        Self { fleet, set }
    }
}

impl fmt::Debug for Tags<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.fleet.symbols.tags(self.set)).finish()
    }
}

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fleet.symbols.tags(self.set))
    }
}

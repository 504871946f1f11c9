//! What an edge of the lineage says, and what says so.

use super::proof::Evidence;

/// What an edge means. The name reads from its tail to its head, or as the effect's own word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EdgeKind {
    /// image -> recipe: the recipe builds on the image.
    BuildsOn,
    /// recipe -> image: the recipe made the image.
    Bakes,
    /// image -> image: the second is a copy of the first.
    CopiedTo,
    /// image -> image: the second was made from the first, and no recipe is known to stand between.
    DerivedFrom,
    /// image -> template version: the template version names the image.
    References,
    /// template version -> group: the group launches from it.
    Uses,
    /// template version -> server: the server was launched from it.
    Launched,
    /// group -> server: the server belongs to the group.
    Member,
    /// image -> server: what the server's root really is; it overrides what the template says.
    Runs,
}

/// How sure an edge is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Grade {
    /// A field that AWS itself writes says so.
    Proven,
    /// A tag says so, which anybody can write.
    Tagged,
    /// It follows from other facts.
    Inferred,
}

impl Grade {
    /// The report's name: `proven`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Tagged => "tagged",
            Self::Inferred => "inferred",
        }
    }
}

/// An edge: its meaning and its proof.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edge {
    /// What it means.
    pub kind: EdgeKind,
    /// How sure it is.
    pub grade: Grade,
    /// Which field of which call said so.
    pub evidence: Evidence,
}

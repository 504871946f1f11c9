//! What was found in user data, kept where the text itself is not: in a saved fleet.

use serde::{Deserialize, Serialize};

use crate::interned::Handle;
use crate::symbol::Sym;
use crate::user_data::UserData;

/// How much of a server is made at boot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub enum BakeVerdict {
    /// Its image has all; what happens at boot belongs there.
    Baked,
    /// Some of it is made at boot.
    Mixed,
    /// It is made at boot.
    Fried,
    /// The text can't be understood, or was not read.
    #[default]
    Unknown,
}

impl BakeVerdict {
    /// All, in the order in which people want to see them.
    pub const ALL: [Self; 4] = [Self::Fried, Self::Mixed, Self::Baked, Self::Unknown];

    /// The report's and the query language's name: `mixed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Baked => "baked",
            Self::Mixed => "mixed",
            Self::Fried => "fried",
            Self::Unknown => "unknown",
        }
    }

    /// The verdict on things that come together: fried where one is, else unknown where one is, since it may be
    /// fried; else the worse.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let rank = |verdict| match verdict {
            Self::Baked => 0,
            Self::Mixed => 1,
            Self::Unknown => 2,
            Self::Fried => 3,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum BakeSeverity {
    /// Worth a look.
    Low,
    /// Slows the boot down or makes it vary.
    Medium,
    /// Makes it fail or another server than yesterday's, or gives a secret away.
    High,
}

impl BakeSeverity {
    /// The report's name: `high`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One finding in user data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BakeFinding {
    /// The rule's id.
    pub rule: Sym,
    /// How much it weighs.
    pub severity: BakeSeverity,
    /// Line in the decoded text, from 1; `None` for the text as a whole.
    pub line: Option<u32>,
    /// What stands there, secrets masked.
    pub excerpt: Sym,
    /// Why it is a risk.
    pub why: Sym,
    /// How to bake it instead.
    pub fix: Sym,
    /// Whether it brings something at boot that an image could have brought; a secret, say, does not.
    pub fries: bool,
    /// Whether it is that something could not be read.
    pub is_unread: bool,
    /// Findings of one command or module share its number; `None` for what is no part of one.
    pub act: Option<u32>,
}

/// What was found in one text of user data. `cloud` makes none: they are made right after a pull, while the texts are in
/// memory, and a fleet that is loaded from a file shows those that it was saved with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Bake {
    /// The text.
    pub user_data: Handle<UserData>,
    /// The version of the rules that were asked.
    pub rules: Sym,
    /// What kind of text it is: `cloud-config`, `script`, ...
    pub format: Option<Sym>,
    /// The verdict.
    pub verdict: BakeVerdict,
    /// The findings, by line.
    pub findings: Vec<BakeFinding>,
}

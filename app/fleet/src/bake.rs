//! What was found in user data, kept where the text itself is not: in a saved fleet.

use serde::{Deserialize, Serialize};

use crate::interned::Handle;
use crate::symbol::Sym;
use crate::user_data::UserData;

/// How much of a server is made at boot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum BakeVerdict {
    /// Its image has all; what happens at boot belongs there.
    Baked,
    /// Some of it is made at boot.
    Mixed,
    /// It is made at boot.
    Fried,
    /// The text can't be understood.
    Unknown,
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
}

/// What was found in one text of user data. A pull makes none: they are made from the texts as long as those are in
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

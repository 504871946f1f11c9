//! The policy file `emberline.toml`: lifetimes by query, what is exempt, names of accounts, the conventions of Packer tags, what may be
//! done to a fleet, and by which programs images are baked.
//!
//! ```toml
//! default_lifetime = "30d"
//!
//! [[lifetime]]            # the first that matches wins
//! query = "group:web*"
//! is = "14d"
//!
//! [[objective]]           # in how long a group is to be made again; the first that matches wins
//! query = "group:web*"
//! rto = "45m"
//!
//! [[exempt]]              # found and shown, and counts for nothing
//! query = "group:billing-*"
//! from = ["lifetime", "snowflake:no-recipe", "drift"]
//! reason = "goes with the old data centre"
//! until = 2027-03-31      # its last day, in UTC
//!
//! [[off]]                 # not asked for
//! query = "tag:env=dev"   # absent: everywhere
//! rules = ["drift:tags", "bake:agent-install"]
//! reason = "developers tag as they like"
//!
//! [accounts]
//! 210987654321 = "prod"
//! 310987654321 = { name = "stage", production = false }
//!
//! [packer]                # each list replaces the one built in
//! recipe_tags = ["packer:template"]
//! marker_tags = ["packer*"]
//! base_tags = ["SourceAMI"]
//!
//! [operate]
//! min_healthy = 90        # percent of a group that stays healthy
//! floor = 2               # units of any group that stay healthy
//! batch = 10              # servers in one plan
//!
//! [burn]                  # absent: chance burns nothing
//! period = "1d"           # at most one of a group in this time
//! hours = "9-15"          # on working days
//! time_zone = "Europe/Berlin"
//!
//! [bake.web]              # what bakes the Packer template `web`
//! command = ["packer", "build", "-color=false", "web.pkr.hcl"]
//! directory = "/home/ada/images"
//! image = { manifest = "packer-manifest.json" }
//! ```

mod acting;
mod bake;
mod objective;
mod read;
mod waive;

use std::collections::BTreeMap;
use std::path::Path;

use fleet::query::Query;
use fleet::{Conventions, DurationError, parse_duration};

pub use acting::{BurnPolicy, OperatePolicy};
pub use bake::{BakeCommand, BakedImage};
pub use objective::{ObjectiveError, ObjectiveRule, parse_objective};
pub use waive::{Waivable, Waiver};

/// The lifetime where nothing else says: 30 days (Karpenter's default expiry, and the value of AWS's examples).
pub const DEFAULT_LIFETIME_S: u32 = 30 * 86_400;

/// The shortest lifetime: one hour. Below it a server would burn before its group has settled.
pub const SHORTEST_LIFETIME_S: u32 = 3_600;

/// The longest lifetime: 100 years. What should live longer is exempt.
pub const LONGEST_LIFETIME_S: u32 = 36_500 * 86_400;

/// What the policy file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    lifetimes: Vec<LifetimeRule>,
    default_lifetime_s: u32,
    waivers: Vec<Waiver>,
    objectives: Vec<ObjectiveRule>,
    accounts: BTreeMap<String, Account>,
    conventions: Conventions,
    operate: OperatePolicy,
    burn: Option<BurnPolicy>,
    bakes: Vec<BakeCommand>,
}

/// A lifetime for the servers that a query selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifetimeRule {
    /// Which servers. It never asks for age, behind or a verdict.
    pub query: Query,
    /// Their lifetime in seconds.
    pub lifetime_s: u32,
}

/// What the policy says of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What people call it.
    pub name: Option<String>,
    /// Whether it counts as production, which it does unless the file says otherwise.
    pub production: bool,
}

/// Where and why a policy file is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct PolicyError {
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            lifetimes: Vec::new(),
            default_lifetime_s: DEFAULT_LIFETIME_S,
            waivers: Vec::new(),
            objectives: Vec::new(),
            accounts: BTreeMap::new(),
            conventions: Conventions::default(),
            operate: OperatePolicy::default(),
            burn: None,
            bakes: Vec::new(),
        }
    }
}

impl Policy {
    /// Reads the text of a policy file. Nothing is guessed: an unknown key is an error.
    ///
    /// # Errors
    /// Names `file_name`, the line, the column, what is wrong there and what would be right.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, PolicyError> {
        read::read(text, file_name)
    }

    /// The same, with the folders of bake commands as seen from this one, the policy file's own.
    #[must_use]
    pub fn seen_from(mut self, folder: &Path) -> Self {
        self.bakes.iter_mut().for_each(|bake| bake.seen_from(folder));
        self
    }

    /// The rules in their order: the first that matches wins.
    #[must_use]
    pub fn lifetimes(&self) -> &[LifetimeRule] {
        &self.lifetimes
    }

    /// The lifetime where no rule matches, in seconds.
    #[must_use]
    pub fn default_lifetime_s(&self) -> u32 {
        self.default_lifetime_s
    }

    /// What it takes out of the findings, what is exempt before what is off: the first that matches wins.
    #[must_use]
    pub fn waivers(&self) -> &[Waiver] {
        &self.waivers
    }

    /// The recovery objectives in their order: the first that matches wins.
    #[must_use]
    pub fn objectives(&self) -> &[ObjectiveRule] {
        &self.objectives
    }

    /// How recipes are recognised.
    #[must_use]
    pub fn conventions(&self) -> Conventions {
        self.conventions.clone()
    }

    /// What people call the account `id`; `None` where the policy does not say.
    #[must_use]
    pub fn account_name(&self, id: &str) -> Option<&str> {
        self.accounts.get(id)?.name.as_deref()
    }

    /// Whether the account `id` counts as production: unless the policy says otherwise, it does.
    #[must_use]
    pub fn is_production(&self, id: &str) -> bool {
        self.accounts.get(id).is_none_or(|account| account.production)
    }

    /// What actions may do, where the policy says.
    #[must_use]
    pub fn operate(&self) -> OperatePolicy {
        self.operate
    }

    /// Where chance may burn; `None` for nowhere.
    #[must_use]
    pub fn burn(&self) -> Option<&BurnPolicy> {
        self.burn.as_ref()
    }

    /// The bake commands, by name.
    #[must_use]
    pub fn bakes(&self) -> &[BakeCommand] {
        &self.bakes
    }
}

/// Why a text is no lifetime.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LifetimeError {
    /// It is no duration.
    #[error(transparent)]
    Duration(#[from] DurationError),
    /// It is too short.
    #[error("'{0}' is too short for a lifetime; the shortest is 1h")]
    TooShort(String),
    /// It is too long.
    #[error("'{0}' is too long for a lifetime; the longest is 36500d, and the tag emberline:exempt means for good")]
    TooLong(String),
}

/// Reads a phoenix lifetime such as `14d` or `36h`, from one hour to 100 years, as seconds: the same for the policy
/// file and for the tag `emberline:lifetime`.
///
/// # Errors
/// Says what would be right.
pub fn parse_lifetime(text: &str) -> Result<u32, LifetimeError> {
    match parse_duration(text)? {
        seconds if seconds < SHORTEST_LIFETIME_S => Err(LifetimeError::TooShort(text.to_owned())),
        seconds if seconds > LONGEST_LIFETIME_S => Err(LifetimeError::TooLong(text.to_owned())),
        seconds => Ok(seconds),
    }
}

#[cfg(test)]
mod tests;

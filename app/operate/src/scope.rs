//! Where an operation happens.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Partition + account + region, reached through one profile.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: String,
    /// The account's 12 digits.
    pub account: String,
    /// `eu-west-1`.
    pub region: String,
    /// The profile that reaches it; `None` for environment credentials.
    pub profile: Option<String>,
}

impl fmt::Display for Scope {
    /// `123456789012/eu-west-1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

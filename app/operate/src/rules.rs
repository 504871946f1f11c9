//! What the user's policy allows in one account.

use serde::{Deserialize, Serialize};

/// The least share of a group that stays healthy where neither the group nor the policy says: 90 %, the API's default
/// for an instance refresh.
pub const DEFAULT_MIN_HEALTHY_PERCENT: u8 = 90;

/// The most servers of one plan where the policy does not say.
pub const DEFAULT_BATCH: u32 = 10;

/// What the user's policy allows in one account, and what is known of the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rules {
    /// Why the source can't be acted on: a file, the past, an endpoint that is neither AWS's nor loopback.
    pub read_only: Option<String>,
    /// Whether the account counts as production, so that its name has to be typed.
    pub is_production: bool,
    /// What is typed: the account's name in the policy, else its id.
    pub alias: String,
    /// The least share of a group that stays healthy, in percent, where the group's own maintenance policy does not
    /// ask for more.
    pub min_healthy_percent: u8,
    /// The least units of any group that stay healthy.
    pub floor: Option<u32>,
    /// The most servers in one plan.
    pub batch: u32,
    /// Where chance may burn; `None` for nowhere.
    pub burn: Option<BurnRules>,
}

/// The leash of chance (Chaos Monkey's: off by default, working hours, at most one a group and period).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BurnRules {
    /// At most one burn of a group in this time, in seconds.
    pub period_s: u32,
    /// The first hour of the day in which it may burn, 0 to 23.
    pub from_hour: u8,
    /// The hour at which it stops, 1 to 24.
    pub to_hour: u8,
    /// The IANA time zone that the hours are of.
    pub time_zone: String,
}

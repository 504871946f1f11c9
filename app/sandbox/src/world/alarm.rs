//! CloudWatch alarms, as far as anything here hears them: which ring is said from outside.

use serde::{Deserialize, Serialize};

/// The state of a CloudWatch alarm (`StateValue` of its API).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AlarmState {
    /// All is well.
    Ok,
    /// What it watches is beyond its threshold.
    Alarm,
    /// Nothing is known of what it watches: it is taken as no alarm.
    InsufficientData,
}

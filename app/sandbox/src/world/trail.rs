//! The account's trail of calls: what CloudTrail tells.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::principal::Principal;

/// One call that somebody made.
#[derive(Debug, Clone)]
pub(crate) struct TrailEvent {
    pub(crate) id: u64,
    pub(crate) at: Timestamp,
    pub(crate) request_id: String,
    /// The word before the colon in IAM's names of actions.
    pub(crate) service: &'static str,
    pub(crate) name: &'static str,
    pub(crate) principal: Arc<Principal>,
    /// As CloudTrail tells them, without secrets.
    pub(crate) parameters: Value,
    /// ARNs and ids.
    pub(crate) resources: Vec<String>,
    pub(crate) outcome: Outcome,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// With AWS's code and message.
    Refused {
        code: String,
        message: String,
    },
}

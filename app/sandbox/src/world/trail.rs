//! The account's trail of calls: what CloudTrail tells.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    id::{self, Seed},
    principal::Principal,
};

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

impl TrailEvent {
    /// What the trail says of a call: `action` is its service's prefix and its name.
    pub(crate) fn of_call(
        seed: Seed,
        at: Timestamp,
        request_id: &str,
        action: (&'static str, &'static str),
        principal: Arc<Principal>,
        resources: Vec<String>,
        outcome: Outcome,
    ) -> TrailEvent {
        let id = id::mix(seed.id(&["trail", request_id]));
        let (service, name) = action;
        TrailEvent { id, at, request_id: request_id.to_owned(), service, name, principal, resources, outcome }
    }
}

//! What operations read of AWS, against the sandbox through the SDK.
#![expect(clippy::unwrap_used, reason = "a test")]

mod harbor;
mod read_policy;
mod reads;
mod refusals;

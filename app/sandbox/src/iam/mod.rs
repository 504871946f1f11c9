//! IAM's identity policies: reads them as AWS writes them, and tells whether they allow an action on a resource.
//!
//! Invariants:
//! - What is not understood is an error when a policy is read: nothing is skipped that could narrow or widen it.
//! - An explicit deny wins, and what no statement allows is denied: neither the order of policies nor that of
//!   statements matters.
//! - A decision follows from the policies and the request alone: no clock, no world, no chance.
//!
//! The rules are those of the IAM User Guide: 'IAM JSON policy elements' and 'Policy evaluation logic'.

mod condition;
mod document;
mod error;
mod evaluate;
mod json;
mod operator;
mod pattern;

pub(crate) use document::Policy;
pub use error::PolicyError;
pub(crate) use evaluate::{Context, Decision, Resource, evaluate};

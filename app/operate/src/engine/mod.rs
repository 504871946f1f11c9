//! Carries plans out: step by step, each verified, written down, sent once and observed until it has settled.
//!
//! Invariants
//! - The state of an operation is what its journal entries add up to ([`Operation`]). The engine writes an entry and
//!   then goes on from what that adds up to; it keeps nothing beside.

mod follow_up;
mod state;

pub use state::{Asked, Note, Operation, Order, SentRecord, StepRecord, StepState};

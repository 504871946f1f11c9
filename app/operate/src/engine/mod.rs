//! Carries plans out: step by step, each verified, written down, sent once and observed until it has settled.
//!
//! Invariants
//! - The state of an operation is what its journal entries add up to ([`Operation`]). The engine writes an entry and
//!   then goes on from what that adds up to; it keeps nothing beside.
//! - Nothing is sent before [`crate::Entry::Sending`] is on disk. When the journal can't be written, everything stops.
//! - A step that was written down to be sent is never sent again: not after a lost answer, not after a crash, not by
//!   anybody's word. Reading tells what became of it, or a person is asked.
//! - One thread at a time works on an operation: it holds the journal's lock.

mod abandon;
mod bakery;
#[cfg(test)]
mod baking;
mod begin;
#[cfg(test)]
mod folds;
mod follow_up;
#[cfg(test)]
mod handing_over;
#[cfg(test)]
mod life;
#[cfg(test)]
mod looks;
mod observe;
mod orders;
#[cfg(test)]
pub(crate) mod plans;
mod questions;
mod reconcile;
mod run;
#[cfg(test)]
pub(crate) mod stage;
#[cfg(test)]
mod starts;
mod state;
#[cfg(test)]
mod tests;

pub use abandon::abandon;
pub use bakery::{BakeError, Bakery, NoBakery};
pub use orders::Orders;
pub use run::{Engine, EngineError, Outcome};
pub use state::{Asked, Note, Operation, Order, SentRecord, StepRecord, StepState};

//! History: what is kept on this machine about what was done to the fleet, in SQLite. [`Store`] is the journal of
//! operations, and the audit log is the same entries: a person exports them as lines of JSON that prove themselves.
//! Another process may read, append and lock at the same time.
//!
//! Invariants
//! - The one room that names `rusqlite`.
//! - The journal is append-only and hash-chained; what [`operate::Journal::append`] returns for is on disk.
//! - What is read of an operation was checked against the chain; what does not fit is an error and never left out.
//! - Nobody but the operating system takes an operation's lock back from a process.
//! - No credential and no user data is ever written: entries hold none.

mod chain;
mod error;
mod export;
mod lock;
mod place;
mod schema;
mod store;

pub use export::ExportError;
pub use store::{Head, Store};

//! History: what is kept on this machine about the fleet and what was done to it, in SQLite.
//!
//! Invariants
//! - The one room that names `rusqlite`.
//! - The journal is append-only and hash-chained; what [`operate::Journal::append`] returns for is on disk.
//! - No credential and no user data is ever written.

//! The journal on real files, with real processes that die.

#![expect(clippy::unwrap_used, reason = "a test")]

mod entries;
mod failing;
mod holds;
mod keeps;
mod processes;
mod reading;
mod tampering;

//! The command line from end to end: the real binary on the embedded sandbox, by what it prints and how it ends.
//!
//! The sandbox stands in for AWS behind the same wire, so what is tested here is the whole way from the arguments
//! through pull, lineage and findings to the text. The same against a server that nobody here wrote is in `python/`.

#![expect(clippy::unwrap_used, reason = "a test")]

mod acting;
mod baking;
mod bench;
mod files;
#[cfg(target_os = "linux")]
mod killed;
mod readiness;
mod refused;
mod report;
mod run;
mod scan;
mod serve;
mod served;
mod table;

//! Insight: what follows from a fleet. It turns the rows and the lineage of one pull into findings: how old each
//! server is against its phoenix lifetime, how far behind its image is, and the one sentence that tells its story.
//! Every finding says which clock, rule or tag it came from.
//!
//! Invariants
//! - Pure: a fleet, its lineage and a policy give the same findings everywhere, at any time.
//! - Unknown stays unknown: a missing clock gives no age, and no age gives no verdict.
//! - Ages are as of the scope's own time, never of the local clock.

mod finding;

pub use finding::{AgeFrom, Findings, GroupFinding, ImageFinding, LifetimeFrom, Phoenix, ServerFinding, Totals};

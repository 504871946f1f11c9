//! Insight: what follows from a fleet. It turns the rows and the lineage of one pull into findings: how old each
//! server is against its phoenix lifetime, how far behind its image is, whether it could be made again as it is, and the
//! one sentence that tells its story.
//! Every finding says which clock, rule or tag it came from.
//!
//! Invariants
//! - Pure: a fleet, its lineage and a policy give the same findings everywhere, at any time.
//! - Unknown stays unknown: a missing clock gives no age, and no age gives no verdict.
//! - Ages are as of the scope's own time, never of the local clock.

mod bake;
pub mod calendar;
mod clock;
mod code_owner;
mod drift;
mod family;
mod finding;
mod findings;
mod foremost;
pub mod fry;
mod herd;
pub mod human;
mod lifetime;
mod policy;
pub mod readiness;
mod select;
mod snowflake;
mod story;
#[cfg(test)]
mod tests;
mod waived;

pub use bake::{BakeReader, BakeStanding, BakeTold, BakeUnknown, Bakes, Whose};
pub use calendar::Calendar;
pub use code_owner::{CodeOwners, described_by};
pub use drift::{Difference, DriftField, DriftVerdict, Drifts};
pub use finding::{
    AgeFrom, ExemptBy, Findings, GroupFinding, ImageFinding, LifetimeFrom, Phoenix, RecipeFinding, ServerFinding,
    TemplateFinding, Totals,
};
pub use foremost::Foremost;
pub use lifetime::{EXEMPT_TAG, LIFETIME_TAG};
pub use policy::{
    Account, BakeCommand, BakedImage, BurnPolicy, DEFAULT_LIFETIME_S, LONGEST_LIFETIME_S, LifetimeError, LifetimeRule,
    ObjectiveError, ObjectiveRule, OperatePolicy, Policy, PolicyError, SHORTEST_LIFETIME_S, Waivable, Waiver,
    parse_lifetime, parse_objective,
};
pub use readiness::{Readiness, Rto};
pub use select::{ServerSubject, Subjects, select};
pub use snowflake::{EvidenceKind, Snowflake, SnowflakeEvidence, Snowflakes, Weight};
pub use story::{Span, Story, story};
pub use waived::{Waived, WaiverSet, Waivers};

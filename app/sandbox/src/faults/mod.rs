//! Faults that can be shown at will: what can go wrong with an answer, a launch or a build, said in one line of text,
//! kept in a plan that counts. A fault that never struck shows as such, so that a test which meant to meet it fails.
//!
//! Invariants:
//! - Whether a fault strikes follows from the plan, the seed, the requests and the simulated time alone; only `skew`
//!   looks at the wall clock, since that is what requests are signed by.
//! - Faults are asked in the order in which they were injected. The first that stops a call is the one that counts.
//! - What a fault did not reach it did not match: both numbers are of calls, launches and builds that got that far.

mod buckets;
pub(crate) mod past;
pub(crate) mod plan;
pub(crate) mod refusal;
pub(crate) mod spec;
pub(crate) mod touched;
pub(crate) mod verdict;

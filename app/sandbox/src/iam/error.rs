//! What is wrong with a policy.

/// Why a text is no identity policy: where, what, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}; {next}")]
pub struct PolicyError {
    /// The element, as in `Statement[0].Condition.StringEquals`, or a line and column.
    place: String,
    what: String,
    next: String,
}

impl PolicyError {
    pub(super) fn new(place: impl Into<String>, what: impl Into<String>, next: impl Into<String>) -> PolicyError {
        PolicyError { place: place.into(), what: what.into(), next: next.into() }
    }
}

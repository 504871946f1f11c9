//! Verdicts: findings that are one word of a few.

/// A verdict on a server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// `phoenix:overdue`: where it stands in its lifetime.
    Phoenix,
    /// `snowflake:suspect`: whether it could be made again as it is.
    Snowflake,
    /// `drift:any`: whether it differs from its template version.
    Drift,
    /// `bake:fried`: how much of it is made at boot.
    Bake,
    /// `rto:missed`: whether its group's recovery objective is kept.
    Rto,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 5] = [Self::Phoenix, Self::Snowflake, Self::Drift, Self::Bake, Self::Rto];

    /// The word before the colon.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phoenix => "phoenix",
            Self::Snowflake => "snowflake",
            Self::Drift => "drift",
            Self::Bake => "bake",
            Self::Rto => "rto",
        }
    }

    /// What it can be.
    #[must_use]
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Phoenix => &["young", "due", "overdue", "exempt", "unknown"],
            Self::Snowflake => &["snowflake", "suspect", "reproducible", "unknown"],
            Self::Drift => &["any", "exempt", "none", "unknown"],
            Self::Bake => &["baked", "mixed", "fried", "unknown"],
            Self::Rto => &["met", "at-risk", "missed", "unknown", "none"],
        }
    }

    /// The verdict of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == name)
    }
}

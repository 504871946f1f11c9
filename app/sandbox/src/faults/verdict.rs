//! What a plan has for a call: what keeps it from happening, and what becomes of its answer.

use jiff::Timestamp;

use super::spec::Kind;

/// What keeps a call from happening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The service gives an error.
    Refused(Refused),
    /// The caller is not allowed.
    Denied,
    /// An HTML page comes instead of the service's answer.
    HtmlPage,
    /// Nothing comes.
    Silence,
    /// The connection is reset.
    Reset,
    /// The connection closes.
    Lost,
}

/// The errors that a service gives before it looks at what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Throttled,
    Internal,
    Unavailable,
    Expired,
    /// AWS's clock seems to say this, which is too far from what the request says.
    Skewed {
        clock: Timestamp,
        signed: Timestamp,
    },
}

/// What becomes of the answer to a call that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    Truncated,
    Lost,
}

/// What the plan has for one call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) stop: Option<Stop>,
    pub(crate) mishap: Option<Mishap>,
    /// How many seconds ago the world is to be read.
    pub(crate) stale_s: Option<i64>,
    /// What AWS's clock seems to say, for the `Date` header.
    pub(crate) clock: Option<Timestamp>,
}

impl Verdict {
    /// What a kind that needs no look at the call does to it.
    pub(super) fn add(&mut self, kind: Kind) {
        match kind {
            Kind::Throttle => self.stop = Some(Stop::Refused(Refused::Throttled)),
            Kind::Internal => self.stop = Some(Stop::Refused(Refused::Internal)),
            Kind::Unavailable => self.stop = Some(Stop::Refused(Refused::Unavailable)),
            Kind::HtmlPage => self.stop = Some(Stop::HtmlPage),
            Kind::Timeout => self.stop = Some(Stop::Silence),
            Kind::Reset => self.stop = Some(Stop::Reset),
            Kind::Denied => self.stop = Some(Stop::Denied),
            Kind::Expired => self.stop = Some(Stop::Refused(Refused::Expired)),
            Kind::LostBefore => self.stop = Some(Stop::Lost),
            Kind::Truncate => self.mishap = self.mishap.or(Some(Mishap::Truncated)),
            Kind::LostAfter => self.mishap = self.mishap.or(Some(Mishap::Lost)),
            Kind::Stale { seconds } => self.stale_s = self.stale_s.max(Some(seconds)),
            Kind::Buckets | Kind::Skew { .. } | Kind::Capacity | Kind::Unhealthy | Kind::BakeFails => (),
        }
    }
}

//! How far a pull has come.

use std::sync::Arc;
use std::time::Duration;

use fleet::Call;

/// Where a call goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The profile; `None` for environment credentials.
    pub profile: Option<String>,
    /// The 12-digit account id; `None` until it is known.
    pub account: Option<String>,
    /// `eu-west-1`.
    pub region: String,
}

/// How a call stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallState {
    /// More is to come.
    Running,
    /// Everything was read.
    Done,
    /// It ended with a gap.
    Gap,
}

/// One step of a pull: a call began, a page of it came, or it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Where.
    pub place: Arc<Place>,
    /// Which call.
    pub call: Call,
    /// How it stands.
    pub state: CallState,
    /// Answers so far of this call in this place.
    pub pages: u32,
    /// Rows so far of this call in this place: servers, images, ...
    pub items: u64,
    /// Calls that have ended, of the whole pull. A call of many pages counts once.
    pub calls_done: u32,
    /// Calls known so far, of the whole pull; it grows where an answer leads to more.
    pub calls_known: u32,
    /// Since the pull began.
    pub elapsed: Duration,
}

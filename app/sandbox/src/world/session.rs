//! Sessions of SSM: who was on which server.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::server::Server;

/// A login by Session Manager.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    /// The server's slot.
    pub(crate) server: u32,
    /// The ARN of who logged in.
    pub(crate) owner: Arc<str>,
    pub(crate) document: String,
    pub(crate) reason: Option<String>,
    pub(crate) started: Timestamp,
    /// When it ends by itself, or was ended.
    pub(crate) ends: Timestamp,
}

/// Session Manager tells of a session for 30 days after its end (API reference, DescribeSessions).
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Session {
    /// When it ends: with its server at the latest.
    pub(crate) fn end(&self, server: &Server) -> Timestamp {
        let cut = server.ended.as_ref().map(|ended| ended.at).filter(|at| *at >= self.started);
        let restarted = Some(server.started).filter(|at| *at > self.started);
        [cut, restarted].into_iter().flatten().fold(self.ends, Timestamp::min)
    }

    /// Whether it is still told of among those of the past.
    pub(crate) fn is_told(&self, server: &Server, now: Timestamp) -> bool {
        now.duration_since(self.end(server)) <= KEPT
    }
}

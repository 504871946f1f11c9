//! What crosses between the window's thread and the session's.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cloud::Progress;

use crate::acting::{Act, Acting};
use crate::derive::{Filtered, ShownUserData};
use crate::source::Source;
use crate::view::View;

/// What the window asks of the session.
#[derive(Clone, Debug)]
pub enum Request {
    /// Open this source, in place of the one that is open.
    Open(Source),
    /// Pull the open source again.
    Refresh,
    /// Stop the pull that runs.
    CancelPull,
    /// Pull again by itself at this interval; `None` for never.
    RefreshEvery(Option<Duration>),
    /// Which servers a query selects; an empty text selects all.
    Filter(String),
    /// Show base images' own ancestors, or fold them.
    Unfold(bool),
    /// Show the text of user data with this SHA-256; the answer comes where its bytes are in memory.
    UserData([u8; 32]),
    /// Save the pull on screen.
    Save(PathBuf),
    /// Something about acting.
    Act(Act),
    /// Close the source: back to the welcome screen.
    Close,
}

/// What the session tells the window.
#[derive(Clone)]
pub enum Event {
    /// A pull has begun.
    PullBegan(Source),
    /// How far it is.
    Progress(Progress),
    /// It ended without a view: the user stopped it.
    PullCancelled,
    /// A new view to draw.
    View(Arc<View>),
    /// The answer to a [`Request::Filter`].
    Filtered(Arc<Filtered>),
    /// The answer to a [`Request::UserData`].
    UserData(Arc<ShownUserData>),
    /// The pull on screen was saved there.
    Saved(PathBuf),
    /// The state of acting, in place of the one before.
    Acting(Arc<Acting>),
    /// What operations touch could not be read again: why, each with the next thing to do. Empty once it can.
    NotReread(Vec<String>),
    /// The source was closed.
    Closed,
    /// Something could not be done.
    Failed(Failure),
}

/// Something that could not be done, in the user's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What failed and why.
    pub message: String,
    /// The next thing to do.
    pub next: Option<String>,
    /// A command to run in a terminal, where that is the next thing.
    pub command: Option<String>,
    /// Whether asking again may help.
    pub retry: bool,
}

//! Instance refreshes: what each was asked for, and how far it is.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use super::{group::Launch, membership::LaunchedBy};

/// An instance refresh.
#[derive(Debug, Clone)]
pub(crate) struct Refresh {
    pub(crate) id: u64,
    pub(crate) status: Status,
    /// Why it is what it is, or what it waits for.
    pub(crate) reason: Option<String>,
    pub(crate) start: Timestamp,
    pub(crate) end: Option<Timestamp>,
    pub(crate) strategy: Strategy,
    pub(crate) preferences: Preferences,
    /// What it brings, if that is not what its group has already.
    pub(crate) wanted: Option<Launch>,
    pub(crate) progress: Progress,
    pub(crate) rollback: Option<Rollback>,
    pub(crate) work: Work,
}

/// How a refresh stands. The words are Auto Scaling's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Status {
    Pending,
    InProgress,
    /// All is updated; it waits for its bake time to end.
    Baking,
    Successful,
    Failed,
    Cancelling,
    Cancelled,
    RollbackInProgress,
    RollbackFailed,
    RollbackSuccessful,
}

impl Status {
    /// Auto Scaling's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::Pending => "Pending",
            Status::InProgress => "InProgress",
            Status::Baking => "Baking",
            Status::Successful => "Successful",
            Status::Failed => "Failed",
            Status::Cancelling => "Cancelling",
            Status::Cancelled => "Cancelled",
            Status::RollbackInProgress => "RollbackInProgress",
            Status::RollbackFailed => "RollbackFailed",
            Status::RollbackSuccessful => "RollbackSuccessful",
        }
    }

    /// Whether more will come of it: a group has one such refresh at most.
    pub(crate) fn is_active(self) -> bool {
        matches!(
            self,
            Status::Pending | Status::InProgress | Status::Baking | Status::Cancelling | Status::RollbackInProgress
        )
    }
}

/// How servers are updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// Other servers take their place.
    Rolling,
    /// They stay, and get another root volume.
    ReplaceRootVolume,
}

impl Strategy {
    /// Auto Scaling's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Strategy::Rolling => "Rolling",
            Strategy::ReplaceRootVolume => "ReplaceRootVolume",
        }
    }
}

/// `RefreshPreferences`, with what counts where nothing was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Preferences {
    /// In percent of the desired capacity, from 0 to 100.
    pub(crate) min_healthy: u32,
    /// In percent of the desired capacity, from 100 to 200. None counts as 100, but says that a server may go before
    /// another one came where there is no room for both.
    pub(crate) max_healthy: Option<u32>,
    /// How long after entering service a server counts as updated, in seconds.
    pub(crate) warmup_s: u32,
    /// Ascending percentages; the work ends at the last one.
    pub(crate) checkpoints: Vec<u32>,
    pub(crate) checkpoint_delay_s: u32,
    pub(crate) skip_matching: bool,
    pub(crate) auto_rollback: bool,
    pub(crate) protected: OnProtected,
    pub(crate) standby: OnStandby,
    /// Names of alarms that end it.
    pub(crate) alarms: Vec<String>,
    pub(crate) bake_s: Option<u32>,
}

impl Default for Preferences {
    /// The API's own defaults (`RefreshPreferences`).
    fn default() -> Preferences {
        Preferences {
            min_healthy: 90,
            max_healthy: None,
            warmup_s: 0,
            checkpoints: Vec::new(),
            checkpoint_delay_s: 3_600,
            skip_matching: false,
            auto_rollback: false,
            protected: OnProtected::Wait,
            standby: OnStandby::Wait,
            alarms: Vec::new(),
            bake_s: None,
        }
    }
}

/// What happens to servers that are protected from scale in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnProtected {
    Refresh,
    Ignore,
    Wait,
}

impl OnProtected {
    /// Auto Scaling's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            OnProtected::Refresh => "Refresh",
            OnProtected::Ignore => "Ignore",
            OnProtected::Wait => "Wait",
        }
    }
}

/// What happens to servers in Standby.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnStandby {
    Terminate,
    Ignore,
    Wait,
}

impl OnStandby {
    /// Auto Scaling's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            OnStandby::Terminate => "Terminate",
            OnStandby::Ignore => "Ignore",
            OnStandby::Wait => "Wait",
        }
    }
}

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) all: Share,
    /// Of the group itself.
    pub(crate) live: Share,
    /// Of its warm pool, if it has one.
    pub(crate) warm: Option<Share>,
}

/// A part of a number of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    /// How many percent are updated.
    pub(crate) percent: u32,
    /// How many servers are still to be updated.
    pub(crate) left: u32,
}

impl Share {
    /// With `left` of `total` servers to go. Nothing to do is all done.
    pub(crate) fn of(left: u32, total: u32) -> Share {
        let left = left.min(total);
        let percent = (u64::from(total - left) * 100).checked_div(u64::from(total)).unwrap_or(100);
        Share { percent: u32::try_from(percent).unwrap_or(100), left }
    }
}

/// That a refresh is undone.
#[derive(Debug, Clone)]
pub(crate) struct Rollback {
    pub(crate) reason: String,
    pub(crate) start: Timestamp,
    /// How far the refresh had come.
    pub(crate) from: Progress,
}

/// A server whose root volume is being replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Updating {
    pub(crate) server: u32,
    /// The replacement's slot.
    pub(crate) task: u32,
    /// What it will be as if launched by.
    pub(crate) launched_by: LaunchedBy,
    /// The image's id.
    pub(crate) image: u64,
}

/// What a refresh that is under way knows of its work. Servers are slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Work {
    /// The servers in the group that are still to be updated, or to be put back in a rollback.
    pub(crate) old: BTreeSet<u32>,
    /// The same in the warm pool.
    pub(crate) old_warm: BTreeSet<u32>,
    /// How many servers there were to update.
    pub(crate) total: u32,
    pub(crate) total_warm: u32,
    /// What was launched before what it replaces is taken out.
    pub(crate) ahead: Vec<u32>,
    /// The servers whose root volumes are being replaced.
    pub(crate) updating: Vec<Updating>,
    /// How many checkpoints are passed.
    pub(crate) checkpoint: usize,
    /// A checkpoint or a bake time is waited for until then.
    pub(crate) pause: Option<Timestamp>,
    /// The fewest that were ever left, and since when no more were done.
    pub(crate) fewest: u32,
    pub(crate) moved: Timestamp,
    /// Since when it waits for nothing but servers that it may not touch.
    pub(crate) blocked: Option<Timestamp>,
    /// It fails if it still replaces servers then.
    pub(crate) deadline: Timestamp,
    /// Whether a cancellation waits for launches and terminations under way.
    pub(crate) patient: bool,
}

//! Volumes that a server was not born with, and how they came there.

use jiff::Timestamp;

use super::Tags;

/// A volume. The one that a server is born with follows from the server, and is no volume of its own unless it was
/// taken off and kept.
#[derive(Debug, Clone)]
pub(crate) struct Volume {
    pub(crate) id: u64,
    pub(crate) zone: u8,
    pub(crate) created: Timestamp,
    pub(crate) size_gib: u32,
    /// The snapshot that it was made of; 0 for none.
    pub(crate) snapshot: u64,
    pub(crate) encrypted: bool,
    pub(crate) tags: Tags,
    pub(crate) state: VolumeState,
}

/// Where a volume that is not the root is attached.
pub(crate) const DATA_DEVICE: &str = "/dev/sdf";

impl Volume {
    /// Whether it has tags and snapshots of its own: a root's are its server's.
    pub(crate) fn is_its_own(&self) -> bool {
        matches!(self.state, VolumeState::Available | VolumeState::Data { .. })
    }
}

/// Where a volume is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VolumeState {
    /// On no server.
    Available,
    /// The root of the server with this id.
    InUse(u64),
    /// Attached to the server with this id after its birth, beside its root; it stays when the server ends.
    Data {
        server: u64,
        attached: Timestamp,
    },
    Deleted,
}

/// A replacement of a server's root volume.
#[derive(Debug, Clone)]
pub(crate) struct RootReplacement {
    pub(crate) id: u64,
    pub(crate) server: u64,
    pub(crate) source: RootSource,
    /// The new volume.
    pub(crate) volume: u64,
    pub(crate) started: Timestamp,
    pub(crate) state: ReplacementState,
    pub(crate) delete_replaced: bool,
    pub(crate) tags: Tags,
}

/// Where a new root volume comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RootSource {
    /// The snapshot that the server was launched from.
    LaunchState,
    /// An image's slot.
    Image(u32),
    /// The id of a snapshot of the server's root.
    Snapshot(u64),
    /// The id of a volume that there is already.
    Volume(u64),
}

/// How far a replacement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplacementState {
    /// The new volume is being made.
    Pending,
    /// The volumes are being changed.
    InProgress,
    Succeeded(Timestamp),
    /// It can't be done: the old volume stays.
    Failing,
    Failed(Timestamp),
}

impl ReplacementState {
    /// EC2's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ReplacementState::Pending => "pending",
            ReplacementState::InProgress => "in-progress",
            ReplacementState::Succeeded(_) => "succeeded",
            ReplacementState::Failing => "failing",
            ReplacementState::Failed(_) => "failed",
        }
    }

    /// When it was over.
    pub(crate) fn completed(self) -> Option<Timestamp> {
        match self {
            ReplacementState::Succeeded(at) | ReplacementState::Failed(at) => Some(at),
            ReplacementState::Pending | ReplacementState::InProgress | ReplacementState::Failing => None,
        }
    }
}

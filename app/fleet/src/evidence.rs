//! What happened to servers and groups: rows that few of them have, read in a pull's second stage.
//!
//! Whether it was read at all is [`crate::Scope::evidence_at`]'s to say, and what of it could not be is a gap. Only
//! [`LateVolume`] comes with the servers themselves.

use serde::{Deserialize, Serialize};

use crate::interned::Handle;
use crate::resources::{ScopeIx, TemplateUse};
use crate::settings::Setting;
use crate::symbol::Sym;
use crate::time::Time;
use crate::user_data::UserData;

/// What an [`Activity`] did.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum ActivityKind {
    /// A server was launched.
    Launch,
    /// A server was terminated.
    Terminate,
    /// Anything else, or words that are not known.
    Other,
}

/// A scaling activity of a group, by `DescribeScalingActivities`: the newest hundred of each group.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Activity {
    /// `AutoScalingGroupName`.
    pub group: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// The server that its description names; `None` where it names none.
    pub server: Option<Sym>,
    /// By its description, the one place that tells.
    pub kind: ActivityKind,
    /// `StatusCode`: `Successful`, `Failed`, ...
    pub status: Option<Sym>,
    /// `StatusMessage`.
    pub message: Option<Sym>,
    /// `StartTime`.
    pub started: Option<Time>,
    /// `EndTime`: of a launch, when the server entered service.
    pub ended: Option<Time>,
}

/// An instance refresh of a group, by `DescribeInstanceRefreshes`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Refresh {
    /// `InstanceRefreshId`.
    pub id: Sym,
    /// `AutoScalingGroupName`.
    pub group: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// `Status`: `Successful`, `InProgress`, ...
    pub status: Option<Sym>,
    /// `PercentageComplete`.
    pub percent: Option<u8>,
    /// `StartTime`.
    pub started: Option<Time>,
    /// `EndTime`.
    pub ended: Option<Time>,
    /// `Preferences.MinHealthyPercentage`.
    pub min_healthy_percent: Option<u8>,
    /// `Preferences.InstanceWarmup`, in seconds.
    pub warm_up_s: Option<u32>,
}

/// How long a build took, by `ListWorkflowExecutions`: from its first workflow's start to its last one's end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BuildTime {
    /// ARN of the build.
    pub build: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// The first workflow's `startTime`.
    pub started: Time,
    /// The last workflow's `endTime`.
    pub ended: Time,
}

/// By which way somebody got in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum LoginKind {
    /// A session of Session Manager, by `DescribeSessions`: 30 days back.
    Session,
    /// EC2 Instance Connect: a key that was sent, by CloudTrail's `SendSSHPublicKey`: 90 days back.
    InstanceConnect,
}

/// Somebody logged in to a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Login {
    /// Id of the server.
    pub server: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// By which way.
    pub kind: LoginKind,
    /// ARN or name of who it was.
    pub who: Option<Sym>,
    /// When.
    pub at: Time,
}

/// What a [`Change`] did.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum ChangeKind {
    /// `ModifyInstanceAttribute` of this attribute, where the event tells which.
    Attribute(Option<Sym>),
    /// `AttachVolume` of this volume.
    Volume(Option<Sym>),
}

/// A change that somebody made to a server, by CloudTrail: 90 days back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Change {
    /// Id of the server.
    pub server: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// What was done.
    pub kind: ChangeKind,
    /// ARN or name of who did it.
    pub who: Option<Sym>,
    /// When.
    pub at: Time,
}

/// A server that Session Manager can reach, by `DescribeInstanceInformation`. Of a server without a row here no login
/// is known to be none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Managed {
    /// Id of the server.
    pub server: Sym,
    /// Where.
    pub scope: ScopeIx,
}

/// A volume, not the root, that was attached more than ten minutes after its server's birth, by `DescribeInstances`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LateVolume {
    /// Id of the server.
    pub server: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// `vol-...`.
    pub volume: Option<Sym>,
    /// `DeviceName`.
    pub device: Option<Sym>,
    /// `AttachTime`.
    pub attached: Time,
}

/// What cloud-init's closing line on the console says, by `GetConsoleOutput`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BootTime {
    /// Id of the server.
    pub server: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// The template version that it was launched from.
    pub template: TemplateUse,
    /// Seconds from the kernel's start to the end of cloud-init, rounded.
    pub seconds: u32,
}

/// What only `DescribeInstanceAttribute` tells: of standalone servers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attributes {
    /// Id of the server.
    pub server: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// `userData`.
    pub user_data: Setting<Handle<UserData>>,
    /// `disableApiTermination`.
    pub termination_protected: Option<bool>,
}

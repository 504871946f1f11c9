//! The rows: one struct a resource, with the fields that lineage and findings are drawn from.
//!
//! A row says what AWS said and nothing more: what follows from it is [`crate::Lineage`]'s or `insight`'s. Fields are
//! named after AWS's where the meaning is AWS's.

use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::interned::Handle;
use crate::settings::Settings;
use crate::symbol::{Sym, SymList, TagSet};
use crate::time::Time;

/// Index of a [`Scope`] in its fleet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ScopeIx(pub u16);

/// Partition + account + region, read through one profile.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Scope {
    /// `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: Sym,
    /// The 12-digit account id; the text `unknown` where the sign-in failed before it could be read.
    pub account: Sym,
    /// `eu-west-1`.
    pub region: Sym,
    /// The first profile that resolved to this scope; `None` for environment credentials.
    pub profile: Option<Sym>,
    /// ARN of the caller, from `GetCallerIdentity`.
    pub caller: Option<Sym>,
    /// When the pull of this scope began, by the server's own `Date` header, else by the local clock.
    pub pulled_at: Time,
    /// Server's clock minus local clock, in seconds; `None` where no `Date` header came.
    pub clock_skew_s: Option<i32>,
    /// When the second stage of the pull, the evidence, was read to its end; `None` where it was not: then what depends
    /// on it is unknown.
    pub evidence_at: Option<Time>,
}

/// Why something could not be read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum GapKind {
    /// The caller lacks the permission.
    Denied,
    /// AWS kept throttling.
    Throttled,
    /// No answer in time.
    Timeout,
    /// The endpoint does not know the call.
    Unsupported,
    /// The sign-in has expired.
    Expired,
    /// The user stopped the pull.
    Cancelled,
    /// Anything else; the message says what.
    Error,
}

/// Something that a pull could not read. What depends on it is unknown, never none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Gap {
    /// Where.
    pub scope: ScopeIx,
    /// The call that failed.
    pub call: Call,
    /// The IAM action that is missing, where permission is what is missing.
    pub action: Option<Sym>,
    /// The one resource that could not be read; `None` where the whole call is missing.
    pub resource: Option<Sym>,
    /// Why.
    pub kind: GapKind,
    /// What AWS said, and the next thing to do.
    pub message: Sym,
}

/// An AMI as one scope sees it. The same image may have a row in several scopes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Image {
    /// `ami-...`.
    pub id: Sym,
    /// The scope that saw it; its region is the image's region.
    pub scope: ScopeIx,
    /// Account id of the owner.
    pub owner: Option<Sym>,
    /// `amazon`, `aws-marketplace`, ... (`ImageOwnerAlias`).
    pub owner_alias: Option<Sym>,
    /// `Name`.
    pub name: Option<Sym>,
    /// `Description`.
    pub description: Option<Sym>,
    /// `State`: `available`, `deregistered`, `disabled`, ...
    pub state: Option<Sym>,
    /// `CreationDate`: of a copy, the date of the copy.
    pub created: Option<Time>,
    /// `DeprecationTime`.
    pub deprecated: Option<Time>,
    /// `LastLaunchedTime`; lags by a day.
    pub last_launched: Option<Time>,
    /// `SourceImageId`: what it was copied from (CopyImage) or, with a source server, what that ran.
    pub source_image: Option<Sym>,
    /// `SourceImageRegion`.
    pub source_image_region: Option<Sym>,
    /// `SourceInstanceId`: CreateImage only.
    pub source_server: Option<Sym>,
    /// `Public`.
    pub public: Option<bool>,
    /// `Architecture`.
    pub architecture: Option<Sym>,
    /// `PlatformDetails`.
    pub platform: Option<Sym>,
    /// Tags; of a shared image visible to its owner only.
    pub tags: TagSet,
    /// The call that told of it: [`Call::DescribeImages`] or, for one that is gone,
    /// [`Call::DescribeInstanceImageMetadata`].
    pub from: Call,
}

/// A launch template.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Template {
    /// `lt-...`.
    pub id: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// `LaunchTemplateName`.
    pub name: Option<Sym>,
    /// `DefaultVersionNumber`.
    pub default_version: Option<u32>,
    /// `LatestVersionNumber`.
    pub latest_version: Option<u32>,
    /// `CreateTime`.
    pub created: Option<Time>,
    /// Tags.
    pub tags: TagSet,
}

/// Which image a template version or launch configuration names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ImageRef {
    /// `ami-...`.
    Id(Sym),
    /// `resolve:ssm:NAME[:version]`.
    Parameter {
        /// The parameter's name, with its version or label where one is given.
        name: Sym,
        /// The image it pointed to at the pull; `None` where that could not be read.
        image: Option<Sym>,
    },
}

/// One version of a launch template.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TemplateVersion {
    /// Id of the template.
    pub template: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// `VersionNumber`, from 1.
    pub version: u32,
    /// `VersionDescription`.
    pub description: Option<Sym>,
    /// `CreateTime`.
    pub created: Option<Time>,
    /// `CreatedBy`: ARN of the author.
    pub created_by: Option<Sym>,
    /// The image it names; `None` where it leaves that to the launch.
    pub image: Option<ImageRef>,
    /// `InstanceType`.
    pub instance_type: Option<Sym>,
    /// What else it sets; `None` where the answer does not tell.
    pub settings: Option<Handle<Settings>>,
}

/// A launch configuration, the older way of a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LaunchConfiguration {
    /// `LaunchConfigurationName`, unique in its scope.
    pub name: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// `LaunchConfigurationARN`.
    pub arn: Option<Sym>,
    /// `ImageId`.
    pub image: Option<Sym>,
    /// `InstanceType`.
    pub instance_type: Option<Sym>,
    /// `CreatedTime`.
    pub created: Option<Time>,
    /// What else it sets.
    pub settings: Option<Handle<Settings>>,
}

/// The version that a group asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum VersionSpec {
    /// `$Latest`.
    Latest,
    /// `$Default`, also where none is given.
    Default,
    /// A number.
    Number(u32),
}

/// The template that a group or an override launches from. AWS fills in id and name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TemplateSpec {
    /// `LaunchTemplateId`.
    pub id: Option<Sym>,
    /// `LaunchTemplateName`.
    pub name: Option<Sym>,
    /// `Version`.
    pub version: VersionSpec,
}

/// One override of a mixed-instances policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Override {
    /// `InstanceType`.
    pub instance_type: Option<Sym>,
    /// A template of its own.
    pub template: Option<TemplateSpec>,
    /// `ImageId`: only after an override of the image itself.
    pub image: Option<Sym>,
    /// `WeightedCapacity`.
    pub weight: Option<u32>,
}

/// What a group launches its servers from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LaunchSource {
    /// A launch template, of the group itself or of its mixed-instances policy.
    Template(TemplateSpec),
    /// A launch configuration, by name.
    Configuration(Sym),
}

/// A server as its group sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Member {
    /// `InstanceId`.
    pub server: Sym,
    /// `LifecycleState`: `InService`, `Standby`, `Warmed:Stopped`, ...
    pub lifecycle: Option<Sym>,
    /// `HealthStatus`: `Healthy`, `Unhealthy`.
    pub health: Option<Sym>,
    /// The template it was launched from: id and version number.
    pub template: Option<TemplateUse>,
    /// `LaunchConfigurationName`.
    pub configuration: Option<Sym>,
    /// `ImageId`: only after a root volume replacement or an override of the image.
    pub image: Option<Sym>,
    /// `ProtectedFromScaleIn`.
    pub protected: Option<bool>,
    /// `WeightedCapacity`.
    pub weight: Option<u32>,
    /// Whether it came from `DescribeWarmPool`.
    pub warm: bool,
}

/// A template version that a server was launched from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct TemplateUse {
    /// Id of the template.
    pub id: Sym,
    /// Version number.
    pub version: u32,
}

/// An Auto Scaling group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Group {
    /// `AutoScalingGroupName`, unique in its scope.
    pub name: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// `AutoScalingGroupARN`.
    pub arn: Option<Sym>,
    /// What it launches from.
    pub launch: Option<LaunchSource>,
    /// Overrides of its mixed-instances policy.
    pub overrides: Vec<Override>,
    /// `DesiredCapacity`, in the group's units.
    pub desired: Option<u32>,
    /// `MinSize`.
    pub min: Option<u32>,
    /// `MaxSize`.
    pub max: Option<u32>,
    /// `MaxInstanceLifetime` in seconds; `None` also for AWS's 0, which sets none.
    pub max_instance_lifetime_s: Option<u32>,
    /// `MinHealthyPercentage` of its maintenance policy.
    pub min_healthy_percent: Option<u8>,
    /// `MaxHealthyPercentage` of its maintenance policy.
    pub max_healthy_percent: Option<u16>,
    /// `DefaultInstanceWarmup` in seconds: how long AWS lets a server settle after it entered service.
    pub warm_up_s: Option<u32>,
    /// `HealthCheckGracePeriod` in seconds, which counts where no warm-up is set.
    pub grace_s: Option<u32>,
    /// Names of its `SuspendedProcesses`.
    pub suspended: SymList,
    /// Whether it has a warm pool.
    pub warm_pool: bool,
    /// Its servers, warm ones too.
    pub members: Vec<Member>,
    /// `Operator.Principal`, where an AWS service manages it.
    pub operator: Option<Sym>,
    /// `CreatedTime`.
    pub created: Option<Time>,
    /// Tags.
    pub tags: TagSet,
}

/// `State.Name` of a server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum ServerState {
    /// Starting.
    Pending,
    /// Up.
    Running,
    /// Going down for good; terminated ones are no servers.
    ShuttingDown,
    /// Going down.
    Stopping,
    /// Off.
    Stopped,
    /// A state that AWS did not have when this was written.
    Other,
}

impl ServerState {
    /// AWS's name of the state; `unknown` for one we do not know.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::ShuttingDown => "shutting-down",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Other => "unknown",
        }
    }
}

/// An EC2 instance that is not terminated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Server {
    /// `InstanceId`.
    pub id: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// `State.Name`.
    pub state: ServerState,
    /// `Placement.AvailabilityZone`.
    pub zone: Option<Sym>,
    /// `InstanceType`.
    pub instance_type: Option<Sym>,
    /// `ImageId`: what it was launched from, which a root volume replacement makes untrue.
    pub image: Option<Sym>,
    /// `LaunchTime`: of its last start, not of its birth.
    pub launched: Option<Time>,
    /// `AttachTime` of the primary interface (DeviceIndex 0, NetworkCardIndex 0), which a stop and start keeps.
    pub interface_attached: Option<Time>,
    /// `AttachTime` of the root volume.
    pub root_attached: Option<Time>,
    /// The template it was launched from, by the tags `aws:ec2launchtemplate:id` and `:version`.
    pub template: Option<TemplateUse>,
    /// Its group, by the tag `aws:autoscaling:groupName`.
    pub group: Option<Sym>,
    /// `Operator.Principal`, where an AWS service manages it.
    pub operator: Option<Sym>,
    /// `SpotInstanceRequestId`.
    pub spot_request: Option<Sym>,
    /// Private, public and IPv6 addresses.
    pub addresses: SymList,
    /// Private and public DNS names.
    pub dns_names: SymList,
    /// What it shows of what a template sets; `None` where that was not read.
    pub settings: Option<Handle<Settings>>,
    /// Tags, `Name` and AWS's own included.
    pub tags: TagSet,
}

/// What a root volume was replaced to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum RootTarget {
    /// The state at launch: a rebirth from the launch image.
    LaunchState,
    /// An image: a rebirth from that image.
    Image(Sym),
    /// A snapshot: no rebirth, since nobody baked it.
    Snapshot(Sym),
    /// A volume: no rebirth either.
    Volume(Sym),
}

/// A root volume replacement task.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RootReplacement {
    /// Id of the server.
    pub server: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// `TaskState`: `succeeded`, `failed`, `in-progress`, ...
    pub state: Option<Sym>,
    /// `StartTime`.
    pub started: Option<Time>,
    /// `CompleteTime`.
    pub completed: Option<Time>,
    /// To what; `None` where the answer does not tell.
    pub target: Option<RootTarget>,
}

/// An EC2 Image Builder recipe, one version of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Recipe {
    /// ARN with its version: `...:image-recipe/web/1.4.2`.
    pub arn: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// The name.
    pub name: Option<Sym>,
    /// `parentImage`: an image's id, an Image Builder ARN or an SSM parameter.
    pub parent: Option<Sym>,
    /// `dateCreated`.
    pub created: Option<Time>,
    /// Tags.
    pub tags: TagSet,
}

/// An EC2 Image Builder pipeline.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pipeline {
    /// ARN.
    pub arn: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// The name.
    pub name: Option<Sym>,
    /// ARN of the recipe version it builds.
    pub recipe: Option<Sym>,
    /// Whether it is enabled.
    pub enabled: Option<bool>,
    /// `schedule.scheduleExpression`.
    pub schedule: Option<Sym>,
}

/// An image that a build put out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BuildOutput {
    /// Account that it was made in.
    pub account: Option<Sym>,
    /// Region that it was made in.
    pub region: Option<Sym>,
    /// `ami-...`.
    pub image: Sym,
}

/// One EC2 Image Builder build.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Build {
    /// ARN of the build version: `...:image/web/1.4.2/3`.
    pub arn: Sym,
    /// Where.
    pub scope: ScopeIx,
    /// `name`.
    pub name: Option<Sym>,
    /// `version` with its build: `1.4.2/3`.
    pub version: Option<Sym>,
    /// `dateCreated`.
    pub created: Option<Time>,
    /// `state.status`: `AVAILABLE`, `FAILED`, ...
    pub status: Option<Sym>,
    /// ARN of the recipe version, by `GetImage`; `None` where that was not read.
    pub recipe: Option<Sym>,
    /// The recipe's `parentImage`, by `GetImage`.
    pub parent: Option<Sym>,
    /// ARN of the pipeline.
    pub pipeline: Option<Sym>,
    /// `outputResources.amis`.
    pub outputs: Vec<BuildOutput>,
    /// Whether `GetImage` was read: only then are outputs proof.
    pub verified: bool,
}

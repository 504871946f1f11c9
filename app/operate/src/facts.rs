//! What a fresh reading says of the things that an operation touches: few, whole, and read for this purpose alone.
//!
//! A field that could not be read makes the whole reading fail ([`crate::ReadError`]); `None` means that AWS has none.
//! All texts passed `fleet::clean`. What takes a call for each server is asked for only where something depends on it
//! ([`Detail`]); where it was not asked for it is unknown, and unknown refuses.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::mutation::Override;

/// Who asks, by `sts:GetCallerIdentity`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    /// The account's 12 digits.
    pub account: String,
    /// ARN of the user or of the role's session.
    pub arn: String,
}

/// A template version, by number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateVersionRef {
    /// `lt-...`.
    pub id: String,
    /// The number.
    pub version: u32,
}

/// A volume of a server (`BlockDeviceMappings[]`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// `vol-...`.
    pub id: String,
    /// `DeviceName`.
    pub device: String,
    /// Whether it is the root volume.
    pub is_root: bool,
    /// `DeleteOnTermination`.
    pub delete_on_termination: bool,
}

/// A network interface of a server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interface {
    /// `eni-...`.
    pub id: String,
    /// Whether it is the primary one (DeviceIndex 0, NetworkCardIndex 0).
    pub is_primary: bool,
    /// `Attachment.DeleteOnTermination`.
    pub delete_on_termination: bool,
}

/// An address by which others know a server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Address {
    /// A private one: goes with the interface.
    Private(String),
    /// A public one of Amazon's pool: goes with the server.
    Public(String),
    /// An Elastic IP address: stays in the account, with nothing behind it.
    Elastic(String),
}

/// What is asked for of servers beside what `ec2:DescribeInstances` tells of a hundred at once. The rest takes more
/// calls, so that in a large group it is asked for only of the servers that are touched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detail {
    /// Nothing more.
    Plain,
    /// Whether EC2 protects them from termination: a call for each.
    Termination,
    /// Whether EC2 protects them from termination and from being stopped: two calls for each.
    Protections,
    /// Whether their status checks have passed: a call for a hundred.
    Checks,
}

/// A server, by `ec2:DescribeInstances` and, as far as it was asked for, `ec2:DescribeInstanceAttribute` and
/// `ec2:DescribeInstanceStatus`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerFacts {
    /// `i-...`.
    pub id: String,
    /// The tag `Name`.
    pub name: Option<String>,
    /// `State.Name`: `running`, `stopped`, `terminated`, ...
    pub state: String,
    /// `Placement.AvailabilityZone`.
    pub zone: Option<String>,
    /// `SubnetId`.
    pub subnet: Option<String>,
    /// `InstanceType`.
    pub instance_type: String,
    /// `ImageId`: what it was launched from.
    pub image: String,
    /// `AttachTime` of the primary interface: when it was born.
    pub born_at: Option<Timestamp>,
    /// `LaunchTime`: its last start.
    pub started_at: Option<Timestamp>,
    /// The template version that it was launched from, by AWS's own tags.
    pub template: Option<TemplateVersionRef>,
    /// Its group, by the tag `aws:autoscaling:groupName`.
    pub group: Option<String>,
    /// Whose machinery owns it (`fleet::Fleet::owner`'s words); a plain group's servers have no owner.
    pub owner: Option<String>,
    /// `disableApiTermination`; `None` where it was not asked for.
    pub termination_protected: Option<bool>,
    /// `disableApiStop`; `None` where it was not asked for.
    pub stop_protected: Option<bool>,
    /// Its volumes.
    pub volumes: Vec<Volume>,
    /// Its interfaces.
    pub interfaces: Vec<Interface>,
    /// Its addresses.
    pub addresses: Vec<Address>,
    /// Public and private DNS names.
    pub dns_names: Vec<String>,
    /// Both status checks passed; false while they run, `None` where it was not asked for.
    pub checks_passed: Option<bool>,
    /// Tags, AWS's own included.
    pub tags: BTreeMap<String, String>,
}

/// A server as its group sees it (`Instances[]`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberFacts {
    /// `InstanceId`.
    pub server: String,
    /// `LifecycleState`: `InService`, `Standby`, `Pending:Wait`, `Warmed:Stopped`, ...
    pub lifecycle: String,
    /// `HealthStatus` is `Healthy`.
    pub healthy: bool,
    /// `ProtectedFromScaleIn`.
    pub protected_from_scale_in: bool,
    /// `WeightedCapacity`, else 1: the units it counts.
    pub units: u32,
    /// The template version that the group launched it from.
    pub template: Option<TemplateVersionRef>,
}

/// What a group launches from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum GroupLaunch {
    /// A launch template, of the group itself.
    Template {
        /// `LaunchTemplateId`.
        id: String,
        /// `Version` as it is set: `$Latest`, `$Default` or a number.
        version: String,
    },
    /// The launch template of a mixed-instances policy.
    Mixed {
        /// `LaunchTemplateId`.
        id: String,
        /// `Version` as it is set.
        version: String,
        /// The overrides; `None` where one of them has more than a type and a weight.
        overrides: Option<Vec<Override>>,
    },
    /// A launch configuration, by name.
    Configuration(String),
}

/// A lifecycle hook of a group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookFacts {
    /// `LifecycleHookName`.
    pub name: String,
    /// `LifecycleTransition`: `autoscaling:EC2_INSTANCE_TERMINATING` or `..._LAUNCHING`.
    pub transition: String,
    /// `HeartbeatTimeout` in seconds.
    pub timeout_s: u32,
}

/// A group, by `autoscaling:DescribeAutoScalingGroups` and `autoscaling:DescribeLifecycleHooks`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupFacts {
    /// `AutoScalingGroupName`.
    pub name: String,
    /// `AutoScalingGroupARN`.
    pub arn: String,
    /// `DesiredCapacity`, in units.
    pub desired: u32,
    /// `MinSize`, in units.
    pub min: u32,
    /// `MaxSize`, in units.
    pub max: u32,
    /// `DesiredCapacityType`: `units`, `vcpu`, `memory-mib`; `None` for the default, units.
    pub capacity_type: Option<String>,
    /// What it launches from.
    pub launch: Option<GroupLaunch>,
    /// `AvailabilityZones`, sorted.
    #[serde(default)]
    pub zones: Vec<String>,
    /// Its servers, those of a warm pool left out, by id.
    pub members: Vec<MemberFacts>,
    /// `SuspendedProcesses[].ProcessName`, sorted.
    pub suspended: Vec<String>,
    /// `MaxInstanceLifetime` in seconds; `None` where none is set.
    pub max_instance_lifetime_s: Option<u32>,
    /// `InstanceMaintenancePolicy.MinHealthyPercentage`.
    pub min_healthy_percent: Option<u8>,
    /// `InstanceMaintenancePolicy.MaxHealthyPercentage`.
    pub max_healthy_percent: Option<u16>,
    /// `DefaultInstanceWarmup`, else 0, in seconds.
    pub warmup_s: u32,
    /// `HealthCheckGracePeriod` in seconds.
    pub grace_s: u32,
    /// `TargetGroupARNs` and the target groups of `TrafficSources`, sorted.
    pub target_groups: Vec<String>,
    /// Names of classic load balancers and target groups of VPC Lattice, whose health is not read.
    pub classic_load_balancers: Vec<String>,
    /// Its lifecycle hooks, by name.
    pub hooks: Vec<HookFacts>,
    /// Whether it has a warm pool.
    pub warm_pool: bool,
    /// Whose machinery owns it (`fleet::Fleet::group_owner`'s words).
    pub owner: Option<String>,
    /// `Status`, while it is being deleted.
    pub status: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl GroupFacts {
    /// The member with this id.
    #[must_use]
    pub fn member(&self, server: &str) -> Option<&MemberFacts> {
        self.members.iter().find(|member| member.server == server)
    }
}

/// A target's health, by `elasticloadbalancing:DescribeTargetHealth`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetFacts {
    /// ARN of the target group.
    pub target_group: String,
    /// The server.
    pub server: String,
    /// `Target.Port`.
    pub port: Option<u16>,
    /// `TargetHealth.State`: `healthy`, `initial`, `unhealthy`, `draining`, `unused`, ...
    pub state: String,
}

/// A server that is a target, in whichever target group of its region: by `elasticloadbalancing:DescribeTargetGroups` and
/// `elasticloadbalancing:DescribeTargetHealth`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationFacts {
    /// The server.
    pub server: String,
    /// ARN of the target group.
    pub target_group: String,
    /// `Target.Id`: the server's id, or one of its private addresses.
    pub target: String,
    /// `Target.Port`.
    pub port: Option<u16>,
    /// `Target.AvailabilityZone`.
    pub zone: Option<String>,
    /// `TargetHealth.State`: `healthy`, `initial`, `unhealthy`, `draining`, `unused`, ...
    pub state: String,
    /// `TargetType` of the target group: `instance`, `ip`, ...
    pub target_type: String,
    /// `Protocol` of the target group: `HTTP`, `TCP`, `QUIC`, ...
    pub protocol: Option<String>,
}

/// An instance refresh, by `autoscaling:DescribeInstanceRefreshes`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshFacts {
    /// `InstanceRefreshId`.
    pub id: String,
    /// `Status`: `Pending`, `InProgress`, `Baking`, `Successful`, `RollbackInProgress`, ...
    pub status: String,
    /// `StatusReason`.
    pub reason: Option<String>,
    /// `PercentageComplete`.
    pub percent: Option<u8>,
    /// `InstancesToUpdate`.
    pub to_update: Option<u32>,
    /// `StartTime`.
    pub started_at: Option<Timestamp>,
    /// `EndTime`.
    pub ended_at: Option<Timestamp>,
    /// The template version of its `DesiredConfiguration`.
    pub template: Option<TemplateVersionRef>,
}

impl RefreshFacts {
    /// Whether it still does something: a group has at most one that does.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !matches!(self.status.as_str(), "Successful" | "Failed" | "Cancelled" | "RollbackSuccessful" | "RollbackFailed")
    }
}

/// An image, by `ec2:DescribeImages`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageFacts {
    /// `ami-...`.
    pub id: String,
    /// `Name`.
    pub name: Option<String>,
    /// `State`: `pending`, `available`, `failed`, ...
    pub state: String,
    /// `StateReason.Message`.
    pub reason: Option<String>,
    /// `Architecture`.
    pub architecture: Option<String>,
    /// `CreationDate`.
    pub created_at: Option<Timestamp>,
    /// `SourceInstanceId`.
    pub source_server: Option<String>,
}

/// A launch template, by `ec2:DescribeLaunchTemplates`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateFacts {
    /// `lt-...`.
    pub id: String,
    /// `LaunchTemplateName`.
    pub name: String,
    /// `DefaultVersionNumber`.
    pub default_version: u32,
    /// `LatestVersionNumber`.
    pub latest_version: u32,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A version of a launch template, by `ec2:DescribeLaunchTemplateVersions`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionFacts {
    /// The template and the number.
    pub template: TemplateVersionRef,
    /// `VersionDescription`.
    pub description: Option<String>,
    /// `CreateTime`.
    pub created_at: Option<Timestamp>,
    /// `LaunchTemplateData.ImageId` as it is written: an id or `resolve:ssm:...`.
    pub image: Option<String>,
    /// The image that an SSM parameter stands for at this moment (`ResolveAlias`), where one names it and one version is
    /// asked for; `None` where it stands for none.
    pub resolved: Option<String>,
}

impl VersionFacts {
    /// The image that the version names itself, and not by an SSM parameter.
    #[must_use]
    pub fn named_image(&self) -> Option<&str> {
        self.image.as_deref().filter(|image| image.starts_with("ami-"))
    }

    /// The image that a server would be launched from now.
    #[must_use]
    pub fn launched_image(&self) -> Option<&str> {
        self.named_image().or(self.resolved.as_deref())
    }
}

/// A launch configuration, by `autoscaling:DescribeLaunchConfigurations`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigurationFacts {
    /// `LaunchConfigurationName`.
    pub name: String,
    /// `ImageId`.
    pub image: String,
}

/// An Image Builder pipeline, by `imagebuilder:GetImagePipeline` and `imagebuilder:GetImageRecipe`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineFacts {
    /// ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// Whether it is enabled.
    pub enabled: bool,
    /// ARN of the recipe version that it builds.
    pub recipe: String,
    /// The recipe's `parentImage`: an image's id (pinned), an Image Builder ARN or an SSM parameter.
    pub parent_image: Option<String>,
}

/// An image that a build has put out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputImage {
    /// The account that it is in.
    pub account: String,
    /// The region that it is in.
    pub region: String,
    /// `ami-...`.
    pub image: String,
}

/// An Image Builder build, by `imagebuilder:GetImage` or `imagebuilder:ListImagePipelineImages`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildFacts {
    /// ARN of the build version.
    pub arn: String,
    /// `state.status`: `PENDING`, `BUILDING`, `TESTING`, `DISTRIBUTING`, `AVAILABLE`, `FAILED`, ...
    pub status: String,
    /// `state.reason`.
    pub reason: Option<String>,
    /// `dateCreated`.
    pub created_at: Option<Timestamp>,
    /// `outputResources.amis`.
    pub images: Vec<OutputImage>,
}

/// A root volume replacement task, by `ec2:DescribeReplaceRootVolumeTasks`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootTaskFacts {
    /// `replacevol-...`.
    pub id: String,
    /// The server.
    pub server: String,
    /// `TaskState`: `pending`, `in-progress`, `failing`, `succeeded`, `failed`, `failed-detached`.
    pub state: String,
    /// `ImageId`.
    pub image: Option<String>,
    /// `StartTime`.
    pub started_at: Option<Timestamp>,
    /// `CompleteTime`.
    pub completed_at: Option<Timestamp>,
}

//! Each call that changes something, with exactly what is sent. What the sheet shows, what the journal keeps, what the
//! AWS CLI equivalent says and what goes over the wire are all this one value.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A value that an earlier step of the same plan makes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// Id of the server that takes the place of another: `i-...`.
    Successor,
    /// Id of the image that a bake makes: `ami-...`.
    Image,
    /// Number of the template version that was made.
    TemplateVersion,
    /// Id of the instance refresh.
    Refresh,
    /// ARN of the Image Builder build.
    Build,
    /// Id of the root volume replacement task: `replacevol-...`.
    RootTask,
}

/// What earlier steps have made so far.
pub type Outputs = BTreeMap<Output, String>;

/// An argument: known when the plan is made, or made by an earlier step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Arg {
    /// The value itself.
    Known(String),
    /// What the step that makes it will give.
    Made {
        /// Which.
        output: Output,
    },
}

impl Arg {
    /// The value, once it is there.
    #[must_use]
    pub fn resolve(&self, outputs: &Outputs) -> Option<String> {
        match self {
            Self::Known(value) => Some(value.clone()),
            Self::Made { output } => outputs.get(output).cloned(),
        }
    }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Known(value.to_owned())
    }
}

impl From<Output> for Arg {
    fn from(output: Output) -> Self {
        Self::Made { output }
    }
}

impl fmt::Display for Arg {
    /// The value, or `<image>` for one that is yet to be made.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(value) => f.write_str(value),
            Self::Made { output } => write!(f, "<{output}>"),
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Successor => "successor",
            Self::Image => "image",
            Self::TemplateVersion => "template-version",
            Self::Refresh => "refresh",
            Self::Build => "build",
            Self::RootTask => "root-task",
        })
    }
}

/// A changing call as it is planned.
pub type PlannedMutation = Mutation<Arg>;

/// A changing call as it is sent.
pub type ExactMutation = Mutation<String>;

/// A call that changes something. Fields are named after the API's where the meaning is the API's; `A` is [`Arg`]
/// while planned and `String` once everything is known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "call", deny_unknown_fields)]
pub enum Mutation<A> {
    /// `autoscaling:TerminateInstanceInAutoScalingGroup`.
    TerminateInstanceInAutoScalingGroup {
        /// Its group, which the call itself does not name.
        group: String,
        /// `InstanceId`.
        server: String,
        /// `ShouldDecrementDesiredCapacity`.
        decrement: bool,
    },
    /// `autoscaling:SetDesiredCapacity`, not honouring the cooldown.
    SetDesiredCapacity {
        /// `AutoScalingGroupName`.
        group: String,
        /// `DesiredCapacity`, in the group's units.
        desired: u32,
    },
    /// `autoscaling:UpdateAutoScalingGroup` with `MaxInstanceLifetime` alone.
    SetMaxInstanceLifetime {
        /// `AutoScalingGroupName`.
        group: String,
        /// `MaxInstanceLifetime` in seconds: 0 (none), or at least 86,400.
        lifetime_s: u32,
    },
    /// `autoscaling:StartInstanceRefresh` with every preference set.
    StartInstanceRefresh {
        /// `AutoScalingGroupName`.
        group: String,
        /// `Preferences`.
        preferences: RefreshPreferences,
        /// `DesiredConfiguration`; `None` for what the group has.
        desired: Option<DesiredConfiguration<A>>,
    },
    /// `autoscaling:CancelInstanceRefresh`.
    CancelInstanceRefresh {
        /// `AutoScalingGroupName`.
        group: String,
    },
    /// `autoscaling:RollbackInstanceRefresh`.
    RollbackInstanceRefresh {
        /// `AutoScalingGroupName`.
        group: String,
    },
    /// `ec2:RunInstances` of one server.
    RunInstances {
        /// What it is launched from.
        from: LaunchFrom,
        /// `SubnetId`: the old server's.
        subnet: Option<String>,
    },
    /// `ec2:TerminateInstances` of one server.
    TerminateInstances {
        /// `InstanceId.1`.
        server: A,
    },
    /// `elasticloadbalancing:RegisterTargets` of one server in one target group.
    RegisterTargets {
        /// `TargetGroupArn`.
        target_group: String,
        /// `Targets[].Id`.
        server: A,
        /// `Targets[].Port`, one target each.
        ports: Vec<u16>,
    },
    /// `elasticloadbalancing:DeregisterTargets` of one server from one target group.
    DeregisterTargets {
        /// `TargetGroupArn`.
        target_group: String,
        /// `Targets[].Id`.
        server: A,
        /// `Targets[].Port`, one target each.
        ports: Vec<u16>,
    },
    /// `ec2:CreateReplaceRootVolumeTask`.
    CreateReplaceRootVolumeTask {
        /// `InstanceId`.
        server: String,
        /// `ImageId`; `None` for the state at launch.
        image: Option<A>,
        /// `DeleteReplacedRootVolume`.
        delete_replaced: bool,
    },
    /// `imagebuilder:StartImagePipelineExecution`.
    StartImagePipelineExecution {
        /// `imagePipelineArn`.
        pipeline: String,
    },
    /// `ec2:CreateImage`.
    CreateImage {
        /// `InstanceId`.
        server: String,
        /// `Name`, unique in account and region: what makes a second image of one plan impossible.
        name: String,
        /// `NoReboot`.
        no_reboot: bool,
    },
    /// `ec2:CreateLaunchTemplateVersion`: a copy of a version in which only the image differs.
    CreateLaunchTemplateVersion {
        /// `LaunchTemplateId`.
        template: String,
        /// `SourceVersion`.
        source_version: u32,
        /// `LaunchTemplateData.ImageId`.
        image: A,
        /// `VersionDescription`.
        description: String,
    },
}

/// What a standalone server's successor is launched from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum LaunchFrom {
    /// A launch template.
    Template {
        /// `LaunchTemplateId`.
        id: String,
        /// `Version`, a number.
        version: u32,
    },
    /// What `ec2:GetLaunchTemplateData` says of the old server, read once more as it is sent and sent only if it is
    /// the same: it holds user data, which is never kept.
    Server {
        /// The old server.
        id: String,
        /// SHA-256 of the launch data, in hexadecimal digits.
        data_sha256: String,
    },
}

/// `DesiredConfiguration` of an instance refresh, pinned to a number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DesiredConfiguration<A> {
    /// `LaunchTemplateId`.
    pub template: String,
    /// `Version`, a number.
    pub version: A,
    /// For a group with a mixed-instances policy, its overrides as they are, since leaving them out would drop them.
    pub overrides: Option<Vec<Override>>,
}

/// One override of a mixed-instances policy: type and weight. A policy with any other kind is not rolled.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// `InstanceType`.
    pub instance_type: String,
    /// `WeightedCapacity`.
    pub weight: Option<u32>,
}

/// `Preferences` of an instance refresh. Nothing is left to AWS's defaults, which differ between API and console.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshPreferences {
    /// `MinHealthyPercentage`, 0 to 100.
    pub min_healthy_percent: u8,
    /// `MaxHealthyPercentage`, 100 to 200, at most 100 above the minimum.
    pub max_healthy_percent: u16,
    /// `InstanceWarmup` in seconds.
    pub warmup_s: u32,
    /// `SkipMatching`: leave servers that match already.
    pub skip_matching: bool,
    /// `AutoRollback`.
    pub auto_rollback: bool,
    /// `BakeTime` in seconds, at most 172,800.
    pub bake_time_s: u32,
    /// `CheckpointPercentages`, rising, at most 100.
    pub checkpoint_percents: Vec<u8>,
    /// `CheckpointDelay` in seconds, at most 172,800.
    pub checkpoint_delay_s: u32,
    /// `ScaleInProtectedInstances`.
    pub scale_in_protected: ScaleInProtected,
    /// `StandbyInstances`.
    pub standby: StandbyServers,
    /// `AlarmSpecification.Alarms`: names of alarms that end it.
    pub alarms: Vec<String>,
}

/// `ScaleInProtectedInstances`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ScaleInProtected {
    /// Replace them too.
    Refresh,
    /// Leave them.
    Ignore,
    /// Wait for an hour, then fail.
    Wait,
}

/// `StandbyInstances`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum StandbyServers {
    /// Terminate them.
    Terminate,
    /// Leave them.
    Ignore,
    /// Wait for an hour, then fail.
    Wait,
}

impl<A> Mutation<A> {
    /// The operation's name: `RunInstances`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.action().split_once(':').map_or("", |(_, operation)| operation)
    }

    /// The IAM action that allows the call: `ec2:RunInstances`.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match self {
            Self::TerminateInstanceInAutoScalingGroup { .. } => "autoscaling:TerminateInstanceInAutoScalingGroup",
            Self::SetDesiredCapacity { .. } => "autoscaling:SetDesiredCapacity",
            Self::SetMaxInstanceLifetime { .. } => "autoscaling:UpdateAutoScalingGroup",
            Self::StartInstanceRefresh { .. } => "autoscaling:StartInstanceRefresh",
            Self::CancelInstanceRefresh { .. } => "autoscaling:CancelInstanceRefresh",
            Self::RollbackInstanceRefresh { .. } => "autoscaling:RollbackInstanceRefresh",
            Self::RunInstances { .. } => "ec2:RunInstances",
            Self::TerminateInstances { .. } => "ec2:TerminateInstances",
            Self::RegisterTargets { .. } => "elasticloadbalancing:RegisterTargets",
            Self::DeregisterTargets { .. } => "elasticloadbalancing:DeregisterTargets",
            Self::CreateReplaceRootVolumeTask { .. } => "ec2:CreateReplaceRootVolumeTask",
            Self::StartImagePipelineExecution { .. } => "imagebuilder:StartImagePipelineExecution",
            Self::CreateImage { .. } => "ec2:CreateImage",
            Self::CreateLaunchTemplateVersion { .. } => "ec2:CreateLaunchTemplateVersion",
        }
    }

    /// Whether EC2 can be asked beforehand if it would do this (`DryRun`); the other services can't.
    #[must_use]
    pub fn has_dry_run(&self) -> bool {
        self.action().starts_with("ec2:")
    }

    /// The group that it changes.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        match self {
            Self::TerminateInstanceInAutoScalingGroup { group, .. }
            | Self::SetDesiredCapacity { group, .. }
            | Self::SetMaxInstanceLifetime { group, .. }
            | Self::StartInstanceRefresh { group, .. }
            | Self::CancelInstanceRefresh { group }
            | Self::RollbackInstanceRefresh { group } => Some(group),
            _ => None,
        }
    }

    /// Whether it replaces a server that is in no group: launches its successor, moves it behind a load balancer or away
    /// from there, or ends it.
    #[must_use]
    pub fn is_of_one_alone(&self) -> bool {
        matches!(
            self,
            Self::RunInstances { .. }
                | Self::RegisterTargets { .. }
                | Self::DeregisterTargets { .. }
                | Self::TerminateInstances { .. }
        )
    }

    /// The group all of whose servers end by it, sooner or later.
    #[must_use]
    pub fn whole_group(&self) -> Option<&str> {
        match self {
            Self::StartInstanceRefresh { group, .. } | Self::SetMaxInstanceLifetime { group, .. } => Some(group),
            _ => None,
        }
    }
}

impl PlannedMutation {
    /// The call with everything known; the output that is still missing otherwise.
    ///
    /// # Errors
    /// The first output that no step has made yet.
    pub fn resolve(&self, outputs: &Outputs) -> Result<ExactMutation, Output> {
        let known = |arg: &Arg| match arg {
            Arg::Known(value) => Ok(value.clone()),
            Arg::Made { output } => outputs.get(output).cloned().ok_or(*output),
        };
        Ok(match self {
            Self::TerminateInstanceInAutoScalingGroup { group, server, decrement } => {
                Mutation::TerminateInstanceInAutoScalingGroup {
                    group: group.clone(),
                    server: server.clone(),
                    decrement: *decrement,
                }
            }
            Self::SetDesiredCapacity { group, desired } => {
                Mutation::SetDesiredCapacity { group: group.clone(), desired: *desired }
            }
            Self::SetMaxInstanceLifetime { group, lifetime_s } => {
                Mutation::SetMaxInstanceLifetime { group: group.clone(), lifetime_s: *lifetime_s }
            }
            Self::StartInstanceRefresh { group, preferences, desired } => Mutation::StartInstanceRefresh {
                group: group.clone(),
                preferences: preferences.clone(),
                desired: desired
                    .as_ref()
                    .map(|desired| {
                        Ok(DesiredConfiguration {
                            template: desired.template.clone(),
                            version: known(&desired.version)?,
                            overrides: desired.overrides.clone(),
                        })
                    })
                    .transpose()?,
            },
            Self::CancelInstanceRefresh { group } => Mutation::CancelInstanceRefresh { group: group.clone() },
            Self::RollbackInstanceRefresh { group } => Mutation::RollbackInstanceRefresh { group: group.clone() },
            Self::RunInstances { from, subnet } => {
                Mutation::RunInstances { from: from.clone(), subnet: subnet.clone() }
            }
            Self::TerminateInstances { server } => Mutation::TerminateInstances { server: known(server)? },
            Self::RegisterTargets { target_group, server, ports } => Mutation::RegisterTargets {
                target_group: target_group.clone(),
                server: known(server)?,
                ports: ports.clone(),
            },
            Self::DeregisterTargets { target_group, server, ports } => Mutation::DeregisterTargets {
                target_group: target_group.clone(),
                server: known(server)?,
                ports: ports.clone(),
            },
            Self::CreateReplaceRootVolumeTask { server, image, delete_replaced } => {
                Mutation::CreateReplaceRootVolumeTask {
                    server: server.clone(),
                    image: image.as_ref().map(known).transpose()?,
                    delete_replaced: *delete_replaced,
                }
            }
            Self::StartImagePipelineExecution { pipeline } => {
                Mutation::StartImagePipelineExecution { pipeline: pipeline.clone() }
            }
            Self::CreateImage { server, name, no_reboot } => {
                Mutation::CreateImage { server: server.clone(), name: name.clone(), no_reboot: *no_reboot }
            }
            Self::CreateLaunchTemplateVersion { template, source_version, image, description } => {
                Mutation::CreateLaunchTemplateVersion {
                    template: template.clone(),
                    source_version: *source_version,
                    image: known(image)?,
                    description: description.clone(),
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn a_call_waits_for_what_an_earlier_step_makes() {
        let planned = PlannedMutation::CreateLaunchTemplateVersion {
            template: "lt-1".into(),
            source_version: 12,
            image: Output::Image.into(),
            description: "by emberline".into(),
        };
        assert_eq!(planned.resolve(&Outputs::new()), Err(Output::Image));
        let outputs = Outputs::from([(Output::Image, "ami-2".to_owned())]);
        let Mutation::CreateLaunchTemplateVersion { image, .. } = planned.resolve(&outputs).unwrap() else { panic!() };
        assert_eq!(image, "ami-2");
    }

    #[test]
    fn a_planned_call_reads_back_from_its_json() {
        let planned = PlannedMutation::TerminateInstances { server: Output::Successor.into() };
        let json = serde_json::to_string(&planned).unwrap();
        assert_eq!(json, r#"{"call":"TerminateInstances","server":{"output":"successor"}}"#);
        assert_eq!(serde_json::from_str::<PlannedMutation>(&json).unwrap(), planned);
        let stranger = r#"{"call":"DeregisterImage","image":"ami-1"}"#;
        assert!(serde_json::from_str::<PlannedMutation>(stranger).is_err(), "no other call can be planned");
    }

    #[test]
    fn only_ec2_can_be_asked_beforehand() {
        assert!(ExactMutation::TerminateInstances { server: "i-1".into() }.has_dry_run());
        assert!(!ExactMutation::CancelInstanceRefresh { group: "web".into() }.has_dry_run());
        let (target_group, server) = ("arn".to_owned(), "i-1".to_owned());
        assert!(!ExactMutation::DeregisterTargets { target_group, server, ports: vec![80] }.has_dry_run());
        assert_eq!(ExactMutation::CancelInstanceRefresh { group: "web".into() }.operation(), "CancelInstanceRefresh");
    }
}

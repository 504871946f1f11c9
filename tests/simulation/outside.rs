//! Other people, who change what an operation works on while it does: at moments and in ways that follow from the seed.
//! They come with a key of their own, which no fault that is meant for the operation strikes.

use sandbox::Sandbox;

use crate::asking::{Member, Somebody};
use crate::chance::Chance;

/// What somebody did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    /// Set the desired capacity of the group to this.
    SetDesired(u32),
    /// Set its MinSize.
    SetMin(u32),
    /// Set its MaxSize.
    SetMax(u32),
    /// Terminated a server in the group, which launches another one.
    Terminated(String),
    /// Terminated a server by EC2, past its group.
    TerminatedByEc2(String),
    /// Protected a server from scale-in.
    Protected(String),
    /// Wrote on a server that nobody may touch it.
    Tagged(String),
    /// Wrote on the group that nobody may touch it.
    TaggedGroup,
    /// Suspended a process of the group.
    Suspended(&'static str),
    /// Resumed all processes of the group.
    Resumed,
    /// Began to replace all servers of the group.
    StartedRefresh,
    /// Cancelled the instance refresh of the group, whoever began it.
    CancelledRefresh,
    /// Made another version of the template, which becomes the latest.
    MadeVersion,
    /// Detached a server; the group launches another one.
    Detached(String),
    /// Put a server in Standby, with its share of the desired capacity or without.
    SetAside(String, bool),
    /// Put a server back in service, which raises the desired capacity.
    PutBack(String),
    /// Said that a server is not healthy.
    CalledUnhealthy(String),
    /// Protected a server from termination by EC2.
    Locked(String),
    /// Stopped a server.
    Stopped(String),
    /// Put a server behind the load balancer at another port, or for the first time.
    Registered(String),
    /// Took a server out from behind the load balancer.
    TakenOut(String),
}

/// What a group can meet with at any time, and what a server that stands alone can.
const OF_GROUP: [&str; 16] = [
    "sets desired",
    "sets min",
    "sets max",
    "terminates",
    "terminates by EC2",
    "protects",
    "tags",
    "tags the group",
    "suspends",
    "resumes",
    "starts a refresh",
    "cancels a refresh",
    "makes a version",
    "detaches",
    "sets aside",
    "calls unhealthy",
];
const OF_SERVER: [&str; 7] =
    ["terminates by EC2", "tags", "makes a version", "locks", "stops", "registers", "takes out"];

/// What of this no group meets with.
pub(crate) const ONLY_OF_SERVER: [&str; 4] = ["locks", "stops", "registers", "takes out"];

const PROCESSES: [&str; 7] =
    ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer", "AZRebalance", "InstanceRefresh"];

impl Deed {
    /// The names of all, for whoever counts them.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        OF_GROUP.into_iter().chain(["puts back"]).chain(ONLY_OF_SERVER)
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::SetDesired(_) => "sets desired",
            Self::SetMin(_) => "sets min",
            Self::SetMax(_) => "sets max",
            Self::Terminated(_) => "terminates",
            Self::TerminatedByEc2(_) => "terminates by EC2",
            Self::Protected(_) => "protects",
            Self::Tagged(_) => "tags",
            Self::TaggedGroup => "tags the group",
            Self::Suspended(_) => "suspends",
            Self::Resumed => "resumes",
            Self::StartedRefresh => "starts a refresh",
            Self::CancelledRefresh => "cancels a refresh",
            Self::MadeVersion => "makes a version",
            Self::Detached(_) => "detaches",
            Self::SetAside(..) => "sets aside",
            Self::PutBack(_) => "puts back",
            Self::CalledUnhealthy(_) => "calls unhealthy",
            Self::Locked(_) => "locks",
            Self::Stopped(_) => "stops",
            Self::Registered(_) => "registers",
            Self::TakenOut(_) => "takes out",
        }
    }
}

/// What they work on.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    /// The group that the operation works on.
    pub(crate) group: Option<String>,
    /// The server that it works on and that stands alone.
    pub(crate) alone: Option<String>,
    /// The launch template of both.
    pub(crate) template: String,
}

/// Those people.
#[derive(Debug)]
pub(crate) struct Outsiders {
    somebody: Somebody,
    ground: Ground,
    chance: Chance,
    /// How many more of the things that happen (requests and seconds) pass before each deed, the next one last.
    waits: Vec<usize>,
}

impl Outsiders {
    /// So many deeds at most, the first one before `latest` things have passed.
    pub(crate) fn new(somebody: Somebody, ground: Ground, deeds: usize, latest: usize, mut chance: Chance) -> Self {
        let waits = (0..1 + chance.below(deeds)).map(|_| 1 + chance.below(latest)).collect();
        Self { somebody, ground, chance, waits }
    }

    /// Lets one more thing pass, and does something when its time has come. What was done, if AWS let it happen.
    pub(crate) fn pass(&mut self, sandbox: &Sandbox) -> Option<Deed> {
        let next = self.waits.last_mut()?;
        *next = next.saturating_sub(1);
        if *next > 0 {
            return None;
        }
        self.waits.pop();
        let deed = match (self.ground.group.clone(), self.ground.alone.clone()) {
            (Some(group), _) => self.deed_to_group(sandbox, &group)?,
            (None, Some(server)) => self.deed_to_server(server)?,
            (None, None) => Deed::MadeVersion,
        };
        self.happens(sandbox, &deed).then_some(deed)
    }

    fn deed_to_group(&mut self, sandbox: &Sandbox, group: &str) -> Option<Deed> {
        let desired = self.somebody.desired(sandbox, group);
        let members = self.somebody.members(sandbox);
        let of_group: Vec<Member> = members.into_iter().filter(|member| member.group == group).collect();
        let aside = of_group.iter().find(|member| member.lifecycle == "Standby").map(|member| member.server.clone());
        let server = self.chance.one(&of_group).map(|member| member.server.clone()).unwrap_or_default();
        let chance = &mut self.chance;
        // Whoever sets a server aside takes it back, if not always soon enough to be seen here.
        if let Some(aside) = aside.filter(|_| chance.once_in(2)) {
            return Some(Deed::PutBack(aside));
        }
        Some(match *chance.one(&OF_GROUP)? {
            "sets desired" => Deed::SetDesired(if chance.once_in(2) { desired + 1 } else { desired.saturating_sub(1) }),
            "sets min" => Deed::SetMin(desired.saturating_sub(u32::try_from(chance.below(3)).unwrap_or(0))),
            "sets max" => Deed::SetMax(desired + u32::try_from(chance.below(4)).unwrap_or(0)),
            "terminates" => Deed::Terminated(server),
            "terminates by EC2" => Deed::TerminatedByEc2(server),
            "protects" => Deed::Protected(server),
            "tags" => Deed::Tagged(server),
            "tags the group" => Deed::TaggedGroup,
            "suspends" => Deed::Suspended(chance.one(&PROCESSES)?),
            "resumes" => Deed::Resumed,
            "starts a refresh" => Deed::StartedRefresh,
            "cancels a refresh" => Deed::CancelledRefresh,
            "makes a version" => Deed::MadeVersion,
            "detaches" => Deed::Detached(server),
            "sets aside" => Deed::SetAside(server, chance.once_in(2)),
            _ => Deed::CalledUnhealthy(server),
        })
    }

    fn deed_to_server(&mut self, server: String) -> Option<Deed> {
        Some(match *self.chance.one(&OF_SERVER)? {
            "terminates by EC2" => Deed::TerminatedByEc2(server),
            "tags" => Deed::Tagged(server),
            "makes a version" => Deed::MadeVersion,
            "locks" => Deed::Locked(server),
            "stops" => Deed::Stopped(server),
            "registers" => Deed::Registered(server),
            _ => Deed::TakenOut(server),
        })
    }

    fn happens(&self, sandbox: &Sandbox, deed: &Deed) -> bool {
        let name = self.ground.group.as_deref().unwrap_or_default();
        let group = ("AutoScalingGroupName", name);
        let ask = |call: &str, params: &[(&str, &str)]| self.somebody.ask(sandbox, call, params).0 == 200;
        let tag = |id: &str| {
            ask(
                "ec2:CreateTags",
                &[("ResourceId.1", id), ("Tag.1.Key", "emberline:protect"), ("Tag.1.Value", "in use")],
            )
        };
        let kept = ("ShouldDecrementDesiredCapacity", "false");
        match deed {
            Deed::SetDesired(to) => {
                ask("autoscaling:SetDesiredCapacity", &[group, ("DesiredCapacity", &to.to_string())])
            }
            Deed::SetMin(to) => ask("autoscaling:UpdateAutoScalingGroup", &[group, ("MinSize", &to.to_string())]),
            Deed::SetMax(to) => ask("autoscaling:UpdateAutoScalingGroup", &[group, ("MaxSize", &to.to_string())]),
            Deed::Terminated(server) => {
                ask("autoscaling:TerminateInstanceInAutoScalingGroup", &[("InstanceId", server), kept])
            }
            Deed::TerminatedByEc2(server) => ask("ec2:TerminateInstances", &[("InstanceId.1", server)]),
            Deed::Protected(server) => ask(
                "autoscaling:SetInstanceProtection",
                &[group, ("InstanceIds.member.1", server), ("ProtectedFromScaleIn", "true")],
            ),
            Deed::Tagged(server) => tag(server),
            Deed::TaggedGroup => ask(
                "autoscaling:CreateOrUpdateTags",
                &[
                    ("Tags.member.1.ResourceId", name),
                    ("Tags.member.1.ResourceType", "auto-scaling-group"),
                    ("Tags.member.1.Key", "emberline:protect"),
                    ("Tags.member.1.Value", "in use"),
                    ("Tags.member.1.PropagateAtLaunch", "false"),
                ],
            ),
            Deed::Suspended(process) => {
                ask("autoscaling:SuspendProcesses", &[group, ("ScalingProcesses.member.1", process)])
            }
            Deed::Resumed => ask("autoscaling:ResumeProcesses", &[group]),
            Deed::StartedRefresh => ask("autoscaling:StartInstanceRefresh", &[group]),
            Deed::CancelledRefresh => ask("autoscaling:CancelInstanceRefresh", &[group]),
            Deed::MadeVersion => ask(
                "ec2:CreateLaunchTemplateVersion",
                &[
                    ("LaunchTemplateId", &self.ground.template),
                    ("SourceVersion", "1"),
                    ("LaunchTemplateData.InstanceType", "m7i.large"),
                ],
            ),
            Deed::Detached(server) => {
                ask("autoscaling:DetachInstances", &[group, ("InstanceIds.member.1", server), kept])
            }
            Deed::SetAside(server, decrement) => {
                let decrement = if *decrement { "true" } else { "false" };
                ask(
                    "autoscaling:EnterStandby",
                    &[group, ("InstanceIds.member.1", server), ("ShouldDecrementDesiredCapacity", decrement)],
                )
            }
            Deed::PutBack(server) => ask("autoscaling:ExitStandby", &[group, ("InstanceIds.member.1", server)]),
            Deed::CalledUnhealthy(server) => {
                ask("autoscaling:SetInstanceHealth", &[("InstanceId", server), ("HealthStatus", "Unhealthy")])
            }
            Deed::Locked(server) => {
                ask("ec2:ModifyInstanceAttribute", &[("InstanceId", server), ("DisableApiTermination.Value", "true")])
            }
            Deed::Stopped(server) => ask("ec2:StopInstances", &[("InstanceId.1", server)]),
            Deed::Registered(server) | Deed::TakenOut(server) => {
                let arn = self.somebody.target_group(sandbox);
                let target = [("TargetGroupArn", &*arn), ("Targets.member.1.Id", server)];
                match deed {
                    Deed::TakenOut(_) => ask("elasticloadbalancing:DeregisterTargets", &target),
                    _ => {
                        let port = ("Targets.member.1.Port", "8080");
                        ask("elasticloadbalancing:RegisterTargets", &[target[0], target[1], port])
                    }
                }
            }
        }
    }
}

//! Other people, who change what an operation works on while it does: at moments and in ways that follow from the seed.

use sandbox::Sandbox;

use crate::asking::{Member, Somebody};
use crate::chance::Chance;

/// What somebody did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    /// Set the desired capacity of the group to this.
    SetDesired(u32),
    /// Terminated a server in the group, which launches another one.
    Terminated(String),
    /// Terminated a server by EC2, past its group.
    TerminatedByEc2(String),
    /// Protected a server from scale-in.
    Protected(String),
    /// Wrote on a server that nobody may touch it.
    Tagged(String),
    /// Suspended a process of the group.
    Suspended(&'static str),
    /// Began to replace all servers of the group.
    StartedRefresh,
    /// Made another version of the template, which becomes the latest.
    MadeVersion,
    /// Detached a server; the group launches another one.
    Detached(String),
}

/// Those people.
#[derive(Debug)]
pub(crate) struct Outsiders {
    somebody: Somebody,
    group: String,
    template: String,
    chance: Chance,
    /// How many more of the things that happen (requests and seconds) pass before each deed, the next one last.
    waits: Vec<usize>,
}

impl Outsiders {
    /// The first deed comes before `latest` things have passed.
    pub(crate) fn new(somebody: Somebody, group: String, template: String, latest: usize, mut chance: Chance) -> Self {
        let waits = (0..1 + chance.below(3)).map(|_| 1 + chance.below(latest)).collect();
        Self { somebody, group, template, chance, waits }
    }

    /// Lets one more thing pass, and does something when its time has come. `desired` is what the group's desired
    /// capacity is now. What was done, if AWS let it happen.
    pub(crate) fn pass(&mut self, sandbox: &Sandbox, desired: u32) -> Option<Deed> {
        let next = self.waits.last_mut()?;
        *next = next.saturating_sub(1);
        if *next > 0 {
            return None;
        }
        self.waits.pop();
        let members = self.somebody.members(sandbox);
        let of_group: Vec<Member> = members.into_iter().filter(|member| member.group == self.group).collect();
        let server = self.chance.one(&of_group).map(|member| member.server.clone()).unwrap_or_default();
        let deed = match self.chance.below(9) {
            0 => Deed::SetDesired(if self.chance.once_in(2) { desired + 1 } else { desired.saturating_sub(1) }),
            1 => Deed::Terminated(server),
            2 => Deed::TerminatedByEc2(server),
            3 => Deed::Protected(server),
            4 => Deed::Tagged(server),
            5 => Deed::Suspended(["Launch", "Terminate", "HealthCheck"][self.chance.below(3)]),
            6 => Deed::StartedRefresh,
            7 => Deed::MadeVersion,
            _ => Deed::Detached(server),
        };
        self.happens(sandbox, &deed).then_some(deed)
    }

    fn happens(&self, sandbox: &Sandbox, deed: &Deed) -> bool {
        let group = ("AutoScalingGroupName", self.group.as_str());
        let ask = |call: &str, params: &[(&str, &str)]| self.somebody.ask(sandbox, call, params).0 == 200;
        match deed {
            Deed::SetDesired(desired) => {
                let desired = desired.to_string();
                ask("autoscaling:SetDesiredCapacity", &[group, ("DesiredCapacity", &desired)])
            }
            Deed::Terminated(server) => ask(
                "autoscaling:TerminateInstanceInAutoScalingGroup",
                &[("InstanceId", server), ("ShouldDecrementDesiredCapacity", "false")],
            ),
            Deed::TerminatedByEc2(server) => ask("ec2:TerminateInstances", &[("InstanceId.1", server)]),
            Deed::Protected(server) => ask(
                "autoscaling:SetInstanceProtection",
                &[group, ("InstanceIds.member.1", server), ("ProtectedFromScaleIn", "true")],
            ),
            Deed::Tagged(server) => ask(
                "ec2:CreateTags",
                &[("ResourceId.1", server), ("Tag.1.Key", "emberline:protect"), ("Tag.1.Value", "in use")],
            ),
            Deed::Suspended(process) => {
                ask("autoscaling:SuspendProcesses", &[group, ("ScalingProcesses.member.1", process)])
            }
            Deed::StartedRefresh => ask("autoscaling:StartInstanceRefresh", &[group]),
            Deed::MadeVersion => ask(
                "ec2:CreateLaunchTemplateVersion",
                &[
                    ("LaunchTemplateId", &self.template),
                    ("SourceVersion", "1"),
                    ("LaunchTemplateData.InstanceType", "m7i.large"),
                ],
            ),
            Deed::Detached(server) => ask(
                "autoscaling:DetachInstances",
                &[group, ("InstanceIds.member.1", server), ("ShouldDecrementDesiredCapacity", "false")],
            ),
        }
    }
}

//! Does enough of a group stay healthy? Everything here counts in the group's units.

use jiff::SignedDuration;

use super::{Guard, Refusal};
use crate::facts::{GroupFacts, MemberFacts};
use crate::plan::Capacity;
use crate::rules::Rules;
use crate::situation::Situation;

/// The lifecycle state that serves.
const IN_SERVICE: &str = "InService";

impl Situation {
    /// Whether a member of a group serves: it is in service, runs, its group calls it healthy, so does every target
    /// group, and its warm-up is over. A target group that does not name it, and one that has no load balancer
    /// (`unused`), do not call it healthy.
    ///
    /// No API tells when a server came into service, so the warm-up counts from its birth: too early by the time that
    /// it took to boot. A server whose birth is unknown is warm only in a group without a warm-up. Where one of ours is
    /// waited for, the warm-up counts from when it was first seen in service.
    #[must_use]
    pub fn healthy(&self, group: &str, server: &str) -> bool {
        let Some(group) = self.groups.get(group) else { return false };
        let Some(member) = group.member(server) else { return false };
        member.lifecycle == IN_SERVICE && !self.is_ailing(group, member) && self.is_warm(group, server)
    }

    /// The units of a group that serve, each as [`Situation::healthy`] tells.
    #[must_use]
    pub fn healthy_units(&self, group: &str) -> u32 {
        let members = self.groups.get(group).map_or(&[][..], |group| &group.members);
        let healthy = members.iter().filter(|member| self.healthy(group, &member.server));
        healthy.map(|member| member.units).fold(0, u32::saturating_add)
    }

    /// Whether somebody says that a member does not work: its group, a target group, or EC2.
    fn is_ailing(&self, group: &GroupFacts, member: &MemberFacts) -> bool {
        let runs = self.servers.get(&member.server).is_some_and(|server| server.state == "running");
        let serves = group.target_groups.iter().all(|target_group| {
            let mut states = self
                .targets
                .iter()
                .filter(|target| target.target_group == *target_group && target.server == member.server)
                .map(|target| target.state.as_str())
                .peekable();
            // A server may be a target on several ports.
            states.peek().is_some() && states.all(|state| state == "healthy")
        });
        !(runs && member.healthy && serves)
    }

    fn is_warm(&self, group: &GroupFacts, server: &str) -> bool {
        let born_at = self.servers.get(server).and_then(|server| server.born_at);
        let warmup = SignedDuration::from_secs(i64::from(group.warmup_s));
        group.warmup_s == 0 || born_at.is_some_and(|born_at| self.aws_at.duration_since(born_at) >= warmup)
    }
}

/// The least units of a group that have to stay healthy: the highest of its MinSize, the least healthy share of
/// `desired` (the policy's or its own maintenance policy's, whichever is more), and the policy's floor. `desired` is the
/// desired capacity before any surge of ours: a surge must not raise the bar that it is there to clear.
///
/// A share beyond 100 % is no share; the floor is then beyond desired, and nothing may go.
#[must_use]
pub fn floor(group: &GroupFacts, desired: u32, rules: &Rules) -> u32 {
    let percent = group.min_healthy_percent.unwrap_or(0).max(rules.min_healthy_percent);
    share(desired, percent).max(group.min).max(rules.floor.unwrap_or(0))
}

/// So many percent of the capacity, rounded up as Auto Scaling does.
pub(super) fn share(desired: u32, percent: u8) -> u32 {
    u32::try_from((u64::from(desired) * u64::from(percent)).div_ceil(100)).unwrap_or(u32::MAX)
}

/// A server that is to leave service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TakeOut<'a> {
    /// Its group.
    pub group: &'a str,
    /// The server.
    pub server: &'a str,
    /// The group's desired capacity before any surge of ours, in units.
    pub desired: u32,
    /// Units that will have come into service before it goes and are not there yet: what a plan launches first. 0 when
    /// it goes now.
    pub coming: u32,
}

/// Refuses where the healthy capacity would fall below the floor by taking out one server. One that its group, a target
/// group or EC2 calls unhealthy can always go: the capacity is what it was.
///
/// # Errors
/// [`Guard::Floor`]; [`Guard::Known`] where the server is no member of the group.
pub fn take_out(situation: &Situation, rules: &Rules, out: TakeOut<'_>) -> Result<Capacity, Refusal> {
    let TakeOut { group: name, server, desired, coming } = out;
    let known = situation.groups.get(name).and_then(|group| Some((group, group.member(server)?)));
    let Some((group, member)) = known else {
        let reason = format!("{server} is no member of the group {name}");
        let next = "Look at it again: it has left, or its group is gone.".to_owned();
        return Err(Refusal { guard: Guard::Known, reason, next });
    };
    let before = situation.healthy_units(name);
    let goes = if situation.healthy(name, server) { member.units } else { 0 };
    let lowest = before.saturating_add(coming).saturating_sub(goes);
    let floor = floor(group, desired, rules);
    let counts = |units| count(group, units);
    Guard::Floor.demand(lowest >= floor || situation.is_ailing(group, member), || {
        let reason = if before < floor && coming == 0 {
            format!("the group {name} has {} already, its floor is {floor}", counts(before))
        } else {
            format!("the group {name} would fall to {}, its floor is {floor}", counts(lowest))
        };
        let room = group.max.saturating_sub(desired);
        let next = if before < floor {
            "Bring its servers back to health first, or lower the floor in the policy file.".to_owned()
        } else if room < member.units {
            let needed = desired.saturating_add(member.units);
            format!("Raise MaxSize to surge: it is {}, {needed} lets the successor come first.", group.max)
        } else {
            "Launch its successor first.".to_owned()
        };
        (reason, next)
    })?;
    let after = before.saturating_sub(goes).saturating_add(member.units);
    Ok(Capacity { group: name.to_owned(), before, lowest: lowest.min(before), after, floor, desired })
}

/// Refuses to set a desired capacity that is less than what the plan found, or more than MaxSize.
///
/// # Errors
/// [`Guard::DesiredCapacity`].
pub fn surge(group: &GroupFacts, verified: u32, desired: u32) -> Result<(), Refusal> {
    Guard::DesiredCapacity.demand((verified..=group.max).contains(&desired), || {
        let name = &group.name;
        if desired < verified {
            let reason = format!("the desired capacity of {name} would fall from {verified} to {desired}");
            (reason, "Plan again: a desired capacity is never left lower than it was.".to_owned())
        } else {
            let reason = format!("the group {name} would want {desired}, its MaxSize is {}", group.max);
            (reason, format!("Raise MaxSize to {desired} to surge."))
        }
    })
}

/// `1 healthy server`, or units where servers of the group count differently.
pub(super) fn count(group: &GroupFacts, units: u32) -> String {
    let weighted = group.members.iter().any(|member| member.units != 1);
    let noun = if weighted { "unit" } else { "server" };
    let plural = if units == 1 { "" } else { "s" };
    format!("{units} healthy {noun}{plural}")
}

//! May this group be acted on?

use super::server::{PROTECT_TAG, held, protected_by_tag, protected_from_termination};
use super::{Guard, Refusal};
use crate::facts::{GroupFacts, MemberFacts};
use crate::situation::Situation;

/// The processes without which a replacement gets stuck half-way. An instance refresh needs its own as well.
const NEEDED: [&str; 5] = ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer"];

/// How far an action reaches into a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// To servers that are named one by one, which [`super::server`] looks at.
    Named,
    /// To all of them, by an instance refresh.
    Refresh {
        /// Whether servers that are protected from scale-in are replaced too.
        scale_in_protected: bool,
        /// Whether servers in Standby are terminated too.
        standby: bool,
    },
    /// To all that get too old, by its maximum lifetime. Auto Scaling leaves those out that are protected from scale-in
    /// or in Standby.
    Lifetime,
    /// To the refresh that is under way: cancelling it and rolling it back.
    ActiveRefresh,
}

/// All that stands against acting on a group.
#[must_use]
pub fn group(situation: &Situation, name: &str, reach: Reach) -> Vec<Refusal> {
    let Some(group) = situation.groups.get(name) else {
        let reason = format!("there is no group {name} in {}", situation.scope);
        return vec![Refusal { guard: Guard::Known, reason, next: "Check its name, account and region.".to_owned() }];
    };
    // Stopping what runs is the safe direction: only who owns it and who works on it matter.
    let mut checks = vec![owner(group), held(situation, name)];
    if reach != Reach::ActiveRefresh {
        checks.extend([
            capacity_unit(group),
            health_is_known(group),
            processes(group, reach),
            active_refresh(situation, group),
            protected(group),
            being_deleted(group),
        ]);
    }
    if matches!(reach, Reach::Refresh { .. } | Reach::Lifetime) {
        checks.extend(group.members.iter().flat_map(|member| whole(situation, group, member, reach)));
    }
    checks.into_iter().filter_map(Result::err).collect()
}

fn owner(group: &GroupFacts) -> Result<(), Refusal> {
    Guard::ForeignOwner.demand(group.owner.is_none(), || {
        let owner = group.owner.as_deref().unwrap_or_default();
        (format!("the group {} belongs to {owner}", group.name), format!("Act on it through {owner}."))
    })
}

fn capacity_unit(group: &GroupFacts) -> Result<(), Refusal> {
    let unit = group.capacity_type.as_deref().unwrap_or("units");
    Guard::CapacityUnit.demand(unit == "units", || {
        let reason = format!("the group {} counts its capacity in {unit}, not in units", group.name);
        (reason, "Act on it by hand: how much stays healthy can't be told here.".to_owned())
    })
}

fn health_is_known(group: &GroupFacts) -> Result<(), Refusal> {
    let balancers = &group.classic_load_balancers;
    Guard::Known.demand(balancers.is_empty(), || {
        let reason =
            format!("the group {} is behind {}, whose health is not read", group.name, count_balancers(balancers));
        (reason, "Move it to a target group, or act on it by hand.".to_owned())
    })
}

fn count_balancers(balancers: &[String]) -> String {
    let noun = if balancers.len() == 1 { "the classic load balancer" } else { "the classic load balancers" };
    format!("{noun} {}", balancers.join(", "))
}

fn processes(group: &GroupFacts, reach: Reach) -> Result<(), Refusal> {
    let refresh = matches!(reach, Reach::Refresh { .. }).then_some("InstanceRefresh");
    let needed = |process: &&String| NEEDED.contains(&process.as_str()) || refresh == Some(process.as_str());
    let missing: Vec<&str> = group.suspended.iter().filter(needed).map(String::as_str).collect();
    Guard::SuspendedProcesses.demand(missing.is_empty(), || {
        let (list, verb) = (missing.join(", "), if missing.len() == 1 { "is" } else { "are" });
        let reason = format!("{list} {verb} suspended in the group {}", group.name);
        (reason, format!("Resume {list} first; who suspended it may be at work there."))
    })
}

fn active_refresh(situation: &Situation, group: &GroupFacts) -> Result<(), Refusal> {
    let active = situation.refreshes.get(&group.name).and_then(|all| all.iter().find(|one| one.is_active()));
    Guard::ActiveRefresh.demand(active.is_none(), || {
        let (id, status) = active.map_or(("", ""), |one| (one.id.as_str(), one.status.as_str()));
        let reason = format!("the instance refresh {id} of the group {} is {status}", group.name);
        (reason, "Wait until it has ended, or cancel it.".to_owned())
    })
}

fn protected(group: &GroupFacts) -> Result<(), Refusal> {
    Guard::ProtectTag.demand(!group.tags.contains_key(PROTECT_TAG), || {
        let name = &group.name;
        (format!("the group {name} has the tag {PROTECT_TAG}"), format!("Remove the tag {PROTECT_TAG} from {name}."))
    })
}

fn being_deleted(group: &GroupFacts) -> Result<(), Refusal> {
    Guard::Alive.demand(group.status.is_none(), || {
        let status = group.status.as_deref().unwrap_or_default();
        (format!("the group {} is being deleted ({status})", group.name), "Nothing is left to do for it.".to_owned())
    })
}

/// What stands against an action on all servers of a group, for one of them.
fn whole(situation: &Situation, group: &GroupFacts, member: &MemberFacts, reach: Reach) -> Vec<Result<(), Refusal>> {
    let id = &member.server;
    let Some(server) = situation.servers.get(id) else {
        let words = || {
            let reason =
                format!("{id} of the group {} could not be read: whether it is protected is unknown", group.name);
            (reason, "Look again in a minute: EC2 may not know it yet, or no longer.".to_owned())
        };
        return vec![Guard::Known.demand(is_leaving(member), words)];
    };
    let (scale_in_too, standby_too) = match reach {
        Reach::Refresh { scale_in_protected, standby } => (scale_in_protected, standby),
        _ => (false, false),
    };
    let is_aside = member.lifecycle.contains("Standby");
    // Left where it is by AWS itself.
    let is_left = (member.protected_from_scale_in && !scale_in_too) || (is_aside && !standby_too);
    let mut checks = vec![protected_by_tag(server), held(situation, id)];
    if !is_left && !is_leaving(member) {
        checks.push(protected_from_termination(server));
    }
    checks.push(Guard::ScaleInProtection.demand(!(member.protected_from_scale_in && scale_in_too), || {
        let next = "Leave such servers where they are (`Ignore`), or take the protection away.".to_owned();
        (format!("{id} is protected from scale-in, and the refresh would replace it"), next)
    }));
    checks.push(Guard::Standby.demand(!(is_aside && standby_too), || {
        let next = "Leave such servers where they are (`Ignore`), or put it back in service.".to_owned();
        (format!("{id} is in Standby, and the refresh would terminate it"), next)
    }));
    checks
}

fn is_leaving(member: &MemberFacts) -> bool {
    member.lifecycle.starts_with("Terminat") || member.lifecycle.starts_with("Detach")
}

//! What has changed since the plan was confirmed, but for what its own steps have done.

use crate::engine::Operation;
use crate::facts::{Address, GroupFacts, MemberFacts, RegistrationFacts, ServerFacts};
use crate::guard::{Guard, Refusal, target_group_name};
use crate::mutation::Mutation;
use crate::plan::Baseline;
use crate::situation::Situation;

/// What the operation's own steps have done, or may have, and what is therefore no longer what it was.
#[derive(Default)]
pub(super) struct Past {
    retired: Vec<String>,
    reimaged: Vec<String>,
    rolled: Vec<String>,
    lived: Vec<String>,
    /// Servers and the target groups that they were taken out of.
    left: Vec<(String, String)>,
    /// What they made.
    pub(super) successors: Vec<String>,
}

impl Past {
    pub(super) fn of(operation: &Operation) -> Self {
        let mut past = Self { successors: operation.successors(), ..Self::default() };
        for record in operation.steps.iter().filter(|record| record.may_have_happened()) {
            match record.sent.as_ref().map(|sent| &sent.mutation) {
                Some(
                    Mutation::TerminateInstanceInAutoScalingGroup { server, .. }
                    | Mutation::TerminateInstances { server },
                ) => past.retired.push(server.clone()),
                Some(Mutation::CreateReplaceRootVolumeTask { server, .. }) => past.reimaged.push(server.clone()),
                Some(Mutation::StartInstanceRefresh { group, .. }) => past.rolled.push(group.clone()),
                Some(Mutation::DeregisterTargets { target_group, server, .. }) => {
                    past.left.push((server.clone(), target_group.clone()));
                }
                Some(Mutation::SetMaxInstanceLifetime { group, .. }) => past.lived.push(group.clone()),
                _ => {}
            }
        }
        past
    }

    /// Whether it has ended this server, or may have.
    pub(super) fn has_retired(&self, id: &str) -> bool {
        self.retired.iter().any(|one| one == id)
    }

    /// Each thing of the baseline that is not what it was.
    pub(super) fn changed(&self, baseline: &Baseline, situation: &Situation) -> Vec<Refusal> {
        let groups = baseline.groups.iter().map(|before| {
            let differs = match situation.groups.get(&before.name) {
                Some(now) => self.group_differs(before, now),
                None => Some("it is not there any more".to_owned()),
            };
            unchanged(&format!("the group {}", before.name), differs)
        });
        let servers = baseline.servers.iter().filter(|server| !self.retired.contains(&server.id)).map(|before| {
            let differs = match situation.servers.get(&before.id) {
                Some(now) => self.server_differs(baseline, situation, before, now),
                None => Some("EC2 does not know it any more".to_owned()),
            };
            unchanged(&before.id, differs)
        });
        groups.chain(servers).filter_map(Result::err).collect()
    }

    fn group_differs(&self, before: &GroupFacts, now: &GroupFacts) -> Option<String> {
        let sizes = |group: &GroupFacts| format!("MinSize {} and MaxSize {}", group.min, group.max);
        let lifetime = |group: &GroupFacts| group.max_instance_lifetime_s.filter(|&lifetime_s| lifetime_s != 0);
        let is_rolled = self.rolled.contains(&before.name);
        let has_lifetime = self.lived.contains(&before.name);
        if before.arn != now.arn {
            Some("another group has its name now".to_owned())
        } else if (before.min, before.max) != (now.min, now.max) {
            Some(format!("it had {}, now {}", sizes(before), sizes(now)))
        } else if before.launch != now.launch && !is_rolled {
            Some("it launches from something else now".to_owned())
        } else if before.suspended != now.suspended {
            Some(format!("its suspended processes were [{}], now [{}]", list(&before.suspended), list(&now.suspended)))
        } else if lifetime(before) != lifetime(now) && !has_lifetime {
            Some("its maximum lifetime is another one now".to_owned())
        } else if before.target_groups != now.target_groups
            || before.classic_load_balancers != now.classic_load_balancers
        {
            Some("it is behind other load balancers now".to_owned())
        } else if (before.min_healthy_percent, before.max_healthy_percent, before.warmup_s)
            != (now.min_healthy_percent, now.max_healthy_percent, now.warmup_s)
        {
            Some("its maintenance policy or its warm-up is another one now".to_owned())
        } else if (&before.capacity_type, &before.owner, &before.status)
            != (&now.capacity_type, &now.owner, &now.status)
        {
            Some("its capacity type, owner or status is another one now".to_owned())
        } else {
            None
        }
    }

    fn server_differs(
        &self,
        baseline: &Baseline,
        situation: &Situation,
        before: &ServerFacts,
        now: &ServerFacts,
    ) -> Option<String> {
        let has_new_root = self.reimaged.contains(&before.id);
        if before.born_at != now.born_at && !has_new_root {
            Some("it was born at another time, so it is another server".to_owned())
        } else if before.state != now.state && !has_new_root {
            Some(format!("it was {}, now it is {}", before.state, now.state))
        } else if before.image != now.image && !has_new_root {
            Some(format!("it ran {}, now {}", before.image, now.image))
        } else if before.group != now.group {
            let group = |server: &ServerFacts| server.group.clone().unwrap_or_else(|| "no group".to_owned());
            Some(format!("it was in {}, now in {}", group(before), group(now)))
        } else if (before.termination_protected, before.stop_protected)
            != (now.termination_protected, now.stop_protected)
        {
            Some("its protection from termination or from being stopped is another one now".to_owned())
        } else if before.template != now.template || before.owner != now.owner {
            Some("its template version or its owner is another one now".to_owned())
        } else if let Some(volume) = now.volumes.iter().find(|one| !has_new_root && !before.volumes.contains(one)) {
            Some(format!("it has the volume {} now, which the plan did not count among what is lost", volume.id))
        } else if let Some(address) = elastic(now).find(|one| !elastic(before).any(|other| other == *one)) {
            Some(format!("it has the Elastic IP address {address} now, which the plan did not count"))
        } else if let Some(differs) = self.registered_elsewhere(baseline, situation, &before.id) {
            Some(differs)
        } else {
            let member = |group: Option<&GroupFacts>| group.and_then(|group| group.member(&before.id)).cloned();
            let name = before.group.as_ref()?;
            let was: MemberFacts = member(baseline.group(name))?;
            match member(situation.groups.get(name)) {
                None => Some(format!("it is no member of the group {name} any more")),
                Some(is) if was.lifecycle != is.lifecycle && !has_new_root => {
                    Some(format!("it was {} in {name}, now it is {}", was.lifecycle, is.lifecycle))
                }
                Some(is) if (was.protected_from_scale_in, was.units) != (is.protected_from_scale_in, is.units) => {
                    Some(format!("its protection from scale-in or its weight in {name} is another one now"))
                }
                Some(_) => None,
            }
        }
    }

    /// Where a server is registered now and was not, or was and is not. Of one whose targets are not looked at nothing is
    /// said.
    fn registered_elsewhere(&self, baseline: &Baseline, situation: &Situation, id: &str) -> Option<String> {
        let now = situation.registered.get(id)?;
        let place = |one: &RegistrationFacts| (one.target_group.clone(), one.target.clone(), one.port);
        let is_new = |one: &&RegistrationFacts| !baseline.registered(id).any(|before| place(before) == place(one));
        if let Some(new) = now.iter().find(is_new) {
            let name = target_group_name(&new.target_group);
            return Some(format!("it is registered in the target group {name} now, which the plan did not count"));
        }
        let has_left = |one: &RegistrationFacts| {
            let by_us = self.left.iter().any(|(server, arn)| server == id && *arn == one.target_group);
            !by_us && !now.iter().any(|found| place(found) == place(one))
        };
        let left = baseline.registered(id).find(|one| has_left(one))?;
        let name = target_group_name(&left.target_group);
        Some(format!("somebody took it out of the target group {name}"))
    }
}

/// What others know a server by for good. Other addresses come and go with it and its interfaces.
fn elastic(server: &ServerFacts) -> impl Iterator<Item = &String> {
    server.addresses.iter().filter_map(|address| match address {
        Address::Elastic(address) => Some(address),
        Address::Private(_) | Address::Public(_) => None,
    })
}

fn unchanged(what: &str, differs: Option<String>) -> Result<(), Refusal> {
    Guard::Unchanged.demand(differs.is_none(), || {
        let how = differs.unwrap_or_default();
        (format!("{what} is not what was confirmed: {how}"), "Plan again, so that you see what it is now.".to_owned())
    })
}

fn list(names: &[String]) -> String {
    names.join(", ")
}

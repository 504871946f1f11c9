//! What a step stands on: the plan, what was done of it and what is read now, and what each of them has to be.

use super::past::Past;
use super::places::seat_of;
use crate::action::Action;
use crate::engine::Operation;
use crate::facts::{GroupLaunch, TemplateVersionRef, VersionFacts};
use crate::guard::{self, Guard, Reach, Refusal, Seat, TakeOut, Touch};
use crate::mutation::{
    Arg, DesiredConfiguration, ExactMutation, LaunchFrom, Mutation, Output, Outputs, PlannedMutation, ScaleInProtected,
    StandbyServers,
};
use crate::plan::{Plan, Work};
use crate::rules::Rules;
use crate::situation::{Situation, known};
use crate::world::{DryRun, JournalError, World};

/// A plan with what is known of it.
pub(super) struct Ground<'a> {
    pub(super) world: World<'a>,
    pub(super) rules: &'a Rules,
    pub(super) plan: &'a Plan,
    pub(super) past: Past,
    pub(super) outputs: &'a Outputs,
    /// Whether the plan is looked at as a whole, before anything of it was done.
    pub(super) is_ahead: bool,
}

impl Ground<'_> {
    /// What holds for every step alike.
    pub(super) fn whole(&self, situation: &Situation) -> Vec<Refusal> {
        let mut refusals: Vec<Refusal> = guard::live(self.rules).err().into_iter().collect();
        refusals.extend(guard::endpoint(self.plan, &situation.endpoint).err());
        refusals.extend(guard::account(self.plan, &situation.caller));
        refusals.extend(self.past.changed(&self.plan.baseline, situation));
        refusals
    }

    /// The desired capacity is what the plan, or its last step that changed it, has left.
    pub(super) fn desired(
        &self,
        situation: &Situation,
        group: Option<&str>,
        wanted: Option<u32>,
    ) -> Result<(), Refusal> {
        let (Some(name), Some(wanted)) = (group.or_else(|| self.only_group()), wanted) else { return Ok(()) };
        let found = situation.groups.get(name).map(|group| group.desired);
        Guard::DesiredCapacity.demand(found == Some(wanted), || {
            let found = found.map_or_else(|| "not known".to_owned(), |found| found.to_string());
            let reason = format!("the desired capacity of {name} is {found}, this step needs to find {wanted}");
            (reason, "Somebody else changed it: set it back, or cancel and plan again.".to_owned())
        })
    }

    pub(super) fn only_group(&self) -> Option<&str> {
        match self.plan.baseline.groups.as_slice() {
            [only] => Some(&only.name),
            _ => None,
        }
    }

    /// Chance has to be on its leash when it begins; what it has begun is brought to its end.
    pub(super) fn leash(&self, situation: &Situation, operation: Option<&Operation>) -> Vec<Refusal> {
        let Action::Burn { group, .. } = &self.plan.action else { return Vec::new() };
        let besides = operation.map(|operation| &operation.id);
        match guard::last_burn(self.world.journal, &self.plan.scope, group, besides) {
            Ok(last) => guard::burn(self.rules, group, situation.read_at, last),
            Err(error) => unreadable(&error).err().into_iter().collect(),
        }
    }

    /// Only what the plan names, or its own steps have made, is touched.
    pub(super) fn inside_plan(&self, mutation: &ExactMutation) -> Result<(), Refusal> {
        let group_is_inside = mutation.group().is_none_or(|name| self.plan.baseline.group(name).is_some());
        let server_is_inside = server_of(mutation).is_none_or(|id| {
            self.plan.baseline.server(id).is_some() || self.past.successors.iter().any(|one| one == id)
        });
        let template_is_inside = template_of(mutation).is_none_or(|id| self.is_launched_from(id));
        let seat_is_inside = seat_of(mutation).is_none_or(|(server, arn, ports)| self.is_seat(server, arn, ports));
        let is_inside = group_is_inside && server_is_inside && template_is_inside && seat_is_inside;
        Guard::InsidePlan.demand(is_inside, || {
            let stray = if !group_is_inside {
                mutation.group()
            } else if !server_is_inside {
                server_of(mutation)
            } else if !template_is_inside {
                template_of(mutation)
            } else {
                seat_of(mutation).map(|(_, arn, _)| arn)
            };
            let refusal = outside(format!("the plan does not name {}", stray.unwrap_or_default()));
            (refusal.reason, refusal.next)
        })
    }

    /// Whether the plan's own steps have launched it.
    pub(super) fn is_ours(&self, server: &str) -> bool {
        self.past.successors.iter().any(|one| one == server)
    }

    /// Whether a group or a server of the plan comes from this launch template.
    pub(super) fn is_launched_from(&self, template: &str) -> bool {
        let groups = self.plan.baseline.groups.iter().filter_map(|group| match group.launch.as_ref()? {
            GroupLaunch::Template { id, .. } | GroupLaunch::Mixed { id, .. } => Some(id),
            GroupLaunch::Configuration(_) => None,
        });
        let servers = self.plan.baseline.servers.iter().filter_map(|server| Some(&server.template.as_ref()?.id));
        groups.chain(servers).any(|id| id == template)
    }

    /// The guards of one change.
    pub(super) fn allowed(&self, situation: &Situation, index: usize, mutation: &ExactMutation) -> Vec<Refusal> {
        match mutation {
            Mutation::TerminateInstanceInAutoScalingGroup { group, server, decrement } => {
                let mut refusals = guard::group(situation, group, Reach::Named);
                refusals.extend(guard::server(situation, server, Touch::Terminate));
                refusals.extend(self.given_back(situation, index, group, server, *decrement).err());
                // Nothing would come in its place.
                if !decrement {
                    refusals.extend(self.group_launches(situation, group).err());
                }
                refusals
            }
            Mutation::SetDesiredCapacity { group: name, desired } => {
                let mut refusals = guard::group(situation, name, Reach::Named);
                let verified = self.plan.baseline.group(name).map_or(u32::MAX, |group| group.desired);
                let group = situation.groups.get(name);
                refusals.extend(group.and_then(|group| guard::surge(group, verified, *desired).err()));
                refusals.extend(self.group_launches(situation, name).err());
                refusals
            }
            Mutation::SetMaxInstanceLifetime { group, lifetime_s } => {
                let mut refusals = guard::group(situation, group, Reach::Lifetime);
                refusals.extend(guard::lifetime(*lifetime_s).err());
                refusals.extend(guard::burns(situation, self.rules, group, *lifetime_s).err());
                refusals
            }
            Mutation::StartInstanceRefresh { group, preferences, desired } => {
                let reach = Reach::Refresh {
                    scale_in_protected: preferences.scale_in_protected == ScaleInProtected::Refresh,
                    standby: preferences.standby == StandbyServers::Terminate,
                };
                let mut refusals = guard::group(situation, group, reach);
                let kept = guard::refresh(situation, self.rules, group, preferences, desired.as_ref());
                refusals.extend(kept.err().unwrap_or_default());
                let launches = match desired {
                    Some(desired) => self.launchable(&desired.template, &desired.version),
                    None => self.group_launches(situation, group),
                };
                refusals.extend(launches.err());
                refusals
            }
            Mutation::CancelInstanceRefresh { group } | Mutation::RollbackInstanceRefresh { group } => {
                let mut refusals = guard::group(situation, group, Reach::ActiveRefresh);
                refusals.extend(self.our_refresh(situation, group).err());
                refusals
            }
            Mutation::RunInstances { from, .. } => {
                let mut refusals: Vec<Refusal> = self.launches(from).err().into_iter().collect();
                // What is launched is to take a place: one that can't be made free is no reason to launch.
                if let Some(id) = self.retired_next(index) {
                    refusals.extend(guard::server(situation, id, Touch::Terminate));
                    refusals.extend(guard::gives_its_seats(situation, id));
                    refusals.extend(self.seats_are_given(situation, id).err());
                }
                refusals
            }
            Mutation::RegisterTargets { server, .. } => {
                let mut refusals: Vec<Refusal> = self.can_serve(situation, server).err().into_iter().collect();
                // It is to take a place: one that can't be made free is no reason to serve.
                if let Some(old) = self.replaced_now().filter(|_| self.is_ours(server)) {
                    refusals.extend(guard::server(situation, old, Touch::Terminate));
                    refusals.extend(guard::gives_its_seats(situation, old));
                }
                refusals
            }
            Mutation::DeregisterTargets { target_group, server, ports } => {
                let seat = Seat { target_group: target_group.clone(), ports: ports.clone() };
                let mut refusals: Vec<Refusal> = self.stood_in(situation, server, seat).err().into_iter().collect();
                // What leaves its places is to end next.
                if !self.is_ours(server) {
                    refusals.extend(guard::server(situation, server, Touch::Terminate));
                }
                refusals
            }
            Mutation::TerminateInstances { server } => {
                let mut refusals = guard::server(situation, server, Touch::Terminate);
                let group = situation.servers.get(server).and_then(|server| server.group.as_ref());
                refusals.extend(standalone(server, group).err());
                if self.is_ahead {
                    refusals.extend(guard::gives_its_seats(situation, server));
                    refusals.extend(self.seats_are_given(situation, server).err());
                } else {
                    refusals.extend(guard::unregistered(situation, server).err());
                    if !self.is_ours(server) {
                        let other = self.outputs.get(&Output::Successor).map(String::as_str);
                        let seats = guard::seats(self.plan.baseline.registered(server));
                        refusals.extend(guard::stands_in(situation, server, other, &seats, false).err());
                    }
                }
                refusals
            }
            Mutation::CreateReplaceRootVolumeTask { server, image, .. } => {
                let mut refusals = self.touched(situation, server, Touch::Reimage);
                refusals.extend(image.as_ref().and_then(|image| self.image(image).err()));
                refusals
            }
            Mutation::CreateImage { server, name, no_reboot } => {
                let mut refusals = self.touched(situation, server, Touch::Bake { reboot: !*no_reboot });
                refusals.extend(self.free_name(name).err());
                refusals
            }
            Mutation::StartImagePipelineExecution { pipeline } => {
                let found = known(self.world.calls.pipeline(&self.plan.scope, pipeline), || None);
                found.and_then(|found| guard::pipeline(pipeline, found.as_ref())).err().into_iter().collect()
            }
            Mutation::CreateLaunchTemplateVersion { template, source_version, image, .. } => {
                let checks = [self.version(template, &source_version.to_string()).map(drop), self.image(image)];
                checks.into_iter().filter_map(Result::err).collect()
            }
        }
    }

    /// A server that goes with its unit gives back our own surge, never more: desired capacity stays what it was.
    pub(super) fn given_back(
        &self,
        situation: &Situation,
        index: usize,
        name: &str,
        id: &str,
        decrement: bool,
    ) -> Result<(), Refusal> {
        let before = self.plan.baseline.group(name).map_or(u32::MAX, |group| group.desired);
        let group = situation.groups.get(name);
        let units = group.and_then(|group| group.member(id)).map_or(u32::MAX, |member| member.units);
        let found = if self.is_ahead { self.surge_before(index, name) } else { group.map(|group| group.desired) };
        let left = found.unwrap_or(0).saturating_sub(units);
        Guard::DesiredCapacity.demand(!decrement || left >= before, || {
            let reason = format!("the desired capacity of {name} would be left at {left}, it was {before}");
            (reason, "Plan again: it is never left lower than it was.".to_owned())
        })
    }

    /// What the plan's step before this one that ends a server or surges sets the desired capacity to.
    pub(super) fn surge_before(&self, index: usize, name: &str) -> Option<u32> {
        let earlier = self.plan.steps.iter().take(index).rev().filter_map(|step| match &step.work {
            Work::Send { mutation, .. } if mutation.group() == Some(name) => Some(mutation),
            _ => None,
        });
        earlier.take(1).find_map(|mutation| match mutation {
            Mutation::SetDesiredCapacity { desired, .. } => Some(*desired),
            _ => None,
        })
    }

    pub(super) fn touched(&self, situation: &Situation, id: &str, touch: Touch) -> Vec<Refusal> {
        let mut refusals = guard::server(situation, id, touch);
        let group = situation.servers.get(id).and_then(|server| server.group.as_ref());
        if let Some(name) = group.filter(|_| touch.takes_out()) {
            refusals.extend(guard::group(situation, name, Reach::Named));
            refusals.extend(self.take_out(situation, id, 0).err());
        }
        refusals
    }

    pub(super) fn take_out(&self, situation: &Situation, id: &str, coming: u32) -> Result<(), Refusal> {
        let group = situation.servers.get(id).and_then(|server| server.group.as_deref());
        let Some(group) = group else { return Ok(()) };
        let now = situation.groups.get(group).map_or(0, |group| group.desired);
        let desired = self.plan.baseline.group(group).map_or(now, |before| before.desired);
        guard::take_out(situation, self.rules, TakeOut { group, server: id, desired, coming }).map(drop)
    }

    /// The refresh that is under way is ours.
    pub(super) fn our_refresh(&self, situation: &Situation, group: &str) -> Result<(), Refusal> {
        let ours = self.outputs.get(&Output::Refresh);
        let active = situation.refreshes.get(group).and_then(|all| all.iter().find(|one| one.is_active()));
        Guard::ActiveRefresh.demand(active.is_some() && active.map(|one| &one.id) == ours, || match active {
            Some(one) => {
                let reason = format!("the refresh {} of {group} is not this operation's", one.id);
                (reason, "Leave it to who started it.".to_owned())
            }
            None => {
                let reason = format!("no instance refresh of {group} is under way");
                (reason, "There is nothing left to stop.".to_owned())
            }
        })
    }

    pub(super) fn launches(&self, from: &LaunchFrom) -> Result<(), Refusal> {
        match from {
            LaunchFrom::Template { id, version } => self.launchable(id, &version.to_string()),
            LaunchFrom::Server { id, data_sha256 } => {
                let found = known(self.world.calls.launch_data_sha256(&self.plan.scope, id), || data_sha256.clone())?;
                Guard::Unchanged.demand(found == *data_sha256, || {
                    let reason = format!("what EC2 would launch a second {id} from has changed since the plan");
                    (reason, "Plan again.".to_owned())
                })
            }
        }
    }

    /// The server whose successor the step launches: the next that is terminated.
    pub(super) fn retired_next(&self, index: usize) -> Option<&str> {
        self.plan.steps.iter().skip(index).find_map(|step| match &step.work {
            Work::Send { mutation: PlannedMutation::TerminateInstances { server }, .. } => match server {
                Arg::Known(id) => Some(id.as_str()),
                Arg::Made { .. } => None,
            },
            _ => None,
        })
    }

    /// What a group launches now: there, with an image that can be launched.
    pub(super) fn group_launches(&self, situation: &Situation, name: &str) -> Result<(), Refusal> {
        let Some(group) = situation.groups.get(name) else { return Ok(()) };
        guard::launches(group)?;
        match &group.launch {
            Some(GroupLaunch::Template { id, version } | GroupLaunch::Mixed { id, version, .. }) => {
                self.launchable(id, version)
            }
            Some(GroupLaunch::Configuration(configuration)) => {
                let read = self.world.calls.launch_configuration(&self.plan.scope, configuration);
                let found = known(read, || None)?;
                guard::configuration(name, configuration, found.as_ref())?;
                found.map_or(Ok(()), |found| self.image(&found.image))
            }
            None => Ok(()),
        }
    }

    /// A version, by its number or as a group has it set, and its image.
    pub(super) fn launchable(&self, template: &str, set: &str) -> Result<(), Refusal> {
        let Some(version) = self.version(template, set)? else { return Ok(()) };
        self.image(guard::launched_image(&version)?)
    }

    pub(super) fn version(&self, template: &str, set: &str) -> Result<Option<VersionFacts>, Refusal> {
        let read = self.world.calls.template_versions(&self.plan.scope, template, Some(set));
        let found = known(read, Vec::new)?.into_iter().next();
        let number = found.as_ref().map(|found| found.template.version).filter(|_| set.starts_with('$'));
        let version = number.or_else(|| set.parse().ok()).unwrap_or(0);
        guard::template_version(&TemplateVersionRef { id: template.to_owned(), version }, found.as_ref())?;
        Ok(found)
    }

    pub(super) fn image(&self, id: &str) -> Result<(), Refusal> {
        let found = known(self.world.calls.image(&self.plan.scope, id), || None)?;
        guard::image(id, found.as_ref())
    }

    pub(super) fn free_name(&self, name: &str) -> Result<(), Refusal> {
        let found = known(self.world.calls.image_named(&self.plan.scope, name), || None)?;
        Guard::Setting.demand(found.is_none(), || {
            let id = found.map(|image| image.id).unwrap_or_default();
            (format!("the image {id} has the name {name} already"), "Plan again with another name.".to_owned())
        })
    }

    pub(super) fn dry_run(&self, mutation: &ExactMutation) -> Result<(), Refusal> {
        if !mutation.has_dry_run() {
            return Ok(());
        }
        let answer = self.world.calls.dry_run(&self.plan.scope, mutation);
        Guard::DryRun.demand(answer == DryRun::Would, || match answer {
            DryRun::Would => Default::default(),
            // What EC2 said comes with the next thing to do.
            DryRun::Refused { code, message, .. } => (format!("EC2 would refuse it ({code})"), message),
            DryRun::Unknown { why } => {
                let reason = format!("EC2 does not say whether it would do it: {why}");
                (reason, "Check again in a minute.".to_owned())
            }
        })
    }
}

/// A server that a group looks after is terminated through its group.
pub(super) fn standalone(id: &str, group: Option<&String>) -> Result<(), Refusal> {
    Guard::Unchanged.demand(group.is_none(), || {
        let reason = format!("{id} is in the group {} now", group.map(String::as_str).unwrap_or_default());
        (reason, "Plan again: a group's server is replaced through its group.".to_owned())
    })
}

fn unreadable(error: &JournalError) -> Result<(), Refusal> {
    let next = "Nothing is done until the journal can be read.".to_owned();
    Guard::Known.demand(false, || (error.to_string(), next))
}

/// The server that a change names.
pub(super) fn server_of(mutation: &ExactMutation) -> Option<&str> {
    match mutation {
        Mutation::TerminateInstanceInAutoScalingGroup { server, .. }
        | Mutation::TerminateInstances { server }
        | Mutation::RegisterTargets { server, .. }
        | Mutation::DeregisterTargets { server, .. }
        | Mutation::CreateReplaceRootVolumeTask { server, .. }
        | Mutation::CreateImage { server, .. }
        | Mutation::RunInstances { from: LaunchFrom::Server { id: server, .. }, .. } => Some(server),
        _ => None,
    }
}

/// The launch template that a change adds a version to, or launches from.
fn template_of(mutation: &ExactMutation) -> Option<&str> {
    match mutation {
        Mutation::StartInstanceRefresh { desired: Some(DesiredConfiguration { template, .. }), .. }
        | Mutation::RunInstances { from: LaunchFrom::Template { id: template, .. }, .. }
        | Mutation::CreateLaunchTemplateVersion { template, .. } => Some(template),
        _ => None,
    }
}

pub(super) fn outside(reason: String) -> Refusal {
    Refusal { guard: Guard::InsidePlan, reason, next: "Plan again: only what a plan names is touched.".to_owned() }
}

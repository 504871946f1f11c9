//! What became of a change whose answer never came, found out by reading. A change is never sent a second time: what
//! reading can't tell is left to a person.

use jiff::{SignedDuration, Timestamp};

use super::observe::{self, CONSISTENT_AFTER};
use super::state::SentRecord;
use crate::entry::Finding;
use crate::facts::{Detail, GroupFacts, RefreshFacts, ServerFacts, TargetFacts};
use crate::guard::target_group_name;
use crate::mutation::{ExactMutation, Mutation, Output, Outputs};
use crate::scope::Scope;
use crate::world::{Calls, Read};

/// How far AWS's clock may be behind ours, and how coarse its times are: what it made may look this much older than
/// what was written down before it.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// How often is looked before a change is taken not to have happened.
pub(super) const LEAST_LOOKS: u32 = 4;

/// How long is looked before a change is taken not to have happened: as long as AWS's answers may lag.
pub(super) const LEAST_TIME: SignedDuration = CONSISTENT_AFTER;

/// Looks once.
///
/// # Errors
/// Where something that tells can't be read.
pub(super) fn look(calls: &dyn Calls, scope: &Scope, outputs: &Outputs, sent: &SentRecord) -> Read<Finding> {
    let place = Place { calls, scope, sent, since: sent.at.saturating_sub(CLOCK_TOLERANCE).unwrap_or(Timestamp::MIN) };
    match &sent.mutation {
        Mutation::TerminateInstanceInAutoScalingGroup { group, server, decrement } => {
            place.terminated_in_group(group, server, *decrement)
        }
        Mutation::SetDesiredCapacity { group, desired } => place.desired_capacity(group, *desired),
        Mutation::SetMaxInstanceLifetime { group, lifetime_s } => place.lifetime(group, *lifetime_s),
        Mutation::StartInstanceRefresh { group, .. } => place.refresh_started(group),
        Mutation::CancelInstanceRefresh { group } => place.refresh_stopped(group, outputs, "Cancel"),
        Mutation::RollbackInstanceRefresh { group } => place.refresh_stopped(group, outputs, "Rollback"),
        Mutation::RunInstances { .. } => place.launched(),
        Mutation::TerminateInstances { server } => place.terminated(server),
        Mutation::RegisterTargets { target_group, server, ports } => place.registered(target_group, server, ports),
        Mutation::DeregisterTargets { target_group, server, ports } => place.deregistered(target_group, server, ports),
        Mutation::CreateReplaceRootVolumeTask { server, image, .. } => place.root_task(server, image.as_ref()),
        Mutation::StartImagePipelineExecution { pipeline } => place.build(pipeline),
        Mutation::CreateImage { server, name, .. } => place.image(server, name),
        Mutation::CreateLaunchTemplateVersion { template, image, description, .. } => {
            place.template_version(template, image, description)
        }
    }
}

struct Place<'a> {
    calls: &'a dyn Calls,
    scope: &'a Scope,
    sent: &'a SentRecord,
    /// The earliest that AWS's clock can have said when the change was made.
    since: Timestamp,
}

fn happened(made: Option<(Output, String)>, evidence: String) -> Finding {
    Finding::Happened { made: made.into_iter().collect(), evidence }
}

fn did_not(evidence: impl Into<String>) -> Finding {
    Finding::DidNot { evidence: evidence.into() }
}

fn unclear(why: impl Into<String>) -> Finding {
    Finding::Unclear { why: why.into() }
}

/// Of the things that it can have made: none, one, or more than it makes.
fn only_one(found: &[String], output: Output, noun: &str) -> Finding {
    match found {
        [] => did_not(format!("there is no {noun} that it made")),
        [one] => happened(Some((output, one.clone())), format!("the {noun} {one} is there")),
        several => unclear(format!("any of these can be the {noun} that it made: {}", several.join(", "))),
    }
}

impl Place<'_> {
    fn group(&self, name: &str) -> Read<Result<GroupFacts, Finding>> {
        let group = self.calls.group(self.scope, name)?;
        Ok(group.ok_or_else(|| unclear(format!("the group {name} is not there any more"))))
    }

    fn server(&self, id: &str) -> Read<Option<ServerFacts>> {
        let ids = [id.to_owned()];
        Ok(self.calls.servers(self.scope, &ids, Detail::Plain)?.into_iter().find(|server| server.id == id))
    }

    fn is_since(&self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| at >= self.since)
    }

    fn terminated_in_group(&self, name: &str, id: &str, decrement: bool) -> Read<Finding> {
        let group = match self.group(name)? {
            Ok(group) => group,
            Err(finding) => return Ok(finding),
        };
        let state = self.server(id)?.map_or("gone".to_owned(), |server| server.state);
        let is_ending = matches!(state.as_str(), "shutting-down" | "terminated" | "gone");
        let goes = is_ending || group.member(id).is_some_and(|member| member.lifecycle.starts_with("Terminat"));
        let before = self.sent.before.group(name);
        let (Some(before), Some(units)) = (before, before.and_then(|group| Some(group.member(id)?.units))) else {
            return Ok(unclear(format!("what {name} was like before was not written down")));
        };
        let desired = if decrement { before.desired.saturating_sub(units) } else { before.desired };
        let now = group.desired;
        Ok(match (goes, now == desired) {
            (true, true) => happened(None, format!("{id} is {state}, the desired capacity of {name} is {now}")),
            // Without a decrement the desired capacity tells nothing, and somebody may have changed it before.
            (true, false) => unclear(format!(
                "{id} is {state}, and the desired capacity of {name} is {now} where this step would leave {desired}: \
                 somebody else may have ended it"
            )),
            (false, _) if now == before.desired => {
                did_not(format!("{id} is {state} in {name}, whose desired capacity is still {now}"))
            }
            (false, _) => unclear(format!("{id} is {state}, and the desired capacity of {name} is {now}")),
        })
    }

    fn desired_capacity(&self, name: &str, desired: u32) -> Read<Finding> {
        let group = match self.group(name)? {
            Ok(group) => group,
            Err(finding) => return Ok(finding),
        };
        let before = self.sent.before.group(name).map(|group| group.desired);
        let now = group.desired;
        Ok(if now == desired {
            // Nothing that can be read tells who set it, and what somebody else wants is not ours to take back.
            unclear(format!(
                "the desired capacity of {name} is {now}, as this step would leave it, and somebody else may have set it"
            ))
        } else if Some(now) == before {
            did_not(format!("the desired capacity of {name} is still {now}"))
        } else {
            unclear(format!("the desired capacity of {name} is {now}: somebody else changed it"))
        })
    }

    fn lifetime(&self, name: &str, lifetime_s: u32) -> Read<Finding> {
        let group = match self.group(name)? {
            Ok(group) => group,
            Err(finding) => return Ok(finding),
        };
        let before = self.sent.before.group(name).map(|group| group.max_instance_lifetime_s.unwrap_or(0));
        let now = group.max_instance_lifetime_s.unwrap_or(0);
        Ok(if now == lifetime_s {
            happened(None, format!("the lifetime of {name} is {now} s"))
        } else if Some(now) == before {
            did_not(format!("the lifetime of {name} is still {now} s"))
        } else {
            unclear(format!("the lifetime of {name} is {now} s: somebody else changed it"))
        })
    }

    /// No refresh was under way as this one was verified, so one that is, or that began since, is ours if it goes to
    /// the same template version.
    fn refresh_started(&self, name: &str) -> Read<Finding> {
        let ExactMutation::StartInstanceRefresh { desired, .. } = &self.sent.mutation else {
            return Ok(unclear("it was no refresh"));
        };
        let refreshes = self.calls.refreshes(self.scope, name)?;
        let since: Vec<&RefreshFacts> =
            refreshes.iter().filter(|refresh| refresh.is_active() || self.is_since(refresh.started_at)).collect();
        let is_ours = |refresh: &&RefreshFacts| match (desired, &refresh.template) {
            (Some(wanted), Some(found)) => wanted.template == found.id && wanted.version == found.version.to_string(),
            (None, None) => true,
            _ => false,
        };
        Ok(match since.as_slice() {
            [] => did_not(format!("{name} has no refresh that began since")),
            [one] if is_ours(one) => happened(
                Some((Output::Refresh, one.id.clone())),
                format!("the refresh {} to the same template version began since", one.id),
            ),
            others => {
                let ids: Vec<&str> = others.iter().map(|refresh| refresh.id.as_str()).collect();
                unclear(format!("somebody else can have started what runs in {name}: {}", ids.join(", ")))
            }
        })
    }

    /// One that has ended needs no stopping: how it ended is looked at next.
    fn refresh_stopped(&self, name: &str, outputs: &Outputs, stopping: &str) -> Read<Finding> {
        let refreshes = self.calls.refreshes(self.scope, name)?;
        let ours = outputs.get(&Output::Refresh).and_then(|id| refreshes.iter().find(|one| one.id == *id));
        Ok(match ours {
            None => unclear(format!("the refresh is not listed in {name}")),
            Some(one) if one.status.starts_with(stopping) => {
                happened(None, format!("the refresh {} is {}", one.id, one.status))
            }
            Some(one) if one.is_active() => did_not(format!("the refresh {} is {}", one.id, one.status)),
            Some(one) => happened(None, observe::told(one)),
        })
    }

    fn launched(&self) -> Read<Finding> {
        let found = self.calls.launched_with(self.scope, &self.sent.token)?;
        Ok(only_one(&found, Output::Successor, "server"))
    }

    fn terminated(&self, id: &str) -> Read<Finding> {
        let state = self.server(id)?.map(|server| server.state);
        Ok(match state.as_deref() {
            Some("shutting-down" | "terminated") => happened(None, format!("{id} is {}", state.unwrap_or_default())),
            None => happened(None, format!("EC2 does not know {id} any more")),
            Some(state) => did_not(format!("{id} is {state}")),
        })
    }

    /// The states that a server has as a target at these ports.
    fn states(&self, arn: &str, id: &str, ports: &[u16]) -> Read<Vec<String>> {
        let targets = self.calls.targets(self.scope, &[arn.to_owned()])?;
        let at = |one: &TargetFacts| one.server == id && one.port.is_some_and(|port| ports.contains(&port));
        Ok(targets.into_iter().filter(at).map(|one| one.state).collect())
    }

    /// All targets of a call are taken in together. Who takes in what is there already changes nothing, so that it makes
    /// no difference whose doing it was.
    fn registered(&self, arn: &str, id: &str, ports: &[u16]) -> Read<Finding> {
        let mut states = self.states(arn, id, ports)?;
        states.retain(|state| !state.contains("draining"));
        let name = target_group_name(arn);
        Ok(match states.first() {
            None => did_not(format!("{id} is not in the target group {name}")),
            Some(state) if states.len() == ports.len() => {
                happened(None, format!("{id} is {state} in the target group {name}"))
            }
            Some(_) => {
                let (found, all) = (states.len(), ports.len());
                unclear(format!("{id} is in the target group {name} at {found} of {all} ports"))
            }
        })
    }

    fn deregistered(&self, arn: &str, id: &str, ports: &[u16]) -> Read<Finding> {
        let mut states = self.states(arn, id, ports)?;
        states.retain(|state| !state.contains("draining"));
        let name = target_group_name(arn);
        Ok(match states.first() {
            None => happened(None, format!("{id} drains from the target group {name}, or has left it")),
            Some(state) if states.len() == ports.len() => {
                did_not(format!("{id} is {state} in the target group {name}"))
            }
            Some(_) => {
                let (found, all) = (states.len(), ports.len());
                unclear(format!("{id} is still in the target group {name} at {found} of {all} ports"))
            }
        })
    }

    fn root_task(&self, id: &str, image: Option<&String>) -> Read<Finding> {
        let tasks = self.calls.root_tasks(self.scope, &[id.to_owned()])?;
        let found: Vec<String> = tasks
            .into_iter()
            .filter(|task| self.is_since(task.started_at) && task.image.as_ref() == image)
            .map(|task| task.id)
            .collect();
        Ok(only_one(&found, Output::RootTask, "replacement of the root volume"))
    }

    /// Image Builder does not tell which token made a build: the only one since is as good as ours, whoever started it.
    fn build(&self, pipeline: &str) -> Read<Finding> {
        let builds = self.calls.builds(self.scope, pipeline)?;
        let found: Vec<String> =
            builds.into_iter().filter(|build| self.is_since(build.created_at)).map(|build| build.arn).collect();
        Ok(only_one(&found, Output::Build, "build"))
    }

    fn image(&self, server: &str, name: &str) -> Read<Finding> {
        Ok(match self.calls.image_named(self.scope, name)? {
            None => did_not(format!("there is no image named {name}")),
            Some(image) if image.source_server.as_ref().is_some_and(|source| source != server) => {
                unclear(format!("{} has the name {name} and was made of another server", image.id))
            }
            Some(image) => {
                happened(Some((Output::Image, image.id.clone())), format!("{} has the name {name}", image.id))
            }
        })
    }

    fn template_version(&self, template: &str, image: &str, description: &str) -> Read<Finding> {
        let versions = self.calls.template_versions(self.scope, template, None)?;
        let found: Vec<String> = versions
            .into_iter()
            .filter(|one| one.description.as_deref() == Some(description) && one.image.as_deref() == Some(image))
            .filter(|one| self.is_since(one.created_at))
            .map(|one| one.template.version.to_string())
            .collect();
        Ok(only_one(&found, Output::TemplateVersion, "template version"))
    }
}

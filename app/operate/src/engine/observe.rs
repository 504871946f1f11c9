//! One look at what a waiting step waits for. Each is a few readings and a judgement; waiting itself is not done here.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::facts::{Detail, GroupFacts, MemberFacts, RefreshFacts, RootTaskFacts, ServerFacts, TargetFacts};
use crate::guard::target_group_name;
use crate::mutation::{Arg, Output, Outputs};
use crate::plan::Until;
use crate::scope::Scope;
use crate::world::{Calls, Read};

/// How long AWS's answers may lag behind a change before what they say is taken for somebody else's doing: caches were
/// seen to lie for 10 s (spinnaker #6122), three times that is on the safe side.
pub(super) const CONSISTENT_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// What a look showed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Sight {
    /// It is so; what that makes known for later steps.
    Reached(Outputs),
    /// It is not so yet; what was seen instead.
    NotYet(String),
    /// It will never be so; why.
    Failed(String),
    /// A person has to look; why.
    Ask(String),
}

/// What is kept from look to look. After a restart it begins anew, which makes waiting longer, never shorter.
#[derive(Default, Debug)]
pub(super) struct Watch {
    /// When each new member of a group was first seen serving.
    serving_since: BTreeMap<String, Timestamp>,
    /// Since when what was done has looked as if it had not been: another desired capacity than ours, a target that is
    /// back.
    changed_since: Option<Timestamp>,
}

/// Where and with what knowledge one looks.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) calls: &'a dyn Calls,
    pub(super) scope: &'a Scope,
    /// What earlier steps have made.
    pub(super) outputs: &'a Outputs,
    /// The successors that earlier steps have seen join.
    pub(super) successors: &'a [String],
    pub(super) now: Timestamp,
}

/// Looks once.
///
/// # Errors
/// Where something that it depends on can't be read.
pub(super) fn look(place: Place<'_>, watch: &mut Watch, until: &Until) -> Read<Sight> {
    let known = |arg: &Arg| arg.resolve(place.outputs);
    let missing = |arg: &Arg| Sight::Failed(format!("no step has made {arg}, which this one waits for"));
    match until {
        Until::Joined { group, besides, desired } => joined(place, watch, group, besides, *desired),
        Until::Gone { server, group } => gone(place, server, group.as_deref()),
        Until::Healthy { server } => match known(server) {
            Some(id) => healthy(place, &id),
            None => Ok(missing(server)),
        },
        Until::Serving { target_group, server, ports } => match known(server) {
            Some(id) => serving(place, target_group, &id, ports),
            None => Ok(missing(server)),
        },
        Until::Drained { target_group, server, ports } => drained(place, watch, target_group, server, ports),
        Until::Refreshed { group, refresh }
        | Until::RefreshOver { group, refresh }
        | Until::RefreshRolledBack { group, refresh } => match known(refresh) {
            Some(id) => refreshed(place, until, group, &id),
            None => Ok(missing(refresh)),
        },
        Until::ImageAvailable { image, architecture } => match known(image) {
            Some(id) => image_available(place, &id, architecture.as_deref()),
            None => Ok(missing(image)),
        },
        Until::Built { build } => match known(build) {
            Some(arn) => built(place, &arn),
            None => Ok(missing(build)),
        },
        Until::RootReplaced { server, task } => match known(task) {
            Some(id) => root_replaced(place, server, &id),
            None => Ok(missing(task)),
        },
        Until::RootsFrom { group, image, besides } => match known(image) {
            Some(id) => roots_from(place, group, &id, besides),
            None => Ok(missing(image)),
        },
        Until::LifetimeIs { group, lifetime_s } => lifetime_is(place, group, *lifetime_s),
    }
}

fn reached() -> Sight {
    Sight::Reached(Outputs::new())
}

fn no_group(name: &str) -> Sight {
    Sight::Failed(format!("the group {name} is not there any more"))
}

fn joined(place: Place<'_>, watch: &mut Watch, name: &str, besides: &[String], desired: u32) -> Read<Sight> {
    let Some(group) = place.calls.group(place.scope, name)? else { return Ok(no_group(name)) };
    if let Some(status) = &group.status {
        return Ok(Sight::Failed(format!("the group {name} is being deleted ({status})")));
    }
    if group.desired != desired {
        let since = *watch.changed_since.get_or_insert(place.now);
        let text = format!("the desired capacity of {name} is {}, this operation left it at {desired}", group.desired);
        let is_certain = place.now.duration_since(since) >= CONSISTENT_AFTER;
        return Ok(if is_certain {
            Sight::Ask(format!("{text}: somebody else changed it"))
        } else {
            Sight::NotYet(text)
        });
    }
    watch.changed_since = None;
    if let Some(balancer) = group.classic_load_balancers.first() {
        let text = format!("the health of {name}'s servers at the classic load balancer {balancer} can't be read");
        return Ok(Sight::Ask(text));
    }
    let targets = match group.target_groups.is_empty() {
        true => Vec::new(),
        false => place.calls.targets(place.scope, &group.target_groups)?,
    };
    let in_service: Vec<&MemberFacts> = group.members.iter().filter(|member| is_in_service(member)).collect();
    let units = in_service.iter().map(|member| member.units).fold(0, u32::saturating_add);
    let is_new =
        |member: &&MemberFacts| !besides.contains(&member.server) && !place.successors.contains(&member.server);
    let serving: Vec<&MemberFacts> = in_service
        .iter()
        .copied()
        .filter(is_new)
        .filter(|member| ailing_target(&group, &targets, &member.server).is_none())
        .collect();
    // By AWS's clock, which nobody sets meanwhile. Whoever stops serving warms up from the start when it serves again.
    let aws_now = place.calls.told_at(place.scope).unwrap_or(place.now);
    watch.serving_since.retain(|id, _| serving.iter().any(|member| member.server == *id));
    for member in &serving {
        watch.serving_since.entry(member.server.clone()).or_insert(aws_now);
    }
    let warmup = SignedDuration::from_secs(i64::from(group.warmup_s));
    let first = watch.serving_since.iter().min_by_key(|(id, since)| (**since, (*id).clone()));
    let Some((successor, since)) = first else {
        let newcomer = group.members.iter().find(|member| is_new(member));
        return Ok(Sight::NotYet(match newcomer {
            None => format!("{name} has launched no new server yet"),
            Some(member) if is_in_service(member) => {
                let why = ailing_target(&group, &targets, &member.server).unwrap_or_default();
                format!("{} is in service, {why}", member.server)
            }
            Some(member) if !member.healthy => format!("{} is {}, unhealthy", member.server, member.lifecycle),
            Some(member) => format!("{} is {}", member.server, member.lifecycle),
        }));
    };
    if aws_now.duration_since(*since) < warmup {
        let until = since.saturating_add(warmup).unwrap_or(Timestamp::MAX);
        return Ok(Sight::NotYet(format!("{successor} is in service and healthy, it warms up until {}", clock(until))));
    }
    if units < desired {
        return Ok(Sight::NotYet(format!("{name} has {units} of {desired} in service")));
    }
    Ok(Sight::Reached(Outputs::from([(Output::Successor, successor.clone())])))
}

fn is_in_service(member: &MemberFacts) -> bool {
    member.lifecycle == "InService" && member.healthy
}

/// What a target group says against a server: nothing where all of them call it healthy. A server that a target group
/// does not name is not known to be healthy there.
fn ailing_target(group: &GroupFacts, targets: &[TargetFacts], server: &str) -> Option<String> {
    group.target_groups.iter().find_map(|arn| {
        let mut states = targets
            .iter()
            .filter(|target| target.target_group == *arn && target.server == server)
            .map(|target| target.state.as_str())
            .peekable();
        let name = target_group_name(arn);
        if states.peek().is_none() {
            return Some(format!("not in the target group {name} yet"));
        }
        // A server may be a target on several ports.
        states.find(|state| *state != "healthy").map(|state| format!("{state} in the target group {name}"))
    })
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S UTC").to_string()
}

fn server(place: Place<'_>, id: &str, detail: Detail) -> Read<Option<ServerFacts>> {
    let ids = [id.to_owned()];
    Ok(place.calls.servers(place.scope, &ids, detail)?.into_iter().find(|server| server.id == id))
}

fn gone(place: Place<'_>, id: &str, group: Option<&str>) -> Read<Sight> {
    let state = server(place, id, Detail::Plain)?.map(|server| server.state);
    let group = match group {
        Some(name) => place.calls.group(place.scope, name)?,
        None => None,
    };
    let member = group.as_ref().and_then(|group| Some((group, group.member(id)?)));
    Ok(match (state.as_deref(), member) {
        (None | Some("terminated"), None) => reached(),
        (_, Some((group, member))) if member.lifecycle == "Terminating:Wait" => {
            let hook = group.hooks.iter().find(|hook| hook.transition.ends_with("TERMINATING"));
            Sight::NotYet(hook.map_or_else(
                || format!("{id} is {}", member.lifecycle),
                |hook| format!("{id} waits for the lifecycle hook {}, {} s at most", hook.name, hook.timeout_s),
            ))
        }
        (_, Some((_, member))) => Sight::NotYet(format!("{id} is {}", member.lifecycle)),
        (Some(state), None) => Sight::NotYet(format!("{id} is {state}")),
    })
}

fn healthy(place: Place<'_>, id: &str) -> Read<Sight> {
    let Some(server) = server(place, id, Detail::Checks)? else {
        return Ok(Sight::NotYet(format!("{id} is not known to EC2 yet")));
    };
    Ok(match server.state.as_str() {
        "running" if server.checks_passed == Some(true) => reached(),
        "running" => Sight::NotYet(format!("{id} runs, its status checks have not passed yet")),
        "pending" => Sight::NotYet(format!("{id} is pending")),
        state => Sight::Failed(format!("{id} is {state}")),
    })
}

/// The states of a server at each of the ports; `None` where it is no target.
fn states(place: Place<'_>, arn: &str, id: &str, ports: &[u16]) -> Read<Vec<Option<String>>> {
    let targets = place.calls.targets(place.scope, &[arn.to_owned()])?;
    let at = |port: &u16| targets.iter().find(|one| one.server == id && one.port == Some(*port));
    Ok(ports.iter().map(|port| at(port).map(|one| one.state.clone())).collect())
}

fn serving(place: Place<'_>, arn: &str, id: &str, ports: &[u16]) -> Read<Sight> {
    match server(place, id, Detail::Plain)? {
        Some(server) if matches!(server.state.as_str(), "pending" | "running") => {}
        Some(server) => return Ok(Sight::Failed(format!("{id} is {}", server.state))),
        None => return Ok(Sight::NotYet(format!("{id} is not known to EC2 yet"))),
    }
    let name = target_group_name(arn);
    let ailing = states(place, arn, id, ports)?.into_iter().find(|state| state.as_deref() != Some("healthy"));
    Ok(match ailing {
        None => reached(),
        Some(None) => Sight::NotYet(format!("{id} is not in the target group {name} yet")),
        Some(Some(state)) if state.contains("draining") => {
            Sight::Ask(format!("{id} drains from the target group {name}: somebody else took it out"))
        }
        Some(Some(state)) => Sight::NotYet(format!("{id} is {state} in the target group {name}")),
    })
}

fn drained(place: Place<'_>, watch: &mut Watch, arn: &str, id: &str, ports: &[u16]) -> Read<Sight> {
    let name = target_group_name(arn);
    let left: Vec<String> = states(place, arn, id, ports)?.into_iter().flatten().collect();
    let Some(state) = left.iter().find(|state| !state.contains("draining")).or(left.first()) else {
        return Ok(reached());
    };
    let text = format!("{id} is {state} in the target group {name}");
    if state.contains("draining") {
        watch.changed_since = None;
        return Ok(Sight::NotYet(text));
    }
    let since = *watch.changed_since.get_or_insert(place.now);
    let is_certain = place.now.duration_since(since) >= CONSISTENT_AFTER;
    Ok(if is_certain { Sight::Ask(format!("{text}: somebody else put it back")) } else { Sight::NotYet(text) })
}

fn refreshed(place: Place<'_>, until: &Until, group: &str, id: &str) -> Read<Sight> {
    let refreshes = place.calls.refreshes(place.scope, group)?;
    let Some(refresh) = refreshes.iter().find(|refresh| refresh.id == id) else {
        return Ok(Sight::NotYet(format!("the refresh {id} is not listed yet")));
    };
    if refresh.is_active() {
        return Ok(Sight::NotYet(progress(refresh)));
    }
    let is_so = match until {
        Until::Refreshed { .. } => refresh.status == "Successful",
        Until::RefreshRolledBack { .. } => refresh.status == "RollbackSuccessful",
        _ => true,
    };
    Ok(if is_so { reached() } else { Sight::Failed(told(refresh)) })
}

/// How a refresh ended: `the refresh r-1 ended as Failed: ...`.
pub(super) fn told(refresh: &RefreshFacts) -> String {
    let RefreshFacts { id, status, reason, .. } = refresh;
    let reason = reason.as_ref().map(|reason| format!(": {}", reason.trim_end_matches('.'))).unwrap_or_default();
    format!("the refresh {id} ended as {status}{reason}")
}

fn progress(refresh: &RefreshFacts) -> String {
    let percent = refresh.percent.map(|percent| format!(", {percent} % done")).unwrap_or_default();
    let left = refresh.to_update.map(|left| format!(", {left} to replace")).unwrap_or_default();
    format!("{}{percent}{left}", refresh.status)
}

fn image_available(place: Place<'_>, id: &str, architecture: Option<&str>) -> Read<Sight> {
    let Some(image) = place.calls.image(place.scope, id)? else {
        return Ok(Sight::NotYet(format!("{id} is not known to EC2 yet")));
    };
    let reason = image.reason.map(|reason| format!(": {}", reason.trim_end_matches('.'))).unwrap_or_default();
    Ok(match (image.state.as_str(), architecture) {
        ("available", Some(wanted)) if image.architecture.as_deref() != Some(wanted) => {
            let found = image.architecture.as_deref().unwrap_or("of an unknown architecture");
            Sight::Failed(format!("{id} is {found}, and {wanted} is needed"))
        }
        ("available", _) => reached(),
        ("pending" | "transient", _) => Sight::NotYet(format!("{id} is {}", image.state)),
        (state, _) => Sight::Failed(format!("the image {id} is {state}{reason}")),
    })
}

fn built(place: Place<'_>, arn: &str) -> Read<Sight> {
    let Some(build) = place.calls.build(place.scope, arn)? else {
        return Ok(Sight::NotYet("the build is not listed yet".to_owned()));
    };
    let Scope { account, region, .. } = place.scope;
    Ok(match build.status.as_str() {
        "AVAILABLE" => match build.images.iter().find(|one| one.account == *account && one.region == *region) {
            Some(one) => Sight::Reached(Outputs::from([(Output::Image, one.image.clone())])),
            None => Sight::Failed(format!("the build {arn} put out no image for {account} in {region}")),
        },
        "FAILED" | "CANCELLED" | "DEPRECATED" | "DELETED" | "DISABLED" => {
            let reason = build.reason.map(|why| format!(": {}", why.trim_end_matches('.'))).unwrap_or_default();
            Sight::Failed(format!("the build {arn} is {}{reason}", build.status.to_lowercase()))
        }
        status => Sight::NotYet(format!("the build is {}", status.to_lowercase())),
    })
}

fn root_replaced(place: Place<'_>, id: &str, task: &str) -> Read<Sight> {
    let tasks = place.calls.root_tasks(place.scope, &[id.to_owned()])?;
    let Some(task) = tasks.iter().find(|one| one.id == task) else {
        return Ok(Sight::NotYet(format!("the task {task} is not listed yet")));
    };
    Ok(match task.state.as_str() {
        "succeeded" => healthy(place, id)?,
        "failed" | "failing" | "failed-detached" => {
            let detached = task.state == "failed-detached";
            let then = if detached { " and the server has no root volume" } else { "; it keeps its old root volume" };
            Sight::Failed(format!("the replacement of {id}'s root volume is {}{then}", task.state))
        }
        state => Sight::NotYet(format!("the replacement of the root volume is {state}")),
    })
}

fn roots_from(place: Place<'_>, name: &str, image: &str, besides: &[String]) -> Read<Sight> {
    let Some(group) = place.calls.group(place.scope, name)? else { return Ok(no_group(name)) };
    let ids: Vec<String> = group
        .members
        .iter()
        .filter(|member| !member.lifecycle.starts_with("Terminat") && !besides.contains(&member.server))
        .map(|member| member.server.clone())
        .collect();
    if ids.is_empty() {
        return Ok(reached());
    }
    let servers = place.calls.servers(place.scope, &ids, Detail::Plain)?;
    if let Some(id) = ids.iter().find(|id| !servers.iter().any(|server| server.id == **id)) {
        return Ok(Sight::NotYet(format!("{id} is not known to EC2 yet")));
    }
    let tasks = place.calls.root_tasks(place.scope, &ids)?;
    let mut others = Vec::new();
    for server in &servers {
        // What a server was launched from is not what its root is made of once that was replaced, and a replacement
        // that names no image may have come from anywhere.
        let replaced = tasks.iter().filter(|task| task.server == server.id && task.state == "succeeded");
        let root = match replaced.max_by_key(|task| task.completed_at) {
            Some(RootTaskFacts { image, .. }) => image.as_deref().unwrap_or("a root volume from no image"),
            None => &server.image,
        };
        if root != image {
            others.push(format!("{} has {root}", server.id));
        }
    }
    Ok(match others.first() {
        None => reached(),
        Some(first) => {
            let (count, all) = (others.len(), servers.len());
            Sight::NotYet(format!("{count} of {all} servers have another root than {image}: {first}"))
        }
    })
}

fn lifetime_is(place: Place<'_>, name: &str, lifetime_s: Option<u32>) -> Read<Sight> {
    let Some(group) = place.calls.group(place.scope, name)? else { return Ok(no_group(name)) };
    // AWS says none as 0 or as nothing.
    let some = |lifetime_s: Option<u32>| lifetime_s.filter(|&lifetime_s| lifetime_s != 0);
    let found = some(group.max_instance_lifetime_s);
    Ok(match found {
        found if found == some(lifetime_s) => reached(),
        Some(found) => Sight::NotYet(format!("the lifetime of {name} is {found} s")),
        None => Sight::NotYet(format!("{name} has no lifetime")),
    })
}

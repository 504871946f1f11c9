//! Servers of one group, one after the other: the successor first where the group has room for it, else the old one
//! first where the floor holds without it.

use super::draft::{Change, Draft, called};
use super::ground::{Ground, launch_template};
use super::{losses, patience, zones};
use crate::facts::{GroupFacts, GroupLaunch, MemberFacts, ServerFacts, TemplateVersionRef, VersionFacts};
use crate::guard::{self, Guard, Reach, TakeOut, Touch};
use crate::mutation::Mutation;
use crate::plan::{Capacity, Until};
use crate::rules::Rules;

/// Adds the replacement of these members of a group to a draft.
pub(super) fn replace(draft: &mut Draft, ground: &Ground, rules: &Rules, name: &str, servers: &[&str]) {
    let situation = &ground.situation;
    draft.refusals.extend(guard::group(situation, name, Reach::Named));
    for id in servers {
        draft.refusals.extend(guard::server(situation, id, Touch::Terminate));
        draft.touched.servers.insert((*id).to_owned());
    }
    let Some(group) = situation.groups.get(name) else { return };
    draft.touched.groups.insert(name.to_owned());
    let launched = launched(draft, ground, group);
    warn_of_pool(draft, group);
    // What does not serve goes first: it costs nothing, and what comes for it is there when the next one goes.
    let mut members: Vec<(&MemberFacts, &ServerFacts)> =
        servers.iter().filter_map(|id| Some((group.member(id)?, situation.servers.get(*id)?))).collect();
    members.sort_by_key(|(member, _)| situation.healthy(name, &member.server));
    let mut merged: Option<Capacity> = None;
    let mut gained = 0_u32;
    for (member, server) in members {
        warn_of_other_version(draft, launched, member);
        let Some(way) = Way::of(draft, group, member) else { continue };
        zones::warn(draft, situation, group, server, matches!(way, Way::Surge { .. }));
        let coming = gained.saturating_add(if matches!(way, Way::Surge { .. }) { member.units } else { 0 });
        let out = TakeOut { group: name, server: &member.server, desired: group.desired, coming };
        let Some(one) = draft.allowed(guard::take_out(situation, rules, out)) else { continue };
        if !situation.healthy(name, &member.server) {
            gained = gained.saturating_add(member.units);
        }
        let lowest = merged.as_ref().map_or(one.lowest, |so_far| so_far.lowest.min(one.lowest));
        merged = Some(Capacity { lowest, after: one.before.saturating_add(gained), ..one });
        steps(draft, group, server, way);
        draft.losses.extend(losses::of_termination(server));
    }
    draft.capacity.extend(merged);
}

/// In which order a successor comes and the old one goes.
#[derive(Clone, Copy)]
enum Way {
    /// The successor first: desired capacity is raised to this for the time.
    Surge { to: u32 },
    /// The old one first.
    InPlace,
}

impl Way {
    fn of(draft: &mut Draft, group: &GroupFacts, member: &MemberFacts) -> Option<Self> {
        let to = group.desired.saturating_add(member.units);
        // What the group has or has coming counts against its desired capacity; Standby and leaving ones do not.
        let counts = |one: &&MemberFacts| one.lifecycle == "InService" || one.lifecycle.starts_with("Pending");
        let present = group.members.iter().filter(counts).map(|one| one.units).fold(0, u32::saturating_add);
        let makes_room = Guard::DesiredCapacity.demand(present < to, || {
            let (name, id) = (&group.name, &member.server);
            let reason = format!(
                "the group {name} has {present} units where {} are desired: nothing would come for {id}",
                group.desired
            );
            (reason, "Wait until the group has shrunk to its desired capacity.".to_owned())
        });
        draft.allowed(makes_room)?;
        if to > group.max {
            return Some(Self::InPlace);
        }
        draft.allowed(guard::surge(group, group.desired, to))?;
        Some(Self::Surge { to })
    }
}

fn steps(draft: &mut Draft, group: &GroupFacts, server: &ServerFacts, way: Way) {
    let (name, id, shown, desired) = (&group.name, &server.id, called(server), group.desired);
    let besides = group.members.iter().map(|one| one.server.clone()).collect();
    let joined = |in_service| Until::Joined { group: name.clone(), besides, desired: in_service };
    let gone = Until::Gone { server: id.clone(), group: Some(name.clone()) };
    let retire = |decrement| Mutation::TerminateInstanceInAutoScalingGroup {
        group: name.clone(),
        server: id.clone(),
        decrement,
    };
    let see_joined = format!("wait for the successor of {id}");
    let see_gone = (format!("see {id} gone"), format!("Wait until {id} has left the group and is terminated."));
    match way {
        Way::Surge { to } => {
            draft.send(Change {
                name: format!("surge for {id}"),
                sentence: format!(
                    "Raise the desired capacity of the group {name} from {desired} to {to}, so that the successor of \
                     {shown} is launched first."
                ),
                mutation: Mutation::SetDesiredCapacity { group: name.clone(), desired: to },
                makes: None,
                desired: Some(desired),
                takes_out: None,
            });
            let sentence = format!("Wait until the successor of {id} is in service, healthy and warmed up.");
            draft.wait(see_joined, sentence, joined(to), patience::joined_s(group));
            draft.send(Change {
                name: format!("retire {id}"),
                sentence: format!(
                    "Terminate {shown} in its group and bring the desired capacity of {name} back to {desired}."
                ),
                mutation: retire(true),
                makes: None,
                desired: Some(to),
                takes_out: Some(id.clone()),
            });
            draft.wait(see_gone.0, see_gone.1, gone, patience::gone_s(Some(group)));
        }
        Way::InPlace => {
            draft.send(Change {
                name: format!("retire {id}"),
                sentence: format!(
                    "Terminate {shown} in its group {name}, whose MaxSize of {} leaves no room for a successor before; \
                     the desired capacity stays {desired}.",
                    group.max
                ),
                mutation: retire(false),
                makes: None,
                desired: Some(desired),
                takes_out: Some(id.clone()),
            });
            draft.wait(see_gone.0, see_gone.1, gone, patience::gone_s(Some(group)));
            let sentence = format!("Wait until the successor of {id} is in service, healthy and warmed up.");
            draft.wait(see_joined, sentence, joined(desired), patience::joined_s(group));
        }
    }
}

/// What a group launches, checked: the template version or launch configuration and its image are there. The version,
/// where it is one.
pub(super) fn launched<'a>(draft: &mut Draft, ground: &'a Ground, group: &GroupFacts) -> Option<&'a VersionFacts> {
    let name = &group.name;
    if let Some(GroupLaunch::Configuration(configuration)) = &group.launch {
        let found = ground.configurations.get(configuration);
        draft.allowed(guard::configuration(name, configuration, found))?;
        let image = &found?.image;
        draft.allowed(guard::image(image, ground.images.get(image)));
        return None;
    }
    if let Some(GroupLaunch::Mixed { overrides: None, .. }) = &group.launch {
        draft.warnings.push(format!(
            "The mixed-instances policy of the group {name} has overrides with more than a type and a weight: whether \
             what they launch from is there was not looked at."
        ));
    }
    let version = current(draft, ground, group)?;
    image_is_there(draft, ground, version)?;
    Some(version)
}

/// The template version that a group launches: there, whatever may have become of its image.
pub(super) fn current<'a>(draft: &mut Draft, ground: &'a Ground, group: &GroupFacts) -> Option<&'a VersionFacts> {
    let name = &group.name;
    draft.allowed(guard::launches(group))?;
    let (id, version) = launch_template(group)?;
    let is_there = Guard::Launchable.demand(ground.templates.contains_key(id), || {
        let next = format!("Give {name} a launch template that is there: it can launch nothing.");
        (format!("the launch template {id} of the group {name} is gone"), next)
    });
    draft.allowed(is_there)?;
    version_is_there(draft, ground, id, version)
}

/// The version that a text stands for, checked: it and its image are there.
pub(super) fn check_version<'a>(
    draft: &mut Draft,
    ground: &'a Ground,
    id: &str,
    version: &str,
) -> Option<&'a VersionFacts> {
    let found = version_is_there(draft, ground, id, version)?;
    image_is_there(draft, ground, found)?;
    Some(found)
}

fn version_is_there<'a>(draft: &mut Draft, ground: &'a Ground, id: &str, version: &str) -> Option<&'a VersionFacts> {
    let found = ground.version(id, version);
    let number = found.map(|found| found.template.version).or_else(|| version.parse().ok()).unwrap_or(0);
    draft.allowed(guard::template_version(&TemplateVersionRef { id: id.to_owned(), version: number }, found))?;
    found
}

fn image_is_there(draft: &mut Draft, ground: &Ground, version: &VersionFacts) -> Option<()> {
    let image = draft.allowed(guard::launched_image(version))?;
    draft.allowed(guard::image(image, ground.images.get(image)))
}

fn warn_of_other_version(draft: &mut Draft, launched: Option<&VersionFacts>, member: &MemberFacts) {
    let (Some(new), Some(old)) = (launched, &member.template) else { return };
    if new.template == *old {
        return;
    }
    let image = new.image.as_deref().map(|image| format!(" ({image})")).unwrap_or_default();
    let (id, from) = (&member.server, if new.template.id == old.id { "version" } else { "another template, version" });
    draft.warnings.push(format!(
        "The successor of {id} comes from {from} {}{image} of {}; {id} came from version {}.",
        new.template.version, new.template.id, old.version
    ));
}

pub(super) fn warn_of_pool(draft: &mut Draft, group: &GroupFacts) {
    if group.warm_pool {
        draft.warnings.push(format!(
            "The group {} has a warm pool: what comes may have been prepared in it from an older template version.",
            group.name
        ));
    }
}

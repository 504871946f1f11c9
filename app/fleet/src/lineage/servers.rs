//! What each group launches from, and what each server came from: the one pass over all servers.

use rustc_hash::FxHashMap;

use super::GroupNode;
use super::edge::Evidence;
use super::ground::Ground;
use super::images::Images;
use super::node::{GroupIx, ServerIx, ServerNode};
use super::templates::Templates;
use crate::call::Call;
use crate::resources::{LaunchSource, Member, RootReplacement, RootTarget, ScopeIx, Server};
use crate::rows::Fleet;
use crate::symbol::Sym;

const fn says(call: Call, field: &'static str) -> Evidence {
    Evidence { call, field }
}

const LAUNCH_IMAGE: Evidence = says(Call::DescribeInstances, "Reservations[].Instances[].ImageId");
const MEMBER_IMAGE: Evidence = says(Call::DescribeAutoScalingGroups, "AutoScalingGroups[].Instances[].ImageId");
const WARM_IMAGE: Evidence = says(Call::DescribeWarmPool, "Instances[].ImageId");
const ROOT_IMAGE: Evidence = says(Call::DescribeReplaceRootVolumeTasks, "ReplaceRootVolumeTasks[].ImageId");
const ROOT_SNAPSHOT: Evidence = says(Call::DescribeReplaceRootVolumeTasks, "ReplaceRootVolumeTasks[].SnapshotId");
const ROOT_OTHER: Evidence = says(Call::DescribeReplaceRootVolumeTasks, "ReplaceRootVolumeTasks[].TaskState");
const MEMBER_TEMPLATE: Evidence =
    says(Call::DescribeAutoScalingGroups, "AutoScalingGroups[].Instances[].LaunchTemplate");
const WARM_TEMPLATE: Evidence = says(Call::DescribeWarmPool, "Instances[].LaunchTemplate");
const MEMBER_CONFIGURATION: Evidence =
    says(Call::DescribeAutoScalingGroups, "AutoScalingGroups[].Instances[].LaunchConfigurationName");
const WARM_CONFIGURATION: Evidence = says(Call::DescribeWarmPool, "Instances[].LaunchConfigurationName");
const TAGGED_TEMPLATE: Evidence = says(Call::DescribeInstances, "tag aws:ec2launchtemplate:version");
const MEMBER: Evidence = says(Call::DescribeAutoScalingGroups, "AutoScalingGroups[].Instances[].InstanceId");
const WARM_MEMBER: Evidence = says(Call::DescribeWarmPool, "Instances[].InstanceId");
const TAGGED_GROUP: Evidence = says(Call::DescribeInstances, "tag aws:autoscaling:groupName");

/// What the groups of a fleet launch from. The images that overrides name join `images`.
pub(super) fn groups(fleet: &Fleet, ground: &Ground, images: &mut Images, templates: &mut Templates) -> Vec<GroupNode> {
    fleet
        .groups
        .iter()
        .map(|group| {
            let wants = match group.launch {
                Some(LaunchSource::Template(wish)) => templates.wanted(ground, group.scope, wish),
                Some(LaunchSource::Configuration(name)) => Some(templates.configuration(ground, group.scope, name)),
                None => None,
            };
            let mut node = GroupNode { wants, ..GroupNode::default() };
            for over in &group.overrides {
                let also = over.template.and_then(|wish| templates.wanted(ground, group.scope, wish));
                if let Some(also) = also.filter(|also| Some(*also) != wants && !node.also.contains(also)) {
                    node.also.push(also);
                }
                let image = over.image.and_then(|id| images.named(ground, group.scope, id));
                if let Some(image) = image.filter(|image| !node.override_images.contains(image)) {
                    node.override_images.push(image);
                }
            }
            node
        })
        .collect()
}

/// What every server came from. Servers join `groups`; what they run or were launched from and nobody read becomes
/// a ghost.
pub(super) fn servers(
    fleet: &Fleet,
    ground: &Ground,
    images: &mut Images,
    templates: &mut Templates,
    groups: &mut [GroupNode],
) -> Vec<ServerNode> {
    let members = members(fleet);
    let replacements = root_replacements(fleet);
    let by_name: FxHashMap<(ScopeIx, Sym), GroupIx> =
        (0..).zip(&fleet.groups).map(|(number, group)| ((group.scope, group.name), GroupIx(number))).collect();
    (0..)
        .map(ServerIx)
        .zip(&fleet.servers)
        .map(|(ix, server)| {
            let member = members.get(&(server.scope, server.id)).copied();
            let mut node = ServerNode::default();
            find_group(&mut node, server, member, &by_name);
            find_template(&mut node, server, member, ground, templates);
            let replaced = replacements.get(&(server.scope, server.id)).copied();
            find_image(&mut node, server, member, replaced, ground, images);
            if let Some(group) = node.group {
                let group = &mut groups[group.at()];
                group.servers.push(ix);
                node.behind_its_group =
                    node.template.zip(group.wants).map(|(runs, wants)| runs != wants && !group.also.contains(&runs));
            }
            node
        })
        .collect()
}

type MemberOf<'a> = (GroupIx, &'a Member);

/// Who belongs to which group; of a server that two groups claim, the first group has it.
fn members(fleet: &Fleet) -> FxHashMap<(ScopeIx, Sym), MemberOf<'_>> {
    let count = fleet.groups.iter().map(|group| group.members.len()).sum();
    let mut members = FxHashMap::with_capacity_and_hasher(count, rustc_hash::FxBuildHasher);
    for (number, group) in (0..).zip(&fleet.groups) {
        for member in &group.members {
            members.entry((group.scope, member.server)).or_insert((GroupIx(number), member));
        }
    }
    members
}

/// Of every server the latest replacement of its root that succeeded.
fn root_replacements(fleet: &Fleet) -> FxHashMap<(ScopeIx, Sym), (u32, &RootReplacement)> {
    let mut latest: FxHashMap<(ScopeIx, Sym), (u32, &RootReplacement)> = FxHashMap::default();
    let when = |task: &RootReplacement| task.completed.or(task.started);
    for (number, task) in (0..).zip(&fleet.root_replacements) {
        if fleet.text(task.state) == Some("succeeded") {
            latest
                .entry((task.scope, task.server))
                .and_modify(|kept| {
                    if when(kept.1) <= when(task) {
                        *kept = (number, task);
                    }
                })
                .or_insert((number, task));
        }
    }
    latest
}

fn find_group(
    node: &mut ServerNode,
    server: &Server,
    member: Option<MemberOf<'_>>,
    by_name: &FxHashMap<(ScopeIx, Sym), GroupIx>,
) {
    let found = match (member, server.group) {
        (Some((group, member)), _) => Some((group, if member.warm { WARM_MEMBER } else { MEMBER })),
        (None, Some(name)) => by_name.get(&(server.scope, name)).map(|&group| (group, TAGGED_GROUP)),
        (None, None) => None,
    };
    (node.group, node.group_evidence) = found.unzip();
}

/// The group's word goes before the server's tags: a refresh that replaces root volumes moves a server to another
/// template version, and leaves the tags of its launch.
fn find_template(
    node: &mut ServerNode,
    server: &Server,
    member: Option<MemberOf<'_>>,
    ground: &Ground,
    templates: &mut Templates,
) {
    let warm = member.is_some_and(|(_, member)| member.warm);
    let by_group = member.and_then(|(_, member)| member.template);
    let by_configuration = member.and_then(|(_, member)| member.configuration);
    let found = if let Some(used) = by_group {
        let evidence = if warm { WARM_TEMPLATE } else { MEMBER_TEMPLATE };
        Some((templates.used(ground, server.scope, used), evidence))
    } else if let Some(name) = by_configuration {
        let evidence = if warm { WARM_CONFIGURATION } else { MEMBER_CONFIGURATION };
        Some((templates.configuration(ground, server.scope, name), evidence))
    } else {
        server.template.map(|used| (templates.used(ground, server.scope, used), TAGGED_TEMPLATE))
    };
    (node.template, node.template_evidence) = found.unzip();
}

/// What the root really is. `ImageId` of a server is what it was launched from; a root volume replacement makes that
/// untrue, and the group names an image only where it differs.
fn find_image(
    node: &mut ServerNode,
    server: &Server,
    member: Option<MemberOf<'_>>,
    replaced: Option<(u32, &RootReplacement)>,
    ground: &Ground,
    images: &mut Images,
) {
    node.launch_image = server.image.and_then(|id| images.named(ground, server.scope, id));
    node.root_replacement = replaced.map(|(number, _)| number);
    let launched = (node.launch_image, node.launch_image.map(|_| LAUNCH_IMAGE));
    (node.image, node.image_evidence) = match replaced.map(|(_, task)| task.target) {
        Some(Some(RootTarget::Image(id))) => (images.named(ground, server.scope, id), Some(ROOT_IMAGE)),
        Some(Some(RootTarget::LaunchState)) => launched,
        Some(Some(RootTarget::Snapshot(_))) => (None, Some(ROOT_SNAPSHOT)),
        Some(Some(RootTarget::Volume(_)) | None) => (None, Some(ROOT_OTHER)),
        None => match member.and_then(|(_, member)| member.image.map(|id| (id, member.warm))) {
            Some((id, warm)) if Some(id) != server.image => {
                let evidence = if warm { WARM_IMAGE } else { MEMBER_IMAGE };
                (images.named(ground, server.scope, id), Some(evidence))
            }
            _ => launched,
        },
    };
}

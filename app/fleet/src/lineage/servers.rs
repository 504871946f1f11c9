//! What each group launches from, and what each server came from: the one pass over all servers.

use rustc_hash::FxHashMap;

use super::GroupNode;
use super::ground::Ground;
use super::images::Images;
use super::node::{GroupIx, ServerIx, ServerNode};
use super::proof::Evidence;
use super::templates::Templates;
use crate::by_id::ServersById;
use crate::resources::{LaunchSource, Member, RootReplacement, RootTarget, ScopeIx, Server};
use crate::rows::Fleet;
use crate::symbol::Sym;

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
        .zip(members)
        .map(|((ix, server), member)| {
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

/// Of every server the group that it belongs to; of one that two groups claim, the first group has it.
fn members(fleet: &Fleet) -> Vec<Option<MemberOf<'_>>> {
    let by_id = ServersById::of(fleet);
    let mut members = vec![None; fleet.servers.len()];
    for (number, group) in (0..).zip(&fleet.groups) {
        for member in &group.members {
            if let Some(server) = by_id.find(fleet, group.scope, member.server) {
                members[server.at()].get_or_insert((GroupIx(number), member));
            }
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
        (Some((group, member)), _) => Some((group, if member.warm { Evidence::WarmMember } else { Evidence::Member })),
        (None, Some(name)) => by_name.get(&(server.scope, name)).map(|&group| (group, Evidence::TaggedGroup)),
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
        let evidence = if warm { Evidence::WarmTemplate } else { Evidence::MemberTemplate };
        Some((templates.used(ground, server.scope, used), evidence))
    } else if let Some(name) = by_configuration {
        let evidence = if warm { Evidence::WarmConfiguration } else { Evidence::MemberConfiguration };
        Some((templates.configuration(ground, server.scope, name), evidence))
    } else {
        server.template.map(|used| (templates.used(ground, server.scope, used), Evidence::TaggedTemplate))
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
    let launched = (node.launch_image, node.launch_image.map(|_| Evidence::LaunchImage));
    (node.image, node.image_evidence) = match replaced.map(|(_, task)| task.target) {
        Some(Some(RootTarget::Image(id))) => (images.named(ground, server.scope, id), Some(Evidence::RootImage)),
        Some(Some(RootTarget::LaunchState)) => launched,
        Some(Some(RootTarget::Snapshot(_))) => (None, Some(Evidence::RootSnapshot)),
        Some(Some(RootTarget::Volume(_)) | None) => (None, Some(Evidence::RootOther)),
        None => match member.and_then(|(_, member)| member.image.map(|id| (id, member.warm))) {
            Some((id, warm)) if Some(id) != server.image => {
                let evidence = if warm { Evidence::WarmImage } else { Evidence::MemberImage };
                (images.named(ground, server.scope, id), Some(evidence))
            }
            _ => launched,
        },
    };
}

#[cfg(test)]
mod tests {
    use crate::lineage::world::{Drawn, World};
    use crate::lineage::{EdgeKind, Evidence, Grade, GroupIx, Node};
    use crate::resources::{RootTarget, TemplateUse, VersionSpec};

    /// Group `web` wants version 2 of `lt-1`; `i-1` runs `ami-1`, launched from version 1.
    fn one_behind() -> (World, crate::ScopeIx) {
        let (mut world, here) = World::new();
        world.template(here, "lt-1", "web", 1, 2);
        world.version(here, "lt-1", 1, "ami-1");
        world.version(here, "lt-1", 2, "ami-2");
        world.image(here, "ami-1");
        world.image(here, "ami-2");
        world.group_of(here, "web", "lt-1", VersionSpec::Latest);
        world.member_server(here, "i-1", "ami-1", "lt-1", 1);
        (world, here)
    }

    fn runs(drawn: &Drawn, server: &str) -> Option<(String, String)> {
        let node = drawn.server(server);
        let image = drawn.fleet.str(drawn.lineage.images[node.image?.at()].id).to_owned();
        let edge = drawn.edge(Node::Image(node.image?), Node::Server(drawn.server_ix(server)))?;
        assert_eq!((edge.0, edge.1), (EdgeKind::Runs, Grade::Proven));
        Some((image, edge.2))
    }

    #[test]
    fn a_server_of_an_older_template_version_is_behind_its_group() {
        let (mut world, here) = one_behind();
        world.member_server(here, "i-2", "ami-2", "lt-1", 2);
        let drawn = world.draw();
        assert_eq!(drawn.server("i-1").behind_its_group, Some(true));
        assert_eq!(drawn.server("i-2").behind_its_group, Some(false));
        let server = Node::Server(drawn.server_ix("i-1"));
        let launched = drawn.edge(Node::TemplateVersion(drawn.template("lt-1", Some(1))), server);
        let field = "DescribeAutoScalingGroups AutoScalingGroups[].Instances[].LaunchTemplate".to_owned();
        assert_eq!(launched, Some((EdgeKind::Launched, Grade::Proven, field)));
        let member = drawn.edge(Node::Group(GroupIx(0)), server);
        let field = "DescribeAutoScalingGroups AutoScalingGroups[].Instances[].InstanceId".to_owned();
        assert_eq!(member, Some((EdgeKind::Member, Grade::Proven, field)));
    }

    #[test]
    fn a_server_of_an_overrides_template_is_not_behind() {
        let (mut world, here) = one_behind();
        world.template(here, "lt-2", "web-arm", 1, 1);
        let arm = world.wish("lt-2", VersionSpec::Default);
        let over = world.over(Some(arm), None);
        world.rows.fleet.groups[0].overrides.push(over);
        world.member_server(here, "i-2", "ami-2", "lt-2", 1);
        assert_eq!(world.draw().server("i-2").behind_its_group, Some(false));
    }

    #[test]
    fn whether_a_server_is_behind_is_unknown_where_either_version_is() {
        let (mut world, here) = one_behind();
        let attached = world.member("i-attached", None);
        world.rows.fleet.groups[0].members.push(attached);
        world.server(here, "i-attached", "ami-1");
        world.group_of(here, "unread", "lt-9", VersionSpec::Latest);
        world.member_server(here, "i-2", "ami-1", "lt-9", 1);
        let drawn = world.draw();
        assert_eq!(drawn.server("i-attached").behind_its_group, None);
        assert_eq!(drawn.server("i-2").behind_its_group, None);
    }

    #[test]
    fn the_group_is_believed_before_the_tags_of_the_launch() {
        let (mut world, here) = one_behind();
        let (old, group) = (world.sym("lt-1"), world.sym("gone"));
        world.group_of(here, "api", "lt-1", VersionSpec::Number(2));
        world.member_server(here, "i-2", "ami-1", "lt-1", 2);
        let server = world.rows.fleet.servers.last_mut().expect("one was added");
        (server.template, server.group) = (Some(TemplateUse { id: old, version: 1 }), Some(group));
        let drawn = world.draw();
        assert_eq!(drawn.server("i-2").template, Some(drawn.template("lt-1", Some(2))));
        assert_eq!(drawn.server("i-2").group, Some(GroupIx(0)));
        assert_eq!(drawn.fleet.str(drawn.fleet.groups[0].name), "api");
    }

    #[test]
    fn tags_that_aws_writes_stand_in_where_no_group_tells() {
        let (mut world, here) = one_behind();
        let (template, group) = (world.sym("lt-1"), world.sym("web"));
        let server = world.server(here, "i-2", "ami-2");
        (server.template, server.group) = (Some(TemplateUse { id: template, version: 2 }), Some(group));
        let server = world.server(here, "i-3", "ami-2");
        server.template = Some(TemplateUse { id: template, version: 2 });
        let drawn = world.draw();
        let template = Node::TemplateVersion(drawn.template("lt-1", Some(2)));
        for id in ["i-2", "i-3"] {
            let edge = drawn.edge(template, Node::Server(drawn.server_ix(id)));
            let field = "DescribeInstances tag aws:ec2launchtemplate:version".to_owned();
            assert_eq!(edge, Some((EdgeKind::Launched, Grade::Proven, field)), "{id}");
        }
        assert_eq!((drawn.server("i-2").group, drawn.server("i-3").group), (Some(GroupIx(0)), None));
        assert_eq!(drawn.server("i-3").behind_its_group, None);
        assert_eq!(drawn.path("i-3"), ["unknown recipe", "ami-2", "web : 2", "i-3"]);
    }

    #[test]
    fn servers_of_a_warm_pool_say_where_they_were_read() {
        let (mut world, here) = one_behind();
        world.member_server(here, "i-warm", "ami-1", "lt-1", 1);
        world.rows.fleet.groups[0].members.iter_mut().for_each(|member| member.warm = true);
        let drawn = world.draw();
        let node = drawn.server("i-warm");
        let calls =
            [node.template_evidence, node.group_evidence].map(|evidence| evidence.map(|e| e.call().operation()));
        assert_eq!(calls, [Some("DescribeWarmPool"); 2]);
    }

    #[test]
    fn a_root_volume_replaced_from_an_image_runs_that_image() {
        let (mut world, here) = one_behind();
        let (first, second) = (world.sym("ami-2"), world.sym("ami-3"));
        world.replaced(here, "i-1", "succeeded", 20, Some(RootTarget::Image(first)));
        world.replaced(here, "i-1", "succeeded", 30, Some(RootTarget::Image(second)));
        world.replaced(here, "i-1", "failed", 40, Some(RootTarget::Image(first)));
        let drawn = world.draw();
        let field = "DescribeReplaceRootVolumeTasks ReplaceRootVolumeTasks[].ImageId".to_owned();
        assert_eq!(runs(&drawn, "i-1"), Some(("ami-3".to_owned(), field)));
        let node = drawn.server("i-1");
        assert_eq!((node.launch_image, node.root_replacement), (Some(drawn.image("ami-1")), Some(1)));
        assert_eq!(drawn.lineage.images[drawn.image("ami-1").at()].servers, 0);
    }

    #[test]
    fn a_root_volume_replaced_to_its_launch_state_keeps_the_launch_image() {
        let (mut world, here) = one_behind();
        world.replaced(here, "i-1", "succeeded", 20, Some(RootTarget::LaunchState));
        let drawn = world.draw();
        let field = "DescribeInstances Reservations[].Instances[].ImageId".to_owned();
        assert_eq!(runs(&drawn, "i-1"), Some(("ami-1".to_owned(), field)));
        assert_eq!(drawn.server("i-1").root_replacement, Some(0));
    }

    #[test]
    fn a_root_volume_replaced_from_a_snapshot_or_a_volume_is_no_images() {
        for (target, field) in [(RootTarget::Snapshot as fn(_) -> _, "SnapshotId"), (RootTarget::Volume, "TaskState")] {
            let (mut world, here) = one_behind();
            let disk = world.sym("disk-1");
            world.replaced(here, "i-1", "succeeded", 20, Some(target(disk)));
            let drawn = world.draw();
            let node = drawn.server("i-1");
            assert_eq!(node.image, None);
            let said = node.image_evidence.map(Evidence::field);
            assert_eq!(said, Some(&*format!("ReplaceRootVolumeTasks[].{field}")));
            assert_eq!(drawn.path("i-1"), ["web : 1", "web", "i-1"]);
        }
    }

    #[test]
    fn an_image_that_the_group_names_is_what_the_root_became() {
        let (mut world, _) = one_behind();
        let image = world.sym("ami-2");
        world.rows.fleet.groups[0].members[0].image = Some(image);
        let drawn = world.draw();
        let field = "DescribeAutoScalingGroups AutoScalingGroups[].Instances[].ImageId".to_owned();
        assert_eq!(runs(&drawn, "i-1"), Some(("ami-2".to_owned(), field)));
    }

    #[test]
    fn a_server_with_nothing_still_has_its_node() {
        let (mut world, here) = World::new();
        world.server(here, "i-bare", "");
        let drawn = world.draw();
        assert_eq!(*drawn.server("i-bare"), crate::ServerNode::default());
        assert_eq!(drawn.path("i-bare"), ["i-bare"]);
        assert_eq!(drawn.lineage.nodes().count(), 1);
    }

    #[test]
    fn a_server_that_two_groups_claim_belongs_to_the_first() {
        let (mut world, here) = one_behind();
        let member = world.member("i-1", None);
        world.group(here, "zombie", None).members.push(member);
        let drawn = world.draw();
        assert_eq!(drawn.server("i-1").group, Some(GroupIx(0)));
        assert_eq!(drawn.lineage.groups[1].servers, []);
    }
}

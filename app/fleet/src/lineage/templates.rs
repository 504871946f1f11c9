//! The template versions and launch configurations of a fleet, and what a group's wish for one resolves to.

use rustc_hash::FxHashMap;

use super::ground::Ground;
use super::images::Images;
use super::node::{Presence, TemplateIx, TemplateKind, TemplateNode};
use crate::call::Call;
use crate::resources::{ImageRef, ScopeIx, Template, TemplateSpec, TemplateUse, VersionSpec};
use crate::rows::Fleet;
use crate::symbol::Sym;

/// All of them, found by scope and id or name.
pub(super) struct Templates<'a> {
    fleet: &'a Fleet,
    pub(super) nodes: Vec<TemplateNode>,
    versions: FxHashMap<(ScopeIx, Sym, u32), TemplateIx>,
    configurations: FxHashMap<(ScopeIx, Sym), TemplateIx>,
    by_id: FxHashMap<(ScopeIx, Sym), &'a Template>,
    by_name: FxHashMap<(ScopeIx, Sym), &'a Template>,
}

impl<'a> Templates<'a> {
    /// The ones that were read. The images that they name join `images`.
    pub(super) fn of_rows(fleet: &'a Fleet, ground: &Ground, images: &mut Images<'a>) -> Self {
        let mut templates = Self {
            fleet,
            nodes: Vec::with_capacity(fleet.template_versions.len() + fleet.launch_configurations.len()),
            versions: FxHashMap::default(),
            configurations: FxHashMap::default(),
            by_id: FxHashMap::default(),
            by_name: FxHashMap::default(),
        };
        for template in &fleet.templates {
            templates.by_id.insert((template.scope, template.id), template);
            if let Some(name) = template.name {
                templates.by_name.insert((template.scope, name), template);
            }
        }
        for (row, version) in (0..).zip(&fleet.template_versions) {
            let ix = templates.version(ground, version.scope, version.template, version.version);
            let node = &mut templates.nodes[ix.at()];
            (node.row, node.presence) = (Some(row), Presence::Present);
            node.image = match version.image {
                Some(ImageRef::Id(id) | ImageRef::Parameter { image: Some(id), .. }) => {
                    images.named(ground, version.scope, id)
                }
                Some(ImageRef::Parameter { image: None, .. }) | None => None,
            };
        }
        for (row, configuration) in (0..).zip(&fleet.launch_configurations) {
            let ix = templates.configuration(ground, configuration.scope, configuration.name);
            let node = &mut templates.nodes[ix.at()];
            (node.row, node.presence) = (Some(row), Presence::Present);
            node.image = configuration.image.and_then(|id| images.named(ground, configuration.scope, id));
        }
        templates
    }

    /// The template version that a server was launched from; a ghost where nothing was read of it.
    pub(super) fn used(&mut self, ground: &Ground, scope: ScopeIx, used: TemplateUse) -> TemplateIx {
        self.version(ground, scope, used.id, used.version)
    }

    fn version(&mut self, ground: &Ground, scope: ScopeIx, id: Sym, version: u32) -> TemplateIx {
        if let Some(&known) = self.versions.get(&(scope, id, version)) {
            return known;
        }
        let name = self.by_id.get(&(scope, id)).and_then(|template| template.name);
        let named_gone = |thing| ground.presence_of_absent(scope, Call::DescribeLaunchTemplateVersions, thing);
        let is_gone = named_gone(id) == Presence::Gone
            && name.is_none_or(|name| named_gone(name) == Presence::Gone)
            && ground.answered(scope, Call::DescribeLaunchTemplates, Some(id));
        let ix = self.push(TemplateNode {
            kind: TemplateKind::LaunchTemplate,
            scope,
            id,
            name,
            version: Some(version),
            row: None,
            presence: if is_gone { Presence::Gone } else { Presence::Unread },
            image: None,
            servers: 0,
        });
        self.versions.insert((scope, id, version), ix);
        ix
    }

    /// The launch configuration of that name; a ghost where nothing was read of it.
    pub(super) fn configuration(&mut self, ground: &Ground, scope: ScopeIx, name: Sym) -> TemplateIx {
        if let Some(&known) = self.configurations.get(&(scope, name)) {
            return known;
        }
        let ix = self.push(TemplateNode {
            kind: TemplateKind::LaunchConfiguration,
            scope,
            id: name,
            name: Some(name),
            version: None,
            row: None,
            presence: ground.presence_of_absent(scope, Call::DescribeLaunchConfigurations, name),
            image: None,
            servers: 0,
        });
        self.configurations.insert((scope, name), ix);
        ix
    }

    /// What a wish resolves to now: `None` where `$Latest` or `$Default` is wanted of a template that was not read.
    pub(super) fn wanted(&mut self, ground: &Ground, scope: ScopeIx, wish: TemplateSpec) -> Option<TemplateIx> {
        let template = match (wish.id, wish.name) {
            (Some(id), _) => self.by_id.get(&(scope, id)),
            (None, Some(name)) => self.by_name.get(&(scope, name)),
            (None, None) => None,
        };
        let id = template.map(|template| template.id).or(wish.id)?;
        let version = match wish.version {
            VersionSpec::Latest => template?.latest_version?,
            VersionSpec::Default => template?.default_version?,
            VersionSpec::Number(number) => number,
        };
        let ix = self.version(ground, scope, id, version);
        let node = &mut self.nodes[ix.at()];
        node.name = node.name.or(wish.name);
        Some(ix)
    }

    /// Whether the image that a template version names comes from an SSM parameter.
    pub(super) fn is_by_parameter(&self, node: &TemplateNode) -> bool {
        node.kind == TemplateKind::LaunchTemplate
            && node.row.is_some_and(|row| {
                matches!(self.fleet.template_versions[row as usize].image, Some(ImageRef::Parameter { .. }))
            })
    }

    fn push(&mut self, node: TemplateNode) -> TemplateIx {
        self.nodes.push(node);
        TemplateIx(self.nodes.len() as u32 - 1)
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Call;
    use crate::lineage::world::{World, day};
    use crate::lineage::{EdgeKind, Grade, GroupIx, Node, Presence, TemplateKind};
    use crate::resources::{ImageRef, LaunchSource, TemplateSpec, VersionSpec};

    #[test]
    fn latest_and_default_resolve_to_the_versions_that_the_template_names() {
        let (mut world, here) = World::new();
        world.template(here, "lt-1", "web", 11, 12);
        for version in [11, 12] {
            world.version(here, "lt-1", version, "ami-1");
        }
        world.group_of(here, "a-latest", "lt-1", VersionSpec::Latest);
        world.group_of(here, "b-default", "lt-1", VersionSpec::Default);
        world.group_of(here, "c-number", "lt-1", VersionSpec::Number(11));
        let drawn = world.draw();
        let wants: Vec<_> = drawn
            .lineage
            .groups
            .iter()
            .map(|group| group.wants.and_then(|ix| drawn.lineage.templates[ix.at()].version))
            .collect();
        assert_eq!(wants, [Some(12), Some(11), Some(11)]);
        let edge = |group, version| {
            let template = Node::TemplateVersion(drawn.template("lt-1", Some(version)));
            drawn.edge(template, Node::Group(GroupIx(group)))
        };
        let uses = |field: &str| Some((EdgeKind::Uses, Grade::Proven, field.to_owned()));
        assert_eq!(edge(0, 12), uses("DescribeLaunchTemplates LaunchTemplates[].LatestVersionNumber"));
        assert_eq!(edge(1, 11), uses("DescribeLaunchTemplates LaunchTemplates[].DefaultVersionNumber"));
        assert_eq!(edge(2, 11), uses("DescribeAutoScalingGroups AutoScalingGroups[].LaunchTemplate"));
    }

    #[test]
    fn a_wish_by_name_finds_the_template_of_its_own_scope() {
        let (mut world, here) = World::new();
        let there = world.scope("222222222222", "eu-west-1");
        world.template(here, "lt-1", "web", 1, 3);
        world.template(there, "lt-2", "web", 1, 5);
        let name = Some(world.sym("web"));
        let wish = TemplateSpec { id: None, name, version: VersionSpec::Latest };
        world.group(there, "web", Some(LaunchSource::Template(wish)));
        let drawn = world.draw();
        assert_eq!(drawn.lineage.groups[0].wants, Some(drawn.template("lt-2", Some(5))));
    }

    #[test]
    fn latest_of_a_template_that_was_not_read_is_unknown() {
        let (mut world, here) = World::new();
        world.gap(here, Call::DescribeLaunchTemplates);
        world.group_of(here, "web", "lt-1", VersionSpec::Latest);
        assert_eq!(world.draw().lineage.groups[0].wants, None);
    }

    #[test]
    fn a_template_that_resolves_by_a_parameter_names_what_it_pointed_to() {
        let (mut world, here) = World::new();
        let (name, image) = (world.sym("/golden/web"), world.sym("ami-1"));
        world.template(here, "lt-1", "web", 1, 2);
        world.version(here, "lt-1", 1, "").image = Some(ImageRef::Parameter { name, image: Some(image) });
        world.version(here, "lt-1", 2, "").image = Some(ImageRef::Parameter { name, image: None });
        let drawn = world.draw();
        let [resolved, unread] = [1, 2].map(|version| drawn.template("lt-1", Some(version)));
        let edge = drawn.edge(Node::Image(drawn.image("ami-1")), Node::TemplateVersion(resolved));
        let field = "GetParameters Parameters[].Value".to_owned();
        assert_eq!(edge, Some((EdgeKind::References, Grade::Proven, field)));
        assert_eq!(drawn.lineage.templates[unread.at()].image, None);
    }

    #[test]
    fn overrides_bring_templates_and_images_of_their_own() {
        let (mut world, here) = World::new();
        world.template(here, "lt-1", "web", 1, 1);
        world.template(here, "lt-2", "web-arm", 4, 7);
        world.version(here, "lt-1", 1, "ami-1");
        world.version(here, "lt-2", 7, "ami-2");
        let arm = world.wish("lt-2", VersionSpec::Latest);
        let overrides = vec![world.over(Some(arm), None), world.over(Some(arm), None), world.over(None, Some("ami-3"))];
        world.group_of(here, "web", "lt-1", VersionSpec::Number(1)).overrides = overrides;
        let drawn = world.draw();
        let [web, arm] = [("lt-1", 1), ("lt-2", 7)].map(|(id, version)| drawn.template(id, Some(version)));
        let group = &drawn.lineage.groups[0];
        assert_eq!((group.wants, &*group.also), (Some(web), [arm].as_slice()));
        assert_eq!(group.override_images, [drawn.image("ami-3")]);
        let field = "AutoScalingGroups[].MixedInstancesPolicy.LaunchTemplate";
        let edge = |template| drawn.edge(Node::TemplateVersion(template), Node::Group(GroupIx(0))).map(|edge| edge.2);
        assert_eq!(edge(web), Some(format!("DescribeAutoScalingGroups {field}")));
        let field = format!("DescribeAutoScalingGroups {field}.Overrides[].LaunchTemplateSpecification");
        assert_eq!(edge(arm), Some(field));
    }

    #[test]
    fn a_launch_configuration_is_a_template_version_without_a_number() {
        let (mut world, here) = World::new();
        world.configuration(here, "web-2019", "ami-1");
        let name = world.sym("web-2019");
        world.group(here, "web", Some(LaunchSource::Configuration(name)));
        let mut member = world.member("i-1", None);
        member.configuration = Some(name);
        world.rows.fleet.groups[0].members.push(member);
        world.server(here, "i-1", "ami-1").launched = day(3);
        let drawn = world.draw();
        let ix = drawn.template("web-2019", None);
        let template = &drawn.lineage.templates[ix.at()];
        assert_eq!((template.kind, template.servers), (TemplateKind::LaunchConfiguration, 1));
        assert_eq!(drawn.lineage.groups[0].wants, Some(ix));
        assert_eq!(drawn.server("i-1").template, Some(ix));
        assert_eq!(drawn.server("i-1").behind_its_group, Some(false));
        let edge = drawn.edge(Node::Image(drawn.image("ami-1")), Node::TemplateVersion(ix));
        let field = "DescribeLaunchConfigurations LaunchConfigurations[].ImageId".to_owned();
        assert_eq!(edge, Some((EdgeKind::References, Grade::Proven, field)));
    }

    #[test]
    fn a_template_version_that_is_known_by_its_number_alone_is_a_ghost() {
        let (mut world, here) = World::new();
        let denied = world.scope("222222222222", "eu-west-1");
        world.gap(denied, Call::DescribeLaunchTemplateVersions);
        world.template(here, "lt-1", "web", 2, 2);
        for (scope, id) in [(here, "i-1"), (denied, "i-2")] {
            world.group(scope, "web", None);
            world.member_server(scope, id, "ami-1", "lt-1", 1);
        }
        let drawn = world.draw();
        let ghost = |server| {
            let template = drawn.server(server).template.map(|ix| &drawn.lineage.templates[ix.at()]);
            template.map(|template| (template.row, template.presence, drawn.fleet.text(template.name)))
        };
        assert_eq!(ghost("i-1"), Some((None, Presence::Gone, Some("web"))));
        assert_eq!(ghost("i-2"), Some((None, Presence::Unread, None)));
    }
}

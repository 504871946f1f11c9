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

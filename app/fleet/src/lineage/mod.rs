//! The lineage: base image -> recipe -> image -> template version -> group -> server, with evidence on every edge.
//!
//! Nodes are things, not rows: an image that two scopes see is one node, an image that is gone is a ghost, and what
//! cannot be traced hangs from an explicit unknown node. Edges run with the lineage, from cause to effect.

mod assemble;
mod bases;
mod builds;
mod conventions;
mod draw;
mod edge;
mod find;
mod ground;
pub(crate) mod image_builder;
mod images;
mod lit;
mod node;
mod path;
mod recipes;
mod servers;
mod templates;
mod vendors;
mod view;
#[cfg(test)]
pub(crate) mod world;

pub use conventions::Conventions;
pub use edge::{Edge, EdgeKind, Evidence, Grade};
pub use lit::Lit;
pub use node::{
    FamilyIx, GroupIx, ImageIx, ImageNode, Node, Presence, RecipeIx, RecipeKind, RecipeNode, ServerIx, ServerNode,
    TemplateIx, TemplateKind, TemplateNode,
};
pub use path::Step;

use petgraph::graph::DiGraph;

use assemble::{Found, assemble};
use bases::Bases;
use builds::Builds;
use conventions::TagReader;
use ground::Ground;
use images::Images;
use recipes::{Recipes, SourceServers, Sources};
use templates::Templates;

use crate::rows::Fleet;

/// The graph of a fleet, with tables of what its nodes stand for.
#[derive(Clone, Debug, Default)]
pub struct Lineage {
    /// Nodes and edges. Every edge runs from cause to effect.
    pub graph: DiGraph<Node, Edge>,
    /// What [`Node::Image`] points to, sorted by partition, region, id.
    pub images: Vec<ImageNode>,
    /// What [`Node::Recipe`] points to, sorted by kind, then id; the unknown recipe is the last, if there is one.
    pub recipes: Vec<RecipeNode>,
    /// What [`Node::TemplateVersion`] points to, sorted by scope, kind, id, version.
    pub templates: Vec<TemplateNode>,
    /// What each server came from, in the order of `Fleet::servers`.
    pub servers: Vec<ServerNode>,
    /// What each group launches from now, in the order of `Fleet::groups`: the template version it wants first.
    pub groups: Vec<GroupNode>,
    /// The images of each family, copies included, by [`FamilyIx`].
    pub families: Vec<Vec<ImageIx>>,
}

/// What a group launches from now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupNode {
    /// The template version it wants, `$Latest` and `$Default` resolved; `None` where it can't be told.
    pub wants: Option<TemplateIx>,
    /// Template versions of its overrides, without the one it wants.
    pub also: Vec<TemplateIx>,
    /// Images that its overrides name instead of the template's.
    pub override_images: Vec<ImageIx>,
    /// Its servers, in their order in the fleet.
    pub servers: Vec<ServerIx>,
}

impl Lineage {
    /// Draws the lineage of a fleet: linear in its rows.
    #[must_use]
    pub fn of(fleet: &Fleet, conventions: &Conventions) -> Self {
        let mut ground = Ground::of(fleet);
        let mut images = Images::of_rows(fleet, &ground);
        let mut templates = Templates::of_rows(fleet, &ground, &mut images);
        let mut groups = servers::groups(fleet, &ground, &mut images, &mut templates);
        let servers = servers::servers(fleet, &ground, &mut images, &mut templates, &mut groups);
        images.follow_sources(&mut ground);

        let builds = Builds::of(fleet, &mut ground);
        let source_servers = SourceServers::of(fleet, &servers);
        let mut tags = TagReader::new(conventions);
        let (fleet, ground) = (fleet, &ground);
        let mut recipes = Recipes::find(
            &Sources { fleet, ground, images: &images, builds: &builds, servers: &source_servers },
            &mut tags,
        );
        let mut bases = Vec::new();
        // A base may be a ghost that nothing else named, and it may have a recipe and a base of its own.
        while bases.len() < images.drafts.len() {
            let from = Bases { fleet, ground, builds: &builds, servers: &source_servers };
            bases.extend(from.find_from(bases.len(), &mut images, &recipes));
            recipes.find_more(
                &Sources { fleet, ground, images: &images, builds: &builds, servers: &source_servers },
                &mut tags,
            );
        }
        assemble(Found { fleet, ground, images, templates, groups, servers, recipes, bases })
    }
}

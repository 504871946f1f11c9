//! The lineage: base image -> recipe -> image -> template version -> group -> server, with evidence on every edge.
//!
//! Nodes are things, not rows: an image that two scopes see is one node, an image that is gone is a ghost, and what
//! cannot be traced hangs from an explicit unknown node. Edges run with the lineage, from cause to effect.

mod edge;
mod node;

pub use edge::{Edge, EdgeKind, Evidence, Grade};
pub use node::{
    FamilyIx, GroupIx, ImageIx, ImageNode, Node, Presence, RecipeIx, RecipeKind, RecipeNode, ServerIx, ServerNode,
    TemplateIx, TemplateKind, TemplateNode,
};

use petgraph::graph::DiGraph;

/// How recipes are recognised where AWS has no field for it; the policy file can change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conventions {
    /// Tag keys that Packer templates use for the recipe's name, in order of preference.
    pub packer_recipe_tags: Vec<String>,
    /// Tag keys that show that Packer made an image, without naming the recipe.
    pub packer_marker_tags: Vec<String>,
    /// Tag keys that hold the id of the image it was built on.
    pub packer_base_tags: Vec<String>,
}

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
}

/// What a group launches from now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupNode {
    /// The template version it wants, `$Latest` and `$Default` resolved; `None` where it can't be told.
    pub wants: Option<TemplateIx>,
    /// Template versions of its overrides, without the one it wants.
    pub also: Vec<TemplateIx>,
    /// Its servers, in their order in the fleet.
    pub servers: Vec<ServerIx>,
}

/// The lineage of one server, from its base to itself, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The node.
    pub node: Node,
    /// Grade and evidence of the edge that leads from this step to the next; `None` for the server itself and
    /// where nothing says so.
    pub proof: Option<(Grade, Evidence)>,
}

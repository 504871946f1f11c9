//! The way from a server's deepest known ancestor down to itself.

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use rustc_hash::FxHashSet;

use super::Lineage;
use super::edge::{Edge, Grade};
use super::node::{ImageIx, Node, RecipeKind, ServerIx};
use super::proof::Evidence;

/// The lineage of one server, from its base to itself, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The node.
    pub node: Node,
    /// Grade and evidence of the edge that leads from this step to the next or, where there is none, to the server
    /// at the end; `None` for the server itself and where nothing says so.
    pub proof: Option<(Grade, Evidence)>,
}

impl Lineage {
    /// Every node: those of the graph in its order (images, recipes, template versions, groups), then servers.
    pub fn nodes(&self) -> impl Iterator<Item = Node> + use<> {
        let count = |length: usize| 0..length as u32;
        let images = count(self.images.len()).map(|at| Node::Image(ImageIx(at)));
        let recipes = count(self.recipes.len()).map(|at| Node::Recipe(super::RecipeIx(at)));
        let templates = count(self.templates.len()).map(|at| Node::TemplateVersion(super::TemplateIx(at)));
        let groups = count(self.groups.len()).map(|at| Node::Group(super::GroupIx(at)));
        let servers = count(self.servers.len()).map(|at| Node::Server(ServerIx(at)));
        images.chain(recipes).chain(templates).chain(groups).chain(servers)
    }

    /// Where a node stands in [`Lineage::graph`], in constant time; `None` for a server, which stands beside it, and for a
    /// node of another lineage.
    #[must_use]
    pub fn node(&self, node: Node) -> Option<NodeIndex> {
        let recipes = self.images.len();
        let templates = recipes + self.recipes.len();
        let groups = templates + self.templates.len();
        let servers = groups + self.groups.len();
        let (start, at, end) = match node {
            Node::Image(ix) => (0, ix.at(), recipes),
            Node::Recipe(ix) => (recipes, ix.at(), templates),
            Node::TemplateVersion(ix) => (templates, ix.at(), groups),
            Node::Group(ix) => (groups, ix.at(), servers),
            Node::Server(_) => return None,
        };
        (start + at < end).then(|| NodeIndex::new(start + at))
    }

    /// The edge between two nodes, if there is one. Looks at what leads to `to`, which for a server is at most three
    /// edges, while a template version may have launched a hundred thousand.
    #[must_use]
    pub fn edge(&self, from: Node, to: Node) -> Option<Edge> {
        if let Node::Server(server) = to {
            return self.servers.get(server.at())?.edges().find(|&(parent, _)| parent == from).map(|(_, edge)| edge);
        }
        let (from, to) = (self.node(from)?, self.node(to)?);
        self.graph.edges_directed(to, Direction::Incoming).find(|edge| edge.source() == from).map(|edge| *edge.weight())
    }

    /// The image's base, the base of that, and so on; a circle of bases ends where it would begin again.
    #[must_use]
    pub fn ancestors(&self, image: ImageIx) -> Vec<ImageIx> {
        let mut seen = FxHashSet::from_iter([image]);
        let mut ancestors = Vec::new();
        let mut at = image;
        while let Some(base) = self.images[at.at()].base.filter(|&base| seen.insert(base)) {
            ancestors.push(base);
            at = base;
        }
        ancestors
    }

    /// The lineage of an image down to itself, deeper ancestors first: bases with the recipes that lead from one to
    /// the next, the recipe of the image, of a copy its origin, the image. The chain begins at the deepest base that
    /// is known; of that, only a recipe that somebody keeps is told, not its vendor.
    #[must_use]
    pub fn image_path(&self, image: ImageIx) -> Vec<Step> {
        let mut nodes = Vec::new();
        self.climb(image, &mut nodes);
        self.steps(&nodes)
    }

    /// The lineage of a server: as [`Lineage::image_path`], then its template version, its group and itself. Missing
    /// links are absent.
    #[must_use]
    pub fn path(&self, server: ServerIx) -> Vec<Step> {
        let mut nodes = Vec::new();
        if let Some(node) = self.servers.get(server.at()) {
            if let Some(image) = node.image {
                self.climb(image, &mut nodes);
            }
            nodes.extend(node.template.map(Node::TemplateVersion));
            nodes.extend(node.group.map(Node::Group));
            nodes.push(Node::Server(server));
        }
        self.steps(&nodes)
    }

    fn climb(&self, image: ImageIx, nodes: &mut Vec<Node>) {
        let mut seen = FxHashSet::default();
        let mut next = Some(image);
        let mut is_own = true;
        while let Some(at) = next.filter(|&at| seen.insert(at)) {
            nodes.push(Node::Image(at));
            let node = &self.images[at.at()];
            if node.copied_from.is_some() {
                next = node.copied_from;
                continue;
            }
            let kind = self.recipes[node.recipe.at()].kind;
            let is_kept = !matches!(kind, RecipeKind::Vendor | RecipeKind::Unknown);
            let is_derived = kind == RecipeKind::Unknown && node.base.is_some();
            if is_kept || (is_own && !is_derived) {
                nodes.push(Node::Recipe(node.recipe));
            }
            is_own = false;
            next = node.base;
        }
        nodes.reverse();
    }

    fn steps(&self, nodes: &[Node]) -> Vec<Step> {
        let last = nodes.last().copied();
        nodes
            .iter()
            .enumerate()
            .map(|(at, &node)| {
                let next = nodes.get(at + 1).and_then(|&next| self.edge(node, next));
                let edge = next.or_else(|| self.edge(node, last?));
                Step { node, proof: edge.map(|edge| (edge.grade, edge.evidence)) }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::lineage::world::{PROD, World, day};
    use crate::lineage::{Grade, Node};
    use crate::resources::VersionSpec;

    /// Vendor's `ami-al2023` -> recipe golden -> `ami-golden` -> recipe web -> `ami-web` -> copy -> web : 1 -> web.
    fn deep() -> World {
        let (mut world, here) = World::new();
        let there = world.scope(PROD, "us-east-1");
        let [al2023, golden, web] = ["ami-al2023", "ami-golden", "ami-web"].map(|id| world.sym(id));
        let (amazon, region) = (world.sym("amazon"), world.sym("eu-west-1"));
        let vendor = world.image(here, "ami-al2023");
        (vendor.owner, vendor.owner_alias) = (None, Some(amazon));
        world.image(here, "ami-golden");
        world.image(here, "ami-web");
        world.build(here, "golden", "1.0.0/1", &[(PROD, "eu-west-1", "ami-golden")]).parent = Some(al2023);
        world.build(here, "web", "1.0.0/1", &[(PROD, "eu-west-1", "ami-web")]).parent = Some(golden);
        let copy = world.image(there, "ami-copy");
        (copy.source_image, copy.source_image_region) = (Some(web), Some(region));
        world.template(there, "lt-1", "web", 1, 2);
        world.version(there, "lt-1", 1, "ami-copy");
        world.version(there, "lt-1", 2, "ami-copy");
        world.group_of(there, "web-prod", "lt-1", VersionSpec::Latest);
        world.member_server(there, "i-1", "ami-copy", "lt-1", 1);
        world
    }

    #[test]
    fn a_path_leads_from_the_deepest_base_to_the_server_with_every_proof() {
        let drawn = deep().draw();
        let path = drawn.path("i-1");
        let all = ["ami-al2023", "golden", "ami-golden", "web", "ami-web", "ami-copy", "web : 1", "web-prod", "i-1"];
        assert_eq!(path, all);
        let steps = drawn.lineage.path(drawn.server_ix("i-1"));
        let fields: Vec<_> = steps.iter().map(|step| step.proof.map(|(_, evidence)| evidence.field())).collect();
        let expected = [
            Some("image.imageRecipe.parentImage"),
            Some("image.outputResources.amis[].image"),
            Some("image.imageRecipe.parentImage"),
            Some("image.outputResources.amis[].image"),
            Some("Images[].SourceImageId"),
            Some("LaunchTemplateVersions[].LaunchTemplateData.ImageId"),
            // The group wants version 2: version 1 leads straight to the server.
            Some("AutoScalingGroups[].Instances[].LaunchTemplate"),
            Some("AutoScalingGroups[].Instances[].InstanceId"),
            None,
        ];
        assert_eq!(fields, expected);
        assert!(steps.iter().filter_map(|step| step.proof).all(|(grade, _)| grade == Grade::Proven));
    }

    #[test]
    fn a_replaced_root_skips_the_template_in_its_proof() {
        let mut world = deep();
        let (golden, there) = (world.sym("ami-new"), crate::ScopeIx(1));
        world.replaced(there, "i-1", "succeeded", 30, Some(crate::RootTarget::Image(golden)));
        let drawn = world.draw();
        assert_eq!(drawn.path("i-1"), ["unknown recipe", "ami-new", "web : 1", "web-prod", "i-1"]);
        let steps = drawn.lineage.path(drawn.server_ix("i-1"));
        assert_eq!(steps[1].proof.map(|(_, evidence)| evidence.field()), Some("ReplaceRootVolumeTasks[].ImageId"));
    }

    #[test]
    fn an_image_derived_from_another_without_a_recipe_follows_it_directly() {
        let (mut world, here) = World::new();
        let (source, builder) = (world.sym("ami-1"), world.sym("i-builder"));
        world.server(here, "i-builder", "ami-1");
        let image = world.image(here, "ami-2");
        (image.source_image, image.source_server, image.created) = (Some(source), Some(builder), day(10));
        world.server(here, "i-1", "ami-2");
        let drawn = world.draw();
        assert_eq!(drawn.path("i-1"), ["ami-1", "ami-2", "i-1"]);
        let steps = drawn.lineage.path(drawn.server_ix("i-1"));
        assert_eq!(steps[0].proof.map(|(_, evidence)| evidence.field()), Some("Images[].SourceImageId"));
    }

    #[test]
    fn a_circle_of_bases_ends_where_it_would_begin_again() {
        let (mut world, here) = World::new();
        for (id, base) in [("ami-1", "ami-2"), ("ami-2", "ami-3"), ("ami-3", "ami-1")] {
            world.tagged_image(here, id, id, &[("packer:template", id), ("SourceAMI", base)]);
        }
        world.server(here, "i-1", "ami-1");
        let drawn = world.draw();
        let ancestors = drawn.lineage.ancestors(drawn.image("ami-1"));
        assert_eq!(ancestors, [drawn.image("ami-2"), drawn.image("ami-3")]);
        assert_eq!(drawn.path("i-1"), ["ami-3", "ami-3", "ami-2", "ami-2", "ami-1", "ami-1", "i-1"]);
    }

    #[test]
    fn every_node_stands_where_the_graph_has_it() {
        let drawn = deep().draw();
        for node in drawn.lineage.nodes() {
            let at = drawn.lineage.node(node).map(|ix| drawn.lineage.graph[ix]);
            assert_eq!(at, Some(node).filter(|node| !matches!(node, Node::Server(_))));
        }
        assert_eq!(drawn.lineage.nodes().count(), drawn.lineage.graph.node_count() + drawn.lineage.servers.len());
        assert_eq!(drawn.lineage.node(Node::Group(crate::GroupIx(9))), None);
        assert_eq!(drawn.lineage.path(crate::ServerIx(9)), []);
    }
}

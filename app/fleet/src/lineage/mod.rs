//! The lineage: base image -> recipe -> image -> template version -> group -> server, with evidence on every edge.
//!
//! Nodes are things, not rows: an image that two scopes see is one node, an image that is gone is a ghost, and what
//! cannot be traced hangs from an explicit unknown node. Edges run with the lineage, from cause to effect.

mod assemble;
mod bases;
mod builds;
mod by_hand;
mod conventions;
mod draw;
mod edge;
mod find;
mod ground;
pub(crate) mod image_builder;
mod images;
mod node;
mod path;
mod proof;
mod recipes;
mod servers;
mod templates;
mod vendors;
mod view;
#[cfg(test)]
pub(crate) mod world;

pub use conventions::Conventions;
pub use edge::{Edge, EdgeKind, Grade};
pub use node::{
    FamilyIx, GroupIx, ImageIx, ImageNode, Node, Presence, RecipeIx, RecipeKind, RecipeNode, ServerIx, ServerNode,
    TemplateIx, TemplateKind, TemplateNode,
};
pub use path::Step;
pub use proof::Evidence;

use petgraph::graph::DiGraph;

use assemble::{Found, assemble};
use bases::Bases;
use builds::Builds;
use by_hand::SourceServers;
use conventions::TagReader;
use ground::Ground;
use images::Images;
use recipes::{Recipes, Sources};
use templates::Templates;

use crate::rows::Fleet;

/// The graph of a fleet, with tables of what its nodes stand for.
#[derive(Clone, Debug, Default)]
pub struct Lineage {
    /// Images, recipes, template versions and groups, and the edges between them, each from cause to effect. Servers
    /// are leaves, most of the nodes and three edges each: those are in `servers` ([`ServerNode::edges`]), at a fifth of
    /// the memory.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::world::{PROD, TOOLS, World, build_arn, day};
    use super::*;
    use crate::call::Call;
    use crate::resources::{LaunchSource, RootTarget, TemplateUse, VersionSpec};

    /// A link of a random fleet: kind of row, and small numbers that name others, which may not exist.
    type Link = (u8, u8, u8, u8, u8);

    /// A fleet in which everything may name anything: ids that dangle, circles, doubles, gaps.
    fn anything(links: &[Link]) -> World {
        let (mut world, here) = World::new();
        let scopes = [here, world.scope(TOOLS, "us-east-1"), world.scope(PROD, "us-east-1"), crate::ScopeIx(9)];
        let image = |number: u8| format!("ami-{}", number % 12);
        let server = |number: u8| format!("i-{}", number % 16);
        let template = |number: u8| format!("lt-{}", number % 4);
        for &(kind, a, b, c, d) in links {
            let scope = scopes[usize::from(a) % if kind % 9 == 0 { 3 } else { scopes.len() }];
            let (other, ran) = (world.sym(&image(c)), world.sym(&server(d)));
            match kind % 9 {
                0 => {
                    let region = world.sym(["eu-west-1", "us-east-1", "mars"][usize::from(d) % 3]);
                    let arn = build_arn(&image(d), "1.0.0/1");
                    let tags: [&[(&str, &str)]; 4] = [
                        &[],
                        &[("SourceAMI", &image(c))],
                        &[("packer:template", "web"), ("SourceAMI", &image(c))],
                        &[("Ec2ImageBuilderArn", &arn)],
                    ];
                    let row = world.tagged_image(scope, &image(b), "web-20260909", tags[usize::from(c) % 4]);
                    row.source_image = (d % 2 == 0).then_some(other);
                    row.source_image_region = (d % 3 == 0).then_some(region);
                    row.source_server = (d % 5 == 0).then_some(ran);
                    row.created = (c % 3 != 0).then_some(day(i64::from(c))).flatten();
                }
                1 => {
                    let used = TemplateUse { id: world.sym(&template(c)), version: u32::from(d % 3) };
                    let group = world.sym(&format!("group-{}", d % 4));
                    let row = world.server(scope, &server(b), &image(c));
                    row.template = (c % 2 == 0).then_some(used);
                    row.group = (d % 2 == 0).then_some(group);
                }
                2 => {
                    let wishes = [VersionSpec::Latest, VersionSpec::Default, VersionSpec::Number(u32::from(c))];
                    let wish = world.wish(&template(c), wishes[usize::from(d) % 3]);
                    let name = world.sym("configuration");
                    let launch = [None, Some(LaunchSource::Template(wish)), Some(LaunchSource::Configuration(name))];
                    let over = world.over(Some(wish), Some(&image(d)));
                    let mut member = world.member(&server(c), Some((&template(d), u32::from(d % 3))));
                    member.image = (d % 4 == 0).then_some(other);
                    let group = world.group(scope, &format!("group-{}", b % 4), launch[usize::from(c) % 3]);
                    group.overrides.push(over);
                    group.members.extend([member, member]);
                }
                3 => world.template(scope, &template(b), "web", u32::from(c % 3), u32::from(d % 3)),
                4 => {
                    world.version(scope, &template(b), u32::from(c % 3), &image(d));
                }
                5 => world.configuration(scope, "configuration", &image(b)),
                6 => {
                    let target = [
                        None,
                        Some(RootTarget::Image(other)),
                        Some(RootTarget::LaunchState),
                        Some(RootTarget::Snapshot(other)),
                    ];
                    let state = ["succeeded", "failed"][usize::from(c) % 2];
                    world.replaced(scope, &server(b), state, i64::from(c), target[usize::from(d) % 4]);
                }
                7 => {
                    let parent = [build_arn(&image(c), "x.x.x"), image(c), "ssm:/x".to_owned()];
                    let parent = world.sym(&parent[usize::from(d) % 3]);
                    let build = world.build(scope, &image(b), "1.0.0/1", &[(PROD, "eu-west-1", &image(d))]);
                    (build.parent, build.verified) = (Some(parent), c % 2 == 0);
                }
                _ => world.gap(scope, Call::ALL[usize::from(b) % Call::ALL.len()]),
            }
        }
        world
    }

    fn links() -> impl Strategy<Value = Vec<Link>> {
        prop::collection::vec(any::<Link>(), 0..120)
    }

    proptest! {
        #[test]
        fn any_fleet_has_a_lineage_that_adds_up(links in links()) {
            let drawn = anything(&links).draw();
            let (fleet, lineage) = (&drawn.fleet, &drawn.lineage);
            prop_assert_eq!(lineage.servers.len(), fleet.servers.len());
            prop_assert_eq!(lineage.groups.len(), fleet.groups.len());
            prop_assert_eq!(lineage.nodes().count(), lineage.graph.node_count() + lineage.servers.len());
            let total = |of: &[u32]| of.iter().sum::<u32>() as usize;
            let with = |has: fn(&ServerNode) -> bool| lineage.servers.iter().filter(|&server| has(server)).count();
            let of_images: Vec<u32> = lineage.images.iter().map(|image| image.servers).collect();
            let of_recipes: Vec<u32> = lineage.recipes.iter().map(|recipe| recipe.servers).collect();
            let of_templates: Vec<u32> = lineage.templates.iter().map(|template| template.servers).collect();
            prop_assert_eq!(total(&of_images), with(|server| server.image.is_some()));
            prop_assert_eq!(total(&of_recipes), total(&of_images));
            prop_assert_eq!(total(&of_templates), with(|server| server.template.is_some()));
            let in_groups: usize = lineage.groups.iter().map(|group| group.servers.len()).sum();
            prop_assert_eq!(in_groups, with(|server| server.group.is_some()));
            let in_families: usize = lineage.families.iter().map(Vec::len).sum();
            prop_assert_eq!(in_families, lineage.images.iter().filter(|image| image.family.is_some()).count());
        }

        #[test]
        fn every_edge_fits_its_kind_and_says_its_evidence(links in links()) {
            let lineage = anything(&links).draw().lineage;
            let of_classes = lineage.graph.raw_edges().iter();
            let of_classes = of_classes.map(|edge| (lineage.graph[edge.source()], lineage.graph[edge.target()], edge.weight));
            let of_servers = (0..).map(ServerIx).zip(&lineage.servers);
            let of_servers = of_servers.flat_map(|(ix, row)| row.edges().map(move |(from, edge)| (from, Node::Server(ix), edge)));
            for (from, to, edge) in of_classes.chain(of_servers) {
                prop_assert!(!edge.evidence.field().is_empty());
                let fits = match edge.kind {
                    EdgeKind::BuildsOn => matches!((from, to), (Node::Image(_), Node::Recipe(_))),
                    EdgeKind::Bakes => matches!((from, to), (Node::Recipe(_), Node::Image(_))),
                    EdgeKind::CopiedTo | EdgeKind::DerivedFrom => matches!((from, to), (Node::Image(_), Node::Image(_))),
                    EdgeKind::References => matches!((from, to), (Node::Image(_), Node::TemplateVersion(_))),
                    EdgeKind::Uses => matches!((from, to), (Node::TemplateVersion(_), Node::Group(_))),
                    EdgeKind::Launched => matches!((from, to), (Node::TemplateVersion(_), Node::Server(_))),
                    EdgeKind::Member => matches!((from, to), (Node::Group(_), Node::Server(_))),
                    EdgeKind::Runs => matches!((from, to), (Node::Image(_), Node::Server(_))),
                };
                prop_assert!(fits, "{:?} from {:?} to {:?}", edge.kind, from, to);
            }
        }

        #[test]
        fn every_image_has_an_origin_a_recipe_and_something_that_it_hangs_from(links in links()) {
            let lineage = anything(&links).draw().lineage;
            for (at, image) in (0..).map(ImageIx).zip(&lineage.images) {
                let origin = &lineage.images[image.origin.at()];
                prop_assert_eq!(origin.copied_from, None);
                prop_assert_eq!((origin.recipe, origin.base, origin.family), (image.recipe, image.base, image.family));
                prop_assert!(lineage.recipes.len() > image.recipe.at());
                prop_assert_ne!(image.base, Some(at));
                let node = lineage.node(Node::Image(at)).expect("a node of this lineage");
                let parents = lineage.graph.neighbors_directed(node, petgraph::Direction::Incoming).count();
                prop_assert!(parents > 0);
                let ancestors = lineage.ancestors(at);
                prop_assert!(ancestors.len() < lineage.images.len());
            }
        }

        #[test]
        fn every_path_ends_with_its_server_and_begins_with_a_proof(links in links()) {
            let drawn = anything(&links).draw();
            for ix in (0..drawn.lineage.servers.len() as u32).map(ServerIx) {
                let path = drawn.lineage.path(ix);
                prop_assert_eq!(path.last().map(|step| step.node), Some(Node::Server(ix)));
                prop_assert!(path.len() == 1 || path.iter().any(|step| step.proof.is_some()));
            }
        }

        #[test]
        fn equal_fleets_have_equal_lineages(links in links()) {
            let (one, two) = (anything(&links).draw().lineage, anything(&links).draw().lineage);
            prop_assert_eq!(&one.images, &two.images);
            prop_assert_eq!(&one.recipes, &two.recipes);
            prop_assert_eq!(&one.templates, &two.templates);
            prop_assert_eq!(&one.servers, &two.servers);
            let edges = |lineage: &Lineage| lineage.graph.raw_edges().iter().map(|e| (e.source(), e.target(), e.weight)).collect::<Vec<_>>();
            prop_assert_eq!(edges(&one), edges(&two));
        }
    }
}

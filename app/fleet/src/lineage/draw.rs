//! Draws the graph: nodes in blocks by kind, in the order of their tables, and every edge with its proof.

use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;

use super::Lineage;
use super::bases::Base;
use super::edge::{Edge, EdgeKind, Grade};
use super::node::{GroupIx, ImageIx, Node, RecipeIx, RecipeKind, TemplateIx, TemplateKind};
use super::proof::Evidence;
use crate::resources::{Group, LaunchSource, VersionSpec};
use crate::rows::Fleet;

/// What the tables do not hold of the proofs.
pub(super) struct Proofs {
    /// Of every image the proof of its own base; copies have none. Its `image` is not used.
    pub(super) bases: Vec<Option<Base>>,
    /// Whether a template version's image comes from an SSM parameter.
    pub(super) by_parameter: Vec<bool>,
}

fn proven(kind: EdgeKind, evidence: Evidence) -> Edge {
    Edge { kind, grade: Grade::Proven, evidence }
}

/// The graph of a lineage whose tables are done, without its servers.
pub(super) fn graph(lineage: &Lineage, fleet: &Fleet, proofs: &Proofs) -> DiGraph<Node, Edge> {
    let classes = lineage.images.len() + lineage.recipes.len() + lineage.templates.len() + lineage.groups.len();
    let mut graph = DiGraph::with_capacity(classes, 2 * (classes + lineage.images.len()));
    for node in lineage.nodes().take(classes) {
        graph.add_node(node);
    }
    let at = |node| lineage.node(node).expect("the node is of this lineage");
    draw_images(&mut graph, lineage, proofs, &at);
    for (number, template) in (0..).zip(&lineage.templates) {
        if let Some(image) = template.image {
            let evidence = match template.kind {
                TemplateKind::LaunchConfiguration => Evidence::ConfigurationImage,
                TemplateKind::LaunchTemplate if proofs.by_parameter[number] => Evidence::ParameterImage,
                TemplateKind::LaunchTemplate => Evidence::TemplateImage,
            };
            let template = at(Node::TemplateVersion(TemplateIx(number as u32)));
            graph.add_edge(at(Node::Image(image)), template, proven(EdgeKind::References, evidence));
        }
    }
    for (number, (node, group)) in (0..).zip(lineage.groups.iter().zip(&fleet.groups)) {
        let to = at(Node::Group(GroupIx(number)));
        let wants = node.wants.map(|template| (template, wish_evidence(group)));
        let also = node.also.iter().map(|&template| (template, Evidence::OverrideTemplate));
        for (template, evidence) in wants.into_iter().chain(also) {
            graph.add_edge(at(Node::TemplateVersion(template)), to, proven(EdgeKind::Uses, evidence));
        }
    }
    graph
}

/// Edges between images and recipes. A recipe builds on one image by one edge, whatever number of its images say so:
/// the surest of them.
fn draw_images(graph: &mut DiGraph<Node, Edge>, lineage: &Lineage, proofs: &Proofs, at: &impl Fn(Node) -> NodeIndex) {
    let mut builds_on: FxHashMap<(ImageIx, RecipeIx), Base> = FxHashMap::default();
    let mut in_order = Vec::new();
    for (number, image) in (0..).zip(&lineage.images) {
        let to = at(Node::Image(ImageIx(number)));
        if let Some(source) = image.copied_from {
            graph.add_edge(at(Node::Image(source)), to, proven(EdgeKind::CopiedTo, Evidence::SourceImage));
            continue;
        }
        let proof = image.recipe_grade.zip(image.recipe_evidence);
        let (grade, evidence) = proof.unwrap_or((Grade::Inferred, Evidence::Untraced));
        graph.add_edge(at(Node::Recipe(image.recipe)), to, Edge { kind: EdgeKind::Bakes, grade, evidence });
        let Some((from, base)) = image.base.zip(proofs.bases[number as usize]) else { continue };
        if lineage.recipes[image.recipe.at()].kind == RecipeKind::Unknown {
            let edge = Edge { kind: EdgeKind::DerivedFrom, grade: base.grade, evidence: base.evidence };
            graph.add_edge(at(Node::Image(from)), to, edge);
        } else {
            let kept = builds_on.entry((from, image.recipe)).or_insert_with(|| {
                in_order.push((from, image.recipe));
                base
            });
            if base.grade < kept.grade {
                *kept = base;
            }
        }
    }
    for (from, recipe) in in_order {
        let Base { grade, evidence, .. } = builds_on[&(from, recipe)];
        let edge = Edge { kind: EdgeKind::BuildsOn, grade, evidence };
        graph.add_edge(at(Node::Image(from)), at(Node::Recipe(recipe)), edge);
    }
}

/// Where a group says what it launches from.
fn wish_evidence(group: &Group) -> Evidence {
    match group.launch {
        Some(LaunchSource::Configuration(_)) | None => Evidence::GroupConfiguration,
        Some(LaunchSource::Template(wish)) => match (wish.version, group.overrides.is_empty()) {
            (VersionSpec::Number(_), true) => Evidence::GroupTemplate,
            (VersionSpec::Number(_), false) => Evidence::MixedTemplate,
            (VersionSpec::Latest, _) => Evidence::LatestVersion,
            (VersionSpec::Default, _) => Evidence::DefaultVersion,
        },
    }
}

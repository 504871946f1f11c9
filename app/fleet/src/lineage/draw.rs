//! Draws the graph: nodes in blocks by kind, in the order of their tables, and every edge with its proof.

use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;

use super::Lineage;
use super::bases::Base;
use super::edge::{Edge, EdgeKind, Evidence, Grade};
use super::node::{GroupIx, ImageIx, Node, RecipeIx, RecipeKind, ServerIx, TemplateIx, TemplateKind};
use crate::call::Call;
use crate::resources::{Group, LaunchSource, VersionSpec};
use crate::rows::Fleet;

const COPY: Evidence = Evidence { call: Call::DescribeImages, field: "Images[].SourceImageId" };
const UNTRACED: Evidence = Evidence { call: Call::DescribeImages, field: "no field and no tag tells what made it" };
const TEMPLATE_IMAGE: Evidence = Evidence {
    call: Call::DescribeLaunchTemplateVersions,
    field: "LaunchTemplateVersions[].LaunchTemplateData.ImageId",
};
const PARAMETER_IMAGE: Evidence = Evidence { call: Call::GetParameters, field: "Parameters[].Value" };
const CONFIGURATION_IMAGE: Evidence =
    Evidence { call: Call::DescribeLaunchConfigurations, field: "LaunchConfigurations[].ImageId" };
const OVERRIDE_TEMPLATE: Evidence = Evidence {
    call: Call::DescribeAutoScalingGroups,
    field: "AutoScalingGroups[].MixedInstancesPolicy.LaunchTemplate.Overrides[].LaunchTemplateSpecification",
};

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

/// The graph of a lineage whose tables are done.
pub(super) fn graph(lineage: &Lineage, fleet: &Fleet, proofs: &Proofs) -> DiGraph<Node, Edge> {
    let classes = lineage.images.len() + lineage.recipes.len() + lineage.templates.len() + lineage.groups.len();
    let mut graph = DiGraph::with_capacity(
        classes + lineage.servers.len(),
        2 * (classes + lineage.images.len()) + 3 * lineage.servers.len(),
    );
    for node in lineage.nodes() {
        graph.add_node(node);
    }
    let at = |node| lineage.node(node).expect("the node is of this lineage");
    draw_images(&mut graph, lineage, proofs, &at);
    for (number, template) in (0..).zip(&lineage.templates) {
        if let Some(image) = template.image {
            let evidence = match template.kind {
                TemplateKind::LaunchConfiguration => CONFIGURATION_IMAGE,
                TemplateKind::LaunchTemplate if proofs.by_parameter[number] => PARAMETER_IMAGE,
                TemplateKind::LaunchTemplate => TEMPLATE_IMAGE,
            };
            let template = at(Node::TemplateVersion(TemplateIx(number as u32)));
            graph.add_edge(at(Node::Image(image)), template, proven(EdgeKind::References, evidence));
        }
    }
    for (number, (node, group)) in (0..).zip(lineage.groups.iter().zip(&fleet.groups)) {
        let to = at(Node::Group(GroupIx(number)));
        let wants = node.wants.map(|template| (template, wish_evidence(group)));
        let also = node.also.iter().map(|&template| (template, OVERRIDE_TEMPLATE));
        for (template, evidence) in wants.into_iter().chain(also) {
            graph.add_edge(at(Node::TemplateVersion(template)), to, proven(EdgeKind::Uses, evidence));
        }
    }
    for (number, server) in (0..).zip(&lineage.servers) {
        let to = at(Node::Server(ServerIx(number)));
        if let Some((template, evidence)) = server.template.zip(server.template_evidence) {
            graph.add_edge(at(Node::TemplateVersion(template)), to, proven(EdgeKind::Launched, evidence));
        }
        if let Some((group, evidence)) = server.group.zip(server.group_evidence) {
            graph.add_edge(at(Node::Group(group)), to, proven(EdgeKind::Member, evidence));
        }
        if let Some((image, evidence)) = server.image.zip(server.image_evidence) {
            graph.add_edge(at(Node::Image(image)), to, proven(EdgeKind::Runs, evidence));
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
            graph.add_edge(at(Node::Image(source)), to, proven(EdgeKind::CopiedTo, COPY));
            continue;
        }
        let proof = image.recipe_grade.zip(image.recipe_evidence);
        let (grade, evidence) = proof.unwrap_or((Grade::Inferred, UNTRACED));
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
    let (call, field) = match group.launch {
        Some(LaunchSource::Configuration(_)) | None => {
            (Call::DescribeAutoScalingGroups, "AutoScalingGroups[].LaunchConfigurationName")
        }
        Some(LaunchSource::Template(wish)) => match (wish.version, group.overrides.is_empty()) {
            (VersionSpec::Number(_), true) => (Call::DescribeAutoScalingGroups, "AutoScalingGroups[].LaunchTemplate"),
            (VersionSpec::Number(_), false) => {
                (Call::DescribeAutoScalingGroups, "AutoScalingGroups[].MixedInstancesPolicy.LaunchTemplate")
            }
            (VersionSpec::Latest, _) => (Call::DescribeLaunchTemplates, "LaunchTemplates[].LatestVersionNumber"),
            (VersionSpec::Default, _) => (Call::DescribeLaunchTemplates, "LaunchTemplates[].DefaultVersionNumber"),
        },
    };
    Evidence { call, field }
}

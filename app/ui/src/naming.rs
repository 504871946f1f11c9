//! What nodes are called, and under which id AWS knows them.

use fleet::{Fleet, ImageIx, Lineage, Node, RecipeKind, Scope, ServerIx, TemplateKind};
use session::View;

/// What AWS knows a node by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct AwsName {
    /// `i-...`, `ami-...`, `lt-...`, a group's or launch configuration's name, a recipe's ARN.
    pub(crate) id: String,
    /// Partition.
    pub(crate) partition: String,
    /// Account; `None` where no call told.
    pub(crate) account: Option<String>,
    /// Region.
    pub(crate) region: String,
    /// The profile that it was read through; `None` for environment credentials, and where no scope saw it.
    pub(crate) profile: Option<String>,
}

/// The word for a kind of node: `template version`.
#[must_use]
pub(crate) fn kind(lineage: &Lineage, node: Node) -> &'static str {
    match node {
        Node::Image(_) => "image",
        Node::Recipe(_) => "recipe",
        Node::TemplateVersion(ix) => match lineage.templates.get(ix.at()).map(|template| template.kind) {
            Some(TemplateKind::LaunchConfiguration) => "launch configuration",
            _ => "template version",
        },
        Node::Group(_) => "group",
        Node::Server(_) => "server",
    }
}

/// What people call a node.
#[must_use]
pub(crate) fn title(fleet: &Fleet, lineage: &Lineage, node: Node) -> String {
    match node {
        Node::Image(ix) => image_title(fleet, lineage, ix),
        Node::Recipe(ix) => match lineage.recipes.get(ix.at()) {
            Some(recipe) => recipe.name.clone().unwrap_or_else(|| "unknown recipe".to_owned()),
            None => String::new(),
        },
        Node::TemplateVersion(ix) => match lineage.templates.get(ix.at()) {
            Some(template) => {
                let name = fleet.str(template.name.unwrap_or(template.id));
                template.version.map_or_else(|| name.to_owned(), |version| format!("{name} : {version}"))
            }
            None => String::new(),
        },
        Node::Group(ix) => fleet.groups.get(ix.at()).map_or_else(String::new, |group| fleet.str(group.name).to_owned()),
        Node::Server(ix) => server_title(fleet, ix).to_owned(),
    }
}

/// A server's name, else its id.
#[must_use]
pub(crate) fn server_title(fleet: &Fleet, ix: ServerIx) -> &str {
    match fleet.servers.get(ix.at()) {
        Some(server) => fleet.server_name(server).unwrap_or_else(|| fleet.str(server.id)),
        None => "",
    }
}

pub(crate) fn image_title(fleet: &Fleet, lineage: &Lineage, ix: ImageIx) -> String {
    let Some(image) = lineage.images.get(ix.at()) else { return String::new() };
    let named = image.rows.iter().find_map(|&row| fleet.images.get(row as usize)?.name);
    fleet.str(named.unwrap_or(image.id)).to_owned()
}

/// The scope that a node was read in; of an image the first that saw it.
#[must_use]
pub(crate) fn scope<'a>(fleet: &'a Fleet, lineage: &Lineage, node: Node) -> Option<&'a Scope> {
    let ix = match node {
        Node::Image(ix) => {
            let rows = &lineage.images.get(ix.at())?.rows;
            rows.iter().find_map(|&row| fleet.images.get(row as usize)).map(|image| image.scope)
        }
        Node::Recipe(ix) => lineage.recipes.get(ix.at())?.scope,
        Node::TemplateVersion(ix) => Some(lineage.templates.get(ix.at())?.scope),
        Node::Group(ix) => Some(fleet.groups.get(ix.at())?.scope),
        Node::Server(ix) => Some(fleet.servers.get(ix.at())?.scope),
    };
    fleet.scope(ix?)
}

/// What AWS knows a node by; `None` for what AWS has no id for, such as a Packer recipe, and where the region is not
/// known.
#[must_use]
pub(crate) fn aws_name(view: &View, node: Node) -> Option<AwsName> {
    let (fleet, lineage) = (&*view.fleet, &*view.lineage);
    let scope = scope(fleet, lineage, node);
    let id = match node {
        Node::Image(ix) => fleet.str(lineage.images.get(ix.at())?.id).to_owned(),
        Node::Recipe(ix) => {
            let recipe = lineage.recipes.get(ix.at())?;
            (recipe.kind == RecipeKind::ImageBuilder).then(|| recipe.id.clone())?
        }
        Node::TemplateVersion(ix) => fleet.str(lineage.templates.get(ix.at())?.id).to_owned(),
        Node::Group(ix) => fleet.str(fleet.groups.get(ix.at())?.name).to_owned(),
        Node::Server(ix) => fleet.str(fleet.servers.get(ix.at())?.id).to_owned(),
    };
    let (partition, region) = match (node, scope) {
        (Node::Image(ix), _) => {
            let image = lineage.images.get(ix.at())?;
            (fleet.str(image.partition), fleet.str(image.region?))
        }
        (_, Some(scope)) => (fleet.str(scope.partition), fleet.str(scope.region)),
        (_, None) => return None,
    };
    Some(AwsName {
        id,
        partition: partition.to_owned(),
        account: scope.map(|scope| fleet.str(scope.account).to_owned()),
        region: region.to_owned(),
        profile: scope.and_then(|scope| fleet.text(scope.profile)).map(str::to_owned),
    })
}

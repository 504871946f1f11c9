//! What people see of the things in a lineage: fields across the rows of an image, and short labels.

use std::borrow::Cow;

use super::Lineage;
use super::image_builder::{self, BuildArn};
use super::node::{FamilyIx, ImageIx, Node, RecipeIx, RecipeKind, ServerIx, TemplateIx, TemplateKind};
use crate::resources::{Build, Image};
use crate::rows::Fleet;
use crate::symbol::Sym;
use crate::time::Time;

impl Lineage {
    /// The rows of an image, the owner's first.
    pub fn image_rows<'a>(&'a self, fleet: &'a Fleet, ix: ImageIx) -> impl Iterator<Item = &'a Image> {
        self.images[ix.at()].rows.iter().map(|&row| &fleet.images[row as usize])
    }

    /// A field of an image: the owner's word where it has one, else that of the others who see it.
    pub fn image_field<T>(&self, fleet: &Fleet, ix: ImageIx, field: impl Fn(&Image) -> Option<T>) -> Option<T> {
        self.image_rows(fleet, ix).find_map(field)
    }

    /// The image's name.
    #[must_use]
    pub fn image_name<'a>(&self, fleet: &'a Fleet, ix: ImageIx) -> Option<&'a str> {
        fleet.text(self.image_field(fleet, ix, |row| row.name))
    }

    /// When it was made; of a copy, when the copy was made (see [`Lineage::image_made`]).
    #[must_use]
    pub fn image_created(&self, fleet: &Fleet, ix: ImageIx) -> Option<Time> {
        self.image_field(fleet, ix, |row| row.created)
    }

    /// When its origin was made.
    #[must_use]
    pub fn image_made(&self, fleet: &Fleet, ix: ImageIx) -> Option<Time> {
        self.image_created(fleet, self.images[ix.at()].origin)
    }

    /// `State`: `available`, `deregistered`, ...
    #[must_use]
    pub fn image_state<'a>(&self, fleet: &'a Fleet, ix: ImageIx) -> Option<&'a str> {
        fleet.text(self.image_field(fleet, ix, |row| row.state))
    }

    /// Account id of its owner.
    #[must_use]
    pub fn image_owner<'a>(&self, fleet: &'a Fleet, ix: ImageIx) -> Option<&'a str> {
        fleet.text(self.image_field(fleet, ix, |row| row.owner))
    }

    /// `DeprecationTime`.
    #[must_use]
    pub fn image_deprecated(&self, fleet: &Fleet, ix: ImageIx) -> Option<Time> {
        self.image_field(fleet, ix, |row| row.deprecated)
    }

    /// `Architecture`.
    #[must_use]
    pub fn image_architecture<'a>(&self, fleet: &'a Fleet, ix: ImageIx) -> Option<&'a str> {
        fleet.text(self.image_field(fleet, ix, |row| row.architecture))
    }

    /// The value of a tag, from the owner's row if it has the tag.
    #[must_use]
    pub fn image_tag<'a>(&self, fleet: &'a Fleet, ix: ImageIx, key: &str) -> Option<&'a str> {
        fleet.text(self.image_field(fleet, ix, |row| fleet.symbols.tag_sym(row.tags, key)))
    }

    /// The account that a template version or an image is shown under: an image's owner, else that of the scope that
    /// saw it; `None` for a ghost that no row tells of.
    #[must_use]
    pub fn image_account<'a>(&self, fleet: &'a Fleet, ix: ImageIx) -> Option<&'a str> {
        self.image_owner(fleet, ix).or_else(|| {
            let scope = self.image_field(fleet, ix, |row| Some(row.scope))?;
            fleet.scope(scope).map(|scope| fleet.str(scope.account))
        })
    }

    /// The recipe of the image that a server runs; `None` where its image is unknown.
    #[must_use]
    pub fn recipe_of(&self, server: ServerIx) -> Option<RecipeIx> {
        self.servers[server.at()].image.map(|image| self.images[image.at()].recipe)
    }

    /// The recipe that a build of EC2 Image Builder was made of; `None` where the lineage knows none such.
    #[must_use]
    pub fn recipe_of_build(&self, fleet: &Fleet, build: &Build) -> Option<RecipeIx> {
        let told = build.recipe.and_then(|arn| image_builder::recipe_key(fleet.str(arn)));
        let key = match told {
            Some((key, _)) => Cow::Borrowed(key),
            // Where `GetImage` was not read: a build has the name of its recipe.
            None => Cow::Owned(BuildArn::parse(fleet.str(build.arn))?.recipe_key()),
        };
        let wanted = (RecipeKind::ImageBuilder, &*key);
        let at = self.recipes.binary_search_by(|recipe| (recipe.kind, &*recipe.id).cmp(&wanted)).ok()?;
        Some(RecipeIx(at as u32))
    }

    /// The images of a family, in the order of `images`; copies included.
    #[must_use]
    pub fn family(&self, family: FamilyIx) -> &[ImageIx] {
        self.families.get(family.at()).map_or(&[], Vec::as_slice)
    }

    /// A short label: an image's name or id, `web : 11` for a template version, a recipe's name, a group's, and a
    /// server's `Name` tag or id.
    #[must_use]
    pub fn node_label(&self, fleet: &Fleet, node: Node) -> String {
        match node {
            Node::Image(ix) => match self.images.get(ix.at()) {
                Some(image) => self.image_name(fleet, ix).unwrap_or(fleet.str(image.id)).to_owned(),
                None => String::new(),
            },
            Node::Recipe(ix) => match self.recipes.get(ix.at()) {
                Some(recipe) => recipe.name.clone().unwrap_or_else(|| "unknown recipe".to_owned()),
                None => String::new(),
            },
            Node::TemplateVersion(ix) => self.template_label(fleet, ix),
            Node::Group(ix) => fleet.groups.get(ix.at()).map_or("", |group| fleet.str(group.name)).to_owned(),
            Node::Server(ix) => match fleet.servers.get(ix.at()) {
                Some(server) => fleet.server_name(server).unwrap_or(fleet.str(server.id)).to_owned(),
                None => String::new(),
            },
        }
    }

    fn template_label(&self, fleet: &Fleet, ix: TemplateIx) -> String {
        let Some(template) = self.templates.get(ix.at()) else { return String::new() };
        let name = fleet.str(template.name.unwrap_or(template.id));
        match (template.kind, template.version) {
            (TemplateKind::LaunchTemplate, Some(version)) => format!("{name} : {version}"),
            _ => name.to_owned(),
        }
    }

    /// The id of a node, as AWS has it: `ami-...`, `lt-...`, `i-...`, a name for groups and launch configurations,
    /// and [`super::RecipeNode::id`] of a recipe; `None` for a node of another lineage.
    #[must_use]
    pub fn node_id<'a>(&'a self, fleet: &'a Fleet, node: Node) -> Option<&'a str> {
        let of = |sym: Sym| fleet.str(sym);
        match node {
            Node::Image(ix) => self.images.get(ix.at()).map(|image| of(image.id)),
            Node::Recipe(ix) => self.recipes.get(ix.at()).map(|recipe| &*recipe.id),
            Node::TemplateVersion(ix) => self.templates.get(ix.at()).map(|template| of(template.id)),
            Node::Group(ix) => fleet.groups.get(ix.at()).map(|group| of(group.name)),
            Node::Server(ix) => fleet.servers.get(ix.at()).map(|server| of(server.id)),
        }
    }
}

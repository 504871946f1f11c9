//! The image that each recipe built on: an image's base.

use super::builds::Builds;
use super::edge::{Evidence, Grade};
use super::ground::{Ground, PlaceIx};
use super::image_builder::BuildArn;
use super::images::Images;
use super::node::{ImageIx, RecipeKind};
use super::recipes::{Recipes, SourceServers};
use crate::call::Call;
use crate::resources::{Build, ScopeIx};
use crate::rows::Fleet;
use crate::symbol::Sym;

const BY_PARENT: Evidence = Evidence { call: Call::GetImage, field: "image.imageRecipe.parentImage" };
const BY_LISTED_PARENT: Evidence =
    Evidence { call: Call::ListImageRecipes, field: "imageRecipeSummaryList[].parentImage" };
const BY_PARENT_BUILD: Evidence = Evidence {
    call: Call::GetImage,
    field: "image.imageRecipe.parentImage, as the newest build that it meant at the time",
};
const BY_SOURCE: Evidence = Evidence { call: Call::DescribeImages, field: "Images[].SourceImageId" };
const BY_SOURCE_SERVER: Evidence =
    Evidence { call: Call::DescribeInstances, field: "Reservations[].Instances[].ImageId of the source server" };
const BY_PACKER_TAG: Evidence = Evidence { call: Call::DescribeImages, field: "tag that holds Packer's source image" };

/// The base of an image, and what says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Base {
    pub(super) image: ImageIx,
    pub(super) grade: Grade,
    pub(super) evidence: Evidence,
}

/// What bases are read from.
pub(super) struct Bases<'a, 'b> {
    pub(super) fleet: &'a Fleet,
    pub(super) ground: &'b Ground,
    pub(super) builds: &'b Builds<'a>,
    pub(super) servers: &'b SourceServers<'b>,
}

impl<'a> Bases<'a, '_> {
    /// The bases of the images from `first` on that have their findings; a copy has its origin's, which is not told
    /// here. Images that nothing else named join `images`.
    pub(super) fn find_from(&self, first: usize, images: &mut Images<'a>, recipes: &Recipes<'a>) -> Vec<Option<Base>> {
        (first..recipes.found.len())
            .map(|number| {
                let ix = ImageIx(number as u32);
                if images.drafts[number].copied_from.is_some() {
                    return None;
                }
                let found = self.find_one(images, recipes, ix);
                found.filter(|base| images.drafts[base.image.at()].origin != ix)
            })
            .collect()
    }

    fn find_one(&self, images: &mut Images<'a>, recipes: &Recipes<'a>, ix: ImageIx) -> Option<Base> {
        let source = images.drafts[ix.at()].made_on;
        let by_source = source.map(|image| Base { image, grade: Grade::Proven, evidence: BY_SOURCE });
        let Some(found) = recipes.found[ix.at()] else { return by_source };
        match recipes.drafts[found.recipe.at()].kind {
            RecipeKind::ImageBuilder => {
                let Some(build) = found.build else { return by_source };
                let Some(parent) = self.parent(build) else { return by_source };
                let here = images.drafts[ix.at()].place;
                self.parent_image(images, build.scope, parent)
                    .or(by_source)
                    .or_else(|| self.parent_build(images, here, build, parent.0))
            }
            RecipeKind::Packer => by_source.or_else(|| self.packer_base(images, recipes.packer[ix.at()].base?, ix)),
            RecipeKind::Manual => by_source.or_else(|| self.image_of_source_server(images, ix)),
            RecipeKind::Unknown => by_source,
            RecipeKind::Vendor => None,
        }
    }

    /// `parentImage`, from the build itself if that was read, else from the list of recipes.
    fn parent(&self, build: &Build) -> Option<(Sym, Grade, Evidence)> {
        let by_build = build.parent.map(|parent| (parent, Grade::Proven, BY_PARENT));
        by_build.or_else(|| {
            let parent = self.builds.recipe(build.recipe?)?.parent?;
            Some((parent, Grade::Proven, BY_LISTED_PARENT))
        })
    }

    /// A parent that is an image's id, which is one of the build's region.
    fn parent_image(
        &self,
        images: &mut Images<'a>,
        scope: ScopeIx,
        (parent, grade, evidence): (Sym, Grade, Evidence),
    ) -> Option<Base> {
        if !self.fleet.str(parent).starts_with("ami-") {
            return None;
        }
        let place = self.ground.place_of(scope)?;
        let read = images.read_near(self.ground, place, parent);
        let image = read.unwrap_or_else(|| images.named_at(self.ground, scope, place, parent));
        Some(Base { image, grade, evidence })
    }

    /// A parent that is an ARN of Image Builder: the newest build that it meant when this one was made.
    fn parent_build(&self, images: &mut Images<'a>, here: PlaceIx, build: &Build, parent: Sym) -> Option<Base> {
        let wanted = BuildArn::parse(self.fleet.str(parent))?;
        let named = self.builds.named(wanted).iter().copied();
        let newest = named
            .filter(|other| other.arn != build.arn)
            .filter(|other| build.created.is_none_or(|made| other.created.is_some_and(|before| before <= made)))
            .filter(|other| BuildArn::parse(self.fleet.str(other.arn)).is_some_and(|arn| arn.is_meant_by(wanted)))
            .filter_map(|other| Some((other, self.output_at(other, here)?)))
            .max_by_key(|(other, _)| other.created)?;
        let (other, output) = newest;
        let image = images.named_at(self.ground, other.scope, here, output);
        Some(Base { image, grade: Grade::Inferred, evidence: BY_PARENT_BUILD })
    }

    fn output_at(&self, build: &Build, place: PlaceIx) -> Option<Sym> {
        let own_region = self.fleet.scope(build.scope).map(|scope| scope.region);
        let region = self.ground.region(place);
        build.outputs.iter().find(|output| output.region.or(own_region) == region).map(|output| output.image)
    }

    fn packer_base(&self, images: &mut Images<'a>, id: &str, ix: ImageIx) -> Option<Base> {
        let place = images.drafts[ix.at()].place;
        let id = self.fleet.symbols.find(id)?;
        let scope = images.field(ix, |row| Some(row.scope));
        let image = match (images.read_near(self.ground, place, id), scope) {
            (Some(read), _) => read,
            (None, Some(scope)) => images.named_at(self.ground, scope, place, id),
            (None, None) => return None,
        };
        Some(Base { image, grade: Grade::Tagged, evidence: BY_PACKER_TAG })
    }

    fn image_of_source_server(&self, images: &Images<'a>, ix: ImageIx) -> Option<Base> {
        let source = images.field(ix, |row| row.source_server)?;
        let server = self.servers.find(self.fleet, self.ground, images.drafts[ix.at()].place, source)?;
        let image = self.servers.node(server).image?;
        Some(Base { image, grade: Grade::Inferred, evidence: BY_SOURCE_SERVER })
    }
}

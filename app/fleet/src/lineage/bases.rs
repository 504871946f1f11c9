//! The image that each recipe built on: an image's base.

use super::builds::Builds;
use super::by_hand::SourceServers;
use super::edge::Grade;
use super::ground::{Ground, PlaceIx};
use super::image_builder::BuildArn;
use super::images::Images;
use super::node::{ImageIx, RecipeKind};
use super::proof::Evidence;
use super::recipes::Recipes;
use crate::resources::{Build, ScopeIx};
use crate::rows::Fleet;
use crate::symbol::Sym;

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
        let by_source = source.map(|image| Base { image, grade: Grade::Proven, evidence: Evidence::SourceImage });
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
        let by_build = build.parent.map(|parent| (parent, Grade::Proven, Evidence::BuildParent));
        by_build.or_else(|| {
            let parent = self.builds.recipe(build.recipe?)?.parent?;
            Some((parent, Grade::Proven, Evidence::RecipeParent))
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
        Some(Base { image, grade: Grade::Inferred, evidence: Evidence::BuildParentVersion })
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
        Some(Base { image, grade: Grade::Tagged, evidence: Evidence::PackerSourceTag })
    }

    fn image_of_source_server(&self, images: &Images<'a>, ix: ImageIx) -> Option<Base> {
        let source = images.field(ix, |row| row.source_server)?;
        let server = self.servers.find(self.fleet, self.ground, images.drafts[ix.at()].place, source)?;
        let image = self.servers.node(server).image?;
        Some(Base { image, grade: Grade::Inferred, evidence: Evidence::SourceServerImage })
    }
}

#[cfg(test)]
mod tests {
    use crate::lineage::world::{Drawn, PROD, World, build_arn, day, recipe_key};
    use crate::lineage::{EdgeKind, Grade, Node, Presence};

    /// The base of an image, with kind, grade and field of the edge that leads on from it.
    fn base(drawn: &Drawn, image: &str) -> Option<(String, EdgeKind, Grade, String)> {
        let node = &drawn.lineage.images[drawn.image(image).at()];
        let base = node.base?;
        let to_recipe = drawn.edge(Node::Image(base), Node::Recipe(node.recipe));
        let edge = to_recipe.or_else(|| drawn.edge(Node::Image(base), Node::Image(drawn.image(image))))?;
        Some((drawn.fleet.str(drawn.lineage.images[base.at()].id).to_owned(), edge.0, edge.1, edge.2))
    }

    fn is(id: &str, kind: EdgeKind, grade: Grade, field: &str) -> Option<(String, EdgeKind, Grade, String)> {
        Some((id.to_owned(), kind, grade, field.to_owned()))
    }

    #[test]
    fn a_recipes_parent_is_the_base_of_what_it_builds_even_if_it_is_gone() {
        let (mut world, here) = World::new();
        let parent = world.sym("ami-golden");
        world.image(here, "ami-web");
        world.build(here, "web", "1.0.0/1", &[(PROD, "eu-west-1", "ami-web")]).parent = Some(parent);
        let drawn = world.draw();
        let field = "GetImage image.imageRecipe.parentImage";
        assert_eq!(base(&drawn, "ami-web"), is("ami-golden", EdgeKind::BuildsOn, Grade::Proven, field));
        assert_eq!(drawn.lineage.images[drawn.image("ami-golden").at()].presence, Presence::Gone);
        assert_eq!(drawn.recipe_of("ami-web").base, Some(drawn.image("ami-golden")));
    }

    #[test]
    fn a_ghost_that_only_a_recipe_names_has_its_own_recipe_and_base() {
        let (mut world, here) = World::new();
        let (middle, root) = (world.sym("ami-middle"), world.sym("ami-root"));
        world.image(here, "ami-web");
        world.build(here, "web", "1.0.0/1", &[(PROD, "eu-west-1", "ami-web")]).parent = Some(middle);
        world.build(here, "golden", "1.0.0/1", &[(PROD, "eu-west-1", "ami-middle")]).parent = Some(root);
        let drawn = world.draw();
        assert_eq!(drawn.recipe_of("ami-middle").id, recipe_key("golden"));
        let ancestors = drawn.lineage.ancestors(drawn.image("ami-web"));
        assert_eq!(ancestors, [drawn.image("ami-middle"), drawn.image("ami-root")]);
    }

    #[test]
    fn the_list_of_recipes_tells_the_parent_where_the_build_does_not() {
        let (mut world, here) = World::new();
        world.image(here, "ami-web");
        world.build(here, "web", "1.0.0/1", &[(PROD, "eu-west-1", "ami-web")]);
        world.recipe(here, &format!("{}/1.0.0", recipe_key("web")), Some("ami-golden"));
        let field = "ListImageRecipes imageRecipeSummaryList[].parentImage";
        assert_eq!(base(&world.draw(), "ami-web"), is("ami-golden", EdgeKind::BuildsOn, Grade::Proven, field));
    }

    #[test]
    fn a_parent_by_name_is_the_newest_build_that_it_meant_at_the_time() {
        let (mut world, here) = World::new();
        let parent = world.sym(&build_arn("golden", "1.x.x"));
        for (version, made, id) in [("1.0.0/1", 1, "ami-g1"), ("1.1.0/1", 5, "ami-g2"), ("2.0.0/1", 6, "ami-g3")] {
            world.image(here, id);
            world.build(here, "golden", version, &[(PROD, "eu-west-1", id)]).created = day(made);
        }
        for (version, made, id) in [("1.0.0/1", 3, "ami-web1"), ("1.0.0/2", 9, "ami-web2")] {
            world.image(here, id);
            let build = world.build(here, "web", version, &[(PROD, "eu-west-1", id)]);
            (build.created, build.parent) = (day(made), Some(parent));
        }
        let drawn = world.draw();
        let field = "GetImage image.imageRecipe.parentImage, as the newest build that it meant at the time";
        assert_eq!(base(&drawn, "ami-web1"), is("ami-g1", EdgeKind::BuildsOn, Grade::Inferred, field));
        assert_eq!(base(&drawn, "ami-web2"), is("ami-g2", EdgeKind::BuildsOn, Grade::Inferred, field));
        // The recipe's own base is that of its newest image.
        let images = [drawn.image("ami-web1"), drawn.image("ami-web2")];
        assert!(drawn.recipe_of("ami-web1").latest.is_some_and(|latest| images.contains(&latest)));
    }

    #[test]
    fn a_parent_that_is_a_parameter_is_unknown_unless_the_image_tells_what_it_was_built_on() {
        let (mut world, here) = World::new();
        let (parent, ran, server) = (world.sym("ssm:/golden"), world.sym("ami-golden"), world.sym("i-builder"));
        world.image(here, "ami-1");
        let image = world.image(here, "ami-2");
        (image.source_image, image.source_server) = (Some(ran), Some(server));
        let outputs = [(PROD, "eu-west-1", "ami-1"), (PROD, "eu-west-1", "ami-2")];
        world.build(here, "web", "1.0.0/1", &outputs).parent = Some(parent);
        let drawn = world.draw();
        assert_eq!(base(&drawn, "ami-1"), None);
        let field = "DescribeImages Images[].SourceImageId";
        assert_eq!(base(&drawn, "ami-2"), is("ami-golden", EdgeKind::BuildsOn, Grade::Proven, field));
    }

    #[test]
    fn packers_tag_names_the_base() {
        let (mut world, here) = World::new();
        world.tagged_image(here, "ami-1", "web", &[("packer:template", "web"), ("SourceAMI", "ami-golden")]);
        let field = "DescribeImages tag that holds Packer's source image";
        assert_eq!(base(&world.draw(), "ami-1"), is("ami-golden", EdgeKind::BuildsOn, Grade::Tagged, field));
    }

    #[test]
    fn an_image_made_by_hand_builds_on_what_its_server_ran() {
        let (mut world, here) = World::new();
        let (ran, server) = (world.sym("ami-golden"), world.sym("i-1"));
        world.server(here, "i-1", "ami-golden");
        let image = world.image(here, "ami-told");
        (image.source_image, image.source_server, image.created) = (Some(ran), Some(server), day(90));
        let image = world.image(here, "ami-untold");
        (image.source_server, image.created) = (Some(server), day(90));
        let drawn = world.draw();
        for image in ["ami-told", "ami-untold"] {
            assert_eq!(drawn.recipe_of(image).id, "manual:i-1");
        }
        let field = "DescribeImages Images[].SourceImageId";
        assert_eq!(base(&drawn, "ami-told"), is("ami-golden", EdgeKind::BuildsOn, Grade::Proven, field));
        assert_eq!(drawn.lineage.images[drawn.image("ami-untold").at()].base, Some(drawn.image("ami-golden")));
    }

    #[test]
    fn where_no_recipe_stands_between_an_image_is_derived_from_its_source() {
        let (mut world, here) = World::new();
        let (ran, server) = (world.sym("ami-golden"), world.sym("i-1"));
        world.server(here, "i-1", "ami-golden");
        let image = world.image(here, "ami-1");
        (image.source_image, image.source_server, image.created) = (Some(ran), Some(server), day(10));
        let drawn = world.draw();
        let field = "DescribeImages Images[].SourceImageId";
        assert_eq!(base(&drawn, "ami-1"), is("ami-golden", EdgeKind::DerivedFrom, Grade::Proven, field));
        assert_eq!(drawn.recipe_of("ami-1").id, "unknown");
    }

    #[test]
    fn a_copy_has_the_base_of_its_origin() {
        let (mut world, here) = World::new();
        let there = world.scope(PROD, "us-east-1");
        let (origin, region) = (world.sym("ami-1"), world.sym("eu-west-1"));
        let tags = [("packer:template", "web"), ("SourceAMI", "ami-golden")];
        world.tagged_image(here, "ami-1", "web", &tags);
        // Packer tags its copies too, in regions where that base is not.
        let copy = world.tagged_image(there, "ami-2", "web", &tags);
        (copy.source_image, copy.source_image_region) = (Some(origin), Some(region));
        let drawn = world.draw();
        let golden = drawn.image("ami-golden");
        assert_eq!(drawn.lineage.images[drawn.image("ami-2").at()].base, Some(golden));
        assert_eq!(drawn.fleet.text(drawn.lineage.images[golden.at()].region), Some("eu-west-1"));
    }

    #[test]
    fn an_image_is_never_its_own_base() {
        let (mut world, here) = World::new();
        world.tagged_image(here, "ami-1", "web", &[("packer:template", "web"), ("SourceAMI", "ami-1")]);
        assert_eq!(world.draw().lineage.images[0].base, None);
    }
}

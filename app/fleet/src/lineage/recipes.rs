//! What each image was baked from, and what says so.

use rustc_hash::FxHashMap;

use super::builds::Builds;
use super::by_hand::SourceServers;
use super::conventions::{PackerTags, TagReader};
use super::edge::Grade;
use super::ground::Ground;
use super::image_builder::{self, BUILD_TAG, BuildArn};
use super::images::Images;
use super::node::{ImageIx, Presence, RecipeIx, RecipeKind};
use super::proof::Evidence;
use super::vendors;
use crate::call::Call;
use crate::resources::{Build, ScopeIx};
use crate::rows::Fleet;
use crate::symbol::Sym;

/// A recipe while the lineage is being drawn.
pub(super) struct RecipeDraft {
    pub(super) kind: RecipeKind,
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) scope: Option<ScopeIx>,
    pub(super) presence: Presence,
}

/// What an image was baked from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Finding<'a> {
    pub(super) recipe: RecipeIx,
    pub(super) grade: Grade,
    pub(super) evidence: Evidence,
    pub(super) version: Option<Sym>,
    /// The Image Builder build that made it.
    pub(super) build: Option<&'a Build>,
}

/// The findings of all images, and the recipes they name.
pub(super) struct Recipes<'a> {
    pub(super) drafts: Vec<RecipeDraft>,
    index: FxHashMap<String, RecipeIx>,
    /// One an image; `None` where nothing says what it was baked from. Copies share their origin's recipe.
    pub(super) found: Vec<Option<Finding<'a>>>,
    /// What Packer's tags say of each image.
    pub(super) packer: Vec<PackerTags<'a>>,
}

/// What recipes are read from.
pub(super) struct Sources<'a, 'b> {
    pub(super) fleet: &'a Fleet,
    pub(super) ground: &'b Ground,
    pub(super) images: &'b Images<'a>,
    pub(super) builds: &'b Builds<'a>,
    pub(super) servers: &'b SourceServers<'b>,
}

impl<'a> Recipes<'a> {
    /// The recipes that Image Builder itself tells of, and the findings of all images so far.
    pub(super) fn find(sources: &Sources<'a, '_>, tags: &mut TagReader) -> Self {
        let mut recipes =
            Self { drafts: Vec::new(), index: FxHashMap::default(), found: Vec::new(), packer: Vec::new() };
        recipes.read_image_builder(sources);
        recipes.find_more(sources, tags);
        recipes.share_with_copies(sources.images);
        recipes
    }

    /// The findings of images that were named since: ghosts, and so no copies.
    pub(super) fn find_more(&mut self, sources: &Sources<'a, '_>, tags: &mut TagReader) {
        for number in self.found.len()..sources.images.drafts.len() {
            let ix = ImageIx(number as u32);
            self.packer.push(packer_tags(sources, tags, ix));
            let found = self.find_one(sources, ix);
            self.found.push(found);
        }
    }

    /// The unknown recipe, from which everything hangs that nothing tells the recipe of.
    pub(super) fn unknown(&mut self) -> RecipeIx {
        self.recipe(RecipeKind::Unknown, "unknown", None, None, Presence::Present)
    }

    /// The recipes that Image Builder itself tells of. A recipe that a build names but no list has is gone, if there
    /// was a list.
    fn read_image_builder(&mut self, sources: &Sources<'a, '_>) {
        let fleet = sources.fleet;
        let listed = fleet.recipes.iter().map(|row| (row.scope, Some(row.arn)));
        let used = fleet.pipelines.iter().map(|row| (row.scope, row.recipe));
        for (scope, arn) in listed.chain(used) {
            if let Some((key, _)) = arn.and_then(|arn| image_builder::recipe_key(fleet.str(arn))) {
                self.image_builder(key, scope, Presence::Present);
            }
        }
        for build in fleet.builds.iter().filter(|build| build.verified) {
            let key = build.recipe.and_then(|arn| image_builder::recipe_key(fleet.str(arn)));
            if let Some((key, _)) = key {
                let was_listed = sources.ground.answered(build.scope, Call::ListImageRecipes, None)
                    && fleet.recipes.iter().any(|row| row.scope == build.scope);
                let presence = if was_listed { Presence::Gone } else { Presence::Present };
                self.image_builder(key, build.scope, presence);
            }
        }
    }

    fn image_builder(&mut self, key: &str, scope: ScopeIx, presence: Presence) -> RecipeIx {
        let name = image_builder::recipe_name(key);
        self.recipe(RecipeKind::ImageBuilder, key, name, Some(scope), presence)
    }

    pub(super) fn recipe(
        &mut self,
        kind: RecipeKind,
        id: &str,
        name: Option<&str>,
        scope: Option<ScopeIx>,
        presence: Presence,
    ) -> RecipeIx {
        if let Some(&known) = self.index.get(id) {
            return known;
        }
        let ix = RecipeIx(self.drafts.len() as u32);
        let name = name.map(str::to_owned);
        self.drafts.push(RecipeDraft { kind, id: id.to_owned(), name, scope, presence });
        self.index.insert(id.to_owned(), ix);
        ix
    }

    fn find_one(&mut self, sources: &Sources<'a, '_>, ix: ImageIx) -> Option<Finding<'a>> {
        let draft = &sources.images.drafts[ix.at()];
        let output_of = sources.builds.by_output(draft.place, draft.id);
        if let Some(build) = output_of.filter(|build| build.verified) {
            return self.of_build(sources, build, Grade::Proven, Evidence::BuildOutput);
        }
        let fleet = sources.fleet;
        let tag = sources.images.field(ix, |row| fleet.symbols.tag_sym(row.tags, BUILD_TAG));
        let is_tagged = tag.is_some_and(|tag| BuildArn::parse(fleet.str(tag)).is_some()) || self.packer[ix.at()].made;
        if let Some(vendor) = self.vendor(sources, ix, is_tagged) {
            return Some(vendor);
        }
        tag.and_then(|tag| match sources.builds.by_arn(tag) {
            Some(build) => self.of_build(sources, build, Grade::Tagged, Evidence::BuildTag),
            None => self.of_build_tag(sources, ix, fleet.str(tag)),
        })
        .or_else(|| {
            output_of.and_then(|build| self.of_build(sources, build, Grade::Inferred, Evidence::ListedBuildOutput))
        })
        .or_else(|| self.packer_template(sources, ix))
        .or_else(|| if self.packer[ix.at()].made { None } else { self.by_hand(sources, ix) })
    }

    fn of_build(
        &mut self,
        sources: &Sources<'a, '_>,
        build: &'a Build,
        grade: Grade,
        evidence: Evidence,
    ) -> Option<Finding<'a>> {
        let fleet = sources.fleet;
        let arn = BuildArn::parse(fleet.str(build.arn));
        let recipe = match build.recipe.and_then(|arn| image_builder::recipe_key(fleet.str(arn))) {
            Some((key, _)) => self.image_builder(key, build.scope, Presence::Unread),
            None => self.image_builder(&arn?.recipe_key(), build.scope, Presence::Unread),
        };
        let version = build.version.or_else(|| arn.and_then(|arn| fleet.symbols.find(arn.version)));
        Some(Finding { recipe, grade, evidence, version, build: Some(build) })
    }

    /// The tag alone, where the build could not be read.
    fn of_build_tag(&mut self, sources: &Sources<'a, '_>, ix: ImageIx, tag: &str) -> Option<Finding<'a>> {
        let arn = BuildArn::parse(tag)?;
        let scope = sources.images.field(ix, |row| Some(row.scope))?;
        let recipe = self.image_builder(&arn.recipe_key(), scope, Presence::Unread);
        let version = sources.fleet.symbols.find(arn.version);
        Some(Finding { recipe, grade: Grade::Tagged, evidence: Evidence::BuildTag, version, build: None })
    }

    /// An image whose owner is nobody that we read. One that is not public is a vendor's where we know that vendor;
    /// else it may as well come from an account of the same company, whose tags are invisible to us.
    fn vendor(&mut self, sources: &Sources<'a, '_>, ix: ImageIx, is_tagged: bool) -> Option<Finding<'a>> {
        let (fleet, ground, images) = (sources.fleet, sources.ground, sources.images);
        let partition = ground.partition(images.drafts[ix.at()].place);
        let owner = images.field(ix, |row| row.owner);
        if owner.is_some_and(|owner| ground.is_ours(partition, owner)) {
            return None;
        }
        let alias = images.field(ix, |row| row.owner_alias).map(|alias| fleet.str(alias));
        let (id, name, evidence) = match (alias.filter(|&alias| alias != "self"), owner) {
            (Some(alias), _) => (alias, vendors::alias_name(alias), Evidence::OwnerAlias),
            (None, Some(owner)) => {
                let public = images.field(ix, |row| row.public);
                let account = fleet.str(owner);
                let name = vendors::account_name(account);
                let is_shared = public == Some(false) && name.is_none();
                if is_shared || (is_tagged && public != Some(true)) {
                    return None;
                }
                (account, name, Evidence::Owner)
            }
            (None, None) => return None,
        };
        let recipe =
            self.recipe(RecipeKind::Vendor, &format!("vendor:{id}"), Some(name.unwrap_or(id)), None, Presence::Present);
        Some(Finding { recipe, grade: Grade::Proven, evidence, version: None, build: None })
    }

    fn packer_template(&mut self, sources: &Sources<'a, '_>, ix: ImageIx) -> Option<Finding<'a>> {
        let said = self.packer[ix.at()];
        let name = || sources.images.field(ix, |row| row.name).map(|name| vendors::name_stem(sources.fleet.str(name)));
        let (name, grade, evidence) = match said.recipe {
            Some(name) => (name.to_owned(), Grade::Tagged, Evidence::PackerTemplateTag),
            None if said.made => (name().filter(|stem| !stem.is_empty())?, Grade::Inferred, Evidence::PackerName),
            None => return None,
        };
        let scope = sources.images.field(ix, |row| Some(row.scope));
        let id = format!("packer:{name}");
        let recipe = self.recipe(RecipeKind::Packer, &id, Some(template_name(&name)), scope, Presence::Present);
        Some(Finding { recipe, grade, evidence, version: None, build: None })
    }

    /// A copy was baked from what its origin was baked from. Where the origin tells nothing, since it is gone or in
    /// an unread account, the best finding of its copies stands for it.
    fn share_with_copies(&mut self, images: &Images) {
        let mut best: Vec<Option<Finding<'a>>> = (0..images.drafts.len())
            .map(|number| self.found[number].filter(|_| images.drafts[number].origin.at() == number))
            .collect();
        let told: Vec<bool> = best.iter().map(Option::is_some).collect();
        for (draft, found) in images.drafts.iter().zip(&self.found) {
            let origin = draft.origin.at();
            if let Some(found) = found.filter(|_| !told[origin])
                && best[origin].is_none_or(|kept| found.grade < kept.grade)
            {
                best[origin] = Some(found);
            }
        }
        for (draft, found) in images.drafts.iter().zip(&mut self.found) {
            let shared = best[draft.origin.at()];
            if found.map(|found| found.recipe) != shared.map(|shared| shared.recipe) {
                *found = shared;
            }
        }
    }
}

/// A Packer template's file without its folder and endings, which is what people call it.
fn template_name(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    let name = name.strip_suffix(".json").or_else(|| name.strip_suffix(".hcl")).unwrap_or(name);
    let name = name.strip_suffix(".pkr").unwrap_or(name);
    if name.is_empty() { file } else { name }
}

fn packer_tags<'a>(sources: &Sources<'a, '_>, tags: &mut TagReader, ix: ImageIx) -> PackerTags<'a> {
    let mut said = PackerTags::default();
    for row in sources.images.rows(ix) {
        let one = tags.read(&sources.fleet.symbols, row.tags);
        said = PackerTags {
            recipe: said.recipe.or(one.recipe),
            base: said.base.or(one.base),
            made: said.made || one.made,
        };
    }
    said
}

#[cfg(test)]
mod tests {

    use crate::lineage::image_builder::BUILD_TAG;
    use crate::lineage::world::{Drawn, PROD, TOOLS, World, build_arn, recipe_key};
    use crate::lineage::{EdgeKind, Evidence, Grade, Node, Presence, RecipeKind};
    use crate::resources::ScopeIx;

    /// Id of the recipe, grade and evidence's field, version.
    fn told(drawn: &Drawn, image: &str) -> (String, Option<Grade>, Option<&'static str>, Option<String>) {
        let node = &drawn.lineage.images[drawn.image(image).at()];
        let version = drawn.fleet.text(node.recipe_version).map(str::to_owned);
        let field = node.recipe_evidence.map(Evidence::field);
        (drawn.recipe_of(image).id.clone(), node.recipe_grade, field, version)
    }

    fn built(world: &mut World, scope: ScopeIx, id: &str) {
        let arn = build_arn("web", "1.4.2/3");
        world.tagged_image(scope, id, "web", &[(BUILD_TAG, &arn)]);
    }

    #[test]
    fn a_build_that_put_out_the_image_is_proof_of_its_recipe() {
        let (mut world, here) = World::new();
        built(&mut world, here, "ami-tagged");
        world.image(here, "ami-plain");
        let outputs = [(PROD, "eu-west-1", "ami-tagged"), (PROD, "eu-west-1", "ami-plain")];
        world.build(here, "web", "1.4.2/3", &outputs);
        let drawn = world.draw();
        for image in ["ami-tagged", "ami-plain"] {
            let field = Some("image.outputResources.amis[].image");
            let expected = (recipe_key("web"), Some(Grade::Proven), field, Some("1.4.2/3".to_owned()));
            assert_eq!(told(&drawn, image), expected);
            let recipe = Node::Recipe(drawn.lineage.images[drawn.image(image).at()].recipe);
            let edge = drawn.edge(recipe, Node::Image(drawn.image(image)));
            assert_eq!(edge.map(|edge| (edge.0, edge.1)), Some((EdgeKind::Bakes, Grade::Proven)));
        }
        let recipe = drawn.recipe_of("ami-plain");
        assert_eq!((recipe.kind, recipe.name.as_deref()), (RecipeKind::ImageBuilder, Some("web")));
    }

    #[test]
    fn a_tag_whose_build_was_not_read_leads_to_the_same_recipe_by_name() {
        let (mut world, here) = World::new();
        built(&mut world, here, "ami-tagged");
        world.image(here, "ami-proven");
        world.build(here, "web", "1.4.3/1", &[(PROD, "eu-west-1", "ami-proven")]);
        let drawn = world.draw();
        let field = Some("tag Ec2ImageBuilderArn");
        let expected = (recipe_key("web"), Some(Grade::Tagged), field, Some("1.4.2/3".to_owned()));
        assert_eq!(told(&drawn, "ami-tagged"), expected);
        assert_eq!(drawn.lineage.recipes.len(), 1);
    }

    #[test]
    fn a_build_that_was_only_listed_is_no_proof() {
        let (mut world, here) = World::new();
        built(&mut world, here, "ami-tagged");
        world.image(here, "ami-plain");
        let outputs = [(PROD, "eu-west-1", "ami-tagged"), (PROD, "eu-west-1", "ami-plain")];
        let build = world.build(here, "web", "1.4.2/3", &outputs);
        (build.verified, build.recipe) = (false, None);
        let drawn = world.draw();
        assert_eq!(told(&drawn, "ami-tagged").1, Some(Grade::Tagged));
        assert_eq!(told(&drawn, "ami-plain").1, Some(Grade::Inferred));
        assert_eq!(drawn.recipe_of("ami-plain").id, recipe_key("web"));
    }

    #[test]
    fn a_build_that_put_out_other_images_does_not_prove_a_tag() {
        let (mut world, here) = World::new();
        built(&mut world, here, "ami-forged");
        world.build(here, "web", "1.4.2/3", &[(PROD, "eu-west-1", "ami-other")]);
        assert_eq!(told(&world.draw(), "ami-forged").1, Some(Grade::Tagged));
    }

    #[test]
    fn what_a_build_distributes_to_other_accounts_has_its_recipe_and_family() {
        let (mut world, here) = World::new();
        let tools = world.scope(TOOLS, "us-east-1");
        world.image(here, "ami-1");
        world.image(tools, "ami-2");
        world.build(here, "web", "1.0.0/1", &[(PROD, "eu-west-1", "ami-1"), (TOOLS, "us-east-1", "ami-2")]);
        let drawn = world.draw();
        assert_eq!(told(&drawn, "ami-2"), told(&drawn, "ami-1"));
        let [one, two] = ["ami-1", "ami-2"].map(|id| drawn.lineage.images[drawn.image(id).at()].family);
        assert!(one.is_some() && one == two);
    }

    #[test]
    fn a_recipe_that_builds_name_and_the_list_lacks_is_gone() {
        let (mut world, here) = World::new();
        world.image(here, "ami-1");
        world.build(here, "old", "1.0.0/1", &[(PROD, "eu-west-1", "ami-1")]);
        world.recipe(here, &format!("{}/1.0.0", recipe_key("web")), None);
        let drawn = world.draw();
        let presence: Vec<_> = drawn.lineage.recipes.iter().map(|r| (r.name.as_deref(), r.presence)).collect();
        assert_eq!(presence, [(Some("old"), Presence::Gone), (Some("web"), Presence::Present)]);
    }

    #[test]
    fn packer_is_told_by_its_tags() {
        let (mut world, here) = World::new();
        let server = world.sym("i-builder");
        let image = world.tagged_image(here, "ami-1", "web-2026-09-09-1230", &[("packer:template", "web.pkr.hcl")]);
        image.source_server = Some(server);
        let image = world.tagged_image(here, "ami-2", "web-2026-09-09-1230", &[("BuildUUID", "0b6c")]);
        image.source_server = Some(server);
        world.tagged_image(here, "ami-3", "2026-09-09", &[("BuildUUID", "0b6c")]).source_server = Some(server);
        let drawn = world.draw();
        let named = "tag that names a Packer template";
        assert_eq!(told(&drawn, "ami-1"), ("packer:web.pkr.hcl".to_owned(), Some(Grade::Tagged), Some(named), None));
        let (recipe, grade, ..) = told(&drawn, "ami-2");
        assert_eq!((recipe.as_str(), grade), ("packer:web", Some(Grade::Inferred)));
        assert_eq!(told(&drawn, "ami-3"), ("unknown".to_owned(), None, None, None));
        assert_eq!(drawn.recipe_of("ami-1").name.as_deref(), Some("web"));
    }

    #[test]
    fn a_packer_template_is_called_by_its_file() {
        let cases = [
            ("images/web.pkr.hcl", "web"),
            ("web.pkr.json", "web"),
            ("web.json", "web"),
            ("amazon-ebs.web", "amazon-ebs.web"),
            ("images/", "images/"),
        ];
        for (file, name) in cases {
            assert_eq!(super::template_name(file), name);
        }
    }

    #[test]
    fn an_image_of_somebody_else_is_a_vendors() {
        let (mut world, here) = World::new();
        let (canonical, amazon, other) = (world.sym("099720109477"), world.sym("amazon"), world.sym("999999999999"));
        let (redhat, builder) = (world.sym("309956199498"), world.sym("i-builder"));
        let image = world.image(here, "ami-ubuntu");
        (image.owner, image.public) = (Some(canonical), Some(true));
        let image = world.image(here, "ami-al2023");
        (image.owner, image.owner_alias, image.public) = (Some(other), Some(amazon), Some(true));
        let image = world.image(here, "ami-redhat");
        (image.owner, image.public) = (Some(redhat), Some(false));
        let (image, server) = (world.image(here, "ami-shared"), builder);
        (image.owner, image.public, image.source_server) = (Some(other), Some(false), Some(server));
        world.tagged_image(here, "ami-visible", "x", &[("packer:template", "x")]).owner = Some(other);
        let image = world.tagged_image(here, "ami-public", "x", &[("packer:template", "x")]);
        (image.owner, image.public) = (Some(other), Some(true));
        let drawn = world.draw();
        let cases = [
            ("ami-ubuntu", "vendor:099720109477", "Images[].OwnerId"),
            ("ami-al2023", "vendor:amazon", "Images[].ImageOwnerAlias"),
            ("ami-redhat", "vendor:309956199498", "Images[].OwnerId"),
            ("ami-visible", "packer:x", "tag that names a Packer template"),
            ("ami-public", "vendor:999999999999", "Images[].OwnerId"),
        ];
        for (image, recipe, field) in cases {
            let (told_recipe, _, told_field, _) = told(&drawn, image);
            assert_eq!((told_recipe.as_str(), told_field), (recipe, Some(field)), "{image}");
        }
        assert_eq!(told(&drawn, "ami-shared"), ("unknown".to_owned(), None, None, None));
        assert_eq!(drawn.recipe_of("ami-ubuntu").name.as_deref(), Some("Canonical"));
        assert_eq!(drawn.recipe_of("ami-ubuntu").scope, None);
    }

    #[test]
    fn what_nothing_tells_of_hangs_from_the_unknown_recipe() {
        let (mut world, here) = World::new();
        world.image(here, "ami-1");
        world.server(here, "i-1", "ami-ghost");
        let drawn = world.draw();
        let last = drawn.lineage.recipes.last().map(|recipe| (recipe.kind, recipe.servers));
        assert_eq!(last, Some((RecipeKind::Unknown, 1)));
        for image in ["ami-1", "ami-ghost"] {
            let recipe = Node::Recipe(drawn.lineage.images[drawn.image(image).at()].recipe);
            let edge = drawn.edge(recipe, Node::Image(drawn.image(image)));
            assert_eq!(edge.map(|edge| (edge.0, edge.1)), Some((EdgeKind::Bakes, Grade::Inferred)), "{image}");
            assert_eq!(told(&drawn, image), ("unknown".to_owned(), None, None, None));
        }
    }

    #[test]
    fn a_copy_speaks_for_an_origin_that_is_gone() {
        let (mut world, here) = World::new();
        let (origin, region) = (world.sym("ami-origin"), world.sym("us-east-1"));
        built(&mut world, here, "ami-copy");
        let copy = world.rows.fleet.images.last_mut().expect("one was added");
        (copy.source_image, copy.source_image_region) = (Some(origin), Some(region));
        let drawn = world.draw();
        assert_eq!(told(&drawn, "ami-origin"), told(&drawn, "ami-copy"));
        assert_eq!(drawn.recipe_of("ami-origin").id, recipe_key("web"));
    }
}

//! Puts the lineage together: what was found is sorted, so that equal fleets have equal lineages, and counted.

use rustc_hash::FxHashMap;

use super::bases::Base;
use super::draw::{self, Proofs};
use super::ground::Ground;
use super::images::Images;
use super::node::{FamilyIx, ImageIx, ImageNode, Presence, RecipeIx, RecipeKind, RecipeNode, ServerNode, TemplateIx};
use super::recipes::Recipes;
use super::templates::Templates;
use super::vendors::name_stem;
use super::{GroupNode, Lineage};
use crate::call::Call;
use crate::resources::ScopeIx;
use crate::rows::Fleet;
use crate::symbol::Sym;
use crate::time::Time;

/// All that was found, in the order of finding.
pub(super) struct Found<'a, 'b> {
    pub(super) fleet: &'a Fleet,
    pub(super) ground: &'b Ground,
    pub(super) images: Images<'a>,
    pub(super) templates: Templates<'a>,
    pub(super) groups: Vec<GroupNode>,
    pub(super) servers: Vec<ServerNode>,
    pub(super) recipes: Recipes<'a>,
    pub(super) bases: Vec<Option<Base>>,
}

/// Where each row went when rows were sorted: the new index by the old one.
struct Moved(Vec<u32>);

impl Moved {
    fn sort<T>(rows: impl IntoIterator<Item = T>, compare: impl Fn(&T, &T) -> std::cmp::Ordering) -> (Vec<T>, Self) {
        let mut rows: Vec<(u32, T)> = (0..).zip(rows).collect();
        rows.sort_by(|a, b| compare(&a.1, &b.1));
        let mut moved = vec![0; rows.len()];
        for (new, (old, _)) in (0..).zip(&rows) {
            moved[*old as usize] = new;
        }
        (rows.into_iter().map(|(_, row)| row).collect(), Self(moved))
    }

    fn image(&self, ix: ImageIx) -> ImageIx {
        ImageIx(self.0[ix.at()])
    }

    fn template(&self, ix: TemplateIx) -> TemplateIx {
        TemplateIx(self.0[ix.at()])
    }

    fn recipe(&self, ix: RecipeIx) -> RecipeIx {
        RecipeIx(self.0[ix.at()])
    }
}

/// The lineage: tables sorted and counted, the graph drawn.
pub(super) fn assemble(mut found: Found<'_, '_>) -> Lineage {
    let fleet = found.fleet;
    let untraced = found.recipes.found.iter().any(Option::is_none).then(|| found.recipes.unknown());
    let (recipes, moved_recipes) =
        Moved::sort(std::mem::take(&mut found.recipes.drafts), |a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    let recipes = recipes
        .into_iter()
        .map(|draft| RecipeNode {
            kind: draft.kind,
            id: draft.id,
            name: draft.name,
            scope: draft.scope,
            presence: draft.presence,
            base: None,
            latest: None,
            servers: 0,
        })
        .collect();

    let count = found.images.drafts.len();
    let place_text = |ix: u32| {
        let draft = &found.images.drafts[ix as usize];
        let region = found.ground.region(draft.place).map(|region| fleet.str(region));
        (fleet.str(found.ground.partition(draft.place)), region, fleet.str(draft.id))
    };
    let (order, moved_images) = Moved::sort(0..count as u32, |&a, &b| place_text(a).cmp(&place_text(b)));
    let images: Vec<ImageNode> = order
        .iter()
        .map(|&old| {
            let draft = &found.images.drafts[old as usize];
            let finding = found.recipes.found[old as usize];
            let recipe = finding.map(|finding| finding.recipe).or(untraced);
            ImageNode {
                partition: found.ground.partition(draft.place),
                region: found.ground.region(draft.place),
                id: draft.id,
                rows: draft.rows.clone(),
                presence: found.images.presence(found.ground, ImageIx(old)),
                copied_from: draft.copied_from.map(|ix| moved_images.image(ix)),
                origin: moved_images.image(draft.origin),
                base: found.bases[draft.origin.at()].map(|base| moved_images.image(base.image)),
                recipe: moved_recipes.recipe(recipe.expect("an image without a finding has the unknown recipe")),
                recipe_version: finding.and_then(|finding| finding.version),
                recipe_grade: finding.map(|finding| finding.grade),
                recipe_evidence: finding.map(|finding| finding.evidence),
                family: None,
                servers: 0,
            }
        })
        .collect();

    let by_parameter: Vec<bool> =
        found.templates.nodes.iter().map(|node| found.templates.is_by_parameter(node)).collect();
    let (templates, moved_templates) =
        Moved::sort(found.templates.nodes.into_iter().zip(by_parameter), |(a, _), (b, _)| {
            (a.scope, a.kind, fleet.str(a.id), a.version).cmp(&(b.scope, b.kind, fleet.str(b.id), b.version))
        });
    let (mut templates, by_parameter): (Vec<_>, Vec<_>) = templates.into_iter().unzip();
    for template in &mut templates {
        template.image = template.image.map(|ix| moved_images.image(ix));
    }
    for group in &mut found.groups {
        group.wants = group.wants.map(|ix| moved_templates.template(ix));
        group.also.iter_mut().for_each(|ix| *ix = moved_templates.template(*ix));
        group.override_images.iter_mut().for_each(|ix| *ix = moved_images.image(*ix));
    }
    for server in &mut found.servers {
        server.image = server.image.map(|ix| moved_images.image(ix));
        server.launch_image = server.launch_image.map(|ix| moved_images.image(ix));
        server.template = server.template.map(|ix| moved_templates.template(ix));
    }
    let bases = order.iter().map(|&old| found.bases[old as usize]).collect();

    let mut lineage =
        Lineage { images, recipes, templates, servers: found.servers, groups: found.groups, ..Lineage::default() };
    lineage.count_servers();
    lineage.find_families(fleet);
    lineage.describe_recipes(fleet);
    lineage.graph = draw::graph(&lineage, fleet, &Proofs { bases, by_parameter });
    lineage
}

impl Lineage {
    fn count_servers(&mut self) {
        for server in &self.servers {
            if let Some(image) = server.image {
                self.images[image.at()].servers += 1;
            }
            if let Some(template) = server.template {
                self.templates[template.at()].servers += 1;
            }
        }
        for image in &self.images {
            self.recipes[image.recipe.at()].servers += image.servers;
        }
    }

    /// Families: the images of one recipe and architecture, copies included. A vendor makes many products, so its
    /// families are told apart by the image's name without its release as well.
    fn find_families(&mut self, fleet: &Fleet) {
        let architectures: Vec<Option<Sym>> =
            self.images.iter().map(|image| self.image_field(fleet, image.origin, |row| row.architecture)).collect();
        let mut made_for: FxHashMap<RecipeIx, Vec<Sym>> = FxHashMap::default();
        for (image, &architecture) in self.images.iter().zip(&architectures) {
            let known = made_for.entry(image.recipe).or_default();
            known.extend(architecture.filter(|architecture| !known.contains(architecture)));
        }
        let mut numbers: FxHashMap<(RecipeIx, Option<Sym>, String), FamilyIx> = FxHashMap::default();
        for (at, architecture) in architectures.into_iter().enumerate() {
            let ImageNode { recipe, origin, .. } = self.images[at];
            let kind = self.recipes[recipe.at()].kind;
            if kind == RecipeKind::Unknown {
                continue;
            }
            let stem = match kind {
                RecipeKind::Vendor => match self.image_name(fleet, origin) {
                    Some(name) => name_stem(name),
                    None => continue,
                },
                _ => String::new(),
            };
            // An image that is gone tells no architecture: it is that of its recipe, where the recipe has but one.
            let architecture = architecture.or(match made_for[&recipe].as_slice() {
                [only] => Some(*only),
                _ => None,
            });
            let next = FamilyIx(self.families.len() as u32);
            let family = *numbers.entry((recipe, architecture, stem)).or_insert(next);
            if family == next {
                self.families.push(Vec::new());
            }
            self.families[family.at()].push(ImageIx(at as u32));
            self.images[at].family = Some(family);
        }
    }

    /// A recipe's newest image, copies left out, and the base of that. Which one is newest is unknown while one that may
    /// still be there has no date, or where not all images of a scope could be read; the base is then the one that all
    /// agree on.
    fn describe_recipes(&mut self, fleet: &Fleet) {
        let is_partly_read = |scope: ScopeIx| {
            let mut gaps = fleet.gaps.iter();
            gaps.any(|gap| gap.scope == scope && gap.call == Call::DescribeImages && gap.resource.is_none())
        };
        let partly_read: Vec<bool> = (0..fleet.scopes.len()).map(|at| is_partly_read(ScopeIx(at as u16))).collect();
        let mut told: Vec<Told> = vec![Told::default(); self.recipes.len()];
        for (ix, image) in (0..).map(ImageIx).zip(&self.images) {
            if image.origin != ix || self.recipes[image.recipe.at()].kind == RecipeKind::Unknown {
                continue;
            }
            let told = &mut told[image.recipe.at()];
            let mut scopes = self.image_rows(fleet, ix).map(|row| usize::from(row.scope.0));
            told.is_unsure |= scopes.any(|scope| partly_read.get(scope) == Some(&true));
            match self.image_created(fleet, ix) {
                None => told.is_unsure |= image.presence != Presence::Gone,
                Some(made) if told.latest.is_none_or(|(newest, _)| newest <= made) => told.latest = Some((made, ix)),
                Some(_) => {}
            }
            told.bases.extend(image.base.filter(|base| !told.bases.contains(base)));
        }
        for (recipe, told) in self.recipes.iter_mut().zip(told) {
            recipe.latest = told.latest.filter(|_| !told.is_unsure).map(|(_, ix)| ix);
            recipe.base = match (recipe.latest, told.bases.as_slice()) {
                (Some(latest), _) => self.images[latest.at()].base,
                (None, &[only]) => Some(only),
                (None, _) => None,
            };
        }
    }
}

/// What the images of a recipe tell of it.
#[derive(Clone, Default)]
struct Told {
    latest: Option<(Time, ImageIx)>,
    bases: Vec<ImageIx>,
    /// Whether another image may be newer than `latest`.
    is_unsure: bool,
}

#[cfg(test)]
mod tests {
    use crate::FleetBuilder;
    use crate::call::Call;
    use crate::lineage::world::{PROD, World, day};
    use crate::lineage::{FamilyIx, RecipeKind};

    fn family(drawn: &crate::lineage::world::Drawn, image: &str) -> Option<FamilyIx> {
        drawn.lineage.images[drawn.image(image).at()].family
    }

    #[test]
    fn a_recipe_that_bakes_for_two_architectures_makes_two_families() {
        let (mut world, here) = World::new();
        let [x86, arm] = ["x86_64", "arm64"].map(|name| world.sym(name));
        for (id, architecture) in [("ami-1", x86), ("ami-2", arm), ("ami-3", x86)] {
            world.tagged_image(here, id, "web", &[("packer:template", "web")]).architecture = Some(architecture);
        }
        let drawn = world.draw();
        assert_eq!(family(&drawn, "ami-1"), family(&drawn, "ami-3"));
        assert_ne!(family(&drawn, "ami-1"), family(&drawn, "ami-2"));
        let members = family(&drawn, "ami-1").map(|family| drawn.lineage.family(family).to_vec());
        assert_eq!(members, Some(vec![drawn.image("ami-1"), drawn.image("ami-3")]));
    }

    #[test]
    fn an_image_that_is_gone_stays_in_the_family_of_its_recipe() {
        let (mut world, here) = World::new();
        let x86 = world.sym("x86_64");
        world.image(here, "ami-2").architecture = Some(x86);
        world.server(here, "i-1", "ami-1");
        for (version, id) in [("1.0.0/1", "ami-1"), ("1.0.0/2", "ami-2")] {
            world.build(here, "web", version, &[(PROD, "eu-west-1", id)]);
        }
        let drawn = world.draw();
        assert!(family(&drawn, "ami-1").is_some());
        assert_eq!(family(&drawn, "ami-1"), family(&drawn, "ami-2"));
    }

    #[test]
    fn the_products_of_a_vendor_are_families_of_their_own() {
        let (mut world, here) = World::new();
        let amazon = world.sym("amazon");
        let names = [
            ("ami-1", "al2023-ami-2023.5.20240903.0-kernel-6.1-x86_64"),
            ("ami-2", "al2023-ami-2023.6.20241010.0-kernel-6.1-x86_64"),
            ("ami-3", "Windows_Server-2022-English-Full-Base-2024.09.11"),
        ];
        for (id, name) in names {
            let image = world.tagged_image(here, id, name, &[]);
            (image.owner, image.owner_alias) = (None, Some(amazon));
        }
        let drawn = world.draw();
        assert_eq!(family(&drawn, "ami-1"), family(&drawn, "ami-2"));
        assert_ne!(family(&drawn, "ami-1"), family(&drawn, "ami-3"));
        assert_eq!(drawn.lineage.recipes.len(), 1);
    }

    #[test]
    fn images_of_the_unknown_recipe_are_no_family() {
        let (mut world, here) = World::new();
        world.image(here, "ami-1");
        assert_eq!(family(&world.draw(), "ami-1"), None);
    }

    #[test]
    fn a_recipe_shows_its_newest_original_and_the_base_of_that() {
        let (mut world, here) = World::new();
        let there = world.scope(PROD, "us-east-1");
        let tags = |base| [("packer:template", "web"), ("SourceAMI", base)];
        world.tagged_image(here, "ami-old", "web", &tags("ami-base1")).created = day(1);
        world.tagged_image(here, "ami-new", "web", &tags("ami-base2")).created = day(5);
        let (origin, region) = (world.sym("ami-old"), world.sym("eu-west-1"));
        let copy = world.image(there, "ami-copy");
        (copy.source_image, copy.source_image_region, copy.created) = (Some(origin), Some(region), day(9));
        let drawn = world.draw();
        let recipe = drawn.recipe_of("ami-old");
        assert_eq!(recipe.latest, Some(drawn.image("ami-new")));
        assert_eq!(recipe.base, Some(drawn.image("ami-base2")));
    }

    #[test]
    fn a_recipes_newest_image_is_unknown_where_an_origin_or_a_list_was_not_read() {
        let copies = |world: &mut World, there| {
            for (id, origin) in [("ami-copy1", "ami-old"), ("ami-copy2", "ami-new")] {
                let (origin, region) = (world.sym(origin), world.sym("eu-west-1"));
                let tags = [("packer:template", "web"), ("SourceAMI", "ami-base")];
                let copy = world.tagged_image(there, id, "web", &tags);
                (copy.source_image, copy.source_image_region) = (Some(origin), Some(region));
            }
        };
        let mut world = World { rows: FleetBuilder::new() };
        let there = world.scope(PROD, "us-east-1");
        copies(&mut world, there);
        let drawn = world.draw();
        assert_eq!(drawn.recipe_of("ami-copy1").latest, None);

        let (mut world, here) = World::new();
        world.tagged_image(here, "ami-1", "web", &[("packer:template", "web"), ("SourceAMI", "ami-base")]);
        world.gap(here, Call::DescribeImages);
        let drawn = world.draw();
        let recipe = drawn.recipe_of("ami-1");
        assert_eq!((recipe.latest, recipe.base), (None, Some(drawn.image("ami-base"))));
    }

    #[test]
    fn tables_are_sorted_whatever_the_order_of_finding() {
        let (mut world, here) = World::new();
        let there = world.scope(PROD, "ap-south-1");
        world.server(here, "i-1", "ami-9");
        world.tagged_image(here, "ami-5", "web", &[("packer:template", "web")]);
        world.image(there, "ami-7");
        world.tagged_image(here, "ami-1", "api", &[("packer:template", "api")]);
        for (template, version) in [("lt-2", 1), ("lt-1", 10), ("lt-1", 9)] {
            world.version(here, template, version, "ami-1");
        }
        let drawn = world.draw();
        let images: Vec<_> = drawn.lineage.images.iter().map(|image| drawn.fleet.str(image.id)).collect();
        assert_eq!(images, ["ami-7", "ami-1", "ami-5", "ami-9"]);
        let recipes: Vec<_> = drawn.lineage.recipes.iter().map(|recipe| &*recipe.id).collect();
        assert_eq!(recipes, ["packer:api", "packer:web", "unknown"]);
        let templates = drawn.lineage.templates.iter().map(|node| (drawn.fleet.str(node.id), node.version));
        assert_eq!(templates.collect::<Vec<_>>(), [("lt-1", Some(9)), ("lt-1", Some(10)), ("lt-2", Some(1))]);
        assert_eq!(drawn.lineage.recipes[2].kind, RecipeKind::Unknown);
    }
}

//! The builds of EC2 Image Builder, found by what other fields say of them.

use rustc_hash::FxHashMap;

use super::ground::{Ground, PlaceIx};
use super::image_builder::BuildArn;
use crate::resources::{Build, Recipe};
use crate::rows::Fleet;
use crate::symbol::Sym;

/// All builds and the rows of their recipes.
pub(super) struct Builds<'a> {
    by_arn: FxHashMap<Sym, &'a Build>,
    by_output: FxHashMap<(PlaceIx, Sym), &'a Build>,
    by_name: FxHashMap<(&'a str, &'a str), Vec<&'a Build>>,
    recipes: FxHashMap<Sym, &'a Recipe>,
}

impl<'a> Builds<'a> {
    pub(super) fn of(fleet: &'a Fleet, ground: &mut Ground) -> Self {
        let mut builds = Self {
            by_arn: fleet.builds.iter().map(|build| (build.arn, build)).collect(),
            by_output: FxHashMap::default(),
            by_name: FxHashMap::default(),
            recipes: fleet.recipes.iter().map(|row| (row.arn, row)).collect(),
        };
        for build in &fleet.builds {
            if let Some(arn) = BuildArn::parse(fleet.str(build.arn)) {
                builds.by_name.entry((arn.prefix, arn.name)).or_default().push(build);
            }
            let Some(scope) = fleet.scope(build.scope) else { continue };
            for output in &build.outputs {
                let place = ground.place(scope.partition, Some(output.region.unwrap_or(scope.region)));
                let kept = builds.by_output.entry((place, output.image)).or_insert(build);
                if build.verified && !kept.verified {
                    *kept = build;
                }
            }
        }
        builds
    }

    /// The build with this ARN.
    pub(super) fn by_arn(&self, arn: Sym) -> Option<&'a Build> {
        self.by_arn.get(&arn).copied()
    }

    /// The build that put out this image; one that was verified goes before one that was only listed.
    pub(super) fn by_output(&self, place: PlaceIx, image: Sym) -> Option<&'a Build> {
        self.by_output.get(&(place, image)).copied()
    }

    /// Every build of the name in an ARN.
    pub(super) fn named(&self, arn: BuildArn<'a>) -> &[&'a Build] {
        self.by_name.get(&(arn.prefix, arn.name)).map_or(&[], Vec::as_slice)
    }

    /// The row of a recipe version.
    pub(super) fn recipe(&self, arn: Sym) -> Option<&'a Recipe> {
        self.recipes.get(&arn).copied()
    }
}

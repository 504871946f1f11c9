//! What a recipe's version builds on: the image that its parent names at the time of a build.

use jiff::Timestamp;

use super::arn;
use crate::{
    wire::filter::matches_wildcard,
    world::{
        Scope, World, id,
        image::{Image, ImageState},
        recipe::{Progress, Recipe},
    },
};

/// Images that Image Builder offers for all accounts: their names there, and the names of the images behind them.
const MANAGED: &[(&str, &str)] = &[
    ("amazon-linux-2023-x86", "al2023-ami-2023.*-x86_64"),
    ("amazon-linux-2023-arm64", "al2023-ami-2023.*-arm64"),
    ("amazon-linux-2-x86", "amzn2-ami-hvm-2.0.*-x86_64-gp2"),
    ("ubuntu-server-24-lts-x86", "ubuntu/images/*ubuntu-noble-24.04-amd64-server-*"),
    ("ubuntu-server-24-lts-arm64", "ubuntu/images/*ubuntu-noble-24.04-arm64-server-*"),
    ("ubuntu-server-22-lts-x86", "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*"),
];

/// The slot of the image that a recipe's version builds on at `now`.
///
/// # Errors
/// The reason that a build gives when it has none.
pub(crate) fn resolve(
    world: &World,
    scope: &Scope,
    recipe: &Recipe,
    version: &str,
    now: Timestamp,
) -> Result<u32, String> {
    let parent = recipe.versions.iter().find(|known| known.number == version).map(|known| &*known.parent);
    let parent = parent.unwrap_or_default();
    let found =
        if parent.starts_with("arn:") { newest(world, scope, parent, now) } else { pinned(world, scope, parent) };
    found.ok_or_else(|| {
        if parent.starts_with("arn:") {
            format!("The parent image {parent} could not be resolved to an image.")
        } else {
            format!("The image id '[{parent}]' does not exist")
        }
    })
}

/// An id stays what it is, however old: a build on it keeps the old base.
fn pinned(world: &World, scope: &Scope, parent: &str) -> Option<u32> {
    let slot = world.image_slot(id::parse("ami", parent)?)?;
    let image = &world.images[slot as usize];
    let usable =
        image.region == scope.region && image.state == ImageState::Available && image.may_launch(&scope.account);
    usable.then_some(slot)
}

/// The newest image of what an ARN such as `.../image/golden/x.x.x` names.
fn newest(world: &World, scope: &Scope, parent: &str, now: Timestamp) -> Option<u32> {
    let (path, version) = parent.rsplit_once('/')?;
    let name = path.rsplit('/').next()?;
    if path == arn(scope, "image", name) {
        return newest_build(world, scope, name, version, now);
    }
    if path != format!("arn:aws:imagebuilder:{}:aws:image/{name}", scope.region.name) {
        return None;
    }
    let (_, pattern) = MANAGED.iter().find(|(known, _)| *known == name)?;
    let is_it = |image: &Image| {
        image.public
            && image.region == scope.region
            && image.state == ImageState::Available
            && image.created <= now
            && matches_wildcard(pattern, &image.name)
    };
    let found = world.images.iter().enumerate().filter(|(_, image)| is_it(image));
    found.max_by_key(|(_, image)| image.created).and_then(|(slot, _)| u32::try_from(slot).ok())
}

/// The image of the newest build of the recipe called `name` whose version is like `version`, where `x` is any number.
fn newest_build(world: &World, scope: &Scope, name: &str, version: &str, now: Timestamp) -> Option<u32> {
    let recipe = scope.recipes.iter().position(|recipe| recipe.name == name)?;
    let is_version = |number: &str| {
        number.split('.').zip(version.split('.')).all(|(number, wanted)| wanted == "x" || wanted == number)
    };
    let builds = scope.builds.iter().filter(|build| {
        build.recipe as usize == recipe && is_version(&build.version) && build.progress(now) == Progress::Done
    });
    let order = |version: &str| -> Vec<u32> { version.split('.').map(|part| part.parse().unwrap_or(0)).collect() };
    let images = builds.filter_map(|build| Some((build, *build.images.first()?)));
    images
        .filter(|(_, image)| world.images[*image as usize].state == ImageState::Available)
        .max_by_key(|(build, _)| (order(&build.version), build.number))
        .map(|(_, image)| image)
}

//! A build's life: it is started, makes an image, distributes it, or fails. What follows from the time alone, such as
//! its state, is in `world::recipe`; here is what it does to the world.

use std::sync::Arc;

use jiff::Timestamp;

use super::{build_arn, parent, pipeline_arn, recipe_arn, schedule};
use crate::{
    events::Event,
    world::{
        Scope, Tag, World, id,
        image::{Image, ImageState, Launches, Protection},
        recipe::{self, Build, COMPONENTS, Course, DISTRIBUTE, Failure, LAUNCH, OUTPUT, Recipe, Trigger},
        region::Region,
    },
};

/// What a build does next by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Its image is being made.
    Image,
    /// Its image is there.
    ImageDone,
    /// Copies of its image are being made.
    Copies,
    /// It ends, well or not.
    End,
}

/// Starts a build of a recipe's version and returns its slot.
pub(crate) fn start(
    world: &mut World,
    scope: usize,
    recipe: u32,
    version: &str,
    trigger: Trigger,
    now: Timestamp,
) -> u32 {
    let place = world.scope_at(scope);
    let it = &place.recipes[recipe as usize];
    let is_of_version = |build: &&Build| build.recipe == recipe && build.version == version;
    let number = place.builds.iter().filter(is_of_version).map(|build| build.number).max().unwrap_or(0) + 1;
    let seed = recipe::build_id(world.seed, &place.account, place.region.name, &it.name, version, number);
    let with_copies = trigger.distributes() && !it.distribution.regions.is_empty();
    let mut build = Build {
        recipe,
        version: version.to_owned(),
        number,
        trigger,
        created: now,
        course: Course::by(&mut id::Seed(seed).dice(&["course"]), with_copies),
        base: None,
        images: Vec::new(),
        failure: None,
        cancelled: None,
    };
    let arn = build_arn(place, &build);
    let names = [&*arn, &recipe_arn(place, it, version), &pipeline_arn(place, it)];
    match parent::resolve(world, place, it, version, now) {
        Ok(base) => build.base = Some(base),
        Err(reason) => build.failure = Some(Failure { stage: LAUNCH, reason }),
    }
    if build.base.is_some() && world.faults.fails_bake(&place.account, place.region.name, &names, now) {
        let reason = component_failed(place, it, &arn, seed);
        build.failure = Some(Failure { stage: COMPONENTS, reason });
    }
    let last = build.last_stage();
    let mut steps = vec![(build.end_of(last), Step::End)];
    if last > OUTPUT {
        steps.extend([(build.begin_of(OUTPUT), Step::Image), (build.end_of(OUTPUT), Step::ImageDone)]);
    }
    if last > DISTRIBUTE {
        steps.push((build.begin_of(DISTRIBUTE), Step::Copies));
    }
    let builds = &mut world.scope_at_mut(scope).builds;
    let slot = u32::try_from(builds.len()).unwrap_or(u32::MAX);
    builds.push(build);
    for (at, step) in steps {
        world.schedule(at, Event::Build { scope, build: slot, step });
    }
    slot
}

/// The reason that Image Builder gives when a component's script fails (worded as in aws/aws-parallelcluster,
/// issue 3995).
fn component_failed(scope: &Scope, recipe: &Recipe, arn: &str, seed: u64) -> String {
    // The account's own are what breaks.
    let own = recipe.components.iter().rev().find(|component| !component.starts_with("aws:"));
    let document = own.map_or_else(|| arn.to_owned(), |component| super::component_arn(scope, component));
    let execution = id::uuid(seed, 0x55);
    format!(
        "SSM execution '{execution}' failed for image arn: '{arn}' with status = 'Failed' in state = 'BUILDING' and \
         failure message = 'Document {document} failed!'"
    )
}

/// Lets a build take a step.
pub(crate) fn happen(world: &mut World, scope: usize, build: u32, step: Step) {
    let it = &world.scope_at(scope).builds[build as usize];
    if it.cancelled.is_some() {
        return;
    }
    match step {
        Step::Image => make_image(world, scope, build),
        Step::Copies => distribute(world, scope, build),
        Step::ImageDone => settle(world, scope, build, ImageState::Available),
        Step::End if it.failure.is_none() => settle(world, scope, build, ImageState::Available),
        Step::End => settle(world, scope, build, ImageState::Deregistered),
    }
}

/// A build in a line of the trace.
pub(crate) fn tell(world: &World, scope: usize, build: u32, step: Step) -> String {
    let place = world.scope_at(scope);
    let it = &place.builds[build as usize];
    let what = match (step, it.cancelled.is_some(), it.failure.is_some()) {
        (_, true, _) => "was cancelled",
        (Step::Image, ..) => "makes its image",
        (Step::ImageDone, ..) => "has an image",
        (Step::Copies, ..) => "is distributed",
        (Step::End, _, true) => "failed",
        (Step::End, ..) => "is available",
    };
    format!("{} {what}", build_arn(place, it))
}

/// Calls a build off.
pub(crate) fn cancel(world: &mut World, scope: usize, build: u32, now: Timestamp) {
    world.scope_at_mut(scope).builds[build as usize].cancelled = Some(now);
    settle(world, scope, build, ImageState::Deregistered);
}

/// What a build made is there when it is done, and goes away with it when it is rolled back.
fn settle(world: &mut World, scope: usize, build: u32, state: ImageState) {
    let made = world.scope_at(scope).builds[build as usize].images.clone();
    for image in made {
        let image = &mut world.images[image as usize];
        // Somebody may have deregistered or disabled it meanwhile.
        if image.state == ImageState::Pending || state == ImageState::Deregistered {
            image.state = state;
        }
    }
}

/// The image of a build in its own region, made of the server that ran the components.
fn make_image(world: &mut World, scope: usize, build: u32) {
    let place = world.scope_at(scope);
    let it = &place.builds[build as usize];
    let recipe = &place.recipes[it.recipe as usize];
    let Some(base) = it.base else { return };
    let arn = build_arn(place, it);
    let begun = it.begin_of(OUTPUT);
    let parent = &world.images[base as usize];
    let own = [("CreatedBy", "EC2 Image Builder"), ("Ec2ImageBuilderArn", &*arn)];
    let id = id::mix(world.seed.id(&["ami", &arn]));
    let image = Image {
        id,
        region: place.region,
        owner: place.account.clone(),
        owner_alias: None,
        name: format!("{} {} {}", recipe.name, it.version, begun.strftime("%Y-%m-%dT%H-%M-%SZ")),
        description: None,
        created: begun,
        deprecated: None,
        launches: Launches::default(),
        state: ImageState::Pending,
        public: false,
        shared_with: Vec::new(),
        source: Some(base),
        source_server: Some(id::mix(world.seed.id(&["builder", &arn]))),
        tags: own.iter().map(|(key, value)| Tag::new(key, value)).collect(),
        size_gib: parent.size_gib.max(MIN_GIB),
        snapshot: Image::snapshot_of(id),
        protection: Protection::Off,
        public_parameter: None,
        ..parent.clone()
    };
    let made = world.add_image(image);
    world.scope_at_mut(scope).builds[build as usize].images.push(made);
}

/// Image Builder's own default for a recipe that says nothing.
const MIN_GIB: u32 = 30;

/// Copies a build's image to where its pipeline sends it, and lets those launch it who may.
fn distribute(world: &mut World, scope: usize, build: u32) {
    let place = world.scope_at(scope);
    let it = &place.builds[build as usize];
    let Some(&origin) = it.images.first() else { return };
    if !it.trigger.distributes() {
        return;
    }
    let distribution = place.recipes[it.recipe as usize].distribution.clone();
    let begun = it.begin_of(DISTRIBUTE);
    world.images[origin as usize].shared_with.clone_from(&distribution.shared_with);
    for region in distribution.regions {
        let copy = copy(world, origin, region, begun);
        let slot = world.add_image(copy);
        world.scope_at_mut(scope).builds[build as usize].images.push(slot);
    }
}

/// A copy of an image in another region: it has its own time, and was made of no server.
fn copy(world: &World, origin: u32, region: &'static Region, created: Timestamp) -> Image {
    let image = &world.images[origin as usize];
    let id = id::mix(world.seed.id(&["copy", region.name]) ^ image.id);
    Image {
        id,
        region,
        created,
        state: ImageState::Pending,
        snapshot: Image::snapshot_of(id),
        source: Some(origin),
        source_server: None,
        ..image.clone()
    }
}

/// Lets the pipeline of a recipe run by its schedule, and schedules the next time.
pub(crate) fn run_pipeline(world: &mut World, scope: usize, recipe: u32, now: Timestamp) {
    schedule(world, scope, recipe, now);
    let version = world.scope_at(scope).recipes[recipe as usize].versions.last().map(|version| version.number.clone());
    if let Some(version) = version {
        start(world, scope, recipe, &version, Trigger::Schedule, now);
    }
}

/// The name of what a scheduled run is about, for the trace.
pub(crate) fn tell_pipeline(world: &World, scope: usize, recipe: u32) -> String {
    let place = world.scope_at(scope);
    format!("{} runs by its schedule", pipeline_arn(place, &place.recipes[recipe as usize]))
}

/// The accounts and regions that the images of a recipe's builds went to.
pub(crate) fn distribution_of(images: &[Image], builds: &[Build], recipe: u32) -> recipe::Distribution {
    let of_it = builds.iter().filter(|build| build.recipe == recipe);
    let Some(last) = of_it.filter(|build| !build.images.is_empty()).max_by_key(|build| build.created) else {
        return recipe::Distribution::default();
    };
    let made = last.images.iter().map(|&slot| &images[slot as usize]);
    let shared_with: Vec<Arc<str>> = made.clone().next().map(|image| image.shared_with.clone()).unwrap_or_default();
    recipe::Distribution { regions: made.skip(1).map(|image| image.region).collect(), shared_with }
}

//! Images of a scenario with their copies, and the recipes and builds that they came of.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use toml::Spanned;

use super::{
    build::{Builder, Place, Wrong, find_region, server_id, wrong},
    file::{File, ImageData, RecipeData, StateData},
};
use crate::{
    imagebuilder::{self, Cron, bake::distribution_of},
    world::{
        Tag,
        id::{self, Seed},
        image::{Image, ImageState, Launches, Protection},
        recipe::{Build, COMPONENTS, Course, Distribution, Failure, Recipe, RecipeVersion, STAGES, Trigger, build_id},
        region::{self, Region},
    },
};

/// From the time that a copy tells until it is there, in seconds.
const COPYING_S: i64 = 180;

/// The stage that a reason names, else the one that fails most.
fn failed_stage(reason: &str) -> usize {
    let is_named = |stage: &usize| !STAGES[*stage].name.is_empty() && reason.contains(STAGES[*stage].name);
    (0..STAGES.len()).find(is_named).unwrap_or(COMPONENTS)
}

impl Builder {
    pub(super) fn add_recipe(&mut self, data: &RecipeData) -> Result<(), Wrong> {
        let place = self.place(&data.scope)?;
        self.claim("recipe", &place, &data.name, &data.scope)?;
        let created = self.since(data.age);
        let builds: Vec<Build> = data
            .failed
            .iter()
            .map(|failed| Build {
                recipe: 0,
                version: failed.version.clone(),
                number: failed.build,
                trigger: Trigger::Schedule,
                created: self.since(failed.age),
                course: self.course(&place, &data.name, &failed.version, failed.build),
                base: None,
                images: Vec::new(),
                failure: Some(Failure { stage: failed_stage(&failed.reason), reason: failed.reason.clone() }),
                cancelled: None,
            })
            .collect();
        if !data.schedule.is_empty()
            && let Err(what) = Cron::parse(&data.schedule)
        {
            return wrong(&data.scope, what);
        }
        let parent = data
            .parent
            .as_ref()
            .map(|parent| parent.replace("{region}", place.region.name).replace("{account}", &place.account));
        let scope = self.scope_mut(&place);
        let slot = u32::try_from(scope.recipes.len()).unwrap_or(u32::MAX);
        scope.builds.extend(builds.into_iter().map(|build| Build { recipe: slot, ..build }));
        scope.recipes.push(Recipe {
            name: data.name.clone(),
            description: data.description.clone(),
            created,
            components: data.components.clone(),
            schedule: data.schedule.clone(),
            parent,
            versions: Vec::new(),
            distribution: Distribution::default(),
        });
        Ok(())
    }

    /// The course that a build took.
    fn course(&self, place: &Place, name: &str, version: &str, number: u32) -> Course {
        let id = build_id(self.world.seed, &place.account, place.region.name, name, version, number);
        Course::by(&mut Seed(id).dice(&["course"]), false)
    }

    pub(super) fn add_image(&mut self, file: &File, data: &ImageData) -> Result<(), Wrong> {
        let vendor = file.vendor.get(data.owner.get_ref());
        let owner: Arc<str> = match (vendor, self.accounts.get(data.owner.get_ref())) {
            (Some(vendor), _) => Arc::from(&*vendor.id),
            (None, Some(account)) => account.clone(),
            (None, None) => {
                return wrong(&data.owner, format!("'{}' is no account or vendor of this file", data.owner.get_ref()));
            }
        };
        let Some(first) = data.regions.first() else {
            return wrong(&data.key, format!("the image '{}' is in no region", data.key.get_ref()));
        };
        let created = self.since(data.age);
        // A vendor publishes in each region; what others make is made in one and copied.
        let regions = if vendor.is_some() { &data.regions[..] } else { std::slice::from_ref(first) };
        let mut origin = None;
        for name in regions {
            let region = find_region(name)?;
            let base = data.base.as_ref().map(|base| self.image(base, region)).transpose()?;
            let image = self.image_of(data, &owner, region, created, base)?;
            let image = Image {
                owner_alias: vendor.and_then(|vendor| vendor.alias.as_deref()).map(Arc::from),
                public: vendor.is_some(),
                ..image
            };
            origin.get_or_insert(self.keep_image(data, image)?);
        }
        let origin = origin.expect("there is a first region");
        let mut made = vec![origin];
        for copy in &data.copies {
            let region = find_region(&copy.region)?;
            let at = created + SignedDuration::from_secs(copy.after.0);
            let mut image = self.image_of(data, &owner, region, at, Some(origin))?;
            // A copy is made of no server.
            image.source_server = None;
            image.tags = self.world.images[origin as usize].tags.clone();
            image.name.clone_from(&self.world.images[origin as usize].name);
            made.push(self.keep_image(data, image)?);
        }
        self.add_build(data, &owner, find_region(first)?, created, &made)
    }

    /// Adds the run of a recipe that made the image, and tags the image with it.
    fn add_build(
        &mut self,
        data: &ImageData,
        owner: &Arc<str>,
        region: &'static Region,
        created: Timestamp,
        made: &[u32],
    ) -> Result<(), Wrong> {
        let Some(name) = &data.recipe else { return Ok(()) };
        let Some(version) = &data.version else {
            return wrong(name, "an image of a recipe needs the recipe's version");
        };
        let place = Place { account: owner.clone(), region };
        if !self.accounts.values().any(|account| account == owner) {
            return wrong(name, "a vendor's recipes are not known to anyone");
        }
        let Some(slot) = self.scope(&place).recipes.iter().position(|recipe| recipe.name == *name.get_ref()) else {
            return wrong(name, format!("there is no recipe '{}' in {}", name.get_ref(), region.name));
        };
        let base = self.world.images[made[0] as usize].source.map(|base| self.world.images[base as usize].id);
        let arn =
            format!("arn:aws:imagebuilder:{}:{owner}:image/{}/{version}/{}", region.name, name.get_ref(), data.build);
        let mut course = self.course(&place, name.get_ref(), version, data.build);
        let copied = made.iter().skip(1).map(|&copy| self.world.images[copy as usize].created);
        if let Some(last) = copied.max() {
            // A copy has its time when its making begins; some minutes later it is there.
            course.distribute_until(
                u32::try_from(last.duration_since(created).as_secs() + COPYING_S).unwrap_or(u32::MAX),
            );
        }
        let base_slot = self.world.images[made[0] as usize].source;
        let scope = self.scope_mut(&place);
        let recipe = &mut scope.recipes[slot];
        if !recipe.versions.iter().any(|known| known.number == *version) {
            let pinned = || base.map(|base| id::show("ami", base));
            let Some(parent) = recipe.parent.clone().or_else(pinned) else {
                return wrong(name, "this recipe has no parent, and the image has no base to be it");
            };
            recipe.versions.push(RecipeVersion { number: version.clone(), created, parent });
        }
        scope.builds.push(Build {
            recipe: u32::try_from(slot).unwrap_or(u32::MAX),
            version: version.clone(),
            number: data.build,
            trigger: Trigger::Schedule,
            created: Build::start_for_image_at(&course, created),
            course,
            base: base_slot,
            images: made.to_vec(),
            failure: None,
            cancelled: None,
        });
        for &image in made {
            let image = &mut self.world.images[image as usize];
            let own = [("CreatedBy", "EC2 Image Builder"), ("Ec2ImageBuilderArn", &*arn)];
            image.tags =
                own.iter().map(|(key, value)| Tag::new(key, value)).chain(image.tags.iter().cloned()).collect();
        }
        Ok(())
    }

    fn image_of(
        &self,
        data: &ImageData,
        owner: &Arc<str>,
        region: &'static Region,
        created: Timestamp,
        base: Option<u32>,
    ) -> Result<Image, Wrong> {
        let seed = self.world.seed;
        let path = [&**owner, region.name, data.key.get_ref()];
        let based_on = base.map(|base| &self.world.images[base as usize]);
        let fill = |text: &str| {
            let (day, time) =
                (created.strftime("%Y%m%d").to_string(), created.strftime("%Y-%m-%dT%H-%M-%SZ").to_string());
            text.replace("{date}", &day)
                .replace("{time}", &time)
                .replace("{base}", &based_on.map(|base| id::show("ami", base.id)).unwrap_or_default())
                .replace("{base_name}", based_on.map_or("", |base| &*base.name))
                .replace("{uuid}", &id::uuid(seed.id(&path), 9))
        };
        // CreateImage is called on a server that the recipe's run launched; a vendor's image tells none.
        let built_on =
            self.accounts.values().any(|account| account == owner).then(|| seed.id(&["builder", path[1], path[2]]));
        let source_server = match &data.by_hand_of {
            Some(server) => Some(self.server_called(server)?),
            None => built_on.filter(|_| base.is_some()),
        };
        let ubuntu = based_on.map_or(data.owner.get_ref() == "canonical", |base| &*base.root_device == "/dev/sda1");
        let id = seed.id(&["ami", path[0], path[1], path[2]]);
        Ok(Image {
            id,
            region,
            owner: owner.clone(),
            owner_alias: None,
            name: fill(&data.name),
            description: data.description.as_deref().map(fill),
            created,
            deprecated: data.deprecated.map(|age| self.since(age)),
            launches: Launches::last(data.last_launched.map(|age| self.since(age))),
            state: match data.state {
                StateData::Available => ImageState::Available,
                StateData::Disabled => ImageState::Disabled,
                StateData::Deregistered => ImageState::Deregistered,
            },
            public: false,
            shared_with: data
                .shared_with
                .iter()
                .map(|name| match self.accounts.get(name.get_ref()) {
                    Some(account) => Ok(account.clone()),
                    None => wrong(name, format!("'{}' is no account of this file", name.get_ref())),
                })
                .collect::<Result<_, _>>()?,
            source: base,
            source_server,
            tags: data.tags.iter().map(|(key, value)| Tag::new(key, &fill(value))).collect(),
            architecture: if data.arm64 { "arm64" } else { "x86_64" }.into(),
            root_device: if ubuntu { "/dev/sda1" } else { "/dev/xvda" }.into(),
            size_gib: data.size_gib.unwrap_or(if base.is_some() { 30 } else { 8 }),
            snapshot: Image::snapshot_of(id),
            encrypted: false,
            protection: if data.protected { Protection::On } else { Protection::Off },
            public_parameter: data.public_parameter.as_deref().map(Arc::from),
        })
    }

    fn keep_image(&mut self, data: &ImageData, image: Image) -> Result<u32, Wrong> {
        let key = (data.key.get_ref().clone(), image.region.name);
        if self.images.contains_key(&key) {
            return wrong(&data.key, format!("the image '{}' is in {} twice", key.0, key.1));
        }
        let slot = self.world.add_image(image);
        self.images.insert(key, slot);
        Ok(slot)
    }

    /// Lets the pipelines send their images where they sent the last ones, and run by their schedules.
    pub(super) fn start_pipelines(&mut self) {
        for scope in 0..self.world.scopes().count() {
            let place = self.world.scope_at(scope);
            let recipes = u32::try_from(place.recipes.len()).unwrap_or(u32::MAX);
            let distributions: Vec<Distribution> =
                (0..recipes).map(|recipe| distribution_of(&self.world.images, &place.builds, recipe)).collect();
            for (recipe, distribution) in (0..recipes).zip(distributions) {
                self.world.scope_at_mut(scope).recipes[recipe as usize].distribution = distribution;
                imagebuilder::schedule(&mut self.world, scope, recipe, self.opened);
            }
        }
    }

    /// Builds in the order of their time, as Image Builder lists them, and each version before its first build.
    pub(super) fn order_builds(&mut self) {
        for scope in self.world.scopes_mut() {
            scope.builds.sort_by_key(|build| (build.recipe, build.created));
            for (slot, recipe) in scope.recipes.iter_mut().enumerate() {
                for version in &mut recipe.versions {
                    let builds = scope.builds.iter().filter(|build| build.recipe as usize == slot);
                    let first = builds.filter(|build| build.version == version.number).map(|build| build.created).min();
                    version.created = first.unwrap_or(version.created) - SignedDuration::from_hours(1);
                }
                recipe.versions.sort_by_key(|version| version.created);
            }
        }
    }

    /// The id of the standalone server that `account/region/name` will have.
    fn server_called(&self, at: &Spanned<String>) -> Result<u64, Wrong> {
        let text = at.get_ref();
        let mut parts = text.splitn(3, '/');
        let found = (|| {
            let account = self.accounts.get(parts.next()?)?;
            let region = region::find(parts.next()?)?;
            Some(server_id(self.world.seed, account, region, parts.next()?, 0))
        })();
        match found {
            Some(id) => Ok(id),
            None => wrong(at, format!("'{text}' is not a server such as prod/eu-west-1/jenkins")),
        }
    }

    /// Refuses an image made of a server that is not there.
    pub(super) fn check_by_hand(&self, data: &File) -> Result<(), Wrong> {
        for at in data.image.iter().filter_map(|image| image.by_hand_of.as_ref()) {
            let id = self.server_called(at)?;
            if !self.world.scopes().any(|scope| scope.server(id).is_some()) {
                return wrong(at, format!("there is no server '{}' of its own in this file", at.get_ref()));
            }
        }
        Ok(())
    }
}

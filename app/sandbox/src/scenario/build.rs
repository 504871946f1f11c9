//! From a scenario's text to a world: accounts, recipes, images and parameters; groups and servers follow in
//! their own files.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};
use toml::Spanned;

use super::{
    ScenarioError,
    age::Age,
    file::{File, ImageData, ParameterData, RecipeData, StateData},
};
use crate::world::{
    Parameter, Tag, Tags, World,
    id::{self, Seed},
    image::{Image, ImageState},
    principal::{Denied, Principal},
    recipe::{Build, Recipe, RecipeVersion},
    region::{self, Region},
    server::Server,
};

/// Something wrong at a place in the text.
pub(super) struct Wrong {
    pub(super) at: Range<usize>,
    pub(super) what: String,
}

/// Fails at a value's place in the text.
pub(super) fn wrong<T>(at: &Spanned<String>, what: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { at: at.span(), what: what.into() })
}

/// Builds the world that `text` says, as of `opened`. `file` is what errors call it.
///
/// # Errors
/// The place and what is wrong.
pub(super) fn world(file: &str, text: &str, opened: Timestamp) -> Result<World, ScenarioError> {
    let fail = |at: Option<Range<usize>>, what: String| ScenarioError::Wrong {
        file: file.to_owned(),
        line: 1 + at.map_or(0, |at| text.bytes().take(at.start).filter(|byte| *byte == b'\n').count()),
        what,
    };
    let data: File =
        toml::from_str(text).map_err(|error| fail(error.span(), error.message().trim().replace('\n', ", ")))?;
    Builder::start(&data, opened)
        .and_then(|builder| builder.build(&data))
        .map_err(|wrong| fail(Some(wrong.at), wrong.what))
}

/// A world in the making.
pub(super) struct Builder {
    pub(super) world: World,
    pub(super) opened: Timestamp,
    /// Account ids by their short names.
    accounts: FxHashMap<String, Arc<str>>,
    /// Image slots by key and region.
    images: FxHashMap<(String, &'static str), u32>,
    /// What has been declared: kind, account, region and name.
    declared: FxHashSet<(&'static str, Arc<str>, &'static str, String)>,
    /// How many addresses each scope's zone has given away.
    pub(super) addresses: FxHashMap<(u64, u8), u32>,
    pub(super) public_addresses: u32,
}

/// An account's id and a region.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) account: Arc<str>,
    pub(super) region: &'static Region,
}

/// The bits that count servers within a zone: 16,384 addresses, four zones in one /16.
const ZONE_BITS: u32 = 14;

impl Builder {
    fn start(data: &File, opened: Timestamp) -> Result<Builder, Wrong> {
        let seed = Seed(data.seed);
        let mut accounts = FxHashMap::default();
        for (name, account) in &data.account {
            let id = account.id.get_ref();
            if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                return wrong(&account.id, format!("an account has 12 digits, not '{id}'"));
            }
            if accounts.values().any(|known: &Arc<str>| **known == **id) {
                return wrong(&account.id, format!("the account {id} is there twice"));
            }
            accounts.insert(name.clone(), Arc::from(&**id));
        }
        let mut ids: Vec<Arc<str>> = accounts.values().cloned().collect();
        ids.sort_unstable();
        let mut world = World::new(seed, &ids, ZONE_BITS);
        for (name, account) in &data.account {
            let region_of = |name: &Spanned<String>| find_region(name).map(|region| region.name.to_owned());
            let id = accounts[name].clone();
            world.principals.push(Principal {
                name: account.profile.clone(),
                regions: account.regions.iter().map(region_of).collect::<Result<_, _>>()?,
                access_key_id: access_key(seed, &id),
                secret_access_key: format!("sandbox/{:016x}/not-verified", seed.id(&["secret", &id])),
                role_id: format!("AROA{:016X}", seed.id(&["role", &id])),
                role: account.role.clone(),
                denied: account
                    .denied
                    .iter()
                    .map(|denied| {
                        let region = region_of(&denied.region)?;
                        Ok(Denied { region, actions: denied.actions.clone() })
                    })
                    .collect::<Result<_, _>>()?,
                account: id,
            });
        }
        Ok(Builder {
            world,
            opened,
            accounts,
            images: FxHashMap::default(),
            declared: FxHashSet::default(),
            addresses: FxHashMap::default(),
            public_addresses: 0,
        })
    }

    fn build(mut self, data: &File) -> Result<World, Wrong> {
        for recipe in &data.recipe {
            self.add_recipe(recipe)?;
        }
        for image in &data.image {
            self.add_image(data, image)?;
        }
        self.order_builds();
        for parameter in &data.parameter {
            self.add_parameter(parameter)?;
        }
        for template in &data.template {
            self.add_template(data, template)?;
        }
        for configuration in &data.launch_configuration {
            self.add_launch_configuration(data, configuration)?;
        }
        for group in &data.group {
            self.add_group(group)?;
        }
        for server in &data.server {
            self.add_standalone(data, server)?;
        }
        self.check_by_hand(data)?;
        Ok(self.world)
    }

    /// When something of this age began.
    pub(super) fn since(&self, age: Age) -> Timestamp {
        self.opened.saturating_sub(SignedDuration::from_secs(age.0)).unwrap_or(Timestamp::MIN)
    }

    /// Reads `account/region`.
    pub(super) fn place(&self, scope: &Spanned<String>) -> Result<Place, Wrong> {
        let text = scope.get_ref();
        let found = text.split_once('/').and_then(|(account, region)| {
            Some(Place { account: self.accounts.get(account)?.clone(), region: region::find(region)? })
        });
        match found {
            Some(place) => Ok(place),
            None => wrong(scope, format!("'{text}' is not a scope such as prod/eu-west-1, of an account in this file")),
        }
    }

    /// The image called `key` in a region.
    pub(super) fn image(&self, key: &Spanned<String>, region: &Region) -> Result<u32, Wrong> {
        match self.images.get(&(key.get_ref().clone(), region.name)) {
            Some(slot) => Ok(*slot),
            None => wrong(key, format!("there is no image '{}' in {} declared above", key.get_ref(), region.name)),
        }
    }

    /// The scope of a place; every account of the file has all regions.
    pub(super) fn scope_mut(&mut self, place: &Place) -> &mut crate::world::Scope {
        self.world
            .scope_mut(&place.account, place.region.name)
            .expect("a place names an account and a region of the world")
    }

    /// The same, to read.
    pub(super) fn scope(&self, place: &Place) -> &crate::world::Scope {
        self.world.scope(&place.account, place.region.name).expect("a place names an account and a region of the world")
    }

    /// Refuses a second one of the same kind and name in a scope: their ids would be the same.
    pub(super) fn claim(
        &mut self,
        kind: &'static str,
        place: &Place,
        name: &str,
        at: &Spanned<String>,
    ) -> Result<(), Wrong> {
        if self.declared.insert((kind, place.account.clone(), place.region.name, name.to_owned())) {
            Ok(())
        } else {
            wrong(at, format!("there is another {kind} '{name}' in this scope"))
        }
    }

    fn add_recipe(&mut self, data: &RecipeData) -> Result<(), Wrong> {
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
                created: self.since(failed.age),
                images: Vec::new(),
                failure: Some(failed.reason.clone()),
            })
            .collect();
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
        });
        Ok(())
    }

    fn add_image(&mut self, file: &File, data: &ImageData) -> Result<(), Wrong> {
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
            created,
            images: made.to_vec(),
            failure: None,
        });
        for &image in made {
            let image = &mut self.world.images[image as usize];
            let own = [("CreatedBy", "EC2 Image Builder"), ("Ec2ImageBuilderArn", &*arn)];
            image.tags = own.iter().map(|(key, value)| tag(key, value)).chain(image.tags.iter().cloned()).collect();
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
        let ubuntu = based_on.map_or(data.owner.get_ref() == "canonical", |base| base.root_device == "/dev/sda1");
        Ok(Image {
            id: seed.id(&["ami", path[0], path[1], path[2]]),
            region,
            owner: owner.clone(),
            owner_alias: None,
            name: fill(&data.name),
            description: data.description.as_deref().map(fill),
            created,
            deprecated: data.deprecated.map(|age| self.since(age)),
            last_launched: data.last_launched.map(|age| self.since(age)),
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
            tags: data.tags.iter().map(|(key, value)| tag(key, &fill(value))).collect(),
            architecture: if data.arm64 { "arm64" } else { "x86_64" }.into(),
            root_device: if ubuntu { "/dev/sda1" } else { "/dev/xvda" },
            size_gib: data.size_gib.unwrap_or(if base.is_some() { 30 } else { 8 }),
            deregistration_protected: data.protected,
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

    /// Builds in the order of their time, as Image Builder lists them, and each version before its first build.
    fn order_builds(&mut self) {
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

    fn add_parameter(&mut self, data: &ParameterData) -> Result<(), Wrong> {
        let place = self.place(&data.scope)?;
        self.claim("parameter", &place, &data.name, &data.scope)?;
        let (value, data_type) = match (&data.image, &data.text) {
            (Some(key), None) => {
                let slot = self.image(key, place.region)?;
                (id::show("ami", self.world.images[slot as usize].id), "aws:ec2:image")
            }
            (None, Some(text)) => (text.clone(), "text"),
            _ => return wrong(&data.scope, format!("the parameter {} needs either an image or a text", data.name)),
        };
        let parameter = Parameter {
            public: data.name.starts_with("/aws/service/"),
            name: Arc::from(&*data.name),
            value,
            data_type,
            version: data.version,
            modified: self.since(data.age),
        };
        self.scope_mut(&place).parameters.push(parameter);
        Ok(())
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
    fn check_by_hand(&self, data: &File) -> Result<(), Wrong> {
        for at in data.image.iter().filter_map(|image| image.by_hand_of.as_ref()) {
            let id = self.server_called(at)?;
            if !self.world.scopes().any(|scope| scope.server(id).is_some()) {
                return wrong(at, format!("there is no server '{}' of its own in this file", at.get_ref()));
            }
        }
        Ok(())
    }
}

/// The id of the `n`-th server that is called so.
pub(super) fn server_id(seed: Seed, account: &str, region: &Region, name: &str, n: u32) -> u64 {
    id::mix(seed.id(&["i", account, region.name, name]) ^ u64::from(n))
}

/// The key that an account's principal signs with.
pub(super) fn access_key(seed: Seed, account: &str) -> String {
    format!("ASIASANDBOX{:09}", seed.id(&["key", account]) % 1_000_000_000)
}

/// A region by a name in the text.
pub(super) fn find_region(name: &Spanned<String>) -> Result<&'static Region, Wrong> {
    match region::find(name.get_ref()) {
        Some(region) => Ok(region),
        None => wrong(name, format!("'{}' is no region that the sandbox has", name.get_ref())),
    }
}

/// A tag.
pub(super) fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.into(), value: value.into() }
}

/// Tags from a table.
pub(super) fn tags(table: &BTreeMap<String, String>) -> Tags {
    table.iter().map(|(key, value)| tag(key, value)).collect()
}

/// The volume that a server's root is on after a replacement.
pub(super) fn replaced_volume(id: u64) -> u64 {
    Server::first_volume(id ^ 0x4E91)
}

//! From a scenario's text to a world: accounts, what is declared where, and parameters. Images, templates, groups and
//! servers follow in files of their own.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};
use toml::Spanned;

use super::{
    ScenarioError,
    age::Age,
    file::{File, ParameterData},
};
use crate::{
    FaultSpecError,
    iam::Policy,
    world::{
        Tag, Tags, World,
        id::{self, Seed},
        parameter::Parameter,
        principal::{self, Denied, Principal, SESSION},
        region::{self, Region},
        server::Server,
    },
};

/// Something wrong at a place in the text.
pub(super) struct Wrong {
    pub(super) at: Range<usize>,
    pub(super) what: String,
}

/// Fails at a value's place in the text.
pub(super) fn wrong<T, V>(at: &Spanned<V>, what: impl Into<String>) -> Result<T, Wrong> {
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
    pub(super) accounts: FxHashMap<String, Arc<str>>,
    /// Image slots by key and region.
    pub(super) images: FxHashMap<(String, &'static str), u32>,
    /// What has been declared: kind, account, region and name.
    declared: FxHashSet<(&'static str, Arc<str>, &'static str, String)>,
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
            world.principals.push(Arc::new(Principal {
                name: account.profile.clone(),
                regions: account.regions.iter().map(region_of).collect::<Result<_, _>>()?,
                access_key_id: access_key(seed, &id),
                secret_access_key: format!("sandbox/{:016x}/not-verified", seed.id(&["secret", &id])),
                role_id: format!("AROA{:016X}", seed.id(&["role", &id])),
                role: account.role.clone(),
                session: SESSION.to_owned(),
                denied: account
                    .denied
                    .iter()
                    .map(|denied| {
                        let region = region_of(&denied.region)?;
                        Ok(Denied { region, actions: denied.actions.clone() })
                    })
                    .collect::<Result<_, _>>()?,
                policies: account.policies.as_deref().map(policies).transpose()?,
                account: id,
            }));
        }
        Ok(Builder {
            world,
            opened,
            accounts,
            images: FxHashMap::default(),
            declared: FxHashSet::default(),
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
        self.start_pipelines();
        self.add_sessions(&data.session)?;
        self.add_changes(&data.change)?;
        self.add_story(&data.story)?;
        for fault in &data.faults {
            match fault.get_ref().parse() {
                Ok(spec) => self.world.faults.inject(spec, self.opened),
                Err(error) => return wrong(fault, FaultSpecError::to_string(&error)),
            };
        }
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
            kind: "String",
            description: None,
            by: format!("arn:aws:sts::{}:assumed-role/Pipeline/release", place.account),
            past: VecDeque::new(),
            name: Arc::from(&*data.name),
            value,
            data_type,
            version: data.version,
            modified: self.since(data.age),
        };
        self.scope_mut(&place).parameters.push(parameter);
        Ok(())
    }
}

/// The id of the `n`-th server that is called so.
pub(super) fn server_id(seed: Seed, account: &str, region: &Region, name: &str, n: u32) -> u64 {
    id::mix(seed.id(&["i", account, region.name, name]) ^ u64::from(n))
}

/// The key that an account's principal signs with.
pub(super) fn access_key(seed: Seed, account: &str) -> String {
    principal::access_key(seed.id(&["key", account]))
}

/// The policies of a profile.
fn policies(texts: &[Spanned<String>]) -> Result<Vec<Policy>, Wrong> {
    texts
        .iter()
        .map(|text| Policy::parse(text.get_ref()).or_else(|error| wrong(text, format!("no identity policy: {error}"))))
        .collect()
}

/// A region by a name in the text.
pub(super) fn find_region(name: &Spanned<String>) -> Result<&'static Region, Wrong> {
    match region::find(name.get_ref()) {
        Some(region) => Ok(region),
        None => wrong(name, format!("'{}' is no region that the sandbox has", name.get_ref())),
    }
}

/// Tags from a table.
pub(super) fn tags(table: &BTreeMap<String, String>) -> Tags {
    table.iter().map(|(key, value)| Tag::new(key, value)).collect()
}

/// The volume that a server's root is on after a replacement.
pub(super) fn replaced_volume(id: u64) -> u64 {
    Server::first_volume(id ^ 0x4E91)
}

//! Groups with their servers and history, and servers in no group.

use std::{net::Ipv4Addr, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use toml::Spanned;

use super::{
    build::{Builder, Place, Wrong, replaced_volume, server_id, tags, wrong},
    file::{File, GroupData, MixedData, RefreshData, ServerData, StandaloneData},
    launch::user_data,
};
use crate::elbv2;
use crate::world::{
    Tag, Tags,
    activity::{Activity, Cause, Deed, Status, Why},
    group::{Group, GroupTag, Launch, Mixed, Override, Process, Suspended, WarmPool},
    id::{self, Dice},
    membership::{Ailment, LaunchedBy, Lifecycle, Membership},
    mould::{Mould, boot_s},
    refresh::{Preferences, Progress, Refresh, Share, Strategy, Work},
    server::{Ended, Server, ServerState},
    settings::Settings,
    template::VersionName,
    volume::{ReplacementState, RootReplacement, RootSource, Volume, VolumeState},
};

/// Activities are told for six weeks.
const TOLD: SignedDuration = SignedDuration::from_hours(42 * 24);

/// The addresses that documentation may use for anyone (RFC 5737), given away in this order.
const PUBLIC_NETS: [[u8; 3]; 3] = [[203, 0, 113], [198, 51, 100], [192, 0, 2]];

/// Where servers are made and what their ids follow from.
struct Site<'a> {
    place: &'a Place,
    name: &'a str,
    /// The place in the text that errors point at.
    at: &'a Spanned<String>,
    zones: Vec<u8>,
    dice: Dice,
    made: u32,
}

impl Builder {
    fn site<'a>(&self, place: &'a Place, name: &'a str, zones: &'a Spanned<String>) -> Result<Site<'a>, Wrong> {
        let found: Option<Vec<u8>> = zones.get_ref().chars().map(|letter| place.region.zone_of(letter)).collect();
        let Some(found) = found.filter(|found| !found.is_empty()) else {
            return wrong(
                zones,
                format!("'{}' are no zones of {}: it has {}", zones.get_ref(), place.region.name, place.region.zones),
            );
        };
        let dice = self.world.seed.dice(&["servers", &place.account, place.region.name, name]);
        Ok(Site { place, name, at: zones, zones: found, dice, made: 0 })
    }

    /// The next public address; none when they are all given away.
    fn public_address(&mut self) -> Option<Ipv4Addr> {
        let nth = self.public_addresses;
        self.public_addresses += 1;
        let [a, b, c] = *PUBLIC_NETS.get((nth / 250) as usize)?;
        // Scattered over the net: 97 and 250 share no factor.
        let d = u8::try_from((nth % 250) * 97 % 250 + 4).ok()?;
        Some(Ipv4Addr::new(a, b, c, d))
    }

    /// Makes one server. Its name tag is `name` with its number.
    fn make(
        &mut self,
        site: &mut Site<'_>,
        data: &ServerData,
        mould: &Mould,
        name: &str,
        membership: Option<Membership>,
    ) -> Result<u32, Wrong> {
        let n = site.made;
        site.made += 1;
        let id = server_id(self.world.seed, &site.place.account, site.place.region, site.name, n);
        let born = self.since(data.born.pick(&mut site.dice));
        let zone = site.zones[n as usize % site.zones.len()];
        let Some(private_ip) = self.scope_mut(site.place).take_address(zone) else {
            return wrong(site.at, "there are more servers in one zone than it has addresses");
        };
        let public_ip = if data.public { self.public_address() } else { None };
        if data.public && public_ip.is_none() {
            return wrong(site.at, "there are more than 750 public servers");
        }
        let mut tags: Vec<Tag> = mould.tags.clone();
        tags.extend(data.tags.iter().map(|(key, value)| Tag::new(key, value)));
        if !tags.iter().any(|tag| &*tag.key == "Name") {
            tags.insert(0, Tag::new("Name", &name.replace("{n}", &(n + 1).to_string())));
        }
        let mut server = Server {
            id,
            image: mould.image,
            born,
            started: data.restarted.map_or(born, |age| self.since(age)).max(born),
            state: if data.stopped { ServerState::Stopped } else { ServerState::Running },
            rebooted: None,
            ended: data.stopped.then(|| Ended::stopped_by_user(self.opened)),
            boot_s: mould.boot_s,
            never_works: false,
            reservation: Server::first_reservation(id),
            launch_index: 0,
            token: None,
            zone,
            instance_type: mould.instance_type.clone(),
            private_ip,
            public_ip,
            key_name: mould.key_name.clone(),
            security_groups: match &data.security_groups {
                Some(names) => self.security_groups(site.place, names),
                None => mould.security_groups.clone(),
            },
            instance_profile: mould.instance_profile.clone(),
            tags: tags.into(),
            user_data: mould.user_data.clone(),
            spot: data.spot,
            settings: Settings { termination_protected: data.termination_protected, ..mould.settings },
            operator: data.operator.as_deref().map(Arc::from),
            root_volume: Server::first_volume(id),
            root_attached: born + SignedDuration::from_secs(1),
            reset: None,
            volume_tags: None,
            membership,
        };
        if let Some(replaced) = &data.root_replaced {
            let completed = self.since(replaced.ago);
            let image = replaced.image.as_ref().map(|key| self.image(key, site.place.region)).transpose()?;
            server.root_volume = replaced_volume(id);
            server.root_attached = completed;
            let started = completed - SignedDuration::from_secs(94);
            let from = &self.world.images[image.unwrap_or(mould.image) as usize];
            let volume = Volume {
                id: server.root_volume,
                zone,
                created: started,
                size_gib: from.size_gib,
                snapshot: from.snapshot,
                encrypted: true,
                tags: Tags::from([]),
                state: VolumeState::InUse(id),
            };
            let scope = self.scope_mut(site.place);
            scope.add_volume(volume);
            scope.root_replacements.push(RootReplacement {
                id: id::mix(id ^ 0x4E9),
                server: id,
                source: image.map_or(RootSource::LaunchState, RootSource::Image),
                volume: server.root_volume,
                started,
                state: ReplacementState::Succeeded(completed),
                delete_replaced: true,
                tags: Tags::from([]),
            });
        }
        if let Some(volume) = &data.volume {
            self.attach(site.place, &server, volume);
        }
        Ok(self.scope_mut(site.place).add_server(server))
    }

    pub(super) fn add_standalone(&mut self, file: &File, data: &StandaloneData) -> Result<(), Wrong> {
        let place = self.place(&data.scope)?;
        self.claim("group or server", &place, &data.name, &data.scope)?;
        let mut mould = match (&data.template, &data.image) {
            (Some(name), None) => {
                let template = self.template(&place, name)?;
                let number = data
                    .made
                    .version
                    .unwrap_or_else(|| self.scope(&place).templates[template as usize].default_version);
                match Mould::of_version(&self.world, self.scope(&place), template, number, None) {
                    Ok(mould) => mould,
                    Err(_) => return wrong(name, format!("the template has no version {number}")),
                }
            }
            (None, Some(image)) => Mould::plain(
                self.image(image, place.region)?,
                "t3.medium".into(),
                self.security_groups(&place, &["default".to_owned()]),
            ),
            _ => return wrong(&data.scope, format!("the server {} needs either a template or an image", data.name)),
        };
        if let Some(name) = &data.instance_type {
            mould.instance_type = Arc::from(&**name);
        }
        if let Some(name) = &data.key_name {
            mould.key_name = Some(Arc::from(&**name));
        }
        if let Some(name) = &data.instance_profile {
            mould.instance_profile = Some(Arc::from(&**name));
        }
        if let Some(text) = user_data(file, data.user_data.as_ref())? {
            mould.set_user_data(Some(text));
        }
        let mut site = self.site(&place, &data.name, &data.zones)?;
        for _ in 0..data.made.count {
            let slot = self.make(&mut site, &data.made, &mould, &data.name, None)?;
            let scope = self.scope_mut(&place);
            let born = scope.servers[slot as usize].born;
            for name in &data.target_groups {
                scope.target_group_mut(name).register(slot, elbv2::PORT, born);
            }
        }
        Ok(())
    }

    pub(super) fn add_group(&mut self, data: &GroupData) -> Result<(), Wrong> {
        let place = self.place(&data.scope)?;
        self.claim("group or server", &place, data.name.get_ref(), &data.name)?;
        let launch = self.launch(&place, data)?;
        let name: Arc<str> = Arc::from(&**data.name.get_ref());
        let slot = u32::try_from(self.scope(&place).groups.len()).unwrap_or(u32::MAX);
        let mut site = self.site(&place, &name, &data.zones)?;
        let (mut members, mut warm) = (Vec::new(), Vec::new());
        let mut desired: u32 = 0;
        for servers in &data.servers {
            let (mut mould, launched_by, weight) = self.mould(&place, data, &launch, servers)?;
            mould.tags.extend(data.tags.iter().map(|(key, value)| Tag::new(key, value)));
            mould.tags.push(Tag::new("aws:autoscaling:groupName", &name));
            let lifecycle = match &servers.lifecycle {
                None => Lifecycle::InService,
                Some(text) => match Lifecycle::parse(text.get_ref()) {
                    Some(lifecycle) => lifecycle,
                    None => return wrong(text, format!("'{}' is no lifecycle state", text.get_ref())),
                },
            };
            let ailment = if data.target_groups.is_empty() { Ailment::Impaired } else { Ailment::Target };
            for _ in 0..servers.count {
                let membership = Membership {
                    group: slot,
                    lifecycle,
                    since: self.opened,
                    in_service_at: None,
                    ailment: servers.unhealthy.then_some(ailment),
                    registered: true,
                    activity: 0,
                    protected_from_scale_in: servers.protected_from_scale_in,
                    weight,
                    launched_by: launched_by.clone(),
                    image: None,
                };
                let called = data.server_name.as_deref().unwrap_or(&name);
                let made = self.make(&mut site, servers, &mould, called, Some(membership))?;
                self.settle_in(&place, made, data.boot.0);
                if lifecycle.is_warm() {
                    warm.push(made);
                } else {
                    members.push(made);
                    desired = weight.unwrap_or(1).saturating_add(desired);
                }
            }
        }
        let id = self.world.seed.id(&["group", &place.account, place.region.name, &name]);
        let boot_permille = self.boot_permille(&place, data, &launch);
        let suspended = self.suspended(data)?;
        let mixed = matches!(launch, Launch::Mixed(_));
        for name in &data.target_groups {
            self.scope_mut(&place).target_group_mut(name);
        }
        let mut group = Group {
            min: data.min.unwrap_or(desired / 3 * 2),
            max: data.max.unwrap_or(desired.saturating_mul(2)),
            desired,
            max_instance_lifetime_s: data.lifetime.map(|age| u32::try_from(age.0).unwrap_or(u32::MAX)),
            health_check: if data.target_groups.is_empty() { "EC2" } else { "ELB" },
            // The console's default, where the API's is none.
            grace_s: 300,
            target_groups: data.target_groups.clone(),
            suspended,
            tags: tags(&data.tags)
                .iter()
                .map(|tag| GroupTag { key: tag.key.clone(), value: tag.value.clone(), propagate: true })
                .collect(),
            warm_pool: data.warm_pool.as_ref().map(|pool| WarmPool {
                min: pool.min,
                max_prepared: pool.max_prepared,
                state: Arc::from(&*pool.state),
                reuse: pool.reuse,
                ending: false,
            }),
            maintenance: data.maintenance,
            new_protected: data.protect_new,
            capacity_rebalance: mixed,
            warmup_s: Some(u32::try_from(data.boot.0).unwrap_or(u32::MAX)),
            boot_permille,
            server_name: data.server_name.as_deref().map(Arc::from),
            named: site.made,
            // A chance is clamped to what there is.
            boot_fails_permille: (data.boot_fails * 1_000.0).clamp(0.0, 1_000.0) as u32,
            members,
            warm,
            ..Group::new(name.clone(), id, self.since(data.age), launch, site.zones.clone())
        };
        self.add_history(&place, data, &mut group);
        self.scope_mut(&place).groups.push(group);
        Ok(())
    }

    /// A server of a group has been in service since it first worked.
    fn settle_in(&mut self, place: &Place, slot: u32, boot_s: i64) {
        let opened = self.opened;
        let server = &mut self.scope_mut(place).servers[slot as usize];
        let worked = server.born.saturating_add(SignedDuration::from_secs(boot_s)).unwrap_or(Timestamp::MAX);
        if let Some(membership) = &mut server.membership {
            membership.since = worked.min(opened);
            membership.in_service_at = (!membership.lifecycle.is_warm()).then_some(worked.min(opened));
        }
    }

    /// How much longer the group's servers take than their user data makes likely, in thousandths.
    fn boot_permille(&self, place: &Place, data: &GroupData, launch: &Launch) -> u32 {
        let scope = self.scope(place);
        let likely_s = match launch {
            Launch::Configuration(slot) => Some(Mould::of_configuration(scope, *slot).boot_s),
            Launch::Template(template, version) | Launch::Mixed(Mixed { template, version, .. }) => {
                let number = version.number(&scope.templates[*template as usize]);
                Mould::of_version(&self.world, scope, *template, number, None).ok().map(|mould| mould.boot_s)
            }
        };
        let likely_s = i64::from(likely_s.unwrap_or_else(|| boot_s(None)).max(1));
        u32::try_from(data.boot.0.saturating_mul(1_000) / likely_s).unwrap_or(u32::MAX)
    }

    fn suspended(&self, data: &GroupData) -> Result<Vec<Suspended>, Wrong> {
        let since = self.since(data.age);
        data.suspended
            .iter()
            .map(|name| match Process::parse(name.get_ref()) {
                Some(process) => Ok(Suspended { process, since }),
                None => wrong(name, format!("'{}' is no process of a group", name.get_ref())),
            })
            .collect()
    }

    fn launch(&self, place: &Place, data: &GroupData) -> Result<Launch, Wrong> {
        match (&data.template, &data.launch_configuration) {
            (Some(name), None) => {
                let template = self.template(place, name)?;
                let version = self.version(place, template, data.version.as_ref())?;
                match &data.mixed {
                    Some(mixed) => self.mixed(place, template, version, mixed).map(Launch::Mixed),
                    None => Ok(Launch::Template(template, version)),
                }
            }
            (None, Some(name)) => {
                let known = &self.scope(place).launch_configurations;
                match known.iter().position(|one| *one.name == *name.get_ref().as_str()) {
                    Some(slot) => Ok(Launch::Configuration(u32::try_from(slot).unwrap_or(u32::MAX))),
                    None => wrong(name, format!("there is no launch configuration '{}' here", name.get_ref())),
                }
            }
            _ => wrong(&data.name, "a group needs either a template or a launch configuration"),
        }
    }

    fn mixed(&self, place: &Place, template: u32, version: VersionName, data: &MixedData) -> Result<Mixed, Wrong> {
        let overrides = data
            .overrides
            .iter()
            .map(|one| {
                let own = match &one.template {
                    Some(name) => {
                        let template = self.template(place, name)?;
                        Some((template, self.version(place, template, one.version.as_ref())?))
                    }
                    None => None,
                };
                Ok(Override {
                    instance_type: Arc::from(&*one.instance_type),
                    weight: one.weight,
                    template: own,
                    image: None,
                })
            })
            .collect::<Result<_, Wrong>>()?;
        Ok(Mixed {
            template,
            version,
            overrides,
            on_demand_base: data.on_demand_base,
            on_demand_percent: data.on_demand_percent,
            on_demand_strategy: "prioritized".into(),
            spot_strategy: "price-capacity-optimized".into(),
        })
    }

    /// What these servers of a group get, what launched them, and their weight.
    fn mould(
        &self,
        place: &Place,
        group: &GroupData,
        launch: &Launch,
        servers: &ServerData,
    ) -> Result<(Mould, LaunchedBy, Option<u32>), Wrong> {
        let boot_s = u32::try_from(group.boot.0).unwrap_or(u32::MAX);
        let (template, version, own_type, weight) = match launch {
            Launch::Configuration(slot) => {
                let mut mould = Mould::of_configuration(self.scope(place), *slot);
                mould.boot_s = boot_s;
                return Ok((mould, LaunchedBy::Configuration(*slot), None));
            }
            Launch::Template(template, version) => (*template, *version, None, None),
            Launch::Mixed(mixed) => {
                let Some(one) = mixed.overrides.get(servers.of_override.unwrap_or(0)) else {
                    return wrong(&group.name, "these servers name an override that the group does not have");
                };
                let (template, version) = one.template.unwrap_or((mixed.template, mixed.version));
                (template, version, Some(one.instance_type.clone()), one.weight)
            }
        };
        let number = servers.version.unwrap_or_else(|| version.number(&self.scope(place).templates[template as usize]));
        let Ok(mut mould) = Mould::of_version(&self.world, self.scope(place), template, number, None) else {
            return wrong(&group.name, format!("the template of these servers has no version {number}"));
        };
        if let Some(own_type) = own_type {
            mould.instance_type = own_type;
        }
        mould.boot_s = boot_s;
        Ok((mould, LaunchedBy::Template(template, number), weight))
    }

    /// What the group did in the last six weeks, as its servers' ages tell.
    fn add_history(&self, place: &Place, data: &GroupData, group: &mut Group) {
        let seed = self.world.seed;
        let mut dice = seed.dice(&["history", &place.account, place.region.name, &group.name]);
        let told = self.opened.saturating_sub(TOLD).unwrap_or(Timestamp::MIN);
        let scope = self.scope(place);
        let seconds = SignedDuration::from_secs;
        let past = |server: u64, zone: u8, deed: Deed, why: Why, start: Timestamp, end: Timestamp| Activity {
            id: id::mix(server ^ deed as u64),
            server: Some(server),
            zone,
            deed,
            cause: Cause::of(why),
            start,
            end: Some(end),
            status: Status::Successful,
            message: None,
        };
        let shortage = Why::Shortage { from: group.desired.saturating_sub(1), to: group.desired };
        let mut activities = Vec::new();
        for &slot in &group.members {
            let server = &scope.servers[slot as usize];
            if server.born < told {
                continue;
            }
            // Boots differ by up to a fifth of their length either way.
            let boot = data.boot.0 + dice.between(-data.boot.0 / 5, data.boot.0 / 5);
            let replaces = data.lifetime.is_some();
            let why = if replaces { Why::Replacement } else { shortage };
            let (start, end) = (server.born - seconds(4), server.born + seconds(boot));
            activities.push(past(server.id, server.zone, Deed::Launch, why, start, end));
            if replaces {
                let why = if dice.between(0, 9) == 0 { Why::Target } else { Why::Lifetime };
                let start = server.born - seconds(dice.between(40, 90));
                let end = start + seconds(dice.between(45, 180));
                let gone = id::mix(server.id ^ 0xDEAD);
                activities.push(past(gone, server.zone, Deed::Terminate, why, start, end));
            }
        }
        for failure in &data.failures {
            let start = self.since(failure.ago);
            let end = start + seconds(data.boot.0 * 2);
            let gone = id::mix(dice.next());
            activities.push(Activity {
                status: Status::Failed,
                message: Some(failure.reason.clone()),
                ..past(gone, group.zones[0], Deed::Launch, shortage, start, end)
            });
        }
        activities.sort_by_key(|activity| std::cmp::Reverse((activity.start, activity.server)));
        group.activities = activities.into();
        for refresh in &data.refreshes {
            let refresh = self.refresh(refresh, group, dice.next());
            group.refreshes.push(refresh);
        }
        group.refreshes.sort_by_key(|refresh| std::cmp::Reverse(refresh.start));
    }

    /// A refresh of the past, or one that is under way.
    fn refresh(&self, data: &RefreshData, group: &Group, id: u64) -> Refresh {
        let start = self.since(data.ago);
        let wanted = data.version.and_then(|number| match &group.launch {
            Launch::Template(template, _) => Some(Launch::Template(*template, VersionName::Number(number))),
            Launch::Mixed(mixed) => {
                Some(Launch::Mixed(Mixed { version: VersionName::Number(number), ..mixed.clone() }))
            }
            Launch::Configuration(_) => None,
        });
        let share = Share { percent: data.percent, left: data.left };
        Refresh {
            id,
            status: data.status,
            reason: data.reason.clone(),
            start,
            end: data.took.map(|took| start + SignedDuration::from_secs(took.0)),
            strategy: Strategy::Rolling,
            preferences: Preferences {
                min_healthy: data.min_healthy,
                max_healthy: Some(100),
                warmup_s: group.warmup_s.unwrap_or(group.grace_s),
                ..Preferences::default()
            },
            wanted,
            progress: Progress { all: share, live: share, warm: None },
            rollback: None,
            work: Work::new(start),
        }
    }
}

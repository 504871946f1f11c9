//! The one state that every call reads: who may ask, and what each account has in each region.

pub(crate) mod activity;
pub(crate) mod alarm;
pub(crate) mod arn;
pub(crate) mod group;
pub(crate) mod id;
pub(crate) mod image;
pub(crate) mod membership;
pub(crate) mod mould;
pub(crate) mod parameter;
pub(crate) mod principal;
pub(crate) mod recipe;
pub(crate) mod refresh;
pub(crate) mod region;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod snapshot;
pub(crate) mod target_group;
pub(crate) mod template;
pub(crate) mod token;
pub(crate) mod trail;
pub(crate) mod volume;

use std::{
    collections::{BTreeSet, VecDeque},
    net::Ipv4Addr,
    sync::Arc,
};

use rustc_hash::FxHashMap;

use crate::{events::Queue, faults::plan::Plan, story::Deed};

use group::{Group, LaunchConfiguration};
use id::Seed;
use image::Image;
use parameter::Parameter;
use principal::Principal;
use recipe::{Build, Recipe};
use region::{REGIONS, Region};
use server::{Server, ServerState};
use session::Session;
use snapshot::Snapshot;
use target_group::TargetGroup;
use template::Template;
use token::Tokens;
use trail::TrailEvent;
use volume::{RootReplacement, Volume, VolumeState};

/// One key and its value, shared by all resources that carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) key: Arc<str>,
    pub(crate) value: Arc<str>,
}

impl Tag {
    pub(crate) fn new(key: &str, value: &str) -> Tag {
        Tag { key: key.into(), value: value.into() }
    }
}

/// A tag list that servers launched alike share.
pub(crate) type Tags = Arc<[Tag]>;

/// What one account has in one region. Servers, templates and groups keep their slot for good,
/// so that a page's token can name the slot to go on from.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) account: Arc<str>,
    pub(crate) region: &'static Region,
    pub(crate) network: Network,
    pub(crate) servers: Vec<Server>,
    pub(crate) server_slots: FxHashMap<u64, u32>,
    pub(crate) templates: Vec<Template>,
    pub(crate) launch_configurations: Vec<LaunchConfiguration>,
    pub(crate) groups: Vec<Group>,
    pub(crate) target_groups: Vec<TargetGroup>,
    pub(crate) root_replacements: Vec<RootReplacement>,
    volumes: Vec<Volume>,
    volume_slots: FxHashMap<u64, u32>,
    pub(crate) recipes: Vec<Recipe>,
    pub(crate) builds: Vec<Build>,
    pub(crate) parameters: Vec<Parameter>,
    /// In the order of their starts.
    pub(crate) sessions: Vec<Session>,
    /// Oldest first.
    pub(crate) trail: Vec<TrailEvent>,
    pub(crate) tokens: Tokens,
    /// The names of the CloudWatch alarms that are in ALARM.
    pub(crate) alarms: BTreeSet<String>,
    /// How many servers the account may have here.
    pub(crate) quota: u32,
    /// How many servers were launched since the opening.
    pub(crate) launched: u64,
    addresses: Addresses,
}

/// The first of the public addresses that are given at run time: a net kept for measurements (RFC 2544), so that no
/// machine of the internet has them.
const FIRST_PUBLIC: u32 = 0xC612_0000;
/// How many bits of them count.
const PUBLIC_BITS: u32 = 17;

/// The addresses that a scope has given away.
#[derive(Debug, Clone, Default)]
struct Addresses {
    /// How many public ones.
    public: u32,
    /// How many were given by each zone.
    given: Vec<u32>,
    /// What servers that are gone had, longest free first.
    freed: Vec<VecDeque<Ipv4Addr>>,
}

impl Scope {
    /// A scope that has nothing but its network.
    pub(crate) fn empty(account: Arc<str>, region: &'static Region, network: Network) -> Scope {
        Scope {
            account,
            region,
            network,
            servers: Vec::new(),
            server_slots: FxHashMap::default(),
            templates: Vec::new(),
            launch_configurations: Vec::new(),
            groups: Vec::new(),
            target_groups: Vec::new(),
            root_replacements: Vec::new(),
            volumes: Vec::new(),
            volume_slots: FxHashMap::default(),
            recipes: Vec::new(),
            builds: Vec::new(),
            parameters: Vec::new(),
            sessions: Vec::new(),
            trail: Vec::new(),
            tokens: Tokens::default(),
            alarms: BTreeSet::new(),
            quota: 0,
            launched: 0,
            addresses: Addresses::default(),
        }
    }

    /// The server with this id, as long as EC2 knows it.
    pub(crate) fn server(&self, id: u64) -> Option<&Server> {
        self.server_slots.get(&id).map(|&slot| &self.servers[slot as usize])
    }

    /// The slot of the template with this id, unless it was deleted.
    pub(crate) fn template_slot(&self, id: u64) -> Option<u32> {
        let at = self.templates.iter().position(|template| template.id == id && !template.deleted)?;
        u32::try_from(at).ok()
    }

    /// The slot of the template with this name, unless it was deleted.
    pub(crate) fn template_slot_named(&self, name: &str) -> Option<u32> {
        let at = self.templates.iter().position(|template| &*template.name == name && !template.deleted)?;
        u32::try_from(at).ok()
    }

    /// A parameter by its name or ARN: as it is now, or as it was in the version that may follow as `:VERSION`.
    pub(crate) fn parameter(&self, name: &str) -> Option<Parameter> {
        let name = match name.split_once(":parameter") {
            Some((arn, name)) if arn.starts_with("arn:") => name,
            _ => name,
        };
        let (name, version) = name.split_once(':').map_or((name, None), |(name, version)| (name, Some(version)));
        let found = self.parameters.iter().find(|parameter| &*parameter.name == name)?;
        version.map_or_else(|| Some(found.clone()), |version| found.at_version(version.parse().ok()?))
    }

    /// The target group with this name, made where there was none.
    pub(crate) fn target_group_mut(&mut self, name: &str) -> &mut TargetGroup {
        let at = self.target_groups.iter().position(|group| &*group.name == name).unwrap_or_else(|| {
            self.target_groups.push(TargetGroup::new(name));
            self.target_groups.len() - 1
        });
        &mut self.target_groups[at]
    }

    /// The volumes that no server was born with or that were kept when they were replaced, deleted ones too.
    pub(crate) fn volumes(&self) -> &[Volume] {
        &self.volumes
    }

    /// One of them.
    pub(crate) fn volume(&self, id: u64) -> Option<&Volume> {
        self.volume_slots.get(&id).map(|&slot| &self.volumes[slot as usize])
    }

    /// The same, to change it.
    pub(crate) fn volume_mut(&mut self, id: u64) -> Option<&mut Volume> {
        self.volume_slots.get(&id).map(|&slot| &mut self.volumes[slot as usize])
    }

    /// The volumes that were attached to a server after its birth, with when.
    pub(crate) fn data_volumes(&self, server: u64) -> impl Iterator<Item = (&Volume, jiff::Timestamp)> {
        self.volumes.iter().filter_map(move |volume| match volume.state {
            VolumeState::Data { server: of, attached } if of == server => Some((volume, attached)),
            _ => None,
        })
    }

    /// Takes those volumes off it.
    pub(crate) fn release_data_volumes(&mut self, server: u64) {
        for volume in &mut self.volumes {
            if matches!(volume.state, VolumeState::Data { server: of, .. } if of == server) {
                volume.state = VolumeState::Available;
            }
        }
    }

    /// Adds a volume.
    pub(crate) fn add_volume(&mut self, volume: Volume) {
        let slot = u32::try_from(self.volumes.len()).expect("memory ends before u32::MAX volumes");
        self.volume_slots.insert(volume.id, slot);
        self.volumes.push(volume);
    }

    /// The security groups that something here names, some of them more than once.
    pub(crate) fn security_groups(&self) -> impl Iterator<Item = &(u64, Arc<str>)> {
        let of_templates = self.templates.iter().flat_map(|template| &template.versions);
        let of_configurations = self.launch_configurations.iter();
        of_templates
            .flat_map(|version| version.data.security_groups.iter())
            .chain(of_configurations.flat_map(|configuration| configuration.security_groups.iter()))
            .chain(self.servers.iter().flat_map(|server| server.security_groups.iter()))
    }

    /// The security group with this id: the default one, or one that something here names.
    pub(crate) fn security_group_with(&self, seed: Seed, id: u64) -> Option<(u64, Arc<str>)> {
        let default = self.security_group(seed, "default");
        if default.0 == id { Some(default) } else { self.security_groups().find(|(known, _)| *known == id).cloned() }
    }

    /// How many more servers the quota has room for.
    pub(crate) fn room(&self) -> u32 {
        self.quota.saturating_sub(u32::try_from(self.server_slots.len()).unwrap_or(u32::MAX))
    }

    /// The servers that EC2 knows.
    pub(crate) fn known_servers(&self) -> impl Iterator<Item = &Server> {
        self.servers.iter().filter(|server| server.is_known())
    }

    /// A private address that no server of the zone has; none when all are given away.
    pub(crate) fn take_address(&mut self, zone: u8) -> Option<Ipv4Addr> {
        let at = usize::from(zone);
        if self.addresses.given.len() <= at {
            self.addresses.given.resize(at + 1, 0);
            self.addresses.freed.resize_with(at + 1, VecDeque::new);
        }
        let next = &mut self.addresses.given[at];
        if *next < self.network.addresses_a_zone() {
            *next += 1;
            return Some(Ipv4Addr::from(self.network.address(zone, *next - 1)));
        }
        self.addresses.freed[at].pop_front()
    }

    /// How many servers can still be launched in a zone.
    pub(crate) fn free_addresses(&self, zone: u8) -> u32 {
        let at = usize::from(zone);
        let given = self.addresses.given.get(at).copied().unwrap_or(0);
        let freed = self.addresses.freed.get(at).map_or(0, VecDeque::len);
        let left = self.network.addresses_a_zone().saturating_sub(given);
        left.saturating_add(u32::try_from(freed).unwrap_or(u32::MAX))
    }

    /// A public address. After 131,072 the first one comes again.
    pub(crate) fn take_public_address(&mut self) -> Ipv4Addr {
        let nth = self.addresses.public;
        self.addresses.public = nth.wrapping_add(1);
        // An odd factor permutes the net, so that neighbours are scattered as real ones are.
        let within = nth.wrapping_mul(0x9E37_79B1) & ((1 << PUBLIC_BITS) - 1);
        Ipv4Addr::from(FIRST_PUBLIC + within)
    }

    /// EC2 forgets a server, an hour after its end: its slot stays, its address is free.
    pub(crate) fn forget_server(&mut self, slot: u32) {
        let server = &mut self.servers[slot as usize];
        server.state = ServerState::Forgotten;
        self.server_slots.remove(&server.id);
        if let Some(freed) = self.addresses.freed.get_mut(usize::from(server.zone)) {
            freed.push_back(server.private_ip);
        }
    }

    /// Adds a server and returns its slot.
    pub(crate) fn add_server(&mut self, server: Server) -> u32 {
        let slot = u32::try_from(self.servers.len()).expect("a scenario is refused above u32::MAX servers");
        self.server_slots.insert(server.id, slot);
        self.servers.push(server);
        slot
    }

    /// The security group called `name`: its id follows from its name.
    pub(crate) fn security_group(&self, seed: Seed, name: &str) -> (u64, Arc<str>) {
        (seed.id(&["sg", &self.account, self.region.name, name]), name.into())
    }
}

/// A scope's network: one VPC with one subnet a zone.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub(crate) vpc: u64,
    /// The first private address.
    pub(crate) first_address: u32,
    /// How many bits of the private address count within a zone.
    pub(crate) zone_bits: u32,
}

impl Network {
    /// The subnet of a zone.
    pub(crate) fn subnet(&self, zone: u8) -> u64 {
        id::mix(self.vpc ^ (u64::from(zone) + 1))
    }

    /// How many servers a zone has addresses for: AWS keeps the first four and the last one.
    pub(crate) fn addresses_a_zone(&self) -> u32 {
        (1_u32 << self.zone_bits) - 6
    }

    /// The private address of the `n`-th server of a zone: every `n` up to the zone's size less 6 has its
    /// own, and neighbours are scattered as real ones are. The first four and the last address of a subnet
    /// are AWS's.
    pub(crate) fn address(&self, zone: u8, n: u32) -> u32 {
        let mask = (1_u32 << self.zone_bits) - 1;
        // An odd factor permutes the zone's addresses; walking on from a reserved one keeps it a
        // permutation of the rest.
        let scatter = |within: u32| within.wrapping_mul(0x9E37_79B1) & mask;
        let mut within = scatter(n + 4);
        while within < 4 || within == mask {
            within = scatter(within);
        }
        self.first_address + (u32::from(zone) << self.zone_bits) + within
    }
}

/// Everything that is.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) seed: Seed,
    pub(crate) principals: Vec<Arc<Principal>>,
    pub(crate) queue: Queue,
    pub(crate) story: Arc<[Deed]>,
    /// What is to go wrong.
    pub(crate) faults: Arc<Plan>,
    pub(crate) images: Vec<Image>,
    image_slots: FxHashMap<u64, u32>,
    pub(crate) snapshots: Vec<Snapshot>,
    snapshot_slots: FxHashMap<u64, u32>,
    /// How many ids [`World::fresh_id`] gave.
    made: u64,
    scopes: Vec<Scope>,
    scope_slots: FxHashMap<(Arc<str>, &'static str), usize>,
}

impl World {
    /// A world where every account has an empty scope in every region.
    pub(crate) fn new(seed: Seed, accounts: &[Arc<str>], zone_bits: u32) -> World {
        let mut world = World {
            seed,
            principals: Vec::new(),
            queue: Queue::default(),
            story: [].into(),
            faults: Arc::new(Plan::new(seed)),
            images: Vec::new(),
            image_slots: FxHashMap::default(),
            snapshots: Vec::new(),
            snapshot_slots: FxHashMap::default(),
            made: 0,
            scopes: Vec::new(),
            scope_slots: FxHashMap::default(),
        };
        for account in accounts {
            for region in REGIONS {
                let slot = world.scopes.len();
                let nth = u32::try_from(slot % 200).expect("below 200");
                let first_address = if zone_bits > 14 { 0x0A40_0000 } else { 0x0A14_0000 + (nth << 16) };
                let vpc = seed.id(&["vpc", account, region.name]);
                let network = Network { vpc, first_address, zone_bits };
                world.scopes.push(Scope::empty(account.clone(), region, network));
                world.scope_slots.insert((account.clone(), region.name), slot);
            }
        }
        world
    }

    /// The slot of what `account` has in `region`; none for an account or region that is not there.
    pub(crate) fn scope_slot(&self, account: &str, region: &str) -> Option<usize> {
        let region = region::find(region)?;
        self.scope_slots.get(&(Arc::from(account), region.name)).copied()
    }

    /// What `account` has in `region`; none for an account or region that is not there.
    pub(crate) fn scope(&self, account: &str, region: &str) -> Option<&Scope> {
        self.scope_slot(account, region).map(|slot| &self.scopes[slot])
    }

    /// The same, to change it.
    pub(crate) fn scope_mut(&mut self, account: &str, region: &str) -> Option<&mut Scope> {
        self.scope_slot(account, region).map(|slot| &mut self.scopes[slot])
    }

    /// The scope in a slot.
    pub(crate) fn scope_at(&self, slot: usize) -> &Scope {
        &self.scopes[slot]
    }

    /// The same, to change it.
    pub(crate) fn scope_at_mut(&mut self, slot: usize) -> &mut Scope {
        &mut self.scopes[slot]
    }

    /// All scopes.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter()
    }

    /// All scopes, to change them.
    pub(crate) fn scopes_mut(&mut self) -> impl Iterator<Item = &mut Scope> {
        self.scopes.iter_mut()
    }

    /// Adds an image and returns its slot.
    pub(crate) fn add_image(&mut self, image: Image) -> u32 {
        let slot = u32::try_from(self.images.len()).expect("a scenario is refused above u32::MAX images");
        self.image_slots.insert(image.id, slot);
        if !self.snapshot_slots.contains_key(&image.snapshot) {
            self.add_snapshot(Snapshot {
                id: image.snapshot,
                owner: image.owner.clone(),
                owner_alias: image.owner_alias.clone(),
                region: image.region,
                started: image.created,
                completed: image.created,
                size_gib: image.size_gib,
                encrypted: image.encrypted,
                volume: image.source_server.map(Server::first_volume),
                description: match image.source_server {
                    Some(server) => {
                        format!("Created by CreateImage({}) for {}", id::show("i", server), id::show("ami", image.id))
                    }
                    None => String::new(),
                },
                tags: Tags::from([]),
                public: image.public,
                deleted: false,
            });
        }
        self.images.push(image);
        slot
    }

    /// Adds a snapshot.
    pub(crate) fn add_snapshot(&mut self, snapshot: Snapshot) {
        let slot = u32::try_from(self.snapshots.len()).expect("memory ends before u32::MAX snapshots");
        self.snapshot_slots.insert(snapshot.id, slot);
        self.snapshots.push(snapshot);
    }

    /// The snapshot with this id, deleted or not.
    pub(crate) fn snapshot(&self, id: u64) -> Option<&Snapshot> {
        self.snapshot_slots.get(&id).map(|&slot| &self.snapshots[slot as usize])
    }

    /// The same, to change it.
    pub(crate) fn snapshot_mut(&mut self, id: u64) -> Option<&mut Snapshot> {
        self.snapshot_slots.get(&id).map(|&slot| &mut self.snapshots[slot as usize])
    }

    /// An id that nothing has, for a new thing of this kind.
    pub(crate) fn fresh_id(&mut self, kind: &str) -> u64 {
        self.made += 1;
        id::mix(self.seed.id(&["made", kind]) ^ self.made)
    }

    /// The slot of the image with this id.
    pub(crate) fn image_slot(&self, id: u64) -> Option<u32> {
        self.image_slots.get(&id).copied()
    }

    /// The image with this id, in any state.
    pub(crate) fn image(&self, id: u64) -> Option<&Image> {
        self.image_slots.get(&id).map(|&slot| &self.images[slot as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_of_a_zone_has_its_own_address() {
        let network = Network { vpc: 1, first_address: 0x0A14_0000, zone_bits: 8 };
        let mut seen: Vec<u32> = (0..251).map(|n| network.address(1, n)).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0x0A14_0104..0x0A14_01FF).collect::<Vec<_>>());
    }
}

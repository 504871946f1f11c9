//! A fleet of any size for tests of scale: few huge groups, many small ones, and image trees.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{ScenarioError, build, launch::usual_details};
use crate::world::{
    Tag, Tags, World,
    activity::{Activity, Cause, Deed, Status, Why},
    group::{Group, GroupTag, Launch},
    id::{self, Dice, Seed},
    image::{Image, ImageState, Launches, Protection},
    membership::{LaunchedBy, Lifecycle, Membership},
    mould::boot_s,
    principal::{Principal, SESSION},
    region::{self, Region},
    server::{Server, ServerState},
    settings::Settings,
    template::{Details, LaunchData, Template, TemplateImage, TemplateVersion, VersionName},
};

/// More than any fleet that the window promises to draw.
const MAX_SERVERS: u32 = 2_000_000;

const ACCOUNT: &str = "410987654321";
const REGION: &str = "eu-west-1";
/// Amazon's account for its Linux images.
const AMAZON: &str = "137112412989";
const ZONES: u8 = 3;
const DAY_S: i64 = 86_400;
/// How long a server takes to be in service, in seconds.
const WARMUP_S: u32 = 180;

/// Opens `generated:SERVERS[:SEED]`; `numbers` is what follows the first colon.
pub(super) fn open(spec: &str, numbers: &str, opened: Timestamp) -> Result<World, ScenarioError> {
    let fail = |what: &str| ScenarioError::Generated { spec: spec.to_owned(), what: what.to_owned() };
    let (servers, seed) = numbers.split_once(':').unwrap_or((numbers, "1"));
    let servers: u32 = servers.parse().map_err(|_| fail("SERVERS is not a number"))?;
    if servers == 0 || servers > MAX_SERVERS {
        return Err(fail("SERVERS must be between 1 and 2,000,000"));
    }
    let seed: u64 = seed.parse().map_err(|_| fail("SEED is not a number"))?;
    Ok(world(servers, Seed(seed), opened))
}

/// How large each group is: the k-th largest has about 1/k of the largest (Zipf), until all servers are placed.
fn group_sizes(servers: u32) -> Vec<u32> {
    // A company of 100,000 servers has some hundred groups, one of 100 about ten.
    let groups = (f64::from(servers).sqrt() as u32).clamp(1, servers);
    let harmonic: f64 = (1..=groups).map(|k| 1.0 / f64::from(k)).sum();
    let largest = f64::from(servers) / harmonic;
    let mut sizes = Vec::new();
    let mut left = servers;
    for k in 1..=groups {
        let size = ((largest / f64::from(k)) as u32).clamp(1, left);
        sizes.push(size);
        left -= size;
        if left == 0 {
            return sizes;
        }
    }
    sizes[0] += left;
    sizes
}

fn world(servers: u32, seed: Seed, opened: Timestamp) -> World {
    let account: Arc<str> = Arc::from(ACCOUNT);
    let region = region::find(REGION).expect("the region is in the table");
    // 2^22 addresses a zone: three zones take 12.6 of the 16.7 million addresses of 10.0.0.0/8.
    let mut world = World::new(seed, std::slice::from_ref(&account), 22);
    world.principals.push(Arc::new(Principal {
        name: "generated".into(),
        account: account.clone(),
        regions: vec![REGION.into()],
        access_key_id: build::access_key(seed, ACCOUNT),
        secret_access_key: "sandbox/generated/not-verified".into(),
        role_id: format!("AROA{:016X}", seed.id(&["role"])),
        role: "EmberlineReader".into(),
        session: SESSION.to_owned(),
        denied: Vec::new(),
        policies: None,
    }));
    let details = usual_details();
    let mut made = Made { world, account, region, opened, dice: seed.dice(&["generated"]), details };
    let goldens = made.goldens();
    for (nth, size) in group_sizes(servers).into_iter().enumerate() {
        made.group(nth, size, &goldens);
    }
    made.world
}

struct Made {
    world: World,
    account: Arc<str>,
    region: &'static Region,
    opened: Timestamp,
    dice: Dice,
    /// What all template versions share.
    details: Details,
}

impl Made {
    fn since(&self, seconds: i64) -> Timestamp {
        self.opened - SignedDuration::from_secs(seconds)
    }

    fn image(&mut self, name: String, age_s: i64, source: Option<u32>, vendor: bool) -> u32 {
        let created = self.since(age_s);
        let id = self.world.seed.id(&["ami", &name]);
        self.world.add_image(Image {
            id,
            region: self.region,
            owner: if vendor { AMAZON.into() } else { self.account.clone() },
            owner_alias: vendor.then(|| "amazon".into()),
            name,
            description: None,
            created,
            deprecated: None,
            launches: Launches::default(),
            state: ImageState::Available,
            public: vendor,
            shared_with: Vec::new(),
            source,
            source_server: source.map(|_| id::mix(id)),
            tags: if vendor { Tags::from([]) } else { [Tag::new("packer_template", "images.pkr.hcl")].into() },
            architecture: "x86_64".into(),
            root_device: "/dev/xvda".into(),
            size_gib: 20,
            snapshot: Image::snapshot_of(id),
            encrypted: false,
            protection: Protection::Off,
            public_parameter: None,
        })
    }

    /// Three vendor images, four golden images on each.
    fn goldens(&mut self) -> Vec<u32> {
        let mut goldens = Vec::new();
        for vendor in 0..3_i64 {
            let age = (40 + vendor * 60) * DAY_S;
            let base = self.image(format!("al2023-ami-2023.{}-x86_64", 9 - vendor), age, None, true);
            for nth in 0..4_i64 {
                let age = age - (nth + 1) * 7 * DAY_S;
                goldens.push(self.image(format!("golden-{vendor}-{nth}"), age, Some(base), false));
            }
        }
        goldens
    }

    /// A group with its images, its template of two or three versions, and its servers.
    fn group(&mut self, nth: usize, size: u32, goldens: &[u32]) {
        let slot = u32::try_from(nth).expect("fewer groups than servers");
        let name: Arc<str> = format!("service-{nth:04}").into();
        let versions = u32::try_from(self.dice.between(2, 3)).unwrap_or(2);
        let security_groups: Arc<[(u64, Arc<str>)]> =
            [(self.world.seed.id(&["sg", &name]), Arc::from(&*format!("{name}-sg")))].into();
        let instance_type: Arc<str> = ["m6i.large", "c6i.xlarge", "r6i.large", "t3.medium"][nth % 4].into();
        let created_by: Arc<str> = format!("arn:aws:sts::{ACCOUNT}:assumed-role/Terraform/ci").into();
        let mut images = Vec::new();
        let template = Template {
            id: self.world.seed.id(&["lt", &name]),
            name: name.clone(),
            created: self.since(400 * DAY_S),
            created_by: created_by.clone(),
            default_version: versions,
            tags: [Tag::new("service", &name)].into(),
            versions: (1..=versions)
                .map(|number| {
                    let at = usize::try_from(self.dice.next() % goldens.len() as u64).unwrap_or(0);
                    // The newest version is a month old, each one before it three weeks older.
                    let age_s = (31 + i64::from(versions - number) * 21) * DAY_S;
                    let image = self.image(format!("{name}-{number}"), age_s + DAY_S, Some(goldens[at]), false);
                    images.push(image);
                    TemplateVersion {
                        number,
                        description: None,
                        created: self.since(age_s),
                        created_by: created_by.clone(),
                        deleted: false,
                        data: LaunchData {
                            image: Some(TemplateImage::Image(image)),
                            instance_type: Some(instance_type.clone()),
                            security_groups: security_groups.clone(),
                            instance_profile: Some(name.clone()),
                            more: self.details.clone(),
                            ..LaunchData::default()
                        },
                    }
                })
                .collect(),
            deleted: false,
        };
        let tags: Vec<Tags> = (1..=versions).map(|number| server_tags(&template, &name, number)).collect();
        let lifetime_s = 30 * DAY_S;
        let mut group = Group {
            min: size / 2,
            max: size * 2,
            desired: size,
            grace_s: 300,
            max_instance_lifetime_s: nth.is_multiple_of(3).then(|| u32::try_from(lifetime_s).unwrap_or(u32::MAX)),
            tags: vec![GroupTag { key: "service".into(), value: name.clone(), propagate: true }],
            warmup_s: Some(WARMUP_S),
            boot_permille: WARMUP_S * 1_000 / boot_s(None),
            members: Vec::with_capacity(size as usize),
            ..Group::new(
                name.clone(),
                self.world.seed.id(&["group", &name]),
                self.since(400 * DAY_S),
                Launch::Template(slot, VersionName::Default),
                (0..ZONES).collect(),
            )
        };
        let mut activities = Vec::new();
        for n in 0..size {
            // A tenth runs a version that the group no longer wants, and is older than it should be.
            let stale = self.dice.unit() < 0.1;
            let number = if stale {
                u32::try_from(self.dice.between(1, i64::from(versions) - 1)).unwrap_or(1)
            } else {
                versions
            };
            let age_s =
                if stale { self.dice.between(32 * DAY_S, 60 * DAY_S) } else { self.dice.between(0, lifetime_s - 1) };
            let at = number as usize - 1;
            let membership = Membership {
                group: slot,
                lifecycle: Lifecycle::InService,
                since: self.since(age_s - i64::from(WARMUP_S)).min(self.opened),
                in_service_at: Some(self.since(age_s - i64::from(WARMUP_S)).min(self.opened)),
                ailment: None,
                registered: true,
                activity: 0,
                protected_from_scale_in: false,
                weight: None,
                launched_by: LaunchedBy::Template(slot, number),
                image: None,
            };
            let server = self.server(&template, number, n, age_s, membership);
            let server = Server { tags: tags[at].clone(), image: images[at], ..server };
            if activities.len() < 200 {
                activities.push(Activity {
                    id: id::mix(server.id ^ Deed::Launch as u64),
                    server: Some(server.id),
                    zone: server.zone,
                    deed: Deed::Launch,
                    cause: Cause::of(Why::Shortage { from: size - 1, to: size }),
                    start: server.born,
                    end: Some(server.born + SignedDuration::from_secs(self.dice.between(120, 240))),
                    status: Status::Successful,
                    message: None,
                });
            }
            let scope = self.world.scope_mut(ACCOUNT, REGION).expect("the world has this scope");
            group.members.push(scope.add_server(server));
        }
        activities.sort_by_key(|activity: &Activity| std::cmp::Reverse(activity.start));
        group.activities = activities.into();
        let scope = self.world.scope_mut(ACCOUNT, REGION).expect("the world has this scope");
        scope.templates.push(template);
        scope.groups.push(group);
    }
}

impl Made {
    /// The `n`-th server of a template's group; its image and its tags are for the caller to set.
    fn server(&mut self, template: &Template, number: u32, n: u32, age_s: i64, membership: Membership) -> Server {
        let data = &template.versions[number as usize - 1].data;
        let id = id::mix(template.id ^ (u64::from(n) + 1));
        let born = self.since(age_s);
        let zone = u8::try_from(n % u32::from(ZONES)).unwrap_or(0);
        let scope = self.world.scope_mut(ACCOUNT, REGION).expect("the world has this scope");
        let private_ip = scope.take_address(zone).expect("a generated fleet is refused above its zones' addresses");
        Server {
            id,
            image: 0,
            born,
            started: born,
            state: ServerState::Running,
            rebooted: None,
            ended: None,
            boot_s: WARMUP_S,
            never_works: false,
            reservation: Server::first_reservation(id),
            launch_index: 0,
            token: None,
            zone,
            instance_type: data.instance_type.clone().unwrap_or_default(),
            private_ip,
            public_ip: None,
            key_name: None,
            security_groups: data.security_groups.clone(),
            instance_profile: data.instance_profile.clone(),
            tags: Tags::from([]),
            user_data: None,
            spot: false,
            settings: Settings::default(),
            operator: None,
            root_volume: Server::first_volume(id),
            root_attached: born,
            reset: None,
            volume_tags: None,
            membership: Some(membership),
        }
    }
}

/// The tags that all servers of one version share.
fn server_tags(template: &Template, name: &str, number: u32) -> Tags {
    [
        Tag::new("Name", name),
        Tag::new("service", name),
        Tag::new("env", "prod"),
        Tag::new("aws:autoscaling:groupName", name),
        Tag::new("aws:ec2launchtemplate:id", &id::show("lt", template.id)),
        Tag::new("aws:ec2launchtemplate:version", &number.to_string()),
    ]
    .into()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn groups_are_skewed_and_hold_all_servers() {
        for servers in [1, 2, 10, 1_000, 100_000] {
            let sizes = group_sizes(servers);
            assert_eq!(sizes.iter().sum::<u32>(), servers);
            assert!(sizes.iter().all(|size| *size > 0));
        }
        let sizes = group_sizes(100_000);
        assert!(sizes[0] > 10_000 && sizes[sizes.len() - 1] < 100 && sizes.len() > 200, "{sizes:?}");
    }

    #[test]
    fn a_tenth_is_stale_and_no_two_servers_share_an_id_or_address() {
        let world = world(5_000, Seed(7), "2026-11-02T08:00:00Z".parse().unwrap());
        let scope = world.scope(ACCOUNT, REGION).unwrap();
        assert_eq!((scope.servers.len(), scope.server_slots.len()), (5_000, 5_000));
        let addresses: std::collections::HashSet<_> = scope.servers.iter().map(|one| one.private_ip).collect();
        assert_eq!(addresses.len(), 5_000);
        let stale = scope.groups.iter().flat_map(|group| &group.members).filter(|&&slot| {
            let server = &scope.servers[slot as usize];
            let Some(Membership { launched_by: LaunchedBy::Template(template, number), .. }) = server.membership else {
                return false;
            };
            number != scope.templates[template as usize].default_version
        });
        assert!((400..600).contains(&stale.count()));
    }

    #[test]
    fn wrong_numbers_are_named() {
        let now = Timestamp::UNIX_EPOCH;
        for bad in ["", "x", "0", "3000000", "10:x", "10:1:2", "-1"] {
            let error = open(&format!("generated:{bad}"), bad, now).unwrap_err();
            assert!(error.to_string().contains("generated:100000:7"), "{error}");
        }
        assert!(open("generated:3", "3", now).is_ok());
    }
}

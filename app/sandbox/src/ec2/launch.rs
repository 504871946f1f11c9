//! How a server comes to be, whoever launches it.

use std::{ops::RangeInclusive, sync::Arc};

use jiff::Timestamp;

use super::lifecycle::{PENDING_S, Step};
use crate::{
    events::Event,
    faults::plan::Launch,
    wire::fault::Fault,
    world::{
        Scope, World, id,
        membership::Membership,
        mould::Mould,
        server::{Server, ServerState},
    },
};

/// A launch of one server.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) mould: Mould,
    pub(crate) zone: u8,
    /// Its place in a group.
    pub(crate) membership: Option<Membership>,
    /// The token that its client gave.
    pub(crate) token: Option<Arc<str>>,
}

/// Launches a server and returns its slot. It runs after a while.
///
/// # Errors
/// `InstanceLimitExceeded` beyond the scope's quota, `InsufficientInstanceCapacity` if a fault says so,
/// `InsufficientFreeAddressesInSubnet` if the zone has no address left.
pub(crate) fn launch(world: &mut World, scope: usize, order: Order, now: Timestamp) -> Result<u32, Fault> {
    check_quota(world.scope_at(scope), 1)?;
    Asked::of(&order).check_capacity(world, scope, now)?;
    make(world, scope, order, now)
}

/// Launches as many servers alike as there is capacity for, up to `count`'s end, and returns their slots.
///
/// # Errors
/// As [`launch`], and nothing is launched, if there is no capacity for as many as `count` begins with.
pub(crate) fn launch_all(
    world: &mut World,
    scope: usize,
    order: &Order,
    count: RangeInclusive<u32>,
    now: Timestamp,
) -> Result<Vec<u32>, Fault> {
    check_quota(world.scope_at(scope), *count.start())?;
    let most = (*count.end()).min(world.scope_at(scope).room());
    let mut granted = 0;
    while granted < most {
        match Asked::of(order).check_capacity(world, scope, now) {
            Ok(()) => granted += 1,
            Err(fault) if granted < *count.start() => return Err(fault),
            Err(_) => break,
        }
    }
    (0..granted).map(|_| make(world, scope, order.clone(), now)).collect()
}

/// AWS's refusal of more servers than the account may have in the region.
fn check_quota(place: &Scope, more: u32) -> Result<(), Fault> {
    if more <= place.room() {
        return Ok(());
    }
    Err(Fault::new(
        "InstanceLimitExceeded",
        format!(
            "You have requested more instances ({}) than your current instance limit of {} allows for the specified \
             instance type. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this \
             limit.",
            u64::from(place.quota - place.room()) + u64::from(more),
            place.quota
        ),
    ))
}

/// What faults ask of a launch or a start.
#[derive(Clone, Copy)]
struct Asked<'a> {
    image: u32,
    instance_type: &'a str,
    zone: u8,
    membership: Option<&'a Membership>,
}

impl<'a> Asked<'a> {
    fn of(order: &'a Order) -> Asked<'a> {
        Asked {
            image: order.mould.image,
            instance_type: &order.mould.instance_type,
            zone: order.zone,
            membership: order.membership.as_ref(),
        }
    }

    /// Lets the plan of faults have a look at it.
    fn tell<T>(self, world: &World, scope: usize, now: Timestamp, look: impl FnOnce(&Launch<'_>) -> T) -> T {
        let place = world.scope_at(scope);
        let image = &world.images[self.image as usize];
        look(&Launch {
            account: &place.account,
            region: place.region.name,
            zone: &place.region.zone_name(self.zone),
            instance_type: self.instance_type,
            group: self.membership.map(|membership| &*place.groups[membership.group as usize].name),
            image: (image.id, &image.name),
            now,
        })
    }

    /// AWS's refusal where a fault says that there is no capacity.
    fn check_capacity(self, world: &World, scope: usize, now: Timestamp) -> Result<(), Fault> {
        if !self.tell(world, scope, now, |launch| world.faults.lacks_capacity(launch)) {
            return Ok(());
        }
        let region = world.scope_at(scope).region;
        let others = region.zone_indices().filter(|&other| other != self.zone);
        let others: Vec<String> = others.map(|other| region.zone_name(other)).collect();
        let (kind, zone) = (self.instance_type, region.zone_name(self.zone));
        Err(Fault::new(
            "InsufficientInstanceCapacity",
            format!(
                "We currently do not have sufficient {kind} capacity in the Availability Zone you requested ({zone}). \
                 Our system will be working on provisioning additional capacity. You can currently get {kind} capacity \
                 by not specifying an Availability Zone in your request or choosing {}.",
                others.join(", ")
            ),
        )
        .with_status(500))
    }
}

/// Whether a stopped server can be started.
///
/// # Errors
/// `InsufficientInstanceCapacity` if a fault says so.
pub(super) fn check_start(world: &World, scope: usize, server: u32, now: Timestamp) -> Result<(), Fault> {
    let server = &world.scope_at(scope).servers[server as usize];
    let asked = Asked {
        image: server.image,
        instance_type: &server.instance_type,
        zone: server.zone,
        membership: server.membership.as_ref(),
    };
    asked.check_capacity(world, scope, now)
}

fn make(world: &mut World, scope: usize, order: Order, now: Timestamp) -> Result<u32, Fault> {
    let seed = world.seed;
    let never_works = order.mould.never_works
        || Asked::of(&order).tell(world, scope, now, |launch| world.faults.stays_unhealthy(launch));
    let place = world.scope_at_mut(scope);
    let Some(private_ip) = place.take_address(order.zone) else { return Err(no_address(place, order.zone)) };
    let nth = place.launched;
    place.launched += 1;
    let id = id::mix(seed.id(&["launched", &place.account, place.region.name]) ^ nth);
    let Order { mould, zone, membership, token } = order;
    let public_ip = mould.public_address.then(|| place.take_public_address());
    let server = Server {
        id,
        image: mould.image,
        born: now,
        started: now,
        rebooted: None,
        state: ServerState::Pending,
        ended: None,
        boot_s: mould.boot_s,
        never_works,
        reservation: Server::first_reservation(id),
        launch_index: 0,
        token,
        zone,
        instance_type: mould.instance_type,
        private_ip,
        public_ip,
        key_name: mould.key_name,
        security_groups: mould.security_groups,
        instance_profile: mould.instance_profile,
        tags: mould.tags.into(),
        user_data: mould.user_data,
        spot: mould.spot,
        settings: mould.settings,
        operator: None,
        root_volume: Server::first_volume(id),
        root_attached: now,
        reset: None,
        volume_tags: Some(mould.volume_tags.into()),
        membership,
    };
    let image = server.image as usize;
    let server = place.add_server(server);
    world.images[image].launches.add(now);
    world.schedule_in(now, PENDING_S, Event::Server { scope, server, step: Step::Run });
    Ok(server)
}

/// EC2's answer where a zone has too few addresses left.
pub(super) fn no_address(scope: &Scope, zone: u8) -> Fault {
    let subnet = id::show("subnet", scope.network.subnet(zone));
    Fault::new(
        "InsufficientFreeAddressesInSubnet",
        format!(
            "There are not enough free addresses in subnet '{subnet}' to satisfy the requested number of instances."
        ),
    )
}

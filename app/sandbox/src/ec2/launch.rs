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
/// `InsufficientInstanceCapacity` if a fault says so, `InsufficientFreeAddressesInSubnet` if the zone has no address
/// left.
pub(crate) fn launch(world: &mut World, scope: usize, order: Order, now: Timestamp) -> Result<u32, Fault> {
    check_capacity(world, scope, &order, now)?;
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
    let mut granted = 0;
    while granted < *count.end() {
        match check_capacity(world, scope, order, now) {
            Ok(()) => granted += 1,
            Err(fault) if granted < *count.start() => return Err(fault),
            Err(_) => break,
        }
    }
    (0..granted).map(|_| make(world, scope, order.clone(), now)).collect()
}

/// A launch as faults see it.
fn as_faults_see_it<'a>(world: &'a World, scope: usize, order: &'a Order, zone: &'a str, now: Timestamp) -> Launch<'a> {
    let place = world.scope_at(scope);
    let image = &world.images[order.mould.image as usize];
    Launch {
        account: &place.account,
        region: place.region.name,
        zone,
        instance_type: &order.mould.instance_type,
        group: order.membership.as_ref().map(|membership| &*place.groups[membership.group as usize].name),
        image: (image.id, &image.name),
        now,
    }
}

/// AWS's refusal where a fault says that there is no capacity.
fn check_capacity(world: &World, scope: usize, order: &Order, now: Timestamp) -> Result<(), Fault> {
    let region = world.scope_at(scope).region;
    let zone = region.zone_name(order.zone);
    if !world.faults.lacks_capacity(&as_faults_see_it(world, scope, order, &zone, now)) {
        return Ok(());
    }
    let others: Vec<String> =
        region.zone_indices().filter(|&other| other != order.zone).map(|other| region.zone_name(other)).collect();
    let kind = &order.mould.instance_type;
    Err(Fault::new(
        "InsufficientInstanceCapacity",
        format!(
            "We currently do not have sufficient {kind} capacity in the Availability Zone you requested ({zone}). Our \
             system will be working on provisioning additional capacity. You can currently get {kind} capacity by not \
             specifying an Availability Zone in your request or choosing {}.",
            others.join(", ")
        ),
    )
    .with_status(500))
}

fn make(world: &mut World, scope: usize, order: Order, now: Timestamp) -> Result<u32, Fault> {
    let seed = world.seed;
    let never_works = order.mould.never_works || {
        let zone = world.scope_at(scope).region.zone_name(order.zone);
        world.faults.stays_unhealthy(&as_faults_see_it(world, scope, &order, &zone, now))
    };
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

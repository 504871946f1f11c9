//! How a server comes to be, whoever launches it.

use std::sync::Arc;

use jiff::Timestamp;

use super::lifecycle::{PENDING_S, Step};
use crate::{
    events::Event,
    wire::fault::Fault,
    world::{
        World, id,
        mould::Mould,
        server::{Membership, Server, ServerState},
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
/// `InsufficientFreeAddressesInSubnet` if the zone has no address left.
pub(crate) fn launch(world: &mut World, scope: usize, order: Order, now: Timestamp) -> Result<u32, Fault> {
    let seed = world.seed;
    let place = world.scope_at_mut(scope);
    let Some(private_ip) = place.take_address(order.zone) else {
        let subnet = id::show("subnet", place.network.subnet(order.zone));
        return Err(Fault::new(
            "InsufficientFreeAddressesInSubnet",
            format!(
                "There are not enough free addresses in subnet '{subnet}' to satisfy the requested number of instances."
            ),
        ));
    };
    let nth = place.launched;
    place.launched += 1;
    let id = id::mix(seed.id(&["launched", &place.account, place.region.name]) ^ nth);
    let Order { mould, zone, membership, token } = order;
    let server = Server {
        id,
        image: mould.image,
        born: now,
        started: now,
        state: ServerState::Pending,
        ended: None,
        boot_s: mould.boot_s,
        token,
        zone,
        instance_type: mould.instance_type,
        private_ip,
        public_ip: None,
        key_name: mould.key_name,
        security_groups: mould.security_groups,
        instance_profile: mould.instance_profile,
        tags: mould.tags.into(),
        user_data: mould.user_data,
        spot: mould.spot,
        termination_protected: mould.termination_protected,
        operator: None,
        root_volume: Server::first_volume(id),
        root_attached: now,
        membership,
    };
    let server = place.add_server(server);
    world.schedule_in(now, PENDING_S, Event::Server { scope, server, step: Step::Run });
    Ok(server)
}

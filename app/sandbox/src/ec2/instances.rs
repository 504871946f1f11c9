//! DescribeInstances.

use std::collections::HashSet;

use super::{
    Kind, ids, no_pages_of_ids, page,
    server_xml::{AUTO_SCALING, profile_arn, reason, spot_request, write_reservation},
};
use crate::{
    call::Ask,
    wire::{
        fault::Fault,
        filter::{self, Filter, Has},
        form::Form,
        time,
        xml::Xml,
    },
    world::{
        Scope, World, id,
        image::Image,
        server::{Server, ServerState},
    },
};

/// How EC2 speaks of servers' ids.
pub(super) const KIND: Kind = Kind {
    prefix: "i",
    malformed: "InvalidInstanceID.Malformed",
    missing: "InvalidInstanceID.NotFound",
    message: |missing| match missing {
        [one] => format!("The instance ID '{one}' does not exist"),
        many => format!("The instance IDs '{}' do not exist", many.join(", ")),
    },
};

const FILTERS: &[&str] = &[
    "architecture",
    "availability-zone",
    "availability-zone-id",
    "block-device-mapping.attach-time",
    "block-device-mapping.device-name",
    "block-device-mapping.status",
    "block-device-mapping.volume-id",
    "client-token",
    "dns-name",
    "hypervisor",
    "iam-instance-profile.arn",
    "iam-instance-profile.name",
    "image-id",
    "instance-id",
    "instance-lifecycle",
    "instance-state-code",
    "instance-state-name",
    "instance-type",
    "instance.group-id",
    "instance.group-name",
    "ip-address",
    "key-name",
    "launch-index",
    "launch-time",
    "metadata-options.http-endpoint",
    "metadata-options.http-put-response-hop-limit",
    "metadata-options.http-tokens",
    "metadata-options.instance-metadata-tags",
    "monitoring-state",
    "network-interface.addresses.association.public-ip",
    "network-interface.addresses.private-ip-address",
    "network-interface.association.public-ip",
    "network-interface.attachment.attach-time",
    "network-interface.availability-zone",
    "network-interface.group-id",
    "network-interface.group-name",
    "network-interface.network-interface-id",
    "network-interface.private-dns-name",
    "network-interface.status",
    "network-interface.subnet-id",
    "network-interface.vpc-id",
    "operator.managed",
    "operator.principal",
    "owner-id",
    "platform-details",
    "private-dns-name",
    "private-ip-address",
    "reason",
    "requester-id",
    "reservation-id",
    "root-device-name",
    "root-device-type",
    "source-dest-check",
    "spot-instance-request-id",
    "state-reason-code",
    "state-reason-message",
    "subnet-id",
    "tenancy",
    "virtualization-type",
    "vpc-id",
];

/// The filters on what a terminated server has no more.
const OF_PARTS: &[&str] = &[
    "block-device-mapping.attach-time",
    "block-device-mapping.device-name",
    "block-device-mapping.status",
    "block-device-mapping.volume-id",
    "instance.group-id",
    "instance.group-name",
    "network-interface.addresses.association.public-ip",
    "network-interface.addresses.private-ip-address",
    "network-interface.association.public-ip",
    "network-interface.attachment.attach-time",
    "network-interface.availability-zone",
    "network-interface.group-id",
    "network-interface.group-name",
    "network-interface.network-interface-id",
    "network-interface.private-dns-name",
    "network-interface.status",
    "network-interface.subnet-id",
    "network-interface.vpc-id",
    "private-dns-name",
    "private-ip-address",
    "source-dest-check",
    "subnet-id",
    "vpc-id",
];

/// What one answer about servers looks up once.
pub(super) struct View<'a> {
    pub(super) world: &'a World,
    pub(super) scope: &'a Scope,
    zones: Vec<(String, String)>,
    private_domain: String,
    public_domain: String,
}

impl<'a> View<'a> {
    pub(super) fn new(ask: &Ask<'a>) -> View<'a> {
        let region = ask.scope.region;
        View {
            world: ask.world,
            scope: ask.scope,
            zones: region.zone_indices().map(|zone| (region.zone_name(zone), region.zone_id(zone))).collect(),
            private_domain: region.private_domain(),
            public_domain: region.public_domain(),
        }
    }

    pub(super) fn zone(&self, server: &Server) -> &(String, String) {
        &self.zones[usize::from(server.zone).min(self.zones.len() - 1)]
    }

    pub(super) fn image(&self, server: &Server) -> &'a Image {
        &self.world.images[server.image as usize]
    }

    pub(super) fn private_name(&self, server: &Server) -> String {
        let [a, b, c, d] = server.private_ip.octets();
        format!("ip-{a}-{b}-{c}-{d}.{}", self.private_domain)
    }

    /// A stopped server has no public address.
    pub(super) fn public_name(&self, server: &Server) -> String {
        match server.public_ip.filter(|_| server.state == ServerState::Running) {
            Some(ip) => {
                let [a, b, c, d] = ip.octets();
                format!("ec2-{a}-{b}-{c}-{d}.{}", self.public_domain)
            }
            None => String::new(),
        }
    }

    pub(super) fn has(&self, server: &'a Server, name: &str) -> Has<'a> {
        let groups = |part: fn(&(u64, std::sync::Arc<str>)) -> String| {
            Has::Many(server.security_groups.iter().map(|group| part(group).into()).collect())
        };
        if !server.has_parts() && OF_PARTS.contains(&name) {
            return Has::Nothing;
        }
        let options = server.settings.metadata;
        let switch = |on: bool| if on { "enabled" } else { "disabled" };
        match name {
            "architecture" => Has::text(&self.image(server).architecture),
            "availability-zone" | "network-interface.availability-zone" => Has::made(&self.zone(server).0),
            "availability-zone-id" => Has::made(&self.zone(server).1),
            "block-device-mapping.attach-time" => Has::made(time::iso(server.root_attached)),
            "block-device-mapping.device-name" => Has::text(&self.image(server).root_device),
            "block-device-mapping.status" => Has::text("attached"),
            "block-device-mapping.volume-id" => Has::made(id::show("vol", server.root_volume)),
            "client-token" => Has::made(server.client_token()),
            "dns-name" => Has::made(self.public_name(server)),
            "hypervisor" => Has::text("xen"),
            "iam-instance-profile.arn" => {
                Has::maybe(server.instance_profile.as_deref().map(|name| profile_arn(self.scope, name)))
            }
            "iam-instance-profile.name" => Has::maybe(server.instance_profile.as_deref()),
            "image-id" => Has::made(id::show("ami", self.image(server).id)),
            "instance-id" => Has::made(id::show("i", server.id)),
            "instance-lifecycle" => Has::maybe(server.spot.then_some("spot")),
            "instance-state-code" => Has::made(server.state.code()),
            "instance-state-name" => Has::text(server.state.name()),
            "instance-type" => Has::text(&server.instance_type),
            "instance.group-id" | "network-interface.group-id" => groups(|group| id::show("sg", group.0)),
            "instance.group-name" | "network-interface.group-name" => groups(|group| group.1.to_string()),
            "ip-address"
            | "network-interface.association.public-ip"
            | "network-interface.addresses.association.public-ip" => {
                Has::maybe(server.public_ip.filter(|_| server.state == ServerState::Running))
            }
            "key-name" => Has::maybe(server.key_name.as_deref()),
            "launch-index" => Has::made(server.launch_index),
            "launch-time" => Has::made(time::iso(server.started)),
            "metadata-options.http-endpoint" => Has::text(switch(options.enabled)),
            "metadata-options.http-put-response-hop-limit" => Has::made(options.hop_limit),
            "metadata-options.http-tokens" => Has::text(if options.tokens_required { "required" } else { "optional" }),
            "metadata-options.instance-metadata-tags" => Has::text(switch(options.tags)),
            "monitoring-state" => Has::text(switch(server.settings.monitored)),
            "network-interface.attachment.attach-time" => Has::made(time::iso(server.born)),
            "network-interface.status" => Has::text("in-use"),
            "network-interface.network-interface-id" => Has::made(id::show("eni", server.interface())),
            "private-dns-name" | "network-interface.private-dns-name" => Has::made(self.private_name(server)),
            "operator.managed" => Has::made(server.operator.is_some()),
            "operator.principal" => Has::maybe(server.operator.as_deref()),
            "owner-id" => Has::made(&self.scope.account),
            "platform-details" => Has::text("Linux/UNIX"),
            "private-ip-address" | "network-interface.addresses.private-ip-address" => Has::made(server.private_ip),
            "reason" => Has::maybe(server.ended.as_ref().map(reason)),
            "requester-id" => Has::maybe(server.membership.is_some().then_some(AUTO_SCALING)),
            "reservation-id" => Has::made(id::show("r", server.reservation)),
            "root-device-name" => Has::text(&self.image(server).root_device),
            "root-device-type" => Has::text("ebs"),
            "subnet-id" | "network-interface.subnet-id" => {
                Has::made(id::show("subnet", self.scope.network.subnet(server.zone)))
            }
            "source-dest-check" => Has::made(server.settings.source_dest_check),
            "spot-instance-request-id" => Has::maybe(server.spot.then(|| spot_request(server))),
            "state-reason-code" => Has::maybe(server.ended.as_ref().map(|ended| ended.code)),
            "state-reason-message" => Has::maybe(server.ended.as_ref().map(|ended| ended.message)),
            "tenancy" => Has::text("default"),
            "virtualization-type" => Has::text("hvm"),
            "vpc-id" | "network-interface.vpc-id" => Has::made(id::show("vpc", self.scope.network.vpc)),
            _ => Has::Nothing,
        }
    }

    fn passes(&self, filters: &[Filter], server: &'a Server) -> bool {
        filter::pass(filters, &server.tags, |name| self.has(server, name))
    }
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let asked = form.list("InstanceId");
    no_pages_of_ids(form, &asked, "instancesSet")?;
    let wanted: HashSet<u64> = ids(&asked, &KIND, |id| ask.scope.server(id).is_some())?.into_iter().collect();
    let managed_too = form.flag("IncludeManagedResources")?;
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, FILTERS, true)?;
    let view = View::new(ask);
    let (servers, next) = page(ask, form, 5, 1000, None)?.take(&ask.scope.servers, |server| {
        server.is_known()
            && (wanted.is_empty() || wanted.contains(&server.id))
            && (managed_too || server.operator.is_none() || wanted.contains(&server.id))
            && view.passes(&filters, server)
    });
    let reservations = servers.chunk_by(|one, other| one.reservation == other.reservation);
    xml.list("reservationSet", "item", reservations, |xml, servers| write_reservation(&view, xml, servers));
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

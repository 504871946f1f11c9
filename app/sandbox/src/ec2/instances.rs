//! DescribeInstances, and how a server's parts are written.

use std::collections::HashSet;

use super::{Kind, ids, instance_types::cores, metadata_options, no_pages_of_ids, page, write_tags};
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
        server::{Ended, Server, ServerState},
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
    world: &'a World,
    scope: &'a Scope,
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

    fn private_name(&self, server: &Server) -> String {
        let [a, b, c, d] = server.private_ip.octets();
        format!("ip-{a}-{b}-{c}-{d}.{}", self.private_domain)
    }

    /// A stopped server has no public address.
    fn public_name(&self, server: &Server) -> String {
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

/// EC2's words for when and by whom a server was stopped or terminated.
fn reason(ended: &Ended) -> String {
    format!("User initiated ({})", ended.at.strftime("%Y-%m-%d %H:%M:%S GMT"))
}

/// The id of the request that a spot server came of.
fn spot_request(server: &Server) -> String {
    format!("sir-{:08x}", id::mix(server.id) >> 32)
}

/// Writes the instance profile of a server that has one.
pub(super) fn write_profile(xml: &mut Xml, world: &World, scope: &Scope, server: &Server) {
    if let Some(name) = &server.instance_profile {
        xml.nest("iamInstanceProfile", |xml| {
            xml.text("arn", &profile_arn(scope, name));
            xml.text("id", &format!("AIPA{:016X}", world.seed.id(&["profile", &scope.account, name])));
        });
    }
}

/// The ARN of an instance profile.
pub(super) fn profile_arn(scope: &Scope, name: &str) -> String {
    format!("arn:aws:iam::{}:instance-profile/{name}", scope.account)
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

/// The account that Auto Scaling's launches are requested by.
const AUTO_SCALING: &str = "940372691376";

/// Writes the elements of one reservation: servers that were launched together.
pub(super) fn write_reservation(view: &View<'_>, xml: &mut Xml, servers: &[&Server]) {
    if let Some(first) = servers.first() {
        xml.id("reservationId", "r", first.reservation);
    }
    xml.text("ownerId", &view.scope.account);
    if servers.iter().any(|server| server.membership.is_some()) {
        xml.text("requesterId", AUTO_SCALING);
    }
    xml.list("groupSet", "item", [(); 0], |_, ()| ());
    xml.list("instancesSet", "item", servers, |xml, server| write_server(view, xml, server));
}

pub(super) fn write_security_groups(xml: &mut Xml, server: &Server) {
    xml.list("groupSet", "item", server.security_groups.iter(), |xml, (id, name)| {
        xml.id("groupId", "sg", *id);
        xml.text("groupName", name);
    });
}

pub(super) fn write_operator(xml: &mut Xml, server: &Server) {
    xml.nest("operator", |xml| {
        xml.plain("managed", server.operator.is_some());
        xml.maybe("principal", server.operator.as_deref());
        if server.operator.is_some() {
            xml.plain("hiddenByDefault", true);
        }
    });
}

pub(super) fn write_state(xml: &mut Xml, server: &Server) {
    xml.nest("instanceState", |xml| {
        xml.plain("code", server.state.code());
        xml.text("name", server.state.name());
    });
}

pub(super) fn write_disks(xml: &mut Xml, view: &View<'_>, server: &Server) {
    xml.list("blockDeviceMapping", "item", [&view.image(server).root_device], |xml, device| {
        xml.text("deviceName", device);
        xml.nest("ebs", |xml| {
            xml.id("volumeId", "vol", server.root_volume);
            xml.text("status", "attached");
            xml.time("attachTime", server.root_attached);
            xml.plain("deleteOnTermination", true);
            write_operator(xml, server);
        });
    });
}

pub(super) fn write_server(view: &View<'_>, xml: &mut Xml, server: &Server) {
    let image = view.image(server);
    let zone = view.zone(server);
    let subnet = view.scope.network.subnet(server.zone);
    let has_parts = server.has_parts();
    let public_name = view.public_name(server);
    let private_name = if has_parts { view.private_name(server) } else { String::new() };
    let running = server.state == ServerState::Running;
    xml.id("instanceId", "i", server.id);
    xml.id("imageId", "ami", image.id);
    write_state(xml, server);
    xml.text("privateDnsName", &private_name);
    xml.text("dnsName", &public_name);
    let state_reason = |xml: &mut Xml, code: &str, message: &str| {
        xml.nest("stateReason", |xml| {
            xml.text("code", code);
            xml.text("message", message);
        });
    };
    match &server.ended {
        None => xml.text("reason", ""),
        Some(ended) => {
            xml.text("reason", &reason(ended));
            state_reason(xml, ended.code, ended.message);
        }
    }
    if server.state == ServerState::Pending {
        state_reason(xml, "pending", "pending");
    }
    xml.maybe("keyName", server.key_name.as_deref());
    xml.plain("amiLaunchIndex", server.launch_index);
    xml.list("productCodes", "item", [(); 0], |_, ()| ());
    xml.text("instanceType", &server.instance_type);
    xml.time("launchTime", server.started);
    xml.nest("placement", |xml| {
        xml.text("availabilityZoneId", &zone.1);
        xml.text("availabilityZone", &zone.0);
        xml.text("groupName", "");
        xml.text("tenancy", "default");
    });
    xml.nest("monitoring", |xml| {
        xml.text("state", if server.settings.monitored { "enabled" } else { "disabled" });
    });
    // A terminated server has left its network and its volume behind.
    if has_parts {
        xml.id("subnetId", "subnet", subnet);
        xml.id("vpcId", "vpc", view.scope.network.vpc);
        xml.plain("privateIpAddress", server.private_ip);
        if let Some(ip) = server.public_ip.filter(|_| running) {
            xml.plain("ipAddress", ip);
        }
        xml.plain("sourceDestCheck", server.settings.source_dest_check);
        write_security_groups(xml, server);
    } else {
        xml.list("groupSet", "item", [(); 0], |_, ()| ());
    }
    xml.text("architecture", &image.architecture);
    xml.text("rootDeviceType", "ebs");
    xml.text("rootDeviceName", &image.root_device);
    if has_parts {
        write_disks(xml, view, server);
    } else {
        xml.list("blockDeviceMapping", "item", [(); 0], |_, ()| ());
    }
    xml.text("virtualizationType", "hvm");
    xml.text("clientToken", &server.client_token());
    if !server.tags.is_empty() {
        write_tags(xml, server.tags.iter());
    }
    xml.text("hypervisor", "xen");
    if has_parts {
        write_interface(xml, view, server, &private_name, &public_name);
    } else {
        xml.list("networkInterfaceSet", "item", [(); 0], |_, ()| ());
    }
    write_profile(xml, view.world, view.scope, server);
    if server.spot {
        xml.text("instanceLifecycle", "spot");
        xml.text("spotInstanceRequestId", &spot_request(server));
    }
    xml.plain("ebsOptimized", server.settings.ebs_optimized);
    xml.plain("enaSupport", true);
    let cores = cores(&server.instance_type);
    xml.nest("cpuOptions", |xml| {
        let threads = if &*image.architecture == "arm64" { 1 } else { 2 };
        xml.plain("coreCount", if threads == 1 { cores } else { cores.div_ceil(2) });
        xml.plain("threadsPerCore", threads);
    });
    xml.nest("capacityReservationSpecification", |xml| xml.text("capacityReservationPreference", "open"));
    xml.nest("hibernationOptions", |xml| xml.plain("configured", false));
    xml.nest("enclaveOptions", |xml| xml.plain("enabled", false));
    xml.nest("metadataOptions", |xml| metadata_options::write(xml, server.settings.metadata, "applied"));
    xml.text("platformDetails", "Linux/UNIX");
    xml.text("usageOperation", "RunInstances");
    xml.time("usageOperationUpdateTime", server.born);
    xml.nest("privateDnsNameOptions", |xml| {
        xml.text("hostnameType", "ip-name");
        xml.plain("enableResourceNameDnsARecord", false);
        xml.plain("enableResourceNameDnsAAAARecord", false);
    });
    xml.nest("maintenanceOptions", |xml| {
        xml.text("autoRecovery", "default");
        xml.text("rebootMigration", "default");
    });
    xml.text("currentInstanceBootMode", if &*image.architecture == "arm64" { "uefi" } else { "legacy-bios" });
    xml.nest("networkPerformanceOptions", |xml| xml.text("bandwidthWeighting", "default"));
    write_operator(xml, server);
}

fn write_interface(xml: &mut Xml, view: &View<'_>, server: &Server, private_name: &str, public_name: &str) {
    let association = |xml: &mut Xml| {
        if let Some(ip) = server.public_ip.filter(|_| server.state == ServerState::Running) {
            xml.nest("association", |xml| {
                xml.plain("publicIp", ip);
                xml.text("publicDnsName", public_name);
                xml.text("ipOwnerId", "amazon");
            });
        }
    };
    xml.list("networkInterfaceSet", "item", [server], |xml, server| {
        xml.id("networkInterfaceId", "eni", server.interface());
        xml.id("subnetId", "subnet", view.scope.network.subnet(server.zone));
        xml.id("vpcId", "vpc", view.scope.network.vpc);
        xml.text("description", "");
        xml.text("ownerId", &view.scope.account);
        xml.text("status", "in-use");
        xml.text("macAddress", &server.mac());
        xml.plain("privateIpAddress", server.private_ip);
        xml.text("privateDnsName", private_name);
        xml.plain("sourceDestCheck", server.settings.source_dest_check);
        write_security_groups(xml, server);
        xml.nest("attachment", |xml| {
            xml.id("attachmentId", "eni-attach", server.attachment());
            xml.plain("deviceIndex", 0);
            xml.plain("networkCardIndex", 0);
            xml.text("status", "attached");
            xml.time("attachTime", server.born);
            xml.plain("deleteOnTermination", true);
        });
        association(xml);
        xml.list("privateIpAddressesSet", "item", [server.private_ip], |xml, ip| {
            xml.plain("privateIpAddress", ip);
            xml.text("privateDnsName", private_name);
            xml.plain("primary", true);
            association(xml);
        });
        xml.list("ipv6AddressesSet", "item", [(); 0], |_, ()| ());
        xml.text("interfaceType", "interface");
        write_operator(xml, server);
    });
}

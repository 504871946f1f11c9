//! How a server's parts are written.

use super::{instance_types::cores, instances::View, metadata_options, write_tags};
use crate::{
    wire::xml::Xml,
    world::{
        Scope, World, id,
        server::{Ended, Server, ServerState},
        volume::DATA_DEVICE,
    },
};

/// EC2's words for when and by whom a server was stopped or terminated.
pub(super) fn reason(ended: &Ended) -> String {
    format!("User initiated ({})", ended.at.strftime("%Y-%m-%d %H:%M:%S GMT"))
}

/// The id of the request that a spot server came of.
pub(super) fn spot_request(server: &Server) -> String {
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

/// The account that Auto Scaling's launches are requested by.
pub(super) const AUTO_SCALING: &str = "940372691376";

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
    let root = (&*view.image(server).root_device, server.root_volume, server.root_attached, true);
    let data = view.scope.data_volumes(server.id).map(|(volume, attached)| (DATA_DEVICE, volume.id, attached, false));
    xml.list(
        "blockDeviceMapping",
        "item",
        std::iter::once(root).chain(data),
        |xml, (device, volume, at, goes_along)| {
            xml.text("deviceName", device);
            xml.nest("ebs", |xml| {
                xml.id("volumeId", "vol", volume);
                xml.text("status", "attached");
                xml.time("attachTime", at);
                xml.plain("deleteOnTermination", goes_along);
                write_operator(xml, server);
            });
        },
    );
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

//! GetLaunchTemplateData: a server's configuration as the data of a launch template that would make one like it.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{attributes, metadata_options, server_xml::profile_arn, tags, volumes, write_tags};
use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{Tag, id},
};

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let server = &ask.scope.servers[attributes::asked(ask, form)? as usize];
    attributes::not_ended(server)?;
    let (image, settings) = (&ask.world.images[server.image as usize], server.settings);
    let root = volumes::root(ask.world, ask.scope, server);
    let zone = ask.scope.region.zone_name(server.zone);
    let own = |tags: &[Tag]| -> Vec<Tag> { tags.iter().filter(|tag| !tags::is_reserved(&tag.key)).cloned().collect() };
    xml.nest("launchTemplateData", |xml| {
        xml.plain("ebsOptimized", settings.ebs_optimized);
        if let Some(name) = &server.instance_profile {
            xml.nest("iamInstanceProfile", |xml| xml.text("arn", &profile_arn(ask.scope, name)));
        }
        xml.list("blockDeviceMappingSet", "item", [&root], |xml, root| {
            xml.text("deviceName", &image.root_device);
            xml.nest("ebs", |xml| {
                xml.plain("encrypted", root.encrypted);
                xml.plain("deleteOnTermination", true);
                xml.plain("iops", 3000);
                xml.id("snapshotId", "snap", root.snapshot);
                xml.plain("volumeSize", root.size_gib);
                xml.text("volumeType", "gp3");
                xml.plain("throughput", 125);
            });
        });
        xml.list("networkInterfaceSet", "item", [server], |xml, server| {
            xml.plain("associatePublicIpAddress", server.public_ip.is_some());
            xml.plain("deleteOnTermination", true);
            xml.text("description", "");
            xml.plain("deviceIndex", 0);
            xml.list("groupSet", "groupId", server.security_groups.iter(), |xml, (id, _)| {
                xml.raw_text(&id::show("sg", *id));
            });
            xml.text("interfaceType", "interface");
            xml.plain("privateIpAddress", server.private_ip);
            xml.id("subnetId", "subnet", ask.scope.network.subnet(server.zone));
            xml.plain("networkCardIndex", 0);
        });
        xml.id("imageId", "ami", image.id);
        xml.text("instanceType", &server.instance_type);
        xml.maybe("keyName", server.key_name.as_deref());
        xml.nest("monitoring", |xml| xml.plain("enabled", settings.monitored));
        xml.nest("placement", |xml| {
            xml.text("availabilityZone", &zone);
            xml.text("groupName", "");
            xml.text("tenancy", "default");
        });
        xml.plain("disableApiTermination", settings.termination_protected);
        xml.text("instanceInitiatedShutdownBehavior", if settings.ends_at_shutdown { "terminate" } else { "stop" });
        if let Some(text) = &server.user_data {
            xml.text("userData", &STANDARD.encode(text.as_bytes()));
        }
        let tagged = [("instance", own(&server.tags)), ("volume", own(&volumes::volume_tags(server)))];
        let tagged = tagged.into_iter().filter(|(_, tags)| !tags.is_empty());
        xml.list("tagSpecificationSet", "item", tagged, |xml, (kind, tags)| {
            xml.text("resourceType", kind);
            write_tags(xml, tags.iter());
        });
        if server.spot {
            xml.nest("instanceMarketOptions", |xml| xml.text("marketType", "spot"));
        }
        xml.nest("capacityReservationSpecification", |xml| xml.text("capacityReservationPreference", "open"));
        xml.nest("hibernationOptions", |xml| xml.plain("configured", false));
        xml.nest("metadataOptions", |xml| metadata_options::write(xml, settings.metadata, "applied"));
        xml.nest("enclaveOptions", |xml| xml.plain("enabled", false));
        xml.nest("privateDnsNameOptions", |xml| {
            xml.text("hostnameType", "ip-name");
            xml.plain("enableResourceNameDnsARecord", false);
            xml.plain("enableResourceNameDnsAAAARecord", false);
        });
        xml.nest("maintenanceOptions", |xml| xml.text("autoRecovery", "default"));
        xml.plain("disableApiStop", settings.stop_protected);
    });
    Ok(())
}

//! What two smaller calls tell of servers: DescribeInstanceImageMetadata and DescribeInstanceAttribute.

use std::collections::HashSet;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    ids,
    instances::{KIND, View, write_disks, write_operator, write_security_groups, write_state},
    page, write_tags,
};
use crate::{
    call::Ask,
    wire::{
        fault::Fault,
        filter::{self, Has},
        form::Form,
        xml::Xml,
    },
};

const METADATA_FILTERS: &[&str] = &[
    "availability-zone",
    "instance-id",
    "image-allowed",
    "instance-state-name",
    "instance-type",
    "launch-time",
    "owner-alias",
    "owner-id",
    "zone-id",
];

/// The one call that still tells about a deregistered image.
pub(super) fn image_metadata(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let asked = form.list("InstanceId");
    let wanted: HashSet<u64> = ids(&asked, &KIND, |id| ask.scope.server(id).is_some())?.into_iter().collect();
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, METADATA_FILTERS, true)?;
    let view = View::new(ask);
    let (servers, next) = page(ask, form, 1, 1000, Some(1000))?.take(&ask.scope.servers, |server| {
        server.is_known()
            && (wanted.is_empty() || wanted.contains(&server.id))
            && filter::pass(&filters, &server.tags, |name| match name {
                "image-allowed" => Has::text("true"),
                "owner-alias" => Has::maybe(view.image(server).owner_alias.as_deref()),
                "zone-id" => Has::made(&view.zone(server).1),
                name => view.has(server, name),
            })
    });
    xml.list("instanceImageMetadataSet", "item", servers, |xml, server| {
        let image = view.image(server);
        xml.id("instanceId", "i", server.id);
        xml.text("instanceType", &server.instance_type);
        xml.time("launchTime", server.started);
        xml.text("availabilityZone", &view.zone(server).0);
        xml.text("zoneId", &view.zone(server).1);
        write_state(xml, server);
        xml.text("instanceOwnerId", &ask.scope.account);
        write_tags(xml, server.tags.iter());
        xml.nest("imageMetadata", |xml| {
            xml.id("imageId", "ami", image.id);
            xml.text("name", &image.name);
            xml.text("imageOwnerId", &image.owner);
            xml.text("imageState", image.state.name());
            xml.maybe("imageOwnerAlias", image.owner_alias.as_deref());
            xml.time("creationDate", image.created);
            if let Some(at) = image.deprecated {
                xml.time("deprecationTime", at);
            }
            xml.plain("imageAllowed", true);
            xml.plain("isPublic", image.public);
        });
        write_operator(xml, server);
    });
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

/// The attributes that EC2 knows but a server here has no value for.
const EMPTY_ATTRIBUTES: &[&str] = &["kernel", "ramdisk", "sriovNetSupport"];

pub(super) fn attribute(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let need = |name: &str| {
        form.get(name)
            .ok_or_else(|| Fault::new("MissingParameter", format!("The request must contain the parameter {name}")))
    };
    let asked = need("InstanceId")?;
    let attribute = need("Attribute")?;
    let wanted = ids(&[asked], &KIND, |id| ask.scope.server(id).is_some())?;
    let server = wanted
        .first()
        .and_then(|&id| ask.scope.server(id))
        .ok_or_else(|| Fault::new(KIND.missing, (KIND.message)(&[asked])))?;
    let view = View::new(ask);
    let value = |xml: &mut Xml, value: &dyn std::fmt::Display| {
        xml.nest(attribute, |xml| xml.text("value", &value.to_string()));
    };
    xml.id("instanceId", "i", server.id);
    match attribute {
        "userData" => xml.nest(attribute, |xml| {
            if let Some(text) = &server.user_data {
                xml.text("value", &STANDARD.encode(text.as_bytes()));
            }
        }),
        "instanceType" => value(xml, &server.instance_type),
        "disableApiTermination" => value(xml, &server.settings.termination_protected),
        "disableApiStop" => value(xml, &false),
        "enaSupport" | "ebsOptimized" | "sourceDestCheck" => value(xml, &true),
        "instanceInitiatedShutdownBehavior" => value(xml, &"stop"),
        "rootDeviceName" => value(xml, &view.image(server).root_device),
        "blockDeviceMapping" => write_disks(xml, &view, server),
        "productCodes" => xml.list("productCodes", "item", [(); 0], |_, ()| ()),
        "groupSet" => write_security_groups(xml, server),
        "enclaveOptions" => xml.nest(attribute, |xml| xml.plain("enabled", false)),
        empty if EMPTY_ATTRIBUTES.contains(&empty) => xml.nest(attribute, |_| ()),
        other => {
            return Err(Fault::invalid(format!(
                "Value ({other}) for parameter attribute is invalid. Unknown attribute."
            )));
        }
    }
    Ok(())
}

//! DescribeInstanceImageMetadata: the images that servers run, deregistered ones too.

use std::collections::HashSet;

use super::{
    ids,
    instances::{KIND, View},
    page,
    server_xml::{write_operator, write_state},
    write_tags,
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

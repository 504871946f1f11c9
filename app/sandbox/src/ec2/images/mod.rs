//! Images: DescribeImages and GetImageAncestry, and in files of their own what makes and changes them.

pub(super) mod attributes;
pub(super) mod keep;
pub(crate) mod make;

use std::collections::HashSet;

use super::{Kind, ids, no_pages_of_ids, page, write_tags};
use crate::{
    call::Ask,
    wire::{
        fault::Fault,
        filter::{self, Has},
        form::Form,
        time,
        xml::Xml,
    },
    world::{
        Tag, id,
        image::{Image, ImageState},
    },
};

/// How EC2 speaks of images' ids.
pub(super) const KIND: Kind = Kind {
    prefix: "ami",
    malformed: "InvalidAMIID.Malformed",
    missing: "InvalidAMIID.NotFound",
    message: |missing| match missing {
        [one] => format!("The image id '[{one}]' does not exist"),
        many => format!("The image ids '[{}]' do not exist", many.join(", ")),
    },
};

const FILTERS: &[&str] = &[
    "architecture",
    "block-device-mapping.snapshot-id",
    "creation-date",
    "description",
    "hypervisor",
    "image-allowed",
    "image-id",
    "image-type",
    "is-public",
    "name",
    "owner-alias",
    "owner-id",
    "public-ssm-parameter-name",
    "root-device-name",
    "root-device-type",
    "source-image-id",
    "source-image-region",
    "source-instance-id",
    "state",
    "virtualization-type",
];

/// The account that AWS Marketplace's images belong to.
const MARKETPLACE: &str = "aws-marketplace";

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let me = &*ask.scope.account;
    let asked = form.list("ImageId");
    no_pages_of_ids(form, &asked, "imagesSet")?;
    let wanted: HashSet<u64> =
        ids(&asked, &KIND, |id| ask.world.image(id).is_some_and(|image| visible(ask, image)))?.into_iter().collect();
    let owners = form.list("Owner");
    if let Some(bad) = owners.iter().find(|owner| !is_owner(owner)) {
        return Err(Fault::new("InvalidUserID.Malformed", format!("Invalid user id: \"{bad}\"")));
    }
    let launchers = form.list("ExecutableBy");
    if let Some(bad) = launchers.iter().find(|who| **who != "all" && !is_owner(who)) {
        return Err(Fault::new("InvalidUserID.Malformed", format!("Invalid user id: \"{bad}\"")));
    }
    let (deprecated_too, disabled_too) = (form.flag("IncludeDeprecated")?, form.flag("IncludeDisabled")?);
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, FILTERS, true)?;
    let page = page(ask, form, 1, 1000, None)?;
    let (images, next) = page.take(&ask.world.images, |image| {
        let mine = &*image.owner == me;
        let asked_by_id = wanted.contains(&image.id);
        visible(ask, image)
            && (wanted.is_empty() || asked_by_id)
            && (owners.is_empty() || owners.iter().any(|owner| owned_by(image, owner, me)))
            && (launchers.is_empty() || launchers.iter().any(|who| launched_by(image, who, me)))
            // An owner sees deprecated images always, others only on request or by id.
            && (mine || deprecated_too || asked_by_id || image.deprecated.is_none_or(|at| at > ask.now))
            && (disabled_too || asked_by_id || image.state != ImageState::Disabled)
            && filter::pass(&filters, tags_for(image, me), |name| has(ask, image, name))
    });
    xml.list("imagesSet", "item", images, |xml, image| write_image(ask, xml, image));
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

fn is_owner(text: &str) -> bool {
    matches!(text, "self" | "amazon" | "aws-backup-vault" | MARKETPLACE)
        || text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn owned_by(image: &Image, owner: &str, me: &str) -> bool {
    match owner {
        "self" => &*image.owner == me,
        owner => &*image.owner == owner || image.owner_alias.as_deref() == Some(owner),
    }
}

/// Whether `who` was given leave to launch it by name; an owner needs none.
fn launched_by(image: &Image, who: &str, me: &str) -> bool {
    match who {
        "all" => image.public,
        "self" => image.shared_with.iter().any(|with| &**with == me),
        who => image.shared_with.iter().any(|with| &**with == who) && (&*image.owner == me || who == me),
    }
}

/// Tags of an image are visible to its owner only.
fn tags_for<'a>(image: &'a Image, account: &str) -> &'a [Tag] {
    if &*image.owner == account { &image.tags } else { &[] }
}

fn source<'a>(ask: &Ask<'a>, image: &Image) -> Option<&'a Image> {
    image.source.map(|slot| &ask.world.images[slot as usize])
}

fn has<'a>(ask: &Ask<'a>, image: &'a Image, name: &str) -> Has<'a> {
    match name {
        "architecture" => Has::text(&image.architecture),
        "block-device-mapping.snapshot-id" => Has::made(id::show("snap", image.snapshot)),
        "creation-date" => Has::made(time::iso(image.created)),
        "description" => Has::maybe(image.description.as_deref()),
        "hypervisor" => Has::text("xen"),
        "image-allowed" => Has::text("true"),
        "image-id" => Has::made(id::show("ami", image.id)),
        "image-type" => Has::text("machine"),
        "is-public" => Has::made(image.public),
        "name" => Has::text(&image.name),
        "owner-alias" => Has::maybe(image.owner_alias.as_deref()),
        "owner-id" => Has::text(&image.owner),
        "public-ssm-parameter-name" => Has::maybe(image.public_parameter.as_deref()),
        "root-device-name" => Has::text(&image.root_device),
        "root-device-type" => Has::text("ebs"),
        "source-image-id" => Has::maybe(source(ask, image).map(|source| id::show("ami", source.id))),
        "source-image-region" => Has::maybe(source(ask, image).map(|source| source.region.name)),
        "source-instance-id" => Has::maybe(image.source_server.map(|server| id::show("i", server))),
        "state" => Has::text(image.state.name()),
        "virtualization-type" => Has::text("hvm"),
        _ => Has::Nothing,
    }
}

fn write_image(ask: &Ask<'_>, xml: &mut Xml, image: &Image) {
    let mine = image.owner == ask.scope.account;
    xml.id("imageId", "ami", image.id);
    let location = image.owner_alias.as_deref().unwrap_or(&image.owner);
    xml.text("imageLocation", &format!("{location}/{}", image.name));
    xml.text("imageState", image.state.name());
    xml.text("imageOwnerId", &image.owner);
    xml.maybe("imageOwnerAlias", image.owner_alias.as_deref());
    xml.time("creationDate", image.created);
    xml.plain("isPublic", image.public);
    xml.text("architecture", &image.architecture);
    xml.text("imageType", "machine");
    xml.text("name", &image.name);
    xml.maybe("description", image.description.as_deref());
    xml.text("rootDeviceType", "ebs");
    xml.text("rootDeviceName", &image.root_device);
    write_disks(xml, image);
    xml.text("virtualizationType", "hvm");
    xml.text("hypervisor", "xen");
    xml.plain("enaSupport", true);
    xml.text("sriovNetSupport", "simple");
    xml.text("bootMode", boot_mode(image));
    xml.text("imdsSupport", "v2.0");
    xml.text("platformDetails", "Linux/UNIX");
    xml.text("usageOperation", "RunInstances");
    if let Some(at) = image.deprecated {
        xml.time("deprecationTime", at);
    }
    xml.plain("imageAllowed", true);
    if let Some(source) = source(ask, image) {
        xml.id("sourceImageId", "ami", source.id);
        xml.text("sourceImageRegion", source.region.name);
    }
    xml.maybe("publicSsmParameterName", image.public_parameter.as_deref());
    if mine {
        if let Some(server) = image.source_server {
            xml.id("sourceInstanceId", "i", server);
        }
        if let Some(at) = image.launches.last_told(ask.now) {
            xml.time("lastLaunchedTime", at);
        }
        xml.text("deregistrationProtection", image.protection.name(ask.now));
    }
    let tags = tags_for(image, &ask.scope.account);
    if !tags.is_empty() {
        write_tags(xml, tags);
    }
}

fn boot_mode(image: &Image) -> &'static str {
    if &*image.architecture == "arm64" { "uefi" } else { "uefi-preferred" }
}

fn write_disks(xml: &mut Xml, image: &Image) {
    xml.list("blockDeviceMapping", "item", [image], |xml, image| {
        xml.text("deviceName", &image.root_device);
        xml.nest("ebs", |xml| {
            xml.id("snapshotId", "snap", image.snapshot);
            xml.plain("volumeSize", image.size_gib);
            xml.plain("deleteOnTermination", true);
            xml.text("volumeType", "gp3");
            xml.plain("iops", 3000);
            xml.plain("throughput", 125);
            xml.plain("encrypted", image.encrypted);
        });
    });
}

/// Whether the account sees it in this region.
fn visible(ask: &Ask<'_>, image: &Image) -> bool {
    image.region == ask.scope.region && image.visible_to(&ask.scope.account)
}

/// The most entries that an ancestry has.
const MAX_ANCESTRY: usize = 50;

pub(super) fn ancestry(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let asked = form
        .get("ImageId")
        .ok_or_else(|| Fault::new("MissingParameter", "The request must contain the parameter ImageId"))?;
    let wanted = ids(&[asked], &KIND, |id| ask.world.image(id).is_some_and(|image| visible(ask, image)))?;
    let first = wanted.first().and_then(|&id| ask.world.image(id));
    // An ancestor in another region is known as long as it is there; a deregistered one ends the chain.
    let chain = std::iter::successors(first, |image| {
        source(ask, image).filter(|source| source.state != ImageState::Deregistered)
    });
    xml.list("imageAncestryEntrySet", "item", chain.take(MAX_ANCESTRY), |xml, image| {
        xml.time("creationDate", image.created);
        xml.id("imageId", "ami", image.id);
        xml.maybe("imageOwnerAlias", image.owner_alias.as_deref());
        if let Some(source) = source(ask, image) {
            xml.id("sourceImageId", "ami", source.id);
            xml.text("sourceImageRegion", source.region.name);
        }
    });
    Ok(())
}

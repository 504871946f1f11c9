//! DescribeVolumes and DescribeReplaceRootVolumeTasks.

use std::collections::HashSet;

use super::{Kind, ids, instances, no_pages_of_ids, page, write_tags};
use crate::{
    call::Ask,
    wire::{
        fault::Fault,
        filter::{self, Has},
        form::Form,
        xml::Xml,
    },
    world::{Tag, id, image::Image, server::Server},
};

const VOLUME: Kind = Kind {
    prefix: "vol",
    malformed: "InvalidParameterValue",
    missing: "InvalidVolume.NotFound",
    message: |missing| match missing {
        [one] => format!("The volume '{one}' does not exist."),
        many => format!("The volumes '{}' do not exist.", many.join(", ")),
    },
};

const TASK: Kind = Kind {
    prefix: "replacevol",
    malformed: "InvalidReplaceRootVolumeTaskId.Malformed",
    missing: "InvalidReplaceRootVolumeTaskId.NotFound",
    message: |missing| format!("The replace root volume task ID '{}' does not exist", missing.join(", ")),
};

const FILTERS: &[&str] = &[
    "attachment.device",
    "attachment.instance-id",
    "attachment.status",
    "availability-zone",
    "encrypted",
    "size",
    "snapshot-id",
    "status",
    "volume-id",
    "volume-type",
];

/// What a root volume was made from: a replacement's image, else the launch image.
fn root_image<'a>(ask: &Ask<'a>, server: &Server) -> &'a Image {
    let replaced = ask
        .scope
        .root_replacements
        .iter()
        .filter(|task| task.server == server.id)
        .max_by_key(|task| task.completed)
        .and_then(|task| task.image);
    &ask.world.images[replaced.unwrap_or(server.image) as usize]
}

/// The tags of a server's root volume.
fn volume_tags(server: &Server) -> Vec<Tag> {
    match &server.volume_tags {
        Some(tags) => tags.to_vec(),
        None => server.tags.iter().filter(|tag| !tag.key.starts_with("aws:")).cloned().collect(),
    }
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let asked = form.list("VolumeId");
    no_pages_of_ids(form, &asked, "volumeSet")?;
    let volumes: HashSet<u64> = if asked.is_empty() {
        HashSet::new()
    } else {
        ask.scope.known_servers().map(|server| server.root_volume).collect()
    };
    let wanted: HashSet<u64> = ids(&asked, &VOLUME, |id| volumes.contains(&id))?.into_iter().collect();
    let managed_too = form.flag("IncludeManagedResources")?;
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, FILTERS, true)?;
    let zone = |server: &Server| ask.scope.region.zone_name(server.zone);
    let (servers, next) = page(ask, form, 5, 1000, None)?.take(&ask.scope.servers, |server| {
        server.has_parts()
            && (wanted.is_empty() || wanted.contains(&server.root_volume))
            && (managed_too || server.operator.is_none() || wanted.contains(&server.root_volume))
            && filter::pass(&filters, &volume_tags(server), |name| match name {
                "attachment.device" => Has::text(root_image(ask, server).root_device),
                "attachment.instance-id" => Has::made(id::show("i", server.id)),
                "attachment.status" => Has::text("attached"),
                "availability-zone" => Has::made(zone(server)),
                "encrypted" => Has::text("true"),
                "size" => Has::made(root_image(ask, server).size_gib),
                "snapshot-id" => Has::made(id::show("snap", root_image(ask, server).snapshot())),
                "status" => Has::text("in-use"),
                "volume-id" => Has::made(id::show("vol", server.root_volume)),
                _ => Has::text("gp3"),
            })
    });
    xml.list("volumeSet", "item", servers, |xml, server| {
        let image = root_image(ask, server);
        xml.id("volumeId", "vol", server.root_volume);
        xml.plain("size", image.size_gib);
        xml.id("snapshotId", "snap", image.snapshot());
        xml.text("availabilityZone", &zone(server));
        xml.text("availabilityZoneId", &ask.scope.region.zone_id(server.zone));
        xml.text("status", "in-use");
        xml.time("createTime", server.root_attached);
        xml.list("attachmentSet", "item", [server], |xml, server| {
            xml.id("volumeId", "vol", server.root_volume);
            xml.id("instanceId", "i", server.id);
            xml.text("device", image.root_device);
            xml.text("status", "attached");
            xml.time("attachTime", server.root_attached);
            xml.plain("deleteOnTermination", true);
        });
        let tags = volume_tags(server);
        if !tags.is_empty() {
            write_tags(xml, tags.iter());
        }
        xml.text("volumeType", "gp3");
        xml.plain("iops", 3000);
        xml.plain("throughput", 125);
        xml.plain("encrypted", true);
        xml.plain("multiAttachEnabled", false);
        xml.nest("operator", |xml| {
            xml.plain("managed", server.operator.is_some());
            xml.maybe("principal", server.operator.as_deref());
        });
    });
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

pub(super) fn replacements(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let tasks = &ask.scope.root_replacements;
    let asked = form.list("ReplaceRootVolumeTaskId");
    let known = |id| tasks.iter().any(|task| task.id == id);
    let wanted: HashSet<u64> = ids(&asked, &TASK, known)?.into_iter().collect();
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, &["instance-id"], false)?;
    for filter in &filters {
        for value in &filter.values {
            if !id::well_formed("i", value) {
                return Err(Fault::new(instances::KIND.malformed, format!("Invalid id: \"{value}\"")));
            }
        }
    }
    let (tasks, next) = page(ask, form, 1, 50, Some(50))?.take(tasks, |task| {
        (wanted.is_empty() || wanted.contains(&task.id))
            && filter::pass(&filters, &[], |_| Has::made(id::show("i", task.server)))
    });
    xml.list("replaceRootVolumeTaskSet", "item", tasks, |xml, task| {
        xml.id("replaceRootVolumeTaskId", "replacevol", task.id);
        xml.id("instanceId", "i", task.server);
        xml.text("taskState", "succeeded");
        xml.plain("startTime", task.started);
        xml.plain("completeTime", task.completed);
        if let Some(slot) = task.image {
            let image = &ask.world.images[slot as usize];
            xml.id("imageId", "ami", image.id);
            xml.id("snapshotId", "snap", image.snapshot());
        }
        xml.plain("deleteReplacedRootVolume", true);
    });
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

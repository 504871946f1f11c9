//! DescribeVolumes: the root volumes of servers, those that were attached beside them, and those that were taken off and
//! kept.

use std::collections::HashSet;

use jiff::Timestamp;

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
        Scope, Tag, World, id,
        server::Server,
        volume::{DATA_DEVICE, Volume, VolumeState},
    },
};

pub(super) const VOLUME: Kind = Kind {
    prefix: "vol",
    malformed: "InvalidParameterValue",
    missing: "InvalidVolume.NotFound",
    message: |missing| match missing {
        [one] => format!("The volume '{one}' does not exist."),
        many => format!("The volumes '{}' do not exist.", many.join(", ")),
    },
};

const FILTERS: &[&str] = &[
    "attachment.device",
    "attachment.instance-id",
    "attachment.status",
    "availability-zone",
    "create-time",
    "encrypted",
    "size",
    "snapshot-id",
    "status",
    "volume-id",
    "volume-type",
];

/// A volume as it is told: the root of a server, or one on no server.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) id: u64,
    zone: u8,
    created: Timestamp,
    pub(super) size_gib: u32,
    pub(super) snapshot: u64,
    pub(super) encrypted: bool,
    /// Of a volume on no server; a server's root has the tags that its server says.
    tags: &'a [Tag],
    server: Option<&'a Server>,
    /// When it was attached beside that server's root; `None` for the root itself.
    beside_root: Option<Timestamp>,
}

/// The root volume of a server.
pub(super) fn root<'a>(world: &World, scope: &'a Scope, server: &'a Server) -> Told<'a> {
    match scope.volume(server.root_volume) {
        Some(volume) => Told { server: Some(server), ..free(volume) },
        None => {
            let image = &world.images[server.image as usize];
            Told {
                id: server.root_volume,
                zone: server.zone,
                created: server.root_attached,
                size_gib: image.size_gib,
                snapshot: image.snapshot,
                // The accounts here have encryption by default on.
                encrypted: true,
                tags: &[],
                server: Some(server),
                beside_root: None,
            }
        }
    }
}

fn free(volume: &Volume) -> Told<'_> {
    Told {
        id: volume.id,
        zone: volume.zone,
        created: volume.created,
        size_gib: volume.size_gib,
        snapshot: volume.snapshot,
        encrypted: volume.encrypted,
        tags: &volume.tags,
        server: None,
        beside_root: None,
    }
}

impl Told<'_> {
    /// It as it is once it was taken off its server.
    pub(super) fn into_free(self, server: &Server) -> Volume {
        Volume {
            id: self.id,
            zone: self.zone,
            created: self.created,
            size_gib: self.size_gib,
            snapshot: self.snapshot,
            encrypted: self.encrypted,
            tags: volume_tags(server).into(),
            state: VolumeState::Available,
        }
    }

    fn operator(&self) -> Option<&str> {
        self.server.and_then(|server| server.operator.as_deref())
    }

    fn tags(&self) -> Vec<Tag> {
        let of_root = self.server.filter(|_| self.beside_root.is_none());
        of_root.map_or_else(|| self.tags.to_vec(), volume_tags)
    }

    fn status(&self) -> &'static str {
        if self.server.is_some() { "in-use" } else { "available" }
    }
}

/// The tags of a server's root volume.
pub(crate) fn volume_tags(server: &Server) -> Vec<Tag> {
    match &server.volume_tags {
        Some(tags) => tags.to_vec(),
        None => server.tags.iter().filter(|tag| !tag.key.starts_with("aws:")).cloned().collect(),
    }
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let asked = form.list("VolumeId");
    no_pages_of_ids(form, &asked, "volumeSet")?;
    let scope = ask.scope;
    let roots = scope.servers.iter().filter(|server| server.has_parts()).map(|server| root(ask.world, scope, server));
    let others = scope.volumes().iter().filter(|volume| volume.state == VolumeState::Available).map(free);
    let data = scope.servers.iter().filter(|server| server.has_parts()).flat_map(|server| {
        let beside = scope.data_volumes(server.id);
        beside.map(move |(volume, at)| Told { server: Some(server), beside_root: Some(at), ..free(volume) })
    });
    let volumes: Vec<Told<'_>> = roots.chain(data).chain(others).collect();
    let known: HashSet<u64> =
        if asked.is_empty() { HashSet::new() } else { volumes.iter().map(|volume| volume.id).collect() };
    let wanted: HashSet<u64> = ids(&asked, &VOLUME, |id| known.contains(&id))?.into_iter().collect();
    let managed_too = form.flag("IncludeManagedResources")?;
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, FILTERS, true)?;
    let zone = |volume: &Told<'_>| scope.region.zone_name(volume.zone);
    let device = |volume: &Told<'_>| {
        let server = volume.server?;
        Some(match volume.beside_root {
            Some(_) => DATA_DEVICE,
            None => &*ask.world.images[server.image as usize].root_device,
        })
    };
    let (volumes, next) = page(ask, form, 5, 1000, None)?.take(&volumes, |volume| {
        (wanted.is_empty() || wanted.contains(&volume.id))
            && (managed_too || volume.operator().is_none() || wanted.contains(&volume.id))
            && filter::pass(&filters, &volume.tags(), |name| match name {
                "attachment.device" => Has::maybe(device(volume)),
                "attachment.instance-id" => Has::maybe(volume.server.map(|server| id::show("i", server.id))),
                "attachment.status" => Has::maybe(volume.server.map(|_| "attached")),
                "availability-zone" => Has::made(zone(volume)),
                "create-time" => Has::made(time::iso(volume.created)),
                "encrypted" => Has::made(volume.encrypted),
                "size" => Has::made(volume.size_gib),
                "snapshot-id" if volume.snapshot == 0 => Has::Nothing,
                "snapshot-id" => Has::made(id::show("snap", volume.snapshot)),
                "status" => Has::text(volume.status()),
                "volume-id" => Has::made(id::show("vol", volume.id)),
                _ => Has::text("gp3"),
            })
    });
    xml.list("volumeSet", "item", volumes, |xml, volume| {
        xml.id("volumeId", "vol", volume.id);
        xml.plain("size", volume.size_gib);
        match volume.snapshot {
            0 => xml.text("snapshotId", ""),
            snapshot => xml.id("snapshotId", "snap", snapshot),
        }
        xml.text("availabilityZone", &zone(volume));
        xml.text("availabilityZoneId", &scope.region.zone_id(volume.zone));
        xml.text("status", volume.status());
        xml.time("createTime", volume.created);
        xml.list("attachmentSet", "item", volume.server, |xml, server| {
            xml.id("volumeId", "vol", volume.id);
            xml.id("instanceId", "i", server.id);
            xml.text("device", device(volume).unwrap_or_default());
            xml.text("status", "attached");
            xml.time("attachTime", volume.beside_root.unwrap_or(server.root_attached));
            xml.plain("deleteOnTermination", volume.beside_root.is_none());
        });
        let tags = volume.tags();
        if !tags.is_empty() {
            write_tags(xml, tags.iter());
        }
        xml.text("volumeType", "gp3");
        xml.plain("iops", 3000);
        xml.plain("throughput", 125);
        xml.plain("encrypted", volume.encrypted);
        xml.plain("multiAttachEnabled", false);
        xml.nest("operator", |xml| {
            xml.plain("managed", volume.operator().is_some());
            xml.maybe("principal", volume.operator());
        });
    });
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

//! The snapshots of images and volumes: DescribeSnapshots, CreateSnapshot and DeleteSnapshot.

use std::collections::HashSet;

use super::{Kind, ids, missing, no_pages_of_ids, page, tags, volumes, write_tags};
use crate::{
    call::{Ask, Change, Input},
    events::later,
    wire::{
        fault::Fault,
        filter::{self, Has},
        form::Form,
        time,
        xml::Xml,
    },
    world::{arn, id, image::ImageState, snapshot::Snapshot},
};

/// How EC2 speaks of snapshots' ids.
pub(super) const KIND: Kind = Kind {
    prefix: "snap",
    malformed: "InvalidSnapshotID.Malformed",
    missing: "InvalidSnapshot.NotFound",
    message: |missing| match missing {
        [one] => format!("The snapshot '{one}' does not exist."),
        many => format!("The snapshots '{}' do not exist.", many.join(", ")),
    },
};

const FILTERS: &[&str] = &[
    "description",
    "encrypted",
    "owner-alias",
    "owner-id",
    "progress",
    "snapshot-id",
    "start-time",
    "status",
    "storage-tier",
    "volume-id",
    "volume-size",
];

/// What EC2 tells of a copy, which is of no volume.
const NO_VOLUME: &str = "vol-ffffffff";

fn visible(ask: &Ask<'_>, snapshot: &Snapshot) -> bool {
    snapshot.region == ask.scope.region && snapshot.visible_to(&ask.scope.account)
}

/// The snapshot that a text names and that the account may use.
///
/// # Errors
/// That there is none.
pub(super) fn asked<'a>(ask: &Ask<'a>, text: &str) -> Result<&'a Snapshot, Fault> {
    let known = |id| ask.world.snapshot(id).is_some_and(|snapshot| visible(ask, snapshot));
    let found = ids(&[text], &KIND, known)?;
    found
        .first()
        .and_then(|&id| ask.world.snapshot(id))
        .ok_or_else(|| Fault::new(KIND.missing, (KIND.message)(&[text])))
}

/// What a snapshot takes, in seconds, beside its share for each GiB. AWS promises no time.
const TAKES_S: (u32, u32) = (30, 5);

/// What CreateSnapshot is about: the snapshot to be and the volume.
pub(super) fn create_resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let mut arns = vec![arn::ec2(ask.scope, "snapshot", "*")];
    arns.extend(arn::ec2_of(ask.scope, "volume", input.form.get("VolumeId")));
    arns
}

pub(super) fn create(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let text = form.get("VolumeId").ok_or_else(|| missing("VolumeId"))?;
    let description = form.get("Description").unwrap_or_default().to_owned();
    if description.chars().count() > 255 {
        return Err(Fault::invalid("Snapshot descriptions must be less than 256 characters long"));
    }
    let given = tags::specified(form, "TagSpecification", &["snapshot"])?;
    let scope = ask.scope;
    let of_server = |id: u64| scope.servers.iter().find(|server| server.root_volume == id && server.has_parts());
    let free = |id: u64| scope.volume(id).filter(|volume| volume.is_its_own());
    let found = ids(&[text], &volumes::VOLUME, |id| of_server(id).is_some() || free(id).is_some())?;
    let volume = found.first().copied().unwrap_or_default();
    let (size_gib, encrypted) = match (of_server(volume), free(volume)) {
        (Some(server), _) => {
            let root = volumes::root(ask.world, scope, server);
            (root.size_gib, root.encrypted)
        }
        (None, Some(volume)) => (volume.size_gib, volume.encrypted),
        (None, None) => return Err(Fault::new(volumes::VOLUME.missing, (volumes::VOLUME.message)(&[text]))),
    };
    let takes_s = TAKES_S.0.saturating_add(TAKES_S.1.saturating_mul(size_gib));
    let snapshot = Snapshot {
        id: 0,
        owner: scope.account.clone(),
        owner_alias: None,
        region: scope.region,
        started: change.now,
        completed: later(change.now, takes_s),
        size_gib,
        encrypted,
        volume: Some(volume),
        description,
        tags: given.of("snapshot").into(),
        public: false,
        deleted: false,
    };
    let world = change.effect()?;
    let id = world.fresh_id("snap");
    world.add_snapshot(Snapshot { id, ..snapshot });
    change.note(id::show("snap", id));
    let ask = change.ask();
    if let Some(snapshot) = ask.world.snapshot(id) {
        write(&ask, xml, snapshot);
    }
    Ok(())
}

/// The snapshot that a call names.
pub(super) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    arn::ec2_of(ask.scope, "snapshot", input.form.get("SnapshotId"))
}

pub(super) fn delete(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let text = form.get("SnapshotId").ok_or_else(|| missing("SnapshotId"))?;
    let id = asked(&ask, text)?.id;
    if ask.world.snapshot(id).is_some_and(|snapshot| snapshot.owner != ask.scope.account) {
        return Err(Fault::new("AuthFailure", format!("Not authorized for snapshot:{text}")).with_status(403));
    }
    let holds = ask.world.images.iter().find(|one| one.snapshot == id && one.state != ImageState::Deregistered);
    if let Some(image) = holds {
        let image = id::show("ami", image.id);
        return Err(Fault::new("InvalidSnapshot.InUse", format!("The snapshot {text} is currently in use by {image}")));
    }
    if let Some(snapshot) = change.effect()?.snapshot_mut(id) {
        snapshot.deleted = true;
    }
    xml.plain("return", true);
    Ok(())
}

fn volume(snapshot: &Snapshot) -> String {
    snapshot.volume.map_or_else(|| NO_VOLUME.to_owned(), |volume| id::show("vol", volume))
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let me = &*ask.scope.account;
    let asked = form.list("SnapshotId");
    no_pages_of_ids(form, &asked, "snapshotSet")?;
    let known = |id| ask.world.snapshot(id).is_some_and(|snapshot| visible(ask, snapshot));
    let wanted: HashSet<u64> = ids(&asked, &KIND, known)?.into_iter().collect();
    let (owners, restorers) = (form.list("Owner"), form.list("RestorableBy"));
    let owned = |snapshot: &Snapshot, owner: &str| match owner {
        "self" => &*snapshot.owner == me,
        owner => &*snapshot.owner == owner || snapshot.owner_alias.as_deref() == Some(owner),
    };
    let restorable = |snapshot: &Snapshot, who: &str| match who {
        "all" => snapshot.public,
        "self" => &*snapshot.owner == me,
        who => &*snapshot.owner == who,
    };
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, FILTERS, true)?;
    let page = page(ask, form, 5, 1000, None)?;
    let (snapshots, next) = page.take(&ask.world.snapshots, |snapshot| {
        // Tags are their owner's alone.
        let tags = if &*snapshot.owner == me { &*snapshot.tags } else { &[] };
        visible(ask, snapshot)
            && (wanted.is_empty() || wanted.contains(&snapshot.id))
            && (owners.is_empty() || owners.iter().any(|owner| owned(snapshot, owner)))
            && (restorers.is_empty() || restorers.iter().any(|who| restorable(snapshot, who)))
            && filter::pass(&filters, tags, |name| match name {
                "description" => Has::text(&snapshot.description),
                "encrypted" => Has::made(snapshot.encrypted),
                "owner-alias" => Has::maybe(snapshot.owner_alias.as_deref()),
                "owner-id" => Has::text(&snapshot.owner),
                "progress" => Has::made(format!("{}%", snapshot.percent(ask.now))),
                "snapshot-id" => Has::made(id::show("snap", snapshot.id)),
                "start-time" => Has::made(time::iso(snapshot.started)),
                "status" => Has::text(snapshot.state(ask.now)),
                "storage-tier" => Has::text("standard"),
                "volume-id" => Has::made(volume(snapshot)),
                _ => Has::made(snapshot.size_gib),
            })
    });
    xml.list("snapshotSet", "item", snapshots, |xml, snapshot| write(ask, xml, snapshot));
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

fn write(ask: &Ask<'_>, xml: &mut Xml, snapshot: &Snapshot) {
    xml.id("snapshotId", "snap", snapshot.id);
    xml.text("volumeId", &volume(snapshot));
    xml.text("status", snapshot.state(ask.now));
    xml.time("startTime", snapshot.started);
    if ask.now >= snapshot.completed {
        xml.time("completionTime", snapshot.completed);
    }
    xml.text("progress", &format!("{}%", snapshot.percent(ask.now)));
    xml.text("ownerId", &snapshot.owner);
    xml.maybe("ownerAlias", snapshot.owner_alias.as_deref());
    xml.plain("volumeSize", snapshot.size_gib);
    xml.text("description", &snapshot.description);
    xml.plain("encrypted", snapshot.encrypted);
    xml.text("storageTier", "standard");
    xml.text("transferType", "standard");
    if snapshot.owner == ask.scope.account && !snapshot.tags.is_empty() {
        write_tags(xml, snapshot.tags.iter());
    }
}

//! DescribeSnapshots: the snapshots of images and volumes.

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
    world::{id, snapshot::Snapshot},
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

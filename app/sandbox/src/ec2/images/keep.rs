//! What an owner does with an image: deregisters, disables, deprecates or protects it.

use jiff::{SignedDuration, Timestamp};

use super::make::{own, unavailable};
use crate::{
    call::{Ask, Change, Input},
    ec2::missing,
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        World, arn, id,
        image::{Image, ImageState, Protection},
    },
};

/// The image that a call names.
pub(in crate::ec2) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    arn::ec2_of(ask.scope, "image", input.form.get("ImageId"))
}

/// Changes the image that the request names, and says that it was done.
fn done(
    change: &mut Change<'_>,
    xml: &mut Xml,
    slot: u32,
    deed: impl FnOnce(&mut Image, Timestamp),
) -> Result<(), Fault> {
    let now = change.now;
    deed(&mut change.effect()?.images[slot as usize], now);
    xml.plain("return", true);
    Ok(())
}

pub(in crate::ec2) fn deregister(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let with_snapshots = form.flag("DeleteAssociatedSnapshots")?;
    let slot = own(&ask, form)?;
    let image = &ask.world.images[slot as usize];
    if image.protection.holds(ask.now) {
        let id = id::show("ami", image.id);
        return Err(Fault::new(
            "OperationNotPermitted",
            format!(
                "The image '{id}' can't be deregistered: deregistration protection is on or was on until recently."
            ),
        ));
    }
    let world = change.effect()?;
    world.images[slot as usize].state = ImageState::Deregistered;
    xml.plain("return", true);
    if with_snapshots {
        let snapshot = world.images[slot as usize].snapshot;
        let code = delete_snapshot(world, snapshot);
        xml.list("deleteSnapshotResultSet", "item", [code], |xml, code| {
            xml.id("snapshotId", "snap", snapshot);
            xml.text("returnCode", code);
        });
    }
    Ok(())
}

/// Deletes a snapshot unless another image has it: EC2's word for what was done.
fn delete_snapshot(world: &mut World, snapshot: u64) -> &'static str {
    let in_use = |image: &Image| image.snapshot == snapshot && image.state != ImageState::Deregistered;
    if world.images.iter().any(in_use) {
        return "skipped";
    }
    match world.snapshot_mut(snapshot) {
        Some(it) => {
            it.deleted = true;
            "success"
        }
        None => "client-error",
    }
}

pub(in crate::ec2) fn enable(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let slot = own(&change.ask(), form)?;
    done(change, xml, slot, |image, _| {
        if image.state == ImageState::Disabled {
            image.state = ImageState::Available;
        }
    })
}

/// Who it was shared with loses it for good.
pub(in crate::ec2) fn disable(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = own(&ask, form)?;
    if ask.world.images[slot as usize].state == ImageState::Pending {
        return Err(unavailable(form.get("ImageId").unwrap_or_default()));
    }
    done(change, xml, slot, |image, _| {
        image.state = ImageState::Disabled;
        image.public = false;
        image.shared_with.clear();
    })
}

/// The time of a deprecation, to the minute: from now on for ten years, of a public image for two years from its
/// making (documentation of EnableImageDeprecation).
fn deprecation(ask: &Ask<'_>, text: &str, image: &Image) -> Result<Timestamp, Fault> {
    let bad = |why: &str| Fault::invalid(format!("Value ({text}) for parameter DeprecateAt is invalid. {why}"));
    let asked: Timestamp = text.parse().map_err(|_| bad("It must be a time such as 2026-11-02T08:00:00Z."))?;
    if asked <= ask.now {
        return Err(bad("The date must be in the future."));
    }
    let years = |from: Timestamp, years: i64| {
        from.saturating_add(SignedDuration::from_hours(24 * (365 * years + years / 4))).unwrap_or(Timestamp::MAX)
    };
    let latest = if image.public { years(image.created, 2) } else { years(ask.now, 10) };
    if asked > latest {
        return Err(bad(if image.public {
            "The limit for a public AMI is 2 years from its creation date."
        } else {
            "The limit is 10 years from now."
        }));
    }
    let minute = asked.as_second().saturating_add(30).div_euclid(60).saturating_mul(60);
    Ok(Timestamp::from_second(minute).unwrap_or(asked))
}

pub(in crate::ec2) fn enable_deprecation(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let text = form.get("DeprecateAt").ok_or_else(|| missing("DeprecateAt"))?;
    let slot = own(&ask, form)?;
    let at = deprecation(&ask, text, &ask.world.images[slot as usize])?;
    done(change, xml, slot, |image, _| image.deprecated = Some(at))
}

pub(in crate::ec2) fn disable_deprecation(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let slot = own(&change.ask(), form)?;
    done(change, xml, slot, |image, _| image.deprecated = None)
}

pub(in crate::ec2) fn protect(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let cooldown = form.flag("WithCooldown")?;
    let slot = own(&change.ask(), form)?;
    done(change, xml, slot, |image, _| {
        image.protection = if cooldown { Protection::WithCooldown } else { Protection::On };
    })
}

pub(in crate::ec2) fn unprotect(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let slot = own(&change.ask(), form)?;
    done(change, xml, slot, |image, now| {
        image.protection = match image.protection {
            Protection::Off | Protection::On => Protection::Off,
            Protection::WithCooldown => {
                Protection::CoolingDown(now.saturating_add(Protection::COOLDOWN).unwrap_or(Timestamp::MAX))
            }
            cooling @ Protection::CoolingDown(_) => cooling,
        };
    })
}

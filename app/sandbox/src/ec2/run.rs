//! RunInstances.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    ids, images,
    instances::{View, write_server},
    launch::{self, Order},
    templates,
};
use crate::{
    call::{Ask, Change, Input, anything},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        Tag, id,
        mould::{Mould, boot_s},
    },
};

pub(super) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    anything(ask, input)
}

/// What the request says of the servers, over what its template says.
fn mould(ask: &Ask<'_>, form: &Form) -> Result<Mould, Fault> {
    let template = templates::named(ask, form, "LaunchTemplate")?;
    let mut mould = match template {
        Some((slot, number)) => Mould::of_version(ask.scope, slot, number),
        None => None,
    };
    if let Some(text) = form.get("ImageId") {
        let known = |id| ask.world.image(id).is_some_and(|image| image.region == ask.scope.region);
        let image = ids(&[text], &images::KIND, known)?
            .first()
            .and_then(|&id| ask.world.image_slot(id))
            .ok_or_else(|| Fault::new("InvalidAMIID.NotFound", format!("The image id '[{text}]' does not exist")))?;
        match &mut mould {
            Some(mould) => mould.image = image,
            None => {
                mould = Some(Mould {
                    image,
                    // AWS's own default.
                    instance_type: "m1.small".into(),
                    key_name: None,
                    security_groups: [ask.scope.security_group(ask.world.seed, "default")].into(),
                    instance_profile: None,
                    user_data: None,
                    tags: Vec::new(),
                    spot: false,
                    termination_protected: false,
                    boot_s: boot_s(None),
                });
            }
        }
    }
    let mut mould =
        mould.ok_or_else(|| Fault::new("MissingParameter", "The request must contain the parameter ImageId"))?;
    if let Some(text) = form.get("InstanceType") {
        mould.instance_type = text.into();
    }
    if let Some(text) = form.get("KeyName") {
        mould.key_name = Some(text.into());
    }
    if let Some(text) = form.get("UserData") {
        let bytes = STANDARD.decode(text).map_err(|_| Fault::invalid("Invalid BASE64 encoding of user data"))?;
        let text = String::from_utf8_lossy(&bytes);
        mould.boot_s = boot_s(Some(&text));
        mould.user_data = Some(text.into());
    }
    for tag in tags_of(form, "TagSpecification", "instance") {
        mould.set_tag(tag);
    }
    Ok(mould)
}

pub(super) fn run(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let mould = mould(&ask, form)?;
    let image = &ask.world.images[mould.image as usize];
    if !image.may_launch(&ask.scope.account) || !image.visible_to(&ask.scope.account) {
        let id = id::show("ami", image.id);
        return Err(Fault::new("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist")));
    }
    let count = |name: &str| {
        form.get(name)
            .ok_or_else(|| Fault::new("MissingParameter", format!("The request must contain the parameter {name}")))?
            .parse::<u32>()
            .ok()
            .filter(|count| (1..=1_000).contains(count))
            .ok_or_else(|| Fault::invalid(format!("Invalid value for {name}: it must be a positive integer.")))
    };
    let (least, most) = (count("MinCount")?, count("MaxCount")?);
    if least > most {
        return Err(Fault::new("InvalidParameterCombination", "The minimum count is larger than the maximum count."));
    }
    let zone = zone(&ask, form)?;
    let token: Option<Arc<str>> = form.get("ClientToken").map(Arc::from);
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let order = Order { mould, zone, membership: None, token };
    let made = launch::launch_all(world, scope, &order, least..=most, now)?;
    let ids: Vec<String> =
        made.iter().map(|&slot| id::show("i", change.ask().scope.servers[slot as usize].id)).collect();
    ids.into_iter().for_each(|id| change.note(id));
    let ask = change.ask();
    let view = View::new(&ask);
    let servers = made.iter().map(|&slot| &ask.scope.servers[slot as usize]);
    if let Some(&first) = made.first() {
        xml.id("reservationId", "r", ask.scope.servers[first as usize].reservation());
    }
    xml.text("ownerId", &ask.scope.account);
    xml.list("groupSet", "item", [(); 0], |_, ()| ());
    xml.list("instancesSet", "item", servers, |xml, server| write_server(&view, xml, server));
    Ok(())
}

/// Where the servers go: the subnet's or the placement's zone, else the first one.
fn zone(ask: &Ask<'_>, form: &Form) -> Result<u8, Fault> {
    let region = ask.scope.region;
    if let Some(subnet) = form.get("SubnetId") {
        return region
            .zone_indices()
            .find(|&zone| id::show("subnet", ask.scope.network.subnet(zone)) == subnet)
            .ok_or_else(|| Fault::new("InvalidSubnetID.NotFound", format!("The subnet ID '{subnet}' does not exist")));
    }
    match form.get("Placement.AvailabilityZone") {
        Some(name) => region
            .zone_indices()
            .find(|&zone| region.zone_name(zone) == name)
            .ok_or_else(|| Fault::invalid(format!("Invalid availability zone: [{name}]"))),
        None => Ok(0),
    }
}

/// The tags that a request gives to what it makes of this kind.
pub(super) fn tags_of(form: &Form, prefix: &str, kind: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    for nth in 1..=20 {
        let specification = format!("{prefix}.{nth}");
        if form.get(&format!("{specification}.ResourceType")) != Some(kind) {
            continue;
        }
        for tag in 1..=50 {
            if let Some(key) = form.get(&format!("{specification}.Tag.{tag}.Key")) {
                let value = form.get(&format!("{specification}.Tag.{tag}.Value")).unwrap_or_default();
                tags.push(Tag::new(key, value));
            }
        }
    }
    tags
}

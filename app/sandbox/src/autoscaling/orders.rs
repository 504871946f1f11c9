//! What a group launches next: by which template or configuration, of which type, on demand or spot, where.

use std::sync::Arc;

use super::GROUP_TAG;
use crate::{
    wire::fault::Fault,
    world::{
        Scope, Tag, World,
        group::{Group, Launch, Mixed, Override},
        id::{self, Dice},
        image::ImageState,
        membership::LaunchedBy,
        mould::Mould,
        template::VersionName,
    },
};

/// What the next server gets.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) mould: Mould,
    pub(super) launched_by: LaunchedBy,
    pub(super) weight: Option<u32>,
    /// The id of the override's own image.
    pub(super) image: Option<u64>,
}

/// What `group` launches next by these settings.
///
/// # Errors
/// What EC2 says where the template's version or the image is not there any more.
pub(super) fn next(world: &World, scope: usize, group: &Group, by: &Launch) -> Result<Next, Fault> {
    let place = world.scope_at(scope);
    let mut dice = dice(world, place, group);
    let mut next = match by {
        Launch::Configuration(slot) => Next {
            mould: Mould::of_configuration(place, *slot),
            launched_by: LaunchedBy::Configuration(*slot),
            weight: None,
            image: None,
        },
        Launch::Template(template, version) => of_version(world, place, *template, *version, None)?,
        Launch::Mixed(mixed) => of_mixed(world, place, group, mixed, &mut dice)?,
    };
    let image = &world.images[next.mould.image as usize];
    if image.state == ImageState::Deregistered || image.region != place.region || !image.may_launch(&place.account) {
        let id = id::show("ami", image.id);
        return Err(Fault::new("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist")));
    }
    if matches!(image.state, ImageState::Disabled | ImageState::Pending) {
        let id = id::show("ami", image.id);
        return Err(Fault::new("InvalidAMIID.Unavailable", format!("The image ID '{id}' is not available")));
    }
    // Boots differ by up to a fifth of their length either way.
    let percent = u64::try_from(dice.between(80, 120)).unwrap_or(100);
    let likely_s = u64::from(next.mould.boot_s) * u64::from(group.boot_permille) / 1_000;
    next.mould.boot_s = u32::try_from(likely_s * percent / 100).unwrap_or(u32::MAX);
    if dice.unit() * 1_000.0 < f64::from(group.boot_fails_permille) {
        next.mould.never_works = true;
    }
    tag(group, &mut next.mould);
    Ok(next)
}

/// The chance of the group's next launch.
fn dice(world: &World, place: &Scope, group: &Group) -> Dice {
    world.seed.dice(&["launch", &place.account, place.region.name, &group.name, &group.begun.to_string()])
}

fn of_version(
    world: &World,
    place: &Scope,
    template: u32,
    version: VersionName,
    image: Option<u32>,
) -> Result<Next, Fault> {
    let known = &place.templates[template as usize];
    let number = version.number(known);
    let missing = || {
        let id = id::show("lt", known.id);
        Fault::new(
            "InvalidLaunchTemplateId.VersionNotFound",
            format!("Could not find launch template version {version} for launch template ID {id}."),
        )
    };
    if known.deleted {
        let id = id::show("lt", known.id);
        return Err(Fault::new(
            "InvalidLaunchTemplateId.NotFound",
            format!("The specified launch template, with template ID {id}, does not exist."),
        ));
    }
    known.version(number).ok_or_else(missing)?;
    let mould = Mould::of_version(world, place, template, number, image).map_err(|no| no.fault())?;
    Ok(Next { mould, launched_by: LaunchedBy::Template(template, number), weight: None, image: None })
}

fn of_mixed(world: &World, place: &Scope, group: &Group, mixed: &Mixed, dice: &mut Dice) -> Result<Next, Fault> {
    let spot = !wants_on_demand(place, group, mixed);
    let Some(chosen) = choose(mixed, spot, dice) else {
        let mut next = of_version(world, place, mixed.template, mixed.version, None)?;
        next.mould.spot = spot;
        return Ok(next);
    };
    let (template, version) = chosen.template.unwrap_or((mixed.template, mixed.version));
    let image = chosen.image.map(|id| {
        world.image_slot(id).ok_or_else(|| {
            let id = id::show("ami", id);
            Fault::new("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist"))
        })
    });
    let mut next = of_version(world, place, template, version, image.transpose()?)?;
    next.mould.instance_type = chosen.instance_type.clone();
    next.mould.spot = spot;
    next.weight = chosen.weight;
    next.image = chosen.image;
    Ok(next)
}

/// Whether the next unit is on demand: the base is, and above it so many percent.
fn wants_on_demand(place: &Scope, group: &Group, mixed: &Mixed) -> bool {
    let (mut on_demand, mut all) = (0_u64, 0_u64);
    for &slot in &group.members {
        let server = &place.servers[slot as usize];
        if let Some(membership) = server.membership.as_ref().filter(|one| one.lifecycle.counts()) {
            all += u64::from(membership.units());
            on_demand += if server.spot { 0 } else { u64::from(membership.units()) };
        }
    }
    let base = u64::from(mixed.on_demand_base);
    if on_demand < base {
        return true;
    }
    // With one more there would be so many above the base.
    let above = (all + 1).saturating_sub(base);
    (on_demand - base) * 100 < above * u64::from(mixed.on_demand_percent)
}

/// The first type on demand, where the order is the priority; any of them by chance for spot, where AWS goes by spare
/// capacity and price.
fn choose<'a>(mixed: &'a Mixed, spot: bool, dice: &mut Dice) -> Option<&'a Override> {
    if !spot || &*mixed.spot_strategy == "capacity-optimized-prioritized" {
        return mixed.overrides.first();
    }
    let at = usize::try_from(dice.next() % (mixed.overrides.len().max(1) as u64)).unwrap_or(0);
    mixed.overrides.get(at)
}

/// Gives a server its group's tags.
fn tag(group: &Group, mould: &mut Mould) {
    if let Some(name) = &group.server_name {
        let number = group.named.saturating_add(1).to_string();
        mould.set_tag(Tag { key: "Name".into(), value: Arc::from(name.replace("{n}", &number)) });
    }
    for tag in group.tags.iter().filter(|tag| tag.propagate) {
        mould.set_tag(Tag { key: tag.key.clone(), value: tag.value.clone() });
    }
    mould.set_tag(Tag { key: GROUP_TAG.into(), value: group.name.clone() });
}

/// The group's zones, the one with the fewest servers first.
pub(super) fn zones(place: &Scope, group: &Group) -> Vec<u8> {
    let mut zones: Vec<(usize, u8)> = group.zones.iter().map(|&zone| (servers_in(place, group, zone), zone)).collect();
    // A stable sort: where two have as many, the group's own order holds.
    zones.sort_by_key(|(servers, _)| *servers);
    zones.into_iter().map(|(_, zone)| zone).collect()
}

/// How many servers of the group that count are in a zone.
pub(super) fn servers_in(place: &Scope, group: &Group, zone: u8) -> usize {
    let counts = |slot: &&u32| {
        let server = &place.servers[**slot as usize];
        server.zone == zone && server.membership.as_ref().is_some_and(|one| one.lifecycle.counts())
    };
    group.members.iter().filter(counts).count()
}

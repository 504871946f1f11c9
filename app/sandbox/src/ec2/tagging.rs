//! CreateTags, DeleteTags and DescribeTags.

use super::{Kind, ids, images, instances, missing, page, root_replacement, snapshots, tags, templates, volumes};
use crate::{
    call::{Ask, Change, Input},
    wire::{
        fault::Fault,
        filter::{self, Filter, Has},
        form::Form,
        xml::Xml,
    },
    world::{Scope, Tag, Tags, World, arn, id},
};

/// The most resources of one call.
const MAX_RESOURCES: usize = 1_000;

/// Something that has tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tagged {
    /// A slot of the scope.
    Server(u32),
    /// A slot of the world.
    Image(u32),
    /// A slot of the scope.
    Template(u32),
    /// The slot of the server that it is the root of.
    Root(u32),
    /// An id.
    Volume(u64),
    /// An id.
    Snapshot(u64),
    /// A slot of the scope.
    Replacement(usize),
}

/// What ids of taggable resources begin with, their type, and how EC2 speaks of them.
const KINDS: &[(&str, &str, &Kind)] = &[
    ("i", "instance", &instances::KIND),
    ("ami", "image", &images::KIND),
    ("lt", "launch-template", &templates::KIND),
    ("vol", "volume", &volumes::VOLUME),
    ("snap", "snapshot", &snapshots::KIND),
    ("replacevol", "replace-root-volume-task", &root_replacement::TASK),
];

/// What is before an id's number.
fn prefix(text: &str) -> &str {
    text.rsplit_once('-').map_or(text, |(prefix, _)| prefix)
}

/// The resources that a call names, as ARNs.
pub(super) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let named = input.form.list("ResourceId");
    let arn = |text: &str| {
        let kind = KINDS.iter().find(|(known, ..)| *known == prefix(text)).map_or("*", |(_, kind, _)| kind);
        arn::ec2(ask.scope, kind, text)
    };
    named.into_iter().map(arn).collect()
}

impl Tagged {
    /// The resource with this id.
    fn find(ask: &Ask<'_>, text: &str) -> Result<Tagged, Fault> {
        let Some((prefix, _, kind)) = KINDS.iter().find(|(known, ..)| *known == prefix(text)) else {
            return Err(Fault::new("InvalidID", format!("The ID '{text}' is not valid")));
        };
        let found = ids(&[text], kind, |id| Tagged::of_id(ask, prefix, id).is_some())?;
        found
            .first()
            .and_then(|&id| Tagged::of_id(ask, prefix, id))
            .ok_or_else(|| Fault::new(kind.missing, (kind.message)(&[text])))
    }

    fn of_id(ask: &Ask<'_>, prefix: &str, id: u64) -> Option<Tagged> {
        let (world, scope) = (ask.world, ask.scope);
        match prefix {
            "i" => scope.server_slots.get(&id).copied().map(Tagged::Server),
            "ami" => {
                let slot = world.image_slot(id)?;
                let image = &world.images[slot as usize];
                // Others' images can be tagged too, but such tags are not kept.
                let mine = image.owner == scope.account && image.region == scope.region;
                (mine && image.visible_to(&scope.account)).then_some(Tagged::Image(slot))
            }
            "lt" => scope.template_slot(id).map(Tagged::Template),
            "vol" => match scope.volume(id) {
                Some(volume) if volume.is_its_own() => Some(Tagged::Volume(id)),
                _ => {
                    let root =
                        scope.servers.iter().position(|server| server.root_volume == id && server.has_parts())?;
                    u32::try_from(root).ok().map(Tagged::Root)
                }
            },
            "snap" => {
                let snapshot = world.snapshot(id)?;
                let mine = snapshot.owner == scope.account && snapshot.region == scope.region;
                (mine && !snapshot.deleted).then_some(Tagged::Snapshot(id))
            }
            "replacevol" => scope.root_replacements.iter().position(|task| task.id == id).map(Tagged::Replacement),
            _ => None,
        }
    }

    /// Its tags.
    fn tags(self, world: &World, scope: &Scope) -> Vec<Tag> {
        match self {
            Tagged::Server(slot) => scope.servers[slot as usize].tags.to_vec(),
            Tagged::Image(slot) => world.images[slot as usize].tags.to_vec(),
            Tagged::Template(slot) => scope.templates[slot as usize].tags.to_vec(),
            Tagged::Root(slot) => volumes::volume_tags(&scope.servers[slot as usize]),
            Tagged::Volume(id) => scope.volume(id).map(|volume| volume.tags.to_vec()).unwrap_or_default(),
            Tagged::Snapshot(id) => world.snapshot(id).map(|snapshot| snapshot.tags.to_vec()).unwrap_or_default(),
            Tagged::Replacement(slot) => scope.root_replacements[slot].tags.to_vec(),
        }
    }

    /// Gives it other tags.
    fn set_tags(self, world: &mut World, scope: usize, tags: Tags) {
        let place = world.scope_at_mut(scope);
        match self {
            Tagged::Server(slot) => place.servers[slot as usize].tags = tags,
            Tagged::Image(slot) => world.images[slot as usize].tags = tags,
            Tagged::Template(slot) => place.templates[slot as usize].tags = tags,
            Tagged::Root(slot) => place.servers[slot as usize].volume_tags = Some(tags),
            Tagged::Volume(id) => {
                if let Some(volume) = place.volume_mut(id) {
                    volume.tags = tags;
                }
            }
            Tagged::Snapshot(id) => {
                if let Some(snapshot) = world.snapshot_mut(id) {
                    snapshot.tags = tags;
                }
            }
            Tagged::Replacement(slot) => place.root_replacements[slot].tags = tags,
        }
    }
}

/// The resources that a call names, each once.
fn named(ask: &Ask<'_>, form: &Form) -> Result<Vec<Tagged>, Fault> {
    let texts = form.list("ResourceId");
    if texts.is_empty() {
        return Err(missing("resourceIdSet"));
    }
    if texts.len() > MAX_RESOURCES {
        return Err(Fault::invalid(format!("At most {MAX_RESOURCES} resources can be tagged in one request.")));
    }
    let mut found = Vec::new();
    for text in texts {
        let one = Tagged::find(ask, text)?;
        if !found.contains(&one) {
            found.push(one);
        }
    }
    Ok(found)
}

/// Gives each resource the tags that `changed` makes of its own.
fn apply(
    change: &mut Change<'_>,
    found: &[Tagged],
    changed: impl Fn(Vec<Tag>) -> Result<Vec<Tag>, Fault>,
) -> Result<(), Fault> {
    let ask = change.ask();
    let wanted: Vec<(Tagged, Vec<Tag>)> =
        found.iter().map(|one| Ok((*one, changed(one.tags(ask.world, ask.scope))?))).collect::<Result<_, Fault>>()?;
    let scope = change.scope;
    let world = change.effect()?;
    for (one, tags) in wanted {
        one.set_tags(world, scope, tags.into());
    }
    Ok(())
}

pub(super) fn create(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let found = named(&change.ask(), form)?;
    let given = tags::listed(form, "Tag")?;
    if given.is_empty() {
        return Err(missing("tagSet"));
    }
    apply(change, &found, |mut known| {
        for tag in &given {
            match known.iter_mut().find(|one| one.key == tag.key) {
                Some(one) => *one = tag.clone(),
                None => known.push(tag.clone()),
            }
        }
        tags::check_count(known.iter().filter(|tag| !tags::is_reserved(&tag.key)).count())?;
        Ok(known)
    })?;
    xml.plain("return", true);
    Ok(())
}

/// Without tags all go but AWS's own; a tag without a value goes whatever its value is.
pub(super) fn delete(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let found = named(&change.ask(), form)?;
    let given = tags::listed(form, "Tag")?;
    let valued: Vec<bool> = form.numbers("Tag").iter().map(|number| form.has(&format!("Tag.{number}.Value"))).collect();
    apply(change, &found, |mut known| {
        known.retain(|tag| {
            let meant = given
                .iter()
                .zip(&valued)
                .any(|(one, valued)| one.key == tag.key && (!valued || one.value == tag.value));
            tags::is_reserved(&tag.key) || !(given.is_empty() || meant)
        });
        Ok(known)
    })?;
    xml.plain("return", true);
    Ok(())
}

const FILTERS: &[&str] = &["key", "resource-id", "resource-type", "value"];

/// One tag of one resource.
struct Told {
    kind: &'static str,
    id: String,
    tag: Tag,
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, FILTERS, true)?;
    let page = page(ask, form, 5, 1000, None)?;
    let told = all(ask, &filters);
    let (tags, next) = page.take(&told, |_| true);
    xml.list("tagSet", "item", tags, |xml, told| {
        xml.text("resourceId", &told.id);
        xml.text("resourceType", told.kind);
        xml.text("key", &told.tag.key);
        xml.text("value", &told.tag.value);
    });
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

/// The tags of the scope's resources that pass.
fn all(ask: &Ask<'_>, filters: &[Filter]) -> Vec<Told> {
    let (world, scope) = (ask.world, ask.scope);
    let slots = |count: usize| (0..count).map(|slot| (slot, u32::try_from(slot).unwrap_or(u32::MAX)));
    let mut told = Vec::new();
    let mut add = |prefix: &str, id: u64, one: Tagged| {
        let Some((_, kind, _)) = KINDS.iter().find(|(known, ..)| *known == prefix) else { return };
        let id = id::show(prefix, id);
        let of_resource = |filter: &&Filter| matches!(&*filter.name, "resource-id" | "resource-type");
        let fits = |name: &str| if name == "resource-id" { Has::text(&id) } else { Has::text(kind) };
        let (of_resource, of_tag): (Vec<&Filter>, Vec<&Filter>) = filters.iter().partition(of_resource);
        if !of_resource.iter().all(|filter| filter::pass(std::slice::from_ref(filter), &[], fits)) {
            return;
        }
        for tag in one.tags(world, scope) {
            let has = |name: &str| if name == "key" { Has::text(&tag.key) } else { Has::text(&tag.value) };
            let own = std::slice::from_ref(&tag);
            if of_tag.iter().all(|filter| filter::pass(std::slice::from_ref(filter), own, has)) {
                told.push(Told { kind, id: id.clone(), tag });
            }
        }
    };
    for (slot, short) in slots(scope.servers.len()).filter(|(slot, _)| scope.servers[*slot].is_known()) {
        add("i", scope.servers[slot].id, Tagged::Server(short));
    }
    for (slot, short) in slots(scope.servers.len()).filter(|(slot, _)| scope.servers[*slot].has_parts()) {
        add("vol", scope.servers[slot].root_volume, Tagged::Root(short));
    }
    for volume in scope.volumes().iter().filter(|volume| volume.is_its_own()) {
        add("vol", volume.id, Tagged::Volume(volume.id));
    }
    for image in world.images.iter().filter(|image| image.owner == scope.account) {
        if let Some(one) = Tagged::of_id(ask, "ami", image.id) {
            add("ami", image.id, one);
        }
    }
    for snapshot in world.snapshots.iter().filter(|snapshot| snapshot.owner == scope.account) {
        if let Some(one) = Tagged::of_id(ask, "snap", snapshot.id) {
            add("snap", snapshot.id, one);
        }
    }
    for (slot, short) in slots(scope.templates.len()).filter(|(slot, _)| !scope.templates[*slot].deleted) {
        add("lt", scope.templates[slot].id, Tagged::Template(short));
    }
    for (slot, task) in scope.root_replacements.iter().enumerate() {
        add("replacevol", task.id, Tagged::Replacement(slot));
    }
    told
}

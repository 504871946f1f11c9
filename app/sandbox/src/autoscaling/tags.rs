//! Tags of groups: created, deleted and described.

use super::{
    asked::{required, slot_of},
    filters, group_arn_named, invalid, page,
};
use crate::{
    call::{Ask, Change, Input},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::group::{Group, GroupTag},
};

/// The most tags of a group (Auto Scaling's quotas).
const MAX_TAGS: usize = 50;

/// The groups whose tags a call changes.
pub(super) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let mut arns: Vec<String> =
        input.form.list_of("Tags.member", "ResourceId").into_iter().map(|name| group_arn_named(ask, name)).collect();
    arns.dedup();
    arns
}

/// One tag of a call, and whose it is.
struct Said<'a> {
    group: &'a str,
    tag: GroupTag,
    /// Whether the call gave a value.
    has_value: bool,
}

fn read<'a>(form: &'a Form, new_group: Option<&'a str>) -> Result<Vec<Said<'a>>, Fault> {
    let mut said = Vec::new();
    for nth in form.numbers("Tags.member") {
        let name = |field: &str| format!("Tags.member.{nth}.{field}");
        if form.get(&name("ResourceType")).is_some_and(|kind| kind != "auto-scaling-group") {
            return Err(invalid("Resource type must be auto-scaling-group."));
        }
        let group = match new_group {
            Some(group) => group,
            None => required(form, &name("ResourceId"))?,
        };
        let key = required(form, &name("Key"))?;
        let value = form.get(&name("Value"));
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(invalid(format!("Tag keys must not start with 'aws:': {key}")));
        }
        if key.chars().count() > 128 || value.is_some_and(|value| value.chars().count() > 256) {
            return Err(invalid("A tag's key has at most 128 characters and its value at most 256."));
        }
        let propagate = super::asked::flag(form, &name("PropagateAtLaunch"))?.unwrap_or(false);
        let tag = GroupTag { key: key.into(), value: value.unwrap_or_default().into(), propagate };
        said.push(Said { group, tag, has_value: value.is_some() });
    }
    Ok(said)
}

/// Puts a tag in place of one with the same key.
fn put(tags: &mut Vec<GroupTag>, tag: GroupTag) {
    match tags.iter_mut().find(|known| known.key == tag.key) {
        Some(known) => *known = tag,
        None => tags.push(tag),
    }
}

fn too_many() -> Fault {
    Fault::new("LimitExceeded", format!("A group has at most {MAX_TAGS} tags."))
}

/// The tags that a new group comes with.
pub(super) fn of_new_group(form: &Form, name: &str) -> Result<Vec<GroupTag>, Fault> {
    let mut tags = Vec::new();
    for said in read(form, Some(name))? {
        put(&mut tags, said.tag);
    }
    if tags.len() > MAX_TAGS { Err(too_many()) } else { Ok(tags) }
}

pub(super) fn create(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let mut after: Vec<(u32, Vec<GroupTag>)> = Vec::new();
    for said in read(form, None)? {
        let slot = slot_of(&ask, said.group)?;
        let at = match after.iter().position(|(known, _)| *known == slot) {
            Some(at) => at,
            None => {
                after.push((slot, ask.scope.groups[slot as usize].tags.clone()));
                after.len() - 1
            }
        };
        put(&mut after[at].1, said.tag);
        if after[at].1.len() > MAX_TAGS {
            return Err(too_many());
        }
    }
    let scope = change.scope;
    let place = change.effect()?.scope_at_mut(scope);
    for (slot, tags) in after {
        place.groups[slot as usize].tags = tags;
    }
    Ok(())
}

pub(super) fn delete(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let mut gone = Vec::new();
    for said in read(form, None)? {
        gone.push((slot_of(&ask, said.group)?, said));
    }
    let scope = change.scope;
    let place = change.effect()?.scope_at_mut(scope);
    for (slot, said) in gone {
        // With a value, only that one is meant.
        place.groups[slot as usize]
            .tags
            .retain(|tag| tag.key != said.tag.key || (said.has_value && tag.value != said.tag.value));
    }
    Ok(())
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let filters = filters(form, &["auto-scaling-group", "key", "value", "propagate-at-launch"], false)?;
    let passes = |(group, tag): &(&Group, &GroupTag)| {
        filters.iter().all(|filter| {
            filter.values.iter().any(|value| match &*filter.name {
                "auto-scaling-group" => **value == *group.name,
                "key" => **value == *tag.key,
                "value" => **value == *tag.value,
                _ => value.eq_ignore_ascii_case(if tag.propagate { "true" } else { "false" }),
            })
        })
    };
    let groups = ask.scope.groups.iter().filter(|group| group.is_known());
    let all: Vec<(&Group, &GroupTag)> =
        groups.flat_map(|group| group.tags.iter().map(move |tag| (group, tag))).collect();
    let (found, next) = page(ask, form, 50, 100)?.take(&all, passes);
    xml.list("Tags", "member", found, |xml, (group, tag)| write(xml, group, tag));
    xml.maybe("NextToken", next.as_deref());
    Ok(())
}

/// A tag of a group, as all calls tell it.
pub(super) fn write(xml: &mut Xml, group: &Group, tag: &GroupTag) {
    xml.text("ResourceId", &group.name);
    xml.text("ResourceType", "auto-scaling-group");
    xml.text("Key", &tag.key);
    xml.text("Value", &tag.value);
    xml.plain("PropagateAtLaunch", tag.propagate);
}

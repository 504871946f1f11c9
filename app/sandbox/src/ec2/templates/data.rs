//! The data of a launch template's version: read from a request, laid over another version's, and told.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::fields::{FIELDS, Field, Kind};
use crate::{
    call::Ask,
    ec2::{images, tags, write_tags},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        Tags, id,
        template::{Detail, Details, LaunchData, TemplateImage},
    },
};

/// The parameter that carries it.
const DATA: &str = "LaunchTemplateData";

/// The most items that a list in a request may have here; AWS's own limits lie below it.
const MAX_ITEMS: usize = 100;

/// The most bytes that user data may have before its encoding (EC2's RequestLaunchTemplateData, `UserData`).
const MAX_USER_DATA: usize = 16 * 1024;

/// The settings that launches need, which have a field of their own in [`LaunchData`].
const OWN: &[&str] = &[
    "ImageId",
    "InstanceType",
    "KeyName",
    "SecurityGroupId",
    "SecurityGroup",
    "IamInstanceProfile",
    "UserData",
    "TagSpecification",
];

/// Reads what a request says of a version.
///
/// # Errors
/// `MissingParameter` without any data, and EC2's errors for what is malformed.
pub(super) fn read(ask: &Ask<'_>, form: &Form) -> Result<LaunchData, Fault> {
    if !form.has_under(DATA) {
        return Err(Fault::new(
            "MissingParameter",
            "No launch template data was provided. Launch template data is required to create a launch template.",
        ));
    }
    if let Some(name) = form.names_under(DATA).find(|name| !is_known(name)) {
        return Err(Fault::new("UnknownParameter", format!("The parameter {DATA}.{name} is not recognized")));
    }
    let get = |name: &str| form.get(&format!("{DATA}.{name}"));
    let own = |name: &str| get(name).map(Arc::from);
    let profile = match (get("IamInstanceProfile.Name"), get("IamInstanceProfile.Arn")) {
        (Some(_), Some(_)) => {
            return Err(Fault::new(
                "InvalidParameterCombination",
                "The parameters iamInstanceProfile.name and iamInstanceProfile.arn cannot be used together",
            ));
        }
        (name, arn) => name.or(arn).map(Arc::from),
    };
    let mut tags = tag_specifications(form)?;
    let of_servers = tags.iter().position(|(kind, _)| &**kind == "instance");
    let server_tags = of_servers.map_or_else(|| Tags::from([]), |at| tags.remove(at).1);
    let (security_groups, unknown_groups) = security_groups(ask, form)?;
    Ok(LaunchData {
        image: get("ImageId").map(|text| image(ask, text)).transpose()?,
        instance_type: own("InstanceType"),
        key_name: own("KeyName"),
        security_groups,
        unknown_groups,
        instance_profile: profile,
        user_data: get("UserData").map(user_data).transpose()?,
        server_tags,
        other_tags: tags,
        more: Details(fields(form, DATA, FIELDS)?.into()),
    })
}

/// Whether a parameter's name below [`DATA`] is one that EC2 knows.
fn is_known(name: &str) -> bool {
    let mut path = name.split('.');
    let Some(first) = path.next() else { return false };
    OWN.contains(&first)
        || FIELDS.iter().find(|field| field.name == first).is_some_and(|field| reaches(&field.kind, &mut path))
}

/// Whether a path of names leads to a value of this kind.
fn reaches<'a>(kind: &Kind, path: &mut impl Iterator<Item = &'a str>) -> bool {
    match (kind, path.next()) {
        (Kind::Text | Kind::Flag | Kind::Whole | Kind::Word(_), rest) => rest.is_none(),
        (Kind::Fields(fields), Some(name)) => {
            fields.iter().find(|field| field.name == name).is_some_and(|field| reaches(&field.kind, path))
        }
        (Kind::Items(_, each), Some(number)) => number.parse::<u32>().is_ok() && reaches(each, path),
        (Kind::Fields(_) | Kind::Items(..), None) => false,
    }
}

fn fields(form: &Form, prefix: &str, known: &[Field]) -> Result<Vec<(&'static str, Detail)>, Fault> {
    let mut found = Vec::new();
    for field in known {
        let name = format!("{prefix}.{}", field.name);
        if let Some(detail) = detail(form, &name, &field.kind)? {
            found.push((field.told, detail));
        }
    }
    Ok(found)
}

fn detail(form: &Form, name: &str, kind: &Kind) -> Result<Option<Detail>, Fault> {
    let bad = |text: &str| Fault::invalid(format!("Invalid value '{text}' for {name}."));
    Ok(match kind {
        Kind::Text => form.get(name).map(|text| Detail::Text(text.into())),
        Kind::Flag => match form.get(name) {
            None => None,
            Some(_) => Some(Detail::Text(form.flag(name)?.to_string().into())),
        },
        Kind::Whole => match form.get(name) {
            None => None,
            Some(text) => Some(Detail::Text(text.parse::<u32>().map_err(|_| bad(text))?.to_string().into())),
        },
        Kind::Word(words) => match form.get(name) {
            None => None,
            Some(text) if words.contains(&text) => Some(Detail::Text(text.into())),
            Some(text) => return Err(bad(text)),
        },
        Kind::Fields(known) => {
            // What is not there at all is not looked through field by field.
            let found = if form.has_under(name) { fields(form, name, known)? } else { Vec::new() };
            (!found.is_empty()).then(|| Detail::Fields(found.into()))
        }
        Kind::Items(each, kind) => {
            let numbers = form.numbers(name);
            if numbers.len() > MAX_ITEMS {
                return Err(Fault::invalid(format!("{name} has more than {MAX_ITEMS} items.")));
            }
            let mut items = Vec::with_capacity(numbers.len());
            for number in numbers {
                items.extend(detail(form, &format!("{name}.{number}"), kind)?);
            }
            (!items.is_empty()).then(|| Detail::Items(each, items.into()))
        }
    })
}

fn image(ask: &Ask<'_>, text: &str) -> Result<TemplateImage, Fault> {
    if let Some(name) = text.strip_prefix("resolve:ssm:") {
        return Ok(TemplateImage::Parameter(name.into()));
    }
    if !id::well_formed(images::KIND.prefix, text) {
        return Err(Fault::new(images::KIND.malformed, format!("Invalid id: \"{text}\" (expecting \"ami-...\")")));
    }
    let known = id::parse(images::KIND.prefix, text).and_then(|id| ask.world.image_slot(id)).filter(|&slot| {
        let image = &ask.world.images[slot as usize];
        image.region == ask.scope.region && image.visible_to(&ask.scope.account)
    });
    Ok(known.map_or_else(|| TemplateImage::Unknown(text.into()), TemplateImage::Image))
}

fn user_data(text: &str) -> Result<Arc<str>, Fault> {
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| Fault::new("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data."))?;
    if bytes.len() > MAX_USER_DATA {
        return Err(Fault::new("InvalidUserData.Malformed", "User data is limited to 16384 bytes"));
    }
    Ok(String::from_utf8_lossy(&bytes).into())
}

/// The security groups that a request names by id or by name, and the ids of those that are not there.
type Groups = (Arc<[(u64, Arc<str>)]>, Vec<Arc<str>>);

fn security_groups(ask: &Ask<'_>, form: &Form) -> Result<Groups, Fault> {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for text in form.list(&format!("{DATA}.SecurityGroupId")) {
        if !id::well_formed("sg", text) {
            return Err(Fault::new(
                "InvalidGroupId.Malformed",
                format!("Invalid id: \"{text}\" (expecting \"sg-...\")"),
            ));
        }
        match id::parse("sg", text).and_then(|id| ask.scope.security_group_with(ask.world.seed, id)) {
            Some(group) => known.push(group),
            None => unknown.push(text.into()),
        }
    }
    let names = form.list(&format!("{DATA}.SecurityGroup"));
    known.extend(names.into_iter().map(|name| ask.scope.security_group(ask.world.seed, name)));
    Ok((known.into(), unknown))
}

/// The tags by the kind of resource, kinds in the order of the request.
fn tag_specifications(form: &Form) -> Result<Vec<(Arc<str>, Tags)>, Fault> {
    let prefix = format!("{DATA}.TagSpecification");
    let numbers = form.numbers(&prefix);
    if numbers.len() > MAX_ITEMS {
        return Err(Fault::invalid(format!("{prefix} has more than {MAX_ITEMS} items.")));
    }
    let mut found: Vec<(Arc<str>, Tags)> = Vec::new();
    for number in numbers {
        let kind = form
            .get(&format!("{prefix}.{number}.ResourceType"))
            .ok_or_else(|| Fault::new("MissingParameter", "Tag specification resource type must have a value"))?;
        if found.iter().any(|(known, _)| &**known == kind) {
            return Err(Fault::invalid(format!("Duplicate tag specification for the resource type '{kind}'.")));
        }
        let tags = tags::listed(form, &format!("{prefix}.{number}.Tag"))?;
        tags::check_count(tags.len())?;
        found.push((kind.into(), tags.into()));
    }
    Ok(found)
}

/// What `new` says, and what `old` says where `new` says nothing (CreateLaunchTemplateVersion with a source version).
pub(super) fn laid_over(new: LaunchData, old: &LaunchData) -> LaunchData {
    let replaced = |told: &str| new.more.0.iter().any(|(name, _)| *name == told);
    let kept = old.more.0.iter().filter(|(name, _)| !replaced(name)).map(|(name, detail)| {
        // Snapshots of the source's disks are not taken over.
        (*name, if *name == "blockDeviceMappingSet" { without_snapshots(detail) } else { detail.clone() })
    });
    let mut more: Vec<(&'static str, Detail)> = kept.chain(new.more.0.iter().cloned()).collect();
    more.sort_by_key(|(name, _)| FIELDS.iter().position(|field| field.told == *name));
    let grouped = !new.security_groups.is_empty() || !new.unknown_groups.is_empty();
    let tagged = !new.server_tags.is_empty() || !new.other_tags.is_empty();
    LaunchData {
        image: new.image.or_else(|| old.image.clone()),
        instance_type: new.instance_type.or_else(|| old.instance_type.clone()),
        key_name: new.key_name.or_else(|| old.key_name.clone()),
        security_groups: if grouped { new.security_groups } else { old.security_groups.clone() },
        unknown_groups: if grouped { new.unknown_groups } else { old.unknown_groups.clone() },
        instance_profile: new.instance_profile.or_else(|| old.instance_profile.clone()),
        user_data: new.user_data.or_else(|| old.user_data.clone()),
        server_tags: if tagged { new.server_tags } else { old.server_tags.clone() },
        other_tags: if tagged { new.other_tags } else { old.other_tags.clone() },
        more: Details(more.into()),
    }
}

fn without_snapshots(detail: &Detail) -> Detail {
    match detail {
        Detail::Text(_) => detail.clone(),
        Detail::Fields(fields) => Detail::Fields(
            fields
                .iter()
                .filter(|(name, _)| *name != "snapshotId")
                .map(|(name, detail)| (*name, without_snapshots(detail)))
                .collect(),
        ),
        Detail::Items(each, items) => Detail::Items(each, items.iter().map(without_snapshots).collect()),
    }
}

/// The text that names a version's image; the image's id instead of a parameter if `resolve`.
pub(super) fn image_text(ask: &Ask<'_>, data: &LaunchData, resolve: bool) -> Option<String> {
    let image = data.image.as_ref()?;
    let resolved = || image.slot(ask.world, ask.scope).map(|slot| id::show("ami", ask.world.images[slot as usize].id));
    Some(match image {
        TemplateImage::Parameter(name) => {
            resolved().filter(|_| resolve).unwrap_or_else(|| format!("resolve:ssm:{name}"))
        }
        TemplateImage::Unknown(id) => id.to_string(),
        TemplateImage::Image(_) => resolved()?,
    })
}

/// What is not right in a version but does not keep it from being made: codes and messages.
pub(super) fn warnings(data: &LaunchData) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if let Some(TemplateImage::Unknown(id)) = &data.image {
        found.push((images::KIND.missing, (images::KIND.message)(&[id])));
    }
    for id in &data.unknown_groups {
        found.push(("InvalidGroup.NotFound", format!("The security group '{id}' does not exist")));
    }
    found
}

pub(super) fn write(ask: &Ask<'_>, xml: &mut Xml, data: &LaunchData, resolve: bool) {
    xml.nest("launchTemplateData", |xml| {
        if let Some(profile) = data.instance_profile.as_deref() {
            let element = if profile.starts_with("arn:") { "arn" } else { "name" };
            xml.nest("iamInstanceProfile", |xml| xml.text(element, profile));
        }
        xml.maybe("imageId", image_text(ask, data, resolve).as_deref());
        xml.maybe("instanceType", data.instance_type.as_deref());
        xml.maybe("keyName", data.key_name.as_deref());
        if let Some(text) = &data.user_data {
            xml.text("userData", &STANDARD.encode(text.as_bytes()));
        }
        let of_servers = (!data.server_tags.is_empty()).then_some(("instance", &data.server_tags));
        let others = data.other_tags.iter().map(|(kind, tags)| (&**kind, tags));
        let mut specifications = of_servers.into_iter().chain(others).peekable();
        if specifications.peek().is_some() {
            xml.list("tagSpecificationSet", "item", specifications, |xml, (kind, tags)| {
                xml.text("resourceType", kind);
                write_tags(xml, tags.iter());
            });
        }
        let known = data.security_groups.iter().map(|(id, _)| id::show("sg", *id));
        let mut groups = known.chain(data.unknown_groups.iter().map(ToString::to_string)).peekable();
        if groups.peek().is_some() {
            xml.list("securityGroupIdSet", "item", groups, |xml, id| xml.raw_text(&id));
        }
        for (name, detail) in data.more.0.iter() {
            xml.nest(name, |xml| write_detail(xml, detail));
        }
    });
}

fn write_detail(xml: &mut Xml, detail: &Detail) {
    match detail {
        Detail::Text(text) => xml.raw_text(text),
        Detail::Fields(fields) => {
            fields.iter().for_each(|(name, detail)| xml.nest(name, |xml| write_detail(xml, detail)));
        }
        Detail::Items(each, items) => items.iter().for_each(|item| xml.nest(each, |xml| write_detail(xml, item))),
    }
}

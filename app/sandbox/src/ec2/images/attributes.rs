//! ModifyImageAttribute, ResetImageAttribute and DescribeImageAttribute: who may launch an image, and its description.

use std::sync::Arc;

use super::{
    boot_mode,
    make::{description, own, unavailable},
    write_disks,
};
use crate::{
    call::{Ask, Change},
    ec2::missing,
    wire::{fault::Fault, form::Form, time, xml::Xml},
    world::image::{Image, ImageState},
};

/// Who is to be let in or out.
#[derive(Debug, Default)]
struct Launchers {
    accounts: Vec<Arc<str>>,
    all: bool,
}

/// What a request changes.
enum Wanted {
    Description(Option<String>),
    /// Images here have it already, and it can't be undone.
    MetadataV2,
    Launchers {
        add: Launchers,
        remove: Launchers,
    },
}

pub(in crate::ec2) fn modify(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    form.get("ImageId").ok_or_else(|| missing("ImageId"))?;
    let wanted = wanted(form)?;
    let slot = own(&ask, form)?;
    let image = &ask.world.images[slot as usize];
    if let Wanted::Launchers { add, .. } = &wanted {
        if image.state != ImageState::Available {
            return Err(unavailable(form.get("ImageId").unwrap_or_default()));
        }
        if add.all && image.encrypted {
            return Err(Fault::invalid("AMIs with encrypted snapshots can't be made public."));
        }
    }
    let image = &mut change.effect()?.images[slot as usize];
    match wanted {
        Wanted::Description(text) => image.description = text,
        Wanted::MetadataV2 => (),
        Wanted::Launchers { add, remove } => {
            image.public = (image.public || add.all) && !remove.all;
            image.shared_with.retain(|account| !remove.accounts.contains(account));
            for account in add.accounts {
                if !image.shared_with.contains(&account) {
                    image.shared_with.push(account);
                }
            }
        }
    }
    xml.plain("return", true);
    Ok(())
}

/// Reads the one attribute that a request may change, which it names or gives a parameter of its own.
fn wanted(form: &Form) -> Result<Wanted, Fault> {
    let own = ["Description", "ImdsSupport", "LaunchPermission"].into_iter().filter(|name| form.has_under(name));
    let named = form.get("Attribute");
    let mut asked: Vec<&str> = own.collect();
    asked.extend(named.map(|name| match name {
        "description" => "Description",
        "imdsSupport" => "ImdsSupport",
        "launchPermission" => "LaunchPermission",
        other => other,
    }));
    asked.dedup();
    match &*asked {
        [] => Err(Fault::new("InvalidParameterCombination", "No attributes specified.")),
        ["Description"] => {
            description(form.get("Description.Value").or_else(|| form.get("Value"))).map(Wanted::Description)
        }
        ["ImdsSupport"] => match form.get("ImdsSupport.Value").or_else(|| form.get("Value")) {
            Some("v2.0") => Ok(Wanted::MetadataV2),
            other => Err(Fault::invalid(format!("Invalid value '{}' for imdsSupport.", other.unwrap_or_default()))),
        },
        ["LaunchPermission"] => launch_permission(form, named.is_some()),
        [other] => {
            Err(Fault::invalid(format!("Value ({other}) for parameter attribute is invalid. Unknown attribute.")))
        }
        _ => Err(Fault::new("InvalidParameterCombination", "Fields for multiple attribute types specified")),
    }
}

fn launch_permission(form: &Form, by_name: bool) -> Result<Wanted, Fault> {
    if !by_name {
        let of = |operation: &str| {
            let mut launchers = Launchers::default();
            for number in form.numbers(&format!("LaunchPermission.{operation}")) {
                let get = |name: &str| form.get(&format!("LaunchPermission.{operation}.{number}.{name}"));
                match (get("UserId"), get("Group")) {
                    (Some(account), None) => launchers.accounts.push(account_of(account)?),
                    (None, Some(group)) => launchers.all |= is_all(group)?,
                    (None, None) => return Err(no_organizations()),
                    (Some(_), Some(_)) => {
                        return Err(Fault::new(
                            "InvalidParameterCombination",
                            "userId and group can't be used together",
                        ));
                    }
                }
            }
            Ok(launchers)
        };
        return Ok(Wanted::Launchers { add: of("Add")?, remove: of("Remove")? });
    }
    if !form.list("OrganizationArn").is_empty() || !form.list("OrganizationalUnitArn").is_empty() {
        return Err(no_organizations());
    }
    let mut launchers = Launchers::default();
    for account in form.list("UserId") {
        launchers.accounts.push(account_of(account)?);
    }
    for group in form.list("UserGroup") {
        launchers.all |= is_all(group)?;
    }
    match form.get("OperationType") {
        Some("add") => Ok(Wanted::Launchers { add: launchers, remove: Launchers::default() }),
        Some("remove") => Ok(Wanted::Launchers { add: Launchers::default(), remove: launchers }),
        Some(other) => Err(Fault::invalid(format!("Value ({other}) for parameter operationType is invalid."))),
        None => Err(missing("OperationType")),
    }
}

fn no_organizations() -> Fault {
    Fault::new("UnsupportedOperation", "Images are shared with accounts here; there are no organizations.")
}

fn account_of(text: &str) -> Result<Arc<str>, Fault> {
    // AWS takes it with hyphens too.
    let digits: String = text.chars().filter(|char| *char != '-').collect();
    if digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(digits.into());
    }
    Err(Fault::new(
        "InvalidAMIAttributeItemValue",
        format!("Invalid attribute item value \"{text}\" for userId item type."),
    ))
}

fn is_all(text: &str) -> Result<bool, Fault> {
    if text == "all" {
        return Ok(true);
    }
    Err(Fault::new(
        "InvalidAMIAttributeItemValue",
        format!("Invalid attribute item value \"{text}\" for group item type."),
    ))
}

pub(in crate::ec2) fn reset(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    match form.get("Attribute") {
        Some("launchPermission") => (),
        Some(other) => return Err(Fault::invalid(format!("Value ({other}) for parameter attribute is invalid."))),
        None => return Err(missing("Attribute")),
    }
    let slot = own(&ask, form)?;
    let image = &mut change.effect()?.images[slot as usize];
    image.public = false;
    image.shared_with.clear();
    xml.plain("return", true);
    Ok(())
}

pub(in crate::ec2) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let attribute = form.get("Attribute").ok_or_else(|| missing("Attribute"))?;
    let slot = own(ask, form)?;
    let image = &ask.world.images[slot as usize];
    xml.id("imageId", "ami", image.id);
    let value = |xml: &mut Xml, text: Option<&str>| xml.nest(attribute, |xml| xml.maybe("value", text));
    match attribute {
        "description" => value(xml, image.description.as_deref()),
        "launchPermission" => write_launchers(xml, image),
        "blockDeviceMapping" => write_disks(xml, image),
        "productCodes" => xml.list("productCodes", "item", [(); 0], |_, ()| ()),
        "kernel" | "ramdisk" | "tpmSupport" | "uefiData" => value(xml, None),
        "sriovNetSupport" => value(xml, Some("simple")),
        "bootMode" => value(xml, Some(boot_mode(image))),
        "imdsSupport" => value(xml, Some("v2.0")),
        "lastLaunchedTime" => value(xml, image.launches.last_told(ask.now).map(time::iso).as_deref()),
        "deregistrationProtection" => value(xml, Some(image.protection.name(ask.now))),
        other => {
            return Err(Fault::invalid(format!(
                "Value ({other}) for parameter attribute is invalid. Unknown attribute."
            )));
        }
    }
    Ok(())
}

fn write_launchers(xml: &mut Xml, image: &Image) {
    let all = image.public.then_some(("group", "all"));
    let accounts = image.shared_with.iter().map(|account| ("userId", &**account));
    xml.list("launchPermission", "item", all.into_iter().chain(accounts), |xml, (kind, who)| xml.text(kind, who));
}

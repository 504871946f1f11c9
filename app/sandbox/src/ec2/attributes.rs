//! What can be asked and changed of one server: ModifyInstanceAttribute, DescribeInstanceAttribute and
//! ModifyInstanceMetadataOptions. What is changed here is drift: its template does not say so.

use std::{fmt::Display, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    ids, instance_types,
    instances::{KIND, View},
    launch_request, metadata_options, missing, security_groups,
    server_xml::{write_disks, write_security_groups},
};
use crate::{
    call::{Ask, Change, Input},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        arn, id,
        mould::SecurityGroups,
        server::{Server, ServerState},
    },
};

/// The server that a call names, as an ARN.
pub(super) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    arn::ec2_of(ask.scope, "instance", input.form.get("InstanceId"))
}

/// The server that a call changes and the security groups that it is to get, as ARNs.
pub(super) fn changed(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let mut arns = resources(ask, input);
    arns.extend(arn::ec2_of(ask.scope, "security-group", input.form.list("GroupId")));
    arns
}

/// The slot of the server that a call names.
///
/// # Errors
/// `MissingParameter`, `InvalidInstanceID.Malformed` or `InvalidInstanceID.NotFound`.
pub(super) fn asked(ask: &Ask<'_>, form: &Form) -> Result<u32, Fault> {
    let text = form.get("InstanceId").ok_or_else(|| missing("InstanceId"))?;
    let wanted = ids(&[text], &KIND, |id| ask.scope.server(id).is_some())?;
    wanted
        .first()
        .and_then(|id| ask.scope.server_slots.get(id).copied())
        .ok_or_else(|| Fault::new(KIND.missing, (KIND.message)(&[text])))
}

/// The attributes that EC2 knows but a server here has no value for.
const EMPTY: &[&str] = &["kernel", "ramdisk", "sriovNetSupport"];

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let server = &ask.scope.servers[asked(ask, form)? as usize];
    let attribute = form.get("Attribute").ok_or_else(|| missing("Attribute"))?;
    let settings = server.settings;
    let value = |xml: &mut Xml, value: &dyn Display| {
        xml.nest(attribute, |xml| xml.text("value", &value.to_string()));
    };
    xml.id("instanceId", "i", server.id);
    match attribute {
        "userData" => xml.nest(attribute, |xml| {
            if let Some(text) = &server.user_data {
                xml.text("value", &STANDARD.encode(text.as_bytes()));
            }
        }),
        "instanceType" => value(xml, &server.instance_type),
        "disableApiTermination" => value(xml, &settings.termination_protected),
        "disableApiStop" => value(xml, &settings.stop_protected),
        "ebsOptimized" => value(xml, &settings.ebs_optimized),
        "sourceDestCheck" => value(xml, &settings.source_dest_check),
        "enaSupport" => value(xml, &true),
        "instanceInitiatedShutdownBehavior" => {
            value(xml, &if settings.ends_at_shutdown { "terminate" } else { "stop" });
        }
        "rootDeviceName" => value(xml, &View::new(ask).image(server).root_device),
        "blockDeviceMapping" => write_disks(xml, &View::new(ask), server),
        "productCodes" => xml.list("productCodes", "item", [(); 0], |_, ()| ()),
        "groupSet" => write_security_groups(xml, server),
        "enclaveOptions" => xml.nest(attribute, |xml| xml.plain("enabled", false)),
        empty if EMPTY.contains(&empty) => xml.nest(attribute, |_| ()),
        other => return Err(unknown(other)),
    }
    Ok(())
}

fn unknown(attribute: &str) -> Fault {
    Fault::invalid(format!("Value ({attribute}) for parameter attribute is invalid. Unknown attribute."))
}

/// One thing to change.
enum Wanted {
    InstanceType(Arc<str>),
    UserData(Option<Arc<str>>),
    TerminationProtected(bool),
    StopProtected(bool),
    SourceDestCheck(bool),
    EbsOptimized(bool),
    EndsAtShutdown(bool),
    Groups(SecurityGroups),
}

impl Wanted {
    /// Whether the server must be stopped for it.
    fn needs_stop(&self) -> bool {
        matches!(self, Wanted::InstanceType(_) | Wanted::UserData(_) | Wanted::EbsOptimized(_))
    }
}

/// The attributes that can be changed: EC2's name, and the parameter that names it directly.
const CHANGEABLE: &[(&str, &str)] = &[
    ("instanceType", "InstanceType"),
    ("userData", "UserData"),
    ("disableApiTermination", "DisableApiTermination"),
    ("disableApiStop", "DisableApiStop"),
    ("sourceDestCheck", "SourceDestCheck"),
    ("ebsOptimized", "EbsOptimized"),
    ("instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior"),
];

/// The attribute that a request changes, and the name of the parameter with its value. There must be one of them: by
/// `Attribute` and `Value`, by its own parameter, or security groups.
fn named(form: &Form) -> Result<(&str, String), Fault> {
    let direct = CHANGEABLE.iter().map(|(attribute, parameter)| (*attribute, format!("{parameter}.Value")));
    let mut found: Vec<(&str, String)> = direct.filter(|(_, parameter)| form.has(parameter)).collect();
    if let Some(attribute) = form.get("Attribute").filter(|attribute| *attribute != "groupSet") {
        found.push((attribute, "Value".to_owned()));
    }
    if !form.list("GroupId").is_empty() {
        found.push(("groupSet", "GroupId".to_owned()));
    }
    match <[_; 1]>::try_from(found) {
        Ok([one]) => Ok(one),
        Err(found) if found.is_empty() => Err(Fault::new("InvalidParameterCombination", "No attributes specified.")),
        Err(found) => {
            let names: Vec<&str> = found.iter().map(|(attribute, _)| *attribute).collect();
            Err(Fault::new(
                "InvalidParameterCombination",
                format!("Fields for multiple attribute types specified: {}", names.join(", ")),
            ))
        }
    }
}

fn wanted(ask: &Ask<'_>, form: &Form, server: &Server) -> Result<Wanted, Fault> {
    let (attribute, parameter) = named(form)?;
    let text = form.get(&parameter);
    let flag = || form.maybe_flag(&parameter)?.ok_or_else(|| missing("value"));
    Ok(match attribute {
        "instanceType" => {
            let name = text.ok_or_else(|| missing("value"))?;
            let image = &ask.world.images[server.image as usize];
            instance_types::check(name, &image.architecture)?;
            Wanted::InstanceType(name.into())
        }
        "userData" => Wanted::UserData(text.map(launch_request::user_data).transpose()?),
        "disableApiTermination" => Wanted::TerminationProtected(flag()?),
        "disableApiStop" => Wanted::StopProtected(flag()?),
        "sourceDestCheck" => Wanted::SourceDestCheck(flag()?),
        "ebsOptimized" => Wanted::EbsOptimized(flag()?),
        "instanceInitiatedShutdownBehavior" => {
            let wanted = metadata_options::either(form, &parameter, ["stop", "terminate"])?;
            Wanted::EndsAtShutdown(wanted.ok_or_else(|| missing("value"))?)
        }
        "groupSet" => Wanted::Groups(security_groups::by_id(ask, &form.list("GroupId"))?),
        "rootDeviceName" | "blockDeviceMapping" | "productCodes" | "enaSupport" | "enclaveOptions" => {
            return Err(Fault::new(
                "UnsupportedOperation",
                format!("The attribute {attribute} can't be changed here."),
            ));
        }
        empty if EMPTY.contains(&empty) => {
            return Err(Fault::new("UnsupportedOperation", format!("The attribute {empty} can't be changed here.")));
        }
        other => return Err(unknown(other)),
    })
}

/// Refuses a server that has ended.
pub(super) fn not_ended(server: &Server) -> Result<(), Fault> {
    if server.is_alive() {
        return Ok(());
    }
    Err(Fault::new(
        "IncorrectInstanceState",
        format!(
            "The instance '{}' is not in a state for this: it is {}.",
            id::show("i", server.id),
            server.state.name()
        ),
    ))
}

pub(super) fn modify(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = asked(&ask, form)?;
    let server = &ask.scope.servers[slot as usize];
    let wanted = wanted(&ask, form, server)?;
    not_ended(server)?;
    if wanted.needs_stop() && server.state != ServerState::Stopped {
        return Err(Fault::new(
            "IncorrectInstanceState",
            format!("The instance '{}' is not in the 'stopped' state.", id::show("i", server.id)),
        ));
    }
    let scope = change.scope;
    let server = &mut change.effect()?.scope_at_mut(scope).servers[slot as usize];
    match wanted {
        Wanted::InstanceType(name) => server.instance_type = name,
        Wanted::UserData(text) => server.user_data = text,
        Wanted::TerminationProtected(on) => server.settings.termination_protected = on,
        Wanted::StopProtected(on) => server.settings.stop_protected = on,
        Wanted::SourceDestCheck(on) => server.settings.source_dest_check = on,
        Wanted::EbsOptimized(on) => server.settings.ebs_optimized = on,
        Wanted::EndsAtShutdown(on) => server.settings.ends_at_shutdown = on,
        Wanted::Groups(groups) => server.security_groups = groups,
    }
    xml.plain("return", true);
    Ok(())
}

pub(super) fn modify_metadata(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = asked(&ask, form)?;
    let server = &ask.scope.servers[slot as usize];
    not_ended(server)?;
    if !metadata_options::NAMES.iter().any(|name| form.get(name).is_some()) {
        return Err(Fault::new("MissingParameter", "The request must contain at least one metadata option."));
    }
    let mut options = server.settings.metadata;
    metadata_options::set(&mut options, form, "")?;
    let id = server.id;
    let scope = change.scope;
    change.effect()?.scope_at_mut(scope).servers[slot as usize].settings.metadata = options;
    xml.id("instanceId", "i", id);
    // The next read says 'applied'.
    xml.nest("instanceMetadataOptions", |xml| metadata_options::write(xml, options, "pending"));
    Ok(())
}

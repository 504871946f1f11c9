//! PutParameter.

use std::{collections::VecDeque, sync::Arc};

use serde::Deserialize;
use serde_json::{Value, json as value};

use super::{
    parameters::{arn, plain_name},
    validation,
};
use crate::{
    call::{Ask, Change, Input},
    wire::{fault::Fault, json},
    world::{id, parameter::Parameter},
};

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Put {
    name: String,
    description: Option<String>,
    value: Option<String>,
    r#type: Option<String>,
    overwrite: bool,
    tags: Vec<serde::de::IgnoredAny>,
    tier: Option<String>,
    data_type: Option<String>,
}

pub(super) fn new_arn(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let asked: Put = json::read(input.body).unwrap_or_default();
    vec![arn(ask, &asked.name)]
}

/// Refuses a name that SSM does not take (API reference, PutParameter, `Name`).
fn check_name(name: &str) -> Result<(), Fault> {
    if name.is_empty() || name.len() > 1_011 {
        return Err(validation("The name of a parameter has 1 to 1011 characters."));
    }
    if name.starts_with("/aws/") || name.starts_with("aws/") {
        return Err(Fault::new("AccessDeniedException", format!("No access to reserved parameter name: {name}.")));
    }
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        return Err(validation("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive)."));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte);
    if !name.bytes().all(plain) || name.contains("//") || name.ends_with('/') {
        return Err(validation(
            "Parameter name must only use letters, numbers and the symbols period, hyphen, underscore and slash, and \
             each of its levels must have a name.",
        ));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(validation("Parameter name must be a fully qualified name."));
    }
    if name.matches('/').count() > 15 {
        return Err(Fault::new(
            "HierarchyLevelLimitExceededException",
            "A parameter's hierarchy has at most 15 levels.",
        ));
    }
    Ok(())
}

/// The most bytes of a value in the standard tier (Systems Manager quotas).
const MAX_VALUE_BYTES: usize = 4_096;

pub(super) fn put(change: &mut Change<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: Put = json::read(input.body)?;
    let ask = change.ask();
    let name = plain_name(&asked.name);
    check_name(name)?;
    let text = asked.value.filter(|text| !text.is_empty()).ok_or_else(|| {
        validation(
            "1 validation error detected: Value at 'value' failed to satisfy constraint: \
             Member must have length greater than or equal to 1",
        )
    })?;
    if text.len() > MAX_VALUE_BYTES {
        return Err(validation(format!(
            "Standard tier parameters support a maximum parameter value of {MAX_VALUE_BYTES} characters."
        )));
    }
    let kind = match asked.r#type.as_deref() {
        None => None,
        Some("String") => Some("String"),
        Some("StringList") => Some("StringList"),
        Some(other) => {
            return Err(Fault::new(
                "UnsupportedParameterType",
                format!("The parameter type {other} is not supported."),
            ));
        }
    };
    if asked.tier.is_some_and(|tier| !matches!(&*tier, "Standard" | "Intelligent-Tiering")) {
        return Err(validation("The sandbox has parameters of the standard tier alone."));
    }
    let data_type = match asked.data_type.as_deref() {
        None => None,
        Some("text") => Some("text"),
        Some("aws:ec2:image") => Some("aws:ec2:image"),
        Some(other) => return Err(validation(format!("The data type {other} is not supported."))),
    };
    if asked.overwrite && !asked.tags.is_empty() {
        return Err(validation("Invalid request: tags and overwrite can't be used together."));
    }
    let slot = ask.scope.parameters.iter().position(|parameter| &*parameter.name == name);
    let known = slot.map(|slot| &ask.scope.parameters[slot]);
    let data_type = data_type.or(known.map(|known| known.data_type)).unwrap_or("text");
    let is_image = || {
        let image = id::parse("ami", &text).and_then(|id| ask.world.image(id));
        image.is_some_and(|image| image.region == ask.scope.region && image.visible_to(&ask.scope.account))
    };
    if data_type == "aws:ec2:image" && !is_image() {
        return Err(validation(format!("The parameter value, {text}, is not an image that this account may use.")));
    }
    match (known, kind) {
        (Some(_), _) if !asked.overwrite => {
            return Err(Fault::new(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to \
                 true.",
            ));
        }
        (Some(known), Some(kind)) if known.kind != kind => {
            return Err(Fault::new(
                "HierarchyTypeMismatchException",
                format!("You can't change a parameter's type from {} to {kind}.", known.kind),
            ));
        }
        (None, None) => return Err(validation("A parameter type is required when you create a parameter.")),
        _ => (),
    }
    let (name, by) = (Arc::from(name), change.principal.arn());
    let (scope, now) = (change.scope, change.now);
    let parameters = &mut change.effect()?.scope_at_mut(scope).parameters;
    let version = match slot {
        Some(slot) => {
            let parameter = &mut parameters[slot];
            parameter.write(text, by, now);
            parameter.data_type = data_type;
            if asked.description.is_some() {
                parameter.description = asked.description;
            }
            parameter.version
        }
        None => {
            parameters.push(Parameter {
                name,
                kind: kind.unwrap_or("String"),
                description: asked.description,
                value: text,
                data_type,
                version: 1,
                modified: now,
                by,
                public: false,
                past: VecDeque::new(),
            });
            1
        }
    };
    Ok(value!({ "Version": version, "Tier": "Standard" }))
}

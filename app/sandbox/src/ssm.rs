//! SSM: parameters.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    dispatch::Ask,
    wire::{fault::Fault, time},
    world::Parameter,
};

/// The most names that GetParameters takes.
const MAX_NAMES: usize = 10;

pub(crate) fn knows(action: &str) -> bool {
    matches!(action, "GetParameter" | "GetParameters")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetParameter {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetParameters {
    names: Vec<String>,
}

/// Answers a call that [`knows`] knows.
///
/// # Errors
/// SSM's own.
pub(crate) fn answer(ask: &Ask<'_>, action: &str, body: &[u8]) -> Result<String, Fault> {
    let answer = if action == "GetParameter" {
        let asked: GetParameter = read(body)?;
        let (parameter, selector) = find(ask, &asked.name)
            .ok_or_else(|| Fault::new("ParameterNotFound", format!("Parameter {} not found.", asked.name)))?;
        json!({ "Parameter": show(ask, parameter, selector) })
    } else {
        let asked: GetParameters = read(body)?;
        if asked.names.is_empty() || asked.names.len() > MAX_NAMES {
            return Err(Fault::new(
                "ValidationException",
                "1 validation error detected: Value at 'names' failed to satisfy constraint: \
                 Member must have length between 1 and 10",
            ));
        }
        let mut names = asked.names;
        names.sort_unstable();
        names.dedup();
        let (mut found, mut invalid): (Vec<Value>, Vec<String>) = (Vec::new(), Vec::new());
        for name in names {
            match find(ask, &name) {
                Some((parameter, selector)) => found.push(show(ask, parameter, selector)),
                None => invalid.push(name),
            }
        }
        json!({ "Parameters": found, "InvalidParameters": invalid })
    };
    Ok(answer.to_string())
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| Fault::new("SerializationException", error.to_string()))
}

/// A parameter by name, ARN or `name:version`, with the version asked for.
fn find<'a, 'n>(ask: &Ask<'a>, name: &'n str) -> Option<(&'a Parameter, Option<&'n str>)> {
    let arn = format!("arn:aws:ssm:{}:{}:parameter", ask.scope.region.name, ask.scope.account);
    let name = name.strip_prefix(&arn).unwrap_or(name);
    let (name, selector) = match name.split_once(':') {
        Some((name, version)) => (name, Some(version)),
        None => (name, None),
    };
    let parameter = ask.scope.parameters.iter().find(|parameter| &*parameter.name == name)?;
    // Only the current version is kept.
    let current = selector.is_none_or(|version| version.parse() == Ok(parameter.version));
    current.then_some((parameter, selector))
}

fn show(ask: &Ask<'_>, parameter: &Parameter, selector: Option<&str>) -> Value {
    let account = if parameter.public { "" } else { &*ask.scope.account };
    let separator = if parameter.name.starts_with('/') { "" } else { "/" };
    let mut shown = json!({
        "Name": &*parameter.name,
        "Type": "String",
        "Value": parameter.value,
        "Version": parameter.version,
        "LastModifiedDate": time::epoch(parameter.modified),
        "ARN": format!("arn:aws:ssm:{}:{account}:parameter{separator}{}", ask.scope.region.name, parameter.name),
        "DataType": parameter.data_type,
    });
    if let (Some(selector), Some(fields)) = (selector, shown.as_object_mut()) {
        fields.insert("Selector".into(), format!(":{selector}").into());
    }
    shown
}

//! SSM: parameters.

use serde::Deserialize;
use serde_json::{Value, json as value};

use crate::{
    call::{Ask, Call, Handler, Input},
    wire::{fault::Fault, json, time},
    world::Parameter,
};

/// The most names that GetParameters takes.
const MAX_NAMES: usize = 10;

/// SSM's calls.
pub(crate) const CALLS: &[Call] = &[
    Call {
        name: "GetParameter",
        parameters: &[],
        resources: parameter_arns,
        handler: Handler::ReadJson(get_parameter),
    },
    Call {
        name: "GetParameters",
        parameters: &[],
        resources: parameter_arns,
        handler: Handler::ReadJson(get_parameters),
    },
];

/// The parameters that a call names, as ARNs. Of a single one that is not there AWS tells the account alone.
fn parameter_arns(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    if let Ok(asked) = json::read::<GetParameters>(input.body) {
        return asked.names.iter().map(|name| arn(ask, name)).collect();
    }
    let Ok(asked) = json::read::<GetParameter>(input.body) else { return Vec::new() };
    let (region, account) = (ask.scope.region.name, &ask.scope.account);
    let is_known = ask.scope.parameters.iter().any(|parameter| *parameter.name == *plain_name(&asked.name));
    vec![if is_known { arn(ask, &asked.name) } else { format!("arn:aws:ssm:{region}:{account}:*") }]
}

/// A parameter's name without a version or label after it; an ARN ends in it.
fn plain_name(text: &str) -> &str {
    let name = match text.strip_prefix("arn:") {
        Some(rest) => rest.splitn(5, ':').last().and_then(|path| path.strip_prefix("parameter")).unwrap_or(rest),
        None => text,
    };
    name.split(':').next().unwrap_or(name)
}

/// The ARN of the parameter that a text names.
pub(crate) fn arn(ask: &Ask<'_>, text: &str) -> String {
    let name = plain_name(text);
    let account = if name.starts_with("/aws/service/") { "" } else { &*ask.scope.account };
    let separator = if name.starts_with('/') { "" } else { "/" };
    format!("arn:aws:ssm:{}:{account}:parameter{separator}{name}", ask.scope.region.name)
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

fn get_parameter(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: GetParameter = json::read(input.body)?;
    let (parameter, selector) = find(ask, &asked.name)
        .ok_or_else(|| Fault::new("ParameterNotFound", format!("Parameter {} not found.", asked.name)))?;
    Ok(value!({ "Parameter": show(ask, parameter, selector) }))
}

fn get_parameters(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: GetParameters = json::read(input.body)?;
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
    Ok(value!({ "Parameters": found, "InvalidParameters": invalid }))
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
    let mut shown = value!({
        "Name": &*parameter.name,
        "Type": "String",
        "Value": parameter.value,
        "Version": parameter.version,
        "LastModifiedDate": time::epoch(parameter.modified),
        "ARN": arn(ask, &parameter.name),
        "DataType": parameter.data_type,
    });
    if let (Some(selector), Some(fields)) = (selector, shown.as_object_mut()) {
        fields.insert("Selector".into(), format!(":{selector}").into());
    }
    shown
}

//! GetParameter, GetParameters and GetParameterHistory.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value, json as value};

use super::{page_size, validation};
use crate::{
    call::{Ask, Input},
    wire::{fault::Fault, json, page::Page, time},
    world::parameter::Parameter,
};

/// The most names that GetParameters takes.
const MAX_NAMES: usize = 10;

/// The parameters that a call names, as ARNs. Of a single one that is not there AWS tells the account alone.
pub(super) fn arns(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    if let Ok(asked) = json::read::<GetParameters>(input.body) {
        return asked.names.iter().map(|name| arn(ask, name)).collect();
    }
    let Ok(asked) = json::read::<GetParameter>(input.body) else { return Vec::new() };
    let (region, account) = (ask.scope.region.name, &ask.scope.account);
    let is_known = ask.scope.parameters.iter().any(|parameter| *parameter.name == *plain_name(&asked.name));
    vec![if is_known { arn(ask, &asked.name) } else { format!("arn:aws:ssm:{region}:{account}:*") }]
}

/// A parameter's name without a version or label after it; an ARN ends in it.
pub(super) fn plain_name(text: &str) -> &str {
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

pub(super) fn get(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: GetParameter = json::read(input.body)?;
    let (parameter, selector) = find(ask, &asked.name)?;
    Ok(value!({ "Parameter": show(ask, &parameter, selector) }))
}

pub(super) fn get_many(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: GetParameters = json::read(input.body)?;
    if asked.names.is_empty() || asked.names.len() > MAX_NAMES {
        return Err(validation(
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
            Ok((parameter, selector)) => found.push(show(ask, &parameter, selector)),
            Err(_) => invalid.push(name),
        }
    }
    Ok(value!({ "Parameters": found, "InvalidParameters": invalid }))
}

fn not_found(name: &str) -> Fault {
    Fault::new("ParameterNotFound", format!("Parameter {name} not found."))
}

/// A parameter by name, ARN or `name:version`, with the version asked for.
fn find<'a, 'n>(ask: &Ask<'a>, asked: &'n str) -> Result<(Cow<'a, Parameter>, Option<&'n str>), Fault> {
    let arn = format!("arn:aws:ssm:{}:{}:parameter", ask.scope.region.name, ask.scope.account);
    let name = asked.strip_prefix(&arn).unwrap_or(asked);
    let (name, selector) = match name.split_once(':') {
        Some((name, version)) => (name, Some(version)),
        None => (name, None),
    };
    let parameter =
        ask.scope.parameters.iter().find(|parameter| &*parameter.name == name).ok_or_else(|| not_found(asked))?;
    let Some(selector) = selector else { return Ok((Cow::Borrowed(parameter), None)) };
    match selector.parse().ok().and_then(|version| parameter.at_version(version)) {
        Some(parameter) => Ok((Cow::Owned(parameter), Some(selector))),
        None => Err(Fault::new(
            "ParameterVersionNotFound",
            format!("Systems Manager could not find version {selector} of {name}. Verify the version and try again."),
        )),
    }
}

fn show(ask: &Ask<'_>, parameter: &Parameter, selector: Option<&str>) -> Value {
    let mut shown = value!({
        "Name": &*parameter.name,
        "Type": parameter.kind,
        "Value": parameter.value,
        "Version": parameter.version,
        "LastModifiedDate": time::epoch(parameter.modified),
        "ARN": arn(ask, &parameter.name),
        "DataType": parameter.data_type,
    });
    if let Some(selector) = selector {
        shown["Selector"] = format!(":{selector}").into();
    }
    shown
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetHistory {
    name: String,
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// The most versions on a page.
const MAX_PAGE: i64 = 50;

pub(super) fn history(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: GetHistory = json::read(input.body)?;
    let name = plain_name(&asked.name);
    let parameter =
        ask.scope.parameters.iter().find(|parameter| &*parameter.name == name).ok_or_else(|| not_found(name))?;
    let size = page_size(asked.max_results, (1, MAX_PAGE))?;
    let question = ["ssm", &*ask.scope.account, ask.scope.region.name, "GetParameterHistory", name];
    let page = Page::new(ask.world.seed, &question, asked.next_token.as_deref(), size)
        .map_err(|_| Fault::new("InvalidNextToken", "The specified token is not valid."))?;
    let versions: Vec<Value> = parameter
        .past
        .iter()
        .filter_map(|past| parameter.at_version(past.version))
        .chain([parameter.clone()])
        .map(|version| {
            let mut shown = value!({
                "Name": &*version.name,
                "Type": version.kind,
                "LastModifiedDate": time::epoch(version.modified),
                "LastModifiedUser": version.by,
                "Value": version.value,
                "Version": version.version,
                "Labels": [],
                "Tier": "Standard",
                "Policies": [],
                "DataType": version.data_type,
            });
            if let Some(description) = &version.description {
                shown["Description"] = description.as_str().into();
            }
            shown
        })
        .collect();
    let (taken, next) = page.take(&versions, |_| true);
    let mut answer = Map::new();
    answer.insert("Parameters".into(), taken.into_iter().cloned().collect());
    if let Some(next) = next {
        answer.insert("NextToken".into(), next.into());
    }
    Ok(Value::Object(answer))
}

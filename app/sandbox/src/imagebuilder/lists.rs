//! Lists of pipelines, recipes, images and their builds.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Names, arn, bad, build_arn, not_found, page, pipeline_arn, read, recipe_arn, show};
use crate::{
    call::{Ask, Input},
    wire::{fault::Fault, time},
    world::recipe::{Build, Recipe},
};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Asked {
    image_version_arn: Option<String>,
    image_pipeline_arn: Option<String>,
    owner: Option<String>,
    by_name: Option<bool>,
    include_deprecated: Option<bool>,
    filters: Vec<FilterAsked>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct FilterAsked {
    name: String,
    values: Vec<String>,
}

/// What ListImagePipelineImages is about.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct OfPipeline {
    image_pipeline_arn: String,
}

impl Names for OfPipeline {
    fn arn(&self) -> &str {
        &self.image_pipeline_arn
    }
}

/// One entry of a list with what filters look at.
struct Entry {
    shown: Value,
    fields: Vec<(&'static str, String)>,
}

/// Answers a page of the entries under `key` that pass the filters, whose names must be among `known`.
fn answer(ask: &Ask<'_>, asked: &Asked, key: &str, known: &[&str], entries: &[Entry]) -> Result<Value, Fault> {
    if let Some(filter) = asked.filters.iter().find(|filter| !known.contains(&&*filter.name)) {
        return Err(bad(format!("The filter name '{}' is not supported for this operation.", filter.name)));
    }
    let flags = format!("{key}{:?}{:?}", asked.by_name, asked.include_deprecated);
    let mut question = vec![&*flags];
    question.extend(asked.image_version_arn.as_deref());
    question.extend(asked.image_pipeline_arn.as_deref());
    question.extend(asked.owner.as_deref());
    for filter in &asked.filters {
        question.push(&filter.name);
        question.extend(filter.values.iter().map(|value| &**value));
    }
    let page = page(ask, &question, asked.max_results, asked.next_token.as_deref())?;
    let (taken, next) = page.take(entries, |entry| {
        asked.filters.iter().all(|filter| {
            entry.fields.iter().any(|(name, value)| *name == filter.name && filter.values.contains(value))
        })
    });
    let mut answer = Map::new();
    answer.insert("requestId".into(), ask.request_id.into());
    answer.insert(key.into(), taken.into_iter().map(|entry| entry.shown.clone()).collect());
    if let Some(next) = next {
        answer.insert("nextToken".into(), next.into());
    }
    Ok(Value::Object(answer))
}

/// Only the account's own resources are listed: nothing else is simulated.
fn is_of_others(asked: &Asked) -> Result<bool, Fault> {
    match asked.owner.as_deref() {
        None | Some("Self") => Ok(false),
        Some("Shared" | "Amazon" | "ThirdParty" | "AWSMarketplace") => Ok(true),
        Some(other) => Err(bad(format!("The value '{other}' for owner is not valid."))),
    }
}

pub(super) fn pipelines(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked = read(input)?;
    let entries: Vec<Entry> = ask
        .scope
        .recipes
        .iter()
        .enumerate()
        .map(|(slot, recipe)| Entry {
            shown: show::pipeline(ask, slot, recipe),
            fields: vec![
                ("name", recipe.name.clone()),
                ("description", recipe.description.clone()),
                ("status", "ENABLED".into()),
                (
                    "imageRecipeArn",
                    show::latest(recipe)
                        .map(|version| recipe_arn(ask.scope, recipe, &version.number))
                        .unwrap_or_default(),
                ),
            ],
        })
        .collect();
    answer(ask, &asked, "imagePipelineList", &["description", "imageRecipeArn", "name", "status"], &entries)
}

pub(super) fn recipes(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked = read(input)?;
    let mut entries = Vec::new();
    if !is_of_others(&asked)? {
        let all = ask.scope.recipes.iter().flat_map(|recipe| recipe.versions.iter().map(move |one| (recipe, one)));
        entries.extend(all.map(|(recipe, version)| Entry {
            shown: json!({
                "arn": recipe_arn(ask.scope, recipe, &version.number),
                "name": recipe.name,
                "platform": "Linux",
                "owner": &*ask.scope.account,
                "parentImage": version.parent,
                "dateCreated": time::iso(version.created),
                "tags": {},
            }),
            fields: vec![
                ("name", recipe.name.clone()),
                ("parentImage", version.parent.clone()),
                ("platform", "Linux".into()),
            ],
        }));
    }
    answer(ask, &asked, "imageRecipeSummaryList", &["name", "parentImage", "platform"], &entries)
}

/// What images can be filtered by.
const IMAGE_FILTERS: &[&str] = &["name", "osVersion", "platform", "type", "version"];

fn image_fields(recipe: &Recipe, version: &str) -> Vec<(&'static str, String)> {
    vec![
        ("name", recipe.name.clone()),
        ("version", version.to_owned()),
        ("platform", "Linux".into()),
        ("type", "AMI".into()),
        ("osVersion", show::os_version(recipe).to_owned()),
    ]
}

pub(super) fn images(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked = read(input)?;
    let scope = ask.scope;
    let mut entries = Vec::new();
    let recipes = if is_of_others(&asked)? { &[] } else { &scope.recipes[..] };
    for (slot, recipe) in recipes.iter().enumerate() {
        let mut seen: Vec<&str> = Vec::new();
        for build in scope.builds.iter().filter(|build| build.recipe as usize == slot) {
            if seen.contains(&&*build.version) {
                continue;
            }
            seen.push(&build.version);
            entries.push(Entry {
                shown: json!({
                    "arn": arn(scope, "image", &format!("{}/{}", recipe.name, build.version)),
                    "name": recipe.name,
                    "type": "AMI",
                    "version": build.version,
                    "platform": "Linux",
                    "osVersion": show::os_version(recipe),
                    "owner": &*scope.account,
                    "dateCreated": time::iso(build.created),
                    "buildType": show::build_type(build),
                    "imageSource": "CUSTOM",
                }),
                fields: image_fields(recipe, &build.version),
            });
        }
    }
    answer(ask, &asked, "imageVersionList", IMAGE_FILTERS, &entries)
}

fn build_entry(ask: &Ask<'_>, build: &Build) -> Entry {
    let recipe = &ask.scope.recipes[build.recipe as usize];
    Entry {
        shown: json!({
            "arn": build_arn(ask.scope, build),
            "name": recipe.name,
            "type": "AMI",
            "version": format!("{}/{}", build.version, build.number),
            "platform": "Linux",
            "osVersion": show::os_version(recipe),
            "state": show::state(ask, build),
            "owner": &*ask.scope.account,
            "dateCreated": time::iso(build.created),
            "outputResources": show::outputs(ask, build),
            "tags": {},
            "buildType": show::build_type(build),
            "imageSource": "CUSTOM",
        }),
        fields: image_fields(recipe, &build.version),
    }
}

pub(super) fn builds(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: Asked = read(input)?;
    let of_others = is_of_others(&asked)?;
    let scope = ask.scope;
    if let Some(wanted) = &asked.image_version_arn {
        if !wanted.starts_with("arn:") {
            return Err(bad(format!("The value '{wanted}' for imageVersionArn is not a valid ARN.")));
        }
        if !wanted.starts_with(&arn(scope, "image", "")) {
            return Err(not_found(wanted));
        }
    }
    let wanted = |build: &Build| match &asked.image_version_arn {
        None => true,
        // The whole of `.../name/1.2.3`: 1.2.30 is another version.
        Some(version) => build_arn(scope, build).rsplit_once('/').is_some_and(|(of_version, _)| of_version == version),
    };
    let found: Vec<Entry> =
        scope.builds.iter().filter(|build| !of_others && wanted(build)).map(|build| build_entry(ask, build)).collect();
    match &asked.image_version_arn {
        Some(version) if found.is_empty() => Err(not_found(version)),
        _ => answer(ask, &asked, "imageSummaryList", IMAGE_FILTERS, &found),
    }
}

pub(super) fn of_pipeline(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: Asked = read(input)?;
    let wanted = asked.image_pipeline_arn.as_deref().ok_or_else(|| super::missing("imagePipelineArn"))?;
    let recipe = ask
        .scope
        .recipes
        .iter()
        .position(|recipe| pipeline_arn(ask.scope, recipe) == wanted)
        .ok_or_else(|| not_found(wanted))?;
    let is_of_it = |build: &&Build| build.recipe as usize == recipe && build.trigger.is_of_pipeline();
    let found: Vec<Entry> = ask.scope.builds.iter().filter(is_of_it).map(|build| build_entry(ask, build)).collect();
    answer(ask, &asked, "imageSummaryList", &["name", "version"], &found)
}

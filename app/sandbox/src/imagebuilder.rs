//! Image Builder's REST-JSON: pipelines, recipes and images.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    call::{Ask, Call, Handler, Input},
    wire::{fault::Fault, page::Page, time},
    world::{
        Scope, id,
        recipe::{Build, Recipe, RecipeVersion},
    },
};

/// Image Builder's calls.
pub(crate) const CALLS: &[Call] = &[
    Call {
        name: "ListImagePipelines",
        parameters: &[],
        resources: |ask, _| vec![arn(ask.scope, "image-pipeline", "*")],
        handler: Handler::ReadJson(|ask, input| list_of(ask, "ListImagePipelines", input)),
    },
    Call {
        name: "ListImages",
        parameters: &[],
        resources: |ask, _| vec![arn(ask.scope, "image", "*")],
        handler: Handler::ReadJson(|ask, input| list_of(ask, "ListImages", input)),
    },
    Call {
        name: "ListImageBuildVersions",
        parameters: &[],
        resources: |ask, _| vec![arn(ask.scope, "image", "*")],
        handler: Handler::ReadJson(|ask, input| list_of(ask, "ListImageBuildVersions", input)),
    },
    Call {
        name: "ListImageRecipes",
        parameters: &[],
        resources: |ask, _| vec![arn(ask.scope, "image-recipe", "*")],
        handler: Handler::ReadJson(|ask, input| list_of(ask, "ListImageRecipes", input)),
    },
    Call {
        name: "GetImage",
        parameters: &[],
        resources: |_, input| parameter(input.query, "imageBuildVersionArn").into_iter().collect(),
        handler: Handler::ReadJson(|ask, input| get_image(ask, &parameter(input.query, "imageBuildVersionArn")?)),
    },
    Call {
        name: "GetImageRecipe",
        parameters: &[],
        resources: |_, input| parameter(input.query, "imageRecipeArn").into_iter().collect(),
        handler: Handler::ReadJson(|ask, input| get_recipe(ask, &parameter(input.query, "imageRecipeArn")?)),
    },
    Call {
        name: "GetImagePipeline",
        parameters: &[],
        resources: |_, input| parameter(input.query, "imagePipelineArn").into_iter().collect(),
        handler: Handler::ReadJson(|ask, input| get_pipeline(ask, &parameter(input.query, "imagePipelineArn")?)),
    },
];

fn arn(scope: &Scope, kind: &str, path: &str) -> String {
    format!("arn:aws:imagebuilder:{}:{}:{kind}/{path}", scope.region.name, scope.account)
}

/// The ARN of a recipe's pipeline.
pub(crate) fn pipeline_arn(scope: &Scope, recipe: &Recipe) -> String {
    arn(scope, "image-pipeline", &recipe.name)
}

fn recipe_arn(scope: &Scope, recipe: &Recipe, version: &str) -> String {
    arn(scope, "image-recipe", &format!("{}/{version}", recipe.name))
}

fn build_arn(scope: &Scope, build: &Build) -> String {
    let name = &scope.recipes[build.recipe as usize].name;
    arn(scope, "image", &format!("{name}/{}/{}", build.version, build.number))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ListAsked {
    image_version_arn: Option<String>,
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

fn bad(message: impl Into<String>) -> Fault {
    Fault::new("InvalidRequestException", message)
}

fn not_found(arn: &str) -> Fault {
    Fault::new(
        "ResourceNotFoundException",
        format!("The resource with ARN '{arn}' does not exist or you are not authorized to view it."),
    )
    .with_status(404)
}

fn parameter(query: &str, name: &str) -> Result<String, Fault> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        .map(|value| percent_decode_str(value).decode_utf8_lossy().into_owned())
        .filter(|value| !value.is_empty())
        .ok_or_else(|| bad(format!("The parameter '{name}' is required.")))
}

/// One entry of a list with what filters look at.
struct Entry {
    shown: Value,
    fields: Vec<(&'static str, String)>,
}

fn list_of(ask: &Ask<'_>, action: &str, input: &Input<'_>) -> Result<Value, Fault> {
    let text: &[u8] = if input.body.is_empty() { b"{}" } else { input.body };
    let asked: &ListAsked = &serde_json::from_slice(text).map_err(|error| bad(error.to_string()))?;
    let size = match asked.max_results {
        None => 25,
        Some(size) => usize::try_from(size)
            .ok()
            .filter(|size| (1..=100).contains(size))
            .ok_or_else(|| bad(format!("The value '{size}' for maxResults must be between 1 and 100.")))?,
    };
    let (key, entries, known): (_, Vec<Entry>, &[&str]) = match action {
        "ListImagePipelines" => {
            ("imagePipelineList", pipelines(ask), &["description", "imageRecipeArn", "name", "status"])
        }
        "ListImageRecipes" => ("imageRecipeSummaryList", recipes(ask, asked)?, &["name", "parentImage", "platform"]),
        "ListImages" => {
            ("imageVersionList", images(ask, asked)?, &["name", "osVersion", "platform", "type", "version"])
        }
        _ => ("imageSummaryList", builds(ask, asked)?, &["name", "osVersion", "platform", "type", "version"]),
    };
    if let Some(filter) = asked.filters.iter().find(|filter| !known.contains(&&*filter.name)) {
        return Err(bad(format!("The filter name '{}' is not supported for this operation.", filter.name)));
    }
    let flags = format!("{:?}{:?}", asked.by_name, asked.include_deprecated);
    let mut question = vec!["imagebuilder", &*ask.scope.account, ask.scope.region.name, action, &*flags];
    question.extend(asked.image_version_arn.as_deref());
    question.extend(asked.owner.as_deref());
    for filter in &asked.filters {
        question.push(&filter.name);
        question.extend(filter.values.iter().map(|value| &**value));
    }
    let page = Page::new(ask.world.seed, &question, asked.next_token.as_deref(), size)
        .map_err(|_| Fault::new("InvalidPaginationTokenException", "The pagination token is not valid."))?;
    let (taken, next) = page.take(&entries, |entry| {
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
fn is_of_others(asked: &ListAsked) -> Result<bool, Fault> {
    match asked.owner.as_deref() {
        None | Some("Self") => Ok(false),
        Some("Shared" | "Amazon" | "ThirdParty" | "AWSMarketplace") => Ok(true),
        Some(other) => Err(bad(format!("The value '{other}' for owner is not valid."))),
    }
}

fn latest(recipe: &Recipe) -> Option<&RecipeVersion> {
    recipe.versions.last()
}

fn show_pipeline(ask: &Ask<'_>, slot: usize, recipe: &Recipe) -> Value {
    let scope = ask.scope;
    let last = scope.builds.iter().filter(|build| build.recipe as usize == slot).max_by_key(|build| build.created);
    let mut shown = json!({
        "arn": pipeline_arn(scope, recipe),
        "name": recipe.name,
        "description": recipe.description,
        "platform": "Linux",
        "enhancedImageMetadataEnabled": true,
        "infrastructureConfigurationArn": arn(scope, "infrastructure-configuration", "linux-builders"),
        "distributionConfigurationArn": arn(scope, "distribution-configuration", &recipe.name),
        "imageTestsConfiguration": { "imageTestsEnabled": true, "timeoutMinutes": 60 },
        "schedule": {
            "scheduleExpression": recipe.schedule,
            "timezone": "UTC",
            "pipelineExecutionStartCondition": "EXPRESSION_MATCH_ONLY",
        },
        "status": "ENABLED",
        "dateCreated": time::iso(recipe.created),
        "dateUpdated": time::iso(latest(recipe).map_or(recipe.created, |version| version.created)),
        "tags": {},
        "consecutiveFailures": i32::from(last.is_some_and(|build| build.failure.is_some())),
    });
    if let Some(fields) = shown.as_object_mut() {
        if let Some(version) = latest(recipe) {
            fields.insert("imageRecipeArn".into(), recipe_arn(scope, recipe, &version.number).into());
        }
        if let Some(build) = last {
            fields.insert("dateLastRun".into(), time::iso(build.created).into());
            let status = if build.failure.is_some() { "FAILED" } else { "AVAILABLE" };
            fields.insert("lastRunStatus".into(), status.into());
        }
    }
    shown
}

fn pipelines(ask: &Ask<'_>) -> Vec<Entry> {
    ask.scope
        .recipes
        .iter()
        .enumerate()
        .map(|(slot, recipe)| Entry {
            shown: show_pipeline(ask, slot, recipe),
            fields: vec![
                ("name", recipe.name.clone()),
                ("description", recipe.description.clone()),
                ("status", "ENABLED".into()),
                (
                    "imageRecipeArn",
                    latest(recipe).map(|version| recipe_arn(ask.scope, recipe, &version.number)).unwrap_or_default(),
                ),
            ],
        })
        .collect()
}

fn recipes(ask: &Ask<'_>, asked: &ListAsked) -> Result<Vec<Entry>, Fault> {
    if is_of_others(asked)? {
        return Ok(Vec::new());
    }
    let entries = ask.scope.recipes.iter().flat_map(|recipe| recipe.versions.iter().map(move |one| (recipe, one)));
    Ok(entries
        .map(|(recipe, version)| Entry {
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
        })
        .collect())
}

fn image_fields(recipe: &Recipe, version: &str) -> Vec<(&'static str, String)> {
    vec![
        ("name", recipe.name.clone()),
        ("version", version.to_owned()),
        ("platform", "Linux".into()),
        ("type", "AMI".into()),
        ("osVersion", os_version(recipe).to_owned()),
    ]
}

fn os_version(recipe: &Recipe) -> &'static str {
    let of_ubuntu = recipe.versions.iter().any(|version| version.parent.contains("ubuntu"));
    if of_ubuntu { "Ubuntu 24.04" } else { "Amazon Linux 2023" }
}

fn images(ask: &Ask<'_>, asked: &ListAsked) -> Result<Vec<Entry>, Fault> {
    if is_of_others(asked)? {
        return Ok(Vec::new());
    }
    let scope = ask.scope;
    let mut entries = Vec::new();
    for (slot, recipe) in scope.recipes.iter().enumerate() {
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
                    "osVersion": os_version(recipe),
                    "owner": &*scope.account,
                    "dateCreated": time::iso(build.created),
                    "buildType": "SCHEDULED",
                    "imageSource": "CUSTOM",
                }),
                fields: image_fields(recipe, &build.version),
            });
        }
    }
    Ok(entries)
}

fn builds(ask: &Ask<'_>, asked: &ListAsked) -> Result<Vec<Entry>, Fault> {
    let scope = ask.scope;
    if let Some(wanted) = &asked.image_version_arn {
        let own = arn(scope, "image", "");
        if !wanted.starts_with("arn:") {
            return Err(bad(format!("The value '{wanted}' for imageVersionArn is not a valid ARN.")));
        }
        if !wanted.starts_with(&own) {
            return Err(not_found(wanted));
        }
    }
    let wanted = |build: &Build| match &asked.image_version_arn {
        None => true,
        // The whole of `.../name/1.2.3`: 1.2.30 is another version.
        Some(version) => build_arn(scope, build).rsplit_once('/').is_some_and(|(of_version, _)| of_version == version),
    };
    let found: Vec<Entry> = scope
        .builds
        .iter()
        .filter(|build| wanted(build))
        .map(|build| {
            let recipe = &scope.recipes[build.recipe as usize];
            Entry {
                shown: json!({
                    "arn": build_arn(scope, build),
                    "name": recipe.name,
                    "type": "AMI",
                    "version": format!("{}/{}", build.version, build.number),
                    "platform": "Linux",
                    "osVersion": os_version(recipe),
                    "state": state(build),
                    "owner": &*scope.account,
                    "dateCreated": time::iso(build.created),
                    "outputResources": outputs(ask, build),
                    "tags": {},
                    "buildType": "SCHEDULED",
                    "imageSource": "CUSTOM",
                }),
                fields: image_fields(recipe, &build.version),
            }
        })
        .collect();
    match &asked.image_version_arn {
        Some(version) if found.is_empty() => Err(not_found(version)),
        _ => Ok(found),
    }
}

fn state(build: &Build) -> Value {
    match &build.failure {
        Some(reason) => json!({ "status": "FAILED", "reason": reason }),
        None => json!({ "status": "AVAILABLE" }),
    }
}

fn outputs(ask: &Ask<'_>, build: &Build) -> Value {
    let amis: Vec<Value> = build
        .images
        .iter()
        .map(|&slot| {
            let image = &ask.world.images[slot as usize];
            let mut ami = json!({
                "region": image.region.name,
                "image": id::show("ami", image.id),
                "name": image.name,
                "accountId": &*image.owner,
            });
            // The model wants at least one character, so none is none and not an empty one.
            if let Some(description) = &image.description {
                ami["description"] = description.as_str().into();
            }
            ami
        })
        .collect();
    json!({ "amis": amis, "containers": [] })
}

fn show_recipe(ask: &Ask<'_>, recipe: &Recipe, version: &RecipeVersion) -> Value {
    let scope = ask.scope;
    let components: Vec<Value> = recipe
        .components
        .iter()
        .map(|component| {
            // Amazon's own are named `aws:...`.
            let shown = match component.strip_prefix("aws:") {
                Some(name) => format!("arn:aws:imagebuilder:{}:aws:component/{name}", scope.region.name),
                None => arn(scope, "component", component),
            };
            json!({ "componentArn": shown })
        })
        .collect();
    json!({
        "arn": recipe_arn(scope, recipe, &version.number),
        "type": "AMI",
        "name": recipe.name,
        "description": recipe.description,
        "platform": "Linux",
        "owner": &*scope.account,
        "version": version.number,
        "components": components,
        "parentImage": version.parent,
        "blockDeviceMappings": [],
        "dateCreated": time::iso(version.created),
        "tags": {},
        "workingDirectory": "/tmp",
    })
}

fn get_recipe(ask: &Ask<'_>, wanted: &str) -> Result<Value, Fault> {
    let all = ask.scope.recipes.iter().flat_map(|recipe| recipe.versions.iter().map(move |one| (recipe, one)));
    let (recipe, version) = all
        .into_iter()
        .find(|(recipe, version)| recipe_arn(ask.scope, recipe, &version.number) == wanted)
        .ok_or_else(|| not_found(wanted))?;
    Ok(json!({ "requestId": ask.request_id, "imageRecipe": show_recipe(ask, recipe, version) }))
}

fn get_pipeline(ask: &Ask<'_>, wanted: &str) -> Result<Value, Fault> {
    let (slot, recipe) = ask
        .scope
        .recipes
        .iter()
        .enumerate()
        .find(|(_, recipe)| arn(ask.scope, "image-pipeline", &recipe.name) == wanted)
        .ok_or_else(|| not_found(wanted))?;
    Ok(json!({ "requestId": ask.request_id, "imagePipeline": show_pipeline(ask, slot, recipe) }))
}

fn get_image(ask: &Ask<'_>, wanted: &str) -> Result<Value, Fault> {
    let scope = ask.scope;
    let build = scope.builds.iter().find(|build| build_arn(scope, build) == wanted).ok_or_else(|| not_found(wanted))?;
    let recipe = &scope.recipes[build.recipe as usize];
    let version = recipe.versions.iter().find(|version| version.number == build.version);
    let mut image = json!({
        "arn": wanted,
        "type": "AMI",
        "name": recipe.name,
        "version": format!("{}/{}", build.version, build.number),
        "platform": "Linux",
        "enhancedImageMetadataEnabled": true,
        "osVersion": os_version(recipe),
        "state": state(build),
        "sourcePipelineName": recipe.name,
        "sourcePipelineArn": arn(scope, "image-pipeline", &recipe.name),
        "infrastructureConfiguration": {
            "arn": arn(scope, "infrastructure-configuration", "linux-builders"),
            "name": "linux-builders",
        },
        "imageTestsConfiguration": { "imageTestsEnabled": true, "timeoutMinutes": 60 },
        "dateCreated": time::iso(build.created),
        "outputResources": outputs(ask, build),
        "tags": {},
        "buildType": "SCHEDULED",
        "imageSource": "CUSTOM",
    });
    if let (Some(version), Some(fields)) = (version, image.as_object_mut()) {
        fields.insert("imageRecipe".into(), show_recipe(ask, recipe, version));
    }
    Ok(json!({ "requestId": ask.request_id, "image": image }))
}

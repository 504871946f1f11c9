//! What is told of one pipeline, recipe, build or configuration.

use serde_json::{Value, json};

use super::{
    Cron, INFRASTRUCTURE, arn, build_arn, component_arn, distribution_arn, infrastructure_arn, not_found, parameter,
    pipeline_arn, recipe_arn, workflows,
};
use crate::{
    call::{Ask, Input},
    wire::{fault::Fault, time},
    world::{
        id,
        recipe::{Build, Progress, Recipe, RecipeVersion, STAGES, Trigger},
    },
};

/// The version that a pipeline builds.
pub(super) fn latest(recipe: &Recipe) -> Option<&RecipeVersion> {
    recipe.versions.last()
}

pub(super) fn os_version(recipe: &Recipe) -> &'static str {
    let of_ubuntu = recipe.versions.iter().any(|version| version.parent.contains("ubuntu"));
    if of_ubuntu { "Ubuntu 24.04" } else { "Amazon Linux 2023" }
}

pub(super) fn build_type(build: &Build) -> &'static str {
    match build.trigger {
        Trigger::Schedule => "SCHEDULED",
        Trigger::Pipeline | Trigger::Recipe { .. } => "USER_INITIATED",
    }
}

pub(super) fn pipeline(ask: &Ask<'_>, slot: usize, recipe: &Recipe) -> Value {
    let scope = ask.scope;
    let mut runs: Vec<&Build> =
        scope.builds.iter().filter(|build| build.recipe as usize == slot && build.trigger.is_of_pipeline()).collect();
    runs.sort_by_key(|build| build.created);
    let failed = |build: &&&Build| matches!(build.progress(ask.now), Progress::Failed(_));
    let over = runs.iter().rev().filter(|build| build.is_over(ask.now));
    let mut shown = json!({
        "arn": pipeline_arn(scope, recipe),
        "name": recipe.name,
        "description": recipe.description,
        "platform": "Linux",
        "enhancedImageMetadataEnabled": true,
        "infrastructureConfigurationArn": infrastructure_arn(scope),
        "distributionConfigurationArn": distribution_arn(scope, recipe),
        "imageTestsConfiguration": { "imageTestsEnabled": true, "timeoutMinutes": 60 },
        "status": "ENABLED",
        "dateCreated": time::iso(recipe.created),
        "dateUpdated": time::iso(latest(recipe).map_or(recipe.created, |version| version.created)),
        "tags": {},
        "consecutiveFailures": over.take_while(failed).count(),
    });
    if let Some(version) = latest(recipe) {
        shown["imageRecipeArn"] = recipe_arn(scope, recipe, &version.number).into();
    }
    if let Ok(cron) = Cron::parse(&recipe.schedule) {
        shown["schedule"] = json!({
            "scheduleExpression": recipe.schedule,
            "timezone": "UTC",
            "pipelineExecutionStartCondition": "EXPRESSION_MATCH_ONLY",
        });
        if let Some(next) = cron.next(ask.now) {
            shown["dateNextRun"] = time::iso(next).into();
        }
    }
    if let Some(build) = runs.last() {
        shown["dateLastRun"] = time::iso(build.created).into();
        shown["lastRunStatus"] = build.status(ask.now).into();
    }
    shown
}

/// How far a build is, and why it got no further.
pub(super) fn state(ask: &Ask<'_>, build: &Build) -> Value {
    let mut state = json!({ "status": build.status(ask.now) });
    match build.progress(ask.now) {
        Progress::Failed(stage) => {
            if let Some(failure) = &build.failure {
                state["reason"] = failure.reason.chars().take(1_024).collect::<String>().into();
            }
            if let Some(workflow) = STAGES[stage].workflow {
                state["failureContext"] = json!({
                    "imageStatus": STAGES[stage].status,
                    "workflowExecutionId": workflows::execution_id(ask, build, workflow),
                    "workflowArn": workflows::workflow_arn(ask, workflow),
                    "stepExecutionId": workflows::step_id(ask, build, stage),
                    "failedStep": STAGES[stage].name,
                });
            }
        }
        Progress::Cancelled(_) => state["reason"] = "Image creation was cancelled.".into(),
        _ => (),
    }
    state
}

/// The images that came of a build, once it is available.
pub(super) fn outputs(ask: &Ask<'_>, build: &Build) -> Value {
    let images = if build.progress(ask.now) == Progress::Done { &build.images[..] } else { &[] };
    let amis: Vec<Value> = images
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

fn recipe_of(ask: &Ask<'_>, recipe: &Recipe, version: &RecipeVersion) -> Value {
    let scope = ask.scope;
    let components: Vec<Value> =
        recipe.components.iter().map(|component| json!({ "componentArn": component_arn(scope, component) })).collect();
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

fn infrastructure(ask: &Ask<'_>) -> Value {
    let scope = ask.scope;
    let created = scope.recipes.iter().map(|recipe| recipe.created).min().unwrap_or(ask.now);
    json!({
        "arn": infrastructure_arn(scope),
        "name": INFRASTRUCTURE,
        "instanceTypes": ["m6i.large"],
        "instanceProfileName": "EC2InstanceProfileForImageBuilder",
        "securityGroupIds": [id::show("sg", scope.security_group(ask.world.seed, "image-builder").0)],
        "subnetId": id::show("subnet", scope.network.subnet(0)),
        "terminateInstanceOnFailure": true,
        "dateCreated": time::iso(created),
        "tags": {},
    })
}

fn distribution(ask: &Ask<'_>, recipe: &Recipe) -> Value {
    let regions = std::iter::once(ask.scope.region).chain(recipe.distribution.regions.iter().copied());
    let shared: Vec<&str> = recipe.distribution.shared_with.iter().map(|account| &**account).collect();
    let distributions: Vec<Value> = regions
        .map(|region| {
            let mut configuration = json!({
                "name": format!("{} {{{{ imagebuilder:buildDate }}}}", recipe.name),
            });
            // The model wants at least one account.
            if !shared.is_empty() {
                configuration["launchPermission"] = json!({ "userIds": shared });
            }
            json!({ "region": region.name, "amiDistributionConfiguration": configuration })
        })
        .collect();
    json!({
        "arn": distribution_arn(ask.scope, recipe),
        "name": recipe.name,
        "distributions": distributions,
        "timeoutMinutes": 720,
        "dateCreated": time::iso(recipe.created),
        "tags": {},
    })
}

pub(super) fn get_recipe(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let wanted = parameter(input, "imageRecipeArn")?;
    let mut all = ask.scope.recipes.iter().flat_map(|recipe| recipe.versions.iter().map(move |one| (recipe, one)));
    let (recipe, version) = all
        .find(|(recipe, version)| recipe_arn(ask.scope, recipe, &version.number) == wanted)
        .ok_or_else(|| not_found(&wanted))?;
    Ok(json!({ "requestId": ask.request_id, "imageRecipe": recipe_of(ask, recipe, version) }))
}

pub(super) fn get_pipeline(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let wanted = parameter(input, "imagePipelineArn")?;
    let mut all = ask.scope.recipes.iter().enumerate();
    let (slot, recipe) =
        all.find(|(_, recipe)| pipeline_arn(ask.scope, recipe) == wanted).ok_or_else(|| not_found(&wanted))?;
    Ok(json!({ "requestId": ask.request_id, "imagePipeline": pipeline(ask, slot, recipe) }))
}

pub(super) fn get_infrastructure(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let wanted = parameter(input, "infrastructureConfigurationArn")?;
    if ask.scope.recipes.is_empty() || wanted != infrastructure_arn(ask.scope) {
        return Err(not_found(&wanted));
    }
    Ok(json!({ "requestId": ask.request_id, "infrastructureConfiguration": infrastructure(ask) }))
}

pub(super) fn get_distribution(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let wanted = parameter(input, "distributionConfigurationArn")?;
    let mut recipes = ask.scope.recipes.iter();
    let recipe =
        recipes.find(|recipe| distribution_arn(ask.scope, recipe) == wanted).ok_or_else(|| not_found(&wanted))?;
    Ok(json!({ "requestId": ask.request_id, "distributionConfiguration": distribution(ask, recipe) }))
}

pub(super) fn get_image(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let scope = ask.scope;
    let wanted = parameter(input, "imageBuildVersionArn")?;
    let build =
        scope.builds.iter().find(|build| build_arn(scope, build) == wanted).ok_or_else(|| not_found(&wanted))?;
    let recipe = &scope.recipes[build.recipe as usize];
    let mut image = json!({
        "arn": wanted,
        "type": "AMI",
        "name": recipe.name,
        "version": format!("{}/{}", build.version, build.number),
        "platform": "Linux",
        "enhancedImageMetadataEnabled": true,
        "osVersion": os_version(recipe),
        "state": state(ask, build),
        "infrastructureConfiguration": infrastructure(ask),
        "imageTestsConfiguration": { "imageTestsEnabled": true, "timeoutMinutes": 60 },
        "dateCreated": time::iso(build.created),
        "outputResources": outputs(ask, build),
        "tags": {},
        "buildType": build_type(build),
        "imageSource": "CUSTOM",
    });
    if build.trigger.is_of_pipeline() {
        image["sourcePipelineName"] = recipe.name.as_str().into();
        image["sourcePipelineArn"] = pipeline_arn(scope, recipe).into();
        image["distributionConfiguration"] = distribution(ask, recipe);
    }
    if let Some(version) = recipe.versions.iter().find(|version| version.number == build.version) {
        image["imageRecipe"] = recipe_of(ask, recipe, version);
    }
    Ok(json!({
        "requestId": ask.request_id,
        "image": image,
        "latestVersionReferences": {
            "latestVersionArn": arn(scope, "image", &format!("{}/x.x.x", recipe.name)),
        },
    }))
}

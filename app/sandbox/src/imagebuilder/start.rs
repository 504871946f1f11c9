//! StartImagePipelineExecution, CreateImage and CancelImageCreation.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Names, arn, bad, bake, build_arn, distribution_arn, infrastructure_arn, missing, not_found, pipeline_arn, read,
    recipe_arn,
};
use crate::{
    call::{Ask, Change, Input},
    wire::fault::Fault,
    world::{recipe::Trigger, token::Mismatch},
};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Start {
    image_pipeline_arn: String,
    client_token: String,
    tags: BTreeMap<String, String>,
}

impl Names for Start {
    fn arn(&self) -> &str {
        &self.image_pipeline_arn
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Create {
    image_recipe_arn: String,
    container_recipe_arn: Option<String>,
    infrastructure_configuration_arn: String,
    distribution_configuration_arn: Option<String>,
    client_token: String,
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Cancel {
    image_build_version_arn: String,
    client_token: String,
}

impl Names for Cancel {
    fn arn(&self) -> &str {
        &self.image_build_version_arn
    }
}

/// The ARN of the image that CreateImage is to make, as far as it is known before.
pub(super) fn new_image_arn(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let asked: Create = read(input).unwrap_or_default();
    let recipe = asked.image_recipe_arn.rsplit_once("image-recipe/").map_or("*", |(_, recipe)| recipe);
    vec![arn(ask.scope, "image", recipe)]
}

/// Refuses a token that Image Builder does not take: 1 to 64 characters (API model, `ClientToken`).
fn check_token(token: &str) -> Result<(), Fault> {
    match token.chars().count() {
        0 => Err(missing("clientToken")),
        1..=64 => Ok(()),
        _ => Err(bad("The value supplied for parameter 'clientToken' has more than 64 characters.")),
    }
}

fn mismatch(_: Mismatch) -> Fault {
    Fault::new(
        "IdempotentParameterMismatchException",
        "You have specified a client token for an operation using parameter values that differ from a previous \
         request that used the same client token.",
    )
}

/// A hash over what a request asks.
fn question(ask: &Ask<'_>, parts: &[&str], tags: &BTreeMap<String, String>) -> u64 {
    let tags = tags.iter().flat_map(|(key, value)| [&**key, &**value]);
    ask.world.seed.id(&parts.iter().copied().chain(tags).collect::<Vec<_>>())
}

/// Starts a build once for each token.
fn start_once(
    change: &mut Change<'_>,
    action: &'static str,
    token: &str,
    question: u64,
    wanted: (u32, &str, Trigger),
) -> Result<Value, Fault> {
    let before = change.ask().scope.tokens.used(action, token, question).map_err(mismatch)?;
    let slot = match before.and_then(|used| used.made.first()).and_then(|&slot| u32::try_from(slot).ok()) {
        Some(slot) => slot,
        None => {
            let (scope, now) = (change.scope, change.now);
            let world = change.effect()?;
            let (recipe, version, trigger) = wanted;
            let slot = bake::start(world, scope, recipe, version, trigger, now);
            world.scope_at_mut(scope).tokens.remember(action, token, question, vec![u64::from(slot)]);
            slot
        }
    };
    let ask = change.ask();
    let made = build_arn(ask.scope, &ask.scope.builds[slot as usize]);
    let answer = json!({ "requestId": ask.request_id, "clientToken": token, "imageBuildVersionArn": made });
    change.note(made);
    Ok(answer)
}

pub(super) fn start_pipeline(change: &mut Change<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: Start = read(input)?;
    if asked.image_pipeline_arn.is_empty() {
        return Err(missing("imagePipelineArn"));
    }
    check_token(&asked.client_token)?;
    let ask = change.ask();
    let (slot, recipe) = (0_u32..)
        .zip(&ask.scope.recipes)
        .find(|(_, recipe)| pipeline_arn(ask.scope, recipe) == asked.image_pipeline_arn)
        .ok_or_else(|| not_found(&asked.image_pipeline_arn))?;
    let version = recipe.versions.last().ok_or_else(|| bad("The pipeline's image recipe has no version."))?;
    let version = version.number.clone();
    let question = question(&ask, &[&asked.image_pipeline_arn], &asked.tags);
    let wanted = (slot, &*version, Trigger::Pipeline);
    start_once(change, "imagebuilder:StartImagePipelineExecution", &asked.client_token, question, wanted)
}

pub(super) fn create_image(change: &mut Change<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: Create = read(input)?;
    if asked.container_recipe_arn.is_some() {
        return Err(bad("The sandbox has no container recipes: give an imageRecipeArn."));
    }
    if asked.image_recipe_arn.is_empty() {
        return Err(missing("imageRecipeArn"));
    }
    if asked.infrastructure_configuration_arn.is_empty() {
        return Err(missing("infrastructureConfigurationArn"));
    }
    check_token(&asked.client_token)?;
    let ask = change.ask();
    let versions = (0_u32..).zip(&ask.scope.recipes).flat_map(|(slot, recipe)| {
        // A recipe of `x.x.x` is its newest version.
        let newest = recipe.versions.last().map(|version| ("x.x.x", version));
        let named = recipe.versions.iter().map(|version| (&*version.number, version));
        named.chain(newest).map(move |(name, version)| (slot, recipe, name, version))
    });
    let (slot, recipe, _, version) = versions
        .into_iter()
        .find(|(_, recipe, name, _)| recipe_arn(ask.scope, recipe, name) == asked.image_recipe_arn)
        .ok_or_else(|| not_found(&asked.image_recipe_arn))?;
    let infrastructure = &asked.infrastructure_configuration_arn;
    if *infrastructure != infrastructure_arn(ask.scope) {
        return Err(not_found(infrastructure));
    }
    let distribution = asked.distribution_configuration_arn.as_deref();
    if let Some(wanted) = distribution.filter(|wanted| *wanted != distribution_arn(ask.scope, recipe)) {
        return Err(not_found(wanted));
    }
    let version = version.number.clone();
    let parts = [&asked.image_recipe_arn, infrastructure, distribution.unwrap_or_default()];
    let question = question(&ask, &parts, &asked.tags);
    let trigger = Trigger::Recipe { distributed: distribution.is_some() };
    start_once(change, "imagebuilder:CreateImage", &asked.client_token, question, (slot, &version, trigger))
}

pub(super) fn cancel(change: &mut Change<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: Cancel = read(input)?;
    let wanted = &asked.image_build_version_arn;
    if wanted.is_empty() {
        return Err(missing("imageBuildVersionArn"));
    }
    check_token(&asked.client_token)?;
    let ask = change.ask();
    let (slot, build) = (0_u32..)
        .zip(&ask.scope.builds)
        .find(|(_, build)| build_arn(ask.scope, build) == *wanted)
        .ok_or_else(|| not_found(wanted))?;
    let (action, now) = ("imagebuilder:CancelImageCreation", change.now);
    let question = question(&ask, &[wanted], &BTreeMap::new());
    if ask.scope.tokens.used(action, &asked.client_token, question).map_err(mismatch)?.is_none() {
        if build.is_over(now) {
            let status = build.status(now);
            return Err(bad(format!("The image {wanted} cannot be cancelled: it is in the state {status}.")));
        }
        let scope = change.scope;
        let world = change.effect()?;
        bake::cancel(world, scope, slot, now);
        world.scope_at_mut(scope).tokens.remember(action, &asked.client_token, question, vec![u64::from(slot)]);
    }
    let request_id = change.ask().request_id.to_owned();
    Ok(json!({
        "requestId": request_id,
        "clientToken": asked.client_token,
        "imageBuildVersionArn": asked.image_build_version_arn,
    }))
}

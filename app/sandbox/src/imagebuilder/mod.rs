//! Image Builder's REST-JSON: pipelines, recipes, and builds that really bake images.

pub(crate) mod bake;
mod cron;
mod lists;
mod parent;
mod show;
mod start;
mod workflows;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    call::{Ask, Call, Handler, Input},
    events::Event,
    wire::{fault::Fault, page::Page},
    world::{
        Scope, World,
        recipe::{Build, Recipe},
    },
};

pub(crate) use cron::Cron;

/// A call that lists what is of a kind.
const fn list(
    name: &'static str,
    resources: fn(&Ask<'_>, &Input<'_>) -> Vec<String>,
    answer: fn(&Ask<'_>, &Input<'_>) -> Result<serde_json::Value, Fault>,
) -> Call {
    Call { name, parameters: &[], resources, handler: Handler::ReadJson(answer) }
}

/// A call that starts or ends a build.
const fn write(
    name: &'static str,
    resources: fn(&Ask<'_>, &Input<'_>) -> Vec<String>,
    answer: fn(&mut crate::call::Change<'_>, &Input<'_>) -> Result<serde_json::Value, Fault>,
) -> Call {
    Call { name, parameters: &[], resources, handler: Handler::WriteJson(answer) }
}

/// Image Builder's calls.
pub(crate) const CALLS: &[Call] = &[
    list("ListImagePipelines", |ask, _| vec![arn(ask.scope, "image-pipeline", "*")], lists::pipelines),
    list("ListImages", |ask, _| vec![arn(ask.scope, "image", "*")], lists::images),
    list("ListImageBuildVersions", |ask, _| vec![arn(ask.scope, "image", "*")], lists::builds),
    list("ListImageRecipes", |ask, _| vec![arn(ask.scope, "image-recipe", "*")], lists::recipes),
    list("ListImagePipelineImages", named_in_body::<lists::OfPipeline>, lists::of_pipeline),
    list("GetImage", |_, input| named(input, "imageBuildVersionArn"), show::get_image),
    list("GetImageRecipe", |_, input| named(input, "imageRecipeArn"), show::get_recipe),
    list("GetImagePipeline", |_, input| named(input, "imagePipelineArn"), show::get_pipeline),
    list(
        "GetInfrastructureConfiguration",
        |_, input| named(input, "infrastructureConfigurationArn"),
        show::get_infrastructure,
    ),
    list(
        "GetDistributionConfiguration",
        |_, input| named(input, "distributionConfigurationArn"),
        show::get_distribution,
    ),
    list("ListWorkflowExecutions", named_in_body::<workflows::OfBuild>, workflows::list),
    list("GetWorkflowExecution", workflows::execution_arn, workflows::get),
    list("ListWorkflowStepExecutions", workflows::execution_arn, workflows::steps),
    list("GetWorkflowStepExecution", workflows::execution_arn, workflows::get_step),
    write("StartImagePipelineExecution", named_in_body::<start::Start>, start::start_pipeline),
    write("CreateImage", start::new_image_arn, start::create_image),
    write("CancelImageCreation", named_in_body::<start::Cancel>, start::cancel),
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

/// The ARN of a component; Amazon's own are named `aws:...`.
fn component_arn(scope: &Scope, component: &str) -> String {
    match component.strip_prefix("aws:") {
        Some(name) => format!("arn:aws:imagebuilder:{}:aws:component/{name}", scope.region.name),
        None => arn(scope, "component", component),
    }
}

fn infrastructure_arn(scope: &Scope) -> String {
    arn(scope, "infrastructure-configuration", INFRASTRUCTURE)
}

fn distribution_arn(scope: &Scope, recipe: &Recipe) -> String {
    arn(scope, "distribution-configuration", &recipe.name)
}

/// What all pipelines build on.
const INFRASTRUCTURE: &str = "linux-builders";

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

fn missing(name: &str) -> Fault {
    bad(format!("The parameter '{name}' is required."))
}

/// A parameter in the query of a call.
fn parameter(input: &Input<'_>, name: &str) -> Result<String, Fault> {
    input
        .query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        .map(|value| percent_decode_str(value).decode_utf8_lossy().into_owned())
        .filter(|value| !value.is_empty())
        .ok_or_else(|| missing(name))
}

/// What a call's query names, for IAM.
fn named(input: &Input<'_>, name: &str) -> Vec<String> {
    parameter(input, name).into_iter().collect()
}

/// A body that names what it is about.
trait Names {
    /// Its ARN; empty if it is missing.
    fn arn(&self) -> &str;
}

/// What a call's body names, for IAM.
fn named_in_body<T: DeserializeOwned + Names>(_: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    read::<T>(input).map(|asked| vec![asked.arn().to_owned()]).unwrap_or_default()
}

/// Reads a call's body; one that is not there is an empty object.
fn read<'a, T: Deserialize<'a>>(input: &Input<'a>) -> Result<T, Fault> {
    let text: &[u8] = if input.body.is_empty() { b"{}" } else { input.body };
    serde_json::from_slice(text).map_err(|error| bad(error.to_string()))
}

/// The page that a call asks for. The question is all that makes two calls the same call.
fn page(ask: &Ask<'_>, question: &[&str], max_results: Option<i64>, token: Option<&str>) -> Result<Page, Fault> {
    let size = match max_results {
        None => 25,
        Some(size) => usize::try_from(size)
            .ok()
            .filter(|size| (1..=100).contains(size))
            .ok_or_else(|| bad(format!("The value '{size}' for maxResults must be between 1 and 100.")))?,
    };
    let mut whole = vec!["imagebuilder", &*ask.scope.account, ask.scope.region.name];
    whole.extend(question);
    Page::new(ask.world.seed, &whole, token, size)
        .map_err(|_| Fault::new("InvalidPaginationTokenException", "The pagination token is not valid."))
}

/// Lets the pipeline of a recipe run when its schedule says so next.
pub(crate) fn schedule(world: &mut World, scope: usize, recipe: u32, now: Timestamp) {
    let schedule = &world.scope_at(scope).recipes[recipe as usize].schedule;
    if let Some(at) = Cron::parse(schedule).ok().and_then(|cron| cron.next(now)) {
        world.schedule(at, Event::Pipeline { scope, recipe });
    }
}

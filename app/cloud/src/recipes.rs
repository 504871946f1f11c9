//! EC2 Image Builder: pipelines, recipes and builds, and the proof of what a build put out.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_imagebuilder::operation::get_image::GetImageOutput;
use aws_sdk_imagebuilder::operation::list_image_build_versions::ListImageBuildVersionsOutput;
use aws_sdk_imagebuilder::operation::list_image_pipelines::ListImagePipelinesOutput;
use aws_sdk_imagebuilder::operation::list_image_recipes::ListImageRecipesOutput;
use aws_sdk_imagebuilder::types::{
    ImagePipeline, ImageRecipeSummary, ImageStatus, ImageSummary, OutputResources, PipelineStatus,
};
use fleet::{Build, BuildOutput, Call, FleetBuilder, Pipeline, Recipe, ScopeIx, Time};
use futures::StreamExt as _;

use crate::failure::Failure;
use crate::images::in_use;
use crate::reader::Reader;

/// The most that AWS gives on one page.
const BUILDS_A_PAGE: i32 = 25;
/// How many of a recipe's newest builds are verified beside those in use: enough to tell what it makes now.
const NEWEST: usize = 2;
/// The most builds verified in a scope, those in use first. A build beyond it keeps what its listing says and stays
/// unverified.
const VERIFIED_AT_MOST: usize = 100;
/// How many steps from a build to the build that its parent came from are verified.
const PARENTS: usize = 3;
/// How many builds are asked for at once.
const AT_ONCE: usize = 4;

/// Every pipeline.
pub(crate) async fn read_pipelines(reader: &Reader<'_>) {
    let request = |token| {
        let call = reader.clients.imagebuilder.list_image_pipelines();
        call.max_results(BUILDS_A_PAGE).set_next_token(token).send()
    };
    reader
        .list(
            Call::ListImagePipelines,
            request,
            |rows, page| {
                page.image_pipeline_list().iter().for_each(|pipeline| add_pipeline(rows, reader.scope, pipeline));
                page.image_pipeline_list().len()
            },
            ListImagePipelinesOutput::next_token,
        )
        .await;
}

/// Every recipe of the account, each version.
pub(crate) async fn read_recipes(reader: &Reader<'_>) {
    let request = |token| {
        let call = reader.clients.imagebuilder.list_image_recipes();
        call.max_results(BUILDS_A_PAGE).set_next_token(token).send()
    };
    reader
        .list(
            Call::ListImageRecipes,
            request,
            |rows, page| {
                page.image_recipe_summary_list().iter().for_each(|recipe| add_recipe(rows, reader.scope, recipe));
                page.image_recipe_summary_list().len()
            },
            ListImageRecipesOutput::next_token,
        )
        .await;
}

/// Every build, of the whole account since no version is named.
pub(crate) async fn read_builds(reader: &Reader<'_>) {
    let request = |token| {
        let call = reader.clients.imagebuilder.list_image_build_versions();
        call.max_results(BUILDS_A_PAGE).set_next_token(token).send()
    };
    reader
        .list(
            Call::ListImageBuildVersions,
            request,
            |rows, page| {
                page.image_summary_list().iter().for_each(|build| add_build(rows, reader.scope, build));
                page.image_summary_list().len()
            },
            ListImageBuildVersionsOutput::next_token,
        )
        .await;
}

/// Reads the builds that count: those that put out an image in use anywhere in the pull, the newest of each recipe, and
/// the builds that those build on. Only then is it proven which recipe made an image.
pub(crate) async fn verify_builds(reader: &Reader<'_>) {
    let call = Call::GetImage;
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let mut reading = None;
    let mut whole = true;
    'steps: for step in 0..=PARENTS {
        let mut arns = {
            let rows = reader.rows();
            if step == 0 { first_to_verify(&rows, reader.scope) } else { parents_of_verified(&rows, reader.scope) }
        };
        arns.retain(|arn| !asked.contains(arn));
        arns.truncate(VERIFIED_AT_MOST.saturating_sub(asked.len()));
        if arns.is_empty() {
            break;
        }
        asked.extend(arns.iter().cloned());
        let reading = reading.get_or_insert_with(|| reader.open(call));
        let mut answers = futures::stream::iter(arns)
            .map(|arn| async {
                let request = reader.clients.imagebuilder.get_image().image_build_version_arn(&arn).send();
                (reader.ask(call, request).await, arn)
            })
            .buffer_unordered(AT_ONCE);
        while let Some((outcome, arn)) = answers.next().await {
            match outcome {
                Ok(answer) => {
                    add_proof(&mut reader.rows(), reader.scope, &arn, &answer);
                    reading.page(1);
                }
                // Deleted since it was listed: its row says all that is known.
                Err(failure) if failure.has_code(&["ResourceNotFoundException"]) => {}
                Err(failure) if failure.ends_the_call() => {
                    whole = false;
                    reader.gap(call, None, &failure);
                    break 'steps;
                }
                Err(failure) => {
                    whole = false;
                    reader.gap(call, Some(&arn), &failure);
                }
            }
        }
    }
    if let Some(reading) = reading {
        reading.end(whole);
    }
}

/// These builds again, with the proof of what they put out. One that AWS does not know is left out.
pub(crate) async fn reread(reader: &Reader<'_>, arns: &BTreeSet<String>) -> Result<(), Failure> {
    for arn in arns {
        let reading = reader.open(Call::GetImage);
        let request = reader.clients.imagebuilder.get_image().image_build_version_arn(arn).send();
        let outcome = reader.ask(Call::GetImage, request).await;
        reading.end(outcome.is_ok());
        match outcome {
            Ok(answer) => add_build_alone(&mut reader.rows(), reader.scope, arn, &answer),
            Err(failure) if failure.has_code(&["ResourceNotFoundException"]) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// A build that was not listed but asked for by itself.
fn add_build_alone(rows: &mut FleetBuilder, scope: ScopeIx, text: &str, answer: &GetImageOutput) {
    let (Some(image), Some(arn)) = (answer.image(), rows.some(Some(text))) else { return };
    let version = version_of(text, image.version());
    let row = Build {
        arn,
        scope,
        name: rows.some(image.name()),
        version: rows.some(version.as_deref()),
        created: image.date_created().and_then(Time::parse),
        status: rows.some(image.state().and_then(|state| state.status()).map(ImageStatus::as_str)),
        recipe: None,
        parent: None,
        pipeline: None,
        outputs: Vec::new(),
        verified: false,
    };
    rows.fleet.builds.push(row);
    add_proof(rows, scope, text, answer);
}

/// Builds that put out an image in use, newest first, then the newest of each name.
fn first_to_verify(rows: &FleetBuilder, scope: ScopeIx) -> Vec<String> {
    let fleet = &rows.fleet;
    let used: BTreeSet<String> =
        (0..).map(ScopeIx).take(fleet.scopes.len()).flat_map(|scope| in_use(rows, scope)).collect();
    let mut available: Vec<&Build> = fleet
        .builds
        .iter()
        .filter(|build| build.scope == scope && fleet.text(build.status) == Some("AVAILABLE"))
        .collect();
    available.sort_by_key(|build| std::cmp::Reverse((build.created, fleet.str(build.arn))));
    let is_used = |build: &&Build| build.outputs.iter().any(|output| used.contains(fleet.str(output.image)));
    let mut of_name: BTreeMap<_, usize> = BTreeMap::new();
    let newest = available.iter().copied().filter(|build| {
        let count = of_name.entry(build.name).or_default();
        *count += 1;
        *count <= NEWEST
    });
    let newest: Vec<&Build> = newest.collect();
    let mut arns = Vec::new();
    for build in available.iter().copied().filter(is_used).chain(newest) {
        let arn = fleet.str(build.arn).to_owned();
        if !arns.contains(&arn) {
            arns.push(arn);
        }
    }
    arns
}

/// Builds that a verified build's parent names, by its ARN or by an image that it put out.
fn parents_of_verified(rows: &FleetBuilder, scope: ScopeIx) -> Vec<String> {
    let fleet = &rows.fleet;
    let here = |build: &&Build| build.scope == scope;
    let parents: BTreeSet<&str> = fleet
        .builds
        .iter()
        .filter(here)
        .filter(|build| build.verified)
        .filter_map(|build| fleet.text(build.parent))
        .collect();
    let is_parent = |build: &&Build| {
        parents.contains(fleet.str(build.arn))
            || build.outputs.iter().any(|output| parents.contains(fleet.str(output.image)))
    };
    let builds = fleet.builds.iter().filter(here).filter(|build| !build.verified).filter(is_parent);
    builds.map(|build| fleet.str(build.arn).to_owned()).collect()
}

fn add_pipeline(rows: &mut FleetBuilder, scope: ScopeIx, pipeline: &ImagePipeline) {
    let Some(arn) = rows.some(pipeline.arn()) else { return };
    let row = Pipeline {
        arn,
        scope,
        name: rows.some(pipeline.name()),
        recipe: rows.some(pipeline.image_recipe_arn()),
        enabled: pipeline.status().map(|status| *status == PipelineStatus::Enabled),
        schedule: rows.some(pipeline.schedule().and_then(|schedule| schedule.schedule_expression())),
    };
    rows.fleet.pipelines.push(row);
}

fn add_recipe(rows: &mut FleetBuilder, scope: ScopeIx, recipe: &ImageRecipeSummary) {
    let Some(arn) = rows.some(recipe.arn()) else { return };
    let tags = recipe.tags().into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
    let row = Recipe {
        arn,
        scope,
        name: rows.some(recipe.name()),
        parent: rows.some(recipe.parent_image()),
        created: recipe.date_created().and_then(Time::parse),
        tags: rows.fleet.symbols.intern_tags(tags),
    };
    rows.fleet.recipes.push(row);
}

fn outputs(rows: &mut FleetBuilder, resources: Option<&OutputResources>) -> Vec<BuildOutput> {
    let amis = resources.map(OutputResources::amis).unwrap_or_default();
    amis.iter()
        .filter_map(|ami| {
            Some(BuildOutput {
                account: rows.some(ami.account_id()),
                region: rows.some(ami.region()),
                image: rows.some(ami.image())?,
            })
        })
        .collect()
}

/// The version with its build: `1.4.2/3`, as it ends the ARN. `version` alone leaves the build out.
fn version_of(arn: &str, version: Option<&str>) -> Option<String> {
    let version = version?;
    let build = arn.rsplit_once('/').map(|(_, build)| build).filter(|build| build.bytes().all(|b| b.is_ascii_digit()));
    Some(match build {
        Some(build) if !version.contains('/') => format!("{version}/{build}"),
        _ => version.to_owned(),
    })
}

fn add_build(rows: &mut FleetBuilder, scope: ScopeIx, build: &ImageSummary) {
    let Some(text) = build.arn() else { return };
    let Some(arn) = rows.some(Some(text)) else { return };
    let version = version_of(text, build.version());
    let row = Build {
        arn,
        scope,
        name: rows.some(build.name()),
        version: rows.some(version.as_deref()),
        created: build.date_created().and_then(Time::parse),
        status: rows.some(build.state().and_then(|state| state.status()).map(ImageStatus::as_str)),
        recipe: None,
        parent: None,
        pipeline: None,
        outputs: outputs(rows, build.output_resources()),
        verified: false,
    };
    rows.fleet.builds.push(row);
}

/// Writes into a build's rows what `GetImage` says of it.
fn add_proof(rows: &mut FleetBuilder, scope: ScopeIx, arn: &str, answer: &GetImageOutput) {
    let Some(image) = answer.image() else { return };
    let recipe = rows.some(image.image_recipe().and_then(|recipe| recipe.arn()));
    let parent = rows.some(image.image_recipe().and_then(|recipe| recipe.parent_image()));
    let pipeline = rows.some(image.source_pipeline_arn());
    let outputs = outputs(rows, image.output_resources());
    let arn = rows.sym(arn);
    for build in rows.fleet.builds.iter_mut().filter(|build| (build.scope, build.arn) == (scope, arn)) {
        build.recipe = recipe;
        build.parent = parent;
        build.pipeline = pipeline;
        build.outputs.clone_from(&outputs);
        build.verified = true;
    }
}

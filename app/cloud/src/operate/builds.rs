//! EC2 Image Builder: pipelines with the recipes that they build, and builds.

use aws_sdk_imagebuilder::operation::list_image_pipeline_images::ListImagePipelineImagesOutput;
use aws_sdk_imagebuilder::operation::list_image_pipelines::ListImagePipelinesOutput;
use aws_sdk_imagebuilder::types::{Ami, ImagePipeline, ImageState, ImageStatus, OutputResources, PipelineStatus};
use operate::{BuildFacts, OutputImage, PipelineFacts};

use super::line::Line;
use super::told::{needed, text, time_of};
use crate::api_call::ApiCall;
use crate::failure::Failure;

const PIPELINES: ApiCall = ApiCall::new("imagebuilder:ListImagePipelines");
const PIPELINE: ApiCall = ApiCall::new("imagebuilder:GetImagePipeline");
const RECIPE: ApiCall = ApiCall::new("imagebuilder:GetImageRecipe");
const BUILDS: ApiCall = ApiCall::new("imagebuilder:ListImagePipelineImages");
const BUILD: ApiCall = ApiCall::new("imagebuilder:GetImage");

/// What Image Builder says of what is not there.
const UNKNOWN: &[&str] = &["ResourceNotFoundException"];

/// The most that AWS gives on one page.
const A_PAGE: i32 = 25;

/// The pipelines that build a recipe, given by its ARN without the version.
pub(super) async fn pipelines(line: &Line, recipe: &str) -> Result<Vec<PipelineFacts>, Failure> {
    let request = |token| {
        let call = line.reading.imagebuilder.list_image_pipelines();
        call.max_results(A_PAGE).set_next_token(token).send()
    };
    let pages = line.pages(PIPELINES, request, ListImagePipelinesOutput::next_token).await?;
    let of_recipe = |pipeline: &&ImagePipeline| {
        let built = pipeline.image_recipe_arn().and_then(|arn| arn.rsplit_once('/'));
        built.is_some_and(|(without_version, _)| without_version == recipe)
    };
    let mut found = Vec::new();
    for pipeline in pages.iter().flat_map(ListImagePipelinesOutput::image_pipeline_list).filter(of_recipe) {
        found.extend(pipeline_facts(line, PIPELINES, pipeline).await?);
    }
    found.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(found)
}

/// The pipeline with this ARN.
pub(super) async fn pipeline(line: &Line, arn: &str) -> Result<Option<PipelineFacts>, Failure> {
    let call = line.reading.imagebuilder.get_image_pipeline().image_pipeline_arn(arn);
    let answer = match line.ask(PIPELINE, call.send()).await {
        Err(failure) if failure.has_code(UNKNOWN) => return Ok(None),
        other => other?,
    };
    pipeline_facts(line, PIPELINE, needed(answer.image_pipeline(), PIPELINE, "anything", arn)?).await
}

/// A pipeline with its recipe's parent; none for a pipeline of containers.
async fn pipeline_facts(
    line: &Line,
    call: ApiCall,
    pipeline: &ImagePipeline,
) -> Result<Option<PipelineFacts>, Failure> {
    let arn = needed(text(pipeline.arn()), call, "the ARN", "a pipeline")?;
    let Some(recipe) = pipeline.image_recipe_arn() else { return Ok(None) };
    let asked = line.reading.imagebuilder.get_image_recipe().image_recipe_arn(recipe);
    let answer = line.ask(RECIPE, asked.send()).await?;
    let parent_image = text(answer.image_recipe().and_then(|recipe| recipe.parent_image()));
    let status = needed(pipeline.status(), call, "the status", &arn)?;
    Ok(Some(PipelineFacts {
        name: needed(text(pipeline.name()), call, "the name", &arn)?,
        enabled: *status == PipelineStatus::Enabled,
        recipe: fleet::clean(recipe).into_owned(),
        parent_image,
        arn,
    }))
}

/// The builds of a pipeline, newest first.
pub(super) async fn builds(line: &Line, pipeline: &str) -> Result<Vec<BuildFacts>, Failure> {
    let request = |token| {
        let call = line.reading.imagebuilder.list_image_pipeline_images().image_pipeline_arn(pipeline);
        call.max_results(A_PAGE).set_next_token(token).send()
    };
    let pages = line.pages(BUILDS, request, ListImagePipelineImagesOutput::next_token).await?;
    let all = pages.iter().flat_map(ListImagePipelineImagesOutput::image_summary_list);
    let mut found = all
        .map(|build| build_facts(BUILDS, build.arn(), build.state(), build.date_created(), &[]))
        .collect::<Result<Vec<_>, _>>()?;
    found.sort_by_key(|build| std::cmp::Reverse(build.created_at));
    Ok(found)
}

/// The build with this ARN, with its images.
pub(super) async fn build(line: &Line, arn: &str) -> Result<Option<BuildFacts>, Failure> {
    let call = line.reading.imagebuilder.get_image().image_build_version_arn(arn);
    let answer = match line.ask(BUILD, call.send()).await {
        Err(failure) if failure.has_code(UNKNOWN) => return Ok(None),
        other => other?,
    };
    let build = needed(answer.image(), BUILD, "anything", arn)?;
    let amis = build.output_resources().map(OutputResources::amis).unwrap_or_default();
    build_facts(BUILD, build.arn(), build.state(), build.date_created(), amis).map(Some)
}

fn build_facts(
    call: ApiCall,
    arn: Option<&str>,
    state: Option<&ImageState>,
    created: Option<&str>,
    amis: &[Ami],
) -> Result<BuildFacts, Failure> {
    let arn = needed(text(arn), call, "the ARN", "a build")?;
    let status = text(state.and_then(|state| state.status()).map(ImageStatus::as_str));
    // A copy that is still being made has no id yet.
    let images = amis.iter().filter_map(|ami| {
        let (account, region, image) = (text(ami.account_id())?, text(ami.region())?, text(ami.image())?);
        Some(OutputImage { account, region, image })
    });
    Ok(BuildFacts {
        status: needed(status, call, "the status", &arn)?,
        reason: text(state.and_then(|state| state.reason())),
        created_at: time_of(created),
        images: images.collect(),
        arn,
    })
}

//! Launch templates and their versions, images, and replacements of root volumes.

use aws_sdk_ec2::operation::describe_images::DescribeImagesOutput;
use aws_sdk_ec2::operation::describe_launch_template_versions::DescribeLaunchTemplateVersionsOutput;
use aws_sdk_ec2::operation::describe_replace_root_volume_tasks::DescribeReplaceRootVolumeTasksOutput;
use aws_sdk_ec2::types::{
    ArchitectureValues, Filter, Image, ImageState, LaunchTemplate, LaunchTemplateVersion, ReplaceRootVolumeTask,
    ReplaceRootVolumeTaskState,
};
use operate::{ImageFacts, RootTaskFacts, TemplateFacts, TemplateVersionRef, VersionFacts};

use super::line::Line;
use super::told::{needed, tags, text, time, time_of};
use crate::api_call::ApiCall;
use crate::failure::Failure;
use crate::narrowing::UNKNOWN_IMAGE;

const TEMPLATES: ApiCall = ApiCall::new("ec2:DescribeLaunchTemplates");
const VERSIONS: ApiCall = ApiCall::new("ec2:DescribeLaunchTemplateVersions");
const IMAGES: ApiCall = ApiCall::new("ec2:DescribeImages");
/// How many values EC2 takes in one filter.
const FILTER_VALUES: usize = 200;
const ROOT_TASKS: ApiCall = ApiCall::new("ec2:DescribeReplaceRootVolumeTasks");

/// What EC2 says of a launch template, or of a version of one, that is not there.
const UNKNOWN_TEMPLATE: &[&str] = &[
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateId.Malformed",
    "InvalidLaunchTemplateId.VersionNotFound",
];

/// The launch template with this id.
pub(super) async fn template(line: &Line, id: &str) -> Result<Option<TemplateFacts>, Failure> {
    let call = line.reading.ec2.describe_launch_templates().launch_template_ids(id).include_managed_resources(true);
    let answer = match line.ask(TEMPLATES, call.send()).await {
        Err(failure) if failure.has_code(UNKNOWN_TEMPLATE) => return Ok(None),
        other => other?,
    };
    answer.launch_templates().first().map(|template| template_facts(id, template)).transpose()
}

fn template_facts(id: &str, template: &LaunchTemplate) -> Result<TemplateFacts, Failure> {
    let number = |number: Option<i64>| number.and_then(|number| u32::try_from(number).ok());
    Ok(TemplateFacts {
        id: needed(text(template.launch_template_id()), TEMPLATES, "the id", id)?,
        name: needed(text(template.launch_template_name()), TEMPLATES, "the name", id)?,
        default_version: needed(number(template.default_version_number()), TEMPLATES, "the default version", id)?,
        latest_version: needed(number(template.latest_version_number()), TEMPLATES, "the latest version", id)?,
        tags: tags(template.tags().iter().map(|tag| (tag.key(), tag.value()))),
    })
}

/// Versions of a launch template, newest first: one, or all of them.
pub(super) async fn template_versions(
    line: &Line,
    id: &str,
    version: Option<&str>,
) -> Result<Vec<VersionFacts>, Failure> {
    let mut found = versions(line, id, version, false).await?;
    if version.is_some() {
        for one in found.iter_mut().filter(|one| one.image.is_some() && one.named_image().is_none()) {
            let number = one.template.version.to_string();
            let resolved = versions(line, id, Some(&number), true).await?;
            let named =
                resolved.iter().find(|other| other.template == one.template).and_then(VersionFacts::named_image);
            one.resolved = named.map(str::to_owned);
        }
    }
    Ok(found)
}

/// As [`template_versions`], with an SSM parameter in an image's place as it is written, or what it stands for.
async fn versions(line: &Line, id: &str, version: Option<&str>, resolve: bool) -> Result<Vec<VersionFacts>, Failure> {
    let request = |token| {
        let call = line.reading.ec2.describe_launch_template_versions().launch_template_id(id);
        let call = call.include_managed_resources(true).set_resolve_alias(resolve.then_some(true));
        let call = call.set_next_token(token);
        match version {
            Some(version) => call.versions(version),
            None => call.max_results(200),
        }
        .send()
    };
    let pages = match line.pages(VERSIONS, request, DescribeLaunchTemplateVersionsOutput::next_token).await {
        Err(failure) if failure.has_code(UNKNOWN_TEMPLATE) => return Ok(Vec::new()),
        other => other?,
    };
    let all = pages.iter().flat_map(DescribeLaunchTemplateVersionsOutput::launch_template_versions);
    let mut found = all.map(|version| version_facts(id, version)).collect::<Result<Vec<_>, _>>()?;
    found.sort_by_key(|version| std::cmp::Reverse(version.template.version));
    Ok(found)
}

fn version_facts(id: &str, version: &LaunchTemplateVersion) -> Result<VersionFacts, Failure> {
    let number = version.version_number().and_then(|number| u32::try_from(number).ok());
    Ok(VersionFacts {
        template: TemplateVersionRef {
            id: needed(text(version.launch_template_id()), VERSIONS, "the id", id)?,
            version: needed(number, VERSIONS, "the number of a version", id)?,
        },
        description: text(version.version_description()),
        created_at: time(version.create_time()),
        // User data is left where it is: it never leaves this room.
        image: text(version.launch_template_data().and_then(|data| data.image_id())),
        resolved: None,
    })
}

/// The image with this id, a deprecated or disabled one too.
pub(super) async fn image(line: &Line, id: &str) -> Result<Option<ImageFacts>, Failure> {
    let call = line.reading.ec2.describe_images().image_ids(id).include_deprecated(true).include_disabled(true);
    let answer = match line.ask(IMAGES, call.send()).await {
        Err(failure) if failure.has_code(UNKNOWN_IMAGE) => return Ok(None),
        other => other?,
    };
    answer.images().first().map(image_facts).transpose()
}

/// The account's own image with exactly this name.
pub(super) async fn image_named(line: &Line, name: &str) -> Result<Option<ImageFacts>, Failure> {
    let filter = Filter::builder().name("name").values(exactly(name)).build();
    let call = line.reading.ec2.describe_images().owners("self").filters(filter);
    let answer = line.ask(IMAGES, call.include_deprecated(true).include_disabled(true).send()).await?;
    answer.images().iter().find(|image| image.name() == Some(name)).map(image_facts).transpose()
}

/// The account's own images that have exactly this tag.
pub(super) async fn images_tagged(line: &Line, key: &str, value: &str) -> Result<Vec<ImageFacts>, Failure> {
    let filter = Filter::builder().name(format!("tag:{key}")).values(exactly(value)).build();
    let request = |token| {
        let call = line.reading.ec2.describe_images().owners("self").filters(filter.clone());
        call.include_deprecated(true).include_disabled(true).max_results(1000).set_next_token(token).send()
    };
    let pages = line.pages(IMAGES, request, DescribeImagesOutput::next_token).await?;
    let has_tag = |image: &&Image| image.tags().iter().any(|tag| (tag.key(), tag.value()) == (Some(key), Some(value)));
    pages.iter().flat_map(DescribeImagesOutput::images).filter(has_tag).map(image_facts).collect()
}

/// A text as a filter's value: there * and ? stand for any text, and \ for the character after it.
fn exactly(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '*' | '?' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

fn image_facts(image: &Image) -> Result<ImageFacts, Failure> {
    let id = needed(text(image.image_id()), IMAGES, "the id", "an image")?;
    Ok(ImageFacts {
        name: text(image.name()),
        state: needed(text(image.state().map(ImageState::as_str)), IMAGES, "the state", &id)?,
        reason: text(image.state_reason().and_then(|reason| reason.message())),
        architecture: text(image.architecture().map(ArchitectureValues::as_str)),
        created_at: time_of(image.creation_date()),
        source_server: text(image.source_instance_id()),
        id,
    })
}

/// The root volume replacements of these servers, newest first.
pub(super) async fn root_tasks(line: &Line, servers: &[String]) -> Result<Vec<RootTaskFacts>, Failure> {
    let mut found = Vec::new();
    for some in servers.chunks(FILTER_VALUES) {
        let filter = Filter::builder().name("instance-id").set_values(Some(some.to_vec())).build();
        let request = |token| {
            let call = line.reading.ec2.describe_replace_root_volume_tasks().filters(filter.clone());
            call.max_results(50).set_next_token(token).send()
        };
        let pages = line.pages(ROOT_TASKS, request, DescribeReplaceRootVolumeTasksOutput::next_token).await?;
        let all = pages.iter().flat_map(DescribeReplaceRootVolumeTasksOutput::replace_root_volume_tasks);
        for task in all.filter(|task| some.iter().any(|server| task.instance_id() == Some(server))) {
            found.push(root_task_facts(task)?);
        }
    }
    found.sort_by_key(|task| std::cmp::Reverse(task.started_at));
    Ok(found)
}

fn root_task_facts(task: &ReplaceRootVolumeTask) -> Result<RootTaskFacts, Failure> {
    let id = needed(text(task.replace_root_volume_task_id()), ROOT_TASKS, "the id", "a root volume replacement")?;
    let state = text(task.task_state().map(ReplaceRootVolumeTaskState::as_str));
    Ok(RootTaskFacts {
        server: needed(text(task.instance_id()), ROOT_TASKS, "the server", &id)?,
        state: needed(state, ROOT_TASKS, "the state", &id)?,
        image: text(task.image_id()),
        started_at: time_of(task.start_time()),
        completed_at: time_of(task.complete_time()),
        id,
    })
}

//! Is what comes next there: the template version, the image, the pipeline?

use super::{Guard, Refusal};
use crate::facts::{ConfigurationFacts, GroupFacts, ImageFacts, PipelineFacts, TemplateVersionRef, VersionFacts};

/// The template version that servers will be launched from: there, and with an image of its own.
///
/// # Errors
/// [`Guard::Launchable`].
pub fn template_version(wanted: &TemplateVersionRef, found: Option<&VersionFacts>) -> Result<(), Refusal> {
    let TemplateVersionRef { id, version } = wanted;
    Guard::Launchable.demand(found.is_some_and(|found| found.template == *wanted), || {
        let next = "Choose a version that is there: nothing could be launched from this one.".to_owned();
        (format!("there is no version {version} of the launch template {id}"), next)
    })?;
    Guard::Launchable.demand(found.is_some_and(|found| found.image.is_some()), || {
        let next = "Choose a version that names an image.".to_owned();
        (format!("version {version} of the launch template {id} names no image"), next)
    })
}

/// The image that a template version will launch: the one that it names, or that its SSM parameter stands for.
///
/// # Errors
/// [`Guard::Launchable`] where the parameter stands for no image.
pub fn launched_image(version: &VersionFacts) -> Result<&str, Refusal> {
    let image = version.launched_image();
    Guard::Launchable.demand(image.is_some(), || {
        let TemplateVersionRef { id, version: number } = &version.template;
        let by = version.image.as_deref().unwrap_or("nothing");
        let reason = format!("version {number} of the launch template {id} has its image from {by}, which names none");
        (reason, "Put the id of an image into the parameter: no server can be launched from it as it is.".to_owned())
    })?;
    Ok(image.unwrap_or_default())
}

/// The launch configuration that a group launches from: there.
///
/// # Errors
/// [`Guard::Launchable`].
pub fn configuration(group: &str, name: &str, found: Option<&ConfigurationFacts>) -> Result<(), Refusal> {
    Guard::Launchable.demand(found.is_some(), || {
        let next = format!("Give {group} a launch template that is there: it can launch nothing.");
        (format!("the launch configuration {name} of the group {group} is gone"), next)
    })
}

/// What a group launches from: anything at all.
///
/// # Errors
/// [`Guard::Launchable`].
pub fn launches(group: &GroupFacts) -> Result<(), Refusal> {
    Guard::Launchable.demand(group.launch.is_some(), || {
        let next = "Give it a launch template first.".to_owned();
        (format!("the group {} has nothing that it launches from", group.name), next)
    })
}

/// The image that servers will be launched from: there and available.
///
/// # Errors
/// [`Guard::Launchable`].
pub fn image(id: &str, found: Option<&ImageFacts>) -> Result<(), Refusal> {
    Guard::Launchable.demand(found.is_some_and(|found| found.state == "available"), || match found {
        Some(found) => {
            let why = found.reason.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
            let next = "Wait until it is available, or choose another image.".to_owned();
            (format!("the image {id} is {}{why}", found.state), next)
        }
        None => {
            let next =
                "Bake a new one, or choose another image: no server can be launched from it any more.".to_owned();
            (format!("the image {id} is not there, or not shared with this account"), next)
        }
    })
}

/// The pipeline that will bake: there and enabled.
///
/// # Errors
/// [`Guard::Launchable`].
pub fn pipeline(arn: &str, found: Option<&PipelineFacts>) -> Result<(), Refusal> {
    Guard::Launchable.demand(found.is_some_and(|found| found.enabled), || match found {
        Some(found) => {
            let next = "Enable it in Image Builder, or choose another pipeline.".to_owned();
            (format!("the pipeline {} is disabled", found.name), next)
        }
        None => (format!("there is no pipeline {arn}"), "Check its ARN, account and region.".to_owned()),
    })
}

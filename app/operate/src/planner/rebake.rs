//! Bake a new image from a recipe: by an Image Builder pipeline, or by the command that this machine's configuration
//! has for it.

use super::draft::{Change, Draft, setting};
use super::ground::Ground;
use super::patience;
use crate::bake_command::held_name;
use crate::facts::PipelineFacts;
use crate::guard::{self, Guard};
use crate::mutation::{Mutation, Output};
use crate::plan::{Rollback, Step, Until, Work};

/// What is baked.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    /// The recipe, as it was asked for.
    pub(super) recipe: &'a str,
    /// The pipeline, where one was named.
    pub(super) pipeline: Option<&'a str>,
}

impl<'a> Source<'a> {
    pub(super) fn of(recipe: &'a str, pipeline: Option<&'a str>) -> Self {
        Self { recipe, pipeline }
    }
}

pub(super) fn draft(ground: &Ground, recipe: &str, pipeline: Option<&str>) -> Draft {
    let nothing = "There is nothing to take back: there is one image more. Emberline deletes no images.";
    let mut draft = Draft::new(Rollback::Impossible(nothing.to_owned()));
    draft.summary = format!("Bake a new image from the recipe {recipe}.");
    bake(&mut draft, ground, &Source { recipe, pipeline }, None);
    draft
}

/// Adds the bake to a draft. The image has to have this architecture, where one is asked for.
pub(super) fn bake(draft: &mut Draft, ground: &Ground, source: &Source<'_>, architecture: Option<&str>) {
    let Source { recipe, pipeline } = *source;
    if let Some(by_command) = &ground.by_command {
        let reason = format!("the recipe {recipe} is baked by a command and not by a pipeline");
        draft.allowed(setting(pipeline.is_none(), &reason, "Leave the pipeline out."));
        draft.allowed(guard::held(&ground.situation, &held_name(recipe)));
        if let Some(shown) = draft.allowed(by_command.clone()) {
            draft.steps.push(Step {
                name: "bake".to_owned(),
                sentence: format!("Run the bake command {recipe} of this machine's configuration."),
                work: Work::BakeCommand { recipe: recipe.to_owned(), shown },
            });
            draft.warnings.push(format!(
                "What the bake command {recipe} does is its own affair: Emberline sees its lines and its image, and can't \
                 take back what it leaves behind."
            ));
        }
    } else if let Some(pipeline) = chosen(draft, ground, source) {
        draft.allowed(guard::pipeline(&pipeline.arn, Some(pipeline)));
        draft.allowed(guard::held(&ground.situation, &pipeline.arn));
        warn(draft, ground, pipeline, architecture);
        draft.send(Change {
            name: "bake".to_owned(),
            sentence: format!("Start the pipeline {} (recipe {}).", pipeline.name, pipeline.recipe),
            mutation: Mutation::StartImagePipelineExecution { pipeline: pipeline.arn.clone() },
            makes: Some(Output::Build),
            desired: None,
            takes_out: None,
        });
        draft.wait(
            "watch the build".to_owned(),
            "Wait until Image Builder has built, tested and distributed the image.".to_owned(),
            Until::Built { build: Output::Build.into() },
            patience::BUILD_S,
        );
    }
    let needed = architecture.map(|name| format!(" and is of the architecture {name}")).unwrap_or_default();
    draft.wait(
        "see the image".to_owned(),
        format!("Wait until the new image is available{needed}."),
        Until::ImageAvailable { image: Output::Image.into(), architecture: architecture.map(str::to_owned) },
        patience::IMAGE_S,
    );
}

/// The one pipeline that comes into question.
fn chosen<'a>(draft: &mut Draft, ground: &'a Ground, source: &Source<'_>) -> Option<&'a PipelineFacts> {
    let Source { recipe, pipeline } = *source;
    let found = &ground.pipelines;
    if let Some(arn) = pipeline.filter(|_| found.is_empty()) {
        let check = Guard::Launchable.demand(false, || {
            let next = "Check both ARNs, account and region.".to_owned();
            (format!("there is no pipeline {arn} that builds the recipe {recipe}"), next)
        });
        draft.allowed(check);
        return None;
    }
    let only_one = Guard::Launchable.demand(found.len() == 1, || match &found[..] {
        [] => {
            let next = "Check the recipe's ARN, make a pipeline for it, or configure a bake command for it.".to_owned();
            (format!("no pipeline builds the recipe {recipe}, and no bake command is configured for it here"), next)
        }
        many => {
            let arns: Vec<&str> = many.iter().map(|one| one.arn.as_str()).collect();
            let reason = format!("{} pipelines build the recipe {recipe}: {}", many.len(), arns.join(", "));
            (reason, "Name one with --pipeline.".to_owned())
        }
    });
    draft.allowed(only_one)?;
    found.first()
}

fn warn(draft: &mut Draft, ground: &Ground, pipeline: &PipelineFacts, architecture: Option<&str>) {
    let pinned = pipeline.parent_image.as_deref().filter(|parent| parent.starts_with("ami-"));
    if let Some(parent) = pinned {
        draft.warnings.push(format!("The recipe's parent image is pinned to {parent}: the rebake keeps the old base."));
        let of_parent = ground.images.get(parent).and_then(|image| image.architecture.as_deref());
        if let (Some(found), Some(needed)) = (of_parent, architecture) {
            let check = Guard::Launchable.demand(found == needed, || {
                let next = "Choose the recipe that builds for the template's architecture.".to_owned();
                (format!("the recipe bakes from {parent} for {found}, and the template launches {needed}"), next)
            });
            draft.allowed(check);
        }
    }
    let is_under_way =
        |status: &str| ["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING"].contains(&status);
    if let Some(build) = ground.builds.iter().find(|build| is_under_way(&build.status)) {
        draft.warnings.push(format!(
            "A build of this pipeline is under way already ({}, {}): this makes another one.",
            build.arn, build.status
        ));
    }
}

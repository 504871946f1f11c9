//! The workflows that a build runs, with the time of each of their steps.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Names, bad, build_arn, not_found, page, parameter, read};
use crate::{
    call::{Ask, Input},
    wire::{fault::Fault, time},
    world::{
        id,
        recipe::{Build, Progress, STAGES, Workflow, build_id},
    },
};

/// What ListWorkflowExecutions is about.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct OfBuild {
    image_build_version_arn: String,
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl Names for OfBuild {
    fn arn(&self) -> &str {
        &self.image_build_version_arn
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct OfExecution {
    workflow_execution_id: String,
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// The ARN of an execution, as IAM has it.
pub(super) fn execution_arn(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let named = read::<OfExecution>(input).map(|asked| asked.workflow_execution_id).unwrap_or_default();
    let in_query = ["workflowExecutionId", "stepExecutionId"].iter().find_map(|name| parameter(input, name).ok());
    let id = if named.is_empty() { in_query.unwrap_or_default() } else { named };
    let kind = if id.starts_with("step-") { "workflow-step-execution" } else { "workflow-execution" };
    vec![super::arn(ask.scope, kind, &id)]
}

fn seed(ask: &Ask<'_>, build: &Build) -> u64 {
    let name = &ask.scope.recipes[build.recipe as usize].name;
    build_id(ask.world.seed, &ask.scope.account, ask.scope.region.name, name, &build.version, build.number)
}

/// The id of the execution of a build's workflow.
pub(super) fn execution_id(ask: &Ask<'_>, build: &Build, workflow: Workflow) -> String {
    format!("wf-{}", id::uuid(seed(ask, build), 0x3F0 + workflow as u64))
}

/// The id of the execution of a stage.
pub(super) fn step_id(ask: &Ask<'_>, build: &Build, stage: usize) -> String {
    format!("step-{}", id::uuid(seed(ask, build), 0x57E0 + stage as u64))
}

/// Amazon's own workflows, which all pipelines here use.
pub(super) fn workflow_arn(ask: &Ask<'_>, workflow: Workflow) -> String {
    let path = match workflow {
        Workflow::Build => "build/build-image/1.0.3/1",
        Workflow::Test => "test/test-image/1.0.2/1",
        Workflow::Distribution => "distribution/distribute-image/1.0.0/1",
    };
    format!("arn:aws:imagebuilder:{}:aws:workflow/{path}", ask.scope.region.name)
}

/// How far a step is, in Image Builder's words.
fn step_status(build: &Build, stage: usize, now: Timestamp) -> &'static str {
    match build.progress_of(stage, now) {
        Progress::Waiting => "PENDING",
        Progress::Running(_) => "RUNNING",
        Progress::Done if STAGES[stage].is_skipped() => "SKIPPED",
        Progress::Done => "COMPLETED",
        Progress::Failed(_) => "FAILED",
        Progress::Cancelled(_) => "CANCELLED",
    }
}

/// When a step ended, if it did.
fn step_end(build: &Build, stage: usize, now: Timestamp) -> Option<Timestamp> {
    match build.progress_of(stage, now) {
        Progress::Done | Progress::Failed(_) => Some(build.end_of(stage)),
        Progress::Cancelled(_) => build.cancelled,
        Progress::Waiting | Progress::Running(_) => None,
    }
}

/// A workflow of a build; none if it was not begun.
fn execution(ask: &Ask<'_>, build: &Build, workflow: Workflow) -> Option<Value> {
    let stages: Vec<usize> = workflow.stages().collect();
    let statuses: Vec<&str> = stages.iter().map(|&stage| step_status(build, stage, ask.now)).collect();
    let (first, last) = (*stages.first()?, *stages.last()?);
    if statuses.first() == Some(&"PENDING") {
        return None;
    }
    let count = |status: &str| statuses.iter().filter(|one| **one == status).count();
    let ended = ["FAILED", "CANCELLED"].into_iter().find(|status| statuses.contains(status));
    let status = ended.unwrap_or(if step_end(build, last, ask.now).is_some() { "COMPLETED" } else { "RUNNING" });
    let mut shown = json!({
        "workflowBuildVersionArn": workflow_arn(ask, workflow),
        "workflowExecutionId": execution_id(ask, build, workflow),
        "type": workflow.name(),
        "status": status,
        "totalStepCount": stages.len(),
        "totalStepsSucceeded": count("COMPLETED"),
        "totalStepsFailed": count("FAILED"),
        "totalStepsSkipped": count("SKIPPED"),
        "startTime": time::iso(build.begin_of(first)),
    });
    if let (true, Some(failure)) = (status == "FAILED", &build.failure) {
        shown["message"] = short(&failure.reason).into();
    }
    if status != "RUNNING"
        && let Some(end) = stages.iter().filter_map(|&stage| step_end(build, stage, ask.now)).max()
    {
        shown["endTime"] = time::iso(end).into();
    }
    Some(shown)
}

/// The model lets messages have 500 characters.
fn short(message: &str) -> String {
    message.chars().take(500).collect()
}

pub(super) fn list(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: OfBuild = read(input)?;
    let wanted = &asked.image_build_version_arn;
    if wanted.is_empty() {
        return Err(super::missing("imageBuildVersionArn"));
    }
    let mut builds = ask.scope.builds.iter();
    let build = builds.find(|build| build_arn(ask.scope, build) == *wanted).ok_or_else(|| not_found(wanted))?;
    let all: Vec<Value> = Workflow::ALL.into_iter().filter_map(|workflow| execution(ask, build, workflow)).collect();
    let page = page(ask, &["executions", wanted], asked.max_results, asked.next_token.as_deref())?;
    let (taken, next) = page.take(&all, |_| true);
    let mut answer = Map::new();
    answer.insert("requestId".into(), ask.request_id.into());
    answer.insert("imageBuildVersionArn".into(), wanted.as_str().into());
    answer.insert("workflowExecutions".into(), taken.into_iter().cloned().collect());
    if let Some(next) = next {
        answer.insert("nextToken".into(), next.into());
    }
    Ok(Value::Object(answer))
}

/// The build and workflow of an execution.
fn find<'a>(ask: &Ask<'a>, wanted: &str) -> Result<(&'a Build, Workflow), Fault> {
    if !wanted.starts_with("wf-") {
        return Err(bad(format!("The value '{wanted}' for workflowExecutionId is not valid.")));
    }
    let all = ask.scope.builds.iter().flat_map(|build| Workflow::ALL.map(|workflow| (build, workflow)));
    all.into_iter()
        .find(|(build, workflow)| execution_id(ask, build, *workflow) == wanted)
        .filter(|(build, workflow)| execution(ask, build, *workflow).is_some())
        .ok_or_else(|| not_found(&super::arn(ask.scope, "workflow-execution", wanted)))
}

pub(super) fn get(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let wanted = parameter(input, "workflowExecutionId")?;
    let (build, workflow) = find(ask, &wanted)?;
    let mut shown = execution(ask, build, workflow).unwrap_or_default();
    shown["requestId"] = ask.request_id.into();
    shown["imageBuildVersionArn"] = build_arn(ask.scope, build).into();
    Ok(shown)
}

/// A step as it is listed.
fn step(ask: &Ask<'_>, build: &Build, stage: usize) -> Value {
    let status = step_status(build, stage, ask.now);
    let mut shown = json!({
        "stepExecutionId": step_id(ask, build, stage),
        "name": STAGES[stage].name,
        "action": STAGES[stage].action,
        "status": status,
        "attemptNumber": 1,
        "maxAttempts": 1,
    });
    if !matches!(status, "PENDING" | "SKIPPED") {
        shown["startTime"] = time::iso(build.begin_of(stage)).into();
        if let Some(end) = step_end(build, stage, ask.now) {
            shown["endTime"] = time::iso(end).into();
        }
    }
    if let (true, Some(failure)) = (status == "FAILED", &build.failure) {
        shown["message"] = short(&failure.reason).into();
    }
    shown
}

pub(super) fn steps(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: OfExecution = read(input)?;
    let wanted = &asked.workflow_execution_id;
    if wanted.is_empty() {
        return Err(super::missing("workflowExecutionId"));
    }
    let (build, workflow) = find(ask, wanted)?;
    let all: Vec<Value> = workflow.stages().map(|stage| step(ask, build, stage)).collect();
    let page = page(ask, &["steps", wanted], asked.max_results, asked.next_token.as_deref())?;
    let (taken, next) = page.take(&all, |_| true);
    let mut answer = Map::new();
    answer.insert("requestId".into(), ask.request_id.into());
    answer.insert("workflowBuildVersionArn".into(), workflow_arn(ask, workflow).into());
    answer.insert("workflowExecutionId".into(), wanted.as_str().into());
    answer.insert("imageBuildVersionArn".into(), build_arn(ask.scope, build).into());
    answer.insert("steps".into(), taken.into_iter().cloned().collect());
    if let Some(next) = next {
        answer.insert("nextToken".into(), next.into());
    }
    Ok(Value::Object(answer))
}

pub(super) fn get_step(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let wanted = parameter(input, "stepExecutionId")?;
    let stages = |build| (0..STAGES.len()).map(move |stage| (build, stage));
    let (build, stage, workflow) = ask
        .scope
        .builds
        .iter()
        .flat_map(stages)
        .filter(|(build, stage)| step_id(ask, build, *stage) == wanted)
        .find_map(|(build, stage)| Some((build, stage, STAGES[stage].workflow?)))
        .filter(|(build, _, workflow)| execution(ask, build, *workflow).is_some())
        .ok_or_else(|| not_found(&super::arn(ask.scope, "workflow-step-execution", &wanted)))?;
    let mut shown = step(ask, build, stage);
    shown["requestId"] = ask.request_id.into();
    shown["workflowBuildVersionArn"] = workflow_arn(ask, workflow).into();
    shown["workflowExecutionId"] = execution_id(ask, build, workflow).into();
    shown["imageBuildVersionArn"] = build_arn(ask.scope, build).into();
    shown["onFailure"] = "Abort".into();
    Ok(shown)
}

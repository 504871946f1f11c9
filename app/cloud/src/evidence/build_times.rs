//! How long builds took. An image has no end date, so that its workflows have to be asked.

use std::collections::{BTreeMap, BTreeSet};

use fleet::{Build, BuildTime, Call, FleetBuilder, ScopeIx, Time};
use futures::FutureExt as _;

use super::each;
use crate::failure::Failure;
use crate::reader::Reader;

/// How many of a recipe's newest builds are timed: enough for a median.
const NEWEST: usize = 5;
/// The most builds timed in a scope.
const BUILDS_AT_MOST: usize = 50;
/// The most that AWS gives on one page; a build has three workflows, and more where some were tried again.
const WORKFLOWS_A_PAGE: i32 = 25;

/// The newest builds of each recipe.
pub(super) async fn read(reader: &Reader<'_>) {
    // Builds beyond the bound are no gap: those of each recipe that were timed speak for it.
    let mut builds = newest(&reader.rows(), reader.scope);
    builds.truncate(BUILDS_AT_MOST);
    if let Some(earlier) = reader.pulling.earlier(reader.scope) {
        let wanted: BTreeSet<String> = builds.iter().cloned().collect();
        let mut rows = reader.rows();
        earlier.add_build_times(&mut rows, reader.scope, |build| wanted.contains(build));
        let here = rows.fleet.build_times.iter().filter(|time| time.scope == reader.scope);
        let timed: BTreeSet<&str> = here.map(|time| rows.fleet.str(time.build)).collect();
        builds.retain(|build| !timed.contains(build.as_str()));
    }
    let most = builds.len();
    each(reader, Call::ListWorkflowExecutions, builds, most, |build| time_of(reader, build).boxed()).await;
}

/// One of each recipe in turn, newest first, so that a bound leaves none out before it has another twice.
fn newest(rows: &FleetBuilder, scope: ScopeIx) -> Vec<String> {
    let fleet = &rows.fleet;
    let is_done = |build: &&Build| build.scope == scope && fleet.text(build.status) == Some("AVAILABLE");
    let mut builds: Vec<&Build> = fleet.builds.iter().filter(is_done).collect();
    builds.sort_by_key(|build| std::cmp::Reverse((build.created, fleet.str(build.arn))));
    let mut of_name: BTreeMap<_, usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, &str)> = Vec::new();
    for build in builds {
        let rank = of_name.entry(build.name).or_default();
        if *rank < NEWEST {
            ranked.push((*rank, fleet.str(build.arn)));
        }
        *rank += 1;
    }
    ranked.sort_by_key(|&(rank, _)| rank);
    ranked.into_iter().map(|(_, arn)| arn.to_owned()).collect()
}

async fn time_of(reader: &Reader<'_>, arn: String) -> Result<usize, Failure> {
    let request = reader.clients.imagebuilder.list_workflow_executions().image_build_version_arn(&arn);
    let answer = match reader.ask(Call::ListWorkflowExecutions, request.max_results(WORKFLOWS_A_PAGE).send()).await {
        Ok(answer) => answer,
        // Deleted since it was listed.
        Err(failure) if failure.has_code(&["ResourceNotFoundException"]) => return Ok(0),
        Err(failure) => return Err(failure),
    };
    let workflows = answer.workflow_executions();
    let times = |time: Option<&str>| time.and_then(Time::parse);
    let started: Option<Vec<Time>> = workflows.iter().map(|workflow| times(workflow.start_time())).collect();
    let ended: Option<Vec<Time>> = workflows.iter().map(|workflow| times(workflow.end_time())).collect();
    let first = started.and_then(|times| times.into_iter().min());
    let last = ended.and_then(|times| times.into_iter().max());
    if let (Some(started), Some(ended)) = (first, last) {
        let mut rows = reader.rows();
        let build = rows.sym(&arn);
        rows.fleet.build_times.push(BuildTime { build, scope: reader.scope, started, ended });
    }
    Ok(workflows.len())
}

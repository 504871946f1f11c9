//! What became of root volumes: the replacements that AWS still remembers.
//!
//! A task tells the image or the snapshot that the new root came from. One that tells neither restored the launch state
//! or put another volume there, and only the volume itself says which: one that is older than its task was there
//! before, and is no rebirth.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::operation::describe_replace_root_volume_tasks::DescribeReplaceRootVolumeTasksOutput;
use aws_sdk_ec2::operation::describe_volumes::DescribeVolumesOutput;
use aws_sdk_ec2::types::{Filter, ReplaceRootVolumeTask, ReplaceRootVolumeTaskState, Volume};
use fleet::{Call, FleetBuilder, RootReplacement, RootTarget, ScopeIx, Sym, Time};

use crate::failure::Failure;
use crate::reader::Reader;
use crate::servers::time;

/// The most that AWS gives on one page.
const TASKS_A_PAGE: i32 = 50;
/// The most values that EC2 takes in one filter.
const SERVERS_A_FILTER: usize = 200;

/// Every replacement of a root volume that AWS still remembers.
pub(crate) async fn read_replacements(reader: &Reader<'_>) {
    let request = |token| {
        let call = reader.clients.ec2.describe_replace_root_volume_tasks();
        call.max_results(TASKS_A_PAGE).set_next_token(token).send()
    };
    reader
        .list(
            Call::DescribeReplaceRootVolumeTasks,
            request,
            |rows, page| {
                let tasks = page.replace_root_volume_tasks();
                tasks.iter().for_each(|task| add(rows, reader.scope, task));
                tasks.len()
            },
            DescribeReplaceRootVolumeTasksOutput::next_token,
        )
        .await;
}

/// The replacements of these servers again, with what they put there.
pub(crate) async fn reread(reader: &Reader<'_>, servers: &BTreeSet<String>) -> Result<(), Failure> {
    let first = reader.rows().fleet.root_replacements.len();
    let ids: Vec<String> = servers.iter().cloned().collect();
    let outcome = async {
        for batch in ids.chunks(SERVERS_A_FILTER) {
            let filter = Filter::builder().name("instance-id").set_values(Some(batch.to_vec())).build();
            let request = |token| {
                let call = reader.clients.ec2.describe_replace_root_volume_tasks().filters(filter.clone());
                call.max_results(TASKS_A_PAGE).set_next_token(token).send()
            };
            let take = |rows: &mut FleetBuilder, page: &DescribeReplaceRootVolumeTasksOutput| {
                let tasks = page.replace_root_volume_tasks();
                tasks.iter().for_each(|task| add(rows, reader.scope, task));
                tasks.len()
            };
            let next = DescribeReplaceRootVolumeTasksOutput::next_token;
            reader.all(Call::DescribeReplaceRootVolumeTasks, request, take, next).await?;
        }
        Ok(())
    }
    .await;
    if outcome.is_err() {
        reader.rows().fleet.root_replacements.truncate(first);
        return outcome;
    }
    {
        let mut rows = reader.rows();
        let asked: BTreeSet<Sym> = ids.iter().map(|id| rows.sym(id)).collect();
        let mut row = 0;
        rows.fleet.root_replacements.retain(|task| {
            row += 1;
            row > first || task.scope != reader.scope || !asked.contains(&task.server)
        });
    }
    tell_targets(reader, Some(servers)).await;
    Ok(())
}

fn add(rows: &mut FleetBuilder, scope: ScopeIx, task: &ReplaceRootVolumeTask) {
    let Some(server) = rows.some(task.instance_id()) else { return };
    let image = rows.some(task.image_id()).map(RootTarget::Image);
    let snapshot = rows.some(task.snapshot_id()).map(RootTarget::Snapshot);
    let state = rows.some(task.task_state().map(ReplaceRootVolumeTaskState::as_str));
    rows.fleet.root_replacements.push(RootReplacement {
        server,
        scope,
        state,
        started: task.start_time().and_then(Time::parse),
        completed: task.complete_time().and_then(Time::parse),
        target: image.or(snapshot),
    });
}

/// A replacement whose target the root volume of now can tell.
struct Open {
    /// Its row.
    row: usize,
    server: Sym,
    started: Time,
    /// When the root of now was attached.
    root_attached: Time,
}

/// Finds out what the replacements put there that name neither an image nor a snapshot. Of a server's replacements only
/// the last can be told: the volumes of those before it are gone, and what they were stays unknown.
pub(crate) async fn read_targets(reader: &Reader<'_>) {
    tell_targets(reader, None).await;
}

/// The same for these servers alone; `None` for all.
async fn tell_targets(reader: &Reader<'_>, among: Option<&BTreeSet<String>>) {
    let mut open = open(&reader.rows(), reader.scope);
    if let Some(among) = among {
        let rows = reader.rows();
        open.retain(|one| among.contains(rows.fleet.str(one.server)));
    }
    if open.is_empty() {
        return;
    }
    let ids: Vec<String> = {
        let rows = reader.rows();
        let ids: BTreeSet<&str> = open.iter().map(|one| rows.fleet.str(one.server)).collect();
        ids.into_iter().map(str::to_owned).collect()
    };
    let mut volumes: Vec<Volume> = Vec::new();
    for batch in ids.chunks(SERVERS_A_FILTER) {
        let filter = Filter::builder().name("attachment.instance-id").set_values(Some(batch.to_vec())).build();
        let request = |token| {
            let call = reader.clients.ec2.describe_volumes().include_managed_resources(true).filters(filter.clone());
            call.set_next_token(token).send()
        };
        reader
            .list(
                Call::DescribeVolumes,
                request,
                |_, page| {
                    volumes.extend_from_slice(page.volumes());
                    page.volumes().len()
                },
                DescribeVolumesOutput::next_token,
            )
            .await;
    }
    let mut rows = reader.rows();
    for one in open {
        let target = target(&mut rows, &one, &volumes);
        rows.fleet.root_replacements[one.row].target = target;
    }
}

/// The last replacement of each server that still has to be told.
fn open(rows: &FleetBuilder, scope: ScopeIx) -> Vec<Open> {
    let fleet = &rows.fleet;
    let mut last: BTreeMap<Sym, (Time, usize)> = BTreeMap::new();
    for (row, task) in fleet.root_replacements.iter().enumerate() {
        let done = task.scope == scope && fleet.text(task.state) == Some("succeeded");
        if let Some(started) = task.started.filter(|_| done) {
            let latest = last.entry(task.server).or_insert((started, row));
            *latest = (*latest).max((started, row));
        }
    }
    last.retain(|_, (_, row)| fleet.root_replacements[*row].target.is_none());
    let servers = fleet.servers.iter().filter(|server| server.scope == scope);
    servers
        .filter_map(|server| {
            let (started, row) = *last.get(&server.id)?;
            Some(Open { row, server: server.id, started, root_attached: server.root_attached? })
        })
        .collect()
}

/// What stands as the root now; none where the volumes do not tell, or do not agree.
fn target(rows: &mut FleetBuilder, one: &Open, volumes: &[Volume]) -> Option<RootTarget> {
    let server = rows.fleet.str(one.server).to_owned();
    let mut candidates = volumes.iter().filter(|volume| {
        volume.attachments().iter().any(|attachment| {
            attachment.instance_id() == Some(server.as_str())
                && time(attachment.attach_time()) == Some(one.root_attached)
        })
    });
    let volume = candidates.next().filter(|_| candidates.next().is_none())?;
    if time(volume.create_time())? < one.started {
        rows.some(volume.volume_id()).map(RootTarget::Volume)
    } else {
        Some(RootTarget::LaunchState)
    }
}

//! How groups launched and terminated, and their refreshes.

use aws_sdk_autoscaling::types::{
    Activity as AwsActivity, InstanceRefresh, InstanceRefreshStatus, ScalingActivityStatusCode,
};
use fleet::{Activity, ActivityKind, Call, FleetBuilder, Refresh, ScopeIx};
use futures::FutureExt as _;

use super::each;
use crate::failure::Failure;
use crate::reader::Reader;
use crate::servers::time;

/// The most that AWS gives on one page, and all that is read of a group.
const A_PAGE: i32 = 100;
/// The most groups asked for in a scope, those with the most servers first: two calls each, of the bucket that all of
/// Auto Scaling's calls share.
const GROUPS_AT_MOST: usize = 200;

/// The newest activities and refreshes of each group. Not of all groups at once, which may time out.
pub(super) async fn read(reader: &Reader<'_>) {
    let groups = groups(&reader.rows(), reader.scope);
    each(reader, Call::DescribeScalingActivities, groups.clone(), GROUPS_AT_MOST, |name| {
        activities_of(reader, name).boxed()
    })
    .await;
    each(reader, Call::DescribeInstanceRefreshes, groups, GROUPS_AT_MOST, |name| refreshes_of(reader, name).boxed())
        .await;
}

fn groups(rows: &FleetBuilder, scope: ScopeIx) -> Vec<String> {
    let mut groups: Vec<_> = rows.fleet.groups.iter().filter(|group| group.scope == scope).collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(group.members.len()), rows.fleet.str(group.name)));
    groups.dedup_by_key(|group| group.name);
    groups.into_iter().map(|group| rows.fleet.str(group.name).to_owned()).collect()
}

/// Auto Scaling answers so for a group that was deleted since it was listed.
fn is_gone(failure: &Failure) -> bool {
    failure.has_code(&["ValidationError"]) && failure.said.contains("not found")
}

async fn activities_of(reader: &Reader<'_>, name: String) -> Result<usize, Failure> {
    let request = reader.clients.autoscaling.describe_scaling_activities().auto_scaling_group_name(&name);
    match reader.ask(Call::DescribeScalingActivities, request.max_records(A_PAGE).send()).await {
        Ok(answer) => {
            let mut rows = reader.rows();
            answer.activities().iter().for_each(|activity| add_activity(&mut rows, reader.scope, &name, activity));
            Ok(answer.activities().len())
        }
        Err(failure) if is_gone(&failure) => Ok(0),
        Err(failure) => Err(failure),
    }
}

async fn refreshes_of(reader: &Reader<'_>, name: String) -> Result<usize, Failure> {
    let request = reader.clients.autoscaling.describe_instance_refreshes().auto_scaling_group_name(&name);
    match reader.ask(Call::DescribeInstanceRefreshes, request.max_records(A_PAGE).send()).await {
        Ok(answer) => {
            let mut rows = reader.rows();
            answer.instance_refreshes().iter().for_each(|refresh| add_refresh(&mut rows, reader.scope, &name, refresh));
            Ok(answer.instance_refreshes().len())
        }
        Err(failure) if is_gone(&failure) => Ok(0),
        Err(failure) => Err(failure),
    }
}

/// What the one text that tells says. A launch into or out of a warm pool is another thing than one into service.
fn told(description: &str) -> (ActivityKind, Option<&str>) {
    let words = description.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let server = words.into_iter().find(|word| word.strip_prefix("i-").is_some_and(|rest| !rest.is_empty()));
    let kind = if description.contains("warm pool") || description.contains("WarmPool") {
        ActivityKind::Other
    } else if description.starts_with("Launching a new EC2 instance") {
        ActivityKind::Launch
    } else if description.starts_with("Terminating EC2 instance") {
        ActivityKind::Terminate
    } else {
        ActivityKind::Other
    };
    (kind, server)
}

fn add_activity(rows: &mut FleetBuilder, scope: ScopeIx, group: &str, activity: &AwsActivity) {
    let (kind, server) = told(activity.description().unwrap_or_default());
    let row = Activity {
        group: rows.sym(group),
        scope,
        server: rows.some(server),
        kind,
        status: rows.some(activity.status_code().map(ScalingActivityStatusCode::as_str)),
        message: rows.some(activity.status_message()),
        started: time(activity.start_time()),
        ended: time(activity.end_time()),
    };
    rows.fleet.activities.push(row);
}

fn add_refresh(rows: &mut FleetBuilder, scope: ScopeIx, group: &str, refresh: &InstanceRefresh) {
    let Some(id) = rows.some(refresh.instance_refresh_id()) else { return };
    let preferences = refresh.preferences();
    let percent = |percent: Option<i32>| percent.and_then(|percent| u8::try_from(percent).ok());
    let row = Refresh {
        id,
        group: rows.sym(group),
        scope,
        status: rows.some(refresh.status().map(InstanceRefreshStatus::as_str)),
        percent: percent(refresh.percentage_complete()),
        started: time(refresh.start_time()),
        ended: time(refresh.end_time()),
        min_healthy_percent: percent(
            preferences.and_then(aws_sdk_autoscaling::types::RefreshPreferences::min_healthy_percentage),
        ),
        warm_up_s: preferences
            .and_then(aws_sdk_autoscaling::types::RefreshPreferences::instance_warmup)
            .and_then(|seconds| u32::try_from(seconds).ok()),
    };
    rows.fleet.refreshes.push(row);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_launch_into_service_is_a_launch_and_unknown_words_are_other() {
        use ActivityKind::{Launch, Other, Terminate};
        for (description, kind, server) in [
            ("Launching a new EC2 instance: i-0a1", Launch, Some("i-0a1")),
            ("Launching a new EC2 instance.  Status Reason: no capacity", Launch, None),
            ("Launching a new EC2 instance from warm pool: i-0a1", Other, Some("i-0a1")),
            ("Terminating EC2 instance: i-0b2", Terminate, Some("i-0b2")),
            ("Moving EC2 instance: i-0c3 from InService to WarmPool", Other, Some("i-0c3")),
            ("Starte einen neuen Server: i-0d4", Other, Some("i-0d4")),
            ("", Other, None),
        ] {
            assert_eq!(told(description), (kind, server), "{description}");
        }
    }
}

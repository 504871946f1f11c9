//! Servers as load balancers see them: the health of a target group's targets, and where a server is one.

use aws_sdk_elasticloadbalancingv2::operation::describe_target_groups::DescribeTargetGroupsOutput;
use aws_sdk_elasticloadbalancingv2::types::TargetHealthStateEnum;
use futures::{StreamExt as _, TryStreamExt as _};
use operate::{Address, ServerFacts, TargetFacts};

use super::line::Line;
use super::told::{needed, text};
use crate::api_call::ApiCall;
use crate::failure::Failure;

const TARGET_GROUPS: ApiCall = ApiCall::new("elasticloadbalancing:DescribeTargetGroups");
const HEALTH: ApiCall = ApiCall::new("elasticloadbalancing:DescribeTargetHealth");

/// What Elastic Load Balancing says of a target group that is gone.
const UNKNOWN_TARGET_GROUP: &[&str] = &["TargetGroupNotFound"];
/// How many target groups are asked at once.
const AT_ONCE: usize = 8;

/// The health of every server that is a target of these target groups.
pub(super) async fn of(line: &Line, target_groups: &[String]) -> Result<Vec<TargetFacts>, Failure> {
    let mut found = Vec::new();
    for arn in target_groups {
        // A target by address, or another load balancer, is no server of a group.
        found.extend(health(line, arn).await?.into_iter().filter(|target| target.server.starts_with("i-")));
    }
    Ok(found)
}

/// Where these servers are targets: every target group of the region is asked, since nothing else tells. A target may be
/// a server or one of its private addresses.
pub(super) async fn registered(line: &Line, servers: &[ServerFacts]) -> Result<Vec<TargetFacts>, Failure> {
    if servers.is_empty() {
        return Ok(Vec::new());
    }
    let request = |marker| line.reading.load_balancing.describe_target_groups().set_marker(marker).send();
    let pages = line.pages(TARGET_GROUPS, request, DescribeTargetGroupsOutput::next_marker).await?;
    let all = pages.iter().flat_map(DescribeTargetGroupsOutput::target_groups);
    let arns = all.map(|group| needed(text(group.target_group_arn()), TARGET_GROUPS, "the ARN", "a target group"));
    let arns = arns.collect::<Result<Vec<String>, Failure>>()?;
    let reads = arns.iter().map(|arn| async move {
        match health(line, arn).await {
            Err(failure) if failure.has_code(UNKNOWN_TARGET_GROUP) => Ok(Vec::new()),
            other => other,
        }
    });
    let targets: Vec<Vec<TargetFacts>> = futures::stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
    let is_of = |server: &ServerFacts, target: &str| {
        server.id == target
            || server.addresses.iter().any(|address| matches!(address, Address::Private(own) if own == target))
    };
    let of_servers = targets.into_iter().flatten().filter_map(|target| {
        let server = servers.iter().find(|server| is_of(server, &target.server))?;
        Some(TargetFacts { server: server.id.clone(), ..target })
    });
    Ok(of_servers.collect())
}

/// What a target group says of each of its targets: a server, an address or another load balancer.
async fn health(line: &Line, arn: &str) -> Result<Vec<TargetFacts>, Failure> {
    let call = line.reading.load_balancing.describe_target_health().target_group_arn(arn);
    let answer = line.ask(HEALTH, call.send()).await?;
    let targets = answer.target_health_descriptions().iter().map(|target| {
        let server = needed(text(target.target().and_then(|target| target.id())), HEALTH, "the id of a target", arn)?;
        let state = target.target_health().and_then(|health| health.state());
        let state = needed(text(state.map(TargetHealthStateEnum::as_str)), HEALTH, "the health", &server)?;
        Ok(TargetFacts { target_group: arn.to_owned(), server, state })
    });
    targets.collect()
}

//! Servers as load balancers see them: the health of a target group's targets, and where a server is one.

use aws_sdk_elasticloadbalancingv2::operation::describe_target_groups::DescribeTargetGroupsOutput;
use aws_sdk_elasticloadbalancingv2::types::{
    ProtocolEnum, TargetDescription, TargetGroup, TargetHealthDescription, TargetHealthStateEnum, TargetTypeEnum,
};
use futures::{StreamExt as _, TryStreamExt as _};
use operate::{Address, RegistrationFacts, ServerFacts, TargetFacts};

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
        for one in health(line, arn).await? {
            let Told { id, port, state, .. } = told(&one, arn)?;
            // A target by address, or another load balancer, is no server of a group.
            if id.starts_with("i-") {
                found.push(TargetFacts { target_group: arn.clone(), server: id, port, state });
            }
        }
    }
    Ok(found)
}

/// Where these servers are targets: every target group of the region is asked, since nothing else tells. A target may be
/// a server or one of its private addresses.
pub(super) async fn registered(line: &Line, servers: &[ServerFacts]) -> Result<Vec<RegistrationFacts>, Failure> {
    if servers.is_empty() {
        return Ok(Vec::new());
    }
    let request = |marker| line.reading.load_balancing.describe_target_groups().set_marker(marker).send();
    let pages = line.pages(TARGET_GROUPS, request, DescribeTargetGroupsOutput::next_marker).await?;
    let all = pages.iter().flat_map(DescribeTargetGroupsOutput::target_groups);
    let reads = all.map(|group| in_one(line, group, servers));
    let found: Vec<Vec<RegistrationFacts>> = futures::stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Which of these servers are targets of one target group.
async fn in_one(line: &Line, group: &TargetGroup, servers: &[ServerFacts]) -> Result<Vec<RegistrationFacts>, Failure> {
    let arn = needed(text(group.target_group_arn()), TARGET_GROUPS, "the ARN", "a target group")?;
    let targets = match health(line, &arn).await {
        // It went between the two calls, and nobody is a target of it.
        Err(failure) if failure.has_code(UNKNOWN_TARGET_GROUP) => return Ok(Vec::new()),
        other => other?,
    };
    let is_of = |server: &ServerFacts, target: &str| {
        server.id == target
            || server.addresses.iter().any(|address| matches!(address, Address::Private(own) if own == target))
    };
    let mut found = Vec::new();
    for one in &targets {
        let Told { id, port, zone, state } = told(one, &arn)?;
        let Some(server) = servers.iter().find(|server| is_of(server, &id)) else { continue };
        let kind = group.target_type().map(TargetTypeEnum::as_str);
        found.push(RegistrationFacts {
            server: server.id.clone(),
            target_group: arn.clone(),
            target: id,
            port,
            zone,
            state,
            target_type: needed(text(kind), TARGET_GROUPS, "the type of the targets", &arn)?,
            protocol: text(group.protocol().map(ProtocolEnum::as_str)),
        });
    }
    Ok(found)
}

/// What a target group says of each of its targets: a server, an address or another load balancer.
async fn health(line: &Line, arn: &str) -> Result<Vec<TargetHealthDescription>, Failure> {
    let call = line.reading.load_balancing.describe_target_health().target_group_arn(arn);
    let answer = line.ask(HEALTH, call.send()).await?;
    Ok(answer.target_health_descriptions.unwrap_or_default())
}

/// A target, with nothing left to guess.
struct Told {
    id: String,
    port: Option<u16>,
    zone: Option<String>,
    state: String,
}

fn told(one: &TargetHealthDescription, arn: &str) -> Result<Told, Failure> {
    let target = one.target();
    let id = needed(text(target.and_then(|target| target.id())), HEALTH, "the id of a target", arn)?;
    let state = one.target_health().and_then(|health| health.state());
    let state = needed(text(state.map(TargetHealthStateEnum::as_str)), HEALTH, "the health", &id)?;
    // One that is no port is as good as none.
    let port = target.and_then(TargetDescription::port).and_then(|port| u16::try_from(port).ok());
    Ok(Told { id, port, zone: text(target.and_then(|target| target.availability_zone())), state })
}

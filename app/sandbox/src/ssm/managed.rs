//! DescribeInstanceInformation: the servers that SSM's agent reports from.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json as value};

use super::{is_online, page_size, validation};
use crate::{
    call::{Ask, Input},
    wire::{fault::Fault, json, page::Page, time},
    world::{
        id,
        server::{Server, ServerState},
    },
};

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Describe {
    instance_information_filter_list: Vec<OldFilter>,
    filters: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct OldFilter {
    key: String,
    #[serde(rename = "valueSet")]
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    key: String,
    values: Vec<String>,
}

/// The agent's newest version here.
const AGENT: &str = "3.3.2746.0";
/// The one on servers that were made from an older image.
const OLD_AGENT: &str = "3.3.987.0";
/// An image older than this has the older agent.
const AGENT_AGE: SignedDuration = SignedDuration::from_hours(45 * 24);

/// The agent reports every 5 minutes (Systems Manager user guide, 'Working with SSM Agent').
const PING_S: i64 = 300;

fn ping_status(server: &Server, ask: &Ask<'_>) -> &'static str {
    if is_online(server, ask) { "Online" } else { "ConnectionLost" }
}

/// When the agent reported last.
fn last_ping(server: &Server, ask: &Ask<'_>) -> Timestamp {
    let until = match &server.ended {
        Some(ended) if server.state != ServerState::Running => ended.at,
        _ => ask.now,
    };
    let phase = i64::try_from(server.id % PING_S.unsigned_abs()).unwrap_or_default();
    let since = (until.as_second() + phase).rem_euclid(PING_S);
    let at = Timestamp::from_second(until.as_second() - since).unwrap_or(until);
    at.max(server.ready_at().min(until))
}

/// Whether SSM knows a server: its agent has reported once.
fn is_managed(server: &Server, ask: &Ask<'_>) -> bool {
    let has_reported = match server.state {
        ServerState::Running => server.ready_at() <= ask.now || server.started > server.born,
        ServerState::Pending => server.started > server.born,
        ServerState::Stopping | ServerState::Stopped => true,
        ServerState::ShuttingDown | ServerState::Terminated | ServerState::Forgotten => false,
    };
    has_reported && server.instance_profile.is_some()
}

fn is_ubuntu(server: &Server, ask: &Ask<'_>) -> bool {
    // The device that Canonical's images have their root on.
    &*ask.world.images[server.image as usize].root_device == "/dev/sda1"
}

fn agent(server: &Server, ask: &Ask<'_>) -> &'static str {
    let image = &ask.world.images[server.image as usize];
    if ask.now.duration_since(image.created) > AGENT_AGE { OLD_AGENT } else { AGENT }
}

fn passes(server: &Server, ask: &Ask<'_>, filter: &Filter) -> bool {
    let any = |text: &str| filter.values.iter().any(|value| value == text);
    match &*filter.key {
        "InstanceIds" => any(&id::show("i", server.id)),
        "PingStatus" => any(ping_status(server, ask)),
        "AgentVersion" => any(agent(server, ask)),
        "PlatformTypes" => any("Linux"),
        "ResourceType" => any("EC2Instance"),
        "tag-key" => server.tags.iter().any(|tag| any(&tag.key)),
        key => match key.strip_prefix("tag:") {
            Some(key) => server.tags.iter().any(|tag| &*tag.key == key && any(&tag.value)),
            // There are no activations, associations or roles of managed nodes here.
            None => false,
        },
    }
}

/// The keys of filters beside those for tags.
const KEYS: &[&str] = &[
    "InstanceIds",
    "AgentVersion",
    "PingStatus",
    "PlatformTypes",
    "ActivationIds",
    "IamRole",
    "ResourceType",
    "AssociationStatus",
    "tag-key",
];

/// The least and the most servers on a page.
const PAGE: (i64, i64) = (5, 50);

pub(super) fn describe(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: Describe = json::read(input.body)?;
    if !asked.filters.is_empty() && !asked.instance_information_filter_list.is_empty() {
        return Err(validation("Filters and InstanceInformationFilterList can't be used together."));
    }
    let old = asked.instance_information_filter_list;
    let filters: Vec<Filter> = asked
        .filters
        .into_iter()
        .chain(old.into_iter().map(|OldFilter { key, values }| Filter { key, values }))
        .collect();
    for filter in &filters {
        if !(KEYS.contains(&&*filter.key) || filter.key.starts_with("tag:")) {
            return Err(Fault::new("InvalidFilterKey", format!("The filter key {} is not valid.", filter.key)));
        }
        if filter.values.is_empty() || filter.values.len() > 100 {
            return Err(Fault::new("InvalidInstanceInformationFilterValue", "A filter has 1 to 100 values."));
        }
        if filter.key == "InstanceIds"
            && let Some(bad) = filter.values.iter().find(|value| !id::well_formed("i", value))
        {
            return Err(Fault::new("InvalidInstanceId", format!("{bad} is not a valid instance id.")));
        }
    }
    let size = page_size(asked.max_results, PAGE)?;
    let mut question = vec!["ssm", &*ask.scope.account, ask.scope.region.name, "DescribeInstanceInformation"];
    for filter in &filters {
        question.push(&filter.key);
        question.extend(filter.values.iter().map(|value| &**value));
    }
    let page = Page::new(ask.world.seed, &question, asked.next_token.as_deref(), size)
        .map_err(|_| Fault::new("InvalidNextToken", "The specified token is not valid."))?;
    let (taken, next) = page.take(&ask.scope.servers, |server| {
        is_managed(server, ask) && filters.iter().all(|filter| passes(server, ask, filter))
    });
    let mut answer = Map::new();
    answer.insert("InstanceInformationList".into(), taken.into_iter().map(|server| show(ask, server)).collect());
    if let Some(next) = next {
        answer.insert("NextToken".into(), next.into());
    }
    Ok(Value::Object(answer))
}

fn show(ask: &Ask<'_>, server: &Server) -> Value {
    let (name, version) = if is_ubuntu(server, ask) { ("Ubuntu", "24.04") } else { ("Amazon Linux", "2023") };
    let address = server.private_ip.to_string();
    let id = id::show("i", server.id);
    let agent = agent(server, ask);
    value!({
        "InstanceId": id,
        "PingStatus": ping_status(server, ask),
        "LastPingDateTime": time::epoch(last_ping(server, ask)),
        "AgentVersion": agent,
        "IsLatestVersion": agent == AGENT,
        "PlatformType": "Linux",
        "PlatformName": name,
        "PlatformVersion": version,
        "ResourceType": "EC2Instance",
        "IPAddress": address,
        "ComputerName": format!("ip-{}.{}", address.replace('.', "-"), ask.scope.region.private_domain()),
        "SourceId": id,
        "SourceType": "AWS::EC2::Instance",
    })
}

//! CloudTrail: what people and services did to the account. Calls that change something are told, those that read are
//! not.

mod record;
pub(crate) mod told;

use std::net::Ipv4Addr;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json as value};

use crate::{
    call::{Ask, Call, Handler, Input, anything},
    wire::{fault::Fault, json, page::Page, time},
    world::{id, trail::TrailEvent},
};

/// What begins `X-Amz-Target`.
pub(crate) const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101";
/// The same without its package.
pub(crate) const SHORT_TARGET: &str = "CloudTrail_20131101";

/// CloudTrail's calls.
pub(crate) const CALLS: &[Call] =
    &[Call { name: "LookupEvents", parameters: &[], resources: anything, handler: Handler::ReadJson(lookup_events) }];

/// The most events on a page, and how many there are without `MaxResults`.
const MAX_PAGE: i64 = 50;

/// How far back events are told (CloudTrail user guide, "Viewing events with Event history").
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct LookupEvents {
    lookup_attributes: Vec<Attribute>,
    start_time: Option<f64>,
    end_time: Option<f64>,
    event_category: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    attribute_key: Key,
    attribute_value: String,
}

/// What events can be looked up by.
#[derive(Deserialize, Debug, Clone, Copy)]
enum Key {
    EventId,
    EventName,
    ReadOnly,
    Username,
    ResourceType,
    ResourceName,
    EventSource,
    AccessKeyId,
}

fn lookup_events(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: LookupEvents = json::read(input.body)?;
    let size = asked.max_results.unwrap_or(MAX_PAGE);
    let size = usize::try_from(size).ok().filter(|_| (1..=MAX_PAGE).contains(&size)).ok_or_else(|| {
        Fault::new("InvalidMaxResultsException", format!("Max results must be between 1 and {MAX_PAGE}."))
    })?;
    if asked.lookup_attributes.len() > 1 {
        return Err(Fault::new(
            "InvalidLookupAttributesException",
            "You can only have one lookup attribute in a request.",
        ));
    }
    let attribute = asked.lookup_attributes.first();
    if attribute.is_some_and(|attribute| attribute.attribute_value.is_empty()) {
        return Err(Fault::new("InvalidLookupAttributesException", "The lookup attribute's value is empty."));
    }
    if asked.start_time.zip(asked.end_time).is_some_and(|(start, end)| start > end) {
        return Err(Fault::new("InvalidTimeRangeException", "The start time is after the end time."));
    }
    if let Some(category) = &asked.event_category {
        // Nothing here ever was unusual enough for an Insights event.
        return if category == "insight" {
            Ok(value!({ "Events": [] }))
        } else {
            Err(Fault::new("InvalidEventCategoryException", format!("{category} is no event category.")))
        };
    }
    let range = format!("{:?}{:?}{:?}", asked.start_time, asked.end_time, attribute.map(|one| one.attribute_key));
    let question = [
        "cloudtrail",
        &*ask.scope.account,
        ask.scope.region.name,
        &*range,
        attribute.map_or("", |one| &*one.attribute_value),
    ];
    let page = Page::new(ask.world.seed, &question, asked.next_token.as_deref(), size)
        .map_err(|_| Fault::new("InvalidNextTokenException", "The next token is not valid."))?;
    let (taken, next) = page.take_newest(&ask.scope.trail, |event: &TrailEvent| {
        let at = time::epoch(event.at);
        event.is_told(ask.now)
            && asked.start_time.is_none_or(|start| at >= start)
            && asked.end_time.is_none_or(|end| at <= end)
            && attribute.is_none_or(|attribute| has(event, attribute))
    });
    let mut answer = Map::new();
    answer.insert("Events".into(), taken.into_iter().map(|event| show(ask, event)).collect());
    if let Some(next) = next {
        answer.insert("NextToken".into(), next.into());
    }
    Ok(Value::Object(answer))
}

fn has(event: &TrailEvent, attribute: &Attribute) -> bool {
    let wanted = &*attribute.attribute_value;
    let mut resources = event.resources.iter().filter_map(|text| told::resource(text));
    match attribute.attribute_key {
        Key::EventId => event.event_id() == wanted,
        Key::EventName => event.name == wanted,
        Key::ReadOnly => wanted == "false",
        Key::Username => event.principal.session == wanted,
        Key::ResourceType => resources.any(|(kind, _)| kind == wanted),
        Key::ResourceName => resources.any(|(_, name)| name == wanted),
        Key::EventSource => event.source() == wanted,
        Key::AccessKeyId => event.principal.access_key_id == wanted,
    }
}

fn show(ask: &Ask<'_>, event: &TrailEvent) -> Value {
    let mut resources: Vec<Value> = Vec::new();
    for (kind, name) in event.resources.iter().filter_map(|text| told::resource(text)) {
        let resource = value!({ "ResourceType": kind, "ResourceName": name });
        if !resources.contains(&resource) {
            resources.push(resource);
        }
    }
    value!({
        "EventId": event.event_id(),
        "EventName": event.name,
        "ReadOnly": "false",
        "AccessKeyId": event.principal.access_key_id,
        "EventTime": time::epoch(event.at),
        "EventSource": event.source(),
        "Username": event.principal.session,
        "Resources": resources,
        "CloudTrailEvent": record::of(ask, event).to_string(),
    })
}

impl TrailEvent {
    /// Whether CloudTrail tells of it by `now`: not at once, and not for ever.
    fn is_told(&self, now: Timestamp) -> bool {
        // CloudTrail user guide: typically within about 5 minutes of a call.
        let lag = SignedDuration::from_secs(60 + i64::try_from(self.id % 240).unwrap_or_default());
        let age = now.duration_since(self.at);
        age >= lag && age <= KEPT
    }

    /// The UUID of the event.
    fn event_id(&self) -> String {
        id::uuid(self.id, 0x7A1)
    }

    /// The service that was called.
    fn source(&self) -> String {
        format!("{}.amazonaws.com", self.service)
    }

    /// The address that its caller always calls from: one that RFC 5737 keeps for examples.
    fn address(&self) -> Ipv4Addr {
        let key = &self.principal.access_key_id;
        let host = key.bytes().fold(0_u64, |hash, byte| id::mix(hash ^ u64::from(byte))) % 254;
        Ipv4Addr::new(203, 0, 113, 1 + u8::try_from(host).unwrap_or_default())
    }
}

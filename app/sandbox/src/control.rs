//! How the sandbox itself is driven from outside: its clock, its faults, who may ask, and its trace, under a path
//! that AWS does not use. Bodies and answers are JSON; what goes wrong is told as `{"error": "..."}`.
//!
//! Invariant: a web page in a browser on this machine can't drive it. Whatever changes something needs a header that no
//! page may send to another site without being asked first, and no other site is answered.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, Uri, header, request::Parts};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{AlarmState, Inner, clock::MAX_SPEED, faults::plan::FaultCount, serve::is_this_machine};

/// Where it is.
const PATH: &str = "/_sandbox/";

/// What there is, and the methods that each knows.
const PLACES: &[(&str, &str)] = &[
    ("alarms", "POST"),
    ("clock", "GET, POST"),
    ("faults", "GET, POST, DELETE"),
    ("faults/ID", "DELETE"),
    ("principals", "POST"),
    ("trace", "GET"),
];

/// Why an order is not carried out.
struct Refusal(StatusCode, String);

impl Refusal {
    fn bad(what: impl Into<String>) -> Refusal {
        Refusal(StatusCode::BAD_REQUEST, what.into())
    }
}

/// What can be done to the clock: one of these.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ClockOrder {
    /// A length of time such as `10m` or `PT10M`.
    Advance(SignedDuration),
    Set(Timestamp),
    /// Simulated seconds a second.
    Speed(f64),
    /// Whether it stands still; if not, it goes with the wall clock.
    Frozen(bool),
}

/// So much time passes at once at most: all that happens in it happens before the answer comes.
const FARTHEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// A fault to inject.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultOrder {
    spec: String,
}

/// A CloudWatch alarm to set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlarmOrder {
    account: String,
    region: String,
    name: String,
    state: AlarmState,
}

/// Somebody to let in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrincipalOrder {
    account: String,
    name: String,
    /// Each as an object, or as a text that holds one.
    policies: Vec<Value>,
}

/// Answers a request to the sandbox itself; none for one to AWS.
pub(crate) fn answer(inner: &Inner, parts: &Parts, body: &[u8]) -> Option<Response<Bytes>> {
    let what = parts.uri.path().strip_prefix(PATH)?;
    let (status, value) = match check(parts).and_then(|()| obey(inner, &parts.method, what, body)) {
        Ok(value) => (StatusCode::OK, value),
        Err(Refusal(status, message)) => (status, json!({ "error": message })),
    };
    let mut response = Response::new(Bytes::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Some(response)
}

/// Keeps other sites' pages out.
fn check(parts: &Parts) -> Result<(), Refusal> {
    let text = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(origin) = text("origin") {
        let host = origin.parse::<Uri>().ok().and_then(|origin| origin.host().map(str::to_owned));
        if !host.is_some_and(|host| is_this_machine(&host)) {
            return Err(Refusal(StatusCode::FORBIDDEN, format!("the page {origin} may not drive the sandbox")));
        }
    }
    let is_json = text("content-type")
        .is_some_and(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json"));
    if parts.method != Method::GET && !is_json && text("x-sandbox-control") != Some("1") {
        let what = "send the header 'Content-Type: application/json' or 'X-Sandbox-Control: 1'";
        return Err(Refusal(StatusCode::FORBIDDEN, what.to_owned()));
    }
    Ok(())
}

fn obey(inner: &Inner, method: &Method, what: &str, body: &[u8]) -> Result<Value, Refusal> {
    match (method, what.split_once('/').unwrap_or((what, ""))) {
        (&Method::POST, ("alarms", "")) => set_alarm(inner, body),
        (&Method::GET, ("clock", "")) => Ok(clock(inner)),
        (&Method::POST, ("clock", "")) => set_clock(inner, body),
        (&Method::GET, ("faults", "")) => Ok(faults(inner)),
        (&Method::POST, ("faults", "")) => inject(inner, body),
        (&Method::DELETE, ("faults", "")) => {
            inner.faults.clear();
            Ok(faults(inner))
        }
        (&Method::DELETE, ("faults", id)) => remove(inner, id),
        (&Method::POST, ("principals", "")) => add_principal(inner, body),
        (&Method::GET, ("trace", "")) => Ok(trace(inner)),
        _ => Err(elsewhere(method, what)),
    }
}

/// Why there is nothing to do.
fn elsewhere(method: &Method, what: &str) -> Refusal {
    let of_one = what.strip_prefix("faults/").is_some_and(|id| !id.is_empty());
    let place = if of_one { "faults/ID" } else { what };
    match PLACES.iter().find(|(known, _)| *known == place) {
        Some((place, methods)) => {
            Refusal(StatusCode::METHOD_NOT_ALLOWED, format!("{PATH}{place} takes {methods}, not {method}"))
        }
        None => {
            let known: Vec<String> = PLACES.iter().map(|(known, _)| format!("{PATH}{known}")).collect();
            Refusal(StatusCode::NOT_FOUND, format!("there is no {PATH}{what}; there are {}", known.join(", ")))
        }
    }
}

/// Reads a body. `like` shows what it should be.
fn read<T: DeserializeOwned>(body: &[u8], like: &str) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::bad(format!("the body is wrong: {error}; send {like}")))
}

fn set_alarm(inner: &Inner, body: &[u8]) -> Result<Value, Refusal> {
    let like = r#"{"account": "210987654321", "region": "eu-west-1", "name": "web-5xx", "state": "ALARM"}"#;
    let AlarmOrder { account, region, name, state } = read(body, like)?;
    if inner.set_alarm(&account, &region, &name, state) {
        Ok(json!({ "name": name, "state": state }))
    } else {
        Err(Refusal(StatusCode::NOT_FOUND, format!("there is no account {account} with a region {region}")))
    }
}

fn clock(inner: &Inner) -> Value {
    let now = inner.settle();
    json!({ "now": now, "speed": inner.clock.speed(), "next_event": inner.world().queue.next() })
}

fn set_clock(inner: &Inner, body: &[u8]) -> Result<Value, Refusal> {
    let like = r#"one of {"advance": "10m"}, {"set": "2026-11-02T08:00:00Z"}, {"speed": 60}, {"frozen": true}"#;
    let not_so_far = |by: SignedDuration| {
        if by > FARTHEST {
            return Err(Refusal::bad("at most 366 days pass at once: a longer time takes several steps"));
        }
        Ok(by)
    };
    match read(body, like)? {
        ClockOrder::Advance(by) => {
            let by = not_so_far(by)?.try_into().map_err(|_| Refusal::bad("time does not run backwards"))?;
            inner.clock.advance(by);
        }
        ClockOrder::Set(to) => {
            not_so_far(to.duration_since(inner.clock.now()))?;
            if !inner.clock.set(to) {
                return Err(Refusal::bad(format!("{to} has passed")));
            }
        }
        ClockOrder::Speed(speed) if (0.0..=MAX_SPEED).contains(&speed) => inner.clock.go(speed),
        ClockOrder::Speed(speed) => {
            return Err(Refusal::bad(format!("a speed is from 0 to {MAX_SPEED}, not {speed}")));
        }
        ClockOrder::Frozen(frozen) => inner.clock.go(if frozen { 0.0 } else { 1.0 }),
    }
    Ok(clock(inner))
}

fn faults(inner: &Inner) -> Value {
    let show = |count: &FaultCount| {
        json!({
            "id": count.id,
            "spec": count.spec.to_string(),
            "matched": count.matched,
            "fired": count.fired,
        })
    };
    json!({ "faults": inner.faults.counts().iter().map(show).collect::<Vec<_>>() })
}

fn inject(inner: &Inner, body: &[u8]) -> Result<Value, Refusal> {
    let order: FaultOrder = read(body, r#"{"spec": "throttle:action=ec2:Describe*,count=3"}"#)?;
    let spec = order.spec.parse().map_err(|error: crate::FaultSpecError| Refusal::bad(error.to_string()))?;
    Ok(json!({ "id": inner.inject(spec) }))
}

fn remove(inner: &Inner, id: &str) -> Result<Value, Refusal> {
    let removed = id.parse().is_ok_and(|id| inner.faults.remove(id));
    if removed { Ok(faults(inner)) } else { Err(Refusal(StatusCode::NOT_FOUND, format!("there is no fault {id}"))) }
}

fn add_principal(inner: &Inner, body: &[u8]) -> Result<Value, Refusal> {
    let like = r#"{"account": "210987654321", "name": "Operator", "policies": [{"Version": "2012-10-17", ...}]}"#;
    let order: PrincipalOrder = read(body, like)?;
    let policies: Vec<String> = order
        .policies
        .into_iter()
        .map(|policy| match policy {
            Value::String(text) => text,
            object => object.to_string(),
        })
        .collect();
    let policies: Vec<&str> = policies.iter().map(String::as_str).collect();
    let profile =
        inner.add_principal(&order.account, &order.name, &policies).map_err(|error| Refusal::bad(error.to_string()))?;
    Ok(json!({
        "name": profile.name,
        "account": profile.account,
        "regions": profile.regions,
        "access_key_id": profile.access_key_id,
        "secret_access_key": profile.secret_access_key,
    }))
}

fn trace(inner: &Inner) -> Value {
    let trace = inner.trace_so_far();
    let entries: Vec<Value> = trace.entries().map(|entry| json!({ "at": entry.at, "what": entry.what })).collect();
    json!({ "hash": format!("{:016x}", trace.hash()), "count": trace.count(), "entries": entries })
}

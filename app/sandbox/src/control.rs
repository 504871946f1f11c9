//! How the sandbox itself is driven from outside: its clock and its trace, under a path that AWS does not use.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header, request::Parts};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Inner;

/// Where it is.
const PATH: &str = "/_sandbox/";

/// What can be done to the clock: one of these.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ClockOrder {
    /// A length of time such as `10m` or `PT10M`.
    Advance(SignedDuration),
    Set(Timestamp),
    /// Simulated seconds a second.
    Speed(f64),
}

/// Answers a request to the sandbox itself; none for one to AWS.
pub(crate) fn answer(inner: &Inner, parts: &Parts, body: &[u8]) -> Option<Response<Bytes>> {
    let what = parts.uri.path().strip_prefix(PATH)?;
    let answer = match (&parts.method, what) {
        (&Method::GET, "clock") => Ok(clock(inner)),
        (&Method::POST, "clock") => set_clock(inner, body),
        (&Method::GET, "trace") => Ok(trace(inner)),
        (method, what) => Err((StatusCode::NOT_FOUND, format!("there is no {method} of '{what}' here"))),
    };
    let (status, value) = match answer {
        Ok(value) => (StatusCode::OK, value),
        Err((status, message)) => (status, json!({ "error": message })),
    };
    let mut response = Response::new(Bytes::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Some(response)
}

fn clock(inner: &Inner) -> Value {
    let now = inner.settle();
    json!({ "now": now, "speed": inner.clock.speed(), "next_event": inner.world().queue.next() })
}

fn set_clock(inner: &Inner, body: &[u8]) -> Result<Value, (StatusCode, String)> {
    let bad = |what: String| (StatusCode::BAD_REQUEST, what);
    let order: ClockOrder = serde_json::from_slice(body).map_err(|error| bad(error.to_string()))?;
    match order {
        ClockOrder::Advance(by) => {
            let by = by.try_into().map_err(|_| bad("time does not run backwards".to_owned()))?;
            inner.clock.advance(by);
        }
        ClockOrder::Set(to) if !inner.clock.set(to) => return Err(bad(format!("{to} has passed"))),
        ClockOrder::Set(_) => (),
        ClockOrder::Speed(speed) => inner.clock.go(speed),
    }
    Ok(clock(inner))
}

fn trace(inner: &Inner) -> Value {
    let trace = inner.trace_so_far();
    let entries: Vec<Value> = trace.entries().map(|entry| json!({ "at": entry.at, "what": entry.what })).collect();
    json!({ "hash": format!("{:016x}", trace.hash()), "count": trace.count(), "entries": entries })
}

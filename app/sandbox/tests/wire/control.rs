//! The sandbox's own controls: what each order does, and who may not give one.

use bytes::Bytes;
use emberline_sandbox::Sandbox;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::ask::{Client, harbor};

/// An order with these headers: the status and what was answered.
fn order(sandbox: &Sandbox, method: &Method, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(format!("/_sandbox/{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sandbox.handle(request.body(Bytes::from(body.to_owned())).unwrap()).into_response().unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

fn get(sandbox: &Sandbox, path: &str) -> Value {
    let (status, value) = order(sandbox, &Method::GET, path, &[], "");
    assert_eq!(status, 200, "{value}");
    value
}

fn post(sandbox: &Sandbox, path: &str, body: &Value) -> (u16, Value) {
    order(sandbox, &Method::POST, path, JSON, &body.to_string())
}

#[test]
fn the_clock_is_advanced_set_sped_up_and_frozen() {
    let sandbox = harbor();
    assert_eq!(get(&sandbox, "clock")["now"], "2026-11-02T08:00:00Z");
    let cases = [
        (json!({ "advance": "10m" }), "2026-11-02T08:10:00Z"),
        (json!({ "advance": "PT1H" }), "2026-11-02T09:10:00Z"),
        (json!({ "set": "2026-11-03T00:00:00Z" }), "2026-11-03T00:00:00Z"),
        (json!({ "frozen": true }), "2026-11-03T00:00:00Z"),
    ];
    for (body, now) in cases {
        let (status, clock) = post(&sandbox, "clock", &body);
        assert_eq!((status, &clock["now"], &clock["speed"]), (200, &json!(now), &json!(0.0)), "{body}");
    }
    assert_eq!(post(&sandbox, "clock", &json!({ "speed": 60 })).1["speed"], 60.0);
    assert_eq!(post(&sandbox, "clock", &json!({ "frozen": false })).1["speed"], 1.0);
}

#[test]
fn faults_are_injected_counted_and_removed() {
    let client = Client::prod();
    let sandbox = &client.sandbox;
    assert_eq!(get(sandbox, "faults"), json!({ "faults": [] }));
    assert_eq!(post(sandbox, "faults", &json!({ "spec": "503:count=1" })), (200, json!({ "id": 1 })));
    assert_eq!(post(sandbox, "faults", &json!({ "spec": "500:action=ssm:*" })), (200, json!({ "id": 2 })));
    assert_eq!(client.ec2("DescribeRegions", "").status, 503);
    client.ec2("DescribeRegions", "").good();
    let want = json!({ "faults": [
        { "id": 1, "spec": "503:count=1", "matched": 2, "fired": 1 },
        { "id": 2, "spec": "500:action=ssm:*", "matched": 0, "fired": 0 },
    ] });
    assert_eq!(get(sandbox, "faults"), want);
    let (status, left) = order(sandbox, &Method::DELETE, "faults/1", JSON, "");
    assert_eq!((status, &left["faults"][0]["id"]), (200, &json!(2)));
    let (status, error) = order(sandbox, &Method::DELETE, "faults/1", JSON, "");
    assert_eq!((status, error), (404, json!({ "error": "there is no fault 1" })));
    assert_eq!(order(sandbox, &Method::DELETE, "faults", JSON, ""), (200, json!({ "faults": [] })));
}

#[test]
fn the_trace_tells_what_was_asked_and_its_hash() {
    let client = Client::prod();
    client.ec2("DescribeRegions", "").good();
    let trace = get(&client.sandbox, "trace");
    assert_eq!(trace["count"], 1);
    assert_eq!(trace["entries"][0], json!({ "at": "2026-11-02T08:00:00Z", "what": "ec2:DescribeRegions done" }));
    assert_eq!(trace["hash"], format!("{:016x}", client.sandbox.trace_hash()));
}

#[test]
fn what_is_wrong_is_told() {
    let sandbox = harbor();
    let cases = [
        ("POST", "clock", "", 400, "the body is wrong: EOF"),
        (
            "POST",
            "clock",
            "{\"advnce\":\"10m\"}",
            400,
            "the body is wrong: unknown variant `advnce`, expected one of `advance`, `set`",
        ),
        ("POST", "clock", "{\"advance\":\"soon\"}", 400, "the body is wrong: "),
        ("POST", "clock", "{\"advance\":\"-10m\"}", 400, "time does not run backwards"),
        ("POST", "clock", "{\"advance\":\"9000h\"}", 400, "at most 366 days pass at once"),
        ("POST", "clock", "{\"set\":\"2099-01-01T00:00:00Z\"}", 400, "at most 366 days pass at once"),
        ("POST", "clock", "{\"set\":\"2020-01-01T00:00:00Z\"}", 400, "2020-01-01T00:00:00Z has passed"),
        ("POST", "clock", "{\"speed\":-1}", 400, "a speed is from 0 to 1000000, not -1"),
        ("POST", "faults", "{}", 400, "the body is wrong: missing field `spec`"),
        (
            "POST",
            "faults",
            "{\"spec\":\"throtle\"}",
            400,
            "'throtle' is no fault: there is no kind 'throtle'; there are",
        ),
        ("PUT", "clock", "{}", 405, "/_sandbox/clock takes GET, POST, not PUT"),
        ("GET", "faults/1", "", 405, "/_sandbox/faults/ID takes DELETE, not GET"),
        ("DELETE", "faults/x", "", 404, "there is no fault x"),
        ("GET", "clocks", "", 404, "there is no /_sandbox/clocks; there are /_sandbox/alarms, /_sandbox/clock,"),
        ("GET", "clock/now", "", 404, "there is no /_sandbox/clock/now"),
    ];
    for (method, path, body, want, says) in cases {
        let (status, value) = order(&sandbox, &method.parse().unwrap(), path, JSON, body);
        let error = value["error"].as_str().unwrap();
        assert_eq!(status, want, "{method} {path} {body}: {error}");
        assert!(error.starts_with(says), "{method} {path} {body}: {error}");
    }
    assert_eq!(get(&sandbox, "clock")["now"], "2026-11-02T08:00:00Z");
}

#[test]
fn a_page_of_another_site_drives_nothing() {
    let sandbox = harbor();
    let advance = r#"{"advance":"10m"}"#;
    let cases: &[(&[(&str, &str)], u16)] = &[
        (&[], 403),
        (&[("content-type", "text/plain")], 403),
        (&[("content-type", "application/x-www-form-urlencoded")], 403),
        (&[("x-sandbox-control", "0")], 403),
        (&[("x-sandbox-control", "1")], 200),
        (&[("content-type", "application/json; charset=utf-8")], 200),
        (&[("content-type", "application/json"), ("origin", "https://evil.example")], 403),
        (&[("content-type", "application/json"), ("origin", "http://localhost.evil.example")], 403),
        (&[("content-type", "application/json"), ("origin", "null")], 403),
        (&[("content-type", "application/json"), ("origin", "http://localhost:3000")], 200),
        (&[("content-type", "application/json"), ("origin", "http://[::1]:3000")], 200),
        (&[("content-type", "application/json"), ("origin", "http://127.0.0.1")], 200),
    ];
    let mut minutes = 0;
    for (headers, want) in cases {
        let (status, value) = order(&sandbox, &Method::POST, "clock", headers, advance);
        assert_eq!(status, *want, "{headers:?} {value}");
        minutes += if *want == 200 { 10 } else { 0 };
        let now = get(&sandbox, "clock")["now"].as_str().unwrap().to_owned();
        assert_eq!(now, format!("2026-11-02T08:{minutes:02}:00Z"), "{headers:?}");
    }
    assert_eq!(order(&sandbox, &Method::GET, "trace", &[("origin", "https://evil.example")], "").0, 403);
    assert_eq!(order(&sandbox, &Method::DELETE, "faults", &[], "").0, 403);
}

#[test]
fn an_alarm_is_set_where_there_is_an_account() {
    let sandbox = harbor();
    let alarm = |region: &str, state: &str| {
        post(&sandbox, "alarms", &json!({ "account": "210987654321", "region": region, "name": "5xx", "state": state }))
    };
    assert_eq!(alarm("eu-west-1", "ALARM"), (200, json!({ "name": "5xx", "state": "ALARM" })));
    assert_eq!(alarm("eu-west-1", "INSUFFICIENT_DATA").0, 200);
    assert_eq!(alarm("nowhere-1", "OK").0, 404);
    assert_eq!(alarm("eu-west-1", "LOUD").0, 400);
    let last = sandbox.trace().pop().unwrap();
    assert_eq!(last.what, "alarm 5xx InsufficientData");
}

//! What CloudTrail tells of changes and logins.

use std::time::Duration;

use serde_json::{Value, json};

use crate::ask::{Client, opening};

fn lookup(client: &Client, asked: &Value) -> Value {
    client.json("CloudTrail_20131101", "LookupEvents", asked).good().json()
}

fn names(answer: &Value) -> Vec<&str> {
    answer["Events"].as_array().unwrap().iter().map(|event| event["EventName"].as_str().unwrap()).collect()
}

/// All since the opening: harbor has a past.
fn since() -> Value {
    json!({ "StartTime": opening().as_second() })
}

fn by(key: &str, value: &str) -> Value {
    json!({ "StartTime": opening().as_second(), "LookupAttributes": [{ "AttributeKey": key, "AttributeValue": value }] })
}

/// A client, and a server of it that runs.
fn with_server() -> (Client, String) {
    let client = Client::prod();
    let answer = client.ec2("DescribeInstances", "Filter.1.Name=tag:Name&Filter.1.Value.1=jenkins").good();
    let id = answer.text("instanceId").unwrap();
    (client, id)
}

fn send_key(client: &Client, id: &str) -> crate::ask::Answer {
    let key = format!("ssh-ed25519 {}", "A".repeat(80));
    let asked = json!({ "InstanceId": id, "InstanceOSUser": "ec2-user", "SSHPublicKey": key });
    client.json("AWSEC2InstanceConnectService", "SendSSHPublicKey", &asked)
}

#[test]
fn changes_and_logins_are_told_after_some_minutes() {
    let (client, id) = with_server();
    assert_eq!(send_key(&client, &id).good().json()["Success"], true);
    client.sandbox.advance(Duration::from_secs(1));
    client.ec2("StopInstances", &format!("InstanceId.1={id}")).good();
    client.ec2("DescribeInstances", "").good();
    assert_eq!(names(&lookup(&client, &since())), [""; 0], "nothing is told at once");
    client.sandbox.advance(Duration::from_secs(300));
    let told = lookup(&client, &since());
    assert_eq!(names(&told), ["StopInstances", "SendSSHPublicKey"], "the newest first, and nothing that only reads");
    let stop = &told["Events"][0];
    assert_eq!(stop["Username"], "emberline");
    assert_eq!(stop["ReadOnly"], "false");
    assert_eq!(stop["EventSource"], "ec2.amazonaws.com");
    assert_eq!(stop["Resources"], json!([{ "ResourceType": "AWS::EC2::Instance", "ResourceName": id }]));
    let record: Value = serde_json::from_str(stop["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert_eq!(record["eventTime"], "2026-11-02T08:00:01Z");
    assert_eq!(record["requestParameters"], json!({ "instancesSet": { "items": [{ "instanceId": id }] } }));
    assert_eq!(record["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"], "EmberlineReader");
    assert_eq!((&record["readOnly"], &record["awsRegion"]), (&json!(false), &json!("eu-west-1")));
    assert_eq!(record["errorCode"], Value::Null);
    let login: Value = serde_json::from_str(told["Events"][1]["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert_eq!(login["eventSource"], "ec2-instance-connect.amazonaws.com");
    assert_eq!(login["requestParameters"]["instanceId"], *id);
}

#[test]
fn refused_calls_are_told_with_why() {
    let (client, id) = with_server();
    assert_eq!(client.ec2("TerminateInstances", &format!("InstanceId.1={id}")).error().0, "OperationNotPermitted");
    client.sandbox.advance(Duration::from_secs(300));
    let told = lookup(&client, &since());
    let record: Value = serde_json::from_str(told["Events"][0]["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert_eq!(record["errorCode"], "Client.OperationNotPermitted");
    assert!(record["errorMessage"].as_str().unwrap().contains(&id));
}

#[test]
fn events_are_looked_up_by_one_attribute_and_by_time() {
    let (client, id) = with_server();
    send_key(&client, &id).good();
    client.sandbox.advance(Duration::from_secs(3_600));
    client.ec2("StopInstances", &format!("InstanceId.1={id}")).good();
    client.sandbox.advance(Duration::from_secs(300));
    let all = lookup(&client, &since());
    let first = &all["Events"][1];
    let (both, none): (&[&str], &[&str]) = (&["StopInstances", "SendSSHPublicKey"], &[]);
    for (key, value, want) in [
        ("EventName", "SendSSHPublicKey", &both[1..]),
        ("EventSource", "ec2.amazonaws.com", &both[..1]),
        ("ResourceName", &*id, both),
        ("ResourceName", "i-00000000000000000", none),
        ("ResourceType", "AWS::EC2::Instance", both),
        ("Username", "emberline", both),
        ("Username", "nobody", none),
        ("ReadOnly", "true", none),
        ("ReadOnly", "false", both),
        ("EventId", first["EventId"].as_str().unwrap(), &both[1..]),
        ("AccessKeyId", &*client.key, both),
    ] {
        assert_eq!(names(&lookup(&client, &by(key, value))), want, "{key} {value}");
    }
    let at = first["EventTime"].as_f64().unwrap();
    assert_eq!(names(&lookup(&client, &json!({ "StartTime": at, "EndTime": at }))), ["SendSSHPublicKey"]);
    assert_eq!(names(&lookup(&client, &json!({ "StartTime": at + 1.0 }))), ["StopInstances"]);
    client.sandbox.advance(Duration::from_secs(90 * 86_400));
    assert_eq!(names(&lookup(&client, &by("Username", "emberline"))), none, "they are forgotten after 90 days");
}

#[test]
fn pages_go_back_in_time() {
    let (client, id) = with_server();
    for _ in 0..7 {
        send_key(&client, &id).good();
        client.sandbox.advance(Duration::from_secs(1));
    }
    client.sandbox.advance(Duration::from_secs(300));
    let mut asked = json!({ "MaxResults": 3, "StartTime": opening().as_second() });
    let mut times = Vec::new();
    loop {
        let page = lookup(&client, &asked);
        times.extend(page["Events"].as_array().unwrap().iter().map(|event| event["EventTime"].as_f64().unwrap()));
        match page.get("NextToken") {
            Some(token) => asked["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(times.len(), 7);
    assert!(times.is_sorted_by(|later, earlier| later > earlier));
}

#[test]
fn what_is_asked_wrongly_is_refused() {
    let client = Client::prod();
    let two = json!({ "LookupAttributes": [
        { "AttributeKey": "EventName", "AttributeValue": "a" },
        { "AttributeKey": "EventName", "AttributeValue": "b" },
    ] });
    for (asked, code) in [
        (two, "InvalidLookupAttributesException"),
        (by("EventName", ""), "InvalidLookupAttributesException"),
        (by("Colour", "red"), "SerializationException"),
        (json!({ "MaxResults": 51 }), "InvalidMaxResultsException"),
        (json!({ "StartTime": 2, "EndTime": 1 }), "InvalidTimeRangeException"),
        (json!({ "NextToken": "x" }), "InvalidNextTokenException"),
        (json!({ "EventCategory": "other" }), "InvalidEventCategoryException"),
    ] {
        let answer = client.json("CloudTrail_20131101", "LookupEvents", &asked);
        assert_eq!((answer.status, &answer.json()["__type"]), (400, &code.into()), "{asked}");
    }
    assert_eq!(lookup(&client, &json!({ "EventCategory": "insight" }))["Events"], json!([]));
    let unknown =
        json!({ "InstanceId": "i-00000000000000abc", "InstanceOSUser": "a", "SSHPublicKey": "ssh-".repeat(20) });
    let answer = client.json("AWSEC2InstanceConnectService", "SendSSHPublicKey", &unknown);
    assert_eq!(answer.json()["__type"], "EC2InstanceNotFoundException");
}

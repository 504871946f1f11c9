//! SSM: logins, the servers that they go to, and parameters that change.

use std::time::Duration;

use serde_json::{Value, json};

use crate::ask::Client;

fn ssm(client: &Client, action: &str, asked: &Value) -> Value {
    client.json("AmazonSSM", action, asked).good().json()
}

/// The code that a call is refused with.
fn refused(client: &Client, action: &str, asked: &Value) -> String {
    let answer = client.json("AmazonSSM", action, asked);
    assert_eq!(answer.status, 400, "{}", answer.body);
    answer.json()["__type"].as_str().unwrap().to_owned()
}

fn sessions(client: &Client, asked: &Value) -> Vec<Value> {
    ssm(client, "DescribeSessions", asked)["Sessions"].as_array().unwrap().clone()
}

fn server(client: &Client, name: &str) -> String {
    let found = client.ec2("DescribeInstances", &format!("Filter.1.Name=tag:Name&Filter.1.Value.1={name}")).good();
    found.text("instanceId").unwrap()
}

#[test]
fn a_login_is_active_until_it_ends_and_then_history() {
    let client = Client::prod();
    let target = server(&client, "kafka-1");
    let started = ssm(&client, "StartSession", &json!({ "Target": target, "Reason": "look" }));
    let id = started["SessionId"].as_str().unwrap();
    assert!(id.starts_with("emberline-0") && started["StreamUrl"].as_str().unwrap().contains(id));
    let active = sessions(&client, &json!({ "State": "Active" }));
    assert_eq!((active.len(), &active[0]["SessionId"], &active[0]["Status"]), (1, &json!(id), &json!("Connected")));
    assert_eq!((&active[0]["Target"], &active[0]["Reason"]), (&json!(target), &json!("look")));
    client.sandbox.advance(Duration::from_secs(300));
    assert_eq!(ssm(&client, "TerminateSession", &json!({ "SessionId": id }))["SessionId"], id);
    assert_eq!(sessions(&client, &json!({ "State": "Active" })), [json!(null); 0]);
    let past = sessions(&client, &json!({ "State": "History" }));
    let ids: Vec<&str> = past.iter().map(|one| one["Owner"].as_str().unwrap().rsplit_once('/').unwrap().1).collect();
    assert_eq!(ids, ["emberline", "mkowalski", "aisha"], "the newest first");
    assert_eq!(past[0]["EndDate"].as_f64().unwrap() - past[0]["StartDate"].as_f64().unwrap(), 300.0);
    let of_aisha = json!({ "State": "History", "Filters": [{ "key": "Owner", "value": past[2]["Owner"] }] });
    assert_eq!(sessions(&client, &of_aisha).len(), 1);
    // 19 days and 7 hours had gone by before.
    client.sandbox.advance(Duration::from_secs(11 * 86_400));
    assert_eq!(sessions(&client, &of_aisha), [json!(null); 0], "after 30 days it is forgotten");
}

#[test]
fn a_login_ends_with_its_server_or_by_itself() {
    let client = Client::prod();
    let (kept, stopped) = (server(&client, "kafka-1"), server(&client, "kafka-2"));
    for target in [&kept, &stopped] {
        ssm(&client, "StartSession", &json!({ "Target": target }));
    }
    client.sandbox.advance(Duration::from_secs(60));
    client.ec2("StopInstances", &format!("InstanceId.1={stopped}")).good();
    let active = sessions(&client, &json!({ "State": "Active" }));
    assert_eq!(active.iter().map(|one| &one["Target"]).collect::<Vec<_>>(), [&json!(kept)]);
    client.sandbox.advance(Duration::from_secs(2 * 3_600));
    assert_eq!(sessions(&client, &json!({ "State": "Active" })), [json!(null); 0]);
}

#[test]
fn only_a_server_with_a_working_agent_can_be_logged_in_to() {
    let client = Client::prod();
    let jenkins = server(&client, "jenkins");
    for target in [&*jenkins, "i-00000000000000abc", "web"] {
        assert_eq!(refused(&client, "StartSession", &json!({ "Target": target })), "TargetNotConnected", "{target}");
    }
    let fresh = client.ec2("RunInstances", "LaunchTemplate.LaunchTemplateName=kafka&MinCount=1&MaxCount=1").good();
    let fresh = json!({ "Target": fresh.text("instanceId").unwrap() });
    assert_eq!(refused(&client, "StartSession", &fresh), "TargetNotConnected");
    client.sandbox.advance(Duration::from_secs(300));
    ssm(&client, "StartSession", &fresh);
    assert_eq!(refused(&client, "TerminateSession", &json!({ "SessionId": "nobody-0" })), "DoesNotExistException");
    assert_eq!(
        refused(&client, "StartSession", &json!({ "Target": fresh["Target"], "DocumentName": "Own" })),
        "InvalidDocument"
    );
}

#[test]
fn logins_are_filtered_and_paged() {
    let client = Client::prod();
    let past = sessions(&client, &json!({ "State": "History" }));
    let by = |key: &str, value: &str| {
        let asked = json!({ "State": "History", "Filters": [{ "key": key, "value": value }] });
        sessions(&client, &asked).iter().map(|one| one["SessionId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let text = |nth: usize, field: &str| past[nth][field].as_str().unwrap().to_owned();
    let (first, second) = (text(0, "SessionId"), text(1, "SessionId"));
    for (key, value, want) in [
        ("Owner", text(1, "Owner"), vec![&second]),
        ("Target", text(0, "Target"), vec![&first]),
        ("SessionId", second.clone(), vec![&second]),
        ("InvokedAfter", "2026-10-20T00:00:00Z".into(), vec![&first]),
        ("InvokedBefore", "2026-10-20T00:00:00Z".into(), vec![&second]),
        ("Status", "Terminated".into(), vec![&first, &second]),
        ("Status", "Connected".into(), vec![]),
    ] {
        assert_eq!(by(key, &value).iter().collect::<Vec<_>>(), want, "{key} {value}");
    }
    let page = ssm(&client, "DescribeSessions", &json!({ "State": "History", "MaxResults": 1 }));
    let next = json!({ "State": "History", "MaxResults": 1, "NextToken": page["NextToken"] });
    let next = ssm(&client, "DescribeSessions", &next);
    assert_eq!((&next["Sessions"][0]["SessionId"], next.get("NextToken")), (&json!(second), None));
    for (asked, code) in [
        (json!({}), "ValidationException"),
        (json!({ "State": "Gone" }), "ValidationException"),
        (json!({ "State": "Active", "MaxResults": 201 }), "ValidationException"),
        (json!({ "State": "History", "NextToken": "x" }), "InvalidNextToken"),
        (json!({ "State": "History", "Filters": [{ "key": "Colour", "value": "red" }] }), "InvalidFilterKey"),
    ] {
        assert_eq!(refused(&client, "DescribeSessions", &asked), code, "{asked}");
    }
}

#[test]
fn a_login_of_the_past_is_in_the_trail() {
    let client = Client::prod();
    let asked = json!({ "LookupAttributes": [{ "AttributeKey": "EventName", "AttributeValue": "StartSession" }] });
    let told = client.json("CloudTrail_20131101", "LookupEvents", &asked).good().json();
    let names: Vec<&str> =
        told["Events"].as_array().unwrap().iter().map(|event| event["Username"].as_str().unwrap()).collect();
    assert_eq!(names, ["mkowalski", "aisha"]);
}

#[test]
fn the_agents_report_from_where_they_may() {
    let client = Client::prod();
    let all = |asked: Value| -> Vec<Value> {
        let (mut asked, mut found) = (asked, Vec::new());
        loop {
            let page = ssm(&client, "DescribeInstanceInformation", &asked);
            found.extend(page["InstanceInformationList"].as_array().unwrap().clone());
            match page.get("NextToken") {
                Some(token) => asked["NextToken"] = token.clone(),
                None => return found,
            }
        }
    };
    let everyone = all(json!({}));
    let jenkins = json!(server(&client, "jenkins"));
    assert!(everyone.len() > 200 && everyone.iter().all(|one| one["InstanceId"] != jenkins));
    let kafka = server(&client, "kafka-1");
    let one = |status: &str| {
        let found = all(json!({ "Filters": [{ "Key": "InstanceIds", "Values": [kafka] }] }));
        assert_eq!((found.len(), &found[0]["PingStatus"]), (1, &json!(status)));
        found[0].clone()
    };
    let online = one("Online");
    assert_eq!((&online["PlatformName"], &online["ResourceType"]), (&json!("Amazon Linux"), &json!("EC2Instance")));
    let now = client.sandbox.now().as_second() as f64;
    assert!((now - 300.0..=now).contains(&online["LastPingDateTime"].as_f64().unwrap()));
    client.ec2("StopInstances", &format!("InstanceId.1={kafka}")).good();
    client.sandbox.advance(Duration::from_secs(3_600));
    let lost = one("ConnectionLost");
    assert!(lost["LastPingDateTime"].as_f64().unwrap() <= now);
    client.ec2("TerminateInstances", &format!("InstanceId.1={kafka}")).good();
    assert_eq!(all(json!({ "Filters": [{ "Key": "InstanceIds", "Values": [kafka] }] })), [json!(null); 0]);
    let tagged = json!({ "Filters": [{ "Key": "tag:service", "Values": ["checkout"] }] });
    assert_eq!(all(tagged).len(), 12);
    for (asked, code) in [
        (json!({ "MaxResults": 4 }), "ValidationException"),
        (json!({ "Filters": [{ "Key": "Colour", "Values": ["red"] }] }), "InvalidFilterKey"),
        (json!({ "Filters": [{ "Key": "InstanceIds", "Values": ["web"] }] }), "InvalidInstanceId"),
        (json!({ "Filters": [{ "Key": "PingStatus", "Values": [] }] }), "InvalidInstanceInformationFilterValue"),
        (json!({ "NextToken": "x" }), "InvalidNextToken"),
    ] {
        assert_eq!(refused(&client, "DescribeInstanceInformation", &asked), code, "{asked}");
    }
}

#[test]
fn a_parameter_grows_by_versions_and_keeps_the_old_ones() {
    let client = Client::prod();
    let name = "/harbor/web/colour";
    let put = |value: &str, more: Value| {
        let mut asked = json!({ "Name": name, "Value": value });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        asked
    };
    assert_eq!(refused(&client, "PutParameter", &put("red", json!({}))), "ValidationException", "no type");
    let first = ssm(&client, "PutParameter", &put("red", json!({ "Type": "String" })));
    assert_eq!(first, json!({ "Version": 1, "Tier": "Standard" }));
    assert_eq!(refused(&client, "PutParameter", &put("blue", json!({ "Type": "String" }))), "ParameterAlreadyExists");
    client.sandbox.advance(Duration::from_secs(60));
    assert_eq!(ssm(&client, "PutParameter", &put("blue", json!({ "Overwrite": true })))["Version"], 2);
    let get = |name: &str| ssm(&client, "GetParameter", &json!({ "Name": name }))["Parameter"].clone();
    assert_eq!((&get(name)["Value"], &get(name)["Version"]), (&json!("blue"), &json!(2)));
    let old = get(&format!("{name}:1"));
    assert_eq!((&old["Value"], &old["Selector"]), (&json!("red"), &json!(":1")));
    assert_eq!(old["LastModifiedDate"].as_f64().unwrap() + 60.0, get(name)["LastModifiedDate"].as_f64().unwrap());
    let versions = ssm(&client, "GetParameterHistory", &json!({ "Name": name }));
    let values: Vec<&str> =
        versions["Parameters"].as_array().unwrap().iter().map(|one| one["Value"].as_str().unwrap()).collect();
    assert_eq!(values, ["red", "blue"]);
    assert_eq!(refused(&client, "GetParameter", &json!({ "Name": format!("{name}:3") })), "ParameterVersionNotFound");
}

#[test]
fn a_template_launches_what_its_parameter_names_now() {
    let client = Client::prod();
    let golden = client.ec2("DescribeImages", "Owner.1=self&Filter.1.Name=name&Filter.1.Value.1=golden-al2023*").good();
    let image = golden.text("imageId").unwrap();
    let asked = json!({ "Name": "/harbor/batch/image", "Value": image, "Overwrite": true });
    assert_eq!(ssm(&client, "PutParameter", &asked)["Version"], 89);
    let run = client.ec2("RunInstances", "LaunchTemplate.LaunchTemplateName=batch&MinCount=1&MaxCount=1").good();
    assert_eq!(run.text("imageId").unwrap(), image);
    let gone = json!({ "Name": "/harbor/batch/image", "Value": "ami-00000000000000abc", "Overwrite": true });
    assert_eq!(refused(&client, "PutParameter", &gone), "ValidationException");
}

#[test]
fn parameters_have_names_that_ssm_takes() {
    let client = Client::prod();
    for (name, code) in [
        ("", "ValidationException"),
        ("/aws/service/own", "AccessDeniedException"),
        ("ssm-own", "ValidationException"),
        ("/AWSown", "ValidationException"),
        ("a b", "ValidationException"),
        ("/a//b", "ValidationException"),
        ("/a/", "ValidationException"),
        ("a/b", "ValidationException"),
        ("/é", "ValidationException"),
        (&*"/a".repeat(16), "HierarchyLevelLimitExceededException"),
    ] {
        let asked = json!({ "Name": name, "Value": "x", "Type": "String" });
        assert_eq!(refused(&client, "PutParameter", &asked), code, "{name}");
    }
    for (field, value, code) in [
        ("Value", json!(""), "ValidationException"),
        ("Value", json!("x".repeat(4_097)), "ValidationException"),
        ("Type", json!("SecureString"), "UnsupportedParameterType"),
        ("DataType", json!("other"), "ValidationException"),
        ("Tier", json!("Advanced"), "ValidationException"),
    ] {
        let mut asked = json!({ "Name": "/own", "Value": "x", "Type": "String" });
        asked[field] = value;
        assert_eq!(refused(&client, "PutParameter", &asked), code, "{field}");
    }
}

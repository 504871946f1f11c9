//! A day in the life of the default scenario.

use std::time::Duration;

use serde_json::json;

use crate::ask::{Answer, Client};

const HOUR_S: u64 = 3_600;
const TRAIL: &str = "CloudTrail_20131101";

/// Lets time pass until so many minutes after the opening.
fn until(client: &Client, opened: jiff::Timestamp, minutes: u64) {
    let passed = client.sandbox.now().duration_since(opened).unsigned_abs();
    client.sandbox.advance(Duration::from_secs(minutes * 60).saturating_sub(passed));
}

fn in_service(client: &Client, group: &str) -> usize {
    let answer = client.auto_scaling("DescribeAutoScalingGroups", &format!("AutoScalingGroupNames.member.1={group}"));
    answer.good().all("LifecycleState").iter().filter(|state| *state == "InService").count()
}

/// What a group did since the opening.
fn activities(client: &Client, group: &str, opened: jiff::Timestamp) -> Answer {
    client
        .auto_scaling(
            "DescribeScalingActivities",
            &format!(
                "AutoScalingGroupName={group}&Filters.member.1.Name=StartTimeLowerBound&Filters.member.1.Values.member.1={opened}"
            ),
        )
        .good()
}

#[test]
fn a_day_in_harbor_has_its_troubles_and_ends_well() {
    let client = Client::prod();
    let opened = client.sandbox.now();

    until(&client, opened, 2 * 60 + 15);
    let of_mkowalski = json!({ "StartTime": opened.as_second(), "LookupAttributes": [{ "AttributeKey": "Username", "AttributeValue": "mkowalski" }] });
    let logins = client.json(TRAIL, "LookupEvents", &of_mkowalski).good().json();
    let names: Vec<&str> =
        logins["Events"].as_array().unwrap().iter().map(|event| event["EventName"].as_str().unwrap()).collect();
    assert_eq!(names, ["ModifyInstanceAttribute", "SendSSHPublicKey"]);

    until(&client, opened, 3 * 60 + 30);
    let sessions = client.ssm("DescribeSessions", r#"{"State":"Active"}"#).good().json();
    let owners: Vec<&str> =
        sessions["Sessions"].as_array().unwrap().iter().map(|one| one["Owner"].as_str().unwrap()).collect();
    assert!(owners.len() == 1 && owners[0].ends_with("/lena"), "{owners:?}");

    until(&client, opened, 4 * 60 + 40);
    let burned = activities(&client, "api-prod", opened);
    assert_eq!(burned.all("StatusCode"), ["Successful", "Successful"], "{}", burned.body);
    assert_eq!(in_service(&client, "api-prod"), 76);

    until(&client, opened, 6 * 60);
    let builds = client.image_builder("/ListImageBuildVersions", r#"{"filters":[{"name":"name","values":["api"]}]}"#);
    let builds = builds.good().json();
    let newest =
        builds["imageSummaryList"].as_array().unwrap().iter().max_by_key(|build| build["dateCreated"].to_string());
    let newest = newest.unwrap();
    assert_eq!((&newest["state"]["status"], &newest["version"]), (&json!("FAILED"), &json!("2.1.0/2")));

    until(&client, opened, 15 * 60 + 30);
    let night = activities(&client, "checkout-prod", opened);
    let failed = night.all("StatusCode").iter().filter(|code| *code == "Failed").count();
    assert!(failed >= 6, "{failed} launches failed: {}", night.body);
    assert_eq!(in_service(&client, "checkout-prod"), 12);

    until(&client, opened, 24 * 60);
    assert_eq!(in_service(&client, "checkout-prod"), 12);
    let refreshes = client.auto_scaling("DescribeInstanceRefreshes", "AutoScalingGroupName=web-prod").good();
    assert_ne!(refreshes.text("Status").unwrap(), "InProgress", "a refresh waits an hour for a protected server");
    let unfired: Vec<String> =
        client.sandbox.faults().into_iter().filter(|one| one.fired == 0).map(|one| one.spec.to_string()).collect();
    assert_eq!(unfired, [""; 0]);
}

#[test]
fn a_day_lived_twice_leaves_the_same_trace() {
    let live = |step_s: u64| {
        let client = Client::prod();
        for _ in 0..24 * HOUR_S / step_s {
            client.sandbox.advance(Duration::from_secs(step_s));
        }
        client.sandbox.trace_hash()
    };
    let whole = live(24 * HOUR_S);
    assert_eq!(whole, live(24 * HOUR_S));
    assert_eq!(whole, live(600), "how time passes makes no difference");
}

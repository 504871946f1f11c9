//! Groups that keep what they want.

use std::time::Duration;

use crate::ask::{Client, text, texts};

fn group(client: &Client, name: &str) -> String {
    client.auto_scaling("DescribeAutoScalingGroups", &format!("AutoScalingGroupNames.member.1={name}")).good().body
}

/// The lifecycle states of a group's servers, sorted.
fn states(client: &Client, name: &str) -> Vec<String> {
    let mut states = texts(&group(client, name), "LifecycleState");
    states.sort_unstable();
    states
}

fn activities(client: &Client, name: &str) -> Vec<String> {
    let answer = client.auto_scaling("DescribeScalingActivities", &format!("AutoScalingGroupName={name}")).good();
    answer.each("ActivityId")
}

fn advance(client: &Client, seconds: u64) {
    client.sandbox.advance(Duration::from_secs(seconds));
}

#[test]
fn harbor_stands_still_in_its_first_minute() {
    let client = Client::prod();
    let all = || {
        let answer = client.auto_scaling("DescribeAutoScalingGroups", "").good().body;
        answer.split("<ResponseMetadata>").next().unwrap().to_owned()
    };
    let before = all();
    advance(&client, 59);
    assert!(before == all());
    assert!(client.sandbox.trace().iter().all(|entry| entry.what.contains("Describe")));
}

#[test]
fn an_unhealthy_server_is_replaced() {
    let client = Client::prod();
    let ailing = group(&client, "checkout-prod");
    let ailing = ailing.split("<member>").find(|part| part.contains("Unhealthy")).unwrap();
    let ailing = text(ailing, "InstanceId");
    advance(&client, 1_200);
    let after = group(&client, "checkout-prod");
    assert_eq!(states(&client, "checkout-prod"), vec!["InService"; 12]);
    assert!(!after.contains(&ailing) && !after.contains("Unhealthy"));
    let told = activities(&client, "checkout-prod");
    let launch = &told[0];
    assert!(text(launch, "Description").starts_with("Launching a new EC2 instance: i-"), "{launch}");
    assert!(text(launch, "Cause").contains("needed to be replaced"), "{launch}");
    assert_eq!(text(launch, "StatusCode"), "Successful");
    assert_eq!(text(&told[1], "Description"), format!("Terminating EC2 instance: {ailing}"));
    assert!(text(&told[1], "Cause").contains("ELB system health check failure"));
}

#[test]
fn a_server_that_was_ended_from_outside_is_replaced() {
    let client = Client::prod();
    let victim = text(&group(&client, "search-prod"), "InstanceId");
    client.ec2("TerminateInstances", &format!("InstanceId.1={victim}")).good();
    advance(&client, 200);
    let told = activities(&client, "search-prod");
    assert_eq!(text(&told[1], "Description"), format!("Terminating EC2 instance: {victim}"));
    assert!(text(&told[1], "Cause").contains("EC2 health check indicating it has been terminated or stopped"));
    assert_eq!((text(&told[0], "StatusCode"), text(&told[0], "Progress")), ("InProgress".into(), "30".into()));
    assert_eq!(told[0].matches("EndTime").count(), 0);
    assert_eq!(states(&client, "search-prod").iter().filter(|state| *state == "Pending").count(), 1);
    // A fried group takes its time.
    advance(&client, 1_700);
    assert_eq!(states(&client, "search-prod"), vec!["InService"; 20]);
}

#[test]
fn servers_burn_at_the_end_of_their_lifetime_a_tenth_at_a_time() {
    let client = Client::prod();
    let mut least = usize::MAX;
    let before = texts(&group(&client, "ci-runners"), "InstanceId");
    for _ in 0..4 * 24 * 6 {
        advance(&client, 600);
        let serving = states(&client, "ci-runners").iter().filter(|state| *state == "InService").count();
        least = least.min(serving);
    }
    // Terminate first, of 16 one at a time.
    assert_eq!(least, 15);
    let after = texts(&group(&client, "ci-runners"), "InstanceId");
    assert!(before.iter().all(|id| !after.contains(id)));
    let burnt = client.auto_scaling("DescribeScalingActivities", "AutoScalingGroupName=ci-runners").good();
    assert!(burnt.body.contains("maximum instance lifetime"));
}

#[test]
fn a_group_that_launches_first_never_has_too_few() {
    let client = Client::prod();
    let (mut least, mut most) = (usize::MAX, 0);
    // Its oldest servers are of age in three days.
    advance(&client, 3 * 86_400);
    for _ in 0..12 * 12 {
        advance(&client, 300);
        let states = states(&client, "api-prod");
        least = least.min(states.iter().filter(|state| *state == "InService").count());
        most = most.max(states.iter().filter(|state| !state.starts_with("Terminating")).count());
    }
    assert_eq!(least, 76);
    // A tenth of 76 stands above it at most.
    assert!(most > 76 && most <= 83, "{most}");
}

/// Harbor with this in place of how long the servers of `checkout-prod` take to boot.
fn harbor_that_boots(instead: &str) -> Client {
    let text = include_str!("../../../../assets/sandbox/harbor.toml");
    let from = text.find("name = \"checkout-prod\"").unwrap();
    let boot = from + text[from..].find("boot = ").unwrap();
    let rest = boot + text[boot..].find('\n').unwrap();
    let other = format!("{}{instead}{}", &text[..boot], &text[rest..]);
    let name = format!("emberline-{}-{}.toml", instead.len(), std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, other).unwrap();
    let sandbox = emberline_sandbox::Sandbox::open_at(path.to_str().unwrap(), crate::ask::opening()).unwrap();
    std::fs::remove_file(&path).unwrap();
    Client::new(&sandbox, "harbor-prod", "eu-west-1")
}

#[test]
fn a_server_that_boots_as_fast_as_ec2_starts_it_comes_into_service() {
    let client = harbor_that_boots("boot = \"12s\"");
    let fields = "AutoScalingGroupName=checkout-prod&DesiredCapacity=18";
    client.auto_scaling("SetDesiredCapacity", fields).good();
    advance(&client, 1_200);
    assert_eq!(states(&client, "checkout-prod"), vec!["InService"; 18]);
}

#[test]
fn a_fried_group_that_fails_at_boot_tries_again_until_it_works() {
    let text = include_str!("../../../../assets/sandbox/harbor.toml");
    let from = text.find("name = \"checkout-prod\"").unwrap();
    let boot = from + text[from..].find("boot = ").unwrap();
    let line = text[boot..].lines().next().unwrap();
    let client = harbor_that_boots(&format!("boot_fails = 0.5\n{line}"));
    let fields = "AutoScalingGroupName=checkout-prod&DesiredCapacity=18";
    client.auto_scaling("SetDesiredCapacity", fields).good();
    advance(&client, 4 * 3_600);
    assert_eq!(states(&client, "checkout-prod"), vec!["InService"; 18]);
    let recent = "AutoScalingGroupName=checkout-prod&Filters.member.1.Name=StartTimeLowerBound&\
                  Filters.member.1.Values.member.1=2026-11-02T08:00:00Z";
    let told = client.auto_scaling("DescribeScalingActivities", recent).good().each("ActivityId");
    let failed: Vec<&String> = told.iter().filter(|one| one.contains("<StatusCode>Failed")).collect();
    assert!(!failed.is_empty());
    for one in &failed {
        assert_eq!(crate::ask::text(one, "StatusMessage"), "Instance failed ELB health checks within the grace period");
    }
    // Each that failed was ended as unhealthy, and another one was launched in its place.
    let ended = told.iter().filter(|one| one.contains("ELB system health check failure")).count();
    assert_eq!(ended, failed.len() + 1);
}

#[test]
fn a_server_that_no_target_group_was_told_of_is_not_in_it() {
    let client = Client::prod();
    let suspended = "AutoScalingGroupName=search-prod&ScalingProcesses.member.1=AddToLoadBalancer";
    client.auto_scaling("SuspendProcesses", suspended).good();
    let before = texts(&group(&client, "search-prod"), "InstanceId");
    client.auto_scaling("SetDesiredCapacity", "AutoScalingGroupName=search-prod&DesiredCapacity=21").good();
    advance(&client, 2_000);
    let body = group(&client, "search-prod");
    let new = texts(&body, "InstanceId").into_iter().find(|id| !before.contains(id)).unwrap();
    let arn = texts(&body, "TargetGroupARNs").len();
    assert_eq!((states(&client, "search-prod").len(), arn), (21, 1));
    let arn = crate::ask::text(body.split("<TargetGroupARNs>").nth(1).unwrap(), "member");
    let health = client.query("elasticloadbalancing", "DescribeTargetHealth", &format!("TargetGroupArn={arn}")).good();
    let targets = health.all("Id");
    assert!(targets.len() == 20 && !targets.contains(&new));
}

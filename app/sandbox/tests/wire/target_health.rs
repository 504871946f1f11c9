//! What a load balancer says of a group's servers.

use std::time::Duration;

use crate::ask::{Answer, Client, texts};

const ELB: &str = "elasticloadbalancing";

/// The ARN of the target group that `group` has.
fn target_group(client: &Client, group: &str) -> String {
    let answer =
        client.auto_scaling("DescribeAutoScalingGroups", &format!("AutoScalingGroupNames.member.1={group}")).good();
    texts(answer.body.split("<TargetGroupARNs>").nth(1).unwrap(), "member").remove(0)
}

fn health(client: &Client, arn: &str, more: &str) -> Answer {
    client.query(ELB, "DescribeTargetHealth", &format!("TargetGroupArn={arn}{more}"))
}

#[test]
fn the_target_groups_of_groups_are_told() {
    let client = Client::prod();
    let all = client.query(ELB, "DescribeTargetGroups", "").good();
    assert_eq!(all.all("TargetGroupName"), ["web-prod", "api-prod", "checkout-prod", "search-prod"]);
    let web = target_group(&client, "web-prod");
    let one = client.query(ELB, "DescribeTargetGroups", &format!("TargetGroupArns.member.1={web}")).good();
    assert_eq!((one.all("TargetGroupName"), one.all("TargetGroupArn")), (vec!["web-prod".into()], vec![web]));
    let pages: Vec<String> = {
        let first = client.query(ELB, "DescribeTargetGroups", "PageSize=3").good();
        let marker = first.text("NextMarker").unwrap();
        let second = client.query(ELB, "DescribeTargetGroups", &format!("PageSize=3&Marker={marker}")).good();
        assert_eq!(second.text("NextMarker"), None);
        [first, second].iter().flat_map(|page| page.all("TargetGroupName")).collect()
    };
    assert_eq!(pages, all.all("TargetGroupName"));
}

#[test]
fn every_target_has_its_state_and_why() {
    let client = Client::prod();
    let checkout = target_group(&client, "checkout-prod");
    let answer = health(&client, &checkout, "").good();
    let states = answer.all("State");
    assert_eq!(states.len(), 12);
    assert_eq!(states.iter().filter(|state| *state == "healthy").count(), 11);
    let sick = answer.each("member").into_iter().find(|one| one.contains("unhealthy")).unwrap();
    assert_eq!(texts(&sick, "Reason"), ["Target.FailedHealthChecks"]);
}

#[test]
fn a_target_that_ends_drains_and_goes() {
    let client = Client::prod();
    let checkout = target_group(&client, "checkout-prod");
    let id = health(&client, &checkout, "").good().text("Id").unwrap();
    let state = || {
        let answer = health(&client, &checkout, &format!("&Targets.member.1.Id={id}&Targets.member.1.Port=80")).good();
        (answer.text("State").unwrap(), answer.text("Reason").unwrap_or_default())
    };
    assert_eq!(state(), ("healthy".into(), String::new()));
    client.ec2("TerminateInstances", &format!("InstanceId.1={id}")).good();
    assert_eq!(state(), ("draining".into(), "Target.DeregistrationInProgress".into()));
    client.sandbox.advance(Duration::from_secs(60));
    assert_eq!(state(), ("unused".into(), "Target.NotRegistered".into()));
}

#[test]
fn what_is_not_there_is_told_in_awss_words() {
    let client = Client::prod();
    let web = target_group(&client, "web-prod");
    let gone = format!("{}0", &web[..web.len() - 1]).replace("web-prod", "web-gone");
    let server = health(&client, &web, "").good().text("Id").unwrap();
    let one = format!("TargetGroupArn={web}&Targets.member.1.Id={server}");
    for (action, fields, code) in [
        ("DescribeTargetHealth", String::new(), "ValidationError"),
        ("DescribeTargetHealth", "TargetGroupArn=web".into(), "ValidationError"),
        ("DescribeTargetHealth", format!("TargetGroupArn={gone}"), "TargetGroupNotFound"),
        ("DescribeTargetHealth", format!("TargetGroupArn={web}&Targets.member.1.Id=web"), "InvalidTarget"),
        ("DescribeTargetGroups", "Names.member.1=gone".into(), "TargetGroupNotFound"),
        ("DescribeTargetGroups", "LoadBalancerArn=arn:gone".into(), "LoadBalancerNotFound"),
        ("DescribeTargetGroups", format!("Names.member.1=web-prod&TargetGroupArns.member.1={web}"), "ValidationError"),
        ("DescribeTargetGroups", "PageSize=0".into(), "ValidationError"),
        ("DescribeTargetGroups", "Marker=x".into(), "ValidationError"),
        ("CreateTargetGroup", String::new(), "InvalidAction"),
        ("RegisterTargets", String::new(), "ValidationError"),
        ("RegisterTargets", format!("TargetGroupArn={web}"), "ValidationError"),
        ("RegisterTargets", format!("TargetGroupArn={gone}&Targets.member.1.Id={server}"), "TargetGroupNotFound"),
        ("RegisterTargets", format!("TargetGroupArn={web}&Targets.member.1.Id=web"), "InvalidTarget"),
        ("RegisterTargets", format!("TargetGroupArn={web}&Targets.member.1.Id=i-0123456789abcdef0"), "InvalidTarget"),
        ("RegisterTargets", format!("{one}&Targets.member.1.Port=0"), "ValidationError"),
        ("RegisterTargets", format!("{one}&Targets.member.1.Port=65536"), "ValidationError"),
        ("RegisterTargets", format!("{one}&Targets.member.1.AvailabilityZone=all"), "ValidationError"),
        ("DeregisterTargets", String::new(), "ValidationError"),
        ("DeregisterTargets", format!("TargetGroupArn={web}"), "ValidationError"),
        ("DeregisterTargets", format!("TargetGroupArn={gone}&Targets.member.1.Id={server}"), "TargetGroupNotFound"),
        ("DeregisterTargets", format!("TargetGroupArn={web}&Targets.member.1.Id=web"), "InvalidTarget"),
    ] {
        assert_eq!(client.query(ELB, action, &fields).error().0, code, "{action} {fields}");
    }
}

/// Two servers in no group, and the target group that they are in.
struct Metrics {
    client: Client,
    servers: Vec<String>,
    target_group: String,
}

fn metrics() -> Metrics {
    let client = Client::prod().at("harbor-prod", "us-east-1");
    let named = client.ec2("DescribeInstances", "Filter.1.Name=tag:Name&Filter.1.Value.1=metrics-*").good();
    let groups = client.query(ELB, "DescribeTargetGroups", "Names.member.1=metrics").good();
    Metrics { servers: named.all("instanceId"), target_group: groups.text("TargetGroupArn").unwrap(), client }
}

impl Metrics {
    /// The state of each target that is told without being asked for, with its port.
    fn states(&self) -> Vec<(String, String, String)> {
        let answer = health(&self.client, &self.target_group, "").good();
        let one = |part: String| {
            (texts(&part, "Id").remove(0), texts(&part, "Port").remove(0), texts(&part, "State").remove(0))
        };
        answer.each("member").into_iter().map(one).collect()
    }

    fn state(&self, server: &str, port: u16) -> Option<String> {
        let found = self.states().into_iter().find(|(id, at, _)| id == server && *at == port.to_string());
        found.map(|(.., state)| state)
    }

    fn ask(&self, action: &str, server: &str, more: &str) -> Answer {
        let fields = format!("TargetGroupArn={}&Targets.member.1.Id={server}{more}", self.target_group);
        self.client.query(ELB, action, &fields)
    }

    fn pass(&self, seconds: u64) {
        self.client.sandbox.advance(Duration::from_secs(seconds));
    }

    /// A server of the same image as those that are there.
    fn launch(&self, more: &str) -> String {
        let image = self.client.ec2("DescribeInstances", &format!("InstanceId.1={}", self.servers[0])).good();
        let image = image.text("imageId").unwrap();
        let fields = format!("ImageId={image}&InstanceType=t3.large&MinCount=1&MaxCount=1{more}");
        self.client.ec2("RunInstances", &fields).good().text("instanceId").unwrap()
    }
}

#[test]
fn servers_in_no_group_can_be_targets_by_hand() {
    let metrics = metrics();
    let healthy = |id: &String| (id.clone(), "80".to_owned(), "healthy".to_owned());
    assert_eq!(metrics.states(), metrics.servers.iter().map(healthy).collect::<Vec<_>>());
}

#[test]
fn a_target_that_is_registered_is_healthy_once_a_check_has_passed() {
    let metrics = metrics();
    let new = metrics.launch("");
    let pending = metrics.ask("RegisterTargets", &new, "");
    assert_eq!(
        pending.error(),
        (
            "InvalidTarget".into(),
            format!("The following targets are not in a running state and cannot be registered: '{new}'")
        )
    );
    metrics.pass(1_200);
    metrics.ask("RegisterTargets", &new, "").good();
    assert_eq!(metrics.state(&new, 80).as_deref(), Some("initial"));
    metrics.pass(35);
    assert_eq!(metrics.state(&new, 80).as_deref(), Some("initial"));
    metrics.ask("RegisterTargets", &new, "").good();
    metrics.pass(5);
    assert_eq!(metrics.state(&new, 80).as_deref(), Some("healthy"), "registered again, it began no second time");
    metrics.ask("RegisterTargets", &new, "&Targets.member.1.Port=8080&Targets.member.2.Id=i-0123456789abcdef0").error();
    assert_eq!(metrics.state(&new, 8080), None, "all or none");
    metrics.ask("RegisterTargets", &new, "&Targets.member.1.Port=8080").good();
    assert_eq!(metrics.states().len(), 4, "another port is another target");
    metrics.client.ec2("StopInstances", &format!("InstanceId.1={new}")).good();
    metrics.pass(300);
    assert_eq!(metrics.state(&new, 80).as_deref(), Some("unused"), "what is stopped stays registered");
}

#[test]
fn a_target_that_does_not_work_yet_is_unhealthy_until_it_does() {
    let metrics = metrics();
    metrics.client.sandbox.inject("unhealthy:count=1".parse().unwrap());
    let never = metrics.launch("");
    // An hour of installing things.
    let slow = metrics.launch(&format!("&UserData={}", encoded(&"dnf install -y nginx jq java\n".repeat(40))));
    metrics.pass(60);
    for id in [&never, &slow] {
        metrics.ask("RegisterTargets", id, "").good();
    }
    metrics.pass(69);
    assert_eq!(metrics.state(&slow, 80).as_deref(), Some("initial"));
    metrics.pass(1);
    assert_eq!(metrics.state(&slow, 80).as_deref(), Some("unhealthy"), "two checks failed");
    metrics.pass(4 * 3_600);
    assert_eq!(metrics.state(&never, 80).as_deref(), Some("unhealthy"));
    assert_eq!(metrics.state(&slow, 80).as_deref(), Some("healthy"));
}

fn encoded(script: &str) -> String {
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("#!/bin/bash\n{script}"));
    text.replace('+', "%2B").replace('=', "%3D")
}

#[test]
fn a_target_that_is_taken_out_drains_and_is_forgotten() {
    let metrics = metrics();
    let old = metrics.servers[0].clone();
    metrics.ask("DeregisterTargets", &old, "&Targets.member.1.Port=8080").good();
    assert_eq!(metrics.state(&old, 80).as_deref(), Some("healthy"), "it was no target at that port");
    metrics.ask("DeregisterTargets", &old, "").good();
    metrics.pass(299);
    metrics.ask("DeregisterTargets", &old, "").good();
    assert_eq!(metrics.state(&old, 80).as_deref(), Some("draining"));
    metrics.pass(1);
    assert_eq!(metrics.state(&old, 80), None);
    metrics.ask("DeregisterTargets", &old, "").good();
    assert_eq!(metrics.state(&metrics.servers[1], 80).as_deref(), Some("healthy"));
    metrics.client.ec2("TerminateInstances", &format!("InstanceId.1={}", metrics.servers[1])).good();
    assert_eq!(metrics.state(&metrics.servers[1], 80).as_deref(), Some("draining"));
    metrics.pass(300);
    assert!(metrics.states().is_empty(), "whom EC2 has ended is no target");
}

#[test]
fn auto_scaling_keeps_its_own_targets_beside_those_by_hand() {
    let client = Client::prod();
    let arn = target_group(&client, "checkout-prod");
    let count = || health(&client, &arn, "").good().all("Id").len();
    let all = count();
    let member = health(&client, &arn, "").good().text("Id").unwrap();
    let ask = |action: &str, id: &str| {
        client.query(ELB, action, &format!("TargetGroupArn={arn}&Targets.member.1.Id={id}")).good();
    };
    ask("RegisterTargets", &member);
    assert_eq!(count(), all, "a member is one target, whoever registers it");
    let kafka = client.ec2("DescribeInstances", "Filter.1.Name=tag:Name&Filter.1.Value.1=kafka-1").good();
    let kafka = kafka.text("instanceId").unwrap();
    ask("RegisterTargets", &kafka);
    assert_eq!(count(), all + 1);
    ask("DeregisterTargets", &kafka);
    ask("DeregisterTargets", &member);
    let states = health(&client, &arn, "").good().all("State");
    assert_eq!(states.iter().filter(|state| *state == "draining").count(), 2);
    client.sandbox.advance(Duration::from_secs(300));
    let left = health(&client, &arn, "").good().all("Id");
    assert!(
        !left.contains(&kafka) && !left.contains(&member),
        "Auto Scaling does not put back what it did not take out"
    );
}

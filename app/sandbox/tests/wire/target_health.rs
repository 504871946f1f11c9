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
    ] {
        assert_eq!(client.query(ELB, action, &fields).error().0, code, "{action} {fields}");
    }
}

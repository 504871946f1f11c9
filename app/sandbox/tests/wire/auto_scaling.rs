//! Groups and their history.

use crate::ask::{Client, days_ago, text, texts};

fn group(client: &Client, name: &str) -> String {
    let answer =
        client.auto_scaling("DescribeAutoScalingGroups", &format!("AutoScalingGroupNames.member.1={name}")).good();
    let groups = answer.each("AutoScalingGroupARN");
    assert_eq!(groups.len(), 1, "{name}");
    answer.body
}

#[test]
fn groups_are_chosen_by_name_and_tag() {
    let client = Client::prod();
    let names =
        |fields: &str| client.auto_scaling("DescribeAutoScalingGroups", fields).good().all("AutoScalingGroupName");
    assert_eq!(names("AutoScalingGroupNames.member.1=bastion&AutoScalingGroupNames.member.2=unknown"), ["bastion"]);
    assert_eq!(
        names("Filters.member.1.Name=tag:team&Filters.member.1.Values.member.1=platform"),
        ["api-prod", "batch-prod"]
    );
    assert_eq!(names("Filters.member.1.Name=tag-key&Filters.member.1.Values.member.1=emberline:protect"), ["bastion"]);
    let error = client
        .auto_scaling("DescribeAutoScalingGroups", "Filters.member.1.Name=size&Filters.member.1.Values.member.1=1")
        .error();
    assert_eq!(error.0, "ValidationError");
    let without = client.auto_scaling("DescribeAutoScalingGroups", "IncludeInstances=false").good();
    assert_eq!(without.all("LifecycleState").len(), 0);
}

#[test]
fn a_groups_numbers_agree_with_its_servers() {
    let client = Client::prod();
    let api = group(&client, "api-prod");
    assert_eq!(text(&api, "DesiredCapacity"), "76");
    assert_eq!(text(&api, "MaxInstanceLifetime"), "2592000");
    assert_eq!((text(&api, "MinHealthyPercentage"), text(&api, "MaxHealthyPercentage")), ("100".into(), "110".into()));
    assert_eq!(texts(&api, "LifecycleState"), vec!["InService"; 76]);
    assert!(text(&api, "VPCZoneIdentifier").split(',').all(|subnet| subnet.starts_with("subnet-0")));
    let checkout = group(&client, "checkout-prod");
    assert_eq!(texts(&checkout, "HealthStatus").iter().filter(|health| *health == "Unhealthy").count(), 1);
}

#[test]
fn activities_are_of_six_weeks_newest_first() {
    let client = Client::prod();
    let pages =
        client.pages("autoscaling", "DescribeScalingActivities", "AutoScalingGroupName=checkout-prod&MaxRecords=7");
    let starts: Vec<f64> = pages.iter().flat_map(|page| page.all("StartTime")).map(|at| days_ago(&at)).collect();
    assert_eq!(starts.len(), 12 * 2 + 2);
    assert!(starts.is_sorted() && starts.iter().all(|days| *days <= 42.0), "{starts:?}");
    let failed = client
        .auto_scaling(
            "DescribeScalingActivities",
            "AutoScalingGroupName=checkout-prod&Filters.member.1.Name=Status&Filters.member.1.Values.member.1=Failed",
        )
        .good();
    assert_eq!(failed.all("StatusCode"), ["Failed", "Failed"]);
    assert!(failed.text("StatusMessage").unwrap().contains("Heartbeat Timeout"));
    let since = "Filters.member.1.Name=StartTimeLowerBound&Filters.member.1.Values.member.1=2026-10-31T08:00:00Z";
    let recent = client.auto_scaling("DescribeScalingActivities", since).good();
    assert!(!recent.all("StartTime").is_empty());
    assert!(recent.all("StartTime").iter().all(|at| days_ago(at) <= 2.0));
    for fields in
        ["AutoScalingGroupName=no", "Filters.member.1.Name=StartTimeLowerBound&Filters.member.1.Values.member.1=x"]
    {
        assert_eq!(client.auto_scaling("DescribeScalingActivities", fields).error().0, "ValidationError");
    }
}

#[test]
fn a_fried_group_takes_longer_to_launch_than_a_baked_one() {
    let client = Client::prod();
    let mean = |name: &str| {
        let answer = client.auto_scaling("DescribeScalingActivities", &format!("AutoScalingGroupName={name}")).good();
        let launches: Vec<f64> = answer
            .each("ActivityId")
            .iter()
            .filter(|one| text(one, "Description").starts_with("Launching") && text(one, "StatusCode") == "Successful")
            .map(|one| (days_ago(&text(one, "StartTime")) - days_ago(&text(one, "EndTime"))) * 86_400.0)
            .collect();
        assert!(!launches.is_empty(), "{name}");
        launches.iter().sum::<f64>() / launches.len() as f64
    };
    assert!((90.0..110.0).contains(&mean("api-prod")));
    assert!(mean("search-prod") > 1_000.0);
}

#[test]
fn refreshes_are_told_newest_first() {
    let client = Client::prod();
    let answer = client.auto_scaling("DescribeInstanceRefreshes", "AutoScalingGroupName=search-prod").good();
    assert_eq!(answer.all("Status"), ["Failed", "Cancelled"]);
    let id = answer.text("InstanceRefreshId").unwrap();
    let one = client
        .auto_scaling(
            "DescribeInstanceRefreshes",
            &format!("AutoScalingGroupName=search-prod&InstanceRefreshIds.member.1={id}"),
        )
        .good();
    assert_eq!(one.all("Status"), ["Failed"]);
    let running = client.auto_scaling("DescribeInstanceRefreshes", "AutoScalingGroupName=web-prod").good();
    assert_eq!((running.all("Status"), running.all("EndTime").len()), (vec!["InProgress".to_owned()], 0));
    for fields in ["", "AutoScalingGroupName=no", "AutoScalingGroupName=web-prod&InstanceRefreshIds.member.1=x"] {
        assert_eq!(client.auto_scaling("DescribeInstanceRefreshes", fields).error().0, "ValidationError");
    }
}

#[test]
fn at_most_fifty_ids_are_taken_and_unknown_ones_are_left_out() {
    let client = Client::prod();
    let ids: String = (1..=51).map(|n| format!("InstanceIds.member.{n}=i-{n:017x}&")).collect();
    assert_eq!(client.auto_scaling("DescribeAutoScalingInstances", &ids).error().0, "ValidationError");
    let known = text(&group(&client, "bastion"), "InstanceId");
    let fields = format!("InstanceIds.member.1={known}&InstanceIds.member.2=i-00000000000000001");
    let answer = client.auto_scaling("DescribeAutoScalingInstances", &fields).good();
    assert_eq!((answer.all("InstanceId"), answer.all("AutoScalingGroupName")), (vec![known], vec!["bastion".into()]));
}

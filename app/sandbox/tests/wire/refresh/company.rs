//! A refresh among others: people, protection, suspended processes, warm pools, the group itself.

use super::{
    advance, groups_version, in_service, servers, start, status, ten, to_version, told, until, versions, with_group,
};
use crate::ask::{Client, text};

#[test]
fn protected_and_standby_servers_are_treated_as_asked() {
    let group = "version = \"1\"\nmin = 1\nservers = [{ count = 4, born = \"10d..20d\" }, \
                 { count = 1, born = \"30d\", protected_from_scale_in = true }, \
                 { count = 1, born = \"30d\", lifecycle = \"Standby\" }]";
    // What is asked, how it ends, and how many servers of version 1 are left.
    let cases = [
        ("Ignore", "Ignore", "Successful", 2),
        ("Refresh", "Ignore", "Successful", 1),
        ("Refresh", "Terminate", "Successful", 0),
        ("Wait", "Ignore", "Failed", 2),
        ("Ignore", "Wait", "Failed", 2),
    ];
    for (protected, standby, end, left) in cases {
        let client = with_group(group);
        let fields = format!(
            "{}&Preferences.MinHealthyPercentage=0&Preferences.ScaleInProtectedInstances={protected}&\
             Preferences.StandbyInstances={standby}",
            to_version("2")
        );
        start(&client, &fields);
        until(&client, end, 7_200, || ());
        let found = versions(&client).iter().filter(|version| *version == "1").count();
        assert_eq!(found, left, "{protected} {standby} {:?}", servers(&client));
        let told = told(&client);
        if protected == "Wait" {
            assert!(text(&told, "StatusReason").contains("1 instance is protected from scale in"), "{told}");
        } else if standby == "Wait" {
            assert!(text(&told, "StatusReason").contains("1 instance is in Standby"), "{told}");
        }
    }
}

#[test]
fn harbors_refresh_goes_on_until_a_protected_server_stops_it() {
    let client = Client::prod();
    let told = || {
        let answer = client.auto_scaling("DescribeInstanceRefreshes", "AutoScalingGroupName=web-prod").good();
        let first = answer.each("InstanceRefreshId").swap_remove(0);
        first.split("</member></InstanceRefreshes>").next().unwrap().to_owned()
    };
    let before = told();
    advance(&client, 50);
    assert_eq!(before, told());
    assert_eq!((text(&before, "PercentageComplete"), text(&before, "InstancesToUpdate")), ("79".into(), "9".into()));
    advance(&client, 3_600);
    let after = told();
    assert_eq!((text(&after, "PercentageComplete"), text(&after, "InstancesToUpdate")), ("97".into(), "1".into()));
    assert_eq!(
        text(&after, "StatusReason"),
        "Waiting for instances to be replaced: 1 instance is protected from scale in."
    );
    advance(&client, 3_600);
    assert_eq!(text(&told(), "Status"), "Failed");
}

#[test]
fn a_group_keeps_its_template_while_a_refresh_brings_another() {
    let client = ten();
    start(&client, &to_version("2"));
    advance(&client, 60);
    let update =
        |fields: &str| client.auto_scaling("UpdateAutoScalingGroup", &format!("AutoScalingGroupName=app&{fields}"));
    let (code, message) = update("LaunchTemplate.LaunchTemplateName=app&LaunchTemplate.Version=3").error();
    assert_eq!(code, "ValidationError");
    assert!(message.starts_with("An active instance refresh with a desired configuration exists."), "{message}");
    // What comes on top comes with what the refresh brings.
    update("DesiredCapacity=12").good();
    advance(&client, 200);
    assert!(versions(&client).iter().filter(|version| *version == "2").count() >= 3);
    assert_eq!(groups_version(&client), "1");
    until(&client, "Successful", 7_200, || ());
    assert_eq!((versions(&client), groups_version(&client)), (vec!["2".to_owned(); 12], "2".to_owned()));
    update("LaunchTemplate.LaunchTemplateName=app&LaunchTemplate.Version=1").good();
}

#[test]
fn fewer_servers_are_wanted_in_mid_refresh() {
    let client = ten();
    start(&client, &format!("{}&Preferences.MinHealthyPercentage=100", to_version("2")));
    advance(&client, 400);
    client.auto_scaling("SetDesiredCapacity", "AutoScalingGroupName=app&DesiredCapacity=4").good();
    let mut least = 10;
    until(&client, "Successful", 7_200, || least = least.min(in_service(&client)));
    assert_eq!((least, versions(&client)), (4, vec!["2".to_owned(); 4]));
}

#[test]
fn a_group_that_is_deleted_takes_its_refresh_along() {
    let client = ten();
    start(&client, &to_version("2"));
    advance(&client, 100);
    client.auto_scaling("DeleteAutoScalingGroup", "AutoScalingGroupName=app&ForceDelete=true").good();
    advance(&client, 40);
    assert_eq!(status(&client).0, "Cancelled");
    advance(&client, 600);
    let running = "Filter.1.Name=instance-state-name&Filter.1.Value.1=running&Filter.1.Value.2=pending";
    assert_eq!(client.ec2("DescribeInstances", running).good().all("instanceId"), [""; 0]);
}

#[test]
fn a_suspended_process_stops_it_until_it_is_resumed() {
    for process in ["InstanceRefresh", "Terminate", "Launch"] {
        let client = ten();
        start(&client, &to_version("2"));
        advance(&client, 300);
        let fields = format!("AutoScalingGroupName=app&ScalingProcesses.member.1={process}");
        client.auto_scaling("SuspendProcesses", &fields).good();
        advance(&client, 300);
        let before = versions(&client);
        advance(&client, 1_800);
        assert_eq!((status(&client).0, versions(&client)), ("InProgress".to_owned(), before), "{process}");
        client.auto_scaling("ResumeProcesses", &fields).good();
        until(&client, "Successful", 7_200, || ());
        assert_eq!(versions(&client), ["2"; 10], "{process}");
    }
}

#[test]
fn a_server_whose_protection_is_taken_away_in_time_is_replaced() {
    let client = with_group(
        "version = \"1\"\nmin = 1\nservers = [{ count = 3, born = \"10d..20d\" }, \
         { count = 1, born = \"30d\", protected_from_scale_in = true }]",
    );
    let guarded = servers(&client).into_iter().next_back().unwrap().0;
    start(&client, &format!("{}&Preferences.MinHealthyPercentage=0", to_version("2")));
    advance(&client, 3_000);
    assert_eq!(status(&client), ("InProgress".to_owned(), 75, 1));
    let fields = format!("AutoScalingGroupName=app&InstanceIds.member.1={guarded}&ProtectedFromScaleIn=false");
    client.auto_scaling("SetInstanceProtection", &fields).good();
    until(&client, "Successful", 1_200, || ());
    assert_eq!(versions(&client), ["2"; 4]);
}

#[test]
fn a_warm_pool_is_refreshed_after_its_group() {
    let client = ten();
    client.auto_scaling("PutWarmPool", "AutoScalingGroupName=app&MinSize=3").good();
    advance(&client, 1_200);
    let warm = |client: &Client| {
        let answer = client.auto_scaling("DescribeWarmPool", "AutoScalingGroupName=app").good();
        let listed = answer.body.split("<Instances>").nth(1).unwrap().split("</Instances>").next().unwrap().to_owned();
        listed.split("<member>").skip(1).map(|one| text(one, "Version")).collect::<Vec<String>>()
    };
    let before = warm(&client);
    assert!(before.len() >= 3 && before.iter().all(|version| version == "1"), "{before:?}");
    start(&client, &to_version("2"));
    advance(&client, 120);
    assert!(
        told(&client).contains("<WarmPoolProgress><PercentageComplete>0</PercentageComplete>"),
        "{}",
        told(&client)
    );
    until(&client, "Successful", 14_400, || {
        let serves_old = servers(&client).iter().any(|(_, state, version)| state == "InService" && version == "1");
        assert!(!serves_old || !warm(&client).contains(&"2".to_owned()));
    });
    assert_eq!(versions(&client), ["2"; 10]);
    assert_eq!(warm(&client), vec!["2"; before.len()]);
    assert_eq!(status(&client), ("Successful".to_owned(), 100, 0));
}

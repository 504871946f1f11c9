//! How a refresh goes: from version to version, in its order and at its pace.

use super::{
    TEN, advance, group, groups_version, in_service, open, servers, start, status, ten, to_version, told, until,
    versions, with_group,
};
use crate::ask::{Client, text};

#[test]
fn a_refresh_brings_every_server_to_the_version_and_makes_it_the_groups_own() {
    let client = ten();
    let before = servers(&client);
    let id = start(&client, &to_version("2"));
    assert_eq!((text(&told(&client), "InstanceRefreshId"), status(&client)), (id, ("Pending".to_owned(), 0, 10)));
    let mut least = 10;
    until(&client, "Successful", 7_200, || least = least.min(in_service(&client)));
    assert_eq!(least, 9);
    assert_eq!(versions(&client), ["2"; 10]);
    assert_eq!(status(&client), ("Successful".to_owned(), 100, 0));
    let after = servers(&client);
    assert!(before.iter().all(|(id, ..)| after.iter().all(|(other, ..)| id != other)));
    let (head, _) = group(&client).split_once("<MinSize>").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(text(&head, "Version"), "2");
    let activities = client.auto_scaling("DescribeScalingActivities", "AutoScalingGroupName=app").good();
    let causes = activities.all("Cause");
    let of = |what: &str| causes.iter().filter(|cause| cause.contains(what)).count();
    assert_eq!(of("an instance was launched in response to an instance refresh."), 10);
    assert_eq!(of("an instance was taken out of service in response to an instance refresh."), 10);
}

#[test]
fn all_stay_in_service_where_all_have_to_be_healthy() {
    let client = ten();
    start(&client, &format!("{}&Preferences.MinHealthyPercentage=100", to_version("2")));
    let (mut least, mut most) = (10, 0);
    until(&client, "Successful", 14_400, || {
        least = least.min(in_service(&client));
        most = most.max(servers(&client).iter().filter(|(_, state, _)| !state.starts_with("Termin")).count());
    });
    assert_eq!((least, most), (10, 11));
    assert_eq!(versions(&client), ["2"; 10]);
}

#[test]
fn a_checkpoint_is_waited_for_and_then_passed() {
    let client = ten();
    let fields = format!(
        "{}&Preferences.MinHealthyPercentage=80&Preferences.CheckpointPercentages.member.1=20&\
         Preferences.CheckpointPercentages.member.2=50&Preferences.CheckpointPercentages.member.3=100&\
         Preferences.CheckpointDelay=900",
        to_version("2")
    );
    start(&client, &fields);
    let mut stays: Vec<(u32, usize)> = Vec::new();
    until(&client, "Successful", 14_400, || {
        let done = versions(&client).iter().filter(|version| *version == "2").count();
        match stays.last_mut() {
            Some((last, _)) if *last == status(&client).1 => stays.last_mut().unwrap().1 += 1,
            _ => stays.push((status(&client).1, 1)),
        }
        let reason = text(&format!("{}<StatusReason>-<", told(&client)), "StatusReason");
        if reason.contains("checkpoint percentage 20") {
            assert_eq!(done, 2);
        } else if reason.contains("checkpoint percentage 50") {
            assert_eq!(done, 5);
        }
    });
    let long: Vec<u32> = stays.iter().filter(|(_, tens)| *tens >= 90).map(|(percent, _)| *percent).collect();
    assert_eq!(long, [20, 50], "{stays:?}");
    assert_eq!(versions(&client), ["2"; 10]);
}

#[test]
fn a_last_checkpoint_below_a_hundred_ends_the_work_there() {
    let client = ten();
    let fields =
        format!("{}&Preferences.CheckpointPercentages.member.1=30&Preferences.CheckpointDelay=600", to_version("2"));
    start(&client, &fields);
    until(&client, "Successful", 7_200, || ());
    assert_eq!(status(&client), ("Successful".to_owned(), 30, 7));
    assert_eq!(versions(&client).iter().filter(|version| *version == "2").count(), 3);
}

#[test]
fn a_bake_time_is_waited_for_at_the_end() {
    let client = ten();
    start(&client, &format!("{}&Preferences.MinHealthyPercentage=0&Preferences.BakeTime=3600", to_version("2")));
    until(&client, "Baking", 1_800, || ());
    assert_eq!(status(&client), ("Baking".to_owned(), 100, 0));
    let (head, _) = group(&client).split_once("<MinSize>").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(text(&head, "Version"), "1");
    advance(&client, 3_500);
    assert_eq!(status(&client).0, "Baking");
    advance(&client, 200);
    assert_eq!(status(&client).0, "Successful");
}

#[test]
fn what_matches_is_skipped() {
    let client = with_group(
        "version = \"1\"\nmin = 1\nservers = [{ count = 3, born = \"10d..20d\" }, { count = 4, version = 2, born = \"2d\" }]",
    );
    let kept: Vec<String> =
        servers(&client).into_iter().filter(|(_, _, version)| version == "2").map(|(id, ..)| id).collect();
    start(&client, &format!("{}&Preferences.SkipMatching=true", to_version("2")));
    advance(&client, 10);
    assert_eq!(status(&client), ("InProgress".to_owned(), 0, 3));
    until(&client, "Successful", 7_200, || ());
    let after = servers(&client);
    assert!(kept.iter().all(|id| after.iter().any(|(other, ..)| id == other)));
    assert_eq!(versions(&client), ["2"; 7]);
    // Once more there is nothing to do.
    start(&client, &format!("{}&Preferences.SkipMatching=true", to_version("2")));
    advance(&client, 10);
    assert_eq!(status(&client), ("Successful".to_owned(), 100, 0));
    assert_eq!(servers(&client), after);
}

#[test]
fn a_new_newest_version_in_mid_refresh_replaces_twice() {
    let client =
        with_group("version = \"$Latest\"\nmin = 1\nservers = [{ count = 4, version = 1, born = \"10d..20d\" }]");
    start(&client, &format!("{}&Preferences.MinHealthyPercentage=75", to_version("$Latest")));
    while status(&client).1 < 50 {
        advance(&client, 10);
    }
    // Two are done and one has begun.
    assert_eq!(versions(&client).iter().filter(|version| *version == "3").count(), 3);
    let fields = "LaunchTemplateName=app&SourceVersion=2&LaunchTemplateData.InstanceType=m6i.large";
    client.ec2("CreateLaunchTemplateVersion", fields).good();
    until(&client, "Successful", 7_200, || ());
    assert_eq!(versions(&client), ["4"; 4]);
    let activities = client.auto_scaling("DescribeScalingActivities", "AutoScalingGroupName=app").good();
    let launched = activities
        .all("Cause")
        .iter()
        .filter(|cause| cause.contains("launched in response to an instance refresh"))
        .count();
    assert_eq!(launched, 3 + 4);
}

#[test]
fn servers_with_weights_are_replaced_by_units() {
    let client = open(&format!(
        "{TEN}\n[[group]]\nscope = \"one/eu-west-1\"\nname = \"app\"\nage = \"90d\"\ntemplate = \"app\"\nversion = \"1\"\n\
         zones = \"abc\"\nboot = \"60s\"\nmin = 4\nmax = 40\n\
         servers = [{{ count = 3, override = 0, born = \"10d..20d\" }}, {{ count = 3, override = 1, born = \"10d..20d\" }}]\n\
         [group.mixed]\non_demand_base = 0\non_demand_percent = 100\n\
         overrides = [{{ type = \"m6i.large\", weight = 1 }}, {{ type = \"m6i.2xlarge\", weight = 4 }}]\n"
    ));
    let units = |client: &Client| -> u32 {
        let group = group(client);
        let (_, listed) = group.split_once("<Instances>").unwrap();
        let members = listed.split("</Instances>").next().unwrap().split("<member>").skip(1);
        let counted = members.filter(|one| text(one, "LifecycleState") == "InService");
        counted.map(|one| text(one, "WeightedCapacity").parse::<u32>().unwrap()).sum()
    };
    assert_eq!(units(&client), 15);
    let policy = "DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate";
    start(
        &client,
        &format!(
            "AutoScalingGroupName=app&Preferences.InstanceWarmup=60&Preferences.MinHealthyPercentage=60&\
             {policy}.LaunchTemplateSpecification.LaunchTemplateName=app&\
             {policy}.LaunchTemplateSpecification.Version=2&\
             {policy}.Overrides.member.1.InstanceType=m6i.large&{policy}.Overrides.member.1.WeightedCapacity=1&\
             {policy}.Overrides.member.2.InstanceType=m6i.2xlarge&{policy}.Overrides.member.2.WeightedCapacity=4"
        ),
    );
    let mut least = 15;
    until(&client, "Successful", 14_400, || least = least.min(units(&client)));
    assert!(least >= 9, "{least}");
    assert_eq!((units(&client), groups_version(&client)), (15, "2".to_owned()));
    assert!(versions(&client).iter().all(|version| version == "2"), "{:?}", servers(&client));
}

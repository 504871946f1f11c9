//! Refreshes that replace root volumes: the servers stay.

use super::{TEN, advance, in_service, open, servers, start, status, told, until};
use crate::ask::{Client, text};

/// A mixed group of six servers, and another image beside the one that they run.
fn six(more: &str) -> Client {
    open(&format!(
        "{TEN}\n[[image]]\nkey = \"next\"\nowner = \"amazon\"\nregions = [\"eu-west-1\"]\nname = \"next-{{date}}\"\nage = \"9d\"\n\
         [[image]]\nkey = \"arm\"\nowner = \"amazon\"\nregions = [\"eu-west-1\"]\nname = \"arm-{{date}}\"\nage = \"9d\"\narm64 = true\n\
         [[group]]\nscope = \"one/eu-west-1\"\nname = \"app\"\nage = \"90d\"\ntemplate = \"app\"\nversion = \"1\"\nzones = \"abc\"\n\
         boot = \"60s\"\nmin = 1\nmax = 20\nservers = [{{ count = 6, born = \"10d..20d\" }}]\n{more}\n\
         [group.mixed]\non_demand_base = 0\non_demand_percent = 100\noverrides = [{{ type = \"m6i.large\" }}]\n"
    ))
}

fn image(client: &Client, name: &str) -> String {
    let fields = format!("Filter.1.Name=name&Filter.1.Value.1={name}*");
    client.ec2("DescribeImages", &fields).good().text("imageId").unwrap()
}

fn to_image(client: &Client, name: &str) -> String {
    let policy = "DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate";
    format!(
        "AutoScalingGroupName=app&Strategy=ReplaceRootVolume&Preferences.InstanceWarmup=60&\
         {policy}.LaunchTemplateSpecification.LaunchTemplateName=app&{policy}.LaunchTemplateSpecification.Version=1&\
         {policy}.Overrides.member.1.InstanceType=m6i.large&{policy}.Overrides.member.1.ImageId={}",
        image(client, name)
    )
}

fn ids(client: &Client) -> Vec<String> {
    let mut ids: Vec<String> = servers(client).into_iter().map(|(id, ..)| id).collect();
    ids.sort_unstable();
    ids
}

/// The images that the group tells of its servers.
fn images(client: &Client) -> Vec<String> {
    let group = super::group(client);
    let (_, listed) = group.split_once("<Instances>").unwrap();
    crate::ask::texts(listed.split("</Instances>").next().unwrap(), "ImageId")
}

#[test]
fn roots_are_replaced_and_the_servers_stay() {
    let client = six("");
    let (before, next) = (ids(&client), image(&client, "next"));
    assert!(images(&client).is_empty());
    start(&client, &format!("{}&Preferences.MinHealthyPercentage=50", to_image(&client, "next")));
    advance(&client, 30);
    let replacing = servers(&client).iter().filter(|(_, state, _)| state == "ReplacingRootVolume").count();
    assert_eq!((replacing, in_service(&client)), (3, 3));
    let mut least = 6;
    until(&client, "Successful", 3_600, || least = least.min(in_service(&client)));
    assert_eq!((least, ids(&client)), (3, before));
    assert_eq!(images(&client), vec![next.clone(); 6]);
    assert_eq!(status(&client), ("Successful".to_owned(), 100, 0));
    assert_eq!(text(&told(&client), "Strategy"), "ReplaceRootVolume");
    let tasks = client.ec2("DescribeReplaceRootVolumeTasks", "").good();
    assert_eq!(tasks.all("imageId"), vec![next; 6]);
    assert_eq!(tasks.all("taskState"), vec!["succeeded"; 6]);
    // Once more there is nothing to do, and a newcomer has the image as well.
    start(&client, &format!("{}&Preferences.SkipMatching=true", to_image(&client, "next")));
    advance(&client, 10);
    assert_eq!(status(&client), ("Successful".to_owned(), 100, 0));
    client.auto_scaling("SetDesiredCapacity", "AutoScalingGroupName=app&DesiredCapacity=7").good();
    advance(&client, 300);
    assert_eq!(images(&client).len(), 7);
}

#[test]
fn a_rollback_brings_the_old_images_back() {
    let client = six("");
    let (before, base) = (ids(&client), image(&client, "base"));
    start(&client, &to_image(&client, "next"));
    while status(&client).1 < 30 {
        advance(&client, 10);
    }
    client.auto_scaling("RollbackInstanceRefresh", "AutoScalingGroupName=app").good();
    until(&client, "RollbackSuccessful", 7_200, || assert!(in_service(&client) >= 4));
    assert_eq!(ids(&client), before);
    assert!(images(&client).iter().all(|image| *image == base), "{:?}", images(&client));
    assert!((2..=4).contains(&images(&client).len()));
    assert_eq!(in_service(&client), 6);
}

#[test]
fn a_refresh_that_is_called_off_leaves_no_server_half_way() {
    for patient in [true, false] {
        let client = six("");
        start(&client, &format!("{}&Preferences.MinHealthyPercentage=0", to_image(&client, "next")));
        advance(&client, 20);
        let fields = format!("AutoScalingGroupName=app&WaitForTransitioningInstances={patient}");
        client.auto_scaling("CancelInstanceRefresh", &fields).good();
        advance(&client, 20);
        assert_eq!(status(&client).0, if patient { "Cancelling" } else { "Cancelled" });
        advance(&client, 600);
        assert_eq!((status(&client).0, in_service(&client)), ("Cancelled".to_owned(), 6));
    }
}

#[test]
fn a_server_whose_root_cannot_be_replaced_is_replaced_itself() {
    let client = six("");
    let before = ids(&client);
    // An image of another architecture fits none of them.
    start(&client, &format!("{}&Preferences.MinHealthyPercentage=50", to_image(&client, "arm")));
    advance(&client, 60);
    assert_ne!(ids(&client), before);
    assert!(client.ec2("DescribeReplaceRootVolumeTasks", "").good().all("taskState").is_empty());
}

#[test]
fn it_is_refused_where_auto_scaling_refuses_it() {
    let bare = super::ten();
    let fields = to_image(&six(""), "next");
    let cases = [
        (&bare, to_image(&bare, "base"), "must use a mixed instances policy"),
        (&six(""), "AutoScalingGroupName=app&Strategy=ReplaceRootVolume".to_owned(), "specify a desired configuration"),
        (
            &six(""),
            fields
                .split("&DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate.Overrides.member.1.ImageId")
                .next()
                .unwrap()
                .to_owned(),
            "must specify an ImageId",
        ),
        (&six("target_groups = [\"app\"]"), fields, "doesn't support Elastic Load Balancing"),
    ];
    for (client, fields, words) in cases {
        let (code, message) = client.auto_scaling("StartInstanceRefresh", &fields).error();
        assert!(code == "ValidationError" && message.contains(words), "{message}");
    }
}

//! Pages, ids and filters of the calls that list.

use emberline_sandbox::Sandbox;

use crate::ask::{Client, opening, texts};

#[test]
fn pages_add_up_to_the_whole_and_never_repeat() {
    let client = Client::prod();
    let cases = [
        ("ec2", "DescribeInstances", "MaxResults=50", "reservationId", 307),
        ("ec2", "DescribeInstanceImageMetadata", "MaxResults=37", "imageState", 310),
        ("ec2", "DescribeLaunchTemplates", "MaxResults=3", "launchTemplateId", 10),
        ("ec2", "DescribeVolumes", "MaxResults=100", "multiAttachEnabled", 307),
        ("ec2", "DescribeImages", "MaxResults=4&Owner.1=self", "imageLocation", 14),
        ("autoscaling", "DescribeAutoScalingGroups", "MaxRecords=3", "AutoScalingGroupARN", 8),
        ("autoscaling", "DescribeAutoScalingInstances", "MaxRecords=50", "InstanceId", 290),
    ];
    for (service, action, fields, element, want) in cases {
        let pages = client.pages(service, action, fields);
        let size: usize = texts(&format!("<x>{}</x>", fields.replace(['=', '&'], "</x><x>")), "x")
            .iter()
            .find_map(|text| text.parse().ok())
            .unwrap();
        let mut found: Vec<String> = Vec::new();
        for page in &pages {
            let here = page.all(element);
            assert!(here.len() <= size, "{action}: {}", here.len());
            found.extend(here);
        }
        assert_eq!(found.len(), want, "{action}");
        if element.ends_with("Id") || element.ends_with("ARN") {
            found.sort_unstable();
            found.dedup();
            assert_eq!(found.len(), want, "{action} repeats");
        }
    }
}

#[test]
fn a_token_is_good_for_its_own_question_only() {
    let client = Client::prod();
    let token = client.ec2("DescribeInstances", "MaxResults=5").text("nextToken").unwrap();
    let next = |client: &Client, action: &str, fields: &str| client.ec2(action, &format!("{fields}NextToken={token}"));
    assert_eq!(next(&client, "DescribeInstances", "MaxResults=7&").status, 200, "the size may change");
    let other_region = client.at("harbor-prod", "us-east-1");
    let other_account = client.at("harbor-data", "eu-west-1");
    for answer in [
        next(&client, "DescribeVolumes", ""),
        next(&client, "DescribeInstances", "Filter.1.Name=vpc-id&Filter.1.Value.1=*&"),
        next(&other_region, "DescribeInstances", ""),
        next(&other_account, "DescribeInstances", ""),
        client.ec2("DescribeInstances", "NextToken=AAAAAAAAAAAAAAAAAAAAAA"),
    ] {
        assert_eq!(answer.error().0, "InvalidNextToken");
    }
    assert_eq!(
        client.auto_scaling("DescribeAutoScalingGroups", &format!("NextToken={token}")).error().0,
        "InvalidNextToken"
    );
    let answer = client.image_builder("/ListImages", r#"{"nextToken":"x"}"#);
    assert_eq!(answer.status, 400);
}

#[test]
fn page_sizes_beyond_awss_limits_are_refused() {
    let client = Client::prod();
    let cases = [
        ("ec2", "DescribeInstances", "MaxResults=4", "InvalidParameterValue"),
        ("ec2", "DescribeInstances", "MaxResults=1001", "InvalidParameterValue"),
        ("ec2", "DescribeInstances", "MaxResults=many", "InvalidParameterValue"),
        ("ec2", "DescribeInstanceImageMetadata", "MaxResults=1001", "InvalidParameterValue"),
        ("ec2", "DescribeLaunchTemplates", "MaxResults=201", "InvalidParameterValue"),
        ("ec2", "DescribeReplaceRootVolumeTasks", "MaxResults=51", "InvalidParameterValue"),
        ("autoscaling", "DescribeAutoScalingGroups", "MaxRecords=101", "ValidationError"),
        ("autoscaling", "DescribeAutoScalingInstances", "MaxRecords=51", "ValidationError"),
        ("autoscaling", "DescribeLaunchConfigurations", "MaxRecords=0", "ValidationError"),
    ];
    for (service, action, fields, code) in cases {
        assert_eq!(client.query(service, action, fields).error().0, code, "{action} {fields}");
    }
    assert_eq!(client.image_builder("/ListImages", r#"{"maxResults":101}"#).status, 400);
}

#[test]
fn unknown_ids_fail_the_whole_call_and_are_all_named() {
    let client = Client::prod();
    let known = client.ec2("DescribeInstances", "MaxResults=5").text("instanceId").unwrap();
    assert_eq!(client.ec2("DescribeInstances", &format!("InstanceId.1={known}")).good().all("reservationId").len(), 1);
    let cases = [
        (
            "DescribeInstances",
            format!("InstanceId.1={known}&InstanceId.2=i-00000000000000001&InstanceId.3=i-1234abcd"),
            "InvalidInstanceID.NotFound",
            "The instance IDs 'i-00000000000000001, i-1234abcd' do not exist",
        ),
        (
            "DescribeInstances",
            "InstanceId.1=i-00000000000000001".into(),
            "InvalidInstanceID.NotFound",
            "The instance ID 'i-00000000000000001' does not exist",
        ),
        (
            "DescribeInstances",
            "InstanceId.1=web-1".into(),
            "InvalidInstanceID.Malformed",
            "Invalid id: \"web-1\" (expecting \"i-...\")",
        ),
        (
            "DescribeImages",
            "ImageId.1=ami-00000000000000001".into(),
            "InvalidAMIID.NotFound",
            "The image id '[ami-00000000000000001]' does not exist",
        ),
        ("DescribeImages", "ImageId.1=ami-x".into(), "InvalidAMIID.Malformed", "Invalid id: \"ami-x\""),
        (
            "DescribeLaunchTemplates",
            "LaunchTemplateId.1=lt-00000000000000001".into(),
            "InvalidLaunchTemplateId.NotFound",
            "The specified launch template, with template ID lt-00000000000000001, does not exist.",
        ),
        (
            "DescribeLaunchTemplates",
            "LaunchTemplateName.1=no".into(),
            "InvalidLaunchTemplateName.NotFoundException",
            "The specified launch template, with template name no, does not exist.",
        ),
        (
            "DescribeVolumes",
            "VolumeId.1=vol-00000000000000001".into(),
            "InvalidVolume.NotFound",
            "The volume 'vol-00000000000000001' does not exist.",
        ),
        (
            "DescribeInstanceAttribute",
            "InstanceId=i-00000000000000001&Attribute=userData".into(),
            "InvalidInstanceID.NotFound",
            "The instance ID 'i-00000000000000001' does not exist",
        ),
    ];
    for (action, fields, code, message) in cases {
        let error = client.ec2(action, &fields).error();
        assert_eq!((error.0.as_str(), error.1.replace("&quot;", "\"").as_str()), (code, message));
    }
    let cases = [
        ("DescribeInstances", "InstanceId", "instancesSet"),
        ("DescribeVolumes", "VolumeId", "volumeSet"),
        ("DescribeImages", "ImageId", "imagesSet"),
    ];
    for (action, ids, set) in cases {
        let error = client.ec2(action, &format!("MaxResults=5&{ids}.1={known}")).error();
        let message = format!("The parameter {set} cannot be used with the parameter maxResults");
        assert_eq!(error, ("InvalidParameterCombination".into(), message), "{action}");
    }
}

#[test]
fn filters_choose_and_unknown_ones_are_refused() {
    let client = Client::prod();
    let count = |fields: &str| client.ec2("DescribeInstances", fields).good().all("reservationId").len();
    let filter = |name: &str, value: &str| count(&format!("Filter.1.Name={name}&Filter.1.Value.1={value}"));
    assert_eq!(filter("tag:aws:autoscaling:groupName", "api-prod"), 76);
    assert_eq!(filter("tag:service", "w*"), 44);
    assert_eq!(filter("tag-key", "emberline:exempt"), 3);
    assert_eq!(filter("instance-state-name", "stopped"), 4);
    assert_eq!(filter("instance-lifecycle", "spot"), 93);
    let by_zone: usize =
        ["a", "b", "c"].iter().map(|zone| filter("availability-zone", &format!("eu-west-1{zone}"))).sum();
    assert_eq!(by_zone, 307);
    let both = "Filter.1.Name=tag:service&Filter.1.Value.1=web&Filter.1.Value.2=api\
                &Filter.2.Name=availability-zone&Filter.2.Value.1=eu-west-1a";
    let (web, api) = (44_usize.div_ceil(3), 76_usize.div_ceil(3));
    assert_eq!(count(both), web + api);
    for (action, name) in [
        ("DescribeInstances", "colour"),
        ("DescribeImages", "colour"),
        ("DescribeVolumes", "vpc-id"),
        ("DescribeLaunchTemplates", "image-id"),
        ("DescribeAvailabilityZones", "x"),
        ("DescribeRegions", "tag:x"),
    ] {
        let error = client.ec2(action, &format!("Filter.1.Name={name}&Filter.1.Value.1=1")).error();
        assert_eq!(error, ("InvalidParameterValue".into(), format!("The filter '{name}' is invalid")), "{action}");
    }
}

#[test]
fn regions_and_zones_are_awss() {
    let client = Client::prod();
    let regions = client.ec2("DescribeRegions", "").good();
    assert_eq!(regions.all("regionName").len(), 17);
    assert_eq!(
        client.ec2("DescribeRegions", "RegionName.1=eu-west-1").good().text("regionEndpoint").unwrap(),
        "ec2.eu-west-1.amazonaws.com"
    );
    assert_eq!(client.ec2("DescribeRegions", "RegionName.1=mars").error().0, "InvalidParameterValue");
    let zones = client.ec2("DescribeAvailabilityZones", "").good();
    assert_eq!(zones.all("zoneName"), ["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
    assert_eq!(zones.all("zoneId"), ["euw1-az1", "euw1-az2", "euw1-az3"]);
}

#[test]
fn a_generated_fleet_is_read_page_by_page() {
    let sandbox = Sandbox::open_at("generated:2500:7", opening()).unwrap();
    let client = Client::new(&sandbox, "generated", "eu-west-1");
    let pages = client.pages("ec2", "DescribeInstances", "MaxResults=1000");
    let sizes: Vec<usize> = pages.iter().map(|page| page.all("reservationId").len()).collect();
    assert_eq!(sizes, [1000, 1000, 500]);
    let groups = client.pages("autoscaling", "DescribeAutoScalingGroups", "MaxRecords=100");
    let members: usize = groups.iter().map(|page| page.all("InstanceId").len()).sum();
    assert_eq!(members, 2500);
}

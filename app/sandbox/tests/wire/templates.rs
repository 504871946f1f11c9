//! Launch templates that are made, changed and deleted at run time, and what is launched by them.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;

use crate::ask::{Answer, Client, tag, text, texts};

fn refused(answer: &Answer, code: &str, part: &str) {
    let (told, message) = answer.error();
    assert_eq!(told, code, "{message}");
    assert!(message.contains(part), "{message}");
}

fn create(client: &Client, name: &str, data: &str) -> Answer {
    client.ec2("CreateLaunchTemplate", &format!("LaunchTemplateName={name}&{data}"))
}

fn versions(client: &Client, fields: &str) -> Answer {
    client.ec2("DescribeLaunchTemplateVersions", fields).good()
}

/// The id of the image that a template of harbor names.
fn image_of(client: &Client, template: &str) -> String {
    versions(client, &format!("LaunchTemplateName={template}&LaunchTemplateVersion.1=$Default&ResolveAlias=true"))
        .text("imageId")
        .unwrap()
}

const TYPE: &str = "LaunchTemplateData.InstanceType=t3.medium";

#[test]
fn all_that_a_template_says_is_kept_and_told() {
    let client = Client::prod();
    let image = image_of(&client, "kafka");
    let group = versions(&client, "LaunchTemplateName=kafka&LaunchTemplateVersion.1=$Latest");
    let group = text(group.body.split("<securityGroupIdSet>").nth(1).unwrap(), "item");
    let data = STANDARD.encode("#!/bin/sh\necho <&>\n").replace('+', "%2B").replace('=', "%3D");
    let answer = create(
        &client,
        "made/here",
        &format!(
            "LaunchTemplateData.ImageId={image}&{TYPE}&LaunchTemplateData.KeyName=ops&LaunchTemplateData.UserData={data}\
             &LaunchTemplateData.SecurityGroupId.1={group}&LaunchTemplateData.IamInstanceProfile.Name=kafka\
             &LaunchTemplateData.Monitoring.Enabled=true&LaunchTemplateData.MetadataOptions.HttpTokens=required\
             &LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit=2\
             &LaunchTemplateData.BlockDeviceMapping.1.DeviceName=/dev/xvda\
             &LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize=40\
             &LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeType=gp3\
             &LaunchTemplateData.Placement.AvailabilityZone=eu-west-1b&LaunchTemplateData.DisableApiTermination=true\
             &LaunchTemplateData.InstanceInitiatedShutdownBehavior=terminate\
             &LaunchTemplateData.TagSpecification.1.ResourceType=instance\
             &LaunchTemplateData.TagSpecification.1.Tag.1.Key=Name&LaunchTemplateData.TagSpecification.1.Tag.1.Value=it\
             &LaunchTemplateData.TagSpecification.2.ResourceType=volume\
             &LaunchTemplateData.TagSpecification.2.Tag.1.Key=disk&LaunchTemplateData.TagSpecification.2.Tag.1.Value=root\
             &VersionDescription=the first&TagSpecification.1.ResourceType=launch-template\
             &TagSpecification.1.Tag.1.Key=team&TagSpecification.1.Tag.1.Value=ops"
        ),
    )
    .good();
    assert_eq!(
        (answer.text("defaultVersionNumber").unwrap(), answer.text("latestVersionNumber").unwrap()),
        ("1".into(), "1".into())
    );
    assert_eq!(tag(&answer.body, "team").unwrap(), "ops");
    assert!(answer.text("createdBy").unwrap().starts_with("arn:aws:sts::"));
    assert!(answer.text("warning").is_none());
    let told = versions(&client, "LaunchTemplateName=made/here").body;
    for (element, want) in [
        ("versionNumber", "1"),
        ("versionDescription", "the first"),
        ("defaultVersion", "true"),
        ("imageId", &image),
        ("instanceType", "t3.medium"),
        ("keyName", "ops"),
        ("httpTokens", "required"),
        ("httpPutResponseHopLimit", "2"),
        ("deviceName", "/dev/xvda"),
        ("volumeSize", "40"),
        ("volumeType", "gp3"),
        ("availabilityZone", "eu-west-1b"),
        ("disableApiTermination", "true"),
        ("instanceInitiatedShutdownBehavior", "terminate"),
        ("enabled", "true"),
    ] {
        assert_eq!(text(&told, element), want, "{element}");
    }
    assert_eq!(STANDARD.decode(text(&told, "userData")).unwrap(), b"#!/bin/sh\necho <&>\n");
    assert_eq!((tag(&told, "Name").unwrap(), tag(&told, "disk").unwrap()), ("it".into(), "root".into()));
    assert!(told.contains(&format!("<securityGroupIdSet><item>{group}</item></securityGroupIdSet>")));

    let server = client.ec2("RunInstances", "LaunchTemplate.LaunchTemplateName=made/here&MinCount=1&MaxCount=1").good();
    assert_eq!((text(&server.body, "imageId"), text(&server.body, "keyName")), (image, "ops".into()));
    assert_eq!((tag(&server.body, "Name").unwrap(), server.text("groupId").unwrap()), ("it".into(), group));
    let id = server.text("instanceId").unwrap();
    refused(&client.ec2("TerminateInstances", &format!("InstanceId.1={id}")), "OperationNotPermitted", &id);
    let volume = client.ec2("DescribeVolumes", &format!("VolumeId.1={}", server.text("volumeId").unwrap())).good();
    assert_eq!(tag(&volume.body, "disk").unwrap(), "root");
}

#[test]
fn names_are_checked_and_belong_to_one_template() {
    let client = Client::prod();
    refused(&create(&client, "kafka", TYPE), "InvalidLaunchTemplateName.AlreadyExistsException", "already in use");
    for bad in ["ab", "with space", "umlaut-%C3%A4", &"n".repeat(126)] {
        refused(&create(&client, bad, TYPE), "InvalidLaunchTemplateName.MalformedException", "between 3 and 125");
    }
    refused(&client.ec2("CreateLaunchTemplate", TYPE), "MissingParameter", "LaunchTemplateName");
    refused(&create(&client, "empty", ""), "MissingParameter", "No launch template data was provided");
    let id = create(&client, "kept-name", TYPE).good().text("launchTemplateId").unwrap();
    client.ec2("DeleteLaunchTemplate", "LaunchTemplateName=kept-name").good();
    let gone = |answer: Answer| answer.error().0;
    assert_eq!(
        gone(client.ec2("DescribeLaunchTemplates", "LaunchTemplateName.1=kept-name")),
        "InvalidLaunchTemplateName.NotFoundException"
    );
    assert_eq!(
        gone(client.ec2("DescribeLaunchTemplateVersions", &format!("LaunchTemplateId={id}"))),
        "InvalidLaunchTemplateId.NotFound"
    );
    assert_eq!(
        gone(client.ec2("DeleteLaunchTemplate", &format!("LaunchTemplateId={id}"))),
        "InvalidLaunchTemplateId.NotFound"
    );
    assert_ne!(create(&client, "kept-name", TYPE).good().text("launchTemplateId").unwrap(), id);
}

#[test]
fn data_that_ec2_does_not_know_is_refused() {
    let client = Client::prod();
    let many: String =
        (1..=101).map(|n| format!("&LaunchTemplateData.BlockDeviceMapping.{n}.DeviceName=d{n}")).collect();
    for (data, code) in [
        ("LaunchTemplateData.Colour=red", "UnknownParameter"),
        ("LaunchTemplateData.Monitoring.Colour=red", "UnknownParameter"),
        ("LaunchTemplateData.BlockDeviceMapping.x.DeviceName=a", "UnknownParameter"),
        ("LaunchTemplateData.Monitoring.Enabled=yes", "InvalidParameterValue"),
        ("LaunchTemplateData.MetadataOptions.HttpTokens=maybe", "InvalidParameterValue"),
        ("LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit=-1", "InvalidParameterValue"),
        ("LaunchTemplateData.ImageId=ubuntu", "InvalidAMIID.Malformed"),
        ("LaunchTemplateData.SecurityGroupId.1=web", "InvalidGroupId.Malformed"),
        ("LaunchTemplateData.UserData=not base64", "InvalidUserData.Malformed"),
        (
            "LaunchTemplateData.IamInstanceProfile.Name=a&LaunchTemplateData.IamInstanceProfile.Arn=b",
            "InvalidParameterCombination",
        ),
        ("LaunchTemplateData.TagSpecification.1.Tag.1.Key=a", "MissingParameter"),
        (&many, "InvalidParameterValue"),
        (
            "LaunchTemplateData.InstanceType=a&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=a",
            "InvalidParameterValue",
        ),
        ("LaunchTemplateData.InstanceType=a&DryRun=true", "DryRunOperation"),
    ] {
        assert_eq!(create(&client, "bad", data).error().0, code, "{data}");
    }
}

#[test]
fn what_is_not_there_only_warns_until_it_is_launched() {
    let client = Client::prod();
    for (name, data, code) in [
        ("no-image", "LaunchTemplateData.ImageId=ami-00000000000000001", "InvalidAMIID.NotFound"),
        ("no-group", "LaunchTemplateData.SecurityGroupId.1=sg-00000000000000001", "InvalidGroup.NotFound"),
    ] {
        let answer = create(&client, name, data).good();
        assert_eq!(text(answer.body.split("<warning>").nth(1).unwrap(), "code"), code);
        let image = image_of(&client, "kafka");
        let own = if name == "no-group" { format!("&ImageId={image}") } else { String::new() };
        let launch =
            format!("LaunchTemplate.LaunchTemplateName={name}&MinCount=1&MaxCount=1&InstanceType=m5.large{own}");
        assert_eq!(client.ec2("RunInstances", &launch).error().0, code, "{name}");
    }
    create(&client, "bare", TYPE).good();
    let launch = "LaunchTemplate.LaunchTemplateName=bare&MinCount=1&MaxCount=1";
    refused(&client.ec2("RunInstances", launch), "MissingParameter", "ImageId");
    let image = image_of(&client, "kafka");
    client.ec2("RunInstances", &format!("{launch}&ImageId={image}")).good();
}

#[test]
fn a_version_takes_over_what_it_does_not_say() {
    let client = Client::prod();
    let before = versions(&client, "LaunchTemplateName=kafka&LaunchTemplateVersion.1=$Latest");
    let latest: u32 = before.text("versionNumber").unwrap().parse().unwrap();
    let made = client
        .ec2(
            "CreateLaunchTemplateVersion",
            &format!("LaunchTemplateName=kafka&SourceVersion={latest}&VersionDescription=bigger&LaunchTemplateData.InstanceType=r7i.large"),
        )
        .good();
    assert_eq!(made.text("versionNumber").unwrap(), (latest + 1).to_string());
    assert_eq!(
        (made.text("defaultVersion").unwrap(), made.text("instanceType").unwrap()),
        ("false".into(), "r7i.large".into())
    );
    for element in ["imageId", "userData", "keyName", "httpTokens"] {
        assert_eq!(made.all(element), before.all(element), "{element}");
    }
    let alone = client
        .ec2("CreateLaunchTemplateVersion", "LaunchTemplateName=kafka&LaunchTemplateData.InstanceType=r7i.large")
        .good();
    assert_eq!((alone.all("imageId").len(), alone.all("userData").len()), (0, 0));
    let missing =
        client.ec2("CreateLaunchTemplateVersion", &format!("LaunchTemplateName=kafka&SourceVersion=99&{TYPE}"));
    refused(&missing, "InvalidLaunchTemplateId.VersionNotFound", "99");
}

#[test]
fn disks_are_taken_over_without_their_snapshots() {
    let client = Client::prod();
    let disk = "LaunchTemplateData.BlockDeviceMapping.1";
    create(
        &client,
        "disks",
        &format!("{disk}.DeviceName=/dev/sdb&{disk}.Ebs.SnapshotId=snap-1234567f&{disk}.Ebs.VolumeSize=9"),
    )
    .good();
    let made =
        client.ec2("CreateLaunchTemplateVersion", &format!("LaunchTemplateName=disks&SourceVersion=1&{TYPE}")).good();
    assert_eq!((made.all("volumeSize"), made.all("snapshotId").len()), (vec!["9".to_owned()], 0));
}

#[test]
fn a_token_makes_one_template_and_one_version() {
    let client = Client::prod();
    let once = || create(&client, "once", &format!("{TYPE}&ClientToken=a")).good().text("launchTemplateId").unwrap();
    assert_eq!(once(), once());
    refused(&create(&client, "other", &format!("{TYPE}&ClientToken=a")), "IdempotentParameterMismatch", "token");
    refused(
        &create(&client, "other", &format!("{TYPE}&ClientToken={}", "t".repeat(129))),
        "InvalidParameterValue",
        "128",
    );
    let version =
        |fields: &str| client.ec2("CreateLaunchTemplateVersion", &format!("LaunchTemplateName=once&{TYPE}&{fields}"));
    let first = version("ClientToken=b").good().text("versionNumber").unwrap();
    assert_eq!((&*first, version("ClientToken=b").good().text("versionNumber").unwrap()), ("2", first.clone()));
    assert_eq!(version("").good().text("versionNumber").unwrap(), "3");
    assert_eq!(version("ClientToken=b&VersionDescription=x").error().0, "IdempotentParameterMismatch");
}

#[test]
fn the_default_moves_and_can_not_be_deleted() {
    let client = Client::prod();
    create(&client, "three", TYPE).good();
    for _ in 0..2 {
        client.ec2("CreateLaunchTemplateVersion", &format!("LaunchTemplateName=three&{TYPE}")).good();
    }
    let set = |name: &str, version: &str| {
        client.ec2("ModifyLaunchTemplate", &format!("LaunchTemplateName=three&{name}={version}"))
    };
    assert_eq!(set("SetDefaultVersion", "2").good().text("defaultVersionNumber").unwrap(), "2");
    assert_eq!(set("SetDefaultVersion", "9").error().0, "InvalidLaunchTemplateId.VersionNotFound");
    assert_eq!(set("Colour", "2").error().0, "UnknownParameter");
    let answer = client
        .ec2(
            "DeleteLaunchTemplateVersions",
            "LaunchTemplateName=three&LaunchTemplateVersion.1=2&LaunchTemplateVersion.2=3&LaunchTemplateVersion.3=7",
        )
        .good();
    let parts = answer.body.split("<unsuccessfullyDeletedLaunchTemplateVersionSet>").collect::<Vec<_>>();
    assert_eq!(
        (texts(parts[0], "versionNumber"), texts(parts[1], "versionNumber")),
        (vec!["3".to_owned()], vec!["2".to_owned(), "7".to_owned()])
    );
    assert_eq!(texts(parts[1], "code"), ["unexpectedError", "launchTemplateVersionDoesNotExist"]);
    assert_eq!(versions(&client, "LaunchTemplateName=three").all("versionNumber"), ["2", "1"]);
    let next = client.ec2("CreateLaunchTemplateVersion", &format!("LaunchTemplateName=three&{TYPE}")).good();
    assert_eq!(next.text("versionNumber").unwrap(), "4", "a deleted number does not come back");
}

#[test]
fn a_parameters_image_is_the_one_at_the_launch() {
    let client = Client::prod();
    let image = image_of(&client, "kafka");
    create(
        &client,
        "by-parameter",
        "LaunchTemplateData.ImageId=resolve:ssm:/made/here&LaunchTemplateData.InstanceType=m6i.large",
    )
    .good();
    let launch = || client.ec2("RunInstances", "LaunchTemplate.LaunchTemplateName=by-parameter&MinCount=1&MaxCount=1");
    refused(&launch(), "InvalidParameterValue", "resolve:ssm:/made/here");
    let put = |value: &str| {
        let asked = serde_json::json!({ "Name": "/made/here", "Value": value, "Type": "String", "DataType": "aws:ec2:image", "Overwrite": true });
        let answer = client.ssm("PutParameter", &asked.to_string()).good();
        client.sandbox.advance(Duration::from_secs(60));
        answer
    };
    put(&image);
    assert_eq!(launch().good().text("imageId").unwrap(), image);
    let other =
        client.ec2("DescribeImages", "Owner.1=self&Filter.1.Name=name&Filter.1.Value.1=golden-ubuntu-121-*").good();
    let other = other.text("imageId").unwrap();
    assert_ne!(image, other);
    put(&other);
    assert_eq!(launch().good().text("imageId").unwrap(), other);
    let pinned = "LaunchTemplateData.ImageId=resolve:ssm:/made/here:1&LaunchTemplateData.InstanceType=m6i.large";
    create(&client, "by-version", pinned).good();
    let told = versions(&client, "LaunchTemplateName=by-version&ResolveAlias=true");
    assert_eq!(told.text("imageId").unwrap(), image, "the first version stays what it was");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is asked in whatever order: numbers only grow, the default is always there, and what is deleted never
    /// comes back.
    #[test]
    fn versions_only_grow_and_the_default_is_always_there(deeds in prop::collection::vec((0_u8..3, 1_u32..8), 1..24)) {
        let client = Client::prod();
        create(&client, "grown", TYPE).good();
        let (mut highest, mut deleted) = (1_u32, Vec::new());
        for (deed, number) in deeds {
            match deed {
                0 => {
                    let made = client.ec2("CreateLaunchTemplateVersion", &format!("LaunchTemplateName=grown&{TYPE}")).good();
                    let made: u32 = made.text("versionNumber").unwrap().parse().unwrap();
                    prop_assert!(made > highest && !deleted.contains(&made));
                    highest = made;
                }
                1 => {
                    client.ec2("ModifyLaunchTemplate", &format!("LaunchTemplateName=grown&SetDefaultVersion={number}"));
                }
                _ => {
                    let fields = format!("LaunchTemplateName=grown&LaunchTemplateVersion.1={number}");
                    let answer = client.ec2("DeleteLaunchTemplateVersions", &fields).good();
                    let done = answer.body.split("<unsuccessfully").next().unwrap().to_owned();
                    deleted.extend(texts(&done, "versionNumber").iter().map(|text| text.parse::<u32>().unwrap()));
                }
            }
            let told = client.ec2("DescribeLaunchTemplates", "LaunchTemplateName.1=grown").good();
            let all: Vec<u32> =
                versions(&client, "LaunchTemplateName=grown").all("versionNumber").iter().map(|text| text.parse().unwrap()).collect();
            let default: u32 = told.text("defaultVersionNumber").unwrap().parse().unwrap();
            let latest: u32 = told.text("latestVersionNumber").unwrap().parse().unwrap();
            prop_assert!(all.contains(&default), "{all:?} {default}");
            prop_assert_eq!(all.iter().max(), Some(&latest));
            prop_assert!(all.iter().all(|number| !deleted.contains(number)));
        }
    }
}

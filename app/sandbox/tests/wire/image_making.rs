//! Images that are made, copied, registered, shared, protected and given up at run time.

use std::time::Duration;

use serde_json::json;

use crate::ask::{Answer, Client, tag, text, texts};

fn wait(client: &Client, seconds: u64) {
    client.sandbox.advance(Duration::from_secs(seconds));
}

fn refused(answer: &Answer, code: &str, part: &str) {
    let (told, message) = answer.error();
    assert_eq!(told, code, "{message}");
    assert!(message.contains(part), "{message}");
}

/// Launches one server from the template kafka and lets it run.
fn server(client: &Client) -> String {
    let answer = client.ec2("RunInstances", "LaunchTemplate.LaunchTemplateName=kafka&MinCount=1&MaxCount=1").good();
    wait(client, 300);
    answer.text("instanceId").unwrap()
}

fn create(client: &Client, server: &str, name: &str) -> String {
    client.ec2("CreateImage", &format!("InstanceId={server}&Name={name}")).good().text("imageId").unwrap()
}

fn image(client: &Client, id: &str) -> String {
    client.ec2("DescribeImages", &format!("ImageId.1={id}")).good().body
}

fn vendor_image(client: &Client, name: &str) -> String {
    let fields = format!("Filter.1.Name=name&Filter.1.Value.1={name}&IncludeDeprecated=true");
    client.ec2("DescribeImages", &fields).good().text("imageId").unwrap()
}

#[test]
fn an_image_of_a_server_is_pending_then_available_and_knows_where_it_came_from() {
    let client = Client::prod();
    let server = server(&client);
    let of_server = client.ec2("DescribeInstances", &format!("InstanceId.1={server}")).good();
    let base = of_server.text("imageId").unwrap();
    let made = client
        .ec2(
            "CreateImage",
            &format!(
                "InstanceId={server}&Name=by hand&Description=of kafka&TagSpecification.1.ResourceType=image\
                 &TagSpecification.1.Tag.1.Key=by&TagSpecification.1.Tag.1.Value=me\
                 &TagSpecification.2.ResourceType=snapshot&TagSpecification.2.Tag.1.Key=disk\
                 &TagSpecification.2.Tag.1.Value=root"
            ),
        )
        .good()
        .text("imageId")
        .unwrap();
    let told = image(&client, &made);
    assert_eq!(text(&told, "imageState"), "pending");
    assert_eq!((text(&told, "sourceInstanceId"), text(&told, "sourceImageId")), (server.clone(), base.clone()));
    assert_eq!((text(&told, "name"), text(&told, "description")), ("by hand".into(), "of kafka".into()));
    assert_eq!((&*tag(&told, "by").unwrap(), tag(&told, "disk")), ("me", None));
    let launch = format!("ImageId={made}&InstanceType=m6i.large&MinCount=1&MaxCount=1");
    refused(&client.ec2("RunInstances", &launch), "InvalidAMIID.Unavailable", &made);

    let snapshot = client.ec2("DescribeSnapshots", &format!("SnapshotId.1={}", text(&told, "snapshotId"))).good();
    assert_eq!(snapshot.text("status").unwrap(), "pending");
    assert_eq!(snapshot.text("volumeId"), of_server.text("volumeId"));
    assert_eq!(snapshot.text("description").unwrap(), format!("Created by CreateImage({server}) for {made}"));
    assert_eq!(tag(&snapshot.body, "disk").unwrap(), "root");

    wait(&client, 600);
    assert_eq!(text(&image(&client, &made), "imageState"), "available");
    let snapshot = client.ec2("DescribeSnapshots", &format!("SnapshotId.1={}", text(&told, "snapshotId"))).good();
    assert_eq!(
        (snapshot.text("status").unwrap(), snapshot.text("progress").unwrap()),
        ("completed".into(), "100%".into())
    );
    let chain = client.ec2("GetImageAncestry", &format!("ImageId={made}")).good();
    assert_eq!(chain.all("imageId")[..2], [made.clone(), base]);
    let launched = client.ec2("RunInstances", &launch).good().text("instanceId").unwrap();
    let references = client
        .ec2("DescribeImageReferences", &format!("ImageId.1={made}&ResourceType.1.ResourceType=ec2:Instance"))
        .good();
    assert!(references.text("arn").unwrap().ends_with(&launched));
}

#[test]
fn a_server_reboots_for_its_image_unless_told_not_to() {
    for (fields, reboots) in [("", true), ("&NoReboot=true", false)] {
        let client = Client::prod();
        let id = server(&client);
        let console = || client.ec2("GetConsoleOutput", &format!("InstanceId={id}")).good().text("output").unwrap();
        let started = || client.ec2("DescribeInstances", &format!("InstanceId.1={id}")).good().text("launchTime");
        let before = (console(), started());
        client.ec2("CreateImage", &format!("InstanceId={id}&Name=one two{fields}")).good();
        wait(&client, 300);
        assert_eq!(console() != before.0, reboots, "{fields}");
        assert_eq!(started(), before.1, "a reboot is no start");
    }
}

#[test]
fn an_images_name_is_its_owners_alone_in_a_region() {
    let client = Client::prod();
    let id = server(&client);
    let first = create(&client, &id, "kafka-1");
    let second = client.ec2("CreateImage", &format!("InstanceId={id}&Name=kafka-1"));
    refused(&second, "InvalidAMIName.Duplicate", &format!("AMI name kafka-1 is already in use by AMI {first}"));
    wait(&client, 600);
    let far = client.at("harbor-prod", "us-east-1");
    far.ec2("CopyImage", &format!("SourceImageId={first}&SourceRegion=eu-west-1&Name=kafka-1")).good();
    client.ec2("DeregisterImage", &format!("ImageId={first}")).good();
    assert_ne!(create(&client, &id, "kafka-1"), first, "the name is free again");
}

#[test]
fn what_create_image_does_not_take_is_refused() {
    let client = Client::prod();
    let id = server(&client);
    let long = "n".repeat(129);
    for (fields, code, part) in [
        ("Name=abc".to_owned(), "MissingParameter", "InstanceId"),
        (format!("InstanceId={id}"), "MissingParameter", "Name"),
        (format!("InstanceId={id}&Name=ab"), "InvalidAMIName.Malformed", "between 3 and 128"),
        (format!("InstanceId={id}&Name={long}"), "InvalidAMIName.Malformed", "between 3 and 128"),
        (format!("InstanceId={id}&Name=a%3Bb"), "InvalidAMIName.Malformed", "may contain"),
        ("InstanceId=i-123&Name=abc".to_owned(), "InvalidInstanceID.Malformed", "i-123"),
        ("InstanceId=i-00000000000000001&Name=abc".to_owned(), "InvalidInstanceID.NotFound", "does not exist"),
        (format!("InstanceId={id}&Name=abc&Description={}", "d".repeat(256)), "InvalidParameterValue", "256"),
        (
            format!("InstanceId={id}&Name=abc&TagSpecification.1.ResourceType=volume&TagSpecification.1.Tag.1.Key=a"),
            "InvalidParameterValue",
            "'volume' is not a valid taggable resource type",
        ),
        (format!("InstanceId={id}&Name=abc&DryRun=true"), "DryRunOperation", "would have succeeded"),
    ] {
        refused(&client.ec2("CreateImage", &fields), code, part);
    }
    client.ec2("TerminateInstances", &format!("InstanceId.1={id}")).good();
    let ended = client.ec2("CreateImage", &format!("InstanceId={id}&Name=abc"));
    refused(&ended, "InvalidParameterValue", "not in state 'running' or 'stopping' or 'stopped'");
    let none = client.ec2("DescribeImages", "Owner.1=self&Filter.1.Name=name&Filter.1.Value.1=abc").good();
    assert!(none.all("imageState").is_empty());
}

#[test]
fn a_copy_has_a_date_of_its_own_and_names_its_source() {
    let client = Client::prod();
    let golden =
        client.ec2("DescribeImages", "Owner.1=self&Filter.1.Name=name&Filter.1.Value.1=golden-ubuntu-121-*").good();
    let (source, name) = (golden.text("imageId").unwrap(), golden.text("name").unwrap());
    let far = client.at("harbor-prod", "us-west-2");
    let fields =
        format!("SourceImageId={source}&SourceRegion=eu-west-1&Name={name}&CopyImageTags=true&ClientToken=one");
    let copy = far.ec2("CopyImage", &fields).good().text("imageId").unwrap();
    let told = image(&far, &copy);
    assert_eq!(text(&told, "imageState"), "pending");
    assert_eq!((text(&told, "sourceImageId"), text(&told, "sourceImageRegion")), (source.clone(), "eu-west-1".into()));
    assert_eq!(text(&told, "creationDate"), "2026-11-02T08:00:00.000Z");
    assert_eq!(tag(&told, "packer_template").unwrap(), "images/golden-ubuntu.pkr.hcl");
    assert!(texts(&told, "sourceInstanceId").is_empty());
    let snapshot = far.ec2("DescribeSnapshots", &format!("SnapshotId.1={}", text(&told, "snapshotId"))).good();
    assert_eq!(snapshot.text("volumeId").unwrap(), "vol-ffffffff");
    assert!(
        snapshot
            .text("description")
            .unwrap()
            .starts_with(&format!("Copied for DestinationAmi {copy} from SourceAmi {source}"))
    );

    wait(&far, 60);
    assert_eq!(far.ec2("CopyImage", &fields).good().text("imageId").unwrap(), copy, "the token makes one");
    let other = fields.replace(&name, "other");
    refused(&far.ec2("CopyImage", &other), "IdempotentParameterMismatch", "token");
    wait(&far, 3_600);
    assert_eq!(text(&image(&far, &copy), "imageState"), "available");
    let plain = format!("SourceImageId={source}&SourceRegion=eu-west-1&Name=plain&Encrypted=true");
    let plain = image(&far, &far.ec2("CopyImage", &plain).good().text("imageId").unwrap());
    assert_eq!((tag(&plain, "packer_template"), text(&plain, "encrypted")), (None, "true".into()));
}

#[test]
fn a_copy_needs_a_source_that_one_may_use() {
    let client = Client::prod();
    let id = server(&client);
    let mine = create(&client, &id, "mine");
    let data = client.at("harbor-data", "eu-west-1");
    for (who, fields, code) in [
        (&client, format!("SourceRegion=eu-west-1&Name=abc&SourceImageId={mine}"), "InvalidAMIID.Unavailable"),
        (&data, format!("SourceRegion=eu-west-1&Name=abc&SourceImageId={mine}"), "InvalidAMIID.NotFound"),
        (&client, format!("SourceRegion=us-east-1&Name=abc&SourceImageId={mine}"), "InvalidAMIID.NotFound"),
        (&client, format!("SourceRegion=mars-1&Name=abc&SourceImageId={mine}"), "InvalidParameterValue"),
        (&client, format!("SourceRegion=eu-west-1&SourceImageId={mine}"), "MissingParameter"),
        (&client, format!("Name=abc&SourceImageId={mine}"), "MissingParameter"),
        (&client, "SourceRegion=eu-west-1&Name=abc&SourceImageId=ami-1".to_owned(), "InvalidAMIID.Malformed"),
        (
            &client,
            format!("SourceRegion=eu-west-1&Name=abc&SourceImageId={mine}&KmsKeyId=alias/mine"),
            "InvalidParameterDependency",
        ),
        (
            &client,
            format!("SourceRegion=eu-west-1&Name=abc&SourceImageId={mine}&ClientToken={}", "t".repeat(129)),
            "InvalidParameterValue",
        ),
        (
            &client,
            format!("SourceRegion=eu-west-1&Name=abc&SourceImageId={mine}&SnapshotCopyCompletionDurationMinutes=20"),
            "InvalidParameterValue",
        ),
    ] {
        assert_eq!(who.ec2("CopyImage", &fields).error().0, code, "{fields}");
    }
}

#[test]
fn an_image_is_registered_from_a_snapshot() {
    let client = Client::prod();
    let id = server(&client);
    let made = create(&client, &id, "first");
    let snapshot = text(&image(&client, &made), "snapshotId");
    let fields = format!(
        "Name=again&RootDeviceName=/dev/sda1&Architecture=x86_64&VirtualizationType=hvm\
         &BlockDeviceMapping.1.DeviceName=/dev/sda1&BlockDeviceMapping.1.Ebs.SnapshotId={snapshot}"
    );
    refused(&client.ec2("RegisterImage", &fields), "IncorrectState", "pending");
    wait(&client, 600);
    let again = client.ec2("RegisterImage", &fields).good().text("imageId").unwrap();
    let told = image(&client, &again);
    assert_eq!((text(&told, "imageState"), text(&told, "snapshotId")), ("available".into(), snapshot.clone()));
    assert!(texts(&told, "sourceImageId").is_empty(), "what is registered has no ancestor");
    for (more, code) in [
        ("&BlockDeviceMapping.1.Ebs.VolumeSize=1", "InvalidBlockDeviceMapping"),
        ("&BlockDeviceMapping.1.Ebs.Encrypted=true", "InvalidBlockDeviceMapping"),
        ("&BlockDeviceMapping.2.DeviceName=/dev/sdb", "UnsupportedOperation"),
        ("", "InvalidAMIName.Duplicate"),
    ] {
        assert_eq!(client.ec2("RegisterImage", &format!("{fields}{more}")).error().0, code, "{more}");
    }
    let with = |from: &str, to: &str| client.ec2("RegisterImage", &fields.replace(from, to)).error().0;
    assert_eq!(with("VirtualizationType=hvm", "VirtualizationType=paravirtual"), "UnsupportedOperation");
    assert_eq!(with("x86_64", "z80"), "InvalidParameterValue");
    assert_eq!(with(&snapshot, "snap-00000000000000001"), "InvalidSnapshot.NotFound");
    // One snapshot, two images: it outlives the first of them.
    let gone = |id: &str| client.ec2("DeregisterImage", &format!("ImageId={id}&DeleteAssociatedSnapshots=true")).good();
    assert_eq!(gone(&made).text("returnCode").unwrap(), "skipped");
    assert_eq!(gone(&again).text("returnCode").unwrap(), "success");
    let deleted = client.ec2("DescribeSnapshots", &format!("SnapshotId.1={snapshot}"));
    assert_eq!(deleted.error().0, "InvalidSnapshot.NotFound");
}

#[test]
fn a_deregistered_image_is_known_by_its_servers_alone() {
    let client = Client::prod();
    let id = server(&client);
    let made = create(&client, &id, "short-lived");
    wait(&client, 600);
    let launch = format!("ImageId={made}&InstanceType=m6i.large&MinCount=1&MaxCount=1");
    let child = client.ec2("RunInstances", &launch).good().text("instanceId").unwrap();
    client.ec2("DeregisterImage", &format!("ImageId={made}")).good();
    assert_eq!(client.ec2("DescribeImages", &format!("ImageId.1={made}")).error().0, "InvalidAMIID.NotFound");
    assert_eq!(client.ec2("RunInstances", &launch).error().0, "InvalidAMIID.NotFound");
    let told = client.ec2("DescribeInstanceImageMetadata", &format!("InstanceId.1={child}")).good();
    assert_eq!(
        (told.text("imageId").unwrap(), told.text("imageState").unwrap()),
        (made.clone(), "deregistered".into())
    );
    assert_eq!(client.ec2("DescribeInstances", &format!("InstanceId.1={child}")).good().text("imageId").unwrap(), made);
    let again = client.ec2("DeregisterImage", &format!("ImageId={made}"));
    refused(&again, "InvalidAMIID.Unavailable", "no longer available");
}

#[test]
fn only_its_owner_changes_an_image() {
    let client = Client::prod();
    let theirs = vendor_image(&client, "*noble-24.04-amd64*");
    for (action, fields) in [
        ("DeregisterImage", ""),
        ("DisableImage", ""),
        ("EnableImage", ""),
        ("EnableImageDeregistrationProtection", ""),
        ("DisableImageDeprecation", ""),
        ("ModifyImageAttribute", "&Description.Value=mine"),
        ("DescribeImageAttribute", "&Attribute=launchPermission"),
    ] {
        let answer = client.ec2(action, &format!("ImageId={theirs}{fields}"));
        assert_eq!((answer.status, &*answer.error().0), (403, "AuthFailure"), "{action}");
    }
}

#[test]
fn protection_holds_and_its_cooldown_outlasts_it() {
    let client = Client::prod();
    let id = server(&client);
    let made = create(&client, &id, "protected");
    let fields = format!("ImageId={made}");
    let protection = || text(&image(&client, &made), "deregistrationProtection");
    let refuse = || refused(&client.ec2("DeregisterImage", &fields), "OperationNotPermitted", &made);
    client.ec2("EnableImageDeregistrationProtection", &fields).good();
    assert_eq!(protection(), "enabled-without-cooldown");
    refuse();
    client.ec2("EnableImageDeregistrationProtection", &format!("{fields}&WithCooldown=true")).good();
    assert_eq!(protection(), "enabled-with-cooldown");
    client.ec2("DisableImageDeregistrationProtection", &fields).good();
    assert_eq!(protection(), "disabling");
    refuse();
    wait(&client, 86_400);
    assert_eq!(protection(), "disabled");
    client.ec2("DeregisterImage", &fields).good();
}

#[test]
fn a_disabled_image_is_its_owners_and_its_shares_are_gone() {
    let client = Client::prod();
    let data = client.at("harbor-data", "eu-west-1");
    let account = "123456789012";
    let mine = client.sandbox.profiles().iter().find(|profile| profile.name == "harbor-data").unwrap().account.clone();
    let golden = vendor_image(&client, "golden-ubuntu-121-*");
    let seen = |client: &Client| client.ec2("DescribeImages", &format!("ImageId.1={golden}")).status;
    assert_eq!(seen(&data), 200);
    client.ec2("DisableImage", &format!("ImageId={golden}")).good();
    assert_eq!((seen(&client), seen(&data)), (200, 400));
    let share = format!("ImageId={golden}&LaunchPermission.Add.1.UserId={mine}");
    refused(&client.ec2("ModifyImageAttribute", &share), "InvalidAMIID.Unavailable", &golden);
    client.ec2("EnableImage", &format!("ImageId={golden}")).good();
    assert_eq!(seen(&data), 400, "access does not come back by itself");
    client.ec2("ModifyImageAttribute", &share).good();
    client
        .ec2(
            "ModifyImageAttribute",
            &format!("ImageId={golden}&Attribute=launchPermission&OperationType=add&UserId.1={account}"),
        )
        .good();
    assert_eq!(seen(&data), 200);
    let permissions = || {
        client
            .ec2("DescribeImageAttribute", &format!("ImageId={golden}&Attribute=launchPermission"))
            .good()
            .all("userId")
    };
    assert_eq!(permissions(), [mine.clone(), account.to_owned()]);
    client.ec2("ModifyImageAttribute", &format!("ImageId={golden}&LaunchPermission.Remove.1.UserId={mine}")).good();
    assert_eq!((permissions(), seen(&data)), (vec![account.to_owned()], 400));
    client.ec2("ModifyImageAttribute", &format!("ImageId={golden}&LaunchPermission.Add.1.Group=all")).good();
    assert_eq!(text(&image(&client, &golden), "isPublic"), "true");
    client.ec2("ResetImageAttribute", &format!("ImageId={golden}&Attribute=launchPermission")).good();
    assert_eq!((permissions(), text(&image(&client, &golden), "isPublic")), (Vec::new(), "false".into()));
}

#[test]
fn one_attribute_at_a_time_and_only_what_there_is() {
    let client = Client::prod();
    let golden = vendor_image(&client, "golden-ubuntu-121-*");
    client.ec2("ModifyImageAttribute", &format!("ImageId={golden}&Description.Value=new")).good();
    assert_eq!(text(&image(&client, &golden), "description"), "new");
    for (fields, code) in [
        ("", "InvalidParameterCombination"),
        ("&Description.Value=a&LaunchPermission.Add.1.Group=all", "InvalidParameterCombination"),
        ("&LaunchPermission.Add.1.UserId=12", "InvalidAMIAttributeItemValue"),
        ("&LaunchPermission.Add.1.Group=some", "InvalidAMIAttributeItemValue"),
        ("&Attribute=launchPermission&UserId.1=123456789012", "MissingParameter"),
        ("&Attribute=colour&Value=red", "InvalidParameterValue"),
        ("&ImdsSupport.Value=v1.0", "InvalidParameterValue"),
    ] {
        let answer = client.ec2("ModifyImageAttribute", &format!("ImageId={golden}{fields}"));
        assert_eq!(answer.error().0, code, "{fields}");
    }
}

#[test]
fn a_deprecation_is_in_the_future_and_to_the_minute() {
    let client = Client::prod();
    let golden = vendor_image(&client, "golden-ubuntu-121-*");
    let set = |at: &str| client.ec2("EnableImageDeprecation", &format!("ImageId={golden}&DeprecateAt={at}"));
    for bad in ["", "soon", "2026-11-02T08:00:00Z", "2020-01-01T00:00:00Z", "2037-01-01T00:00:00Z"] {
        assert!(set(bad).status == 400, "{bad}");
    }
    set("2026-11-02T09:00:40.000Z").good();
    assert_eq!(text(&image(&client, &golden), "deprecationTime"), "2026-11-02T09:01:00.000Z");
    let data = client.at("harbor-data", "eu-west-1");
    let listed = || data.ec2("DescribeImages", "ExecutableBy.1=self").good().all("imageState").len();
    let before = listed();
    wait(&client, 7_200);
    assert_eq!(listed(), before - 1, "others find it by its id alone");
    client.ec2("DisableImageDeprecation", &format!("ImageId={golden}")).good();
    assert_eq!(listed(), before);
}

#[test]
fn a_launch_shows_on_its_image_a_day_later() {
    let client = Client::prod();
    let id = server(&client);
    let made = create(&client, &id, "launched");
    wait(&client, 600);
    let last = || texts(&image(&client, &made), "lastLaunchedTime");
    client.ec2("RunInstances", &format!("ImageId={made}&InstanceType=m6i.large&MinCount=1&MaxCount=1")).good();
    let launched = client.sandbox.now();
    assert!(last().is_empty());
    wait(&client, 86_399);
    assert!(last().is_empty());
    wait(&client, 1);
    assert_eq!(last().first().and_then(|at| at.parse().ok()), Some(launched));
}

#[test]
fn the_trail_tells_what_was_made() {
    let client = Client::prod();
    let id = server(&client);
    let made = create(&client, &id, "told");
    let asked = json!({ "LookupAttributes": [{ "AttributeKey": "EventName", "AttributeValue": "CreateImage" }] });
    // Events are told after a while.
    wait(&client, 3_600);
    let events = client.json("CloudTrail_20131101", "LookupEvents", &asked);
    assert!(events.good().body.contains(&made));
}

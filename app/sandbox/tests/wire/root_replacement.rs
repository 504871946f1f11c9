//! Replacements of root volumes: what they take, how they go on, and what they leave.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};

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
fn launch(client: &Client, more: &str) -> String {
    let fields = "LaunchTemplate.LaunchTemplateName=kafka&MinCount=1&MaxCount=1&Placement.AvailabilityZone=eu-west-1a\
                  &TagSpecification.1.ResourceType=volume&TagSpecification.1.Tag.1.Key=disk\
                  &TagSpecification.1.Tag.1.Value=1";
    let answer = client.ec2("RunInstances", &format!("{fields}&{more}")).good();
    wait(client, 300);
    answer.text("instanceId").unwrap()
}

fn server(client: &Client) -> String {
    launch(client, "")
}

fn replace(client: &Client, server: &str, fields: &str) -> Answer {
    client.ec2("CreateReplaceRootVolumeTask", &format!("InstanceId={server}&{fields}"))
}

fn task(client: &Client, id: &str) -> String {
    client.ec2("DescribeReplaceRootVolumeTasks", &format!("ReplaceRootVolumeTaskId.1={id}")).good().body
}

fn state(client: &Client, id: &str) -> String {
    text(&task(client, id), "taskState")
}

fn described(client: &Client, server: &str) -> String {
    client.ec2("DescribeInstances", &format!("InstanceId.1={server}")).good().body
}

fn volume(client: &Client, id: &str) -> String {
    client.ec2("DescribeVolumes", &format!("VolumeId.1={id}")).good().body
}

fn image(client: &Client, name: &str) -> String {
    let fields = format!("Filter.1.Name=name&Filter.1.Value.1={name}");
    client.ec2("DescribeImages", &fields).good().text("imageId").unwrap()
}

#[test]
fn a_root_is_replaced_step_by_step_and_the_server_stays_what_it_was() {
    let client = Client::prod();
    let server = server(&client);
    let golden = image(&client, "golden-ubuntu-121-*");
    let before = described(&client, &server);
    let answer = replace(
        &client,
        &server,
        &format!(
            "ImageId={golden}&DeleteReplacedRootVolume=true&ClientToken=one\
             &TagSpecification.1.ResourceType=replace-root-volume-task&TagSpecification.1.Tag.1.Key=why\
             &TagSpecification.1.Tag.1.Value=drill"
        ),
    )
    .good();
    let id = answer.text("replaceRootVolumeTaskId").unwrap();
    assert_eq!(
        (answer.text("taskState").unwrap(), answer.text("imageId").unwrap()),
        ("pending".into(), golden.clone())
    );
    assert_eq!((answer.text("completeTime"), tag(&answer.body, "why").unwrap()), (None, "drill".into()));
    refused(&replace(&client, &server, ""), "IncorrectState", "in progress");
    assert_eq!(text(&described(&client, &server), "volumeId"), text(&before, "volumeId"), "nothing has changed yet");

    let mut seen = vec!["pending".to_owned()];
    for _ in 0..30 {
        wait(&client, 5);
        seen.push(state(&client, &id));
    }
    seen.dedup();
    assert_eq!(seen, ["pending", "in-progress", "succeeded"]);
    let done = task(&client, &id);
    let completed = text(&done, "completeTime");
    assert_eq!(text(&done, "startTime"), "2026-11-02T08:05:00Z");

    let after = described(&client, &server);
    assert_eq!(text(&after, "launchTime"), text(&before, "launchTime"));
    assert_eq!(text(&after, "imageId"), text(&before, "imageId"), "EC2 tells the launch image");
    assert_eq!(text(&after, "privateIpAddress"), text(&before, "privateIpAddress"));
    let nic = |body: &str| text(body.split("<networkInterfaceSet>").nth(1).unwrap(), "attachTime");
    assert_eq!(nic(&after), nic(&before));
    let disk = |body: &str| text(body.split("<blockDeviceMapping>").nth(1).unwrap(), "attachTime");
    assert_eq!(disk(&after).replace(".000Z", "Z"), completed);

    let (old, new) = (text(&before, "volumeId"), text(&after, "volumeId"));
    assert_ne!(old, new);
    let told = volume(&client, &new);
    assert_eq!(
        (text(&told, "createTime"), text(&told, "status")),
        ("2026-11-02T08:05:00.000Z".into(), "in-use".into())
    );
    assert_eq!(tag(&told, "disk").unwrap(), "1", "the new volume has the old one's tags");
    assert_eq!(text(&told, "snapshotId"), text(&done, "snapshotId"));
    let gone = client.ec2("DescribeVolumes", &format!("VolumeId.1={old}"));
    assert_eq!(gone.error().0, "InvalidVolume.NotFound");
    let again = replace(
        &client,
        &server,
        &format!(
            "ImageId={golden}&DeleteReplacedRootVolume=true&ClientToken=one\
             &TagSpecification.1.ResourceType=replace-root-volume-task&TagSpecification.1.Tag.1.Key=why\
             &TagSpecification.1.Tag.1.Value=drill"
        ),
    )
    .good();
    assert_eq!(
        (again.text("replaceRootVolumeTaskId").unwrap(), again.text("taskState").unwrap()),
        (id, "succeeded".into())
    );
}

#[test]
fn user_data_runs_again_on_a_fresh_root_only() {
    let client = Client::prod();
    let fried = STANDARD.encode("#!/bin/bash\ndnf install -y nginx\n");
    let server = launch(&client, &format!("UserData={fried}"));
    let ran = || {
        let output = client.ec2("GetConsoleOutput", &format!("InstanceId={server}")).good().text("output").unwrap();
        String::from_utf8(STANDARD.decode(output).unwrap()).unwrap().contains("+ dnf install -y nginx")
    };
    let status = || {
        let answer = client.ec2("DescribeInstanceStatus", &format!("InstanceId.1={server}")).good();
        text(answer.body.split("<instanceStatus>").nth(1).unwrap(), "status")
    };
    client.ec2("RebootInstances", &format!("InstanceId.1={server}")).good();
    wait(&client, 600);
    assert!(!ran(), "a reboot does not run it");
    replace(&client, &server, "").good();
    wait(&client, 91);
    assert_eq!(status(), "initializing");
    wait(&client, 600);
    assert_eq!((&*status(), ran()), ("ok", true));

    let made = client.ec2("CreateImage", &format!("InstanceId={server}&Name=for later&NoReboot=true")).good();
    wait(&client, 900);
    let told = client.ec2("DescribeImages", &format!("ImageId.1={}", made.text("imageId").unwrap())).good();
    let snapshot = told.text("snapshotId").unwrap();
    let answer = replace(&client, &server, &format!("SnapshotId={snapshot}")).good();
    assert_eq!((answer.text("snapshotId").unwrap(), answer.text("imageId")), (snapshot, None));
    wait(&client, 700);
    assert_eq!((&*status(), ran()), ("ok", false), "a snapshot is no rebirth");
}

#[test]
fn a_kept_volume_can_come_back() {
    let client = Client::prod();
    let server = server(&client);
    let old = text(&described(&client, &server), "volumeId");
    replace(&client, &server, "").good();
    wait(&client, 120);
    let kept = volume(&client, &old);
    assert_eq!((text(&kept, "status"), tag(&kept, "disk").unwrap()), ("available".into(), "1".into()));
    assert!(texts(&kept, "instanceId").is_empty());
    let listed = client.ec2("DescribeVolumes", "Filter.1.Name=status&Filter.1.Value.1=available").good();
    assert_eq!(listed.all("volumeId"), std::slice::from_ref(&old));

    let far = "LaunchTemplate.LaunchTemplateName=kafka&MinCount=1&MaxCount=1&Placement.AvailabilityZone=eu-west-1b";
    let other = client.ec2("RunInstances", far).good().text("instanceId").unwrap();
    wait(&client, 60);
    refused(&replace(&client, &other, &format!("VolumeId={old}")), "InvalidVolume.ZoneMismatch", &old);
    let new = text(&described(&client, &server), "volumeId");
    refused(&replace(&client, &server, &format!("VolumeId={new}")), "IncorrectState", "available");
    replace(&client, &server, &format!("VolumeId={old}&DeleteReplacedRootVolume=true")).good();
    wait(&client, 120);
    assert_eq!(text(&described(&client, &server), "volumeId"), old);
    assert_eq!(text(&volume(&client, &old), "status"), "in-use");
    assert_eq!(client.ec2("DescribeVolumes", &format!("VolumeId.1={new}")).error().0, "InvalidVolume.NotFound");
}

#[test]
fn a_replacement_that_can_not_go_on_fails_and_leaves_the_old_root() {
    let client = Client::prod();
    for end in ["StopInstances", "TerminateInstances"] {
        let server = server(&client);
        let old = text(&described(&client, &server), "volumeId");
        let id = replace(&client, &server, "").good().text("replaceRootVolumeTaskId").unwrap();
        wait(&client, 10);
        client.ec2(end, &format!("InstanceId.1={server}")).good();
        wait(&client, 20);
        assert_eq!(state(&client, &id), "failing", "{end}");
        wait(&client, 20);
        let told = task(&client, &id);
        assert_eq!((text(&told, "taskState"), texts(&told, "completeTime").len()), ("failed".into(), 1), "{end}");
        if end == "StopInstances" {
            assert_eq!(text(&described(&client, &server), "volumeId"), old);
        }
    }
}

#[test]
fn what_a_replacement_does_not_take_is_refused() {
    let client = Client::prod();
    let server = server(&client);
    let (golden, arm) = (image(&client, "golden-ubuntu-121-*"), image(&client, "golden-ubuntu-arm64-121-*"));
    let foreign = client.ec2("DescribeSnapshots", "Owner.1=self").good().text("snapshotId").unwrap();
    for (fields, code, part) in [
        (format!("ImageId={golden}&SnapshotId={foreign}"), "InvalidParameterCombination", "Only one"),
        (format!("ImageId={arm}"), "InvalidParameterValue", "arm64"),
        ("ImageId=ami-00000000000000001".into(), "InvalidAMIID.NotFound", "does not exist"),
        (format!("SnapshotId={foreign}"), "InvalidParameterValue", "not a snapshot of a root volume"),
        ("SnapshotId=snap-00000000000000001".into(), "InvalidSnapshot.NotFound", "does not exist"),
        ("VolumeId=vol-00000000000000001".into(), "InvalidVolume.NotFound", "does not exist"),
        (format!("ClientToken={}", "t".repeat(65)), "InvalidParameterValue", "64"),
        ("DryRun=true".into(), "DryRunOperation", "would have succeeded"),
    ] {
        refused(&replace(&client, &server, &fields), code, part);
    }
    refused(&client.ec2("CreateReplaceRootVolumeTask", ""), "MissingParameter", "InstanceId");
    client.ec2("StopInstances", &format!("InstanceId.1={server}")).good();
    wait(&client, 120);
    refused(&replace(&client, &server, ""), "IncorrectInstanceState", "not in the 'running' state");
    assert!(
        client
            .ec2("DescribeVolumes", "Filter.1.Name=status&Filter.1.Value.1=available")
            .good()
            .all("volumeId")
            .is_empty()
    );
}

#[test]
fn a_snapshot_of_the_root_brings_it_back() {
    let client = Client::prod();
    let server = server(&client);
    let old = text(&described(&client, &server), "volumeId");
    let fields = format!(
        "VolumeId={old}&Description=before&TagSpecification.1.ResourceType=snapshot&TagSpecification.1.Tag.1.Key=why\
         &TagSpecification.1.Tag.1.Value=drill"
    );
    let made = client.ec2("CreateSnapshot", &fields).good();
    let snapshot = made.text("snapshotId").unwrap();
    assert_eq!((made.text("volumeId").unwrap(), made.text("status").unwrap()), (old, "pending".into()));
    assert_eq!((made.text("description").unwrap(), tag(&made.body, "why").unwrap()), ("before".into(), "drill".into()));
    let back = format!("SnapshotId={snapshot}&DeleteReplacedRootVolume=true");
    refused(&replace(&client, &server, &back), "IncorrectState", "pending");
    wait(&client, 600);
    // Also when the volume that it was taken of is gone.
    replace(&client, &server, "DeleteReplacedRootVolume=true").good();
    wait(&client, 120);
    let id = replace(&client, &server, &back).good().text("replaceRootVolumeTaskId").unwrap();
    wait(&client, 120);
    assert_eq!(state(&client, &id), "succeeded");
    let root = volume(&client, &text(&described(&client, &server), "volumeId"));
    assert_eq!(text(&root, "snapshotId"), snapshot);

    let of_image = client.ec2("DescribeImages", &format!("ImageId.1={}", image(&client, "golden-ubuntu-121-*"))).good();
    let held = of_image.text("snapshotId").unwrap();
    refused(&client.ec2("DeleteSnapshot", &format!("SnapshotId={held}")), "InvalidSnapshot.InUse", &held);
    client.ec2("DeleteSnapshot", &format!("SnapshotId={snapshot}")).good();
    refused(&client.ec2("DeleteSnapshot", &format!("SnapshotId={snapshot}")), "InvalidSnapshot.NotFound", &snapshot);
    let unknown = client.ec2("CreateSnapshot", "VolumeId=vol-00000000000000001");
    refused(&unknown, "InvalidVolume.NotFound", "does not exist");
}

#[test]
fn a_replacement_whose_source_goes_away_fails() {
    let client = Client::prod();
    let server = server(&client);
    let old = text(&described(&client, &server), "volumeId");
    let snapshot = client.ec2("CreateSnapshot", &format!("VolumeId={old}")).good().text("snapshotId").unwrap();
    wait(&client, 600);
    let id =
        replace(&client, &server, &format!("SnapshotId={snapshot}")).good().text("replaceRootVolumeTaskId").unwrap();
    client.ec2("DeleteSnapshot", &format!("SnapshotId={snapshot}")).good();
    wait(&client, 60);
    assert_eq!((state(&client, &id), text(&described(&client, &server), "volumeId")), ("failed".into(), old));
}

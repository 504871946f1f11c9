//! Servers that are launched, stopped, started, rebooted and ended.

use std::time::Duration;

use crate::ask::{Answer, Client, tag, text, texts};

pub(crate) fn wait(client: &Client, seconds: u64) {
    client.sandbox.advance(Duration::from_secs(seconds));
}

/// What DescribeInstances tells of one server.
pub(crate) fn server(client: &Client, id: &str) -> String {
    client.ec2("DescribeInstances", &format!("InstanceId.1={id}")).good().body
}

pub(crate) fn state(client: &Client, id: &str) -> String {
    text(server(client, id).split("<instanceState>").nth(1).unwrap(), "name")
}

/// Launches by the template kafka and returns the ids.
pub(crate) fn run(client: &Client, more: &str) -> Vec<String> {
    let fields = format!("LaunchTemplate.LaunchTemplateName=kafka&MinCount=1&MaxCount=1&{more}");
    client.ec2("RunInstances", &fields).good().all("instanceId")
}

pub(crate) fn refused(answer: &Answer, code: &str, part: &str) {
    let (told, message) = answer.error();
    assert_eq!(told, code, "{message}");
    assert!(message.contains(part), "{message}");
}

/// The id of the image that a filter on its name finds.
fn image(client: &Client, name: &str) -> String {
    let fields = format!("Filter.1.Name=name&Filter.1.Value.1={name}&IncludeDisabled=true&IncludeDeprecated=true");
    client.ec2("DescribeImages", &fields).good().text("imageId").unwrap()
}

#[test]
fn a_template_gives_what_the_request_does_not_say() {
    let client = Client::prod();
    let answer = client
        .ec2(
            "RunInstances",
            "LaunchTemplate.LaunchTemplateName=bastion&LaunchTemplate.Version=5&MinCount=2&MaxCount=2\
             &InstanceType=t3.large&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=Name\
             &TagSpecification.1.Tag.1.Value=mine&TagSpecification.2.ResourceType=volume\
             &TagSpecification.2.Tag.1.Key=disk&TagSpecification.2.Tag.1.Value=root&DisableApiTermination=true\
             &InstanceInitiatedShutdownBehavior=terminate&Monitoring.Enabled=true&EbsOptimized=false\
             &MetadataOptions.HttpTokens=optional&MetadataOptions.HttpPutResponseHopLimit=5\
             &Placement.AvailabilityZone=eu-west-1c&ClientToken=tok",
        )
        .good();
    assert_eq!(answer.all("reservationId").len(), 1);
    assert_eq!(answer.all("amiLaunchIndex"), ["0", "1"]);
    assert_eq!(answer.all("clientToken"), ["tok", "tok"]);
    let one = &answer.body;
    assert_eq!(text(one, "instanceType"), "t3.large");
    assert_eq!(text(one, "keyName"), "ops-2024");
    assert!(texts(one, "groupName").contains(&"bastion".to_owned()), "the security group of the template");
    assert_eq!(text(one, "availabilityZone"), "eu-west-1c");
    assert_eq!(text(one.split("<stateReason>").nth(1).unwrap(), "code"), "pending");
    assert_eq!(text(one.split("<monitoring>").nth(1).unwrap(), "state"), "enabled");
    assert_eq!((text(one, "httpTokens"), text(one, "httpPutResponseHopLimit")), ("optional".into(), "5".into()));
    assert_eq!(text(one, "ebsOptimized"), "false");
    assert_eq!(
        (tag(one, "Name").unwrap(), tag(one, "aws:ec2launchtemplate:version").unwrap()),
        ("mine".into(), "5".into())
    );
    assert!(tag(one, "aws:ec2launchtemplate:id").unwrap().starts_with("lt-"));
    let ids = answer.all("instanceId");
    let told = client.ec2("DescribeInstances", &format!("InstanceId.1={}&InstanceId.2={}", ids[0], ids[1])).good();
    assert_eq!(told.all("reservationId"), answer.all("reservationId"), "one reservation for both");
    let volumes = client.ec2("DescribeVolumes", &format!("VolumeId.1={}", answer.text("volumeId").unwrap())).good();
    assert_eq!((tag(&volumes.body, "disk").unwrap(), tag(&volumes.body, "Name")), ("root".into(), None));
    let (code, _) = client.ec2("TerminateInstances", &format!("InstanceId.1={}", ids[0])).error();
    assert_eq!(code, "OperationNotPermitted");
}

#[test]
fn an_image_alone_gives_a_plain_server() {
    let client = Client::prod();
    let id = image(&client, "web+1.4.3*");
    let answer = client
        .ec2(
            "RunInstances",
            &format!("ImageId={id}&InstanceType=m6i.large&MinCount=1&MaxCount=1&SubnetId={}", subnet(&client)),
        )
        .good();
    assert_eq!(answer.text("imageId").unwrap(), id);
    assert!(answer.all("groupName").contains(&"default".to_owned()));
    assert_eq!(text(answer.body.split("<placement>").nth(1).unwrap(), "availabilityZone"), "eu-west-1b");
    let by_parameter = "ImageId=resolve:ssm:/harbor/batch/image&InstanceType=m6i.large&MinCount=1&MaxCount=1";
    let batch = client.ec2("RunInstances", by_parameter).good();
    let parameter = client.ssm("GetParameter", r#"{"Name":"/harbor/batch/image"}"#);
    assert_eq!(batch.text("imageId").unwrap(), parameter.json()["Parameter"]["Value"].as_str().unwrap());
}

/// The subnet of a server in the second zone.
fn subnet(client: &Client) -> String {
    let fields = "Filter.1.Name=availability-zone&Filter.1.Value.1=eu-west-1b";
    client.ec2("DescribeInstances", fields).good().text("subnetId").unwrap()
}

#[test]
fn what_can_not_be_launched_is_refused_in_ec2s_words() {
    let client = Client::prod();
    let good = image(&client, "web+1.4.3*");
    let arm = image(&client, "batch-88-arm64-*");
    let disabled = {
        let fields = "Owner.1=self&IncludeDisabled=true&Filter.1.Name=state&Filter.1.Value.1=disabled";
        client.ec2("DescribeImages", fields).good().text("imageId").unwrap()
    };
    let many = "x".repeat(65);
    let big = "A".repeat(21_848);
    let base = format!("ImageId={good}&InstanceType=m6i.large");
    let one = format!("{base}&MinCount=1&MaxCount=1");
    let cases: Vec<(String, &str, &str)> = vec![
        (base.clone(), "MissingParameter", "MinCount"),
        (format!("{base}&MinCount=0&MaxCount=1"), "InvalidParameterValue", "(0) for parameter minCount"),
        (format!("{base}&MinCount=x&MaxCount=1"), "InvalidParameterValue", "minCount"),
        (format!("{base}&MinCount=3&MaxCount=2"), "InvalidParameterCombination", "maxCount"),
        (format!("{base}&MinCount=99999999999&MaxCount=99999999999"), "InvalidParameterValue", "minCount"),
        ("InstanceType=m6i.large&MinCount=1&MaxCount=1".into(), "MissingParameter", "ImageId"),
        ("ImageId=ami-1&MinCount=1&MaxCount=1".into(), "InvalidAMIID.Malformed", "ami-1"),
        ("ImageId=ami-00000000000000001&MinCount=1&MaxCount=1".into(), "InvalidAMIID.NotFound", "does not exist"),
        (format!("ImageId={disabled}&MinCount=1&MaxCount=1"), "InvalidAMIID.Unavailable", "disabled"),
        ("ImageId=resolve:ssm:/no&MinCount=1&MaxCount=1".into(), "InvalidParameterValue", "/no"),
        (format!("ImageId={good}&InstanceType=huge&MinCount=1&MaxCount=1"), "InvalidParameterValue", "'huge'"),
        (
            format!("ImageId={arm}&InstanceType=m6i.large&MinCount=1&MaxCount=1"),
            "InvalidParameterValue",
            "architecture",
        ),
        (format!("{one}&SecurityGroupId.1=sg-00000000000000001"), "InvalidGroup.NotFound", "sg-0"),
        (format!("{one}&SecurityGroup.1=nobody"), "InvalidGroup.NotFound", "'nobody'"),
        (format!("{one}&SubnetId=subnet-1"), "InvalidSubnetID.NotFound", "subnet-1"),
        (format!("{one}&Placement.AvailabilityZone=mars"), "InvalidParameterValue", "mars"),
        (format!("{one}&UserData=%25"), "InvalidParameterValue", "BASE64"),
        (format!("{one}&UserData={big}"), "InvalidParameterValue", "16384"),
        (format!("{one}&IamInstanceProfile.Name=a&IamInstanceProfile.Arn=b"), "InvalidParameterCombination", "arn"),
        (format!("{one}&IamInstanceProfile.Arn=b"), "InvalidParameterValue", "ARN"),
        (format!("{one}&MetadataOptions.HttpTokens=maybe"), "InvalidParameterValue", "optional, required"),
        (format!("{one}&MetadataOptions.HttpPutResponseHopLimit=65"), "InvalidParameterValue", "64"),
        (
            format!("{one}&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=aws:x"),
            "InvalidParameterValue",
            "reserved",
        ),
        (format!("{one}&ClientToken={many}"), "InvalidParameterValue", "64"),
        (
            "LaunchTemplate.LaunchTemplateName=web&LaunchTemplate.Version=10&MinCount=1&MaxCount=1".into(),
            "InvalidLaunchTemplateId.VersionNotFound",
            "version 10",
        ),
        (
            "LaunchTemplate.LaunchTemplateName=nope&MinCount=1&MaxCount=1".into(),
            "InvalidLaunchTemplateName.NotFoundException",
            "nope",
        ),
        (
            format!("{one}&SubnetId=subnet-1&NetworkInterface.1.DeviceIndex=0"),
            "InvalidParameterCombination",
            "subnet ID",
        ),
        (format!("{one}&NetworkInterface.1.DeviceIndex=1"), "UnsupportedOperation", "one network interface"),
        (format!("{one}&EnclaveOptions.Enabled=true"), "UnsupportedOperation", "EnclaveOptions.Enabled"),
        (format!("{one}&HibernationOptions.Configured=true"), "UnsupportedOperation", "no other value"),
        (format!("{one}&MaintenanceOptions.AutoRecovery=disabled"), "UnsupportedOperation", "AutoRecovery"),
        (format!("{one}&PrivateDnsNameOptions.HostnameType=resource-name"), "UnsupportedOperation", "HostnameType"),
        (
            format!("{one}&CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId=cr-1"),
            "UnsupportedOperation",
            "CapacityReservationTarget",
        ),
        (format!("{one}&Surprise=1"), "UnknownParameter", "Surprise"),
    ];
    for (fields, code, part) in cases {
        refused(&client.ec2("RunInstances", &fields), code, part);
    }
    let data = client.at("harbor-data", "eu-west-1");
    refused(&data.ec2("RunInstances", &one), "AuthFailure", &format!("Not authorized for images: [{good}]"));
    let before = client.ec2("DescribeInstances", "").good().all("instanceId").len();
    refused(&client.ec2("RunInstances", &format!("{one}&DryRun=true")), "DryRunOperation", "DryRun");
    assert_eq!(client.ec2("DescribeInstances", "").good().all("instanceId").len(), before);
}

#[test]
fn a_token_launches_once() {
    let client = Client::prod();
    let first = run(&client, "ClientToken=a");
    assert_eq!(run(&client, "ClientToken=a"), first);
    wait(&client, 100);
    assert_eq!(run(&client, "ClientToken=a"), first, "later as well");
    assert_ne!(run(&client, "ClientToken=b"), first);
    assert_ne!(run(&client, ""), run(&client, ""), "no token, no memory");
    let other = "LaunchTemplate.LaunchTemplateName=kafka&MinCount=1&MaxCount=2&ClientToken=a";
    refused(&client.ec2("RunInstances", other), "IdempotentParameterMismatch", "inconsistent");
    client.ec2("TerminateInstances", &format!("InstanceId.1={}", first[0])).good();
    let same = "LaunchTemplate.LaunchTemplateName=kafka&MinCount=1&MaxCount=1&ClientToken=a";
    for seconds in [0, 60, 4_000] {
        wait(&client, seconds);
        refused(&client.ec2("RunInstances", same), "IdempotentInstanceTerminated", "different client token");
    }
}

#[test]
fn a_public_address_is_given_on_request_and_changes_with_the_start() {
    let client = Client::prod();
    let fields = "NetworkInterface.1.DeviceIndex=0&NetworkInterface.1.AssociatePublicIpAddress=true";
    let id = run(&client, fields).remove(0);
    assert_eq!(texts(&server(&client, &id), "ipAddress"), [""; 0], "none while pending");
    wait(&client, 60);
    let first = text(&server(&client, &id), "ipAddress");
    assert!(first.starts_with("198.18.") || first.starts_with("198.19."), "{first}");
    assert_eq!(text(&server(&client, &id), "publicIp"), first);
    client.ec2("StopInstances", &format!("InstanceId.1={id}")).good();
    wait(&client, 60);
    assert!(texts(&server(&client, &id), "ipAddress").is_empty());
    client.ec2("StartInstances", &format!("InstanceId.1={id}")).good();
    wait(&client, 60);
    assert_ne!(text(&server(&client, &id), "ipAddress"), first);
    let private = run(&client, "").remove(0);
    wait(&client, 60);
    assert!(texts(&server(&client, &private), "ipAddress").is_empty());
}

#[test]
fn protection_saves_its_zone_and_no_other() {
    let client = Client::prod();
    let safe = run(&client, "Placement.AvailabilityZone=eu-west-1a&DisableApiTermination=true").remove(0);
    let beside = run(&client, "Placement.AvailabilityZone=eu-west-1a").remove(0);
    let elsewhere = run(&client, "Placement.AvailabilityZone=eu-west-1b").remove(0);
    wait(&client, 60);
    let all = format!("InstanceId.1={beside}&InstanceId.2={elsewhere}&InstanceId.3={safe}");
    let words = format!("The instance '{safe}' may not be terminated. Modify its 'disableApiTermination'");
    refused(&client.ec2("TerminateInstances", &all), "OperationNotPermitted", &words);
    let states = [&safe, &beside, &elsewhere].map(|id| state(&client, id));
    assert_eq!(states, ["running", "running", "shutting-down"]);
    refused(
        &client.ec2("TerminateInstances", &format!("InstanceId.1={beside}&InstanceId.2=i-00000000000000001")),
        "InvalidInstanceID.NotFound",
        "i-00000000000000001",
    );
    assert_eq!(state(&client, &beside), "running");
}

#[test]
fn stop_protection_keeps_from_stopping_and_terminating() {
    let client = Client::prod();
    let id = run(&client, "DisableApiStop=true").remove(0);
    let asked = format!("InstanceId.1={id}");
    wait(&client, 60);
    for action in ["StopInstances", "TerminateInstances"] {
        refused(&client.ec2(action, &asked), "OperationNotPermitted", "'disableApiStop'");
    }
    client.ec2("RebootInstances", &asked).good();
    assert_eq!(state(&client, &id), "running");
}

#[test]
fn each_state_takes_its_own_orders() {
    let client = Client::prod();
    let id = run(&client, "").remove(0);
    let asked = format!("InstanceId.1={id}&InstanceId.2={id}");
    refused(&client.ec2("StopInstances", &asked), "IncorrectInstanceState", "has never reached the 'running' state");
    refused(&client.ec2("RebootInstances", &asked), "IncorrectInstanceState", "rebooted");
    wait(&client, 60);
    assert_eq!(client.ec2("StartInstances", &asked).good().all("name"), ["running", "running"], "told once");
    let stopping = client.ec2("StopInstances", &asked).good();
    assert_eq!(stopping.all("name"), ["stopping", "running"]);
    assert_eq!(stopping.all("code"), ["64", "16"]);
    refused(&client.ec2("StartInstances", &asked), "IncorrectInstanceState", "from which it can be started");
    wait(&client, 60);
    let stopped = server(&client, &id);
    assert_eq!(text(&stopped, "reason"), "User initiated (2026-11-02 08:01:00 GMT)");
    assert_eq!(text(&stopped, "message"), "Client.UserInitiatedShutdown: User initiated shutdown");
    client.ec2("StartInstances", &asked).good();
    wait(&client, 60);
    client.ec2("TerminateInstances", &asked).good();
    wait(&client, 60);
    let gone = server(&client, &id);
    assert!(gone.contains("<networkInterfaceSet></networkInterfaceSet><"), "{gone}");
    assert_eq!((texts(&gone, "volumeId").len(), texts(&gone, "subnetId").len()), (0, 0));
    for action in ["StopInstances", "StartInstances", "RebootInstances"] {
        refused(&client.ec2(action, &asked), "IncorrectInstanceState", &id);
    }
    assert_eq!(client.ec2("TerminateInstances", &asked).good().all("name"), ["terminated", "terminated"]);
}

#[test]
fn a_reboot_keeps_the_start() {
    let client = Client::prod();
    let id = run(&client, "").remove(0);
    wait(&client, 60);
    let before = server(&client, &id);
    wait(&client, 600);
    assert_eq!(client.ec2("RebootInstances", &format!("InstanceId.1={id}")).good().text("return").unwrap(), "true");
    wait(&client, 60);
    let after = server(&client, &id);
    for element in ["launchTime", "attachTime", "privateIpAddress", "name"] {
        assert_eq!(texts(&before, element), texts(&after, element), "{element}");
    }
}

#[test]
fn checks_pass_when_the_boot_is_over() {
    let client = Client::prod();
    let id = run(&client, "").remove(0);
    let asked = format!("InstanceId.1={id}");
    let status = |more: &str| {
        let answer = client.ec2("DescribeInstanceStatus", &format!("{asked}{more}")).good();
        (answer.all("name"), answer.all("status"))
    };
    assert_eq!(status(""), (vec![], vec![]), "only what runs");
    assert_eq!(status("&IncludeAllInstances=true"), (vec!["pending".into()], vec!["not-applicable".into(); 3]));
    wait(&client, 20);
    assert_eq!(status("").1, ["initializing"; 6]);
    wait(&client, 60);
    assert_eq!(status("").1, ["ok", "passed", "ok", "passed", "ok", "passed"]);
    let with = |name: &str, value: &str| {
        let fields = format!("Filter.1.Name={name}&Filter.1.Value.1={value}");
        client.ec2("DescribeInstanceStatus", &fields).good().all("instanceId")
    };
    assert!(with("instance-status.status", "ok").contains(&id));
    assert!(!with("system-status.reachability", "initializing").contains(&id));
    let pages = client.pages("ec2", "DescribeInstanceStatus", "MaxResults=5");
    let told: usize = pages.iter().map(|page| page.all("instanceId").len()).sum();
    assert_eq!(told, client.ec2("DescribeInstanceStatus", "").good().all("instanceId").len());
    assert!(pages.iter().all(|page| page.all("instanceId").len() <= 5));
    refused(
        &client.ec2("DescribeInstanceStatus", &format!("{asked}&MaxResults=5")),
        "InvalidParameterCombination",
        "maxResults",
    );
}

#[test]
fn a_start_too_needs_capacity() {
    let client = Client::prod();
    let id = run(&client, "").remove(0);
    let asked = format!("InstanceId.1={id}");
    wait(&client, 60);
    client.ec2("StopInstances", &asked).good();
    wait(&client, 60);
    client.sandbox.inject("capacity:count=1".parse().unwrap());
    let answer = client.ec2("StartInstances", &asked);
    refused(&answer, "InsufficientInstanceCapacity", "sufficient i4i.xlarge capacity");
    assert_eq!((answer.status, &*state(&client, &id)), (500, "stopped"));
    client.ec2("StartInstances", &asked).good();
    assert_eq!(state(&client, &id), "pending");
}

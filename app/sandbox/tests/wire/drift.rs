//! What can be changed of a server that its template says otherwise, and what else a server tells of itself.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    ask::{Client, tag, text, texts},
    running::{refused, run, server, wait},
};

#[test]
fn a_server_drifts_from_its_template() {
    let client = Client::prod();
    let id = run(&client, "").remove(0);
    wait(&client, 60);
    let modify = |fields: &str| client.ec2("ModifyInstanceAttribute", &format!("InstanceId={id}&{fields}"));
    let attribute = |name: &str| {
        let answer = client.ec2("DescribeInstanceAttribute", &format!("InstanceId={id}&Attribute={name}")).good();
        answer.text("value").unwrap_or_default()
    };
    for fields in ["InstanceType.Value=m6i.large", "UserData.Value=YQ==", "EbsOptimized.Value=false"] {
        refused(&modify(fields), "IncorrectInstanceState", "is not in the 'stopped' state");
    }
    let switches = [
        ("disableApiTermination", "DisableApiTermination.Value=true", "true"),
        ("disableApiStop", "DisableApiStop.Value=true", "true"),
        ("disableApiStop", "Attribute=disableApiStop&Value=false", "false"),
        ("sourceDestCheck", "SourceDestCheck.Value=false", "false"),
        ("instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior.Value=terminate", "terminate"),
    ];
    for (name, fields, want) in switches {
        assert_eq!(modify(fields).good().text("return").unwrap(), "true");
        assert_eq!(attribute(name), want, "{fields}");
    }
    client.ec2("StopInstances", &format!("InstanceId.1={id}")).good();
    wait(&client, 60);
    for (name, fields, want) in [
        ("instanceType", "InstanceType.Value=m6i.2xlarge", "m6i.2xlarge"),
        ("userData", "UserData.Value=IyEvYmluL3No", "IyEvYmluL3No"),
        ("userData", "UserData.Value=", ""),
        ("ebsOptimized", "EbsOptimized.Value=false", "false"),
    ] {
        modify(fields).good();
        assert_eq!(attribute(name), want, "{fields}");
    }
    let web = client
        .ec2("DescribeInstances", "Filter.1.Name=instance.group-name&Filter.1.Value.1=web")
        .good()
        .all("groupId")
        .remove(0);
    modify(&format!("GroupId.1={web}")).good();
    let told = server(&client, &id);
    assert_eq!(texts(&told, "groupId"), [web.clone(), web.clone()], "the server and its interface");
    assert_eq!((text(&told, "instanceType"), text(&told, "sourceDestCheck")), ("m6i.2xlarge".into(), "false".into()));
    let cases = [
        ("", "InvalidParameterCombination", "No attributes"),
        ("InstanceType.Value=t3.micro&UserData.Value=YQ==", "InvalidParameterCombination", "instanceType, userData"),
        ("InstanceType.Value=m6g.large", "InvalidParameterValue", "architecture"),
        ("DisableApiStop.Value=perhaps", "InvalidParameterValue", "true, false"),
        ("Attribute=nonsense&Value=1", "InvalidParameterValue", "nonsense"),
        ("GroupId.1=sg-00000000000000001", "InvalidGroup.NotFound", "does not exist"),
        ("DisableApiStop.Value=true&DryRun=true", "DryRunOperation", "DryRun"),
    ];
    for (fields, code, part) in cases {
        refused(&modify(fields), code, part);
    }
    assert_eq!(attribute("disableApiStop"), "false");
}

#[test]
fn metadata_options_are_pending_then_applied() {
    let client = Client::prod();
    let id = run(&client, "").remove(0);
    wait(&client, 60);
    let modify = |fields: &str| client.ec2("ModifyInstanceMetadataOptions", &format!("InstanceId={id}&{fields}"));
    let answer = modify("HttpTokens=optional&InstanceMetadataTags=enabled").good();
    assert_eq!(
        ["state", "httpTokens", "httpPutResponseHopLimit", "instanceMetadataTags"]
            .map(|name| answer.text(name).unwrap()),
        ["pending", "optional", "2", "enabled"]
    );
    let told = server(&client, &id);
    let options = told.split("<metadataOptions>").nth(1).unwrap();
    assert_eq!((text(options, "state"), text(options, "httpTokens")), ("applied".into(), "optional".into()));
    let filter = "Filter.1.Name=metadata-options.http-tokens&Filter.1.Value.1=optional";
    assert!(client.ec2("DescribeInstances", filter).good().all("instanceId").contains(&id));
    refused(&modify(""), "MissingParameter", "at least one");
    refused(&modify("HttpTokens=never"), "InvalidParameterValue", "optional, required");
    refused(&modify("HttpPutResponseHopLimit=0"), "InvalidParameterValue", "1 to 64");
    client.ec2("TerminateInstances", &format!("InstanceId.1={id}")).good();
    refused(&modify("HttpTokens=required"), "IncorrectInstanceState", "shutting-down");
}

/// The console's text.
fn console(client: &Client, id: &str) -> String {
    let answer = client.ec2("GetConsoleOutput", &format!("InstanceId={id}")).good();
    let output = answer.text("output").unwrap_or_default();
    String::from_utf8(STANDARD.decode(output).unwrap()).unwrap()
}

#[test]
fn the_console_tells_when_the_boot_was_over() {
    let client = Client::prod();
    let fried = STANDARD.encode("#!/bin/bash\ndnf install -y nginx\ncurl -fsSL https://get.example/agent | sh\n");
    let id = run(&client, &format!("UserData={fried}")).remove(0);
    assert_eq!(console(&client, &id), "");
    wait(&client, 90);
    let booting = console(&client, &id);
    assert!(booting.contains("+ dnf install -y nginx") && booting.contains("Complete!"), "{booting}");
    assert!(!booting.contains("finished at"), "{booting}");
    wait(&client, 60);
    let done = console(&client, &id);
    assert!(done.starts_with(&booting) && done.contains("+ curl -fsSL"), "{done}");
    let last = done.trim_end().lines().last().unwrap();
    // 45 s as any baked server takes, twice 36 s for what user data installs, less the time before the kernel.
    assert!(last.starts_with("Cloud-init v. 22.2.2 finished at Mon, 02 Nov 2026 08:01:5"), "{last}");
    let up: f64 = last.rsplit_once("Up ").unwrap().1.trim_end_matches(" seconds").parse().unwrap();
    assert!((110.0..111.0).contains(&up), "{last}");
    client.ec2("RebootInstances", &format!("InstanceId.1={id}")).good();
    wait(&client, 60);
    let rebooted = console(&client, &id);
    assert!(!rebooted.contains("nginx") && rebooted.contains("Up 38."), "user data runs once: {rebooted}");
}

#[test]
fn a_server_that_never_works_is_impaired_and_says_so() {
    let client = Client::prod();
    client.sandbox.inject("unhealthy:count=1".parse().unwrap());
    let id = run(&client, "").remove(0);
    wait(&client, 600);
    let status = client.ec2("DescribeInstanceStatus", &format!("InstanceId.1={id}")).good();
    assert_eq!(status.all("status"), ["ok", "passed", "impaired", "failed", "ok", "passed"]);
    assert_eq!(status.text("impairedSince").unwrap(), "2026-11-02T08:00:45.000Z");
    let output = console(&client, &id);
    assert!(output.contains("emergency mode") && !output.contains("finished at"), "{output}");
}

#[test]
fn a_server_tells_the_template_that_would_make_it() {
    let client = Client::prod();
    let id = run(&client, "UserData=YQ==&Monitoring.Enabled=true").remove(0);
    let answer = client.ec2("GetLaunchTemplateData", &format!("InstanceId={id}")).good();
    let told = server(&client, &id);
    for element in ["imageId", "instanceType", "subnetId"] {
        assert_eq!(answer.text(element).unwrap(), text(&told, element), "{element}");
    }
    assert_eq!(answer.text("groupId"), texts(&told, "groupId").into_iter().next());
    assert_eq!((answer.text("userData").unwrap(), answer.text("arn").unwrap()), ("YQ==".into(), text(&told, "arn")));
    assert_eq!(text(answer.body.split("<monitoring>").nth(1).unwrap(), "enabled"), "true");
    assert_eq!(tag(&answer.body, "aws:ec2launchtemplate:id"), None);
    client.ec2("TerminateInstances", &format!("InstanceId.1={id}")).good();
    refused(&client.ec2("GetLaunchTemplateData", &format!("InstanceId={id}")), "IncorrectInstanceState", &id);
}

#[test]
fn an_instance_profile_is_replaced_taken_away_and_given() {
    let client = Client::prod();
    let id = run(&client, "").remove(0);
    let of_server = format!("Filter.1.Name=instance-id&Filter.1.Value.1={id}");
    let describe = || client.ec2("DescribeIamInstanceProfileAssociations", &of_server).good();
    let first = describe();
    assert!(first.text("arn").unwrap().ends_with(":instance-profile/kafka"));
    let association = first.text("associationId").unwrap();
    refused(
        &client.ec2("AssociateIamInstanceProfile", &format!("InstanceId={id}&IamInstanceProfile.Name=web")),
        "IncorrectState",
        "existing association",
    );
    let replaced = client
        .ec2(
            "ReplaceIamInstanceProfileAssociation",
            &format!("AssociationId={association}&IamInstanceProfile.Name=web"),
        )
        .good();
    assert_eq!(replaced.text("state").unwrap(), "associating");
    let second = describe().text("associationId").unwrap();
    assert_ne!(second, association);
    assert!(server(&client, &id).contains(":instance-profile/web"));
    let gone = client.ec2("DisassociateIamInstanceProfile", &format!("AssociationId={second}")).good();
    assert_eq!(
        (gone.text("state").unwrap(), gone.text("associationId").unwrap()),
        ("disassociating".into(), second.clone())
    );
    assert_eq!(describe().text("associationId"), None);
    refused(
        &client.ec2("DisassociateIamInstanceProfile", &format!("AssociationId={second}")),
        "InvalidAssociationID.NotFound",
        &second,
    );
    let arn = "IamInstanceProfile.Arn=arn:aws:iam::410000000000:instance-profile/ops/debug";
    client.ec2("AssociateIamInstanceProfile", &format!("InstanceId={id}&{arn}")).good();
    assert!(server(&client, &id).contains(":instance-profile/debug"));
}

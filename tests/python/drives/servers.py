"""Servers: launched, stopped, started, rebooted, changed, tagged and ended."""

import base64
from datetime import timedelta

from drives import drive
from practice import born, refused, state_of, tagged, tags_of


@drive("ec2:RunInstances", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus")
def servers_launch_of_an_image(aws):
    image = aws.image("web 1.4.3")["ImageId"]
    made = aws.ec2.run_instances(
        ImageId=image,
        InstanceType="t3.small",
        MinCount=1,
        MaxCount=3,
        Placement={"AvailabilityZone": "eu-west-1b"},
        UserData="#!/bin/sh\necho made by hand\n",
        TagSpecifications=tagged("instance", Name="by-hand", owner="ops") + tagged("volume", owner="ops"),
    )
    assert (made["OwnerId"], len(made["Instances"])) == (aws.account, 3)
    assert {state_of(server) for server in made["Instances"]} == {"pending"}
    assert {server["AmiLaunchIndex"] for server in made["Instances"]} == {0, 1, 2}
    ids = [server["InstanceId"] for server in made["Instances"]]
    aws.wait("ec2", "instance_exists", InstanceIds=ids)
    aws.wait("ec2", "instance_running", InstanceIds=ids)
    for server in aws.servers(*ids):
        assert (server["ImageId"], server["InstanceType"]) == (image, "t3.small")
        assert server["Placement"]["AvailabilityZone"] == "eu-west-1b"
        assert tags_of(server) == {"Name": "by-hand", "owner": "ops"}
        assert abs(born(server) - server["LaunchTime"]) <= timedelta(minutes=1), "a new server starts as it is born"
    filters = [{"Name": "tag:Name", "Values": ["by-hand"]}]
    pages = aws.ec2.get_paginator("describe_instances").paginate(Filters=filters, PaginationConfig={"PageSize": 5})
    assert {i["InstanceId"] for page in pages for r in page["Reservations"] for i in r["Instances"]} == set(ids)
    (volume,) = aws.ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": ids[:1]}])["Volumes"]
    assert tags_of(volume) == {"owner": "ops"}
    aws.wait("ec2", "instance_status_ok", InstanceIds=ids)
    statuses = aws.ec2.describe_instance_status(InstanceIds=ids)["InstanceStatuses"]
    assert {(s["SystemStatus"]["Status"], s["InstanceStatus"]["Status"]) for s in statuses} == {("ok", "ok")}


@drive("ec2:RunInstances")
def servers_launch_of_a_template_with_overrides(aws):
    web = {"LaunchTemplateName": "web", "Version": "12"}
    data = aws.ec2.describe_launch_template_versions(LaunchTemplateName="web", Versions=["12"])
    (version,) = data["LaunchTemplateVersions"]
    (plain,) = aws.running(LaunchTemplate=web)
    (other,) = aws.running(LaunchTemplate=web, InstanceType="m7i.xlarge", TagSpecifications=tagged("instance", a="b"))
    for one, kind in ((plain, version["LaunchTemplateData"]["InstanceType"]), (other, "m7i.xlarge")):
        server = aws.server(one)
        assert (server["ImageId"], server["InstanceType"]) == (version["LaunchTemplateData"]["ImageId"], kind)
        tags = tags_of(server)
        assert tags["aws:ec2launchtemplate:id"] == version["LaunchTemplateId"]
        assert tags["aws:ec2launchtemplate:version"] == "12"
    assert tags_of(aws.server(other))["a"] == "b"
    data = aws.ec2.describe_instance_attribute(InstanceId=plain, Attribute="userData")["UserData"]["Value"]
    assert data == version["LaunchTemplateData"]["UserData"]
    refused(aws.run, "InvalidLaunchTemplateName.NotFoundException", LaunchTemplate={"LaunchTemplateName": "atlantis"})


@drive("ec2:RunInstances", "ec2:TerminateInstances")
def a_token_never_makes_two(aws):
    asked = {"LaunchTemplate": {"LaunchTemplateName": "bastion"}, "ClientToken": "one-click"}
    first = aws.run(**asked)
    assert aws.run(**asked) == first, "the same server again"
    refused(aws.run, "IdempotentParameterMismatch", **asked, InstanceType="t3.large")
    assert aws.run(**asked | {"ClientToken": "another-click"}) != first
    aws.wait("ec2", "instance_running", InstanceIds=first)
    aws.ec2.terminate_instances(InstanceIds=first)
    aws.wait("ec2", "instance_terminated", InstanceIds=first)
    refused(aws.run, "IdempotentInstanceTerminated", **asked)


@drive("ec2:StopInstances", "ec2:StartInstances")
def a_restart_sets_the_launch_time_and_keeps_the_birth(aws):
    (one,) = aws.running(LaunchTemplate={"LaunchTemplateName": "kafka"})
    before = aws.server(one)
    aws.clock.advance(7200)
    (change,) = aws.ec2.stop_instances(InstanceIds=[one])["StoppingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("running", "stopping")
    aws.wait("ec2", "instance_stopped", InstanceIds=[one])
    aws.clock.advance(600)
    (change,) = aws.ec2.start_instances(InstanceIds=[one])["StartingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("stopped", "pending")
    aws.wait("ec2", "instance_running", InstanceIds=[one])
    after = aws.server(one)
    assert after["LaunchTime"] >= before["LaunchTime"] + timedelta(seconds=7800)
    assert born(after) == born(before)
    assert after["PrivateIpAddress"] == before["PrivateIpAddress"]


@drive("ec2:RebootInstances")
def a_reboot_leaves_all_times_alone(aws):
    (one,) = aws.running(LaunchTemplate={"LaunchTemplateName": "kafka"})
    before = aws.server(one)
    aws.clock.advance(3600)
    aws.ec2.reboot_instances(InstanceIds=[one])
    aws.wait("ec2", "instance_status_ok", InstanceIds=[one])
    after = aws.server(one)
    assert (state_of(after), after["LaunchTime"], born(after)) == ("running", before["LaunchTime"], born(before))


@drive("ec2:TerminateInstances", "ec2:ModifyInstanceAttribute", "ec2:DescribeInstanceAttribute")
def termination_protection_holds_until_it_is_lifted(aws):
    (one,) = aws.running(LaunchTemplate={"LaunchTemplateName": "kafka"}, DisableApiTermination=True)

    def is_protected():
        attribute = aws.ec2.describe_instance_attribute(InstanceId=one, Attribute="disableApiTermination")
        return attribute["DisableApiTermination"]["Value"]

    assert is_protected()
    message = refused(aws.ec2.terminate_instances, "OperationNotPermitted", InstanceIds=[one])
    assert one in message
    aws.ec2.modify_instance_attribute(InstanceId=one, DisableApiTermination={"Value": False})
    assert not is_protected()
    (change,) = aws.ec2.terminate_instances(InstanceIds=[one])["TerminatingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("running", "shutting-down")
    aws.wait("ec2", "instance_terminated", InstanceIds=[one])
    (change,) = aws.ec2.terminate_instances(InstanceIds=[one])["TerminatingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("terminated", "terminated")
    refused(aws.ec2.start_instances, "IncorrectInstanceState", InstanceIds=[one])


@drive("ec2:ModifyInstanceAttribute", "ec2:DescribeInstanceAttribute")
def a_server_drifts_from_its_template(aws):
    (one,) = aws.running(LaunchTemplate={"LaunchTemplateName": "web", "Version": "12"})
    bastion = aws.group("bastion")["Instances"][0]["InstanceId"]
    groups = [group["GroupId"] for group in aws.server(bastion)["SecurityGroups"]]
    aws.ec2.modify_instance_attribute(InstanceId=one, Groups=groups)
    assert [group["GroupId"] for group in aws.server(one)["SecurityGroups"]] == groups
    kind = {"InstanceType": {"Value": "m7i.2xlarge"}}
    refused(aws.ec2.modify_instance_attribute, "IncorrectInstanceState", InstanceId=one, **kind)
    aws.ec2.stop_instances(InstanceIds=[one])
    aws.wait("ec2", "instance_stopped", InstanceIds=[one])
    aws.ec2.modify_instance_attribute(InstanceId=one, **kind)
    aws.ec2.modify_instance_attribute(InstanceId=one, UserData={"Value": b"#!/bin/sh\necho drifted\n"})
    assert aws.server(one)["InstanceType"] == "m7i.2xlarge"
    told = aws.ec2.describe_instance_attribute(InstanceId=one, Attribute="userData")["UserData"]["Value"]
    assert base64.b64decode(told) == b"#!/bin/sh\necho drifted\n"
    told = aws.ec2.describe_instance_attribute(InstanceId=one, Attribute="instanceType")
    assert told["InstanceType"]["Value"] == "m7i.2xlarge"


@drive("ec2:CreateTags", "ec2:DeleteTags")
def tags_come_and_go(aws):
    (one,) = aws.running(LaunchTemplate={"LaunchTemplateName": "kafka"})
    image = aws.image("web 1.4.3")["ImageId"]
    tags = [{"Key": "emberline:lifetime", "Value": "14d"}, {"Key": "note", "Value": "a"}]
    aws.ec2.create_tags(Resources=[one, image], Tags=tags)
    assert tags_of(aws.server(one)).items() >= {"emberline:lifetime": "14d", "note": "a"}.items()
    (told,) = aws.ec2.describe_images(ImageIds=[image])["Images"]
    assert tags_of(told)["note"] == "a"
    aws.ec2.create_tags(Resources=[one], Tags=[{"Key": "note", "Value": "b"}])
    assert tags_of(aws.server(one))["note"] == "b", "the same key again is a new value"
    aws.ec2.delete_tags(Resources=[one], Tags=[{"Key": "note", "Value": "a"}])
    assert tags_of(aws.server(one))["note"] == "b", "another value is another tag"
    aws.ec2.delete_tags(Resources=[one, image], Tags=[{"Key": "note"}, {"Key": "emberline:lifetime"}])
    assert not {"note", "emberline:lifetime"} & set(tags_of(aws.server(one)))
    refused(
        aws.ec2.create_tags, "InvalidInstanceID.NotFound",
        Resources=["i-0aaaaaaaaaaaaaaaa"], Tags=[{"Key": "a", "Value": "b"}],
    )  # fmt: skip


@drive("ec2:GetConsoleOutput")
def the_console_ends_with_cloud_inits_closing_line(aws):
    (one,) = aws.running(LaunchTemplate={"LaunchTemplateName": "web", "Version": "12"})
    aws.wait("ec2", "instance_status_ok", InstanceIds=[one])
    aws.clock.advance(1800)
    told = aws.ec2.get_console_output(InstanceId=one)
    assert told["InstanceId"] == one
    lines = [line for line in told["Output"].splitlines() if "Cloud-init v." in line and "finished at" in line]
    assert lines, told["Output"][-500:]
    assert "Up " in lines[-1] and lines[-1].rstrip().endswith("seconds")


@drive("ec2:CreateReplaceRootVolumeTask", "ec2:DescribeReplaceRootVolumeTasks")
def a_root_volume_is_replaced_and_the_server_stays(aws):
    (one,) = aws.running(LaunchTemplate={"LaunchTemplateName": "web", "Version": "11"})
    aws.wait("ec2", "instance_status_ok", InstanceIds=[one])
    before = aws.server(one)
    image = aws.image("web 1.4.3")["ImageId"]
    asked = {"InstanceId": one, "ImageId": image, "DeleteReplacedRootVolume": True, "ClientToken": "replace-once"}
    task = aws.ec2.create_replace_root_volume_task(**asked)["ReplaceRootVolumeTask"]
    assert (task["InstanceId"], task["TaskState"], task["ImageId"]) == (one, "pending", image)
    again = aws.ec2.create_replace_root_volume_task(**asked)["ReplaceRootVolumeTask"]
    assert again["ReplaceRootVolumeTaskId"] == task["ReplaceRootVolumeTaskId"]
    seen = [task["TaskState"]]

    def is_done():
        ids = [task["ReplaceRootVolumeTaskId"]]
        (now,) = aws.ec2.describe_replace_root_volume_tasks(ReplaceRootVolumeTaskIds=ids)["ReplaceRootVolumeTasks"]
        if now["TaskState"] != seen[-1]:
            seen.append(now["TaskState"])
        return now if now["TaskState"] == "succeeded" else None

    done = aws.until(is_done, within_s=3600, step_s=5)
    assert seen == ["pending", "in-progress", "succeeded"]
    assert done["CompleteTime"] >= done["StartTime"]
    after = aws.server(one)
    assert (after["ImageId"], after["LaunchTime"], born(after)) == (
        before["ImageId"], before["LaunchTime"], born(before),
    ), "what was launched is what is told"  # fmt: skip
    assert root_volume(after) != root_volume(before)


def root_volume(server):
    return next(
        mapping["Ebs"]["VolumeId"]
        for mapping in server["BlockDeviceMappings"]
        if mapping["DeviceName"] == server["RootDeviceName"]
    )


@drive(
    "ec2:AssociateIamInstanceProfile",
    "ec2:DescribeIamInstanceProfileAssociations",
    "ec2:ReplaceIamInstanceProfileAssociation",
    "ec2:DisassociateIamInstanceProfile",
)
def a_server_gets_another_instance_profile(aws):
    (one,) = aws.running(ImageId=aws.image("web 1.4.3")["ImageId"], InstanceType="t3.small")
    assert "IamInstanceProfile" not in aws.server(one)
    made = aws.ec2.associate_iam_instance_profile(InstanceId=one, IamInstanceProfile={"Name": "web"})
    assert made["IamInstanceProfileAssociation"]["State"] == "associating"
    of_server = [{"Name": "instance-id", "Values": [one]}]

    def associated():
        rows = aws.ec2.describe_iam_instance_profile_associations(Filters=of_server)
        return [row for row in rows["IamInstanceProfileAssociations"] if row["State"] == "associated"]

    (row,) = aws.until(associated, within_s=300)
    assert row["IamInstanceProfile"]["Arn"] == aws.server(one)["IamInstanceProfile"]["Arn"]
    assert row["IamInstanceProfile"]["Arn"].endswith(":instance-profile/web")
    again = {"InstanceId": one, "IamInstanceProfile": {"Name": "api"}}
    refused(aws.ec2.associate_iam_instance_profile, "IncorrectState", **again)
    aws.ec2.replace_iam_instance_profile_association(
        AssociationId=row["AssociationId"], IamInstanceProfile={"Name": "api"}
    )
    (row,) = aws.until(associated, within_s=300)
    assert aws.server(one)["IamInstanceProfile"]["Arn"].endswith(":instance-profile/api")
    aws.ec2.disassociate_iam_instance_profile(AssociationId=row["AssociationId"])
    aws.until(lambda: not associated() and "IamInstanceProfile" not in aws.server(one), within_s=300)

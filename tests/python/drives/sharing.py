"""Images and templates kept, shown to others, switched off and taken away."""

import base64
import json

from drives import drive
from drives.images import made_by_hand, told
from drives.servers import root_volume
from practice import refused, tagged, tags_of


def kept(aws, name):
    _, image = made_by_hand(aws, name)
    aws.wait("ec2", "image_available", ImageIds=[image])
    return image


@drive("ec2:EnableImage", "ec2:DisableImage")
def an_image_is_switched_off_and_on(aws):
    image = kept(aws, "switched")
    aws.ec2.disable_image(ImageId=image)
    named = {"Filters": [{"Name": "name", "Values": ["switched"]}], "Owners": ["self"]}
    assert aws.ec2.describe_images(**named)["Images"] == []
    (found,) = aws.ec2.describe_images(**named, IncludeDisabled=True)["Images"]
    assert found["State"] == "disabled"
    refused(aws.run, "InvalidAMIID.Unavailable", ImageId=image, InstanceType="t3.small")
    aws.ec2.enable_image(ImageId=image)
    aws.wait("ec2", "image_available", ImageIds=[image])
    assert aws.run(ImageId=image, InstanceType="t3.small")


@drive("ec2:EnableImageDeregistrationProtection", "ec2:DisableImageDeregistrationProtection")
def a_protected_image_is_not_deregistered(aws):
    image = kept(aws, "guarded")
    aws.ec2.enable_image_deregistration_protection(ImageId=image)
    assert told(aws, image)["DeregistrationProtection"].startswith("enabled")
    refused(aws.ec2.deregister_image, "OperationNotPermitted", ImageId=image)
    aws.ec2.disable_image_deregistration_protection(ImageId=image)
    aws.ec2.deregister_image(ImageId=image)


@drive("ec2:ModifyImageAttribute", "ec2:DescribeImageAttribute", "ec2:ResetImageAttribute")
def an_image_is_shared_with_another_account(aws):
    image, friend = kept(aws, "shared"), "310987654321"
    aws.ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": friend}]})
    attribute = aws.ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")
    assert attribute["LaunchPermissions"] == [{"UserId": friend}]
    other = aws.of_account("data")
    (seen,) = other.ec2.describe_images(ImageIds=[image])["Images"]
    assert (seen["OwnerId"], tags_of(seen)) == (aws.account, {})
    aws.ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Remove": [{"UserId": friend}]})
    refused(other.ec2.describe_images, "InvalidAMIID.NotFound", ImageIds=[image])
    aws.ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": friend}]})
    aws.ec2.reset_image_attribute(ImageId=image, Attribute="launchPermission")
    refused(other.ec2.describe_images, "InvalidAMIID.NotFound", ImageIds=[image])
    aws.ec2.modify_image_attribute(ImageId=image, Description={"Value": "kept for the audit"})
    assert told(aws, image)["Description"] == "kept for the audit"


@drive("ec2:CreateSnapshot", "ec2:DeleteSnapshot", "ec2:DescribeSnapshots", "ec2:CreateReplaceRootVolumeTask")
def a_root_goes_back_to_its_snapshot(aws):
    (server,) = aws.running(LaunchTemplate={"LaunchTemplateName": "kafka"})
    volume = root_volume(aws.server(server))
    made = aws.ec2.create_snapshot(VolumeId=volume, TagSpecifications=tagged("snapshot", why="before the upgrade"))
    snapshot = made["SnapshotId"]
    assert (made["State"], made["VolumeId"], tags_of(made)) == ("pending", volume, {"why": "before the upgrade"})
    aws.wait("ec2", "snapshot_completed", SnapshotIds=[snapshot])
    aws.ec2.create_replace_root_volume_task(InstanceId=server, SnapshotId=snapshot)
    aws.until(lambda: root_volume(aws.server(server)) != volume, within_s=3600)
    aws.ec2.delete_snapshot(SnapshotId=snapshot)
    refused(aws.ec2.describe_snapshots, "InvalidSnapshot.NotFound", SnapshotIds=[snapshot])


@drive("ec2:DescribeSnapshots")
def an_images_snapshot_outlives_it(aws):
    image = kept(aws, "with-a-snapshot")
    snapshot = told(aws, image)["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    aws.wait("ec2", "snapshot_completed", SnapshotIds=[snapshot])
    aws.ec2.deregister_image(ImageId=image)
    (row,) = aws.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
    assert (row["State"], row["OwnerId"]) == ("completed", aws.account)
    pages = aws.ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], PaginationConfig={"PageSize": 5})
    assert snapshot in {row["SnapshotId"] for page in pages for row in page["Snapshots"]}


@drive("ec2:DeleteLaunchTemplateVersions", "ec2:DeleteLaunchTemplate", "ec2:GetLaunchTemplateData")
def template_versions_are_deleted_for_good(aws):
    data = {"ImageId": aws.image("web 1.4.3")["ImageId"], "InstanceType": "t3.small"}
    name = {"LaunchTemplateName": "short-lived"}
    aws.ec2.create_launch_template(**name, LaunchTemplateData=data)
    for _ in range(2):
        aws.ec2.create_launch_template_version(
            **name, SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.small"}
        )
    ended = aws.ec2.delete_launch_template_versions(**name, Versions=["1", "2", "9"])
    gone = [row["VersionNumber"] for row in ended["SuccessfullyDeletedLaunchTemplateVersions"]]
    kept_back = {row["VersionNumber"] for row in ended["UnsuccessfullyDeletedLaunchTemplateVersions"]}
    assert (gone, kept_back) == ([2], {1, 9}), "the default stays, and what was never there is told"
    made = aws.ec2.create_launch_template_version(
        **name, SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.small"}
    )
    assert made["LaunchTemplateVersion"]["VersionNumber"] == 4, "a number never comes back"
    (server,) = aws.running(LaunchTemplate=name, UserData="#!/bin/sh\n")
    back = aws.ec2.get_launch_template_data(InstanceId=server)["LaunchTemplateData"]
    assert (back["ImageId"], back["InstanceType"]) == (data["ImageId"], data["InstanceType"])
    assert base64.b64decode(back["UserData"]) == b"#!/bin/sh\n"
    aws.ec2.delete_launch_template(**name)
    unknown = {"LaunchTemplateNames": ["short-lived"]}
    refused(aws.ec2.describe_launch_templates, "InvalidLaunchTemplateName.NotFoundException", **unknown)


@drive("ec2:DescribeTags", "ec2:ModifyInstanceMetadataOptions")
def tags_are_found_across_kinds(aws):
    (server,) = aws.running(
        LaunchTemplate={"LaunchTemplateName": "kafka"}, TagSpecifications=tagged("instance", crossing="yes")
    )
    image = aws.image("web 1.4.3")["ImageId"]
    aws.ec2.create_tags(Resources=[image], Tags=[{"Key": "crossing", "Value": "yes"}])
    pages = aws.ec2.get_paginator("describe_tags").paginate(
        Filters=[{"Name": "key", "Values": ["crossing"]}], PaginationConfig={"PageSize": 5}
    )
    found = {tag["ResourceId"]: (tag["ResourceType"], tag["Value"]) for page in pages for tag in page["Tags"]}
    assert found == {server: ("instance", "yes"), image: ("image", "yes")}
    options = aws.ec2.modify_instance_metadata_options(
        InstanceId=server, HttpTokens="required", HttpPutResponseHopLimit=3
    )["InstanceMetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 3)
    assert aws.server(server)["MetadataOptions"]["HttpTokens"] == "required"


@drive("ssm:PutParameter", "ssm:GetParameter", "ssm:GetParameterHistory")
def a_parameter_moves_a_template_to_another_image(aws):
    old, new = (aws.image(name)["ImageId"] for name in ("web 1.4.2", "web 1.4.3"))
    parameter = {"Name": "/practice/image", "Type": "String"}
    assert aws.ssm.put_parameter(**parameter, Value=old)["Version"] == 1
    template = {"LaunchTemplateName": "by-parameter"}
    data = {"ImageId": "resolve:ssm:/practice/image", "InstanceType": "t3.small"}
    aws.ec2.create_launch_template(**template, LaunchTemplateData=data)
    (first,) = aws.running(LaunchTemplate=template)
    refused(aws.ssm.put_parameter, "ParameterAlreadyExists", **parameter, Value=new)
    assert aws.ssm.put_parameter(**parameter, Value=new, Overwrite=True)["Version"] == 2
    (second,) = aws.running(LaunchTemplate=template)
    assert [server["ImageId"] for server in aws.servers(first, second)] == [old, new]
    assert aws.ssm.get_parameter(Name="/practice/image:1")["Parameter"]["Value"] == old
    pages = aws.ssm.get_paginator("get_parameter_history").paginate(
        Name="/practice/image", PaginationConfig={"PageSize": 1}
    )
    assert [(row["Version"], row["Value"]) for page in pages for row in page["Parameters"]] == [(1, old), (2, new)]


@drive("ssm:StartSession", "ssm:TerminateSession", "ec2-instance-connect:SendSSHPublicKey", "cloudtrail:LookupEvents")
def a_login_is_on_record(aws):
    managed = aws.ssm.describe_instance_information(MaxResults=5)["InstanceInformationList"]
    server = managed[0]["InstanceId"]
    session = aws.ssm.start_session(Target=server)["SessionId"]

    def sessions(state):
        return {row["SessionId"] for row in aws.ssm.describe_sessions(State=state)["Sessions"]}

    assert session in sessions("Active")
    assert aws.ssm.terminate_session(SessionId=session)["SessionId"] == session
    aws.until(lambda: session in sessions("History"), within_s=600)
    key = "ssh-ed25519 " + base64.b64encode(bytes(51)).decode()
    connect = aws.client("ec2-instance-connect")
    sent = connect.send_ssh_public_key(InstanceId=server, InstanceOSUser="ec2-user", SSHPublicKey=key)
    assert sent["Success"] is True
    named = [{"AttributeKey": "EventName", "AttributeValue": "SendSSHPublicKey"}]
    events = aws.until(lambda: aws.cloudtrail.lookup_events(LookupAttributes=named)["Events"], within_s=1800)
    assert json.loads(events[0]["CloudTrailEvent"])["requestParameters"]["instanceId"] == server

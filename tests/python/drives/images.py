"""Images and template versions: made, copied, aged, deleted and traced."""

from datetime import timedelta

from drives import drive
from drives.servers import root_volume
from practice import refused, tagged, tags_of


def told(aws, image):
    (found,) = aws.ec2.describe_images(ImageIds=[image], IncludeDeprecated=True)["Images"]
    return found


def made_by_hand(aws, name, **arguments):
    """A new server's image: (server, image)."""
    (server,) = aws.running(LaunchTemplate={"LaunchTemplateName": "kafka"})
    image = aws.ec2.create_image(InstanceId=server, Name=name, **arguments)["ImageId"]
    return server, image


@drive("ec2:CreateImage", "ec2:GetImageAncestry", "ec2:DescribeImages")
def an_image_is_made_of_a_server(aws):
    server, image = made_by_hand(aws, "kafka-by-hand", TagSpecifications=tagged("image", why="before the upgrade"))
    aws.wait("ec2", "image_exists", ImageIds=[image])
    assert told(aws, image)["State"] == "pending"
    aws.wait("ec2", "image_available", ImageIds=[image])
    found = told(aws, image)
    assert (found["SourceInstanceId"], found["Name"]) == (server, "kafka-by-hand")
    assert (found["OwnerId"], found["Public"]) == (aws.account, False)
    assert tags_of(found) == {"why": "before the upgrade"}
    parent = aws.server(server)["ImageId"]
    assert (found["SourceImageId"], found["SourceImageRegion"]) == (parent, aws.region)
    ancestry = aws.ec2.get_image_ancestry(ImageId=image)["ImageAncestryEntries"]
    assert [entry["ImageId"] for entry in ancestry[:2]] == [image, parent]
    asked = {"InstanceId": server, "Name": "kafka-by-hand"}
    assert image in refused(aws.ec2.create_image, "InvalidAMIName.Duplicate", **asked)


@drive("ec2:CopyImage")
def an_image_is_copied_to_another_region(aws):
    image = aws.image("web 1.4.3")
    there = aws.elsewhere("us-east-1")
    asked = {"SourceRegion": aws.region, "SourceImageId": image["ImageId"], "Name": "web by hand", "ClientToken": "one"}
    copy = there.ec2.copy_image(**asked, CopyImageTags=True)["ImageId"]
    assert there.ec2.copy_image(**asked, CopyImageTags=True)["ImageId"] == copy, "the token makes one"
    there.wait("ec2", "image_available", ImageIds=[copy])
    found = told(there, copy)
    assert (found["SourceImageId"], found["SourceImageRegion"]) == (image["ImageId"], aws.region)
    assert found["CreationDate"] > image["CreationDate"], "a copy is as young as its making"
    own = {key: value for key, value in tags_of(image).items() if not key.startswith("aws:")}
    assert tags_of(found).items() >= own.items()
    ancestry = there.ec2.get_image_ancestry(ImageId=copy)["ImageAncestryEntries"]
    assert [entry["ImageId"] for entry in ancestry[:2]] == [copy, image["ImageId"]]


@drive("ec2:RegisterImage", "ec2:DeregisterImage", "ec2:DescribeInstanceImageMetadata")
def an_image_is_registered_used_and_deregistered(aws):
    source = aws.image("web 1.4.3")
    snapshot = source["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    image = aws.ec2.register_image(
        Name="packed-elsewhere",
        Architecture="x86_64",
        RootDeviceName="/dev/xvda",
        VirtualizationType="hvm",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}],
        TagSpecifications=tagged("image", packer="1.11"),
    )["ImageId"]
    aws.wait("ec2", "image_available", ImageIds=[image])
    found = told(aws, image)
    assert tags_of(found) == {"packer": "1.11"}
    assert found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"] == snapshot
    assert "SourceInstanceId" not in found
    (server,) = aws.running(ImageId=image, InstanceType="t3.small")
    assert aws.ec2.deregister_image(ImageId=image)["Return"] is True
    assert image in refused(aws.ec2.describe_images, "InvalidAMIID.NotFound", ImageIds=[image])
    refused(aws.run, "InvalidAMIID.NotFound", ImageId=image, InstanceType="t3.small")
    (row,) = aws.ec2.describe_instance_image_metadata(InstanceIds=[server])["InstanceImageMetadata"]
    assert (row["ImageMetadata"]["ImageId"], row["ImageMetadata"]["Name"]) == (image, "packed-elsewhere")


@drive("ec2:EnableImageDeprecation", "ec2:DisableImageDeprecation")
def an_image_is_deprecated_at_its_time(aws):
    _, image = made_by_hand(aws, "soon-old")
    aws.wait("ec2", "image_available", ImageIds=[image])
    assert "DeprecationTime" not in told(aws, image)
    at = (aws.clock.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    aws.ec2.enable_image_deprecation(ImageId=image, DeprecateAt=at)
    assert told(aws, image)["DeprecationTime"].startswith(at.strftime("%Y-%m-%dT%H:%M"))
    yesterday = aws.clock.now() - timedelta(days=1)
    refused(aws.ec2.enable_image_deprecation, "InvalidParameter(Value)?", ImageId=image, DeprecateAt=yesterday)
    aws.ec2.disable_image_deprecation(ImageId=image)
    assert "DeprecationTime" not in told(aws, image)


@drive("ec2:DescribeImageReferences")
def what_uses_an_image_is_told(aws):
    server, image = made_by_hand(aws, "referred-to")
    aws.wait("ec2", "image_available", ImageIds=[image])
    template = aws.ec2.create_launch_template(
        LaunchTemplateName="refers", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.small"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    (user,) = aws.running(LaunchTemplate={"LaunchTemplateId": template})
    asked = {"ImageIds": [image], "IncludeAllResourceTypes": True}
    pages = aws.ec2.get_paginator("describe_image_references").paginate(**asked)
    arns = {row["ResourceType"]: row["Arn"] for page in pages for row in page["ImageReferences"]}
    assert arns["ec2:Instance"].endswith(f"instance/{user}")
    assert template in arns["ec2:LaunchTemplate"]
    assert not any(arn.endswith(f"instance/{server}") for arn in arns.values()), "its source does not run it"


@drive("ec2:CreateLaunchTemplate", "ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate")
def a_template_gets_versions_and_a_default(aws):
    old, new = (aws.image(name)["ImageId"] for name in ("web 1.4.2", "web 1.4.3"))
    data = {"ImageId": old, "InstanceType": "t3.small", "UserData": "IyEvYmluL3NoCg=="}
    made = aws.ec2.create_launch_template(
        LaunchTemplateName="practice",
        VersionDescription="first",
        LaunchTemplateData=data,
        TagSpecifications=tagged("launch-template", owner="ops"),
    )["LaunchTemplate"]
    assert (made["DefaultVersionNumber"], made["LatestVersionNumber"], tags_of(made)) == (1, 1, {"owner": "ops"})
    refused(
        aws.ec2.create_launch_template,
        "InvalidLaunchTemplateName.AlreadyExistsException",
        LaunchTemplateName="practice", LaunchTemplateData=data,
    )  # fmt: skip
    next_version = {
        "LaunchTemplateName": "practice",
        "SourceVersion": "1",
        "LaunchTemplateData": {"ImageId": new},
        "ClientToken": "second",
    }
    second = aws.ec2.create_launch_template_version(**next_version)["LaunchTemplateVersion"]
    again = aws.ec2.create_launch_template_version(**next_version)["LaunchTemplateVersion"]
    assert (second["VersionNumber"], again["VersionNumber"]) == (2, 2), "the token makes one"
    assert second["LaunchTemplateData"] == data | {"ImageId": new}, "the rest comes from the source"
    (server,) = aws.running(LaunchTemplate={"LaunchTemplateName": "practice"})
    assert aws.server(server)["ImageId"] == old, "the default is still the first"
    changed = aws.ec2.modify_launch_template(LaunchTemplateName="practice", DefaultVersion="2")["LaunchTemplate"]
    assert (changed["DefaultVersionNumber"], changed["LatestVersionNumber"]) == (2, 2)
    (server,) = aws.running(LaunchTemplate={"LaunchTemplateName": "practice"})
    assert aws.server(server)["ImageId"] == new
    pages = aws.ec2.get_paginator("describe_launch_template_versions").paginate(LaunchTemplateName="practice")
    versions = {v["VersionNumber"]: v["DefaultVersion"] for page in pages for v in page["LaunchTemplateVersions"]}
    assert versions == {1: False, 2: True}
    unknown = {"LaunchTemplateName": "practice", "DefaultVersion": "9"}
    refused(aws.ec2.modify_launch_template, "InvalidLaunchTemplateId.VersionNotFound", **unknown)


def dry_runs(aws):
    """Every EC2 mutation as it would pass: (operation, arguments)."""
    member = sorted(aws.in_service("web-prod"))[0]
    image = aws.image("web 1.4.3")
    web = {"LaunchTemplateName": "web"}
    snapshot = image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    tomorrow = aws.clock.now() + timedelta(days=1)
    of_server, of_servers, of_image = {"InstanceId": member}, {"InstanceIds": [member]}, {"ImageId": image["ImageId"]}
    device = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}
    return [
        ("run_instances", {"LaunchTemplate": web, "MinCount": 1, "MaxCount": 1}),
        ("stop_instances", of_servers),
        ("start_instances", of_servers),
        ("reboot_instances", of_servers),
        ("terminate_instances", of_servers),
        ("modify_instance_attribute", of_server | {"DisableApiTermination": {"Value": True}}),
        ("create_image", of_server | {"Name": "dry"}),
        ("copy_image", {"SourceRegion": aws.region, "SourceImageId": image["ImageId"], "Name": "dry"}),
        (
            "register_image",
            {
                "Name": "dry",
                "VirtualizationType": "hvm",
                "RootDeviceName": "/dev/xvda",
                "BlockDeviceMappings": [device],
            },
        ),
        ("deregister_image", {"ImageId": aws.image("web 1.4.2")["ImageId"]}),
        ("enable_image_deprecation", of_image | {"DeprecateAt": tomorrow}),
        ("disable_image_deprecation", of_image),
        ("create_replace_root_volume_task", of_server),
        ("create_launch_template", {"LaunchTemplateName": "dry", "LaunchTemplateData": {"InstanceType": "t3.small"}}),
        (
            "create_launch_template_version",
            web | {"SourceVersion": "12", "LaunchTemplateData": {"InstanceType": "m7i.xlarge"}},
        ),
        ("modify_launch_template", web | {"DefaultVersion": "11"}),
        ("create_tags", {"Resources": [member], "Tags": [{"Key": "dry", "Value": "run"}]}),
        ("delete_tags", {"Resources": [member], "Tags": [{"Key": "Name"}]}),
    ]


@drive("ec2:DescribeInstances")
def a_dry_run_changes_nothing(aws):
    def everything():
        pages = aws.ec2.get_paginator("describe_instances").paginate(IncludeManagedResources=True)
        servers = [i for page in pages for r in page["Reservations"] for i in r["Instances"]]
        images = aws.ec2.describe_images(Owners=["self"])["Images"]
        templates = aws.ec2.describe_launch_templates()["LaunchTemplates"]
        return servers, images, templates

    before = everything()
    for operation, arguments in dry_runs(aws):
        message = refused(getattr(aws.ec2, operation), "DryRunOperation", **arguments, DryRun=True)
        assert message == "Request would have succeeded, but DryRun flag is set.", operation
    assert everything() == before


@drive("ec2:DescribeVolumes")
def a_servers_volume_ends_with_it(aws):
    (one,) = aws.running(LaunchTemplate={"LaunchTemplateName": "kafka"})
    volume = root_volume(aws.server(one))
    assert aws.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["State"] == "in-use"
    aws.ec2.terminate_instances(InstanceIds=[one])
    aws.wait("ec2", "instance_terminated", InstanceIds=[one])
    refused(aws.ec2.describe_volumes, "InvalidVolume.NotFound", VolumeIds=[volume])

"""Images and templates kept, shown to others, switched off and taken away."""

from drives import drive
from drives.images import made_by_hand, told
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


@drive("ec2:ModifyImageAttribute", "ec2:DescribeImageAttribute")
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
    aws.ec2.modify_image_attribute(ImageId=image, Description={"Value": "kept for the audit"})
    assert told(aws, image)["Description"] == "kept for the audit"


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

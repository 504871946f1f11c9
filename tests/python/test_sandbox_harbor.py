"""What boto3 reads of the default scenario is what the scenario's data says."""

import base64
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from sandbox_reads import HARBOR, Scope, of_scope

UNIT_DAYS = {"y": 365, "w": 7, "d": 1, "h": 1 / 24, "m": 1 / 1440, "s": 1 / 86400}


def days(age):
    """`1y90d` or `26d21h` in days."""
    total, number = 0.0, ""
    for letter in age:
        if letter.isdigit():
            number += letter
        else:
            total += int(number) * UNIT_DAYS[letter]
            number = ""
    return total


def born_days(born):
    """The youngest and the oldest age that `1d..16d` or `12d` allows."""
    first, _, last = born.partition("..")
    return days(first), days(last or first)


def servers_of(scope):
    """All servers of a scope by name, operator-managed ones too."""
    pages = scope.ec2.get_paginator("describe_instances").paginate(IncludeManagedResources=True)
    return [i for page in pages for r in page["Reservations"] for i in r["Instances"]]


def tags_of(item):
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}


def expected_servers(group):
    return sum(row.get("count", 1) for row in group["servers"])


def test_groups_are_the_scenarios(place):
    short, scope = place
    expected = {group["name"]: group for group in of_scope("group", short, scope.region)}
    found = {
        g["AutoScalingGroupName"]: g
        for g in scope.autoscaling.describe_auto_scaling_groups(MaxRecords=100)["AutoScalingGroups"]
    }
    assert set(found) == set(expected)
    by_group = Counter(tags_of(server).get("aws:autoscaling:groupName") for server in servers_of(scope))
    for name, group in expected.items():
        assert by_group[name] == expected_servers(group), name
        assert found[name]["MinSize"] == group["min"]
        assert found[name]["MaxSize"] == group["max"]
        lifetime = round(days(group["lifetime"]) * 86_400) if "lifetime" in group else None
        assert found[name].get("MaxInstanceLifetime") == lifetime, name
        pool = scope.autoscaling.describe_warm_pool(AutoScalingGroupName=name)
        warm = [row for row in group["servers"] if row.get("lifecycle", "").startswith("Warmed:")]
        assert len(pool["Instances"]) == sum(row.get("count", 1) for row in warm), name
        assert ("WarmPoolConfiguration" in pool) == ("warm_pool" in group), name
        assert len(found[name]["Instances"]) == expected_servers(group) - len(pool["Instances"]), name
        assert {p["ProcessName"] for p in found[name]["SuspendedProcesses"]} == set(group.get("suspended", []))


def test_servers_are_as_old_as_the_scenario_says(place):
    short, scope = place
    now = datetime.now(UTC)
    ages = {}
    for server in servers_of(scope):
        primary = next(
            interface["Attachment"]
            for interface in server["NetworkInterfaces"]
            if interface["Attachment"]["DeviceIndex"] == 0 and interface["Attachment"]["NetworkCardIndex"] == 0
        )
        age = (now - primary["AttachTime"]) / timedelta(days=1)
        ages.setdefault(tags_of(server).get("aws:autoscaling:groupName"), []).append(age)
        assert server["LaunchTime"] >= primary["AttachTime"], "a start is never before the birth"
    slack_days = 0.1
    for group in of_scope("group", short, scope.region):
        expected = sorted(born_days(row["born"]) for row in group["servers"] for _ in range(row.get("count", 1)))
        found = sorted(ages[group["name"]])
        assert len(found) == len(expected)
        youngest, oldest = min(low for low, _ in expected), max(high for _, high in expected)
        assert youngest - slack_days <= found[0] and found[-1] <= oldest + slack_days, group["name"]


def test_standalone_servers_are_the_scenarios(place):
    short, scope = place
    expected = Counter()
    for row in of_scope("server", short, scope.region):
        expected[row["name"]] += row["made"].get("count", 1)
    found = [server for server in servers_of(scope) if "aws:autoscaling:groupName" not in tags_of(server)]
    assert len(found) == sum(expected.values())


def test_images_are_the_scenarios(place):
    short, scope = place
    expected = Counter()
    for row in HARBOR["image"]:
        if row["owner"] != short or row.get("state") == "deregistered":
            continue
        regions = [row["regions"][0], *(copy["region"] for copy in row.get("copies", []))]
        expected[row["name"].split("{")[0]] += regions.count(scope.region)
    images = scope.ec2.describe_images(Owners=["self"], IncludeDeprecated=True, IncludeDisabled=True)["Images"]
    assert len(images) == sum(expected.values())
    assert all(any(image["Name"].startswith(start) for start in expected) for image in images)
    assert all(image["OwnerId"] == scope.account for image in images)


def test_templates_are_the_scenarios(place):
    short, scope = place
    for row in of_scope("template", short, scope.region):
        versions = scope.ec2.describe_launch_template_versions(LaunchTemplateName=row["name"])["LaunchTemplateVersions"]
        expected = {v["number"]: v for v in row["versions"] if not v.get("deleted")}
        assert {version["VersionNumber"] for version in versions} == set(expected)
        default = row.get("default", max(expected))
        assert [v["VersionNumber"] for v in versions if v["DefaultVersion"]] == [default]
        for version in versions:
            data, wanted = version["LaunchTemplateData"], expected[version["VersionNumber"]]
            assert data["InstanceType"] == wanted["type"]
            if wanted["image"].startswith("resolve:ssm:"):
                assert data["ImageId"] == wanted["image"]
            else:
                assert data["ImageId"].startswith("ami-")
            if "user_data" in wanted:
                text = base64.b64decode(data["UserData"]).decode()
                assert text.strip() == HARBOR["user_data"][wanted["user_data"]].strip()


def test_a_template_through_ssm_resolves_to_the_image_that_runs(prod):
    batch = prod.ec2.describe_launch_template_versions(
        LaunchTemplateName="batch", Versions=["$Latest"], ResolveAlias=True
    )
    image = batch["LaunchTemplateVersions"][0]["LaunchTemplateData"]["ImageId"]
    parameter = prod.ssm.get_parameter(Name="/harbor/batch/image")["Parameter"]["Value"]
    assert image == parameter and image.startswith("ami-")
    running = {s["ImageId"] for s in servers_of(prod) if tags_of(s).get("aws:autoscaling:groupName") == "batch-prod"}
    assert image in running and len(running) == 2, "the override launches another image"


def test_a_deregistered_image_lives_on_in_its_servers_only(prod):
    billing = [s for s in servers_of(prod) if tags_of(s).get("aws:autoscaling:groupName") == "billing-legacy"]
    (image,) = {server["ImageId"] for server in billing}
    assert image not in {i["ImageId"] for i in prod.ec2.describe_images(Owners=["self"])["Images"]}
    metadata = prod.ec2.describe_instance_image_metadata(InstanceIds=[billing[0]["InstanceId"]])[
        "InstanceImageMetadata"
    ]
    assert metadata[0]["ImageMetadata"]["ImageId"] == image
    assert metadata[0]["ImageMetadata"]["Name"] == "billing-app-server-final2"


def test_a_restarted_server_started_long_after_its_birth(prod):
    (jenkins,) = [server for server in servers_of(prod) if tags_of(server).get("Name") == "jenkins"]
    born = jenkins["NetworkInterfaces"][0]["Attachment"]["AttachTime"]
    now = datetime.now(UTC)
    assert (now - born).days in (737, 738)
    assert (now - jenkins["LaunchTime"]).days in (189, 190)
    (copied,) = [
        i
        for i in prod.ec2.describe_images(Owners=["self"])["Images"]
        if i.get("SourceInstanceId") == jenkins["InstanceId"]
    ]
    assert copied["Name"] == "jenkins-copy"


def test_only_the_owner_sees_the_tags_of_a_shared_image(url_and_logins):
    url, logins = url_and_logins
    owner = Scope(url, logins[HARBOR["account"]["prod"]["id"]], "eu-west-1")
    other = Scope(url, logins[HARBOR["account"]["data"]["id"]], "eu-west-1")
    golden = [i for i in owner.ec2.describe_images(Owners=["self"])["Images"] if i["Name"].startswith("golden-al2023")]
    ids = [image["ImageId"] for image in golden]
    seen = other.ec2.describe_images(ImageIds=ids)["Images"]
    assert {image["ImageId"] for image in seen} == set(ids)
    assert all(tags_of(image) for image in golden)
    assert not any(tags_of(image) for image in seen)
    private = next(i for i in owner.ec2.describe_images(Owners=["self"])["Images"] if i["Name"].startswith("web "))
    with pytest.raises(ClientError, match="InvalidAMIID.NotFound"):
        other.ec2.describe_images(ImageIds=[private["ImageId"]])


def test_operator_managed_servers_show_only_when_asked_for(place):
    short, scope = place
    asked = {server["InstanceId"]: server for server in servers_of(scope)}
    pages = scope.ec2.get_paginator("describe_instances").paginate()
    plain = {i["InstanceId"] for page in pages for r in page["Reservations"] for i in r["Instances"]}
    managed = {id for id, server in asked.items() if server.get("Operator", {}).get("Managed")}
    assert plain == set(asked) - managed
    if (short, scope.region) == ("prod", "eu-west-1"):
        assert managed

"""The binary changes a fleet in moto, which nobody here wrote, and boto3 tells what is there afterwards.

moto is quicker than AWS: what is launched runs and what is terminated is gone at once. It drops `MaxInstanceLifetime`
and has neither instance refreshes nor Image Builder nor root replacements, so that a roll, a rebake, a reimage and a
new lifetime can't be shown here.
"""

import json
import sys
from dataclasses import dataclass

import boto3
import pytest

from conftest import HERE, REGION, Emberline, binary, served

DONE, REFUSED = 0, 4
KEYS = {"AWS_ACCESS_KEY_ID": "acting", "AWS_SECRET_ACCESS_KEY": "acting"}


@dataclass
class Fleet:
    """A fleet in moto as boto3 sees it, and the binary that changes it."""

    emberline: Emberline
    url: str
    account: str

    def __post_init__(self):
        keys = {"aws_access_key_id": "watching", "aws_secret_access_key": "watching"}
        at = {"endpoint_url": self.url, "region_name": REGION}
        self.ec2 = boto3.client("ec2", **at, **keys)
        self.autoscaling = boto3.client("autoscaling", **at, **keys)
        image = self.ec2.register_image(Name="web-1", Architecture="x86_64", RootDeviceName="/dev/xvda")["ImageId"]
        data = {"ImageId": image, "InstanceType": "t3.small"}
        made = self.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
        self.image, self.template = image, {"LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"]}
        self.make_group("web", max_size=6)
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "cache"}]}]
        launched = self.ec2.run_instances(
            MinCount=1, MaxCount=1, LaunchTemplate=self.template | {"Version": "1"}, TagSpecifications=tags
        )
        self.alone = launched["Instances"][0]["InstanceId"]

    def make_group(self, name, max_size):
        """A group of three."""
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            MinSize=1,
            MaxSize=max_size,
            DesiredCapacity=3,
            AvailabilityZones=[f"{REGION}a", f"{REGION}b"],
            LaunchTemplate=self.template | {"Version": "1"},
        )

    def group(self, name):
        """Its desired capacity, and the ids of the members that serve."""
        groups = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        serve = [
            member["InstanceId"]
            for member in groups[0]["Instances"]
            if (member["LifecycleState"], member["HealthStatus"]) == ("InService", "Healthy")
        ]
        return groups[0]["DesiredCapacity"], sorted(serve)

    def servers(self):
        """The state of each server, by id."""
        pages = self.ec2.get_paginator("describe_instances").paginate()
        found = [server for page in pages for part in page["Reservations"] for server in part["Instances"]]
        return {server["InstanceId"]: server["State"]["Name"] for server in found}

    def images(self):
        return {image["ImageId"] for image in self.ec2.describe_images(Owners=["self"])["Images"]}

    def run(self, *words):
        return self.emberline.run(*words, "--endpoint-url", self.url, "--region", REGION, **KEYS)

    def plan(self, *words):
        """Where the plan is written."""
        path = self.emberline.home / "plan.json"
        planned = self.run("plan", *words, "-o", path)
        assert planned.status == DONE, planned.err
        return path

    def apply(self, *words):
        """Plans and applies, with what must be so of any operation that is done."""
        before = self.servers(), self.images(), self.group("web")
        path = self.plan(*words)
        assert (self.servers(), self.images(), self.group("web")) == before, "a plan changes nothing"
        applied = self.run("apply", path, "--yes", "--confirm", self.account)
        assert applied.status == DONE, applied.err
        listed = json.loads(self.emberline.run("operations", "list", "--format", "json").out)
        assert (listed[0]["state"], listed[0]["scope"]["account"]) == ("done", self.account)
        return applied


@pytest.fixture
def fleet(tmp_path):
    environment = Emberline(binary(), tmp_path).environment(MOTO_EC2_LOAD_DEFAULT_AMIS="false")
    with served([sys.executable, HERE / "moto_bare.py"], environment, tmp_path / "moto.log") as (first_line, _):
        told = json.loads(first_line)
        yield Fleet(Emberline(binary(), tmp_path), told["url"], told["account"])


def test_a_server_of_a_group_is_replaced_by_one_that_came_first(fleet):
    before, (desired, members) = fleet.servers(), fleet.group("web")
    old = members[0]
    fleet.apply("replace", old)
    after, (now_desired, now_members) = fleet.servers(), fleet.group("web")
    assert (desired, now_desired) == (3, 3)
    assert after[old] == "terminated"
    new = set(after) - set(before)
    assert len(new) == 1 and {after[server] for server in new} == {"running"}
    assert set(now_members) == set(members) - {old} | new
    untouched = set(before) - {old}
    assert {server: after[server] for server in untouched} == {server: before[server] for server in untouched}


def test_where_a_group_has_no_room_the_old_server_goes_first(fleet):
    fleet.make_group("full", max_size=3)
    policy = fleet.emberline.home / "policy.toml"
    policy.write_text("[operate]\nmin_healthy = 50\n")
    (desired, members), web = fleet.group("full"), fleet.group("web")
    old = members[0]
    path = fleet.plan("replace", old, "--policy", policy)
    applied = fleet.run("apply", path, "--yes", "--confirm", fleet.account, "--policy", policy)
    assert applied.status == DONE, applied.err
    now_desired, now_members = fleet.group("full")
    assert (desired, now_desired, len(now_members)) == (3, 3, 3)
    assert fleet.servers()[old] == "terminated" and old not in now_members
    assert set(members) - {old} < set(now_members)
    assert fleet.group("web") == web


def test_a_server_that_stands_alone_goes_once_its_successor_runs(fleet):
    before, web = fleet.servers(), fleet.group("web")
    fleet.apply("replace", "cache")
    after = fleet.servers()
    [new] = set(after) - set(before)
    assert (after[fleet.alone], after[new]) == ("terminated", "running")
    told = fleet.ec2.describe_instances(InstanceIds=[new])["Reservations"][0]["Instances"][0]
    assert told["ImageId"] == fleet.image
    assert fleet.group("web") == web


def test_a_server_is_baked_into_an_image(fleet):
    before, servers = fleet.images(), fleet.servers()
    fleet.apply("bake", "cache", "--name", "cache-as-it-is")
    [new] = fleet.images() - before
    [image] = fleet.ec2.describe_images(ImageIds=[new])["Images"]
    assert (image["Name"], image["State"]) == ("cache-as-it-is", "available")
    assert image["SourceInstanceId"] == fleet.alone
    assert fleet.servers() == servers


def test_what_is_protected_is_refused_and_stays(fleet):
    _, members = fleet.group("web")
    fleet.ec2.create_tags(Resources=[members[0]], Tags=[{"Key": "emberline:protect", "Value": "holds the lock"}])
    fleet.ec2.modify_instance_attribute(InstanceId=fleet.alone, DisableApiTermination={"Value": True})
    before = fleet.servers(), fleet.group("web")
    for words, named in [(("replace", members[0]), "emberline:protect"), (("replace", "cache"), "protect")]:
        refused = fleet.run("plan", *words)
        assert refused.status == REFUSED, refused.err
        assert named in refused.err
    assert (fleet.servers(), fleet.group("web")) == before


def test_a_plan_does_not_hold_once_somebody_else_was_faster(fleet):
    _, members = fleet.group("web")
    path = fleet.plan("replace", members[0])
    fleet.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=4)
    before = fleet.servers(), fleet.group("web")
    refused = fleet.run("apply", path, "--yes", "--confirm", fleet.account)
    assert refused.status == REFUSED
    assert "desired capacity" in refused.err
    assert (fleet.servers(), fleet.group("web")) == before

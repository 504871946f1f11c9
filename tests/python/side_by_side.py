"""One scenario for two servers that speak as AWS does, and its answers made comparable.

Ids, times, addresses and accounts differ by nature. An id becomes the step that it was first seen in, so that
`i-0a1b...` reads `<i of launch a server>` wherever it is told, on both sides.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

ID = re.compile(r"\b(ami|i|lt|snap|vol|eni|subnet|sg|vpc|eipalloc|r|eni-attach)-[0-9a-f]{8,17}\b")
UUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
ADDRESS = re.compile(r"\b(ip-)?\d{1,3}([.-])\d{1,3}\2\d{1,3}\2\d{1,3}\b")
MAC = re.compile(r"\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b")
ACCOUNT = re.compile(r"\b\d{12}\b")
WHEN = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?\b")


@dataclass
class Side:
    """One of the two servers."""

    name: str
    url: str
    keys: dict
    region: str
    # Lets so many seconds pass.
    pass_s: Callable
    # A snapshot to register images of.
    snapshot: str | None = None
    answers: dict = field(default_factory=dict)
    seen: dict = field(default_factory=dict)
    names: dict = field(default_factory=dict)

    def __post_init__(self):
        settings = Config(retries={"total_max_attempts": 1, "mode": "standard"})
        self.ec2, self.autoscaling = (
            boto3.client(service, self.region, endpoint_url=self.url, config=settings, **self.keys)
            for service in ("ec2", "autoscaling")
        )

    def ask(self, step, call, **arguments):
        """Makes a call as a step of the scenario, and keeps its answer or its refusal."""
        assert step not in self.answers, f"{step} twice"
        try:
            answer = call(**arguments)
            status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
        except ClientError as error:
            answer, status = {}, error.response["ResponseMetadata"]["HTTPStatusCode"]
            answer["Refused"] = error.response["Error"]["Code"]
        except ResponseParserError:
            # What moto trips over arrives as a page of HTML.
            answer, status = {"Refused": "a page of HTML"}, 500
        self.answers[step] = flat(self.alike(self.in_order(answer) | {"Status": status}, step))
        return answer

    def note(self, step, **facts):
        """Keeps what follows from several answers."""
        self.answers[step] = flat(self.alike(facts, step))

    def in_order(self, value):
        """An answer with a group's members by zone and age, since their order means nothing."""
        if isinstance(value, list) and all(isinstance(item, dict) and "LifecycleState" in item for item in value):
            return sorted(value, key=self.place)
        if isinstance(value, list):
            return [self.in_order(item) for item in value]
        return {name: self.in_order(item) for name, item in value.items()} if isinstance(value, dict) else value

    def place(self, member):
        one = member["InstanceId"]
        return member["AvailabilityZone"], list(self.names).index(one) if one in self.names else len(self.names)

    def alike(self, value, step):
        """An answer with all that differs by nature taken out of it."""
        if isinstance(value, dict):
            return {key: self.alike(item, step) for key, item in value.items()}
        if isinstance(value, list):
            return [self.alike(item, step) for item in value]
        if isinstance(value, datetime):
            return "<time>"
        if isinstance(value, str):
            value = ID.sub(lambda found: self.first_seen(found[1], found[0], step), value)
            value = UUID.sub(lambda found: self.first_seen("uuid", found[0], step), value)
            for pattern, kind in ((WHEN, "time"), (MAC, "mac"), (ADDRESS, "address"), (ACCOUNT, "account")):
                value = pattern.sub(f"<{kind}>", value)
        return value

    def first_seen(self, kind, one, step):
        """An id by its kind and the step that first told it."""
        if one not in self.seen:
            before = sum(where == (kind, step) for where in self.seen.values())
            self.seen[one] = (kind, step)
            self.names[one] = f"<{kind} of {step}{f' #{before + 1}' * bool(before)}>"
        return self.names[one]


def flat(value, path=""):
    """`{"Tags": [{"Key": "a", "Value": "b"}]}` as `{"Tags{a}": "b"}`: one row a value."""
    if isinstance(value, dict):
        return {key: leaf for name, item in value.items() for key, leaf in flat(item, f"{path}.{name}").items()}
    if isinstance(value, list) and value and all(isinstance(item, dict) and "Key" in item for item in value):
        return {f"{path}{{{item['Key']}}}": item.get("Value") for item in value}
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return {path: sorted(value)}
    if isinstance(value, list):
        rows = {f"{path}.length": len(value)}
        for number, item in enumerate(value):
            rows |= flat(item, f"{path}[{number}]")
        return rows
    return {path: value}


def differences(one, other):
    """What both sides tell and tell differently: (step, path) -> (one's, other's)."""
    found = {}
    for step, answer in one.answers.items():
        for path in answer.keys() & other.answers[step].keys():
            if answer[path] != other.answers[step][path]:
                found[step, path] = (answer[path], other.answers[step][path])
    return found


def only_refused_by_one(one, other):
    """Steps that one side refused and the other did not."""
    return {step for step in one.answers if (".Refused" in one.answers[step]) != (".Refused" in other.answers[step])}


def tags(**named):
    return [{"Key": key, "Value": value} for key, value in named.items()]


def scenario(side):
    """Images, a template, servers and a group, through their lives."""
    first, second = images(side)
    template(side, first, second)
    server(side, second)
    group(side)
    unknown_things(side)


def images(side):
    ec2 = side.ec2
    for name in ("side-1", "side-2"):
        made = side.ask(
            f"register {name}", ec2.register_image,
            Name=name, Architecture="x86_64", RootDeviceName="/dev/xvda", VirtualizationType="hvm",
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": side.snapshot}}],
        )  # fmt: skip
        side.pass_s(600)
        one = [made["ImageId"]]
        side.ask(f"tag {name}", ec2.create_tags, Resources=one, Tags=tags(family="side", name=name))
        side.ask(f"read {name}", ec2.describe_images, ImageIds=one)
    named = [{"Name": "name", "Values": ["side-*"]}]
    of_two = side.ask("find both images", ec2.describe_images, Owners=["self"], Filters=named)
    by_name = sorted(of_two["Images"], key=lambda image: image["Name"])
    side.ask("page of images", ec2.describe_images, Owners=["self"], Filters=named, MaxResults=1)
    side.ask(
        "the same name again", ec2.register_image,
        Name="side-1", Architecture="x86_64", RootDeviceName="/dev/xvda", VirtualizationType="hvm",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": side.snapshot}}],
    )  # fmt: skip
    return [image["ImageId"] for image in by_name]


def template(side, first_image, second_image):
    ec2, name = side.ec2, {"LaunchTemplateName": "side"}
    first = {"ImageId": first_image, "InstanceType": "t3.small", "UserData": "IyEvYmluL3NoCg=="}
    tagged = [{"ResourceType": "launch-template", "Tags": tags(owner="ops")}]
    side.ask(
        "make a template", ec2.create_launch_template, **name, LaunchTemplateData=first, TagSpecifications=tagged,
        VersionDescription="first",
    )  # fmt: skip
    second = first | {"ImageId": second_image}
    side.ask(
        "make a version", ec2.create_launch_template_version, **name, LaunchTemplateData=second,
        VersionDescription="second",
    )  # fmt: skip
    side.ask("read the template", ec2.describe_launch_templates, LaunchTemplateNames=["side"])
    side.ask("read the first version", ec2.describe_launch_template_versions, **name, Versions=["1"])
    side.ask("read the latest version", ec2.describe_launch_template_versions, **name, Versions=["$Latest"])
    side.ask("read the default version", ec2.describe_launch_template_versions, **name, Versions=["$Default"])
    side.ask("move the default", ec2.modify_launch_template, **name, DefaultVersion="2")
    side.ask("read the new default", ec2.describe_launch_template_versions, **name, Versions=["$Default"])
    side.ask("the same template again", ec2.create_launch_template, **name, LaunchTemplateData=first)


def server(side, unused_image):
    ec2 = side.ec2
    launch = {
        "LaunchTemplate": {"LaunchTemplateName": "side", "Version": "1"},
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": "side-by-side",
        "TagSpecifications": [{"ResourceType": "instance", "Tags": tags(Name="side", service="practice")}],
    }
    side.ask("dry run of a launch", ec2.run_instances, **launch, DryRun=True)
    made = side.ask("launch a server", ec2.run_instances, **launch)
    one = {"InstanceIds": [made["Instances"][0]["InstanceId"]]}
    side.pass_s(600)
    side.ask("read the server", ec2.describe_instances, **one)
    again = side.ask("launch with the same token", ec2.run_instances, **launch)
    side.note("the token's servers", same=again["Instances"][0]["InstanceId"] == one["InstanceIds"][0])
    side.ask("launch another with the same token", ec2.run_instances, **launch | {"InstanceType": "t3.large"})
    side.ask("status of the server", ec2.describe_instance_status, **one)
    side.ask("stop the server", ec2.stop_instances, **one)
    side.pass_s(600)
    side.ask("read the stopped server", ec2.describe_instances, **one)
    side.ask("start the server", ec2.start_instances, **one)
    side.pass_s(600)
    side.ask("read the started server", ec2.describe_instances, **one)
    side.ask("reboot the server", ec2.reboot_instances, **one)
    tagged = {"Resources": one["InstanceIds"]}
    side.ask("tag the server", ec2.create_tags, **tagged, Tags=tags(service="changed", extra=""))
    side.ask("untag the server", ec2.delete_tags, **tagged, Tags=[{"Key": "Name"}])
    side.ask("read the tagged server", ec2.describe_instances, **one)
    protected = {"InstanceId": one["InstanceIds"][0], "DisableApiTermination": {"Value": True}}
    side.ask("protect the server", ec2.modify_instance_attribute, **protected)
    side.ask("terminate the protected server", ec2.terminate_instances, **one)
    side.ask(
        "lift the protection", ec2.modify_instance_attribute, **protected | {"DisableApiTermination": {"Value": False}}
    )
    side.ask("dry run of an end", ec2.terminate_instances, **one, DryRun=True)
    side.ask("make an image of the server", ec2.create_image, InstanceId=one["InstanceIds"][0], Name="side-by-hand")
    side.pass_s(1200)
    by_hand = [{"Name": "name", "Values": ["side-by-hand"]}]
    side.ask("read the server's image", ec2.describe_images, Owners=["self"], Filters=by_hand)
    side.ask("terminate the server", ec2.terminate_instances, **one)
    side.pass_s(600)
    side.ask("read the ended server", ec2.describe_instances, **one)
    side.ask("deregister an image", ec2.deregister_image, ImageId=unused_image)
    side.ask("read the deregistered image", ec2.describe_images, ImageIds=[unused_image])


def group(side):
    scaling, name = side.autoscaling, {"AutoScalingGroupName": "side"}
    side.ask(
        "make a group", scaling.create_auto_scaling_group, **name,
        LaunchTemplate={"LaunchTemplateName": "side", "Version": "1"}, MinSize=1, MaxSize=4, DesiredCapacity=2,
        AvailabilityZones=[f"{side.region}a"],
        Tags=[{"Key": "Name", "Value": "side", "PropagateAtLaunch": True}],
    )  # fmt: skip

    def read(step):
        side.pass_s(1200)
        told = side.ask(step, scaling.describe_auto_scaling_groups, AutoScalingGroupNames=["side"])
        return [member["InstanceId"] for member in sorted(told["AutoScalingGroups"][0]["Instances"], key=side.place)]

    before = read("read the group")
    side.ask("read a member", side.ec2.describe_instances, InstanceIds=before[:1])
    end = {"InstanceId": before[0], "ShouldDecrementDesiredCapacity": False}
    side.ask("end a member", scaling.terminate_instance_in_auto_scaling_group, **end)
    healed = read("read the healed group")
    side.note("healed", gone=before[0] not in healed, stayed=before[1] in healed, count=len(healed))
    side.ask("grow the group", scaling.set_desired_capacity, **name, DesiredCapacity=3)
    grown = read("read the grown group")
    side.note("grown", kept=set(healed) <= set(grown), count=len(grown))
    decrement = {"InstanceId": grown[0], "ShouldDecrementDesiredCapacity": True}
    side.ask("end a member and its place", scaling.terminate_instance_in_auto_scaling_group, **decrement)
    shrunk = read("read the shrunk group")
    side.note("shrunk", gone=grown[0] not in shrunk, count=len(shrunk))
    limits = {"MaxInstanceLifetime": 604_800, "MaxSize": 6}
    side.ask("give the group a lifetime", scaling.update_auto_scaling_group, **name, **limits)
    read("read the changed group")
    side.ask("suspend a process", scaling.suspend_processes, **name, ScalingProcesses=["AZRebalance"])
    read("read the suspended group")
    side.ask("read the activities", scaling.describe_scaling_activities, **name)
    side.ask("protect a member", scaling.set_instance_protection, **name, InstanceIds=shrunk[:1],
             ProtectedFromScaleIn=True)  # fmt: skip
    side.ask("read the members", scaling.describe_auto_scaling_instances, InstanceIds=shrunk)
    side.ask("grow it beyond its limit", scaling.set_desired_capacity, **name, DesiredCapacity=7)
    side.ask(
        "the same group again", scaling.create_auto_scaling_group, **name, MinSize=0, MaxSize=0,
        LaunchTemplate={"LaunchTemplateName": "side"}, AvailabilityZones=[f"{side.region}a"],
    )  # fmt: skip


def unknown_things(side):
    ec2, scaling = side.ec2, side.autoscaling
    nobody = "i-0aaaaaaaaaaaaaaaa"
    side.ask("an unknown server", ec2.describe_instances, InstanceIds=[nobody])
    side.ask("an unknown server to stop", ec2.stop_instances, InstanceIds=[nobody])
    side.ask("an unknown server to tag", ec2.create_tags, Resources=[nobody], Tags=tags(a="b"))
    side.ask("a malformed server", ec2.describe_instances, InstanceIds=["server"])
    side.ask("an unknown image", ec2.describe_images, ImageIds=["ami-0aaaaaaaaaaaaaaaa"])
    of_nothing = {"ImageId": "ami-0aaaaaaaaaaaaaaaa", "MinCount": 1, "MaxCount": 1}
    side.ask("an unknown image to launch", ec2.run_instances, **of_nothing)
    side.ask("an unknown template", ec2.describe_launch_templates, LaunchTemplateNames=["atlantis"])
    by_template = {"LaunchTemplate": {"LaunchTemplateName": "atlantis"}, "MinCount": 1, "MaxCount": 1}
    side.ask("an unknown template to launch", ec2.run_instances, **by_template)
    side.ask("an unknown group", scaling.describe_auto_scaling_groups, AutoScalingGroupNames=["atlantis"])
    side.ask(
        "an unknown group to grow", scaling.set_desired_capacity, AutoScalingGroupName="atlantis", DesiredCapacity=1
    )
    end = {"InstanceId": nobody, "ShouldDecrementDesiredCapacity": False}
    side.ask("an unknown member", scaling.terminate_instance_in_auto_scaling_group, **end)

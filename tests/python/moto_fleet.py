"""Serves an aged fleet from moto, the AWS-speaking server that nobody here wrote.

    moto_fleet.py [--only ACTION ...]

The clock is frozen while each part is made and stands still at NOW while it is served, so that every age that is
read from it is exact. The first line printed is a JSON object that tells where it listens and what the fleet is made
of, noted down while it was made. With `--only`, moto checks permissions and the given keys may do just those actions.
"""

import argparse
import json
import logging
import sys
from datetime import UTC, datetime, timedelta

import boto3
import requests
from freezegun import freeze_time
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer

NOW = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
REGION = "eu-west-1"


class Builder:
    """Makes the fleet through moto's own API, and notes what came from what and when."""

    def __init__(self, url):
        keys = {"aws_access_key_id": "maker", "aws_secret_access_key": "maker"}
        at = {"endpoint_url": url, "region_name": REGION}
        self.ec2 = boto3.client("ec2", **at, **keys)
        self.groups = boto3.client("autoscaling", **at, **keys)
        self.iam = boto3.client("iam", **at, **keys)
        self.images = {}
        self.templates = {}
        self.servers = []

    def image(self, name, days, tags=(), source_server=None):
        with frozen(days):
            if source_server:
                image = self.ec2.create_image(InstanceId=source_server, Name=name)["ImageId"]
            else:
                image = self.ec2.register_image(Name=name, Architecture="x86_64", RootDeviceName="/dev/xvda")["ImageId"]
            if tags:
                self.ec2.create_tags(Resources=[image], Tags=[{"Key": key, "Value": value} for key, value in tags])
        self.images[name] = {"id": image, "days": days}
        return image

    def template(self, name, *images):
        """A template with one version an image, each as old as its image."""
        for number, image in enumerate(images):
            image = self.images[image]
            data = {"LaunchTemplateData": {"ImageId": image["id"], "InstanceType": "t3.small"}}
            with frozen(image["days"]):
                if number == 0:
                    made = self.ec2.create_launch_template(LaunchTemplateName=name, **data)
                    self.templates[name] = made["LaunchTemplate"]["LaunchTemplateId"]
                else:
                    self.ec2.create_launch_template_version(LaunchTemplateName=name, **data)

    def group(self, name, size, days, image, template=None, version=None):
        """A group and its servers, from a template's version or a launch configuration of the same name."""
        with frozen(days):
            if template:
                source = {"LaunchTemplate": {"LaunchTemplateName": template, "Version": str(version)}}
            else:
                self.groups.create_launch_configuration(
                    LaunchConfigurationName=f"{name}-configuration",
                    ImageId=self.images[image]["id"],
                    InstanceType="t3.small",
                )
                source = {"LaunchConfigurationName": f"{name}-configuration"}
            self.groups.create_auto_scaling_group(
                AutoScalingGroupName=name,
                MinSize=1,
                MaxSize=2 * size,
                DesiredCapacity=size,
                AvailabilityZones=[f"{REGION}a", f"{REGION}b"],
                Tags=[{"Key": "Name", "Value": name, "PropagateAtLaunch": True}],
                **source,
            )
            described = self.groups.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        for member in described["AutoScalingGroups"][0]["Instances"]:
            # moto launches from the version that was asked for and reports 1 whatever that was, tags included.
            told = int(member["LaunchTemplate"]["Version"]) if template else None
            self.note(member["InstanceId"], name, days, image, template, told, group=name)

    def standalone(self, name, days, image, tags=(), template=None, version=None):
        with frozen(days):
            source = {"ImageId": self.images[image]["id"]}
            if template:
                source = {"LaunchTemplate": {"LaunchTemplateName": template, "Version": str(version)}}
            tags = [{"Key": key, "Value": value} for key, value in (("Name", name), *tags)]
            launched = self.ec2.run_instances(
                MinCount=1, MaxCount=1, TagSpecifications=[{"ResourceType": "instance", "Tags": tags}], **source
            )
        server = launched["Instances"][0]["InstanceId"]
        self.note(server, name, days, image, template, version)
        return server

    def note(self, server, name, days, image, template, version, group=None):
        self.servers.append(
            {
                "id": server,
                "name": name,
                "days": days,
                "started_days": days,
                "image": image,
                "template": template,
                "version": version,
                "group": group,
            }
        )

    def restart(self, server, days):
        """EC2 sets LaunchTime anew when a stopped server starts; moto forgets to."""
        instance = get_backend("ec2")[DEFAULT_ACCOUNT_ID][REGION].get_instance(server)
        instance.launch_time = NOW - timedelta(days=days)
        next(noted for noted in self.servers if noted["id"] == server)["started_days"] = days

    def deregister(self, name):
        with frozen(10):
            self.ec2.deregister_image(ImageId=self.images[name]["id"])
        self.images[name]["days"] = None

    def fleet(self):
        """70 servers, five groups, five images, a template of two versions, a launch configuration."""
        base = self.image("debian-12", 300)
        bastion = self.standalone("bastion", 200, "debian-12")
        packer = [("packer:template", "web"), ("SourceAMI", base)]
        self.image("web-41", 60, packer)
        self.image("web-42", 20, packer)
        self.image("tools-as-of-march", 90, source_server=bastion)
        self.image("batch-7", 120)
        self.template("web", "web-41", "web-42")
        self.template("tools", "tools-as-of-march")
        self.template("batch", "batch-7")
        self.group("web-blue", 24, 40, "web-41", "web", 1)
        self.group("web-green", 20, 10, "web-42", "web", 2)
        self.group("tools", 12, 26, "tools-as-of-march", "tools", 1)
        self.group("batch", 4, 50, "batch-7", "batch", 1)
        self.group("legacy", 6, 90, "debian-12")
        self.standalone("scratch", 10, "debian-12", [("emberline:lifetime", "7d")])
        self.standalone("vault", 100, "debian-12", [("emberline:exempt", "holds the signing key")])
        self.standalone("canary", 5, "web-42", template="web", version=2)
        self.restart(bastion, 3)
        self.deregister("batch-7")

    def reader(self, actions):
        """Keys of a user who may do only these actions."""
        self.iam.create_user(UserName="reader")
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        self.iam.put_user_policy(UserName="reader", PolicyName="only", PolicyDocument=json.dumps(policy))
        made = self.iam.create_access_key(UserName="reader")["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}


def frozen(days):
    return freeze_time((NOW - timedelta(days=days)).replace(tzinfo=None))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", nargs="+", metavar="ACTION")
    only = arguments.parse_args().only
    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    builder = Builder(url)
    builder.fleet()
    keys = {"AWS_ACCESS_KEY_ID": "looker", "AWS_SECRET_ACCESS_KEY": "looker"}
    with frozen(0):
        if only:
            keys = builder.reader(only)
            requests.post(f"{url}/moto-api/reset-auth", data="0", timeout=10)
        told = {
            "url": url,
            "keys": keys,
            "now": NOW.isoformat(),
            "account": DEFAULT_ACCOUNT_ID,
            "region": REGION,
            "images": builder.images,
            "templates": builder.templates,
            "servers": builder.servers,
        }
        print(json.dumps(told), flush=True)
        # Whoever started this holds the other end: it ends with them.
        sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()

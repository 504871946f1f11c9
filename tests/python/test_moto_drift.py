"""Drift against moto: a server of a template version, changed by hand through boto3, and every change named."""

import base64

import boto3
import pytest

from conftest import Emberline, binary, moto_fleet

USER_DATA = "#!/bin/bash\nsystemctl start web\n"
CHANGED = "#!/bin/bash\nyum update -y\nsystemctl start web\n"


def encoded(text):
    return base64.b64encode(text.encode()).decode()


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The report's servers by name, once one of two was changed; with the security groups before and after."""
    with moto_fleet(tmp_path_factory.mktemp("moto")) as fleet:
        keys = {"aws_access_key_id": "maker", "aws_secret_access_key": "maker"}
        ec2 = boto3.client("ec2", endpoint_url=fleet["url"], region_name=fleet["region"], **keys)
        before, after = (
            ec2.create_security_group(GroupName=name, Description=name)["GroupId"] for name in ("before", "after")
        )
        data = {
            "ImageId": fleet["images"]["web-42"]["id"],
            "InstanceType": "t3.small",
            "SecurityGroupIds": [before],
            "UserData": encoded(USER_DATA),
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "env", "Value": "prod"}]}],
        }
        ec2.create_launch_template(LaunchTemplateName="pair", LaunchTemplateData=data)
        for name in ("kept", "changed"):
            launched = ec2.run_instances(
                MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateName": "pair", "Version": "1"}
            )
            server = launched["Instances"][0]["InstanceId"]
            ec2.create_tags(Resources=[server], Tags=[{"Key": "Name", "Value": name}])
        ec2.stop_instances(InstanceIds=[server])
        ec2.modify_instance_attribute(InstanceId=server, InstanceType={"Value": "t3.large"})
        # boto3 encodes it; moto takes that layer off and wants one more, as a launch does.
        ec2.modify_instance_attribute(InstanceId=server, UserData={"Value": encoded(CHANGED).encode()})
        ec2.modify_instance_attribute(InstanceId=server, Groups=[after])
        ec2.modify_instance_attribute(InstanceId=server, DisableApiTermination={"Value": True})
        ec2.create_tags(Resources=[server], Tags=[{"Key": "env", "Value": "lab"}])
        here = Emberline(binary(), tmp_path_factory.mktemp("home"))
        at = ["--endpoint-url", fleet["url"], "--region", fleet["region"]]
        ended = here.run("report", *at, "--format", "json", **fleet["keys"])
        assert ended.status == 3, ended.err
        yield {server["name"]: server for server in ended.report["servers"]}, before, after


def test_every_change_by_hand_is_named_with_both_sides(told):
    servers, before, after = told
    drift = {one["field"]: (one["expected"], one["actual"]) for one in servers["changed"]["drift"]}
    expected, actual = drift.pop("user-data")
    assert expected.startswith("sha256 ") and actual.startswith("sha256 ") and expected != actual
    assert drift == {
        "type": ("t3.small", "t3.large"),
        "security-groups": (before, after),
        "tags": ("env=prod", "env=lab"),
    }


def test_a_server_that_nobody_changed_differs_in_nothing(told):
    servers, *_ = told
    assert servers["kept"]["drift"] == []


def test_drift_and_protection_are_evidence(told):
    servers, *_ = told
    evidence = {one["kind"]: one for one in servers["changed"]["snowflake"]["evidence"]}
    assert evidence["drift"]["detail"] == (
        "It differs from its template version: type, security-groups, user-data, tags."
    )
    assert evidence["termination-protected"]["source"] == "DescribeInstanceAttribute"
    assert servers["changed"]["snowflake"]["verdict"] == "suspect", "no login and no change by hand was told"
    assert "drift" not in {one["kind"] for one in servers["kept"]["snowflake"]["evidence"]}


def test_a_server_is_judged_by_its_own_user_data(told):
    servers, *_ = told
    assert servers["kept"]["bake"]["verdict"] == "baked"
    assert servers["changed"]["bake"]["verdict"] == "fried"
    assert servers["changed"]["bake"]["findings"][0]["excerpt"] == "yum update -y"

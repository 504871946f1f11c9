"""Who may do what: the sandbox decides by identity policies, and the binary needs no more than it says."""

import pytest
import requests
from botocore.exceptions import ClientError

from conftest import HARBOR, Emberline, Login, binary
from practice import refused, tags_of
from sandbox_reads import Scope
from test_app_requests import A_PULL

ACCOUNT = HARBOR["account"]["prod"]["id"]
REGION = "eu-west-1"


@pytest.fixture
def let_in(url_and_logins):
    """Makes somebody who may do only what statements allow."""
    url, _ = url_and_logins

    def make(name, *statements):
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        order = {"account": ACCOUNT, "name": name, "policies": [policy]}
        answer = requests.post(f"{url}/_sandbox/principals", json=order, timeout=60)
        assert answer.ok, answer.text
        told = answer.json()
        return Login(told["name"], told["account"], told["regions"], told["access_key_id"], told["secret_access_key"])

    return make


def allow(*actions, on="*", **condition):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": on}
    return statement | ({"Condition": condition} if condition else {})


def gaps_of_a_report(url, login, home):
    keys = {"AWS_ACCESS_KEY_ID": login.access_key_id, "AWS_SECRET_ACCESS_KEY": login.secret_access_key}
    here = Emberline(binary(), home)
    ended = here.run("report", "--endpoint-url", url, "--region", REGION, "--format", "json", **keys)
    assert ended.status in (0, 3), ended.err
    assert len(ended.report["servers"]) > 250
    return [(gap["kind"], gap["action"]) for gap in ended.report["gaps"]]


def test_a_pull_needs_no_more_than_its_calls(url_and_logins, let_in, tmp_path):
    reader = let_in("Reader", allow(*sorted(A_PULL)))
    assert gaps_of_a_report(url_and_logins[0], reader, tmp_path) == []


@pytest.mark.parametrize(
    "missing", ["ec2:DescribeReplaceRootVolumeTasks", "autoscaling:DescribeWarmPool", "imagebuilder:ListImagePipelines"]
)
def test_what_is_not_allowed_is_a_gap_that_names_it(url_and_logins, let_in, tmp_path, missing):
    reader = let_in(f"Without-{missing.partition(':')[2]}", allow(*sorted(A_PULL - {missing})))
    assert set(gaps_of_a_report(url_and_logins[0], reader, tmp_path)) == {("denied", missing)}


def test_a_reader_may_not_change_anything(url_and_logins, let_in):
    aws = Scope(url_and_logins[0], let_in("Looker", allow("ec2:Describe*")), REGION, parameter_validation=True)
    server = aws.ec2.describe_instances(MaxResults=5)["Reservations"][0]["Instances"][0]["InstanceId"]
    for dry_run in (True, False):
        message = refused(aws.ec2.terminate_instances, "UnauthorizedOperation", InstanceIds=[server], DryRun=dry_run)
        assert "ec2:TerminateInstances" in message and server in message
    assert ":assumed-role/Looker/" in aws.sts.get_caller_identity()["Arn"]


def test_a_tag_decides_which_servers_may_be_ended(url_and_logins, let_in):
    by_tag = allow("ec2:TerminateInstances", StringEquals={"aws:ResourceTag/service": "batch"})
    login = let_in("Burner", allow("ec2:DescribeInstances"), by_tag)
    aws = Scope(url_and_logins[0], login, REGION, parameter_validation=True)
    pages = aws.ec2.get_paginator("describe_instances").paginate()
    servers = {
        tags_of(i).get("service"): i["InstanceId"] for p in pages for r in p["Reservations"] for i in r["Instances"]
    }
    refused(aws.ec2.terminate_instances, "DryRunOperation", InstanceIds=[servers["batch"]], DryRun=True)
    message = refused(aws.ec2.terminate_instances, "UnauthorizedOperation", InstanceIds=[servers["web"]], DryRun=True)
    assert servers["web"] in message
    both = [servers["batch"], servers["web"]]
    refused(aws.ec2.terminate_instances, "UnauthorizedOperation", InstanceIds=both, DryRun=True)


def test_a_denial_beats_what_is_allowed(url_and_logins, let_in):
    never = {"Effect": "Deny", "Action": "ec2:DescribeImages", "Resource": "*"}
    aws = Scope(url_and_logins[0], let_in("Almost", allow("*"), never), REGION)
    assert aws.ec2.describe_launch_templates()["LaunchTemplates"]
    with pytest.raises(ClientError, match="with an explicit deny in an identity-based policy"):
        aws.ec2.describe_images(Owners=["self"])

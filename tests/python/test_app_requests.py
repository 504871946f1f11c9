"""Every request that the binary sends, recorded on its way to the sandbox and decoded by AWS's own models."""

import pytest

from conftest import HARBOR, Emberline, binary
from forwarding import recording
from input_shapes import decode
from sandbox_reads import scopes_of_harbor

# What a pull of the whole scenario asks for.
A_PULL = {
    "sts:GetCallerIdentity",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceImageMetadata",
    "ec2:DescribeImages",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeReplaceRootVolumeTasks",
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeLaunchConfigurations",
    "autoscaling:DescribeWarmPool",
    "imagebuilder:ListImagePipelines",
    "imagebuilder:ListImageRecipes",
    "imagebuilder:ListImageBuildVersions",
    "imagebuilder:GetImage",
    "ssm:GetParameters",
    "autoscaling:DescribeScalingActivities",
    "autoscaling:DescribeInstanceRefreshes",
    "imagebuilder:ListWorkflowExecutions",
    "ssm:DescribeSessions",
    "ssm:DescribeInstanceInformation",
    "cloudtrail:LookupEvents",
    "ec2:GetConsoleOutput",
    "ec2:DescribeInstanceAttribute",
}


@pytest.fixture(scope="module")
def requests_of_pulls(url_and_logins, tmp_path_factory):
    """What each scope's report asks for, decoded: (scope, request) pairs."""
    url, logins = url_and_logins
    here = Emberline(binary(), tmp_path_factory.mktemp("home"))
    sent = []
    for short, account, region in scopes_of_harbor():
        login = logins[account]
        keys = {"AWS_ACCESS_KEY_ID": login.access_key_id, "AWS_SECRET_ACCESS_KEY": login.secret_access_key}
        with recording(url) as (recorder, seen):
            ended = here.run("report", "--endpoint-url", recorder, "--region", region, "--format", "json", **keys)
        assert ended.status in (0, 3), ended.err
        assert ended.report["servers"], f"{short}/{region} has some"
        sent += [((short, region), decode(request)) for request in seen]
    return sent


def test_every_request_of_a_pull_is_what_aws_expects(requests_of_pulls):
    found = {f"{asked}: {line}" for _, asked in requests_of_pulls for line in asked.findings}
    assert not found, "\n".join(sorted(found)[:40])


def test_the_requests_of_a_pull_are_all_of_its_calls(requests_of_pulls):
    assert {str(asked) for _, asked in requests_of_pulls} == A_PULL


def test_a_pull_asks_only_in_its_own_region(requests_of_pulls):
    assert {(scope[1], asked.region) for scope, asked in requests_of_pulls} == {
        (region, region) for account in HARBOR["account"].values() for region in account["regions"]
    }


def test_a_pull_only_reads(requests_of_pulls):
    assert all(asked.operation.startswith(("Describe", "List", "Get", "Lookup")) for _, asked in requests_of_pulls)


def test_all_regions_are_asked_for_by_the_model_too(emberline, url_and_logins):
    url, logins = url_and_logins
    login = logins[HARBOR["account"]["data"]["id"]]
    keys = {"AWS_ACCESS_KEY_ID": login.access_key_id, "AWS_SECRET_ACCESS_KEY": login.secret_access_key}
    with recording(url) as (recorder, seen):
        ended = emberline.run("report", "--endpoint-url", recorder, "--region", "all", "--format", "json", **keys)
    assert ended.status in (0, 3), ended.err
    asked = [decode(request) for request in seen]
    assert "ec2:DescribeRegions" in {str(one) for one in asked}
    assert [line for one in asked for line in one.findings] == []

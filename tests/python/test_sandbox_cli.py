"""The AWS CLI, as it comes from PyPI, uses the sandbox as it would use AWS."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import HARBOR, Emberline, binary, logins_of, sandbox_server
from practice import Clock

AWS = Path(sys.executable).parent / "aws"
REGION = "eu-west-1"
# How the CLI ends when a service refuses.
REFUSED = 255


class Cli:
    """`aws` with the keys of the production account."""

    def __init__(self, url, login, home):
        self.url, self.clock = url, Clock(url)
        keys = {"AWS_ACCESS_KEY_ID": login.access_key_id, "AWS_SECRET_ACCESS_KEY": login.secret_access_key}
        self.environment = Emberline(binary(), home).environment(
            **keys, AWS_DEFAULT_REGION=REGION, AWS_PAGER="", AWS_DEFAULT_OUTPUT="json", AWS_MAX_ATTEMPTS="1"
        )

    def run(self, *words):
        command = [AWS, *map(str, words), "--endpoint-url", self.url]
        return subprocess.run(
            command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )

    def __call__(self, *words):
        """What a command puts out, read as JSON where it is JSON."""
        done = self.run(*words)
        assert done.returncode == 0, f"aws {' '.join(map(str, words))}: {done.stderr}"
        try:
            return json.loads(done.stdout) if done.stdout.strip() else None
        except ValueError:
            return done.stdout.strip()

    def refused(self, code, *words):
        done = self.run(*words)
        assert done.returncode == REFUSED, f"{done.returncode}: {done.stdout}{done.stderr}"
        assert f"({code})" in done.stderr, done.stderr
        return done.stderr


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    with sandbox_server(folder) as (url, program):
        yield Cli(url, logins_of(program)[HARBOR["account"]["prod"]["id"]], folder)


def test_a_server_lives_and_ends(aws):
    launch = (
        "ec2", "run-instances", "--launch-template", "LaunchTemplateName=kafka,Version=4", "--client-token", "cli-once",
        "--tag-specifications", "ResourceType=instance,Tags=[{Key=Name,Value=by-cli}]",
        "--query", "Instances[0].InstanceId", "--output", "text",
    )  # fmt: skip
    server = aws(*launch)
    assert aws(*launch) == server, "the token makes one"
    assert "DryRunOperation" in aws.refused("DryRunOperation", *launch, "--dry-run")
    of = ("--instance-ids", server)
    aws.clock.advance(300)
    aws("ec2", "wait", "instance-running", *of)
    aws.clock.advance(900)
    aws("ec2", "wait", "instance-status-ok", *of)
    (told,) = aws("ec2", "describe-instances", *of)["Reservations"][0]["Instances"]
    assert (told["State"]["Name"], {tag["Key"]: tag["Value"] for tag in told["Tags"]}["Name"]) == ("running", "by-cli")
    assert "Cloud-init v." in aws("ec2", "get-console-output", "--instance-id", server, "--output", "text")
    aws("ec2", "stop-instances", *of)
    aws.clock.advance(600)
    aws("ec2", "wait", "instance-stopped", *of)
    aws("ec2", "terminate-instances", *of)
    aws.clock.advance(600)
    aws("ec2", "wait", "instance-terminated", *of)
    aws.refused("IdempotentInstanceTerminated", *launch)


def test_an_image_and_a_template_version_are_made(aws):
    # The recipe's pipeline bakes on its schedule, and the clock may have come past that.
    image = aws(
        "ec2", "describe-images", "--owners", "self", "--filters", "Name=name,Values=web 1.4.3*",
        "--query", "sort_by(Images, &CreationDate)[0].ImageId",
    )  # fmt: skip
    copy = aws(
        "ec2", "copy-image", "--source-region", REGION, "--source-image-id", image, "--name", "copied by cli",
        "--query", "ImageId", "--output", "text",
    )  # fmt: skip
    aws.clock.advance(3600)
    aws("ec2", "wait", "image-available", "--image-ids", copy)
    template = ("--launch-template-name", "web")
    made = aws(
        "ec2", "create-launch-template-version", *template, "--source-version", "12", "--version-description", "by cli",
        "--launch-template-data", json.dumps({"ImageId": copy}),
    )["LaunchTemplateVersion"]  # fmt: skip
    assert (made["VersionNumber"], made["LaunchTemplateData"]["ImageId"]) == (13, copy)
    versions = aws("ec2", "describe-launch-template-versions", *template, "--versions", "$Latest")
    assert versions["LaunchTemplateVersions"][0]["VersionDescription"] == "by cli"
    aws("ec2", "modify-launch-template", *template, "--default-version", "13")
    told = aws("ec2", "describe-launch-templates", "--launch-template-names", "web")["LaunchTemplates"][0]
    assert (told["DefaultVersionNumber"], told["LatestVersionNumber"]) == (13, 13)
    aws("ec2", "deregister-image", "--image-id", copy)
    aws.refused("InvalidAMIID.NotFound", "ec2", "describe-images", "--image-ids", copy)


def test_a_group_is_refreshed_and_heals(aws):
    group = ("--auto-scaling-group-name", "search-prod")
    aws.clock.advance(3600)
    started = aws(
        "autoscaling", "start-instance-refresh", *group,
        "--preferences", json.dumps({"MinHealthyPercentage": 90, "SkipMatching": True, "InstanceWarmup": 0}),
    )["InstanceRefreshId"]  # fmt: skip
    aws.refused("InstanceRefreshInProgress", "autoscaling", "start-instance-refresh", *group)
    refresh = aws("autoscaling", "describe-instance-refreshes", *group, "--max-records", "1")["InstanceRefreshes"][0]
    assert refresh["InstanceRefreshId"] == started and refresh["Status"] in ("Pending", "InProgress")
    assert aws("autoscaling", "cancel-instance-refresh", *group)["InstanceRefreshId"] == started
    aws.clock.advance(7200)
    members = aws(
        "autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", "api-prod",
        "--query", "AutoScalingGroups[0].Instances[].InstanceId",
    )  # fmt: skip
    ended = aws(
        "autoscaling", "terminate-instance-in-auto-scaling-group", "--instance-id", members[0],
        "--no-should-decrement-desired-capacity",
    )  # fmt: skip
    assert members[0] in ended["Activity"]["Description"]
    aws.clock.advance(3600)
    aws("ec2", "wait", "instance-terminated", "--instance-ids", members[0])
    (group,) = aws("autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", "api-prod")[
        "AutoScalingGroups"
    ]
    serving = [row["InstanceId"] for row in group["Instances"] if row["LifecycleState"] == "InService"]
    assert members[0] not in serving and len(serving) == group["DesiredCapacity"]
    done = aws(
        "autoscaling", "describe-scaling-activities", "--auto-scaling-group-name", "api-prod", "--max-items", "5"
    )
    assert {row["StatusCode"] for row in done["Activities"]} == {"Successful"}


def test_a_pipeline_bakes(aws):
    pipeline = aws(
        "imagebuilder", "list-image-pipelines", "--query", "imagePipelineList[?name=='web'].arn | [0]",
        "--output", "text",
    )  # fmt: skip
    start = ("imagebuilder", "start-image-pipeline-execution", "--image-pipeline-arn", pipeline)
    build = aws(*start)["imageBuildVersionArn"]
    get = ("imagebuilder", "get-image", "--image-build-version-arn", build, "--query", "image.state.status")
    assert aws(*get) in ("PENDING", "CREATING", "BUILDING")
    aws.clock.advance(3 * 3600)
    assert aws(*get) == "AVAILABLE"
    executions = aws("imagebuilder", "list-workflow-executions", "--image-build-version-arn", build)
    assert {row["status"] for row in executions["workflowExecutions"]} == {"COMPLETED"}


def test_what_is_on_record_is_read(aws):
    caller = aws("sts", "get-caller-identity")
    assert caller["Account"] == HARBOR["account"]["prod"]["id"]
    parameter = aws("ssm", "get-parameter", "--name", "/harbor/batch/image")["Parameter"]
    assert parameter["Value"].startswith("ami-")
    managed = aws("ssm", "describe-instance-information", "--max-items", "3")["InstanceInformationList"]
    assert len(managed) == 3
    aws("ssm", "describe-sessions", "--state", "History")
    server = managed[0]["InstanceId"]
    aws("ec2", "create-tags", "--resources", server, "--tags", "Key=on-record,Value=yes")
    aws.clock.advance(1800)
    named = "AttributeKey=EventName,AttributeValue=CreateTags"
    events = aws("cloudtrail", "lookup-events", "--lookup-attributes", named, "--max-items", "5")["Events"]
    assert {event["EventName"] for event in events} == {"CreateTags"}
    assert server in events[0]["CloudTrailEvent"]
    target_group = aws(
        "autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", "checkout-prod",
        "--query", "AutoScalingGroups[0].TargetGroupARNs[0]", "--output", "text",
    )  # fmt: skip
    health = aws("elbv2", "describe-target-health", "--target-group-arn", target_group)["TargetHealthDescriptions"]
    assert {row["TargetHealth"]["State"] for row in health} >= {"healthy"}


@pytest.mark.parametrize(
    ("words", "count", "page_size"),
    [
        ("ec2 describe-instances", "length(Reservations[].Instances[])", 50),
        ("ec2 describe-launch-templates", "length(LaunchTemplates)", 3),
        ("autoscaling describe-auto-scaling-groups", "length(AutoScalingGroups)", 2),
        ("imagebuilder list-image-recipes", "length(imageRecipeSummaryList)", 1),
    ],
    ids=lambda value: str(value).split("(")[0],
)
def test_pages_of_the_cli_hold_what_one_answer_holds(aws, words, count, page_size):
    whole, paged = (aws(*words.split(), *more, "--query", count) for more in ((), ("--page-size", page_size)))
    assert whole == paged > page_size


def test_a_refusal_is_told_in_aws_words(aws):
    told = aws.refused(
        "InvalidInstanceID.NotFound", "ec2", "describe-instances", "--instance-ids", "i-0aaaaaaaaaaaaaaaa"
    )
    assert "when calling the DescribeInstances operation: The instance ID 'i-0aaaaaaaaaaaaaaaa' does not exist" in told
    aws.refused("ParameterNotFound", "ssm", "get-parameter", "--name", "/atlantis")

"""boto3 meets every fault as it would meet it at AWS: refused in the service's words, retried, or left in doubt."""

from types import SimpleNamespace

import boto3
import botocore.endpoint
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError, WaiterError
from botocore.parsers import ResponseParserError

from conftest import logins_of, sandbox_server
from practice import Clock, Faults, Practice, refused

# What each fault is to who asks: (fault, service, operation, the error's code, HTTP status).
REFUSALS = [
    ("throttle", "ec2", "describe_instances", "RequestLimitExceeded", 503),
    ("throttle", "autoscaling", "describe_auto_scaling_groups", "Throttling", 400),
    ("throttle", "imagebuilder", "list_image_pipelines", "CallRateLimitExceededException", 429),
    ("throttle", "ssm", "describe_instance_information", "ThrottlingException", 400),
    ("500", "ec2", "describe_instances", "InternalError", 500),
    ("500", "sts", "get_caller_identity", "InternalFailure", 500),
    ("503", "ec2", "describe_instances", "Unavailable", 503),
    ("html500", "ec2", "describe_instances", "500", 500),
    ("denied:action=ec2:Describe*", "ec2", "describe_instances", "UnauthorizedOperation", 403),
    ("denied", "autoscaling", "describe_auto_scaling_groups", "AccessDenied", 403),
    ("denied", "imagebuilder", "list_image_pipelines", "AccessDeniedException", 403),
    ("expired", "ec2", "describe_instances", "RequestExpired", 400),
    ("expired", "sts", "get_caller_identity", "ExpiredToken", 403),
    ("skew:seconds=900", "ec2", "describe_instances", "AuthFailure", 401),
    ("skew:seconds=-900", "autoscaling", "describe_auto_scaling_groups", "SignatureDoesNotMatch", 403),
]
# What breaks on the way: (fault, what boto3 makes of it).
BREAKS = [
    ("reset", ConnectionClosedError),
    ("lost-before", ConnectionClosedError),
    ("lost-after", ConnectionClosedError),
    ("timeout", ReadTimeoutError),
    ("truncate", ResponseParserError),
]
# What boto3's standard retries get over.
PASSING = ["throttle:count=2", "500:count=2", "503:count=1", "reset:count=1", "lost-before:count=2"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with sandbox_server(tmp_path_factory.mktemp("sandbox")) as (url, program):
        yield SimpleNamespace(url=url, logins=logins_of(program), clock=Clock(url), faults=Faults(url))


@pytest.fixture
def aws(world):
    yield Practice(world.url, world.logins, "prod", "eu-west-1", world.clock)
    world.faults.clear()


@pytest.fixture
def faults(world):
    return world.faults


@pytest.fixture
def retrying(world, aws, monkeypatch):
    """EC2 with boto3's standard retries; their pauses are left out."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))
    keys = {"aws_access_key_id": aws.login.access_key_id, "aws_secret_access_key": aws.login.secret_access_key}
    settings = Config(retries={"total_max_attempts": 3, "mode": "standard"})
    return boto3.client("ec2", aws.region, endpoint_url=world.url, config=settings, **keys)


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: f"{case[0]}-{case[1]}")
def test_a_refusal_is_in_the_services_words(aws, faults, case):
    spec, service, operation, code, status = case
    faults.inject(spec)
    with pytest.raises(ClientError) as error:
        getattr(aws.client(service), operation)()
    told = error.value.response
    assert (told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert faults.fired() == {spec: 1}


@pytest.mark.parametrize(("spec", "error"), BREAKS, ids=[spec for spec, _ in BREAKS])
def test_a_break_reaches_boto3_as_a_break(aws, faults, spec, error):
    faults.inject(spec)
    keys = {"aws_access_key_id": aws.login.access_key_id, "aws_secret_access_key": aws.login.secret_access_key}
    settings = Config(retries={"total_max_attempts": 1}, read_timeout=1)
    client = boto3.client("ec2", aws.region, endpoint_url=aws.url, config=settings, **keys)
    with pytest.raises(error):
        client.describe_regions()
    assert faults.fired() == {spec: 1}


@pytest.mark.parametrize("spec", PASSING)
def test_boto3s_retries_get_over_what_passes(retrying, faults, spec):
    faults.inject(spec)
    assert retrying.describe_regions()["Regions"]
    assert list(faults.fired().values()) == [int(spec.partition("count=")[2])]


def test_a_token_makes_one_though_the_answer_was_lost(aws, retrying, faults):
    faults.inject("lost-after:action=ec2:RunInstances,count=1")
    launched = retrying.run_instances(LaunchTemplate={"LaunchTemplateName": "kafka"}, MinCount=1, MaxCount=1)
    assert list(faults.fired().values()) == [1]
    (server,) = launched["Instances"]
    named = [{"Name": "client-token", "Values": [server["ClientToken"]]}]
    found = aws.ec2.describe_instances(Filters=named)["Reservations"]
    assert [i["InstanceId"] for r in found for i in r["Instances"]] == [server["InstanceId"]]


def test_without_a_token_a_lost_answer_makes_two(aws, retrying, faults):
    """CreateImage has no token: sent again, the name is taken, though nobody heard that the first one worked."""
    (server,) = aws.running(LaunchTemplate={"LaunchTemplateName": "kafka"})
    faults.inject("lost-after:action=ec2:CreateImage,count=1")
    with pytest.raises(ClientError, match="InvalidAMIName.Duplicate"):
        retrying.create_image(InstanceId=server, Name="in-doubt")


def test_a_new_server_is_not_there_for_some_seconds(aws, faults):
    (first,) = aws.run(LaunchTemplate={"LaunchTemplateName": "kafka"})
    aws.clock.advance(60)
    faults.inject("stale:seconds=30")
    (new,) = aws.run(LaunchTemplate={"LaunchTemplateName": "kafka"})
    refused(aws.ec2.describe_instances, "InvalidInstanceID.NotFound", InstanceIds=[new])
    assert aws.server(first)["InstanceId"] == first
    aws.wait("ec2", "instance_exists", InstanceIds=[new])
    assert aws.server(new)["State"]["Name"] == "pending", "and what is told lags behind"


def test_there_is_no_capacity_in_one_zone(aws, faults):
    faults.inject("capacity:zone=eu-west-1a")
    of = {"LaunchTemplate": {"LaunchTemplateName": "kafka"}}
    message = refused(aws.run, "InsufficientInstanceCapacity", **of, Placement={"AvailabilityZone": "eu-west-1a"})
    assert "eu-west-1a" in message
    assert aws.run(**of, Placement={"AvailabilityZone": "eu-west-1b"})


def test_a_server_that_never_gets_well_fails_the_waiter(aws, faults):
    faults.inject("unhealthy:count=1")
    ids = aws.running(LaunchTemplate={"LaunchTemplateName": "kafka"})
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        aws.wait("ec2", "instance_status_ok", InstanceIds=ids)


def test_a_bake_fails(aws, faults):
    faults.inject("bake-fails:resource=*image-recipe/web/*,count=1")
    pipelines = aws.imagebuilder.list_image_pipelines()["imagePipelineList"]
    (web,) = [row["arn"] for row in pipelines if row["name"] == "web"]
    build = aws.imagebuilder.start_image_pipeline_execution(imagePipelineArn=web)["imageBuildVersionArn"]
    with pytest.raises(WaiterError, match="FAILED"):
        aws.wait("imagebuilder", "image_available", imageBuildVersionArn=build)
    state = aws.imagebuilder.get_image(imageBuildVersionArn=build)["image"]["state"]
    assert (state["status"], bool(state["reason"])) == ("FAILED", True)


def test_awss_buckets_throttle_who_hurries(aws, faults):
    faults.inject("buckets")
    of = {"LaunchTemplate": {"LaunchTemplateName": "kafka"}}
    for _ in range(5):
        aws.run(**of)
    refused(aws.run, "RequestLimitExceeded", **of)
    aws.clock.advance(1)
    assert aws.run(**of), "two a second come back"


def test_a_fault_that_never_fired_is_seen(aws, faults):
    faults.inject("throttle:action=ec2:RebootInstances")
    aws.ec2.describe_regions()
    assert faults.fired() == {"throttle:action=ec2:RebootInstances": 0}

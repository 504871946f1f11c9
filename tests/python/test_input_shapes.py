"""The walk that holds requests to AWS's models finds what is wrong with a request."""

import json
from urllib.parse import urlencode

import boto3
import pytest
from botocore.config import Config

from input_shapes import Request, decode

SIGNED = {
    "Host": "aws.example",
    "X-Amz-Date": "20260601T120000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260601/eu-west-1/{service}/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64,
}
VERSIONS = {"ec2": "2016-11-15", "autoscaling": "2011-01-01", "elasticloadbalancing": "2015-12-01"}


def headers(service, **others):
    return SIGNED | {"Authorization": SIGNED["Authorization"].format(service=service)} | others


def query(service, action, **fields):
    frame = {"Action": action, "Version": VERSIONS[service]} | fields
    form = headers(service, **{"Content-Type": "application/x-www-form-urlencoded"})
    return Request("POST", "/", form, urlencode(frame).encode())


def target(service, name, **members):
    of_json = headers(service, **{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": name})
    return Request("POST", "/", of_json, json.dumps(members).encode())


def rest(method, path, **members):
    of_json = headers("imagebuilder", **{"Content-Type": "application/json"})
    return Request(method, path, of_json, json.dumps(members).encode() if members else b"")


PIPELINE = "arn:aws:imagebuilder:eu-west-1:210987654321:image-pipeline/web"
BUILD = "arn:aws:imagebuilder:eu-west-1:210987654321:image/web/1.0.0/1"
RIGHT = {
    "ec2:DescribeInstances": query("ec2", "DescribeInstances", **{"MaxResults": 5, "Filter.1.Name": "a"}),
    "autoscaling:DescribeAutoScalingGroups": query(
        "autoscaling", "DescribeAutoScalingGroups", **{"AutoScalingGroupNames.member.1": "web"}
    ),
    "elasticloadbalancing:DescribeTargetHealth": query(
        "elasticloadbalancing", "DescribeTargetHealth", TargetGroupArn="arn:aws:x"
    ),
    "ssm:GetParameters": target("ssm", "AmazonSSM.GetParameters", Names=["/a"]),
    "cloudtrail:LookupEvents": target(
        "cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents", MaxResults=50
    ),
    "imagebuilder:GetImagePipeline": rest("GET", f"/GetImagePipeline?imagePipelineArn={PIPELINE}"),
    "imagebuilder:ListImagePipelines": rest("POST", "/ListImagePipelines", maxResults=25),
}


@pytest.mark.parametrize("named", RIGHT)
def test_a_request_of_the_model_has_no_findings(named):
    decoded = decode(RIGHT[named])
    assert (str(decoded), decoded.region, decoded.findings) == (named, "eu-west-1", [])


@pytest.mark.parametrize(
    ("request_", "finding"),
    [
        (query("ec2", "DescribeInstances", Colour="red"), "Colour: not in the model"),
        (query("ec2", "DescribeInstances", **{"Filters.1.Name": "a"}), "Filters: not in the model"),
        (query("ec2", "DescribeInstances", MaxResults="many"), "'many' is no integer"),
        (query("ec2", "DescribeInstances", DryRun="True"), "'True' is no boolean"),
        (query("ec2", "DescribeInstances", InstanceId=""), "'' is no list"),
        (query("ec2", "DescribeInstances", **{"InstanceId.1": "i-1", "InstanceId.3": "i-3"}), "numbered 1, 3"),
        (query("ec2", "DescribeInstances", **{"InstanceId.member.1": "i-1"}), "numbered member"),
        (query("ec2", "DescribeInstances", **{"Filter.1": "a"}), "'a' is no structure"),
        (query("ec2", "DescribeInstances", **{"Filter.1.Name.1": "a"}), "string with members"),
        (query("ec2", "DescribeImageAttribute", Attribute="description"), "ImageId: required and missing"),
        (query("ec2", "DescribeInstances", **{"Filter.1": "a", "Filter.1.Name": "b"}), "Filter.1.Name: twice"),
        (query("ec2", "DescribeServers"), "'DescribeServers' is no operation"),
        (query("ec2", "DescribeInstances", Version="2014-01-01"), "where 2016-11-15 is due"),
        (query("autoscaling", "DescribeAutoScalingGroups", **{"AutoScalingGroupNames.1": "a"}), "1 where member is"),
        (query("autoscaling", "DescribeWarmPool"), "AutoScalingGroupName: required and missing"),
        (target("ssm", "AmazonSSM.GetParameters", Names="/a"), "'/a' is no list"),
        (target("ssm", "AmazonSSM.GetParameters", Names=["/a"], Colour=1), "Colour: not in the model"),
        (target("ssm", "AmazonSSM.GetParameters"), "Names: required and missing"),
        (target("ssm", "AmazonSSM.GetSecrets"), "is no operation"),
        (target("cloudtrail", "CloudTrail.LookupEvents"), "is no operation"),
        (rest("GET", "/GetImagePipeline"), "imagePipelineArn: required and missing"),
        (rest("GET", "/GetImagePipeline?imagePipelineArn=x&x=1"), "x: not in the model"),
        (rest("GET", "/GetImagePipeline?imagePipelineArn=web"), "'web' does not match"),
        (rest("POST", "/GetImagePipeline"), "no operation of"),
        (rest("POST", "/ListImagePipelines", maxResults="1"), "'1' is no integer"),
        (rest("GET", f"/GetImagePipeline?imagePipelineArn={PIPELINE}", a=1), "a body where none is due"),
        (Request("POST", "/", {}, b""), "is no signature"),
    ],
)
def test_a_wrong_request_is_found(request_, finding):
    found = decode(request_).findings
    assert any(finding in line for line in found), found


@pytest.mark.parametrize(
    ("wrong", "finding"),
    [
        ({"X-Amz-Date": "20260602T120000Z"}, "is no time on 20260601"),
        ({"Content-Type": "text/plain"}, "where application/x-amz-json-1.1 is due"),
        ({"Authorization": headers("ssm")["Authorization"].replace("host;", "")}, "host: not signed"),
        ({"Authorization": headers("ssm")["Authorization"].replace("host;", "host;x-id;")}, "x-id: signed and not"),
    ],
)
def test_headers_are_looked_at_too(wrong, finding):
    right = RIGHT["ssm:GetParameters"]
    found = decode(Request(right.method, right.target, right.headers | wrong, right.body)).findings
    assert any(finding in line for line in found), found


def test_what_boto3_sends_has_no_findings():
    """boto3 serialises by the same models in its own code, so the two check each other."""
    calls = [
        ("ec2", "run_instances", {
            "MinCount": 1, "MaxCount": 2, "DryRun": True, "UserData": "#!/bin/sh", "SecurityGroupIds": ["sg-1"],
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a.b", "Value": "ü=&"}]}],
        }),
        ("autoscaling", "start_instance_refresh", {
            "AutoScalingGroupName": "web", "Preferences": {"CheckpointPercentages": [20, 100], "AutoRollback": False},
        }),
        ("elbv2", "describe_target_health", {"TargetGroupArn": "arn", "Targets": [{"Id": "i-1", "Port": 80}]}),
        ("imagebuilder", "start_image_pipeline_execution", {"imagePipelineArn": PIPELINE}),
        ("imagebuilder", "get_image", {"imageBuildVersionArn": BUILD}),
        ("ssm", "describe_sessions", {"State": "History", "Filters": [{"key": "Owner", "value": "a"}]}),
        ("cloudtrail", "lookup_events", {"StartTime": 1_780_315_200}),
    ]  # fmt: skip
    for service, operation, arguments in calls:
        decoded = decode(sent_by_boto3(service, operation, arguments))
        assert decoded.findings == [], decoded
        assert decoded.operation == boto3_name(service, operation)


def sent_by_boto3(service, operation, arguments):
    """The request that a call makes; nothing is sent."""
    settings = Config(retries={"max_attempts": 1, "mode": "standard"})
    client = boto3.client(
        service, "eu-west-1", aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="x", config=settings
    )
    kept = []

    def keep(request, **_):
        kept.append(request)
        raise StopIteration

    client.meta.events.register("before-send", keep)
    with pytest.raises(StopIteration):
        getattr(client, operation)(**arguments)
    (sent,) = kept
    url = sent.url.partition("//")[2]
    own = {name: value.decode() if isinstance(value, bytes) else value for name, value in sent.headers.items()}
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    return Request(sent.method, "/" + url.partition("/")[2], {"Host": url.partition("/")[0]} | own, body)


def boto3_name(service, operation):
    return boto3.client(service, "eu-west-1").meta.method_to_api_mapping[operation]

"""boto3 against the sandbox: every read, page by page, with its errors, walked against AWS's own models."""

import re

import pytest
from botocore.exceptions import ClientError

from conftest import Login
from sandbox_reads import HARBOR, READS, Scope, of_scope


def is_denied(short, region, service):
    denials = HARBOR["account"][short].get("denied", [])
    return any(denied["region"] == region and f"{service}:*" in denied["actions"] for denied in denials)


@pytest.mark.parametrize("read", READS, ids=str)
def test_small_pages_hold_what_one_page_holds(place, read):
    short, scope = place
    if is_denied(short, scope.region, read.service):
        pytest.skip("denied here on purpose; test_the_denied_scope_is_denied_in_aws_words asks")
    seen = 0
    for arguments in scope.subjects(read):
        whole = scope.keys(read, arguments, read.largest)
        everything = [key for page in whole for key in page]
        assert len(set(everything)) == len(everything), "nothing twice"
        seen += len(everything)
        for size in read.sizes:
            pages = scope.keys(read, arguments, size)
            assert [key for page in pages for key in page] == everything
            assert all(len(page) == size for page in pages[:-1]), "only the last page is short"
    scope.check()
    if f"{short}/{scope.region}" == read.found_in:
        assert seen > 0, "the scenario has some here"


@pytest.mark.parametrize("read", [read for read in READS if read.about is None], ids=str)
def test_boto3s_own_paginators_agree(prod, read):
    client = prod.client(read.service)
    if not client.can_paginate(read.operation):
        pytest.skip("boto3 has no paginator for it")
    paginator = client.get_paginator(read.operation)
    pages = paginator.paginate(**read.arguments, PaginationConfig={"PageSize": max(read.sizes)})
    items = [item for page in pages for item in page[read.items]]
    if read.inside:
        items = [item for outer in items for item in outer[read.inside]]
    everything = [key for page in prod.keys(read, read.arguments, read.largest) for key in page]
    assert [item[read.key] for item in items] == everything
    prod.check()


def test_a_page_that_asks_for_too_many_or_too_few_is_refused(prod):
    for read in READS:
        if read.about is not None or read.service == "imagebuilder":
            continue
        client = prod.client(read.service)
        for size in (read.largest + 1, 0):
            try:
                page = getattr(client, read.operation)(**read.arguments, **{read.size_parameter: size})
            except ClientError as error:
                assert error.response["Error"]["Code"] in (
                    "InvalidParameterValue",
                    "ValidationError",
                    "ValidationException",
                    "InvalidMaxResults",
                ), read
            else:
                # Some calls take a number that is too large as their largest.
                assert size > read.largest and len(page[read.items]) <= read.largest, read


def test_a_token_of_another_question_is_refused(prod):
    images = prod.ec2.describe_images(Owners=["self"], MaxResults=1)["NextToken"]
    groups = prod.autoscaling.describe_auto_scaling_groups(MaxRecords=1)["NextToken"]
    cases = [
        (prod.ec2.describe_instances, {"NextToken": images, "MaxResults": 5}, "InvalidNextToken|InvalidParameterValue"),
        (
            prod.ec2.describe_instances,
            {"NextToken": "gibberish", "MaxResults": 5},
            "InvalidNextToken|InvalidParameterValue",
        ),
        (prod.autoscaling.describe_launch_configurations, {"NextToken": groups}, "InvalidNextToken"),
        (prod.autoscaling.describe_auto_scaling_groups, {"NextToken": "gibberish"}, "InvalidNextToken"),
        (prod.imagebuilder.list_image_recipes, {"nextToken": "gibberish"}, "InvalidPaginationTokenException"),
    ]
    for call, arguments, code in cases:
        with pytest.raises(ClientError) as refused:
            call(**arguments)
        assert re.fullmatch(code, refused.value.response["Error"]["Code"]), (call, refused.value)


def error_of(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


ERRORS = [
    (
        "ec2",
        "describe_instances",
        {"InstanceIds": ["i-0aaaaaaaaaaaaaaaa"]},
        "InvalidInstanceID.NotFound",
        400,
        "i-0aaaaaaaaaaaaaaaa",
    ),
    ("ec2", "describe_instances", {"InstanceIds": ["server"]}, "InvalidInstanceID.Malformed", 400, "server"),
    (
        "ec2",
        "describe_instances",
        {"InstanceIds": ["i-0aaaaaaaaaaaaaaaa"], "MaxResults": 5},
        "InvalidParameterCombination",
        400,
        "",
    ),
    (
        "ec2",
        "describe_instances",
        {"Filters": [{"Name": "colour", "Values": ["red"]}]},
        "InvalidParameterValue",
        400,
        "colour",
    ),
    (
        "ec2",
        "describe_images",
        {"ImageIds": ["ami-0aaaaaaaaaaaaaaaa"]},
        "InvalidAMIID.NotFound",
        400,
        "ami-0aaaaaaaaaaaaaaaa",
    ),
    (
        "ec2",
        "describe_images",
        {"ImageIds": ["ami-0aaaaaaaaaaaaaaaa", "ami-0bbbbbbbbbbbbbbbb"]},
        "InvalidAMIID.NotFound",
        400,
        "ami-0bbbbbbbbbbbbbbbb",
    ),
    ("ec2", "describe_images", {"ImageIds": ["image"]}, "InvalidAMIID.Malformed", 400, "image"),
    (
        "ec2",
        "describe_launch_templates",
        {"LaunchTemplateIds": ["lt-0aaaaaaaaaaaaaaaa"]},
        "InvalidLaunchTemplateId.NotFound",
        400,
        "lt-0aaaaaaaaaaaaaaaa",
    ),
    (
        "ec2",
        "describe_volumes",
        {"VolumeIds": ["vol-0aaaaaaaaaaaaaaaa"]},
        "InvalidVolume.NotFound",
        400,
        "vol-0aaaaaaaaaaaaaaaa",
    ),
    ("ec2", "describe_vpcs", {}, "InvalidAction", 400, "DescribeVpcs"),
    ("autoscaling", "describe_policies", {}, "InvalidAction", 400, "DescribePolicies"),
    ("autoscaling", "describe_warm_pool", {"AutoScalingGroupName": "atlantis"}, "ValidationError", 400, "atlantis"),
    (
        "imagebuilder",
        "get_image",
        {"imageBuildVersionArn": "arn:aws:imagebuilder:eu-west-1:210987654321:image/atlantis/1.0.0/1"},
        "ResourceNotFoundException",
        404,
        "atlantis",
    ),
    ("ssm", "get_parameter", {"Name": "/atlantis"}, "ParameterNotFound", 400, ""),
]


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: f"{case[1]}-{case[3]}")
def test_errors_are_those_of_aws(prod, case):
    service, operation, arguments, code, status, named = case
    found = error_of(getattr(prod.client(service), operation), **arguments)
    assert (found[0].removesuffix("Exception"), found[1]) == (code.removesuffix("Exception"), status)
    assert named in found[2]


def test_keys_that_nobody_has_are_refused_in_each_services_own_words(url_and_logins):
    url, logins = url_and_logins
    known = next(iter(logins.values()))
    stranger = Scope(url, Login("stranger", known.account, [], "AKIAAAAAAAAAAAAAAAAA", "x"), "eu-west-1")
    cases = [
        (stranger.ec2.describe_instances, {}, "AuthFailure", 401),
        (stranger.autoscaling.describe_auto_scaling_groups, {}, "InvalidClientTokenId", 403),
        (stranger.sts.get_caller_identity, {}, "InvalidClientTokenId", 403),
        (stranger.imagebuilder.list_image_pipelines, {}, "UnrecognizedClientException", 403),
        (stranger.ssm.get_parameter, {"Name": "/x"}, "UnrecognizedClientException", 400),
    ]
    for call, arguments, code, status in cases:
        assert error_of(call, **arguments)[:2] == (code, status)


def test_the_denied_scope_is_denied_in_aws_words(place):
    short, scope = place
    caller = scope.sts.get_caller_identity()["Arn"]
    for read in READS:
        if read.service != "imagebuilder":
            continue
        call = getattr(scope.imagebuilder, read.operation)
        if not is_denied(short, scope.region, "imagebuilder"):
            assert read.items in call(), "allowed elsewhere"
            continue
        code, status, message = error_of(call)
        action = "imagebuilder:" + "".join(word.capitalize() for word in read.operation.split("_"))
        assert (code, status) == ("AccessDeniedException", 403)
        assert message.startswith(
            f"User: {caller} is not authorized to perform: {action} on resource: arn:aws:imagebuilder:"
        )
        assert message.endswith(f"because no identity-based policy allows the {action} action")


def test_the_caller_is_who_the_key_says(place):
    short, scope = place
    account = HARBOR["account"][short]
    identity = scope.sts.get_caller_identity()
    assert identity["Account"] == account["id"]
    assert f":assumed-role/{account['role']}/" in identity["Arn"]
    assert scope.profile == account["profile"]


def test_every_other_read_answers_by_its_model(prod):
    ec2, builder = prod.ec2, prod.imagebuilder
    assert {"eu-west-1", "us-east-1"} <= {region["RegionName"] for region in ec2.describe_regions()["Regions"]}
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert {zone["ZoneName"] for zone in zones} >= {f"eu-west-1{letter}" for letter in "abc"}
    images = [image["ImageId"] for image in ec2.describe_images(Owners=["self"])["Images"]]
    for image in images:
        ancestry = ec2.get_image_ancestry(ImageId=image)["ImageAncestryEntries"]
        assert ancestry[0]["ImageId"] == image
    for start in range(0, len(images), 10):
        ec2.describe_image_references(ImageIds=images[start : start + 10], IncludeAllResourceTypes=True)
    for build in builder.list_image_build_versions()["imageSummaryList"]:
        image = builder.get_image(imageBuildVersionArn=build["arn"])["image"]
        assert image["arn"] == build["arn"]
    for pipeline in builder.list_image_pipelines()["imagePipelineList"]:
        got = builder.get_image_pipeline(imagePipelineArn=pipeline["arn"])["imagePipeline"]
        recipe = builder.get_image_recipe(imageRecipeArn=got["imageRecipeArn"])["imageRecipe"]
        assert recipe["parentImage"]
    names = [row["name"] for row in of_scope("parameter", "prod", "eu-west-1")]
    got = prod.ssm.get_parameters(Names=[*names, "/atlantis"])
    assert ({row["Name"] for row in got["Parameters"]}, got["InvalidParameters"]) == (set(names), ["/atlantis"])
    server = ec2.describe_instances(MaxResults=5)["Reservations"][0]["Instances"][0]["InstanceId"]
    ec2.describe_instance_attribute(InstanceId=server, Attribute="userData")
    prod.check()
    assert prod.answers > 50, "every answer was walked"

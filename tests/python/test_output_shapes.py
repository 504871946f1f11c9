"""The walk that holds answers to AWS's models finds what is wrong with an answer."""

import json

import botocore.session
import pytest

import output_shapes

HEADERS = {"Date": "Mon, 01 Jun 2026 12:00:00 GMT", "x-amzn-RequestId": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"}
REQUEST_ID = HEADERS["x-amzn-RequestId"]


def operation(service, name):
    return botocore.session.get_session().get_service_model(service).operation_model(name)


def of_images(image):
    """What is found in a DescribeImages answer with one image."""
    body = (
        '<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        f"<requestId>{REQUEST_ID}</requestId><imagesSet><item>{image}</item></imagesSet></DescribeImagesResponse>"
    )
    headers = HEADERS | {"Content-Type": "text/xml;charset=UTF-8"}
    return output_shapes.findings(operation("ec2", "DescribeImages"), 200, headers, body.encode())


def of_groups(group):
    body = (
        '<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">'
        "<DescribeAutoScalingGroupsResult><AutoScalingGroups>"
        f"<member>{group}</member></AutoScalingGroups></DescribeAutoScalingGroupsResult>"
        f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></DescribeAutoScalingGroupsResponse>"
    )
    headers = HEADERS | {"Content-Type": "text/xml"}
    return output_shapes.findings(operation("autoscaling", "DescribeAutoScalingGroups"), 200, headers, body.encode())


WHOLE_GROUP = (
    "<AutoScalingGroupName>web</AutoScalingGroupName><MinSize>1</MinSize><MaxSize>2</MaxSize><DesiredCapacity>1</DesiredCapacity>"
    "<DefaultCooldown>300</DefaultCooldown><AvailabilityZones><member>eu-west-1a</member></AvailabilityZones>"
    "<HealthCheckType>EC2</HealthCheckType><CreatedTime>2026-06-01T12:00:00Z</CreatedTime>"
)


def test_an_answer_of_the_model_has_no_findings():
    assert of_images("<imageId>ami-1</imageId><imageState>available</imageState><isPublic>false</isPublic>") == []
    assert of_groups(WHOLE_GROUP) == []


@pytest.mark.parametrize(
    ("image", "finding"),
    [
        ("<colour>red</colour>", "colour: not in the model"),
        ("<isPublic>yes</isPublic>", "'yes' is no boolean"),
        ("<imageId>ami-1</imageId><imageId>ami-2</imageId>", "imageId: twice"),
        ("<tagSet><member><key>a</key></member></tagSet>", "member where item is due"),
        ("<imageId><id>ami-1</id></imageId>", "string with children"),
        ("available", "text 'available' in a structure"),
    ],
)
def test_a_wrong_ec2_answer_is_found(image, finding):
    assert any(finding in found for found in of_images(image)), of_images(image)


@pytest.mark.parametrize(
    ("right", "wrong", "finding"),
    [
        ("<MinSize>1</MinSize>", "", "MinSize: required and missing"),
        ("<MinSize>1</MinSize>", "<MinSize>one</MinSize>", "'one' is no integer"),
        ("2026-06-01T12:00:00Z", "1780315200", "is no timestamp"),
        ("<member>eu-west-1a</member>", "<item>eu-west-1a</item>", "item where member is due"),
    ],
)
def test_a_wrong_query_answer_is_found(right, wrong, finding):
    found = of_groups(WHOLE_GROUP.replace(right, wrong))
    assert any(finding in line for line in found), found


@pytest.mark.parametrize(
    ("parameter", "finding"),
    [
        ({"Name": "/a", "Colour": "red"}, "Colour: not in the model"),
        ({"Name": 1}, "1 is no string"),
        ({"Version": "1"}, "'1' is no long"),
        ({"Version": True}, "True is no long"),
        ({"LastModifiedDate": "2026-06-01T12:00:00Z"}, "is no timestamp"),
        ({"Name": None}, "null"),
    ],
)
def test_a_wrong_json_answer_is_found(parameter, finding):
    headers = HEADERS | {"Content-Type": "application/x-amz-json-1.1"}
    body = json.dumps({"Parameter": parameter}).encode()
    found = output_shapes.findings(operation("ssm", "GetParameter"), 200, headers, body)
    assert any(finding in line for line in found), found


def test_a_value_outside_of_an_enum_warns_and_is_no_finding():
    with pytest.warns(output_shapes.OutsideTheEnum, match="imageState: 'splendid' is none of"):
        assert of_images("<imageState>splendid</imageState>") == []


@pytest.mark.parametrize(
    ("service", "name", "inside", "finding"),
    [
        ("ec2", "RebootInstances", "<requestId>{}</requestId><return>true</return>", None),
        ("ec2", "RebootInstances", "<requestId>{}</requestId>", "no <return>true</return>"),
        ("autoscaling", "SuspendProcesses", "<ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>", None),
        (
            "autoscaling",
            "SuspendProcesses",
            "<SuspendProcessesResult/><ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>",
            "SuspendProcessesResult: not in the model",
        ),
    ],
)
def test_an_answer_without_an_output_says_what_aws_says(service, name, inside, finding):
    model = operation(service, name)
    namespace = output_shapes.xml_namespace(model.service_model)
    body = f'<{name}Response xmlns="{namespace}">{inside.format(REQUEST_ID)}</{name}Response>'
    found = output_shapes.findings(model, 200, HEADERS | {"Content-Type": "text/xml"}, body.encode())
    assert found == ([finding] if finding else [])


def test_headers_are_looked_at_too():
    body = b'{"Parameter": {"Name": "/a"}}'
    found = output_shapes.findings(operation("ssm", "GetParameter"), 200, {"Content-Type": "text/plain"}, body)
    assert [line.split(":")[0] for line in found] == ["Date", "Content-Type", "no request id among the headers"]


EC2_ERROR = (
    "<Response><Errors><Error><Code>{}</Code><Message>no</Message></Error></Errors><RequestID>{}</RequestID></Response>"
)
QUERY_ERROR = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>no</Message></Error>"
    "<RequestId>{}</RequestId></ErrorResponse>"
)
JSON_ERROR = '{{"__type": "{}", "message": "no"}}'


def of_refusal(service, name, status, body, code):
    kinds = {"ec2": "text/xml", "autoscaling": "text/xml", "ssm": "application/x-amz-json-1.1"}
    headers = HEADERS | {"Content-Type": kinds[service]}
    return output_shapes.findings(operation(service, name), status, headers, body.format(code, REQUEST_ID).encode())


@pytest.mark.parametrize(
    ("service", "name", "status", "body", "code"),
    [
        ("ec2", "DescribeImages", 400, EC2_ERROR, "InvalidAMIID.NotFound"),
        ("autoscaling", "StartInstanceRefresh", 400, QUERY_ERROR, "InstanceRefreshInProgress"),
        ("autoscaling", "StartInstanceRefresh", 400, QUERY_ERROR, "ValidationError"),
        ("ssm", "GetParameter", 400, JSON_ERROR, "ParameterNotFound"),
        ("ssm", "GetParameter", 400, JSON_ERROR, "com.amazonaws.ssm#ParameterNotFound"),
    ],
)
def test_an_error_of_the_model_has_no_findings(service, name, status, body, code):
    assert of_refusal(service, name, status, body, code) == []


@pytest.mark.parametrize(
    ("service", "name", "status", "body", "code", "finding"),
    [
        ("ec2", "DescribeImages", 400, QUERY_ERROR, "InvalidAMIID.NotFound", "the root is ErrorResponse"),
        ("ec2", "DescribeImages", 400, EC2_ERROR, "", "without code"),
        ("ec2", "DescribeImages", 500, "<html><h1>{}</h1><p>{}</p></html>", "", "no error of this protocol"),
        ("autoscaling", "StartInstanceRefresh", 500, QUERY_ERROR, "InstanceRefreshInProgress", "where 400 is due"),
        ("autoscaling", "StartInstanceRefresh", 400, QUERY_ERROR, "AlreadyExists", "no error of StartInstanceRefresh"),
        ("autoscaling", "StartInstanceRefresh", 400, QUERY_ERROR.replace("Sender", "Me"), "ValidationError", "neither"),
        ("ssm", "GetParameter", 400, JSON_ERROR, "ParameterAlreadyExists", "no error of GetParameter"),
        ("ssm", "GetParameter", 400, "{{}}", "", "no error of this protocol"),
    ],
)
def test_a_wrong_error_is_found(service, name, status, body, code, finding):
    found = of_refusal(service, name, status, body, code)
    assert any(finding in line for line in found), found

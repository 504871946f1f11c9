"""What is on record: who asks, who logged in, what was changed, what is healthy, what a name stands for."""

import json

from drives import drive
from practice import refused


@drive("sts:GetCallerIdentity")
def the_caller_is_told(aws):
    told = aws.sts.get_caller_identity()
    assert (told["Account"], told["Arn"].split(":")[4]) == (aws.account, aws.account)


@drive("ssm:GetParameter", "ssm:GetParameters")
def a_parameter_names_an_image(aws):
    told = aws.ssm.get_parameter(Name="/harbor/batch/image")["Parameter"]
    (one,) = aws.running(ImageId="resolve:ssm:/harbor/batch/image", InstanceType="c6i.2xlarge")
    assert aws.server(one)["ImageId"] == told["Value"]
    several = aws.ssm.get_parameters(Names=["/harbor/batch/image", "/atlantis"])
    assert ([row["Value"] for row in several["Parameters"]], several["InvalidParameters"]) == (
        [told["Value"]],
        ["/atlantis"],
    )


@drive("cloudtrail:LookupEvents")
def changes_are_on_record(aws):
    (server,) = aws.running(LaunchTemplate={"LaunchTemplateName": "kafka"})
    aws.ec2.terminate_instances(InstanceIds=[server])
    pages = aws.cloudtrail.get_paginator("lookup_events")

    def events():
        attributes = [{"AttributeKey": "ResourceName", "AttributeValue": server}]
        found = [
            event
            for page in pages.paginate(LookupAttributes=attributes, PaginationConfig={"PageSize": 1})
            for event in page["Events"]
        ]
        return found if len(found) == 2 else None

    newest, oldest = aws.until(events, within_s=1800)
    assert (newest["EventName"], oldest["EventName"]) == ("TerminateInstances", "RunInstances")
    record = json.loads(oldest["CloudTrailEvent"])
    assert (record["eventName"], record["eventSource"]) == ("RunInstances", "ec2.amazonaws.com")
    assert (record["awsRegion"], record["recipientAccountId"]) == (aws.region, aws.account)
    assert oldest["EventId"] == record["eventID"]
    by_name = [{"AttributeKey": "EventName", "AttributeValue": "RunInstances"}]
    found = aws.cloudtrail.lookup_events(LookupAttributes=by_name)["Events"]
    assert oldest["EventId"] in {event["EventId"] for event in found}
    refused(aws.cloudtrail.lookup_events, "InvalidMaxResultsException", MaxResults=51)


@drive("elbv2:DescribeTargetGroups")
def target_groups_are_found_by_name(aws):
    (arn,) = aws.group("checkout-prod")["TargetGroupARNs"]
    (row,) = aws.elbv2.describe_target_groups(Names=["checkout-prod"])["TargetGroups"]
    assert row["TargetGroupArn"] == arn
    pages = aws.elbv2.get_paginator("describe_target_groups").paginate(PaginationConfig={"PageSize": 1})
    assert arn in {row["TargetGroupArn"] for page in pages for row in page["TargetGroups"]}

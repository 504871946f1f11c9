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


@drive("ssm:DescribeInstanceInformation")
def managed_servers_report_themselves(aws):
    pages = aws.ssm.get_paginator("describe_instance_information").paginate(PaginationConfig={"PageSize": 10})
    rows = [row for page in pages for row in page["InstanceInformationList"]]
    ids = [row["InstanceId"] for row in rows]
    assert len(ids) > 50 and len(set(ids)) == len(ids)
    assert {row["PingStatus"] for row in rows} >= {"Online"}
    assert {server["InstanceId"] for server in aws.servers(*ids)} == set(ids), "each is a server"
    one = {"Filters": [{"Key": "InstanceIds", "Values": ids[:1]}]}
    (row,) = aws.ssm.describe_instance_information(**one)["InstanceInformationList"]
    assert row["InstanceId"] == ids[0]


@drive("ssm:DescribeSessions")
def logins_are_on_record(aws):
    def ended():
        pages = aws.ssm.get_paginator("describe_sessions").paginate(State="History")
        return [session for page in pages for session in page["Sessions"]]

    sessions = aws.until(ended, within_s=86_400, step_s=3600)
    for session in sessions:
        assert session["Target"].startswith("i-") and session["Owner"].startswith("arn:aws:")
        assert session["EndDate"] >= session["StartDate"]
    aws.ssm.describe_sessions(State="Active")
    about = {"State": "History", "Filters": [{"key": "Target", "value": sessions[0]["Target"]}]}
    assert sessions[0]["SessionId"] in {row["SessionId"] for row in aws.ssm.describe_sessions(**about)["Sessions"]}


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


@drive("elbv2:DescribeTargetHealth")
def a_target_group_tells_who_is_healthy(aws):
    (target_group,) = aws.group("api-prod")["TargetGroupARNs"]

    def states():
        told = aws.elbv2.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
        return {row["Target"]["Id"]: row["TargetHealth"]["State"] for row in told}

    before = aws.settled("api-prod")
    assert {states().get(one) for one in before} == {"healthy"}
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="api-prod", DesiredCapacity=len(before) + 1)
    aws.until(lambda: "initial" in states().values(), within_s=900, step_s=5)
    (new,) = aws.settled("api-prod") - before
    aws.until(lambda: states()[new] == "healthy", within_s=900)
    one = {"TargetGroupArn": target_group, "Targets": [{"Id": new}]}
    (row,) = aws.elbv2.describe_target_health(**one)["TargetHealthDescriptions"]
    assert row["Target"]["Id"] == new
    unknown = target_group.replace("api-prod", "atlantis")
    refused(aws.elbv2.describe_target_health, "TargetGroupNotFound", TargetGroupArn=unknown)


@drive("elbv2:DescribeTargetGroups")
def target_groups_are_found_by_name(aws):
    (arn,) = aws.group("checkout-prod")["TargetGroupARNs"]
    (row,) = aws.elbv2.describe_target_groups(Names=["checkout-prod"])["TargetGroups"]
    assert row["TargetGroupArn"] == arn
    pages = aws.elbv2.get_paginator("describe_target_groups").paginate(PaginationConfig={"PageSize": 1})
    assert arn in {row["TargetGroupArn"] for page in pages for row in page["TargetGroups"]}

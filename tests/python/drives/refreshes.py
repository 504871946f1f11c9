"""Instance refreshes from start to end, and what ends them otherwise."""

from drives import drive
from drives.servers import root_volume
from practice import refused


def refresh(aws, name, started):
    ids = [started["InstanceRefreshId"]]
    (told,) = aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName=name, InstanceRefreshIds=ids)[
        "InstanceRefreshes"
    ]
    return told


def versions(aws, name):
    return {member["LaunchTemplate"]["Version"] for member in aws.group(name)["Instances"]}


@drive("autoscaling:StartInstanceRefresh", "autoscaling:DescribeInstanceRefreshes")
def a_refresh_replaces_all_and_keeps_most_in_service(aws):
    name = "search-prod"
    size = len(aws.settled(name))
    # Every preference that the console and the API set differently is set here.
    started = aws.autoscaling.start_instance_refresh(
        AutoScalingGroupName=name,
        Preferences={
            "MinHealthyPercentage": 80,
            "MaxHealthyPercentage": 100,
            "SkipMatching": True,
            "AutoRollback": False,
            "InstanceWarmup": 60,
            "ScaleInProtectedInstances": "Wait",
            "StandbyInstances": "Wait",
        },
    )
    again = {"AutoScalingGroupName": name}
    refused(aws.autoscaling.start_instance_refresh, "InstanceRefreshInProgress", **again)
    fewest, statuses, percentages = size, [], []

    def is_over():
        nonlocal fewest
        fewest = min(fewest, len(aws.in_service(name)))
        told = refresh(aws, name, started)
        statuses.append(told["Status"])
        percentages.append(told.get("PercentageComplete", 0))
        return told if told["Status"] not in ("Pending", "InProgress") else None

    ended = aws.until(is_over, within_s=6 * 86_400, step_s=120)
    assert ended["Status"] == "Successful", ended
    assert (ended["PercentageComplete"], ended["InstancesToUpdate"]) == (100, 0)
    assert ended["EndTime"] > ended["StartTime"]
    assert statuses[0] in ("Pending", "InProgress") and "InProgress" in statuses
    assert percentages == sorted(percentages), "it only goes forward"
    assert fewest >= 0.8 * size
    assert versions(aws, name) == {"9"}
    newest = aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName=name, MaxRecords=1)
    assert [row["InstanceRefreshId"] for row in newest["InstanceRefreshes"]] == [started["InstanceRefreshId"]]
    assert newest["NextToken"], "the scenario's own are older"


@drive("autoscaling:StartInstanceRefresh", "autoscaling:CancelInstanceRefresh")
def a_cancelled_refresh_leaves_what_it_did(aws):
    name = "search-prod"
    aws.settled(name)
    preferences = {"MinHealthyPercentage": 90, "InstanceWarmup": 0, "SkipMatching": True}
    started = aws.autoscaling.start_instance_refresh(AutoScalingGroupName=name, Preferences=preferences)
    replaced = aws.until(
        lambda: refresh(aws, name, started).get("PercentageComplete", 0) > 0, within_s=86_400, step_s=120
    )
    assert replaced
    cancelled = aws.autoscaling.cancel_instance_refresh(AutoScalingGroupName=name)
    assert cancelled["InstanceRefreshId"] == started["InstanceRefreshId"]
    aws.until(lambda: refresh(aws, name, started)["Status"] == "Cancelled", within_s=7200)
    aws.settled(name, within_s=7200)
    assert len(versions(aws, name)) > 1, "cancelling takes nothing back"
    refused(aws.autoscaling.cancel_instance_refresh, "ActiveInstanceRefreshNotFound", AutoScalingGroupName=name)


@drive("autoscaling:RollbackInstanceRefresh")
def a_rolled_back_refresh_returns_to_the_old_version(aws):
    name = "checkout-prod"
    aws.settled(name)
    template = aws.group(name)["LaunchTemplate"]["LaunchTemplateName"]
    image = aws.image("golden-al2023")["ImageId"]
    newer = aws.ec2.create_launch_template_version(
        LaunchTemplateName=template, SourceVersion="22", LaunchTemplateData={"ImageId": image}
    )["LaunchTemplateVersion"]["VersionNumber"]
    wanted = {"LaunchTemplate": {"LaunchTemplateName": template, "Version": str(newer)}}
    started = aws.autoscaling.start_instance_refresh(
        AutoScalingGroupName=name,
        DesiredConfiguration=wanted,
        Preferences={"MinHealthyPercentage": 75, "InstanceWarmup": 0, "AutoRollback": True},
    )
    aws.until(lambda: str(newer) in versions(aws, name), within_s=86_400, step_s=60)
    aws.autoscaling.rollback_instance_refresh(AutoScalingGroupName=name)
    assert refresh(aws, name, started)["Status"] == "RollbackInProgress"
    ended = aws.until(
        lambda: refresh(aws, name, started)["Status"] == "RollbackSuccessful" and refresh(aws, name, started),
        within_s=86_400, step_s=120,
    )  # fmt: skip
    assert ended["RollbackDetails"]["RollbackReason"]
    aws.settled(name)
    assert versions(aws, name) == {"22"}
    assert aws.group(name)["LaunchTemplate"]["Version"] == "22"


@drive("autoscaling:StartInstanceRefresh", region="us-east-1")
def a_refresh_stops_at_its_checkpoint(aws):
    name = "web-prod-use1"
    size = len(aws.settled(name))
    started = aws.autoscaling.start_instance_refresh(
        AutoScalingGroupName=name,
        Preferences={
            "MinHealthyPercentage": 80,
            "InstanceWarmup": 0,
            "CheckpointPercentages": [20, 100],
            "CheckpointDelay": 7200,
            "BakeTime": 1800,
        },
    )
    aws.until(lambda: refresh(aws, name, started).get("PercentageComplete", 0) >= 20, within_s=86_400, step_s=60)
    reached = refresh(aws, name, started)["PercentageComplete"]
    assert 20 <= reached < 20 + 100 * 0.2 * 2
    aws.clock.advance(3600)
    assert refresh(aws, name, started)["PercentageComplete"] == reached, "it waits at the checkpoint"
    statuses = set()

    def is_over():
        told = refresh(aws, name, started)
        statuses.add(told["Status"])
        return told["Status"] == "Successful"

    aws.until(is_over, within_s=3 * 86_400, step_s=300)
    assert "Baking" in statuses
    assert len(aws.settled(name)) == size


@drive("autoscaling:StartInstanceRefresh")
def an_alarm_rolls_a_refresh_back(aws):
    name, alarm = "checkout-prod", "checkout-5xx"
    before = aws.settled(name)
    newer = aws.ec2.create_launch_template_version(
        LaunchTemplateName="checkout", SourceVersion="22", LaunchTemplateData={"InstanceType": "m6i.2xlarge"}
    )["LaunchTemplateVersion"]["VersionNumber"]
    started = aws.autoscaling.start_instance_refresh(
        AutoScalingGroupName=name,
        DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateName": "checkout", "Version": str(newer)}},
        Preferences={
            "MinHealthyPercentage": 90,
            "InstanceWarmup": 0,
            "AutoRollback": True,
            "AlarmSpecification": {"Alarms": [alarm]},
        },
    )
    aws.until(lambda: str(newer) in versions(aws, name), within_s=86_400, step_s=120)
    aws.set_alarm(alarm, "ALARM")
    aws.until(lambda: refresh(aws, name, started)["Status"] == "RollbackInProgress", within_s=600)
    aws.set_alarm(alarm, "OK")
    aws.until(lambda: refresh(aws, name, started)["Status"] == "RollbackSuccessful", within_s=86_400, step_s=120)
    assert alarm in refresh(aws, name, started)["RollbackDetails"]["RollbackReason"]
    assert len(aws.settled(name)) == len(before)
    assert versions(aws, name) == {"22"}


@drive("autoscaling:StartInstanceRefresh", "ec2:DescribeReplaceRootVolumeTasks")
def a_refresh_replaces_roots_and_keeps_the_servers(aws):
    old, new = (aws.image(name)["ImageId"] for name in ("web 1.4.2", "web 1.4.3"))
    name = "in-place"

    def policy(image):
        base = {"LaunchTemplateName": "web", "Version": "11"}
        overrides = [{"InstanceType": kind, "ImageId": image} for kind in ("m6i.large", "m7i.large")]
        return {"LaunchTemplate": {"LaunchTemplateSpecification": base, "Overrides": overrides}}

    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name, MixedInstancesPolicy=policy(old), MinSize=4, MaxSize=4,
        AvailabilityZones=[f"{aws.region}a", f"{aws.region}b"],
    )  # fmt: skip
    before = aws.settled(name)
    roots = {one: root_volume(aws.server(one)) for one in before}
    started = aws.autoscaling.start_instance_refresh(
        AutoScalingGroupName=name,
        Strategy="ReplaceRootVolume",
        DesiredConfiguration={"MixedInstancesPolicy": policy(new)},
        Preferences={"MinHealthyPercentage": 50, "MaxHealthyPercentage": 100, "InstanceWarmup": 0},
    )
    aws.until(lambda: refresh(aws, name, started)["Status"] == "Successful", within_s=86_400, step_s=60)
    assert aws.settled(name) == before, "the servers are the same"
    assert not any(root_volume(aws.server(one)) == roots[one] for one in before)
    assert {member["ImageId"] for member in aws.group(name)["Instances"]} == {new}
    tasks = aws.ec2.describe_replace_root_volume_tasks(Filters=[{"Name": "instance-id", "Values": sorted(before)}])[
        "ReplaceRootVolumeTasks"
    ]
    assert {(task["InstanceId"], task["TaskState"]) for task in tasks} == {(one, "succeeded") for one in before}


# What AWS refuses: (group, arguments, the error's code).
REFUSALS = [
    ("atlantis", {}, "ValidationError"),
    ("search-prod", {"Preferences": {"MinHealthyPercentage": 101}}, "ValidationError"),
    ("search-prod", {"Preferences": {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 250}}, "ValidationError"),
    ("search-prod", {"Preferences": {"CheckpointPercentages": [50, 20]}}, "ValidationError"),
    ("search-prod", {"Preferences": {"AutoRollback": True}}, "ValidationError"),
    ("checkout-prod", {"Preferences": {"BakeTime": 172_801}}, "ValidationError"),
    ("checkout-prod", {"Strategy": "ReplaceRootVolume"}, "ValidationError"),
]


@drive("autoscaling:DescribeInstanceRefreshes")
def a_refresh_is_refused_as_aws_refuses_it(aws):
    for name, arguments, code in REFUSALS:
        refused(aws.autoscaling.start_instance_refresh, code, AutoScalingGroupName=name, **arguments)
    before = aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName="checkout-prod")
    assert before["InstanceRefreshes"] == [], "nothing was started"

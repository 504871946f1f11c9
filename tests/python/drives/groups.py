"""Auto Scaling groups: kept at their size, healed, changed, held back and aged."""

from drives import drive
from practice import refused, tags_of


def activities(aws, name, count=20):
    return aws.autoscaling.describe_scaling_activities(AutoScalingGroupName=name, MaxRecords=count)["Activities"]


@drive("autoscaling:UpdateAutoScalingGroup", "autoscaling:DescribeScalingActivities", "autoscaling:SetDesiredCapacity")
def a_group_grows_and_shrinks(aws):
    before = aws.settled("ci-runners")
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="ci-runners", DesiredCapacity=len(before) + 2)
    assert aws.group("ci-runners")["DesiredCapacity"] == len(before) + 2
    more = aws.settled("ci-runners")
    assert before < more and len(more) == len(before) + 2
    for server in aws.servers(*(more - before)):
        assert tags_of(server)["aws:autoscaling:groupName"] == "ci-runners"
    launched = [row for row in activities(aws, "ci-runners") if row["StatusCode"] == "Successful"]
    assert "increasing the capacity" in launched[0]["Cause"]
    assert launched[0]["EndTime"] > launched[0]["StartTime"]
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="ci-runners", DesiredCapacity=len(before))
    assert len(aws.settled("ci-runners")) == len(before)
    too_many = {"AutoScalingGroupName": "ci-runners", "DesiredCapacity": 41}
    refused(aws.autoscaling.set_desired_capacity, "ValidationError", **too_many)
    refused(aws.autoscaling.update_auto_scaling_group, "ValidationError", **too_many)


@drive("autoscaling:TerminateInstanceInAutoScalingGroup")
def a_group_heals(aws):
    before = aws.settled("api-prod")
    one = sorted(before)[0]
    activity = aws.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=one, ShouldDecrementDesiredCapacity=False
    )["Activity"]
    assert activity["StatusCode"] in ("InProgress", "WaitingForELBConnectionDraining")
    assert one in activity["Description"] and "taken out of service in response to a user request" in activity["Cause"]
    after = aws.settled("api-prod")
    assert one not in after and len(after) == len(before)
    aws.wait("ec2", "instance_terminated", InstanceIds=[one])


@drive("autoscaling:TerminateInstanceInAutoScalingGroup")
def a_server_goes_with_its_place(aws):
    before = aws.settled("api-prod")
    one = sorted(before)[0]
    aws.autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=one, ShouldDecrementDesiredCapacity=True)
    assert aws.group("api-prod")["DesiredCapacity"] == len(before) - 1
    assert aws.settled("api-prod") == before - {one}
    gone = {"InstanceId": "i-0aaaaaaaaaaaaaaaa", "ShouldDecrementDesiredCapacity": False}
    refused(aws.autoscaling.terminate_instance_in_auto_scaling_group, "ValidationError", **gone)


@drive("autoscaling:SetInstanceHealth")
def an_unhealthy_server_is_replaced(aws):
    before = aws.settled("api-prod")
    one = sorted(before)[0]
    aws.autoscaling.set_instance_health(InstanceId=one, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False)
    aws.until(lambda: one not in aws.in_service("api-prod"), within_s=600)
    after = aws.settled("api-prod")
    assert one not in after and len(after) == len(before)
    assert any("health" in row["Cause"] for row in activities(aws, "api-prod"))


@drive(
    "autoscaling:EnterStandby",
    "autoscaling:ExitStandby",
    "autoscaling:DescribeAutoScalingInstances",
    region="us-east-1",
)
def a_server_steps_aside_and_comes_back(aws):
    before = aws.settled("web-prod-use1")
    desired = aws.group("web-prod-use1")["DesiredCapacity"]
    one = sorted(before)[0]
    asked = {"InstanceIds": [one], "AutoScalingGroupName": "web-prod-use1"}
    (activity,) = aws.autoscaling.enter_standby(**asked, ShouldDecrementDesiredCapacity=True)["Activities"]
    assert "standby" in activity["Cause"].lower()

    def state():
        (row,) = aws.autoscaling.describe_auto_scaling_instances(InstanceIds=[one])["AutoScalingInstances"]
        return row["LifecycleState"]

    aws.until(lambda: state() == "Standby", within_s=300)
    assert aws.group("web-prod-use1")["DesiredCapacity"] == desired - 1
    (activity,) = aws.autoscaling.exit_standby(**asked)["Activities"]
    aws.until(lambda: state() == "InService", within_s=900)
    assert aws.group("web-prod-use1")["DesiredCapacity"] == desired


@drive("autoscaling:SetInstanceProtection")
def a_protected_server_stays_when_the_group_shrinks(aws):
    before = aws.settled("ci-runners")
    kept = set(sorted(before)[: len(before) - 2])
    asked = {"AutoScalingGroupName": "ci-runners", "ProtectedFromScaleIn": True}
    aws.autoscaling.set_instance_protection(**asked, InstanceIds=sorted(kept))
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="ci-runners", DesiredCapacity=len(before) - 2)
    assert aws.settled("ci-runners") == kept


@drive("autoscaling:SuspendProcesses", "autoscaling:ResumeProcesses")
def a_group_that_may_not_launch_stays_short(aws):
    before = aws.settled("api-prod")
    launch = {"AutoScalingGroupName": "api-prod", "ScalingProcesses": ["Launch"]}
    aws.autoscaling.suspend_processes(**launch)
    assert [process["ProcessName"] for process in aws.group("api-prod")["SuspendedProcesses"]] == ["Launch"]
    one = sorted(before)[0]
    aws.autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=one, ShouldDecrementDesiredCapacity=False)
    aws.clock.advance(3600)
    assert aws.in_service("api-prod") == before - {one}
    aws.autoscaling.resume_processes(**launch)
    assert len(aws.settled("api-prod")) == len(before)


@drive("autoscaling:UpdateAutoScalingGroup")
def a_lifetime_burns_the_oldest(aws):
    before = aws.settled("api-prod")
    old = {one for one in before if (aws.clock.now() - aws.server(one)["LaunchTime"]).days >= 20}
    assert old, "the scenario has a herd there"
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="api-prod", MaxInstanceLifetime=20 * 86_400)
    aws.until(lambda: not old & aws.in_service("api-prod"), within_s=2 * 86_400, step_s=1800)
    assert len(aws.settled("api-prod")) == len(before)
    assert any("lifetime" in row["Cause"] for row in activities(aws, "api-prod", 100))
    too_short = {"AutoScalingGroupName": "api-prod", "MaxInstanceLifetime": 3600}
    refused(aws.autoscaling.update_auto_scaling_group, "ValidationError", **too_short)


@drive("autoscaling:DescribeWarmPool")
def a_warm_pool_fills_up_again(aws):
    def pool():
        return aws.autoscaling.describe_warm_pool(AutoScalingGroupName="ci-runners")

    def warm():
        return {row["InstanceId"] for row in pool()["Instances"] if row["LifecycleState"] == "Warmed:Stopped"}

    before, serving = warm(), aws.settled("ci-runners")
    assert before and pool()["WarmPoolConfiguration"]["PoolState"] == "Stopped"
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="ci-runners", DesiredCapacity=len(serving) + 2)
    more = aws.settled("ci-runners")
    assert len(more - serving) == 2 and more - serving <= before, "the pool's servers come first"
    pool_is_full = pool()["WarmPoolConfiguration"]["MinSize"]
    assert len(aws.until(lambda: len(warm()) >= pool_is_full and warm(), within_s=3600)) >= pool_is_full


@drive("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeLaunchConfigurations")
def a_mixed_group_counts_what_it_launches(aws):
    before = aws.settled("batch-prod")
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="batch-prod", DesiredCapacity=len(before) + 3)
    more = aws.settled("batch-prod")
    group = aws.group("batch-prod")
    allowed = {o["InstanceType"] for o in group["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"]}
    assert {server["InstanceType"] for server in aws.servers(*(more - before))} <= allowed
    pages = aws.autoscaling.get_paginator("describe_launch_configurations").paginate()
    assert [row["ImageId"] for page in pages for row in page["LaunchConfigurations"]]

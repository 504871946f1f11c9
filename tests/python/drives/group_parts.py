"""What belongs to a group beside its size: its making and its end, tags, hooks, a warm pool, servers from outside."""

from drives import drive
from practice import refused


def make(aws, name, **arguments):
    settings = {
        "LaunchTemplate": {"LaunchTemplateName": "bastion", "Version": "$Default"},
        "MinSize": 0,
        "MaxSize": 4,
        "DesiredCapacity": 2,
        "AvailabilityZones": [f"{aws.region}a", f"{aws.region}b"],
    }
    aws.autoscaling.create_auto_scaling_group(AutoScalingGroupName=name, **settings | arguments)
    return aws.settled(name) if (settings | arguments)["DesiredCapacity"] else set()


@drive("autoscaling:CreateAutoScalingGroup", "autoscaling:DeleteAutoScalingGroup")
def a_group_is_made_and_deleted(aws):
    members = make(aws, "practice", MaxInstanceLifetime=86_400 * 7, DefaultInstanceWarmup=30)
    group = aws.group("practice")
    assert (group["MaxInstanceLifetime"], group["DefaultInstanceWarmup"], len(members)) == (604_800, 30, 2)
    zones = {server["Placement"]["AvailabilityZone"] for server in aws.servers(*members)}
    assert zones == {f"{aws.region}a", f"{aws.region}b"}, "spread over the zones"
    again = {"AutoScalingGroupName": "practice", "MinSize": 0, "MaxSize": 0, "AvailabilityZones": [f"{aws.region}a"]}
    template = {"LaunchTemplate": {"LaunchTemplateName": "bastion"}}
    refused(aws.autoscaling.create_auto_scaling_group, "AlreadyExists", **again, **template)
    refused(aws.autoscaling.delete_auto_scaling_group, "ResourceInUse", AutoScalingGroupName="practice")
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="practice", ForceDelete=True)
    named = {"AutoScalingGroupNames": ["practice"]}
    aws.until(lambda: not aws.autoscaling.describe_auto_scaling_groups(**named)["AutoScalingGroups"], within_s=1800)
    aws.wait("ec2", "instance_terminated", InstanceIds=sorted(members))


@drive("autoscaling:CreateOrUpdateTags", "autoscaling:DeleteTags", "autoscaling:DescribeTags")
def a_groups_tags_come_and_go(aws):
    one = {"ResourceId": "api-prod", "ResourceType": "auto-scaling-group", "Key": "note"}
    aws.autoscaling.create_or_update_tags(Tags=[one | {"Value": "a", "PropagateAtLaunch": True}])
    filters = [{"Name": "auto-scaling-group", "Values": ["api-prod"]}, {"Name": "key", "Values": ["note"]}]

    def values():
        pages = aws.autoscaling.get_paginator("describe_tags").paginate(Filters=filters)
        return [(tag["Value"], tag["PropagateAtLaunch"]) for page in pages for tag in page["Tags"]]

    assert values() == [("a", True)]
    assert {tag["Key"]: tag["Value"] for tag in aws.group("api-prod")["Tags"]}["note"] == "a"
    aws.autoscaling.create_or_update_tags(Tags=[one | {"Value": "b", "PropagateAtLaunch": False}])
    assert values() == [("b", False)]
    aws.autoscaling.delete_tags(Tags=[one])
    assert values() == []


@drive(
    "autoscaling:PutLifecycleHook",
    "autoscaling:DescribeLifecycleHooks",
    "autoscaling:RecordLifecycleActionHeartbeat",
    "autoscaling:CompleteLifecycleAction",
    "autoscaling:DeleteLifecycleHook",
)
def a_hook_holds_a_new_server_until_it_is_let_go(aws):
    before = make(aws, "hooked")
    hook = {"AutoScalingGroupName": "hooked", "LifecycleHookName": "warm-caches"}
    aws.autoscaling.put_lifecycle_hook(
        **hook,
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
        HeartbeatTimeout=7200,
        DefaultResult="ABANDON",
    )
    (told,) = aws.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="hooked")["LifecycleHooks"]
    assert (told["LifecycleHookName"], told["HeartbeatTimeout"], told["DefaultResult"]) == (
        "warm-caches", 7200, "ABANDON",
    )  # fmt: skip
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="hooked", DesiredCapacity=3)

    def held():
        members = aws.group("hooked")["Instances"]
        return [member["InstanceId"] for member in members if member["LifecycleState"] == "Pending:Wait"]

    (one,) = aws.until(held, within_s=1800)
    aws.autoscaling.record_lifecycle_action_heartbeat(**hook, InstanceId=one)
    aws.clock.advance(3600)
    assert held() == [one]
    aws.autoscaling.complete_lifecycle_action(**hook, InstanceId=one, LifecycleActionResult="CONTINUE")
    assert aws.settled("hooked") == before | {one}
    aws.autoscaling.delete_lifecycle_hook(**hook)
    assert aws.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="hooked")["LifecycleHooks"] == []


@drive("autoscaling:AttachInstances", "autoscaling:DetachInstances")
def a_server_joins_a_group_and_leaves_it(aws):
    (one,) = aws.running(LaunchTemplate={"LaunchTemplateName": "bastion"}, Placement={"AvailabilityZone": "eu-west-1a"})
    before = make(aws, "joined")
    asked = {"AutoScalingGroupName": "joined", "InstanceIds": [one]}
    aws.autoscaling.attach_instances(**asked)
    assert aws.settled("joined") == before | {one}
    assert aws.group("joined")["DesiredCapacity"] == 3
    (activity,) = aws.autoscaling.detach_instances(**asked, ShouldDecrementDesiredCapacity=True)["Activities"]
    assert one in activity["Description"]
    assert aws.settled("joined") == before
    assert aws.server(one)["State"]["Name"] == "running", "it goes on alone"


@drive("autoscaling:PutWarmPool", "autoscaling:DeleteWarmPool", "autoscaling:DescribeWarmPool")
def a_warm_pool_is_made_and_deleted(aws):
    make(aws, "pooled")
    aws.autoscaling.put_warm_pool(AutoScalingGroupName="pooled", MinSize=2, PoolState="Stopped")

    def warm():
        pool = aws.autoscaling.describe_warm_pool(AutoScalingGroupName="pooled")
        return [row["InstanceId"] for row in pool["Instances"] if row["LifecycleState"] == "Warmed:Stopped"]

    servers = aws.until(lambda: len(warm()) == 2 and warm(), within_s=3600)
    assert {server["State"]["Name"] for server in aws.servers(*servers)} == {"stopped"}
    aws.autoscaling.delete_warm_pool(AutoScalingGroupName="pooled", ForceDelete=True)
    aws.until(lambda: "WarmPoolConfiguration" not in aws.group("pooled"), within_s=1800)
    aws.wait("ec2", "instance_terminated", InstanceIds=servers)


@drive(
    "autoscaling:CreateLaunchConfiguration",
    "autoscaling:DeleteLaunchConfiguration",
    "autoscaling:DescribeLaunchConfigurations",
)
def a_group_of_a_launch_configuration(aws):
    image = aws.image("web 1.4.3")["ImageId"]
    named = {"LaunchConfigurationName": "practice-lc"}
    aws.autoscaling.create_launch_configuration(**named, ImageId=image, InstanceType="m5.large")
    again = named | {"ImageId": image, "InstanceType": "m5.large"}
    refused(aws.autoscaling.create_launch_configuration, "AlreadyExists", **again)
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="of-lc", **named, MinSize=1, MaxSize=1, AvailabilityZones=[f"{aws.region}a"]
    )
    (server,) = aws.servers(*aws.settled("of-lc"))
    assert (server["ImageId"], server["InstanceType"]) == (image, "m5.large")
    assert aws.group("of-lc")["Instances"][0]["LaunchConfigurationName"] == "practice-lc"
    refused(aws.autoscaling.delete_launch_configuration, "ResourceInUse", **named)
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="of-lc", ForceDelete=True)
    aws.wait("ec2", "instance_terminated", InstanceIds=[server["InstanceId"]])
    aws.clock.advance(600)
    aws.autoscaling.delete_launch_configuration(**named)
    told = aws.autoscaling.describe_launch_configurations(LaunchConfigurationNames=["practice-lc"])
    assert told["LaunchConfigurations"] == []


@drive("autoscaling:LaunchInstances")
def servers_are_launched_into_a_group_at_once(aws):
    make(aws, "at-once", DesiredCapacity=0)
    asked = {"AutoScalingGroupName": "at-once", "RequestedCapacity": 2, "ClientToken": "at-once-1"}
    told = aws.autoscaling.launch_instances(**asked, AvailabilityZones=[f"{aws.region}a"])
    ids = {one for row in told["Instances"] for one in row["InstanceIds"]}
    assert len(ids) == 2 and told.get("Errors", []) == []
    assert aws.group("at-once")["DesiredCapacity"] == 2
    assert aws.settled("at-once") == ids


@drive(
    "autoscaling:DescribeAccountLimits",
    "autoscaling:DescribeLifecycleHookTypes",
    "autoscaling:DescribeScalingProcessTypes",
    "autoscaling:DescribeTerminationPolicyTypes",
)
def what_there_is_to_choose_from_is_told(aws):
    limits = aws.autoscaling.describe_account_limits()
    groups = aws.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert limits["NumberOfAutoScalingGroups"] == len(groups) < limits["MaxNumberOfAutoScalingGroups"]
    hooks = aws.autoscaling.describe_lifecycle_hook_types()["LifecycleHookTypes"]
    assert {"autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"} <= set(hooks)
    processes = {row["ProcessName"] for row in aws.autoscaling.describe_scaling_process_types()["Processes"]}
    assert {"Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AZRebalance"} <= processes
    policies = aws.autoscaling.describe_termination_policy_types()["TerminationPolicyTypes"]
    assert {"Default", "OldestInstance", "OldestLaunchTemplate"} <= set(policies)


@drive("autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup")
def capacity_is_counted_in_units(aws):
    name = "weighted"
    overrides = [{"InstanceType": "c6i.2xlarge", "WeightedCapacity": "4"}]
    launch = {"LaunchTemplateSpecification": {"LaunchTemplateName": "api", "Version": "40"}, "Overrides": overrides}
    policy = {"MixedInstancesPolicy": {"LaunchTemplate": launch}}
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name, **policy, MinSize=0, MaxSize=20, DesiredCapacity=10,
        AvailabilityZones=[f"{aws.region}a"],
    )  # fmt: skip
    aws.until(lambda: len(aws.in_service(name)) == 3, within_s=3600)
    assert {member["WeightedCapacity"] for member in aws.group(name)["Instances"]} == {"4"}, "12 units for 10"
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, DesiredCapacity=4)
    aws.until(lambda: len(aws.group(name)["Instances"]) == 1, within_s=3600)
    aws.clock.advance(3600)
    assert len(aws.in_service(name)) == 1

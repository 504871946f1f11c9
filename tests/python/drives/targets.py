"""Servers that no group put behind a load balancer: registered by hand, healthy after a while, taken out again."""

from drives import drive
from practice import refused


def states(aws, target_group, **asked):
    told = aws.elbv2.describe_target_health(TargetGroupArn=target_group, **asked)["TargetHealthDescriptions"]
    return {(row["Target"]["Id"], row["Target"]["Port"]): row["TargetHealth"]["State"] for row in told}


def metrics(aws):
    """The target group of the servers that stand alone, with who is in it."""
    (row,) = aws.elbv2.describe_target_groups(Names=["metrics"])["TargetGroups"]
    arn = row["TargetGroupArn"]
    return arn, [server for server, _ in states(aws, arn)]


@drive("elbv2:RegisterTargets", "elbv2:DeregisterTargets", "elbv2:DescribeTargetHealth", region="us-east-1")
def a_server_takes_the_place_of_another_behind_a_load_balancer(aws):
    arn, (old, other) = metrics(aws)
    assert set(states(aws, arn).values()) == {"healthy"}
    (new,) = aws.run(ImageId=aws.server(old)["ImageId"], InstanceType="t3.large")
    refused(aws.elbv2.register_targets, "InvalidTarget", TargetGroupArn=arn, Targets=[{"Id": new}])
    aws.wait("ec2", "instance_status_ok", InstanceIds=[new])
    for _ in range(2):
        aws.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": new, "Port": 80}])
    assert states(aws, arn)[new, 80] == "initial"
    aws.wait("elbv2", "target_in_service", TargetGroupArn=arn, Targets=[{"Id": new, "Port": 80}])
    for _ in range(2):
        aws.elbv2.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": old, "Port": 80}])
    assert states(aws, arn) == {(old, 80): "draining", (other, 80): "healthy", (new, 80): "healthy"}
    aws.clock.advance(299)
    assert states(aws, arn)[old, 80] == "draining", "for the default of 300 seconds"
    aws.wait("elbv2", "target_deregistered", TargetGroupArn=arn, Targets=[{"Id": old, "Port": 80}])
    assert set(states(aws, arn)) == {(other, 80), (new, 80)}
    aws.elbv2.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": old}])
    unknown = arn.replace("metrics", "atlantis")
    for change in (aws.elbv2.register_targets, aws.elbv2.deregister_targets):
        refused(change, "TargetGroupNotFound", TargetGroupArn=unknown, Targets=[{"Id": new}])
        refused(change, "InvalidTarget", TargetGroupArn=arn, Targets=[{"Id": "web"}])
        refused(change, "ValidationError", TargetGroupArn=arn, Targets=[{"Id": new, "AvailabilityZone": "all"}])


@drive("elbv2:RegisterTargets", "elbv2:DeregisterTargets", region="us-east-1")
def a_server_is_a_target_at_each_port_by_itself(aws):
    arn, (one, _) = metrics(aws)
    ports = [{"Id": one, "Port": 8080}, {"Id": one, "Port": 8443}]
    aws.elbv2.register_targets(TargetGroupArn=arn, Targets=ports)
    aws.wait("elbv2", "target_in_service", TargetGroupArn=arn, Targets=ports)
    aws.elbv2.deregister_targets(TargetGroupArn=arn, Targets=ports[:1])
    told = states(aws, arn)
    assert {port: state for (server, port), state in told.items() if server == one} == {
        80: "healthy",
        8080: "draining",
        8443: "healthy",
    }
    assert states(aws, arn, Targets=[{"Id": one, "Port": 9090}]) == {(one, 9090): "unused"}


@drive("elbv2:DeregisterTargets", "elbv2:RegisterTargets")
def auto_scaling_keeps_its_own_targets(aws):
    (arn,) = aws.group("api-prod")["TargetGroupARNs"]
    members = set(states(aws, arn))
    (alone,) = aws.running(LaunchTemplate={"LaunchTemplateName": "kafka"})
    aws.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": alone}])
    assert set(states(aws, arn)) == members | {(alone, 80)}
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="api-prod", DesiredCapacity=len(members) + 1)
    aws.settled("api-prod")
    assert len(states(aws, arn)) == len(members) + 2
    aws.elbv2.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": alone}])
    aws.wait("elbv2", "target_deregistered", TargetGroupArn=arn, Targets=[{"Id": alone}])
    assert members < set(states(aws, arn))

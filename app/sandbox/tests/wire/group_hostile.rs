//! Whatever is asked of groups, an answer goes out and time goes on.

use std::time::Duration;

use emberline_sandbox::Sandbox;
use proptest::prelude::*;

use crate::ask::{Client, opening};

const ACTIONS: &[&str] = &[
    "CreateAutoScalingGroup",
    "UpdateAutoScalingGroup",
    "DeleteAutoScalingGroup",
    "SetDesiredCapacity",
    "TerminateInstanceInAutoScalingGroup",
    "LaunchInstances",
    "EnterStandby",
    "ExitStandby",
    "AttachInstances",
    "DetachInstances",
    "SetInstanceProtection",
    "SetInstanceHealth",
    "CompleteLifecycleAction",
    "RecordLifecycleActionHeartbeat",
    "SuspendProcesses",
    "ResumeProcesses",
    "PutLifecycleHook",
    "DeleteLifecycleHook",
    "DescribeLifecycleHooks",
    "CreateOrUpdateTags",
    "DeleteTags",
    "DescribeTags",
    "PutWarmPool",
    "DeleteWarmPool",
    "DescribeWarmPool",
    "CreateLaunchConfiguration",
    "DeleteLaunchConfiguration",
    "DescribeScalingActivities",
    "DescribeAutoScalingGroups",
];

const FIELDS: &[&str] = &[
    "MinSize",
    "MaxSize",
    "DesiredCapacity",
    "RequestedCapacity",
    "DefaultCooldown",
    "HealthCheckGracePeriod",
    "HealthCheckType",
    "DefaultInstanceWarmup",
    "MaxInstanceLifetime",
    "MaxGroupPreparedCapacity",
    "PoolState",
    "HeartbeatTimeout",
    "LifecycleHookName",
    "LifecycleTransition",
    "LifecycleActionResult",
    "LifecycleActionToken",
    "ShouldDecrementDesiredCapacity",
    "ProtectedFromScaleIn",
    "ForceDelete",
    "HonorCooldown",
    "HealthStatus",
    "ClientToken",
    "InstanceId",
    "InstanceIds.member.1",
    "InstanceIds.member.2",
    "AvailabilityZones.member.1",
    "VPCZoneIdentifier",
    "TerminationPolicies.member.1",
    "LaunchTemplate.LaunchTemplateName",
    "LaunchTemplate.Version",
    "LaunchConfigurationName",
    "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateName",
    "MixedInstancesPolicy.LaunchTemplate.Overrides.member.1.InstanceType",
    "MixedInstancesPolicy.LaunchTemplate.Overrides.member.1.WeightedCapacity",
    "MixedInstancesPolicy.InstancesDistribution.OnDemandBaseCapacity",
    "InstanceMaintenancePolicy.MinHealthyPercentage",
    "InstanceMaintenancePolicy.MaxHealthyPercentage",
    "LifecycleHookSpecificationList.member.1.LifecycleHookName",
    "Tags.member.1.Key",
    "Tags.member.1.ResourceId",
    "ScalingProcesses.member.1",
    "ImageId",
    "InstanceType",
];

/// What may stand for any field; `*` is a server of the group.
const VALUES: &[&str] = &[
    "0",
    "1",
    "2",
    "7",
    "100",
    "4294967295",
    "99999999999999999999",
    "-1",
    "86400",
    "true",
    "false",
    "g",
    "*",
    "",
    "Unhealthy",
    "Healthy",
    "CONTINUE",
    "ABANDON",
    "h",
    "autoscaling:EC2_INSTANCE_LAUNCHING",
    "autoscaling:EC2_INSTANCE_TERMINATING",
    "Launch",
    "Running",
    "Stopped",
    "eu-west-1a",
    "OldestInstance",
    "$Latest",
    "t3.large",
    "i-1",
    "\u{0}\u{FFFF}<&>",
    "ELB",
    "subnet-1,",
    "x",
];

fn call() -> impl Strategy<Value = (&'static str, Vec<(&'static str, &'static str)>, u64)> {
    let field = (proptest::sample::select(FIELDS), proptest::sample::select(VALUES));
    (proptest::sample::select(ACTIONS), proptest::collection::vec(field, 0..7), 0..500_u64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_call_gets_an_answer_and_time_goes_on(calls in proptest::collection::vec(call(), 1..24)) {
        let sandbox = Sandbox::open_at("generated:12:3", opening()).unwrap();
        let client = Client::new(&sandbox, "generated", "eu-west-1");
        let name = client.auto_scaling("DescribeAutoScalingGroups", "").good().text("AutoScalingGroupName").unwrap();
        for (action, fields, wait) in &calls {
            let server = client.auto_scaling("DescribeAutoScalingInstances", "").good().text("InstanceId");
            let server = server.unwrap_or_default();
            let mut body = form_urlencoded::Serializer::new(String::new());
            if !fields.iter().any(|(field, _)| *field == "AutoScalingGroupName") {
                body.append_pair("AutoScalingGroupName", &name);
            }
            for (field, value) in fields {
                let value = match *value {
                    "*" => &*server,
                    "g" => &*name,
                    value => value,
                };
                body.append_pair(field, value);
            }
            let answer = client.auto_scaling(action, &body.finish());
            prop_assert!(answer.status < 500 || answer.body.contains("InsufficientInstanceCapacity"), "{}", answer.body);
            sandbox.advance(Duration::from_secs(*wait));
        }
        sandbox.advance(Duration::from_secs(7_200));
        client.auto_scaling("DescribeAutoScalingGroups", "").good();
    }
}

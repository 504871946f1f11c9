//! Calls that change groups.

use std::time::Duration;

use crate::ask::{Answer, Client, text, texts};

fn advance(client: &Client, seconds: u64) {
    client.sandbox.advance(Duration::from_secs(seconds));
}

fn group(client: &Client, name: &str) -> String {
    client.auto_scaling("DescribeAutoScalingGroups", &format!("AutoScalingGroupNames.member.1={name}")).good().body
}

/// The lifecycle states of a group's servers, sorted.
fn states(client: &Client, name: &str) -> Vec<String> {
    let mut states = texts(&group(client, name), "LifecycleState");
    states.sort_unstable();
    states
}

fn in_service(client: &Client, name: &str) -> usize {
    states(client, name).iter().filter(|state| *state == "InService").count()
}

fn ids(client: &Client, name: &str) -> Vec<String> {
    texts(&group(client, name), "InstanceId")
}

fn newest(client: &Client, name: &str) -> String {
    let answer = client.auto_scaling("DescribeScalingActivities", &format!("AutoScalingGroupName={name}")).good();
    answer.each("ActivityId").into_iter().next().unwrap()
}

fn call(client: &Client, action: &str, name: &str, fields: &str) -> Answer {
    client.auto_scaling(action, &format!("AutoScalingGroupName={name}&{fields}"))
}

/// A group of a baked template in three zones.
fn create(client: &Client, name: &str, fields: &str) {
    let zones = "AvailabilityZones.member.1=eu-west-1a&AvailabilityZones.member.2=eu-west-1b&\
                 AvailabilityZones.member.3=eu-west-1c";
    let fields = format!("LaunchTemplate.LaunchTemplateName=kafka&{zones}&{fields}");
    call(client, "CreateAutoScalingGroup", name, &fields).good();
}

#[test]
fn a_new_group_fills_up_and_an_empty_one_can_be_deleted() {
    let client = Client::prod();
    let tags = "Tags.member.1.Key=team&Tags.member.1.Value=data&Tags.member.1.PropagateAtLaunch=true&\
                Tags.member.2.Key=cost&Tags.member.2.Value=7&Tags.member.2.PropagateAtLaunch=false";
    create(&client, "fresh", &format!("MinSize=1&MaxSize=5&DesiredCapacity=3&DefaultInstanceWarmup=90&{tags}"));
    let made = group(&client, "fresh");
    assert_eq!(text(&made, "DesiredCapacity"), "3");
    assert_eq!((text(&made, "HealthCheckType"), text(&made, "HealthCheckGracePeriod")), ("EC2".into(), "0".into()));
    assert_eq!((text(&made, "DefaultCooldown"), text(&made, "DefaultInstanceWarmup")), ("300".into(), "90".into()));
    advance(&client, 5);
    assert_eq!(states(&client, "fresh"), ["Pending"; 3]);
    let cause = text(&newest(&client, "fresh"), "Cause");
    assert!(
        cause.starts_with(
            "At 2026-11-02T08:00:00Z a user request created an AutoScalingGroup changing the desired capacity from 0 to \
             3.  At 2026-11-02T08:00:03Z an instance was started in response to a difference between desired and actual \
             capacity, increasing the capacity from 0 to 3."
        ),
        "{cause}"
    );
    advance(&client, 100);
    assert_eq!(states(&client, "fresh"), ["InService"; 3]);
    let mut zones = texts(group(&client, "fresh").split("<Instances>").nth(1).unwrap(), "AvailabilityZone");
    zones.sort_unstable();
    assert_eq!(zones, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
    let first = ids(&client, "fresh").remove(0);
    let server = client.ec2("DescribeInstances", &format!("InstanceId.1={first}")).good().body;
    assert!(server.contains("<key>team</key>") && !server.contains("<key>cost</key>"));
    assert!(server.contains("<key>aws:autoscaling:groupName</key><value>fresh</value>"));

    assert_eq!(call(&client, "DeleteAutoScalingGroup", "fresh", "").error().0, "ResourceInUse");
    call(&client, "UpdateAutoScalingGroup", "fresh", "MinSize=0&DesiredCapacity=0").good();
    advance(&client, 5);
    let cause = text(&newest(&client, "fresh"), "Cause");
    assert!(
        cause.contains("update of AutoScalingGroup constraints to min: 0, max: 5, desired: 0 changing the desired")
    );
    assert!(cause.contains("shrinking the capacity from 3 to 0.") && cause.contains("was selected for termination."));
    advance(&client, 120);
    call(&client, "DeleteAutoScalingGroup", "fresh", "").good();
    assert_eq!(group(&client, "fresh").matches("AutoScalingGroupARN").count(), 0);
    let told = "AutoScalingGroupName=fresh&IncludeDeletedGroups=true";
    let told = client.auto_scaling("DescribeScalingActivities", told).good();
    assert_eq!(told.all("AutoScalingGroupState"), vec!["Deleted"; 6]);
    assert_eq!(
        client.auto_scaling("DescribeScalingActivities", "AutoScalingGroupName=fresh").error().0,
        "ValidationError"
    );
    // The name can be had again.
    create(&client, "fresh", "MinSize=0&MaxSize=1");
}

#[test]
fn a_forced_delete_ends_the_servers_first() {
    let client = Client::prod();
    let servers = ids(&client, "search-prod");
    call(&client, "DeleteAutoScalingGroup", "search-prod", "ForceDelete=true").good();
    assert_eq!(text(&group(&client, "search-prod"), "Status"), "Delete in progress");
    assert_eq!(call(&client, "SetDesiredCapacity", "search-prod", "DesiredCapacity=1").error().0, "ValidationError");
    advance(&client, 300);
    assert!(!group(&client, "search-prod").contains("AutoScalingGroupARN"));
    let server = client.ec2("DescribeInstances", &format!("InstanceId.1={}", servers[0])).good();
    assert!(server.body.contains("<name>terminated</name>"));
}

#[test]
fn what_auto_scaling_refuses_is_refused_in_its_words() {
    let client = Client::prod();
    let server = ids(&client, "billing-legacy").remove(0);
    let fresh = "AutoScalingGroupName=n&MinSize=0&MaxSize=1&AvailabilityZones.member.1=eu-west-1a";
    let template = "LaunchTemplate.LaunchTemplateName=kafka";
    let not_part = format!("The instance {server} is not part of Auto Scaling group bastion.");
    let no_action = format!("No active Lifecycle Action found with instance ID {server}");
    let cases: &[(&str, String, &str, &str)] = &[
        ("SetDesiredCapacity", "AutoScalingGroupName=bastion&DesiredCapacity=2".into(), "ValidationError", "New SetDesiredCapacity value 2 is above max value 1 for the AutoScalingGroup."),
        ("SetDesiredCapacity", "AutoScalingGroupName=bastion&DesiredCapacity=0".into(), "ValidationError", "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup."),
        ("SetDesiredCapacity", "AutoScalingGroupName=bastion&DesiredCapacity=x".into(), "MalformedInput", "x can not be converted"),
        ("TerminateInstanceInAutoScalingGroup", format!("InstanceId={server}&ShouldDecrementDesiredCapacity=true"), "ValidationError", "Currently, desiredSize equals minSize (8). Terminating instance without replacement will violate group's min size constraint."),
        ("TerminateInstanceInAutoScalingGroup", "InstanceId=i-00000000000000001&ShouldDecrementDesiredCapacity=true".into(), "ValidationError", "Instance Id not found - No managed instance found for instance ID i-00000000000000001"),
        ("TerminateInstanceInAutoScalingGroup", format!("InstanceId={server}"), "ValidationError", "Value null at 'shouldDecrementDesiredCapacity'"),
        ("EnterStandby", format!("AutoScalingGroupName=billing-legacy&InstanceIds.member.1={server}&ShouldDecrementDesiredCapacity=true"), "ValidationError", "AutoScalingGroup billing-legacy has min-size=8, max-size=8, and desired-size=8. To place into standby 1 more instance"),
        ("EnterStandby", format!("AutoScalingGroupName=bastion&InstanceIds.member.1={server}&ShouldDecrementDesiredCapacity=true"), "ValidationError", &not_part),
        ("ExitStandby", format!("AutoScalingGroupName=billing-legacy&InstanceIds.member.1={server}"), "ValidationError", "is not in Standby."),
        ("UpdateAutoScalingGroup", "AutoScalingGroupName=bastion&MaxSize=0".into(), "ValidationError", "Max bound, 0, must be greater than or equal to min bound, 1"),
        ("UpdateAutoScalingGroup", "AutoScalingGroupName=bastion&DesiredCapacity=4".into(), "ValidationError", "Desired capacity:4 must be between the specified min size:1 and max size:1"),
        ("UpdateAutoScalingGroup", "AutoScalingGroupName=bastion&MaxInstanceLifetime=3600".into(), "ValidationError", "86400"),
        ("UpdateAutoScalingGroup", "AutoScalingGroupName=bastion&InstanceMaintenancePolicy.MinHealthyPercentage=50&InstanceMaintenancePolicy.MaxHealthyPercentage=180".into(), "ValidationError", "cannot be greater than 100"),
        ("UpdateAutoScalingGroup", "AutoScalingGroupName=bastion&LaunchTemplate.LaunchTemplateName=bastion&LaunchTemplate.Version=99".into(), "ValidationError", "Could not find launch template version 99"),
        ("UpdateAutoScalingGroup", "AutoScalingGroupName=none".into(), "ValidationError", "AutoScalingGroup name not found"),
        ("CreateAutoScalingGroup", fresh.to_owned(), "ValidationError", "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter."),
        ("CreateAutoScalingGroup", format!("AutoScalingGroupName=bastion&MinSize=0&MaxSize=1&AvailabilityZones.member.1=eu-west-1a&{template}"), "AlreadyExists", "A group with the name bastion already exists"),
        ("CreateAutoScalingGroup", format!("AutoScalingGroupName=n&MinSize=0&MaxSize=1&{template}"), "ValidationError", "At least one Availability Zone or VPC Subnet is required."),
        ("CreateAutoScalingGroup", format!("{fresh}&LaunchTemplate.LaunchTemplateName=nothing"), "ValidationError", "You must use a valid fully-formed launch template. The specified launch template, with template name nothing, does not exist."),
        ("CreateAutoScalingGroup", format!("{fresh}&{template}&TargetGroupARNs.member.1=arn:x"), "ValidationError", "One or more target groups not found. Validating load balancer configuration failed."),
        ("CreateAutoScalingGroup", format!("{fresh}&{template}&Tags.member.1.Key=aws:x"), "ValidationError", "aws:"),
        ("CreateAutoScalingGroup", format!("{fresh}&{template}&Context=x"), "ValidationError", "does not simulate Context"),
        ("DeleteLaunchConfiguration", "LaunchConfigurationName=billing-lc-20250916".into(), "ResourceInUse", "because it is attached to an AutoScalingGroup"),
        ("SuspendProcesses", "AutoScalingGroupName=bastion&ScalingProcesses.member.1=Sleep".into(), "ValidationError", "Sleep"),
        ("SetInstanceHealth", format!("InstanceId={server}&HealthStatus=Poorly"), "ValidationError", "Poorly"),
        ("DeleteWarmPool", "AutoScalingGroupName=bastion".into(), "ValidationError", "No warm pool found"),
        ("PutWarmPool", "AutoScalingGroupName=batch-prod".into(), "ValidationError", "mixed instances policy"),
        ("PutLifecycleHook", "AutoScalingGroupName=bastion&LifecycleHookName=h".into(), "ValidationError", "LifecycleTransition"),
        ("CompleteLifecycleAction", format!("AutoScalingGroupName=bastion&LifecycleHookName=h&LifecycleActionResult=CONTINUE&InstanceId={server}"), "ValidationError", &no_action),
    ];
    for (action, fields, code, words) in cases {
        let (found, message) = client.auto_scaling(action, fields).error();
        assert!(found == *code && message.contains(words), "{action} {fields}: {found} {message}");
    }
}

#[test]
fn desired_capacity_is_set_and_its_cooldown_honoured() {
    let client = Client::prod();
    call(&client, "SetDesiredCapacity", "search-prod", "DesiredCapacity=22").good();
    advance(&client, 10);
    let cause = text(&newest(&client, "search-prod"), "Cause");
    assert!(
        cause.contains(
            "a user request explicitly set group desired capacity changing the desired capacity from 20 to 22."
        )
    );
    let busy = call(&client, "SetDesiredCapacity", "search-prod", "DesiredCapacity=21&HonorCooldown=true").error();
    assert_eq!(busy.0, "ScalingActivityInProgress");
    assert!(busy.1.ends_with("is in progress and blocks this action"));
    advance(&client, 2_000);
    assert_eq!(in_service(&client, "search-prod"), 22);
    call(&client, "SetDesiredCapacity", "search-prod", "DesiredCapacity=20&HonorCooldown=true").good();
    advance(&client, 300);
    assert_eq!(states(&client, "search-prod"), ["InService"; 20]);
    // The oldest version of the template goes first, not what was launched just now.
    let versions = texts(group(&client, "search-prod").split("<Instances>").nth(1).unwrap(), "Version");
    assert_eq!(versions.iter().filter(|version| *version == "7").count(), 4);
}

#[test]
fn a_server_is_ended_by_its_group_with_or_without_a_successor() {
    let client = Client::prod();
    let servers = ids(&client, "search-prod");
    let fields = format!("InstanceId={}&ShouldDecrementDesiredCapacity=true", servers[0]);
    let answer = client.auto_scaling("TerminateInstanceInAutoScalingGroup", &fields).good();
    assert_eq!(answer.text("Description").unwrap(), format!("Terminating EC2 instance: {}", servers[0]));
    assert_eq!(
        answer.text("Cause").unwrap(),
        format!(
            "At 2026-11-02T08:00:00Z instance {} was taken out of service in response to a user request, shrinking the \
             capacity from 20 to 19.",
            servers[0]
        )
    );
    let again = client.auto_scaling("TerminateInstanceInAutoScalingGroup", &fields).error();
    assert_eq!(again.0, "ScalingActivityInProgress");
    assert_eq!(text(&newest(&client, "search-prod"), "StatusCode"), "WaitingForELBConnectionDraining");
    advance(&client, 300);
    assert_eq!(states(&client, "search-prod"), ["InService"; 19]);
    let fields = format!("InstanceId={}&ShouldDecrementDesiredCapacity=false", servers[1]);
    client.auto_scaling("TerminateInstanceInAutoScalingGroup", &fields).good();
    advance(&client, 10);
    let told = newest(&client, "search-prod");
    assert!(text(&told, "Cause").contains("increasing the capacity from 18 to 19."), "{told}");
    advance(&client, 2_000);
    assert_eq!(states(&client, "search-prod"), ["InService"; 19]);
    // Several at once are told as a list.
    let fields = format!(
        "AutoScalingGroupName=search-prod&InstanceIds.member.1={}&InstanceIds.member.2={}&ShouldDecrementDesiredCapacity=false",
        servers[2], servers[3]
    );
    let several = client.auto_scaling("TerminateInstanceInAutoScalingGroup", &fields).good();
    assert_eq!(several.all("ActivityId").len(), 2);
}

#[test]
fn standby_does_not_count_and_comes_back() {
    let client = Client::prod();
    let server = ids(&client, "search-prod").remove(5);
    let with = format!("InstanceIds.member.1={server}&ShouldDecrementDesiredCapacity=true");
    let answer = call(&client, "EnterStandby", "search-prod", &with).good();
    assert_eq!(answer.text("Description").unwrap(), format!("Moving EC2 instance to Standby: {server}"));
    assert!(
        answer
            .text("Cause")
            .unwrap()
            .contains("was moved to standby in response to a user request, shrinking the capacity from 20 to 19.")
    );
    advance(&client, 3_000);
    let mut expected = vec!["InService".to_owned(); 19];
    expected.push("Standby".into());
    assert_eq!(states(&client, "search-prod"), expected);
    let told = client.auto_scaling("DescribeAutoScalingInstances", &format!("InstanceIds.member.1={server}")).good();
    assert_eq!(told.text("LifecycleState").unwrap(), "Standby");
    let back = call(&client, "ExitStandby", "search-prod", &format!("InstanceIds.member.1={server}")).good();
    assert_eq!(
        (back.text("StatusCode").unwrap(), back.text("Progress").unwrap()),
        ("PreInService".into(), "30".into())
    );
    assert_eq!(states(&client, "search-prod").iter().filter(|state| *state == "Pending").count(), 1);
    advance(&client, 60);
    assert_eq!(states(&client, "search-prod"), ["InService"; 20]);
}

#[test]
fn servers_are_detached_and_attached_alive() {
    let client = Client::prod();
    let server = ids(&client, "search-prod").remove(7);
    let with = format!("InstanceIds.member.1={server}&ShouldDecrementDesiredCapacity=true");
    call(&client, "DetachInstances", "search-prod", &with).good();
    advance(&client, 60);
    assert_eq!(states(&client, "search-prod"), ["InService"; 19]);
    let described = client.ec2("DescribeInstances", &format!("InstanceId.1={server}")).good();
    assert!(described.body.contains("<name>running</name>") && !described.body.contains("aws:autoscaling:groupName"));
    call(&client, "AttachInstances", "search-prod", &format!("InstanceIds.member.1={server}")).good();
    advance(&client, 60);
    assert_eq!(states(&client, "search-prod"), ["InService"; 20]);
    let twice = call(&client, "AttachInstances", "search-prod", &format!("InstanceIds.member.1={server}")).error();
    assert!(twice.1.contains("already part"));
}

#[test]
fn protected_servers_stay_when_a_group_shrinks() {
    let client = Client::prod();
    create(&client, "small", "MinSize=0&MaxSize=6&DesiredCapacity=4&NewInstancesProtectedFromScaleIn=true");
    advance(&client, 200);
    call(&client, "SetDesiredCapacity", "small", "DesiredCapacity=1").good();
    advance(&client, 600);
    assert_eq!(states(&client, "small"), ["InService"; 4]);
    let servers = ids(&client, "small");
    let with =
        format!("ProtectedFromScaleIn=false&InstanceIds.member.1={}&InstanceIds.member.2={}", servers[1], servers[2]);
    call(&client, "SetInstanceProtection", "small", &with).good();
    advance(&client, 600);
    assert_eq!(ids(&client, "small"), [servers[0].clone(), servers[3].clone()]);
}

#[test]
fn a_server_that_is_told_unhealthy_goes_after_its_grace() {
    let client = Client::prod();
    let server = ids(&client, "search-prod").remove(3);
    let with = format!("InstanceId={server}&HealthStatus=Unhealthy");
    client.auto_scaling("SetInstanceHealth", &with).good();
    advance(&client, 10);
    assert!(text(&newest(&client, "search-prod"), "Cause").len() > 10);
    let told = client.auto_scaling("DescribeScalingActivities", "AutoScalingGroupName=search-prod").good();
    assert!(told.body.contains("in response to a user health-check."));
    // One that is new is in its grace period.
    create(&client, "small", "MinSize=0&MaxSize=6&DesiredCapacity=1&HealthCheckGracePeriod=3600");
    advance(&client, 200);
    let young = ids(&client, "small").remove(0);
    client.auto_scaling("SetInstanceHealth", &format!("InstanceId={young}&HealthStatus=Unhealthy")).good();
    assert!(group(&client, "small").contains("<HealthStatus>Healthy</HealthStatus>"));
    let at_once = format!("InstanceId={young}&HealthStatus=Unhealthy&ShouldRespectGracePeriod=false");
    client.auto_scaling("SetInstanceHealth", &at_once).good();
    assert!(group(&client, "small").contains("<HealthStatus>Unhealthy</HealthStatus>"));
    advance(&client, 300);
    assert!(!ids(&client, "small").contains(&young));
    assert_eq!(states(&client, "small"), ["InService"]);
}

#[test]
fn a_suspended_process_stands_still_until_it_is_resumed() {
    let client = Client::prod();
    call(&client, "SuspendProcesses", "search-prod", "ScalingProcesses.member.1=Launch").good();
    let told = group(&client, "search-prod");
    assert_eq!(texts(&told, "ProcessName"), ["AZRebalance", "Launch"]);
    assert!(told.contains("User suspended at 2026-11-02T08:00:00Z"));
    call(&client, "SetDesiredCapacity", "search-prod", "DesiredCapacity=21").good();
    advance(&client, 3_600);
    assert_eq!(in_service(&client, "search-prod"), 20);
    call(&client, "ResumeProcesses", "search-prod", "ScalingProcesses.member.1=Launch").good();
    advance(&client, 2_000);
    assert_eq!(in_service(&client, "search-prod"), 21);
    // An unhealthy server stays as long as ReplaceUnhealthy is suspended.
    let server = ids(&client, "billing-legacy").remove(0);
    client.ec2("TerminateInstances", &format!("InstanceId.1={server}")).good();
    advance(&client, 1_000);
    assert!(group(&client, "billing-legacy").contains("<HealthStatus>Unhealthy</HealthStatus>"));
    call(&client, "ResumeProcesses", "billing-legacy", "").good();
    advance(&client, 2_000);
    assert!(!ids(&client, "billing-legacy").contains(&server));
    // Its image is gone: what is lost there does not come back.
    assert_eq!(states(&client, "billing-legacy"), ["InService"; 7]);
    let told = text(&newest(&client, "billing-legacy"), "StatusMessage");
    assert!(
        told.starts_with("The image id '[ami-") && told.ends_with("does not exist. Launching EC2 instance failed.")
    );
}

#[test]
fn a_hook_holds_a_launch_until_it_is_answered_or_times_out() {
    let client = Client::prod();
    let hook = "LifecycleHookSpecificationList.member.1.LifecycleHookName=ready&\
                LifecycleHookSpecificationList.member.1.LifecycleTransition=autoscaling:EC2_INSTANCE_LAUNCHING&\
                LifecycleHookSpecificationList.member.1.HeartbeatTimeout=600";
    create(&client, "small", &format!("MinSize=0&MaxSize=2&DesiredCapacity=1&{hook}"));
    let described = call(&client, "DescribeLifecycleHooks", "small", "").good();
    assert_eq!(
        (described.text("GlobalTimeout").unwrap(), described.text("DefaultResult").unwrap()),
        ("60000".into(), "ABANDON".into())
    );
    advance(&client, 120);
    assert_eq!(states(&client, "small"), ["Pending:Wait"]);
    assert_eq!(text(&newest(&client, "small"), "StatusCode"), "MidLifecycleAction");
    let server = ids(&client, "small").remove(0);
    let with = format!("LifecycleHookName=ready&InstanceId={server}");
    advance(&client, 400);
    call(&client, "RecordLifecycleActionHeartbeat", "small", &with).good();
    advance(&client, 400);
    assert_eq!(states(&client, "small"), ["Pending:Wait"]);
    call(&client, "CompleteLifecycleAction", "small", &format!("{with}&LifecycleActionResult=CONTINUE")).good();
    assert_eq!(states(&client, "small"), ["InService"]);
    // The next one finds nobody to answer.
    call(&client, "SetDesiredCapacity", "small", "DesiredCapacity=2").good();
    advance(&client, 750);
    let told = client.auto_scaling("DescribeScalingActivities", "AutoScalingGroupName=small").good();
    assert!(told.body.contains("was abandoned: Heartbeat Timeout"), "{}", told.body);
    call(&client, "DeleteLifecycleHook", "small", "LifecycleHookName=ready").good();
    advance(&client, 300);
    assert_eq!(in_service(&client, "small"), 2);
    // A hook on the way out.
    let out = "LifecycleHookName=bye&LifecycleTransition=autoscaling:EC2_INSTANCE_TERMINATING&DefaultResult=CONTINUE&HeartbeatTimeout=900";
    call(&client, "PutLifecycleHook", "small", out).good();
    call(&client, "SetDesiredCapacity", "small", "DesiredCapacity=1").good();
    advance(&client, 600);
    assert_eq!(states(&client, "small"), ["InService", "Terminating:Wait"]);
    advance(&client, 600);
    assert_eq!(states(&client, "small"), ["InService"]);
}

#[test]
fn a_warm_pool_is_kept_drawn_from_and_given_back_to() {
    let client = Client::prod();
    advance(&client, 1_200);
    let pool = || {
        let answer = call(&client, "DescribeWarmPool", "ci-runners", "").good();
        let mut states = answer.all("LifecycleState");
        states.sort_unstable();
        states
    };
    // 24 may be prepared, 16 are wanted.
    assert_eq!(pool(), ["Warmed:Stopped"; 8]);
    assert_eq!(text(&group(&client, "ci-runners"), "WarmPoolSize"), "8");
    call(&client, "SetDesiredCapacity", "ci-runners", "DesiredCapacity=18").good();
    advance(&client, 10);
    let told = newest(&client, "ci-runners");
    assert!(text(&told, "Description").starts_with("Launching a new EC2 instance from warm pool: i-"), "{told}");
    // Quicker than a first boot of 240 s.
    advance(&client, 90);
    assert_eq!(in_service(&client, "ci-runners"), 18);
    assert_eq!(pool().len(), 6);
    call(&client, "SetDesiredCapacity", "ci-runners", "DesiredCapacity=16").good();
    advance(&client, 100);
    assert_eq!((in_service(&client, "ci-runners"), pool().len()), (16, 8));
    let told = newest(&client, "ci-runners");
    assert!(text(&told, "Description").starts_with("Returning EC2 instance to warm pool: i-"), "{told}");
    call(&client, "DeleteWarmPool", "ci-runners", "").good();
    assert_eq!(text(&group(&client, "ci-runners"), "Status"), "PendingDelete");
    advance(&client, 200);
    assert_eq!(group(&client, "ci-runners").matches("WarmPoolSize").count(), 0);
}

#[test]
fn a_launch_that_can_not_be_made_is_told_and_tried_again() {
    let client = Client::prod();
    create(&client, "small", "MinSize=0&MaxSize=2&DesiredCapacity=1");
    let faults = "capacity:group=small,count=6";
    client.sandbox.inject(faults.parse().unwrap());
    advance(&client, 30);
    let told = newest(&client, "small");
    assert_eq!(text(&told, "StatusCode"), "Failed");
    assert!(text(&told, "StatusMessage").ends_with("Launching EC2 instance failed."), "{told}");
    assert!(text(&told, "StatusMessage").contains("sufficient i4i.xlarge capacity"), "{told}");
    advance(&client, 1_800);
    assert_eq!(states(&client, "small"), ["InService"]);
}

#[test]
fn a_mixed_group_counts_its_weights_and_its_on_demand_base() {
    let client = Client::prod();
    let policy = "MixedInstancesPolicy.LaunchTemplate";
    let distribution = "MixedInstancesPolicy.InstancesDistribution";
    let fields = format!(
        "AutoScalingGroupName=mixed&MinSize=0&MaxSize=40&DesiredCapacity=20&\
         AvailabilityZones.member.1=eu-west-1a&AvailabilityZones.member.2=eu-west-1b&\
         {policy}.LaunchTemplateSpecification.LaunchTemplateName=kafka&{policy}.LaunchTemplateSpecification.Version=$Latest&\
         {policy}.Overrides.member.1.InstanceType=c6i.xlarge&{policy}.Overrides.member.1.WeightedCapacity=2&\
         {policy}.Overrides.member.2.InstanceType=c6i.2xlarge&{policy}.Overrides.member.2.WeightedCapacity=4&\
         {distribution}.OnDemandBaseCapacity=6&{distribution}.OnDemandPercentageAboveBaseCapacity=0&\
         {distribution}.SpotAllocationStrategy=price-capacity-optimized"
    );
    client.auto_scaling("CreateAutoScalingGroup", &fields).good();
    advance(&client, 200);
    let told = group(&client, "mixed");
    assert_eq!(text(&told, "DesiredCapacityType"), "units");
    let servers = told.split("<Instances>").nth(1).unwrap().split("</Instances>").next().unwrap();
    let units: u32 = texts(servers, "WeightedCapacity").iter().map(|weight| weight.parse::<u32>().unwrap()).sum();
    assert!((20..24).contains(&units), "{units}");
    let spot =
        client.ec2("DescribeInstances", "Filter.1.Name=tag:aws:autoscaling:groupName&Filter.1.Value.1=mixed").good();
    let on_demand = spot.each("instanceId").iter().filter(|one| !one.contains("<instanceLifecycle>spot")).count();
    // Three of two units each.
    assert_eq!(on_demand, 3);
}

#[test]
fn launch_instances_does_the_same_request_once() {
    let client = Client::prod();
    create(&client, "small", "MinSize=0&MaxSize=4");
    let with = "RequestedCapacity=2&ClientToken=once&AvailabilityZones.member.1=eu-west-1b";
    let first = call(&client, "LaunchInstances", "small", with).good();
    assert_eq!(
        (first.text("InstanceType").unwrap(), first.text("MarketType").unwrap()),
        ("i4i.xlarge".into(), "on-demand".into())
    );
    let again = call(&client, "LaunchInstances", "small", with).good();
    let listed = |answer: &Answer| texts(answer.body.split("<InstanceIds>").nth(1).unwrap(), "member");
    assert_eq!(listed(&first)[..2], listed(&again)[..2]);
    assert_eq!(text(&group(&client, "small"), "DesiredCapacity"), "2");
    let other = call(&client, "LaunchInstances", "small", &with.replace("=2", "=1")).error();
    assert_eq!(other.0, "IdempotentParameterMismatch");
    advance(&client, 200);
    assert_eq!(states(&client, "small"), ["InService"; 2]);
    let many = call(&client, "LaunchInstances", "small", &with.replace("=2", "=9").replace("once", "twice")).error();
    assert_eq!(many.0, "ValidationError");
}

#[test]
fn tags_of_groups_are_put_told_and_taken_away() {
    let client = Client::prod();
    let tag = "Tags.member.1.ResourceId=bastion&Tags.member.1.ResourceType=auto-scaling-group&Tags.member.1.Key=owner";
    client.auto_scaling("CreateOrUpdateTags", &format!("{tag}&Tags.member.1.Value=ops")).good();
    let asked = "Filters.member.1.Name=auto-scaling-group&Filters.member.1.Values.member.1=bastion";
    let told = client.auto_scaling("DescribeTags", asked).good();
    assert_eq!(told.all("Key"), ["emberline:protect", "env", "service", "owner"]);
    client.auto_scaling("DeleteTags", &format!("{tag}&Tags.member.1.Value=other")).good();
    assert_eq!(client.auto_scaling("DescribeTags", asked).good().all("Key").len(), 4);
    client.auto_scaling("DeleteTags", tag).good();
    assert_eq!(client.auto_scaling("DescribeTags", asked).good().all("Key").len(), 3);
}

#[test]
fn a_launch_configuration_is_created_used_and_deleted() {
    let client = Client::prod();
    let image = text(&client.ec2("DescribeInstances", "MaxResults=5").good().body, "imageId");
    let fields =
        format!("LaunchConfigurationName=old&ImageId={image}&InstanceType=m5.large&KeyName=k&UserData=IyEvYmluL3No");
    client.auto_scaling("CreateLaunchConfiguration", &fields).good();
    assert_eq!(client.auto_scaling("CreateLaunchConfiguration", &fields).error().0, "AlreadyExists");
    let zones = "AvailabilityZones.member.1=eu-west-1a";
    call(&client, "CreateAutoScalingGroup", "lc", &format!("MinSize=1&MaxSize=1&LaunchConfigurationName=old&{zones}"))
        .good();
    advance(&client, 200);
    assert_eq!(states(&client, "lc"), ["InService"]);
    assert_eq!(
        client.auto_scaling("DeleteLaunchConfiguration", "LaunchConfigurationName=old").error().0,
        "ResourceInUse"
    );
    call(&client, "UpdateAutoScalingGroup", "lc", "LaunchTemplate.LaunchTemplateName=kafka").good();
    client.auto_scaling("DeleteLaunchConfiguration", "LaunchConfigurationName=old").good();
    let left = client.auto_scaling("DescribeLaunchConfigurations", "LaunchConfigurationNames.member.1=old").good();
    assert_eq!(left.all("LaunchConfigurationName").len(), 0);
}

#[test]
fn an_overrides_own_image_is_told_of_its_servers() {
    let client = Client::prod();
    let asked = "LaunchTemplateName=web&LaunchTemplateVersion.1=$Latest";
    let known = client.ec2("DescribeLaunchTemplateVersions", asked).good();
    let image = known.text("imageId").unwrap();
    let policy = "MixedInstancesPolicy.LaunchTemplate";
    let fields = format!(
        "AutoScalingGroupName=own&MinSize=0&MaxSize=2&DesiredCapacity=1&AvailabilityZones.member.1=eu-west-1a&\
         {policy}.LaunchTemplateSpecification.LaunchTemplateName=kafka&\
         {policy}.Overrides.member.1.InstanceType=m6i.large&{policy}.Overrides.member.1.ImageId={image}"
    );
    client.auto_scaling("CreateAutoScalingGroup", &fields).good();
    advance(&client, 10);
    let told = group(&client, "own");
    let listed = told.split("<Instances>").nth(1).unwrap();
    assert_eq!((text(listed, "ImageId"), text(listed, "InstanceType")), (image.clone(), "m6i.large".into()));
    let server = client.ec2("DescribeInstances", &format!("InstanceId.1={}", text(listed, "InstanceId"))).good();
    assert_eq!(server.text("imageId").unwrap(), image);
    assert!(!group(&client, "web-prod").contains("<ImageId>"));
}

#[test]
fn a_group_that_is_deleted_ends_its_refresh_with_it() {
    let client = Client::prod();
    advance(&client, 400);
    call(&client, "DeleteAutoScalingGroup", "web-prod", "ForceDelete=true").good();
    advance(&client, 1_200);
    assert!(!group(&client, "web-prod").contains("AutoScalingGroupARN"));
    let asked = "Filter.1.Name=tag:aws:autoscaling:groupName&Filter.1.Value.1=web-prod&\
                 Filter.2.Name=instance-state-name&Filter.2.Value.1=running&Filter.2.Value.2=pending";
    assert_eq!(client.ec2("DescribeInstances", asked).good().all("instanceId").len(), 0);
}

#[test]
fn what_was_asked_for_is_no_cause_of_what_comes_later() {
    let client = Client::prod();
    create(&client, "small", "MinSize=0&MaxSize=6&DesiredCapacity=2&NewInstancesProtectedFromScaleIn=true");
    advance(&client, 200);
    // Nobody may go, so this comes to nothing.
    call(&client, "SetDesiredCapacity", "small", "DesiredCapacity=1").good();
    advance(&client, 200);
    for server in ids(&client, "small") {
        client.ec2("TerminateInstances", &format!("InstanceId.1={server}")).good();
    }
    advance(&client, 400);
    assert_eq!(states(&client, "small"), ["InService"]);
    let cause = text(&newest(&client, "small"), "Cause");
    assert!(!cause.contains("user request") && cause.contains("needed to be replaced"), "{cause}");
}

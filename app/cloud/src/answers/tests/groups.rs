//! `DescribeAutoScalingGroups`.

use aws_sdk_autoscaling::types;
use fleet::Time;

use super::super::groups::{Group, Groups, Member, Mixed, Override, TemplateSpecification};
use super::super::tags::Tag;
use super::super::{Page, read};
use super::sdk::{self, some};

fn specification(one: &types::LaunchTemplateSpecification) -> TemplateSpecification<'_> {
    TemplateSpecification {
        id: some(one.launch_template_id()),
        name: some(one.launch_template_name()),
        version: some(one.version()),
    }
}

fn member(one: &types::Instance) -> Member<'_> {
    Member {
        server: some(one.instance_id()),
        lifecycle: some(one.lifecycle_state().map(types::LifecycleState::as_str)),
        health: some(one.health_status()),
        launch_configuration: some(one.launch_configuration_name()),
        launch_template: one.launch_template().map(specification),
        image: some(one.image_id()),
        protected: one.protected_from_scale_in(),
        weight: some(one.weighted_capacity()),
    }
}

fn mixed(one: &types::LaunchTemplate) -> Mixed<'_> {
    let overrides = one.overrides().iter().map(|row| Override {
        instance_type: some(row.instance_type()),
        weight: some(row.weighted_capacity()),
        specification: row.launch_template_specification().map(specification),
        image: some(row.image_id()),
    });
    Mixed { specification: one.launch_template_specification().map(specification), overrides: overrides.collect() }
}

fn group(row: &types::AutoScalingGroup) -> Group<'_> {
    let maintenance = row.instance_maintenance_policy();
    Group {
        name: some(row.auto_scaling_group_name()),
        arn: some(row.auto_scaling_group_arn()),
        launch_template: row.launch_template().map(specification),
        launch_configuration: some(row.launch_configuration_name()),
        mixed: row.mixed_instances_policy().and_then(|policy| policy.launch_template()).map(mixed),
        desired: row.desired_capacity(),
        min: row.min_size(),
        max: row.max_size(),
        max_instance_lifetime_s: row.max_instance_lifetime(),
        min_healthy_percent: maintenance.and_then(types::InstanceMaintenancePolicy::min_healthy_percentage),
        max_healthy_percent: maintenance.and_then(types::InstanceMaintenancePolicy::max_healthy_percentage),
        warm_up_s: row.default_instance_warmup(),
        grace_s: row.health_check_grace_period(),
        suspended: row.suspended_processes().iter().filter_map(|one| some(one.process_name())).collect(),
        has_warm_pool: row.warm_pool_configuration().is_some(),
        members: row.instances().iter().map(member).collect(),
        operator: some(row.operator().and_then(|operator| operator.principal()).filter(|text| !text.is_empty())),
        created: row.created_time().and_then(|at| Time::from_epoch_s(at.secs())),
        tags: row.tags().iter().map(|tag| Tag { key: some(tag.key()), value: some(tag.value()) }).collect(),
    }
}

/// As the SDK has it, which makes up what AWS must tell and did not; we leave it unknown.
fn made_up(mut row: Group<'_>) -> Group<'_> {
    row.name.get_or_insert_default();
    for size in [&mut row.desired, &mut row.min, &mut row.max] {
        size.get_or_insert_default();
    }
    for member in &mut row.members {
        member.server.get_or_insert_default();
        member.lifecycle.get_or_insert("no value was set".into());
        member.health.get_or_insert_default();
        member.protected.get_or_insert_default();
    }
    row.operator = row.operator.filter(|operator| !operator.is_empty());
    row
}

/// Whether both read the same, and how much that was; none where one of them refuses the answer.
pub(super) fn compared(bytes: &[u8]) -> Option<usize> {
    if !sdk::reads_to_the_end(bytes) {
        return None;
    }
    let ours: Page<Group<'_>> = read::<Groups>(bytes).ok()?;
    let theirs = sdk::wait(sdk::autoscaling(bytes).describe_auto_scaling_groups().send()).ok()?;
    let listed: Vec<Group<'_>> = theirs.auto_scaling_groups().iter().map(group).collect();
    assert_eq!(ours.items.into_iter().map(made_up).collect::<Vec<_>>(), listed);
    assert_eq!(ours.next_token.as_deref(), theirs.next_token());
    Some(listed.len())
}

/// Groups with every field that rows are made of.
pub(super) const WHOLE: &str = r#"<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
  <DescribeAutoScalingGroupsResult>
    <NextToken>a&lt;b</NextToken>
    <AutoScalingGroups>
      <member>
        <AutoScalingGroupName>web &amp; co</AutoScalingGroupName>
        <AutoScalingGroupARN>arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:1:autoScalingGroupName/web</AutoScalingGroupARN>
        <LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><LaunchTemplateName>web</LaunchTemplateName>
          <Version>$Latest</Version></LaunchTemplate>
        <MinSize>1</MinSize><MaxSize>9</MaxSize><DesiredCapacity>3</DesiredCapacity><DefaultCooldown>300</DefaultCooldown>
        <DefaultInstanceWarmup>60</DefaultInstanceWarmup><HealthCheckGracePeriod>90</HealthCheckGracePeriod>
        <MaxInstanceLifetime>2592000</MaxInstanceLifetime>
        <InstanceMaintenancePolicy><MinHealthyPercentage>-1</MinHealthyPercentage>
          <MaxHealthyPercentage>120</MaxHealthyPercentage></InstanceMaintenancePolicy>
        <Instances>
          <member><InstanceId>i-1</InstanceId><InstanceType>m7g.large</InstanceType><LifecycleState>InService</LifecycleState>
            <HealthStatus>Healthy</HealthStatus><LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId>
            <Version>12</Version></LaunchTemplate><ProtectedFromScaleIn>false</ProtectedFromScaleIn>
            <WeightedCapacity>2</WeightedCapacity><ImageId>ami-1</ImageId></member>
          <member><InstanceId>i-2</InstanceId><LaunchConfigurationName>old</LaunchConfigurationName></member>
        </Instances>
        <CreatedTime>2026-05-01T10:00:00.000Z</CreatedTime>
        <SuspendedProcesses><member><ProcessName>AZRebalance</ProcessName><SuspensionReason>x</SuspensionReason></member>
        </SuspendedProcesses>
        <WarmPoolConfiguration><MinSize>1</MinSize></WarmPoolConfiguration>
        <Tags><member><ResourceId>web</ResourceId><Key>team</Key><Value>a</Value></member></Tags>
        <Operator><Principal>eks.amazonaws.com</Principal></Operator>
      </member>
      <member>
        <AutoScalingGroupName>mixed</AutoScalingGroupName>
        <MixedInstancesPolicy><LaunchTemplate>
          <LaunchTemplateSpecification><LaunchTemplateId>lt-2</LaunchTemplateId></LaunchTemplateSpecification>
          <Overrides>
            <member><InstanceType>m7g.large</InstanceType><WeightedCapacity>4</WeightedCapacity></member>
            <member><ImageId>ami-2</ImageId><LaunchTemplateSpecification><LaunchTemplateName>arm</LaunchTemplateName>
              <Version>3</Version></LaunchTemplateSpecification></member>
          </Overrides>
        </LaunchTemplate><InstancesDistribution/></MixedInstancesPolicy>
      </member>
      <member><LaunchConfigurationName>old</LaunchConfigurationName></member>
    </AutoScalingGroups>
  </DescribeAutoScalingGroupsResult>
  <ResponseMetadata><RequestId>7c6e177f-f082-11e1-ac58-example</RequestId></ResponseMetadata>
</DescribeAutoScalingGroupsResponse>
"#;

#[test]
fn every_field_is_read_as_the_sdk_reads_it() {
    assert_eq!(compared(WHOLE.as_bytes()), Some(3));
    let page = read::<Groups>(WHOLE.as_bytes()).unwrap();
    assert_eq!(page.next_token.as_deref(), Some("a<b"));
    let [web, mixed, _] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!((web.name.as_deref(), web.has_warm_pool, web.members.len()), (Some("web & co"), true, 2));
    assert_eq!((web.warm_up_s, web.grace_s), (Some(60), Some(90)));
    assert_eq!((web.min_healthy_percent, web.max_healthy_percent), (Some(-1), Some(120)));
    assert_eq!(mixed.mixed.as_ref().unwrap().overrides[1].image.as_deref(), Some("ami-2"));
}

#[test]
fn what_the_sandbox_says_is_read_as_the_sdk_reads_it() {
    let pages = sdk::answers("", "DescribeAutoScalingGroups", "autoscaling", "&MaxRecords=5");
    let read: usize = pages.iter().map(|page| compared(page).unwrap()).sum();
    assert!(read >= 14, "{read} groups");
}

//! Groups with their members and hooks, what they launch from, and their instance refreshes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aws_sdk_autoscaling::operation::describe_instance_refreshes::DescribeInstanceRefreshesOutput;
use aws_sdk_autoscaling::types::{
    AutoScalingGroup, Instance, InstanceMaintenancePolicy, InstanceRefresh, InstanceRefreshStatus, LaunchTemplate,
    LaunchTemplateOverrides, LaunchTemplateSpecification, LifecycleHook, LifecycleState, TrafficSourceIdentifier,
};
use fleet::GapKind;
use jiff::Timestamp;
use operate::{
    ConfigurationFacts, GroupFacts, GroupLaunch, HookFacts, MemberFacts, Override, RefreshFacts, TemplateVersionRef,
};

use super::line::Line;
use super::told::{count, needed, tags, text, time};
use crate::api_call::ApiCall;
use crate::failure::Failure;

const GROUPS: ApiCall = ApiCall::new("autoscaling:DescribeAutoScalingGroups");
const CONFIGURATIONS: ApiCall = ApiCall::new("autoscaling:DescribeLaunchConfigurations");
const HOOKS: ApiCall = ApiCall::new("autoscaling:DescribeLifecycleHooks");
const REFRESHES: ApiCall = ApiCall::new("autoscaling:DescribeInstanceRefreshes");

/// The group with this name.
pub(super) async fn read(line: &Line, name: &str) -> Result<Option<GroupFacts>, Failure> {
    let call = line.reading.autoscaling.describe_auto_scaling_groups().auto_scaling_group_names(name);
    let answer = line.ask(GROUPS, call.send()).await?;
    let named = answer.auto_scaling_groups().iter().find(|group| group.auto_scaling_group_name() == Some(name));
    let Some(group) = named else { return Ok(None) };
    let call = line.reading.autoscaling.describe_lifecycle_hooks().auto_scaling_group_name(name);
    let hooks = line.ask(HOOKS, call.send()).await?;
    facts(name, group, hooks.lifecycle_hooks()).map(Some)
}

/// The launch configuration with this name.
pub(super) async fn configuration(line: &Line, name: &str) -> Result<Option<ConfigurationFacts>, Failure> {
    let call = line.reading.autoscaling.describe_launch_configurations().launch_configuration_names(name);
    let answer = line.ask(CONFIGURATIONS, call.send()).await?;
    let mut all = answer.launch_configurations().iter();
    let Some(found) = all.find(|one| one.launch_configuration_name() == Some(name)) else { return Ok(None) };
    let image = needed(text(found.image_id()), CONFIGURATIONS, "the image", name)?;
    Ok(Some(ConfigurationFacts { name: name.to_owned(), image }))
}

/// The instance refreshes of a group, newest first; one that has not begun yet is the newest.
pub(super) async fn refreshes(line: &Line, name: &str) -> Result<Vec<RefreshFacts>, Failure> {
    let request = |token| {
        let call = line.reading.autoscaling.describe_instance_refreshes().auto_scaling_group_name(name);
        call.max_records(100).set_next_token(token).send()
    };
    let pages = match line.pages(REFRESHES, request, DescribeInstanceRefreshesOutput::next_token).await {
        // A server on this machine that does not know the call (moto does not) can have no refresh under way. From
        // AWS's side such an answer comes of something in between, and tells nothing.
        Err(failure) if failure.kind == GapKind::Unsupported && line.is_loopback() => return Ok(Vec::new()),
        other => other?,
    };
    let all = pages.iter().flat_map(DescribeInstanceRefreshesOutput::instance_refreshes);
    let mut found = all.map(refresh).collect::<Result<Vec<_>, _>>()?;
    // Stable, so that AWS's own order, which is this one, stays where times do not tell.
    found.sort_by_key(|refresh| std::cmp::Reverse(refresh.started_at.map_or(i64::MAX, Timestamp::as_second)));
    Ok(found)
}

fn refresh(refresh: &InstanceRefresh) -> Result<RefreshFacts, Failure> {
    let id = needed(text(refresh.instance_refresh_id()), REFRESHES, "the id", "an instance refresh")?;
    let status = text(refresh.status().map(InstanceRefreshStatus::as_str));
    let desired = refresh.desired_configuration();
    let mixed = || desired?.mixed_instances_policy()?.launch_template()?.launch_template_specification();
    let template = desired.and_then(|desired| desired.launch_template()).or_else(mixed);
    Ok(RefreshFacts {
        status: needed(status, REFRESHES, "the status", &id)?,
        reason: text(refresh.status_reason()),
        percent: refresh.percentage_complete().and_then(|percent| u8::try_from(percent).ok()),
        to_update: refresh.instances_to_update().and_then(|count| u32::try_from(count).ok()),
        started_at: time(refresh.start_time()),
        ended_at: time(refresh.end_time()),
        template: template.and_then(numbered),
        id,
    })
}

/// A template version, where it is a number.
fn numbered(spec: &LaunchTemplateSpecification) -> Option<TemplateVersionRef> {
    Some(TemplateVersionRef { id: text(spec.launch_template_id())?, version: spec.version()?.parse().ok()? })
}

fn facts(name: &str, group: &AutoScalingGroup, hooks: &[LifecycleHook]) -> Result<GroupFacts, Failure> {
    let tags = tags(group.tags().iter().map(|tag| (tag.key(), tag.value())));
    let operator = text(group.operator().and_then(|operator| operator.principal()));
    let owner = fleet::owner_of_group(operator.as_deref(), &&tags).map(Cow::into_owned);
    let (target_groups, classic_load_balancers) = load_balancers(group);
    let mut members = group.instances().iter().map(|one| member(name, one)).collect::<Result<Vec<_>, _>>()?;
    members.retain(|member| !member.lifecycle.starts_with("Warmed:"));
    members.sort_by(|a, b| a.server.cmp(&b.server));
    let mut suspended: Vec<String> =
        group.suspended_processes().iter().filter_map(|process| text(process.process_name())).collect();
    suspended.sort();
    let mut zones: Vec<String> = group.availability_zones().iter().filter_map(|zone| text(Some(zone))).collect();
    zones.sort();
    let mut hooks = hooks.iter().map(|one| hook(name, one)).collect::<Result<Vec<_>, _>>()?;
    hooks.sort_by(|a, b| a.name.cmp(&b.name));
    let maintenance = group.instance_maintenance_policy();
    // AWS gives -1 for what is not set.
    let seconds = |seconds: Option<i32>| seconds.and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(0);
    Ok(GroupFacts {
        name: needed(text(group.auto_scaling_group_name()), GROUPS, "the name", name)?,
        arn: needed(text(group.auto_scaling_group_arn()), GROUPS, "the ARN", name)?,
        desired: count(group.desired_capacity(), GROUPS, "the desired capacity", name)?,
        min: count(group.min_size(), GROUPS, "the minimum size", name)?,
        max: count(group.max_size(), GROUPS, "the maximum size", name)?,
        capacity_type: text(group.desired_capacity_type()),
        launch: launch(name, group)?,
        zones,
        members,
        suspended,
        max_instance_lifetime_s: Some(seconds(group.max_instance_lifetime())).filter(|&seconds| seconds > 0),
        min_healthy_percent: maintenance
            .and_then(InstanceMaintenancePolicy::min_healthy_percentage)
            .and_then(|percent| u8::try_from(percent).ok()),
        max_healthy_percent: maintenance
            .and_then(InstanceMaintenancePolicy::max_healthy_percentage)
            .and_then(|percent| u16::try_from(percent).ok()),
        warmup_s: seconds(group.default_instance_warmup()),
        grace_s: seconds(group.health_check_grace_period()),
        target_groups,
        classic_load_balancers,
        hooks,
        warm_pool: group.warm_pool_configuration().is_some(),
        owner,
        status: text(group.status()),
        tags,
    })
}

/// The target groups whose health can be read, and what else stands before the group.
fn load_balancers(group: &AutoScalingGroup) -> (Vec<String>, Vec<String>) {
    let mut target_groups: BTreeSet<String> =
        group.target_group_arns().iter().filter_map(|arn| text(Some(arn))).collect();
    let mut others: BTreeSet<String> = group.load_balancer_names().iter().filter_map(|name| text(Some(name))).collect();
    for source in group.traffic_sources().iter().filter_map(TrafficSourceIdentifier::identifier) {
        let Some(source) = text(Some(source)) else { continue };
        // One of VPC Lattice is an ARN of another service, a classic load balancer a name.
        let is_target_group =
            source.split(':').nth(2) == Some("elasticloadbalancing") && source.contains(":targetgroup/");
        if is_target_group {
            target_groups.insert(source)
        } else {
            others.insert(source)
        };
    }
    (target_groups.into_iter().collect(), others.into_iter().collect())
}

fn member(group: &str, instance: &Instance) -> Result<MemberFacts, Failure> {
    let server = needed(text(instance.instance_id()), GROUPS, "the id of a server", group)?;
    let lifecycle = text(instance.lifecycle_state().map(LifecycleState::as_str));
    let units = match instance.weighted_capacity() {
        None => Some(1),
        Some(weight) => weight.parse().ok(),
    };
    Ok(MemberFacts {
        lifecycle: needed(lifecycle, GROUPS, "the lifecycle state", &server)?,
        healthy: needed(instance.health_status(), GROUPS, "the health", &server)?.eq_ignore_ascii_case("healthy"),
        protected_from_scale_in: needed(
            instance.protected_from_scale_in(),
            GROUPS,
            "the scale-in protection",
            &server,
        )?,
        units: needed(units, GROUPS, "the weight", &server)?,
        template: instance.launch_template().and_then(numbered),
        server,
    })
}

fn hook(group: &str, hook: &LifecycleHook) -> Result<HookFacts, Failure> {
    let name = needed(text(hook.lifecycle_hook_name()), HOOKS, "the name of a hook", group)?;
    Ok(HookFacts {
        transition: needed(text(hook.lifecycle_transition()), HOOKS, "the transition", &name)?,
        timeout_s: count(hook.heartbeat_timeout(), HOOKS, "the timeout", &name)?,
        name,
    })
}

fn launch(group: &str, from: &AutoScalingGroup) -> Result<Option<GroupLaunch>, Failure> {
    let named = |spec: &LaunchTemplateSpecification| -> Result<(String, String), Failure> {
        let id = needed(text(spec.launch_template_id()), GROUPS, "the id of the launch template", group)?;
        Ok((id, text(spec.version()).unwrap_or_else(|| "$Default".to_owned())))
    };
    if let Some(spec) = from.launch_template() {
        let (id, version) = named(spec)?;
        return Ok(Some(GroupLaunch::Template { id, version }));
    }
    if let Some(template) = from.mixed_instances_policy().and_then(|policy| policy.launch_template()) {
        let spec = needed(template.launch_template_specification(), GROUPS, "the launch template", group)?;
        let (id, version) = named(spec)?;
        return Ok(Some(GroupLaunch::Mixed { id, version, overrides: overrides(template) }));
    }
    Ok(text(from.launch_configuration_name()).map(GroupLaunch::Configuration))
}

/// The overrides; none where one of them has more than a type and a weight.
fn overrides(template: &LaunchTemplate) -> Option<Vec<Override>> {
    let simple = |one: &LaunchTemplateOverrides| {
        let weight = match one.weighted_capacity() {
            None => None,
            Some(weight) => Some(weight.parse().ok()?),
        };
        let plain = LaunchTemplateOverrides::builder()
            .set_instance_type(one.instance_type.clone())
            .set_weighted_capacity(one.weighted_capacity.clone())
            .build();
        (*one == plain).then_some(Override { instance_type: text(one.instance_type())?, weight })
    };
    template.overrides().iter().map(simple).collect()
}

//! Groups with their members, warm pools and launch configurations.

use std::collections::BTreeSet;

use aws_sdk_autoscaling::operation::describe_launch_configurations::DescribeLaunchConfigurationsOutput;
use aws_sdk_autoscaling::operation::describe_warm_pool::DescribeWarmPoolOutput;
use aws_sdk_autoscaling::types::{Instance, LaunchConfiguration as AwsLaunchConfiguration, LifecycleState};
use fleet::{
    Call, FleetBuilder, Group, LaunchConfiguration, LaunchSource, Member, Override, ScopeIx, TemplateSpec, TemplateUse,
    VersionSpec,
};
use futures::StreamExt as _;

use crate::answers::{Group as AwsGroup, Groups, Member as AwsMember, Tap, TemplateSpecification, tag_set};
use crate::failure::Failure;
use crate::reader::{Reader, Reading};
use crate::servers::time;
use crate::settings;

/// The most that AWS gives on one page: of groups and launch configurations, and of a warm pool's servers.
const GROUPS_A_PAGE: i32 = 100;
const WARM_A_PAGE: i32 = 50;
/// How many names are asked for in one call.
const NAMES_A_CALL: usize = 50;
/// How many warm pools are asked for at once.
const AT_ONCE: usize = 4;

/// Every group, then the servers of the warm pools, which no other call tells.
pub(crate) async fn read(reader: &Reader<'_>) {
    let request = |token, tap: &Tap<Groups>| {
        let call = reader.clients.autoscaling.describe_auto_scaling_groups();
        let call = call.max_records(GROUPS_A_PAGE).set_next_token(token);
        call.customize().mutate_request(tap.on_request()).send()
    };
    let mut pooled: Vec<String> = Vec::new();
    let take = |rows: &mut FleetBuilder, group: &AwsGroup<'_>| {
        pooled.extend(name_of_pooled(group));
        add_group(rows, reader.scope, group)
    };
    reader.list_tapped(Call::DescribeAutoScalingGroups, request, take).await;
    pooled.sort();
    pooled.dedup();
    if !pooled.is_empty() {
        read_warm_pools(reader, &pooled).await;
    }
}

/// These groups again, each with the servers of its warm pool.
pub(crate) async fn reread(reader: &Reader<'_>, names: &BTreeSet<String>) -> Result<(), Failure> {
    let first = reader.rows().fleet.groups.len();
    let names: Vec<String> = names.iter().cloned().collect();
    let outcome = async {
        for batch in names.chunks(NAMES_A_CALL) {
            let request = |token, tap: &Tap<Groups>| {
                let call = reader.clients.autoscaling.describe_auto_scaling_groups();
                let call = call.set_auto_scaling_group_names(Some(batch.to_vec()));
                let call = call.max_records(GROUPS_A_PAGE).set_next_token(token);
                call.customize().mutate_request(tap.on_request()).send()
            };
            let mut pooled: Vec<String> = Vec::new();
            let take = |rows: &mut FleetBuilder, group: &AwsGroup<'_>| {
                pooled.extend(name_of_pooled(group));
                add_group(rows, reader.scope, group)
            };
            reader.all_tapped(Call::DescribeAutoScalingGroups, request, take).await?;
            for name in pooled {
                let reading = reader.open(Call::DescribeWarmPool);
                let outcome = warm_pool_of(reader, &reading, &name).await;
                reading.end(outcome.is_ok());
                outcome.or_else(|failure| if is_gone(&failure) { Ok(()) } else { Err(failure) })?;
            }
        }
        Ok(())
    }
    .await;
    if outcome.is_err() {
        reader.rows().fleet.groups.truncate(first);
    }
    outcome
}

/// The name of a group with a warm pool.
fn name_of_pooled(group: &AwsGroup<'_>) -> Option<String> {
    group.name.as_deref().filter(|_| group.has_warm_pool).map(str::to_owned)
}

/// Auto Scaling answers so for a group, or its pool, that was deleted since it was listed.
fn is_gone(failure: &Failure) -> bool {
    failure.has_code(&["ValidationError"]) && failure.said.contains("not found")
}

/// Every launch configuration.
pub(crate) async fn read_launch_configurations(reader: &Reader<'_>) {
    let request = |token| {
        let call = reader.clients.autoscaling.describe_launch_configurations();
        call.max_records(GROUPS_A_PAGE).set_next_token(token).send()
    };
    reader
        .list(
            Call::DescribeLaunchConfigurations,
            request,
            |rows, page| {
                let configurations = page.launch_configurations();
                configurations.iter().for_each(|row| add_launch_configuration(rows, reader.scope, row));
                configurations.len()
            },
            DescribeLaunchConfigurationsOutput::next_token,
        )
        .await;
}

async fn read_warm_pools(reader: &Reader<'_>, names: &[String]) {
    let call = Call::DescribeWarmPool;
    let reading = reader.open(call);
    let mut whole = true;
    let mut answers = futures::stream::iter(names.to_vec())
        .map(|name| {
            let reading = &reading;
            async move { (warm_pool_of(reader, reading, &name).await, name) }
        })
        .buffer_unordered(AT_ONCE);
    while let Some((outcome, name)) = answers.next().await {
        let Err(failure) = outcome else { continue };
        if is_gone(&failure) {
            continue;
        }
        whole = false;
        if failure.ends_the_call() {
            reader.gap(call, None, &failure);
            break;
        }
        reader.gap(call, Some(&name), &failure);
    }
    drop(answers);
    reading.end(whole);
}

async fn warm_pool_of(reader: &Reader<'_>, reading: &Reading<'_>, name: &str) -> Result<(), Failure> {
    let request = |token| {
        let call = reader.clients.autoscaling.describe_warm_pool().auto_scaling_group_name(name);
        call.max_records(WARM_A_PAGE).set_next_token(token).send()
    };
    let take = |rows: &mut FleetBuilder, page: &DescribeWarmPoolOutput| {
        let group = rows.sym(name);
        let members: Vec<Member> =
            page.instances().iter().filter_map(|instance| member(rows, &warm_member(instance), true)).collect();
        let count = members.len();
        // A group that changed while its pages were read stands there twice, and the last row stays.
        let groups = rows.fleet.groups.iter_mut().rev();
        if let Some(row) = groups.into_iter().find(|row| (row.scope, row.name) == (reader.scope, group)) {
            row.members.extend(members);
        }
        count
    };
    reader.pages(reading, request, take, DescribeWarmPoolOutput::next_token).await
}

/// A warm pool's server as a group's is read.
fn warm_member(instance: &Instance) -> AwsMember<'_> {
    AwsMember {
        server: instance.instance_id().map(Into::into),
        lifecycle: instance.lifecycle_state().map(LifecycleState::as_str).map(Into::into),
        health: instance.health_status().map(Into::into),
        launch_configuration: instance.launch_configuration_name().map(Into::into),
        launch_template: instance.launch_template().map(|spec| TemplateSpecification {
            id: spec.launch_template_id().map(Into::into),
            name: spec.launch_template_name().map(Into::into),
            version: spec.version().map(Into::into),
        }),
        image: instance.image_id().map(Into::into),
        protected: instance.protected_from_scale_in(),
        weight: instance.weighted_capacity().map(Into::into),
    }
}

fn template_spec(rows: &mut FleetBuilder, spec: &TemplateSpecification<'_>) -> Option<TemplateSpec> {
    let version = match spec.version.as_deref() {
        None | Some("" | "$Default") => VersionSpec::Default,
        Some("$Latest") => VersionSpec::Latest,
        Some(number) => VersionSpec::Number(number.parse().ok()?),
    };
    let (id, name) = (rows.some(spec.id.as_deref()), rows.some(spec.name.as_deref()));
    (id.is_some() || name.is_some()).then_some(TemplateSpec { id, name, version })
}

fn number(number: Option<i32>) -> Option<u32> {
    number.and_then(|number| u32::try_from(number).ok())
}

fn member(rows: &mut FleetBuilder, instance: &AwsMember<'_>, warm: bool) -> Option<Member> {
    let template = instance.launch_template.as_ref();
    let version = template.and_then(|template| template.version.as_deref()?.parse().ok());
    let template = rows
        .some(template.and_then(|template| template.id.as_deref()))
        .and_then(|id| Some(TemplateUse { id, version: version? }));
    Some(Member {
        server: rows.some(instance.server.as_deref())?,
        lifecycle: rows.some(instance.lifecycle.as_deref()),
        health: rows.some(instance.health.as_deref()),
        template,
        configuration: rows.some(instance.launch_configuration.as_deref()),
        image: rows.some(instance.image.as_deref()),
        protected: instance.protected,
        weight: instance.weight.as_deref().and_then(|weight| weight.parse().ok()),
        warm,
    })
}

/// Adds a group's row. Returns whether it is one.
fn add_group(rows: &mut FleetBuilder, scope: ScopeIx, group: &AwsGroup<'_>) -> bool {
    let Some(name) = rows.some(group.name.as_deref()) else { return false };
    let mixed = group.mixed.as_ref();
    let spec = group.launch_template.as_ref().or_else(|| mixed?.specification.as_ref());
    let launch = match spec {
        Some(spec) => template_spec(rows, spec).map(LaunchSource::Template),
        None => rows.some(group.launch_configuration.as_deref()).map(LaunchSource::Configuration),
    };
    let overrides = mixed.map(|mixed| mixed.overrides.as_slice()).unwrap_or_default();
    let overrides = overrides
        .iter()
        .map(|row| Override {
            instance_type: rows.some(row.instance_type.as_deref()),
            template: row.specification.as_ref().and_then(|spec| template_spec(rows, spec)),
            image: rows.some(row.image.as_deref()),
            weight: row.weight.as_deref().and_then(|weight| weight.parse().ok()),
        })
        .collect();
    let suspended: Vec<_> = group.suspended.iter().filter_map(|process| rows.some(Some(process))).collect();
    let row = Group {
        name,
        scope,
        arn: rows.some(group.arn.as_deref()),
        launch,
        overrides,
        desired: number(group.desired),
        min: number(group.min),
        max: number(group.max),
        max_instance_lifetime_s: number(group.max_instance_lifetime_s).filter(|&seconds| seconds > 0),
        // AWS gives -1 for a bound that is not set.
        min_healthy_percent: group.min_healthy_percent.and_then(|percent| u8::try_from(percent).ok()),
        max_healthy_percent: group.max_healthy_percent.and_then(|percent| u16::try_from(percent).ok()),
        // Likewise -1 for a warm-up that was taken away.
        warm_up_s: number(group.warm_up_s),
        grace_s: number(group.grace_s),
        suspended: rows.fleet.symbols.intern_list(&suspended),
        warm_pool: group.has_warm_pool,
        members: group.members.iter().filter_map(|instance| member(rows, instance, false)).collect(),
        operator: rows.some(group.operator.as_deref()),
        created: group.created,
        tags: tag_set(rows, &group.tags),
    };
    rows.fleet.groups.push(row);
    true
}

fn add_launch_configuration(rows: &mut FleetBuilder, scope: ScopeIx, configuration: &AwsLaunchConfiguration) {
    let Some(name) = rows.some(configuration.launch_configuration_name()) else { return };
    let row = LaunchConfiguration {
        name,
        scope,
        arn: rows.some(configuration.launch_configuration_arn()),
        image: rows.some(configuration.image_id()),
        instance_type: rows.some(configuration.instance_type()),
        created: time(configuration.created_time()),
        settings: Some(settings::of_configuration(rows, configuration)),
    };
    rows.fleet.launch_configurations.push(row);
}

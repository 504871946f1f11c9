//! Groups and their servers, as they are described.

use super::{filters, group_arn, invalid, members, page, pool, subnets, tags, write_member, write_template};
use crate::{
    call::Ask,
    elbv2,
    wire::{
        fault::Fault,
        filter::{Filter, matches_wildcard},
        form::Form,
        time,
        xml::Xml,
    },
    world::{
        group::{Group, Launch, Life, Mixed},
        id,
        membership::Membership,
        server::Server,
    },
};

fn passes(group: &Group, filter: &Filter) -> bool {
    let any = |text: &str| filter.values.iter().any(|value| matches_wildcard(value, text));
    group.tags.iter().any(|tag| match &*filter.name {
        "tag-key" => any(&tag.key),
        "tag-value" => any(&tag.value),
        name => name.strip_prefix("tag:").is_some_and(|key| key == &*tag.key) && any(&tag.value),
    })
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let names = members(form, "AutoScalingGroupNames");
    let filters = filters(form, &[], true)?;
    let with_servers = form.get("IncludeInstances").is_none() || form.flag("IncludeInstances")?;
    let (groups, next) = page(ask, form, 50, 100)?.take(&ask.scope.groups, |group| {
        group.is_known()
            && (names.is_empty() || names.contains(&&*group.name))
            && filters.iter().all(|filter| passes(group, filter))
    });
    xml.list("AutoScalingGroups", "member", groups, |xml, group| write_group(ask, xml, group, with_servers));
    xml.maybe("NextToken", next.as_deref());
    Ok(())
}

fn write_group(ask: &Ask<'_>, xml: &mut Xml, group: &Group, with_servers: bool) {
    let (region, account) = (ask.scope.region, &ask.scope.account);
    xml.text("AutoScalingGroupName", &group.name);
    xml.text("AutoScalingGroupARN", &group_arn(ask, group));
    match &group.launch {
        Launch::Template(template, version) => write_template(ask, xml, "LaunchTemplate", *template, *version),
        Launch::Configuration(slot) => {
            xml.text("LaunchConfigurationName", &ask.scope.launch_configurations[*slot as usize].name);
        }
        Launch::Mixed(mixed) => write_mixed(ask, xml, mixed),
    }
    xml.plain("MinSize", group.min);
    xml.plain("MaxSize", group.max);
    xml.plain("DesiredCapacity", group.desired);
    xml.plain("DefaultCooldown", group.cooldown_s);
    xml.list("AvailabilityZones", "member", &group.zones, |xml, zone| xml.raw_text(&region.zone_name(*zone)));
    xml.list("AvailabilityZoneIds", "member", &group.zones, |xml, zone| xml.raw_text(&region.zone_id(*zone)));
    xml.list("LoadBalancerNames", "member", [(); 0], |_, ()| ());
    let target_groups: Vec<String> =
        group.target_groups.iter().map(|name| elbv2::target_group_arn(ask, name)).collect();
    xml.list("TargetGroupARNs", "member", &target_groups, |xml, arn| xml.raw_text(arn));
    xml.text("HealthCheckType", group.health_check);
    xml.plain("HealthCheckGracePeriod", group.grace_s);
    if with_servers {
        let servers = group.members.iter().map(|&slot| &ask.scope.servers[slot as usize]);
        xml.list("Instances", "member", servers, |xml, server| {
            if let Some(membership) = &server.membership {
                write_member(ask, xml, server, membership);
                xml.text("HealthStatus", if membership.is_healthy() { "Healthy" } else { "Unhealthy" });
            }
        });
    }
    xml.time("CreatedTime", group.created);
    xml.list("SuspendedProcesses", "member", &group.suspended, |xml, one| {
        xml.text("ProcessName", one.process.name());
        xml.text("SuspensionReason", &format!("User suspended at {}", time::iso_seconds(one.since)));
    });
    if group.life == Life::Ending {
        xml.text("Status", "Delete in progress");
    }
    xml.text("VPCZoneIdentifier", &subnets(ask, group));
    xml.list("EnabledMetrics", "member", [(); 0], |_, ()| ());
    xml.list("Tags", "member", &group.tags, |xml, tag| {
        tags::write(xml, group, tag);
    });
    xml.list("TerminationPolicies", "member", &group.termination_policies, |xml, name| xml.raw_text(name));
    xml.plain("NewInstancesProtectedFromScaleIn", group.new_protected);
    xml.text(
        "ServiceLinkedRoleARN",
        &format!("arn:aws:iam::{account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"),
    );
    if let Some(seconds) = group.max_instance_lifetime_s {
        xml.plain("MaxInstanceLifetime", seconds);
    }
    xml.plain("CapacityRebalance", group.capacity_rebalance);
    if let Some(warm) = &group.warm_pool {
        pool::write(xml, warm);
        xml.plain("WarmPoolSize", group.warm.len());
    }
    if group.is_weighted() {
        xml.text("DesiredCapacityType", "units");
    }
    if let Some(seconds) = group.warmup_s {
        xml.plain("DefaultInstanceWarmup", seconds);
    }
    xml.list("TrafficSources", "member", &target_groups, |xml, arn| {
        xml.text("Identifier", arn);
        xml.text("Type", "elbv2");
    });
    if let Some((least, most)) = group.maintenance {
        xml.nest("InstanceMaintenancePolicy", |xml| {
            xml.plain("MinHealthyPercentage", least);
            xml.plain("MaxHealthyPercentage", most);
        });
    }
    xml.text("DeletionProtection", group.deletion_protection);
    xml.nest("AvailabilityZoneDistribution", |xml| {
        xml.text("CapacityDistributionStrategy", "balanced-best-effort");
    });
}

pub(super) fn write_mixed(ask: &Ask<'_>, xml: &mut Xml, mixed: &Mixed) {
    xml.nest("MixedInstancesPolicy", |xml| {
        xml.nest("LaunchTemplate", |xml| {
            write_template(ask, xml, "LaunchTemplateSpecification", mixed.template, mixed.version);
            xml.list("Overrides", "member", &mixed.overrides, |xml, one| {
                xml.text("InstanceType", &one.instance_type);
                if let Some(weight) = one.weight {
                    xml.plain("WeightedCapacity", weight);
                }
                if let Some((template, version)) = one.template {
                    write_template(ask, xml, "LaunchTemplateSpecification", template, version);
                }
                if let Some(image) = one.image {
                    xml.id("ImageId", "ami", image);
                }
            });
        });
        xml.nest("InstancesDistribution", |xml| {
            xml.text("OnDemandAllocationStrategy", &mixed.on_demand_strategy);
            xml.plain("OnDemandBaseCapacity", mixed.on_demand_base);
            xml.plain("OnDemandPercentageAboveBaseCapacity", mixed.on_demand_percent);
            xml.text("SpotAllocationStrategy", &mixed.spot_strategy);
        });
    });
}

/// The most ids that DescribeAutoScalingInstances takes.
const MAX_IDS: usize = 50;

pub(super) fn servers(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let asked = members(form, "InstanceIds");
    if asked.len() > MAX_IDS {
        return Err(invalid(format!("The number of instance ids that may be passed in is limited to {MAX_IDS}")));
    }
    let wanted: Vec<u64> = asked.iter().filter_map(|text| id::parse("i", text)).collect();
    let group_of = |membership: &Membership| &ask.scope.groups[membership.group as usize];
    let in_service =
        |server: &Server| server.membership.as_ref().is_some_and(|membership| !membership.lifecycle.is_warm());
    let (servers, next) = page(ask, form, 50, 50)?
        .take(&ask.scope.servers, |server| in_service(server) && (asked.is_empty() || wanted.contains(&server.id)));
    xml.list("AutoScalingInstances", "member", servers, |xml, server| {
        if let Some(membership) = &server.membership {
            write_member(ask, xml, server, membership);
            xml.text("AutoScalingGroupName", &group_of(membership).name);
            // This call shouts, DescribeAutoScalingGroups does not.
            xml.text("HealthStatus", if membership.is_healthy() { "HEALTHY" } else { "UNHEALTHY" });
        }
    });
    xml.maybe("NextToken", next.as_deref());
    Ok(())
}

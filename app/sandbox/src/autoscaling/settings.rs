//! A group's settings as CreateAutoScalingGroup and UpdateAutoScalingGroup give them.

use std::sync::Arc;

use super::{
    asked::{flag, number, size},
    invalid, launch_by, members,
};
use crate::{
    call::Ask,
    elbv2,
    wire::{fault::Fault, form::Form},
    world::{
        group::{Group, Launch},
        id,
    },
};

/// What a call says of a group; what it does not say is none.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) launch: Option<Launch>,
    pub(super) min: Option<u32>,
    pub(super) max: Option<u32>,
    pub(super) desired: Option<u32>,
    zones: Option<Vec<u8>>,
    cooldown_s: Option<u32>,
    health_check: Option<&'static str>,
    grace_s: Option<u32>,
    termination_policies: Option<Vec<Arc<str>>>,
    new_protected: Option<bool>,
    capacity_rebalance: Option<bool>,
    /// 0 for none.
    max_instance_lifetime_s: Option<u32>,
    /// None within for none.
    warmup_s: Option<Option<u32>>,
    maintenance: Option<Option<(u32, u32)>>,
    deletion_protection: Option<&'static str>,
}

/// What there is in AWS and not here: refused, since a group that ignores its settings teaches the wrong thing.
const NOT_SIMULATED: &[&str] = &[
    "InstanceId",
    "PlacementGroup",
    "LoadBalancerNames",
    "AvailabilityZoneImpairmentPolicy",
    "CapacityReservationSpecification",
    "InstanceLifecyclePolicy",
    "Context",
    "Operator",
];

/// The policies that decide who goes first when a group shrinks, as DescribeTerminationPolicyTypes has them.
pub(super) const TERMINATION_POLICIES: &[&str] = &[
    "AllocationStrategy",
    "ClosestToNextInstanceHour",
    "Default",
    "NewestInstance",
    "OldestInstance",
    "OldestLaunchConfiguration",
    "OldestLaunchTemplate",
];

impl Settings {
    /// Reads them for a group that is there, or for a new one.
    pub(super) fn read(ask: &Ask<'_>, form: &Form, before: Option<&Group>) -> Result<Settings, Fault> {
        let not_here = |name: &&&str| form.names().any(|key| key.split('.').next() == Some(**name));
        if let Some(name) = NOT_SIMULATED.iter().find(not_here) {
            return Err(invalid(format!("The sandbox does not simulate {name}.")));
        }
        if form.get("DesiredCapacityType").is_some_and(|text| text != "units") {
            return Err(invalid("The sandbox simulates no other DesiredCapacityType than units."));
        }
        let number_of = |name, most| -> Result<Option<u32>, Fault> {
            Ok(number(form, name, 0..=most)?.and_then(|number| u32::try_from(number).ok()))
        };
        Ok(Settings {
            launch: launch(ask, form, before)?,
            min: size(form, "MinSize")?,
            max: size(form, "MaxSize")?,
            desired: size(form, "DesiredCapacity")?,
            zones: zones(ask, form)?,
            cooldown_s: number_of("DefaultCooldown", i64::from(u32::MAX))?,
            health_check: health_check(form)?,
            grace_s: number_of("HealthCheckGracePeriod", i64::from(u32::MAX))?,
            termination_policies: termination_policies(form)?,
            new_protected: flag(form, "NewInstancesProtectedFromScaleIn")?,
            capacity_rebalance: flag(form, "CapacityRebalance")?,
            max_instance_lifetime_s: lifetime(form)?,
            warmup_s: number(form, "DefaultInstanceWarmup", -1..=i64::from(u32::MAX))?
                .map(|seconds| u32::try_from(seconds).ok()),
            maintenance: maintenance(form)?,
            deletion_protection: deletion_protection(form)?,
        })
    }

    /// Checks them against each other, and against what the group has. The sizes that come of it.
    pub(super) fn sizes(&self, before: Option<&Group>) -> Result<(u32, u32, u32), Fault> {
        let min = self.min.or(before.map(|group| group.min)).unwrap_or(0);
        let max = self.max.or(before.map(|group| group.max)).unwrap_or(0);
        if min > max {
            return Err(invalid(format!("Max bound, {max}, must be greater than or equal to min bound, {min}")));
        }
        let desired = match (self.desired, before) {
            (Some(desired), _) if !(min..=max).contains(&desired) => {
                return Err(invalid(format!(
                    "Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}"
                )));
            }
            (Some(desired), _) => desired,
            (None, Some(group)) => group.desired.clamp(min, max),
            (None, None) => min,
        };
        Ok((min, max, desired))
    }

    /// Whether it names zones.
    pub(super) fn names_zones(&self) -> bool {
        self.zones.is_some()
    }

    /// Gives a group what was said, but for its sizes.
    pub(super) fn apply(self, group: &mut Group) {
        fn keep<T>(place: &mut T, said: Option<T>) {
            if let Some(said) = said {
                *place = said;
            }
        }
        keep(&mut group.launch, self.launch);
        keep(&mut group.zones, self.zones);
        keep(&mut group.cooldown_s, self.cooldown_s);
        keep(&mut group.health_check, self.health_check);
        keep(&mut group.grace_s, self.grace_s);
        keep(&mut group.termination_policies, self.termination_policies);
        keep(&mut group.new_protected, self.new_protected);
        keep(&mut group.capacity_rebalance, self.capacity_rebalance);
        let lifetime_s = self.max_instance_lifetime_s.map(|seconds| Some(seconds).filter(|seconds| *seconds > 0));
        keep(&mut group.max_instance_lifetime_s, lifetime_s);
        keep(&mut group.warmup_s, self.warmup_s);
        keep(&mut group.maintenance, self.maintenance);
        keep(&mut group.deletion_protection, self.deletion_protection);
    }
}

fn lifetime(form: &Form) -> Result<Option<u32>, Fault> {
    match number(form, "MaxInstanceLifetime", 0..=i64::from(u32::MAX))? {
        // API reference of CreateAutoScalingGroup: 0, or a day and more; a year at most by the user guide.
        Some(seconds) if seconds != 0 && !(86_400..=31_536_000).contains(&seconds) => Err(invalid(format!(
            "Max instance lifetime {seconds} is not valid. It must be either 0 or between 86400 and 31536000 seconds."
        ))),
        Some(seconds) => Ok(u32::try_from(seconds).ok()),
        None => Ok(None),
    }
}

fn maintenance(form: &Form) -> Result<Option<Option<(u32, u32)>>, Fault> {
    let least = number(form, "InstanceMaintenancePolicy.MinHealthyPercentage", -1..=100)?;
    let most = number(form, "InstanceMaintenancePolicy.MaxHealthyPercentage", -1..=200)?;
    match (least, most) {
        (None, None) => Ok(None),
        (Some(-1), Some(-1)) => Ok(Some(None)),
        (Some(least @ 0..), Some(most @ 100..)) if most - least <= 100 => {
            Ok(Some(u32::try_from(least).ok().zip(u32::try_from(most).ok())))
        }
        (Some(0..), Some(100..)) => Err(invalid(
            "The difference between MinHealthyPercentage and MaxHealthyPercentage cannot be greater than 100.",
        )),
        (Some(_), Some(_)) => Err(invalid(
            "MinHealthyPercentage must be between 0 and 100 and MaxHealthyPercentage between 100 and 200, or both -1.",
        )),
        _ => Err(invalid("Both MinHealthyPercentage and MaxHealthyPercentage must be specified.")),
    }
}

fn deletion_protection(form: &Form) -> Result<Option<&'static str>, Fault> {
    let Some(text) = form.get("DeletionProtection") else { return Ok(None) };
    ["none", "prevent-force-deletion", "prevent-all-deletion"]
        .into_iter()
        .find(|known| *known == text)
        .map(Some)
        .ok_or_else(|| invalid(format!("Invalid DeletionProtection: {text}")))
}

/// What is told as the type of a group's health checks: EC2's alone, or the target groups', too.
fn health_check(form: &Form) -> Result<Option<&'static str>, Fault> {
    let Some(text) = form.get("HealthCheckType") else { return Ok(None) };
    let mut elastic = false;
    for word in text.split(',').map(str::trim) {
        match word {
            "EC2" => (),
            "ELB" => elastic = true,
            _ => return Err(invalid(format!("Invalid Health Check Type: {word}"))),
        }
    }
    Ok(Some(if elastic { "ELB" } else { "EC2" }))
}

fn termination_policies(form: &Form) -> Result<Option<Vec<Arc<str>>>, Fault> {
    let names = members(form, "TerminationPolicies");
    if let Some(bad) = names.iter().find(|name| !TERMINATION_POLICIES.contains(name)) {
        return Err(invalid(format!("Invalid termination policy: {bad}")));
    }
    Ok((!names.is_empty()).then(|| names.into_iter().map(Arc::from).collect()))
}

/// The zones that a call names, by their names, their ids or their subnets.
fn zones(ask: &Ask<'_>, form: &Form) -> Result<Option<Vec<u8>>, Fault> {
    let region = ask.scope.region;
    let mut found = Vec::new();
    let mut add = |text: &str, matches: &dyn Fn(u8) -> bool, what: &str| match region
        .zone_indices()
        .find(|zone| matches(*zone))
    {
        Some(zone) => {
            if !found.contains(&zone) {
                found.push(zone);
            }
            Ok(())
        }
        None => Err(invalid(format!("{what} '{text}' does not exist"))),
    };
    let subnets = form.get("VPCZoneIdentifier").map(|text| text.split(',').map(str::trim)).into_iter().flatten();
    for text in subnets.filter(|text| !text.is_empty()) {
        let is = |zone| id::show("subnet", ask.scope.network.subnet(zone)) == text;
        add(text, &is, "The subnet ID")?;
    }
    let by_subnet = !found.is_empty();
    let mut named = Vec::new();
    for text in members(form, "AvailabilityZones") {
        named.push(zone_named(ask, text)?);
    }
    for text in members(form, "AvailabilityZoneIds") {
        let zone = region.zone_indices().find(|zone| region.zone_id(*zone) == text);
        named.push(zone.ok_or_else(|| invalid(format!("Invalid availability zone id: {text}")))?);
    }
    if by_subnet && !named.is_empty() && named.iter().any(|zone| !found.contains(zone)) {
        return Err(invalid("The availability zones of the specified subnets and the Auto Scaling group do not match"));
    }
    if !by_subnet {
        for zone in named {
            if !found.contains(&zone) {
                found.push(zone);
            }
        }
    }
    Ok((!found.is_empty()).then_some(found))
}

/// A zone by its name.
pub(super) fn zone_named(ask: &Ask<'_>, text: &str) -> Result<u8, Fault> {
    let region = ask.scope.region;
    let found = region.zone_indices().find(|zone| region.zone_name(*zone) == text);
    found.ok_or_else(|| invalid(format!("Invalid availability zones [{text}]")))
}

/// The names of target groups from their ARNs.
pub(super) fn target_groups(ask: &Ask<'_>, form: &Form) -> Result<Vec<String>, Fault> {
    let mut arns = members(form, "TargetGroupARNs");
    for source in form.list_of("TrafficSources.member", "Identifier") {
        if !arns.contains(&source) {
            arns.push(source);
        }
    }
    arns.into_iter()
        .map(|arn| {
            elbv2::named(ask, arn).map(|group| group.name.to_string()).ok_or_else(|| {
                invalid("One or more target groups not found. Validating load balancer configuration failed.")
            })
        })
        .collect()
}

/// What the group is to launch, if the call says so.
fn launch(ask: &Ask<'_>, form: &Form, before: Option<&Group>) -> Result<Option<Launch>, Fault> {
    let template = launch_by::template(ask, form, "LaunchTemplate")?;
    let configuration = form.get("LaunchConfigurationName");
    let mixed = launch_by::mixed(ask, form, "MixedInstancesPolicy", before)?;
    match (template, configuration, mixed) {
        (None, None, None) => Ok(None),
        (Some((slot, version)), None, None) => {
            launch_by::mould(ask, slot, version.number(&ask.scope.templates[slot as usize]))?;
            Ok(Some(Launch::Template(slot, version)))
        }
        (None, Some(name), None) => {
            let found = ask.scope.launch_configurations.iter().position(|one| !one.deleted && *one.name == *name);
            let slot = found.and_then(|slot| u32::try_from(slot).ok());
            slot.map(|slot| Some(Launch::Configuration(slot))).ok_or_else(|| {
                invalid(format!(
                    "Launch configuration name not found - Launch configuration with name: {name} does not exist"
                ))
            })
        }
        (None, None, Some(mixed)) => Ok(Some(Launch::Mixed(mixed))),
        _ => Err(invalid(
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or \
             MixedInstancesPolicy parameter.",
        )),
    }
}

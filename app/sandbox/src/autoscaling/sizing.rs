//! SetDesiredCapacity, and TerminateInstanceInAutoScalingGroup, which takes one server out by name.

use super::{
    activities::write_activity,
    asked::{self, flag, group_slot, managed, required, required_flag, size},
    capacity, invalid,
    life::{self, Step},
    members,
};
use crate::{
    call::Change,
    wire::{fault::Fault, form::Form, time, xml::Xml},
    world::{activity::Why, group::Life, id, membership::Lifecycle},
};

pub(super) fn set_desired(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = group_slot(&ask, form)?;
    required(form, "DesiredCapacity")?;
    let wanted = size(form, "DesiredCapacity")?.unwrap_or(0);
    let group = &ask.scope.groups[slot as usize];
    if wanted > group.max {
        return Err(invalid(format!(
            "New SetDesiredCapacity value {wanted} is above max value {} for the AutoScalingGroup.",
            group.max
        )));
    }
    if wanted < group.min {
        return Err(invalid(format!(
            "New SetDesiredCapacity value {wanted} is below min value {} for the AutoScalingGroup.",
            group.min
        )));
    }
    let cools = group
        .scaled_at
        .is_some_and(|at| at.as_second().saturating_add(i64::from(group.cooldown_s)) > change.now.as_second());
    if flag(form, "HonorCooldown")?.unwrap_or(false) && (cools || group.is_busy()) {
        let last = group.activities.front().map_or(0, |activity| activity.id);
        return Err(Fault::new(
            "ScalingActivityInProgress",
            format!("Scaling activity {} is in progress and blocks this action", id::uuid(last, 5)),
        ));
    }
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let group = &mut world.scope_at_mut(scope).groups[slot as usize];
    if wanted != group.desired {
        let at = time::iso_seconds(now);
        let text = format!(
            "At {at} a user request explicitly set group desired capacity changing the desired capacity from {} to \
             {wanted}.",
            group.desired
        );
        group.request = Some(text.into());
        group.desired = wanted;
        life::wake(world, scope, slot, Step::Look, now);
    }
    Ok(())
}

/// The most servers that one call takes out.
const MAX_SERVERS: usize = 100;

pub(super) fn terminate(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let decrements = required_flag(form, "ShouldDecrementDesiredCapacity")?;
    let several = members(form, "InstanceIds");
    let mut found = Vec::new();
    let group = match (form.get("InstanceId"), several.is_empty()) {
        (Some(_), false) | (None, true) => {
            return Err(invalid("Valid requests must contain either InstanceId or InstanceIds parameter."));
        }
        (Some(text), true) => {
            let one = managed(&ask, text)?;
            found.push(one);
            one.2.group
        }
        (None, false) => {
            let group = group_slot(&ask, form)?;
            found = asked::servers(&ask, form, group, MAX_SERVERS)?;
            group
        }
    };
    let it = &ask.scope.groups[group as usize];
    if form.get("AutoScalingGroupName").is_some_and(|name| *name != *it.name) || it.life != Life::Alive {
        return Err(invalid(format!("AutoScalingGroup '{}' can not terminate the instance.", it.name)));
    }
    let mut units = 0_u32;
    for (_, server, membership) in &found {
        let shown = id::show("i", server.id);
        if membership.lifecycle.is_warm() {
            return Err(invalid(format!("Instance {shown} is in a warm pool and cannot be terminated by this call.")));
        }
        if membership.lifecycle.is_leaving() {
            return Err(Fault::new(
                "ScalingActivityInProgress",
                format!("Scaling activity {} is in progress and blocks this action", id::uuid(membership.activity, 5)),
            ));
        }
        if !matches!(membership.lifecycle, Lifecycle::Standby | Lifecycle::EnteringStandby) {
            units = units.saturating_add(membership.units());
        }
    }
    let from = it.desired;
    let to = if decrements { from.saturating_sub(units) } else { from };
    if to < it.min && to < from {
        return Err(invalid(format!(
            "Currently, desiredSize equals minSize ({}). Terminating instance without replacement will violate group's \
             min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
            it.min
        )));
    }
    let slots: Vec<u32> = found.iter().map(|(slot, ..)| *slot).collect();
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    world.scope_at_mut(scope).groups[group as usize].desired = to;
    for slot in &slots {
        capacity::take_out(world, scope, group, *slot, Why::User { from, to }, now);
    }
    life::wake(world, scope, group, Step::Look, now);
    let ask = change.ask();
    let it = &ask.scope.groups[group as usize];
    // Newest first, so the last one taken out is the first one told.
    let mut begun = it.activities.iter().take(slots.len());
    if several.is_empty() {
        if let Some(activity) = begun.next_back() {
            xml.nest("Activity", |xml| write_activity(&ask, xml, it, activity));
        }
    } else {
        xml.list("Activities", "member", begun, |xml, activity| write_activity(&ask, xml, it, activity));
    }
    Ok(())
}

//! Calls that move servers in or out of a group's service and keep them alive: standby, attaching and detaching; and
//! those that mark them: protection and health.

use super::{
    GROUP_TAG,
    activities::write_activity,
    asked::{self, flag, group_slot, known_server, managed, out_of_bounds, required, required_flag},
    capacity, invalid,
    life::{self, Step},
    members,
};
use crate::{
    call::Change,
    events::Event,
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        Tag,
        activity::{Cause, Deed, Why},
        id,
        membership::{Ailment, LaunchedBy, Lifecycle, Membership},
        server::ServerState,
    },
};

/// The most servers that one of these calls takes.
const MAX_SERVERS: usize = 20;
/// The most that SetInstanceProtection takes.
const MAX_PROTECTED: usize = 50;
/// From the call until a server is on standby, back from it, or out of its group, in seconds.
const SHIFT_S: u32 = 10;

/// Writes the newest activities of a group, as many as were begun just now.
fn write_begun(change: &Change<'_>, xml: &mut Xml, group: u32, count: usize) {
    let ask = change.ask();
    let it = &ask.scope.groups[group as usize];
    let begun = it.activities.iter().take(count);
    xml.list("Activities", "member", begun, |xml, activity| write_activity(&ask, xml, it, activity));
}

pub(super) fn enter_standby(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    leave_service(change, form, xml, true)
}

pub(super) fn detach(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    leave_service(change, form, xml, false)
}

fn leave_service(change: &mut Change<'_>, form: &Form, xml: &mut Xml, standby: bool) -> Result<(), Fault> {
    let ask = change.ask();
    let group = group_slot(&ask, form)?;
    let decrements = required_flag(form, "ShouldDecrementDesiredCapacity")?;
    let found = asked::servers(&ask, form, group, MAX_SERVERS)?;
    let it = &ask.scope.groups[group as usize];
    let mut units = 0_u32;
    for (_, server, membership) in &found {
        let fits = match membership.lifecycle {
            Lifecycle::InService => {
                units = units.saturating_add(membership.units());
                true
            }
            // It does not count as it is.
            Lifecycle::Standby => !standby,
            _ => false,
        };
        if !fits {
            let shown = id::show("i", server.id);
            return Err(invalid(format!("The instance {shown} is not in InService.")));
        }
    }
    let from = it.desired;
    let to = if decrements { from.saturating_sub(units) } else { from };
    if to < from && to < it.min {
        let verb = if standby { "place into standby" } else { "detach" };
        return Err(out_of_bounds(it, verb, found.len()));
    }
    let slots: Vec<u32> = found.iter().map(|(slot, ..)| *slot).collect();
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let it = &mut world.scope_at_mut(scope).groups[group as usize];
    it.desired = to;
    it.scaled_at = Some(now);
    let (deed, state) =
        if standby { (Deed::EnterStandby, Lifecycle::EnteringStandby) } else { (Deed::Detach, Lifecycle::Detaching) };
    for &server in &slots {
        capacity::enter(world, scope, server, state, now);
        capacity::begin(world, scope, group, server, deed, Cause::of(Why::User { from, to }), now);
        world.schedule_in(now, SHIFT_S, Event::Group { scope, group, step: Step::Aside { server } });
    }
    life::wake(world, scope, group, Step::Look, now);
    write_begun(change, xml, group, slots.len());
    Ok(())
}

pub(super) fn exit_standby(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let group = group_slot(&ask, form)?;
    let found = asked::servers(&ask, form, group, MAX_SERVERS)?;
    let it = &ask.scope.groups[group as usize];
    let mut units = 0_u32;
    for (_, server, membership) in &found {
        let shown = id::show("i", server.id);
        if membership.lifecycle != Lifecycle::Standby {
            return Err(invalid(format!("The instance {shown} is not in Standby.")));
        }
        if server.state != ServerState::Running {
            return Err(invalid(format!("The instance {shown} is not in running state.")));
        }
        units = units.saturating_add(membership.units());
    }
    let from = it.desired;
    let to = from.saturating_add(units);
    if to > it.max {
        return Err(out_of_bounds(it, "return from standby", found.len()));
    }
    let slots: Vec<u32> = found.iter().map(|(slot, ..)| *slot).collect();
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let it = &mut world.scope_at_mut(scope).groups[group as usize];
    it.desired = to;
    it.scaled_at = Some(now);
    for &server in &slots {
        capacity::enter(world, scope, server, Lifecycle::Pending, now);
        capacity::begin(world, scope, group, server, Deed::ExitStandby, Cause::of(Why::User { from, to }), now);
        world.schedule_in(now, SHIFT_S, Event::Group { scope, group, step: Step::Arrive { server } });
    }
    write_begun(change, xml, group, slots.len());
    Ok(())
}

pub(super) fn attach(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let group = group_slot(&ask, form)?;
    let texts = members(form, "InstanceIds");
    if texts.is_empty() {
        return Err(invalid("At least one instance id must be specified."));
    }
    if texts.len() > MAX_SERVERS {
        return Err(invalid(format!("The number of instance ids that may be passed in is limited to {MAX_SERVERS}")));
    }
    let it = &ask.scope.groups[group as usize];
    let mut slots = Vec::new();
    for text in texts {
        let Some((slot, server)) = known_server(&ask, text) else {
            return Err(invalid(format!("Invalid Instance ID(s): [{text}]. The instance does not exist.")));
        };
        if server.membership.is_some() || server.operator.is_some() {
            return Err(invalid(format!("The instance {text} is already part of an Auto Scaling group or managed.")));
        }
        if server.state != ServerState::Running {
            return Err(invalid(format!("The instance {text} is not in correct state. It must be in running state.")));
        }
        if !it.zones.contains(&server.zone) {
            return Err(invalid(
                "The availability zones of the specified instance and the Auto Scaling group do not match",
            ));
        }
        if !slots.contains(&slot) {
            slots.push(slot);
        }
    }
    let from = it.desired;
    let to = from.saturating_add(u32::try_from(slots.len()).unwrap_or(u32::MAX));
    if to > it.max {
        return Err(out_of_bounds(it, "attach", slots.len()));
    }
    let protected_from_scale_in = it.new_protected;
    let tag = Tag { key: GROUP_TAG.into(), value: it.name.clone() };
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let place = world.scope_at_mut(scope);
    let it = &mut place.groups[group as usize];
    it.desired = to;
    it.scaled_at = Some(now);
    for &slot in &slots {
        it.members.push(slot);
        let server = &mut place.servers[slot as usize];
        server.tags = server.tags.iter().cloned().chain([tag.clone()]).collect();
        server.membership = Some(Membership {
            group,
            lifecycle: Lifecycle::Pending,
            since: now,
            in_service_at: None,
            ailment: None,
            registered: true,
            activity: 0,
            protected_from_scale_in,
            weight: None,
            launched_by: LaunchedBy::Attached,
            image: None,
        });
    }
    for server in slots {
        capacity::begin(world, scope, group, server, Deed::Attach, Cause::of(Why::User { from, to }), now);
        world.schedule_in(now, SHIFT_S, Event::Group { scope, group, step: Step::Arrive { server } });
    }
    Ok(())
}

pub(super) fn protect(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let group = group_slot(&ask, form)?;
    let wanted = required_flag(form, "ProtectedFromScaleIn")?;
    let found = asked::servers(&ask, form, group, MAX_PROTECTED)?;
    for (_, server, membership) in &found {
        if membership.lifecycle.is_warm() || membership.lifecycle.is_leaving() {
            let shown = id::show("i", server.id);
            let state = membership.lifecycle.name();
            return Err(invalid(format!(
                "The instance {shown} is not in InService or EnteringStandby or Standby: {state}."
            )));
        }
    }
    let slots: Vec<u32> = found.iter().map(|(slot, ..)| *slot).collect();
    let scope = change.scope;
    let place = change.effect()?.scope_at_mut(scope);
    for slot in slots {
        if let Some(membership) = &mut place.servers[slot as usize].membership {
            membership.protected_from_scale_in = wanted;
        }
    }
    Ok(())
}

pub(super) fn set_health(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let (slot, _, membership) = managed(&ask, required(form, "InstanceId")?)?;
    let ailment = match required(form, "HealthStatus")? {
        "Healthy" => None,
        "Unhealthy" => Some(Ailment::Told),
        other => {
            return Err(invalid(format!(
                "Invalid instance health status: {other}. Valid values are: Healthy, Unhealthy"
            )));
        }
    };
    let respects = flag(form, "ShouldRespectGracePeriod")?.unwrap_or(true);
    let group = &ask.scope.groups[membership.group as usize];
    let graced = membership
        .in_service_at
        .is_none_or(|at| at.as_second().saturating_add(i64::from(group.grace_s)) > change.now.as_second());
    let held = respects && group.grace_s > 0 && graced;
    let (group, scope, now) = (membership.group, change.scope, change.now);
    let world = change.effect()?;
    if held && ailment.is_some() {
        return Ok(());
    }
    if let Some(membership) = &mut world.scope_at_mut(scope).servers[slot as usize].membership {
        membership.ailment = ailment;
    }
    life::wake(world, scope, group, Step::Look, now);
    Ok(())
}

//! PutWarmPool, DeleteWarmPool and DescribeWarmPool.

use super::{
    asked::{flag, group_slot, number, size},
    group, invalid,
    life::{self, Step},
    page, write_member,
};
use crate::{
    call::{Ask, Change},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::group::{Launch, WarmPool},
};

pub(super) fn put(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = group_slot(&ask, form)?;
    let group = &ask.scope.groups[slot as usize];
    if matches!(group.launch, Launch::Mixed(_)) {
        return Err(invalid("You cannot add a warm pool to an Auto Scaling group that has a mixed instances policy."));
    }
    if group.rolling.is_some() {
        return Err(Fault::new(
            "InstanceRefreshInProgress",
            "An Instance Refresh is in progress and blocks the execution of this operation.",
        ));
    }
    let mut pool = group.warm_pool.clone().unwrap_or_else(|| WarmPool {
        min: 0,
        max_prepared: None,
        state: "Stopped".into(),
        reuse: false,
        ending: false,
    });
    if pool.ending {
        return Err(invalid(format!("The warm pool of {} is pending delete.", group.name)));
    }
    if let Some(min) = size(form, "MinSize")? {
        pool.min = min;
    }
    match number(form, "MaxGroupPreparedCapacity", -1..=1_000_000)? {
        None => (),
        // Takes back what was set (API reference).
        Some(-1) => pool.max_prepared = None,
        Some(most) => pool.max_prepared = u32::try_from(most).ok(),
    }
    match form.get("PoolState") {
        None => (),
        Some(text @ ("Stopped" | "Running" | "Hibernated")) => pool.state = text.into(),
        Some(text) => return Err(invalid(format!("Invalid warm pool state: {text}"))),
    }
    if let Some(reuse) = flag(form, "InstanceReusePolicy.ReuseOnScaleIn")? {
        pool.reuse = reuse;
    }
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    world.scope_at_mut(scope).groups[slot as usize].warm_pool = Some(pool);
    life::wake(world, scope, slot, Step::Look, now);
    Ok(())
}

pub(super) fn delete(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = group_slot(&ask, form)?;
    let force = flag(form, "ForceDelete")?.unwrap_or(false);
    let group = &ask.scope.groups[slot as usize];
    if group.warm_pool.is_none() {
        return Err(invalid(format!("No warm pool found for the Auto Scaling group {}.", group.name)));
    }
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let group = &mut world.scope_at_mut(scope).groups[slot as usize];
    if let Some(pool) = &mut group.warm_pool {
        pool.ending = true;
    }
    // Without force the pool stays until its servers have gone.
    if force && group.warm.is_empty() {
        group.warm_pool = None;
    }
    life::wake(world, scope, slot, Step::Look, now);
    Ok(())
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let group = group(ask, form)?;
    let (slots, next) = page(ask, form, 50, 50)?.take(&group.warm, |_| true);
    if let Some(pool) = &group.warm_pool {
        write(xml, pool);
    }
    xml.list("Instances", "member", slots, |xml, &slot| {
        let server = &ask.scope.servers[slot as usize];
        if let Some(membership) = &server.membership {
            write_member(ask, xml, server, membership);
            xml.text("HealthStatus", if membership.is_healthy() { "Healthy" } else { "Unhealthy" });
        }
    });
    xml.maybe("NextToken", next.as_deref());
    Ok(())
}

/// A pool's configuration, as all calls tell it.
pub(super) fn write(xml: &mut Xml, pool: &WarmPool) {
    xml.nest("WarmPoolConfiguration", |xml| {
        if let Some(most) = pool.max_prepared {
            xml.plain("MaxGroupPreparedCapacity", most);
        }
        xml.plain("MinSize", pool.min);
        xml.text("PoolState", &pool.state);
        if pool.ending {
            xml.text("Status", "PendingDelete");
        }
        xml.nest("InstanceReusePolicy", |xml| xml.plain("ReuseOnScaleIn", pool.reuse));
    });
}

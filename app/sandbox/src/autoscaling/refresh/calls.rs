//! StartInstanceRefresh, CancelInstanceRefresh and RollbackInstanceRefresh.

use super::{
    super::{asked::flag, group, invalid, launch_by},
    course, preferences, wanted,
};
use crate::{
    call::{Ask, Change},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        group::{Group, Launch},
        id,
        refresh::{Progress, Refresh, Share, Status, Strategy, Work},
    },
};

/// A refresh's id, as it is told.
pub(super) fn shown(refresh: &Refresh) -> String {
    id::uuid(refresh.id, 3)
}

/// The group's slot.
fn slot(ask: &Ask<'_>, group: &Group) -> u32 {
    let slot = ask.scope.groups.iter().position(|one| one.id == group.id);
    slot.and_then(|slot| u32::try_from(slot).ok()).expect("the group was found in this list")
}

fn active(group: &Group) -> Option<&Refresh> {
    group.refreshes.iter().find(|refresh| refresh.status.is_active())
}

/// Refuses to change what a group launches by while a refresh brings something else.
pub(in super::super) fn check_update(group: &Group) -> Result<(), Fault> {
    if active(group).is_none_or(|refresh| refresh.wanted.is_none()) {
        return Ok(());
    }
    Err(invalid(
        "An active instance refresh with a desired configuration exists. All configuration options derived from the \
         desired configuration are not available for update while the instance refresh is active.",
    ))
}

/// `DesiredConfiguration`; none if nothing was said.
fn desired(ask: &Ask<'_>, form: &Form) -> Result<Option<Launch>, Fault> {
    let template = launch_by::template(ask, form, "DesiredConfiguration.LaunchTemplate")?;
    let mixed = launch_by::mixed(ask, form, "DesiredConfiguration.MixedInstancesPolicy", None)?;
    match (template, mixed) {
        (Some(_), Some(_)) => Err(invalid(
            "Valid requests must contain either LaunchTemplate or MixedInstancesPolicy in DesiredConfiguration, but not \
             both.",
        )),
        (Some((slot, version)), None) => Ok(Some(Launch::Template(slot, version))),
        (None, mixed) => Ok(mixed.map(Launch::Mixed)),
    }
}

fn strategy(form: &Form) -> Result<Strategy, Fault> {
    match form.get("Strategy") {
        None | Some("Rolling") => Ok(Strategy::Rolling),
        Some("ReplaceRootVolume") => Ok(Strategy::ReplaceRootVolume),
        Some(text) => Err(invalid(format!(
            "1 validation error detected: Value '{text}' at 'strategy' failed to satisfy constraint: Member must \
             satisfy enum value set: [Rolling, ReplaceRootVolume]"
        ))),
    }
}

/// Refuses to replace roots where Auto Scaling does not ("Requirements" of the replace root volume strategy, and
/// "Limitations" of instance refreshes, in its user guide).
fn check_roots(ask: &Ask<'_>, group: &Group, wanted: Option<&Launch>) -> Result<(), Fault> {
    let refuse = |why: &str| Err(invalid(format!("The ReplaceRootVolume strategy can't be used: {why}")));
    if !matches!(group.launch, Launch::Mixed(_)) {
        return refuse("the Auto Scaling group must use a mixed instances policy.");
    }
    let Some(Launch::Mixed(mixed)) = wanted else {
        return refuse("specify a desired configuration with a mixed instances policy.");
    };
    if mixed.overrides.is_empty() || mixed.overrides.iter().any(|one| one.image.is_none()) {
        return refuse("all overrides in the mixed instances policy must specify an ImageId.");
    }
    if !group.target_groups.is_empty() {
        return refuse("root volume replacement doesn't support Elastic Load Balancing.");
    }
    let is_as_told =
        |slot: &u32| wanted::matches(ask.world, ask.scope, &group.launch, &ask.scope.servers[*slot as usize]);
    if !group.members.iter().all(is_as_told) {
        return refuse("all instances must match the launch template configuration of the Auto Scaling group.");
    }
    Ok(())
}

/// Whether the group could be brought back to what it launches by now: why not.
fn irreversible(ask: &Ask<'_>, group: &Group) -> Option<&'static str> {
    if wanted::may_move(&group.launch) {
        Some("the Auto Scaling group uses the launch template's $Latest or $Default version")
    } else if wanted::names_a_parameter(ask.scope, &group.launch) {
        Some(
            "the Auto Scaling group's launch template uses a Systems Manager parameter instead of an AMI ID for the \
             ImageId property",
        )
    } else {
        None
    }
}

pub(in super::super) fn start(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let group = group(&ask, form)?;
    let strategy = strategy(form)?;
    let wanted = desired(&ask, form)?;
    let preferences = preferences::read(form, group, wanted.as_ref())?;
    if let Some(why) = irreversible(&ask, group).filter(|_| preferences.auto_rollback) {
        return Err(invalid(format!(
            "The request isn't valid. The AutoRollback parameter cannot be set to true when {why}. Set AutoRollback to \
             false and try again."
        )));
    }
    if strategy == Strategy::ReplaceRootVolume {
        check_roots(&ask, group, wanted.as_ref())?;
    }
    if active(group).is_some() {
        return Err(Fault::new(
            "InstanceRefreshInProgress",
            "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
        ));
    }
    let nothing_done = Share { percent: 0, left: u32::try_from(group.members.len()).unwrap_or(u32::MAX) };
    let warm = group
        .warm_pool
        .as_ref()
        .map(|_| Share { percent: 0, left: u32::try_from(group.warm.len()).unwrap_or(u32::MAX) });
    let refresh = Refresh {
        id: id::mix(group.id ^ id::mix(group.refreshes.len() as u64 + 1)),
        status: Status::Pending,
        reason: None,
        start: change.now,
        end: None,
        strategy,
        preferences,
        wanted,
        progress: Progress { all: nothing_done, live: nothing_done, warm },
        rollback: None,
        work: Work::new(change.now),
    };
    let (slot, id, shown) = (slot(&ask, group), refresh.id, shown(&refresh));
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    world.scope_at_mut(scope).groups[slot as usize].refreshes.insert(0, refresh);
    course::schedule(world, scope, slot, id, now);
    xml.text("InstanceRefreshId", &shown);
    Ok(())
}

/// What a call is about that ends an active refresh.
fn to_end<'a>(ask: &Ask<'a>, form: &Form, may: impl Fn(Status) -> bool) -> Result<(&'a Group, &'a Refresh), Fault> {
    let group = group(ask, form)?;
    match active(group).filter(|refresh| may(refresh.status)) {
        Some(refresh) => Ok((group, refresh)),
        None => Err(Fault::new(
            "ActiveInstanceRefreshNotFound",
            format!("No in progress or pending Instance Refresh found for Auto Scaling group {}", group.name),
        )),
    }
}

pub(in super::super) fn cancel(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let patient = flag(form, "WaitForTransitioningInstances")?.unwrap_or(true);
    let (group, refresh) = to_end(&ask, form, |status| status != Status::Cancelling)?;
    let (slot, id, shown) = (slot(&ask, group), refresh.id, shown(refresh));
    let (scope, now) = (change.scope, change.now);
    course::call_off(change.effect()?, scope, slot, id, patient, now);
    xml.text("InstanceRefreshId", &shown);
    Ok(())
}

pub(in super::super) fn roll_back(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let (group, refresh) =
        to_end(&ask, form, |status| !matches!(status, Status::Cancelling | Status::RollbackInProgress))?;
    let why = match refresh.wanted {
        None => Some("the DesiredConfiguration parameter of the instance refresh is empty"),
        Some(_) => irreversible(&ask, group),
    };
    if let Some(why) = why {
        return Err(Fault::new(
            "IrreversibleInstanceRefresh",
            format!("The instance refresh cannot be rolled back, since {why}."),
        ));
    }
    let (slot, id, shown) = (slot(&ask, group), refresh.id, shown(refresh));
    let (scope, now) = (change.scope, change.now);
    course::roll_back(change.effect()?, scope, slot, id, "Rollback requested by the user.".to_owned(), now);
    xml.text("InstanceRefreshId", &shown);
    Ok(())
}

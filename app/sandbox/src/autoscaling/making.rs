//! CreateAutoScalingGroup, UpdateAutoScalingGroup and DeleteAutoScalingGroup.

use std::sync::Arc;

use super::{
    asked::{flag, group_slot, required, slot_of},
    group_arn, hooks, invalid,
    life::{self, Step},
    refresh,
    settings::{self, Settings},
    tags,
};
use crate::{
    call::Change,
    wire::{fault::Fault, form::Form, time, xml::Xml},
    world::{
        group::{Group, Life},
        id,
    },
};

pub(super) fn create(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let name = required(form, "AutoScalingGroupName")?;
    required(form, "MinSize")?;
    required(form, "MaxSize")?;
    if name.chars().count() > 255 || name.contains(':') {
        return Err(invalid(format!(
            "1 validation error detected: Value '{name}' at 'autoScalingGroupName' failed to satisfy constraint: Member \
             must have length less than or equal to 255 and contain no colon"
        )));
    }
    if let Some(known) = ask.scope.groups.iter().find(|group| group.is_known() && *group.name == *name) {
        let state = if known.life == Life::Ending { " and is pending delete" } else { "" };
        return Err(Fault::new(
            "AlreadyExists",
            format!(
                "AutoScalingGroup by this name already exists - A group with the name {name} already exists{state}"
            ),
        ));
    }
    let settings = Settings::read(&ask, form, None)?;
    let Some(launch) = settings.launch.clone() else {
        return Err(invalid(
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or \
             MixedInstancesPolicy parameter.",
        ));
    };
    if !settings.names_zones() {
        return Err(invalid("At least one Availability Zone or VPC Subnet is required."));
    }
    let (min, max, desired) = settings.sizes(None)?;
    let tags = tags::of_new_group(form, name)?;
    let hooks = hooks::of_new_group(form)?;
    let target_groups = settings::target_groups(&ask, form)?;
    let place = ask.scope;
    let nth = place.groups.len();
    let slot = u32::try_from(nth).map_err(|_| invalid("There are too many groups."))?;
    let name: Arc<str> = Arc::from(name);
    let id = id::mix(ask.world.seed.id(&["group", &place.account, place.region.name, &name]) ^ nth as u64);
    let now = change.now;
    let mut group = Group::new(name, id, now, launch, Vec::new());
    settings.apply(&mut group);
    (group.min, group.max, group.desired) = (min, max, desired);
    group.tags = tags;
    group.hooks = hooks;
    group.target_groups = target_groups;
    group.request = (desired > 0).then(|| {
        let at = time::iso_seconds(now);
        format!("At {at} a user request created an AutoScalingGroup changing the desired capacity from 0 to {desired}.")
            .into()
    });
    let arn = group_arn(&ask, &group);
    let scope = change.scope;
    let world = change.effect()?;
    world.scope_at_mut(scope).groups.push(group);
    life::wake(world, scope, slot, Step::Tick, now);
    change.note(arn);
    Ok(())
}

pub(super) fn update(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = group_slot(&ask, form)?;
    let before = &ask.scope.groups[slot as usize];
    let settings = Settings::read(&ask, form, Some(before))?;
    if settings.launch.is_some() {
        refresh::check_update(before)?;
    }
    let (min, max, desired) = settings.sizes(Some(before))?;
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let group = &mut world.scope_at_mut(scope).groups[slot as usize];
    if desired != group.desired {
        let at = time::iso_seconds(now);
        let text = format!(
            "At {at} a user request update of AutoScalingGroup constraints to min: {min}, max: {max}, desired: {desired} \
             changing the desired capacity from {} to {desired}.",
            group.desired
        );
        group.request = Some(text.into());
    }
    settings.apply(group);
    (group.min, group.max, group.desired) = (min, max, desired);
    // What failed by its settings may work by others.
    group.retry_at = None;
    life::wake(world, scope, slot, Step::Look, now);
    Ok(())
}

pub(super) fn delete(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = slot_of(&ask, required(form, "AutoScalingGroupName")?)?;
    let force = flag(form, "ForceDelete")?.unwrap_or(false);
    let group = &ask.scope.groups[slot as usize];
    let held = match group.deletion_protection {
        "prevent-all-deletion" => true,
        "prevent-force-deletion" => force,
        _ => false,
    };
    if held {
        return Err(Fault::new(
            "ResourceInUse",
            format!(
                "You cannot delete the AutoScalingGroup {} while its deletion protection is {}.",
                group.name, group.deletion_protection
            ),
        ));
    }
    let is_empty = group.members.is_empty() && group.warm.is_empty();
    if !force && !is_empty {
        return Err(Fault::new(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still \
             in the group.",
        ));
    }
    if !force && group.is_busy() {
        return Err(Fault::new(
            "ScalingActivityInProgress",
            "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.",
        ));
    }
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let group = &mut world.scope_at_mut(scope).groups[slot as usize];
    (group.min, group.max, group.desired) = (0, 0, 0);
    group.rolling = None;
    group.life = Life::Ending;
    if group.members.is_empty() && group.warm.is_empty() {
        group.life = Life::Gone;
    }
    life::wake(world, scope, slot, Step::Look, now);
    Ok(())
}

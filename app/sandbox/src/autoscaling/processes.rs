//! SuspendProcesses and ResumeProcesses, and the calls that tell what Auto Scaling knows at all.

use super::{
    asked::group_slot,
    invalid,
    life::{self, Step},
    members, settings,
};
use crate::{
    call::{Ask, Change},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::group::{Process, Suspended},
};

/// The processes that a call names; all of them if it names none.
fn named(form: &Form) -> Result<Vec<Process>, Fault> {
    let names = members(form, "ScalingProcesses");
    if names.is_empty() {
        return Ok(Process::ALL.to_vec());
    }
    let parse = |name: &str| Process::parse(name).ok_or_else(|| invalid(format!("Invalid scaling process: {name}")));
    names.into_iter().map(parse).collect()
}

pub(super) fn suspend(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let slot = group_slot(&change.ask(), form)?;
    let named = named(form)?;
    let (scope, now) = (change.scope, change.now);
    let group = &mut change.effect()?.scope_at_mut(scope).groups[slot as usize];
    for process in named {
        if !group.is_suspended(process) {
            group.suspended.push(Suspended { process, since: now });
        }
    }
    Ok(())
}

pub(super) fn resume(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let slot = group_slot(&change.ask(), form)?;
    let named = named(form)?;
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    world.scope_at_mut(scope).groups[slot as usize].suspended.retain(|one| !named.contains(&one.process));
    life::wake(world, scope, slot, Step::Look, now);
    Ok(())
}

pub(super) fn types(_: &Ask<'_>, _: &Form, xml: &mut Xml) -> Result<(), Fault> {
    xml.list("Processes", "member", Process::ALL, |xml, process| xml.text("ProcessName", process.name()));
    Ok(())
}

pub(super) fn termination_policies(_: &Ask<'_>, _: &Form, xml: &mut Xml) -> Result<(), Fault> {
    xml.list("TerminationPolicyTypes", "member", settings::TERMINATION_POLICIES, |xml, name| xml.raw_text(name));
    Ok(())
}

/// What new accounts may have (Auto Scaling's quotas).
const MAX_GROUPS: u32 = 500;
const MAX_CONFIGURATIONS: u32 = 200;

pub(super) fn account_limits(ask: &Ask<'_>, _: &Form, xml: &mut Xml) -> Result<(), Fault> {
    xml.plain("MaxNumberOfAutoScalingGroups", MAX_GROUPS);
    xml.plain("MaxNumberOfLaunchConfigurations", MAX_CONFIGURATIONS);
    xml.plain("NumberOfAutoScalingGroups", ask.scope.groups.iter().filter(|group| group.is_known()).count());
    let known = ask.scope.launch_configurations.iter().filter(|one| !one.deleted).count();
    xml.plain("NumberOfLaunchConfigurations", known);
    Ok(())
}

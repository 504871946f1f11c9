//! Lifecycle hooks: put, described and deleted, and the actions that they wait for.

use std::sync::Arc;

use super::{
    asked::{group_slot, known_server, number, required},
    invalid, members, waits,
};
use crate::{
    call::{Ask, Change},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        group::{Group, Hook},
        id,
    },
};

const LAUNCHING: &str = "autoscaling:EC2_INSTANCE_LAUNCHING";
const TERMINATING: &str = "autoscaling:EC2_INSTANCE_TERMINATING";
/// The most hooks of a group (Auto Scaling's quotas).
const MAX_HOOKS: usize = 50;
/// Without a `HeartbeatTimeout`, in seconds (API reference of PutLifecycleHook).
const HEARTBEAT_S: u32 = 3_600;

/// The hook in the parameters after `prefix`; what it leaves out stays as `before` has it.
fn read(form: &Form, prefix: &str, before: Option<&Hook>) -> Result<Hook, Fault> {
    let field = |name: &str| form.get(&format!("{prefix}{name}"));
    let name = required(form, &format!("{prefix}LifecycleHookName"))?;
    let launching = match (field("LifecycleTransition"), before) {
        (Some(LAUNCHING), _) => true,
        (Some(TERMINATING), _) => false,
        (Some(_), _) => {
            return Err(invalid(format!("LifecycleTransition must be either {LAUNCHING} or {TERMINATING}")));
        }
        (None, Some(before)) => before.launching,
        (None, None) => return Err(invalid("LifecycleTransition cannot be null when creating a hook")),
    };
    let goes_on = match (field("DefaultResult"), before) {
        (Some("CONTINUE"), _) => true,
        (Some("ABANDON"), _) => false,
        (Some(_), _) => return Err(invalid("DefaultResult must be either CONTINUE or ABANDON")),
        (None, before) => before.is_some_and(|hook| hook.goes_on),
    };
    let heartbeat_s = number(form, &format!("{prefix}HeartbeatTimeout"), 30..=7_200)?
        .and_then(|seconds| u32::try_from(seconds).ok())
        .or(before.map(|hook| hook.heartbeat_s))
        .unwrap_or(HEARTBEAT_S);
    let text = |name: &str, before: Option<&Arc<str>>| field(name).map(Arc::from).or_else(|| before.cloned());
    Ok(Hook {
        name: name.into(),
        launching,
        heartbeat_s,
        goes_on,
        metadata: text("NotificationMetadata", before.and_then(|hook| hook.metadata.as_ref())),
        target: text("NotificationTargetARN", before.and_then(|hook| hook.target.as_ref())),
        role: text("RoleARN", before.and_then(|hook| hook.role.as_ref())),
    })
}

/// The hooks that a new group comes with.
pub(super) fn of_new_group(form: &Form) -> Result<Vec<Hook>, Fault> {
    let list = "LifecycleHookSpecificationList.member";
    let numbers = form.numbers(list);
    if numbers.len() > MAX_HOOKS {
        return Err(invalid(format!("The number of lifecycle hooks is limited to {MAX_HOOKS}.")));
    }
    numbers.into_iter().map(|nth| read(form, &format!("{list}.{nth}."), None)).collect()
}

pub(super) fn put(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = group_slot(&ask, form)?;
    let name = required(form, "LifecycleHookName")?;
    let group = &ask.scope.groups[slot as usize];
    let at = group.hooks.iter().position(|hook| *hook.name == *name);
    if at.is_none() && group.hooks.len() >= MAX_HOOKS {
        return Err(Fault::new("LimitExceeded", format!("A group has at most {MAX_HOOKS} lifecycle hooks.")));
    }
    let hook = read(form, "", at.map(|at| &group.hooks[at]))?;
    let scope = change.scope;
    let hooks = &mut change.effect()?.scope_at_mut(scope).groups[slot as usize].hooks;
    match at {
        Some(at) => hooks[at] = hook,
        None => hooks.push(hook),
    }
    Ok(())
}

/// Where a group has its hook of this name.
fn position(group: &Group, name: &str) -> Result<usize, Fault> {
    group.hooks.iter().position(|hook| *hook.name == *name).ok_or_else(|| {
        invalid(format!("No Lifecycle Hook found with name: {name} for AutoScalingGroup: {}", group.name))
    })
}

pub(super) fn delete(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = group_slot(&ask, form)?;
    let group = &ask.scope.groups[slot as usize];
    let at = position(group, required(form, "LifecycleHookName")?)?;
    let name = group.hooks[at].name.clone();
    let waiting: Vec<u32> = group.waits.iter().filter(|wait| wait.hook == name).map(|wait| wait.server).collect();
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let goes_on = world.scope_at_mut(scope).groups[slot as usize].hooks.remove(at).goes_on;
    // What waits for a hook that is deleted ends as that hook says (API reference of DeleteLifecycleHook).
    for server in waiting {
        waits::complete(world, scope, slot, server, &name, goes_on, None, now);
    }
    Ok(())
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let slot = group_slot(ask, form)?;
    let names = members(form, "LifecycleHookNames");
    let group = &ask.scope.groups[slot as usize];
    for name in &names {
        position(group, name)?;
    }
    let shown = group.hooks.iter().filter(|hook| names.is_empty() || names.contains(&&*hook.name));
    xml.list("LifecycleHooks", "member", shown, |xml, hook| {
        xml.text("LifecycleHookName", &hook.name);
        xml.text("AutoScalingGroupName", &group.name);
        xml.text("LifecycleTransition", if hook.launching { LAUNCHING } else { TERMINATING });
        xml.maybe("NotificationTargetARN", hook.target.as_deref());
        xml.maybe("RoleARN", hook.role.as_deref());
        xml.maybe("NotificationMetadata", hook.metadata.as_deref());
        xml.plain("HeartbeatTimeout", hook.heartbeat_s);
        xml.plain("GlobalTimeout", waits::at_most_s(hook.heartbeat_s));
        xml.text("DefaultResult", if hook.goes_on { "CONTINUE" } else { "ABANDON" });
    });
    Ok(())
}

pub(super) fn types(_: &Ask<'_>, _: &Form, xml: &mut Xml) -> Result<(), Fault> {
    xml.list("LifecycleHookTypes", "member", [LAUNCHING, TERMINATING], Xml::raw_text);
    Ok(())
}

pub(super) fn complete_action(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let group = group_slot(&ask, form)?;
    let goes_on = match required(form, "LifecycleActionResult")? {
        "CONTINUE" => true,
        "ABANDON" => false,
        _ => return Err(invalid("LifecycleActionResult must be either CONTINUE or ABANDON")),
    };
    let (server, hook) = waiting(change, form, group)?;
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    waits::complete(world, scope, group, server, &hook, goes_on, None, now);
    Ok(())
}

pub(super) fn record_heartbeat(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let group = group_slot(&change.ask(), form)?;
    let (server, hook) = waiting(change, form, group)?;
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    waits::prolong(world, scope, group, server, &hook, now);
    Ok(())
}

/// The server that waits for the named hook, and the hook.
fn waiting(change: &Change<'_>, form: &Form, group: u32) -> Result<(u32, Arc<str>), Fault> {
    let ask = change.ask();
    let hook = required(form, "LifecycleHookName")?;
    let it = &ask.scope.groups[group as usize];
    let (wait, what) = match (form.get("LifecycleActionToken"), form.get("InstanceId")) {
        (Some(token), _) => {
            let found = it.waits.iter().find(|wait| *wait.hook == *hook && id::uuid(wait.token, 9) == token);
            (found, format!("token {token}"))
        }
        (None, Some(text)) => {
            let slot = known_server(&ask, text).map(|(slot, _)| slot);
            let found = it.waits.iter().find(|wait| *wait.hook == *hook && Some(wait.server) == slot);
            (found, format!("instance ID {text}"))
        }
        (None, None) => {
            return Err(invalid("Either the instance ID or the lifecycle action token must be specified."));
        }
    };
    wait.map(|wait| (wait.server, wait.hook.clone()))
        .ok_or_else(|| invalid(format!("No active Lifecycle Action found with {what}")))
}

//! TerminateInstances, StopInstances and StartInstances.

use super::{ids, instances::KIND, lifecycle};
use crate::{
    call::{Ask, Change, Input},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        arn, id,
        server::{Ended, Server, ServerState},
    },
};

/// The servers that a call names, as ARNs.
pub(super) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    arn::ec2_of(ask.scope, "instance", input.form.list("InstanceId"))
}

/// The servers asked for, each with the state that it was in: their slots.
fn asked(ask: &Ask<'_>, form: &Form) -> Result<Vec<(u32, ServerState)>, Fault> {
    let texts = form.list("InstanceId");
    if texts.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter InstanceId"));
    }
    let known = ids(&texts, &KIND, |id| ask.scope.server(id).is_some())?;
    let slots = known.iter().filter_map(|id| ask.scope.server_slots.get(id).copied());
    Ok(slots.map(|slot| (slot, ask.scope.servers[slot as usize].state)).collect())
}

/// Writes how each server changed.
fn write_changes(ask: &Ask<'_>, xml: &mut Xml, before: &[(u32, ServerState)]) {
    let state = |xml: &mut Xml, element: &str, state: ServerState| {
        xml.nest(element, |xml| {
            xml.plain("code", state.code());
            xml.text("name", state.name());
        });
    };
    xml.list("instancesSet", "item", before, |xml, (slot, was)| {
        let server = &ask.scope.servers[*slot as usize];
        xml.id("instanceId", "i", server.id);
        state(xml, "currentState", server.state);
        state(xml, "previousState", *was);
    });
}

pub(super) fn terminate(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let before = asked(&change.ask(), form)?;
    let ask = change.ask();
    let is_protected = |slot: &u32| -> bool {
        let server: &Server = &ask.scope.servers[*slot as usize];
        server.termination_protected && server.is_alive()
    };
    if let Some((slot, _)) = before.iter().find(|(slot, _)| is_protected(slot)) {
        let id = id::show("i", ask.scope.servers[*slot as usize].id);
        return Err(Fault::new(
            "OperationNotPermitted",
            format!(
                "The instance '{id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and \
                 try again."
            ),
        ));
    }
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    for (slot, _) in &before {
        lifecycle::terminate(world, scope, *slot, now, Ended::terminated_by_user(now));
    }
    write_changes(&change.ask(), xml, &before);
    Ok(())
}

/// Refuses what needs a server that is stopped or running.
fn not_ended(ask: &Ask<'_>, before: &[(u32, ServerState)], verb: &str) -> Result<(), Fault> {
    let ended = before.iter().find(|(_, state)| matches!(state, ServerState::ShuttingDown | ServerState::Terminated));
    match ended {
        None => Ok(()),
        Some((slot, _)) => Err(Fault::new(
            "IncorrectInstanceState",
            format!(
                "The instance '{}' is not in a state from which it can be {verb}.",
                id::show("i", ask.scope.servers[*slot as usize].id)
            ),
        )),
    }
}

pub(super) fn stop(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let before = asked(&change.ask(), form)?;
    not_ended(&change.ask(), &before, "stopped")?;
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    for (slot, _) in &before {
        lifecycle::stop(world, scope, *slot, now, Ended::stopped_by_user(now));
    }
    write_changes(&change.ask(), xml, &before);
    Ok(())
}

pub(super) fn start(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let before = asked(&change.ask(), form)?;
    not_ended(&change.ask(), &before, "started")?;
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    for (slot, _) in &before {
        lifecycle::start(world, scope, *slot, now);
    }
    write_changes(&change.ask(), xml, &before);
    Ok(())
}

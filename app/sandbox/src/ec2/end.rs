//! TerminateInstances, StopInstances, StartInstances and RebootInstances.

use super::{ids, instances::KIND, launch, lifecycle, missing};
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

/// The servers asked for, each once, with the state that it was in: their slots.
fn asked(ask: &Ask<'_>, form: &Form) -> Result<Vec<(u32, ServerState)>, Fault> {
    let texts = form.list("InstanceId");
    if texts.is_empty() {
        return Err(missing("InstanceId"));
    }
    let mut slots: Vec<u32> = Vec::new();
    for id in ids(&texts, &KIND, |id| ask.scope.server(id).is_some())? {
        slots.extend(ask.scope.server_slots.get(&id).filter(|slot| !slots.contains(slot)).copied());
    }
    Ok(slots.into_iter().map(|slot| (slot, ask.scope.servers[slot as usize].state)).collect())
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

fn not_permitted(server: &Server, verb: &str, attribute: &str) -> Fault {
    let id = id::show("i", server.id);
    Fault::new(
        "OperationNotPermitted",
        format!("The instance '{id}' may not be {verb}. Modify its '{attribute}' instance attribute and try again."),
    )
}

/// Why a server may not be terminated.
fn protection(server: &Server) -> Option<Fault> {
    if !server.is_alive() {
        return None;
    }
    // Stop protection protects from this as well.
    match (server.settings.termination_protected, server.settings.stop_protected) {
        (true, _) => Some(not_permitted(server, "terminated", "disableApiTermination")),
        (false, true) => Some(not_permitted(server, "terminated", "disableApiStop")),
        (false, false) => None,
    }
}

/// One protected server saves those of its zone; those of other zones are terminated all the same, and the call fails
/// (EC2's user guide on termination protection).
pub(super) fn terminate(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let before = asked(&ask, form)?;
    let server = |slot: u32| &ask.scope.servers[slot as usize];
    let saved: Vec<u8> = before
        .iter()
        .filter(|(slot, _)| protection(server(*slot)).is_some())
        .map(|(slot, _)| server(*slot).zone)
        .collect();
    let refusal = before.iter().find_map(|(slot, _)| protection(server(*slot)));
    let doomed: Vec<u32> =
        before.iter().map(|(slot, _)| *slot).filter(|slot| !saved.contains(&server(*slot).zone)).collect();
    if doomed.is_empty()
        && let Some(refusal) = refusal
    {
        return Err(refusal);
    }
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    for slot in doomed {
        lifecycle::terminate(world, scope, slot, now, Ended::terminated_by_user(now));
    }
    match refusal {
        Some(refusal) => Err(refusal),
        None => {
            write_changes(&change.ask(), xml, &before);
            Ok(())
        }
    }
}

fn wrong_state(server: &Server, verb: &str) -> Fault {
    let id = id::show("i", server.id);
    Fault::new("IncorrectInstanceState", format!("The instance '{id}' is not in a state from which it can be {verb}."))
}

pub(super) fn stop(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let before = asked(&ask, form)?;
    for (slot, state) in &before {
        let server = &ask.scope.servers[*slot as usize];
        let id = id::show("i", server.id);
        match state {
            ServerState::Pending if server.started == server.born => {
                return Err(Fault::new(
                    "IncorrectInstanceState",
                    format!("Instance '{id}' cannot be stopped as it has never reached the 'running' state."),
                ));
            }
            ServerState::ShuttingDown | ServerState::Terminated | ServerState::Forgotten => {
                return Err(wrong_state(server, "stopped"));
            }
            ServerState::Pending | ServerState::Running | ServerState::Stopping | ServerState::Stopped => (),
        }
        if server.settings.stop_protected {
            return Err(not_permitted(server, "stopped", "disableApiStop"));
        }
        if server.spot {
            return Err(Fault::new(
                "UnsupportedOperation",
                format!(
                    "You can't stop the Spot Instance '{id}' because it is associated with a one-time Spot Instance \
                     request. You can only stop Spot Instances associated with persistent Spot Instance requests."
                ),
            ));
        }
        if form.flag("Hibernate")? {
            return Err(Fault::new(
                "UnsupportedHibernationConfiguration",
                format!("The instance '{id}' is not configured for hibernation."),
            ));
        }
    }
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    for (slot, _) in &before {
        lifecycle::stop(world, scope, *slot, now, Ended::stopped_by_user(now));
    }
    write_changes(&change.ask(), xml, &before);
    Ok(())
}

pub(super) fn start(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let before = asked(&ask, form)?;
    let refused =
        |state: ServerState| !matches!(state, ServerState::Stopped | ServerState::Pending | ServerState::Running);
    if let Some((slot, _)) = before.iter().find(|(_, state)| refused(*state)) {
        return Err(wrong_state(&ask.scope.servers[*slot as usize], "started"));
    }
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    for (slot, _) in before.iter().filter(|(_, state)| *state == ServerState::Stopped) {
        launch::check_start(world, scope, *slot, now)?;
    }
    for (slot, _) in &before {
        lifecycle::start(world, scope, *slot, now);
    }
    write_changes(&change.ask(), xml, &before);
    Ok(())
}

pub(super) fn reboot(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let before = asked(&ask, form)?;
    if let Some((slot, _)) = before.iter().find(|(_, state)| *state != ServerState::Running) {
        return Err(wrong_state(&ask.scope.servers[*slot as usize], "rebooted"));
    }
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    for (slot, _) in &before {
        lifecycle::reboot(world, scope, *slot, now);
    }
    xml.plain("return", true);
    Ok(())
}

//! RunInstances.

use std::sync::Arc;

use super::{
    instances::View,
    launch::{self, Order},
    launch_request::{self, Wanted},
    server_xml::write_reservation,
    templates,
};
use crate::{
    call::{Ask, Change, Input},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{Scope, World, arn, id, server::Server},
};

/// The name that its tokens are kept under.
const ACTION: &str = "RunInstances";

/// The longest client token, in characters.
const MAX_TOKEN: usize = 64;

/// What a launch is about: the servers to be, the image and the template.
pub(super) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let form = &input.form;
    let mut arns = vec![arn::ec2(ask.scope, "instance", "*")];
    if let Ok(Some((slot, _))) = templates::named(ask, form, "LaunchTemplate") {
        let template = id::show("lt", ask.scope.templates[slot as usize].id);
        arns.push(arn::ec2(ask.scope, "launch-template", &template));
    }
    if let Some(image) = form.get("ImageId").filter(|image| id::well_formed("ami", image)) {
        arns.push(arn::ec2(ask.scope, "image", image));
    }
    arns
}

pub(super) fn run(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let token = token(form)?;
    let question = question(ask.world, form);
    if let Some(token) = &token
        && let Some(made) = launched_before(&ask, token, question)?
    {
        change.effect()?;
        return answer(change, xml, &made);
    }
    let wanted = launch_request::read(&ask, form)?;
    let most = room(ask.scope, &wanted)?;
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let order = Order { mould: wanted.mould, zone: wanted.zone, membership: None, token: token.clone() };
    let made = launch::launch_all(world, scope, &order, wanted.least..=most, now)?;
    let servers = &mut world.scope_at_mut(scope).servers;
    for (nth, &slot) in (0..).zip(&made) {
        servers[slot as usize].reservation = servers[made[0] as usize].reservation;
        servers[slot as usize].launch_index = nth;
    }
    if let Some(token) = token {
        let place = world.scope_at_mut(scope);
        let ids = made.iter().map(|&slot| place.servers[slot as usize].id).collect();
        place.tokens.remember(ACTION, &token, question, ids);
    }
    answer(change, xml, &made)
}

fn token(form: &Form) -> Result<Option<Arc<str>>, Fault> {
    match form.get("ClientToken") {
        Some(text) if text.chars().count() > MAX_TOKEN => Err(Fault::invalid(format!(
            "Value ({text}) for parameter clientToken is invalid. It must have at most {MAX_TOKEN} characters."
        ))),
        text => Ok(text.map(Arc::from)),
    }
}

/// A number for all that a request says.
fn question(world: &World, form: &Form) -> u64 {
    world.seed.id(&form.question())
}

/// The slots of the servers that this token launched before; none if it is new.
fn launched_before(ask: &Ask<'_>, token: &str, question: u64) -> Result<Option<Vec<u32>>, Fault> {
    let used = ask.scope.tokens.used(ACTION, token, question).map_err(|_| {
        Fault::new(
            "IdempotentParameterMismatch",
            "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
        )
    })?;
    let Some(used) = used else { return Ok(None) };
    let slots: Vec<u32> = used.made.iter().filter_map(|id| ask.scope.server_slots.get(id).copied()).collect();
    let alive = |slot: &u32| ask.scope.servers[*slot as usize].is_alive();
    if slots.len() < used.made.len() || !slots.iter().all(alive) {
        return Err(Fault::new(
            "IdempotentInstanceTerminated",
            "The client token you have provided is associated with a terminated instance. Please use a different \
             client token.",
        ));
    }
    Ok(Some(slots))
}

/// How many of the servers fit into their zone.
fn room(scope: &Scope, wanted: &Wanted) -> Result<u32, Fault> {
    let free = scope.free_addresses(wanted.zone);
    if free < wanted.least { Err(launch::no_address(scope, wanted.zone)) } else { Ok(free.min(wanted.most)) }
}

/// Writes the reservation of these servers.
fn answer(change: &mut Change<'_>, xml: &mut Xml, slots: &[u32]) -> Result<(), Fault> {
    let ask = change.ask();
    let servers: Vec<&Server> = slots.iter().map(|&slot| &ask.scope.servers[slot as usize]).collect();
    write_reservation(&View::new(&ask), xml, &servers);
    let ids: Vec<String> = servers.iter().map(|server| id::show("i", server.id)).collect();
    ids.into_iter().for_each(|id| change.note(id));
    Ok(())
}

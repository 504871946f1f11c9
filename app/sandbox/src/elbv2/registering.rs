//! RegisterTargets and DeregisterTargets: servers that somebody puts behind a load balancer, and takes out again.

use super::{Named, PORT, asked, invalid_targets, missing, targets};
use crate::{
    call::{Ask, Change},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::server::ServerState,
};

/// The targets of a call that names at least one.
fn some(form: &Form) -> Result<Vec<Named<'_>>, Fault> {
    let named = targets(form)?;
    if named.is_empty() { Err(missing("targets")) } else { Ok(named) }
}

/// Those of the targets of which something holds, as they were written.
fn those<'a>(named: &[Named<'a>], is_so: impl Fn(&Named<'_>) -> bool) -> Vec<&'a str> {
    named.iter().filter(|one| is_so(one)).map(|one| one.text).collect()
}

/// All or none: registered is what runs. What is a target already stays one.
pub(super) fn register(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let name = asked(&ask, form)?.name.clone();
    let named = some(form)?;
    let state = |one: &Named<'_>| ask.scope.server(one.id).map(|server| server.state);
    let unknown = those(&named, |one| state(one).is_none());
    if !unknown.is_empty() {
        return Err(invalid_targets("are not valid", &unknown));
    }
    let idle = those(&named, |one| state(one) != Some(ServerState::Running));
    if !idle.is_empty() {
        return Err(invalid_targets("are not in a running state and cannot be registered", &idle));
    }
    let slots = slots(&ask, &named);
    let (scope, now) = (change.scope, change.now);
    let group = change.effect()?.scope_at_mut(scope).target_group_mut(&name);
    for (slot, port) in slots {
        group.register(slot, port, now);
    }
    Ok(())
}

/// What is no target is left alone without a word ("If the specified target does not exist, the action returns
/// successfully", API reference). A group's server is taken out like any other; Auto Scaling does not put it back.
pub(super) fn deregister(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let name = asked(&ask, form)?.name.clone();
    let slots = slots(&ask, &some(form)?);
    let (scope, now) = (change.scope, change.now);
    let place = change.effect()?.scope_at_mut(scope);
    for (slot, port) in slots {
        let membership = place.servers[slot as usize].membership.as_mut();
        let of_group = membership.filter(|membership| {
            let group = &place.groups[membership.group as usize];
            port == PORT && membership.registered && group.target_groups.iter().any(|known| **known == *name)
        });
        let was_member = of_group.is_some();
        if let Some(membership) = of_group {
            membership.registered = false;
        }
        let group = place.target_group_mut(&name);
        if was_member {
            group.register(slot, port, now);
        }
        group.deregister(slot, port, now);
    }
    Ok(())
}

/// The slots and ports of those that EC2 knows.
fn slots(ask: &Ask<'_>, named: &[Named<'_>]) -> Vec<(u32, u16)> {
    named.iter().filter_map(|one| Some((*ask.scope.server_slots.get(&one.id)?, one.port))).collect()
}

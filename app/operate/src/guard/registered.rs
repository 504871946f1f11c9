//! What load balancers count on: a server that is in no group gives its places in target groups to its successor, and ends
//! once it has none.

use super::{Guard, Refusal};
use crate::facts::RegistrationFacts;
use crate::situation::Situation;

/// Where a server is registered in one target group, and its successor can be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seat {
    /// ARN of the target group.
    pub target_group: String,
    /// The ports, rising.
    pub ports: Vec<u16>,
}

/// The name of a target group in its ARN: `front`.
#[must_use]
pub fn target_group_name(arn: &str) -> &str {
    arn.split('/').nth(1).unwrap_or(arn)
}

/// `port 80`, `ports 80, 8080`.
#[must_use]
pub fn told_ports(ports: &[u16]) -> String {
    let told: Vec<String> = ports.iter().map(u16::to_string).collect();
    format!("{} {}", if ports.len() == 1 { "port" } else { "ports" }, told.join(", "))
}

/// The places of a server by target group, in the order of their ARNs. A target whose port is not known has none.
#[must_use]
pub fn seats<'a>(registered: impl IntoIterator<Item = &'a RegistrationFacts>) -> Vec<Seat> {
    let mut seats: Vec<Seat> = Vec::new();
    for one in registered {
        let Some(port) = one.port else { continue };
        match seats.iter_mut().find(|seat| seat.target_group == one.target_group) {
            Some(seat) => seat.ports.push(port),
            None => seats.push(Seat { target_group: one.target_group.clone(), ports: vec![port] }),
        }
    }
    seats.sort_by(|a, b| a.target_group.cmp(&b.target_group));
    for seat in &mut seats {
        seat.ports.sort_unstable();
        seat.ports.dedup();
    }
    seats
}

/// Where a server is registered; refuses where that was not read.
///
/// # Errors
/// [`Guard::Known`].
fn registered<'a>(situation: &'a Situation, id: &str) -> Result<&'a [RegistrationFacts], Refusal> {
    let found = situation.registered.get(id).map(Vec::as_slice);
    Guard::Known.demand(found.is_some(), || {
        let reason = format!("in which target groups {id} is registered was not read");
        (reason, "Plan again, naming this server.".to_owned())
    })?;
    Ok(found.unwrap_or_default())
}

/// All that stands against giving the places of a server, which is in no group, to its successor.
#[must_use]
pub fn gives_its_seats(situation: &Situation, id: &str) -> Vec<Refusal> {
    match registered(situation, id) {
        Ok(registered) => registered.iter().filter_map(|one| can_be_given(one).err()).collect(),
        Err(refusal) => vec![refusal],
    }
}

/// A target can be given up to another server where that can be registered as this one is, and where its health tells
/// when it stands in.
fn can_be_given(one: &RegistrationFacts) -> Result<(), Refusal> {
    let RegistrationFacts { server: id, target_group, target, port, zone, state, target_type, protocol } = one;
    let name = target_group_name(target_group);
    let of = one.port.map(|port| format!(" (port {port})")).unwrap_or_default();
    let against = if state.contains("draining") {
        Some(format!("{id} drains from the target group {name}{of}: somebody takes it out"))
    } else if target != id {
        Some(format!("{id} is registered in the target group {name} by its address {target}, which it takes along"))
    } else if target_type != "instance" {
        Some(format!("{id} is registered in the target group {name}, whose targets are of the type {target_type}"))
    } else if protocol.as_ref().is_some_and(|protocol| protocol.contains("QUIC")) {
        // `TargetDescription.QuicServerId` is one target's alone.
        Some(format!("{id} is registered in the target group {name}, where QUIC gives each target an id of its own"))
    } else if let Some(zone) = zone {
        // "Not supported if the target type of the target group is instance or alb" (API, `TargetDescription`).
        Some(format!(
            "{id} is registered in the target group {name} for the zone {zone}, which is told of addresses alone"
        ))
    } else if port.is_none() {
        Some(format!("{id} is registered in the target group {name}, and its port is not told"))
    } else if !matches!(state.as_str(), "healthy" | "unhealthy" | "initial") {
        Some(format!("{id} is {state} in the target group {name}{of}, so nothing would tell when its successor serves"))
    } else {
        None
    };
    Guard::Registered.demand(against.is_none(), || {
        let next = if state.contains("draining") {
            "Plan again once it has drained.".to_owned()
        } else {
            format!(
                "Register a server that can stand in, then take {id} out (`{}`) and plan again once it has drained.",
                deregistration(one)
            )
        };
        (against.unwrap_or_default(), next)
    })
}

fn deregistration(one: &RegistrationFacts) -> String {
    let port = one.port.map(|port| format!(",Port={port}")).unwrap_or_default();
    let RegistrationFacts { target_group, target, .. } = one;
    format!("aws elbv2 deregister-targets --target-group-arn {target_group} --targets Id={target}{port}")
}

/// Refuses to end a server that is in no group while a target group counts on it, be it that it drains.
///
/// # Errors
/// [`Guard::Registered`], and [`Guard::Known`] where that was not read.
pub fn unregistered(situation: &Situation, id: &str) -> Result<(), Refusal> {
    let registered = registered(situation, id)?;
    Guard::Registered.demand(registered.is_empty(), || {
        let told = |one: &RegistrationFacts| format!("{} ({})", target_group_name(&one.target_group), one.state);
        let groups: Vec<String> = registered.iter().map(told).collect();
        let noun = if groups.len() == 1 { "the target group" } else { "the target groups" };
        let reason = format!("{id} is still registered in {noun} {}", groups.join(", "));
        let next = match registered.iter().find(|one| !one.state.contains("draining")) {
            Some(one) => format!("Take it out (`{}`), or leave it.", deregistration(one)),
            None => "Wait until it has drained.".to_owned(),
        };
        (reason, next)
    })
}

/// Refuses to take a server out of target groups, or to end it, before the other one is healthy at each of its places.
/// `unless_idle`: what is not healthy itself may go all the same, since nothing is asked of it.
///
/// # Errors
/// [`Guard::StandIn`].
pub fn stands_in(
    situation: &Situation,
    id: &str,
    other: Option<&str>,
    seats: &[Seat],
    unless_idle: bool,
) -> Result<(), Refusal> {
    let state = |server: &str, arn: &str, port: u16| {
        let all = situation.registered.get(server).into_iter().flatten();
        let mut at = all.filter(|one| one.target_group == arn && one.port == Some(port) && one.target == server);
        at.next().map(|one| one.state.as_str())
    };
    for seat in seats {
        let (arn, name) = (&seat.target_group, target_group_name(&seat.target_group));
        for &port in &seat.ports {
            let is_idle = unless_idle && state(id, arn, port) != Some("healthy");
            let found = other.and_then(|other| state(other, arn, port));
            Guard::StandIn.demand(found == Some("healthy") || is_idle, || {
                let other = other.unwrap_or("the server that is to stand in for it");
                let is = found.unwrap_or("not registered");
                let reason = format!("{other} is {is} in the target group {name} (port {port}), and {id} leaves it");
                (reason, format!("Wait until {other} is healthy there; {id} stays as it is."))
            })?;
        }
    }
    Ok(())
}

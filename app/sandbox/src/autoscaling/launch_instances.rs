//! LaunchInstances: servers for a group at once, with a token.

use super::{
    asked::{group_slot, number, required},
    capacity, invalid, members, settings,
};
use crate::{
    call::{Ask, Change},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        activity::Why,
        group::{Group, Process},
        id,
        membership::Lifecycle,
        server::Server,
    },
};

/// The name that its tokens are kept under.
const ACTION: &str = "LaunchInstances";
/// The most servers of one call (API reference).
const MAX_SERVERS: usize = 100;

/// The zone that a call names, by its name, its id or its subnet; a group with one zone needs none.
fn zone(ask: &Ask<'_>, form: &Form, group: &Group) -> Result<u8, Fault> {
    let region = ask.scope.region;
    let (names, ids, subnets) =
        (members(form, "AvailabilityZones"), members(form, "AvailabilityZoneIds"), members(form, "SubnetIds"));
    if names.len().max(ids.len()).max(subnets.len()) > 1 || (!names.is_empty() && !ids.is_empty()) {
        return Err(invalid("Only one Availability Zone can be specified."));
    }
    let mut zones = Vec::new();
    for text in names {
        zones.push(settings::zone_named(ask, text)?);
    }
    for text in ids {
        let found = region.zone_indices().find(|zone| region.zone_id(*zone) == text);
        zones.push(found.ok_or_else(|| invalid(format!("Invalid availability zone id: {text}")))?);
    }
    for text in subnets {
        let found = region.zone_indices().find(|zone| id::show("subnet", ask.scope.network.subnet(*zone)) == text);
        zones.push(found.ok_or_else(|| invalid(format!("The subnet ID '{text}' does not exist")))?);
    }
    zones.dedup();
    let zone = match (&*zones, &*group.zones) {
        ([zone], _) | ([], [zone]) => *zone,
        ([], _) => {
            return Err(invalid(
                "Either AvailabilityZones or SubnetIds must be specified for groups with several zones.",
            ));
        }
        _ => return Err(invalid("The subnet must reside in the specified Availability Zone.")),
    };
    if group.zones.contains(&zone) {
        Ok(zone)
    } else {
        Err(invalid(format!("The Auto Scaling group has no Availability Zone {}.", region.zone_name(zone))))
    }
}

pub(super) fn launch(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = group_slot(&ask, form)?;
    required(form, "RequestedCapacity")?;
    let wanted = number(form, "RequestedCapacity", 1..=1_000_000)?.and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
    let token = required(form, "ClientToken")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte);
    if token.len() > 64 || !token.bytes().all(plain) {
        return Err(invalid(
            "1 validation error detected: Value at 'clientToken' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [A-Za-z0-9\\-_\\/]+ and have length less than or equal to 64",
        ));
    }
    let retries = match form.get("RetryStrategy") {
        None | Some("none") => false,
        Some("retry-with-group-configuration") => true,
        Some(other) => return Err(invalid(format!("Invalid RetryStrategy: {other}"))),
    };
    let question = ask.world.seed.id(&form.question());
    let used = ask.scope.tokens.used(ACTION, token, question).map_err(|_| {
        Fault::new(
            "IdempotentParameterMismatch",
            format!("The client token {token} was used before with other parameters."),
        )
    })?;
    if let Some(used) = used {
        let made: Vec<u32> = used.made.iter().filter_map(|id| ask.scope.server_slots.get(id).copied()).collect();
        write(&ask, xml, slot, token, &made, None);
        return Ok(());
    }
    let group = &ask.scope.groups[slot as usize];
    let zone = zone(&ask, form, group)?;
    if group.is_suspended(Process::Launch) {
        return Err(invalid(format!("The process Launch of {} is suspended.", group.name)));
    }
    let from = group.desired;
    let to = from.saturating_add(wanted);
    if to > group.max {
        return Err(invalid(format!(
            "The requested capacity {wanted} and the desired capacity {from} are above max value {} for the \
             AutoScalingGroup.",
            group.max
        )));
    }
    let token = token.to_owned();
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let (mut made, mut units, mut failed) = (Vec::new(), 0_u32, None);
    while units < wanted && made.len() < MAX_SERVERS {
        let why = Why::User { from, to };
        match capacity::launch_into(world, scope, slot, why, None, &[zone], Lifecycle::Pending, now) {
            Ok(server) => {
                let weight = capacity::units(world, scope, server);
                units = units.saturating_add(weight);
                made.push(server);
            }
            Err(fault) => {
                failed = Some(fault);
                break;
            }
        }
    }
    let place = world.scope_at_mut(scope);
    let ids: Vec<u64> = made.iter().map(|&slot| place.servers[slot as usize].id).collect();
    // What was launched stays, and what is tried again by itself is wanted, too.
    let kept = if retries { units.max(wanted) } else { units };
    let it = &mut place.groups[slot as usize];
    it.desired = from.saturating_add(kept);
    if failed.is_some() && !retries {
        it.retry_at = None;
    }
    place.tokens.remember(ACTION, &token, question, ids.clone());
    ids.into_iter().for_each(|id| change.note(id::show("i", id)));
    write(&change.ask(), xml, slot, &token, &made, failed.as_ref().map(|fault| (fault, zone)));
    Ok(())
}

fn write(ask: &Ask<'_>, xml: &mut Xml, group: u32, token: &str, made: &[u32], failed: Option<(&Fault, u8)>) {
    let region = ask.scope.region;
    xml.text("AutoScalingGroupName", &ask.scope.groups[group as usize].name);
    xml.text("ClientToken", token);
    let place = |xml: &mut Xml, zone: u8| {
        xml.id("SubnetId", "subnet", ask.scope.network.subnet(zone));
        xml.text("AvailabilityZone", &region.zone_name(zone));
        xml.text("AvailabilityZoneId", &region.zone_id(zone));
    };
    // Servers that are alike are told together.
    let alike = |one: &Server| (one.instance_type.clone(), one.spot, one.zone);
    let servers: Vec<&Server> = made.iter().map(|&slot| &ask.scope.servers[slot as usize]).collect();
    let mut kinds = Vec::new();
    for server in &servers {
        let kind = alike(server);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    xml.list("Instances", "member", kinds, |xml, kind| {
        xml.text("InstanceType", &kind.0);
        xml.text("MarketType", if kind.1 { "spot" } else { "on-demand" });
        place(xml, kind.2);
        let of_kind = servers.iter().filter(|server| alike(server) == kind);
        xml.list("InstanceIds", "member", of_kind, |xml, server| xml.raw_text(&id::show("i", server.id)));
    });
    xml.list("Errors", "member", failed, |xml, (fault, zone)| {
        place(xml, zone);
        xml.text("ErrorCode", &fault.code);
        xml.text("ErrorMessage", &fault.message);
    });
}

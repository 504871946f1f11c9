//! The association of a server with its instance profile: made, replaced, taken away and told.

use std::{collections::HashSet, sync::Arc};

use super::{Kind, attributes, ids, launch_request::instance_profile, missing, page, server_xml::write_profile};
use crate::{
    call::{Ask, Change, Input},
    wire::{
        fault::Fault,
        filter::{self, Has},
        form::Form,
        xml::Xml,
    },
    world::{Scope, arn, id, server::Server},
};

const KIND: Kind = Kind {
    prefix: "iip-assoc",
    malformed: "InvalidAssociationID.Malformed",
    missing: "InvalidAssociationID.NotFound",
    message: |missing| format!("An invalid association-id of '{}' was given", missing.join(", ")),
};

/// The id of a server's association; none without a profile. Another profile is another association.
fn association(server: &Server) -> Option<u64> {
    let name = server.instance_profile.as_deref()?;
    Some(id::Seed(server.id).id(&["iip-assoc", name]))
}

/// The slot of the server that an association is of.
fn slot_of(scope: &Scope, association_id: u64) -> Option<u32> {
    let found = |server: &Server| server.has_parts() && association(server) == Some(association_id);
    scope.servers.iter().position(found).and_then(|slot| u32::try_from(slot).ok())
}

fn asked(ask: &Ask<'_>, form: &Form) -> Result<u32, Fault> {
    let text = form.get("AssociationId").ok_or_else(|| missing("AssociationId"))?;
    let found = ids(&[text], &KIND, |id| slot_of(ask.scope, id).is_some())?;
    found
        .first()
        .and_then(|&id| slot_of(ask.scope, id))
        .ok_or_else(|| Fault::new(KIND.missing, (KIND.message)(&[text])))
}

/// The server of the association that a call names, as an ARN.
pub(super) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let server = asked(ask, &input.form).map(|slot| id::show("i", ask.scope.servers[slot as usize].id));
    vec![arn::ec2(ask.scope, "instance", server.as_deref().unwrap_or("*"))]
}

fn write(ask: &Ask<'_>, xml: &mut Xml, server: &Server, state: &str) {
    if let Some(id) = association(server) {
        xml.id("associationId", "iip-assoc", id);
    }
    xml.id("instanceId", "i", server.id);
    write_profile(xml, ask.world, ask.scope, server);
    xml.text("state", state);
}

const FILTERS: &[&str] = &["instance-id", "state"];

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let texts = form.list("AssociationId");
    let wanted: HashSet<u64> = ids(&texts, &KIND, |id| slot_of(ask.scope, id).is_some())?.into_iter().collect();
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, FILTERS, false)?;
    let (servers, next) = page(ask, form, 5, 1000, None)?.take(&ask.scope.servers, |server| {
        server.has_parts()
            && association(server).is_some_and(|id| wanted.is_empty() || wanted.contains(&id))
            && filter::pass(&filters, &[], |name| match name {
                "instance-id" => Has::made(id::show("i", server.id)),
                _ => Has::text("associated"),
            })
    });
    xml.list("iamInstanceProfileAssociationSet", "item", servers, |xml, server| write(ask, xml, server, "associated"));
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

/// Gives a server another profile and tells the association.
fn set(change: &mut Change<'_>, slot: u32, name: Arc<str>, xml: &mut Xml) -> Result<(), Fault> {
    let scope = change.scope;
    change.effect()?.scope_at_mut(scope).servers[slot as usize].instance_profile = Some(name);
    let ask = change.ask();
    let server = &ask.scope.servers[slot as usize];
    xml.nest("iamInstanceProfileAssociation", |xml| write(&ask, xml, server, "associating"));
    Ok(())
}

fn profile(form: &Form) -> Result<Arc<str>, Fault> {
    instance_profile(form, "IamInstanceProfile")?.ok_or_else(|| missing("IamInstanceProfile"))
}

pub(super) fn associate(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = attributes::asked(&ask, form)?;
    let name = profile(form)?;
    let server = &ask.scope.servers[slot as usize];
    attributes::not_ended(server)?;
    if server.instance_profile.is_some() {
        return Err(Fault::new(
            "IncorrectState",
            format!("There is an existing association for instance {}", id::show("i", server.id)),
        ));
    }
    set(change, slot, name, xml)
}

pub(super) fn replace(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let slot = asked(&ask, form)?;
    let name = profile(form)?;
    attributes::not_ended(&ask.scope.servers[slot as usize])?;
    set(change, slot, name, xml)
}

pub(super) fn disassociate(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let slot = asked(&change.ask(), form)?;
    let scope = change.scope;
    let server = &mut change.effect()?.scope_at_mut(scope).servers[slot as usize];
    let before = server.clone();
    server.instance_profile = None;
    xml.nest("iamInstanceProfileAssociation", |xml| write(&change.ask(), xml, &before, "disassociating"));
    Ok(())
}

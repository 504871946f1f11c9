//! DescribeInstanceStatus: whether servers pass EC2's own checks.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{
    ids,
    instances::{KIND, View},
    no_pages_of_ids, page,
    server_xml::{write_operator, write_state},
};
use crate::{
    call::Ask,
    wire::{
        fault::Fault,
        filter::{self, Has},
        form::Form,
        xml::Xml,
    },
    world::server::{Server, ServerState},
};

const FILTERS: &[&str] = &[
    "attached-ebs-status.status",
    "availability-zone",
    "availability-zone-id",
    "instance-state-code",
    "instance-state-name",
    "instance-status.reachability",
    "instance-status.status",
    "operator.managed",
    "operator.principal",
    "system-status.reachability",
    "system-status.status",
];

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// The server does not run.
    NotApplicable,
    Initializing,
    Passed,
    /// Since when.
    Failed(Timestamp),
}

impl Check {
    /// The word of the summary.
    fn summary(self) -> &'static str {
        match self {
            Check::NotApplicable => "not-applicable",
            Check::Initializing => "initializing",
            Check::Passed => "ok",
            Check::Failed(_) => "impaired",
        }
    }

    /// The word of the check itself; none if there is none.
    fn reachability(self) -> Option<&'static str> {
        match self {
            Check::NotApplicable => None,
            Check::Initializing => Some("initializing"),
            Check::Passed => Some("passed"),
            Check::Failed(_) => Some("failed"),
        }
    }
}

/// The check of the machine below the server.
fn system(server: &Server, now: Timestamp) -> Check {
    match server.state {
        ServerState::Running if server.ready_at() <= now => Check::Passed,
        ServerState::Running => Check::Initializing,
        _ => Check::NotApplicable,
    }
}

/// The check of the server itself.
fn own(server: &Server, now: Timestamp) -> Check {
    match system(server, now) {
        Check::Passed if server.never_works => Check::Failed(server.ready_at()),
        check => check,
    }
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let asked = form.list("InstanceId");
    no_pages_of_ids(form, &asked, "instancesSet")?;
    let wanted: HashSet<u64> = ids(&asked, &KIND, |id| ask.scope.server(id).is_some())?.into_iter().collect();
    let (all, managed_too) = (form.flag("IncludeAllInstances")?, form.flag("IncludeManagedResources")?);
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, FILTERS, false)?;
    let view = View::new(ask);
    let has = |server: &Server, name: &str| match name {
        "attached-ebs-status.status" | "system-status.status" => Has::text(system(server, ask.now).summary()),
        "system-status.reachability" => Has::maybe(system(server, ask.now).reachability()),
        "instance-status.status" => Has::text(own(server, ask.now).summary()),
        "instance-status.reachability" => Has::maybe(own(server, ask.now).reachability()),
        _ => Has::Nothing,
    };
    let (servers, next) = page(ask, form, 5, 1000, None)?.take(&ask.scope.servers, |server| {
        server.is_known()
            && (all || server.state == ServerState::Running)
            && (wanted.is_empty() || wanted.contains(&server.id))
            && (managed_too || server.operator.is_none() || wanted.contains(&server.id))
            && filter::pass(&filters, &[], |name| match has(server, name) {
                Has::Nothing => view.has(server, name),
                has => has,
            })
    });
    xml.list("instanceStatusSet", "item", servers, |xml, server| {
        xml.id("instanceId", "i", server.id);
        xml.text("availabilityZone", &view.zone(server).0);
        xml.text("availabilityZoneId", &view.zone(server).1);
        write_state(xml, server);
        write_check(xml, "systemStatus", system(server, ask.now));
        write_check(xml, "instanceStatus", own(server, ask.now));
        write_check(xml, "attachedEbsStatus", system(server, ask.now));
        write_operator(xml, server);
    });
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

fn write_check(xml: &mut Xml, name: &str, check: Check) {
    xml.nest(name, |xml| {
        xml.text("status", check.summary());
        if let Some(reachability) = check.reachability() {
            xml.list("details", "item", [reachability], |xml, reachability| {
                if let Check::Failed(since) = check {
                    xml.time("impairedSince", since);
                }
                xml.text("name", "reachability");
                xml.text("status", reachability);
            });
        }
    });
}

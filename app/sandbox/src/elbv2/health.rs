//! DescribeTargetHealth: what a load balancer says of the servers of a target group.

use jiff::Timestamp;

use super::{PORT, asked, targets};
use crate::{
    call::Ask,
    events::later,
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        Scope, id,
        membership::{Ailment, Lifecycle},
        server::{Server, ServerState},
        target_group::{Target, TargetGroup},
    },
};

/// What a load balancer says of a target: the state, with its reason and description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Health {
    state: &'static str,
    why: Option<(&'static str, &'static str)>,
}

const HEALTHY: Health = Health { state: "healthy", why: None };
const REGISTERING: Health =
    Health { state: "initial", why: Some(("Elb.RegistrationInProgress", "Target registration is in progress")) };
const CHECKING: Health =
    Health { state: "initial", why: Some(("Elb.InitialHealthChecking", "Initial health checks in progress")) };
const FAILED: Health = Health { state: "unhealthy", why: Some(("Target.FailedHealthChecks", "Health checks failed")) };
const DRAINING: Health = Health {
    state: "draining",
    why: Some(("Target.DeregistrationInProgress", "Target deregistration is in progress")),
};
const STOPPED: Health =
    Health { state: "unused", why: Some(("Target.InvalidState", "Target is in the stopped state")) };
const NOT_REGISTERED: Health =
    Health { state: "unused", why: Some(("Target.NotRegistered", "Target is not registered to the target group")) };

/// How long a load balancer takes to take a target in, in seconds. AWS promises no time.
const REGISTERING_S: u32 = 10;
/// Between two checks: AWS's default (`HealthCheckIntervalSeconds`). One passed makes a new target healthy ("after your
/// target is registered, it must pass one health check to be considered healthy", the load balancers' guide).
const INTERVAL_S: u32 = 30;
/// So many failed checks make a target unhealthy (`UnhealthyThresholdCount`), and so many passed ones an unhealthy target
/// healthy (`HealthyThresholdCount`): AWS's defaults.
const UNHEALTHY_AFTER: u32 = 2;
const HEALTHY_AFTER: u32 = 5;

/// The health of a group's server; none if it is not registered. Auto Scaling registers what enters service and
/// deregisters what leaves it, Standby and warm pools included.
fn of_member(server: &Server, now: Timestamp) -> Option<Health> {
    let membership = server.membership.as_ref()?;
    let lifecycle = membership.lifecycle;
    if lifecycle.is_warm() || lifecycle == Lifecycle::Standby || !membership.registered {
        return None;
    }
    Some(match server.state {
        ServerState::Terminated | ServerState::Forgotten => return None,
        ServerState::ShuttingDown => DRAINING,
        _ if matches!(
            lifecycle,
            Lifecycle::Terminating | Lifecycle::TerminatingWait | Lifecycle::EnteringStandby | Lifecycle::Detaching
        ) =>
        {
            DRAINING
        }
        ServerState::Pending => REGISTERING,
        ServerState::Stopping | ServerState::Stopped => STOPPED,
        ServerState::Running if matches!(membership.ailment, Some(Ailment::Target | Ailment::Impaired)) => FAILED,
        ServerState::Running if server.ready_at() > now => CHECKING,
        ServerState::Running if server.never_works => FAILED,
        ServerState::Running => HEALTHY,
    })
}

/// The health of a server that was registered by hand; none once it is no target any more.
fn of_registered(server: &Server, target: &Target, now: Timestamp) -> Option<Health> {
    Some(match server.state {
        ServerState::Terminated | ServerState::Forgotten => return None,
        _ if target.is_gone(now) => return None,
        _ if target.deregistered.is_some() => DRAINING,
        ServerState::ShuttingDown => DRAINING,
        ServerState::Pending => REGISTERING,
        ServerState::Stopping | ServerState::Stopped => STOPPED,
        ServerState::Running => checked(server, target.since.max(server.started), now),
    })
}

/// What the checks say of a running server that is looked at since then.
fn checked(server: &Server, since: Timestamp, now: Timestamp) -> Health {
    let taken_in = later(since, REGISTERING_S);
    let given_up = later(taken_in, UNHEALTHY_AFTER * INTERVAL_S);
    let works = server.ready_at();
    let passed = match works <= given_up {
        true => later(works.max(taken_in), INTERVAL_S),
        false => later(works, HEALTHY_AFTER * INTERVAL_S),
    };
    if now < taken_in {
        REGISTERING
    } else if !server.never_works && passed <= now {
        HEALTHY
    } else if given_up <= now && (server.never_works || works > given_up) {
        FAILED
    } else {
        CHECKING
    }
}

/// Each target of a target group: the server's number and the port.
fn all(scope: &Scope, group: &TargetGroup, now: Timestamp) -> Vec<(u64, u16, Health)> {
    let is_of_it = |server: &&Server| {
        server.membership.as_ref().is_some_and(|membership| {
            scope.groups[membership.group as usize].target_groups.iter().any(|known| **known == *group.name)
        })
    };
    let members = scope.known_servers().filter(is_of_it);
    let mut found: Vec<(u64, u16, Health)> =
        members.filter_map(|server| Some((server.id, PORT, of_member(server, now)?))).collect();
    for target in &group.targets {
        let server = &scope.servers[target.server as usize];
        // Whom Auto Scaling has registered there is one target, whoever else did so.
        let is_there = found.iter().any(|(id, port, _)| (*id, *port) == (server.id, target.port));
        if let Some(health) = of_registered(server, target, now).filter(|_| !is_there) {
            found.push((server.id, target.port, health));
        }
    }
    found
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let group = asked(ask, form)?;
    let named = targets(form)?;
    let registered = all(ask.scope, group, ask.now);
    let shown: Vec<(u64, u16, Health)> = if named.is_empty() {
        registered
    } else {
        let find = |id: u64, port: u16| registered.iter().find(|known| (known.0, known.1) == (id, port));
        let health = |id, port| find(id, port).map_or(NOT_REGISTERED, |(.., health)| *health);
        named.iter().map(|one| (one.id, one.port, health(one.id, one.port))).collect()
    };
    xml.list("TargetHealthDescriptions", "member", shown, |xml, (id, port, health)| {
        xml.nest("Target", |xml| {
            xml.text("Id", &id::show("i", id));
            xml.plain("Port", port);
        });
        if health != NOT_REGISTERED {
            xml.plain("HealthCheckPort", port);
        }
        xml.nest("TargetHealth", |xml| {
            xml.text("State", health.state);
            if let Some((reason, description)) = health.why {
                xml.text("Reason", reason);
                xml.text("Description", description);
            }
        });
    });
    Ok(())
}

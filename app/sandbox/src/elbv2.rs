//! Elastic Load Balancing's query protocol, version 2: the target groups of groups, and the health of their servers as
//! a load balancer sees it.

use jiff::Timestamp;

use crate::{
    call::{Ask, Call, Handler, anything},
    wire::{fault::Fault, form::Form, page::Page, xml::Xml},
    world::{
        Scope, id,
        membership::{Ailment, Lifecycle},
        server::{Server, ServerState},
    },
};

/// The namespace of its answers.
pub(crate) const NAMESPACE: &str = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/";

/// The port that targets are registered with and checked at.
const PORT: u16 = 80;

/// Elastic Load Balancing's calls.
pub(crate) const CALLS: &[Call] = &[
    Call {
        name: "DescribeTargetGroups",
        parameters: &[],
        resources: anything,
        handler: Handler::ReadXml(describe_target_groups),
    },
    Call {
        name: "DescribeTargetHealth",
        parameters: &[],
        resources: anything,
        handler: Handler::ReadXml(describe_target_health),
    },
];

/// The ARN of the target group called `name`.
pub(crate) fn target_group_arn(ask: &Ask<'_>, name: &str) -> String {
    let (region, account) = (ask.scope.region.name, &ask.scope.account);
    let suffix = ask.world.seed.id(&["tg", account, region, name]);
    format!("arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{suffix:016x}")
}

/// The ARN of the load balancer in front of the target group called `name`.
fn load_balancer_arn(ask: &Ask<'_>, name: &str) -> String {
    let (region, account) = (ask.scope.region.name, &ask.scope.account);
    let suffix = ask.world.seed.id(&["lb", account, region, name]);
    format!("arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{suffix:016x}")
}

/// The names of the target groups that groups have, each once.
fn names(scope: &Scope) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in scope.groups.iter().flat_map(|group| &group.target_groups) {
        if !names.contains(&&**name) {
            names.push(name);
        }
    }
    names
}

fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

fn target_group_not_found() -> Fault {
    Fault::new("TargetGroupNotFound", "One or more target groups not found")
}

/// The most target groups on a page.
const MAX_PAGE: usize = 400;

fn describe_target_groups(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let (arns, by_name) = (form.list("TargetGroupArns.member"), form.list("Names.member"));
    let load_balancer = form.get("LoadBalancerArn");
    if [!arns.is_empty(), !by_name.is_empty(), load_balancer.is_some()].iter().filter(|given| **given).count() > 1 {
        return Err(validation(
            "Load balancer ARN, target group ARNs, and target group names cannot be specified at the same time",
        ));
    }
    let size = match form.get("PageSize") {
        None => MAX_PAGE,
        Some(text) => text.parse().ok().filter(|size| (1..=MAX_PAGE).contains(size)).ok_or_else(|| {
            validation(format!(
                "1 validation error detected: Value '{text}' at 'pageSize' failed to satisfy constraint: \
                     Member must have value between 1 and {MAX_PAGE}"
            ))
        })?,
    };
    let all: Vec<(&str, String)> =
        names(ask.scope).into_iter().map(|name| (name, target_group_arn(ask, name))).collect();
    let unknown_arn = arns.iter().any(|arn| !all.iter().any(|(_, known)| known == arn));
    if unknown_arn || by_name.iter().any(|name| !all.iter().any(|(known, _)| known == name)) {
        return Err(target_group_not_found());
    }
    if load_balancer.is_some_and(|arn| !all.iter().any(|(name, _)| load_balancer_arn(ask, name) == arn)) {
        return Err(Fault::new("LoadBalancerNotFound", "One or more load balancers not found"));
    }
    let mut question = vec!["elasticloadbalancing", &*ask.scope.account, ask.scope.region.name];
    question.extend(form.question());
    let page = Page::new(ask.world.seed, &question, form.get("Marker"), size)
        .map_err(|_| validation("The marker is not valid"))?;
    let (taken, next) = page.take(&all, |(name, arn)| {
        (arns.is_empty() || arns.contains(&&**arn))
            && (by_name.is_empty() || by_name.contains(name))
            && load_balancer.is_none_or(|wanted| load_balancer_arn(ask, name) == wanted)
    });
    xml.list("TargetGroups", "member", taken, |xml, (name, arn)| {
        xml.text("TargetGroupArn", arn);
        xml.text("TargetGroupName", name);
        xml.text("Protocol", "HTTP");
        xml.plain("Port", PORT);
        xml.id("VpcId", "vpc", ask.scope.network.vpc);
        xml.text("HealthCheckProtocol", "HTTP");
        xml.text("HealthCheckPort", "traffic-port");
        xml.plain("HealthCheckEnabled", true);
        // AWS's own defaults for HTTP.
        xml.plain("HealthCheckIntervalSeconds", 30);
        xml.plain("HealthCheckTimeoutSeconds", 5);
        xml.plain("HealthyThresholdCount", 5);
        xml.plain("UnhealthyThresholdCount", 2);
        xml.text("HealthCheckPath", "/");
        xml.nest("Matcher", |xml| xml.text("HttpCode", "200"));
        xml.list("LoadBalancerArns", "member", [load_balancer_arn(ask, name)], |xml, arn| xml.raw_text(&arn));
        xml.text("TargetType", "instance");
        xml.text("ProtocolVersion", "HTTP1");
        xml.text("IpAddressType", "ipv4");
    });
    xml.maybe("NextMarker", next.as_deref());
    Ok(())
}

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

/// The health of a group's server; none if it is not registered. Auto Scaling registers what enters service and
/// deregisters what leaves it, Standby and warm pools included.
fn health(server: &Server, now: Timestamp) -> Option<Health> {
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

fn describe_target_health(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let arn = form.get("TargetGroupArn").ok_or_else(|| {
        validation(
            "1 validation error detected: Value null at 'targetGroupArn' failed to satisfy constraint: \
             Member must not be null",
        )
    })?;
    if !(arn.starts_with("arn:") && arn.contains(":targetgroup/")) {
        return Err(validation(format!("'{arn}' is not a valid target group ARN")));
    }
    let name = names(ask.scope)
        .into_iter()
        .find(|name| target_group_arn(ask, name) == arn)
        .ok_or_else(target_group_not_found)?;
    let asked: Vec<&str> = form.list_of("Targets.member", "Id");
    if let Some(bad) = asked.iter().find(|text| !id::well_formed("i", text)) {
        return Err(Fault::new("InvalidTarget", format!("The following targets are not valid: '{bad}'")));
    }
    let is_of_it = |server: &&Server| {
        server.membership.as_ref().is_some_and(|membership| {
            ask.scope.groups[membership.group as usize].target_groups.iter().any(|known| &**known == name)
        })
    };
    let registered = ask
        .scope
        .known_servers()
        .filter(is_of_it)
        .filter_map(|server| Some((id::show("i", server.id), health(server, ask.now)?)));
    let shown: Vec<(String, Health)> = if asked.is_empty() {
        registered.collect()
    } else {
        let registered: Vec<(String, Health)> = registered.collect();
        let find = |id: &&str| registered.iter().find(|(known, _)| known == id).map(|(_, health)| *health);
        asked.iter().map(|id| ((*id).to_owned(), find(id).unwrap_or(NOT_REGISTERED))).collect()
    };
    xml.list("TargetHealthDescriptions", "member", shown, |xml, (id, health)| {
        xml.nest("Target", |xml| {
            xml.text("Id", &id);
            xml.plain("Port", PORT);
        });
        if health != NOT_REGISTERED {
            xml.plain("HealthCheckPort", PORT);
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

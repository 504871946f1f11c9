//! Elastic Load Balancing's query protocol, version 2: target groups, the health of their servers as a load balancer sees
//! it, and servers that are registered by hand.

mod health;
mod registering;
mod target_groups;

use crate::{
    call::{Ask, Call, Handler, Input, anything},
    wire::{fault::Fault, form::Form},
    world::{id, target_group::TargetGroup},
};

/// The namespace of its answers.
pub(crate) const NAMESPACE: &str = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/";

/// The port of every target group: where targets are registered and checked unless a call says otherwise.
pub(crate) const PORT: u16 = 80;

/// Elastic Load Balancing's calls.
pub(crate) const CALLS: &[Call] = &[
    Call {
        name: "DescribeTargetGroups",
        parameters: &[],
        resources: anything,
        handler: Handler::ReadXml(target_groups::describe),
    },
    Call {
        name: "DescribeTargetHealth",
        parameters: &[],
        resources: anything,
        handler: Handler::ReadXml(health::describe),
    },
    Call {
        name: "RegisterTargets",
        parameters: &[],
        resources: of_target_group,
        handler: Handler::WriteXml(registering::register),
    },
    Call {
        name: "DeregisterTargets",
        parameters: &[],
        resources: of_target_group,
        handler: Handler::WriteXml(registering::deregister),
    },
];

/// The ARN of the target group that a call names.
fn of_target_group(_: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    vec![input.form.get("TargetGroupArn").unwrap_or("*").to_owned()]
}

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

/// The target group with this ARN.
pub(crate) fn named<'a>(ask: &Ask<'a>, arn: &str) -> Option<&'a TargetGroup> {
    ask.scope.target_groups.iter().find(|group| target_group_arn(ask, &group.name) == arn)
}

/// The target group that a call names.
fn asked<'a>(ask: &Ask<'a>, form: &Form) -> Result<&'a TargetGroup, Fault> {
    let arn = form.get("TargetGroupArn").ok_or_else(|| missing("targetGroupArn"))?;
    if !(arn.starts_with("arn:") && arn.contains(":targetgroup/")) {
        return Err(validation(format!("'{arn}' is not a valid target group ARN")));
    }
    named(ask, arn).ok_or_else(target_group_not_found)
}

fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

fn missing(field: &str) -> Fault {
    validation(format!(
        "1 validation error detected: Value null at '{field}' failed to satisfy constraint: Member must not be null"
    ))
}

fn target_group_not_found() -> Fault {
    Fault::new("TargetGroupNotFound", "One or more target groups not found")
}

/// A target as a call names it.
struct Named<'a> {
    /// As it was written.
    text: &'a str,
    /// The server's number.
    id: u64,
    /// [`PORT`] where the call says none.
    port: u16,
}

/// The targets that a call names, in its order.
fn targets(form: &Form) -> Result<Vec<Named<'_>>, Fault> {
    let one = |number: u32| {
        let field = |name: &str| form.get(&format!("Targets.member.{number}.{name}"));
        let text = field("Id").ok_or_else(|| missing(&format!("targets.{number}.member.id")))?;
        let id = id::parse("i", text).ok_or_else(|| invalid_targets("are not valid", &[text]))?;
        let port = match field("Port") {
            None => PORT,
            Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
                validation(format!(
                    "1 validation error detected: Value '{port}' at 'targets.{number}.member.port' failed to satisfy \
                     constraint: Member must have value between 1 and 65535"
                ))
            })?,
        };
        if field("AvailabilityZone").is_some() {
            return Err(validation("You cannot specify an Availability Zone for a target of type 'instance'"));
        }
        Ok(Named { text, id, port })
    };
    form.numbers("Targets.member").into_iter().map(one).collect()
}

fn invalid_targets(what: &str, texts: &[&str]) -> Fault {
    let quoted: Vec<String> = texts.iter().map(|text| format!("'{text}'")).collect();
    Fault::new("InvalidTarget", format!("The following targets {what}: {}", quoted.join(", ")))
}

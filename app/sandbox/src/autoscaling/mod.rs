//! Auto Scaling's query protocol: which calls there are, and how their answers are wrapped.

mod activities;
mod asked;
pub(crate) mod capacity;
mod groups;
mod health;
mod hooks;
mod launch_by;
mod launch_configurations;
mod launch_instances;
pub(crate) mod life;
mod lifetime;
mod making;
mod orders;
mod pool;
mod processes;
mod reconcile;
pub(crate) mod refresh;
mod settings;
mod shifting;
mod sizing;
mod surplus;
mod tags;
mod waits;
mod warm;

use std::fmt::Write;

use crate::{
    call::{Ask, Call, Change, Handler, Input, anything},
    wire::{fault::Fault, filter::Filter, form::Form, page::Page, xml::Xml},
    world::{
        group::Group,
        id,
        membership::{LaunchedBy, Membership},
        region::Region,
        server::Server,
        template::VersionName,
    },
};

/// The namespace of its answers.
pub(crate) const NAMESPACE: &str = "http://autoscaling.amazonaws.com/doc/2011-01-01/";

/// The tag that tells a server's group.
const GROUP_TAG: &str = "aws:autoscaling:groupName";

/// A call that only reads.
const fn read(name: &'static str, answer: fn(&Ask<'_>, &Form, &mut Xml) -> Result<(), Fault>) -> Call {
    Call { name, parameters: &[], resources: anything, handler: Handler::ReadXml(answer) }
}

/// Names the resources of a request.
type Resources = fn(&Ask<'_>, &Input<'_>) -> Vec<String>;

/// A call that changes something.
const fn write(
    name: &'static str,
    resources: Resources,
    answer: fn(&mut Change<'_>, &Form, &mut Xml) -> Result<(), Fault>,
) -> Call {
    Call { name, parameters: &[], resources, handler: Handler::WriteXml(answer) }
}

/// Auto Scaling's calls.
pub(crate) const CALLS: &[Call] = &[
    read("DescribeAutoScalingGroups", groups::describe),
    read("DescribeAutoScalingInstances", groups::servers),
    read("DescribeLaunchConfigurations", launch_configurations::describe),
    read("DescribeWarmPool", pool::describe),
    read("DescribeTags", tags::describe),
    read("DescribeLifecycleHooks", hooks::describe),
    read("DescribeLifecycleHookTypes", hooks::types),
    read("DescribeScalingProcessTypes", processes::types),
    read("DescribeTerminationPolicyTypes", processes::termination_policies),
    read("DescribeAccountLimits", processes::account_limits),
    write("CreateAutoScalingGroup", asked::of_group, making::create),
    write("UpdateAutoScalingGroup", asked::of_group, making::update),
    write("DeleteAutoScalingGroup", asked::of_group, making::delete),
    write("SetDesiredCapacity", asked::of_group, sizing::set_desired),
    write("TerminateInstanceInAutoScalingGroup", asked::of_servers_group, sizing::terminate),
    write("LaunchInstances", asked::of_group, launch_instances::launch),
    write("EnterStandby", asked::of_group, shifting::enter_standby),
    write("ExitStandby", asked::of_group, shifting::exit_standby),
    write("AttachInstances", asked::of_group, shifting::attach),
    write("DetachInstances", asked::of_group, shifting::detach),
    write("SetInstanceProtection", asked::of_group, shifting::protect),
    write("SetInstanceHealth", asked::of_servers_group, shifting::set_health),
    write("CompleteLifecycleAction", asked::of_group, hooks::complete_action),
    write("RecordLifecycleActionHeartbeat", asked::of_group, hooks::record_heartbeat),
    write("SuspendProcesses", asked::of_group, processes::suspend),
    write("ResumeProcesses", asked::of_group, processes::resume),
    write("PutLifecycleHook", asked::of_group, hooks::put),
    write("DeleteLifecycleHook", asked::of_group, hooks::delete),
    write("CreateOrUpdateTags", tags::resources, tags::create),
    write("DeleteTags", tags::resources, tags::delete),
    write("PutWarmPool", asked::of_group, pool::put),
    write("DeleteWarmPool", asked::of_group, pool::delete),
    write("CreateLaunchConfiguration", launch_configurations::resources, launch_configurations::create),
    write("DeleteLaunchConfiguration", launch_configurations::resources, launch_configurations::delete),
    read("DescribeScalingActivities", activities::describe),
    read("DescribeInstanceRefreshes", refresh::describe),
    write("StartInstanceRefresh", asked::of_group, refresh::start),
    write("CancelInstanceRefresh", asked::of_group, refresh::cancel),
    write("RollbackInstanceRefresh", asked::of_group, refresh::roll_back),
];

/// An error about a parameter's value.
fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

/// The page that a call asks for.
fn page(ask: &Ask<'_>, form: &Form, default: usize, most: usize) -> Result<Page, Fault> {
    let size = match form.get("MaxRecords") {
        None => default,
        Some(text) => match text.parse::<usize>() {
            Ok(size) if (1..=most).contains(&size) => size,
            _ => {
                return Err(invalid(format!(
                    "1 validation error detected: Value '{text}' at 'maxRecords' failed to satisfy constraint: \
                     Member must have value between 1 and {most}"
                )));
            }
        },
    };
    let mut question = vec!["autoscaling", &*ask.scope.account, ask.scope.region.name];
    question.extend(form.question());
    Page::new(ask.world.seed, &question, form.get("NextToken"), size)
        .map_err(|_| Fault::new("InvalidNextToken", "The NextToken value is not valid."))
}

/// A list parameter: `Name.member.1`.
fn members<'a>(form: &'a Form, name: &str) -> Vec<&'a str> {
    form.list(&format!("{name}.member"))
}

/// A call's filters, whose names must be among `known`, or about tags where `tags` says so.
fn filters(form: &Form, known: &[&str], tags: bool) -> Result<Vec<Filter>, Fault> {
    let filters = form.filters("Filters.member", "Values.member");
    for filter in &filters {
        let of_tags = tags && (filter.name.starts_with("tag:") || matches!(&*filter.name, "tag-key" | "tag-value"));
        if !(of_tags || known.contains(&&*filter.name)) {
            return Err(invalid(format!("Filter type {} is not correct.", filter.name)));
        }
    }
    Ok(filters)
}

/// The group that a call is about.
fn group<'a>(ask: &Ask<'a>, form: &Form) -> Result<&'a Group, Fault> {
    let name = form.get("AutoScalingGroupName").ok_or_else(|| {
        invalid(
            "1 validation error detected: Value null at 'autoScalingGroupName' failed to satisfy constraint: \
             Member must not be null",
        )
    })?;
    ask.scope
        .groups
        .iter()
        .find(|group| group.is_known() && &*group.name == name)
        .ok_or_else(|| invalid(format!("AutoScalingGroup name not found - no such group: {name}")))
}

/// A group's ARN.
fn group_arn(ask: &Ask<'_>, group: &Group) -> String {
    let (region, account) = (ask.scope.region.name, &ask.scope.account);
    format!(
        "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:{}:autoScalingGroupName/{}",
        id::uuid(group.id, 1),
        group.name
    )
}

/// The ARN of the group called `name`; with a wildcard for what is not known of one that is not there.
fn group_arn_named(ask: &Ask<'_>, name: &str) -> String {
    let known = ask.scope.groups.iter().find(|group| group.is_known() && &*group.name == name);
    let (region, account) = (ask.scope.region.name, &ask.scope.account);
    known.map_or_else(
        || format!("arn:aws:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{name}"),
        |group| group_arn(ask, group),
    )
}

/// A template and a version of it, by the name that was given for the version.
fn write_template(ask: &Ask<'_>, xml: &mut Xml, element: &str, template: u32, version: VersionName) {
    let template = &ask.scope.templates[template as usize];
    xml.nest(element, |xml| {
        xml.id("LaunchTemplateId", "lt", template.id);
        xml.text("LaunchTemplateName", &template.name);
        xml.plain("Version", version);
    });
}

/// The fields that every call tells about a group's server, but for its group.
fn write_member(ask: &Ask<'_>, xml: &mut Xml, server: &Server, membership: &Membership) {
    let region: &Region = ask.scope.region;
    xml.id("InstanceId", "i", server.id);
    xml.text("InstanceType", &server.instance_type);
    xml.text("AvailabilityZone", &region.zone_name(server.zone));
    xml.text("AvailabilityZoneId", &region.zone_id(server.zone));
    xml.text("LifecycleState", membership.lifecycle.name());
    match membership.launched_by {
        LaunchedBy::Template(template, number) => {
            write_template(ask, xml, "LaunchTemplate", template, VersionName::Number(number));
        }
        LaunchedBy::Configuration(slot) => {
            xml.text("LaunchConfigurationName", &ask.scope.launch_configurations[slot as usize].name);
        }
        LaunchedBy::Attached => (),
    }
    if let Some(image) = membership.image {
        xml.id("ImageId", "ami", image);
    }
    xml.plain("ProtectedFromScaleIn", membership.protected_from_scale_in);
    if let Some(weight) = membership.weight {
        xml.plain("WeightedCapacity", weight);
    }
}

/// Writes the subnets of a group as one text.
fn subnets(ask: &Ask<'_>, group: &Group) -> String {
    let mut text = String::new();
    for (nth, zone) in group.zones.iter().enumerate() {
        let comma = if nth == 0 { "" } else { "," };
        let subnet = id::show("subnet", ask.scope.network.subnet(*zone));
        write!(text, "{comma}{subnet}").expect("a String takes all");
    }
    text
}

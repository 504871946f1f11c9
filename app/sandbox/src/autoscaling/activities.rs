//! What groups did: activities and instance refreshes.

use jiff::{Span, Timestamp, tz::TimeZone};

use super::{filters, group, group_arn, invalid, members, page, write_template};
use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form, time, xml::Xml},
    world::{
        group::{Activity, Deed, Group, Refresh},
        id,
        template::VersionName,
    },
};

/// How long activities are kept: six weeks.
const KEPT_DAYS: i64 = 42;

/// The activity's id follows from the server's and what was done.
fn activity_id(activity: &Activity) -> String {
    id::uuid(activity.server, activity.deed as u64 + 1)
}

fn status(activity: &Activity) -> &'static str {
    if activity.failure.is_some() { "Failed" } else { "Successful" }
}

/// What the filters ask for.
#[derive(Default)]
struct Wanted {
    lower: Option<Timestamp>,
    upper: Option<Timestamp>,
    statuses: Option<Vec<String>>,
}

impl Wanted {
    fn takes(&self, activity: &Activity) -> bool {
        self.lower.is_none_or(|at| activity.start >= at)
            && self.upper.is_none_or(|at| activity.start <= at)
            && self.statuses.as_ref().is_none_or(|statuses| statuses.iter().any(|one| one == status(activity)))
    }
}

fn wanted(form: &Form) -> Result<Wanted, Fault> {
    let mut wanted = Wanted::default();
    for filter in filters(form, &["StartTimeLowerBound", "StartTimeUpperBound", "Status"], false)? {
        if filter.name == "Status" {
            if form.get("AutoScalingGroupName").is_none() {
                return Err(invalid("The Status filter requires the AutoScalingGroupName parameter."));
            }
            wanted.statuses = Some(filter.values);
            continue;
        }
        let text = filter.values.first().map_or("", |value| &**value);
        let at = text
            .parse::<Timestamp>()
            .ok()
            .or_else(|| {
                let civil: jiff::civil::DateTime = text.parse().ok()?;
                Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
            })
            .ok_or_else(|| invalid(format!("{text} is not a valid timestamp for filter {}", filter.name)))?;
        let bound = if filter.name == "StartTimeLowerBound" { &mut wanted.lower } else { &mut wanted.upper };
        *bound = Some(at);
    }
    Ok(wanted)
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    form.flag("IncludeDeletedGroups")?;
    let ids = members(form, "ActivityIds");
    let wanted = wanted(form)?;
    let one = if form.get("AutoScalingGroupName").is_some() { Some(group(ask, form)?) } else { None };
    let oldest = ask.now.saturating_sub(Span::new().hours(KEPT_DAYS * 24)).unwrap_or(Timestamp::MIN);
    let mut all: Vec<(&Group, &Activity)> = match one {
        Some(group) => group.activities.iter().map(|activity| (group, activity)).collect(),
        None => {
            ask.scope.groups.iter().flat_map(|group| group.activities.iter().map(move |one| (group, one))).collect()
        }
    };
    // Newest first, and stable where two began together.
    all.sort_by_key(|(_, activity)| std::cmp::Reverse(activity.start));
    let (found, next) = page(ask, form, 100, 100)?.take(&all, |(_, activity)| {
        activity.start >= oldest && wanted.takes(activity) && (ids.is_empty() || ids.contains(&&*activity_id(activity)))
    });
    xml.list("Activities", "member", found, |xml, (group, activity)| write_activity(ask, xml, group, activity));
    xml.maybe("NextToken", next.as_deref());
    Ok(())
}

fn write_activity(ask: &Ask<'_>, xml: &mut Xml, group: &Group, activity: &Activity) {
    let server = id::show("i", activity.server);
    let at = time::iso(activity.start);
    let (description, cause) = match activity.deed {
        Deed::Launch => (
            format!("Launching a new EC2 instance: {server}"),
            format!(
                "At {at} an instance was started in response to a difference between desired and actual capacity, \
                 increasing the capacity from {} to {}.",
                group.desired.saturating_sub(1),
                group.desired
            ),
        ),
        Deed::Replace => (
            format!("Launching a new EC2 instance: {server}"),
            format!(
                "At {at} an instance was launched in response to an instance that was taken out of service and \
                 needed to be replaced."
            ),
        ),
        Deed::Expire => (
            format!("Terminating EC2 instance: {server}"),
            format!(
                "At {at} an instance was taken out of service in response to maximum instance lifetime being exceeded."
            ),
        ),
        Deed::FailedHealth => (
            format!("Terminating EC2 instance: {server}"),
            format!("At {at} an instance was taken out of service in response to an ELB system health check failure."),
        ),
    };
    xml.text("ActivityId", &activity_id(activity));
    xml.text("AutoScalingGroupName", &group.name);
    xml.text("Description", &description);
    xml.text("Cause", &cause);
    xml.time("StartTime", activity.start);
    xml.time("EndTime", activity.end);
    xml.text("StatusCode", status(activity));
    xml.maybe("StatusMessage", activity.failure.as_deref());
    xml.plain("Progress", 100);
    let region = ask.scope.region;
    let subnet = id::show("subnet", ask.scope.network.subnet(activity.zone));
    let details = serde_json::json!({ "Subnet ID": subnet, "Availability Zone": region.zone_name(activity.zone) });
    xml.text("Details", &details.to_string());
    xml.text("AutoScalingGroupARN", &group_arn(ask, group));
}

pub(super) fn refreshes(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let group = group(ask, form)?;
    let ids = members(form, "InstanceRefreshIds");
    let refresh_id = |refresh: &Refresh| id::uuid(refresh.id, 3);
    if let Some(bad) = ids.iter().find(|id| !group.refreshes.iter().any(|refresh| refresh_id(refresh) == **id)) {
        return Err(invalid(format!("No instance refresh found with id {bad} for {}", group.name)));
    }
    let (found, next) = page(ask, form, 50, 100)?
        .take(&group.refreshes, |refresh| ids.is_empty() || ids.contains(&&*refresh_id(refresh)));
    xml.list("InstanceRefreshes", "member", found, |xml, refresh| {
        xml.text("InstanceRefreshId", &refresh_id(refresh));
        xml.text("AutoScalingGroupName", &group.name);
        xml.text("Status", &refresh.status);
        xml.maybe("StatusReason", refresh.reason.as_deref());
        xml.time("StartTime", refresh.start);
        if let Some(end) = refresh.end {
            xml.time("EndTime", end);
        }
        xml.plain("PercentageComplete", refresh.percent);
        xml.plain("InstancesToUpdate", refresh.left);
        xml.nest("ProgressDetails", |xml| {
            xml.nest("LivePoolProgress", |xml| {
                xml.plain("PercentageComplete", refresh.percent);
                xml.plain("InstancesToUpdate", refresh.left);
            });
        });
        xml.nest("Preferences", |xml| {
            xml.plain("MinHealthyPercentage", refresh.min_healthy);
            xml.plain("MaxHealthyPercentage", 100);
            xml.plain("InstanceWarmup", group.warmup_s);
            xml.plain("SkipMatching", false);
            xml.plain("AutoRollback", false);
            xml.text("ScaleInProtectedInstances", "Wait");
            xml.text("StandbyInstances", "Wait");
        });
        if let Some((template, number)) = refresh.wanted {
            xml.nest("DesiredConfiguration", |xml| {
                write_template(ask, xml, "LaunchTemplate", template, VersionName::Number(number));
            });
        }
        xml.text("Strategy", "Rolling");
    });
    xml.maybe("NextToken", next.as_deref());
    Ok(())
}

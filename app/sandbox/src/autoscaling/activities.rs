//! What groups did: activities and instance refreshes.

use jiff::{Span, Timestamp, tz::TimeZone};

use super::{filters, group, group_arn, invalid, members, page};
use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{activity::Activity, group::Group, id},
};

/// How long activities are kept: six weeks.
const KEPT_DAYS: i64 = 42;

/// The activity's id as it is told.
fn activity_id(activity: &Activity) -> String {
    id::uuid(activity.id, 5)
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
            && self.statuses.as_ref().is_none_or(|statuses| statuses.iter().any(|one| one == activity.status.name()))
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
    let deleted_too = form.flag("IncludeDeletedGroups")?;
    let ids = members(form, "ActivityIds");
    let wanted = wanted(form)?;
    let groups: Vec<&Group> = match form.get("AutoScalingGroupName") {
        // A deleted group's name may have been used again.
        Some(name) if deleted_too => ask.scope.groups.iter().filter(|group| *group.name == *name).collect(),
        Some(_) => vec![group(ask, form)?],
        None => ask.scope.groups.iter().filter(|group| deleted_too || group.is_known()).collect(),
    };
    let oldest = ask.now.saturating_sub(Span::new().hours(KEPT_DAYS * 24)).unwrap_or(Timestamp::MIN);
    let mut all: Vec<(&Group, &Activity)> =
        groups.into_iter().flat_map(|group| group.activities.iter().map(move |one| (group, one))).collect();
    // Newest first, and stable where two began together.
    all.sort_by_key(|(_, activity)| std::cmp::Reverse(activity.start));
    let (found, next) = page(ask, form, 100, 100)?.take(&all, |(_, activity)| {
        activity.start >= oldest && wanted.takes(activity) && (ids.is_empty() || ids.contains(&&*activity_id(activity)))
    });
    xml.list("Activities", "member", found, |xml, (group, activity)| write_activity(ask, xml, group, activity));
    xml.maybe("NextToken", next.as_deref());
    Ok(())
}

pub(super) fn write_activity(ask: &Ask<'_>, xml: &mut Xml, group: &Group, activity: &Activity) {
    xml.text("ActivityId", &activity_id(activity));
    xml.text("AutoScalingGroupName", &group.name);
    xml.text("Description", &activity.description());
    xml.text("Cause", &activity.cause());
    xml.time("StartTime", activity.start);
    if let Some(end) = activity.end {
        xml.time("EndTime", end);
    }
    xml.text("StatusCode", activity.status.name());
    xml.maybe("StatusMessage", activity.message.as_deref());
    xml.plain("Progress", activity.status.percent());
    let region = ask.scope.region;
    let subnet = id::show("subnet", ask.scope.network.subnet(activity.zone));
    let details = serde_json::json!({ "Subnet ID": subnet, "Availability Zone": region.zone_name(activity.zone) });
    xml.text("Details", &details.to_string());
    if !group.is_known() {
        xml.text("AutoScalingGroupState", "Deleted");
    }
    xml.text("AutoScalingGroupARN", &group_arn(ask, group));
}

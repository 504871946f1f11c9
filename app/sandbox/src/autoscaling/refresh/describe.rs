//! DescribeInstanceRefreshes.

use jiff::SignedDuration;

use super::{
    super::{group, groups::write_mixed, invalid, members, page, write_template},
    calls::shown,
    preferences,
};
use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        group::{Group, Launch},
        refresh::{Progress, Refresh, Share},
    },
};

/// Refreshes are told for six weeks.
const TOLD: SignedDuration = SignedDuration::from_hours(42 * 24);

pub(in super::super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let group = group(ask, form)?;
    let ids = members(form, "InstanceRefreshIds");
    if let Some(bad) = ids.iter().find(|id| !group.refreshes.iter().any(|refresh| shown(refresh) == **id)) {
        return Err(invalid(format!("No instance refresh found with id {bad} for {}", group.name)));
    }
    let (found, next) = page(ask, form, 50, 100)?.take(&group.refreshes, |refresh| {
        let is_told = refresh.status.is_active() || ask.now.duration_since(refresh.start) <= TOLD;
        is_told && (ids.is_empty() || ids.contains(&&*shown(refresh)))
    });
    xml.list("InstanceRefreshes", "member", found, |xml, refresh| write(ask, xml, group, refresh));
    xml.maybe("NextToken", next.as_deref());
    Ok(())
}

fn write(ask: &Ask<'_>, xml: &mut Xml, group: &Group, refresh: &Refresh) {
    xml.text("InstanceRefreshId", &shown(refresh));
    xml.text("AutoScalingGroupName", &group.name);
    xml.text("Status", refresh.status.name());
    xml.maybe("StatusReason", refresh.reason.as_deref());
    xml.time("StartTime", refresh.start);
    if let Some(end) = refresh.end {
        xml.time("EndTime", end);
    }
    write_progress(xml, "PercentageComplete", "InstancesToUpdate", "ProgressDetails", refresh.progress);
    preferences::write(xml, &refresh.preferences);
    if let Some(wanted) = &refresh.wanted {
        xml.nest("DesiredConfiguration", |xml| match wanted {
            Launch::Template(template, version) => write_template(ask, xml, "LaunchTemplate", *template, *version),
            Launch::Mixed(mixed) => write_mixed(ask, xml, mixed),
            // No refresh brings a launch configuration.
            Launch::Configuration(_) => (),
        });
    }
    if let Some(rollback) = &refresh.rollback {
        xml.nest("RollbackDetails", |xml| {
            xml.text("RollbackReason", &rollback.reason);
            xml.time("RollbackStartTime", rollback.start);
            write_progress(
                xml,
                "PercentageCompleteOnRollback",
                "InstancesToUpdateOnRollback",
                "ProgressDetailsOnRollback",
                rollback.from,
            );
        });
    }
    xml.text("Strategy", refresh.strategy.name());
}

fn write_progress(xml: &mut Xml, percent: &str, left: &str, details: &str, progress: Progress) {
    xml.plain(percent, progress.all.percent);
    xml.plain(left, progress.all.left);
    let pool = |xml: &mut Xml, element: &str, share: Share| {
        xml.nest(element, |xml| {
            xml.plain("PercentageComplete", share.percent);
            xml.plain("InstancesToUpdate", share.left);
        });
    };
    xml.nest(details, |xml| {
        pool(xml, "LivePoolProgress", progress.live);
        if let Some(warm) = progress.warm {
            pool(xml, "WarmPoolProgress", warm);
        }
    });
}

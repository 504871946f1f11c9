//! What must be so once an operation is over, by what AWS was asked and what is there.

use std::collections::{BTreeMap, BTreeSet};

use operate::{Mutation, Plan, PlannedMutation, Work};

use crate::killed::fleet::{Fleet, REGION};

/// An operation that is over.
pub(super) struct Over<'a> {
    pub(super) plan: &'a Plan,
    pub(super) before: &'a Fleet,
    pub(super) after: &'a Fleet,
    /// What changed something at AWS, in order: `ec2:RunInstances`.
    pub(super) changes: &'a [String],
    /// Whether everything was done; else it was cancelled.
    pub(super) is_done: bool,
}

/// Whatever is not as it must be.
pub(super) fn wrong(over: &Over<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let planned: Vec<&PlannedMutation> = over
        .plan
        .steps
        .iter()
        .filter_map(|step| match &step.work {
            Work::Send { mutation, .. } => Some(mutation),
            _ => None,
        })
        .collect();
    let calls: Vec<&str> = planned.iter().map(|mutation| mutation.action()).collect();
    if !calls.starts_with(&over.changes.iter().map(String::as_str).collect::<Vec<_>>()) {
        wrong.push(format!("AWS did {:?}, the plan is {calls:?}", over.changes));
        return wrong;
    }
    if over.is_done && calls.len() != over.changes.len() {
        wrong.push(format!("it is done, and AWS did {:?} of {calls:?}", over.changes));
    }
    let done = &planned[..over.changes.len()];
    groups(over, done, &mut wrong);
    servers(over, done, &mut wrong);
    let made = |call: &str| over.changes.iter().filter(|change| *change == call).count();
    let baked = made("ec2:CreateImage") + made("imagebuilder:StartImagePipelineExecution");
    let versions = made("ec2:CreateLaunchTemplateVersion");
    for (what, before, after, by) in [
        ("images", over.before.images, over.after.images, baked),
        ("template versions", over.before.versions, over.after.versions, versions),
    ] {
        if after != before + by {
            wrong.push(format!("there were {before} {what} and are {after}, {by} were to be made"));
        }
    }
    wrong
}

/// Each group has the desired capacity and the lifetime that the changes add up to.
fn groups(over: &Over<'_>, done: &[&PlannedMutation], wrong: &mut Vec<String>) {
    let mut expected = over.before.groups.clone();
    for mutation in done {
        let Some(group) = mutation.group().and_then(|name| expected.get_mut(&(REGION.to_owned(), name.to_owned())))
        else {
            continue;
        };
        match mutation {
            Mutation::SetDesiredCapacity { desired, .. } => group.desired = (*desired).into(),
            Mutation::TerminateInstanceInAutoScalingGroup { decrement: true, .. } => group.desired -= 1,
            Mutation::SetMaxInstanceLifetime { lifetime_s, .. } => group.lifetime_s = Some((*lifetime_s).into()),
            _ => {}
        }
    }
    for group in expected.values_mut() {
        group.servers = group.desired;
    }
    if over.after.groups != expected {
        wrong.push(format!("the groups are {:?}, expected {expected:?}", over.after.groups));
    }
}

/// Those went that the changes name, and as many came as they launch.
fn servers(over: &Over<'_>, done: &[&PlannedMutation], wrong: &mut Vec<String>) {
    let (before, after) = (&over.before.servers, &over.after.servers);
    let mut going = BTreeSet::new();
    let mut coming: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for mutation in done {
        match mutation {
            Mutation::TerminateInstanceInAutoScalingGroup { server, decrement, group } => {
                going.insert(server.clone());
                *coming.entry(Some(group.clone())).or_default() += usize::from(!decrement);
            }
            Mutation::TerminateInstances { server } => {
                going.insert(server.to_string());
            }
            Mutation::SetDesiredCapacity { group, .. } => *coming.entry(Some(group.clone())).or_default() += 1,
            Mutation::RunInstances { .. } => *coming.entry(None).or_default() += 1,
            Mutation::StartInstanceRefresh { group, .. } => {
                let members = over.before.members(group);
                *coming.entry(Some(group.clone())).or_default() += members.len();
                going.extend(members);
            }
            _ => {}
        }
    }
    coming.retain(|_, count| *count > 0);
    let gone: BTreeSet<String> = before.keys().filter(|id| !after.contains_key(*id)).cloned().collect();
    if gone != going {
        wrong.push(format!("{gone:?} went, {going:?} were to go"));
    }
    let mut came: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for (id, (region, group)) in after.iter().filter(|(id, _)| !before.contains_key(*id)) {
        if region != REGION {
            wrong.push(format!("{id} came in {region}"));
        }
        *came.entry(group.clone()).or_default() += 1;
    }
    if came != coming {
        wrong.push(format!("by group there came {came:?}, {coming:?} were to come"));
    }
}

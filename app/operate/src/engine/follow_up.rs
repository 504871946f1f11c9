//! What an order makes necessary, and what an operation leaves behind: both follow from how far its steps are.

use super::state::{Operation, StepRecord, StepState};
use crate::entry::Answer;
use crate::guard::{Seat, target_group_name, told_ports};
use crate::mutation::{Arg, Mutation, Output, PlannedMutation};
use crate::plan::{Plan, Rollback, Step, Until, Work};

/// How long a cancelled refresh may take to end before a person is asked, in seconds.
const REFRESH_OVER_WITHIN_S: u32 = 3_600;

/// How long a terminated server may take to be gone before a person is asked, in seconds.
const GONE_WITHIN_S: u32 = 1_800;

/// How long a server that works already may take to be healthy in a target group before a person is asked, in seconds.
const SERVING_WITHIN_S: u32 = 900;

/// How long a server may take to drain before a person is asked, in seconds: the longest deregistration delay, and what
/// AWS's answers may lag.
const DRAINED_WITHIN_S: u32 = 3_720;

/// The steps that an order makes necessary as things stand; none where there is nothing to stop or to take back.
pub(super) fn steps(operation: &Operation, order: Answer) -> Vec<Step> {
    let Some(plan) = &operation.plan else { return Vec::new() };
    match order {
        Answer::Cancel => cancel(operation),
        Answer::RollBack => roll_back(operation, plan),
        Answer::Continue | Answer::Vouch | Answer::Abandon => Vec::new(),
    }
}

/// The plan's steps that send, with what they send.
fn sending(operation: &Operation) -> impl DoubleEndedIterator<Item = (&StepRecord, &PlannedMutation)> {
    operation.steps.iter().take(operation.planned).filter_map(|record| match &record.step.work {
        Work::Send { mutation, .. } => Some((record, mutation)),
        _ => None,
    })
}

/// Our refresh that is not known to have ended: its group, its id and how long it may take.
fn refresh_under_way(operation: &Operation) -> Option<(&str, &str, u32)> {
    let id = operation.outputs.get(&Output::Refresh)?;
    let group = sending(operation).find_map(|(record, mutation)| match mutation {
        Mutation::StartInstanceRefresh { group, .. } if record.has_happened() => Some(group),
        _ => None,
    })?;
    operation.steps.iter().take(operation.planned).find_map(|record| match &record.step.work {
        Work::Wait { until: Until::Refreshed { group: waited, .. }, within_s } if waited == group => {
            (record.state != StepState::Settled).then_some((group.as_str(), id.as_str(), *within_s))
        }
        _ => None,
    })
}

/// The successor that runs beside the server that it was to replace.
fn spare_successor(operation: &Operation) -> Option<&str> {
    let id = operation.outputs.get(&Output::Successor)?;
    let mut after = sending(operation)
        .rev()
        .take_while(|(record, mutation)| !(matches!(mutation, Mutation::RunInstances { .. }) && record.has_happened()));
    let has_replaced = after.any(|(record, mutation)| {
        matches!(mutation, Mutation::TerminateInstances { .. }) && record.may_have_happened()
    });
    let is_launched = sending(operation)
        .any(|(record, mutation)| matches!(mutation, Mutation::RunInstances { .. }) && record.has_happened());
    (is_launched && !has_replaced).then_some(id)
}

/// Where a spare successor has been registered, and where the server that it was to replace has been taken out for it: by
/// steps that happened, or may have.
#[derive(Default)]
struct Moved<'a> {
    taken: Vec<Seat>,
    left: Vec<(&'a str, Seat)>,
}

fn moved<'a>(operation: &'a Operation, successor: &str) -> Moved<'a> {
    let mut moved = Moved::default();
    let sent = sending(operation).filter(|(record, _)| record.may_have_happened());
    let changes = sent.filter_map(|(record, mutation)| Some((mutation, &record.sent.as_ref()?.mutation)));
    for (planned, exact) in changes {
        match (planned, exact) {
            (_, Mutation::RegisterTargets { target_group, server, ports }) if server == successor => {
                moved.taken.push(Seat { target_group: target_group.clone(), ports: ports.clone() });
            }
            (PlannedMutation::DeregisterTargets { server: Arg::Known(old), .. }, exact) => {
                let Mutation::DeregisterTargets { target_group, ports, .. } = exact else { continue };
                moved.left.push((old, Seat { target_group: target_group.clone(), ports: ports.clone() }));
            }
            // Whoever was replaced before is gone.
            (_, Mutation::TerminateInstances { .. }) => moved.left.clear(),
            _ => {}
        }
    }
    moved
}

fn cancel(operation: &Operation) -> Vec<Step> {
    let Some((group, id, _)) = refresh_under_way(operation) else { return Vec::new() };
    let refresh = Arg::Known(id.to_owned());
    vec![
        send(
            "cancel",
            format!("Cancel the instance refresh {id} of {group}."),
            PlannedMutation::CancelInstanceRefresh { group: group.to_owned() },
        ),
        wait(
            "cancelled",
            format!("Wait until the refresh {id} has come to its end."),
            Until::RefreshOver { group: group.to_owned(), refresh },
            REFRESH_OVER_WITHIN_S,
        ),
    ]
}

/// A refresh goes back where AWS takes that, which the plan tells. A successor that nothing depends on yet, since the old
/// server is there, can always go.
fn roll_back(operation: &Operation, plan: &Plan) -> Vec<Step> {
    let can_go_back = matches!(plan.rollback, Rollback::Possible(_));
    if let Some((group, id, within_s)) = refresh_under_way(operation).filter(|_| can_go_back) {
        let refresh = Arg::Known(id.to_owned());
        return vec![
            send(
                "roll back",
                format!("Roll the instance refresh {id} of {group} back."),
                PlannedMutation::RollbackInstanceRefresh { group: group.to_owned() },
            ),
            wait(
                "rolled back",
                format!("Wait until the group {group} is what it was before the refresh {id}."),
                Until::RefreshRolledBack { group: group.to_owned(), refresh },
                within_s,
            ),
        ];
    }
    if let Some(id) = spare_successor(operation) {
        let Moved { taken, left } = moved(operation, id);
        let mut steps: Vec<Step> = left.iter().flat_map(|(old, seat)| put_back(old, seat)).collect();
        steps.extend(taken.iter().flat_map(|seat| take_out(id, seat)));
        steps.extend([
            send(
                "terminate the successor",
                format!("Terminate {id}, which this operation launched."),
                PlannedMutation::TerminateInstances { server: Arg::Known(id.to_owned()) },
            ),
            wait(
                "gone",
                format!("Wait until {id} is gone."),
                Until::Gone { server: id.to_owned(), group: None },
                GONE_WITHIN_S,
            ),
        ]);
        return steps;
    }
    Vec::new()
}

/// The old server serves at its place again, before its successor leaves it.
fn put_back(old: &str, seat: &Seat) -> [Step; 2] {
    let Seat { target_group, ports } = seat;
    let (name, at) = (target_group_name(target_group), told_ports(ports));
    let (target_group, ports) = (target_group.clone(), ports.clone());
    [
        send(
            &format!("put {old} back in {name}"),
            format!("Register {old} in the target group {name} ({at}) again."),
            PlannedMutation::RegisterTargets {
                target_group: target_group.clone(),
                server: old.into(),
                ports: ports.clone(),
            },
        ),
        wait(
            &format!("{old} healthy in {name}"),
            format!("Wait until {old} is healthy in the target group {name} ({at}) again."),
            Until::Serving { target_group, server: old.into(), ports },
            SERVING_WITHIN_S,
        ),
    ]
}

/// The successor leaves a place.
fn take_out(successor: &str, seat: &Seat) -> [Step; 2] {
    let Seat { target_group, ports } = seat;
    let (name, at) = (target_group_name(target_group), told_ports(ports));
    let (target_group, ports) = (target_group.clone(), ports.clone());
    [
        send(
            &format!("take {successor} out of {name}"),
            format!("Take {successor}, which this operation launched, out of the target group {name} ({at})."),
            PlannedMutation::DeregisterTargets {
                target_group: target_group.clone(),
                server: successor.into(),
                ports: ports.clone(),
            },
        ),
        wait(
            &format!("{successor} drained from {name}"),
            format!("Wait until {successor} has drained from the target group {name} ({at})."),
            Until::Drained { target_group, server: successor.to_owned(), ports },
            DRAINED_WITHIN_S,
        ),
    ]
}

fn send(name: &str, sentence: String, mutation: PlannedMutation) -> Step {
    let work = Work::Send { mutation, makes: None, desired: None, takes_out: None };
    Step { name: name.to_owned(), sentence, work }
}

fn wait(name: &str, sentence: String, until: Until, within_s: u32) -> Step {
    Step { name: name.to_owned(), sentence, work: Work::Wait { until, within_s } }
}

/// What the operation has changed and leaves as it is, in sentences; says so where that is nothing.
pub(super) fn remains(operation: &Operation) -> String {
    let mut sentences = Vec::new();
    for (record, _) in sending(operation) {
        if let StepState::Unclear { why } = &record.state {
            sentences.push(format!("It is not known whether `{}` happened: {why}.", record.step.name));
        }
    }
    sentences.extend(operation.steps.iter().filter_map(unfinished_bake));
    if let Some(plan) = &operation.plan {
        sentences.extend(plan.baseline.groups.iter().filter_map(|group| surge_left(operation, &group.name)));
    }
    sentences.extend(ordered(operation));
    if let Some(id) = spare_successor(operation).filter(|_| !has_followed(operation)) {
        sentences.push(format!("{id} was launched and runs beside the server that it was to replace."));
        sentences.extend(seats_left(operation, id));
    }
    if let Some(image) = operation.outputs.get(&Output::Image) {
        sentences.push(format!("The image {image} stays."));
    } else if operation.outputs.contains_key(&Output::Build) {
        sentences.push("The build goes on in Image Builder; its image will stay.".to_owned());
    }
    if let Some(version) = operation.outputs.get(&Output::TemplateVersion)
        && !operation.outputs.contains_key(&Output::Refresh)
    {
        sentences.push(format!("The template version {version} stays; nothing uses it by our doing."));
    }
    if sentences.is_empty() && !operation.steps.iter().any(StepRecord::has_happened) {
        sentences.push("Nothing was changed.".to_owned());
    }
    sentences.join(" ")
}

/// Where a spare successor serves, and where the server does not that it was to replace.
fn seats_left(operation: &Operation, successor: &str) -> Vec<String> {
    let Moved { taken, left } = moved(operation, successor);
    let call = |verb: &str, id: &str, seat: &Seat| {
        let targets: Vec<String> = seat.ports.iter().map(|port| format!("Id={id},Port={port}")).collect();
        let (arn, targets) = (&seat.target_group, targets.join(" "));
        format!("`aws elbv2 {verb}-targets --target-group-arn {arn} --targets {targets}`")
    };
    let taken = taken.iter().map(|seat| {
        let (name, call) = (target_group_name(&seat.target_group), call("deregister", successor, seat));
        format!("{successor} is registered in the target group {name}: {call} takes it out.")
    });
    let left = left.iter().map(|(old, seat)| {
        let (name, call) = (target_group_name(&seat.target_group), call("register", old, seat));
        format!("{old} was taken out of the target group {name}: {call} puts it back.")
    });
    taken.chain(left).collect()
}

/// What is to be said of a bake command that began and has not come to a good end: it is a program of its own, and what
/// it did is not known here.
fn unfinished_bake(record: &StepRecord) -> Option<String> {
    let Work::BakeCommand { recipe, .. } = &record.step.work else { return None };
    let has_begun = matches!(record.state, StepState::Watching | StepState::Skipped) && !record.notes.is_empty();
    has_begun.then(|| {
        format!("What the bake command {recipe} has done by then is not known: look what it has left in the account.")
    })
}

/// Whether all that an order made necessary was done.
fn has_followed(operation: &Operation) -> bool {
    let mut steps = operation.steps.iter().skip(operation.planned).peekable();
    operation.is_redirected && steps.peek().is_some() && steps.all(|record| record.state == StepState::Settled)
}

/// What has become of what an order was to stop or to take back.
fn ordered(operation: &Operation) -> Option<String> {
    let order = operation.order.as_ref().filter(|_| operation.is_redirected)?.answer;
    let is_done = has_followed(operation);
    if let Some((group, id, _)) = refresh_under_way(operation) {
        return Some(match (order, is_done) {
            (Answer::Cancel, true) => {
                format!("The instance refresh {id} of {group} has ended; what it has replaced by then stays replaced.")
            }
            (Answer::RollBack, true) => format!("The group {group} is rolled back."),
            _ => format!(
                "Look what the instance refresh {id} does: `aws autoscaling describe-instance-refreshes \
                 --auto-scaling-group-name {group}`."
            ),
        });
    }
    let id = spare_successor(operation).filter(|_| order == Answer::RollBack && is_done)?;
    let old: Vec<&str> = moved(operation, id).left.into_iter().map(|(old, _)| old).collect();
    Some(match old.first() {
        None => format!("{id} is terminated; the server that it was to replace was not touched."),
        Some(old) => format!("{id} is terminated; {old} serves in all its target groups again."),
    })
}

/// What is left of our surge in a group. It is never taken back by lowering the desired capacity, since AWS would then
/// choose the server that goes (DESIGN.md, section 6): the planned one is terminated with it, or a person decides.
fn surge_left(operation: &Operation, name: &str) -> Option<String> {
    let group = operation.plan.as_ref()?.baseline.group(name)?;
    let mut desired = group.desired;
    let mut next = None;
    for (record, mutation) in sending(operation) {
        match mutation {
            Mutation::SetDesiredCapacity { group: of, desired: to } if of == name && record.has_happened() => {
                desired = *to;
            }
            Mutation::TerminateInstanceInAutoScalingGroup { group: of, server, decrement: true } if of == name => {
                if record.has_happened() {
                    desired = desired.saturating_sub(group.member(server).map_or(1, |member| member.units));
                } else {
                    next = next.or(Some(server));
                }
            }
            _ => {}
        }
    }
    (desired > group.desired).then(|| {
        let before = group.desired;
        let way = next.map_or_else(
            || "lower it yourself".to_owned(),
            |id| {
                format!(
                    "terminate {id} with `aws autoscaling terminate-instance-in-auto-scaling-group --instance-id {id} \
                     --should-decrement-desired-capacity`, or lower it yourself"
                )
            },
        );
        format!(
            "The group {name} keeps the desired capacity {desired} that this operation gave it, it was {before}: {way}."
        )
    })
}

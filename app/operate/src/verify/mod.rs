//! The last look before something is sent: everything that it touches is read anew, has to be what the person confirmed
//! but for what the plan's own steps have done since, and passes the guards once more.

mod bake_command;
#[cfg(test)]
mod edited;
mod ground;
mod past;
mod places;
#[cfg(test)]
mod seats;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use bake_command::verify_bake;
use ground::{Ground, outside, server_of};
use jiff::{SignedDuration, Timestamp};
use past::Past;

use crate::engine::{Operation, StepRecord};
use crate::guard::{self, Guard, Refusal, Refused};
use crate::mutation::{ExactMutation, Mutation, Output, Outputs, PlannedMutation};
use crate::plan::{Baseline, Plan, PlanFile, Work};
use crate::rules::Rules;
use crate::situation::{Situation, Subjects};
use crate::world::World;

/// How long a verified step may be sent (DESIGN.md, section 6).
pub const VALID_FOR: SignedDuration = SignedDuration::from_secs(60);

/// A change that may be sent now. Nothing but [`verify_step`] makes one, it can't be kept or copied, and it is spent by
/// being sent.
#[derive(Debug)]
pub struct VerifiedStep {
    mutation: ExactMutation,
    before: Baseline,
    read_at: Timestamp,
}

impl VerifiedStep {
    /// When the reading began that it was verified against.
    pub(crate) fn read_at(&self) -> Timestamp {
        self.read_at
    }

    /// What is to be sent, and the state of what it touches by the reading that it was verified against.
    ///
    /// # Errors
    /// [`Guard::Fresh`] where that reading is older than [`VALID_FOR`].
    pub(crate) fn spend(self, now: Timestamp) -> Result<(ExactMutation, Baseline), Refusal> {
        fresh(self.read_at, now)?;
        Ok((self.mutation, self.before))
    }
}

/// Refuses what was verified against a reading that is older than [`VALID_FOR`].
pub(crate) fn fresh(read_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let age = now.duration_since(read_at);
    Guard::Fresh.demand((SignedDuration::ZERO..=VALID_FOR).contains(&age), || {
        let reason = format!("the state was read {} s ago, and that is too long", age.as_secs());
        (reason, "Read it again: resume the operation.".to_owned())
    })
}

/// Whether a plan still holds, as a whole, before it is begun: for the sheet, and again once it was confirmed.
///
/// # Errors
/// Everything that stands against it.
pub fn verify_plan(world: World<'_>, rules: &Rules, file: &PlanFile) -> Result<(), Refused> {
    let plan = &file.plan;
    let hash = file.checked();
    Guard::PlanHash.demand(hash.is_ok(), || {
        let reason = hash.err().map(|error| error.to_string()).unwrap_or_default();
        (reason, "Make it again with `emberline plan`.".to_owned())
    })?;
    let outputs = Outputs::new();
    let ground = Ground { world, rules, plan, past: Past::default(), outputs: &outputs, is_ahead: true };
    let mutations = || {
        plan.steps.iter().filter_map(|step| match &step.work {
            Work::Send { mutation, .. } => Some(mutation),
            _ => None,
        })
    };
    let whole = mutations().filter_map(Mutation::whole_group).map(str::to_owned).collect();
    let subjects = subjects(&plan.baseline, []);
    let retired = if mutations().any(Mutation::is_of_one_alone) { subjects.servers.clone() } else { BTreeSet::new() };
    let subjects = Subjects { whole, retired, ..subjects };
    let situation = Situation::read(world, &plan.scope, &subjects)?;
    let mut refusals = ground.whole(&situation);
    refusals.extend(guard::batch(rules, plan.baseline.servers.len()).err());
    refusals.extend(ground.leash(&situation, None));
    let mut surged = 0_u32;
    let mut gained: BTreeMap<&str, u32> = BTreeMap::new();
    let mut begun: BTreeSet<Option<&str>> = BTreeSet::new();
    for (index, step) in plan.steps.iter().enumerate() {
        if let Work::BakeCommand { recipe, shown } = &step.work {
            refusals.extend(guard::shown_bake_command(rules, &plan.scope, recipe, shown).err());
        }
        let Work::Send { mutation, takes_out, desired, .. } = &step.work else { continue };
        // What a later step needs to find in a group follows from the one before it.
        if begun.insert(mutation.group()) {
            refusals.extend(ground.desired(&situation, mutation.group(), *desired).err());
        }
        // What an earlier step makes is not there to be looked at yet.
        if let Ok(exact) = mutation.resolve(&outputs) {
            refusals.extend(ground.inside_plan(&exact).err());
            refusals.extend(ground.allowed(&situation, index, &exact));
            if index == 0 && refusals.is_empty() {
                refusals.extend(ground.dry_run(&exact).err());
            }
        }
        if let Mutation::SetDesiredCapacity { group, desired } = mutation {
            let before = plan.baseline.group(group).map_or(0, |group| group.desired);
            surged = desired.saturating_sub(before);
        }
        if let Some(id) = leaves(mutation, takes_out.as_deref()) {
            let group = situation.servers.get(id).and_then(|server| server.group.as_deref()).unwrap_or_default();
            let gained = gained.entry(group).or_default();
            refusals.extend(ground.take_out(&situation, id, surged.saturating_add(*gained)).err());
            // Its successor will serve where it did not itself.
            if !situation.healthy(group, id) {
                let member = situation.groups.get(group).and_then(|group| group.member(id));
                *gained = gained.saturating_add(member.map_or(0, |member| member.units));
            }
            surged = 0;
        }
    }
    refused(refusals)
}

/// Verifies one step of an operation for being sent within [`VALID_FOR`]. `plan` is the operation's, with the steps that
/// an order made necessary after its own.
///
/// # Errors
/// Everything that stands against it.
pub(crate) fn verify_step(
    world: World<'_>,
    rules: &Rules,
    plan: &Plan,
    operation: &Operation,
    index: usize,
) -> Result<VerifiedStep, Refused> {
    let Some(Work::Send { mutation, desired, takes_out, .. }) = plan.steps.get(index).map(|step| &step.work) else {
        let reason = format!("the plan has no step {index} that sends something");
        return Err(outside(reason).into());
    };
    let outputs = &operation.outputs;
    let exact = mutation.resolve(outputs).map_err(|missing| {
        let next = "Look at what its steps have made: it can't go on.".to_owned();
        Refusal { guard: Guard::Known, reason: format!("no step has made the {missing} that this one needs"), next }
    })?;
    let ground = Ground { world, rules, plan, past: Past::of(operation), outputs, is_ahead: false };
    ground.inside_plan(&exact)?;
    let whole = exact.whole_group().map(str::to_owned).into_iter().collect();
    // Whoever takes a server's place, or gives one back, is looked at with it.
    let other = match &exact {
        Mutation::RegisterTargets { .. } | Mutation::DeregisterTargets { .. } | Mutation::TerminateInstances { .. } => {
            outputs.get(&Output::Successor).map(String::as_str)
        }
        _ => None,
    };
    let subjects = subjects(&plan.baseline, server_of(&exact).into_iter().chain(other));
    let retired = if exact.is_of_one_alone() { subjects.servers.clone() } else { BTreeSet::new() };
    let subjects = Subjects { whole, retired, ..subjects };
    let situation = Situation::read(world, &plan.scope, &subjects)?.seen_by(&operation.id);
    let mut refusals = ground.whole(&situation);
    if !operation.steps.iter().any(StepRecord::may_have_happened) {
        refusals.extend(ground.leash(&situation, Some(operation)));
    }
    refusals.extend(ground.desired(&situation, exact.group(), *desired).err());
    refusals.extend(ground.allowed(&situation, index, &exact));
    if let Some(id) = leaves(mutation, takes_out.as_deref()) {
        refusals.extend(ground.take_out(&situation, id, 0).err());
    }
    if refusals.is_empty() {
        refusals.extend(ground.dry_run(&exact).err());
    }
    refused(refusals)?;
    Ok(VerifiedStep { mutation: exact, before: situation.baseline(&subjects), read_at: situation.read_at })
}

fn refused(refusals: Vec<Refusal>) -> Result<(), Refused> {
    let mut told: Vec<Refusal> = Vec::new();
    for refusal in refusals {
        if !told.contains(&refusal) {
            told.push(refusal);
        }
    }
    if told.is_empty() { Ok(()) } else { Err(Refused { refusals: told }) }
}

fn subjects<'a>(baseline: &'a Baseline, besides: impl IntoIterator<Item = &'a str>) -> Subjects {
    Subjects {
        groups: baseline.groups.iter().map(|group| group.name.clone()).collect(),
        servers: baseline.servers.iter().map(|server| server.id.as_str()).chain(besides).map(str::to_owned).collect(),
        ..Subjects::default()
    }
}

/// The server that leaves service by a change. A plan file may keep silent about it, a termination can't.
fn leaves<'a>(mutation: &'a PlannedMutation, takes_out: Option<&'a str>) -> Option<&'a str> {
    match mutation {
        Mutation::TerminateInstanceInAutoScalingGroup { server, .. } => Some(server),
        _ => takes_out,
    }
}

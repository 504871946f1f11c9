//! Each action planned in a small account: steps, capacity, losses, warnings and refusals with their values.

#![expect(clippy::unwrap_used, reason = "a test")]

mod any;
mod bake;
mod lifetime;
mod rebake;
mod refused;
mod replace;
mod roll;
mod standalone;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::testing::{Account, Slip, Still, rules, scope};
use crate::{Action, Guard, Loss, LossKind, Plan, Refused, Rules, World, plan};

/// Plans in an account, with the usual rules.
fn planned(account: &Account, action: Action) -> Result<Plan, Refused> {
    planned_by(&rules(), account, action)
}

fn planned_by(rules: &Rules, account: &Account, action: Action) -> Result<Plan, Refused> {
    let world = World { calls: account, journal: &Slip::default(), time: &Still };
    plan(world, rules, &scope(), action)
}

fn replace(ids: &[&str]) -> Action {
    Action::Replace { servers: ids.iter().map(|&id| id.to_owned()).collect() }
}

/// The work of each step as the plan file holds it; of a wait what it waits for.
fn works(plan: &Plan) -> Vec<Value> {
    let work = |value: Value| value.pointer("/wait/until").cloned().unwrap_or(value);
    plan.steps.iter().map(|step| work(serde_json::to_value(&step.work).unwrap())).collect()
}

fn send(mutation: &Value, makes: Option<&str>, desired: Option<u32>, takes_out: Option<&str>) -> Value {
    json!({"send": {"mutation": mutation, "makes": makes, "desired": desired, "takes_out": takes_out}})
}

/// Guard and reason of each refusal.
fn refusals(result: Result<Plan, Refused>) -> Vec<(Guard, String)> {
    result.unwrap_err().refusals.into_iter().map(|one| (one.guard, one.reason)).collect()
}

/// Before, lowest, after, floor, desired.
fn capacity(plan: &Plan) -> [u32; 5] {
    let [one] = &plan.capacity[..] else { panic!("{:?}", plan.capacity) };
    [one.before, one.lowest, one.after, one.floor, one.desired]
}

fn lost(losses: &[Loss]) -> Vec<(LossKind, &str)> {
    losses.iter().map(|loss| (loss.kind, loss.what.as_str())).collect()
}

//! A plan in the making: what was found for it and what stands against it, side by side until the end.

use crate::action::Action;
use crate::facts::ServerFacts;
use crate::guard::{self, Guard, Refusal, Refused};
use crate::mutation::{Output, PlannedMutation};
use crate::plan::{Capacity, FORMAT, Loss, Plan, Rollback, Step, Until, Work};
use crate::rules::Rules;
use crate::situation::{Situation, Subjects};

/// A plan in the making.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) summary: String,
    /// What the plan's baseline keeps.
    pub(super) touched: Subjects,
    pub(super) steps: Vec<Step>,
    pub(super) capacity: Vec<Capacity>,
    pub(super) losses: Vec<Loss>,
    pub(super) warnings: Vec<String>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) rollback: Rollback,
}

/// A change that is to be sent, with what the step says about it.
pub(super) struct Change {
    pub(super) name: String,
    pub(super) sentence: String,
    pub(super) mutation: PlannedMutation,
    pub(super) makes: Option<Output>,
    pub(super) desired: Option<u32>,
    pub(super) takes_out: Option<String>,
}

impl Draft {
    pub(super) fn new(rollback: Rollback) -> Self {
        Self {
            summary: String::new(),
            touched: Subjects::default(),
            steps: Vec::new(),
            capacity: Vec::new(),
            losses: Vec::new(),
            warnings: Vec::new(),
            refusals: Vec::new(),
            rollback,
        }
    }

    /// Adds a step that sends.
    pub(super) fn send(&mut self, change: Change) {
        let Change { name, sentence, mutation, makes, desired, takes_out } = change;
        self.steps.push(Step { name, sentence, work: Work::Send { mutation, makes, desired, takes_out } });
    }

    /// Adds a step that waits.
    pub(super) fn wait(&mut self, name: String, sentence: String, until: Until, within_s: u32) {
        self.steps.push(Step { name, sentence, work: Work::Wait { until, within_s } });
    }

    /// Takes note of a refusal; what was allowed otherwise.
    pub(super) fn allowed<T>(&mut self, check: Result<T, Refusal>) -> Option<T> {
        check.map_err(|refusal| self.refusals.push(refusal)).ok()
    }

    /// The plan, or all that stands against it.
    pub(super) fn finish(mut self, situation: &Situation, rules: &Rules, action: Action) -> Result<Plan, Refused> {
        let live = guard::live(rules);
        let plan = Plan {
            format: FORMAT,
            action,
            scope: situation.scope.clone(),
            endpoint: Some(situation.endpoint.clone()),
            caller: situation.caller.clone(),
            made_at: situation.read_at,
            summary: self.summary,
            baseline: situation.baseline(&self.touched),
            steps: self.steps,
            capacity: self.capacity,
            losses: self.losses,
            warnings: self.warnings,
            rollback: self.rollback,
        };
        self.refusals.extend(live.err());
        self.refusals.extend(guard::account(&plan, &situation.caller));
        let mut refusals: Vec<Refusal> = Vec::new();
        for refusal in self.refusals {
            if !refusals.contains(&refusal) {
                refusals.push(refusal);
            }
        }
        match refusals.is_empty() {
            true => Ok(plan),
            false => Err(Refused { refusals }),
        }
    }
}

/// A refusal of what the person chose.
pub(super) fn setting(holds: bool, reason: &str, next: &str) -> Result<(), Refusal> {
    Guard::Setting.demand(holds, || (reason.to_owned(), next.to_owned()))
}

/// `i-0abc (web-1)`.
pub(super) fn called(server: &ServerFacts) -> String {
    match &server.name {
        Some(name) => format!("{} ({name})", server.id),
        None => server.id.clone(),
    }
}

//! The last look before a bake command is run: it is what was shown, and everything else that the plan touches is what
//! was confirmed.

use jiff::Timestamp;

use super::ground::{Ground, outside};
use super::past::Past;
use super::{fresh, subjects};
use crate::bake_command::BakeCommand;
use crate::engine::Operation;
use crate::guard::{self, Refusal, Refused};
use crate::plan::{Plan, Work};
use crate::rules::Rules;
use crate::situation::Situation;
use crate::world::World;

/// A bake command that may be run now. Nothing but [`verify_bake`] makes one, out of this machine's configuration, and
/// it is spent by being run.
#[derive(Debug)]
pub(crate) struct VerifiedBake {
    command: BakeCommand,
    read_at: Timestamp,
}

impl VerifiedBake {
    /// What is to be run.
    ///
    /// # Errors
    /// [`crate::Guard::Fresh`] where the reading is older than [`super::VALID_FOR`].
    pub(crate) fn spend(self, now: Timestamp) -> Result<BakeCommand, Refusal> {
        fresh(self.read_at, now)?;
        Ok(self.command)
    }
}

/// Verifies the step of an operation that runs a bake command.
///
/// # Errors
/// Everything that stands against it.
pub(crate) fn verify_bake(
    world: World<'_>,
    rules: &Rules,
    plan: &Plan,
    operation: &Operation,
    index: usize,
) -> Result<VerifiedBake, Refused> {
    let Some(Work::BakeCommand { recipe, shown }) = plan.steps.get(index).map(|step| &step.work) else {
        return Err(outside(format!("the plan has no step {index} that runs a bake command")).into());
    };
    let (past, outputs) = (Past::of(operation), &operation.outputs);
    let ground = Ground { world, rules, plan, past, outputs, is_ahead: false };
    let situation = Situation::read(world, &plan.scope, &subjects(&plan.baseline, None))?.seen_by(&operation.id);
    let mut refusals = ground.whole(&situation);
    match guard::shown_bake_command(rules, &plan.scope, recipe, shown) {
        Ok(command) if refusals.is_empty() => Ok(VerifiedBake { command: command.clone(), read_at: situation.read_at }),
        other => {
            refusals.extend(other.err());
            Err(Refused { refusals })
        }
    }
}

//! Giving an operation up: the one word that needs neither rules nor a plan, since it sends nothing.

use super::run::{EngineError, Outcome};
use super::state::Operation;
use crate::entry::{Answer, Ending, Entry};
use crate::world::{JournalError, OperationId, World};

/// Leaves everything as it is and ends an operation that nobody works on, so that its targets are free. It needs not be
/// understood for that: what another version of Emberline wrote can be given up too.
///
/// # Errors
/// [`EngineError::NotNow`] where it has ended; [`EngineError::Journal`].
pub fn abandon(world: World<'_>, id: &OperationId) -> Result<Outcome, EngineError> {
    let _locked = world.journal.lock(id)?;
    let operation = match world.journal.entries(id) {
        Ok(records) => Some(Operation::of(id.clone(), &records)),
        // It can't be understood, and locking it has looked at the journal as a whole.
        Err(JournalError::Unusable { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    if operation.as_ref().is_some_and(Operation::has_ended) {
        return Err(EngineError::NotNow { operation: id.clone(), possible: Vec::new() });
    }
    let plan = operation.and_then(|operation| operation.plan);
    let caller = plan.and_then(|plan| world.calls.caller(&plan.scope).ok());
    let append = |entry: &Entry| world.journal.append(Some(id), world.time.now(), entry);
    append(&Entry::Ordered { answer: Answer::Abandon, caller })?;
    append(&Entry::Ended { ending: Ending::Abandoned })?;
    Ok(Outcome::Ended(Ending::Abandoned))
}

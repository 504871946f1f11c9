//! Words for an operation that is being worked on: given from any thread, taken by the one that carries it out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::entry::Answer;
use crate::world::OperationId;

/// The words that were given and not taken yet, one an operation: the last word counts. Clones share them.
#[derive(Clone, Default, Debug)]
pub struct Orders {
    given: Arc<Mutex<BTreeMap<OperationId, Answer>>>,
}

impl Orders {
    /// Gives a word. Whoever carries the operation out takes it before the next send or look, within a second. A word
    /// that the operation can't be given at that moment is dropped: see [`crate::Operation::answers`].
    pub fn give(&self, operation: &OperationId, answer: Answer) {
        self.given().insert(operation.clone(), answer);
    }

    pub(super) fn take(&self, operation: &OperationId) -> Option<Answer> {
        self.given().remove(operation)
    }

    pub(super) fn waits(&self, operation: &OperationId) -> bool {
        self.given().contains_key(operation)
    }

    fn given(&self) -> std::sync::MutexGuard<'_, BTreeMap<OperationId, Answer>> {
        // A map of words is whole whatever a thread died of while it held it.
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

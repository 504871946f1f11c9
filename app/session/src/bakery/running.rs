//! How many bake commands run, so that the program does not end before them: nobody would be left to stop them.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The bake commands that run.
#[derive(Default)]
pub(crate) struct Running {
    count: Mutex<usize>,
    fewer: Condvar,
}

/// One of them, for as long as this lives.
pub(crate) struct Counted(Arc<Running>);

impl Running {
    /// Counts one more.
    pub(crate) fn count(running: &Arc<Self>) -> Counted {
        *running.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Counted(Arc::clone(running))
    }

    /// Waits until none runs, for so long at most. Whether that is so.
    pub(crate) fn wait(&self, longest: Duration) -> bool {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.fewer.wait_timeout_while(count, longest, |count| *count > 0);
        let (count, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *count == 0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        *self.0.count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.fewer.notify_all();
    }
}

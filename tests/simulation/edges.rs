//! A journal that gives way at one of its edges: the real one, until the n-th entry.

use std::sync::atomic::{AtomicUsize, Ordering};

use history::Store;
use jiff::Timestamp;
use operate::{Entry, EntryRecord, Journal, JournalError, Locked, OperationId};

use crate::watch::Watch;

/// How it gives way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    /// It says that it can't be written, and the entry is not there.
    FailsUnwritten,
    /// It says that it can't be written, and the entry is there.
    FailsWritten,
    /// The process dies before the entry is written.
    DiesUnwritten,
    /// The process dies once it is written.
    DiesWritten,
}

impl Manner {
    pub(crate) const ALL: [Self; 4] =
        [Self::FailsUnwritten, Self::FailsWritten, Self::DiesUnwritten, Self::DiesWritten];
}

/// Where and how a journal gives way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cut {
    /// The number of the entry, from 0.
    pub(crate) at: usize,
    pub(crate) manner: Manner,
}

/// What a process dies of here. It unwinds, so that the locks that it held are free, as those of a dead process are.
pub(crate) struct Died;

/// The journal.
pub(crate) struct Edges<'a> {
    store: &'a Store,
    watch: &'a Watch,
    cut: Option<Cut>,
    /// How many entries were to be written.
    written: AtomicUsize,
}

impl<'a> Edges<'a> {
    pub(crate) fn new(store: &'a Store, watch: &'a Watch, cut: Option<Cut>) -> Self {
        Self { store, watch, cut, written: AtomicUsize::new(0) }
    }

    pub(crate) fn written(&self) -> usize {
        self.written.load(Ordering::Relaxed)
    }
}

impl Journal for Edges<'_> {
    fn append(&self, operation: Option<&OperationId>, at: Timestamp, entry: &Entry) -> Result<(), JournalError> {
        let nth = self.written.fetch_add(1, Ordering::Relaxed);
        let gives_way = self.cut.filter(|cut| nth >= cut.at);
        let Some(cut) = gives_way else { return self.store.append(operation, at, entry) };
        self.watch.seen().is_cut = true;
        let is_written = matches!(cut.manner, Manner::FailsWritten | Manner::DiesWritten);
        if is_written && nth == cut.at {
            self.store.append(operation, at, entry)?;
        }
        match cut.manner {
            Manner::DiesUnwritten | Manner::DiesWritten => std::panic::resume_unwind(Box::new(Died)),
            Manner::FailsUnwritten | Manner::FailsWritten => Err(JournalError::Unusable {
                path: "simulation".to_owned(),
                reason: "the disk is full. Free some space there".to_owned(),
            }),
        }
    }

    fn begin(&self, operation: &OperationId, targets: &[String]) -> Result<Box<dyn Locked>, JournalError> {
        self.store.begin(operation, targets)
    }

    fn lock(&self, operation: &OperationId) -> Result<Box<dyn Locked>, JournalError> {
        self.store.lock(operation)
    }

    fn release(&self, operation: &OperationId) -> Result<(), JournalError> {
        self.store.release(operation)
    }

    fn entries(&self, operation: &OperationId) -> Result<Vec<EntryRecord>, JournalError> {
        self.store.entries(operation)
    }

    fn operations(&self) -> Result<Vec<OperationId>, JournalError> {
        self.store.operations()
    }

    fn holder(&self, target: &str) -> Result<Option<OperationId>, JournalError> {
        self.store.holder(target)
    }
}

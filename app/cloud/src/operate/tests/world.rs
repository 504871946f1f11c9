//! What a plan needs beside the calls: a journal that is empty, the sandbox's time, and rules that let nearly all pass.

use std::time::Duration;

use ::operate::{BurnRules, Entry, EntryRecord, Journal, JournalError, Locked, OperationId, Rules, Scope, Time};
use jiff::Timestamp;
use sandbox::Sandbox;

/// Half of a group may go, and chance may burn at any hour.
pub(super) fn rules(scope: &Scope) -> Rules {
    Rules {
        read_only: None,
        is_production: true,
        alias: scope.account.clone(),
        min_healthy_percent: 50,
        floor: None,
        batch: 10,
        burn: Some(BurnRules { period_s: 86_400, from_hour: 0, to_hour: 24, time_zone: "UTC".into() }),
        no_bakes: None,
        bakes: Vec::new(),
    }
}

/// A journal in which nothing is.
pub(super) struct NoJournal;

impl Locked for NoJournal {}

impl Journal for NoJournal {
    fn append(&self, _: Option<&OperationId>, _: Timestamp, _: &Entry) -> Result<(), JournalError> {
        Ok(())
    }

    fn begin(&self, _: &OperationId, _: &[String]) -> Result<Box<dyn Locked>, JournalError> {
        Ok(Box::new(Self))
    }

    fn lock(&self, _: &OperationId) -> Result<Box<dyn Locked>, JournalError> {
        Ok(Box::new(Self))
    }

    fn release(&self, _: &OperationId) -> Result<(), JournalError> {
        Ok(())
    }

    fn entries(&self, _: &OperationId) -> Result<Vec<EntryRecord>, JournalError> {
        Ok(Vec::new())
    }

    fn operations(&self) -> Result<Vec<OperationId>, JournalError> {
        Ok(Vec::new())
    }

    fn holder(&self, _: &str) -> Result<Option<OperationId>, JournalError> {
        Ok(None)
    }
}

/// The sandbox's clock; waiting moves it.
pub(super) struct SandboxTime<'a>(pub(super) &'a Sandbox);

impl Time for SandboxTime<'_> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) {
        self.0.advance(duration);
    }

    fn random(&self) -> u64 {
        7
    }
}

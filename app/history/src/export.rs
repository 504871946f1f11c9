//! The audit log as lines of JSON, each of which proves itself (see [`crate::chain`]).

use std::io::{self, Write};

use operate::{JournalError, OperationId};

use crate::store::Store;

/// How many entries are read at once, so that a slow reader of the export keeps no append waiting.
const AT_ONCE: u32 = 500;

/// Why an export stopped. The lines before it are whole.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The journal can't be read on.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// What is written to takes no more.
    #[error("the export can't be written: {0}")]
    Write(#[from] io::Error),
}

impl Store {
    /// Writes the journal, or what belongs to one operation, as lines of JSON, oldest first. Returns how many.
    ///
    /// Each line holds `sequence`, `previous` (the hash of the entry before it), `at`, `operation`, `entry` and, last,
    /// `hash`: the SHA-256 of the line's bytes without `,"hash":"…"`.
    ///
    /// # Errors
    /// [`ExportError`]; [`JournalError::Tampered`] at the first entry that does not fit, [`JournalError::NoSuch`].
    pub fn export(&self, operation: Option<&OperationId>, to: &mut dyn Write) -> Result<u64, ExportError> {
        let (mut written, mut after) = (0_u64, 0_u64);
        loop {
            let page = self.links(operation, after, AT_ONCE)?;
            let Some((last, _)) = page.last() else { break };
            after = last.sequence;
            for (link, hash) in &page {
                writeln!(to, "{}", link.line(hash))?;
                written = written.saturating_add(1);
            }
        }
        if let (0, Some(operation)) = (written, operation) {
            return Err(JournalError::NoSuch { operation: operation.clone() }.into());
        }
        to.flush()?;
        Ok(written)
    }
}

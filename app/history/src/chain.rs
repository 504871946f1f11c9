//! The chain: each entry is one line of JSON that holds the hash of the line before it and ends with its own.
//!
//! ```text
//! {"sequence":2,"previous":"<hash of line 1>","at":"2026-03-01T09:00:00Z","operation":"op-…","entry":{…},"hash":"…"}
//! ```
//!
//! `hash` is the SHA-256 of the line's bytes without `,"hash":"…"`, so that anybody can check an export without this
//! program. The first line's `previous` is 64 zeros.

use operate::{Entry, EntryRecord, JournalError, OperationId};
use rusqlite::Row;
use sha2::{Digest as _, Sha256};

use crate::error::{Trouble, damaged};

/// What the first entry has for the hash before it.
pub(crate) const ORIGIN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The columns that [`Link::read`] takes, of `entries AS one LEFT JOIN entries AS before`.
pub(crate) const COLUMNS: &str = "one.sequence, before.hash, one.at, one.operation, one.entry, one.hash";

/// One entry in its place, as it lies in the database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Link {
    pub(crate) sequence: u64,
    /// The hash of the entry before it.
    pub(crate) previous: String,
    /// When, as text: what was hashed.
    pub(crate) at: String,
    pub(crate) operation: Option<String>,
    /// JSON of the entry: what was hashed.
    pub(crate) entry: String,
}

impl Link {
    /// The line without its hash.
    fn body(&self) -> String {
        let text = |value: &str| serde_json::Value::from(value).to_string();
        let operation = self.operation.as_deref().map_or_else(|| "null".to_owned(), text);
        format!(
            r#"{{"sequence":{},"previous":{},"at":{},"operation":{operation},"entry":{}}}"#,
            self.sequence,
            text(&self.previous),
            text(&self.at),
            self.entry,
        )
    }

    /// Its hash, in 64 hexadecimal digits.
    pub(crate) fn hash(&self) -> String {
        hex(&Sha256::digest(self.body()))
    }

    /// The line with its hash, and without the line's end.
    pub(crate) fn line(&self, hash: &str) -> String {
        let mut line = self.body();
        line.pop();
        line + r#","hash":""# + hash + r#""}"#
    }

    /// Reads a row of [`COLUMNS`], and its hash, which follows from everything else in it.
    ///
    /// Fails with [`JournalError::Tampered`] where it does not, or where a value is not even text.
    pub(crate) fn read(row: &Row<'_>) -> Result<(Self, String), Trouble> {
        let sequence: i64 = row.get(0)?;
        let sequence = u64::try_from(sequence).unwrap_or(0);
        let tampered = || Trouble::Journal(JournalError::Tampered { sequence });
        let text = |column: usize| -> Result<Option<String>, Trouble> {
            let value = row.get_ref(column)?;
            value.as_str_or_null().map(|text| text.map(str::to_owned)).map_err(|_| tampered())
        };
        let previous = match text(1)? {
            Some(previous) if sequence > 1 => previous,
            None if sequence == 1 => ORIGIN.to_owned(),
            _ => return Err(tampered()),
        };
        let at = text(2)?.ok_or_else(tampered)?;
        let operation = text(3)?;
        let entry = text(4)?.ok_or_else(tampered)?;
        let said = text(5)?.ok_or_else(tampered)?;
        let link = Self { sequence, previous, at, operation, entry };
        if link.hash() == said { Ok((link, said)) } else { Err(tampered()) }
    }

    /// What it says.
    pub(crate) fn record(self, hash: String) -> Result<EntryRecord, Trouble> {
        let sequence = self.sequence;
        let unknown = |error: &dyn std::fmt::Display| {
            Trouble::Said(format!(
                "this Emberline does not understand entry {sequence} ({error}). Use the version that wrote it, or the newest"
            ))
        };
        Ok(EntryRecord {
            sequence,
            at: self.at.parse().map_err(|error| unknown(&error))?,
            operation: self.operation.map(OperationId),
            entry: serde_json::from_str::<Entry>(&self.entry).map_err(|error| unknown(&error))?,
            hash,
        })
    }
}

/// Follows the chain from its first entry to its last.
#[derive(Debug)]
pub(crate) struct Walk {
    /// The entries so far.
    pub(crate) entries: u64,
    /// The hash of the last of them.
    pub(crate) hash: String,
}

impl Walk {
    /// Before the first entry.
    pub(crate) fn new() -> Self {
        Self { entries: 0, hash: ORIGIN.to_owned() }
    }

    /// Goes on to the next entry, which has to be the one after the last.
    pub(crate) fn step(&mut self, link: &Link, hash: String) -> Result<(), Trouble> {
        let next = self.entries.saturating_add(1);
        if link.sequence != next || link.previous != self.hash {
            return Err(JournalError::Tampered { sequence: next }.into());
        }
        self.entries = next;
        self.hash = hash;
        Ok(())
    }
}

/// The number that follows the last entry's in SQLite's numbers.
pub(crate) fn after(sequence: i64) -> Result<u64, Trouble> {
    let next = sequence.checked_add(1).and_then(|next| u64::try_from(next).ok()).filter(|&next| next > 0);
    next.ok_or_else(|| Trouble::Said(damaged(&format!("its last entry is number {sequence}"))))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

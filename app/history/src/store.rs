//! The journal in one SQLite file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use operate::{Entry, EntryRecord, Journal, JournalError, Locked, OperationId};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior, params};

use crate::chain::{self, COLUMNS, Link, Walk};
use crate::error::{Trouble, damaged};
use crate::lock::Locks;
use crate::place;
use crate::schema::{self, Kind};

/// The journal. Threads may share it, and other processes may have the same one open.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
    locks: Locks,
    /// For errors.
    path: PathBuf,
    is_read_only: bool,
}

/// The end of a chain that holds. Noted elsewhere, it shows later whether the journal was cut short or made anew.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// How many entries there are.
    pub entries: u64,
    /// The hash of the last one; 64 zeros where there is none.
    pub hash: String,
}

impl Store {
    /// Opens the journal in a folder; makes both where they are not there.
    ///
    /// # Errors
    /// [`JournalError::Unusable`]: the folder can't be made or written to, the file is damaged, of a newer Emberline
    /// or no journal.
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        let path = place::file_in(dir);
        let opened = place::make(&path).and_then(|()| {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let mut connection = Connection::open_with_flags(&path, flags)?;
            schema::settle(&connection)?;
            // Looked at before anything is changed: it may be somebody else's.
            let kind = schema::kind(&connection)?;
            schema::make_durable(&connection)?;
            if kind == Kind::Empty {
                schema::make(&mut connection)?;
            }
            Ok(connection)
        });
        let connection = opened.map_err(|trouble| trouble.at(&path))?;
        Ok(Self::of(connection, Locks::Files(dir.join("locks")), path, false))
    }

    /// Opens the journal in a folder for reading alone; `None` where there is none yet. Makes nothing that stays.
    ///
    /// # Errors
    /// [`JournalError::Unusable`], as for [`Store::open`]. What would write fails with it too.
    pub fn read_only(dir: &Path) -> Result<Option<Self>, JournalError> {
        let path = place::file_in(dir);
        let opened = place::is_begun(&path).and_then(|is_begun| {
            if !is_begun {
                return Ok(None);
            }
            // Opened for writing where that can be, since a log that a crash left behind has to be worked in.
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            match Self::readable(Connection::open_with_flags(&path, flags)) {
                // In a folder that can't be written to, SQLite can't keep its log, and where there is none nobody
                // else writes either.
                Err(trouble) if trouble.is_closed_to_us() && !place::has_log(&path) => {
                    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
                    Self::readable(Connection::open_with_flags(place::as_it_lies(&path), flags))
                }
                opened => opened,
            }
        });
        let connection = opened.map_err(|trouble| trouble.at(&path))?;
        Ok(connection.map(|connection| Self::of(connection, Locks::Files(dir.join("locks")), path, true)))
    }

    /// A journal that is kept nowhere, for simulations: locks bind within this process, and it is gone when dropped.
    ///
    /// # Errors
    /// [`JournalError::Unusable`] where there is no memory for it.
    pub fn in_memory() -> Result<Self, JournalError> {
        let path = PathBuf::from("in memory");
        let opened = Connection::open_in_memory().map_err(Trouble::from).and_then(|mut connection| {
            schema::settle(&connection)?;
            schema::make(&mut connection)?;
            Ok(connection)
        });
        let connection = opened.map_err(|trouble| trouble.at(&path))?;
        Ok(Self::of(connection, Locks::Memory(Arc::default()), path, false))
    }

    fn of(connection: Connection, locks: Locks, path: PathBuf, is_read_only: bool) -> Self {
        Self { connection: Mutex::new(connection), locks, path, is_read_only }
    }

    /// The connection set for reading, if a journal is in the file.
    fn readable(connection: rusqlite::Result<Connection>) -> Result<Option<Connection>, Trouble> {
        let connection = connection?;
        schema::settle(&connection)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok((schema::kind(&connection)? == Kind::Journal).then_some(connection))
    }

    /// Where the journal lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Follows the whole chain and has SQLite check its file.
    ///
    /// What it can't see: entries cut off at the end, and a journal made anew as a whole. Compare [`Head`] with one
    /// that was noted elsewhere.
    ///
    /// # Errors
    /// [`JournalError::Tampered`] at the first entry that does not fit, [`JournalError::Unusable`] where the file is
    /// damaged.
    pub fn verify_chain(&self) -> Result<Head, JournalError> {
        self.reading(verify)
    }

    /// Up to `limit` entries of the whole journal after the one with the number `after` (0: from the first), oldest
    /// first, refusals that belong to no operation among them.
    ///
    /// # Errors
    /// [`JournalError::Tampered`], [`JournalError::Unusable`].
    pub fn entries_after(&self, after: u64, limit: u32) -> Result<Vec<EntryRecord>, JournalError> {
        let links = self.links(None, after, limit)?;
        self.records(links)
    }

    /// Whether anybody, here or in another process, works on this operation now.
    ///
    /// # Errors
    /// [`JournalError::Unusable`].
    pub fn is_worked_on(&self, operation: &OperationId) -> Result<bool, JournalError> {
        self.locks.is_taken(operation).map_err(|trouble| trouble.at(&self.path))
    }

    /// Up to `limit` entries after one, of an operation or of all, each checked against the one before it.
    pub(crate) fn links(
        &self,
        operation: Option<&OperationId>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(Link, String)>, JournalError> {
        // From the first means from below it, so that what somebody put there is met; a number that SQLite can't hold
        // is after all of its own.
        let after = if after == 0 { i64::MIN } else { i64::try_from(after).unwrap_or(i64::MAX) };
        let of = if operation.is_some() { "one.operation = ?3" } else { "?3 IS NULL" };
        let sql = format!(
            "SELECT {COLUMNS} FROM entries AS one LEFT JOIN entries AS before ON before.sequence = one.sequence - 1
             WHERE {of} AND one.sequence > ?1 ORDER BY one.sequence LIMIT ?2"
        );
        self.reading(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query(params![after, limit, operation.map(|operation| &operation.0)])?;
            let mut links = Vec::new();
            while let Some(row) = rows.next()? {
                links.push(Link::read(row)?);
            }
            Ok(links)
        })
    }

    fn records(&self, links: Vec<(Link, String)>) -> Result<Vec<EntryRecord>, JournalError> {
        let records = links.into_iter().map(|(link, hash)| link.record(hash));
        records.collect::<Result<_, _>>().map_err(|trouble| trouble.at(&self.path))
    }

    fn reading<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, JournalError> {
        read(&self.connection()).map_err(|trouble| trouble.at(&self.path))
    }

    /// All of `write` or nothing, on disk when it returns, with nobody else writing between its reads and its writes.
    fn writing<T>(&self, write: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, JournalError> {
        let written = self.writable().and_then(|()| {
            let mut connection = self.connection();
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let written = write(&transaction)?;
            transaction.commit()?;
            Ok(written)
        });
        written.map_err(|trouble| trouble.at(&self.path))
    }

    fn take(&self, operation: &OperationId) -> Result<Box<dyn Locked>, JournalError> {
        let taken = self.writable().and_then(|()| self.locks.take(operation));
        taken.map_err(|trouble| trouble.at(&self.path))
    }

    fn writable(&self) -> Result<(), Trouble> {
        if self.is_read_only {
            return Err(Trouble::Said("it is open for reading alone. Open it for writing".to_owned()));
        }
        Ok(())
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A transaction that a panic broke off was rolled back as it was dropped.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for Store {
    fn append(&self, operation: Option<&OperationId>, at: Timestamp, entry: &Entry) -> Result<(), JournalError> {
        let json = serde_json::to_string(entry).expect("an entry has only text keys, so JSON can hold it");
        self.writing(|connection| {
            let last = connection
                .query_row("SELECT sequence, hash FROM entries ORDER BY sequence DESC LIMIT 1", (), |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
                })
                .optional()?;
            let (last, previous) = last.unwrap_or_else(|| (0, chain::ORIGIN.to_owned()));
            let link = Link {
                sequence: chain::after(last)?,
                previous,
                at: at.to_string(),
                operation: operation.map(|operation| operation.0.clone()),
                entry: json,
            };
            connection.execute(
                "INSERT INTO entries (sequence, operation, at, hash, entry) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![last.saturating_add(1), link.operation, link.at, link.hash(), link.entry],
            )?;
            if let (Entry::Ended { .. }, Some(operation)) = (entry, operation) {
                give_free(connection, operation)?;
            }
            Ok(())
        })
    }

    fn begin(&self, operation: &OperationId, targets: &[String]) -> Result<Box<dyn Locked>, JournalError> {
        // The lock comes first: who finds a hold with nothing written behind it can tell by the lock whether its owner
        // is still about to write.
        let locked = self.take(operation)?;
        self.writing(|connection| {
            if has_entries(connection, operation)? {
                return Err(JournalError::Begun { operation: operation.clone() }.into());
            }
            for target in targets {
                if let Some(holder) = held_by(connection, target)?.filter(|holder| holder != operation) {
                    // Nobody else writes during this transaction: without an entry and without a lock it was left.
                    if has_entries(connection, &holder)? || self.locks.is_taken(&holder)? {
                        return Err(JournalError::Held { target: target.clone(), holder }.into());
                    }
                    give_free(connection, &holder)?;
                }
                connection.execute(
                    "INSERT INTO holds (target, operation) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                    [target, &operation.0],
                )?;
            }
            Ok(())
        })?;
        Ok(locked)
    }

    fn lock(&self, operation: &OperationId) -> Result<Box<dyn Locked>, JournalError> {
        if !self.reading(|connection| has_entries(connection, operation))? {
            return Err(JournalError::NoSuch { operation: operation.clone() });
        }
        let locked = self.take(operation)?;
        self.verify_chain()?;
        Ok(locked)
    }

    fn release(&self, operation: &OperationId) -> Result<(), JournalError> {
        self.writing(|connection| {
            if has_entries(connection, operation)? && !has_ended(connection, operation)? {
                return Err(JournalError::NotEnded { operation: operation.clone() }.into());
            }
            give_free(connection, operation)
        })
    }

    fn entries(&self, operation: &OperationId) -> Result<Vec<EntryRecord>, JournalError> {
        let links = self.links(Some(operation), 0, u32::MAX)?;
        if links.is_empty() {
            return Err(JournalError::NoSuch { operation: operation.clone() });
        }
        self.records(links)
    }

    fn operations(&self) -> Result<Vec<OperationId>, JournalError> {
        self.reading(|connection| {
            let mut statement = connection.prepare(
                "SELECT operation FROM entries WHERE operation IS NOT NULL
                 GROUP BY operation ORDER BY min(sequence) DESC",
            )?;
            let operations = statement.query_map((), |row| row.get(0).map(OperationId))?;
            Ok(operations.collect::<Result<_, _>>()?)
        })
    }

    fn holder(&self, target: &str) -> Result<Option<OperationId>, JournalError> {
        self.reading(|connection| {
            let Some(holder) = held_by(connection, target)? else { return Ok(None) };
            // Asked for its lock between two looks: what was being begun at the first has an entry by the second, or
            // was left.
            let is_open =
                has_entries(connection, &holder)? || self.locks.is_taken(&holder)? || has_entries(connection, &holder)?;
            Ok(is_open.then_some(holder))
        })
    }
}

/// The operation that the table of holds names for a target.
fn held_by(connection: &Connection, target: &str) -> Result<Option<OperationId>, Trouble> {
    let holder = connection.query_row("SELECT operation FROM holds WHERE target = ?1", [target], |row| row.get(0));
    Ok(holder.optional()?.map(OperationId))
}

fn give_free(connection: &Connection, operation: &OperationId) -> Result<(), Trouble> {
    connection.execute("DELETE FROM holds WHERE operation = ?1", [&operation.0])?;
    Ok(())
}

fn has_entries(connection: &Connection, operation: &OperationId) -> Result<bool, Trouble> {
    let sql = "SELECT EXISTS (SELECT 1 FROM entries WHERE operation = ?1)";
    Ok(connection.query_row(sql, [&operation.0], |row| row.get(0))?)
}

fn has_ended(connection: &Connection, operation: &OperationId) -> Result<bool, Trouble> {
    let sql = "SELECT EXISTS (SELECT 1 FROM entries WHERE operation = ?1 AND entry ->> '$.entry' = 'ended')";
    Ok(connection.query_row(sql, [&operation.0], |row| row.get(0))?)
}

/// SQLite's own check of its pages, indices and types, then the chain, both of one moment.
fn verify(connection: &Connection) -> Result<Head, Trouble> {
    let moment = connection.unchecked_transaction()?;
    let found: String = moment.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
    if found != "ok" {
        return Err(Trouble::Said(damaged(&found)));
    }
    let mut statement = moment.prepare(&format!(
        "SELECT {COLUMNS} FROM entries AS one LEFT JOIN entries AS before ON before.sequence = one.sequence - 1
         ORDER BY one.sequence"
    ))?;
    let mut rows = statement.query(())?;
    let mut walk = Walk::new();
    while let Some(row) = rows.next()? {
        let (link, hash) = Link::read(row)?;
        walk.step(&link, hash)?;
    }
    Ok(Head { entries: walk.entries, hash: walk.hash })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use std::time::Duration;

    use super::*;

    fn note(text: &str) -> Entry {
        Entry::Seen { step: 0, note: text.to_owned() }
    }

    fn reason<T: std::fmt::Debug>(result: Result<T, JournalError>) -> String {
        let Err(JournalError::Unusable { reason, .. }) = result else { panic!("{result:?}") };
        reason
    }

    #[test]
    fn a_full_disk_is_an_error_and_leaves_the_chain_whole() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let operation = OperationId("op-1".to_owned());
        let locked = store.begin(&operation, &["a/b/c".to_owned()]).unwrap();
        store.connection().pragma_update(None, "max_page_count", 20).unwrap();
        let mut appended = 0;
        let full = loop {
            let result = store.append(Some(&operation), Timestamp::UNIX_EPOCH, &note(&"x".repeat(2000)));
            if result.is_err() {
                break result;
            }
            appended += 1;
        };
        assert_eq!(reason(full), "the disk is full. Free some space there, then try again");
        assert!(appended > 3);
        assert_eq!(store.verify_chain().unwrap().entries, appended);
        drop(locked);
        let other = OperationId("op-2".to_owned());
        let targets: Vec<String> = (0..500).map(|number| format!("a/b/{number}-{}", "x".repeat(90))).collect();
        assert_eq!(
            reason(store.begin(&other, &targets).map(drop)),
            "the disk is full. Free some space there, then try again"
        );
        assert_eq!(store.holder(&targets[0]), Ok(None), "all of them or none");
        assert!(!store.is_worked_on(&other).unwrap());

        store.connection().pragma_update(None, "max_page_count", 2000).unwrap();
        store.append(Some(&operation), Timestamp::UNIX_EPOCH, &note("there is space again")).unwrap();
        assert_eq!(store.verify_chain().unwrap().entries, appended + 1);
        assert_eq!(store.entries(&operation).unwrap().len() as u64, appended + 1);
    }

    #[test]
    fn a_program_that_keeps_the_file_locked_is_an_error_after_a_while() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.connection().busy_timeout(Duration::from_millis(30)).unwrap();
        let other = Connection::open(store.path()).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert_eq!(
            reason(store.append(None, Timestamp::UNIX_EPOCH, &note(""))),
            "another program keeps it locked. Close what else has it open, then try again"
        );
        other.execute_batch("ROLLBACK").unwrap();
        store.append(None, Timestamp::UNIX_EPOCH, &note("")).unwrap();
        assert_eq!(store.verify_chain().unwrap().entries, 1);
    }

    #[test]
    fn each_commit_is_synced_to_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        // As it is made, and as it is found.
        for _ in 0..2 {
            let store = Store::open(dir.path()).unwrap();
            let connection = store.connection();
            let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
            let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
            assert_eq!(mode, "wal");
            assert_eq!(["synchronous", "fullfsync", "checkpoint_fullfsync"].map(number), [2, 1, 1]);
        }
    }

    #[test]
    fn an_entry_of_another_version_is_kept_and_stops_its_own_operation_alone() {
        let store = Store::in_memory().unwrap();
        let (strange, plain) = (OperationId("op-1".to_owned()), OperationId("op-2".to_owned()));
        let _locked = store.begin(&strange, &["a/b/c".to_owned()]).unwrap();
        let link = Link {
            sequence: 1,
            previous: chain::ORIGIN.to_owned(),
            at: Timestamp::UNIX_EPOCH.to_string(),
            operation: Some(strange.0.clone()),
            entry: r#"{"entry":"of-tomorrow","step":0}"#.to_owned(),
        };
        let written = store.writing(|connection| {
            let sql = "INSERT INTO entries (sequence, operation, at, hash, entry) VALUES (1, ?1, ?2, ?3, ?4)";
            Ok(connection.execute(sql, params![link.operation, link.at, link.hash(), link.entry])?)
        });
        assert_eq!(written, Ok(1));
        store.append(Some(&plain), Timestamp::UNIX_EPOCH, &note("")).unwrap();

        let why = reason(store.entries(&strange));
        assert!(why.starts_with("this Emberline does not understand entry 1 (unknown variant `of-tomorrow`"), "{why}");
        assert!(why.ends_with("Use the version that wrote it, or the newest"), "{why}");
        assert_eq!(store.entries(&plain).unwrap().len(), 1);
        assert_eq!(store.operations(), Ok(vec![plain, strange.clone()]));
        assert_eq!(store.verify_chain().unwrap().entries, 2);
        assert_eq!(store.export(None, &mut Vec::new()).unwrap(), 2);

        assert_eq!(store.holder("a/b/c"), Ok(Some(strange.clone())));
        let ended = Entry::Ended { ending: operate::Ending::Abandoned };
        store.append(Some(&strange), Timestamp::UNIX_EPOCH, &ended).unwrap();
        assert_eq!(store.holder("a/b/c"), Ok(None), "who can't read it can still abandon it");
    }

    #[test]
    fn a_thread_that_panics_leaves_the_journal_usable() {
        let store = Store::in_memory().unwrap();
        let panicked = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                store.writing(|connection| {
                    connection.execute("INSERT INTO holds VALUES ('a/b/c', 'op-1')", ())?;
                    panic!("amid a write")
                })
            });
            thread.join().map(|result: Result<(), JournalError>| result)
        });
        assert!(panicked.is_err());
        assert_eq!(store.reading(|connection| held_by(connection, "a/b/c")), Ok(None));
        store.append(None, Timestamp::UNIX_EPOCH, &note("")).unwrap();
        assert_eq!(store.verify_chain().unwrap().entries, 1);
    }
}

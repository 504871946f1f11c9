//! The tables, and whether a file holds just these.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Trouble, damaged};

/// The version of the tables (`user_version`), counted up whenever they change.
const VERSION: i64 = 1;

/// What tells our files from other SQLite databases (`application_id`): "Embr".
const APPLICATION: i64 = 0x456d_6272;

/// How long one waits for another connection before giving up. An append takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// The entry stands last in its row, so that hashes are read without its overflow pages.
///
/// `holds` is no history: it says who has what now, and only makes sure that nobody else has it.
const TABLES: &str = "
CREATE TABLE entries (
    sequence INTEGER PRIMARY KEY,
    operation TEXT,
    at TEXT NOT NULL,
    hash TEXT NOT NULL,
    entry TEXT NOT NULL
) STRICT;
CREATE INDEX entries_of_operation ON entries (operation) WHERE operation IS NOT NULL;
CREATE TRIGGER entries_follow_each_other BEFORE INSERT ON entries
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM entries)
BEGIN SELECT RAISE(ABORT, 'the journal is append-only: an entry follows the last one'); END;
CREATE TRIGGER entries_stay_as_they_are BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'the journal is append-only: no entry changes'); END;
CREATE TRIGGER entries_stay BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'the journal is append-only: no entry goes away'); END;
CREATE TABLE holds (
    target TEXT PRIMARY KEY,
    operation TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// What a database is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Nothing is in it yet.
    Empty,
    /// A journal with the tables of this version.
    Journal,
}

/// Settings of every connection: patience, and distrust of what the file says.
pub(crate) fn settle(connection: &Connection) -> Result<(), Trouble> {
    connection.busy_timeout(PATIENCE)?;
    // SQL out of a file that others may have written gets no powers, and none of ours may edit the schema.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(())
}

/// What the database is. Changes nothing.
pub(crate) fn kind(connection: &Connection) -> Result<Kind, Trouble> {
    // All of it at one moment, since another process may just be making the tables.
    let _moment = connection.is_autocommit().then(|| connection.unchecked_transaction()).transpose()?;
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables = tables(connection)?;
    if (application, version) == (0, 0) && tables.is_empty() {
        return Ok(Kind::Empty);
    }
    if application != APPLICATION {
        let reason = "it is the database of another program. Move it away, or name another folder";
        return Err(Trouble::Said(reason.to_owned()));
    }
    if version > VERSION {
        return Err(Trouble::Said(format!(
            "it has format {version}, and this Emberline knows formats up to {VERSION}. Use the newest Emberline"
        )));
    }
    if version < VERSION || tables != expected()? {
        return Err(Trouble::Said(damaged("its tables are not those that Emberline makes: somebody changed them")));
    }
    Ok(Kind::Journal)
}

/// Makes the tables, unless another process has just done it.
pub(crate) fn make(connection: &mut Connection) -> Result<(), Trouble> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if kind(&transaction)? == Kind::Empty {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Makes what is committed stay through a power cut: a write-ahead log that is synced at every commit. Others read
/// while one writes, and a commit syncs one file once.
pub(crate) fn make_durable(connection: &Connection) -> Result<(), Trouble> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    // On macOS a plain sync leaves the data in the disk's own cache; elsewhere these change nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    let begun = Instant::now();
    loop {
        let mode = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode.map_err(Trouble::from) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(Trouble::Said(format!(
                    "its file system keeps no write-ahead log (SQLite stays with `{mode}`). Name a folder on a local disk"
                )));
            }
            // SQLite does not wait by itself where two processes change the mode of a new file.
            Err(trouble) if trouble.is_busy() && begun.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(trouble) => return Err(trouble),
        }
    }
}

/// Everything in the schema, in the words of its making.
fn tables(connection: &Connection) -> Result<Vec<(String, Option<String>)>, Trouble> {
    let mut statement =
        connection.prepare("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn expected() -> Result<Vec<(String, Option<String>)>, Trouble> {
    let fresh = Connection::open_in_memory()?;
    fresh.execute_batch(TABLES)?;
    tables(&fresh)
}

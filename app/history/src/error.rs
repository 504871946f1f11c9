//! What can go wrong with the journal, in words that say what to do next.

use std::io;
use std::path::Path;

use operate::JournalError;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
use rusqlite::{Error as SqliteError, ErrorCode};

/// Something went wrong, before it is known which journal it was.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// SQLite says so.
    Sqlite(SqliteError),
    /// The operating system says so, about this.
    System(&'static str, io::Error),
    /// Why, and the next thing to do.
    Said(String),
    /// It is an error of the journal already.
    Journal(JournalError),
}

impl From<SqliteError> for Trouble {
    fn from(error: SqliteError) -> Self {
        Self::Sqlite(error)
    }
}

impl From<JournalError> for Trouble {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl Trouble {
    /// As an error of the journal at `path`.
    pub(crate) fn at(self, path: &Path) -> JournalError {
        let reason = match self {
            Self::Journal(error) => return error,
            Self::Sqlite(error) => words(&error),
            Self::System(what, error) => system_words(what, &error),
            Self::Said(reason) => reason,
        };
        JournalError::Unusable { path: path.display().to_string(), reason }
    }

    /// Whether another connection was in the way.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy))
    }

    /// Whether the file or what SQLite keeps beside it could not be opened.
    pub(crate) fn is_closed_to_us(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
    }
}

fn words(error: &SqliteError) -> String {
    match error.sqlite_error_code() {
        _ if is_full(error) => "the disk is full. Free some space there, then try again".to_owned(),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "it can't be written to. Give yourself the right to write it and its folder".to_owned()
        }
        Some(ErrorCode::CannotOpen) => {
            format!("it can't be opened ({error}). See that it is a file, and that it and its folder are yours")
        }
        Some(ErrorCode::NotADatabase) => {
            "it is no SQLite database. Bring it back from a backup, or move it away and a new one is begun".to_owned()
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program keeps it locked. Close what else has it open, then try again".to_owned()
        }
        Some(ErrorCode::SystemIoFailure) => {
            format!("the disk gave an error ({error}). See whether it is full, over its quota or failing")
        }
        // Where SQLite has no code of its own, the values were not what the schema says.
        Some(ErrorCode::DatabaseCorrupt) | None => damaged(&error.to_string()),
        Some(_) => format!("SQLite gave an error ({error}). Try again"),
    }
}

/// Whether the disk is full. Where the index of the log can't grow SQLite calls it an error of the disk, "typically
/// because the underlying filesystem volume is out of space" (SQLITE_IOERR_SHMSIZE).
fn is_full(error: &SqliteError) -> bool {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    error.sqlite_error_code() == Some(ErrorCode::DiskFull) || extended == Some(SQLITE_IOERR_SHMSIZE)
}

/// What is said of a file whose content makes no sense.
pub(crate) fn damaged(how: &str) -> String {
    format!("it is damaged ({how}). Keep a copy, then bring it back from a backup, or move it away")
}

fn system_words(what: &str, error: &io::Error) -> String {
    let next = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "Free some space there, then try again",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "Give yourself the right to write there",
        io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory | io::ErrorKind::AlreadyExists => {
            "Something else stands in its place: move that away, or name another folder"
        }
        _ => "See that the folder is there and yours, or name another",
    };
    format!("{what} ({error}). {next}")
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn a_disk_that_has_no_room_for_the_index_of_the_log_is_a_full_disk() {
        let words = |code| words(&SqliteError::SqliteFailure(ffi::Error::new(code), None));
        let full = "the disk is full. Free some space there, then try again";
        assert_eq!((words(ffi::SQLITE_FULL).as_str(), words(SQLITE_IOERR_SHMSIZE).as_str()), (full, full));
        assert!(words(ffi::SQLITE_IOERR_WRITE).starts_with("the disk gave an error"));
    }
}

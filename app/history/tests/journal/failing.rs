//! What can't be a journal says so, and stays as it is.

use std::fs;
use std::path::Path;

use emberline_history::Store;
use operate::JournalError;
use rusqlite::Connection;
use tempfile::tempdir;

use crate::entries::begun;

/// The reason why the journal in this folder can't be used, the same for writing and for reading.
fn reason(dir: &Path) -> String {
    let JournalError::Unusable { path, reason } = Store::open(dir).unwrap_err() else { panic!() };
    assert_eq!(Path::new(&path), dir.join("journal.sqlite"));
    assert_eq!(Store::read_only(dir).unwrap_err(), JournalError::Unusable { path, reason: reason.clone() });
    reason
}

#[test]
fn a_file_that_is_no_database_is_refused_and_stays() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("journal.sqlite");
    let text = "This was never a database, however long it is looked at.\n".repeat(99);
    fs::write(&file, &text).unwrap();
    assert_eq!(
        reason(dir.path()),
        "it is no SQLite database. Bring it back from a backup, or move it away and a new one is begun"
    );
    assert_eq!(fs::read_to_string(file).unwrap(), text);
}

#[test]
fn a_database_of_another_program_is_refused_and_stays() {
    for sql in
        ["CREATE TABLE entries (sequence INTEGER PRIMARY KEY)", "PRAGMA application_id = 7", "PRAGMA user_version = 1"]
    {
        let dir = tempdir().unwrap();
        let file = dir.path().join("journal.sqlite");
        Connection::open(&file).unwrap().execute_batch(sql).unwrap();
        let before = fs::read(&file).unwrap();
        assert_eq!(
            reason(dir.path()),
            "it is the database of another program. Move it away, or name another folder",
            "{sql}"
        );
        assert_eq!(fs::read(&file).unwrap(), before, "{sql}");
    }
}

#[test]
fn a_journal_of_a_newer_format_is_refused_and_stays() {
    let dir = tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    let file = dir.path().join("journal.sqlite");
    Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 2").unwrap();
    let before = fs::read(&file).unwrap();
    assert_eq!(
        reason(dir.path()),
        "it has format 2, and this Emberline knows formats up to 1. Use the newest Emberline"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_journal_cut_in_half_is_refused_or_found_damaged() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    for name in 0..200 {
        begun(&store, &name.to_string(), &[]);
    }
    drop(store);
    let file = dir.path().join("journal.sqlite");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let error = Store::open(dir.path()).and_then(|store| store.verify_chain()).unwrap_err().to_string();
    assert!(error.contains("it is damaged ("), "{error}");
    assert!(error.ends_with("Keep a copy, then bring it back from a backup, or move it away"), "{error}");
}

#[test]
fn something_else_in_the_place_of_folder_or_file_is_named() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let JournalError::Unusable { path, reason: why } = Store::open(&dir.path().join("file/state")).unwrap_err() else {
        panic!()
    };
    assert_eq!(Path::new(&path), dir.path().join("file/state/journal.sqlite"));
    assert!(why.starts_with("its folder can't be made ("), "{why}");
    assert!(why.ends_with("Something else stands in its place: move that away, or name another folder"), "{why}");

    fs::create_dir(dir.path().join("journal.sqlite")).unwrap();
    let error = Store::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("it can't be opened for writing (") && error.contains("Something else"), "{error}");
    let error = Store::read_only(dir.path()).unwrap_err().to_string();
    assert!(error.contains("it can't be opened (") && error.contains("Something else"), "{error}");
}

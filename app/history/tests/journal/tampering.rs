//! Whoever changes what was written is found out.

use std::fs;

use emberline_history::Store;
use operate::{EntryRecord, Journal, JournalError};
use rusqlite::{Connection, params};
use tempfile::{TempDir, tempdir};

use crate::entries::{at, begun, ended, operation, seen, various};

/// A journal of five entries on disk: 1 and 3 of one operation, 2 of none, 4 and 5 of another.
fn written() -> (TempDir, Store) {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let one = begun(&store, "1", &["a/b/c"]);
    store.append(None, at(1), &seen("of none")).unwrap();
    store.append(Some(&one), at(2), &various()[1]).unwrap();
    let two = begun(&store, "2", &[]);
    store.append(Some(&two), at(4), &ended()).unwrap();
    (dir, store)
}

/// Somebody with SQL and without scruples.
fn vandal(dir: &TempDir) -> Connection {
    let connection = Connection::open(dir.path().join("journal.sqlite")).unwrap();
    connection
        .execute_batch(
            "PRAGMA synchronous = OFF;
             DROP TRIGGER entries_stay; DROP TRIGGER entries_stay_as_they_are; DROP TRIGGER entries_follow_each_other",
        )
        .unwrap();
    connection
}

fn tampered(sequence: u64) -> Result<u64, JournalError> {
    Err(JournalError::Tampered { sequence })
}

fn verdict(store: &Store) -> Result<u64, JournalError> {
    store.verify_chain().map(|head| head.entries)
}

#[test]
fn each_changed_byte_of_an_entry_is_found() {
    let (dir, store) = written();
    let vandal = vandal(&dir);
    let mut changes = 0;
    for sequence in 1..=5_u32 {
        for column in ["operation", "at", "hash", "entry"] {
            let read = format!("SELECT CAST({column} AS BLOB) FROM entries WHERE sequence = ?1");
            let Some(value) = vandal.query_row(&read, [sequence], |row| row.get::<_, Option<Vec<u8>>>(0)).unwrap()
            else {
                continue;
            };
            let write = format!("UPDATE entries SET {column} = CAST(?2 AS TEXT) WHERE sequence = ?1");
            let mut write = vandal.prepare(&write).unwrap();
            for place in 0..value.len() {
                // The second makes it no UTF-8.
                for bit in [0x01, 0x80] {
                    let mut changed = value.clone();
                    changed[place] ^= bit;
                    write.execute(params![sequence, changed]).unwrap();
                    assert_eq!(verdict(&store), tampered(sequence.into()), "{column}, byte {place}, bit {bit:#x}");
                    changes += 1;
                }
            }
            write.execute(params![sequence, value]).unwrap();
        }
    }
    assert!(changes > 1000, "{changes}");
    assert_eq!(verdict(&store), Ok(5));
}

#[test]
fn entries_taken_out_put_in_swapped_or_given_to_another_are_found() {
    for (sql, first) in [
        ("DELETE FROM entries WHERE sequence = 1", 2),
        ("DELETE FROM entries WHERE sequence = 3", 4),
        ("UPDATE entries SET sequence = 9 WHERE sequence = 5", 9),
        ("UPDATE entries SET sequence = sequence - 10", 0),
        ("UPDATE entries SET operation = NULL WHERE sequence = 4", 4),
        ("UPDATE entries SET operation = 'op-1' WHERE sequence = 2", 2),
        ("UPDATE entries SET entry = entry || ' ' WHERE sequence = 5", 5),
        ("INSERT INTO entries SELECT 6, operation, at, hash, entry FROM entries WHERE sequence = 5", 6),
        (
            "UPDATE entries SET sequence = 99 WHERE sequence = 2; UPDATE entries SET sequence = 2 WHERE sequence = 3;
             UPDATE entries SET sequence = 3 WHERE sequence = 99",
            2,
        ),
    ] {
        let (dir, store) = written();
        vandal(&dir).execute_batch(sql).unwrap();
        assert_eq!(verdict(&store), tampered(first), "{sql}");
        assert!(
            matches!(store.export(None, &mut Vec::new()), Err(emberline_history::ExportError::Journal(_))),
            "{sql}"
        );
    }
}

#[test]
fn what_was_cut_off_at_the_end_shows_against_a_head_noted_elsewhere() {
    let (dir, store) = written();
    let noted = store.verify_chain().unwrap();
    vandal(&dir).execute_batch("DELETE FROM entries WHERE sequence = 5").unwrap();
    let found = store.verify_chain().unwrap();
    assert_eq!((noted.entries, found.entries), (5, 4));
    assert_ne!(noted, found);
}

#[test]
fn nobody_reads_or_goes_on_with_an_operation_whose_entries_were_changed() {
    let (dir, store) = written();
    let (one, two) = (operation("1"), operation("2"));
    vandal(&dir).execute_batch("UPDATE entries SET entry = replace(entry, 'i-1', 'i-9') WHERE sequence = 3").unwrap();
    assert_eq!(store.entries(&one), Err(JournalError::Tampered { sequence: 3 }));
    assert_eq!(store.entries(&two).unwrap().len(), 2, "it can still be read what happened elsewhere");
    for operation in [one, two] {
        assert_eq!(store.lock(&operation).map(drop), Err(JournalError::Tampered { sequence: 3 }));
        assert!(!store.is_worked_on(&operation).unwrap());
    }
}

#[test]
fn the_database_itself_refuses_to_change_an_entry() {
    let (dir, store) = written();
    let other = Connection::open(dir.path().join("journal.sqlite")).unwrap();
    for sql in [
        "UPDATE entries SET entry = '{}' WHERE sequence = 2",
        "DELETE FROM entries",
        "DELETE FROM entries WHERE sequence = 5",
        "INSERT OR REPLACE INTO entries SELECT sequence, operation, at, hash, '{}' FROM entries WHERE sequence = 2",
        "INSERT INTO entries SELECT 7, operation, at, hash, entry FROM entries WHERE sequence = 5",
        "INSERT INTO entries (operation, at, hash, entry) VALUES (NULL, '', '', '')",
    ] {
        let error = other.execute_batch(sql).unwrap_err().to_string();
        assert!(error.starts_with("the journal is append-only"), "{sql}: {error}");
    }
    assert_eq!(verdict(&store), Ok(5));
}

#[test]
fn a_journal_without_its_triggers_is_not_opened() {
    let (dir, store) = written();
    drop((vandal(&dir), store));
    for error in [Store::open(dir.path()).unwrap_err(), Store::read_only(dir.path()).unwrap_err()] {
        assert!(error.to_string().contains("its tables are not those that Emberline makes"), "{error}");
    }
}

/// Each bit of trouble that a disk can make is an error, or touched nothing that was written.
#[test]
fn a_flipped_bit_anywhere_in_the_file_never_changes_what_is_read() {
    let (dir, store) = written();
    let written: Vec<EntryRecord> = store.entries_after(0, 100).unwrap();
    drop(store);
    let file = dir.path().join("journal.sqlite");
    let bytes = fs::read(&file).unwrap();
    let (mut found, mut harmless) = (0, 0);
    // A full cycle modulo 2^20 would be 2^20 steps; these are 600 places that lie apart, and the file's header.
    let places = (0..600_usize).map(|step| step * 7919 % bytes.len()).chain(0..100);
    for place in places {
        let mut broken = bytes.clone();
        broken[place] ^= 1 << (place % 8);
        let other = tempdir().unwrap();
        fs::write(other.path().join("journal.sqlite"), &broken).unwrap();
        let read = Store::open(other.path()).and_then(|store| {
            store.verify_chain()?;
            let all = store.entries_after(0, 100)?;
            let mut apart = [store.entries(&operation("1"))?, store.entries(&operation("2"))?].concat();
            apart.push(all[1].clone());
            apart.sort_by_key(|record| record.sequence);
            assert_eq!(apart, all, "byte {place}");
            Ok(all)
        });
        match read {
            Ok(read) => {
                assert_eq!(read, written, "byte {place}");
                harmless += 1;
            }
            Err(JournalError::Unusable { .. } | JournalError::Tampered { .. }) => found += 1,
            Err(error) => panic!("byte {place}: {error}"),
        }
    }
    assert!(found > 30 && harmless > 30, "{found} found, {harmless} harmless");
}

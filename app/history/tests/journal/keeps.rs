//! What is written stays, and is read as it was written.

use emberline_history::Store;
use operate::{Entry, Journal, JournalError};
use proptest::prelude::*;
use tempfile::tempdir;

use crate::entries::{at, begun, operation, seen, various};

#[test]
fn what_is_appended_is_read_back_as_it_was() {
    let dir = tempdir().unwrap();
    let one = operation("one");
    for (position, entry) in various().iter().enumerate() {
        // Each time by a new connection, as another start of the program would.
        let store = Store::open(dir.path()).unwrap();
        store.append((position > 0).then_some(&one), at(position as i64), entry).unwrap();
    }
    let store = Store::open(dir.path()).unwrap();
    let records = store.entries_after(0, 100).unwrap();
    assert_eq!(records.iter().map(|record| &record.entry).collect::<Vec<_>>(), various().iter().collect::<Vec<_>>());
    assert_eq!(records.iter().map(|record| record.sequence).collect::<Vec<_>>(), (1..=11).collect::<Vec<_>>());
    assert!(records.iter().enumerate().all(|(position, record)| record.at == at(position as i64)));
    assert_eq!(records[0].operation, None);
    assert!(records[1..].iter().all(|record| record.operation == Some(one.clone())));
    assert_eq!(store.entries(&one).unwrap(), records[1..]);
    let head = store.verify_chain().unwrap();
    assert_eq!((head.entries, &head.hash), (11, &records[10].hash));
}

#[test]
fn an_operation_is_told_apart_from_the_others_and_the_newest_is_first() {
    let store = Store::in_memory().unwrap();
    let (one, two) = (begun(&store, "1", &[]), begun(&store, "2", &[]));
    store.append(None, at(1), &seen("of none")).unwrap();
    store.append(Some(&one), at(2), &seen("later")).unwrap();
    assert_eq!(store.operations().unwrap(), [two.clone(), one.clone()]);
    let notes = |operation| {
        let records = store.entries(operation).unwrap();
        records.into_iter().map(|record| (record.sequence, record.entry)).collect::<Vec<_>>()
    };
    assert_eq!(notes(&one), [(1, seen("begun")), (4, seen("later"))]);
    assert_eq!(notes(&two), [(2, seen("begun"))]);
}

#[test]
fn an_operation_of_which_nothing_was_written_does_not_exist() {
    let store = Store::in_memory().unwrap();
    let one = operation("1");
    let _locked = store.begin(&one, &[]).unwrap();
    let none = JournalError::NoSuch { operation: one.clone() };
    assert_eq!(store.entries(&one), Err(none.clone()));
    assert_eq!(store.lock(&one).map(drop), Err(none.clone()));
    assert_eq!(store.export(Some(&one), &mut Vec::new()).unwrap_err().to_string(), none.to_string());
    assert_eq!(store.operations(), Ok(vec![]));
}

#[test]
fn pages_of_the_journal_add_up_to_all_of_it() {
    let store = Store::in_memory().unwrap();
    for second in 0..7 {
        store.append(None, at(second), &seen(&second.to_string())).unwrap();
    }
    let pages: Vec<usize> = [0, 3, 6, 7, u64::MAX].map(|after| store.entries_after(after, 3).unwrap().len()).into();
    assert_eq!(pages, [3, 3, 1, 0, 0]);
    assert_eq!(store.entries_after(3, 1).unwrap()[0].sequence, 4);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let above = tempdir().unwrap();
    let dir = above.path().join("state/emberline");
    let store = Store::open(&dir).unwrap();
    begun(&store, "1", &["123456789012/eu-west-1/web"]);
    let mode = |path: &str| dir.join(path).metadata().unwrap().permissions().mode() & 0o777;
    for file in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "locks/op-1.lock"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    for folder in ["locks", ".", ".."] {
        assert_eq!(mode(folder), 0o700, "{folder}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_comes_back_and_fits_the_chain(notes in prop::collection::vec(any::<String>(), 1..6)) {
        let store = Store::in_memory().unwrap();
        for note in &notes {
            store.append(Some(&operation("1")), at(0), &seen(note)).unwrap();
        }
        let read: Vec<Entry> =
            store.entries(&operation("1")).unwrap().into_iter().map(|record| record.entry).collect();
        prop_assert_eq!(read, notes.iter().map(|note| seen(note)).collect::<Vec<_>>());
        prop_assert_eq!(store.verify_chain().unwrap().entries, notes.len() as u64);
    }
}

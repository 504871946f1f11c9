//! Targets belong to one operation, and an operation to one process.

use std::fs;

use emberline_history::Store;
use operate::{Journal, JournalError, OperationId};
use tempfile::tempdir;

use crate::entries::{at, begun, ended, operation, seen};

const WEB: &str = "123456789012/eu-west-1/web";
const API: &str = "123456789012/eu-west-1/api";

/// Does it on a file and in memory.
fn on_each(test: impl Fn(&Store)) {
    let dir = tempdir().unwrap();
    test(&Store::open(dir.path()).unwrap());
    test(&Store::in_memory().unwrap());
}

fn targets(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn a_target_belongs_to_one_operation_until_that_has_ended() {
    on_each(|store| {
        let one = begun(store, "1", &[WEB]);
        let two = operation("2");
        let held = JournalError::Held { target: WEB.to_owned(), holder: one.clone() };
        assert_eq!(store.begin(&two, &targets(&[API, WEB])).map(drop), Err(held));
        assert_eq!(store.holder(WEB), Ok(Some(one.clone())));
        assert_eq!(store.holder(API), Ok(None), "all of them or none");

        assert_eq!(store.release(&one), Err(JournalError::NotEnded { operation: one.clone() }));
        assert_eq!(store.holder(WEB), Ok(Some(one.clone())));
        store.append(Some(&one), at(1), &ended()).unwrap();
        assert_eq!(store.holder(WEB), Ok(None));
        assert_eq!(store.release(&one), Ok(()));

        let _locked = store.begin(&two, &targets(&[WEB, API, WEB])).unwrap();
        assert_eq!(store.holder(API), Ok(Some(two)));
    });
}

#[test]
fn the_end_of_one_operation_frees_nothing_of_another() {
    on_each(|store| {
        let (one, two) = (begun(store, "1", &[WEB]), begun(store, "2", &[API]));
        store.append(Some(&one), at(1), &ended()).unwrap();
        assert_eq!(store.holder(API), Ok(Some(two)));
    });
}

#[test]
fn what_was_begun_and_left_without_an_entry_holds_nothing() {
    on_each(|store| {
        let (left, next) = (operation("1"), operation("2"));
        let locked = store.begin(&left, &targets(&[WEB])).unwrap();
        assert_eq!(store.holder(WEB), Ok(Some(left.clone())), "somebody is about to write");
        let held = JournalError::Held { target: WEB.to_owned(), holder: left.clone() };
        assert_eq!(store.begin(&next, &targets(&[WEB])).map(drop), Err(held));
        drop(locked);
        assert_eq!(store.holder(WEB), Ok(None));
        let _locked = store.begin(&next, &targets(&[WEB])).unwrap();
        assert_eq!(store.holder(WEB), Ok(Some(next)));
    });
}

#[test]
fn what_was_begun_can_be_released_as_long_as_nothing_is_written() {
    on_each(|store| {
        let one = operation("1");
        let _locked = store.begin(&one, &targets(&[WEB])).unwrap();
        store.release(&one).unwrap();
        assert_eq!(store.holder(WEB), Ok(None));
    });
}

#[test]
fn an_operation_is_begun_once() {
    on_each(|store| {
        let one = begun(store, "1", &[WEB]);
        let again = JournalError::Begun { operation: one.clone() };
        assert_eq!(store.begin(&one, &targets(&[API])).map(drop), Err(again));
        assert_eq!(store.holder(API), Ok(None));
        assert!(!store.is_worked_on(&one).unwrap(), "a refused beginning keeps no lock");
    });
}

#[test]
fn one_at_a_time_works_on_an_operation() {
    on_each(|store| {
        let one = begun(store, "1", &[WEB]);
        assert_eq!(store.is_worked_on(&one), Ok(false));
        let locked = store.lock(&one).unwrap();
        assert_eq!(store.is_worked_on(&one), Ok(true));
        let Err(JournalError::Locked { operation, .. }) = store.lock(&one).map(drop) else { panic!() };
        assert_eq!(operation, one);
        let other = begun(store, "2", &[API]);
        let _other = store.lock(&other).unwrap();
        drop(locked);
        assert_eq!(store.is_worked_on(&one), Ok(false));
        let _again = store.lock(&one).unwrap();
    });
}

#[test]
fn a_name_that_is_none_becomes_no_file() {
    let above = tempdir().unwrap();
    let dir = above.path().join("state");
    let store = Store::open(&dir).unwrap();
    begun(&store, "1", &[]);
    let long = format!("op-{}", "a".repeat(99));
    for name in ["", "op-", "op-/../../x", "../x", "op-A", "op-é", "op-a.b", "OP-1", "con", "op-\0", &long] {
        let operation = OperationId(name.to_owned());
        assert!(matches!(store.begin(&operation, &[]), Err(JournalError::Unusable { .. })), "{name}");
        assert_eq!(store.lock(&operation).map(drop), Err(JournalError::NoSuch { operation: operation.clone() }));
        assert_eq!(store.is_worked_on(&operation), Ok(false));
        store.append(Some(&operation), at(0), &seen("by whatever name")).unwrap();
        assert!(matches!(store.lock(&operation), Err(JournalError::Unusable { .. })), "{name}");
    }
    let names = |dir| fs::read_dir(dir).unwrap().map(|file| file.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(names(dir.join("locks")), ["op-1.lock"]);
    assert_eq!(names(above.path().to_owned()), ["state"]);
}

//! Reading without leaving a trace, and the export.

use std::fs;
use std::path::Path;

use emberline_history::Store;
use operate::{EntryRecord, Journal, JournalError};
use sha2::{Digest as _, Sha256};
use tempfile::tempdir;

use crate::entries::{at, begun, seen, various};

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|file| file.unwrap())
        .filter(|file| file.file_type().unwrap().is_file())
        .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn where_there_is_no_journal_reading_makes_none() {
    let above = tempdir().unwrap();
    let dir = above.path().join("not yet");
    assert!(Store::read_only(&dir).unwrap().is_none());
    assert!(!dir.exists());
    fs::create_dir(&dir).unwrap();
    assert!(Store::read_only(&dir).unwrap().is_none());
    // What a crash in the first moment leaves.
    fs::write(dir.join("journal.sqlite"), "").unwrap();
    assert!(Store::read_only(&dir).unwrap().is_none());
    assert_eq!(files(&dir), [("journal.sqlite".to_owned(), vec![])]);
}

#[test]
fn reading_leaves_the_folder_as_it_was() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let one = begun(&store, "1", &["a/b/c"]);
    drop(store);
    let before = files(dir.path());
    let reader = Store::read_only(dir.path()).unwrap().unwrap();
    assert_eq!(reader.operations().unwrap(), std::slice::from_ref(&one));
    assert_eq!(reader.entries(&one).unwrap().len(), 1);
    assert_eq!(reader.holder("a/b/c"), Ok(Some(one.clone())));
    assert_eq!(reader.verify_chain().unwrap().entries, 1);
    for refused in [
        reader.append(None, at(1), &seen("no")),
        reader.begin(&crate::entries::operation("2"), &[]).map(drop),
        reader.lock(&one).map(drop),
        reader.release(&one),
    ] {
        let Err(JournalError::Unusable { reason, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(reason, "it is open for reading alone. Open it for writing");
    }
    drop(reader);
    assert_eq!(files(dir.path()), before);
}

#[test]
fn a_reader_sees_what_is_appended_after_it_opened() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let one = begun(&store, "1", &[]);
    let reader = Store::read_only(dir.path()).unwrap().unwrap();
    store.append(Some(&one), at(1), &seen("later")).unwrap();
    assert_eq!(reader.entries(&one).unwrap()[1].entry, seen("later"));
    let _locked = store.lock(&one).unwrap();
    assert_eq!(reader.is_worked_on(&one), Ok(true));
}

#[test]
fn each_exported_line_proves_itself_and_follows_from_the_one_before() {
    let store = Store::in_memory().unwrap();
    for (second, entry) in (0..).zip(various()) {
        store.append((second % 2 == 0).then_some(&crate::entries::operation("1")), at(second), &entry).unwrap();
    }
    let mut export = Vec::new();
    assert_eq!(store.export(None, &mut export).unwrap(), 11);
    let export = String::from_utf8(export).unwrap();
    assert_eq!(export.lines().count(), 11);
    let mut previous = "0".repeat(64);
    for (line, record) in export.lines().zip(store.entries_after(0, 100).unwrap()) {
        let (body, hash) = line.rsplit_once(r#","hash":""#).unwrap();
        let hash = hash.strip_suffix("\"}").unwrap();
        let found: String = Sha256::digest(format!("{body}}}")).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, hash);
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value.as_object_mut().unwrap().remove("previous").unwrap(), previous.as_str());
        assert_eq!(serde_json::from_value::<EntryRecord>(value).unwrap(), record);
        previous = hash.to_owned();
    }
    let mut one = Vec::new();
    assert_eq!(store.export(Some(&crate::entries::operation("1")), &mut one).unwrap(), 6);
    assert!(String::from_utf8(one).unwrap().lines().all(|line| export.contains(line)));
}

#[test]
fn an_export_of_more_than_a_page_is_whole() {
    let store = Store::in_memory().unwrap();
    for second in 0..1203 {
        store.append(None, at(second), &seen("")).unwrap();
    }
    let mut export = Vec::new();
    assert_eq!(store.export(None, &mut export).unwrap(), 1203);
    assert_eq!(export.iter().filter(|&&byte| byte == b'\n').count(), 1203);
}

#[test]
fn an_export_that_can_not_be_written_says_so() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let store = Store::in_memory().unwrap();
    store.append(None, at(0), &seen("")).unwrap();
    assert!(store.export(None, &mut Full).unwrap_err().to_string().starts_with("the export can't be written"));
}

//! Several processes at one journal, and processes that are killed.
//!
//! Each test starts this very test again as another process, which finds its part in the environment.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use emberline_history::Store;
use operate::{Entry, Journal, JournalError, OperationId};
use tempfile::tempdir;

use crate::entries::{at, operation, seen};

const PART: &str = "EMBERLINE_HISTORY_TEST_PART";
const DIR: &str = "EMBERLINE_HISTORY_TEST_DIR";

/// The part that this process plays, and the journal's folder, if another test started it.
fn part() -> Option<(String, Store)> {
    let part = env::var(PART).ok()?;
    let dir = env::var_os(DIR).unwrap();
    Some((part, Store::open(Path::new(&dir)).unwrap()))
}

/// Runs a test of this module in another process, in a part.
fn play(test: &str, part: &str, dir: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", &format!("processes::{test}"), "--nocapture", "--quiet"]);
    command.env(PART, part).env(DIR, dir).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Tells the process that started this one.
fn tell(word: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "told {word}").unwrap();
    out.flush().unwrap();
}

/// What a process told until it ended.
fn told(child: &mut Child) -> Vec<String> {
    let out = BufReader::new(child.stdout.take().unwrap());
    out.lines().filter_map(|line| Some(line.unwrap().strip_prefix("told ")?.to_owned())).collect()
}

fn notes(store: &Store, operation: &OperationId) -> Vec<String> {
    let records = match store.entries(operation) {
        Err(JournalError::NoSuch { .. }) => Vec::new(),
        records => records.unwrap(),
    };
    let note = |entry| if let Entry::Seen { note, .. } = entry { note } else { panic!() };
    records.into_iter().map(|record| note(record.entry)).collect()
}

#[test]
fn what_append_returned_for_survives_a_kill_at_any_moment() {
    if let Some((name, store)) = part() {
        let operation = OperationId(name);
        let _locked = store.begin(&operation, &["a/b/c".to_owned()]).unwrap();
        tell("locked");
        for count in 0.. {
            store.append(Some(&operation), at(count), &seen(&format!("{count} {}", "x".repeat(5000)))).unwrap();
            tell(&count.to_string());
        }
    }
    let (mut dir, mut kept, mut lost_on_the_way) = (tempdir().unwrap(), 0, 0);
    for round in 0..30_u64 {
        if round % 6 == 0 {
            dir = tempdir().unwrap();
        }
        let killed = operation(&format!("round{round}"));
        let test = "what_append_returned_for_survives_a_kill_at_any_moment";
        let mut child = play(test, &killed.0, dir.path()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        while out.next().unwrap().unwrap() != "told locked" {}
        let store = Store::open(dir.path()).unwrap();
        assert!(store.is_worked_on(&killed).unwrap());
        // Some in the first microseconds, some amid appends, some amid the log's return into the file.
        std::thread::sleep(Duration::from_micros(round * round * 67));
        child.kill().unwrap();
        child.wait().unwrap();
        let returned = out.map_while(Result::ok).filter(|line| line.starts_with("told ")).count();

        let found = notes(&store, &killed);
        assert!((returned..=returned + 1).contains(&found.len()), "{returned} returned, {} found", found.len());
        assert!(found.iter().enumerate().all(|(count, note)| note.starts_with(&format!("{count} "))));
        kept += returned;
        lost_on_the_way += found.len() - returned;
        // The lock went with the process, and the target stays with the operation, or is free if nothing is written.
        assert!(!store.is_worked_on(&killed).unwrap());
        assert_eq!(store.holder("a/b/c"), Ok((!found.is_empty()).then(|| killed.clone())));
        if found.is_empty() {
            store.verify_chain().unwrap();
        } else {
            // Which verifies the chain.
            let _locked = store.lock(&killed).unwrap();
            store.append(Some(&killed), at(0), &crate::entries::ended()).unwrap();
        }
    }
    assert!(kept > 100, "{kept} kept, {lost_on_the_way} written without having returned");
}

#[test]
fn processes_that_append_at_the_same_time_keep_one_chain() {
    const EACH: usize = 40;
    if let Some((name, store)) = part() {
        // All of them opened a journal that was not there yet.
        for count in 0..EACH {
            store.append(Some(&OperationId(name.clone())), at(0), &seen(&count.to_string())).unwrap();
        }
        return;
    }
    let dir = tempdir().unwrap();
    let names = ["op-a", "op-b", "op-c", "op-d"];
    let test = "processes_that_append_at_the_same_time_keep_one_chain";
    let children: Vec<Child> = names.iter().map(|name| play(test, name, dir.path()).spawn().unwrap()).collect();
    let ends: Vec<ExitStatus> = children.into_iter().map(|mut child| child.wait().unwrap()).collect();
    assert!(ends.iter().all(ExitStatus::success), "{ends:?}");
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.verify_chain().unwrap().entries, (names.len() * EACH) as u64);
    for name in names {
        assert_eq!(notes(&store, &OperationId(name.to_owned())), (0..EACH).map(|n| n.to_string()).collect::<Vec<_>>());
    }
}

#[test]
fn of_processes_that_want_one_target_one_gets_it() {
    if let Some((name, store)) = part() {
        let operation = OperationId(name);
        match store.begin(&operation, &["a/b/c".to_owned()]) {
            Ok(_locked) => {
                store.append(Some(&operation), at(0), &seen("mine")).unwrap();
                tell("mine");
            }
            Err(error) => {
                assert!(matches!(error, JournalError::Held { .. }), "{error}");
                tell("not mine");
            }
        }
        return;
    }
    let dir = tempdir().unwrap();
    let test = "of_processes_that_want_one_target_one_gets_it";
    let children: Vec<Child> =
        (0..6).map(|number| play(test, &format!("op-{number}"), dir.path()).spawn().unwrap()).collect();
    let mut words: Vec<String> = children.into_iter().flat_map(|mut child| told(&mut child)).collect();
    words.sort();
    assert_eq!(words, ["mine", "not mine", "not mine", "not mine", "not mine", "not mine"]);
}

#[test]
fn an_operation_is_locked_against_other_processes_until_theirs_ends() {
    if let Some((_, store)) = part() {
        let refused = store.lock(&operation("1")).map(drop);
        // Windows shows nothing of a file that somebody else has locked.
        #[cfg(unix)]
        let process = Some(std::os::unix::process::parent_id());
        #[cfg(not(unix))]
        let process = None;
        assert_eq!(refused, Err(JournalError::Locked { operation: operation("1"), process }));
        tell("locked out");
        return;
    }
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let one = crate::entries::begun(&store, "1", &[]);
    let _locked = store.lock(&one).unwrap();
    let test = "an_operation_is_locked_against_other_processes_until_theirs_ends";
    let begun = Instant::now();
    assert_eq!(told(&mut play(test, "other", dir.path()).spawn().unwrap()), ["locked out"]);
    assert!(begun.elapsed() < Duration::from_secs(5), "a lock is not waited for");
}

/// A limit on the size of files stands for a disk that fills: the kernel refuses the write.
#[cfg(unix)]
#[test]
fn a_write_that_the_system_refuses_is_an_error_and_leaves_the_chain_whole() {
    if let Some((name, store)) = part() {
        let operation = OperationId(name);
        for count in 0.. {
            if let Err(error) = store.append(Some(&operation), at(count), &seen(&"x".repeat(3000))) {
                let words = error.to_string();
                assert!(words.contains("the disk gave an error") || words.contains("the disk is full"), "{words}");
                tell(&count.to_string());
                return;
            }
        }
    }
    let dir = tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    let test = "a_write_that_the_system_refuses_is_an_error_and_leaves_the_chain_whole";
    let inner = play(test, "op-1", dir.path());
    // 512-byte blocks; without the trap the system would end the process instead.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 400; exec \"$@\"", "sh"]).arg(inner.get_program());
    limited.args(inner.get_args()).env(PART, "op-1").env(DIR, dir.path()).stdout(Stdio::piped());
    let words = told(&mut limited.spawn().unwrap());
    let [written] = words.as_slice() else { panic!("{words:?}") };
    let store = Store::open(dir.path()).unwrap();
    let written: u64 = written.parse().unwrap();
    assert!(written > 10);
    assert_eq!(store.verify_chain().unwrap().entries, written);
    store.append(None, at(0), &seen("there is space again")).unwrap();
    assert_eq!(store.verify_chain().unwrap().entries, written + 1);
}

/// As root nothing is forbidden, so the part is played by another user.
#[cfg(unix)]
#[test]
fn a_folder_that_may_only_be_read_is_read_and_not_written_to() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt as _;
    let test = "a_folder_that_may_only_be_read_is_read_and_not_written_to";
    if env::var_os(PART).is_some() {
        let dir = env::var_os(DIR).unwrap();
        let dir = Path::new(&dir);
        let error = Store::open(dir).unwrap_err().to_string();
        assert!(error.contains("Give yourself the right to write"), "{error}");
        let error = Store::open(&dir.join("new")).unwrap_err().to_string();
        assert!(error.contains("its folder can't be made") && error.contains("the right to write"), "{error}");
        let reader = Store::read_only(dir).unwrap().unwrap();
        reader.verify_chain().unwrap();
        tell(&notes(&reader, &operation("1")).join(", "));
        return;
    }
    let dir = tempdir().unwrap();
    let state = dir.path().join("st?te 100%");
    let store = Store::open(&state).unwrap();
    crate::entries::begun(&store, "1", &[]);
    drop(store);
    let program = dir.path().join("program");
    std::fs::copy(env::current_exe().unwrap(), &program).unwrap();
    let set = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    set(dir.path(), 0o755);
    set(&program, 0o755);
    set(&state.join("locks"), 0o555);
    set(&state.join("journal.sqlite"), 0o444);
    set(&state, 0o555);
    let mut other = Command::new(&program);
    other.args(play(test, "reader", &state).get_args()).env(PART, "reader").env(DIR, &state).stdout(Stdio::piped());
    if std::fs::File::create(state.join("is this root")).is_ok() {
        other.uid(65534);
    }
    let words = told(&mut other.spawn().unwrap());
    set(&state, 0o755);
    assert_eq!(words, ["begun"]);
}

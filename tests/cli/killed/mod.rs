//! The process is killed in the middle of every action, as `kill -9` does it, at each commit of its journal: once what
//! was to be written is on disk, and with half of it there. Whoever goes on finds what reached AWS, does what is left
//! and nothing twice, and asks a person only about what was written down and never sent.
//!
//! ```sh
//! cargo test --test cli killed                                      # a spread over all actions
//! cargo test --test cli killed -- --ignored --nocapture             # each commit of each action
//! EMBERLINE_KILLED="Burn, answered 0 torn" cargo test --test cli killed      # one alone, as a failure names it
//! ```

mod acts;
mod check;
mod death;
mod fleet;
mod run;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Instant;

use acts::Act;
use death::{Commit, Death};
use run::{Case, Ran};

/// Cases at the same time: they mostly wait.
const WIDE: usize = 36;

/// The log of the journal is synced once for its header and once as the targets are held, before its first entry is
/// written; and once at the end, as it is taken into the file.
const SYNCS_BESIDE_ENTRIES: u32 = 3;

/// Runs all of these, many at a time.
fn run_all(cases: Vec<Case>) -> BTreeMap<Case, Option<Ran>> {
    let queue = Mutex::new(cases.into_iter());
    let next = || queue.lock().expect("nobody panics with it").next();
    let all = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..WIDE {
            scope.spawn(|| {
                while let Some(case) = next() {
                    let ran = catch_unwind(AssertUnwindSafe(|| run::run(&case))).unwrap_or_else(|cause| {
                        let text = cause.downcast_ref::<String>().map_or("it panics", String::as_str);
                        Some(Ran {
                            entries: Vec::new(),
                            was_killed: false,
                            was_killed_again: false,
                            asked: false,
                            wrong: vec![text.to_owned()],
                        })
                    });
                    all.lock().expect("nobody panics with it").insert(case, ran);
                }
            });
        }
    });
    all.into_inner().expect("nobody panics with it")
}

/// The cases that could be run.
fn ran(all: &BTreeMap<Case, Option<Ran>>) -> impl Iterator<Item = (&Case, &Ran)> {
    all.iter().filter_map(|(case, ran)| Some((case, ran.as_ref()?)))
}

fn assert_right(all: &BTreeMap<Case, Option<Ran>>) {
    let lines = ran(all).flat_map(|(case, ran)| ran.wrong.iter().map(move |what| format!("{case}: {what}\n")));
    let text: String = lines.collect();
    assert!(text.is_empty(), "{text}");
}

/// Died while or after an entry of this word was written.
fn written(entry: &str) -> Death {
    Death::Written(Commit::Entry(entry.to_owned()))
}

fn torn(entry: &str) -> Death {
    Death::Torn(Commit::Entry(entry.to_owned()))
}

#[test]
fn a_killed_process_leaves_nothing_half_done_and_nothing_is_done_twice() {
    let mut cases = Vec::new();
    let elsewhere = [
        Death::Torn(Commit::Sync(1)),
        Death::Written(Commit::Sync(2)),
        torn("began"),
        written("began"),
        torn("sending 0"),
        written("answered 0"),
        torn("settled 0"),
        written("settled 0"),
        torn("settled 1"),
        written("settled 1"),
        torn("ended"),
        written("ended"),
    ];
    for (act, elsewhere) in Act::ALL.into_iter().zip(elsewhere) {
        // Written down and not sent; sent, and the answer not written down.
        for death in [written("sending 0"), torn("answered 0"), elsewhere] {
            cases.push(Case { act, death: Some(death), again: None });
        }
    }
    let all = run_all(cases);
    assert_right(&all);
    let unharmed: Vec<String> =
        ran(&all).filter(|(_, ran)| !ran.was_killed).map(|(case, _)| case.to_string()).collect();
    assert_eq!(unharmed, Vec::<String>::new());
}

#[test]
#[ignore = "takes a quarter of an hour: each commit of each action, and a second death after some"]
fn a_process_that_is_killed_at_any_commit_of_its_journal_leaves_nothing_half_done() {
    let began = Instant::now();
    let calm = run_all(Act::ALL.into_iter().map(|act| Case { act, death: None, again: None }).collect());
    assert_right(&calm);
    let mut cases = Vec::new();
    for (Case { act, .. }, ran) in ran(&calm) {
        let entries = u32::try_from(ran.entries.len()).unwrap();
        let syncs = (1..=entries + SYNCS_BESIDE_ENTRIES).map(Commit::Sync);
        for death in syncs.flat_map(|sync| [Death::Written(sync.clone()), Death::Torn(sync)]) {
            cases.push(Case { act: *act, death: Some(death), again: None });
        }
        for death in [written("sending 0"), torn("answered 0")] {
            for sync in (1..=4).map(Commit::Sync) {
                for again in [Death::Written(sync.clone()), Death::Torn(sync)] {
                    cases.push(Case { act: *act, death: Some(death.clone()), again: Some(again) });
                }
            }
        }
    }
    // Long ones first, so that nothing is waited for at the end alone.
    cases.sort_by_key(|case| Act::ALL.iter().position(|act| *act == case.act));
    let mut all = run_all(cases);
    // How often something is seen depends on how quick the machine is, so that some commits were others than before.
    let missed = unmet(&calm, &all).into_iter().map(|(act, death)| Case { act, death: Some(death), again: None });
    all.extend(run_all(missed.collect()));
    for (Case { act, .. }, calm) in ran(&calm) {
        let count =
            |is_it: &dyn Fn(&Ran) -> bool| ran(&all).filter(|(case, ran)| case.act == *act && is_it(ran)).count();
        println!(
            "{:<18} {:>3} entries, {:>3} killed once, {:>3} twice, {:>3} not met, {:>3} asked, {:>3} wrong",
            format!("{act:?}"),
            calm.entries.len(),
            count(&|ran| ran.was_killed && !ran.was_killed_again),
            count(&|ran| ran.was_killed_again),
            count(&|ran| !ran.was_killed),
            count(&|ran| ran.asked),
            count(&|ran| !ran.wrong.is_empty()),
        );
    }
    println!("{} runs in {} s", all.len(), began.elapsed().as_secs());
    assert_right(&all);
    assert_eq!(unmet(&calm, &all), Vec::new());
}

/// Every entry of the undisturbed runs at which no process died, in one manner or the other.
fn unmet(calm: &BTreeMap<Case, Option<Ran>>, all: &BTreeMap<Case, Option<Ran>>) -> Vec<(Act, Death)> {
    let mut unmet = Vec::new();
    for (Case { act, .. }, undisturbed) in ran(calm) {
        // None is before the first.
        let before = [None].into_iter().chain(undisturbed.entries.iter().map(Some));
        for (before, entry) in before.zip(&undisturbed.entries) {
            let died = |is_torn: bool, last: Option<&String>| {
                ran(all).any(|(case, ran)| {
                    let manner = case.death.as_ref().map(Death::is_torn);
                    case.act == *act && ran.was_killed && manner == Some(is_torn) && ran.entries.last() == last
                })
            };
            if !died(false, Some(entry)) {
                unmet.push((*act, written(entry)));
            }
            if !died(true, before) {
                unmet.push((*act, torn(entry)));
            }
        }
    }
    unmet
}

/// Runs alone what is named in the environment, as a failure prints it.
#[test]
fn one_case_alone() {
    let Ok(name) = std::env::var("EMBERLINE_KILLED") else { return };
    let mut parts = name.split(", ");
    let act = parts.next().and_then(|name| Act::ALL.into_iter().find(|act| format!("{act:?}") == name));
    let death = |text: &str| {
        let (commit, manner) = text.trim_start_matches("then ").rsplit_once(' ').expect("a commit and a manner");
        let commit = commit.parse().map_or_else(|_| Commit::Entry(commit.to_owned()), Commit::Sync);
        if manner == "torn" { Death::Torn(commit) } else { Death::Written(commit) }
    };
    let (first, second) = (parts.next().map(death), parts.next().map(death));
    let ran = run::run(&Case { act: act.expect("there is such an action"), death: first, again: second });
    let ran = ran.expect("chance may burn today");
    println!("{ran:#?}");
    assert_eq!(ran.wrong, Vec::<String>::new());
}

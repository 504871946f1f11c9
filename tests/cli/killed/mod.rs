//! The process is killed in the middle of every action, as `kill -9` does it, at each commit of its journal: once what
//! was to be written is on disk, and with half of it there. Or the disk is full by then, or the machine goes to sleep.
//! Whoever goes on finds what reached AWS, does what is left and nothing twice, and asks a person only about what was
//! written down and never sent.
//!
//! ```sh
//! cargo test --test cli killed                                      # a spread over all actions
//! cargo test --test cli killed -- --ignored --nocapture             # each commit of each action
//! EMBERLINE_KILLED="Burn, answered 0 torn" cargo test --test cli killed      # one alone, as a failure names it
//! ```

mod acts;
mod blow;
mod check;
mod fleet;
mod run;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Instant;

use acts::Act;
use blow::{Blow, Commit, Manner};
use run::{Bench, Case, Ran, befallen};

use crate::run::{DONE, FAILED, ended};

/// Cases at the same time: they mostly wait.
const WIDE: usize = 24;

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
                            was_struck: false,
                            was_struck_again: false,
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

fn case(act: Act, first: Option<Blow>) -> Case {
    Case { act, first, again: None }
}

/// The cases that nothing befell.
fn unharmed(all: &BTreeMap<Case, Option<Ran>>) -> Vec<String> {
    ran(all).filter(|(_, ran)| !ran.was_struck).map(|(case, _)| case.to_string()).collect()
}

#[test]
fn a_killed_process_leaves_nothing_half_done_and_nothing_is_done_twice() {
    let sync = |sync, manner| Blow { commit: Commit::Sync(sync), manner };
    let elsewhere = [
        sync(1, Manner::Torn),
        sync(2, Manner::Written),
        Blow::at("answered 4", Manner::Torn),
        sync(2, Manner::Full),
        Blow::at("began", Manner::Torn),
        Blow::at("began", Manner::Full),
        Blow::at("began", Manner::Written),
        Blow::at("sending 0", Manner::Torn),
        Blow::at("answered 0", Manner::Written),
        Blow::at("settled 0", Manner::Torn),
        Blow::at("settled 0", Manner::Written),
        Blow::at("settled 1", Manner::Torn),
        Blow::at("ended", Manner::Full),
    ];
    let mut cases = Vec::new();
    for (nth, (act, elsewhere)) in Act::ALL.into_iter().zip(elsewhere).enumerate() {
        let full = if nth % 2 == 0 { "sending 0" } else { "answered 0" };
        // Written down and not sent; sent, and the answer not written down.
        let at_the_send = [Blow::at("sending 0", Manner::Written), Blow::at("answered 0", Manner::Torn)];
        let blows = at_the_send.into_iter().chain([Blow::at(full, Manner::Full), elsewhere]);
        cases.extend(blows.map(|blow| case(act, Some(blow))));
    }
    let all = run_all(cases);
    assert_right(&all);
    assert_eq!(unharmed(&all), Vec::<String>::new());
}

#[test]
fn of_two_who_go_on_at_once_one_does_and_the_other_is_told_who() {
    let bench = Bench::open(Act::ReplaceInGroup).unwrap();
    let (_, was_struck) = befallen(bench.command(&bench.apply()), Some(&Blow::at("settled 0", Manner::Written)));
    assert!(was_struck);
    let id = bench.operation()["id"].as_str().unwrap().to_owned();
    let spawned = [(); 2].map(|()| {
        let mut command = bench.command(&["operations", "resume", &id]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    });
    let mut both = spawned.map(|child| (child.id(), ended(child.wait_with_output().unwrap())));
    both.sort_by_key(|(_, ended)| ended.status);
    let [(worker, worked), (_, told)] = both;
    assert_eq!((worked.status, told.status), (DONE, FAILED), "{}\n{}", worked.err, told.err);
    let who =
        format!("another Emberline (process {worker}) works on {id} at this moment. Go on there, or close it first");
    assert!(told.err.contains(&who), "{}", told.err);
    assert_eq!(bench.changes(), ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]);
}

#[test]
fn without_a_journal_nothing_is_sent() {
    let bench = Bench::open(Act::ReplaceInGroup).unwrap();
    let folder = bench.journal();
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "in the way").unwrap();
    let refused = bench.run(&bench.apply()).expect(FAILED);
    let path = folder.join("journal.sqlite").display().to_string();
    for words in [path.as_str(), "nothing is done without it", "Something else stands in its place: move that away"] {
        assert!(refused.err.contains(words), "{words}: {}", refused.err);
    }
    assert_eq!(bench.changes(), Vec::<String>::new());
    std::fs::remove_file(&folder).unwrap();
    bench.run(&bench.apply()).expect(DONE);
}

#[test]
#[ignore = "takes three minutes: the machine sleeps for two"]
fn an_operation_outlasts_the_sleep_of_its_machine() {
    let moments = ["began", "sending 0", "answered 0", "settled 0"];
    let cases = Act::ALL.into_iter().flat_map(|act| moments.map(|at| case(act, Some(Blow::at(at, Manner::Asleep)))));
    let all = run_all(cases.collect());
    let asked: Vec<String> = ran(&all).filter(|(_, ran)| ran.asked).map(|(case, _)| case.to_string()).collect();
    println!("{} slept, asked: {asked:?}", all.len());
    assert_right(&all);
    assert_eq!(unharmed(&all), Vec::<String>::new());
}

#[test]
#[ignore = "takes a quarter of an hour: each commit of each action, and a second blow after some"]
fn a_process_that_is_killed_at_any_commit_of_its_journal_leaves_nothing_half_done() {
    let began = Instant::now();
    let calm = run_all(Act::ALL.into_iter().map(|act| case(act, None)).collect());
    assert_right(&calm);
    let mut cases = Vec::new();
    for (Case { act, .. }, ran) in ran(&calm) {
        let entries = u32::try_from(ran.entries.len()).unwrap();
        let syncs = |last: u32| (1..=last).map(Commit::Sync);
        for commit in syncs(entries + SYNCS_BESIDE_ENTRIES) {
            for manner in [Manner::Written, Manner::Torn, Manner::Full] {
                cases.push(case(*act, Some(Blow { commit: commit.clone(), manner })));
            }
        }
        for first in [Blow::at("sending 0", Manner::Written), Blow::at("answered 0", Manner::Torn)] {
            for commit in syncs(4) {
                for manner in [Manner::Written, Manner::Torn] {
                    let again = Some(Blow { commit: commit.clone(), manner });
                    cases.push(Case { act: *act, first: Some(first.clone()), again });
                }
            }
        }
    }
    // Long ones first, so that nothing is waited for at the end alone.
    cases.sort_by_key(|case| Act::ALL.iter().position(|act| *act == case.act));
    let mut all = run_all(cases);
    // How often something is seen depends on how quick the machine is, so that some commits were others than before.
    let missed = unmet(&calm, &all).into_iter().map(|(act, blow)| case(act, Some(blow)));
    all.extend(run_all(missed.collect()));
    for (Case { act, .. }, calm) in ran(&calm) {
        let count = |is_it: &dyn Fn(&Case, &Ran) -> bool| {
            ran(&all).filter(|(case, ran)| case.act == *act && is_it(case, ran)).count()
        };
        let is_full = |case: &Case| case.first.as_ref().is_some_and(|blow| blow.manner == Manner::Full);
        println!(
            "{:<18} {:>3} entries, {:>3} killed once, {:>3} twice, {:>3} full, {:>3} not met, {:>3} asked, {:>3} wrong",
            format!("{act:?}"),
            calm.entries.len(),
            count(&|case, ran| ran.was_struck && !ran.was_struck_again && !is_full(case)),
            count(&|_, ran| ran.was_struck_again),
            count(&|case, ran| ran.was_struck && is_full(case)),
            count(&|_, ran| !ran.was_struck),
            count(&|_, ran| ran.asked),
            count(&|_, ran| !ran.wrong.is_empty()),
        );
    }
    println!("{} runs in {} s", all.len(), began.elapsed().as_secs());
    assert_right(&all);
    assert_eq!(unmet(&calm, &all), Vec::new());
}

/// Every entry of the undisturbed runs at which no process was struck, in one manner or the other.
fn unmet(calm: &BTreeMap<Case, Option<Ran>>, all: &BTreeMap<Case, Option<Ran>>) -> Vec<(Act, Blow)> {
    let mut unmet = Vec::new();
    for (Case { act, .. }, undisturbed) in ran(calm) {
        // None is before the first.
        let before = [None].into_iter().chain(undisturbed.entries.iter().map(Some));
        for (before, entry) in before.zip(&undisturbed.entries) {
            for (manner, last) in [(Manner::Written, Some(entry)), (Manner::Torn, before), (Manner::Full, before)] {
                let is_met = ran(all).any(|(case, ran)| {
                    let is_it = case.act == *act && case.first.as_ref().is_some_and(|blow| blow.manner == manner);
                    is_it && ran.was_struck && ran.entries.last() == last
                });
                if !is_met {
                    unmet.push((*act, Blow::at(entry, manner)));
                }
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
    let blow = |text: &str| {
        let (commit, manner) = text.trim_start_matches("then ").rsplit_once(' ').expect("a commit and a manner");
        let commit = commit.parse().map_or_else(|_| Commit::Entry(commit.to_owned()), Commit::Sync);
        let manner = Manner::ALL.into_iter().find(|one| one.name() == manner).expect("there is such a manner");
        Blow { commit, manner }
    };
    let (first, again) = (parts.next().map(blow), parts.next().map(blow));
    let ran = run::run(&Case { act: act.expect("there is such an action"), first, again });
    let ran = ran.expect("chance may burn today");
    println!("{ran:#?}");
    assert_eq!(ran.wrong, Vec::<String>::new());
}

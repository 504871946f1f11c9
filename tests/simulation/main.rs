//! Every action with everything that can go wrong: the real planner, engine, journal and SDK on a sandbox that lives in
//! virtual time, each run by a seed.
//!
//! What must never happen is looked for in what the sandbox says: nothing made or ended twice, no id outside the plan,
//! no request in another account or region, no group below its floor by our doing, nothing sent while the kill switch
//! is pulled or after the journal gave way, no operation that neither ends nor asks, desired capacity as it was. What
//! was to go wrong and never did fails too.
//!
//! ```sh
//! cargo test --workspace --test simulation                                      # a few seeds
//! cargo test --workspace --test simulation -- --ignored --nocapture             # 500 seeds
//! EMBERLINE_SIMULATION="roll/lost-after of a change/17" cargo test --workspace --test simulation one -- --nocapture
//! ```

mod actions;
mod aftermath;
mod asking;
mod chance;
mod edges;
mod faults;
mod outside;
mod request;
mod run;
mod table;
mod watch;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Runtime;

use actions::Act;
use edges::{Cut, Manner};
use faults::Trouble;
use run::{Case, Ran};
use table::Table;

/// Seeds that each cell is run with in a quick run.
const FEW: u64 = 2;

/// Seeds in a long run.
const MANY: u64 = 500;

/// Runs at the same time: more than there are cores, since a reading that fails is tried again after a while.
const THREADS: usize = 6;

/// With one thread that answers requests: those that are asked for at the same time are answered in one order.
fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).max_blocking_threads(1).enable_all().build().expect("threads can be had")
}

/// Every action with every seed, and everything that can go wrong with it.
fn simulate(seeds: u64) -> Table {
    let table = Mutex::new(Table::default());
    let next = AtomicU64::new(0);
    let acts = Act::ALL.len() as u64;
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let runtime = self::runtime();
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    let (seed, act) = (nth / acts, nth % acts);
                    if seed >= seeds {
                        break;
                    }
                    let act = Act::ALL[usize::try_from(act).unwrap_or(0)];
                    let case = |trouble| Case { act, trouble, seed, cut: None };
                    let calm = run::run(runtime.handle(), case(Trouble::None), None);
                    for trouble in Trouble::of(act).into_iter().filter(|trouble| *trouble != Trouble::None) {
                        let ran = run::run(runtime.handle(), case(trouble), Some(&calm));
                        table.lock().expect("no run panics").add(case(trouble), &ran);
                    }
                    table.lock().expect("no run panics").add(case(Trouble::None), &calm);
                }
            });
        }
    });
    table.into_inner().expect("no run panics")
}

#[test]
fn whatever_goes_wrong_nothing_happens_twice_and_every_operation_ends_or_asks() {
    let table = simulate(FEW);
    println!("{table}");
    assert_eq!(table.wrong(), Vec::<String>::new());
}

#[test]
#[ignore = "takes hours: 500 seeds a cell"]
fn whatever_goes_wrong_nothing_happens_twice_in_many_seeds() {
    let seeds = std::env::var("EMBERLINE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(MANY);
    let table = simulate(seeds);
    println!("{table}");
    assert_eq!(table.wrong(), Vec::<String>::new());
}

/// Runs alone what is named in the environment, as a failure prints it.
#[test]
fn one_run_alone() {
    let Ok(name) = std::env::var("EMBERLINE_SIMULATION") else { return };
    let mut parts = name.split('/');
    let (act, trouble, seed) = (parts.next(), parts.next(), parts.next());
    let act = Act::ALL.into_iter().find(|one| Some(one.name()) == act).expect("there is such an action");
    let trouble = Trouble::of(act).into_iter().find(|one| Some(one.name().as_str()) == trouble);
    let trouble = trouble.expect("there is such a trouble");
    let seed = seed.and_then(|text| text.parse().ok()).expect("the seed is a number");
    let runtime = runtime();
    let case = |trouble| Case { act, trouble, seed, cut: None };
    let calm = run::run(runtime.handle(), case(Trouble::None), None);
    let ran = if trouble == Trouble::None { calm } else { run::run(runtime.handle(), case(trouble), Some(&calm)) };
    for asked in ran.requests.iter().filter(|asked| asked.is_change()) {
        println!("{} {:?} happened: {}", asked.call, asked.params, asked.has_happened);
    }
    println!("{} requests, {} entries, {} struck, {}", ran.requests.len(), ran.written, ran.fired, ran.end);
    assert_eq!(ran.violations, Vec::<String>::new());
}

#[test]
fn the_same_seed_is_the_same_run() {
    let runtime = runtime();
    let ran = || -> Ran {
        let case = |trouble| Case { act: Act::ReplaceInGroup, trouble, seed: 7, cut: None };
        let calm = run::run(runtime.handle(), case(Trouble::None), None);
        run::run(runtime.handle(), case(Trouble::Outsiders), Some(&calm))
    };
    let (one, other) = (ran(), ran());
    assert_eq!((one.trace, one.end, one.requests.len()), (other.trace, other.end, other.requests.len()));
}

/// At each edge of the journal of each action, in one way each.
#[test]
fn a_run_that_is_cut_at_any_edge_of_its_journal_loses_nothing_and_does_nothing_twice() {
    let runtime = runtime();
    let table = Mutex::new(Table::default());
    let mut edges = Vec::new();
    let mut calms = BTreeMap::new();
    for act in Act::ALL {
        let case = Case { act, trouble: Trouble::None, seed: 0, cut: None };
        let calm = run::run(runtime.handle(), case, None);
        edges.extend((0..calm.written).map(|at| (act, at)));
        calms.insert(act, calm);
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let runtime = self::runtime();
                while let Some(&(act, at)) = edges.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let cut = Some(Cut { at, manner: Manner::ALL[at % Manner::ALL.len()] });
                    let case = Case { act, trouble: Trouble::Crash, seed: 0, cut };
                    let ran = run::run(runtime.handle(), case, calms.get(&act));
                    table.lock().expect("no run panics").add(case, &ran);
                }
            });
        }
    });
    let table = table.into_inner().expect("no run panics");
    println!("{table}");
    assert_eq!(table.wrong(), Vec::<String>::new());
}

//! Every action with everything that can go wrong: the real planner, engine, journal and SDK on a sandbox that lives in
//! virtual time, each run by a seed.
//!
//! What must never happen is looked for in what the sandbox says: nothing made or ended twice, no id outside the plan,
//! no request in another account or region, no group below its floor by our doing, nothing sent against what had been
//! read, while the kill switch is pulled or after the journal gave way, no operation that neither ends nor asks, desired
//! capacity as it was. What was to go wrong and never did fails too.
//!
//! ```sh
//! cargo test --workspace --test simulation                                       # 20 seeds a cell, 300 schedules
//! cargo test --workspace --release --test simulation -- --ignored --nocapture   # 500 seeds a cell, 10,000 schedules; each guard
//! EMBERLINE_SIMULATION="roll/lost-after of a change/17" cargo test --workspace --test simulation one -- --nocapture
//! EMBERLINE_SIMULATION="burn/crash/0..40/others" cargo test --workspace --test simulation one -- --nocapture
//! ```
//!
//! `EMBERLINE_SEEDS`, `EMBERLINE_SCHEDULES` and `EMBERLINE_THREADS` make a long run another length and width.

mod actions;
mod aftermath;
mod asking;
mod chance;
mod edges;
mod faults;
mod guards;
mod judge;
mod outside;
mod request;
mod run;
mod table;
mod told;
mod watch;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::{Handle, Runtime};

use actions::Act;
use chance::Chance;
use edges::{Cut, Manner};
use faults::Trouble;
use run::{Case, Ran};
use table::Table;

/// Seeds that each cell is run with in a quick run, and schedules of other people's deeds.
const FEW: u64 = 20;
const FEW_SCHEDULES: u64 = 300;

/// As many in a long run.
const MANY: u64 = 500;
const MANY_SCHEDULES: u64 = 10_000;

/// With one thread that answers requests: those that are asked for at the same time are answered in one order.
fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).max_blocking_threads(1).enable_all().build().expect("threads can be had")
}

/// A number that the environment says, if it does.
fn said(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Does so many things, on as many threads as there are cores.
fn side_by_side(count: u64, work: impl Fn(&Handle, u64) + Sync) {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..said("EMBERLINE_THREADS").unwrap_or(cores).max(1) {
            scope.spawn(|| {
                let runtime = self::runtime();
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    if nth >= count {
                        break;
                    }
                    work(runtime.handle(), nth);
                }
            });
        }
    });
}

/// What each of these actions comes to when nothing goes wrong, with the seed 0.
fn calms(acts: &[Act]) -> BTreeMap<Act, Ran> {
    let runtime = runtime();
    acts.iter().map(|&act| (act, run::run(runtime.handle(), Case::new(act, Trouble::None, 0), None))).collect()
}

/// Every action with every seed, and everything that can go wrong with it.
fn simulate(seeds: u64) -> Table {
    let table = Mutex::new(Table::default());
    let acts = Act::ALL.len() as u64;
    side_by_side(seeds * acts, |runtime, nth| {
        let act = Act::ALL[usize::try_from(nth % acts).unwrap_or(0)];
        let seed = nth / acts;
        let calm = run::run(runtime, Case::new(act, Trouble::None, seed), None);
        for trouble in Trouble::of(act).into_iter().filter(|trouble| *trouble != Trouble::None) {
            let case = Case::new(act, trouble, seed);
            let ran = run::run(runtime, case, Some(&calm));
            table.lock().expect("no run panics").add(case, &ran);
        }
        table.lock().expect("no run panics").add(Case::new(act, Trouble::None, seed), &calm);
    });
    table.into_inner().expect("no run panics")
}

/// Groups that other people change while an operation works on them: by themselves, and while something else goes
/// wrong too.
fn schedules(count: u64) -> Table {
    let table = Mutex::new(Table::default());
    let acts = Act::of_groups();
    let calms = calms(&acts);
    side_by_side(count, |runtime, nth| {
        let mut chance = Chance::of(nth, 5);
        let act = acts[chance.below(acts.len())];
        let troubles = Trouble::of(act);
        let beside = *chance.one(&troubles).unwrap_or(&Trouble::None);
        let alone = chance.once_in(2) || beside == Trouble::Outsiders;
        let trouble = if alone { Trouble::None } else { beside };
        let case = Case { others: true, ..Case::new(act, trouble, nth) };
        let ran = run::run(runtime, case, calms.get(&act));
        table.lock().expect("no run panics").add(case, &ran);
    });
    table.into_inner().expect("no run panics")
}

/// Each edge of the journal of each action, given way at in these manners.
fn edges(manners: impl Fn(usize) -> Vec<Manner>) -> Table {
    let table = Mutex::new(Table::default());
    let calms = calms(&Act::ALL);
    let cuts: Vec<(Act, Cut)> = calms
        .iter()
        .flat_map(|(&act, calm)| (0..calm.written).map(move |at| (act, at)))
        .flat_map(|(act, at)| manners(at).into_iter().map(move |manner| (act, Cut { at, manner })))
        .collect();
    side_by_side(cuts.len() as u64, |runtime, nth| {
        let (act, cut) = cuts[usize::try_from(nth).unwrap_or(0)];
        let case = Case { cut: Some(cut), ..Case::new(act, Trouble::Crash, 0) };
        let ran = run::run(runtime, case, calms.get(&act));
        table.lock().expect("no run panics").add(case, &ran);
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
    let table = simulate(said("EMBERLINE_SEEDS").unwrap_or(MANY));
    println!("{table}");
    assert_eq!(table.wrong(), Vec::<String>::new());
}

#[test]
fn whatever_others_do_a_group_keeps_its_floor_as_far_as_it_is_ours() {
    let table = schedules(FEW_SCHEDULES);
    println!("{table}");
    assert_eq!(table.wrong(), Vec::<String>::new());
    assert_eq!(table.never_done(), outside::ONLY_OF_SERVER);
}

#[test]
#[ignore = "takes a quarter of an hour: 10,000 schedules"]
fn whatever_others_do_a_group_keeps_its_floor_in_many_schedules() {
    let table = schedules(said("EMBERLINE_SCHEDULES").unwrap_or(MANY_SCHEDULES));
    println!("{table}");
    assert_eq!(table.wrong(), Vec::<String>::new());
}

/// In one manner each.
#[test]
fn a_run_that_is_cut_at_any_edge_of_its_journal_loses_nothing_and_does_nothing_twice() {
    let table = edges(|at| vec![Manner::ALL[at % Manner::ALL.len()]]);
    println!("{table}");
    assert_eq!(table.wrong(), Vec::<String>::new());
}

#[test]
#[ignore = "takes some minutes: each edge in each manner"]
fn a_run_that_is_cut_at_any_edge_of_its_journal_in_any_manner_loses_nothing() {
    let table = edges(|_| Manner::ALL.to_vec());
    println!("{table}");
    assert_eq!(table.wrong(), Vec::<String>::new());
}

#[test]
fn the_same_seed_is_the_same_run() {
    let runtime = runtime();
    let ran = || -> Ran {
        let calm = run::run(runtime.handle(), Case::new(Act::ReplaceInGroup, Trouble::None, 7), None);
        run::run(runtime.handle(), Case::new(Act::ReplaceInGroup, Trouble::Outsiders, 7), Some(&calm))
    };
    let (one, other) = (ran(), ran());
    assert_eq!((one.trace, one.end, one.requests.len()), (other.trace, other.end, other.requests.len()));
}

/// Runs alone what is named in the environment, as a failure prints it: one seed, or a range of them.
#[test]
fn one_run_alone() {
    let Ok(name) = std::env::var("EMBERLINE_SIMULATION") else { return };
    let (act, trouble, seeds, others) =
        named(&name).expect("it is ACTION/TROUBLE/SEED or ACTION/TROUBLE/FROM..TO/others");
    let runtime = runtime();
    let mut violations = Vec::new();
    for seed in seeds {
        // As schedules do, which know what the seed 0 comes to.
        let calm_seed = if others { 0 } else { seed };
        let calm = run::run(runtime.handle(), Case::new(act, Trouble::None, calm_seed), None);
        let case = Case { others, ..Case::new(act, trouble, seed) };
        let ran = if case == Case::new(act, Trouble::None, seed) {
            calm
        } else {
            run::run(runtime.handle(), case, Some(&calm))
        };
        for asked in ran.requests.iter().filter(|asked| asked.is_change()) {
            println!("{} {:?} happened: {}", asked.call, asked.params, asked.has_happened);
        }
        if !ran.violations.is_empty() {
            println!("{}", ran.journal);
        }
        let Ran { requests, written, fired, end, .. } = &ran;
        println!("{case}: {} requests, {written} entries, {fired} struck, {end}", requests.len());
        violations.extend(ran.violations.iter().map(|what| format!("{case}: {what}")));
    }
    assert_eq!(violations, Vec::<String>::new());
}

/// The runs that a name stands for.
fn named(name: &str) -> Option<(Act, Trouble, Range<u64>, bool)> {
    let mut parts = name.split('/');
    let (act, trouble, seeds) = (parts.next()?, parts.next()?, parts.next()?);
    let act = Act::ALL.into_iter().find(|one| one.name() == act)?;
    let trouble = Trouble::of(act).into_iter().find(|one| one.name() == trouble)?;
    let seeds = match seeds.split_once("..") {
        Some((from, to)) => from.parse().ok()?..to.parse().ok()?,
        None => seeds.parse().ok().map(|seed: u64| seed..seed + 1)?,
    };
    Some((act, trouble, seeds, parts.next() == Some("others")))
}

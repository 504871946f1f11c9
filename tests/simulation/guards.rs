//! Takes out one guard after the other and demands that the simulation notices by what then happens to the fleet.
//! `app/operate/tests/guards.rs` shows for every guard that a unit test does.
//!
//! One build in a target folder of its own can lack any guard: which one, each run of it is told.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What the build and each run are told in.
const WITHOUT_GUARD: &str = "EMBERLINE_WITHOUT_GUARD";

/// Guards, and the runs that show that one is gone. What another guard refuses as well is not here: there a person reads
/// another sentence, and the fleet is safe.
const NOTICED: [(&str, &str); 7] = [
    ("floor", "replace-in-full-group/outsiders/0..8"),
    ("protect-tag", "replace-in-group/outsiders/9..14"),
    ("unchanged", "replace-in-group/outsiders/9..14"),
    ("desired-capacity", "replace-two/outsiders/10"),
    ("account", "replace-in-group/another account/0..6"),
    ("sent-once", "replace-in-group/lost-after of a change/0..4"),
    ("kill-switch", "replace-in-group/kill switch/0..6"),
];

#[test]
#[ignore = "builds everything a second time, unoptimised"]
fn no_guard_of_a_fleet_can_be_taken_out_without_a_run_that_goes_wrong() {
    let simulation = build();
    let mut wrong = Vec::new();
    for (guard, runs) in NOTICED {
        let (is_well, told) = run(&simulation, "", runs);
        if !is_well {
            wrong.push(format!("{runs} goes wrong with all guards: {told}"));
        }
        let (is_well, told) = run(&simulation, guard, runs);
        println!("without {guard}: {told}");
        if is_well {
            wrong.push(format!("{runs} does not notice that {guard} is gone"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// This executable, built so that it can lack a guard.
fn build() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guards");
    let built = Command::new(env!("CARGO"))
        .args(["test", "--workspace", "--test", "simulation", "--no-run", "--locked"])
        .args(["--message-format", "json-render-diagnostics", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env(WITHOUT_GUARD, "told-when-run")
        .stderr(std::process::Stdio::inherit())
        .output()
        .expect("cargo runs this very test");
    assert!(built.status.success(), "it can't be built");
    let messages = String::from_utf8_lossy(&built.stdout).into_owned();
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let simulation = messages
        .filter(|message| message["target"]["name"] == "simulation")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    simulation.expect("cargo tells where it has put it")
}

/// Whether these runs go well without this guard, and the first thing that does not.
fn run(simulation: &Path, guard: &str, runs: &str) -> (bool, String) {
    let ran = Command::new(simulation)
        .args(["one_run_alone", "--exact", "--nocapture"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env(WITHOUT_GUARD, guard)
        .env("EMBERLINE_SIMULATION", runs)
        .output()
        .expect("it was just built");
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    let left = told.lines().find(|line| line.contains("left: ")).unwrap_or("nothing").trim().to_owned();
    (ran.status.success(), left.chars().take(400).collect())
}

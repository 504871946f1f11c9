//! Takes out one guard after the other and demands that a test of this crate notices. What no test notices could be
//! broken by anyone, any day.
//!
//! One build in a target folder of its own can lack any guard: which one, each run of it is told. It is built and run
//! by `tests/run guards`, or by `cargo test -p emberline-operate --test guards -- --ignored --nocapture`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, and it takes long enough to tell how it goes")]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use emberline_operate::Guard;

/// What the build and each run are told in.
const WITHOUT_GUARD: &str = "EMBERLINE_WITHOUT_GUARD";

/// A run takes some seconds; without a guard it may wait for what never comes.
const LONGEST_RUN: Duration = Duration::from_secs(120);

#[test]
#[ignore = "builds this crate's tests a second time and runs them once for each guard: see tests/run"]
fn no_guard_can_be_taken_out_without_a_test_that_fails() {
    let tests = build();
    let whole = run(&tests, "");
    assert!(whole.status.unwrap().success(), "with all guards its tests fail already: {:?}", whole.failed);
    let mut survivors = Vec::new();
    for guard in Guard::ALL {
        let began = Instant::now();
        let Run { status, failed } = run(&tests, guard.name());
        let took_s = began.elapsed().as_secs();
        let Some(status) = status else {
            println!("{guard}: did not end within {} s", LONGEST_RUN.as_secs());
            survivors.push(format!("{guard} (its run did not end)"));
            continue;
        };
        println!("{guard}: {} fail in {took_s} s: {}", failed.len(), failed.join(", "));
        // A run that broke off has proved nothing.
        if status.success() || failed.is_empty() {
            survivors.push(guard.name().to_owned());
        }
    }
    assert!(survivors.is_empty(), "no test notices that these guards are gone: {}", survivors.join(", "));
}

/// The executable of this crate's unit tests, built so that it can lack a guard.
fn build() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guards");
    let built = Command::new(env!("CARGO"))
        .args(["test", "--package", "emberline-operate", "--lib", "--no-run", "--locked"])
        .args(["--message-format", "json-render-diagnostics", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env(WITHOUT_GUARD, "told-when-run")
        // Nobody looks into it with a debugger, and without that it is built faster.
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(built.status.success(), "it can't be built");
    let messages = String::from_utf8(built.stdout).unwrap();
    let executables: Vec<PathBuf> = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .collect();
    let [tests] = executables.as_slice() else { panic!("one executable was to be built, not {executables:?}") };
    tests.clone()
}

struct Run {
    /// `None` where it had to be ended.
    status: Option<ExitStatus>,
    /// The names of the tests that failed.
    failed: Vec<String>,
}

fn run(tests: &Path, without: &str) -> Run {
    let mut child = Command::new(tests)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env(WITHOUT_GUARD, without)
        // It is to be noticed by what is written down and not by chance; and what fails here is no case to be kept.
        .env("PROPTEST_CASES", "1")
        .env("PROPTEST_MAX_SHRINK_ITERS", "0")
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let mut told = Vec::new();
        let read = stdout.read_to_end(&mut told);
        read.map(|_| String::from_utf8_lossy(&told).into_owned())
    });
    let deadline = Instant::now() + LONGEST_RUN;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        thread::sleep(Duration::from_millis(50));
    };
    let told = reader.join().unwrap().unwrap();
    let failed = told.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    Run { status, failed: failed.map(str::to_owned).collect() }
}

//! One run: an action is planned and applied, its process dies, others go on with it, and what came of it is looked at.

use std::path::{Path, PathBuf};
use std::process::Command;

use history::Store;
use operate::{Journal as _, Plan, PlanFile};
use serde_json::Value;

use crate::killed::acts::Act;
use crate::killed::check::{self, Over};
use crate::killed::death::{Death, was_killed, word};
use crate::killed::fleet::{ACCOUNT, Fleet, REGION};
use crate::run::{DONE, Ended, FAILED, Home, ended};
use crate::served::Served;

/// A minute in a second.
const SPEED: &str = "60";

/// That far may be burned by chance, and a group without room replaced one by one.
const POLICY: &str = "[operate]\nmin_healthy = 50\n[burn]\nperiod = \"1h\"\nhours = \"0-24\"\ntime_zone = \"UTC\"\n";

/// So many entries the sandbox's trace keeps.
const KEPT: u64 = 10_000;

/// How often an operation is gone on with before it counts as endless.
const PATIENCE: usize = 5;

/// What dies when.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Case {
    pub(super) act: Act,
    /// When the process dies that applies the plan; not at all, to see what it does.
    pub(super) death: Option<Death>,
    /// When the first process dies that goes on with it.
    pub(super) again: Option<Death>,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.act)?;
        self.death.iter().try_for_each(|death| write!(f, ", {death}"))?;
        self.again.iter().try_for_each(|death| write!(f, ", then {death}"))
    }
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Ran {
    /// What the journal held when the process had died, entry by entry; all of them where it did not die.
    pub(super) entries: Vec<String>,
    pub(super) was_killed: bool,
    /// Whether the one who went on was killed too.
    pub(super) was_killed_again: bool,
    /// Whether a person was asked.
    pub(super) asked: bool,
    /// What must never be, and is.
    pub(super) wrong: Vec<String>,
}

struct Bench {
    home: Home,
    served: Served,
    policy: String,
}

/// Runs a case; `None` where chance may burn nothing today, which is no working day.
pub(super) fn run(case: &Case) -> Option<Ran> {
    let home = Home::new();
    let fleet = include_str!("../../simulation/fleet.toml");
    // Nobody else is to bake meanwhile, whatever day it is.
    let quiet = fleet.replace("cron(0 5 ? * sun *)", "cron(0 5 1 1 ? 2199)");
    assert_ne!(quiet, fleet);
    let scenario = home.write("fleet.toml", &quiet);
    let served = Served::start(&home, &["--scenario", &scenario, "--speed", SPEED]);
    let policy = home.write("policy.toml", POLICY);
    let bench = Bench { home, served, policy };
    let before = bench.fleet();
    let path = bench.home.path().join("plan.json").display().to_string();
    let words = case.act.words(&before);
    let mut arguments = vec!["plan"];
    arguments.extend(words.iter().map(String::as_str));
    arguments.extend(["-o", &path]);
    let planned = bench.run(&arguments);
    if case.act == Act::Burn && planned.err.contains("working day") {
        return None;
    }
    planned.expect(DONE);
    let plan = PlanFile::parse(&std::fs::read_to_string(&path).unwrap()).unwrap().plan;
    Some(bench.play(case, &path, &plan, &before))
}

impl Bench {
    fn play(&self, case: &Case, path: &str, plan: &Plan, before: &Fleet) -> Ran {
        let mut wrong = Vec::new();
        let apply = ["apply", path, "--yes", "--confirm", ACCOUNT];
        let mut command = self.command(&apply);
        if let Some(death) = &case.death {
            death.awaits(&mut command);
        }
        let output = command.output().unwrap();
        let was_killed = was_killed(output.status);
        let mut said = String::from_utf8(output.stderr).unwrap();
        if !was_killed && output.status.code() != Some(DONE) {
            wrong.push(format!("it was not killed, and ended with {:?}", output.status));
        }
        let entries = self.entries_as_they_lie();
        let mut ran = Ran { entries, was_killed, was_killed_again: false, asked: false, wrong };
        if was_killed {
            if ran.entries.is_empty() {
                // It never began: the plan is as good as before, and nothing of the first try is in its way.
                let applied = self.run(&apply);
                said.push_str(&applied.err);
                if applied.status != DONE {
                    ran.wrong.push(format!("it never began, and can't be applied again: {}", applied.status));
                }
            } else {
                self.go_on(case, &mut ran, &mut said);
            }
        }
        self.look(case, plan, before, &mut ran);
        if !ran.wrong.is_empty() {
            ran.wrong.push(format!("it had said: {said}"));
        }
        ran
    }

    /// Goes on until it ends; what a person is asked is answered by `cancel`.
    fn go_on(&self, case: &Case, ran: &mut Ran, said: &mut String) {
        let mut death = case.again.as_ref();
        let mut order = "resume";
        for _ in 0..PATIENCE {
            let operation = self.operation();
            let id = operation["id"].as_str().unwrap();
            if !operation["ended_at"].is_null() {
                return;
            }
            let mut command = self.command(&["operations", order, id]);
            if let Some(death) = death.take() {
                death.awaits(&mut command);
            }
            let output = command.output().unwrap();
            said.push_str(&String::from_utf8_lossy(&output.stderr));
            if was_killed(output.status) {
                ran.was_killed_again = true;
                continue;
            }
            let Ended { status, err, .. } = ended(output);
            match status {
                DONE => {}
                FAILED if err.contains(&format!("{id} asks: ")) => {
                    ran.asked = true;
                    order = if order == "resume" { "cancel" } else { "abandon" };
                }
                status => ran.wrong.push(format!("{order} ends with {status}")),
            }
        }
        ran.wrong.push("it does not come to an end".to_owned());
    }

    /// What must be so, now that it is over.
    fn look(&self, case: &Case, plan: &Plan, before: &Fleet, ran: &mut Ran) {
        let operation = self.operation();
        let is_done = operation["state"] == "done";
        if !is_done && !ran.asked {
            ran.wrong.push(format!("nobody was asked, and it is {}", operation["state"]));
        }
        let changes = self.changes();
        // What reached AWS is found there. Only what was written down and never sent is for a person.
        let sent_nothing = ran.entries.last().is_some_and(|entry| entry.starts_with("sending"))
            && case.death.as_ref().is_some_and(|death| !death.is_torn());
        if ran.asked != sent_nothing {
            ran.wrong.push(format!("asked: {}, and what was to be sent was not: {sent_nothing}", ran.asked));
        }
        let after = self.fleet();
        ran.wrong.extend(check::wrong(&Over { plan, before, after: &after, changes: &changes, is_done }));
        let store = Store::read_only(&self.journal()).unwrap().unwrap();
        if let Err(error) = store.verify_chain() {
            ran.wrong.push(format!("the journal does not hold together: {error}"));
        }
        for id in store.operations().unwrap() {
            if store.is_worked_on(&id).unwrap() {
                ran.wrong.push(format!("somebody still has the lock of {id}"));
            }
        }
        for target in plan.targets() {
            if let Some(holder) = store.holder(&target).unwrap() {
                ran.wrong.push(format!("{holder} still holds {target}"));
            }
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut all = arguments.to_vec();
        all.extend(["--policy", &self.policy]);
        self.served.command(&self.home, ACCOUNT, REGION, &all)
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments).output().unwrap())
    }

    fn fleet(&self) -> Fleet {
        let report = self.run(&["report", "--format", "json", "--region", "us-east-1"]).expect(DONE).json();
        Fleet::of(&report, &self.served)
    }

    /// The one operation.
    fn operation(&self) -> Value {
        let listed = self.home.run(&["operations", "list", "--format", "json"]).expect(DONE).json();
        let operations = listed.as_array().unwrap();
        assert_eq!(operations.len(), 1, "{listed}");
        operations[0].clone()
    }

    fn journal(&self) -> PathBuf {
        self.home.path().join(".local/share/emberline/journal")
    }

    /// The entries of the journal, read from a copy: the first who opens what a dead process left mends it, and that is
    /// for the program to do.
    fn entries_as_they_lie(&self) -> Vec<String> {
        let copy = self.home.path().join("copy");
        std::fs::create_dir(&copy).unwrap();
        for name in ["journal.sqlite", "journal.sqlite-wal"] {
            let from = self.journal().join(name);
            if Path::exists(&from) {
                std::fs::copy(&from, copy.join(name)).unwrap();
            }
        }
        let store = Store::read_only(&copy).unwrap().unwrap();
        let records = store.entries_after(0, u32::MAX).unwrap();
        records.iter().map(|record| word(&record.entry)).collect()
    }

    /// What was changed at AWS, in order, as the sandbox's trace has it.
    fn changes(&self) -> Vec<String> {
        let trace: Value = serde_json::from_str(&self.served.trace()).unwrap();
        assert!(trace["count"].as_u64().unwrap() <= KEPT, "the trace has lost its beginning");
        let lines = trace["entries"].as_array().unwrap().iter().map(|entry| entry["what"].as_str().unwrap());
        let done = lines.filter_map(|line| line.strip_suffix(" done")).filter(|call| !call.contains(' '));
        let changes = done.filter(|call| {
            let (_, action) = call.split_once(':').unwrap();
            !["Describe", "Get", "List", "Lookup"].iter().any(|verb| action.starts_with(verb))
        });
        changes.map(str::to_owned).collect()
    }
}

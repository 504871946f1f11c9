//! One run: an action is planned and applied, something befalls its process, others go on with it, and what came of it
//! is looked at.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use history::Store;
use operate::{Entry, Journal as _, Plan, PlanFile, PlannedMutation, Work};
use serde_json::Value;

use crate::killed::acts::Act;
use crate::killed::blow::{Blow, Manner, sleep_through, was_killed, word};
use crate::killed::check::{self, Over};
use crate::killed::fleet::{ACCOUNT, Fleet, REGION};
use crate::run::{DONE, Ended, FAILED, Home, ended};
use crate::served::Served;

/// A minute in a second.
const SPEED: &str = "60";

/// That far may be burned by chance, and a group without room replaced one by one.
const POLICY: &str = "[operate]\nmin_healthy = 50\n[burn]\nperiod = \"1h\"\nhours = \"0-24\"\ntime_zone = \"UTC\"\n";

/// What is said where the journal's disk is full.
const FULL: &str =
    "journal.sqlite can't be used, and nothing is done without it: the disk is full. Free some space there";

/// Of both regions: that of the operations comes beside it.
const REPORT: [&str; 5] = ["report", "--format", "json", "--region", "us-east-1"];

/// So many entries the sandbox's trace keeps.
const KEPT: u64 = 10_000;

/// How often an operation is gone on with before it counts as endless.
const PATIENCE: usize = 5;

/// What befalls whom.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Case {
    pub(super) act: Act,
    /// What befalls the process that applies the plan; nothing, to see what it does.
    pub(super) first: Option<Blow>,
    /// What befalls the first process that goes on with it.
    pub(super) again: Option<Blow>,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.act)?;
        self.first.iter().try_for_each(|blow| write!(f, ", {blow}"))?;
        self.again.iter().try_for_each(|blow| write!(f, ", then {blow}"))
    }
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Ran {
    /// What the journal held when the first process was over, entry by entry.
    pub(super) entries: Vec<String>,
    /// Whether the blow fell on it.
    pub(super) was_struck: bool,
    /// Whether one fell on whoever went on, too.
    pub(super) was_struck_again: bool,
    /// Whether a person was asked.
    pub(super) asked: bool,
    /// What must never be, and is.
    pub(super) wrong: Vec<String>,
}

/// A sandbox of its own, with a plan for it.
pub(super) struct Bench {
    home: Home,
    served: Served,
    policy: String,
    /// The plan's file.
    path: String,
    plan: Plan,
    before: Fleet,
}

/// Runs a case; `None` where chance may burn nothing today, which is no working day.
pub(super) fn run(case: &Case) -> Option<Ran> {
    Some(Bench::open(case.act)?.play(case))
}

fn command(home: &Home, served: &Served, policy: &str, arguments: &[&str]) -> Command {
    let mut all = arguments.to_vec();
    all.extend(["--policy", policy]);
    served.command(home, ACCOUNT, REGION, &all)
}

/// Runs a command to its end, or until it is struck, and tells whether it was.
pub(super) fn befallen(mut command: Command, blow: Option<&Blow>) -> (Output, bool) {
    if let Some(blow) = blow {
        blow.awaits(&mut command);
    }
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let manner = blow.map(|blow| blow.manner);
    let has_slept = manner == Some(Manner::Asleep) && sleep_through(&mut child);
    let output = child.wait_with_output().unwrap();
    let was_struck = match manner {
        None => false,
        Some(Manner::Written | Manner::Torn) => was_killed(output.status),
        Some(Manner::Full) => {
            output.status.code() == Some(FAILED) && String::from_utf8_lossy(&output.stderr).contains(FULL)
        }
        Some(Manner::Asleep) => has_slept,
    };
    (output, was_struck)
}

impl Bench {
    /// Opens one and plans; `None` where chance may burn nothing today.
    pub(super) fn open(act: Act) -> Option<Self> {
        let home = Home::new();
        let fleet = include_str!("../../simulation/fleet.toml");
        // Nobody else is to bake meanwhile, whatever day it is.
        let quiet = fleet.replace("cron(0 5 ? * sun *)", "cron(0 5 1 1 ? 2199)");
        assert_ne!(quiet, fleet);
        let scenario = home.write("fleet.toml", &quiet);
        let served = Served::start(&home, &["--scenario", &scenario, "--speed", SPEED]);
        let policy = home.write("policy.toml", POLICY);
        let path = home.path().join("plan.json").display().to_string();
        let reported = command(&home, &served, &policy, &REPORT).output().unwrap();
        let before = Fleet::of(&ended(reported).expect(DONE).json(), &served);
        let words = act.words(&before);
        let mut arguments = vec!["plan"];
        arguments.extend(words.iter().map(String::as_str));
        arguments.extend(["-o", &path]);
        let planned = ended(command(&home, &served, &policy, &arguments).output().unwrap());
        if act == Act::Burn && planned.err.contains("working day") {
            return None;
        }
        planned.expect(DONE);
        let plan = PlanFile::parse(&std::fs::read_to_string(&path).unwrap()).unwrap().plan;
        Some(Self { home, served, policy, path, plan, before })
    }

    /// The words that carry the plan out.
    pub(super) fn apply(&self) -> [&str; 5] {
        ["apply", &self.path, "--yes", "--confirm", ACCOUNT]
    }

    fn play(&self, case: &Case) -> Ran {
        let apply = self.apply();
        let (first, was_struck) = befallen(self.command(&apply), case.first.as_ref());
        let mut said = String::from_utf8(first.stderr).unwrap();
        let entries = self.entries_as_they_lie();
        let mut ran = Ran { entries, was_struck, was_struck_again: false, asked: false, wrong: Vec::new() };
        let is_awake = case.first.as_ref().is_none_or(|blow| blow.manner == Manner::Asleep);
        if first.status.code() == Some(DONE) {
            if was_struck && !is_awake {
                ran.wrong.push("what befell it was not noticed".to_owned());
            }
        } else if !was_struck {
            ran.wrong.push(format!("nothing befell it, and it ended with {:?}", first.status));
        } else if ran.entries.is_empty() {
            // It never began: the plan is as good as before, and nothing of the first try is in its way.
            let applied = self.run(&apply);
            said.push_str(&applied.err);
            if applied.status != DONE {
                ran.wrong.push(format!("it never began, and can't be applied again: {}", applied.status));
            }
        } else {
            ran.asked = is_awake;
            self.go_on(case, &mut ran, &mut said);
        }
        self.look(case, &mut ran);
        if !ran.wrong.is_empty() {
            ran.wrong.push(format!("it had said: {said}"));
        }
        ran
    }

    /// Goes on until it ends. What a person is asked is answered by `cancel`, or by `vouch` where AWS was reached.
    fn go_on(&self, case: &Case, ran: &mut Ran, said: &mut String) {
        let mut blow = case.again.as_ref();
        let mut order = "resume";
        for _ in 0..PATIENCE {
            let operation = self.operation();
            let id = operation["id"].as_str().unwrap();
            if !operation["ended_at"].is_null() {
                return;
            }
            let (output, was_struck) = befallen(self.command(&["operations", order, id]), blow.take());
            said.push_str(&String::from_utf8_lossy(&output.stderr));
            if was_struck {
                ran.was_struck_again = true;
                continue;
            }
            let Ended { status, err, .. } = ended(output);
            match status {
                DONE => {}
                FAILED if err.contains(&format!("{id} asks: ")) => {
                    ran.asked = true;
                    order = match order {
                        "resume" if err.contains("operations vouch") && self.has_reached_aws() => "vouch",
                        "resume" => "cancel",
                        _ => "abandon",
                    };
                }
                status => ran.wrong.push(format!("{order} ends with {status}")),
            }
        }
        ran.wrong.push("it does not come to an end".to_owned());
    }

    /// What must be so, now that it is over.
    fn look(&self, case: &Case, ran: &mut Ran) {
        let Self { plan, before, .. } = self;
        let operation = self.operation();
        let is_done = operation["state"] == "done";
        if !is_done && !ran.asked {
            ran.wrong.push(format!("nobody was asked, and it is {}", operation["state"]));
        }
        let changes = self.changes();
        // What reached AWS is found there, but for a capacity, which anybody can have set. Besides that, only what was
        // written down and never sent is for a person, and whatever else has changed while the machine slept.
        let manner = case.first.as_ref().map(|blow| blow.manner);
        let lost = ran.entries.last().and_then(|entry| entry.strip_prefix("sending ")?.parse::<usize>().ok());
        let asks = lost.is_some_and(|step| manner == Some(Manner::Written) || self.sets_capacity(step));
        if ran.asked != asks && manner != Some(Manner::Asleep) {
            ran.wrong.push(format!("asked: {}, and only a person could tell: {asks}", ran.asked));
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

    /// Whether what was written down last to be sent has happened: each change but for one that is on its way is.
    fn has_reached_aws(&self) -> bool {
        let store = Store::read_only(&self.journal()).unwrap().unwrap();
        let records = store.entries_after(0, u32::MAX).unwrap();
        let sent = records.iter().filter(|record| matches!(record.entry, Entry::Sending { .. })).count();
        sent == self.changes().len()
    }

    fn sets_capacity(&self, step: usize) -> bool {
        let work = &self.plan.steps[step].work;
        matches!(work, Work::Send { mutation: PlannedMutation::SetDesiredCapacity { .. }, .. })
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        command(&self.home, &self.served, &self.policy, arguments)
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments).output().unwrap())
    }

    fn fleet(&self) -> Fleet {
        Fleet::of(&self.run(&REPORT).expect(DONE).json(), &self.served)
    }

    /// The one operation.
    pub(super) fn operation(&self) -> Value {
        let listed = self.home.run(&["operations", "list", "--format", "json"]).expect(DONE).json();
        let operations = listed.as_array().unwrap();
        assert_eq!(operations.len(), 1, "{listed}");
        operations[0].clone()
    }

    /// The folder of the journal.
    pub(super) fn journal(&self) -> PathBuf {
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
    pub(super) fn changes(&self) -> Vec<String> {
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

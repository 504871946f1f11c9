//! One run: an action is planned, confirmed and carried out by the real planner, engine, journal and SDK, on a sandbox
//! that lives in virtual time, while something goes wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cloud::{Access, Login, Operator};
use history::Store;
use jiff::{SignedDuration, Timestamp};
use operate::{
    Answer, Arming, BurnRules, Ending, Engine, EngineError, Journal as _, NoBakery, OperationId, Orders, Outcome, Plan,
    PlanFile, Rules, Scope, Sheet, Time, World,
};
use sandbox::{Profile, Sandbox};
use tokio::runtime::Handle;

use crate::actions::Act;
use crate::aftermath::{self, Things};
use crate::asking::Somebody;
use crate::chance::Chance;
use crate::edges::{Cut, Died, Edges, Manner};
use crate::faults::Trouble;
use crate::outside::{Ground, Outsiders};
use crate::request::Asked;
use crate::watch::Watch;

/// A Monday, so that chance may burn.
const MONDAY: &str = "2026-11-02T10:00:00Z";

/// No wait of a plan, nor a few of them together, is longer.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How often a person answers before leaving it as it is.
const PATIENCE: usize = 3;

/// How often where an answer may mean another hour of looking at what will not come.
const PATIENCE_IN_VAIN: usize = 1;

/// What is simulated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Case {
    pub(crate) act: Act,
    pub(crate) trouble: Trouble,
    pub(crate) seed: u64,
    /// Where the journal gives way; chance says it where this does not.
    pub(crate) cut: Option<Cut>,
    /// Whether others act too, beside whatever goes wrong.
    pub(crate) others: bool,
}

/// As it is named to be run alone: `roll/lost-after of a change/17`.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = if self.others { "/others" } else { "" };
        write!(f, "{}/{}/{}{others}", self.act.name(), self.trouble.name(), self.seed)
    }
}

impl Case {
    /// The action with this trouble and seed, and nothing else.
    pub(crate) fn new(act: Act, trouble: Trouble, seed: u64) -> Self {
        Self { act, trouble, seed, cut: None, others: false }
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Ran {
    /// In a word.
    pub(crate) end: &'static str,
    /// Whether a person was asked.
    pub(crate) asked: bool,
    /// What must never happen, and did.
    pub(crate) violations: Vec<String>,
    /// How often what was to go wrong did.
    pub(crate) fired: u64,
    /// What others did.
    pub(crate) deeds: Vec<&'static str>,
    /// The requests of the operation, from its start on.
    pub(crate) requests: Vec<Asked>,
    /// What is in the journal, a line an entry.
    pub(crate) journal: String,
    /// How many entries the journal was given.
    pub(crate) written: usize,
    /// A hash of all that happened.
    pub(crate) trace: u64,
}

/// Time that passes when somebody sleeps, and then at once.
struct Sleeper<'a> {
    watch: &'a Watch,
    began: Timestamp,
    random: AtomicU64,
}

/// What others may do at most in a run in which they act beside whatever else goes wrong, and in one in which nothing
/// else does.
const DEEDS_BESIDE: usize = 3;
const DEEDS_ALONE: usize = 6;

/// A policy that lets somebody do everything.
const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

/// What a run dies of that never comes to an end.
struct Endless;

impl Time for Sleeper<'_> {
    fn now(&self) -> Timestamp {
        self.watch.sandbox.now()
    }

    fn sleep(&self, time: Duration) {
        self.watch.pass(time);
        if self.now().duration_since(self.began) > LONGEST {
            std::panic::resume_unwind(Box::new(Endless));
        }
    }

    fn random(&self) -> u64 {
        Chance::of(self.random.fetch_add(1, Ordering::Relaxed), 1).next()
    }
}

fn rules() -> Rules {
    Rules {
        read_only: None,
        is_production: true,
        alias: "blue".to_owned(),
        min_healthy_percent: 50,
        floor: None,
        batch: 10,
        burn: Some(BurnRules { period_s: 3_600, from_hour: 0, to_hour: 24, time_zone: "UTC".to_owned() }),
        no_bakes: None,
        bakes: Vec::new(),
    }
}

fn login(profile: &Profile) -> Login {
    Login {
        profile: profile.name.clone(),
        account: Some(profile.account.clone()),
        regions: profile.regions.clone(),
        access_key_id: profile.access_key_id.clone(),
        secret_access_key: profile.secret_access_key.clone(),
    }
}

/// Everything of one run that outlives a crash.
struct Stage<'a> {
    case: Case,
    watch: Arc<Watch>,
    operator: Operator,
    store: Store,
    rules: Rules,
    orders: Orders,
    scope: Scope,
    calm: Option<&'a Ran>,
    began: Timestamp,
}

/// Runs a case. `calm` is what the same action with the same seed came to when nothing went wrong.
pub(crate) fn run(runtime: &Handle, case: Case, calm: Option<&Ran>) -> Ran {
    let opened: Timestamp = MONDAY.parse().expect("it is a time");
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/simulation/fleet.toml");
    let sandbox = Sandbox::open_at(spec, opened).expect("the fleet is a scenario");
    let profiles = sandbox.profiles();
    let blue = profiles.iter().find(|profile| profile.name == "blue").expect("the fleet has the profile");
    let green = profiles.iter().find(|profile| profile.name == "green").expect("the fleet has the profile");
    let neighbour = sandbox.add_principal(&blue.account, "neighbour", &[EVERYTHING]).expect("the name is free");
    let somebody = |profile: &Profile| Somebody::of(profile, "eu-west-1");
    let scope = Scope {
        partition: "aws".to_owned(),
        account: blue.account.clone(),
        region: "eu-west-1".to_owned(),
        profile: Some("blue".to_owned()),
    };
    let logins = profiles.iter().map(login).collect();
    let watch = Arc::new(Watch::new(sandbox.clone(), somebody(blue), somebody(&neighbour), somebody(green)));
    let carrier = Arc::clone(&watch);
    let access = Access::in_process(Arc::new(move |request| carrier.carry(request)), logins)
        .with_quota_share(1e6)
        .with_first_pause(Duration::from_millis(1));
    let stage = Stage {
        case,
        operator: Operator::new(&access, runtime.clone()),
        watch,
        store: Store::in_memory().expect("memory is there"),
        rules: rules(),
        orders: Orders::default(),
        scope,
        calm,
        began: opened,
    };
    stage.play()
}

impl Stage<'_> {
    fn play(&self) -> Ran {
        let Case { act, trouble, seed, .. } = self.case;
        let mut chance = Chance::of(seed, 2);
        let time = Sleeper { watch: &self.watch, began: self.began, random: AtomicU64::new(seed << 20) };
        let action = act.action(&self.watch.sandbox, &self.watch.onlooker, &mut chance);
        let world = World { calls: &self.operator, journal: &self.store, time: &time };
        let plan = match operate::plan(world, &self.rules, &self.scope, action) {
            Ok(plan) => plan,
            Err(refused) => return self.ran(format!("it can't even be planned: {refused}"), 0),
        };
        let before = Things::read(&self.watch);
        let file = PlanFile::of(plan.clone());
        let mut sheet = Sheet::of(&plan, &self.rules, time.now());
        time.sleep(Duration::from_secs(2));
        let confirmed = sheet.confirm("blue", time.now());
        let mut arming = Arming::default();
        let armed = arming.arm(&self.rules, &self.scope, time.now());
        let armed = armed.and_then(|()| arming.prove(&self.scope, time.now()));
        let (confirmed, armed) = match (confirmed, armed) {
            (Ok(confirmed), Ok(armed)) => (confirmed, armed),
            (confirmed, armed) => return self.ran(format!("it can't be started: {confirmed:?} {armed:?}"), 0),
        };

        // From here on things go wrong, for each trouble by other chances.
        let mut chance = Chance::of(
            seed,
            trouble.name().bytes().fold(3, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(byte.into())),
        );
        let first = self.watch.seen().asked.len();
        self.watch.seen().guarded = act.guarded();
        self.cause_trouble(&plan, &mut chance, first);
        let cut = self.cut(&mut chance);
        let journal = Edges::new(&self.store, &self.watch, cut);
        let world = World { journal: &journal, ..world };
        let begun = self.guarded(|| self.engine(world).start(&file, confirmed, &armed));
        let id = match begun {
            Some(Ok(id)) => Some(id),
            // Its beginning may be written all the same: then it can be gone on with.
            None | Some(Err(EngineError::Journal(_))) => {
                self.store.operations().ok().and_then(|operations| operations.first().cloned())
            }
            Some(Err(_)) => None,
        };
        let mut asked = false;
        let end = match &id {
            None => "not started",
            Some(id) => {
                self.word(&mut chance, first, id);
                let outcome = self.guarded(|| self.engine(world).run(id));
                self.to_its_end(world, id, outcome, &mut chance, &mut asked)
            }
        };
        let written = journal.written();
        let fired = self.fired(cut, written);
        self.watch.sandbox.clear_faults();
        let after = Things::read(&self.watch);
        let mut seen = self.watch.seen();
        seen.outsiders = None;
        let requests: Vec<Asked> = seen.asked.drain(..).skip(first).collect();
        let mut violations = std::mem::take(&mut seen.violations);
        let deeds: Vec<&'static str> = seen.deeds.iter().map(|(_, deed)| deed.name()).collect();
        let asked_astray = seen.asked_astray;
        drop(seen);
        if let Err(error) = self.store.verify_chain() {
            violations.push(format!("the journal does not hold together: {error}"));
        }
        let ended = end;
        violations.extend(aftermath::check(&aftermath::Case {
            plan: &plan,
            guarded: act.guarded(),
            trouble,
            end: ended,
            asked,
            others_act: !deeds.is_empty(),
            told_astray: (asked_astray > 1).then(|| self.has_told_of_stranger()),
            requests: &requests,
            before: &before,
            after: &after,
        }));
        let trace = self.watch.sandbox.trace_hash();
        Ran { end, asked, violations, fired, deeds, requests, journal: self.journal(), written, trace }
    }

    fn journal(&self) -> String {
        let mut written = Vec::new();
        match self.store.export(None, &mut written) {
            Ok(_) => String::from_utf8_lossy(&written).into_owned(),
            Err(error) => error.to_string(),
        }
    }

    /// Whether it is written down, as it was said, that another account answers. Asked for once only, it may have been
    /// for the record of an order and of no consequence.
    fn has_told_of_stranger(&self) -> bool {
        self.journal().contains(&format!("plan is for the account {}, and ", self.scope.account))
    }

    fn engine<'b>(&'b self, world: World<'b>) -> Engine<'b> {
        Engine {
            world,
            rules: &self.rules,
            kill_switch: &self.watch.kill_switch,
            orders: &self.orders,
            bakery: &NoBakery,
        }
    }

    /// Does it as a process of its own would: where that dies, nothing is known of it.
    fn guarded<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(done) => Some(done),
            Err(cause) => {
                if cause.is::<Endless>() {
                    self.watch.seen().violation("it neither ends nor asks within a week");
                } else if !cause.is::<Died>() {
                    let text = cause.downcast_ref::<String>().map(String::as_str);
                    let text = text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("no words");
                    self.watch.seen().violation(&format!("it panics: {text}"));
                }
                None
            }
        }
    }

    /// Goes on with it, as a person would, until it has ended.
    fn to_its_end(
        &self,
        world: World<'_>,
        id: &OperationId,
        mut outcome: Option<Result<Outcome, EngineError>>,
        chance: &mut Chance,
        asked: &mut bool,
    ) -> &'static str {
        for answered in 0..=PATIENCE + 2 {
            // Whoever comes after a crash has a journal that can be written, and no kill switch that is pulled.
            let world = match outcome {
                Some(Ok(_)) => world,
                _ => World { journal: &self.store, ..world },
            };
            self.watch.seen().is_cut = false;
            match outcome {
                Some(Ok(Outcome::Ended(ending))) => return word_of(&ending),
                Some(Ok(Outcome::Asks(question))) => {
                    *asked = true;
                    self.watch.kill_switch.release();
                    if chance.once_in(2) {
                        self.watch.seen().is_astray = false;
                    }
                    let answer = self.answer(&question.answers, answered, chance);
                    let world = World { journal: &self.store, ..world };
                    outcome = self.guarded(|| self.engine(world).order(id, answer));
                }
                Some(Err(EngineError::Journal(_))) | None => {
                    outcome = self.guarded(|| self.engine(world).run(id));
                }
                Some(Err(error)) => {
                    self.watch.seen().violation(&format!("it can't be gone on with: {error}"));
                    return "stuck";
                }
            }
        }
        self.watch.seen().violation("it can't be brought to an end");
        "stuck"
    }

    fn answer(&self, answers: &[Answer], answered: usize, chance: &mut Chance) -> Answer {
        let can = |answer: Answer| answers.contains(&answer);
        let Case { trouble, others, .. } = self.case;
        let in_vain = others || matches!(trouble, Trouble::Capacity | Trouble::Unhealthy | Trouble::Outsiders);
        let patience = if in_vain { PATIENCE_IN_VAIN } else { PATIENCE };
        if answered >= patience && can(Answer::Abandon) {
            return Answer::Abandon;
        }
        // Who looks in CloudTrail sees whose doing it was.
        if can(Answer::Vouch) && self.was_ours() {
            return Answer::Vouch;
        }
        let answers: Vec<Answer> = answers.iter().copied().filter(|answer| *answer != Answer::Vouch).collect();
        // Who paused it to look, and sees that all is well, goes on.
        let wavers = chance.once_in(4);
        if can(Answer::Continue) && (trouble == Trouble::None || !wavers) {
            return Answer::Continue;
        }
        chance.one(&answers).copied().unwrap_or(Answer::Abandon)
    }

    /// Whether the last change that the operation sent has happened.
    fn was_ours(&self) -> bool {
        let seen = self.watch.seen();
        seen.asked.iter().rev().find(|asked| asked.is_change()).is_some_and(|asked| asked.has_happened)
    }

    fn cause_trouble(&self, plan: &Plan, chance: &mut Chance, first: usize) {
        let Some(calm) = self.calm else { return };
        let Case { act, trouble, others, .. } = self.case;
        for fault in trouble.faults(act, &calm.requests, chance) {
            self.watch.sandbox.inject(fault.parse().expect("the sandbox knows the fault"));
        }
        let requests = calm.requests.len();
        let mut seen = self.watch.seen();
        seen.is_stale = trouble == Trouble::Stale;
        match trouble {
            Trouble::KillSwitch => seen.kill_at = Some(first + chance.below(requests)),
            Trouble::Buckets => seen.drain_at = Some(first + chance.below(requests)),
            Trouble::Account => seen.strays_at = Some(first + chance.below(requests)),
            _ => {}
        }
        if others || trouble == Trouble::Outsiders {
            let alone = plan.baseline.servers.iter().find(|server| server.group.is_none());
            let ground = Ground {
                group: act.guarded().map(|guarded| guarded.group),
                alone: alone.map(|server| server.id.clone()),
                template: aftermath::template(&self.watch),
            };
            let alone = matches!(trouble, Trouble::None | Trouble::Outsiders);
            let deeds = if alone { DEEDS_ALONE } else { DEEDS_BESIDE };
            let neighbour = self.watch.onlooker.clone();
            seen.outsiders = Some(Outsiders::new(neighbour, ground, deeds, requests, chance.clone()));
        }
    }

    fn cut(&self, chance: &mut Chance) -> Option<Cut> {
        if self.case.trouble != Trouble::Crash {
            return None;
        }
        let anywhere = || {
            let at = chance.below(self.calm.map_or(1, |calm| calm.written));
            Cut { at, manner: *chance.one(&Manner::ALL).unwrap_or(&Manner::DiesWritten) }
        };
        Some(self.case.cut.unwrap_or_else(anywhere))
    }

    /// Has a word given at some moment.
    fn word(&self, chance: &mut Chance, first: usize, id: &OperationId) {
        let (Trouble::Word, Some(calm)) = (self.case.trouble, self.calm) else { return };
        let answers = [Answer::Cancel, Answer::RollBack, Answer::Abandon];
        let answer = *chance.one(&answers).unwrap_or(&Answer::Cancel);
        let from = self.watch.seen().asked.len();
        let at = from + chance.below((first + calm.requests.len()).saturating_sub(from));
        self.watch.seen().word = Some((at, self.orders.clone(), id.clone(), answer));
    }

    fn fired(&self, cut: Option<Cut>, written: usize) -> u64 {
        let seen = self.watch.seen();
        match self.case.trouble {
            Trouble::None => 1,
            Trouble::Crash => u64::from(cut.is_some_and(|cut| written > cut.at)),
            Trouble::Outsiders => seen.deeds.len() as u64,
            Trouble::KillSwitch => u64::from(seen.kill_at.is_some_and(|at| seen.asked.len() > at)),
            Trouble::Word => u64::from(seen.word.is_none()),
            Trouble::Account => seen.asked_astray as u64,
            _ => self.watch.sandbox.faults().iter().map(|fault| fault.fired).sum(),
        }
    }

    fn ran(&self, violation: String, fired: u64) -> Ran {
        Ran {
            end: "not planned",
            asked: false,
            violations: vec![violation],
            fired,
            deeds: Vec::new(),
            requests: Vec::new(),
            journal: self.journal(),
            written: 0,
            trace: self.watch.sandbox.trace_hash(),
        }
    }
}

fn word_of(ending: &Ending) -> &'static str {
    match ending {
        Ending::Done => "done",
        Ending::Failed(_) => "failed",
        Ending::Cancelled(_) => "cancelled",
        Ending::RolledBack(_) => "rolled back",
        Ending::Abandoned => "abandoned",
    }
}

/// How many steps of a plan send each call.
pub(crate) fn planned_sends(plan: &Plan) -> BTreeMap<&'static str, usize> {
    let mut sends = BTreeMap::new();
    for step in &plan.steps {
        if let operate::Work::Send { mutation, .. } = &step.work {
            *sends.entry(mutation.operation()).or_default() += 1;
        }
    }
    sends
}

//! An account in memory that lives, for tests: what is sent takes effect, servers come and go in virtual time, answers
//! get lost and writes fail where the test says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::life::{Fault, Life};
use super::*;
use crate::arm::KillSwitch;
use crate::testing::{Account, rules};
use crate::*;

/// What goes wrong with a write to the journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tear {
    /// It is not there.
    Missing,
    /// It is there, and the writer was told that it is not.
    Untold,
    /// It is there, and the writer was told so only after so many seconds.
    Late(i64),
}

/// Everything behind the three traits.
pub(crate) struct Stage {
    life: Mutex<Life>,
    paper: Mutex<Paper>,
}

#[derive(Default)]
struct Paper {
    records: Vec<EntryRecord>,
    held: BTreeMap<String, OperationId>,
    writes: usize,
    /// The write of this number goes wrong.
    tear: Option<(usize, Tear)>,
}

struct Hold;

impl Locked for Hold {}

impl Stage {
    pub(crate) fn new() -> Self {
        Self { life: Mutex::new(Life::new()), paper: Mutex::new(Paper::default()) }
    }

    pub(crate) fn life(&self) -> std::sync::MutexGuard<'_, Life> {
        self.life.lock().expect("no test panics while it holds it")
    }

    fn paper(&self) -> std::sync::MutexGuard<'_, Paper> {
        self.paper.lock().expect("no test panics while it holds it")
    }

    /// Has something happen by another hand, so many seconds from now.
    pub(crate) fn after(&self, seconds: i64, change: impl FnOnce(&mut Account) + Send + 'static) {
        let mut life = self.life();
        let at = life.now + SignedDuration::from_secs(seconds);
        life.others.push((at, Box::new(change)));
    }

    pub(crate) fn tear(&self, write: usize, tear: Tear) {
        self.paper().tear = Some((write, tear));
    }

    pub(crate) fn mend(&self) {
        self.paper().tear = None;
    }

    /// How many writes there were, failed ones too.
    pub(crate) fn writes(&self) -> usize {
        self.paper().writes
    }

    pub(crate) fn records(&self) -> Vec<EntryRecord> {
        self.paper().records.clone()
    }

    pub(crate) fn world(&self) -> World<'_> {
        World { calls: self, journal: self, time: self }
    }

    /// The operations of all changes that arrived or got lost, in order.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.life().sent.iter().map(|(_, mutation, _)| mutation.operation().to_owned()).collect()
    }

    /// Writes the beginning of an operation, as starting it does.
    pub(crate) fn begin(&self, plan: Plan) -> OperationId {
        let id = OperationId("op-0123456789ab".to_owned());
        self.paper().held.extend(plan.targets().into_iter().map(|target| (target, id.clone())));
        let began = Entry::Began {
            plan_hash: plan.hash(),
            caller: plan.caller.clone(),
            confirmation: Confirmation::Window { typed: Some("shop".to_owned()) },
            token: "0123456789abcdef01234567".to_owned(),
            plan: Box::new(plan),
        };
        self.append(Some(&id), self.now(), &began).expect("no write fails before the test says so");
        id
    }

    pub(crate) fn operation(&self, id: &OperationId) -> Operation {
        Operation::of(id.clone(), &self.entries(id).expect("it was begun"))
    }

    /// Works with an engine on this stage.
    pub(crate) fn with<T>(&self, play: impl FnOnce(Engine<'_>, &KillSwitch, &Orders) -> T) -> T {
        let (kill_switch, orders, rules) = (KillSwitch::default(), Orders::default(), rules());
        let engine = Engine {
            world: self.world(),
            rules: &rules,
            kill_switch: &kill_switch,
            orders: &orders,
            bakery: &NoBakery,
        };
        play(engine, &kill_switch, &orders)
    }

    pub(crate) fn run(&self, id: &OperationId) -> Result<Outcome, EngineError> {
        self.with(|engine, _, _| engine.run(id))
    }

    pub(crate) fn order(&self, id: &OperationId, answer: Answer) -> Result<Outcome, EngineError> {
        self.with(|engine, _, _| engine.order(id, answer))
    }

    fn read<T>(&self, say: impl FnOnce(&Life) -> T) -> Read<T> {
        let mut life = self.life();
        life.live();
        match life.dark {
            Some((kind, until)) if life.now < until => {
                let (said, next) = ("nothing can be read at the moment".to_owned(), "Check the network.".to_owned());
                Err(ReadError { kind, action: None, said, next })
            }
            _ => Ok(say(&life)),
        }
    }
}

impl Calls for Stage {
    fn endpoint(&self) -> Endpoint {
        self.life().account.endpoint.clone()
    }

    fn caller(&self, scope: &Scope) -> Read<Caller> {
        self.read(|life| life.account.caller(scope))?
    }

    fn servers(&self, scope: &Scope, ids: &[String], detail: Detail) -> Read<Vec<ServerFacts>> {
        self.read(|life| life.account.servers(scope, ids, detail))?
    }

    fn launched_with(&self, _: &Scope, token: &Token) -> Read<Vec<String>> {
        self.read(|life| life.launches.get(&token.0).cloned().unwrap_or_default())
    }

    fn group(&self, scope: &Scope, name: &str) -> Read<Option<GroupFacts>> {
        self.read(|life| life.account.group(scope, name))?
    }

    fn targets(&self, scope: &Scope, target_groups: &[String]) -> Read<Vec<TargetFacts>> {
        self.read(|life| life.account.targets(scope, target_groups))?
    }

    fn registered(&self, scope: &Scope, servers: &[ServerFacts]) -> Read<Vec<RegistrationFacts>> {
        self.read(|life| life.account.registered(scope, servers))?
    }

    fn refreshes(&self, scope: &Scope, group: &str) -> Read<Vec<RefreshFacts>> {
        self.read(|life| life.account.refreshes(scope, group))?
    }

    fn template(&self, scope: &Scope, id: &str) -> Read<Option<TemplateFacts>> {
        self.read(|life| life.account.template(scope, id))?
    }

    fn launch_configuration(&self, scope: &Scope, name: &str) -> Read<Option<ConfigurationFacts>> {
        self.read(|life| life.account.launch_configuration(scope, name))?
    }

    fn template_versions(&self, scope: &Scope, id: &str, version: Option<&str>) -> Read<Vec<VersionFacts>> {
        self.read(|life| life.account.template_versions(scope, id, version))?
    }

    fn launch_data_sha256(&self, scope: &Scope, server: &str) -> Read<String> {
        self.read(|life| life.account.launch_data_sha256(scope, server))?
    }

    fn image(&self, scope: &Scope, id: &str) -> Read<Option<ImageFacts>> {
        self.read(|life| life.account.image(scope, id))?
    }

    fn image_named(&self, scope: &Scope, name: &str) -> Read<Option<ImageFacts>> {
        self.read(|life| life.account.image_named(scope, name))?
    }

    fn root_tasks(&self, _: &Scope, servers: &[String]) -> Read<Vec<RootTaskFacts>> {
        self.read(|life| life.roots.iter().filter(|task| servers.contains(&task.server)).cloned().collect())
    }

    fn pipelines(&self, scope: &Scope, recipe: &str) -> Read<Vec<PipelineFacts>> {
        self.read(|life| life.account.pipelines(scope, recipe))?
    }

    fn pipeline(&self, scope: &Scope, arn: &str) -> Read<Option<PipelineFacts>> {
        self.read(|life| life.account.pipeline(scope, arn))?
    }

    fn builds(&self, scope: &Scope, pipeline: &str) -> Read<Vec<BuildFacts>> {
        self.read(|life| life.account.builds(scope, pipeline))?
    }

    fn build(&self, scope: &Scope, arn: &str) -> Read<Option<BuildFacts>> {
        self.read(|life| life.account.build(scope, arn))?
    }

    fn dry_run(&self, _: &Scope, _: &ExactMutation) -> DryRun {
        let takes = self.life().dry_run_takes;
        self.sleep(takes);
        self.life().dry_run.clone()
    }

    fn send(&self, sending: &Sending<'_>) -> Sent {
        if let Err(refusal) = sending.last_word() {
            let (code, message) = (Sent::NOT_SENT.to_owned(), refusal.reason);
            return Sent::Refused { code, message, action: None, request_id: None };
        }
        let mut life = self.life();
        life.live();
        let number = life.sent.len();
        let account = sending.scope().account.clone();
        life.sent.push((account, sending.mutation().clone(), sending.token().clone()));
        let lost = || Sent::Unknown { why: "the connection broke".to_owned() };
        match life.faults.get(&number) {
            Some(Fault::LostBefore) => lost(),
            Some(Fault::LostAfter) => {
                life.take_effect(sending.mutation(), sending.token());
                lost()
            }
            Some(Fault::Refused) => Sent::Refused {
                code: "UnauthorizedOperation".to_owned(),
                message: "You are not allowed to do this.".to_owned(),
                action: Some(sending.mutation().action().to_owned()),
                request_id: None,
            },
            None => {
                let receipt = life.take_effect(sending.mutation(), sending.token());
                Sent::Accepted { request_id: Some("r-1".to_owned()), receipt }
            }
        }
    }
}

impl Journal for Stage {
    fn append(&self, operation: Option<&OperationId>, at: Timestamp, entry: &Entry) -> Result<(), JournalError> {
        let mut paper = self.paper();
        let number = paper.writes;
        paper.writes += 1;
        let tear = paper.tear.filter(|(write, _)| *write == number).map(|(_, tear)| tear);
        if tear != Some(Tear::Missing) {
            if let (Entry::Ended { .. }, Some(ended)) = (entry, operation) {
                paper.held.retain(|_, holder| holder != ended);
            }
            let sequence = paper.records.len() as u64 + 1;
            let (operation, entry) = (operation.cloned(), entry.clone());
            paper.records.push(EntryRecord { sequence, at, operation, entry, hash: String::new() });
        }
        drop(paper);
        match tear {
            None => Ok(()),
            Some(Tear::Late(seconds)) => {
                self.sleep(Duration::from_secs(seconds.unsigned_abs()));
                Ok(())
            }
            Some(Tear::Missing | Tear::Untold) => {
                Err(JournalError::Unusable { path: "journal.sqlite".to_owned(), reason: "the disk is full".to_owned() })
            }
        }
    }

    fn begin(&self, operation: &OperationId, targets: &[String]) -> Result<Box<dyn Locked>, JournalError> {
        let mut paper = self.paper();
        if let Some((target, holder)) = targets.iter().find_map(|target| Some((target, paper.held.get(target)?))) {
            return Err(JournalError::Held { target: target.clone(), holder: holder.clone() });
        }
        paper.held.extend(targets.iter().map(|target| (target.clone(), operation.clone())));
        Ok(Box::new(Hold))
    }

    fn lock(&self, operation: &OperationId) -> Result<Box<dyn Locked>, JournalError> {
        self.entries(operation)?;
        Ok(Box::new(Hold))
    }

    fn release(&self, operation: &OperationId) -> Result<(), JournalError> {
        self.paper().held.retain(|_, holder| holder != operation);
        Ok(())
    }

    fn entries(&self, operation: &OperationId) -> Result<Vec<EntryRecord>, JournalError> {
        let records = self.records();
        let of: Vec<_> = records.into_iter().filter(|one| one.operation.as_ref() == Some(operation)).collect();
        if of.is_empty() { Err(JournalError::NoSuch { operation: operation.clone() }) } else { Ok(of) }
    }

    fn operations(&self) -> Result<Vec<OperationId>, JournalError> {
        let all: BTreeSet<OperationId> = self.records().into_iter().filter_map(|one| one.operation).collect();
        Ok(all.into_iter().collect())
    }

    fn holder(&self, target: &str) -> Result<Option<OperationId>, JournalError> {
        Ok(self.paper().held.get(target).cloned())
    }
}

impl Time for Stage {
    fn now(&self) -> Timestamp {
        self.life().now
    }

    fn sleep(&self, duration: Duration) {
        let mut life = self.life();
        life.now += SignedDuration::try_from(duration).expect("no test sleeps for ages");
        life.live();
    }

    fn random(&self) -> u64 {
        let mut life = self.life();
        life.random = life.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        life.random
    }
}

//! An account in memory that lives, for tests: what is sent takes effect, servers come and go in virtual time, answers
//! get lost and writes fail where the test says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::arm::KillSwitch;
use crate::testing::{Account, now, rules, scope, server};
use crate::*;

/// What goes wrong with a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// It does not arrive, and no answer comes.
    LostBefore,
    /// It is done, and no answer comes.
    LostAfter,
    /// It is refused.
    Refused,
}

/// What goes wrong with a write to the journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tear {
    /// It is not there.
    Missing,
    /// It is there, and the writer was told that it is not.
    Untold,
}

/// Something that another hand does.
type Change = Box<dyn FnOnce(&mut Account) + Send>;

/// Everything behind the three traits.
pub(super) struct Stage {
    life: Mutex<Life>,
    paper: Mutex<Paper>,
}

/// The account and its clock.
pub(super) struct Life {
    pub(super) account: Account,
    pub(super) now: Timestamp,
    random: u64,
    born: u32,
    /// Until when what was launched is pending, and what leaves is not gone.
    pending_until: BTreeMap<String, Timestamp>,
    gone_at: BTreeMap<String, Timestamp>,
    refresh_until: Option<Timestamp>,
    launches: BTreeMap<String, Vec<String>>,
    roots: Vec<RootTaskFacts>,
    /// What goes wrong with the change of this number.
    pub(super) faults: BTreeMap<usize, Fault>,
    /// Everything that arrived or got lost on its way.
    pub(super) sent: Vec<(String, ExactMutation, Token)>,
    /// Readings that fail until then.
    pub(super) dark: Option<(ReadErrorKind, Timestamp)>,
    /// What happens by another hand, once it is that late.
    others: Vec<(Timestamp, Change)>,
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
    pub(super) fn new() -> Self {
        let life = Life {
            account: Account::new(),
            now: now(),
            random: 7,
            born: 100,
            pending_until: BTreeMap::new(),
            gone_at: BTreeMap::new(),
            refresh_until: None,
            launches: BTreeMap::new(),
            roots: Vec::new(),
            faults: BTreeMap::new(),
            sent: Vec::new(),
            dark: None,
            others: Vec::new(),
        };
        Self { life: Mutex::new(life), paper: Mutex::new(Paper::default()) }
    }

    pub(super) fn life(&self) -> std::sync::MutexGuard<'_, Life> {
        self.life.lock().expect("no test panics while it holds it")
    }

    fn paper(&self) -> std::sync::MutexGuard<'_, Paper> {
        self.paper.lock().expect("no test panics while it holds it")
    }

    /// Has something happen by another hand, so many seconds from now.
    pub(super) fn after(&self, seconds: i64, change: impl FnOnce(&mut Account) + Send + 'static) {
        let mut life = self.life();
        let at = life.now + SignedDuration::from_secs(seconds);
        life.others.push((at, Box::new(change)));
    }

    pub(super) fn tear(&self, write: usize, tear: Tear) {
        self.paper().tear = Some((write, tear));
    }

    pub(super) fn mend(&self) {
        self.paper().tear = None;
    }

    /// How many writes there were, failed ones too.
    pub(super) fn writes(&self) -> usize {
        self.paper().writes
    }

    pub(super) fn records(&self) -> Vec<EntryRecord> {
        self.paper().records.clone()
    }

    pub(super) fn world(&self) -> World<'_> {
        World { calls: self, journal: self, time: self }
    }

    /// The operations of all changes that arrived or got lost, in order.
    pub(super) fn sent(&self) -> Vec<String> {
        self.life().sent.iter().map(|(_, mutation, _)| mutation.operation().to_owned()).collect()
    }

    /// Writes the beginning of an operation, as starting it does.
    pub(super) fn begin(&self, plan: Plan) -> OperationId {
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

    pub(super) fn operation(&self, id: &OperationId) -> Operation {
        Operation::of(id.clone(), &self.entries(id).expect("it was begun"))
    }

    /// Works with an engine on this stage.
    pub(super) fn with<T>(&self, play: impl FnOnce(Engine<'_>, &KillSwitch, &Orders) -> T) -> T {
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

    pub(super) fn run(&self, id: &OperationId) -> Result<Outcome, EngineError> {
        self.with(|engine, _, _| engine.run(id))
    }

    pub(super) fn order(&self, id: &OperationId, answer: Answer) -> Result<Outcome, EngineError> {
        self.with(|engine, _, _| engine.order(id, answer))
    }

    fn read<T>(&self, say: impl FnOnce(&Life) -> T) -> Read<T> {
        let mut life = self.life();
        life.live();
        match life.dark {
            Some((kind, until)) if life.now < until => {
                Err(ReadError { kind, action: None, message: "nothing can be read at the moment".to_owned() })
            }
            _ => Ok(say(&life)),
        }
    }
}

impl Life {
    /// Brings everything to the present.
    fn live(&mut self) {
        let now = self.now;
        let (due, later) = std::mem::take(&mut self.others).into_iter().partition::<Vec<_>, _>(|(at, _)| *at <= now);
        self.others = later;
        for (_, change) in due {
            change(&mut self.account);
        }
        self.end_pending(now);
        self.end_leaving(now);
        self.end_refreshes(now);
        self.launch_missing(now);
        for image in self.account.images.values_mut().filter(|image| image.state == "pending") {
            if image.created_at.is_some_and(|at| now.duration_since(at) > SignedDuration::from_secs(90)) {
                image.state = "available".to_owned();
            }
        }
        for build in self.account.builds.iter_mut().filter(|build| build.status == "BUILDING") {
            if build.created_at.is_some_and(|at| now.duration_since(at) > SignedDuration::from_secs(600)) {
                build.status = "AVAILABLE".to_owned();
                let Scope { account, region, .. } = scope();
                build.images = vec![OutputImage { account, region, image: "ami-5".to_owned() }];
                self.account.images.insert("ami-5".to_owned(), crate::testing::image("ami-5"));
            }
        }
        for task in self.roots.iter_mut().filter(|task| task.state == "pending") {
            if task.started_at.is_some_and(|at| now.duration_since(at) > SignedDuration::from_secs(60)) {
                task.state = "succeeded".to_owned();
                task.completed_at = Some(now);
            }
        }
    }

    fn end_pending(&mut self, now: Timestamp) {
        for (id, until) in &self.pending_until {
            if *until > now {
                continue;
            }
            if let Some(server) = self.account.servers.get_mut(id).filter(|server| server.state == "pending") {
                server.state = "running".to_owned();
                server.checks_passed = true;
            }
            let members = self.account.groups.values_mut().flat_map(|group| &mut group.members);
            for member in members.filter(|member| member.server == *id && member.lifecycle == "Pending") {
                member.lifecycle = "InService".to_owned();
                member.healthy = true;
            }
        }
    }

    fn end_leaving(&mut self, now: Timestamp) {
        let gone: BTreeSet<String> =
            self.gone_at.iter().filter(|(_, at)| **at <= now).map(|(id, _)| id.clone()).collect();
        for group in self.account.groups.values_mut() {
            group.members.retain(|member| !gone.contains(&member.server));
        }
        for id in gone {
            if let Some(server) = self.account.servers.get_mut(&id) {
                server.state = "terminated".to_owned();
            }
        }
    }

    fn end_refreshes(&mut self, now: Timestamp) {
        if self.refresh_until.is_none_or(|until| until > now) {
            return;
        }
        self.refresh_until = None;
        let mut rolled = Vec::new();
        for (group, refreshes) in &mut self.account.refreshes {
            for refresh in refreshes.iter_mut().filter(|refresh| refresh.is_active()) {
                let ended = match refresh.status.as_str() {
                    "Cancelling" => "Cancelled",
                    "RollbackInProgress" => "RollbackSuccessful",
                    _ => "Successful",
                };
                if ended == "Successful" {
                    rolled.push((group.clone(), refresh.template.clone()));
                }
                refresh.status = ended.to_owned();
                refresh.ended_at = Some(now);
            }
        }
        for (group, template) in rolled {
            let version = template.map_or(0, |template| template.version);
            let found = self.account.versions.iter().find(|one| one.template.version == version);
            let image = found.and_then(|one| one.image.clone()).unwrap_or_default();
            let members = self.account.groups[&group].members.clone();
            for member in members {
                let id = self.name("i");
                self.account.servers.get_mut(&member.server).expect("it was launched").state = "terminated".to_owned();
                let new = ServerFacts { group: Some(group.clone()), image: image.clone(), ..server(&id) };
                self.account.servers.insert(id.clone(), new);
                let group = self.account.groups.get_mut(&group).expect("it is there");
                group.members.retain(|one| one.server != member.server);
                group.members.push(MemberFacts { server: id, ..member });
            }
        }
    }

    /// Auto Scaling launches what is missing.
    fn launch_missing(&mut self, now: Timestamp) {
        let names: Vec<String> = self.account.groups.keys().cloned().collect();
        for name in names {
            loop {
                let group = &self.account.groups[&name];
                let stays = group.members.iter().filter(|member| !member.lifecycle.starts_with("Terminating"));
                if stays.map(|member| member.units).sum::<u32>() >= group.desired {
                    break;
                }
                let id = self.name("i");
                let born = ServerFacts { group: Some(name.clone()), ..self.newborn(&id, now) };
                self.account.servers.insert(id.clone(), born);
                self.pending_until.insert(id.clone(), now + SignedDuration::from_secs(40));
                let member = MemberFacts {
                    server: id,
                    lifecycle: "Pending".to_owned(),
                    healthy: true,
                    protected_from_scale_in: false,
                    units: 1,
                    template: None,
                };
                self.account.groups.get_mut(&name).expect("it is there").members.push(member);
            }
        }
    }

    fn newborn(&self, id: &str, now: Timestamp) -> ServerFacts {
        let born_at = Some(now);
        let state = "pending".to_owned();
        ServerFacts { state, checks_passed: false, born_at, started_at: born_at, ..server(id) }
    }

    fn name(&mut self, prefix: &str) -> String {
        self.born += 1;
        format!("{prefix}-{}", self.born)
    }

    fn leave(&mut self, id: &str) {
        self.account.servers.get_mut(id).expect("a test sends what is there").state = "shutting-down".to_owned();
        self.gone_at.insert(id.to_owned(), self.now + SignedDuration::from_secs(30));
    }

    /// Does what was sent.
    fn take_effect(&mut self, mutation: &ExactMutation, token: &Token) -> Receipt {
        let now = self.now;
        let mut made = Outputs::new();
        match mutation {
            Mutation::TerminateInstanceInAutoScalingGroup { group, server, decrement } => {
                self.leave(server);
                let group = self.account.groups.get_mut(group).expect("a test sends what is there");
                group.desired -= u32::from(*decrement);
                let members = group.members.iter_mut();
                members.filter(|one| one.server == *server).for_each(|one| one.lifecycle = "Terminating".to_owned());
            }
            Mutation::SetDesiredCapacity { group, desired } => {
                self.account.groups.get_mut(group).expect("a test sends what is there").desired = *desired;
            }
            Mutation::SetMaxInstanceLifetime { group, lifetime_s } => {
                let group = self.account.groups.get_mut(group).expect("a test sends what is there");
                group.max_instance_lifetime_s = Some(*lifetime_s);
            }
            Mutation::StartInstanceRefresh { group, desired, .. } => {
                let id = self.name("refresh");
                let refresh = RefreshFacts {
                    id: id.clone(),
                    status: "InProgress".to_owned(),
                    reason: None,
                    percent: Some(0),
                    to_update: Some(3),
                    started_at: Some(now),
                    ended_at: None,
                    template: desired.as_ref().map(|desired| TemplateVersionRef {
                        id: desired.template.clone(),
                        version: desired.version.parse().expect("a number"),
                    }),
                };
                self.account.refreshes.entry(group.clone()).or_default().insert(0, refresh);
                self.refresh_until = Some(now + SignedDuration::from_secs(300));
                made.insert(Output::Refresh, id);
            }
            Mutation::CancelInstanceRefresh { group } => self.stop_refresh(group, "Cancelling"),
            Mutation::RollbackInstanceRefresh { group } => self.stop_refresh(group, "RollbackInProgress"),
            Mutation::RunInstances { .. } => {
                let id = self.name("i");
                let born = self.newborn(&id, now);
                self.account.servers.insert(id.clone(), born);
                self.pending_until.insert(id.clone(), now + SignedDuration::from_secs(40));
                self.launches.entry(token.0.clone()).or_default().push(id.clone());
                made.insert(Output::Successor, id);
            }
            Mutation::TerminateInstances { server } => self.leave(server),
            Mutation::CreateReplaceRootVolumeTask { server, image, .. } => {
                let id = self.name("replacevol");
                self.roots.push(RootTaskFacts {
                    id: id.clone(),
                    server: server.clone(),
                    state: "pending".to_owned(),
                    image: image.clone(),
                    started_at: Some(now),
                    completed_at: None,
                });
                made.insert(Output::RootTask, id);
            }
            Mutation::StartImagePipelineExecution { .. } => {
                let arn = self.name("build");
                self.account.builds.push(BuildFacts {
                    arn: arn.clone(),
                    status: "BUILDING".to_owned(),
                    reason: None,
                    created_at: Some(now),
                    images: Vec::new(),
                });
                made.insert(Output::Build, arn);
            }
            Mutation::CreateImage { server, name, .. } => {
                let id = self.name("ami");
                let image = ImageFacts {
                    name: Some(name.clone()),
                    state: "pending".to_owned(),
                    created_at: Some(now),
                    source_server: Some(server.clone()),
                    ..crate::testing::image(&id)
                };
                self.account.images.insert(id.clone(), image);
                made.insert(Output::Image, id);
            }
            Mutation::CreateLaunchTemplateVersion { image, description, .. } => {
                let number = self.account.versions.iter().map(|one| one.template.version).max().unwrap_or(0) + 1;
                let version = VersionFacts {
                    description: Some(description.clone()),
                    created_at: Some(now),
                    ..crate::testing::version(number, image)
                };
                self.account.versions.insert(0, version);
                made.insert(Output::TemplateVersion, number.to_string());
            }
        }
        Receipt { made }
    }

    fn stop_refresh(&mut self, group: &str, status: &str) {
        let refreshes = self.account.refreshes.get_mut(group).expect("a test sends what is there");
        refreshes.iter_mut().filter(|one| one.is_active()).for_each(|one| one.status = status.to_owned());
        self.refresh_until = Some(self.now + SignedDuration::from_secs(60));
    }
}

impl Calls for Stage {
    fn caller(&self, scope: &Scope) -> Read<Caller> {
        self.read(|life| life.account.caller(scope))?
    }

    fn servers(&self, scope: &Scope, ids: &[String]) -> Read<Vec<ServerFacts>> {
        self.read(|life| life.account.servers(scope, ids))?
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

    fn refreshes(&self, scope: &Scope, group: &str) -> Read<Vec<RefreshFacts>> {
        self.read(|life| life.account.refreshes(scope, group))?
    }

    fn template(&self, scope: &Scope, id: &str) -> Read<Option<TemplateFacts>> {
        self.read(|life| life.account.template(scope, id))?
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

    fn root_tasks(&self, _: &Scope, server: &str) -> Read<Vec<RootTaskFacts>> {
        self.read(|life| life.roots.iter().filter(|task| task.server == server).cloned().collect())
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
        DryRun::Would
    }

    fn send(&self, sending: &Sending<'_>) -> Sent {
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
        match tear {
            None => Ok(()),
            Some(_) => {
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

//! How the account of [`super::stage`] lives: what is sent takes effect, and time does the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::testing::{Account, now, scope, server};
use crate::*;

/// What goes wrong with a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// It does not arrive, and no answer comes.
    LostBefore,
    /// It is done, and no answer comes.
    LostAfter,
    /// It is refused.
    Refused,
}

/// Something that another hand does.
pub(super) type Change = Box<dyn FnOnce(&mut Account) + Send>;

/// The account and its clock.
pub(crate) struct Life {
    pub(crate) account: Account,
    pub(crate) now: Timestamp,
    pub(super) random: u64,
    pub(super) born: u32,
    /// Until when what was launched is pending, and what leaves is not gone.
    pub(super) pending_until: BTreeMap<String, Timestamp>,
    pub(super) gone_at: BTreeMap<String, Timestamp>,
    /// Since when servers are registered in a target group at a port, and since when they drain from there.
    pub(super) taken_in_at: BTreeMap<(String, String, u16), Timestamp>,
    pub(super) taken_out_at: BTreeMap<(String, String, u16), Timestamp>,
    pub(super) refresh_until: Option<Timestamp>,
    pub(super) launches: BTreeMap<String, Vec<String>>,
    pub(super) roots: Vec<RootTaskFacts>,
    /// What goes wrong with the change of this number.
    pub(crate) faults: BTreeMap<usize, Fault>,
    /// Everything that arrived or got lost on its way.
    pub(crate) sent: Vec<(String, ExactMutation, Token)>,
    /// Readings that fail until then.
    pub(crate) dark: Option<(ReadErrorKind, Timestamp)>,
    /// What EC2 says to a `DryRun`, and how long it takes for that.
    pub(crate) dry_run: DryRun,
    pub(crate) dry_run_takes: Duration,
    /// What happens by another hand, once it is that late.
    pub(super) others: Vec<(Timestamp, Change)>,
}

impl Life {
    pub(super) fn new() -> Self {
        Self {
            account: Account::new(),
            now: now(),
            random: 7,
            born: 100,
            pending_until: BTreeMap::new(),
            gone_at: BTreeMap::new(),
            taken_in_at: BTreeMap::new(),
            taken_out_at: BTreeMap::new(),
            refresh_until: None,
            launches: BTreeMap::new(),
            roots: Vec::new(),
            faults: BTreeMap::new(),
            sent: Vec::new(),
            dark: None,
            dry_run: DryRun::Would,
            dry_run_takes: Duration::ZERO,
            others: Vec::new(),
        }
    }

    /// Brings everything to the present.
    pub(super) fn live(&mut self) {
        let now = self.now;
        let (due, later) = std::mem::take(&mut self.others).into_iter().partition::<Vec<_>, _>(|(at, _)| *at <= now);
        self.others = later;
        for (_, change) in due {
            change(&mut self.account);
        }
        self.end_pending(now);
        self.end_leaving(now);
        self.end_refreshes(now);
        self.check_targets(now);
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
                server.checks_passed = Some(true);
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

    /// What was registered is healthy after 50 s, and what was taken out has drained after 300 s.
    fn check_targets(&mut self, now: Timestamp) {
        for ((server, arn, port), at) in &self.taken_in_at {
            let is_due = now.duration_since(*at) >= SignedDuration::from_secs(50);
            // What another hand has made unhealthy stays so.
            if is_due && self.account.servers[server].state == "running" {
                let place = (arn, server, Some(*port));
                let mut all = self.account.registered.iter_mut();
                let found = all.find(|one| (&one.target_group, &one.server, one.port) == place);
                found.filter(|one| one.state == "initial").into_iter().for_each(|one| one.state = "healthy".into());
            }
        }
        self.taken_in_at.retain(|_, at| now.duration_since(*at) < SignedDuration::from_secs(50));
        for ((server, arn, port), at) in &self.taken_out_at {
            if now.duration_since(*at) >= SignedDuration::from_secs(300) {
                self.account
                    .registered
                    .retain(|one| (&one.server, &one.target_group, one.port) != (server, arn, Some(*port)));
            }
        }
        self.taken_out_at.retain(|_, at| now.duration_since(*at) < SignedDuration::from_secs(300));
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
        ServerFacts { state, checks_passed: Some(false), born_at, started_at: born_at, ..server(id) }
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
    pub(super) fn take_effect(&mut self, mutation: &ExactMutation, token: &Token) -> Receipt {
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
            Mutation::RegisterTargets { target_group, server, ports } => {
                for &port in ports {
                    self.taken_out_at.remove(&(server.clone(), target_group.clone(), port));
                    self.account.put_in(target_group, server, port, "initial");
                    self.taken_in_at.insert((server.clone(), target_group.clone(), port), now);
                }
            }
            Mutation::DeregisterTargets { target_group, server, ports } => {
                for &port in ports {
                    let at = (server.clone(), target_group.clone(), port);
                    self.taken_in_at.remove(&at);
                    if self.account.is_registered(target_group, server, port) {
                        self.account.put_in(target_group, server, port, "draining");
                        self.taken_out_at.entry(at).or_insert(now);
                    }
                }
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

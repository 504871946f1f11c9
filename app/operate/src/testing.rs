//! A small account in memory for tests: facts as data, read through the same traits as the real world. It changes by
//! nothing but the test's own hand.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::*;

/// When everything here is read.
pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("a time")
}

/// So many seconds later.
pub(crate) fn at(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// Demands that something was refused, by this guard among others.
#[track_caller]
pub(crate) fn refused_by<T: std::fmt::Debug, E: Into<Refused>>(guard: Guard, result: Result<T, E>) {
    let refused = result.expect_err("it was not refused").into();
    assert!(refused.refusals.iter().any(|refusal| refusal.guard == guard), "not by {guard}: {refused}");
}

/// Where everything here is.
pub(crate) fn scope() -> Scope {
    Scope {
        partition: "aws".into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        profile: Some("shop".into()),
    }
}

/// What is allowed where nobody says more.
pub(crate) fn rules() -> Rules {
    Rules {
        read_only: None,
        is_production: true,
        alias: "shop".into(),
        min_healthy_percent: DEFAULT_MIN_HEALTHY_PERCENT,
        floor: None,
        batch: DEFAULT_BATCH,
        burn: None,
        no_bakes: None,
        bakes: vec![ConfiguredBake { name: "web".into(), regions: vec!["eu-west-1".into()], command: bake_command() }],
    }
}

/// The bake command `web`.
pub(crate) fn bake_command() -> BakeCommand {
    BakeCommand {
        command: ["packer", "build", "web image.pkr.hcl"].map(str::to_owned).to_vec(),
        directory: "/home/ada/images".into(),
        image: BakedImage::Manifest("packer-manifest.json".into()),
        timeout_s: 7_200,
    }
}

/// A running standalone server without a template, ten days old, with one root volume and one private address.
pub(crate) fn server(id: &str) -> ServerFacts {
    let number = id.trim_start_matches("i-");
    let born_at = now() - SignedDuration::from_hours(240);
    ServerFacts {
        id: id.into(),
        name: None,
        state: "running".into(),
        zone: Some("eu-west-1a".into()),
        subnet: Some("subnet-1".into()),
        instance_type: "m7g.large".into(),
        image: "ami-3".into(),
        born_at: Some(born_at),
        started_at: Some(born_at),
        template: None,
        group: None,
        owner: None,
        termination_protected: Some(false),
        stop_protected: Some(false),
        volumes: vec![Volume {
            id: format!("vol-{number}"),
            device: "/dev/xvda".into(),
            is_root: true,
            delete_on_termination: true,
        }],
        interfaces: vec![Interface { id: format!("eni-{number}"), is_primary: true, delete_on_termination: true }],
        addresses: vec![Address::Private(format!("10.0.0.{number}"))],
        dns_names: Vec::new(),
        checks_passed: Some(true),
        tags: BTreeMap::new(),
    }
}

/// The image `id`, available, for arm64.
pub(crate) fn image(id: &str) -> ImageFacts {
    ImageFacts {
        id: id.into(),
        name: None,
        state: "available".into(),
        reason: None,
        architecture: Some("arm64".into()),
        created_at: None,
        source_server: None,
    }
}

/// The version `number` of the template `lt-web`.
pub(crate) fn version(number: u32, image: &str) -> VersionFacts {
    VersionFacts {
        template: template_version(number),
        description: None,
        created_at: None,
        image: Some(image.into()),
        resolved: None,
    }
}

/// `lt-web` at this version.
pub(crate) fn template_version(number: u32) -> TemplateVersionRef {
    TemplateVersionRef { id: "lt-web".into(), version: number }
}

/// A pipeline that builds the recipe `web`.
pub(crate) fn pipeline(name: &str) -> PipelineFacts {
    PipelineFacts {
        arn: format!("arn:aws:imagebuilder:eu-west-1:111122223333:image-pipeline/{name}"),
        name: name.into(),
        enabled: true,
        recipe: format!("{RECIPE}/1.0.0"),
        parent_image: Some("arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-arm64/x.x.x".into()),
    }
}

/// The ARN of a target group.
pub(crate) fn target_group(name: &str) -> String {
    format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/{name}/1")
}

/// A server that is a target by its id, at this port.
pub(crate) fn registration(target_group: &str, server: &str, port: u16, state: &str) -> RegistrationFacts {
    RegistrationFacts {
        server: server.to_owned(),
        target_group: target_group.to_owned(),
        target: server.to_owned(),
        port: Some(port),
        zone: None,
        state: state.to_owned(),
        target_type: "instance".to_owned(),
        protocol: Some("HTTP".to_owned()),
    }
}

/// The recipe `web`.
pub(crate) const RECIPE: &str = "arn:aws:imagebuilder:eu-west-1:111122223333:image-recipe/web";

/// An account.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) endpoint: Endpoint,
    pub(crate) caller: Caller,
    pub(crate) servers: BTreeMap<String, ServerFacts>,
    pub(crate) groups: BTreeMap<String, GroupFacts>,
    pub(crate) targets: Vec<TargetFacts>,
    /// The targets that are in no group.
    pub(crate) registered: Vec<RegistrationFacts>,
    pub(crate) refreshes: BTreeMap<String, Vec<RefreshFacts>>,
    pub(crate) templates: BTreeMap<String, TemplateFacts>,
    pub(crate) versions: Vec<VersionFacts>,
    pub(crate) configurations: Vec<ConfigurationFacts>,
    pub(crate) images: BTreeMap<String, ImageFacts>,
    pub(crate) pipelines: Vec<PipelineFacts>,
    pub(crate) builds: Vec<BuildFacts>,
    /// The reading that is denied.
    pub(crate) denied: Option<&'static str>,
}

impl Account {
    /// The group `web` with the servers `i-1` to `i-3`, desired 3, MinSize 2, MaxSize 5, set to version 3 of `lt-web`,
    /// whose latest version is 4; and the standalone server `i-9`.
    pub(crate) fn new() -> Self {
        let mut account = Self {
            endpoint: Endpoint::Aws,
            caller: Caller { account: scope().account, arn: "arn:aws:iam::111122223333:user/ada".into() },
            servers: BTreeMap::from([("i-9".to_owned(), server("i-9"))]),
            groups: BTreeMap::new(),
            targets: Vec::new(),
            registered: Vec::new(),
            refreshes: BTreeMap::new(),
            templates: BTreeMap::from([(
                "lt-web".to_owned(),
                TemplateFacts {
                    id: "lt-web".into(),
                    name: "web".into(),
                    default_version: 3,
                    latest_version: 4,
                    tags: BTreeMap::new(),
                },
            )]),
            versions: vec![version(4, "ami-4"), version(3, "ami-3")],
            configurations: Vec::new(),
            images: ["ami-3", "ami-4"].into_iter().map(|id| (id.to_owned(), image(id))).collect(),
            pipelines: vec![pipeline("web")],
            builds: Vec::new(),
            denied: None,
        };
        account.add_group("web", &["i-1", "i-2", "i-3"]);
        account
    }

    /// Adds a group with these servers, all of which serve.
    pub(crate) fn add_group(&mut self, name: &str, servers: &[&str]) {
        let desired = u32::try_from(servers.len()).expect("a few");
        let members = servers.iter().map(|id| MemberFacts {
            server: (*id).to_owned(),
            lifecycle: "InService".into(),
            healthy: true,
            protected_from_scale_in: false,
            units: 1,
            template: Some(template_version(3)),
        });
        let group = GroupFacts {
            name: name.into(),
            arn: format!("arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:autoScalingGroupName/{name}"),
            desired,
            min: desired.saturating_sub(1),
            max: desired + 2,
            capacity_type: None,
            launch: Some(GroupLaunch::Template { id: "lt-web".into(), version: "3".into() }),
            zones: vec!["eu-west-1a".into()],
            members: members.collect(),
            suspended: Vec::new(),
            max_instance_lifetime_s: None,
            min_healthy_percent: None,
            max_healthy_percent: None,
            warmup_s: 60,
            grace_s: 300,
            target_groups: Vec::new(),
            classic_load_balancers: Vec::new(),
            hooks: Vec::new(),
            warm_pool: false,
            owner: None,
            status: None,
            tags: BTreeMap::new(),
        };
        self.groups.insert(name.to_owned(), group);
        for id in servers {
            let member =
                ServerFacts { group: Some(name.to_owned()), template: Some(template_version(3)), ..server(id) };
            self.servers.insert((*id).to_owned(), member);
        }
    }

    /// The group `web`.
    pub(crate) fn web(&mut self) -> &mut GroupFacts {
        self.groups.get_mut("web").expect("it is there from the start")
    }

    /// A member of the group `web`, by its place.
    pub(crate) fn member(&mut self, place: usize) -> &mut MemberFacts {
        &mut self.web().members[place]
    }

    /// A server.
    pub(crate) fn server(&mut self, id: &str) -> &mut ServerFacts {
        self.servers.get_mut(id).expect("it was added")
    }

    /// Whether a server is a target at this port.
    pub(crate) fn is_registered(&self, target_group: &str, server: &str, port: u16) -> bool {
        self.registered
            .iter()
            .any(|one| (one.target_group.as_str(), one.server.as_str(), one.port) == (target_group, server, Some(port)))
    }

    /// Makes a server a target at this port, in this state, or gives the target that it is this state.
    pub(crate) fn put_in(&mut self, target_group: &str, server: &str, port: u16, state: &str) {
        let new = registration(target_group, server, port, state);
        let place = |one: &RegistrationFacts| (one.target_group.clone(), one.server.clone(), one.port);
        match self.registered.iter_mut().find(|one| place(one) == place(&new)) {
            Some(one) => *one = new,
            None => self.registered.push(new),
        }
    }

    fn tell<T>(&self, call: &'static str, said: T) -> Read<T> {
        if self.denied == Some(call) {
            let (said, next) = (format!("{call} was denied"), format!("Allow the action {call}."));
            return Err(ReadError { kind: ReadErrorKind::Denied, action: Some(call.to_owned()), said, next });
        }
        Ok(said)
    }
}

impl Calls for Account {
    fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    fn caller(&self, _: &Scope) -> Read<Caller> {
        self.tell("caller", self.caller.clone())
    }

    /// As the real calls, it tells no more than what was asked for.
    fn servers(&self, _: &Scope, ids: &[String], detail: Detail) -> Read<Vec<ServerFacts>> {
        let told = |server: &ServerFacts| ServerFacts {
            termination_protected: server
                .termination_protected
                .filter(|_| matches!(detail, Detail::Termination | Detail::Protections)),
            stop_protected: server.stop_protected.filter(|_| detail == Detail::Protections),
            checks_passed: server.checks_passed.filter(|_| detail == Detail::Checks),
            ..server.clone()
        };
        self.tell("servers", ids.iter().filter_map(|id| self.servers.get(id)).map(told).collect())
    }

    fn launched_with(&self, _: &Scope, _: &Token) -> Read<Vec<String>> {
        self.tell("launched_with", Vec::new())
    }

    fn group(&self, _: &Scope, name: &str) -> Read<Option<GroupFacts>> {
        self.tell("group", self.groups.get(name).cloned())
    }

    fn targets(&self, _: &Scope, target_groups: &[String]) -> Read<Vec<TargetFacts>> {
        let by_hand = self.registered.iter().filter(|one| one.target == one.server).map(|one| TargetFacts {
            target_group: one.target_group.clone(),
            server: one.server.clone(),
            port: one.port,
            state: one.state.clone(),
        });
        let all = self.targets.iter().cloned().chain(by_hand);
        self.tell("targets", all.filter(|target| target_groups.contains(&target.target_group)).collect())
    }

    fn registered(&self, _: &Scope, servers: &[ServerFacts]) -> Read<Vec<RegistrationFacts>> {
        let of = self.registered.iter().filter(|target| servers.iter().any(|server| server.id == target.server));
        self.tell("registered", of.cloned().collect())
    }

    fn refreshes(&self, _: &Scope, group: &str) -> Read<Vec<RefreshFacts>> {
        self.tell("refreshes", self.refreshes.get(group).cloned().unwrap_or_default())
    }

    fn template(&self, _: &Scope, id: &str) -> Read<Option<TemplateFacts>> {
        self.tell("template", self.templates.get(id).cloned())
    }

    fn launch_configuration(&self, _: &Scope, name: &str) -> Read<Option<ConfigurationFacts>> {
        self.tell("launch_configuration", self.configurations.iter().find(|one| one.name == name).cloned())
    }

    fn template_versions(&self, _: &Scope, id: &str, version: Option<&str>) -> Read<Vec<VersionFacts>> {
        let template = self.templates.get(id);
        let number = match version {
            Some("$Latest") => template.map(|template| template.latest_version),
            Some("$Default") => template.map(|template| template.default_version),
            Some(number) => number.parse().ok(),
            None => None,
        };
        let asked = self.versions.iter().filter(|one| one.template.id == id);
        let asked = asked.filter(|one| version.is_none() || Some(one.template.version) == number);
        self.tell("template_versions", asked.cloned().collect())
    }

    fn launch_data_sha256(&self, _: &Scope, server: &str) -> Read<String> {
        self.tell("launch_data_sha256", format!("sha-of-{server}"))
    }

    fn image(&self, _: &Scope, id: &str) -> Read<Option<ImageFacts>> {
        self.tell("image", self.images.get(id).cloned())
    }

    fn image_named(&self, _: &Scope, name: &str) -> Read<Option<ImageFacts>> {
        let named = self.images.values().find(|image| image.name.as_deref() == Some(name));
        self.tell("image_named", named.cloned())
    }

    fn root_tasks(&self, _: &Scope, _: &[String]) -> Read<Vec<RootTaskFacts>> {
        self.tell("root_tasks", Vec::new())
    }

    fn pipelines(&self, _: &Scope, recipe: &str) -> Read<Vec<PipelineFacts>> {
        let built = self.pipelines.iter().filter(|one| one.recipe.starts_with(recipe));
        self.tell("pipelines", built.cloned().collect())
    }

    fn pipeline(&self, _: &Scope, arn: &str) -> Read<Option<PipelineFacts>> {
        self.tell("pipeline", self.pipelines.iter().find(|one| one.arn == arn).cloned())
    }

    fn builds(&self, _: &Scope, _: &str) -> Read<Vec<BuildFacts>> {
        self.tell("builds", self.builds.clone())
    }

    fn build(&self, _: &Scope, arn: &str) -> Read<Option<BuildFacts>> {
        self.tell("build", self.builds.iter().find(|one| one.arn == arn).cloned())
    }

    fn dry_run(&self, _: &Scope, _: &ExactMutation) -> DryRun {
        DryRun::Would
    }

    fn send(&self, sending: &Sending<'_>) -> Sent {
        unreachable!("nothing is sent here: {:?}", sending.mutation())
    }
}

/// A journal on a slip of paper.
#[derive(Default)]
pub(crate) struct Slip {
    /// Who holds what.
    pub(crate) holders: BTreeMap<String, OperationId>,
    /// What was written.
    pub(crate) entries: Mutex<Vec<EntryRecord>>,
}

struct Held;

impl Locked for Held {}

impl Slip {
    fn records(&self) -> Vec<EntryRecord> {
        self.entries.lock().expect("no test panics while it writes").clone()
    }
}

impl Journal for Slip {
    fn append(&self, operation: Option<&OperationId>, at: Timestamp, entry: &Entry) -> Result<(), JournalError> {
        let sequence = self.records().len() as u64 + 1;
        let record =
            EntryRecord { sequence, at, operation: operation.cloned(), entry: entry.clone(), hash: String::new() };
        self.entries.lock().expect("no test panics while it writes").push(record);
        Ok(())
    }

    fn begin(&self, _: &OperationId, _: &[String]) -> Result<Box<dyn Locked>, JournalError> {
        Ok(Box::new(Held))
    }

    fn lock(&self, _: &OperationId) -> Result<Box<dyn Locked>, JournalError> {
        Ok(Box::new(Held))
    }

    fn release(&self, _: &OperationId) -> Result<(), JournalError> {
        Ok(())
    }

    fn entries(&self, operation: &OperationId) -> Result<Vec<EntryRecord>, JournalError> {
        Ok(self.records().into_iter().filter(|record| record.operation.as_ref() == Some(operation)).collect())
    }

    fn operations(&self) -> Result<Vec<OperationId>, JournalError> {
        let mut operations: Vec<OperationId> = self.records().into_iter().filter_map(|one| one.operation).collect();
        operations.dedup();
        Ok(operations)
    }

    fn holder(&self, target: &str) -> Result<Option<OperationId>, JournalError> {
        Ok(self.holders.get(target).cloned())
    }
}

/// A clock that stands, and a die that shows the same side.
pub(crate) struct Still;

impl Time for Still {
    fn now(&self) -> Timestamp {
        now()
    }

    fn sleep(&self, _: Duration) {}

    fn random(&self) -> u64 {
        0x1a2b_3c4d_5e6f_7081
    }
}

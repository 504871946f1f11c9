//! A fleet of four servers: a group of three that are fried at boot, of which one is overdue, and one server in no group.

use fleet::{
    Activity, ActivityKind, Call, Fleet, FleetBuilder, Gap, GapKind, Group, Image, ImageRef, LaunchSource, Scope,
    ScopeIx, Server, ServerState, Setting, Settings, Sym, SymList, TagSet, Template, TemplateSpec, TemplateUse,
    TemplateVersion, Time, VersionSpec,
};

const DAY_S: i64 = 86_400;

struct Small {
    builder: FleetBuilder,
    scope: ScopeIx,
    now: Time,
}

impl Small {
    fn ago(&self, days: i64) -> Option<Time> {
        self.now.plus_s(-days * DAY_S)
    }

    fn some(&mut self, text: &str) -> Option<Sym> {
        self.builder.some(Some(text))
    }

    fn server(&mut self, number: u32, name: &str, days: i64, group: Option<&str>) {
        let tags = match group {
            Some(group) => vec![("Name", name), ("aws:autoscaling:groupName", group)],
            None => vec![("Name", name)],
        };
        let tags = self.builder.fleet.symbols.intern_tags(tags);
        let address = self.builder.sym(&format!("10.1.0.{number}"));
        let template = group.map(|_| TemplateUse { id: self.builder.sym("lt-0web"), version: 1 });
        let row = Server {
            id: self.builder.sym(&format!("i-000000000000000{number}")),
            scope: self.scope,
            state: ServerState::Running,
            zone: self.some("eu-west-1a"),
            instance_type: self.some("m7g.large"),
            image: self.some("ami-0web"),
            launched: self.ago(days),
            interface_attached: self.ago(days),
            root_attached: self.ago(days),
            template,
            group: group.and_then(|group| self.some(group)),
            operator: None,
            spot_request: None,
            addresses: self.builder.fleet.symbols.intern_list(&[address]),
            dns_names: SymList::default(),
            settings: None,
            tags,
        };
        self.builder.fleet.servers.push(row);
    }

    /// The fleet, its user data read.
    fn read(mut self) -> Fleet {
        insight::BakeReader::default().fill(&mut self.builder.fleet);
        self.builder.build()
    }

    fn launch(&mut self, group: &str, number: u32, took_s: i64) {
        let started = self.now.plus_s(-DAY_S * i64::from(number));
        let row = Activity {
            group: self.builder.sym(group),
            scope: self.scope,
            server: None,
            kind: ActivityKind::Launch,
            status: self.some("Successful"),
            message: None,
            started,
            ended: started.and_then(|started| started.plus_s(took_s)),
        };
        self.builder.fleet.activities.push(row);
    }

    fn rest(&mut self) {
        let scope = self.scope;
        let image = Image {
            id: self.builder.sym("ami-0web"),
            scope,
            owner: self.some("210987654321"),
            owner_alias: None,
            name: self.some("web-1.4.2"),
            description: None,
            state: self.some("available"),
            created: self.ago(60),
            deprecated: None,
            last_launched: None,
            source_image: None,
            source_image_region: None,
            source_server: None,
            public: Some(false),
            architecture: None,
            platform: None,
            tags: TagSet::default(),
            from: Call::DescribeImages,
        };
        let template = Template {
            id: self.builder.sym("lt-0web"),
            scope,
            name: self.some("web"),
            default_version: Some(1),
            latest_version: Some(1),
            created: self.ago(90),
            tags: TagSet::default(),
        };
        let script = "#!/bin/bash\nexport DB_PASSWORD=hunter2hunter2\nyum -y update\nsystemctl start web\n";
        let user_data = Setting::Is(self.builder.fleet.user_data.intern_bytes(script.as_bytes()));
        let settings = self.builder.fleet.settings.intern(Settings { user_data, ..Settings::default() });
        let version = TemplateVersion {
            template: template.id,
            scope,
            version: 1,
            description: None,
            created: self.ago(60),
            created_by: None,
            image: Some(ImageRef::Id(image.id)),
            instance_type: None,
            settings: Some(settings),
        };
        let spec = TemplateSpec { id: Some(template.id), name: template.name, version: VersionSpec::Number(1) };
        let group = Group {
            name: self.builder.sym("web-prod"),
            scope,
            arn: None,
            launch: Some(LaunchSource::Template(spec)),
            overrides: Vec::new(),
            desired: Some(3),
            min: Some(3),
            max: Some(6),
            max_instance_lifetime_s: None,
            min_healthy_percent: None,
            max_healthy_percent: None,
            warm_up_s: None,
            grace_s: None,
            suspended: SymList::default(),
            warm_pool: false,
            members: Vec::new(),
            operator: None,
            created: self.ago(90),
            tags: TagSet::default(),
        };
        let action = self.some("imagebuilder:ListImagePipelines");
        let message = self.builder.sym("not authorized to perform imagebuilder:ListImagePipelines; ask for it");
        let gap = Gap { scope, call: Call::ListImagePipelines, action, resource: None, kind: GapKind::Denied, message };
        let fleet = &mut self.builder.fleet;
        fleet.images.push(image);
        fleet.templates.push(template);
        fleet.template_versions.push(version);
        fleet.groups.push(group);
        fleet.gaps.push(gap);
    }
}

/// The fleet.
pub(crate) fn fleet() -> Fleet {
    small().read()
}

/// The fleet with a past: five launches of `web-prod` of two minutes and more, a recovery objective of an hour that an
/// unknown bake leaves open, and a second group on a vendor's image, of which eight of ten fall due on one day.
pub(crate) fn with_past() -> Fleet {
    let mut small = small();
    if let Some(scope) = small.builder.fleet.scopes.first_mut() {
        scope.evidence_at = Some(small.now);
    }
    for (number, took_s) in [(1, 120), (2, 130), (3, 125), (4, 140), (5, 180)] {
        small.launch("web-prod", number, took_s);
        small.launch("api-prod", number, 3 * took_s);
    }
    let mut api = small.builder.fleet.groups.first().expect("there is one").clone();
    let image = small.builder.fleet.images.first().copied().expect("there is one");
    let vendors = Image {
        id: small.builder.sym("ami-0vendor"),
        owner: small.some("137112412989"),
        owner_alias: small.some("amazon"),
        public: Some(true),
        ..image
    };
    small.builder.fleet.images.push(vendors);
    let version = small.builder.fleet.template_versions.first().copied().expect("there is one");
    let spec = TemplateSpec { id: small.some("lt-0api"), name: small.some("api"), version: VersionSpec::Number(1) };
    let template = small.builder.fleet.templates.first().copied().expect("there is one");
    let template = Template { id: small.builder.sym("lt-0api"), name: spec.name, ..template };
    small.builder.fleet.templates.push(template);
    let version = TemplateVersion { template: template.id, image: Some(ImageRef::Id(vendors.id)), ..version };
    small.builder.fleet.template_versions.push(version);
    api.name = small.builder.sym("api-prod");
    api.launch = Some(LaunchSource::Template(spec));
    api.warm_up_s = Some(60);
    api.tags = small.builder.fleet.symbols.intern_tags([("emberline:rto", "5m")]);
    small.builder.fleet.groups.push(api);
    for number in 10..20 {
        small.server(number, &format!("api-prod-{number}"), if number < 18 { 26 } else { 2 }, Some("api-prod"));
    }
    let tags = small.builder.fleet.symbols.intern_tags([("emberline:rto", "1h")]);
    let web = small.builder.fleet.groups.first_mut().expect("there is one");
    (web.tags, web.grace_s) = (tags, Some(300));
    small.read()
}

fn small() -> Small {
    let mut builder = FleetBuilder::new();
    let now = Time::from_epoch_s(1_795_000_000).expect("it lies in 2026");
    let scope = Scope {
        partition: builder.sym("aws"),
        account: builder.sym("210987654321"),
        region: builder.sym("eu-west-1"),
        profile: None,
        caller: None,
        pulled_at: now,
        clock_skew_s: None,
        evidence_at: None,
    };
    let scope = builder.scope(scope);
    let mut small = Small { builder, scope, now };
    small.rest();
    for (number, days) in [(1, 40), (2, 3), (3, 9)] {
        small.server(number, &format!("web-prod-{number}"), days, Some("web-prod"));
    }
    small.server(4, "bastion", 12, None);
    small
}

//! A small world to build fleets in. It is 2026-11-23T04:00:00Z.

use fleet::{
    Build, BuildOutput, Call, Conventions, Fleet, FleetBuilder, Group, Image, LaunchSource, Lineage, Member, Node,
    Override, Recipe, RootReplacement, RootTarget, Scope, ScopeIx, Server, ServerIx, ServerState, Sym, TagSet,
    Template, TemplateSpec, TemplateUse, TemplateVersion, Time, VersionSpec,
};

use crate::finding::{Findings, ServerFinding};
use crate::policy::Policy;
use crate::story::story;

pub(super) const DAY_S: i64 = 86_400;

pub(super) fn now() -> Time {
    Time::parse("2026-11-23T04:00:00Z").unwrap()
}

pub(super) fn days_ago(days: i64) -> Option<Time> {
    now().plus_s(-days * DAY_S)
}

pub(super) struct World {
    pub(super) rows: FleetBuilder,
    pub(super) scope: ScopeIx,
}

/// A fleet with all that follows from it.
pub(super) struct Known {
    pub(super) fleet: Fleet,
    pub(super) lineage: Lineage,
    pub(super) findings: Findings,
}

impl World {
    pub(super) fn new() -> Self {
        let mut rows = FleetBuilder::new();
        let scope = add_scope(&mut rows, "210987654321", "eu-west-1");
        Self { rows, scope }
    }

    pub(super) fn add_scope(&mut self, account: &str, region: &str) -> ScopeIx {
        add_scope(&mut self.rows, account, region)
    }

    pub(super) fn sym(&mut self, text: &str) -> Sym {
        self.rows.sym(text)
    }

    pub(super) fn tags(&mut self, tags: &[(&str, &str)]) -> TagSet {
        self.rows.fleet.symbols.intern_tags(tags.iter().copied())
    }

    /// A server that runs `ami-1`, of which no clock is known.
    pub(super) fn server(&mut self, id: &str) -> Server {
        Server {
            id: self.sym(id),
            scope: self.scope,
            state: ServerState::Running,
            zone: None,
            instance_type: None,
            image: Some(self.sym("ami-1")),
            launched: None,
            interface_attached: None,
            root_attached: None,
            template: None,
            group: None,
            operator: None,
            spot_request: None,
            addresses: Default::default(),
            dns_names: Default::default(),
            settings: None,
            tags: TagSet::default(),
        }
    }

    /// A server born `days` ago, and never stopped since.
    pub(super) fn born(&mut self, id: &str, days: i64) -> Server {
        Server { interface_attached: days_ago(days), launched: days_ago(days), ..self.server(id) }
    }

    pub(super) fn add(&mut self, server: Server) {
        self.rows.fleet.servers.push(server);
    }

    /// Adds an image of our own, made `days` ago.
    pub(super) fn image(&mut self, id: &str, name: &str, days: i64) -> &mut Image {
        let image = Image {
            id: self.sym(id),
            scope: self.scope,
            owner: Some(self.sym("210987654321")),
            owner_alias: None,
            name: self.rows.some(Some(name)),
            description: None,
            state: Some(self.sym("available")),
            created: days_ago(days),
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
        self.rows.fleet.images.push(image);
        self.rows.fleet.images.last_mut().unwrap()
    }

    /// Adds the copy `id` in `scope`, made `days` ago of `source`.
    pub(super) fn copy(&mut self, id: &str, scope: ScopeIx, days: i64, source: &str) {
        let (source, region) = (self.sym(source), self.sym("eu-west-1"));
        let image = self.image(id, "a copy", days);
        (image.scope, image.source_image, image.source_image_region) = (scope, Some(source), Some(region));
    }

    /// Says that Image Builder's recipe `recipe` made `image` on top of `parent`, which `GetImage` confirmed.
    pub(super) fn baked(&mut self, recipe: &str, version: &str, image: &str, parent: Option<&str>) {
        let prefix = "arn:aws:imagebuilder:eu-west-1:210987654321";
        let recipe_arn = self.sym(&format!("{prefix}:image-recipe/{recipe}/{version}"));
        let build = Build {
            arn: self.sym(&format!("{prefix}:image/{recipe}/{version}/1")),
            scope: self.scope,
            name: Some(self.sym(recipe)),
            version: Some(self.sym(&format!("{version}/1"))),
            created: None,
            status: Some(self.sym("AVAILABLE")),
            recipe: Some(recipe_arn),
            parent: parent.map(|parent| self.sym(parent)),
            pipeline: None,
            outputs: vec![BuildOutput {
                account: Some(self.sym("210987654321")),
                region: Some(self.sym("eu-west-1")),
                image: self.sym(image),
            }],
            verified: true,
        };
        self.rows.fleet.builds.push(build);
        let row = Recipe {
            arn: recipe_arn,
            scope: self.scope,
            name: Some(self.sym(recipe)),
            parent: parent.map(|parent| self.sym(parent)),
            created: None,
            tags: TagSet::default(),
        };
        self.rows.fleet.recipes.push(row);
    }

    /// Adds versions 1.. of a template with their images.
    pub(super) fn template(&mut self, id: &str, name: &str, images: &[(u32, &str)]) {
        let template = Template {
            id: self.sym(id),
            scope: self.scope,
            name: Some(self.sym(name)),
            default_version: images.first().map(|&(version, _)| version),
            latest_version: images.last().map(|&(version, _)| version),
            created: None,
            tags: TagSet::default(),
        };
        self.rows.fleet.templates.push(template);
        for &(version, image) in images {
            let row = TemplateVersion {
                template: self.sym(id),
                scope: self.scope,
                version,
                description: None,
                created: None,
                created_by: None,
                image: Some(fleet::ImageRef::Id(self.sym(image))),
                instance_type: None,
                settings: None,
            };
            self.rows.fleet.template_versions.push(row);
        }
    }

    pub(super) fn uses(&mut self, id: &str, version: u32) -> Option<TemplateUse> {
        Some(TemplateUse { id: self.sym(id), version })
    }

    /// Adds a group that wants the latest version of `template` and has `servers`.
    pub(super) fn group(&mut self, name: &str, template: Option<&str>, servers: &[&str]) -> &mut Group {
        let launch = template.map(|template| {
            LaunchSource::Template(TemplateSpec {
                id: Some(self.sym(template)),
                name: None,
                version: VersionSpec::Latest,
            })
        });
        let members = servers.iter().map(|server| self.member(server)).collect();
        let group = Group {
            name: self.sym(name),
            scope: self.scope,
            arn: None,
            launch,
            overrides: Vec::<Override>::new(),
            desired: None,
            min: None,
            max: None,
            max_instance_lifetime_s: None,
            min_healthy_percent: None,
            max_healthy_percent: None,
            warm_up_s: None,
            grace_s: None,
            suspended: Default::default(),
            warm_pool: false,
            members,
            operator: None,
            created: None,
            tags: TagSet::default(),
        };
        self.rows.fleet.groups.push(group);
        self.rows.fleet.groups.last_mut().unwrap()
    }

    fn member(&mut self, server: &str) -> Member {
        Member {
            server: self.sym(server),
            lifecycle: None,
            health: None,
            template: None,
            configuration: None,
            image: None,
            protected: None,
            weight: None,
            warm: false,
        }
    }

    /// Adds a root volume replacement of `server` that ended `days` ago.
    pub(super) fn replaced(&mut self, server: &str, state: &str, days: i64, target: Option<RootTarget>) {
        let task = RootReplacement {
            server: self.sym(server),
            scope: self.scope,
            state: Some(self.sym(state)),
            started: days_ago(days),
            completed: days_ago(days),
            target,
        };
        self.rows.fleet.root_replacements.push(task);
    }

    pub(super) fn known(self) -> Known {
        self.known_by(&Policy::default())
    }

    pub(super) fn known_by(self, policy: &Policy) -> Known {
        let fleet = self.rows.build();
        let lineage = Lineage::of(&fleet, &Conventions::default());
        let findings = Findings::of(&fleet, &lineage, policy);
        Known { fleet, lineage, findings }
    }
}

impl Known {
    pub(super) fn server_ix(&self, id: &str) -> ServerIx {
        let at = self.fleet.servers.iter().position(|row| self.fleet.str(row.id) == id).unwrap();
        ServerIx(u32::try_from(at).unwrap())
    }

    pub(super) fn of(&self, id: &str) -> ServerFinding {
        self.findings.servers[self.server_ix(id).at()]
    }

    /// The node that is shown as `label`.
    pub(super) fn node(&self, label: &str) -> Node {
        let mut nodes = self.lineage.nodes();
        nodes.find(|&node| self.lineage.node_label(&self.fleet, node) == label).unwrap_or_else(|| panic!("no {label}"))
    }

    pub(super) fn story_of(&self, node: Node) -> String {
        story(&self.fleet, &self.lineage, &self.findings, node).plain()
    }

    pub(super) fn story_of_server(&self, id: &str) -> String {
        self.story_of(Node::Server(self.server_ix(id)))
    }
}

fn add_scope(rows: &mut FleetBuilder, account: &str, region: &str) -> ScopeIx {
    let scope = Scope {
        partition: rows.sym("aws"),
        account: rows.sym(account),
        region: rows.sym(region),
        profile: None,
        caller: None,
        pulled_at: now(),
        clock_skew_s: None,
        evidence_at: None,
    };
    rows.scope(scope)
}

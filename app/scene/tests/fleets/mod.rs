//! Fleets for tests and benchmarks: a sketch to add things to by name, a small company, and one of any size.

use fleet::{
    Build, BuildOutput, Call, Fleet, FleetBuilder, Group, Image, ImageRef, LaunchSource, Scope, ScopeIx, Server,
    ServerState, SymList, TagSet, Template, TemplateSpec, TemplateUse, TemplateVersion, Time, VersionSpec,
};

const DAY_S: i64 = 86_400;
const ACCOUNT: &str = "210987654321";
const REGION: &str = "eu-west-1";

/// A fleet being put together. Ids are made of the names given.
pub(crate) struct Sketch {
    pub(crate) builder: FleetBuilder,
    scope: ScopeIx,
    now: Time,
    /// Name, latest version.
    templates: Vec<(String, u32)>,
}

/// What an image is baked from.
#[derive(Clone, Copy)]
pub(crate) enum Recipe<'a> {
    /// Image Builder, proven: the recipe's name.
    Builder(&'a str),
    /// Packer, by its tags: the recipe's name.
    Packer(&'a str),
    /// Amazon's own.
    Amazon,
    /// Nothing says.
    Untold,
}

impl Sketch {
    pub(crate) fn new() -> Self {
        let mut builder = FleetBuilder::new();
        let now = Time::parse("2026-11-23T05:00:00Z").expect("a time");
        let scope = Scope {
            partition: builder.sym("aws"),
            account: builder.sym(ACCOUNT),
            region: builder.sym(REGION),
            profile: None,
            caller: None,
            pulled_at: now,
            clock_skew_s: None,
            evidence_at: None,
        };
        let scope = builder.scope(scope);
        Self { builder, scope, now, templates: Vec::new() }
    }

    fn ago(&self, days: f64) -> Option<Time> {
        self.now.plus_s(-(days * DAY_S as f64) as i64)
    }

    /// An image `ami-NAME` that was made `days` ago on the base `ami-BASE`.
    pub(crate) fn image(&mut self, name: &str, days: f64, recipe: Recipe<'_>, base: Option<&str>) {
        let id = self.builder.sym(&format!("ami-{name}"));
        let base = base.map(|base| format!("ami-{base}"));
        let mut tags = TagSet::default();
        let mut owner = ACCOUNT;
        let mut alias = None;
        match recipe {
            Recipe::Builder(recipe) => {
                let prefix = format!("arn:aws:imagebuilder:{REGION}:{ACCOUNT}");
                let build = Build {
                    arn: self.builder.sym(&format!("{prefix}:image/{recipe}/1.0.0/{name}")),
                    scope: self.scope,
                    name: self.builder.some(Some(recipe)),
                    version: self.builder.some(Some("1.0.0/1")),
                    created: self.ago(days),
                    status: None,
                    recipe: self.builder.some(Some(&format!("{prefix}:image-recipe/{recipe}/1.0.0"))),
                    parent: self.builder.some(base.as_deref()),
                    pipeline: None,
                    outputs: vec![BuildOutput { account: None, region: None, image: id }],
                    verified: true,
                };
                self.builder.fleet.builds.push(build);
            }
            Recipe::Packer(recipe) => {
                let base = base.as_deref().unwrap_or_default();
                tags = self.builder.fleet.symbols.intern_tags([("packer:template", recipe), ("SourceAMI", base)]);
            }
            Recipe::Amazon => (owner, alias) = ("137112412989", Some("amazon")),
            Recipe::Untold => {}
        }
        let row = Image {
            id,
            scope: self.scope,
            owner: self.builder.some(Some(owner)),
            owner_alias: self.builder.some(alias),
            name: self.builder.some(Some(name)),
            description: None,
            state: self.builder.some(Some("available")),
            created: self.ago(days),
            deprecated: None,
            last_launched: None,
            source_image: None,
            source_image_region: None,
            source_server: None,
            public: Some(alias.is_some()),
            architecture: None,
            platform: None,
            tags,
            from: Call::DescribeImages,
        };
        self.builder.fleet.images.push(row);
    }

    /// The next version of the template `NAME`, with the image `ami-IMAGE`.
    pub(crate) fn template(&mut self, name: &str, image: &str) -> u32 {
        let version = match self.templates.iter_mut().find(|(known, _)| known == name) {
            Some((_, latest)) => {
                *latest += 1;
                *latest
            }
            None => {
                self.templates.push((name.to_owned(), 1));
                1
            }
        };
        let image = self.builder.sym(&format!("ami-{image}"));
        let row = TemplateVersion {
            template: self.builder.sym(&format!("lt-{name}")),
            scope: self.scope,
            version,
            description: None,
            created: None,
            created_by: None,
            image: Some(ImageRef::Id(image)),
            instance_type: None,
            settings: None,
        };
        self.builder.fleet.template_versions.push(row);
        version
    }

    /// A group that wants this version of a template.
    pub(crate) fn group(&mut self, name: &str, template: &str, version: u32) {
        let spec = TemplateSpec {
            id: self.builder.some(Some(&format!("lt-{template}"))),
            name: self.builder.some(Some(template)),
            version: VersionSpec::Number(version),
        };
        let row = Group {
            name: self.builder.sym(name),
            scope: self.scope,
            arn: None,
            launch: Some(LaunchSource::Template(spec)),
            overrides: Vec::new(),
            desired: None,
            min: None,
            max: None,
            max_instance_lifetime_s: None,
            min_healthy_percent: None,
            max_healthy_percent: None,
            warm_up_s: None,
            grace_s: None,
            suspended: SymList::default(),
            warm_pool: false,
            members: Vec::new(),
            operator: None,
            created: None,
            tags: TagSet::default(),
        };
        self.builder.fleet.groups.push(row);
    }

    /// A server `i-ID` of this age; of a group, and from a template version, where they are given.
    pub(crate) fn server(
        &mut self,
        id: &str,
        image: &str,
        template: Option<(&str, u32)>,
        group: Option<&str>,
        days: f64,
    ) {
        let born = self.ago(days);
        let template =
            template.map(|(name, version)| TemplateUse { id: self.builder.sym(&format!("lt-{name}")), version });
        let row = Server {
            id: self.builder.sym(&format!("i-{id}")),
            scope: self.scope,
            state: ServerState::Running,
            zone: None,
            instance_type: None,
            image: self.builder.some(Some(&format!("ami-{image}"))),
            launched: born,
            interface_attached: born,
            root_attached: born,
            template,
            group: self.builder.some(group),
            operator: None,
            spot_request: None,
            addresses: SymList::default(),
            dns_names: SymList::default(),
            settings: None,
            tags: TagSet::default(),
        };
        self.builder.fleet.servers.push(row);
    }

    /// A tag on the server added last.
    pub(crate) fn tag(&mut self, key: &str, value: &str) {
        let symbols = &mut self.builder.fleet.symbols;
        if let Some(server) = self.builder.fleet.servers.last_mut() {
            let old: Vec<(String, String)> =
                symbols.tags(server.tags).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            let all = old.iter().map(|(key, value)| (key.as_str(), value.as_str())).chain([(key, value)]);
            server.tags = symbols.intern_tags(all);
        }
    }

    /// Makes the server added last one of the spot request `sir-ID`.
    pub(crate) fn spot(&mut self, id: &str) {
        let request = self.builder.some(Some(&format!("sir-{id}")));
        if let Some(server) = self.builder.fleet.servers.last_mut() {
            server.spot_request = request;
        }
    }

    pub(crate) fn fleet(mut self) -> Fleet {
        for (name, latest) in std::mem::take(&mut self.templates) {
            let row = Template {
                id: self.builder.sym(&format!("lt-{name}")),
                scope: self.scope,
                name: self.builder.some(Some(&name)),
                default_version: Some(1),
                latest_version: Some(latest),
                created: None,
                tags: TagSet::default(),
            };
            self.builder.fleet.templates.push(row);
        }
        self.builder.build()
    }
}

/// A company of some hundred servers with a bit of everything.
pub(crate) fn company() -> Fleet {
    let mut sketch = Sketch::new();
    sketch.image("al2023", 400.0, Recipe::Amazon, None);
    sketch.image("al2023-golden-6", 200.0, Recipe::Builder("golden"), Some("al2023"));
    sketch.image("al2023-golden-7", 61.0, Recipe::Builder("golden"), Some("al2023"));
    sketch.image("ubuntu-hard", 90.0, Recipe::Untold, None);
    sketch.image("web-1.4.2", 75.0, Recipe::Builder("web"), Some("al2023-golden-6"));
    sketch.image("web-1.4.3", 21.0, Recipe::Builder("web"), Some("al2023-golden-7"));
    sketch.image("api-2.0.1", 40.0, Recipe::Builder("api"), Some("ubuntu-hard"));
    sketch.image("batch-88", 30.0, Recipe::Packer("batch.pkr.hcl"), Some("ubuntu-hard"));
    sketch.image("legacy-3", 900.0, Recipe::Untold, None);
    sketch.image("jenkins-copy", 500.0, Recipe::Untold, None);
    for image in ["web-1.4.2", "web-1.4.3"] {
        sketch.template("web", image);
    }
    sketch.template("api", "api-2.0.1");
    sketch.template("batch", "batch-88");
    sketch.template("legacy", "legacy-3");
    for (group, template, version) in [
        ("web-prod", "web", 2),
        ("web-stage", "web", 2),
        ("api-prod", "api", 1),
        ("batch", "batch", 1),
        ("legacy", "legacy", 1),
    ] {
        sketch.group(group, template, version);
    }
    let mut number = 0;
    let mut add =
        |sketch: &mut Sketch, count: u32, image: &str, template: (&str, u32), group: &str, ages: (f64, f64)| {
            for n in 0..count {
                number += 1;
                let age = ages.0 + (ages.1 - ages.0) * f64::from(n * 7 % count) / f64::from(count);
                sketch.server(&format!("{number:04}"), image, Some(template), Some(group), age);
            }
        };
    add(&mut sketch, 9, "web-1.4.2", ("web", 1), "web-prod", (36.0, 45.0));
    add(&mut sketch, 15, "web-1.4.3", ("web", 2), "web-prod", (1.0, 15.0));
    add(&mut sketch, 6, "web-1.4.3", ("web", 2), "web-stage", (3.0, 21.0));
    add(&mut sketch, 40, "api-2.0.1", ("api", 1), "api-prod", (2.0, 12.0));
    add(&mut sketch, 56, "api-2.0.1", ("api", 1), "api-prod", (25.2, 28.0));
    add(&mut sketch, 168, "batch-88", ("batch", 1), "batch", (0.5, 18.0));
    add(&mut sketch, 38, "legacy-3", ("legacy", 1), "legacy", (21.0, 90.0));
    sketch.server("jenkins-1", "jenkins-copy", None, None, 700.0);
    sketch.server("jenkins-2", "jenkins-copy", None, None, 270.0);
    sketch.server("gone-1", "vanished", None, None, 93.0);
    sketch.server("kube-1", "al2023", None, None, 12.0);
    sketch.tag("karpenter.sh/nodepool", "general");
    sketch.server("kept-1", "api-2.0.1", Some(("api", 1)), Some("api-prod"), 300.0);
    sketch.tag("emberline:exempt", "licence is bound to it");
    sketch.fleet()
}

/// A fleet of any size: group sizes fall off as 1/k, images hang from a tree of recipes and bases, and a tenth of the
/// servers run an older version. Equal sizes and seeds give equal fleets.
pub(crate) fn generated(servers: usize, seed: u64) -> Fleet {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below.max(1)
    };
    let mut sketch = Sketch::new();
    let groups = ((servers as f64).sqrt() as usize * 4).clamp(1, servers.max(1));
    let recipes = (groups / 5).max(1);
    let bases = (recipes / 8).max(1);
    for base in 0..bases {
        sketch.image(&format!("base-{base}"), 30.0 + base as f64, Recipe::Builder(&format!("golden-{base}")), None);
    }
    for recipe in 0..recipes {
        let base = format!("base-{}", random(bases).min(random(bases)));
        for version in 0..3 {
            let name = format!("app-{recipe}-{version}");
            let recipe = format!("app-{recipe}");
            sketch.image(&name, 80.0 - 25.0 * f64::from(version), Recipe::Builder(&recipe), Some(&base));
        }
    }
    let harmonic: f64 = (1..=groups).map(|k| 1.0 / k as f64).sum();
    let mut number = 0;
    for group in 0..groups {
        let recipe = random(recipes);
        let (name, template) = (format!("group-{group}"), format!("template-{group}"));
        for version in 0..3 {
            sketch.template(&template, &format!("app-{recipe}-{version}"));
        }
        sketch.group(&name, &template, 3);
        let share = (servers as f64 / harmonic / (group + 1) as f64).round().max(1.0) as usize;
        let size = if group + 1 == groups { servers - number } else { share.min(servers - number) };
        for _ in 0..size {
            let version = if random(10) == 0 { 1 + random(2) as u32 } else { 3 };
            let image = format!("app-{recipe}-{}", version - 1);
            let age = random(100) as f64 * random(100) as f64 / 200.0;
            sketch.server(&format!("{number:08}"), &image, Some((&template, version)), Some(&name), age);
            number += 1;
        }
    }
    sketch.fleet()
}

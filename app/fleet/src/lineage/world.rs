//! Small fleets for the tests of the lineage.

use super::{Conventions, Edge, EdgeKind, Grade, ImageIx, Lineage, Node, RecipeNode, ServerIx, ServerNode, TemplateIx};
use crate::call::Call;
use crate::resources::{
    Build, BuildOutput, Gap, GapKind, Group, Image, ImageRef, LaunchConfiguration, LaunchSource, Member, Override,
    Recipe, RootReplacement, RootTarget, Scope, ScopeIx, Server, ServerState, Template, TemplateSpec, TemplateUse,
    TemplateVersion, VersionSpec,
};
use crate::rows::{Fleet, FleetBuilder};
use crate::symbol::{Sym, TagSet};
use crate::time::Time;

pub(crate) const PROD: &str = "111111111111";
pub(crate) const TOOLS: &str = "222222222222";

/// A fleet in the making; rows are pushed with plain values, and the row is there to be changed.
pub(crate) struct World {
    pub(crate) rows: FleetBuilder,
}

pub(crate) fn day(number: i64) -> Option<Time> {
    Time::from_epoch_s(1_700_000_000 + number * 86_400)
}

impl World {
    /// A world with the scope `PROD` in `eu-west-1`.
    pub(crate) fn new() -> (Self, ScopeIx) {
        let mut world = Self { rows: FleetBuilder::new() };
        let here = world.scope(PROD, "eu-west-1");
        (world, here)
    }

    pub(crate) fn sym(&mut self, text: &str) -> Sym {
        self.rows.sym(text)
    }

    pub(crate) fn tags(&mut self, tags: &[(&str, &str)]) -> TagSet {
        self.rows.fleet.symbols.intern_tags(tags.iter().copied())
    }

    pub(crate) fn scope(&mut self, account: &str, region: &str) -> ScopeIx {
        let (partition, account, region) = (self.sym("aws"), self.sym(account), self.sym(region));
        let pulled_at = day(100).expect("within range");
        self.rows.scope(Scope {
            partition,
            account,
            region,
            profile: None,
            caller: None,
            pulled_at,
            clock_skew_s: None,
            evidence_at: None,
        })
    }

    pub(crate) fn gap(&mut self, scope: ScopeIx, call: Call) {
        let message = self.sym("denied");
        self.rows.fleet.gaps.push(Gap { scope, call, action: None, resource: None, kind: GapKind::Denied, message });
    }

    /// An image that the scope's account owns.
    pub(crate) fn image(&mut self, scope: ScopeIx, id: &str) -> &mut Image {
        let owner = self.rows.fleet.scopes[usize::from(scope.0)].account;
        let (id, available) = (self.sym(id), self.sym("available"));
        let images = &mut self.rows.fleet.images;
        images.push(Image {
            id,
            scope,
            owner: Some(owner),
            owner_alias: None,
            name: None,
            description: None,
            state: Some(available),
            created: day(0),
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
        });
        images.last_mut().expect("just pushed")
    }

    /// An image with a name and tags.
    pub(crate) fn tagged_image(&mut self, scope: ScopeIx, id: &str, name: &str, tags: &[(&str, &str)]) -> &mut Image {
        let (tags, name) = (self.tags(tags), self.sym(name));
        let image = self.image(scope, id);
        (image.tags, image.name) = (tags, Some(name));
        image
    }

    /// A server that runs an image, born on day 10.
    pub(crate) fn server(&mut self, scope: ScopeIx, id: &str, image: &str) -> &mut Server {
        let (id, image) = (self.sym(id), self.rows.some(Some(image)));
        let servers = &mut self.rows.fleet.servers;
        servers.push(Server {
            id,
            scope,
            state: ServerState::Running,
            zone: None,
            instance_type: None,
            image,
            launched: day(10),
            interface_attached: day(10),
            root_attached: day(10),
            template: None,
            group: None,
            operator: None,
            spot_request: None,
            addresses: crate::SymList::default(),
            dns_names: crate::SymList::default(),
            settings: None,
            tags: TagSet::default(),
        });
        servers.last_mut().expect("just pushed")
    }

    pub(crate) fn template(&mut self, scope: ScopeIx, id: &str, name: &str, default: u32, latest: u32) {
        let (id, name) = (self.sym(id), self.sym(name));
        self.rows.fleet.templates.push(Template {
            id,
            scope,
            name: Some(name),
            default_version: Some(default),
            latest_version: Some(latest),
            created: None,
            tags: TagSet::default(),
        });
    }

    pub(crate) fn version(
        &mut self,
        scope: ScopeIx,
        template: &str,
        version: u32,
        image: &str,
    ) -> &mut TemplateVersion {
        let (template, image) = (self.sym(template), self.rows.some(Some(image)).map(ImageRef::Id));
        let versions = &mut self.rows.fleet.template_versions;
        versions.push(TemplateVersion {
            template,
            scope,
            version,
            description: None,
            created: None,
            created_by: None,
            image,
            instance_type: None,
            settings: None,
        });
        versions.last_mut().expect("just pushed")
    }

    pub(crate) fn configuration(&mut self, scope: ScopeIx, name: &str, image: &str) {
        let (name, image) = (self.sym(name), self.rows.some(Some(image)));
        let row =
            LaunchConfiguration { name, scope, arn: None, image, instance_type: None, created: None, settings: None };
        self.rows.fleet.launch_configurations.push(row);
    }

    pub(crate) fn wish(&mut self, template: &str, version: VersionSpec) -> TemplateSpec {
        TemplateSpec { id: Some(self.sym(template)), name: None, version }
    }

    pub(crate) fn group(&mut self, scope: ScopeIx, name: &str, launch: Option<LaunchSource>) -> &mut Group {
        let name = self.sym(name);
        let groups = &mut self.rows.fleet.groups;
        groups.push(Group {
            name,
            scope,
            arn: None,
            launch,
            overrides: Vec::new(),
            desired: None,
            min: None,
            max: None,
            max_instance_lifetime_s: None,
            min_healthy_percent: None,
            max_healthy_percent: None,
            warm_up_s: None,
            grace_s: None,
            suspended: crate::SymList::default(),
            warm_pool: false,
            members: Vec::new(),
            operator: None,
            created: None,
            tags: TagSet::default(),
        });
        groups.last_mut().expect("just pushed")
    }

    /// A group that wants a version of a template.
    pub(crate) fn group_of(&mut self, scope: ScopeIx, name: &str, template: &str, version: VersionSpec) -> &mut Group {
        let wish = self.wish(template, version);
        self.group(scope, name, Some(LaunchSource::Template(wish)))
    }

    pub(crate) fn over(&mut self, template: Option<TemplateSpec>, image: Option<&str>) -> Override {
        let image = self.rows.some(image);
        Override { instance_type: None, template, image, weight: None }
    }

    pub(crate) fn member(&mut self, server: &str, template: Option<(&str, u32)>) -> Member {
        let template = template.map(|(id, version)| TemplateUse { id: self.sym(id), version });
        Member {
            server: self.sym(server),
            lifecycle: None,
            health: None,
            template,
            configuration: None,
            image: None,
            protected: None,
            weight: None,
            warm: false,
        }
    }

    /// A server of the last group, launched from a template version, as both the group and AWS's tags say.
    pub(crate) fn member_server(&mut self, scope: ScopeIx, id: &str, image: &str, template: &str, version: u32) {
        let member = self.member(id, Some((template, version)));
        let group = self.rows.fleet.groups.last_mut().expect("a group was added");
        let name = group.name;
        group.members.push(member);
        let server = self.server(scope, id, image);
        (server.group, server.template) = (Some(name), member.template);
    }

    pub(crate) fn replaced(&mut self, scope: ScopeIx, server: &str, state: &str, on: i64, target: Option<RootTarget>) {
        let (server, state) = (self.sym(server), self.sym(state));
        let row = RootReplacement { server, scope, state: Some(state), started: day(on), completed: day(on), target };
        self.rows.fleet.root_replacements.push(row);
    }

    pub(crate) fn recipe(&mut self, scope: ScopeIx, arn: &str, parent: Option<&str>) {
        let (arn, parent) = (self.sym(arn), self.rows.some(parent));
        let row = Recipe { arn, scope, name: None, parent, created: None, tags: TagSet::default() };
        self.rows.fleet.recipes.push(row);
    }

    /// A verified build of `PROD` in `eu-west-1` with its outputs as (account, region, image).
    pub(crate) fn build(
        &mut self,
        scope: ScopeIx,
        name: &str,
        version: &str,
        outputs: &[(&str, &str, &str)],
    ) -> &mut Build {
        let arn = self.sym(&build_arn(name, version));
        let semantic = version.split('/').next().unwrap_or(version);
        let recipe = self.sym(&format!("{}/{semantic}", recipe_key(name)));
        let version = self.sym(version);
        let outputs = outputs
            .iter()
            .map(|&(account, region, image)| BuildOutput {
                account: Some(self.sym(account)),
                region: Some(self.sym(region)),
                image: self.sym(image),
            })
            .collect();
        let builds = &mut self.rows.fleet.builds;
        builds.push(Build {
            arn,
            scope,
            name: None,
            version: Some(version),
            created: day(1),
            status: None,
            recipe: Some(recipe),
            parent: None,
            pipeline: None,
            outputs,
            verified: true,
        });
        builds.last_mut().expect("just pushed")
    }

    pub(crate) fn draw(self) -> Drawn {
        let fleet = self.rows.build();
        let lineage = Lineage::of(&fleet, &Conventions::default());
        Drawn { fleet, lineage }
    }
}

pub(crate) fn build_arn(name: &str, version: &str) -> String {
    format!("arn:aws:imagebuilder:eu-west-1:{PROD}:image/{name}/{version}")
}

pub(crate) fn recipe_key(name: &str) -> String {
    format!("arn:aws:imagebuilder:eu-west-1:{PROD}:image-recipe/{name}")
}

/// A fleet with its lineage, asked by ids.
pub(crate) struct Drawn {
    pub(crate) fleet: Fleet,
    pub(crate) lineage: Lineage,
}

impl Drawn {
    /// The only image with this id.
    pub(crate) fn image(&self, id: &str) -> ImageIx {
        let found = self.lineage.images.iter().enumerate().filter(|(_, image)| self.fleet.str(image.id) == id);
        let found: Vec<usize> = found.map(|(at, _)| at).collect();
        assert_eq!(found.len(), 1, "images {id}");
        ImageIx(found[0] as u32)
    }

    pub(crate) fn server_ix(&self, id: &str) -> ServerIx {
        let at = self.fleet.servers.iter().position(|server| self.fleet.str(server.id) == id);
        ServerIx(at.expect("a server of this id") as u32)
    }

    pub(crate) fn server(&self, id: &str) -> &ServerNode {
        &self.lineage.servers[self.server_ix(id).at()]
    }

    pub(crate) fn template(&self, id: &str, version: Option<u32>) -> TemplateIx {
        let at = self
            .lineage
            .templates
            .iter()
            .position(|template| self.fleet.str(template.id) == id && template.version == version);
        TemplateIx(at.expect("a template version of this id") as u32)
    }

    pub(crate) fn recipe_of(&self, image: &str) -> &RecipeNode {
        let image = &self.lineage.images[self.image(image).at()];
        &self.lineage.recipes[image.recipe.at()]
    }

    /// Kind and grade of the edge between two nodes, and `CALL FIELD` of its evidence.
    pub(crate) fn edge(&self, from: Node, to: Node) -> Option<(EdgeKind, Grade, String)> {
        self.lineage.edge(from, to).map(|Edge { kind, grade, evidence }| {
            (kind, grade, format!("{} {}", evidence.call().operation(), evidence.field()))
        })
    }

    /// The path of a server, as labels.
    pub(crate) fn path(&self, server: &str) -> Vec<String> {
        let steps = self.lineage.path(self.server_ix(server));
        steps.iter().map(|step| self.lineage.node_label(&self.fleet, step.node)).collect()
    }
}

//! From a fleet to a document: the selected servers, and what they reach.

use std::collections::BTreeMap;

use fleet::{
    Call, Fleet, GapKind, GroupIx, ImageIx, Lineage, Node, RecipeIx, RecipeKind, RecipeNode, ScopeIx, ServerIx,
    TemplateIx, TemplateKind,
};
use insight::readiness::Measure;
use insight::{Bakes, CodeOwners, Findings, Phoenix, Policy, Snowflakes};

use crate::bake::Bake;
use crate::document::{
    Age, Difference, Document, Gap, Group, Image, Lifetime, Place, Recipe, Rto, Server, ServerRecipe, ServerTemplate,
    Snowflake, SnowflakeEvidence, Source, SourceKind, Step, Template, Times, Waiver,
};
use crate::value::{At, Evidence, Tags};

/// What stands for an account or region that a damaged row does not tell.
const UNTOLD: &str = "unknown";

impl<'a> Document<'a> {
    /// The document of the selected servers. The other parts hold what these reach; the gaps are all of the pull's.
    #[must_use]
    pub fn of(
        fleet: &'a Fleet,
        lineage: &'a Lineage,
        findings: &'a Findings,
        policy: &'a Policy,
        source: SourceKind,
        selected: &[ServerIx],
    ) -> Self {
        let (snowflakes, bakes) = (Snowflakes::new(fleet, lineage), Bakes::new(fleet, lineage));
        let gather = Gather { fleet, lineage, findings, snowflakes, bakes, owners: CodeOwners::new(fleet, lineage) };
        let mut selected: Vec<ServerIx> =
            selected.iter().copied().filter(|server| server.at() < lineage.servers.len()).collect();
        selected.sort_unstable();
        selected.dedup();
        let reach = Reach::of(&gather, &selected);
        let mut servers: Vec<Server<'a>> = selected.iter().filter_map(|&server| gather.server(server)).collect();
        servers.sort_by(|a, b| (a.account, a.region, a.id).cmp(&(b.account, b.region, b.id)));
        let names = fleet.scopes.iter().map(|scope| fleet.str(scope.account));
        Self {
            schema: "emberline.report/1",
            source: Source { kind: source, scopes: gather.scopes() },
            complete: fleet.is_complete(),
            gaps: gather.gaps(),
            servers,
            images: gather.images(&reach),
            templates: gather.templates(&reach),
            groups: gather.groups(&reach),
            recipes: gather.recipes(&reach),
            account_names: names.filter_map(|id| Some((id, policy.account_name(id)?))).collect(),
            waivers: findings.waived.counted().map(waiver).collect(),
        }
    }
}

fn waiver((waiver, servers, over): (&insight::Waiver, u32, u32)) -> Waiver {
    Waiver {
        names: waiver.names(),
        query: (!waiver.query.is_empty()).then(|| waiver.query.to_string()),
        sentence: waiver.sentence(),
        servers,
        over,
    }
}

/// How many of the selected servers reach each thing; `None` for what none reaches.
struct Reach {
    images: Vec<Option<u32>>,
    templates: Vec<Option<u32>>,
    groups: Vec<Option<(u32, u32)>>,
    recipes: Vec<Option<u32>>,
    /// A scope in which some server runs the image.
    scope_of_image: BTreeMap<ImageIx, ScopeIx>,
}

impl Reach {
    fn of(gather: &Gather<'_>, selected: &[ServerIx]) -> Self {
        let Gather { fleet, lineage, findings, .. } = gather;
        let mut reach = Self {
            images: vec![None; lineage.images.len()],
            templates: vec![None; lineage.templates.len()],
            groups: vec![None; fleet.groups.len()],
            recipes: vec![None; lineage.recipes.len()],
            scope_of_image: BTreeMap::new(),
        };
        for &server in selected {
            let node = &lineage.servers[server.at()];
            if let Some(image) = node.image {
                reach.image(lineage, image, 1);
                if let Some(row) = fleet.servers.get(server.at()) {
                    reach.scope_of_image.entry(image).or_insert(row.scope);
                }
            }
            if let Some(template) = node.template {
                reach.template(lineage, template, 1);
            }
            if let Some(group) = node.group.filter(|group| group.at() < fleet.groups.len()) {
                let overdue = findings.servers.get(server.at()).is_some_and(|it| it.phoenix == Phoenix::Overdue);
                let (servers, late) = reach.groups[group.at()].get_or_insert((0, 0));
                *servers += 1;
                *late += u32::from(overdue);
            }
        }
        for (group, node) in lineage.groups.iter().enumerate() {
            if reach.groups.get(group).is_some_and(Option::is_some) {
                for &template in node.wants.iter().chain(&node.also) {
                    reach.template(lineage, template, 0);
                }
            }
        }
        reach
    }

    /// Reaches an image, its recipe, and through its origin and its bases all that led to it.
    fn image(&mut self, lineage: &Lineage, image: ImageIx, servers: u32) {
        let mut reached = vec![(image, servers)];
        while let Some((image, servers)) = reached.pop() {
            let Some(node) = lineage.images.get(image.at()) else { continue };
            if let Some(recipe) = self.recipes.get_mut(node.recipe.at()) {
                *recipe.get_or_insert(0) += servers;
            }
            match &mut self.images[image.at()] {
                Some(known) => *known += servers,
                new => {
                    *new = Some(servers);
                    let led_to_it = [node.copied_from, Some(node.origin), node.base];
                    reached.extend(led_to_it.into_iter().flatten().map(|image| (image, 0)));
                }
            }
        }
    }

    fn template(&mut self, lineage: &Lineage, template: TemplateIx, servers: u32) {
        let Some(node) = lineage.templates.get(template.at()) else { return };
        *self.templates[template.at()].get_or_insert(0) += servers;
        if let Some(image) = node.image {
            self.image(lineage, image, 0);
        }
    }
}

struct Gather<'a> {
    fleet: &'a Fleet,
    lineage: &'a Lineage,
    findings: &'a Findings,
    snowflakes: Snowflakes<'a>,
    owners: CodeOwners<'a>,
    bakes: Bakes<'a>,
}

impl<'a> Gather<'a> {
    fn place(&self, scope: ScopeIx) -> (&'a str, &'a str) {
        let scope = self.fleet.scope(scope);
        scope.map_or((UNTOLD, UNTOLD), |scope| (self.fleet.str(scope.account), self.fleet.str(scope.region)))
    }

    fn scopes(&self) -> Vec<Place<'a>> {
        let gaps = |ix: usize| self.fleet.gaps.iter().any(|gap| usize::from(gap.scope.0) == ix);
        let mut scopes: Vec<Place<'a>> = (self.fleet.scopes.iter().enumerate())
            .map(|(ix, scope)| Place {
                partition: self.fleet.str(scope.partition),
                account: self.fleet.str(scope.account),
                region: self.fleet.str(scope.region),
                profile: self.fleet.text(scope.profile),
                pulled_at: At(scope.pulled_at),
                complete: !gaps(ix),
            })
            .collect();
        scopes.sort_by_key(|scope| (scope.account, scope.region));
        scopes
    }

    fn gaps(&self) -> Vec<Gap<'a>> {
        let mut gaps: Vec<Gap<'a>> = (self.fleet.gaps.iter())
            .map(|gap| {
                let (account, region) = self.place(gap.scope);
                Gap {
                    account,
                    region,
                    operation: gap.call.operation(),
                    action: self.fleet.text(gap.action),
                    resource: self.fleet.text(gap.resource),
                    kind: match gap.kind {
                        GapKind::Denied => "denied",
                        GapKind::Throttled => "throttled",
                        GapKind::Timeout => "timeout",
                        GapKind::Unsupported => "unsupported",
                        GapKind::Expired => "expired",
                        GapKind::Cancelled => "cancelled",
                        GapKind::Error => "error",
                    },
                    message: self.fleet.str(gap.message),
                }
            })
            .collect();
        gaps.sort_by_key(|gap| (gap.account, gap.region, gap.operation, gap.resource, gap.message));
        gaps
    }

    fn image_id(&self, image: Option<ImageIx>) -> Option<&'a str> {
        self.lineage.images.get(image?.at()).map(|image| self.fleet.str(image.id))
    }

    fn server(&self, ix: ServerIx) -> Option<Server<'a>> {
        let fleet = self.fleet;
        let row = fleet.servers.get(ix.at())?;
        let node = self.lineage.servers.get(ix.at())?;
        let finding = self.findings.servers.get(ix.at())?;
        let (account, region) = self.place(row.scope);
        let template = node.template.and_then(|template| self.lineage.templates.get(template.at()));
        Some(Server {
            id: fleet.str(row.id),
            name: fleet.server_name(row),
            account,
            region,
            zone: fleet.text(row.zone),
            state: row.state.as_str(),
            instance_type: fleet.text(row.instance_type),
            addresses: fleet.symbols.list(row.addresses).iter().map(|&address| fleet.str(address)).collect(),
            owner: fleet.owner(row).map(Into::into),
            tags: Tags::new(fleet, row.tags),
            image: self.image_id(node.image),
            recipe: node.image.and_then(|image| self.server_recipe(image)),
            lineage: self.steps(ix, row.scope, node.image),
            template: template.map(|template| ServerTemplate {
                kind: template.kind.as_str(),
                id: fleet.str(template.id),
                name: fleet.text(template.name),
                version: template.version,
            }),
            described_by: self.owners.server(ix),
            // Where the group itself could not be read, the tag that AWS writes still names it.
            group: fleet.text(node.group.and_then(|group| Some(fleet.groups.get(group.at())?.name)).or(row.group)),
            age: Age {
                age_s: finding.age_s(),
                last_start_s: finding.since_s(finding.started),
                image_s: finding.since_s(finding.image_made),
                base_s: finding.since_s(finding.base_made),
                from: finding.born_from.map(insight::AgeFrom::as_str),
            },
            behind_days: finding.behind_days,
            lifetime: Lifetime {
                seconds: (!finding.cap_unknown).then_some(finding.lifetime_s),
                from: finding.lifetime_from.as_str(),
            },
            due_at: finding.due_at.map(At),
            phoenix: finding.phoenix.as_str(),
            exempt_reason: self.findings.exempt_reason(fleet, finding),
            bake: Bake::of_standing(fleet, &self.bakes.of_server(ix, self.findings.waivers(finding))),
            snowflake: self.snowflake(ix, finding),
            drift: self.drift(ix, finding),
            rto: node.group.and_then(|group| self.rto(group)),
        })
    }

    fn snowflake(&self, ix: ServerIx, finding: &insight::ServerFinding) -> Snowflake {
        let evidence = self.snowflakes.evidence(ix, finding, self.findings.waivers(finding)).into_iter();
        let evidence = evidence.map(|one| SnowflakeEvidence {
            kind: one.kind.as_str(),
            weight: one.weight(),
            detail: match one.exempt {
                Some(exempt) => format!("{} {exempt}", one.detail),
                None => one.detail,
            },
            source: one.source,
        });
        Snowflake { verdict: finding.snowflake.as_str(), evidence: evidence.collect() }
    }

    fn drift(&self, ix: ServerIx, finding: &insight::ServerFinding) -> Option<Vec<Difference>> {
        let differences = self.snowflakes.drifts().of(ix, self.findings.waivers(finding))?.into_iter();
        let differences = differences.map(|one| Difference {
            field: one.field.as_str(),
            expected: one.expected,
            actual: one.actual,
            exempt: one.exempt,
        });
        Some(differences.collect())
    }

    fn rto(&self, group: GroupIx) -> Option<Rto> {
        let group = self.findings.readiness.groups.get(group.at())?;
        let times = |time: Measure| Times {
            p50_s: Some(time.p50_s),
            p95_s: Some(time.p95_s),
            samples: time.samples,
            basis: time.basis.as_str(),
        };
        let replace = group.replace().map(|span| Times {
            p50_s: Some(span.p50_s),
            p95_s: Some(span.p95_s),
            samples: group.boot.iter().chain(&group.warm_up).map(|part| part.samples).min().unwrap_or(0),
            basis: if span.is_estimated { "estimated" } else { "measured" },
        });
        Some(Rto {
            objective_s: group.objective.map(|objective| objective.seconds),
            verdict: match group.verdict {
                insight::Rto::None => insight::Rto::Unknown.as_str(),
                verdict => verdict.as_str(),
            },
            bake: group.bake.map(times),
            boot: group.boot.map(times),
            warm_up: group.warm_up.map(times),
            replace,
        })
    }

    fn server_recipe(&self, image: ImageIx) -> Option<ServerRecipe<'a>> {
        let image = self.lineage.images.get(image.at())?;
        let recipe = self.lineage.recipes.get(image.recipe.at())?;
        Some(ServerRecipe {
            id: (recipe.kind != RecipeKind::Unknown).then_some(recipe.id.as_str()),
            name: recipe.name.as_deref(),
            kind: recipe.kind.as_str(),
            version: self.fleet.text(image.recipe_version),
            grade: image.recipe_grade.map(fleet::Grade::as_str),
            evidence: image.recipe_evidence.map(Evidence),
        })
    }

    fn steps(&self, server: ServerIx, scope: ScopeIx, image: Option<ImageIx>) -> Vec<Step<'a>> {
        let (_, region) = self.place(scope);
        // The image that runs and what it is a copy of are the image; all images before them are bases.
        let origin = image.and_then(|image| self.lineage.images.get(image.at())).map(|image| image.origin);
        let is_own = |other: ImageIx| {
            image == Some(other) || self.lineage.images.get(other.at()).is_some_and(|it| Some(it.origin) == origin)
        };
        let steps = self.lineage.path(server);
        let step = |step: &fleet::Step| {
            let (kind, region) = match step.node {
                Node::Image(image) => {
                    let region = self.lineage.images.get(image.at()).and_then(|it| self.fleet.text(it.region));
                    (if is_own(image) { "image" } else { "base" }, region)
                }
                Node::Recipe(recipe) => {
                    let recipe = self.lineage.recipes.get(recipe.at());
                    ("recipe", recipe.and_then(|recipe| self.recipe_place(recipe)).map(|(_, region)| region))
                }
                Node::TemplateVersion(_) => ("template", Some(region)),
                Node::Group(_) => ("group", Some(region)),
                Node::Server(_) => ("server", Some(region)),
            };
            // That nothing tells the recipe proves nothing.
            let is_unknown = matches!(step.node, Node::Recipe(recipe) if self.is_unknown(recipe));
            let proof = step.proof.filter(|_| !is_unknown);
            Step {
                kind,
                id: self.lineage.node_id(self.fleet, step.node).filter(|_| !is_unknown),
                name: self.name(step.node),
                region,
                grade: proof.map(|(grade, _)| grade.as_str()),
                evidence: proof.map(|(_, evidence)| Evidence(evidence)),
            }
        };
        steps.iter().map(step).collect()
    }

    fn is_unknown(&self, recipe: RecipeIx) -> bool {
        self.lineage.recipes.get(recipe.at()).is_none_or(|recipe| recipe.kind == RecipeKind::Unknown)
    }

    fn name(&self, node: Node) -> Option<&'a str> {
        let fleet = self.fleet;
        match node {
            Node::Image(image) => self.lineage.image_name(fleet, image),
            Node::Recipe(recipe) => self.lineage.recipes.get(recipe.at())?.name.as_deref(),
            Node::TemplateVersion(template) => fleet.text(self.lineage.templates.get(template.at())?.name),
            Node::Group(group) => fleet.groups.get(group.at()).map(|group| fleet.str(group.name)),
            Node::Server(server) => fleet.server_name(fleet.servers.get(server.at())?),
        }
    }

    fn images(&self, reach: &Reach) -> Vec<Image<'a>> {
        let (fleet, lineage) = (self.fleet, self.lineage);
        let reached = (0..).map(ImageIx).zip(&reach.images).filter_map(|(ix, servers)| Some((ix, (*servers)?)));
        let mut images: Vec<Image<'a>> = reached
            .filter_map(|(ix, servers)| {
                let node = lineage.images.get(ix.at())?;
                let row = node.rows.first().and_then(|&row| fleet.images.get(row as usize));
                let scope = row.map(|row| row.scope).or_else(|| reach.scope_of_image.get(&ix).copied());
                let (account, region) = scope.map_or((UNTOLD, UNTOLD), |scope| self.place(scope));
                let recipe = lineage.recipes.get(node.recipe.at());
                Some(Image {
                    id: fleet.str(node.id),
                    name: lineage.image_name(fleet, ix),
                    account,
                    region: fleet.text(node.region).unwrap_or(region),
                    owner: lineage.image_owner(fleet, ix),
                    state: lineage.image_state(fleet, ix),
                    created_at: lineage.image_created(fleet, ix).map(At),
                    // What a server remembers of its image does not say whether that was a copy.
                    origin: row
                        .filter(|row| row.from == Call::DescribeImages)
                        .and_then(|_| self.image_id(Some(node.origin))),
                    base: self.image_id(node.base),
                    recipe: recipe.filter(|it| it.kind != RecipeKind::Unknown).map(|it| it.id.as_str()),
                    deprecated_at: lineage.image_deprecated(fleet, ix).map(At),
                    servers,
                })
            })
            .collect();
        images.sort_by(|a, b| (a.account, a.region, a.id).cmp(&(b.account, b.region, b.id)));
        images
    }

    fn templates(&self, reach: &Reach) -> Vec<Template<'a>> {
        let fleet = self.fleet;
        let reached = (0..).map(TemplateIx).zip(&self.lineage.templates).zip(&reach.templates);
        let mut templates: Vec<Template<'a>> = reached
            .filter_map(|((ix, node), servers)| {
                let servers = (*servers)?;
                let (account, region) = self.place(node.scope);
                let row = node.row.map(|row| row as usize);
                let created = match node.kind {
                    TemplateKind::LaunchTemplate => row.and_then(|row| fleet.template_versions.get(row)?.created),
                    TemplateKind::LaunchConfiguration => {
                        row.and_then(|row| fleet.launch_configurations.get(row)?.created)
                    }
                };
                Some(Template {
                    kind: node.kind.as_str(),
                    id: fleet.str(node.id),
                    name: fleet.text(node.name),
                    account,
                    region,
                    version: node.version,
                    image: self.image_id(node.image),
                    created_at: created.map(At),
                    described_by: self.owners.template(ix),
                    servers,
                })
            })
            .collect();
        templates.sort_by(|a, b| (a.account, a.region, a.id, a.version).cmp(&(b.account, b.region, b.id, b.version)));
        templates
    }

    fn groups(&self, reach: &Reach) -> Vec<Group<'a>> {
        let fleet = self.fleet;
        let reached = (0..).map(GroupIx).zip(&fleet.groups).zip(&reach.groups);
        let mut groups: Vec<Group<'a>> = reached
            .filter_map(|((ix, row), servers)| {
                let (servers, overdue) = (*servers)?;
                let (account, region) = self.place(row.scope);
                let node = self.lineage.groups.get(ix.at());
                let wants = node.and_then(|group| group.wants);
                let herd = self.findings.groups.get(ix.at()).and_then(|group| group.herd);
                let wants = wants.and_then(|template| self.lineage.templates.get(template.at()));
                Some(Group {
                    name: fleet.str(row.name),
                    account,
                    region,
                    template: wants.map(|template| match template.version {
                        Some(version) => format!("{}:{version}", fleet.str(template.id)),
                        None => fleet.str(template.id).to_owned(),
                    }),
                    desired: row.desired,
                    min: row.min,
                    max: row.max,
                    max_instance_lifetime_s: row.max_instance_lifetime_s,
                    servers,
                    members: node.map_or(0, |group| group.servers.len() as u32),
                    herd: herd.map(|(at, servers)| (At(at), servers)),
                    overdue,
                    owner: fleet.group_owner(row).map(Into::into).or_else(|| self.owners.group(ix)),
                })
            })
            .collect();
        groups.sort_by(|a, b| (a.account, a.region, a.name).cmp(&(b.account, b.region, b.name)));
        groups
    }

    /// Account and region of a recipe: Image Builder's say in their ARN where they are, which need not be where they
    /// were seen.
    fn recipe_place(&self, recipe: &'a RecipeNode) -> Option<(&'a str, &'a str)> {
        let mut arn = recipe.id.splitn(6, ':').skip(3);
        match (recipe.kind, arn.next(), arn.next()) {
            (RecipeKind::ImageBuilder, Some(region), Some(account)) => Some((account, region)),
            _ => recipe.scope.map(|scope| self.place(scope)),
        }
    }

    fn recipes(&self, reach: &Reach) -> Vec<Recipe<'a>> {
        let reached = self.lineage.recipes.iter().zip(&reach.recipes);
        let mut recipes: Vec<((&str, &str), Recipe<'a>)> = reached
            .filter_map(|(node, servers)| {
                let servers = (*servers)?;
                let place = self.recipe_place(node).unwrap_or_default();
                let recipe = Recipe {
                    id: &node.id,
                    name: node.name.as_deref(),
                    kind: node.kind.as_str(),
                    base: self.image_id(node.base),
                    // Of a vendor's images a pull reads only those in use.
                    latest_image: self.image_id(node.latest.filter(|_| node.kind != RecipeKind::Vendor)),
                    servers,
                };
                Some((place, recipe))
            })
            .collect();
        recipes.sort_by(|a, b| (a.0, a.1.id).cmp(&(b.0, b.1.id)));
        recipes.into_iter().map(|(_, recipe)| recipe).collect()
    }
}

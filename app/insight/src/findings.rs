//! From a fleet and its lineage to the findings, in time linear in their size.

use fleet::{BakeVerdict, Fleet, GroupIx, Lineage, RecipeKind, ServerIx, TemplateIx, Time};

use crate::bake::Bakes;
use crate::clock;
use crate::drift::DriftVerdict;
use crate::family::{base_of, image_findings};
use crate::finding::{
    Findings, GroupFinding, ImageFinding, Phoenix, RecipeFinding, ServerFinding, TemplateFinding, Totals,
};
use crate::herd::herd;
use crate::lifetime::{Lifetimes, phoenix};
use crate::policy::Policy;
use crate::readiness::{Readiness, Rto};
use crate::snowflake::{Snowflake, Snowflakes};
use crate::waived::{Waived, Waivers, Waiving};

impl Findings {
    /// What follows from `fleet` under `policy`. `lineage` must be that of the same fleet.
    #[must_use]
    pub fn of(fleet: &Fleet, lineage: &Lineage, policy: &Policy) -> Self {
        let images = image_findings(fleet, lineage);
        let bakes = Bakes::new(fleet, lineage);
        let readiness = Readiness::of(fleet, lineage, policy);
        let (servers, waived) = servers(fleet, lineage, policy, &images, &bakes, &readiness);
        let everywhere = waived.everywhere();
        let groups = groups(fleet, lineage, &servers, &bakes, everywhere);
        let totals = totals(lineage, &servers);
        let templates = (0..).map(TemplateIx).take(lineage.templates.len());
        let templates = templates.map(|ix| TemplateFinding { bake: bakes.template_verdict(ix, everywhere) }).collect();
        let recipes = bakes.recipe_verdicts(everywhere).into_iter().map(|bake| RecipeFinding { bake }).collect();
        Self { servers, images, groups, templates, recipes, totals, waived, readiness }
    }
}

fn servers(
    fleet: &Fleet,
    lineage: &Lineage,
    policy: &Policy,
    images: &[ImageFinding],
    bakes: &Bakes<'_>,
    readiness: &Readiness,
) -> (Vec<ServerFinding>, Waived) {
    let mut waiving = Waiving::new(fleet, lineage, policy);
    let lifetimes = Lifetimes::new(fleet, lineage, policy);
    let replacements = clock::replacements(fleet);
    let snowflakes = Snowflakes::new(fleet, lineage);
    // A row without a scope comes from no pull; its clocks are counted to the latest scope's time.
    let latest = fleet.scopes.iter().map(|scope| scope.pulled_at).max().or(Time::from_epoch_s(1));
    // As many as there are: a vector that grows takes up to twice as much.
    let mut findings = Vec::with_capacity(fleet.servers.len());
    findings.extend((0..).map(ServerIx).zip(&fleet.servers).zip(&lineage.servers).filter_map(|((ix, row), node)| {
        let as_of = fleet.scope(row.scope).map(|scope| scope.pulled_at).or(latest)?;
        let replaced = match replacements.is_empty() {
            true => clock::Replacements::default(),
            false => replacements.get(&(row.scope, row.id)).copied().unwrap_or_default(),
        };
        let born = clock::born(row, replaced);
        let image = node.image.and_then(|ix| Some((lineage.images.get(ix.at())?, images.get(ix.at())?)));
        let base = image.and_then(|(node, _)| images.get(base_of(lineage, node)?.at()));
        let set = waiving.of(ix, as_of);
        let waivers = waiving.waived().of(set);
        let lifetime = lifetimes.of(ix, waivers);

        let mut finding = ServerFinding {
            as_of,
            born: born.map(|(time, _)| time),
            born_from: born.map(|(_, from)| from),
            started: row.launched,
            image_made: image.and_then(|(_, finding)| finding.made),
            base_made: base.and_then(|finding| finding.made),
            behind_days: image.and_then(|(_, finding)| finding.behind_days),
            newest: image.and_then(|(_, finding)| finding.newest.filter(|&newest| Some(newest) != node.image)),
            lifetime_s: lifetime.seconds,
            lifetime_from: lifetime.from,
            cap_unknown: lifetime.cap_unknown,
            due_at: None,
            phoenix: Phoenix::Unknown,
            exempt: lifetime.exempt,
            bad_lifetime_tag: lifetime.bad_tag,
            waivers: set,
            drift: snowflakes.drifts().verdict(ix, waivers),
            snowflake: Snowflake::Unknown,
            bake: bakes.verdict(ix, waivers),
            rto: match node.group {
                Some(group) => readiness.groups.get(group.at()).map_or(Rto::Unknown, |group| group.verdict),
                // A group that was not read may have an objective.
                None if row.group.is_some() => Rto::Unknown,
                None => Rto::None,
            },
        };
        finding.phoenix = phoenix(finding.age_s(), &lifetime);
        if !lifetime.cap_unknown && (lifetime.exempt.is_none() || lifetime.capped) {
            finding.due_at = finding.born.and_then(|born| born.plus_s(i64::from(lifetime.seconds)));
        }
        finding.snowflake = snowflakes.verdict(ix, &finding, finding.drift, waivers);
        Some(finding)
    }));
    (findings, waiving.done())
}

fn groups(
    fleet: &Fleet,
    lineage: &Lineage,
    servers: &[ServerFinding],
    bakes: &Bakes<'_>,
    everywhere: Waivers<'_>,
) -> Vec<GroupFinding> {
    let blank = |ix| GroupFinding { bake: bakes.group_verdict(ix, everywhere), ..GroupFinding::default() };
    let mut groups: Vec<GroupFinding> = (0..).map(GroupIx).take(fleet.groups.len()).map(blank).collect();
    let mut sizes = vec![0_usize; fleet.groups.len()];
    // Sorted by group, then time: one sort for all herds.
    let mut due: Vec<(GroupIx, Time)> = Vec::new();
    for (node, finding) in lineage.servers.iter().zip(servers) {
        let Some((ix, group)) = node.group.and_then(|ix| Some((ix, groups.get_mut(ix.at())?))) else { continue };
        sizes[ix.at()] += 1;
        group.overdue += u32::from(finding.phoenix == Phoenix::Overdue);
        group.due += u32::from(finding.phoenix == Phoenix::Due);
        group.behind += u32::from(node.behind_its_group == Some(true));
        due.extend(finding.due_at.filter(|&time| time >= finding.as_of).map(|time| (ix, time)));
    }
    due.sort_unstable();
    for chunk in due.chunk_by(|a, b| a.0 == b.0) {
        let (ix, times) = (chunk[0].0, chunk.iter().map(|&(_, time)| time).collect::<Vec<_>>());
        groups[ix.at()].herd = herd(&times, sizes[ix.at()]);
    }
    groups
}

fn totals(lineage: &Lineage, servers: &[ServerFinding]) -> Totals {
    let mut totals = Totals::default();
    for (node, finding) in lineage.servers.iter().zip(servers) {
        totals.servers += 1;
        *match finding.phoenix {
            Phoenix::Young => &mut totals.young,
            Phoenix::Due => &mut totals.due,
            Phoenix::Overdue => &mut totals.overdue,
            Phoenix::Exempt => &mut totals.exempt,
            Phoenix::Unknown => &mut totals.unknown,
        } += 1;
        let recipe = node
            .image
            .and_then(|image| lineage.recipes.get(lineage.images.get(image.at())?.recipe.at()))
            .filter(|recipe| recipe.kind != RecipeKind::Unknown);
        totals.unknown_recipe += u32::from(recipe.is_none());
        totals.snowflakes += u32::from(finding.snowflake == Snowflake::Snowflake);
        totals.fried += u32::from(finding.bake == BakeVerdict::Fried);
        totals.mixed += u32::from(finding.bake == BakeVerdict::Mixed);
        totals.drifted += u32::from(finding.drift == DriftVerdict::Differs);
        totals.behind_group += u32::from(node.behind_its_group == Some(true));
    }
    totals
}

//! Which servers a query selects.

use fleet::query::{Field, Query, Search, Subject, Text, Verdict};
use fleet::{
    BakeVerdict, Fleet, ImageIx, ImageNode, Lineage, ScopeIx, Server, ServerIx, ServerNode, Sym, Symbols, TagSet,
    TemplateIx, TemplateNode,
};
use rayon::prelude::*;

use crate::bake::{BakeStanding, Bakes};
use crate::drift::DriftVerdict;
use crate::finding::{Findings, Phoenix, ServerFinding};
use crate::policy::Policy;
use crate::readiness::Rto;
use crate::snowflake::Snowflake;
use crate::waived::Waivers;

/// Servers that a thread looks at in one go, at least: less than a millisecond.
const SIDE_BY_SIDE: usize = 16 << 10;

/// The servers that `query` selects, in the fleet's order. `findings` must be those of this fleet.
#[must_use]
pub fn select(fleet: &Fleet, lineage: &Lineage, findings: &Findings, policy: &Policy, query: &Query) -> Vec<ServerIx> {
    let subjects = Subjects::new(fleet, lineage, policy);
    let search = Search::new(query, &fleet.symbols);
    let is_selected = |&(at, finding): &(usize, &ServerFinding)| {
        subjects.server(ServerIx(at as u32), Some(finding)).is_some_and(|server| search.matches(&server))
    };
    let servers = findings.servers.par_iter().with_min_len(SIDE_BY_SIDE).enumerate();
    servers.filter(is_selected).map(|(at, _)| ServerIx(at as u32)).collect()
}

/// The servers of a fleet as a query sees them, with what they share made once.
pub struct Subjects<'a> {
    fleet: &'a Fleet,
    lineage: &'a Lineage,
    /// Names of accounts by scope.
    account_names: Vec<Option<&'a str>>,
    /// `web:11` by template version.
    template_labels: Vec<Option<String>>,
    /// Names by group. Rows are wide and servers are not in their order, so that these, side by side, are far sooner read.
    group_names: Vec<Sym>,
    /// Id and name by image.
    image_names: Vec<(Sym, Option<Sym>)>,
    bakes: Bakes<'a>,
}

impl<'a> Subjects<'a> {
    /// The servers of `fleet`.
    #[must_use]
    pub fn new(fleet: &'a Fleet, lineage: &'a Lineage, policy: &'a Policy) -> Self {
        let account_names = fleet.scopes.iter().map(|scope| policy.account_name(fleet.str(scope.account))).collect();
        let template_labels = lineage
            .templates
            .iter()
            .map(|node| Some(format!("{}:{}", fleet.str(node.name.unwrap_or(node.id)), node.version?)))
            .collect();
        Self {
            fleet,
            lineage,
            account_names,
            template_labels,
            group_names: fleet.groups.iter().map(|group| group.name).collect(),
            image_names: lineage.images.iter().map(|image| (image.id, image_name(fleet, image))).collect(),
            bakes: Bakes::new(fleet, lineage),
        }
    }

    /// What `image:` and `base:` read.
    pub(crate) fn image_texts(&self, ix: Option<ImageIx>, mut found: impl FnMut(Text<'_>) -> bool) -> bool {
        let Some(&(id, name)) = ix.and_then(|ix| self.image_names.get(ix.at())) else { return false };
        found(Text::Sym(id)) || syms(name, found)
    }

    /// What `account:` or `region:` reads.
    pub(crate) fn place_texts(&self, scope: ScopeIx, field: Field, mut found: impl FnMut(Text<'_>) -> bool) -> bool {
        let row = self.fleet.scope(scope);
        if field == Field::Region {
            return syms(row.map(|scope| scope.region), found);
        }
        let name = self.account_names.get(usize::from(scope.0)).copied().flatten();
        syms(row.map(|scope| scope.account), &mut found) || name.is_some_and(|name| found(Text::Str(name)))
    }

    /// What `fry:` reads of what boots from a template version.
    pub(crate) fn template_fry_texts(&self, at: usize, found: impl FnMut(Text<'_>) -> bool) -> bool {
        let template = u32::try_from(at).map(TemplateIx);
        template.is_ok_and(|template| fry_texts(&self.bakes.of_template(template, Waivers::NONE), found))
    }

    /// What `template:` reads.
    pub(crate) fn template_texts(
        &self,
        at: usize,
        node: &TemplateNode,
        mut found: impl FnMut(Text<'_>) -> bool,
    ) -> bool {
        let label = self.template_labels.get(at).and_then(Option::as_ref);
        found(Text::Sym(node.id)) || syms(node.name, &mut found) || label.is_some_and(|label| found(Text::Str(label)))
    }

    /// One server; `None` beyond the last. Without its finding its age, behind and verdicts are unknown.
    #[must_use]
    pub fn server(&'a self, ix: ServerIx, finding: Option<&'a ServerFinding>) -> Option<ServerSubject<'a>> {
        let row = self.fleet.servers.get(ix.at())?;
        let node = self.lineage.servers.get(ix.at())?;
        Some(ServerSubject { all: self, ix, row, node, finding })
    }
}

/// One server as a query sees it.
pub struct ServerSubject<'a> {
    all: &'a Subjects<'a>,
    ix: ServerIx,
    row: &'a Server,
    node: &'a ServerNode,
    finding: Option<&'a ServerFinding>,
}

impl ServerSubject<'_> {
    fn image(&self) -> Option<&ImageNode> {
        self.all.lineage.images.get(self.node.image?.at())
    }
}

/// What `recipe:` reads, of the recipe of an image.
pub(crate) fn recipe_texts(lineage: &Lineage, image: Option<ImageIx>, mut found: impl FnMut(Text<'_>) -> bool) -> bool {
    let image = image.and_then(|ix| lineage.images.get(ix.at()));
    image.and_then(|image| lineage.recipes.get(image.recipe.at())).is_some_and(|recipe| {
        recipe.name.as_ref().is_some_and(|name| found(Text::Str(name)))
            || found(Text::Str(&recipe.id))
            || found(Text::Str(recipe.kind.as_str()))
    })
}

/// What `fry:` reads: the rules, or that nobody can say which, so that it does not pass for one without findings.
fn fry_texts(standing: &BakeStanding<'_>, mut found: impl FnMut(Text<'_>) -> bool) -> bool {
    match standing.bake {
        Some(bake) => bake.findings.iter().any(|one| found(Text::Sym(one.rule))),
        None => standing.verdict == BakeVerdict::Unknown && found(Text::Str("unknown")),
    }
}

/// The name of an image, by the first of its rows that has one: the owner's comes first.
pub(crate) fn image_name(fleet: &Fleet, image: &ImageNode) -> Option<Sym> {
    image.rows.iter().find_map(|&row| fleet.images.get(row as usize)?.name)
}

fn syms(symbols: impl IntoIterator<Item = Sym>, mut found: impl FnMut(Text<'_>) -> bool) -> bool {
    symbols.into_iter().any(|sym| found(Text::Sym(sym)))
}

impl Subject for ServerSubject<'_> {
    fn symbols(&self) -> &Symbols {
        &self.all.fleet.symbols
    }

    fn age_s(&self) -> Option<i64> {
        self.finding?.age_s()
    }

    fn behind_days(&self) -> Option<i64> {
        self.finding?.behind_days.map(i64::from)
    }

    fn verdict(&self, of: Verdict) -> &str {
        let finding = self.finding;
        match of {
            Verdict::Phoenix => finding.map_or(Phoenix::Unknown, |finding| finding.phoenix).as_str(),
            Verdict::Snowflake => finding.map_or(Snowflake::Unknown, |finding| finding.snowflake).as_str(),
            Verdict::Bake => finding.map_or(BakeVerdict::Unknown, |finding| finding.bake).as_str(),
            Verdict::Drift => finding.map_or(DriftVerdict::Unknown, |finding| finding.drift).as_str(),
            Verdict::Rto => finding.map_or(Rto::Unknown, |finding| finding.rto).as_str(),
        }
    }

    fn tags(&self) -> TagSet {
        self.row.tags
    }

    fn texts(&self, field: Field, mut found: impl FnMut(Text<'_>) -> bool) -> bool {
        let Subjects { fleet, lineage, .. } = self.all;
        let row = self.row;
        match field {
            Field::Id => found(Text::Sym(row.id)),
            Field::Account | Field::Region => self.all.place_texts(row.scope, field, found),
            Field::Zone => syms(row.zone, found),
            Field::State => found(Text::Str(row.state.as_str())),
            Field::Type => syms(row.instance_type, found),
            Field::Group => {
                let group = self.node.group.and_then(|group| self.all.group_names.get(group.at()).copied());
                syms(group.or(row.group), found)
            }
            Field::Template => {
                let node = self.node.template.and_then(|ix| Some((ix, lineage.templates.get(ix.at())?)));
                node.is_some_and(|(ix, node)| self.all.template_texts(ix.at(), node, found))
            }
            Field::Image => self.all.image_texts(self.node.image, found),
            Field::Base => self.all.image_texts(self.image().and_then(|image| image.base), found),
            Field::Recipe => recipe_texts(lineage, self.node.image, found),
            Field::Owner => fleet.owner(row).is_some_and(|owner| found(Text::Str(&owner))),
            Field::Ip => found(Text::List(row.addresses)),
            Field::Fry => fry_texts(&self.all.bakes.of_server(self.ix, Waivers::NONE), found),
            Field::Dns => found(Text::List(row.dns_names)),
            // The language reads the name from the tags itself.
            Field::Name => false,
        }
    }
}

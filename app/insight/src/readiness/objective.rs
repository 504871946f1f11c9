//! In how long a group should be made again: its recovery objective, and who set it.

use fleet::query::{Field, Search, Subject, Text, Verdict};
use fleet::{Fleet, Group, GroupIx, ImageIx, Lineage, Sym, Symbols, TagSet, TemplateNode};

use crate::policy::{Policy, parse_objective};
use crate::select::{Subjects, recipe_texts};

/// The tag of a group that sets its recovery objective: `15m`, `2h`.
pub const RTO_TAG: &str = "emberline:rto";

/// What set a recovery objective.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ObjectiveFrom {
    /// The group's tag `emberline:rto`.
    Tag,
    /// A rule of the policy file, by its position from 0.
    Policy(u16),
}

/// In how long a group's servers should be made again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Objective {
    /// In seconds.
    pub seconds: u32,
    /// What set it.
    pub from: ObjectiveFrom,
}

/// The objectives of a fleet's groups: policy rules remember what they found out about its strings.
pub(super) struct Objectives<'a> {
    subjects: Subjects<'a>,
    fleet: &'a Fleet,
    lineage: &'a Lineage,
    rules: Vec<(Search<'a>, u32)>,
}

impl<'a> Objectives<'a> {
    pub(super) fn new(fleet: &'a Fleet, lineage: &'a Lineage, policy: &'a Policy) -> Self {
        let rules = policy.objectives().iter().map(|rule| (Search::new(&rule.query, &fleet.symbols), rule.rto_s));
        Self { subjects: Subjects::new(fleet, lineage, policy), fleet, lineage, rules: rules.collect() }
    }

    /// The objective of a group: its tag, else the first rule that matches. With it a tag that is no objective and so
    /// was not followed.
    pub(super) fn of(&self, ix: GroupIx, group: &Group) -> (Option<Objective>, Option<Sym>) {
        let symbols = &self.fleet.symbols;
        let tag = symbols.tag_sym(group.tags, RTO_TAG);
        let tagged = tag.map(|value| parse_objective(symbols.str(value).trim()).map_err(|_| value));
        match tagged {
            Some(Ok(seconds)) => (Some(Objective { seconds, from: ObjectiveFrom::Tag }), None),
            tagged => (self.by_policy(ix, group), tagged.and_then(Result::err)),
        }
    }

    fn by_policy(&self, ix: GroupIx, group: &Group) -> Option<Objective> {
        let subject = GroupSubject { all: self, group, wants: self.wants(ix) };
        let (rule, &(_, seconds)) = (0..).zip(&self.rules).find(|(_, (search, _))| search.matches(&subject))?;
        Some(Objective { seconds, from: ObjectiveFrom::Policy(rule) })
    }

    fn wants(&self, ix: GroupIx) -> Option<(usize, &'a TemplateNode)> {
        let wants = self.lineage.groups.get(ix.at())?.wants?;
        Some((wants.at(), self.lineage.templates.get(wants.at())?))
    }
}

/// A group as a query sees it: what its next server would be.
struct GroupSubject<'a> {
    all: &'a Objectives<'a>,
    group: &'a Group,
    wants: Option<(usize, &'a TemplateNode)>,
}

impl GroupSubject<'_> {
    fn image(&self) -> Option<ImageIx> {
        self.wants?.1.image
    }
}

impl Subject for GroupSubject<'_> {
    fn symbols(&self) -> &Symbols {
        &self.all.fleet.symbols
    }

    fn age_s(&self) -> Option<i64> {
        None
    }

    fn behind_days(&self) -> Option<i64> {
        None
    }

    fn verdict(&self, _: Verdict) -> &str {
        "unknown"
    }

    fn tags(&self) -> TagSet {
        self.group.tags
    }

    fn texts(&self, field: Field, mut found: impl FnMut(Text<'_>) -> bool) -> bool {
        let Objectives { subjects, fleet, lineage, .. } = self.all;
        match field {
            Field::Group => found(Text::Sym(self.group.name)),
            Field::Account | Field::Region => subjects.place_texts(self.group.scope, field, found),
            Field::Template => self.wants.is_some_and(|(ix, node)| subjects.template_texts(ix, node, found)),
            Field::Image => subjects.image_texts(self.image(), found),
            Field::Base => {
                let base = self.image().and_then(|image| lineage.images.get(image.at())?.base);
                subjects.image_texts(base, found)
            }
            Field::Recipe => recipe_texts(lineage, self.image(), found),
            Field::Type => {
                let own = self.wants.and_then(|(_, node)| instance_type(fleet, node));
                let overrides = self.group.overrides.iter().filter_map(|row| row.instance_type);
                overrides.chain(own).any(|name| found(Text::Sym(name)))
            }
            Field::Fry => self.wants.is_some_and(|(ix, _)| subjects.template_fry_texts(ix, found)),
            Field::Owner => fleet.group_owner(self.group).is_some_and(|owner| found(Text::Str(&owner))),
            // These are a server's: the policy file refuses them here.
            Field::Id | Field::Name | Field::Zone | Field::State | Field::Ip | Field::Dns => false,
        }
    }
}

/// The instance type that a template version or launch configuration names.
pub(super) fn instance_type(fleet: &Fleet, node: &TemplateNode) -> Option<Sym> {
    let row = node.row? as usize;
    match node.kind {
        fleet::TemplateKind::LaunchTemplate => fleet.template_versions.get(row)?.instance_type,
        fleet::TemplateKind::LaunchConfiguration => fleet.launch_configurations.get(row)?.instance_type,
    }
}

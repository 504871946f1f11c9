//! The phoenix lifetime of a server: who set it, and where the server stands in it.

use fleet::query::Search;
use fleet::{Fleet, Lineage, ServerIx, Sym, TagSet};
use rustc_hash::FxHashMap;

use crate::finding::{ExemptBy, LifetimeFrom, Phoenix};
use crate::policy::{Policy, parse_lifetime};
use crate::select::Subjects;
use crate::waived::Waivers;

/// The tag of a server that sets its lifetime: `14d`, `36h`.
pub const LIFETIME_TAG: &str = "emberline:lifetime";
/// The tag of a server that exempts it; its value is the reason.
pub const EXEMPT_TAG: &str = "emberline:exempt";

/// The lifetime of one server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Lifetime {
    pub(crate) seconds: u32,
    pub(crate) from: LifetimeFrom,
    /// What exempts it.
    pub(crate) exempt: Option<ExemptBy>,
    /// Whether its group sets a cap.
    pub(crate) capped: bool,
    /// Whether it has a group that was not read, which may set a cap.
    pub(crate) cap_unknown: bool,
    /// A lifetime tag that was not followed.
    pub(crate) bad_tag: Option<Sym>,
}

/// What sets lifetimes in one fleet: policy rules remember what they found out about its strings.
pub(crate) struct Lifetimes<'a> {
    fleet: &'a Fleet,
    lineage: &'a Lineage,
    subjects: Subjects<'a>,
    rules: Vec<(Search<'a>, u32)>,
    default_s: u32,
    lifetime_tags: FxHashMap<TagSet, Sym>,
    exempt_tags: FxHashMap<TagSet, Sym>,
}

impl<'a> Lifetimes<'a> {
    pub(crate) fn new(fleet: &'a Fleet, lineage: &'a Lineage, policy: &'a Policy) -> Self {
        Self {
            fleet,
            lineage,
            subjects: Subjects::new(fleet, lineage, policy),
            rules: policy
                .lifetimes()
                .iter()
                .map(|rule| (Search::new(&rule.query, &fleet.symbols), rule.lifetime_s))
                .collect(),
            default_s: policy.default_lifetime_s(),
            lifetime_tags: fleet.symbols.tag_values(LIFETIME_TAG),
            exempt_tags: fleet.symbols.tag_values(EXEMPT_TAG),
        }
    }

    /// The lifetime of a server: its tag, else the first rule that matches, else the default; under its group's
    /// `MaxInstanceLifetime`, at which AWS burns whatever we think. An exempt server, by its tag or else by the policy
    /// file, has nothing but that cap.
    pub(crate) fn of(&self, ix: ServerIx, waivers: Waivers<'_>) -> Lifetime {
        let row = &self.fleet.servers[ix.at()];
        let symbols = &self.fleet.symbols;
        let tag = self.lifetime_tags.get(&row.tags).copied();
        let tagged = tag.map(|value| (value, parse_lifetime(symbols.str(value).trim())));
        let reason = |reason: &Sym| !symbols.str(*reason).trim().is_empty();
        let by_tag = self.exempt_tags.get(&row.tags).map(|&value| ExemptBy::Tag(Some(value).filter(reason)));
        let exempt = by_tag.or_else(|| waivers.lifetime().map(|_| ExemptBy::Policy));

        let group = self.lineage.servers.get(ix.at()).and_then(|node| node.group);
        let cap_s = group.and_then(|group| self.fleet.groups.get(group.at())?.max_instance_lifetime_s);

        let (own_s, own_from) = match &tagged {
            Some((_, Ok(seconds))) => (*seconds, LifetimeFrom::Tag),
            _ => self.by_policy(ix),
        };
        let (seconds, from) = match cap_s {
            Some(cap_s) if cap_s <= own_s || exempt.is_some() => (cap_s, LifetimeFrom::Group),
            _ => (own_s, own_from),
        };
        Lifetime {
            seconds,
            from,
            exempt,
            capped: cap_s.is_some(),
            cap_unknown: row.group.is_some() && group.is_none(),
            bad_tag: tagged.and_then(|(value, parsed)| parsed.is_err().then_some(value)),
        }
    }

    fn by_policy(&self, ix: ServerIx) -> (u32, LifetimeFrom) {
        if self.rules.is_empty() {
            return (self.default_s, LifetimeFrom::Default);
        }
        let Some(server) = self.subjects.server(ix, None) else { return (self.default_s, LifetimeFrom::Default) };
        (0..)
            .zip(&self.rules)
            .find(|(_, (search, _))| search.matches(&server))
            .map_or((self.default_s, LifetimeFrom::Default), |(rule, &(_, seconds))| {
                (seconds, LifetimeFrom::Policy(rule))
            })
    }
}

/// Where a server of `age_s` stands: due from 80 %, overdue from 100 %, to the second. A cap that was not read can only
/// shorten its lifetime, so that overdue is certain and anything less is unknown.
pub(crate) fn phoenix(age_s: Option<i64>, lifetime: &Lifetime) -> Phoenix {
    let seconds = i64::from(lifetime.seconds);
    match age_s {
        _ if lifetime.exempt.is_some() => Phoenix::Exempt,
        None => Phoenix::Unknown,
        Some(age_s) if age_s >= seconds => Phoenix::Overdue,
        Some(_) if lifetime.cap_unknown => Phoenix::Unknown,
        Some(age_s) if age_s * 5 >= seconds * 4 => Phoenix::Due,
        Some(_) => Phoenix::Young,
    }
}

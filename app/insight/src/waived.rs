//! What the policy file takes out of the findings, server by server.

use fleet::query::Search;
use fleet::{Fleet, Lineage, ServerIx, Time};
use rustc_hash::FxHashMap;

use crate::drift::DriftField;
use crate::policy::{Policy, Waivable, Waiver};
use crate::select::Subjects;
use crate::snowflake::EvidenceKind;

/// A set of waivers that servers share, by its place in [`Waived`]. The default is the empty one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct WaiverSet(u32);

/// One waiver whose query selects a server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Match {
    waiver: u16,
    /// Whether it has ended by the time of the server's scope.
    is_over: bool,
}

/// The waivers of a policy, and which of them each server has.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Waived {
    waivers: Vec<Waiver>,
    sets: Vec<Vec<Match>>,
    /// Those that hold on every server.
    everywhere: Vec<Match>,
    /// Of each waiver, how many servers its query selects, and for how many of them it has ended.
    counts: Vec<(u32, u32)>,
}

impl Waived {
    /// The waivers of a set.
    #[must_use]
    pub fn of(&self, set: WaiverSet) -> Waivers<'_> {
        let here = (set.0 as usize).checked_sub(1).and_then(|at| self.sets.get(at));
        Waivers { all: &self.waivers, here: here.map(Vec::as_slice).unwrap_or_default() }
    }

    /// The waivers that hold on every server, those to come too: what may be said of template versions and groups.
    #[must_use]
    pub fn everywhere(&self) -> Waivers<'_> {
        Waivers { all: &self.waivers, here: &self.everywhere }
    }

    /// Every waiver of the policy, in its order, with how many servers it selects and for how many of them it has ended.
    pub fn counted(&self) -> impl Iterator<Item = (&Waiver, u32, u32)> {
        self.waivers.iter().zip(&self.counts).map(|(waiver, &(servers, over))| (waiver, servers, over))
    }
}

/// The waivers of one server.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waivers<'a> {
    all: &'a [Waiver],
    here: &'a [Match],
}

impl<'a> Waivers<'a> {
    /// No waivers.
    pub const NONE: Waivers<'static> = Waivers { all: &[], here: &[] };

    /// Those that hold.
    pub fn in_force(self) -> impl Iterator<Item = &'a Waiver> {
        self.here.iter().filter(|one| !one.is_over).filter_map(move |one| self.all.get(usize::from(one.waiver)))
    }

    /// Those that held until a day that has passed.
    pub fn over(self) -> impl Iterator<Item = &'a Waiver> {
        self.here.iter().filter(|one| one.is_over).filter_map(move |one| self.all.get(usize::from(one.waiver)))
    }

    /// What takes out a finding of this rule of user data.
    #[must_use]
    pub fn bake(self, rule: &str) -> Option<&'a Waiver> {
        let takes = |one: &Waivable| matches!(one, Waivable::Bake(of) if of.is_none_or(|of| of == rule));
        self.in_force().find(|waiver| waiver.of.iter().any(takes))
    }

    /// What takes out evidence of this kind.
    #[must_use]
    pub fn snowflake(self, kind: EvidenceKind) -> Option<&'a Waiver> {
        self.on(&Waivable::Snowflake(Some(kind)))
    }

    /// What takes out a difference in this field.
    #[must_use]
    pub fn drift(self, field: DriftField) -> Option<&'a Waiver> {
        self.on(&Waivable::Drift(Some(field)))
    }

    /// What exempts from the lifetime.
    #[must_use]
    pub fn lifetime(self) -> Option<&'a Waiver> {
        self.on(&Waivable::Lifetime)
    }

    fn on(self, what: &Waivable) -> Option<&'a Waiver> {
        self.in_force().find(|waiver| waiver.of.iter().any(|one| one.covers(what)))
    }
}

/// Finds the waivers of the servers of one fleet.
pub(crate) struct Waiving<'a> {
    subjects: Option<Subjects<'a>>,
    searches: Vec<(Search<'a>, Option<Time>)>,
    waived: Waived,
    known: FxHashMap<Vec<Match>, WaiverSet>,
}

impl<'a> Waiving<'a> {
    pub(crate) fn new(fleet: &'a Fleet, lineage: &'a Lineage, policy: &'a Policy) -> Self {
        let waivers = policy.waivers();
        let on_all = (0..).zip(waivers).filter(|(_, waiver)| waiver.query.is_empty() && waiver.ends.is_none());
        let everywhere = on_all.map(|(waiver, _)| Match { waiver, is_over: false }).collect();
        let search = |waiver: &'a Waiver| (Search::new(&waiver.query, &fleet.symbols), waiver.ends);
        Self {
            subjects: (!waivers.is_empty()).then(|| Subjects::new(fleet, lineage, policy)),
            searches: waivers.iter().map(search).collect(),
            waived: Waived {
                waivers: waivers.to_vec(),
                sets: Vec::new(),
                everywhere,
                counts: vec![(0, 0); waivers.len()],
            },
            known: FxHashMap::default(),
        }
    }

    /// The waivers of a server as of its scope's time.
    pub(crate) fn of(&mut self, ix: ServerIx, as_of: Time) -> WaiverSet {
        let Some(server) = self.subjects.as_ref().and_then(|subjects| subjects.server(ix, None)) else {
            return WaiverSet::default();
        };
        let mut here = Vec::new();
        for (waiver, (search, ends)) in (0_u16..).zip(&self.searches) {
            if search.matches(&server) {
                let is_over = ends.is_some_and(|ends| ends <= as_of);
                let (servers, over) = &mut self.waived.counts[usize::from(waiver)];
                *servers += 1;
                *over += u32::from(is_over);
                here.push(Match { waiver, is_over });
            }
        }
        if here.is_empty() {
            return WaiverSet::default();
        }
        let sets = &mut self.waived.sets;
        *self.known.entry(here).or_insert_with_key(|here| {
            sets.push(here.clone());
            WaiverSet(u32::try_from(sets.len()).expect("no more sets than servers, which an u32 counts"))
        })
    }

    pub(crate) fn waived(&self) -> &Waived {
        &self.waived
    }

    pub(crate) fn done(self) -> Waived {
        self.waived
    }
}

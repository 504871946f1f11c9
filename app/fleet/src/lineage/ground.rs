//! The ground under the rows: which place a scope reads, and what it was able to read there.

use rustc_hash::{FxHashMap, FxHashSet};

use super::node::Presence;
use crate::call::Call;
use crate::resources::ScopeIx;
use crate::rows::Fleet;
use crate::symbol::Sym;

/// A partition and region: where an image id means one image, whatever the account that looks at it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct PlaceIx(u32);

/// Places and answers of a fleet's scopes.
pub(super) struct Ground {
    places: Vec<(Sym, Option<Sym>)>,
    index: FxHashMap<(Sym, Option<Sym>), PlaceIx>,
    of_scope: Vec<PlaceIx>,
    accounts: FxHashSet<(Sym, Sym)>,
    by_account: FxHashMap<(Sym, PlaceIx), ScopeIx>,
    unread_calls: FxHashSet<(ScopeIx, Call)>,
    unread_things: FxHashSet<(ScopeIx, Call, Sym)>,
}

impl Ground {
    pub(super) fn of(fleet: &Fleet) -> Self {
        let mut ground = Self {
            places: Vec::new(),
            index: FxHashMap::default(),
            of_scope: Vec::with_capacity(fleet.scopes.len()),
            accounts: FxHashSet::default(),
            by_account: FxHashMap::default(),
            unread_calls: FxHashSet::default(),
            unread_things: FxHashSet::default(),
        };
        for (number, scope) in (0..).zip(&fleet.scopes) {
            let place = ground.place(scope.partition, Some(scope.region));
            ground.of_scope.push(place);
            ground.accounts.insert((scope.partition, scope.account));
            ground.by_account.entry((scope.account, place)).or_insert(ScopeIx(number));
        }
        for gap in &fleet.gaps {
            match gap.resource {
                Some(thing) => ground.unread_things.insert((gap.scope, gap.call, thing)),
                None => ground.unread_calls.insert((gap.scope, gap.call)),
            };
        }
        ground
    }

    /// The place of a partition and region, new or known.
    pub(super) fn place(&mut self, partition: Sym, region: Option<Sym>) -> PlaceIx {
        let next = PlaceIx(self.places.len() as u32);
        *self.index.entry((partition, region)).or_insert_with(|| {
            self.places.push((partition, region));
            next
        })
    }

    /// The place that a scope reads; `None` for a scope that the fleet does not have.
    pub(super) fn place_of(&self, scope: ScopeIx) -> Option<PlaceIx> {
        self.of_scope.get(usize::from(scope.0)).copied()
    }

    pub(super) fn partition(&self, place: PlaceIx) -> Sym {
        self.places[place.0 as usize].0
    }

    pub(super) fn region(&self, place: PlaceIx) -> Option<Sym> {
        self.places[place.0 as usize].1
    }

    /// Every scope that reads the place.
    pub(super) fn scopes_at(&self, place: PlaceIx) -> impl Iterator<Item = ScopeIx> {
        (0..).zip(&self.of_scope).filter(move |&(_, &at)| at == place).map(|(number, _)| ScopeIx(number))
    }

    /// The scope of an account at a place.
    pub(super) fn scope_of(&self, account: Sym, place: PlaceIx) -> Option<ScopeIx> {
        self.by_account.get(&(account, place)).copied()
    }

    /// Whether some scope reads this account.
    pub(super) fn is_ours(&self, partition: Sym, account: Sym) -> bool {
        self.accounts.contains(&(partition, account))
    }

    /// Whether `call` was answered in `scope`, for `thing` too. A scope whose sign-in failed answered nothing.
    pub(super) fn answered(&self, scope: ScopeIx, call: Call, thing: Option<Sym>) -> bool {
        usize::from(scope.0) < self.of_scope.len()
            && !self.unread_calls.contains(&(scope, call))
            && !self.unread_calls.contains(&(scope, Call::GetCallerIdentity))
            && thing.is_none_or(|thing| !self.unread_things.contains(&(scope, call, thing)))
    }

    /// What the absence of a thing means where `call` would have shown it.
    pub(super) fn presence_of_absent(&self, scope: ScopeIx, call: Call, thing: Sym) -> Presence {
        if self.answered(scope, call, Some(thing)) { Presence::Gone } else { Presence::Unread }
    }
}

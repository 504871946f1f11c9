//! Servers by scope and id, for joining what other rows say of them: a table instead of a hash of each.

use rustc_hash::FxHashMap;

use crate::lineage::ServerIx;
use crate::resources::ScopeIx;
use crate::rows::Fleet;
use crate::symbol::Sym;

const NONE: u32 = u32::MAX;

/// Where each server of a fleet is. Linear to make; a look-up reads two small rows.
#[derive(Debug)]
pub struct ServersById {
    /// By [`Sym::index`] of the id, the first server that has it.
    first: Vec<u32>,
    /// Servers with an id that one before has, in another scope; and those of a damaged file.
    others: FxHashMap<(ScopeIx, Sym), ServerIx>,
}

impl ServersById {
    /// The servers of a fleet.
    #[must_use]
    pub fn of(fleet: &Fleet) -> Self {
        let mut first = vec![NONE; fleet.symbols.len()];
        let mut others = FxHashMap::default();
        for (number, server) in (0..).zip(&fleet.servers) {
            match first.get_mut(server.id.index()) {
                Some(slot) if *slot == NONE => *slot = number,
                _ => {
                    others.entry((server.scope, server.id)).or_insert(ServerIx(number));
                }
            }
        }
        Self { first, others }
    }

    /// The server with this id in a scope of `fleet`, which must be the same one.
    #[must_use]
    pub fn find(&self, fleet: &Fleet, scope: ScopeIx, id: Sym) -> Option<ServerIx> {
        let first = self.first.get(id.index()).filter(|&&number| number != NONE).map(|&number| ServerIx(number));
        let is_it = |ix: &ServerIx| fleet.servers.get(ix.at()).is_some_and(|server| server.scope == scope);
        match first.filter(is_it) {
            Some(ix) => Some(ix),
            None if self.others.is_empty() => None,
            None => self.others.get(&(scope, id)).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lineage::world::{PROD, World};

    #[test]
    fn a_server_is_found_in_its_scope_alone() {
        let (mut world, here) = World::new();
        let there = world.scope(PROD, "us-east-1");
        for (scope, id) in [(here, "i-1"), (here, "i-2"), (there, "i-1"), (there, "i-3")] {
            world.server(scope, id, "ami-1");
        }
        let [one, three, image] = ["i-1", "i-3", "ami-1"].map(|text| world.sym(text));
        let fleet = world.draw().fleet;
        let by_id = ServersById::of(&fleet);
        let found = |scope, id| {
            let ix: ServerIx = by_id.find(&fleet, scope, id)?;
            let server = &fleet.servers[ix.at()];
            Some((server.scope, server.id))
        };
        for (scope, id) in [(here, one), (there, one), (there, three)] {
            assert_eq!(found(scope, id), Some((scope, id)));
        }
        assert_eq!([found(here, three), found(here, image), found(ScopeIx(9), one)], [None; 3]);
    }
}

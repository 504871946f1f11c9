//! What changed from one fleet to the one that goes on from it.

use crate::by_id::ServersById;
use crate::lineage::ServerIx;
use crate::rows::Fleet;

/// What changed from one fleet to another that was resumed from it ([`crate::FleetBuilder::resume`]).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FleetDelta {
    /// Servers of the later fleet that the earlier one has not.
    pub born: Vec<ServerIx>,
    /// Servers of the earlier fleet that the later one has no more.
    pub gone: Vec<ServerIx>,
    /// Servers of the later fleet that were there before, of which something else is said now.
    pub changed: Vec<ServerIx>,
    /// Whether anything else says something else: groups with their members, images, template versions, root volume
    /// replacements, builds.
    pub other_rows: bool,
}

impl FleetDelta {
    /// Compares row by row: linear. What is never read again is not compared.
    #[must_use]
    pub fn between(before: &Fleet, after: &Fleet) -> Self {
        let mut delta = Self {
            other_rows: before.groups != after.groups
                || before.images != after.images
                || before.templates != after.templates
                || before.template_versions != after.template_versions
                || before.root_replacements != after.root_replacements
                || before.builds != after.builds,
            ..Self::default()
        };
        if before.servers == after.servers {
            return delta;
        }
        let by_id = ServersById::of(before);
        let mut stayed = vec![false; before.servers.len()];
        for (ix, row) in (0..).map(ServerIx).zip(&after.servers) {
            match by_id.find(before, row.scope, row.id) {
                None => delta.born.push(ix),
                Some(was) => {
                    stayed[was.at()] = true;
                    if before.servers[was.at()] != *row {
                        delta.changed.push(ix);
                    }
                }
            }
        }
        delta.gone.extend((0..).map(ServerIx).zip(stayed).filter(|(_, stayed)| !stayed).map(|(ix, _)| ix));
        delta
    }

    /// Whether both fleets say the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lineage::world::World;
    use crate::resources::ServerState;
    use crate::{FleetBuilder, ScopeIx};

    fn two_servers() -> (Fleet, ScopeIx) {
        let (mut world, here) = World::new();
        for id in ["i-1", "i-3"] {
            world.server(here, id, "ami-1");
        }
        (world.rows.build(), here)
    }

    #[test]
    fn who_came_who_went_and_who_changed_is_told_and_nobody_else() {
        let (before, here) = two_servers();
        let mut world = World { rows: FleetBuilder::resume(before.clone()) };
        world.rows.fleet.servers.remove(1);
        world.rows.fleet.servers[0].state = ServerState::Stopping;
        for id in ["i-0", "i-2"] {
            world.server(here, id, "ami-1");
        }
        let after = world.rows.build();
        let delta = FleetDelta::between(&before, &after);
        let ids = |fleet: &Fleet, of: &[ServerIx]| -> Vec<String> {
            of.iter().map(|ix| fleet.str(fleet.servers[ix.at()].id).to_owned()).collect()
        };
        assert_eq!(ids(&after, &delta.born), ["i-0", "i-2"]);
        assert_eq!(ids(&before, &delta.gone), ["i-3"]);
        assert_eq!(ids(&after, &delta.changed), ["i-1"]);
        assert!(!delta.other_rows && !delta.is_empty());
    }

    #[test]
    fn an_equal_fleet_has_an_empty_delta_and_another_group_none() {
        let (before, here) = two_servers();
        let same = FleetBuilder::resume(before.clone()).build();
        assert!(FleetDelta::between(&before, &same).is_empty());
        let mut world = World { rows: FleetBuilder::resume(before.clone()) };
        world.group(here, "web", None);
        let delta = FleetDelta::between(&before, &world.rows.build());
        assert_eq!(delta, FleetDelta { other_rows: true, ..FleetDelta::default() });
    }
}

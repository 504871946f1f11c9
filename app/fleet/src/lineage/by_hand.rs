//! Images made by hand: `CreateImage` of a server that was there for something else.

use rustc_hash::FxHashMap;

use super::edge::Grade;
use super::ground::{Ground, PlaceIx};
use super::node::{ImageIx, Presence, RecipeKind, ServerIx, ServerNode};
use super::proof::Evidence;
use super::recipes::{Finding, Recipes, Sources};
use crate::call::Call;
use crate::rows::Fleet;
use crate::symbol::Sym;

/// An image that is made later than this after its server's birth is one of a server that had lived: a tool that
/// bakes (Packer, Image Builder) takes its image of a server made for it, and within the hour.
const HAD_LIVED_S: i64 = 3600;

/// Where a server of the fleet is that an image was made of.
pub(super) struct SourceServers<'a> {
    servers: &'a [ServerNode],
    wanted: FxHashMap<Sym, Vec<ServerIx>>,
}

impl<'a> SourceServers<'a> {
    /// Finds the servers that some image names as its source.
    pub(super) fn of(fleet: &Fleet, servers: &'a [ServerNode]) -> Self {
        let mut wanted: FxHashMap<Sym, Vec<ServerIx>> =
            fleet.images.iter().filter_map(|image| Some((image.source_server?, Vec::new()))).collect();
        if !wanted.is_empty() {
            for (number, server) in (0..).zip(&fleet.servers) {
                if let Some(found) = wanted.get_mut(&server.id) {
                    found.push(ServerIx(number));
                }
            }
        }
        Self { servers, wanted }
    }

    /// The server with this id at a place.
    pub(super) fn find(&self, fleet: &Fleet, ground: &Ground, place: PlaceIx, id: Sym) -> Option<ServerIx> {
        let found = self.wanted.get(&id)?.iter().copied();
        found.into_iter().find(|ix| ground.place_of(fleet.servers[ix.at()].scope) == Some(place))
    }

    pub(super) fn node(&self, ix: ServerIx) -> &'a ServerNode {
        &self.servers[ix.at()]
    }
}

impl<'a> Recipes<'a> {
    /// `CreateImage` of a server that had lived or was in a group is a person's work, and so is one of a server that
    /// is gone, as far as anybody can tell. Of an image of an account that nobody read nothing can be told: what baked
    /// it would say so in tags that only its owner sees.
    pub(super) fn by_hand(&mut self, sources: &Sources<'a, '_>, ix: ImageIx) -> Option<Finding<'a>> {
        let (fleet, ground, images) = (sources.fleet, sources.ground, sources.images);
        let (source, scope) = images.field(ix, |row| Some((row.source_server?, row.scope)))?;
        let place = images.drafts[ix.at()].place;
        if images.field(ix, |row| row.owner).is_some_and(|owner| !ground.is_ours(ground.partition(place), owner)) {
            return None;
        }
        let found = sources.servers.find(fleet, ground, place, source);
        let (grade, name, presence) = match found {
            Some(server_ix) => {
                let server = &fleet.servers[server_ix.at()];
                let in_group = sources.servers.node(server_ix).group.is_some() || server.group.is_some();
                let born = server.interface_attached.or(server.root_attached).or(server.launched);
                let made = images.field(ix, |row| row.created);
                let lived_s = made.zip(born).map(|(made, born)| made.since_s(born));
                let grade = match lived_s {
                    _ if in_group => Grade::Proven,
                    Some(lived_s) if lived_s > HAD_LIVED_S => Grade::Proven,
                    Some(_) => return None,
                    None => Grade::Inferred,
                };
                (grade, fleet.server_name(server), Presence::Present)
            }
            None => {
                let is_gone =
                    ground.scopes_at(place).any(|scope| ground.answered(scope, Call::DescribeInstances, Some(source)));
                (Grade::Inferred, None, if is_gone { Presence::Gone } else { Presence::Unread })
            }
        };
        let server_id = fleet.str(source);
        let id = format!("manual:{server_id}");
        let recipe = self.recipe(RecipeKind::Manual, &id, Some(name.unwrap_or(server_id)), Some(scope), presence);
        Some(Finding { recipe, grade, evidence: Evidence::SourceServer, version: None, build: None })
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Call;
    use crate::lineage::world::{World, day};
    use crate::lineage::{Evidence, Grade, Presence};

    #[test]
    fn an_image_of_a_server_is_made_by_hand_if_that_had_lived_was_in_a_group_or_is_gone() {
        let (mut world, here) = World::new();
        let group = world.sym("web");
        let lived = day(10).and_then(|born| born.plus_s(3601));
        let cases = [
            ("i-lived", lived, Some(Grade::Proven)),
            ("i-fresh", day(10).and_then(|born| born.plus_s(3600)), None),
            ("i-grouped", day(10), Some(Grade::Proven)),
            ("i-undated", None, Some(Grade::Inferred)),
            ("i-gone", lived, Some(Grade::Inferred)),
        ];
        for (server, created, _) in cases {
            if server != "i-gone" {
                world.server(here, server, "ami-base");
            }
            let id = world.sym(server);
            let image = world.image(here, &server.replace("i-", "ami-"));
            (image.source_server, image.created) = (Some(id), created);
        }
        world.rows.fleet.servers[2].group = Some(group);
        let drawn = world.draw();
        for (server, _, grade) in cases {
            let image = server.replace("i-", "ami-");
            let node = &drawn.lineage.images[drawn.image(&image).at()];
            let told = (drawn.recipe_of(&image).id.clone(), node.recipe_grade);
            let expected = if grade.is_some() { format!("manual:{server}") } else { "unknown".to_owned() };
            assert_eq!(told, (expected, grade), "{server}");
            assert_eq!(node.recipe_evidence.map(Evidence::field), grade.map(|_| "Images[].SourceInstanceId"));
        }
        assert_eq!(drawn.recipe_of("ami-gone").presence, Presence::Gone);
        assert_eq!(drawn.recipe_of("ami-lived").presence, Presence::Present);
    }

    #[test]
    fn whether_the_source_server_is_gone_is_unknown_where_servers_were_not_read() {
        let (mut world, here) = World::new();
        world.gap(here, Call::DescribeInstances);
        let id = world.sym("i-1");
        world.image(here, "ami-1").source_server = Some(id);
        assert_eq!(world.draw().recipe_of("ami-1").presence, Presence::Unread);
    }
}

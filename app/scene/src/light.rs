//! What is lit and what is dimmed: every strand through what is selected, and what a filter leaves.

use fleet::ServerIx;

use crate::card::{CardIx, Edge, Place, Tile};
use crate::frame::Emphasis;
use crate::scene::Scene;

/// A set of servers, one bit each.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct ServerSet(Vec<u64>);

impl ServerSet {
    fn of(len: usize, servers: impl IntoIterator<Item = ServerIx>) -> Self {
        let mut bits = vec![0; len.div_ceil(64)];
        for server in servers {
            if let Some(word) = bits.get_mut(server.at() / 64) {
                *word |= 1_u64 << (server.at() % 64);
            }
        }
        Self(bits)
    }

    fn holds(&self, server: ServerIx) -> bool {
        self.0.get(server.at() / 64).is_some_and(|word| word >> (server.at() % 64) & 1 == 1)
    }
}

/// Which cards, edges and tiles stand out. Made by [`Scene::light`], good for that scene only.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Lighting {
    /// What was selected.
    selected: Vec<Place>,
    /// By card, edge and strand; empty where everything is plain.
    cards: Vec<Emphasis>,
    edges: Vec<Emphasis>,
    strands: Vec<Emphasis>,
    /// Selected servers, where servers alone are selected: of their strands only they are lit.
    only: Option<ServerSet>,
    /// What the filter leaves.
    filter: Option<ServerSet>,
}

impl Scene {
    /// Lights the lineage of what is selected, both ways, and dims the rest. `matching` are the servers that a filter
    /// leaves, `None` where there is no filter: without a selection, what leads to none of them is dimmed; with one,
    /// their tiles alone are bright. Linear in cards and edges, and in what the filter leaves.
    #[must_use]
    pub fn light(&self, selected: &[Place], matching: Option<&[ServerIx]>) -> Lighting {
        let filter = matching.map(|servers| ServerSet::of(self.tile_of.len(), servers.iter().copied()));
        if selected.is_empty() && filter.is_none() {
            return Lighting::default();
        }
        let mut on = vec![false; self.strands.len()];
        let mut servers = Vec::new();
        if selected.is_empty() {
            for &server in matching.unwrap_or_default() {
                if let Some(tile) = self.tile(server).map(|(_, tile)| tile) {
                    on[tile.strand as usize] = true;
                }
            }
        } else {
            let mut chosen = vec![false; self.cards.len()];
            for &place in selected {
                match place {
                    Place::Card(card) => {
                        if let Some(chosen) = chosen.get_mut(card.at()) {
                            *chosen = true;
                        }
                    }
                    Place::Server(server) => {
                        if let Some((_, tile)) = self.tile(server) {
                            on[tile.strand as usize] = true;
                            servers.push(server);
                        }
                    }
                }
            }
            for (strand, on) in on.iter_mut().enumerate() {
                *on |= self.strands.cards[self.strands.range(strand)].iter().any(|&card| chosen[card as usize]);
            }
        }
        let bright = if selected.is_empty() { Emphasis::Plain } else { Emphasis::Lit };
        let mut lighting = Lighting {
            cards: vec![Emphasis::Dim; self.cards.len()],
            edges: vec![Emphasis::Dim; self.edges.len()],
            strands: vec![Emphasis::Dim; self.strands.len()],
            only: (servers.len() == selected.len() && !servers.is_empty())
                .then(|| ServerSet::of(self.tile_of.len(), servers)),
            selected: selected.to_vec(),
            filter,
        };
        for (strand, _) in on.into_iter().enumerate().filter(|(_, on)| *on) {
            lighting.strands[strand] = bright;
            for at in self.strands.range(strand) {
                lighting.cards[self.strands.cards[at] as usize] = bright;
                if let Some(edge) = lighting.edges.get_mut(self.strands.edges[at] as usize) {
                    *edge = bright;
                }
            }
        }
        lighting
    }
}

impl Lighting {
    /// Whether everything is plain.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.strands.is_empty()
    }

    /// What was selected.
    #[must_use]
    pub fn selected(&self) -> &[Place] {
        &self.selected
    }

    /// How a card stands out.
    #[must_use]
    pub fn card(&self, card: CardIx) -> Emphasis {
        self.cards.get(card.at()).copied().unwrap_or_default()
    }

    /// How an edge stands out, by its index in [`Scene::edges`].
    #[must_use]
    pub fn edge(&self, edge: usize) -> Emphasis {
        self.edges.get(edge).copied().unwrap_or_default()
    }

    /// How a server's tile stands out.
    #[must_use]
    pub fn tile(&self, tile: &Tile) -> Emphasis {
        let Some(&emphasis) = self.strands.get(tile.strand as usize) else { return Emphasis::Plain };
        let left_out = self.filter.as_ref().is_some_and(|filter| !filter.holds(tile.server));
        let beside = self.only.as_ref().is_some_and(|only| !only.holds(tile.server));
        if left_out || beside { Emphasis::Dim } else { emphasis }
    }

    /// Edges in the order in which to draw them: dimmed below plain below lit.
    pub(crate) fn layer(&self, ix: usize, edge: &Edge) -> (u8, u32) {
        let layer = match self.edge(ix) {
            Emphasis::Dim => 0,
            Emphasis::Plain => 1,
            Emphasis::Lit => 2,
        };
        (layer, edge.servers)
    }
}

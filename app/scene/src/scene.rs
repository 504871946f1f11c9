//! The scene: a fleet laid out.

use epaint::{Pos2, Rect, vec2};
use fleet::{Fleet, Lineage, Node, ServerIx};
use insight::Findings;
use rustc_hash::FxHashSet;

use crate::card::{Card, CardIx, Column, ColumnKind, Edge, Place, SceneOptions, Tile};
use crate::class_graph::{ClassGraph, Layout};
use crate::colouring::{Colouring, Shades};
use crate::phase::Phase;
use crate::tiles::Tally;
use crate::{phase, ports, tiles};

/// A fleet laid out: cards in columns, edges between them, a tile for each server.
#[derive(Clone, PartialEq, Debug)]
pub struct Scene {
    pub(crate) cards: Vec<Card>,
    pub(crate) columns: Vec<Column>,
    pub(crate) edges: Vec<Edge>,
    /// Edges at each card's left and right side, from top to bottom, as indices into `edges`.
    pub(crate) incoming: Vec<Vec<u32>>,
    pub(crate) outgoing: Vec<Vec<u32>>,
    pub(crate) tiles: Vec<Tile>,
    /// What there is to count in each field, by [`crate::card::TileField::nth`].
    pub(crate) tallies: Vec<Tally>,
    /// The tile of each server; `u32::MAX` for one that the lineage does not know.
    pub(crate) tile_of: Vec<u32>,
    /// The phases that tiles show.
    phases: FxHashSet<Phase>,
    pub(crate) strands: Strands,
    /// Cards of each node, the rightmost first, sorted by node.
    cards_of: Vec<(Node, CardIx)>,
    bounds: Rect,
    crossings: u64,
    /// What is shown, as of when: `412 servers, 37 overdue · pulled 2026-11-23 05:00 UTC`.
    pub(crate) caption: String,
}

/// The ways that servers came, as lists of cards and of the edges between them.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Strands {
    pub(crate) cards: Vec<u32>,
    /// The edge from each card in `cards` to the next one; `u32::MAX` for the last.
    pub(crate) edges: Vec<u32>,
    pub(crate) ends: Vec<u32>,
}

impl Strands {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Where a strand stands in `cards` and `edges`.
    pub(crate) fn range(&self, strand: usize) -> std::ops::Range<usize> {
        let start = if strand == 0 { 0 } else { self.ends[strand - 1] };
        start as usize..self.ends[strand] as usize
    }
}

impl Scene {
    /// Lays out a fleet.
    #[must_use]
    pub fn of(fleet: &Fleet, lineage: &Lineage, findings: &Findings, options: SceneOptions) -> Self {
        let graph = ClassGraph::of(fleet, lineage, findings, options);
        let Layout { order, crossings, rects, stacks } = graph.lay_out();
        let columns = stacks.columns(&graph, &order, fleet);
        let ClassGraph { classes, labels, links, kinds, .. } = graph;

        let strand_card: Vec<Option<u32>> = (0..classes.ends.len())
            .map(|strand| {
                let last = *classes.strand(strand).last()?;
                (classes.classes[last as usize].column == ColumnKind::Group).then_some(last)
            })
            .collect();
        let shades: Vec<Shades> = findings.servers.iter().map(Colouring::shades).collect();
        let (tiles, tile_counts) =
            tiles::sorted(&classes.strand_of, &shades, &phase::of(fleet), &strand_card, classes.classes.len());
        let mut tile_of = vec![u32::MAX; fleet.servers.len()];
        for (ix, tile) in (0..).zip(&tiles) {
            tile_of[tile.server.at()] = ix;
        }

        let mut first_tile = 0;
        let mut tallies = Vec::new();
        let column_of = |kind: ColumnKind| kinds.iter().position(|&other| other == kind).unwrap_or(0);
        let mut cards: Vec<Card> = Vec::with_capacity(classes.classes.len());
        for (((class, label), &rect), &count) in classes.classes.iter().zip(labels).zip(&rects).zip(&tile_counts) {
            let field = (count > 0).then(|| {
                tallies.push(tiles::tally(&tiles[first_tile as usize..(first_tile + count) as usize]));
                tiles::field(tallies.len() as u32 - 1, first_tile, count, rect.min)
            });
            first_tile += count;
            cards.push(Card {
                of: class.of.clone(),
                column: column_of(class.column),
                rect,
                title: label.title,
                subtitle: label.subtitle,
                badge: label.badge,
                flags: label.flags,
                servers: class.servers,
                overdue: class.overdue,
                tiles: field,
            });
        }
        let mut cards_of: Vec<(Node, CardIx)> =
            (0..).zip(&cards).filter_map(|(ix, card)| Some((card.node()?, CardIx(ix)))).collect();
        cards_of.sort_by_key(|&(node, ix)| (node, std::cmp::Reverse(cards[ix.at()].column)));
        let wires = ports::wire(&cards, &links);
        let bounds =
            rects.iter().copied().reduce(Rect::union).unwrap_or(Rect::from_min_size(Pos2::ZERO, vec2(0.0, 0.0)));
        Self {
            phases: tiles.iter().map(|tile| tile.phase).collect(),
            cards,
            columns,
            edges: wires.edges,
            incoming: wires.incoming,
            outgoing: wires.outgoing,
            tiles,
            tallies,
            tile_of,
            strands: Strands { cards: classes.stations, edges: links.of_station, ends: classes.ends },
            cards_of,
            bounds,
            crossings,
            caption: caption(fleet, findings),
        }
    }

    /// All cards.
    #[must_use]
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// A card; `None` for an index of another scene.
    #[must_use]
    pub fn card(&self, card: CardIx) -> Option<&Card> {
        self.cards.get(card.at())
    }

    /// The columns from left to right.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The bundles of edges.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The tiles, card by card.
    #[must_use]
    pub fn tiles(&self) -> &[Tile] {
        &self.tiles
    }

    /// Whether some tile shows this phase.
    #[must_use]
    pub fn shows(&self, phase: Phase) -> bool {
        self.phases.contains(&phase)
    }

    /// What all cards take in the world.
    #[must_use]
    pub fn bounds(&self) -> Rect {
        self.bounds
    }

    /// How many pairs of edges cross, counted between the columns' orders.
    #[must_use]
    pub fn crossings(&self) -> u64 {
        self.crossings
    }

    /// The card and the tile of a server.
    #[must_use]
    pub fn tile(&self, server: ServerIx) -> Option<(CardIx, &Tile)> {
        let tile = self.tiles.get(*self.tile_of.get(server.at())? as usize)?;
        let range = self.strands.range(tile.strand as usize);
        Some((CardIx(self.strands.cards[range.end - 1]), tile))
    }

    /// The cards of a node, the rightmost first: an image that servers run and that others build on has two.
    pub fn cards_of(&self, node: Node) -> impl Iterator<Item = CardIx> {
        let start = self.cards_of.partition_point(|&(other, _)| other < node);
        self.cards_of[start..].iter().take_while(move |&&(other, _)| other == node).map(|&(_, card)| card)
    }

    /// Where a node is shown, servers by their tile.
    #[must_use]
    pub fn place_of(&self, node: Node) -> Option<Place> {
        match node {
            Node::Server(server) => self.tile(server).map(|_| Place::Server(server)),
            node => self.cards_of(node).next().map(Place::Card),
        }
    }

    /// The node that a place shows; `None` for a card that stands for something missing.
    #[must_use]
    pub fn node_of(&self, place: Place) -> Option<Node> {
        match place {
            Place::Server(server) => self.tile(server).map(|_| Node::Server(server)),
            Place::Card(card) => self.card(card)?.node(),
        }
    }

    /// Where a place is in the world.
    #[must_use]
    pub fn rect_of(&self, place: Place) -> Option<Rect> {
        match place {
            Place::Card(card) => Some(self.card(card)?.rect),
            Place::Server(server) => {
                let (card, _) = self.tile(server)?;
                let field = self.cards[card.at()].tiles?;
                Some(field.rect(self.tile_of[server.at()] - field.first))
            }
        }
    }

    /// The servers that hang from a card, in the fleet's order.
    #[must_use]
    pub fn servers_of(&self, card: CardIx) -> Vec<ServerIx> {
        let mut through = vec![false; self.strands.len()];
        for (strand, through) in through.iter_mut().enumerate() {
            *through = self.strands.cards[self.strands.range(strand)].contains(&card.0);
        }
        let tiles = self.tiles.iter().filter(|tile| through[tile.strand as usize]);
        let mut servers: Vec<ServerIx> = tiles.map(|tile| tile.server).collect();
        servers.sort_unstable();
        servers
    }
}

/// What a picture shows, and as of when.
fn caption(fleet: &Fleet, findings: &Findings) -> String {
    let servers = insight::human::counted(fleet.servers.len() as i64, "server");
    let overdue = match findings.totals.overdue {
        0 => String::new(),
        overdue => format!(", {overdue} overdue"),
    };
    let pulled = fleet.scopes.iter().map(|scope| scope.pulled_at).max().map_or_else(String::new, |pulled_at| {
        format!(" · pulled {}", pulled_at.timestamp().strftime("%Y-%m-%d %H:%M UTC"))
    });
    format!("{servers}{overdue}{pulled}")
}

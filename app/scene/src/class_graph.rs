//! The class graph of a fleet: its cards with the edges between them, before any has a place; and its layout.

use epaint::Rect;
use fleet::{Fleet, Lineage};
use insight::Findings;
use rustc_hash::FxHashMap;

use crate::card::{CardOf, ColumnKind, SceneOptions};
use crate::classes::{Class, Classes};
use crate::labels::{self, Label};
use crate::layout::CARD_H;
use crate::layout::layers::{Adjacency, Layers};
use crate::layout::stacks::Stacks;
use crate::tiles;

/// The cards that a fleet needs and the edges between them, each from one column to the next. A card is known by its
/// number, from 0; in the scene that is made of the graph it is the [`crate::CardIx`].
pub struct ClassGraph {
    pub(crate) classes: Classes,
    pub(crate) labels: Vec<Label>,
    pub(crate) links: Links,
    pub(crate) kinds: Vec<ColumnKind>,
    layers: Layers,
    heights: Vec<f32>,
}

/// Where the cards of a class graph go.
pub struct Layout {
    /// The cards of each column from top to bottom; those of a column in lanes row by row.
    pub order: Vec<Vec<u32>>,
    /// How many pairs of edges cross, counted between the columns' orders.
    pub crossings: u64,
    /// Where each card stands, in world points.
    pub rects: Vec<Rect>,
    pub(crate) stacks: Stacks,
}

impl ClassGraph {
    /// The class graph of a fleet.
    #[must_use]
    pub fn of(fleet: &Fleet, lineage: &Lineage, findings: &Findings, options: SceneOptions) -> Self {
        let classes = Classes::of(fleet, lineage, findings, options);
        let labels = labels::of(&classes, fleet, lineage, findings);
        let kinds = kinds(&classes);
        let links = links(&classes);
        let layers = layers(&classes, &labels, &kinds, &links);
        let height = |class: &Class| match class.column {
            ColumnKind::Group => tiles::card_height(class.servers),
            _ => CARD_H,
        };
        let heights = classes.classes.iter().map(height).collect();
        Self { classes, labels, links, kinds, layers, heights }
    }

    /// The cards of each column by name: the order that a layout begins with.
    #[must_use]
    pub fn columns(&self) -> &[Vec<u32>] {
        &self.layers.columns
    }

    /// The edges, each once.
    pub fn edges(&self) -> impl Iterator<Item = (u32, u32)> {
        self.links.pairs.iter().map(|&(from, to, _)| (from, to))
    }

    /// Orders the columns so that few edges cross, and gives each card its place.
    #[must_use]
    pub fn lay_out(&self) -> Layout {
        let (order, crossings) = self.layers.order();
        let stacks = Stacks::of(&self.kinds, &order, &self.heights, &self.layers);
        let rects = stacks.rects(&self.kinds, &order, &self.heights);
        Layout { order, crossings, rects, stacks }
    }
}

/// The columns that a picture has: the five, and one for each generation of unfolded bases.
fn kinds(classes: &Classes) -> Vec<ColumnKind> {
    let older = classes.classes.iter().filter_map(|class| match class.column {
        ColumnKind::OlderBase(generation) => Some(generation),
        _ => None,
    });
    let generations = older.max().unwrap_or(0);
    let mut kinds: Vec<ColumnKind> = (1..=generations).rev().map(ColumnKind::OlderBase).collect();
    kinds.extend([ColumnKind::Base, ColumnKind::Recipe, ColumnKind::Image, ColumnKind::Template, ColumnKind::Group]);
    kinds
}

/// The different pairs of cards that strands run between.
pub(crate) struct Links {
    /// Left card, right card, servers carried.
    pub(crate) pairs: Vec<(u32, u32, u32)>,
    /// For each station of the strands the pair that it begins; `u32::MAX` for the last of its strand.
    pub(crate) of_station: Vec<u32>,
}

fn links(classes: &Classes) -> Links {
    let mut index: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    let mut pairs: Vec<(u32, u32, u32)> = Vec::new();
    let mut of_station = Vec::with_capacity(classes.stations.len());
    for (strand, &carried) in classes.carried.iter().enumerate() {
        let stations = classes.strand(strand);
        for pair in stations.windows(2) {
            let next = pairs.len() as u32;
            let link = *index.entry((pair[0], pair[1])).or_insert(next);
            if link == next {
                pairs.push((pair[0], pair[1], 0));
            }
            pairs[link as usize].2 += carried;
            of_station.push(link);
        }
        if !stations.is_empty() {
            of_station.push(u32::MAX);
        }
    }
    Links { pairs, of_station }
}

/// Whether a card holds things together that have nothing in common but what they lack.
fn is_loose(class: &Class, label: &Label) -> bool {
    let unknown_recipe = class.column == ColumnKind::Recipe && label.flags.unknown;
    unknown_recipe || !matches!(class.of, CardOf::Node(_))
}

/// The columns in their first order, and what hangs together.
fn layers(classes: &Classes, labels: &[Label], kinds: &[ColumnKind], links: &Links) -> Layers {
    let len = classes.classes.len();
    let mut columns: Vec<Vec<u32>> = vec![Vec::new(); kinds.len()];
    for (card, class) in (0..).zip(&classes.classes) {
        if let Some(column) = kinds.iter().position(|&kind| kind == class.column) {
            columns[column].push(card);
        }
    }
    let sort_key = |card: u32| {
        let label = &labels[card as usize];
        let class = &classes.classes[card as usize];
        let node = match &class.of {
            CardOf::Node(node) => Some(*node),
            _ => None,
        };
        (node.is_none(), &label.sort_name, label.sort_number, node)
    };
    for column in &mut columns {
        column.sort_by(|&a, &b| sort_key(a).cmp(&sort_key(b)));
    }
    let pairs = links.pairs.iter().map(|&(from, to, _)| (from, to));
    Layers {
        component: components(classes, labels, &pairs),
        left: Adjacency::of(len, pairs.clone().map(|(from, to)| (to, from))),
        right: Adjacency::of(len, pairs),
        columns,
    }
}

/// Where each card's component stands: first those with groups whose lineage is whole, then those with groups that
/// lack something, then the others, each by the first name of its groups (or of its cards); last what stands for
/// something missing, which belongs to no component.
fn components(classes: &Classes, labels: &[Label], pairs: &(impl Iterator<Item = (u32, u32)> + Clone)) -> Vec<u32> {
    let len = classes.classes.len();
    let loose: Vec<bool> = (classes.classes.iter()).zip(labels).map(|(class, label)| is_loose(class, label)).collect();
    let mut parent: Vec<u32> = (0..len as u32).collect();
    fn root(parent: &mut [u32], mut card: u32) -> u32 {
        while parent[card as usize] != card {
            parent[card as usize] = parent[parent[card as usize] as usize];
            card = parent[card as usize];
        }
        card
    }
    let mut lacking = vec![false; len];
    for (from, to) in pairs.clone() {
        match (loose[from as usize], loose[to as usize]) {
            (false, false) => {
                let (from, to) = (root(&mut parent, from), root(&mut parent, to));
                parent[from.max(to) as usize] = from.min(to);
            }
            (true, false) => lacking[to as usize] = true,
            (false, true) => lacking[from as usize] = true,
            (true, true) => {}
        }
    }
    let mut lacks = vec![false; len];
    for card in (0..len as u32).filter(|&card| lacking[card as usize]) {
        lacks[root(&mut parent, card) as usize] = true;
    }
    // (has no group, first name, first card) of each component's root.
    let mut first: Vec<Option<(bool, &str, u32)>> = vec![None; len];
    for card in (0..len as u32).filter(|&card| !loose[card as usize]) {
        let root = root(&mut parent, card);
        let class = &classes.classes[card as usize];
        let key = (class.column != ColumnKind::Group, labels[card as usize].sort_name.as_str(), card);
        let slot = &mut first[root as usize];
        if slot.is_none_or(|known| key < known) {
            *slot = Some(key);
        }
    }
    let mut roots: Vec<u32> = (0..len as u32).filter(|&card| first[card as usize].is_some()).collect();
    let place =
        |root: u32| first[root as usize].map(|(groupless, name, card)| (groupless, lacks[root as usize], name, card));
    roots.sort_by_key(|&root| place(root));
    let mut rank = vec![u32::MAX; len];
    for (position, root) in (0..).zip(roots) {
        rank[root as usize] = position;
    }
    (0..len as u32)
        .map(|card| if loose[card as usize] { u32::MAX } else { rank[root(&mut parent, card) as usize] })
        .collect()
}

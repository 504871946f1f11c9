//! The order of cards within their columns, so that few edges cross.
//!
//! Cards that hang together stay together, and what hangs from one card alone is ordered by itself ([`parts`]), so that
//! a change in one part moves nothing in the others. Within a part each column in turn is sorted by the mean position
//! of its cards' neighbours in the column before (the barycentre), there and back several times; then each card is moved
//! to where its edges cross fewest others nearby (sifting), while that helps. The same is tried from other first orders,
//! the more the smaller the graph, and the best order seen is kept. What stands for something missing belongs to no
//! part; it comes last in its column and is ordered by all of its neighbours.

use std::ops::Range;

use super::crossings::{self, Counts};
use super::layers::Layers;
use super::parts;

/// Rounds of sorting there and back, at most. More than this gained under a percent on generated fleets of 300 to
/// 20,000 cards.
const ROUNDS: usize = 6;
/// Passes of sifting over all columns, at most.
const SIFTS: usize = 6;
/// Up to so many places up or down a card is sifted; fewer in a part with many edges, so that a pass stays linear.
const REACH: usize = 24;
/// Edges times places that sifting may look at in a pass over a part.
const SIFTED: usize = 20_000;
/// First orders that are tried, at most, and edges times first orders. On generated fleets the second, with much-tied
/// cards in the middle, takes 3 to 6 % of the crossings away; of what is left at 3,000 cards six more take 4 %.
const STARTS: usize = 16;
const TRIED: usize = 24_000;

/// Which side a column is ordered by.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
}

/// Stands for the part of what is in none.
const LOOSE: u32 = u32::MAX;

impl Layers {
    /// The best order found, and how many crossings it has. Each part's is never worse than the one given.
    pub(crate) fn order(&self) -> (Vec<Vec<u32>>, u64) {
        let part_of = parts::of(self);
        let mut sweeper = Sweeper::of(self, &part_of);
        // By powers of two, so that a fleet hardly ever grows into another picture.
        let starts = (TRIED / self.right.len().max(1)).clamp(2, STARTS).next_power_of_two();
        let mut part = Part::before_all(self.columns.len());
        while sweeper.next_part(&mut part, &part_of) {
            sweeper.order_part(&part, starts);
        }
        let crossings = sweeper.crossings(&sweeper.whole());
        (sweeper.columns, crossings)
    }
}

/// A part of the layout: what is ordered at once.
struct Part {
    /// Where it stands in each column.
    ranges: Vec<Range<usize>>,
    /// What of each column counts where positions do: its own, or all of it for what is in no part.
    within: Vec<Range<usize>>,
    /// Its edges.
    edges: usize,
    loose: bool,
}

impl Part {
    /// What stands before the first part.
    fn before_all(columns: usize) -> Self {
        Self { ranges: vec![0..0; columns], within: vec![0..0; columns], edges: 0, loose: false }
    }

    fn columns(&self) -> Range<usize> {
        0..self.ranges.len()
    }

    /// A position in a column as a place in this part: 0 is above it, one more than its length below it.
    fn place(&self, column: usize, position: u32) -> u32 {
        let within = &self.within[column];
        (position as usize + 1).saturating_sub(within.start).min(within.len() + 1) as u32
    }
}

/// The best order of a part: its cards, one column after the other.
#[derive(Default)]
struct Best {
    cards: Vec<u32>,
    crossings: Option<u64>,
}

/// Sorted places of the neighbours on one side, for each card of a part in a column.
#[derive(Default)]
struct Lists {
    places: Vec<u32>,
    ends: Vec<u32>,
}

impl Lists {
    fn of(&self, at: usize) -> &[u32] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.places[start as usize..self.ends[at] as usize]
    }

    fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.ends.len()).map(|at| self.of(at))
    }
}

struct Sweeper<'a> {
    layers: &'a Layers,
    columns: Vec<Vec<u32>>,
    /// Position of each card in its column.
    position: Vec<u32>,
    any_loose: bool,
    /// The orders tried from one start, and from all.
    best: [Best; 2],
    scratch: Scratch,
}

/// What is worked with and holds nothing for long: parts are many, and most are small.
#[derive(Default)]
struct Scratch {
    sort_keys: Vec<(f64, u32)>,
    lists: [Lists; 2],
    from_below: Vec<u32>,
    seen: Counts,
    cards: Vec<u32>,
    order: Vec<usize>,
    place_of: Vec<usize>,
}

impl<'a> Sweeper<'a> {
    fn of(layers: &'a Layers, part_of: &[u32]) -> Self {
        let mut columns = layers.columns.clone();
        let mut position = vec![0; part_of.len()];
        for column in &mut columns {
            column.sort_by_key(|&card| part_of[card as usize]);
            for (at, &card) in (0..).zip(&*column) {
                position[card as usize] = at;
            }
        }
        let any_loose = part_of.contains(&LOOSE);
        Self { layers, columns, position, any_loose, best: Default::default(), scratch: Scratch::default() }
    }

    /// Goes on from a part to the next one; whether there is one.
    fn next_part(&self, part: &mut Part, part_of: &[u32]) -> bool {
        let next =
            |(column, range): (&Vec<u32>, &Range<usize>)| column.get(range.end).map(|&card| part_of[card as usize]);
        let Some(number) = self.columns.iter().zip(&part.ranges).filter_map(next).min() else { return false };
        (part.loose, part.edges) = (number == LOOSE, 0);
        for ((column, range), within) in self.columns.iter().zip(&mut part.ranges).zip(&mut part.within) {
            let start = range.end;
            let cards = column[start..].iter().take_while(|&&card| part_of[card as usize] == number);
            let len = cards.inspect(|&&card| part.edges += self.neighbours(card, Side::Right).len()).count();
            *range = start..start + len;
            *within = if part.loose { 0..column.len() } else { range.clone() };
        }
        true
    }

    /// All columns as one part.
    fn whole(&self) -> Part {
        let ranges: Vec<Range<usize>> = self.columns.iter().map(|column| 0..column.len()).collect();
        Part { within: ranges.clone(), ranges, edges: self.layers.right.len(), loose: true }
    }

    fn order_part(&mut self, part: &Part, starts: usize) {
        if part.ranges.iter().all(|range| range.len() < 2) {
            return;
        }
        let [mut here, mut best] = std::mem::take(&mut self.best);
        best.crossings = None;
        for start in 0..if part.loose { 1 } else { starts } {
            match start {
                0 => {}
                1 => part.columns().for_each(|column| self.order_by_ties(part, column)),
                _ => part.columns().for_each(|column| self.shuffle(part, column, start as u64)),
            }
            self.sweep(part, &mut here, &mut best);
            if best.crossings == Some(0) {
                break;
            }
        }
        self.restore(part, &best);
        self.best = [here, best];
    }

    /// Sorts and sifts from the present order on, and keeps the best order seen.
    fn sweep(&mut self, part: &Part, here: &mut Best, best: &mut Best) {
        here.crossings = None;
        let mut crossings = self.keep(part, here);
        for _ in 0..ROUNDS {
            if crossings == 0 {
                break;
            }
            // Groups are the column that most depends on the others, so the first way is from them to the bases.
            for column in part.columns().rev() {
                self.sort(part, column, Side::Right);
            }
            self.keep(part, here);
            for column in part.columns() {
                self.sort(part, column, Side::Left);
            }
            let least = self.keep(part, here);
            if least >= crossings {
                break;
            }
            crossings = least;
        }
        self.restore(part, here);
        let reach = (SIFTED / part.edges.max(1)).clamp(1, REACH);
        for _ in 0..SIFTS {
            let gained: u64 = part.columns().map(|column| self.sift(part, column, reach)).sum();
            crossings = crossings.saturating_sub(gained);
            if gained == 0 || crossings == 0 {
                break;
            }
        }
        if best.crossings.is_none_or(|least| crossings < least) {
            self.keep(part, best);
        }
    }

    fn cards(&self, part: &Part, column: usize) -> &[u32] {
        &self.columns[column][part.ranges[column].clone()]
    }

    /// Puts a part's cards in a column in a new order.
    fn set(&mut self, part: &Part, column: usize, cards: impl Iterator<Item = u32>) {
        let range = part.ranges[column].clone();
        let first = range.start as u32;
        for ((slot, card), position) in self.columns[column][range].iter_mut().zip(cards).zip(first..) {
            *slot = card;
            self.position[card as usize] = position;
        }
    }

    /// Keeps the present order if it is the best so far, and gives back the crossings of the best. Of equals the later
    /// one, which is sorted by its neighbours and so lets cards stand nearer to them.
    fn keep(&mut self, part: &Part, best: &mut Best) -> u64 {
        let crossings = self.crossings(part);
        let least = best.crossings.unwrap_or(u64::MAX);
        if crossings <= least {
            best.crossings = Some(crossings);
            best.cards.clear();
            for column in part.columns() {
                best.cards.extend_from_slice(self.cards(part, column));
            }
        }
        crossings.min(least)
    }

    /// Goes back to the best order.
    fn restore(&mut self, part: &Part, best: &Best) {
        let mut cards = best.cards.iter().copied();
        for (column, range) in part.ranges.iter().enumerate() {
            self.set(part, column, cards.by_ref().take(range.len()));
        }
    }

    /// Puts the cards with the most neighbours into the middle of a column, the others at its ends. What most things are
    /// tied to, as the newest of a recipe's images is, crosses least there.
    fn order_by_ties(&mut self, part: &Part, column: usize) {
        let mut cards = self.take_cards(part, column);
        cards.sort_by_key(|&card| self.neighbours(card, Side::Left).len() + self.neighbours(card, Side::Right).len());
        let upper = (0..cards.len()).step_by(2);
        let lower = (1..cards.len()).step_by(2).rev();
        self.set(part, column, upper.chain(lower).map(|at| cards[at]));
        self.scratch.cards = cards;
    }

    /// A part's cards in a column, in the vector that is kept for them.
    fn take_cards(&mut self, part: &Part, column: usize) -> Vec<u32> {
        let mut cards = std::mem::take(&mut self.scratch.cards);
        cards.clear();
        cards.extend_from_slice(self.cards(part, column));
        cards
    }

    /// Puts a column in one of many orders, the same one for the same number.
    fn shuffle(&mut self, part: &Part, column: usize, number: u64) {
        let mut cards = self.take_cards(part, column);
        let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for at in (1..cards.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            cards.swap(at, (state >> 33) as usize % (at + 1));
        }
        self.set(part, column, cards.iter().copied());
        self.scratch.cards = cards;
    }

    fn neighbours(&self, card: u32, side: Side) -> &'a [u32] {
        match side {
            Side::Left => self.layers.left.of_node(card),
            Side::Right => self.layers.right.of_node(card),
        }
    }

    /// Crossings of a part's edges with each other.
    fn crossings(&mut self, part: &Part) -> u64 {
        let mut from_below = std::mem::take(&mut self.scratch.from_below);
        let mut crossings = 0;
        for column in 1..part.within.len() {
            let len = part.within[column].len() + 2;
            // Edges from below the part in the column before, as of one card there.
            from_below.clear();
            if self.any_loose && !part.loose {
                let below = part.within[column - 1].len() as u32 + 1;
                self.gather(part, &part.within, column, Side::Left);
                for (place, list) in (1_u32..).zip(self.scratch.lists[Side::Left as usize].iter()) {
                    from_below.extend(list.iter().filter(|&&other| other == below).map(|_| place));
                }
            }
            self.gather(part, &part.within, column - 1, Side::Right);
            let Scratch { lists, seen, .. } = &mut self.scratch;
            let lists = lists[Side::Right as usize].iter().chain(std::iter::once(&from_below[..]));
            crossings += crossings::count(lists, len, seen);
        }
        self.scratch.from_below = from_below;
        crossings
    }

    /// The sorted places of the neighbours on one side, for each card in one of a part's ranges of a column.
    fn gather(&mut self, part: &Part, ranges: &[Range<usize>], column: usize, side: Side) {
        let mut lists = std::mem::take(&mut self.scratch.lists[side as usize]);
        lists.places.clear();
        lists.ends.clear();
        for &card in &self.columns[column][ranges[column].clone()] {
            let start = lists.places.len();
            let neighbours = self.neighbours(card, side);
            if !neighbours.is_empty() {
                let other = if side == Side::Left { column - 1 } else { column + 1 };
                let places = neighbours.iter().map(|&card| part.place(other, self.position[card as usize]));
                lists.places.extend(places);
                lists.places[start..].sort_unstable();
            }
            lists.ends.push(lists.places.len() as u32);
        }
        self.scratch.lists[side as usize] = lists;
    }

    /// Sorts a part of a column by the mean place of each card's neighbours on one side. Places count as fractions of
    /// their column, so that a card without neighbours there keeps about its height.
    fn sort(&mut self, part: &Part, column: usize, side: Side) {
        let other = match side {
            Side::Left => column.checked_sub(1),
            Side::Right => Some(column + 1).filter(|&other| other < part.ranges.len()),
        };
        let Some(other) = other else { return };
        if part.ranges[column].len() < 2 {
            return;
        }
        let (len, other_len) = (part.within[column].len() as f64, part.within[other].len().max(1) as f64);
        let mut keys = std::mem::take(&mut self.scratch.sort_keys);
        keys.clear();
        for &card in self.cards(part, column) {
            let neighbours = self.neighbours(card, side);
            let centre = if neighbours.is_empty() {
                (f64::from(part.place(column, self.position[card as usize])) - 0.5) / len
            } else {
                let places = neighbours.iter().map(|&card| part.place(other, self.position[card as usize]));
                let sum: u64 = places.map(u64::from).sum();
                (sum as f64 / neighbours.len() as f64 - 0.5) / other_len
            };
            keys.push((centre, card));
        }
        keys.sort_by(|one, other| one.0.total_cmp(&other.0));
        self.set(part, column, keys.iter().map(|&(_, card)| card));
        self.scratch.sort_keys = keys;
    }

    /// Moves each card of a part in a column to the place up to `reach` away where its edges cross fewest others; how
    /// many fewer cross then.
    fn sift(&mut self, part: &Part, column: usize, reach: usize) -> u64 {
        let len = part.ranges[column].len();
        if len < 2 {
            return 0;
        }
        self.gather(part, &part.ranges, column, Side::Left);
        self.gather(part, &part.ranges, column, Side::Right);
        let Scratch { lists, order, place_of, .. } = &mut self.scratch;
        // What changes if the upper of two neighbours goes below the lower one.
        let change = |upper: usize, lower: usize| -> i64 {
            let of = |lists: &Lists| {
                let (kept, swapped) = crossings::of_pair(lists.of(upper), lists.of(lower));
                swapped as i64 - kept as i64
            };
            lists.iter().map(of).sum()
        };
        order.clear();
        order.extend(0..len);
        place_of.clone_from(order);
        let mut gained = 0;
        for card in 0..len {
            let at = place_of[card];
            let (mut least, mut to) = (0, at);
            let mut sum = 0;
            for (below, &other) in order.iter().enumerate().skip(at + 1).take(reach) {
                sum += change(card, other);
                if sum < least {
                    (least, to) = (sum, below);
                }
            }
            sum = 0;
            for above in (at.saturating_sub(reach)..at).rev() {
                sum += change(order[above], card);
                if sum < least {
                    (least, to) = (sum, above);
                }
            }
            if to > at {
                order[at..=to].rotate_left(1);
            } else {
                order[to..=at].rotate_right(1);
            }
            for place in at.min(to)..=at.max(to) {
                place_of[order[place]] = place;
            }
            gained += least.unsigned_abs();
        }
        if gained > 0 {
            let order = std::mem::take(order);
            let cards = self.take_cards(part, column);
            self.set(part, column, order.iter().map(|&at| cards[at]));
            (self.scratch.order, self.scratch.cards) = (order, cards);
        }
        gained
    }
}

#[cfg(test)]
mod tests {
    use super::super::layers::Adjacency;
    use super::*;

    fn layers(columns: &[&[u32]], edges: &[(u32, u32)]) -> Layers {
        let len = columns.iter().map(|column| column.len()).sum();
        Layers {
            columns: columns.iter().map(|column| column.to_vec()).collect(),
            left: Adjacency::of(len, edges.iter().map(|&(from, to)| (to, from))),
            right: Adjacency::of(len, edges.iter().copied()),
            component: vec![0; len],
        }
    }

    #[test]
    fn a_tangle_that_can_be_undone_is_undone() {
        let tangled = layers(&[&[0, 1, 2], &[3, 4, 5], &[6, 7, 8]], &[(0, 5), (1, 4), (2, 3), (3, 7), (4, 8), (5, 6)]);
        let (columns, crossings) = tangled.order();
        assert_eq!(crossings, 0, "{columns:?}");
    }

    #[test]
    fn components_do_not_mix() {
        let mut mixed = layers(&[&[0, 1], &[2, 3, 4, 5]], &[(0, 2), (0, 4), (1, 3), (1, 5)]);
        mixed.component = vec![0, 1, 0, 1, 0, 1];
        let (columns, crossings) = mixed.order();
        assert_eq!((columns, crossings), (vec![vec![0, 1], vec![2, 4, 3, 5]], 0));
    }

    #[test]
    fn the_order_is_never_worse_than_the_one_given() {
        let mut seed = 7_u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((seed >> 33) % below) as u32
        };
        for _ in 0..50 {
            let edges: Vec<(u32, u32)> = (0..60)
                .map(|_| {
                    let column = random(2) * 20;
                    (column + random(20), column + 20 + random(20))
                })
                .collect();
            let columns: Vec<Vec<u32>> = (0..3).map(|column| (column * 20..(column + 1) * 20).collect()).collect();
            let columns: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
            let layers = layers(&columns, &edges);
            let naive: u64 = (0..2)
                .map(|column| {
                    let lists: Vec<Vec<u32>> = layers.columns[column]
                        .iter()
                        .map(|&node| {
                            let mut list: Vec<u32> =
                                layers.right.of_node(node).iter().map(|other| other % 20).collect();
                            list.sort_unstable();
                            list
                        })
                        .collect();
                    crossings::count(lists.iter().map(Vec::as_slice), 20, &mut Counts::default())
                })
                .sum();
            let (_, crossings) = layers.order();
            assert!(crossings <= naive, "{crossings} against {naive}");
        }
    }
}

//! What of a layout is ordered by itself.
//!
//! A component is. Where the leftmost column of one holds a single card, and without that card it falls apart, each
//! piece is ordered by itself too, and so on: edges from one card do not cross each other, wherever the pieces stand.
//! Most lineages are such trees but for their last columns, so that a part is as small as what one recipe made.

use super::layers::Layers;

/// The part of each card: parts are numbered from the top, those of one component in a row. What belongs to no
/// component is in the part [`u32::MAX`]. The pieces of a component stand in the order of their first cards in the
/// rightmost column that they reach. Linear but for sorting, in each column.
pub(crate) fn of(layers: &Layers) -> Vec<u32> {
    let len = layers.component.len();
    let mut parts = Parts {
        layers,
        column: vec![0; len],
        place: vec![0; len],
        part: vec![u32::MAX; len],
        next: 0,
        parent: (0..len as u32).collect(),
        split: vec![u32::MAX; len],
        splits: 0,
        piece: vec![Piece { last_column: 0, first_place: u32::MAX }; len],
    };
    for (column, cards) in (0..).zip(&layers.columns) {
        for (place, &card) in (0..).zip(cards) {
            (parts.column[card as usize], parts.place[card as usize]) = (column, place);
        }
    }
    let component = |card: &u32| layers.component[*card as usize];
    let mut cards: Vec<u32> =
        layers.columns.iter().flatten().copied().filter(|card| component(card) != u32::MAX).collect();
    cards.sort_by_key(component);
    for component in cards.chunk_by(|one, other| component(one) == component(other)) {
        parts.split(component);
    }
    parts.part
}

/// Where a piece stands among the others: the one that reaches furthest first.
#[derive(Clone, Copy)]
struct Piece {
    last_column: u32,
    first_place: u32,
}

struct Parts<'a> {
    layers: &'a Layers,
    column: Vec<u32>,
    place: Vec<u32>,
    part: Vec<u32>,
    next: u32,
    /// A forest of the cards of each piece.
    parent: Vec<u32>,
    /// The split that a card was last in: edges out of it do not count.
    split: Vec<u32>,
    splits: u32,
    /// Of the root of each piece.
    piece: Vec<Piece>,
}

impl Parts<'_> {
    /// Numbers the parts of some cards that hang together, given column by column.
    fn split(&mut self, cards: &[u32]) {
        let [head, rest @ ..] = cards else { return };
        let alone = rest.first().is_none_or(|&card| self.column[card as usize] != self.column[*head as usize]);
        if !alone || rest.is_empty() {
            for &card in cards {
                self.part[card as usize] = self.next;
            }
            self.next += 1;
            return;
        }
        // Nothing else of its pieces stands in the head's column, so it may count to the first of them.
        self.part[*head as usize] = self.next;
        let mut pieces = self.pieces(rest);
        pieces.sort_by_key(|&(root, _)| {
            let Piece { last_column, first_place } = self.piece[root as usize];
            (std::cmp::Reverse(last_column), first_place, root)
        });
        for piece in pieces.chunk_by(|one, other| one.0 == other.0) {
            let cards: Vec<u32> = piece.iter().map(|&(_, card)| card).collect();
            self.split(&cards);
        }
    }

    /// Each of some cards, column by column, with the root of the piece that it is in.
    fn pieces(&mut self, cards: &[u32]) -> Vec<(u32, u32)> {
        let layers = self.layers;
        self.splits += 1;
        for &card in cards {
            self.parent[card as usize] = card;
            self.split[card as usize] = self.splits;
            self.piece[card as usize] = Piece { last_column: 0, first_place: u32::MAX };
        }
        for &card in cards {
            for &other in layers.right.of_node(card) {
                if self.split[other as usize] == self.splits {
                    let (one, other) = (self.root(card), self.root(other));
                    self.parent[one.max(other) as usize] = one.min(other);
                }
            }
        }
        let mut pieces = Vec::with_capacity(cards.len());
        for &card in cards {
            let root = self.root(card);
            let (column, place) = (self.column[card as usize], self.place[card as usize]);
            let piece = &mut self.piece[root as usize];
            if column > piece.last_column {
                *piece = Piece { last_column: column, first_place: place };
            } else {
                piece.first_place = piece.first_place.min(place);
            }
            pieces.push((root, card));
        }
        pieces
    }

    fn root(&mut self, mut card: u32) -> u32 {
        while self.parent[card as usize] != card {
            self.parent[card as usize] = self.parent[self.parent[card as usize] as usize];
            card = self.parent[card as usize];
        }
        card
    }
}

#[cfg(test)]
mod tests {
    use super::super::layers::Adjacency;
    use super::*;

    fn parts(columns: &[&[u32]], edges: &[(u32, u32)], component: &[u32]) -> Vec<u32> {
        of(&Layers {
            columns: columns.iter().map(|column| column.to_vec()).collect(),
            left: Adjacency::of(component.len(), edges.iter().map(|&(from, to)| (to, from))),
            right: Adjacency::of(component.len(), edges.iter().copied()),
            component: component.to_vec(),
        })
    }

    #[test]
    fn what_hangs_from_one_card_falls_apart() {
        let columns: [&[u32]; 3] = [&[0], &[1, 2], &[6, 3, 4, 5]];
        let edges = [(0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 6)];
        assert_eq!(parts(&columns, &edges, &[0; 7]), [0, 2, 0, 2, 3, 1, 0]);
        // One more edge ties both pieces together.
        let tied = [&edges[..], &[(1, 5)]].concat();
        assert_eq!(parts(&columns, &tied, &[0; 7]), [0; 7]);
    }

    #[test]
    fn components_keep_their_order_and_what_has_none_comes_last() {
        let columns: [&[u32]; 2] = [&[0, 1, 2], &[3, 4, 5]];
        let component = [1, 0, u32::MAX, 0, 1, u32::MAX];
        assert_eq!(parts(&columns, &[(0, 4), (1, 3), (2, 4), (2, 5)], &component), [1, 0, u32::MAX, 0, 1, u32::MAX]);
    }
}

//! Where bundles of edges leave and meet cards, and how wide they are.

use epaint::pos2;

use crate::card::{Card, CardIx, Edge};
use crate::class_graph::Links;
use crate::layout::CARD_H;

/// Width in world points of a bundle of `servers`: it grows with their root, so that one server can be seen beside
/// ten thousand.
pub(crate) fn width(servers: u32) -> f32 {
    (1.0 + 0.3 * (servers as f32).sqrt()).min(12.0)
}

/// How much of a card's side its ports may take: the height of a plain card without its corners.
const ROOM: f32 = CARD_H - 16.0;

/// Edges with their ends, and the edges at the two sides of each card from top to bottom.
pub(crate) struct Wires {
    pub(crate) edges: Vec<Edge>,
    pub(crate) incoming: Vec<Vec<u32>>,
    pub(crate) outgoing: Vec<Vec<u32>>,
}

/// Stacks the ends of the edges on the cards' sides in the order of their other ends, so that no two cross there.
pub(crate) fn wire(cards: &[Card], links: &Links) -> Wires {
    let mut edges: Vec<Edge> = links
        .pairs
        .iter()
        .map(|&(from, to, servers)| Edge {
            from: CardIx(from),
            to: CardIx(to),
            servers,
            start: cards[from as usize].rect.right_top(),
            end: cards[to as usize].rect.left_top(),
            width: width(servers),
        })
        .collect();
    let mut incoming: Vec<Vec<u32>> = vec![Vec::new(); cards.len()];
    let mut outgoing: Vec<Vec<u32>> = vec![Vec::new(); cards.len()];
    for (ix, edge) in (0..).zip(&edges) {
        outgoing[edge.from.at()].push(ix);
        incoming[edge.to.at()].push(ix);
    }
    for (ix, card) in cards.iter().enumerate() {
        let place = |card: CardIx| {
            let rect = cards[card.at()].rect;
            (rect.top(), rect.left(), card)
        };
        let by_place = |a: CardIx, b: CardIx| {
            let (a, b) = (place(a), place(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
        };
        outgoing[ix].sort_by(|&a, &b| by_place(edges[a as usize].to, edges[b as usize].to));
        incoming[ix].sort_by(|&a, &b| by_place(edges[a as usize].from, edges[b as usize].from));
        for (list, x, is_start) in [(&outgoing[ix], card.rect.right(), true), (&incoming[ix], card.rect.left(), false)]
        {
            let gap = 1.0;
            let total = list.iter().map(|&edge| edges[edge as usize].width + gap).sum::<f32>() - gap;
            let squeeze = (ROOM / total).min(1.0);
            let mut y = card.port_y() - total.min(ROOM) / 2.0;
            for &edge in list {
                let edge = &mut edges[edge as usize];
                let port = pos2(x, y + edge.width * squeeze / 2.0);
                y += (edge.width + gap) * squeeze;
                if is_start {
                    edge.start = port;
                } else {
                    edge.end = port;
                }
            }
        }
    }
    Wires { edges, incoming, outgoing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_grows_with_what_it_carries_and_has_an_end() {
        assert_eq!([0, 1, 100, 10_000, 1_000_000].map(width), [1.0, 1.3, 4.0, 12.0, 12.0]);
    }
}

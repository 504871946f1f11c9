//! The servers of each group as a field of tiles.

use epaint::Pos2;
use fleet::ServerIx;

use crate::card::{Tile, TileField};
use crate::layout::{CARD_H, GROUP_HEAD, GROUP_W, PAD, on_grid};
use crate::palette::Shade;
use crate::phase::Phase;

/// From one tile to the next in a field of ordinary size: 9 points of tile and 2 of gap.
const PITCH: f32 = 11.0;
/// Tiles in a row of such a field: as many as a group's card is wide.
const PER_ROW: u32 = 26;
/// The most servers that a field of ordinary size holds. A larger one has tiles of half the side, and a yet larger
/// one a quarter, so that no card is higher than some 300 points.
const LARGEST: u32 = 600;

/// The measures of the field of `len` servers: pitch and tiles in a row.
fn measures(len: u32) -> (f32, u32) {
    let (mut pitch, mut per_row, mut holds) = (PITCH, PER_ROW, u64::from(LARGEST));
    while u64::from(len) > holds {
        pitch /= 2.0;
        per_row *= 2;
        holds *= 4;
    }
    (pitch, per_row)
}

/// The height of a group's card with `len` servers.
pub(crate) fn card_height(len: u32) -> f32 {
    if len == 0 {
        return CARD_H;
    }
    let (pitch, per_row) = measures(len);
    on_grid(GROUP_HEAD + len.div_ceil(per_row) as f32 * pitch - pitch * (2.0 / 11.0) + PAD).max(CARD_H)
}

/// The field of `len` servers whose first tile is the scene's `first`, in a card with its left top at `card`.
pub(crate) fn field(first: u32, len: u32, card: Pos2) -> TileField {
    let (pitch, per_row) = measures(len);
    TileField { first, len, per_row, pitch, origin: card + epaint::vec2(PAD, GROUP_HEAD) }
}

const _: () = assert!(PER_ROW as f32 * PITCH - 2.0 <= GROUP_W - 2.0 * PAD);

/// All tiles, card by card, each card's oldest first and those of unknown age last; and how many each card has.
///
/// `strands` is the strand of each server, `card_of_strand` the card that a strand ends at. Servers of one shade stay
/// in the fleet's order, so that a tile moves only when its server's shade does. Linear.
pub(crate) fn sorted(
    strands: &[u32],
    shades: &[Shade],
    phases: &[Phase],
    card_of_strand: &[Option<u32>],
    cards: usize,
) -> (Vec<Tile>, Vec<u32>) {
    // The eldest first: exempt servers after all that have an age to show, unknown ones at the very end.
    let mut starts = [0_usize; 257];
    for shade in shades {
        starts[256 - usize::from(shade.number())] += 1;
    }
    for at in 0..256 {
        starts[at + 1] += starts[at];
    }
    let mut by_age = vec![0_u32; shades.len()];
    for (server, shade) in (0..).zip(shades) {
        let slot = &mut starts[255 - usize::from(shade.number())];
        by_age[*slot] = server;
        *slot += 1;
    }
    let card_of = |server: u32| card_of_strand.get(*strands.get(server as usize)? as usize).copied().flatten();
    let mut counts = vec![0_u32; cards];
    for server in 0..shades.len() as u32 {
        if let Some(card) = card_of(server) {
            counts[card as usize] += 1;
        }
    }
    let mut next: Vec<u32> = counts
        .iter()
        .scan(0, |sum, &count| {
            let start = *sum;
            *sum += count;
            Some(start)
        })
        .collect();
    let blank = Tile { server: ServerIx(0), shade: Shade::UNKNOWN, phase: Phase::Up, strand: 0 };
    let mut tiles = vec![blank; counts.iter().map(|&count| count as usize).sum()];
    for server in by_age {
        if let Some(card) = card_of(server) {
            let slot = &mut next[card as usize];
            let (shade, strand) = (shades[server as usize], strands[server as usize]);
            let phase = phases.get(server as usize).copied().unwrap_or_default();
            tiles[*slot as usize] = Tile { server: ServerIx(server), shade, phase, strand };
            *slot += 1;
        }
    }
    (tiles, counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_comes_first_and_the_unknown_last() {
        let shades = [2, 255, 0, 127, 128, 1, 2].map(Shade::from_number);
        let (tiles, counts) = sorted(&[0; 7], &shades, &[Phase::Up; 7], &[Some(0)], 1);
        let order: Vec<u32> = tiles.iter().map(|tile| tile.server.0).collect();
        assert_eq!((order, counts), (vec![1, 4, 3, 0, 6, 5, 2], vec![7]));
    }

    #[test]
    fn each_card_has_its_own_servers() {
        let shades = [200, 100, 200, 100].map(Shade::from_number);
        let (tiles, counts) = sorted(&[0, 0, 1, 1], &shades, &[Phase::Up; 4], &[Some(2), Some(0)], 3);
        let order: Vec<u32> = tiles.iter().map(|tile| tile.server.0).collect();
        assert_eq!((order, counts), (vec![2, 3, 0, 1], vec![2, 0, 2]));
    }

    #[test]
    fn no_card_grows_beyond_a_third_of_a_screen() {
        for (len, height) in [(0, 48.0), (1, 52.0), (26, 52.0), (27, 60.0), (168, 116.0), (600, 304.0), (601, 108.0)] {
            assert_eq!(card_height(len), height, "{len} servers");
        }
        for len in (1..1_000_000).step_by(997) {
            assert!(card_height(len) <= 304.0, "{len} servers: {}", card_height(len));
            let field = field(0, len, Pos2::ZERO);
            assert!(field.rect(field.per_row - 1).right() < GROUP_W - PAD + 2.0);
            assert!(field.rect(len - 1).bottom() <= card_height(len) - PAD + 0.01, "{len} servers");
        }
    }
}

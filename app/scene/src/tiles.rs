//! The servers of each group as a field of tiles.

use epaint::Pos2;
use fleet::ServerIx;

use crate::card::{Tile, TileField};
use crate::colouring::{Colouring, MAX_BARS, Shades};
use crate::layout::{CARD_H, GROUP_HEAD, GROUP_W, PAD, on_grid};
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

/// The `nth` field, of `len` servers whose first tile is the scene's `first`, in a card with its left top at `card`.
pub(crate) fn field(nth: u32, first: u32, len: u32, card: Pos2) -> TileField {
    let (pitch, per_row) = measures(len);
    TileField { first, len, per_row, pitch, origin: card + epaint::vec2(PAD, GROUP_HEAD), nth }
}

/// How many servers of a field are in each step of its bars, by colouring: seen from afar, a frame shows nothing else of
/// them.
pub(crate) type Tally = [[u32; MAX_BARS]; Colouring::ALL.len()];

/// The tally of a field's tiles.
pub(crate) fn tally(tiles: &[Tile]) -> Tally {
    let mut tally = Tally::default();
    for (colouring, counts) in Colouring::ALL.into_iter().zip(&mut tally) {
        let bars = colouring.bars();
        for tile in tiles {
            counts[usize::from(bars.of[usize::from(tile.shade(colouring).number())])] += 1;
        }
    }
    tally
}

const _: () = assert!(PER_ROW as f32 * PITCH - 2.0 <= GROUP_W - 2.0 * PAD);

/// All tiles, card by card, each card's oldest first and those of unknown age last, whatever their colours tell; and how
/// many each card has.
///
/// `strands` is the strand of each server, `card_of_strand` the card that a strand ends at. Servers of one shade stay
/// in the fleet's order, so that a tile moves only when its server's shade does. Linear.
pub(crate) fn sorted(
    strands: &[u32],
    shades: &[Shades],
    phases: &[Phase],
    card_of_strand: &[Option<u32>],
    cards: usize,
) -> (Vec<Tile>, Vec<u32>) {
    // The eldest first: exempt servers after all that have an age to show, unknown ones at the very end.
    let mut starts = [0_usize; 257];
    let age = |shades: &Shades| usize::from(shades[Colouring::Age as usize].number());
    for shades in shades {
        starts[256 - age(shades)] += 1;
    }
    for at in 0..256 {
        starts[at + 1] += starts[at];
    }
    let mut by_age = vec![0_u32; shades.len()];
    for (server, shades) in (0..).zip(shades) {
        let slot = &mut starts[255 - age(shades)];
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
    let blank = Tile { server: ServerIx(0), shades: Shades::default(), phase: Phase::Up, strand: 0 };
    let mut tiles = vec![blank; counts.iter().map(|&count| count as usize).sum()];
    for server in by_age {
        if let Some(card) = card_of(server) {
            let slot = &mut next[card as usize];
            let (shades, strand) = (shades[server as usize], strands[server as usize]);
            let phase = phases.get(server as usize).copied().unwrap_or_default();
            tiles[*slot as usize] = Tile { server: ServerIx(server), shades, phase, strand };
            *slot += 1;
        }
    }
    (tiles, counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::Shade;

    /// Of a server of this age, whatever else there is to tell.
    fn aged(number: u8) -> Shades {
        let mut shades = [Shade::from_number(number ^ 3); Colouring::ALL.len()];
        shades[Colouring::Age as usize] = Shade::from_number(number);
        shades
    }

    #[test]
    fn the_oldest_comes_first_and_the_unknown_last() {
        let shades = [2, 255, 0, 127, 128, 1, 2].map(aged);
        let (tiles, counts) = sorted(&[0; 7], &shades, &[Phase::Up; 7], &[Some(0)], 1);
        let order: Vec<u32> = tiles.iter().map(|tile| tile.server.0).collect();
        assert_eq!((order, counts), (vec![1, 4, 3, 0, 6, 5, 2], vec![7]));
    }

    #[test]
    fn each_card_has_its_own_servers() {
        let shades = [200, 100, 200, 100].map(aged);
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
            let field = field(0, 0, len, Pos2::ZERO);
            assert!(field.rect(field.per_row - 1).right() < GROUP_W - PAD + 2.0);
            assert!(field.rect(len - 1).bottom() <= card_height(len) - PAD + 0.01, "{len} servers");
        }
    }
}

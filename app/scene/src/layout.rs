//! Where cards go: the measures of the picture, the order within the columns, the heights.

pub(crate) mod crossings;
pub(crate) mod layers;
pub(crate) mod order;
mod parts;
pub(crate) mod place;
pub(crate) mod stacks;

/// Width of a card of any column but the groups'.
pub(crate) const CARD_W: f32 = 150.0;
/// Height of a card without tiles.
pub(crate) const CARD_H: f32 = 48.0;
/// Width of a group's card.
pub(crate) const GROUP_W: f32 = 300.0;
/// Between a card's border and what is in it.
pub(crate) const PAD: f32 = 8.0;
/// Between a group card's top and its tiles.
pub(crate) const GROUP_HEAD: f32 = 32.0;
/// Between cards above each other.
pub(crate) const ROW_GAP: f32 = 12.0;
/// Between cards beside each other in one column.
pub(crate) const LANE_GAP: f32 = 16.0;
/// Between columns, at least.
pub(crate) const COLUMN_GAP: f32 = 26.0;
/// What every height and top is a multiple of.
pub(crate) const GRID: f32 = 4.0;

/// A column higher than this is laid out in lanes, so that the whole picture keeps the shape of a screen. About three
/// screens: below it scrolling is easier than lanes, whose edges run behind the cards of the next one.
const LONGEST_COLUMN: f32 = 2400.0;
/// Width over height that lanes are to give the picture: of the canvas between rail and inspector at 1440 x 900.
const ASPECT: f32 = 1.35;

/// `length` up to the next multiple of the grid.
pub(crate) fn on_grid(length: f32) -> f32 {
    (length / GRID).ceil() * GRID
}

/// How high a column may be before its cards stand side by side, from each column's total height and card width.
pub(crate) fn column_height(stacks: impl Iterator<Item = (f32, f32)>) -> f32 {
    let area: f32 = stacks.map(|(height, width)| height * (width + LANE_GAP)).sum();
    (area / ASPECT).sqrt().max(LONGEST_COLUMN)
}

/// Between two columns of a picture of this height: higher pictures need more room for their edges to turn.
pub(crate) fn column_gap(height: f32) -> f32 {
    on_grid((height - LONGEST_COLUMN).max(0.0) * 0.04).min(400.0) + COLUMN_GAP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_fleet_stands_in_single_lanes() {
        assert_eq!(column_height([(700.0, CARD_W), (900.0, GROUP_W)].into_iter()), LONGEST_COLUMN);
        assert_eq!(column_gap(900.0), COLUMN_GAP);
    }

    #[test]
    fn lanes_give_a_large_fleet_the_shape_of_a_screen() {
        let stacks = [(64_000.0, CARD_W), (64_000.0, CARD_W), (120_000.0, GROUP_W)];
        let height = column_height(stacks.into_iter());
        let width: f32 = stacks.iter().map(|(stack, width)| (stack / height).ceil() * (width + LANE_GAP)).sum();
        assert!((1.2..1.6).contains(&(width / height)), "{width} x {height}");
    }
}

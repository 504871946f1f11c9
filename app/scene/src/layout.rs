//! Where cards go: the measures of the picture, the order within columns, the heights.

/// Width of a card of the first four columns.
pub(crate) const CARD_W: f32 = 150.0;
/// Height of a card without tiles.
pub(crate) const CARD_H: f32 = 48.0;

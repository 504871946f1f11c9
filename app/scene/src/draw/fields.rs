//! Servers as tiles, or as bars of their shades where tiles would be too small or too many.

use epaint::{Color32, Pos2, Rect, pos2, vec2};

use super::View;
use super::ink::{Ink, ROUNDED_QUADS};
use crate::card::{Card, Place, Tile, TileField};
use crate::colouring::{Colouring, Form, MAX_BARS};
use crate::frame::Emphasis;
use crate::palette::Shade;
use crate::phase::Phase;

/// The most quads that tiles and bars may take.
pub(super) const BUDGET: usize = 26_000;
/// Tiles smaller than this many points on the screen become bars.
const SMALLEST_TILE: f32 = 2.0;
/// From this side on a tile's corner is seen to be cut.
const SMALLEST_CUT: f32 = 4.0;

/// What a tile that is not full grown lacks on each side, as a share of its own.
pub const NOT_GROWN: f32 = 0.22;

/// How many servers of each bar, those that are bright and those that are dimmed.
type Counts = [[u32; 2]; MAX_BARS];

/// How the tile fields of a frame are drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Plan {
    /// From this pitch on the screen on, in points, a field shows its tiles.
    tiles_from: f32,
    /// Whether tiles are few enough for smooth edges.
    smooth: bool,
    /// How many quads a field that shows bars may take.
    bar_quads: usize,
}

impl Plan {
    /// The finest drawing of these fields that the budget allows.
    pub(super) fn of(fields: &[TileField], view: &View<'_>) -> Self {
        let (zoom, budget) = (view.input.camera.zoom, view.input.detail.of(BUDGET));
        // Up to this many tiles get round corners and smooth edges.
        let few = budget / ROUNDED_QUADS / 2;
        let mut tiles_from = SMALLEST_TILE * 11.0 / 9.0;
        loop {
            let (mut tiles, mut bars) = (0_usize, 0_usize);
            for field in fields {
                if field.pitch * zoom >= tiles_from { tiles += field.len as usize } else { bars += 1 }
            }
            let shown = || fields.iter().filter(|field| field.pitch * zoom >= tiles_from);
            let quads = match view.input.colouring {
                // A tile with a cut corner takes a quad and a half, and a mark one more.
                Colouring::Age if tiles <= budget => {
                    tiles * 3 / 2 + shown().map(|field| marked(field, view)).sum::<usize>()
                }
                // In halves or hollow it takes two.
                _ => tiles * 2,
            };
            let left = budget.saturating_sub(quads);
            if quads > budget || left < bars {
                // Leave out the fields of the smallest tiles and see again; without any tile left, bars must do.
                if tiles == 0 {
                    return Self { tiles_from, smooth: false, bar_quads: 1 };
                }
                tiles_from *= 2.0;
                continue;
            }
            return Self { tiles_from, smooth: tiles <= few, bar_quads: left.checked_div(bars).unwrap_or(left).max(1) };
        }
    }

    /// Whether some field of ordinary tiles shows them.
    pub(super) fn shows_tiles(&self, zoom: f32) -> bool {
        11.0 * zoom >= self.tiles_from
    }
}

/// Draws the servers of a card.
pub(super) fn draw(card: &Card, field: &TileField, view: &View<'_>, plan: &Plan, ink: &mut Ink) {
    let tiles = &view.scene.tiles[field.first as usize..(field.first + field.len) as usize];
    if field.pitch * view.input.camera.zoom >= plan.tiles_from {
        draw_tiles(field, tiles, view, plan.smooth, ink);
    } else {
        draw_bars(card, field, tiles, view, plan.bar_quads, ink);
    }
}

fn draw_tiles(field: &TileField, tiles: &[Tile], view: &View<'_>, smooth: bool, ink: &mut Ink) {
    let zoom = view.input.camera.zoom;
    let side = ink.on_pixel(field.tile_side() * zoom).max(ink.pixel);
    let origin = view.screen(field.origin);
    let pitch = field.pitch * zoom;
    let radius = if smooth && side >= 6.0 { side / 6.0 } else { 0.0 };
    // Rows above and below the screen are skipped, not tested one by one.
    let screen = view.input.viewport;
    let rows = field.rows();
    let first_row = (((screen.top() - origin.y) / pitch).floor().max(0.0) as u32).min(rows);
    let last_row = (((screen.bottom() - origin.y) / pitch).ceil().max(0.0) as u32).min(rows);
    for row in first_row..last_row {
        let from = row * field.per_row;
        let to = (from + field.per_row).min(field.len);
        for (column, tile) in (0_u32..).zip(&tiles[from as usize..to as usize]) {
            let at = origin + vec2(column as f32, row as f32) * pitch;
            let min = pos2(ink.on_pixel(at.x), ink.on_pixel(at.y));
            let rect = Rect::from_min_size(min, epaint::Vec2::splat(side));
            // Too small to be told apart, all tiles are whole.
            let phase = if side >= SMALLEST_CUT { tile.phase } else { Phase::Up };
            let rect = if phase == Phase::Starting { rect.shrink(side * NOT_GROWN) } else { rect };
            let hovered = view.input.hovered == Some(Place::Server(tile.server));
            let emphasis = if hovered { Emphasis::Plain } else { view.input.lighting.tile(tile) };
            let shade = tile.shade(view.input.colouring);
            let colour = view.shade(shade, emphasis == Emphasis::Dim);
            let form = if side >= SMALLEST_CUT { view.input.colouring.form(shade) } else { Form::Whole };
            let block = |ink: &mut Ink, rect: Rect, radius: f32, colour: Color32| {
                if radius > 0.0 { ink.rounded(rect, radius, colour) } else { ink.rect(rect, colour) }
            };
            match (phase, form) {
                (Phase::GoingDown, _) => {
                    let points = [rect.min, rect.max, pos2(rect.min.x, rect.max.y)];
                    if smooth { ink.smooth_convex(&points, colour) } else { ink.convex(&points, colour) }
                }
                (_, Form::Cut) => {
                    let cut = rect.width() / 3.0;
                    let points = [
                        rect.min,
                        pos2(rect.max.x - cut, rect.min.y),
                        pos2(rect.max.x, rect.min.y + cut),
                        rect.max,
                        pos2(rect.min.x, rect.max.y),
                    ];
                    if smooth { ink.smooth_convex(&points, colour) } else { ink.convex(&points, colour) }
                }
                (_, Form::Halves) => {
                    for half in halves(rect, ink.pixel) {
                        block(ink, half, radius / 2.0, colour);
                    }
                }
                (_, Form::Hollow) => {
                    let rim = rim(rect, ink.pixel);
                    block(ink, rect, radius, colour);
                    block(ink, rect.shrink(rim), (radius - rim).max(0.0), view.ground(emphasis));
                }
                (_, Form::Whole) => block(ink, rect, radius, colour),
            }
            if side >= SMALLEST_CUT && phase == Phase::Up && tile.is_marked(view.input.colouring) {
                ink.rect(mark(rect), view.toned(view.input.palette.background, emphasis));
            }
        }
    }
}

/// The two halves of a tile in halves.
pub(crate) fn halves(rect: Rect, pixel: f32) -> [Rect; 2] {
    let gap = (rect.height() / 5.0 / pixel).round().max(1.0) * pixel;
    let half = vec2(rect.width(), (rect.height() - gap) / 2.0);
    [Rect::from_min_size(rect.min, half), Rect::from_min_size(rect.min + vec2(0.0, half.y + gap), half)]
}

/// How wide the rim of a hollow tile is.
pub(crate) fn rim(rect: Rect, pixel: f32) -> f32 {
    (rect.width() / 7.0 / pixel).round().max(1.0) * pixel
}

/// The mark in the middle of a tile.
pub(crate) fn mark(rect: Rect) -> Rect {
    Rect::from_center_size(rect.center(), rect.size() / 3.0)
}

/// How many tiles of a field carry a mark.
fn marked(field: &TileField, view: &View<'_>) -> usize {
    let tiles = &view.scene.tiles[field.first as usize..(field.first + field.len) as usize];
    tiles.iter().filter(|tile| tile.is_marked(view.input.colouring)).count()
}

fn draw_bars(card: &Card, field: &TileField, tiles: &[Tile], view: &View<'_>, quads: usize, ink: &mut Ink) {
    let counts = count(field, tiles, view);
    let last_row = field.rect(field.len - 1);
    let area = Rect::from_min_max(
        field.origin,
        pos2(field.origin.x + field.per_row.min(field.len) as f32 * field.pitch, last_row.bottom()),
    );
    let area = view.rect(area);
    let steps = view.input.colouring.bars().steps;
    if quads < 2 * steps.len() || area.height() < 2.0 {
        let block = view.rect(card.rect.shrink(crate::layout::PAD / 2.0));
        ink.crisp(block, mean(&counts, view));
        return;
    }
    let runs = counts
        .iter()
        .zip(steps)
        .flat_map(|(counts, &(_, shade))| {
            [false, true].into_iter().zip(counts).map(move |(dim, &count)| (dim, count, shade))
        })
        .filter(|&(_, count, _)| count > 0)
        .map(|(dim, count, shade)| (count, view.shade(Shade::from_number(shade), dim)));
    if quads >= 6 * steps.len() && area.height() >= 6.0 && field.rows() > 1 {
        // The field as if its tiles were too small to see: runs in reading order, cut where rows end.
        let pitch = area.height() / field.rows() as f32;
        let mut at = 0_u32;
        for (count, colour) in runs {
            for rect in reading_order(at, count, field.per_row) {
                let place = |(x, row): (u32, u32)| -> Pos2 {
                    area.min + vec2(x as f32 / field.per_row as f32 * area.width(), row as f32 * pitch)
                };
                ink.rect(Rect::from_min_max(place(rect.0), place(rect.1)), colour);
            }
            at += count;
        }
    } else {
        let mut left = area.left();
        for (count, colour) in runs {
            let right = left + area.width() * count as f32 / field.len as f32;
            ink.rect(Rect::from_min_max(pos2(left, area.top()), pos2(right, area.bottom())), colour);
            left = right;
        }
    }
}

/// The at most three rectangles, in tiles, that `count` tiles from `start` on take in reading order.
fn reading_order(start: u32, count: u32, per_row: u32) -> impl Iterator<Item = ((u32, u32), (u32, u32))> {
    let end = start + count;
    let (first, last) = (start / per_row, end / per_row);
    let (from, to) = (start % per_row, end % per_row);
    let parts = if first == last {
        [Some(((from, first), (to, first + 1))), None, None]
    } else {
        let whole_from = if from == 0 { first } else { first + 1 };
        [
            (from > 0).then_some(((from, first), (per_row, first + 1))),
            (whole_from < last).then_some(((0, whole_from), (per_row, last))),
            (to > 0).then_some(((0, last), (to, last + 1))),
        ]
    };
    parts.into_iter().flatten()
}

fn count(field: &TileField, tiles: &[Tile], view: &View<'_>) -> Counts {
    let mut counts: Counts = Default::default();
    if view.input.lighting.is_plain() {
        let tally = view.scene.tallies[field.nth as usize][view.input.colouring as usize];
        counts.iter_mut().zip(tally).for_each(|(counts, bright)| counts[0] = bright);
        return counts;
    }
    let bars = view.input.colouring.bars();
    for tile in tiles {
        let dim = view.input.lighting.tile(tile) == Emphasis::Dim;
        let step = bars.of[usize::from(tile.shade(view.input.colouring).number())];
        counts[usize::from(step)][usize::from(dim)] += 1;
    }
    counts
}

/// The one colour of a field of servers.
fn mean(counts: &Counts, view: &View<'_>) -> Color32 {
    let (mut sum, mut total) = ([0.0_f32; 3], 0.0);
    for (counts, &(_, shade)) in counts.iter().zip(view.input.colouring.bars().steps) {
        for (dim, &count) in [false, true].into_iter().zip(counts) {
            let colour = view.shade(Shade::from_number(shade), dim);
            for (sum, channel) in sum.iter_mut().zip([colour.r(), colour.g(), colour.b()]) {
                *sum += f32::from(channel) * count as f32;
            }
            total += count as f32;
        }
    }
    let [r, g, b] = sum.map(|sum| (sum / f32::max(total, 1.0)).round() as u8);
    Color32::from_rgb(r, g, b)
}

/// The one colour of the servers of a card; `None` for a card without.
pub(super) fn mean_of(card: &Card, view: &View<'_>) -> Option<Color32> {
    let field = card.tiles?;
    let tiles = &view.scene.tiles[field.first as usize..(field.first + field.len) as usize];
    Some(mean(&count(&field, tiles, view), view))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_in_reading_order_cover_each_tile_once() {
        for (runs, per_row) in [(vec![3, 10, 1, 26, 0, 7], 8), (vec![1], 26), (vec![26, 26], 26), (vec![5, 1, 40], 5)] {
            let total: u32 = runs.iter().sum();
            let mut covered = vec![0; (total.div_ceil(per_row) * per_row) as usize];
            let mut at = 0;
            for count in runs {
                for ((left, top), (right, bottom)) in reading_order(at, count, per_row) {
                    for row in top..bottom {
                        for column in left..right {
                            covered[(row * per_row + column) as usize] += 1;
                        }
                    }
                }
                at += count;
            }
            assert!(covered[..total as usize].iter().all(|&times| times == 1), "{covered:?}");
            assert!(covered[total as usize..].iter().all(|&times| times == 0), "{covered:?}");
        }
    }

    #[test]
    fn the_forms_of_tiles_lie_within_them() {
        let tile = Rect::from_min_size(pos2(3.0, 5.0), vec2(9.0, 9.0));
        let [upper, lower] = halves(tile, 1.0);
        assert!(upper.bottom() + 1.0 <= lower.top() && tile.contains_rect(upper) && tile.contains_rect(lower));
        assert_eq!(lower.max, tile.max);
        assert!(tile.shrink(rim(tile, 1.0)).is_positive() && tile.shrink(2.0).contains_rect(mark(tile)));
    }
}

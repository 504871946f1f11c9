//! Cards: blocks far away, boxes with borders near by.

use epaint::{Color32, Rect, vec2};

use super::ink::{Ink, ROUNDED_QUADS};
use super::{View, fields};
use crate::card::{Card, CardIx, CardOf, Place};
use crate::frame::Emphasis;
use crate::scene::Scene;

/// The most quads that cards may take, tiles left out.
const BUDGET: usize = 14_000;
/// Radius of a card's corners in world points.
const RADIUS: f32 = 7.0;
/// Cards lower than this on the screen are blocks without a border.
const SMALLEST_BOX: f32 = 6.0;
/// The most outlines around selected things; who selects more sees them by their light.
const MOST_OUTLINES: usize = 64;

/// Draws cards and what is in them.
pub(super) fn draw(visible: &[CardIx], view: &View<'_>, plan: &fields::Plan, ink: &mut Ink) {
    let (zoom, detail) = (view.input.camera.zoom, view.input.detail);
    let (budget, fields_budget) = (detail.of(BUDGET), detail.of(fields::BUDGET));
    let boxes = crate::layout::CARD_H * zoom >= SMALLEST_BOX && visible.len() * 2 <= budget;
    if !boxes {
        // Far away a card is a block, and a group still shows how old its servers are.
        let is_field = |card: &CardIx| view.scene.cards[card.at()].tiles.is_some();
        let (groups, others): (Vec<CardIx>, Vec<CardIx>) = visible.iter().partition(|card| is_field(card));
        blocks(&others, view, budget, ink);
        if groups.len() > fields_budget {
            blocks(&groups, view, fields_budget, ink);
        } else {
            for card in groups.iter().map(|card| &view.scene.cards[card.at()]) {
                if let Some(field) = &card.tiles {
                    fields::draw(card, field, view, plan, ink);
                }
            }
        }
        return;
    }
    let round = visible.len() * 2 * ROUNDED_QUADS <= budget && zoom >= 0.3;
    // Dashes take up to some hundred quads a card: what is left after the boxes, shared by the few that need them.
    let dashed = visible.iter().filter(|card| view.scene.cards[card.at()].flags.is_dashed()).count();
    let dashes = round && visible.len() * 2 * ROUNDED_QUADS + dashed * 130 <= budget;
    for &ix in visible {
        let card = &view.scene.cards[ix.at()];
        draw_box(ix, card, view, round, dashes, ink);
        if let Some(field) = &card.tiles {
            fields::draw(card, field, view, plan, ink);
        }
    }
}

fn draw_box(ix: CardIx, card: &Card, view: &View<'_>, round: bool, dashes: bool, ink: &mut Ink) {
    let palette = view.input.palette;
    let emphasis = view.input.lighting.card(ix);
    let hovered = view.input.hovered == Some(Place::Card(ix));
    let rect = snapped(view.rect(card.rect), ink);
    let fill = match emphasis {
        _ if hovered => palette.card_hovered,
        Emphasis::Lit => palette.card_lit,
        Emphasis::Plain => palette.card,
        Emphasis::Dim => palette.dim(palette.card),
    };
    let fill = if card.flags.ghost && !hovered { palette.background.lerp_to_gamma(fill, 0.5) } else { fill };
    let border = match emphasis {
        Emphasis::Lit => palette.border_lit,
        emphasis => view.toned(palette.border, emphasis),
    };
    let line = ink.pixel.max(1.0);
    if !round {
        ink.rect(rect, border);
        ink.rect(rect.shrink(line), fill);
        return;
    }
    let radius = RADIUS * view.input.camera.zoom.min(1.5);
    if dashes && card.flags.is_dashed() {
        ink.rounded(rect, radius, fill);
        // Dashes run inside the corners, which have none.
        let inset = radius * 0.5;
        for side in [rect.shrink2(vec2(inset, 0.0)), rect.shrink2(vec2(0.0, inset))] {
            dashed_sides(side, side.width() < rect.width(), line, border, ink);
        }
    } else {
        ink.rounded(rect, radius, border);
        ink.rounded(rect.shrink(line), radius - line, fill);
    }
}

/// Dashes along the upper and lower side of a rectangle, or along the left and right one.
fn dashed_sides(rect: Rect, horizontal: bool, line: f32, colour: Color32, ink: &mut Ink) {
    let length = if horizontal { rect.width() } else { rect.height() };
    let count = ((length / 8.0).round() as usize).clamp(1, 40);
    let step = length / count as f32;
    for n in 0..count {
        let from = n as f32 * step + step / 4.0;
        let (offset, size, across) = if horizontal {
            (vec2(from, 0.0), vec2(step / 2.0, line), vec2(0.0, rect.height() - line))
        } else {
            (vec2(0.0, from), vec2(line, step / 2.0), vec2(rect.width() - line, 0.0))
        };
        for across in [epaint::Vec2::ZERO, across] {
            ink.rect(Rect::from_min_size(rect.min + offset + across, size), colour);
        }
    }
}

/// Draws cards as plain blocks in the mean colour of their servers; where there are more than `budget`, neighbours of
/// one row share a block.
pub(super) fn blocks(cards: &[CardIx], view: &View<'_>, budget: usize, ink: &mut Ink) {
    let share = cards.len().div_ceil(budget.max(1)).max(1);
    let mut at = 0;
    while let Some(&first) = cards.get(at) {
        let head = &view.scene.cards[first.at()];
        let run = cards[at..].iter().take(share.max(1)).take_while(|&&card| {
            let card = &view.scene.cards[card.at()];
            card.column == head.column && (share > 1 || card.rect == head.rect)
        });
        let mut world = head.rect;
        let mut len = 0;
        let (mut sum, mut colours) = ([0.0_f32; 3], 0.0);
        for &card in run {
            let colour = block_colour(card, view);
            world = world.union(view.scene.cards[card.at()].rect);
            for (sum, channel) in sum.iter_mut().zip([colour.r(), colour.g(), colour.b()]) {
                *sum += f32::from(channel);
            }
            colours += 1.0;
            len += 1;
        }
        let [r, g, b] = sum.map(|sum| (sum / f32::max(colours, 1.0)).round() as u8);
        ink.crisp(view.rect(world), Color32::from_rgb(r, g, b));
        at += len.max(1);
    }
}

fn block_colour(ix: CardIx, view: &View<'_>) -> Color32 {
    let palette = view.input.palette;
    let card = &view.scene.cards[ix.at()];
    let emphasis = view.input.lighting.card(ix);
    match (fields::mean_of(card, view), emphasis) {
        (Some(mean), _) => mean,
        (None, Emphasis::Lit) => palette.edge_lit,
        (None, emphasis) => {
            let strength = if matches!(card.of, CardOf::Node(_)) { 0.45 } else { 0.2 };
            let plain = palette.border.lerp_to_gamma(palette.text_dim, strength);
            view.toned(plain, emphasis)
        }
    }
}

/// Draws the outlines of what is selected, hovered and focused.
pub(super) fn outlines(view: &View<'_>, ink: &mut Ink) {
    let input = view.input;
    let palette = input.palette;
    let selected = input.lighting.selected().iter().take(MOST_OUTLINES).copied();
    let marked = selected.chain(input.focused).chain(input.hovered);
    for place in marked {
        let Some(world) = view.scene.rect_of(place) else { continue };
        let rect = view.rect(world);
        if !rect.intersects(input.viewport) {
            continue;
        }
        let is_marked = Scene::is_marked(input, place);
        match place {
            Place::Server(_) if is_marked => {
                // A tile too small to see is still found by its ring.
                let ring = Rect::from_center_size(rect.center(), rect.size().max(epaint::Vec2::splat(5.0))).expand(2.0);
                ink.ring(ring, 2.5, 1.5, palette.outline);
            }
            Place::Server(_) => ink.ring(rect.expand(1.5), 2.0, 1.0, palette.text_muted),
            Place::Card(_) if input.focused == Some(place) => {
                let radius = RADIUS * input.camera.zoom.min(1.5) + 3.0;
                ink.ring(snapped(rect, ink).expand(3.0), radius, 1.5, palette.outline);
            }
            Place::Card(_) if is_marked => {
                let radius = RADIUS * input.camera.zoom.min(1.5);
                ink.ring(snapped(rect, ink), radius, 1.5, palette.edge_lit);
            }
            Place::Card(_) => {}
        }
    }
}

/// A rectangle with its edges between pixels, so that a border is one sharp line.
fn snapped(rect: Rect, ink: &Ink) -> Rect {
    let snap = |at: epaint::Pos2| epaint::pos2(ink.on_pixel(at.x), ink.on_pixel(at.y));
    Rect::from_min_max(snap(rect.min), snap(rect.max))
}

//! Text that can be read, as runs.

use epaint::{Color32, Pos2, Rect, pos2, vec2};

use super::{BOTH_LINES_ZOOM, HEADING_H, ONE_LINE_ZOOM};
use crate::card::{Card, CardIx, Place};
use crate::frame::{Align, Emphasis, Font, FrameInput, MAX_TEXTS, MIN_TEXT_PX, TextRun};
use crate::layout::{GROUP_HEAD, PAD};
use crate::scene::Scene;

/// Sizes in world points: a card's first line, and everything else.
const TITLE: f32 = 13.0;
const SMALL: f32 = 11.0;
/// A column narrower than this many points has no room for a heading's first words.
const NARROWEST_HEADING: f32 = 48.0;
/// Text grows with the zoom up to here.
const MOST_GROWTH: f32 = 2.0;
/// Width of a letter in sizes, to share a line between a title and its badge before either is measured: a little more
/// than the mean of Inter Medium's lower-case letters and digits. The drawing cuts what is wider.
const TITLE_LETTER: f32 = 0.6;
/// Between a title and its badge, in points.
const GAP: f32 = 8.0;
/// A badge with fewer points than this would show an ellipsis alone.
const NARROWEST_BADGE: f32 = 24.0;

/// The runs of headings and of the cards in sight.
pub(super) fn runs<'a>(scene: &'a Scene, input: &FrameInput<'_>) -> Vec<TextRun<'a>> {
    let mut runs = Vec::new();
    headings(scene, input, &mut runs);
    if input.camera.zoom >= ONE_LINE_ZOOM {
        for ix in scene.visible(&input.camera, input.viewport) {
            if runs.len() + 2 > MAX_TEXTS {
                break;
            }
            card(ix, &scene.cards[ix.at()], input, &mut runs);
        }
    }
    runs
}

fn headings<'a>(scene: &'a Scene, input: &FrameInput<'_>, runs: &mut Vec<TextRun<'a>>) {
    let (viewport, palette) = (input.viewport, input.palette);
    let x_of = |world: f32| input.camera.screen_from_world(pos2(world, 0.0), viewport).x;
    for (ix, column) in scene.columns.iter().enumerate() {
        let left = x_of(column.x.0);
        let right = scene.columns.get(ix + 1).map_or(x_of(column.x.1), |next| x_of(next.x.0) - 8.0);
        let max_width = right - left;
        if max_width < NARROWEST_HEADING || right < viewport.left() || left > viewport.right() {
            continue;
        }
        runs.push(TextRun {
            text: column.title,
            tail: Some((&column.tail, palette.text_dim)),
            pos: pos2(left, viewport.top() + HEADING_H / 2.0),
            align: Align::Left,
            size: SMALL,
            font: Font::Medium,
            colour: palette.text_muted,
            max_width,
            place: None,
        });
    }
}

fn card<'a>(ix: CardIx, card: &'a Card, input: &FrameInput<'_>, runs: &mut Vec<TextRun<'a>>) {
    let zoom = input.camera.zoom;
    let rect = input.camera.screen_rect(card.rect, input.viewport);
    let size = |world: f32| (world * zoom.min(MOST_GROWTH)).max(MIN_TEXT_PX);
    let pad = PAD * zoom;
    let room = rect.width() - 2.0 * pad;
    let palette = input.palette;
    let emphasis = input.lighting.card(ix);
    let tone = |colour: Color32| if emphasis == Emphasis::Dim { palette.dim(colour) } else { colour };
    let faint = card.flags.ghost || card.flags.unknown;
    let title_colour = tone(if faint { palette.text_muted } else { palette.text });
    let mut push = |text: &'a str, pos: Pos2, align: Align, font: Font, size: f32, colour: Color32, max_width: f32| {
        if !text.is_empty() && is_in_sight(pos, size, rect, input) {
            let place = Some(Place::Card(ix));
            runs.push(TextRun { text, tail: None, pos, align, size, font, colour, max_width, place });
        }
    };
    let left = rect.left() + pad;
    if !card.badge.is_empty() {
        let y = rect.top() + GROUP_HEAD / 2.0 * zoom;
        // The name comes first: a badge takes what the title leaves, and is left out where that says nothing.
        let title_room = (card.title.chars().count() as f32 * TITLE_LETTER * size(TITLE)).min(room);
        let badge_room = room - title_room - GAP;
        push(&card.title, pos2(left, y), Align::Left, Font::Medium, size(TITLE), title_colour, title_room);
        let right = pos2(rect.right() - pad, y);
        if badge_room >= NARROWEST_BADGE {
            push(&card.badge, right, Align::Right, Font::Regular, size(SMALL), tone(palette.text_muted), badge_room);
        }
    } else if zoom >= BOTH_LINES_ZOOM && !card.subtitle.is_empty() {
        let line = |world: f32| rect.left_top() + vec2(pad, world * zoom);
        push(&card.title, line(16.0), Align::Left, Font::Medium, size(TITLE), title_colour, room);
        push(&card.subtitle, line(33.0), Align::Left, Font::Regular, size(SMALL), tone(palette.text_muted), room);
    } else {
        push(&card.title, pos2(left, rect.center().y), Align::Left, Font::Medium, size(TITLE), title_colour, room);
    }
}

/// Whether a line is on the screen, and not under the headings.
fn is_in_sight(pos: Pos2, size: f32, card: Rect, input: &FrameInput<'_>) -> bool {
    let viewport = input.viewport;
    let half = size * 0.6;
    pos.y - half >= viewport.top() + HEADING_H
        && pos.y - half <= viewport.bottom()
        && card.right() >= viewport.left()
        && card.left() <= viewport.right()
}

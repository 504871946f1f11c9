//! What just came and went: a ring closes in on a newborn server's tile, and where one is gone an ember dies down.

use epaint::Rect;

use super::View;
use super::ink::Ink;
use crate::card::Place;

/// How far away the ring begins, in points of the screen.
const FAR: f32 = 22.0;
/// What is too small to see is shown as large as this, in points.
const LEAST: f32 = 6.0;

pub(super) fn draw(view: &View<'_>, ink: &mut Ink) {
    let Some((motion, progress)) = view.input.motion else { return };
    let progress = progress.clamp(0.0, 1.0);
    // Fast at first, then at rest.
    let eased = 1.0 - (1.0 - progress).powi(3);
    let palette = view.input.palette;
    let seen = |world: Rect| {
        let rect = view.rect(world);
        let rect = Rect::from_center_size(rect.center(), rect.size().max(epaint::Vec2::splat(LEAST)));
        rect.intersects(view.input.viewport).then_some(rect)
    };
    let newborn = motion.born().iter().filter_map(|&server| view.scene.rect_of(Place::Server(server)));
    for rect in newborn.filter_map(seen) {
        let away = 1.5 + FAR * (1.0 - eased);
        let colour = palette.ramp[0].gamma_multiply(0.25 + 0.75 * (1.0 - progress));
        ink.ring(rect.expand(away), 2.0 + away / 2.0, 1.5, colour);
    }
    for rect in motion.gone().iter().copied().filter_map(seen) {
        let left = 1.0 - eased;
        let ember = Rect::from_center_size(rect.center(), rect.size() * (0.3 + 1.1 * left));
        ink.rounded(ember, ember.width() / 4.0, palette.edge_lit.gamma_multiply(1.0 - progress));
    }
}

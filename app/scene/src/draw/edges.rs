//! Bundles of edges as curved lines.

use epaint::{Color32, Pos2, Rect, Vec2, pos2};

use super::ink::Ink;
use crate::card::Edge;
use crate::frame::{Emphasis, FrameInput};
use crate::scene::Scene;

/// The most quads that edges may take.
pub(super) const BUDGET: usize = 17_000;
/// Fewer steps than this and a curve shows its corners.
const FEWEST_STEPS: usize = 6;
const MOST_STEPS: usize = 24;
/// From this many bundles on a screen on, each is drawn fainter, so that many together stay a texture.
const CROWD: usize = 300;

/// A cubic curve that leaves and arrives level, in whatever space its ends are.
pub(crate) fn control_points(start: Pos2, end: Pos2) -> [Pos2; 4] {
    let middle = (start.x + end.x) / 2.0;
    [start, pos2(middle, start.y), pos2(middle, end.y), end]
}

/// The point at `t` and the direction to the left of the way there.
fn along([a, b, c, d]: [Pos2; 4], t: f32) -> (Pos2, Vec2) {
    let s = 1.0 - t;
    let point = a.to_vec2() * (s * s * s)
        + b.to_vec2() * (3.0 * s * s * t)
        + c.to_vec2() * (3.0 * s * t * t)
        + d.to_vec2() * (t * t * t);
    let slope = (b - a) * (s * s) + (c - b) * (2.0 * s * t) + (d - c) * (t * t);
    let slope = if slope == Vec2::ZERO { d - a } else { slope };
    let along = slope.normalized();
    (point.to_pos2(), Vec2::new(along.y, -along.x))
}

struct Stroke {
    ends: [Pos2; 4],
    width: f32,
    steps: usize,
    colour: Color32,
}

/// Draws the bundles that can be seen, dimmed ones first and lit ones last; where there are more than the budget
/// allows, those of most servers.
pub(super) fn draw(scene: &Scene, input: &FrameInput<'_>, ink: &mut Ink) {
    let camera = &input.camera;
    let screen = input.viewport.expand(8.0);
    let mut visible: Vec<(u8, u32, usize)> = Vec::new();
    for (ix, edge) in scene.edges.iter().enumerate() {
        let (a, b) = ends(edge, input);
        if Rect::from_two_pos(a, b).expand(1.0).intersects(screen) {
            let (layer, servers) = input.lighting.layer(ix, edge);
            visible.push((layer, servers, ix));
        }
    }
    visible.sort_unstable();
    let crowd = (CROWD as f32 / visible.len().max(1) as f32).min(1.0).powf(0.25);
    let (budget, mut quads) = (input.detail.of(BUDGET), 0);
    let mut strokes = Vec::new();
    // The most telling first, so that what the budget leaves out is what tells least.
    for &(_, _, ix) in visible.iter().rev() {
        let edge = &scene.edges[ix];
        let (a, b) = ends(edge, input);
        let width = (edge.width * camera.zoom).clamp(0.75, 14.0);
        let steps = match (b.y - a.y).abs() {
            level if level < 0.5 => 1,
            _ => (((b - a).length() / 8.0) as usize).clamp(FEWEST_STEPS, MOST_STEPS),
        };
        quads += steps * ink.line_quads(width);
        if quads > budget {
            break;
        }
        let palette = input.palette;
        let colour = match input.lighting.edge(ix) {
            Emphasis::Lit => palette.edge_lit.gamma_multiply(0.9),
            Emphasis::Plain => palette.edge.gamma_multiply(crowd),
            Emphasis::Dim => palette.edge.gamma_multiply(crowd * palette.dimmed),
        };
        // What carries nobody yet is a promise, not a way.
        let colour = if edge.servers == 0 { colour.gamma_multiply(0.6) } else { colour };
        strokes.push(Stroke { ends: control_points(a, b), width, steps, colour });
    }
    for stroke in strokes.iter().rev() {
        let steps = stroke.steps;
        let points = (0..=steps).map(|step| along(stroke.ends, step as f32 / steps as f32));
        ink.line(points, stroke.width, stroke.colour);
    }
}

fn ends(edge: &Edge, input: &FrameInput<'_>) -> (Pos2, Pos2) {
    let place = |at| input.camera.screen_from_world(at, input.viewport);
    (place(edge.start), place(edge.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_leaves_and_arrives_level() {
        let curve = control_points(pos2(0.0, 0.0), pos2(26.0, 300.0));
        for (t, at) in [(0.0, pos2(0.0, 0.0)), (1.0, pos2(26.0, 300.0)), (0.5, pos2(13.0, 150.0))] {
            let (point, left) = along(curve, t);
            assert!((point - at).length() < 1e-3);
            if t != 0.5 {
                assert!((left - Vec2::new(0.0, -1.0)).length() < 1e-3, "{left:?} at {t}");
            }
        }
    }
}

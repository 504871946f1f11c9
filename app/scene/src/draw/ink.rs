//! Filled shapes as triangles of one mesh, smoothed at their edges by a strip that fades over one pixel.

use epaint::{Color32, Mesh, Pos2, Rect, Vec2, Vertex, pos2, vec2};

/// Corners of a rounded rectangle are drawn with this many steps.
const CORNER_STEPS: usize = 4;
/// Points of a rounded outline.
const OUTLINE: usize = 4 * (CORNER_STEPS + 1);
/// Quads that [`Ink::rounded`] takes.
pub(crate) const ROUNDED_QUADS: usize = (OUTLINE - 2 + 2 * OUTLINE).div_ceil(2);

/// A mesh being drawn.
pub(crate) struct Ink {
    mesh: Mesh,
    /// One physical pixel, in points.
    pub(crate) pixel: f32,
}

impl Ink {
    pub(crate) fn new(pixels_per_point: f32) -> Self {
        let sane = pixels_per_point.is_finite() && pixels_per_point > 0.0;
        Self { mesh: Mesh::default(), pixel: if sane { 1.0 / pixels_per_point } else { 1.0 } }
    }

    pub(crate) fn reserve(&mut self, quads: usize) {
        self.mesh.reserve_vertices(quads * 4);
        self.mesh.reserve_triangles(quads * 2);
    }

    #[cfg(test)]
    pub(crate) fn quads(&self) -> usize {
        self.mesh.indices.len().div_ceil(6)
    }

    pub(crate) fn into_mesh(self) -> Mesh {
        self.mesh
    }

    fn point(&mut self, at: Pos2, colour: Color32) -> u32 {
        let ix = self.mesh.vertices.len() as u32;
        self.mesh.vertices.push(Vertex::untextured(at, colour));
        ix
    }

    /// The nearest edge between pixels.
    pub(crate) fn on_pixel(&self, length: f32) -> f32 {
        (length / self.pixel).round() * self.pixel
    }

    /// A rectangle with hard edges.
    pub(crate) fn rect(&mut self, rect: Rect, colour: Color32) {
        self.mesh.add_colored_rect(rect, colour);
    }

    /// A rectangle whose edges lie between pixels, at least one pixel wide and high.
    pub(crate) fn crisp(&mut self, rect: Rect, colour: Color32) {
        let min = pos2(self.on_pixel(rect.min.x), self.on_pixel(rect.min.y));
        let max = pos2(self.on_pixel(rect.max.x), self.on_pixel(rect.max.y)).max(min + Vec2::splat(self.pixel));
        self.rect(Rect::from_min_max(min, max), colour);
    }

    /// A convex shape with hard edges.
    pub(crate) fn convex(&mut self, points: &[Pos2], colour: Color32) {
        let first = self.mesh.vertices.len() as u32;
        for &at in points {
            self.point(at, colour);
        }
        for n in 2..points.len() as u32 {
            self.mesh.add_triangle(first, first + n - 1, first + n);
        }
    }

    /// A convex shape whose outline fades over one pixel. The points run clockwise on the screen.
    pub(crate) fn smooth_convex(&mut self, points: &[Pos2], colour: Color32) {
        let len = points.len();
        if len < 3 {
            return;
        }
        let half = self.pixel / 2.0;
        let first = self.mesh.vertices.len() as u32;
        let mut before = edge_normal(points[len - 1], points[0]);
        for at in 0..len {
            let after = edge_normal(points[at], points[(at + 1) % len]);
            // The mean of both normals, longer where the corner is sharp, so that both edges fade equally wide.
            let mean = (before + after) / 2.0;
            let out = mean / mean.length_sq().max(0.25) * half;
            self.point(points[at] - out, colour);
            self.point(points[at] + out, Color32::TRANSPARENT);
            before = after;
        }
        let len = len as u32;
        for n in 2..len {
            self.mesh.add_triangle(first, first + 2 * (n - 1), first + 2 * n);
        }
        for n in 0..len {
            let (inner, next) = (first + 2 * n, first + 2 * ((n + 1) % len));
            self.mesh.add_triangle(inner, next, inner + 1);
            self.mesh.add_triangle(inner + 1, next, next + 1);
        }
    }

    /// A rectangle with round corners and smooth edges.
    pub(crate) fn rounded(&mut self, rect: Rect, radius: f32, colour: Color32) {
        self.smooth_convex(&outline(rect, radius), colour);
    }

    /// The frame of a rectangle with round corners, `width` wide inwards.
    pub(crate) fn ring(&mut self, rect: Rect, radius: f32, width: f32, colour: Color32) {
        let half = self.pixel / 2.0;
        let inset = |by: f32| outline(rect.shrink(by), (radius - by).max(0.0));
        let (fade_out, outer, inner, fade_in) = (inset(-half), inset(half), inset(width - half), inset(width + half));
        let rows: [(&[Pos2; OUTLINE], Color32); 4] =
            [(&fade_out, Color32::TRANSPARENT), (&outer, colour), (&inner, colour), (&fade_in, Color32::TRANSPARENT)];
        let first = self.mesh.vertices.len() as u32;
        for (points, colour) in rows {
            for &at in points {
                self.point(at, colour);
            }
        }
        let len = OUTLINE as u32;
        for row in 0..3 {
            for n in 0..len {
                let (a, b) = (first + row * len + n, first + row * len + (n + 1) % len);
                self.mesh.add_triangle(a, b, a + len);
                self.mesh.add_triangle(a + len, b, b + len);
            }
        }
    }

    /// A smooth line through points, each with the direction to its left, `width` wide.
    pub(crate) fn line(&mut self, points: impl Iterator<Item = (Pos2, Vec2)>, width: f32, colour: Color32) {
        let half = width / 2.0;
        // A line thinner than a pixel is a fainter one of one pixel, which fades to both sides from its middle.
        let thin = width <= self.pixel;
        let colour = if thin { colour.gamma_multiply(width / self.pixel) } else { colour };
        let fade = self.pixel / 2.0;
        let wide = [half + fade, half - fade, fade - half, -half - fade];
        let offsets: &[f32] = if thin { &[self.pixel, 0.0, -self.pixel] } else { &wide };
        let rows = offsets.len() as u32;
        let mut previous: Option<u32> = None;
        for (at, left) in points {
            let first = self.mesh.vertices.len() as u32;
            for (row, &offset) in (0..).zip(offsets) {
                let outermost = row == 0 || row + 1 == rows;
                self.point(at + left * offset, if outermost { Color32::TRANSPARENT } else { colour });
            }
            if let Some(before) = previous {
                for row in 0..rows - 1 {
                    let (a, b) = (before + row, first + row);
                    self.mesh.add_triangle(a, b, a + 1);
                    self.mesh.add_triangle(a + 1, b, b + 1);
                }
            }
            previous = Some(first);
        }
    }

    /// Quads that a line takes for each of its segments.
    pub(crate) fn line_quads(&self, width: f32) -> usize {
        if width <= self.pixel { 2 } else { 3 }
    }
}

/// The direction out of a clockwise shape, across the edge from `a` to `b`.
fn edge_normal(a: Pos2, b: Pos2) -> Vec2 {
    let along = (b - a).normalized();
    vec2(along.y, -along.x)
}

/// The outline of a rectangle with round corners, clockwise from the left end of its top.
fn outline(rect: Rect, radius: f32) -> [Pos2; OUTLINE] {
    let radius = radius.min(rect.width() / 2.0).min(rect.height() / 2.0).max(0.0);
    let inner = rect.shrink(radius);
    let corners = [
        (inner.left_top(), vec2(-1.0, 0.0), vec2(0.0, -1.0)),
        (inner.right_top(), vec2(0.0, -1.0), vec2(1.0, 0.0)),
        (inner.right_bottom(), vec2(1.0, 0.0), vec2(0.0, 1.0)),
        (inner.left_bottom(), vec2(0.0, 1.0), vec2(-1.0, 0.0)),
    ];
    std::array::from_fn(|n| {
        let (centre, from, to) = corners[n / (CORNER_STEPS + 1)];
        let angle = (n % (CORNER_STEPS + 1)) as f32 / CORNER_STEPS as f32 * std::f32::consts::FRAC_PI_2;
        centre + (from * angle.cos() + to * angle.sin()) * radius
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECT: Rect = Rect { min: pos2(10.0, 20.0), max: pos2(50.0, 44.0) };

    /// The area of all triangles, weighted by the mean alpha of their corners.
    fn covered(mesh: &Mesh) -> f32 {
        mesh.triangles()
            .map(|triangle| {
                let [a, b, c] = triangle.map(|ix| mesh.vertices[ix as usize]);
                let area = ((b.pos - a.pos).x * (c.pos - a.pos).y - (b.pos - a.pos).y * (c.pos - a.pos).x).abs() / 2.0;
                let alpha = [a, b, c].map(|vertex| f32::from(vertex.color.a())).iter().sum::<f32>() / 3.0 / 255.0;
                area * alpha
            })
            .sum()
    }

    #[test]
    fn shapes_cover_their_area() {
        let mut ink = Ink::new(1.0);
        ink.rounded(RECT, 7.0, Color32::WHITE);
        assert_eq!(ink.quads(), ROUNDED_QUADS);
        let exact = 40.0 * 24.0 - (4.0 - std::f32::consts::PI) * 49.0;
        assert!((covered(&ink.into_mesh()) - exact).abs() < 6.0);

        let mut ink = Ink::new(2.0);
        ink.ring(RECT, 0.0, 2.0, Color32::WHITE);
        assert!((covered(&ink.into_mesh()) - (40.0 * 24.0 - 36.0 * 20.0)).abs() < 1.0);

        for (width, expected) in [(4.0, 400.0), (0.5, 50.0)] {
            let mut ink = Ink::new(1.0);
            let points = (0..=10).map(|n| (pos2(n as f32 * 10.0, 5.0), vec2(0.0, -1.0)));
            ink.line(points, width, Color32::WHITE);
            assert_eq!(ink.quads(), 10 * ink.line_quads(width));
            assert!((covered(&ink.into_mesh()) - expected).abs() < 2.0, "width {width}");
        }
    }

    #[test]
    fn crisp_edges_lie_between_pixels_and_never_vanish() {
        let mut ink = Ink::new(1.5);
        ink.crisp(Rect::from_min_max(pos2(0.4, 0.4), pos2(0.5, 0.5)), Color32::WHITE);
        let bounds = ink.into_mesh().calc_bounds();
        for edge in [bounds.min.x, bounds.min.y, bounds.max.x, bounds.max.y] {
            assert!((edge * 1.5 - (edge * 1.5).round()).abs() < 1e-4);
        }
        assert!(bounds.width() > 0.6);
    }

    #[test]
    fn a_screen_without_a_scale_is_drawn_at_one() {
        assert_eq!([Ink::new(0.0).pixel, Ink::new(f32::NAN).pixel, Ink::new(2.0).pixel], [1.0, 1.0, 0.5]);
    }
}

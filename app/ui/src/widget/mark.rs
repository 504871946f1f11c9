//! The mark: three servers of different age, embers on their stems.

use egui::{Color32, IconData, Pos2, Rect, Stroke, Ui, pos2};

use crate::theme::Theme;

/// Side of the square that the mark is drawn on.
const SIDE: f32 = 20.0;
const STEM_WIDTH: f32 = 1.6;
/// Where the stems stand, and from where to where.
const STEMS: [(f32, f32, f32); 3] = [(3.0, 8.0, 17.0), (10.0, 3.0, 17.0), (17.0, 12.0, 17.0)];

/// Middle, radius and colour of each ember.
fn embers(theme: &Theme) -> [(Pos2, f32, Color32); 3] {
    [
        (pos2(3.0, 7.0), 2.4, theme.age(Some(0.0))),
        (pos2(17.0, 11.0), 2.4, theme.age(Some(0.8))),
        (pos2(10.0, 4.0), 3.0, theme.accent.ember),
    ]
}

/// Paints the mark into a square.
pub fn mark(ui: &Ui, rect: Rect) {
    let theme = Theme::of(ui);
    let scale = rect.width() / SIDE;
    let at = |point: Pos2| rect.min + point.to_vec2() * scale;
    let stem = Stroke::new(STEM_WIDTH * scale, theme.surface.line_strong);
    for (x, top, bottom) in STEMS {
        ui.painter().line_segment([at(pos2(x, top)), at(pos2(x, bottom))], stem);
    }
    for (middle, radius, colour) in embers(theme) {
        ui.painter().circle_filled(at(middle), radius * scale, colour);
    }
}

/// The mark as the window's icon, `side` pixels high and wide.
#[must_use]
pub fn mark_icon(side: u16) -> IconData {
    let theme = Theme::named(egui::Theme::Dark);
    let scale = f32::from(side) / SIDE;
    let mut rgba = Vec::with_capacity(4 * usize::from(side) * usize::from(side));
    for y in 0..side {
        for x in 0..side {
            let point = pos2(f32::from(x) + 0.5, f32::from(y) + 0.5) / scale;
            let mut pixel = Color32::TRANSPARENT;
            for (stem_x, top, bottom) in STEMS {
                let nearest = pos2(stem_x, point.y.clamp(top, bottom));
                pixel = over(pixel, theme.text.dim, covered(point.distance(nearest), STEM_WIDTH / 2.0, scale));
            }
            for (middle, radius, colour) in embers(theme) {
                pixel = over(pixel, colour, covered(point.distance(middle), radius, scale));
            }
            rgba.extend(pixel.to_srgba_unmultiplied());
        }
    }
    IconData { rgba, width: u32::from(side), height: u32::from(side) }
}

/// How much of a pixel lies within `radius`, its middle being `distance` away.
fn covered(distance: f32, radius: f32, scale: f32) -> f32 {
    ((radius - distance) * scale + 0.5).clamp(0.0, 1.0)
}

fn over(below: Color32, above: Color32, share: f32) -> Color32 {
    below.blend(above.gamma_multiply(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_has_the_ember_in_its_place_and_nothing_in_its_corners() {
        let icon = mark_icon(40);
        let pixel = |x: usize, y: usize| &icon.rgba[4 * (y * 40 + x)..][..4];
        let ember = Theme::named(egui::Theme::Dark).accent.ember;
        assert_eq!(icon.rgba.len(), 4 * 40 * 40);
        assert_eq!(pixel(20, 8), [ember.r(), ember.g(), ember.b(), 255]);
        assert_eq!(pixel(0, 0), [0; 4]);
        assert_eq!(pixel(39, 39), [0; 4]);
    }
}

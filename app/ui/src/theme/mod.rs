//! The look of the window: colours from `assets/theme`, the bundled fonts, and the 4-px grid.
//!
//! This is the one place that knows colours; panels and widgets ask [`Theme::of`] for a role.

mod fonts;
mod style;
mod tokens;

use std::sync::LazyLock;

pub use fonts::Type;
pub use tokens::{Accent, Canvas, Parts, PhoenixColours, Surface, Text, Theme, Tone};

/// The grid's unit in points: every distance is a multiple of it.
pub const GRID: f32 = 4.0;

/// Rounding of buttons, chips and fields, in points.
pub const RADIUS: u8 = 6;

static DARK: LazyLock<Theme> = LazyLock::new(|| read(include_str!("../../../../assets/theme/dark.toml")));
static LIGHT: LazyLock<Theme> = LazyLock::new(|| read(include_str!("../../../../assets/theme/light.toml")));

fn read(text: &str) -> Theme {
    toml::from_str(text).expect("the themes are compiled in, and a test reads both")
}

/// The colours of a picture that is drawn without a window.
#[must_use]
pub fn palette(dark: bool) -> scene::Palette {
    Theme::named(if dark { egui::Theme::Dark } else { egui::Theme::Light }).palette()
}

impl Theme {
    /// The theme that `ui` is drawn in.
    #[must_use]
    pub fn of(ui: &egui::Ui) -> &'static Self {
        Self::named(if ui.visuals().dark_mode { egui::Theme::Dark } else { egui::Theme::Light })
    }

    /// The dark or the light theme.
    #[must_use]
    pub fn named(theme: egui::Theme) -> &'static Self {
        match theme {
            egui::Theme::Dark => &DARK,
            egui::Theme::Light => &LIGHT,
        }
    }

    /// The colours of the canvas, as the scene takes them.
    #[must_use]
    pub fn palette(&self) -> scene::Palette {
        let (canvas, text) = (self.canvas, self.text);
        scene::Palette {
            background: self.surface.canvas,
            card: canvas.card,
            card_hovered: canvas.card_hover,
            card_lit: canvas.lit,
            border: canvas.card_line,
            border_lit: canvas.lit_line,
            outline: canvas.ring,
            text: text.strong,
            text_muted: text.muted,
            text_dim: text.dim,
            edge: canvas.edge,
            edge_lit: canvas.edge_lit,
            ramp: self.phoenix.ramp,
            exempt: self.phoenix.exempt,
            unknown: self.phoenix.unknown,
            dimmed: self.phoenix.dimmed,
        }
    }

    /// The colour of an age at a ratio of the lifetime; that of an unknown age for `None`.
    #[must_use]
    pub fn age(&self, ratio: Option<f32>) -> egui::Color32 {
        ratio.map_or(self.phoenix.unknown, |ratio| self.palette().at_ratio(ratio))
    }

    /// The colour of a verdict's standing.
    #[must_use]
    pub fn standing(&self, standing: scene::Standing) -> egui::Color32 {
        self.palette().standing(standing)
    }

    /// Gives `ctx` the fonts and both themes.
    pub fn install(ctx: &egui::Context) {
        ctx.set_fonts(fonts::definitions());
        for theme in [egui::Theme::Dark, egui::Theme::Light] {
            ctx.set_style_of(theme, style::style(Self::named(theme), theme));
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::Color32;

    use super::*;

    /// WCAG 2.1's relative luminance.
    fn luminance(colour: Color32) -> f32 {
        let linear = |byte: u8| {
            let part = f32::from(byte) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    fn contrast(one: Color32, other: Color32) -> f32 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_every_surface_of_both_themes() {
        for name in [egui::Theme::Dark, egui::Theme::Light] {
            let theme = Theme::named(name);
            let (surface, text, accent, tone) = (theme.surface, theme.text, theme.accent, theme.tone);
            let mut pairs = Vec::new();
            for ground in [surface.canvas, surface.panel, surface.raised, surface.field, theme.canvas.card] {
                pairs.extend(
                    [text.strong, text.body, text.muted, text.dim, tone.warning, tone.error].map(|ink| (ink, ground)),
                );
            }
            pairs.extend([
                (accent.on_ember, accent.ember),
                (accent.soft_text, accent.soft),
                (tone.overdue_text, tone.overdue_fill),
                (tone.due_text, tone.due_fill),
                (tone.young_text, tone.young_fill),
                (tone.quiet_text, tone.quiet_fill),
                (text.strong, theme.canvas.lit),
                (text.muted, theme.canvas.lit),
            ]);
            for (ink, ground) in pairs {
                let found = contrast(ink, ground);
                assert!(found >= 4.5, "{name:?}: {ink:?} on {ground:?} has a contrast of {found:.2}");
            }
        }
    }

    #[test]
    fn an_age_has_the_ramps_colour_and_an_unknown_one_its_own() {
        let theme = Theme::named(egui::Theme::Dark);
        assert_eq!(theme.age(Some(0.8)), theme.phoenix.ramp[2]);
        assert_eq!(theme.age(Some(99.0)), theme.phoenix.ramp[4]);
        assert_eq!(theme.age(None), theme.phoenix.unknown);
    }
}

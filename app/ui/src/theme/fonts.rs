//! The bundled fonts and the sizes that text comes in.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily, FontId};

/// What a piece of text is for. No role is smaller than 11 points.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    /// The name of what is open: 20, semibold.
    Display,
    /// The name of what is selected: 15, semibold.
    Title,
    /// Sentences: 13.
    Body,
    /// Names and what matters in a sentence: 13, medium.
    Strong,
    /// Second lines: 12.
    Small,
    /// Headings and hints: 11.
    Caption,
    /// Headings that stand out: 11, medium.
    CaptionStrong,
    /// Numbers that stand under each other: 13, tabular.
    Number,
    /// The same, medium.
    NumberStrong,
    /// Numbers of second lines: 12, tabular.
    NumberSmall,
    /// Ids and commands: 11.5, monospaced.
    Mono,
}

impl Type {
    /// Every role.
    pub const ALL: [Self; 11] = [
        Self::Display,
        Self::Title,
        Self::Body,
        Self::Strong,
        Self::Small,
        Self::Caption,
        Self::CaptionStrong,
        Self::Number,
        Self::NumberStrong,
        Self::NumberSmall,
        Self::Mono,
    ];

    /// Size in points.
    #[must_use]
    pub fn size(self) -> f32 {
        match self {
            Self::Display => 20.0,
            Self::Title => 15.0,
            Self::Body | Self::Strong | Self::Number | Self::NumberStrong => 13.0,
            Self::Small | Self::NumberSmall => 12.0,
            Self::Mono => 11.5,
            Self::Caption | Self::CaptionStrong => 11.0,
        }
    }

    /// The font in that size.
    #[must_use]
    pub fn font(self) -> FontId {
        self.scaled(1.0)
    }

    /// The font in `scale` times that size: for text that zooms.
    #[must_use]
    pub fn scaled(self, scale: f32) -> FontId {
        FontId::new(self.size() * scale, self.family())
    }

    fn family(self) -> FontFamily {
        match self {
            Self::Body | Self::Small | Self::Caption => FontFamily::Proportional,
            Self::Strong | Self::CaptionStrong => FontFamily::Name("medium".into()),
            Self::Display | Self::Title => FontFamily::Name("semibold".into()),
            Self::Number | Self::NumberSmall => FontFamily::Name("tabular".into()),
            Self::NumberStrong => FontFamily::Name("tabular-medium".into()),
            Self::Mono => FontFamily::Monospace,
        }
    }
}

macro_rules! font {
    ($name:literal) => {
        ($name.to_owned(), Arc::new(FontData::from_static(include_bytes!(concat!("../../../../assets/fonts/", $name)))))
    };
}

/// The fonts: each family falls back to Inter, which has the most characters; what that lacks comes from the system.
pub(super) fn definitions() -> FontDefinitions {
    let font_data = [
        font!("Inter-Regular.otf"),
        font!("Inter-Medium.otf"),
        font!("Inter-SemiBold.otf"),
        font!("InterTabular-Regular.otf"),
        font!("InterTabular-Medium.otf"),
        font!("JetBrainsMono-Regular.ttf"),
    ]
    .into();
    let named = |name: &str| FontFamily::Name(name.into());
    let families = [
        (FontFamily::Proportional, vec!["Inter-Regular.otf"]),
        (FontFamily::Monospace, vec!["JetBrainsMono-Regular.ttf", "Inter-Regular.otf"]),
        (named("medium"), vec!["Inter-Medium.otf"]),
        (named("semibold"), vec!["Inter-SemiBold.otf"]),
        (named("tabular"), vec!["InterTabular-Regular.otf", "Inter-Regular.otf"]),
        (named("tabular-medium"), vec!["InterTabular-Medium.otf", "Inter-Medium.otf"]),
    ]
    .into_iter()
    .map(|(family, fonts)| (family, fonts.into_iter().map(str::to_owned).collect()))
    .collect();
    FontDefinitions { font_data, families }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_smaller_than_eleven_points() {
        for role in Type::ALL {
            assert!(role.size() >= 11.0, "{role:?}");
        }
    }

    #[test]
    fn every_role_has_a_family_with_fonts() {
        let definitions = definitions();
        for role in Type::ALL {
            let fonts = &definitions.families[&role.font().family];
            assert!(!fonts.is_empty(), "{role:?}");
            assert!(fonts.iter().all(|font| definitions.font_data.contains_key(font)), "{role:?}");
        }
    }
}

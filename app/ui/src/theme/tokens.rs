//! The colours of a theme, read from `assets/theme`.

use egui::Color32;
use serde::{Deserialize, Deserializer};

/// One theme: every colour that the window draws with.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// Backgrounds and lines, from the canvas up.
    pub surface: Surface,
    /// Text, from the most to the least important.
    pub text: Text,
    /// Ember, the only accent.
    pub accent: Accent,
    /// Badges and messages.
    pub tone: Tone,
    /// Age against lifetime.
    pub phoenix: PhoenixColours,
    /// Parts of the time that it takes to make a server again.
    pub parts: Parts,
    /// Cards and edges of the canvas.
    pub canvas: Canvas,
}

macro_rules! colours {
    ($(#[doc = $doc:literal] $name:ident { $($field:ident $field_doc:literal),+ $(,)? })+) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(#[doc = $field_doc] #[serde(deserialize_with = "colour")] pub $field: Color32,)+
        }
    )+};
}

colours! {
    #[doc = "Backgrounds and lines."]
    Surface {
        canvas "Behind the lineage and the table.",
        panel "Bars, rail and inspector.",
        raised "Chips and other things that lie on a panel.",
        hover "The same under the pointer.",
        pressed "The same while pressed, and what is switched on.",
        field "Where text is typed.",
        line "Between panels.",
        line_strong "Around what can be clicked, under the pointer.",
        shade "Over the window while a dialog is open.",
        shadow "Below what floats.",
    }
    #[doc = "Text."]
    Text {
        strong "Names, numbers and what is chosen.",
        body "Sentences.",
        muted "Second lines and labels.",
        dim "Headings, hints and what is not available.",
        link "What opens something elsewhere.",
    }
    #[doc = "Ember."]
    Accent {
        ember "The accent.",
        hover "The accent under the pointer.",
        on_ember "Text on the accent.",
        soft "The background of what is chosen.",
        soft_line "Its line.",
        soft_text "Its text.",
        focus "The ring around what has the keyboard's focus.",
    }
    #[doc = "Badges and messages."]
    Tone {
        overdue_fill "Past the lifetime.",
        overdue_text "Text on it.",
        due_fill "From 80 % of the lifetime.",
        due_text "Text on it.",
        young_fill "Below 80 %.",
        young_text "Text on it.",
        quiet_fill "Anything that asks for nothing.",
        quiet_text "Text on it.",
        warning "A gap.",
        error "Something that failed.",
    }
    #[doc = "Parts of the time that it takes to make a server again: told apart by lightness too."]
    Parts {
        bake "Baking the image.",
        boot "From launch to in service.",
        warm_up "From there until it counts as settled.",
    }
    #[doc = "The canvas."]
    Canvas {
        card "A card.",
        card_line "Its line.",
        card_hover "A card under the pointer.",
        lit "A card of the lineage that is lit.",
        lit_line "Its line.",
        selected_line "The line of the selected card.",
        edge "An edge at rest.",
        edge_lit "An edge of the lineage that is lit.",
        ring "Around a selected tile.",
    }
}

/// Colours of age against lifetime.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoenixColours {
    /// Colours at 0, 0.5, 0.8, 1 and 2 times the lifetime; in between they mix.
    #[serde(deserialize_with = "ramp")]
    pub ramp: [Color32; 5],
    /// An exempt server.
    #[serde(deserialize_with = "colour")]
    pub exempt: Color32,
    /// A server of unknown age.
    #[serde(deserialize_with = "colour")]
    pub unknown: Color32,
    /// How much of a colour is left where a selection or a filter dims it, from 0 to 1.
    pub dimmed: f32,
}

#[derive(Deserialize)]
struct Hex(#[serde(deserialize_with = "colour")] Color32);

fn ramp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[Color32; 5], D::Error> {
    Ok(<[Hex; 5]>::deserialize(deserializer)?.map(|Hex(colour)| colour))
}

fn colour<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Color32, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    Color32::from_hex(&text)
        .map_err(|error| serde::de::Error::custom(format!("{text} is no colour such as #ff6b3d: {error:?}")))
}

//! The colours of a picture, and the ramp from young to overdue.

use epaint::Color32;
use insight::{Phoenix, ServerFinding};

use crate::colouring::{Colouring, Standing};

/// How a tile is coloured. Where tiles tell of ages: unknown, exempt, or an age against the lifetime in steps. Where
/// they tell a verdict, its [`Standing`].
///
/// Of an age, 0 is unknown, 1 exempt, 2..=127 a ratio from 0 to just below 1, 128..=255 overdue from 1 to 2 and beyond.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Shade(u8);

const FIRST_RATIO: u8 = 2;
const FIRST_OVERDUE: u8 = 128;

impl Shade {
    /// Of a server whose age or lifetime is unknown.
    pub const UNKNOWN: Self = Self(0);
    /// Of a server that is exempt.
    pub const EXEMPT: Self = Self(1);

    /// The shade of a server. Whether it is overdue is the finding's word, never the rounded ratio's.
    #[must_use]
    pub fn of(finding: &ServerFinding) -> Self {
        match (finding.phoenix, finding.ratio()) {
            (Phoenix::Exempt, _) => Self::EXEMPT,
            (Phoenix::Unknown, _) | (_, None) => Self::UNKNOWN,
            (Phoenix::Overdue, Some(ratio)) => Self::step(FIRST_OVERDUE, 255, ratio - 1.0),
            (Phoenix::Young | Phoenix::Due, Some(ratio)) => Self::step(FIRST_RATIO, FIRST_OVERDUE - 1, ratio),
        }
    }

    fn step(first: u8, last: u8, fraction: f32) -> Self {
        let steps = f32::from(last - first) + 1.0;
        Self(first + ((fraction.clamp(0.0, 1.0) * steps) as u8).min(last - first))
    }

    /// Age over lifetime, at most 2; `None` for unknown and exempt.
    #[must_use]
    pub fn ratio(self) -> Option<f32> {
        match self.0 {
            0 | 1 => None,
            step if step < FIRST_OVERDUE => {
                Some(f32::from(step - FIRST_RATIO) / f32::from(FIRST_OVERDUE - FIRST_RATIO))
            }
            step => Some(1.0 + f32::from(step - FIRST_OVERDUE) / f32::from(255 - FIRST_OVERDUE)),
        }
    }

    /// Whether it is past its lifetime.
    #[must_use]
    pub fn is_overdue(self) -> bool {
        self.0 >= FIRST_OVERDUE
    }

    /// The shade as a number; larger is older, unknown is 0.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// The shade of a number.
    #[must_use]
    pub fn from_number(number: u8) -> Self {
        Self(number)
    }
}

/// The colours of a picture. They live in the theme; [`Palette::default`] is for a picture without one.
#[derive(Clone, PartialEq, Debug)]
pub struct Palette {
    /// Behind everything.
    pub background: Color32,
    /// A card.
    pub card: Color32,
    /// A card under the pointer.
    pub card_hovered: Color32,
    /// A card on the lit lineage.
    pub card_lit: Color32,
    /// Border of a card.
    pub border: Color32,
    /// Border of a card on the lit lineage.
    pub border_lit: Color32,
    /// Outline of what is selected or has the keyboard.
    pub outline: Color32,
    /// Titles.
    pub text: Color32,
    /// Subtitles and badges.
    pub text_muted: Color32,
    /// Counts in the column headings.
    pub text_dim: Color32,
    /// A bundle of edges.
    pub edge: Color32,
    /// A bundle on the lit lineage.
    pub edge_lit: Color32,
    /// Tiles at a ratio of 0, 0.5, 0.8, 1 and from 2 on.
    pub ramp: [Color32; 5],
    /// Tiles of exempt servers.
    pub exempt: Color32,
    /// Tiles of servers of unknown age or lifetime.
    pub unknown: Color32,
    /// What is left of a colour's strength where a selection or a filter dims it, 0 to 1.
    pub dimmed: f32,
}

/// The ratios that [`Palette::ramp`] gives colours for. 0.8 is where a server falls due, 1 where it is overdue.
const RAMP_AT: [f32; 5] = [0.0, 0.5, 0.8, 1.0, 2.0];

impl Palette {
    /// The colour at a ratio of age to lifetime.
    #[must_use]
    pub fn at_ratio(&self, ratio: f32) -> Color32 {
        let ratio = if ratio.is_nan() { 0.0 } else { ratio.clamp(0.0, 2.0) };
        let upper = RAMP_AT.iter().position(|&at| ratio <= at).unwrap_or(RAMP_AT.len() - 1).max(1);
        let (from, to) = (RAMP_AT[upper - 1], RAMP_AT[upper]);
        let fraction = (ratio - from) / (to - from);
        // Due stays amber until shortly before it is overdue: the two must be told apart.
        let fraction = if to == 1.0 { fraction.powi(3) } else { fraction };
        self.ramp[upper - 1].lerp_to_gamma(self.ramp[upper], fraction)
    }

    /// The colour of an age.
    #[must_use]
    pub fn shade(&self, shade: Shade) -> Color32 {
        match shade.ratio() {
            Some(ratio) => self.at_ratio(ratio),
            None if shade == Shade::EXEMPT => self.exempt,
            None => self.unknown,
        }
    }

    /// The colour of a verdict's standing: cool, amber, ember as on the ramp, and grey where nobody can say.
    #[must_use]
    pub fn standing(&self, standing: Standing) -> Color32 {
        match standing {
            Standing::Good => self.ramp[0],
            Standing::Middling => self.ramp[2],
            Standing::Bad => self.ramp[3],
            Standing::Unknown => self.unknown,
        }
    }

    /// The colour of a tile of this shade, where tiles tell this.
    #[must_use]
    pub fn tile(&self, colouring: Colouring, shade: Shade) -> Color32 {
        match colouring {
            Colouring::Age => self.shade(shade),
            _ => self.standing(Standing::of(shade)),
        }
    }

    /// The colours of all shades, by their number.
    pub(crate) fn shades(&self, colouring: Colouring) -> [Color32; 256] {
        std::array::from_fn(|number| self.tile(colouring, Shade::from_number(number as u8)))
    }

    /// `colour` dimmed towards the background. Opaque, so that what lies beneath does not shine through.
    #[must_use]
    pub fn dim(&self, colour: Color32) -> Color32 {
        self.background.lerp_to_gamma(colour, self.dimmed.clamp(0.0, 1.0))
    }
}

impl Default for Palette {
    fn default() -> Self {
        let rgb = Color32::from_rgb;
        Self {
            background: rgb(0x0d, 0x10, 0x15),
            card: rgb(0x18, 0x1d, 0x26),
            card_hovered: rgb(0x21, 0x28, 0x34),
            card_lit: rgb(0x21, 0x18, 0x12),
            border: rgb(0x25, 0x2d, 0x39),
            border_lit: rgb(0x8a, 0x43, 0x2c),
            outline: rgb(0xff, 0xff, 0xff),
            text: rgb(0xe8, 0xec, 0xf2),
            text_muted: rgb(0x8a, 0x95, 0xa5),
            text_dim: rgb(0x6b, 0x76, 0x87),
            edge: rgb(0x2c, 0x34, 0x3f),
            edge_lit: rgb(0xff, 0x6b, 0x3d),
            ramp: [
                rgb(0x35, 0xb5, 0xa6),
                rgb(0xc7, 0xbb, 0x7a),
                rgb(0xf2, 0xa5, 0x41),
                rgb(0xf0, 0x53, 0x2d),
                rgb(0xa8, 0x25, 0x4a),
            ],
            exempt: rgb(0x5b, 0x7c, 0xb8),
            unknown: rgb(0x55, 0x5f, 0x6e),
            dimmed: 0.4,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use fleet::Time;
    use insight::LifetimeFrom;

    use super::*;

    fn finding(phoenix: Phoenix, age_s: Option<i64>) -> ServerFinding {
        let as_of = Time::from_epoch_s(1_700_000_000).unwrap();
        ServerFinding {
            as_of,
            born: age_s.and_then(|age_s| as_of.plus_s(-age_s)),
            born_from: None,
            started: None,
            image_made: None,
            base_made: None,
            behind_days: None,
            newest: None,
            lifetime_s: 1_000_000,
            lifetime_from: LifetimeFrom::Default,
            due_at: None,
            phoenix,
            exempt: None,
            waivers: Default::default(),
            bad_lifetime_tag: None,
            cap_unknown: false,
            drift: insight::DriftVerdict::Unknown,
            snowflake: insight::Snowflake::Unknown,
            bake: fleet::BakeVerdict::Unknown,
            rto: insight::Rto::Unknown,
        }
    }

    #[test]
    fn overdue_is_the_findings_word() {
        assert!(!Shade::of(&finding(Phoenix::Due, Some(999_999))).is_overdue());
        assert!(Shade::of(&finding(Phoenix::Overdue, Some(1_000_000))).is_overdue());
        assert_eq!(Shade::of(&finding(Phoenix::Unknown, None)), Shade::UNKNOWN);
        assert_eq!(Shade::of(&finding(Phoenix::Exempt, Some(9_000_000))), Shade::EXEMPT);
    }

    #[test]
    fn a_shade_keeps_its_ratio_within_a_step() {
        for (age_s, ratio) in [(0, 0.0), (500_000, 0.5), (799_000, 0.8), (999_999, 1.0)] {
            let shade = Shade::of(&finding(Phoenix::Young, Some(age_s)));
            assert!((shade.ratio().unwrap() - ratio).abs() < 0.01, "{age_s} s gave {:?}", shade.ratio());
        }
        assert_eq!(Shade::of(&finding(Phoenix::Overdue, Some(70_000_000))).ratio(), Some(2.0));
    }

    #[test]
    fn the_ramp_meets_its_stops_and_runs_without_a_jump() {
        let palette = Palette::default();
        for (at, colour) in RAMP_AT.iter().zip(palette.ramp) {
            assert_eq!(palette.at_ratio(*at), colour);
        }
        assert_eq!(palette.at_ratio(77.0), palette.ramp[4]);
        let channels = |colour: Color32| [colour.r(), colour.g(), colour.b()].map(i32::from);
        for step in 0..200 {
            let (a, b) = (palette.at_ratio(step as f32 / 100.0), palette.at_ratio((step + 1) as f32 / 100.0));
            let jump = channels(a).iter().zip(channels(b)).map(|(a, b)| (a - b).abs()).max().unwrap();
            assert!(jump <= 12, "at {step}: {a:?} to {b:?}");
        }
    }

    #[test]
    fn a_dimmed_colour_is_opaque() {
        let palette = Palette::default();
        assert!(palette.dim(palette.edge_lit).is_opaque());
        assert_eq!(Palette { dimmed: 0.0, ..palette.clone() }.dim(palette.text), palette.background);
    }
}

//! What the colours and shapes of the tiles tell: one of several findings, the same tile in the same place for each.

use fleet::BakeVerdict;
use insight::{Rto, ServerFinding, Snowflake};

use crate::palette::Shade;

/// What the tiles tell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Colouring {
    /// Age against lifetime.
    #[default]
    Age,
    /// Baked, or fried at boot.
    Bake,
    /// Whether it could be made again as it is.
    Snowflake,
    /// Whether its group keeps its recovery objective.
    Readiness,
}

/// A shade of each colouring. It is numbered by how bad things are: what is unknown is 0.
pub(crate) type Shades = [Shade; Colouring::ALL.len()];

/// A verdict as tiles tell it. Each has a colour and a shape of its own, the same in every colouring of verdicts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Standing {
    /// Nobody can say: a hollow tile.
    Unknown,
    /// As it should be: a whole tile.
    Good,
    /// Halfway: a tile in two halves.
    Middling,
    /// As it should not be: a tile with its corner cut.
    Bad,
}

impl Standing {
    /// All, the worst first.
    pub const ALL: [Self; 4] = [Self::Bad, Self::Middling, Self::Good, Self::Unknown];

    /// Its shade.
    #[must_use]
    pub fn shade(self) -> Shade {
        Shade::from_number(self as u8)
    }

    /// The standing of a shade.
    #[must_use]
    pub fn of(shade: Shade) -> Self {
        match shade.number() {
            0 => Self::Unknown,
            1 => Self::Good,
            2 => Self::Middling,
            _ => Self::Bad,
        }
    }
}

/// The outline of a tile.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Form {
    /// A square.
    Whole,
    /// One corner is cut off.
    Cut,
    /// It lies in two halves, one above the other.
    Halves,
    /// Only its rim is there.
    Hollow,
}

impl Colouring {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Age, Self::Bake, Self::Snowflake, Self::Readiness];

    /// Its name on the command line and on the switch: `bake`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Bake => "bake",
            Self::Snowflake => "snowflake",
            Self::Readiness => "readiness",
        }
    }

    /// The colouring of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|colouring| colouring.as_str() == name)
    }

    /// What a standing is called here; `None` for one that no server has.
    #[must_use]
    pub fn word(self, standing: Standing) -> Option<&'static str> {
        match (self, standing) {
            (Self::Age, _) => None,
            (Self::Bake, Standing::Bad) => Some(BakeVerdict::Fried.as_str()),
            (Self::Bake, Standing::Middling) => Some(BakeVerdict::Mixed.as_str()),
            (Self::Bake, Standing::Good) => Some(BakeVerdict::Baked.as_str()),
            (Self::Snowflake, Standing::Bad) => Some(Snowflake::Snowflake.as_str()),
            (Self::Snowflake, Standing::Middling) => Some(Snowflake::Suspect.as_str()),
            (Self::Snowflake, Standing::Good) => Some(Snowflake::Reproducible.as_str()),
            (Self::Readiness, Standing::Bad) => Some("objective missed"),
            (Self::Readiness, Standing::Middling) => Some("at risk"),
            (Self::Readiness, Standing::Good) => Some("met"),
            (Self::Readiness, Standing::Unknown) => Some("unknown, or no objective"),
            (_, Standing::Unknown) => Some("unknown"),
        }
    }

    /// The shade of a server.
    pub(crate) fn shade(self, finding: &ServerFinding) -> Shade {
        match self {
            Self::Age => Shade::of(finding),
            Self::Bake => match finding.bake {
                BakeVerdict::Fried => Standing::Bad,
                BakeVerdict::Mixed => Standing::Middling,
                BakeVerdict::Baked => Standing::Good,
                BakeVerdict::Unknown => Standing::Unknown,
            }
            .shade(),
            Self::Snowflake => match finding.snowflake {
                Snowflake::Snowflake => Standing::Bad,
                Snowflake::Suspect => Standing::Middling,
                Snowflake::Reproducible => Standing::Good,
                Snowflake::Unknown => Standing::Unknown,
            }
            .shade(),
            Self::Readiness => match finding.rto {
                Rto::Missed => Standing::Bad,
                Rto::AtRisk => Standing::Middling,
                Rto::Met => Standing::Good,
                Rto::Unknown | Rto::None => Standing::Unknown,
            }
            .shade(),
        }
    }

    /// The shades of a server in all colourings.
    pub(crate) fn shades(finding: &ServerFinding) -> Shades {
        Self::ALL.map(|colouring| colouring.shade(finding))
    }

    /// The form of a tile of this shade.
    #[must_use]
    pub fn form(self, shade: Shade) -> Form {
        match self {
            Self::Age if shade.is_overdue() => Form::Cut,
            Self::Age => Form::Whole,
            _ => match Standing::of(shade) {
                Standing::Bad => Form::Cut,
                Standing::Middling => Form::Halves,
                Standing::Good => Form::Whole,
                Standing::Unknown => Form::Hollow,
            },
        }
    }

    /// Shades in steps that a bar can show, the worst first, each from which number on; with the one that stands for
    /// it.
    pub(crate) fn bars(self) -> &'static Bars {
        match self {
            Self::Age => &AGES,
            _ => &STANDINGS,
        }
    }
}

/// The most steps that bars show.
pub(crate) const MAX_BARS: usize = 8;

/// What bars show of shades.
pub(crate) struct Bars {
    /// The first number of each step with the number that stands for it, the worst first.
    pub(crate) steps: &'static [(u8, u8)],
    /// The step of each shade: looked up for every tile of every frame.
    pub(crate) of: [u8; 256],
}

impl Bars {
    const fn of(steps: &'static [(u8, u8)]) -> Self {
        assert!(steps.len() <= MAX_BARS && steps[steps.len() - 1].0 == 0);
        let mut of = [0; 256];
        let mut number = 0;
        while number < 256 {
            let mut step = 0;
            while number < steps[step].0 as usize {
                step += 1;
            }
            of[number] = step as u8;
            number += 1;
        }
        Self { steps, of }
    }
}

/// Far overdue, overdue, due, ageing, settled, young, exempt, unknown.
static AGES: Bars = Bars::of(&[(192, 230), (128, 150), (102, 114), (65, 86), (34, 50), (2, 16), (1, 1), (0, 0)]);
static STANDINGS: Bars = Bars::of(&[(3, 3), (2, 2), (1, 1), (0, 0)]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_never_mixes_what_has_another_form() {
        for colouring in Colouring::ALL {
            let bars = colouring.bars();
            for number in 0..=255 {
                let shade = Shade::from_number(number);
                let (_, stands) = bars.steps[usize::from(bars.of[usize::from(number)])];
                assert_eq!(colouring.form(shade), colouring.form(Shade::from_number(stands)), "{colouring:?} {number}");
            }
        }
    }

    #[test]
    fn the_names_of_colourings_lead_back_to_them() {
        for colouring in Colouring::ALL {
            assert_eq!(Colouring::named(colouring.as_str()), Some(colouring));
            assert_eq!(Colouring::ALL[colouring as usize], colouring);
        }
        assert_eq!(Colouring::named("rainbow"), None);
    }

    #[test]
    fn each_standing_has_a_form_of_its_own_and_its_word() {
        for colouring in [Colouring::Bake, Colouring::Snowflake, Colouring::Readiness] {
            let mut forms = Standing::ALL.map(|standing| colouring.form(standing.shade())).to_vec();
            forms.sort_unstable();
            forms.dedup();
            assert_eq!(forms.len(), Standing::ALL.len(), "told apart without colour");
            for standing in Standing::ALL {
                assert_eq!(Standing::of(standing.shade()), standing);
                assert!(colouring.word(standing).is_some());
            }
        }
    }
}

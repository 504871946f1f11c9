//! What a time is made of: samples with their percentiles or, where there are too few, an estimate with its basis.

use crate::human::counted;

/// From so many samples on, percentiles count as measured; below it they are an estimate.
pub const ENOUGH_SAMPLES: usize = 5;

/// A part of the time that it takes to make a server again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Part {
    /// Making the image: from the first workflow's start of a build to the last one's end.
    Bake,
    /// From the order to launch until the server is in service.
    Boot,
    /// From there until it counts as settled.
    WarmUp,
}

impl Part {
    /// All, in the order in which they happen.
    pub const ALL: [Self; 3] = [Self::Bake, Self::Boot, Self::WarmUp];

    /// What people call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bake => "bake",
            Self::Boot => "boot",
            Self::WarmUp => "warm-up",
        }
    }

    /// What its samples are.
    fn sample(self) -> &'static str {
        match self {
            Self::Bake => "build",
            Self::Boot | Self::WarmUp => "launch",
        }
    }
}

/// What a [`Measure`] was made from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Basis {
    /// At least [`ENOUGH_SAMPLES`] of its own.
    Measured,
    /// Fewer of its own: all that there are.
    FewSamples,
    /// None of its own, but cloud-init's closing line on the consoles of so many of its servers. It is counted from the
    /// kernel's start, so that the launch itself comes on top.
    Console(u32),
    /// So many launches of other groups whose image has the same recipe.
    SameRecipe(u32),
    /// So many launches of other groups on the same instance type.
    SameType(u32),
    /// So many builds of other recipes.
    OtherRecipes(u32),
    /// The `InstanceWarmup` of its latest refresh.
    RefreshSetting,
    /// Its `DefaultInstanceWarmup`.
    GroupSetting,
    /// Its `HealthCheckGracePeriod`, which AWS takes where neither of those is set (StartInstanceRefresh,
    /// `RefreshPreferences.InstanceWarmup`).
    GracePeriod,
}

impl Basis {
    /// Whether it is no estimate.
    #[must_use]
    pub fn is_measured(self) -> bool {
        self == Self::Measured
    }

    /// The report's name: `measured` or `estimated`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        if self.is_measured() { "measured" } else { "estimated" }
    }
}

/// How long something takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measure {
    /// The median, in seconds.
    pub p50_s: u32,
    /// What nineteen of twenty stay below, in seconds. Of fewer than twenty samples it is the longest.
    pub p95_s: u32,
    /// How many samples of its own there are.
    pub samples: u32,
    /// What the percentiles were made from.
    pub basis: Basis,
}

impl Measure {
    /// Of samples of its own, in any order; `None` without any.
    #[must_use]
    pub fn of(samples: &mut [u32]) -> Option<Self> {
        let basis = if samples.len() >= ENOUGH_SAMPLES { Basis::Measured } else { Basis::FewSamples };
        let count = samples.len() as u32;
        Some(Self { samples: count, ..Self::estimated(samples, basis)? })
    }

    /// Of others' samples.
    pub(super) fn estimated(samples: &mut [u32], basis: Basis) -> Option<Self> {
        samples.sort_unstable();
        Some(Self { p50_s: percentile(samples, 50)?, p95_s: percentile(samples, 95)?, samples: 0, basis })
    }

    /// Of a setting, which AWS keeps to the second.
    pub(super) fn set(seconds: u32, basis: Basis) -> Self {
        Self { p50_s: seconds, p95_s: seconds, samples: 0, basis }
    }

    /// What it was made from, in words: `measured on 35 launches`, `estimated: only 3 builds`.
    #[must_use]
    pub fn basis_words(&self, part: Part) -> String {
        let some = |count: u32, noun: &str| match noun {
            "launch" if count != 1 => format!("{count} launches"),
            _ => counted(i64::from(count), noun),
        };
        let own = some(self.samples, part.sample());
        match self.basis {
            Basis::Measured => format!("measured on {own}"),
            Basis::FewSamples => format!("estimated: only {own}"),
            Basis::Console(servers) => {
                let consoles = some(servers, "server");
                format!("estimated: cloud-init's closing line on {consoles}, no launch in six weeks")
            }
            Basis::SameRecipe(count) => {
                format!("estimated: {} of other groups of this recipe", some(count, "launch"))
            }
            Basis::SameType(count) => {
                format!("estimated: {} of other groups on this instance type", some(count, "launch"))
            }
            Basis::OtherRecipes(count) => format!("estimated: {} of other recipes", some(count, "build")),
            Basis::RefreshSetting => "estimated: the warm-up that its latest refresh was given".to_owned(),
            Basis::GroupSetting => "estimated: its default instance warm-up".to_owned(),
            Basis::GracePeriod => "estimated: its health check grace period, since no warm-up is set".to_owned(),
        }
    }
}

/// The percentile by the nearest rank: the smallest sample that at least `percent` of 100 samples do not exceed
/// (Hyndman and Fan 1996, definition 1). It is always one of the samples, so that nothing is made up between two.
/// `sorted` ascends; `None` without samples. Beyond 100 it is the largest.
#[must_use]
pub fn percentile(sorted: &[u32], percent: usize) -> Option<u32> {
    let rank = (sorted.len() * percent.min(100)).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// The sum of several parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Span {
    /// The medians' sum, in seconds.
    pub p50_s: u32,
    /// The sum of the 95th percentiles, in seconds: what it takes when every part is slow at once, and so at least the
    /// 95th percentile of the whole for parts that have nothing to do with each other.
    pub p95_s: u32,
    /// Whether a part of it is an estimate.
    pub is_estimated: bool,
}

impl Span {
    /// Both, one after the other.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        Self {
            p50_s: self.p50_s.saturating_add(next.p50_s),
            p95_s: self.p95_s.saturating_add(next.p95_s),
            is_estimated: self.is_estimated || next.is_estimated,
        }
    }

    /// The same so many times over.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        let Self { p50_s, p95_s, is_estimated } = self;
        Self { p50_s: p50_s.saturating_mul(count), p95_s: p95_s.saturating_mul(count), is_estimated }
    }
}

impl From<Measure> for Span {
    fn from(measure: Measure) -> Self {
        Self { p50_s: measure.p50_s, p95_s: measure.p95_s, is_estimated: !measure.basis.is_measured() }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank_and_always_a_sample() {
        let twenty: Vec<u32> = (1..=20).collect();
        for (sorted, percent, expected) in [
            (&[][..], 50, None),
            (&[7], 50, Some(7)),
            (&[7], 95, Some(7)),
            (&[1, 9], 50, Some(1)),
            (&[1, 9], 95, Some(9)),
            (&[1, 2, 9], 50, Some(2)),
            (&[15, 20, 35, 40, 50], 5, Some(15)),
            (&[15, 20, 35, 40, 50], 30, Some(20)),
            (&[15, 20, 35, 40, 50], 40, Some(20)),
            (&[15, 20, 35, 40, 50], 50, Some(35)),
            (&[15, 20, 35, 40, 50], 100, Some(50)),
            (&[15, 20, 35, 40, 50], 900, Some(50)),
            (&[15, 20, 35, 40, 50], 0, Some(15)),
            (&twenty, 95, Some(19)),
            (&twenty[..19], 95, Some(19)),
        ] {
            assert_eq!(percentile(sorted, percent), expected, "{percent} % of {sorted:?}");
        }
    }

    #[test]
    fn five_samples_are_measured_and_four_are_an_estimate() {
        let five = Measure::of(&mut [50, 10, 40, 20, 30]).unwrap();
        assert_eq!(five, Measure { p50_s: 30, p95_s: 50, samples: 5, basis: Basis::Measured });
        let four = Measure::of(&mut [50, 10, 40, 20]).unwrap();
        assert_eq!(four, Measure { p50_s: 20, p95_s: 50, samples: 4, basis: Basis::FewSamples });
        assert_eq!(Measure::of(&mut []), None);
        assert_eq!(five.basis_words(Part::Boot), "measured on 5 launches");
        assert_eq!(four.basis_words(Part::Bake), "estimated: only 4 builds");
        let one = Measure::of(&mut [1]).unwrap();
        assert_eq!(one.basis_words(Part::WarmUp), "estimated: only 1 launch");
    }

    #[test]
    fn spans_add_up_and_never_overflow() {
        let span = Span { p50_s: 10, p95_s: 20, is_estimated: false };
        let guess = Span { p50_s: 1, p95_s: u32::MAX, is_estimated: true };
        assert_eq!(span.then(span.times(3)), Span { p50_s: 40, p95_s: 80, is_estimated: false });
        assert_eq!(span.then(guess), Span { p50_s: 11, p95_s: u32::MAX, is_estimated: true });
        assert_eq!(guess.times(2).p95_s, u32::MAX);
    }
}

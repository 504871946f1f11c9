//! Baked against fried: what the user's own groups take to boot, side by side.

use fleet::{BakeVerdict, GroupIx};

use super::Readiness;
use super::measure::Measure;

/// Groups whose next servers have the same bake verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Side {
    /// How many groups there are.
    pub groups: u32,
    /// How many of them have launched something that was measured.
    pub measured_groups: u32,
    /// From launch to in service over all their launches; nothing estimated is in it.
    pub boot: Option<Measure>,
}

/// Baked and fried groups side by side.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Comparison {
    /// What has all in its image.
    pub baked: Side,
    /// What makes some of itself at boot.
    pub mixed: Side,
    /// What makes itself at boot.
    pub fried: Side,
}

impl Comparison {
    /// The groups of a fleet by `verdict`; those of an unknown one are on no side.
    #[must_use]
    pub fn of(readiness: &Readiness, verdict: impl Fn(GroupIx) -> BakeVerdict) -> Self {
        let side = |wanted: BakeVerdict| {
            let mut side = Side::default();
            let mut boots = Vec::new();
            for (ix, own) in (0..).map(GroupIx).zip(&readiness.boots) {
                if verdict(ix) == wanted {
                    side.groups += 1;
                    side.measured_groups += u32::from(!own.is_empty());
                    boots.extend_from_slice(own);
                }
            }
            side.boot = Measure::of(&mut boots);
            side
        };
        Self { baked: side(BakeVerdict::Baked), mixed: side(BakeVerdict::Mixed), fried: side(BakeVerdict::Fried) }
    }

    /// How many times as long a fried server takes as a baked one, by their medians, where both were measured on enough
    /// launches.
    #[must_use]
    pub fn ratio(&self) -> Option<f32> {
        let measured = |side: &Side| side.boot.filter(|boot| boot.basis.is_measured() && boot.p50_s > 0);
        let (baked, fried) = (measured(&self.baked)?, measured(&self.fried)?);
        Some(fried.p50_s as f32 / baked.p50_s as f32)
    }
}

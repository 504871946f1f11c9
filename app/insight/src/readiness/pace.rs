//! How many servers of a group may be replaced at once.

use fleet::Group;

/// What says how much of a group stays healthy.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PaceFrom {
    /// Its instance maintenance policy.
    Maintenance,
    /// Its latest refresh.
    Refresh,
    /// Nothing: an instance refresh then takes 90 and 100 % (StartInstanceRefresh, `RefreshPreferences`).
    Default,
}

/// In how many rounds a group is replaced under its minimum healthy percentage.
///
/// Servers are counted, not units of weighted capacity. Of a maximum above 100 % the surplus is launched first, so that
/// a round is as large as the larger of both margins; with neither, AWS replaces one at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// How many servers it has, or wants where none is there.
    pub servers: u32,
    /// How many are replaced at once; at least 1.
    pub batch: u32,
    /// The share that stays healthy, in percent: 0 to 100.
    pub min_healthy_percent: u8,
    /// The share that it may grow to, in percent: at least 100.
    pub max_healthy_percent: u16,
    /// What says so.
    pub from: PaceFrom,
}

impl Pace {
    /// That of a group with so many `servers`, whose latest refresh kept `refreshed` percent healthy.
    pub(super) fn of(group: &Group, servers: u32, refreshed: Option<u8>) -> Self {
        let (min, max, from) = match (group.min_healthy_percent, refreshed) {
            (Some(min), _) => (min, group.max_healthy_percent.unwrap_or(100), PaceFrom::Maintenance),
            (None, Some(min)) => (min, 100, PaceFrom::Refresh),
            (None, None) => (90, 100, PaceFrom::Default),
        };
        let (min, max) = (min.min(100), max.max(100));
        let servers = if servers == 0 { group.desired.unwrap_or(0) } else { servers };
        let all = u64::from(servers);
        let below = all - (all * u64::from(min)).div_ceil(100);
        let above = all * u64::from(max) / 100 - all;
        let batch = u32::try_from(below.max(above)).unwrap_or(u32::MAX).clamp(1, servers.max(1));
        Self { servers, batch, min_healthy_percent: min, max_healthy_percent: max, from }
    }

    /// How many rounds it takes.
    #[must_use]
    pub fn rounds(&self) -> u32 {
        self.servers.div_ceil(self.batch)
    }
}

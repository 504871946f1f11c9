//! Images and who sees them.

use std::{collections::VecDeque, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{Tags, region::Region};

/// An image of one region.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) id: u64,
    pub(crate) region: &'static Region,
    pub(crate) owner: Arc<str>,
    /// `amazon` for Amazon's own.
    pub(crate) owner_alias: Option<Arc<str>>,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) deprecated: Option<Timestamp>,
    pub(crate) launches: Launches,
    pub(crate) state: ImageState,
    pub(crate) public: bool,
    /// The accounts that may launch it beside its owner.
    pub(crate) shared_with: Vec<Arc<str>>,
    /// The slot of the image that it was made from, by CreateImage or CopyImage.
    pub(crate) source: Option<u32>,
    /// The server that CreateImage was called on.
    pub(crate) source_server: Option<u64>,
    pub(crate) tags: Tags,
    /// `x86_64` or `arm64`.
    pub(crate) architecture: Arc<str>,
    /// What servers find their root volume at.
    pub(crate) root_device: Arc<str>,
    pub(crate) size_gib: u32,
    /// What its root volumes are made from.
    pub(crate) snapshot: u64,
    pub(crate) encrypted: bool,
    pub(crate) protection: Protection,
    /// The public parameter that names a vendor's image.
    pub(crate) public_parameter: Option<Arc<str>>,
}

/// What an image can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageState {
    /// Its snapshot is being made.
    Pending,
    /// Servers can be launched from it.
    Available,
    /// Kept, but nothing can be launched from it; only its owner sees it, and only on request.
    Disabled,
    /// Gone: only its running servers still know it.
    Deregistered,
}

impl ImageState {
    /// The word that EC2 uses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ImageState::Pending => "pending",
            ImageState::Available => "available",
            ImageState::Disabled => "disabled",
            ImageState::Deregistered => "deregistered",
        }
    }
}

/// Whether an image may be deregistered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    Off,
    On,
    /// On, and for a day after it is taken off.
    WithCooldown,
    /// Taken off, but in force until then.
    CoolingDown(Timestamp),
}

impl Protection {
    /// How long protection outlasts its end: EnableImageDeregistrationProtection, `WithCooldown`.
    pub(crate) const COOLDOWN: SignedDuration = SignedDuration::from_hours(24);

    /// Whether it holds.
    pub(crate) fn holds(self, now: Timestamp) -> bool {
        match self {
            Protection::Off => false,
            Protection::On | Protection::WithCooldown => true,
            Protection::CoolingDown(until) => now < until,
        }
    }

    /// The words that EC2 uses.
    pub(crate) fn name(self, now: Timestamp) -> &'static str {
        match self {
            Protection::On => "enabled-without-cooldown",
            Protection::WithCooldown => "enabled-with-cooldown",
            Protection::CoolingDown(until) if now < until => "disabling",
            Protection::Off | Protection::CoolingDown(_) => "disabled",
        }
    }
}

/// When servers were launched from an image, as far as EC2 tells: it takes a day to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Launches {
    told: Option<Timestamp>,
    /// Not told yet, oldest first, at least a minute apart.
    recent: VecDeque<Timestamp>,
}

impl Launches {
    /// `LastLaunchedTime` lags so far behind (documentation of DescribeImages).
    const LAG: SignedDuration = SignedDuration::from_hours(24);
    /// Launches nearer to each other are taken as one, so that a day of them stays short.
    const APART: SignedDuration = SignedDuration::from_mins(1);

    /// An image whose last launch is told already.
    pub(crate) fn last(told: Option<Timestamp>) -> Launches {
        Launches { told, recent: VecDeque::new() }
    }

    /// Takes note of a launch.
    pub(crate) fn add(&mut self, at: Timestamp) {
        self.told = self.last_told(at);
        while self.recent.front().is_some_and(|launch| at.duration_since(*launch) >= Launches::LAG) {
            self.recent.pop_front();
        }
        if self.recent.back().is_none_or(|last| at.duration_since(*last) >= Launches::APART) {
            self.recent.push_back(at);
        }
    }

    /// The last launch that EC2 tells of.
    pub(crate) fn last_told(&self, now: Timestamp) -> Option<Timestamp> {
        let known = self.recent.iter().rev().find(|launch| now.duration_since(**launch) >= Launches::LAG);
        known.copied().or(self.told)
    }
}

impl Image {
    /// Whether `account` can describe it at all.
    pub(crate) fn visible_to(&self, account: &str) -> bool {
        match self.state {
            ImageState::Available => self.may_launch(account),
            ImageState::Pending | ImageState::Disabled => &*self.owner == account,
            ImageState::Deregistered => false,
        }
    }

    /// Whether `account` may launch servers from it.
    pub(crate) fn may_launch(&self, account: &str) -> bool {
        self.public || &*self.owner == account || self.shared_with.iter().any(|with| &**with == account)
    }

    /// The snapshot of an image that came with one of its own.
    pub(crate) fn snapshot_of(id: u64) -> u64 {
        super::id::mix(id ^ 0x5A5A)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn a_launch_is_told_a_day_later() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let mut launches = Launches::last(Some(at("2026-10-01T00:00:00Z")));
        launches.add(at("2026-11-01T12:00:00Z"));
        launches.add(at("2026-11-01T12:00:30Z"));
        launches.add(at("2026-11-02T08:00:00Z"));
        assert_eq!(launches.recent.len(), 2);
        for (now, told) in [
            ("2026-11-02T11:59:59Z", "2026-10-01T00:00:00Z"),
            ("2026-11-02T12:00:00Z", "2026-11-01T12:00:00Z"),
            ("2026-11-03T08:00:00Z", "2026-11-02T08:00:00Z"),
        ] {
            assert_eq!(launches.last_told(at(now)), Some(at(told)), "{now}");
        }
        launches.add(at("2026-11-03T08:00:00Z"));
        assert_eq!(launches.recent.len(), 1);
        assert_eq!(launches.last_told(at("2026-11-03T09:00:00Z")), Some(at("2026-11-02T08:00:00Z")));
    }

    #[test]
    fn protection_with_a_cooldown_outlasts_its_end() {
        let now: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        let cooling = Protection::CoolingDown(now + Protection::COOLDOWN);
        assert!(cooling.holds(now) && !cooling.holds(now + Protection::COOLDOWN));
        assert_eq!((cooling.name(now), cooling.name(now + Protection::COOLDOWN)), ("disabling", "disabled"));
    }
}

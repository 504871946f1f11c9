//! A server's place in a group.

use jiff::Timestamp;

/// A server's place in a group.
#[derive(Debug, Clone)]
pub(crate) struct Membership {
    /// The group's slot.
    pub(crate) group: u32,
    pub(crate) lifecycle: Lifecycle,
    /// When it came to be so.
    pub(crate) since: Timestamp,
    /// When it entered service first: its grace period, its warm-up and its lifetime count from here. None as long as
    /// it has not.
    pub(crate) in_service_at: Option<Timestamp>,
    /// Why the group takes it for unhealthy; none if it is healthy.
    pub(crate) ailment: Option<Ailment>,
    /// Whether its target groups know it: what enters service while AddToLoadBalancer is suspended, they don't.
    pub(crate) registered: bool,
    /// The id of the activity that it is in, or that it came by.
    pub(crate) activity: u64,
    pub(crate) protected_from_scale_in: bool,
    pub(crate) weight: Option<u32>,
    pub(crate) launched_by: LaunchedBy,
    /// The id of the image that an override launched it from, or that an instance refresh put on its root volume since:
    /// only these are told of a group's server (API reference, `Instance.ImageId`).
    pub(crate) image: Option<u64>,
}

/// What a group launched a server by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LaunchedBy {
    /// A template's slot and the version's number.
    Template(u32, u32),
    /// A launch configuration's slot.
    Configuration(u32),
    /// Not by the group: the server was attached to it.
    Attached,
}

/// Why a server is unhealthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ailment {
    /// It is not running, and the group did not end it.
    NotRunning,
    /// Its status checks fail.
    Impaired,
    /// A target group finds it unhealthy.
    Target,
    /// A call said so.
    Told,
}

/// How far a server is in its group. The words are Auto Scaling's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lifecycle {
    Pending,
    /// Waits for a lifecycle hook.
    PendingWait,
    InService,
    /// A refresh replaces its root volume.
    ReplacingRootVolume,
    /// It boots from its new root volume.
    RootVolumeReplaced,
    Terminating,
    /// Waits for a lifecycle hook.
    TerminatingWait,
    Detaching,
    EnteringStandby,
    Standby,
    WarmedPending,
    WarmedStopped,
    WarmedRunning,
    WarmedHibernated,
    WarmedTerminating,
}

impl Lifecycle {
    /// Auto Scaling's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Lifecycle::Pending => "Pending",
            Lifecycle::PendingWait => "Pending:Wait",
            Lifecycle::InService => "InService",
            Lifecycle::ReplacingRootVolume => "ReplacingRootVolume",
            Lifecycle::RootVolumeReplaced => "RootVolumeReplaced",
            Lifecycle::Terminating => "Terminating",
            Lifecycle::TerminatingWait => "Terminating:Wait",
            Lifecycle::Detaching => "Detaching",
            Lifecycle::EnteringStandby => "EnteringStandby",
            Lifecycle::Standby => "Standby",
            Lifecycle::WarmedPending => "Warmed:Pending",
            Lifecycle::WarmedStopped => "Warmed:Stopped",
            Lifecycle::WarmedRunning => "Warmed:Running",
            Lifecycle::WarmedHibernated => "Warmed:Hibernated",
            Lifecycle::WarmedTerminating => "Warmed:Terminating",
        }
    }

    /// Reads what [`Lifecycle::name`] gives.
    pub(crate) fn parse(text: &str) -> Option<Lifecycle> {
        const ALL: &[Lifecycle] = &[
            Lifecycle::Pending,
            Lifecycle::PendingWait,
            Lifecycle::InService,
            Lifecycle::ReplacingRootVolume,
            Lifecycle::RootVolumeReplaced,
            Lifecycle::Terminating,
            Lifecycle::TerminatingWait,
            Lifecycle::Detaching,
            Lifecycle::EnteringStandby,
            Lifecycle::Standby,
            Lifecycle::WarmedPending,
            Lifecycle::WarmedStopped,
            Lifecycle::WarmedRunning,
            Lifecycle::WarmedHibernated,
            Lifecycle::WarmedTerminating,
        ];
        ALL.iter().copied().find(|one| one.name() == text)
    }

    /// Whether it is in the warm pool and not in the group proper.
    pub(crate) fn is_warm(self) -> bool {
        matches!(
            self,
            Lifecycle::WarmedPending
                | Lifecycle::WarmedStopped
                | Lifecycle::WarmedRunning
                | Lifecycle::WarmedHibernated
                | Lifecycle::WarmedTerminating
        )
    }

    /// Whether it is on its way into service.
    pub(crate) fn is_pending(self) -> bool {
        matches!(self, Lifecycle::Pending | Lifecycle::PendingWait)
    }

    /// Whether it is on its way out of the group, dead or alive.
    pub(crate) fn is_leaving(self) -> bool {
        matches!(
            self,
            Lifecycle::Terminating | Lifecycle::TerminatingWait | Lifecycle::Detaching | Lifecycle::WarmedTerminating
        )
    }

    /// Whether the group counts it against its desired capacity.
    pub(crate) fn counts(self) -> bool {
        self.is_pending() || self == Lifecycle::InService || self.is_replacing()
    }

    /// Whether its root volume is being replaced.
    pub(crate) fn is_replacing(self) -> bool {
        matches!(self, Lifecycle::ReplacingRootVolume | Lifecycle::RootVolumeReplaced)
    }
}

impl Membership {
    /// What it counts in the group's units.
    pub(crate) fn units(&self) -> u32 {
        self.weight.unwrap_or(1)
    }

    /// Whether the group takes it for healthy.
    pub(crate) fn is_healthy(&self) -> bool {
        self.ailment.is_none()
    }

    /// Whether it is in service and healthy.
    pub(crate) fn serves(&self) -> bool {
        self.lifecycle == Lifecycle::InService && self.is_healthy()
    }

    /// Moves on to another state of the life cycle.
    pub(crate) fn enter(&mut self, lifecycle: Lifecycle, now: Timestamp) {
        self.lifecycle = lifecycle;
        self.since = now;
        if lifecycle == Lifecycle::InService && self.in_service_at.is_none() {
            self.in_service_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_by_its_name_and_counted_once() {
        for name in ["Pending", "Pending:Wait", "InService", "Terminating", "Standby", "Warmed:Stopped"] {
            let state = Lifecycle::parse(name).expect("a state");
            assert_eq!(state.name(), name);
            assert!(u8::from(state.counts()) + u8::from(state.is_leaving()) + u8::from(state.is_warm()) <= 1);
        }
        assert_eq!(Lifecycle::parse("Dancing"), None);
    }
}

//! What groups do to servers, and why: Auto Scaling's activities.

use std::sync::Arc;

use jiff::Timestamp;

use super::id;
use crate::wire::time;

/// What a group did, or does, to one server.
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    pub(crate) id: u64,
    /// The server's id; none if there never was one, since the launch itself failed.
    pub(crate) server: Option<u64>,
    pub(crate) zone: u8,
    pub(crate) deed: Deed,
    pub(crate) cause: Cause,
    pub(crate) start: Timestamp,
    /// None as long as it goes on.
    pub(crate) end: Option<Timestamp>,
    pub(crate) status: Status,
    /// Why it failed, or what it waits for.
    pub(crate) message: Option<String>,
}

/// What is done to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Launch,
    /// From the warm pool.
    LaunchWarm,
    /// Into the warm pool.
    WarmUp,
    Terminate,
    /// Back into the warm pool.
    Return,
    EnterStandby,
    ExitStandby,
    Attach,
    Detach,
}

/// How far an activity is. The words are Auto Scaling's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    PreInService,
    InProgress,
    /// A target group lets the server's requests end.
    Draining,
    /// A lifecycle hook is waited for.
    Hook,
    Successful,
    Failed,
    Cancelled,
}

impl Status {
    /// Auto Scaling's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::PreInService => "PreInService",
            Status::InProgress => "InProgress",
            Status::Draining => "WaitingForELBConnectionDraining",
            Status::Hook => "MidLifecycleAction",
            Status::Successful => "Successful",
            Status::Failed => "Failed",
            Status::Cancelled => "Cancelled",
        }
    }

    /// Whether nothing more will come of it.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Status::Successful | Status::Failed | Status::Cancelled)
    }

    /// How much of it is done, in percent.
    pub(crate) fn percent(self) -> u32 {
        match self {
            Status::PreInService | Status::InProgress => 30,
            Status::Draining | Status::Hook => 60,
            Status::Successful | Status::Failed | Status::Cancelled => 100,
        }
    }
}

/// Why something is done to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    /// What somebody asked for before, which this follows from: a sentence with its full stop.
    pub(crate) request: Option<Arc<str>>,
    pub(crate) why: Why,
}

/// The reason in itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// There were fewer units than desired.
    Shortage { from: u32, to: u32 },
    /// There were more units than desired.
    Surplus { from: u32, to: u32 },
    /// Another server was taken out of service, or will be.
    Replacement,
    /// It was as old as the group allows.
    Lifetime,
    /// An instance refresh.
    Refresh,
    /// EC2 says that it does not run.
    NotRunning,
    /// Its status checks fail.
    Impaired,
    /// A target group found it unhealthy.
    Target,
    /// A call said that it is unhealthy.
    Told,
    /// A call asked for just this; with what the group's desired capacity became by it.
    User { from: u32, to: u32 },
    /// It never came into service.
    NeverServed,
    /// The zones were out of balance.
    Balance,
    /// The warm pool was too small, or too large.
    WarmPool,
    /// The group is deleted.
    Deleted,
}

impl Cause {
    /// A cause that no request came before.
    pub(crate) fn of(why: Why) -> Cause {
        Cause { request: None, why }
    }
}

impl Activity {
    /// What is done, in Auto Scaling's words.
    pub(crate) fn description(&self) -> String {
        let server = self.server.map_or_else(String::new, |id| id::show("i", id));
        let verb = match self.deed {
            // Auto Scaling says it so when there is no server to name.
            Deed::Launch if self.server.is_none() => {
                let reason = self.message.as_deref().unwrap_or_default();
                return format!("Launching a new EC2 instance.  Status Reason: {reason}");
            }
            Deed::Launch => "Launching a new EC2 instance",
            Deed::LaunchWarm => "Launching a new EC2 instance from warm pool",
            Deed::WarmUp => "Launching a new EC2 instance into warm pool",
            Deed::Terminate => "Terminating EC2 instance",
            Deed::Return => "Returning EC2 instance to warm pool",
            Deed::EnterStandby => "Moving EC2 instance to Standby",
            Deed::ExitStandby => "Moving EC2 instance out of Standby",
            Deed::Attach => "Attaching an existing EC2 instance",
            Deed::Detach => "Detaching EC2 instance",
        };
        format!("{verb}: {server}")
    }

    /// Why it is done, in Auto Scaling's words.
    pub(crate) fn cause(&self) -> String {
        let at = time::iso_seconds(self.start);
        let server = self.server.map_or_else(String::new, |id| id::show("i", id));
        let arrives = matches!(self.deed, Deed::Launch | Deed::LaunchWarm | Deed::WarmUp);
        let why = match self.cause.why {
            Why::Shortage { from, to } => format!(
                "At {at} an instance was started in response to a difference between desired and actual capacity, \
                 increasing the capacity from {from} to {to}."
            ),
            Why::Surplus { from, to } => format!(
                "At {at} an instance was taken out of service in response to a difference between desired and actual \
                 capacity, shrinking the capacity from {from} to {to}.  At {at} instance {server} was selected for \
                 termination."
            ),
            Why::Replacement => format!(
                "At {at} an instance was launched in response to an instance that was taken out of service and needed \
                 to be replaced."
            ),
            Why::Lifetime if arrives => format!(
                "At {at} an instance was launched in response to an instance reaching its maximum instance lifetime."
            ),
            Why::Lifetime => format!(
                "At {at} an instance was taken out of service in response to maximum instance lifetime being exceeded."
            ),
            Why::Refresh if arrives => {
                format!("At {at} an instance was launched in response to an instance refresh.")
            }
            Why::Refresh => format!("At {at} an instance was taken out of service in response to an instance refresh."),
            Why::NotRunning => format!(
                "At {at} an instance was taken out of service in response to an EC2 health check indicating it has \
                 been terminated or stopped."
            ),
            Why::Impaired => format!(
                "At {at} an instance was taken out of service in response to an EC2 instance status checks failure."
            ),
            Why::Target => format!(
                "At {at} an instance was taken out of service in response to an ELB system health check failure."
            ),
            Why::Told => {
                format!("At {at} an instance was taken out of service in response to a user health-check.")
            }
            Why::User { from, to } => {
                let verb = match self.deed {
                    Deed::EnterStandby => "was moved to standby",
                    Deed::ExitStandby => "was moved out of standby",
                    Deed::Attach => "was attached",
                    Deed::Detach => "was detached",
                    Deed::Launch | Deed::LaunchWarm | Deed::WarmUp => "was launched",
                    Deed::Terminate | Deed::Return => "was taken out of service",
                };
                let change = match from.cmp(&to) {
                    std::cmp::Ordering::Equal => String::new(),
                    std::cmp::Ordering::Greater => format!(", shrinking the capacity from {from} to {to}"),
                    std::cmp::Ordering::Less => format!(", increasing the capacity from {from} to {to}"),
                };
                format!("At {at} instance {server} {verb} in response to a user request{change}.")
            }
            Why::NeverServed => format!(
                "At {at} an instance was taken out of service in response to a launch that did not come into service."
            ),
            Why::Balance if arrives => {
                format!("At {at} an instance was launched to balance instances in the Availability Zones of the group.")
            }
            Why::Balance => format!(
                "At {at} an instance was taken out of service in response to Availability Zone rebalancing of the group."
            ),
            Why::WarmPool if arrives => format!(
                "At {at} an instance was started in response to a difference between the warm pool's desired and \
                 actual capacity."
            ),
            Why::WarmPool => format!(
                "At {at} an instance was taken out of the warm pool in response to a difference between its desired \
                 and actual capacity."
            ),
            Why::Deleted => format!("At {at} an instance was taken out of service since its group is deleted."),
        };
        match &self.cause.request {
            Some(request) => format!("{request}  {why}"),
            None => why,
        }
    }
}

//! The guards: each a rule that stands between a plan and the world, with the words of its refusal.
//!
//! Every check goes through [`Guard::demand`], so that a test build without one guard lacks that guard everywhere:
//! when it plans, when it verifies and when it executes. The checks are pure: what is, what the policy allows, what is
//! intended.
//!
//! | what | asks |
//! |---|---|
//! | [`server`] | may this server be touched so? |
//! | [`gives_its_seats`], [`stands_in`], [`unregistered`] | does its successor serve where load balancers count on it? |
//! | [`held`] | does no other operation work on it? |
//! | [`group`] | may this group be acted on, one server or all of it? |
//! | [`take_out`], [`surge`], [`refresh`], [`burns`] | does enough stay healthy? |
//! | [`lifetime`], [`batch`] | is the setting one that is taken? |
//! | [`launches`], [`template_version`], [`launched_image`], [`configuration`], [`image`], [`pipeline`] | is what comes next there? |
//! | [`burn`] | may chance burn here and now? |
//! | [`bake_command`], [`shown_bake_command`] | is that program the configuration's, and the one that was shown? |
//! | [`live`], [`endpoint`], [`account`] | is it the right world, and the right person? |
//! | [`timely`] | can what is read still be acted on? |

mod aged;
mod bake_command;
mod burn;
mod capacity;
mod group;
mod launchable;
mod principal;
mod registered;
mod server;
mod setting;
mod timely;

use std::fmt;

pub use aged::{Aged, aged, burned_together, burns, launches_first};
pub use bake_command::{bake_command, shown_bake_command};
pub use burn::{burn, last_burn};
pub use capacity::{TakeOut, floor, surge, take_out};
pub use group::{Reach, group};
pub use launchable::{configuration, image, launched_image, launches, pipeline, template_version};
pub use principal::{account, endpoint, live};
pub use registered::{Seat, gives_its_seats, seats, stands_in, target_group_name, told_ports, unregistered};
pub use server::{PROTECT_TAG, Touch, besides_protection, held, server};
pub use setting::{batch, lifetime, refresh};
pub use timely::timely;

use serde::{Deserialize, Serialize};

/// A rule whose violation refuses an action.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// A file, the past, or an endpoint that is neither AWS's nor loopback can't be acted on.
    LiveSource,
    /// The scope is armed for acting.
    Armed,
    /// The kill switch is not pulled.
    KillSwitch,
    /// A person confirmed this very plan.
    Confirmed,
    /// The plan is what it was when its hash was made.
    PlanHash,
    /// The AWS that answers is the one that the plan was made in: no sandbox for AWS, nor AWS for a sandbox.
    Endpoint,
    /// The account that answers is the plan's.
    Account,
    /// The caller is the one whom the plan was made for.
    Caller,
    /// Nothing that the plan touches has changed since it was confirmed.
    Unchanged,
    /// The reading behind a step is at most 60 s old.
    Fresh,
    /// Everything that the decision needs could be read.
    Known,
    /// Only ids that the plan names, or that its own steps made, are touched.
    InsidePlan,
    /// Healthy capacity stays at or above the floor.
    Floor,
    /// Capacity is counted in units.
    CapacityUnit,
    /// No process that a replacement needs is suspended.
    SuspendedProcesses,
    /// Nobody else changed the desired capacity.
    DesiredCapacity,
    /// Nothing tagged `emberline:protect` is touched.
    ProtectTag,
    /// Termination and stop protection are honoured.
    TerminationProtection,
    /// Scale-in protection is honoured.
    ScaleInProtection,
    /// Servers in Standby are left alone.
    Standby,
    /// What somebody else's machinery owns is left to it.
    ForeignOwner,
    /// A server that no group looks after gives its places in target groups to its successor, and ends once it has none.
    Registered,
    /// What is taken out of a target group has a successor that is healthy there.
    StandIn,
    /// One operation at a time for each target.
    OneOperation,
    /// No other instance refresh is under way.
    ActiveRefresh,
    /// Each step is sent once.
    SentOnce,
    /// What is to be launched from is there: image, template version, pipeline.
    Launchable,
    /// AWS takes the setting.
    Setting,
    /// EC2 itself would do it (`DryRun`).
    DryRun,
    /// Chance burns only where it is allowed, in working hours, once a group and period.
    BurnLeash,
    /// At most so many servers at once.
    Batch,
    /// What would be started may come to an end: a server that is neither terminated nor leaving.
    Alive,
    /// A bake command is this machine's configuration's, and the one that was shown.
    BakeCommand,
}

impl Guard {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::LiveSource,
        Self::Armed,
        Self::KillSwitch,
        Self::Confirmed,
        Self::PlanHash,
        Self::Endpoint,
        Self::Account,
        Self::Caller,
        Self::Unchanged,
        Self::Fresh,
        Self::Known,
        Self::InsidePlan,
        Self::Floor,
        Self::CapacityUnit,
        Self::SuspendedProcesses,
        Self::DesiredCapacity,
        Self::ProtectTag,
        Self::TerminationProtection,
        Self::ScaleInProtection,
        Self::Standby,
        Self::ForeignOwner,
        Self::Registered,
        Self::StandIn,
        Self::OneOperation,
        Self::ActiveRefresh,
        Self::SentOnce,
        Self::Launchable,
        Self::Setting,
        Self::DryRun,
        Self::BurnLeash,
        Self::Batch,
        Self::Alive,
        Self::BakeCommand,
    ];

    /// Its name in plans, journal and `EMBERLINE_WITHOUT_GUARD`: `suspended-processes`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LiveSource => "live-source",
            Self::Armed => "armed",
            Self::KillSwitch => "kill-switch",
            Self::Confirmed => "confirmed",
            Self::PlanHash => "plan-hash",
            Self::Endpoint => "endpoint",
            Self::Account => "account",
            Self::Caller => "caller",
            Self::Unchanged => "unchanged",
            Self::Fresh => "fresh",
            Self::Known => "known",
            Self::InsidePlan => "inside-plan",
            Self::Floor => "floor",
            Self::CapacityUnit => "capacity-unit",
            Self::SuspendedProcesses => "suspended-processes",
            Self::DesiredCapacity => "desired-capacity",
            Self::ProtectTag => "protect-tag",
            Self::TerminationProtection => "termination-protection",
            Self::ScaleInProtection => "scale-in-protection",
            Self::Standby => "standby",
            Self::ForeignOwner => "foreign-owner",
            Self::Registered => "registered",
            Self::StandIn => "stand-in",
            Self::OneOperation => "one-operation",
            Self::ActiveRefresh => "active-refresh",
            Self::SentOnce => "sent-once",
            Self::Launchable => "launchable",
            Self::Setting => "setting",
            Self::DryRun => "dry-run",
            Self::BurnLeash => "burn-leash",
            Self::Batch => "batch",
            Self::Alive => "alive",
            Self::BakeCommand => "bake-command",
        }
    }

    /// Whether it was taken out, which only a build that is made for that looks for (see `build.rs`).
    fn is_removed(self) -> bool {
        cfg!(without_guard) && std::env::var("EMBERLINE_WITHOUT_GUARD").is_ok_and(|name| name == self.name())
    }

    /// Refuses unless `holds`. `words` gives the reason and the next step.
    ///
    /// # Errors
    /// The refusal.
    pub(crate) fn demand(self, holds: bool, words: impl FnOnce() -> (String, String)) -> Result<(), Refusal> {
        if holds || self.is_removed() {
            return Ok(());
        }
        let (reason, next) = words();
        Err(Refusal { guard: self, reason, next })
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why something is not done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}. {next}")]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The rule.
    pub guard: Guard,
    /// Why, in words that a person understands, without a full stop: `the group would fall to 1 healthy server, its
    /// floor is 2`.
    pub reason: String,
    /// What to do next, as a sentence: `Raise MaxSize to surge.`
    pub next: String,
}

/// All that stands against an action: at least one refusal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[error("{}", .refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Each of them.
    pub refusals: Vec<Refusal>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusals: vec![refusal] }
    }
}

#[cfg(test)]
mod tests;

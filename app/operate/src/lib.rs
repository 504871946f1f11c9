//! Operate: everything that changes a fleet. An [`Action`] becomes a [`Plan`] of typed steps, each step is verified
//! against a fresh reading, written to the journal, sent once and observed until it has settled. It knows the world by
//! three traits: [`Calls`] (what is asked of AWS), [`Journal`] (what was done) and [`Time`] (clock, sleep, chance).
//!
//! Invariants
//! - A change is sent only as a [`VerifiedStep`], and only a fresh reading of everything it touches makes one.
//! - Written down before it is sent; sent once; a lost answer is looked into by reading and never sent again.
//! - What could not be read is unknown, and unknown refuses. Every refusal names its [`Guard`], a reason that a person
//!   understands and the next step.
//! - Planning and checking are pure: the same [`Situation`] gives the same plan and the same refusals.
//! - No plan, entry or refusal holds a credential or user data.

#[cfg(all(without_guard, not(debug_assertions)))]
compile_error!("EMBERLINE_WITHOUT_GUARD is for tests: no optimised build may lack a guard");

mod action;
mod arm;
pub mod aws_cli;
mod bake_command;
mod confirm;
mod endpoint;
mod engine;
mod entry;
mod facts;
pub mod guard;
mod mutation;
mod plan;
mod planner;
mod rules;
mod scope;
mod situation;
#[cfg(test)]
mod testing;
mod verify;
mod world;

pub use action::{Action, ActionKind, RefreshChoices};
pub use arm::{ARMED_FOR, Armed, Arming, KillSwitch};
pub use bake_command::{BakeCommand, BakedImage, Baking, ConfiguredBake};
pub use confirm::{Confirmed, FIRST_LOOK, Sheet, confirm_by_flag};
pub use endpoint::Endpoint;
pub use engine::{
    Asked, BakeError, Bakery, Engine, EngineError, NoBakery, Note, Operation, Order, Orders, Outcome, SentRecord,
    StepRecord, StepState, abandon,
};
pub use entry::{Answer, Confirmation, Ending, Entry, EntryRecord, Finding, Question};
pub use facts::{
    Address, BuildFacts, Caller, ConfigurationFacts, Detail, GroupFacts, GroupLaunch, HookFacts, ImageFacts, Interface,
    MemberFacts, OutputImage, PipelineFacts, RefreshFacts, RegistrationFacts, RootTaskFacts, ServerFacts, TargetFacts,
    TemplateFacts, TemplateVersionRef, VersionFacts, Volume,
};
pub use guard::{Guard, Refusal, Refused};
pub use mutation::{
    Arg, DesiredConfiguration, ExactMutation, LaunchFrom, Mutation, Output, Outputs, Override, PlannedMutation,
    RefreshPreferences, ScaleInProtected, StandbyServers,
};
pub use plan::{Baseline, Capacity, FORMAT, Loss, LossKind, Plan, PlanError, PlanFile, Rollback, Step, Until, Work};
pub use planner::plan;
pub use rules::{BurnRules, DEFAULT_BATCH, DEFAULT_MIN_HEALTHY_PERCENT, Rules};
pub use scope::Scope;
pub use situation::{Situation, Subjects};
pub use verify::{VALID_FOR, VerifiedStep, verify_plan};
pub use world::{
    Calls, DryRun, Journal, JournalError, Locked, OperationId, Read, ReadError, ReadErrorKind, Receipt, Sending, Sent,
    Time, Token, World,
};

//! What crosses between the window and the session about acting: what is asked, and the state of it all as one value.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use operate::{Action, Answer, Operation, OperationId, PlanFile, Refusal, Scope};

/// What the window asks of the session about acting.
#[derive(Clone, PartialEq, Debug)]
pub enum Act {
    /// Arm a scope for acting, for a quarter of an hour.
    Arm(Scope),
    /// Disarm it.
    Disarm(Scope),
    /// Pull the kill switch: every operation halts before its next send.
    Halt,
    /// Release the kill switch.
    Unhalt,
    /// Plan an action: a sheet comes, or a refusal.
    Plan {
        /// Where.
        scope: Scope,
        /// What.
        action: Box<Action>,
    },
    /// Put the sheet away.
    DropSheet,
    /// Confirm the sheet's plan, which is verified again and begun.
    Confirm {
        /// Hash of the plan that was read: another one is not confirmed.
        plan_hash: String,
        /// What was typed.
        typed: String,
    },
    /// Say something to an operation.
    Order {
        /// Which.
        operation: OperationId,
        /// What.
        answer: Answer,
    },
}

/// The state of acting. A newer one takes its place whole.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Acting {
    /// Why nothing can be acted on in this source; `None` where it can.
    pub read_only: Option<String>,
    /// The scopes that are armed, and until when.
    pub armed: Vec<(Scope, Timestamp)>,
    /// Whether the kill switch is pulled.
    pub halted: bool,
    /// An action that is being planned.
    pub planning: Option<Box<Action>>,
    /// The plan that waits to be confirmed.
    pub sheet: Option<Arc<PlanSheet>>,
    /// Why the last action was not planned, confirmed or begun.
    pub refused: Option<Arc<RefusedAction>>,
    /// The operations that the journal knows of, newest first.
    pub operations: Vec<Operation>,
    /// Those of them that this process works on.
    pub at_work: BTreeSet<OperationId>,
}

/// A plan that waits to be confirmed.
#[derive(Clone, PartialEq, Debug)]
pub struct PlanSheet {
    /// The plan with its hash.
    pub file: PlanFile,
    /// What the account is called.
    pub account_name: String,
    /// The text that has to be typed; `None` where the account does not count as production.
    pub to_type: Option<String>,
    /// From when on it can be confirmed.
    pub ready_at: Timestamp,
    /// The AWS CLI commands that would do the same, one a call.
    pub commands: Vec<String>,
    /// What stands against it since it was verified: it can't be confirmed any more.
    pub refusals: Vec<Refusal>,
    /// Whether it is being verified and begun at this moment.
    pub beginning: bool,
}

/// An action that was refused.
#[derive(Clone, PartialEq, Debug)]
pub struct RefusedAction {
    /// What it was about, as the window said it: `Replace i-0abc`.
    pub title: String,
    /// Why.
    pub refusals: Vec<Refusal>,
}

//! When the confirm sheet can be confirmed, and why not yet.

use std::time::Duration;

use jiff::Timestamp;
use operate::FIRST_LOOK;
use session::{Acting, PlanSheet};

use crate::acting::armed_left;

/// Whether the plan can be confirmed at this moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Gate {
    /// It can.
    Open,
    /// It no longer holds, or it was refused: it has to be planned again.
    Stale,
    /// It was confirmed.
    Begun,
    /// The kill switch is pulled.
    Halted,
    /// The scope is not armed any more.
    NotArmed,
    /// It was shown for too short a time.
    Wait {
        /// Until it was not.
        left: Duration,
    },
    /// The account was not typed.
    Untyped {
        /// What is to be typed.
        to_type: String,
    },
}

/// What a person has done with the sheet.
pub(super) struct Entered<'s> {
    /// The text in the field.
    pub(super) typed: &'s str,
    /// Whether the plan was confirmed.
    pub(super) is_spent: bool,
    /// When the sheet was first drawn.
    pub(super) shown_at: Timestamp,
}

/// What stands between a plan and its confirmation, the gravest first.
pub(super) fn gate(sheet: &PlanSheet, acting: &Acting, entered: &Entered<'_>, now: Timestamp) -> Gate {
    let Entered { typed, is_spent, shown_at } = *entered;
    let left = sheet.ready_at.max(shown_at + FIRST_LOOK).duration_since(now);
    let is_refused = is_spent && acting.refused.is_some();
    if sheet.beginning {
        return Gate::Begun;
    }
    if !sheet.refusals.is_empty() || is_refused {
        return Gate::Stale;
    }
    if is_spent {
        return Gate::Begun;
    }
    if acting.halted {
        return Gate::Halted;
    }
    if armed_left(acting, &sheet.file.plan.scope, now).is_none() {
        return Gate::NotArmed;
    }
    if left.is_positive() {
        return Gate::Wait { left: left.unsigned_abs() };
    }
    match &sheet.to_type {
        Some(to_type) if typed != to_type => Gate::Untyped { to_type: to_type.clone() },
        _ => Gate::Open,
    }
}

impl Gate {
    /// Why it can't be confirmed, in a sentence.
    pub(super) fn reason(&self) -> Option<String> {
        Some(match self {
            Self::Open => return None,
            Self::Stale => "It can't be confirmed any more: what it was planned on has changed.".to_owned(),
            Self::Begun => "It is being verified once more and begun. Follow it under Operations.".to_owned(),
            Self::Halted => "The kill switch is pulled: release it first.".to_owned(),
            Self::NotArmed => "Acting has run out here.".to_owned(),
            Self::Wait { .. } => "Read it first: it can be confirmed in a moment.".to_owned(),
            Self::Untyped { to_type } => format!("Type {to_type} above to confirm."),
        })
    }
}

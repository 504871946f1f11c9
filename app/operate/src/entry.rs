//! What is written down: the entries of the journal, which is the audit log too. An operation's state is what its
//! entries add up to and is kept nowhere else.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::action::ActionKind;
use crate::facts::Caller;
use crate::guard::Refusal;
use crate::mutation::{ExactMutation, Outputs};
use crate::plan::{Baseline, Plan};
use crate::scope::Scope;
use crate::world::{OperationId, Sent, Token};

/// One thing that is written down.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Entry {
    /// Something was refused before an operation began.
    Refused {
        /// What was asked for.
        action: ActionKind,
        /// Where.
        scope: Scope,
        /// Who asked; `None` where that could not be read.
        caller: Option<Caller>,
        /// Hash of the plan, where there was one.
        plan_hash: Option<String>,
        /// Why.
        refusals: Vec<Refusal>,
    },
    /// An operation begins: written before anything is sent.
    Began {
        /// The plan.
        plan: Box<Plan>,
        /// Its hash.
        plan_hash: String,
        /// Who carries it out.
        caller: Caller,
        /// How it was confirmed.
        confirmation: Confirmation,
        /// What each step's client token is made of: this, a hyphen and the step's number.
        token: String,
    },
    /// A step will be sent: written before it is.
    Sending {
        /// Number of the step in the plan, from 0. Those after the plan's last are what an order (cancel, roll back)
        /// made necessary.
        step: usize,
        /// Exactly what.
        mutation: ExactMutation,
        /// Its token.
        token: Token,
        /// The state of what it touches, by the reading that it was verified against.
        before: Box<Baseline>,
    },
    /// What the answer was.
    Answered {
        /// The step.
        step: usize,
        /// The answer.
        sent: Sent,
    },
    /// What reading showed of a step whose answer never came.
    Reconciled {
        /// The step.
        step: usize,
        /// What was found.
        finding: Finding,
    },
    /// A step that would have been sent was refused.
    StepRefused {
        /// The step.
        step: usize,
        /// Why.
        refusals: Vec<Refusal>,
    },
    /// Something was seen while waiting that a person wants to know: `3 of 8 replaced`. Of a bake command it is
    /// written before the command is run, too, so that it is never run twice.
    Seen {
        /// The step.
        step: usize,
        /// What.
        note: String,
    },
    /// A step is over, well.
    Settled {
        /// The step.
        step: usize,
        /// What it made.
        made: Outputs,
    },
    /// A person is needed.
    Asked {
        /// The step.
        step: usize,
        /// What is asked.
        question: Question,
    },
    /// What the person said, or what was ordered without a question.
    Ordered {
        /// The word.
        answer: Answer,
        /// Who.
        caller: Option<Caller>,
    },
    /// It is over.
    Ended {
        /// How.
        ending: Ending,
    },
}

/// How a plan was confirmed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Confirmation {
    /// In the window, with the text that was typed where the account is production.
    Window {
        /// The text.
        typed: Option<String>,
    },
    /// On the command line, with the account that was named.
    CommandLine {
        /// The account's id or its name.
        account: String,
    },
}

/// What reading shows of a change whose answer was lost.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Finding {
    /// It happened.
    Happened {
        /// What it made.
        made: Outputs,
        /// What shows it.
        evidence: String,
    },
    /// It did not happen.
    DidNot {
        /// What shows it.
        evidence: String,
    },
    /// It can't be told.
    Unclear {
        /// Why not.
        why: String,
    },
}

/// What a person is asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What happened and what is not known, in words that a person understands.
    pub text: String,
    /// What can be answered, the safest first.
    pub answers: Vec<Answer>,
}

/// What a person can say to an operation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Go on: look again, or take the pause's next step.
    Continue,
    /// The change whose answer was lost was made by this operation: whoever says so has looked where AWS tells who
    /// did what (CloudTrail).
    Vouch,
    /// Send nothing more; what is under way at AWS and can be stopped is stopped.
    Cancel,
    /// Take back what can be taken back.
    RollBack,
    /// Leave everything as it is and forget the operation.
    Abandon,
}

impl Answer {
    /// The word on the command line: `emberline operations resume`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Continue => "resume",
            Self::Vouch => "vouch",
            Self::Cancel => "cancel",
            Self::RollBack => "rollback",
            Self::Abandon => "abandon",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How an operation ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ending {
    /// Everything was done.
    Done,
    /// Something went wrong, and what remains to be known or done.
    Failed(String),
    /// It was cancelled before its end; what had been done by then.
    Cancelled(String),
    /// It was taken back.
    RolledBack(String),
    /// It was left as it was.
    Abandoned,
}

/// An entry as it lies in the journal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryRecord {
    /// Counts from 1 over the whole journal.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Of which operation.
    pub operation: Option<OperationId>,
    /// What.
    pub entry: Entry,
    /// SHA-256 over the hash before it and everything above, in hexadecimal digits.
    pub hash: String,
}

//! What an operation's entries add up to: its steps and how far each of them is, what they made, what is asked and what
//! was ordered. The window, the command line and the engine itself all look at this one value; nothing of it is kept
//! anywhere else.

use jiff::Timestamp;

use super::follow_up;
use crate::entry::{Answer, Confirmation, Ending, Entry, EntryRecord, Finding, Question};
use crate::facts::Caller;
use crate::guard::Refusal;
use crate::mutation::{ExactMutation, Output, Outputs};
use crate::plan::{Baseline, Plan, Step, Work};
use crate::world::{OperationId, Sent, Token};

/// An operation, as far as the journal tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operation {
    /// What it is called.
    pub id: OperationId,
    /// What it carries out; `None` where its beginning is not in the journal, and then nothing can be done with it.
    pub plan: Option<Plan>,
    /// Hash of the plan.
    pub plan_hash: String,
    /// Who began it.
    pub caller: Option<Caller>,
    /// How it was confirmed.
    pub confirmation: Option<Confirmation>,
    /// When it began.
    pub began_at: Option<Timestamp>,
    /// When something was last written of it.
    pub updated_at: Option<Timestamp>,
    /// What each step's token is made of.
    pub(crate) token: String,
    /// The plan's steps, then those that an order made necessary.
    pub steps: Vec<StepRecord>,
    /// How many of them are the plan's.
    pub planned: usize,
    /// Whether an order has taken the place of the plan's remaining steps.
    pub(crate) is_redirected: bool,
    /// What the steps have made so far.
    pub outputs: Outputs,
    /// What a person is asked and has not answered.
    pub question: Option<Asked>,
    /// The order to cancel, roll back or abandon, once it was given.
    pub order: Option<Order>,
    /// How it ended.
    pub ending: Option<Ending>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A step and how far it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StepRecord {
    /// What the plan, or the order, says of it.
    pub step: Step,
    /// How far it is.
    pub state: StepState,
    /// When its turn came.
    pub began_at: Option<Timestamp>,
    /// When it was over.
    pub settled_at: Option<Timestamp>,
    /// Since when it is waited for: its turn, or the last word to go on.
    pub waits_since: Option<Timestamp>,
    /// What was sent, for a step that sends.
    pub sent: Option<SentRecord>,
    /// What it made.
    pub made: Outputs,
    /// What was seen meanwhile, oldest first.
    pub notes: Vec<Note>,
    /// Whether a person has said to go on since this step's turn came.
    pub has_word: bool,
}

/// How far a step is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StepState {
    /// Its turn has not come, or it is at work without anything written of it yet.
    Waiting,
    /// A waiting step that has seen something, or a bake command that was started.
    Watching,
    /// It was refused before anything was sent.
    Held(Vec<Refusal>),
    /// It was written down to be sent, and no answer was: it may have happened or not.
    Sending,
    /// It was sent, and the answer does not tell what became of it.
    Unknown {
        /// What was seen instead of an answer.
        why: String,
    },
    /// AWS took it.
    Accepted(Outputs),
    /// AWS refused it: nothing was changed.
    Refused {
        /// AWS's error code.
        code: String,
        /// What it said, and the next thing to do.
        message: String,
    },
    /// It was sent, its answer was lost, and reading shows that it did not happen.
    DidNot {
        /// What shows it.
        evidence: String,
    },
    /// It was sent, its answer was lost, and reading does not tell.
    Unclear {
        /// Why not.
        why: String,
    },
    /// It is over, well.
    Settled,
    /// It will not be done, since the operation was cancelled or rolled back before.
    Skipped,
}

/// A change that was written down to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SentRecord {
    /// Exactly what.
    pub mutation: ExactMutation,
    /// Its token.
    pub token: Token,
    /// When it was written down, just before it was sent.
    pub at: Timestamp,
    /// AWS's id of the request, where an answer gave one.
    pub request_id: Option<String>,
    /// The state of what it touches, before.
    pub before: Baseline,
}

/// Something that was seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// An open question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// The step that it is about.
    pub step: usize,
    /// When it was asked.
    pub at: Timestamp,
    /// What.
    pub question: Question,
}

/// An order that changes where the operation goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// The word.
    pub answer: Answer,
    /// When it was given.
    pub at: Timestamp,
    /// Who gave it.
    pub caller: Option<Caller>,
}

impl StepRecord {
    pub(crate) fn of(step: Step) -> Self {
        Self {
            step,
            state: StepState::Waiting,
            began_at: None,
            settled_at: None,
            waits_since: None,
            sent: None,
            made: Outputs::new(),
            notes: Vec::new(),
            has_word: false,
        }
    }

    /// Whether it changed something, or may have.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        match self.state {
            StepState::Sending | StepState::Unknown { .. } | StepState::Accepted(_) | StepState::Unclear { .. } => true,
            StepState::Settled => self.sent.is_some(),
            _ => false,
        }
    }

    /// Whether it was sent and AWS is known to have done it.
    #[must_use]
    pub fn has_happened(&self) -> bool {
        match self.state {
            StepState::Accepted(_) => true,
            StepState::Settled => self.sent.is_some(),
            _ => false,
        }
    }

    /// Whether a person can say that it happened where reading does not tell: not of what made something, which would
    /// have to be named.
    pub(super) fn can_be_vouched_for(&self) -> bool {
        let makes_nothing = matches!(self.step.work, Work::Send { makes: None, .. });
        makes_nothing && matches!(self.state, StepState::Unclear { .. })
    }

    /// Whether it is one that sends a change.
    #[must_use]
    pub fn sends(&self) -> bool {
        matches!(self.step.work, Work::Send { .. })
    }

    /// Whether it was sent and its outcome is not written down yet.
    fn is_on_its_way(&self) -> bool {
        matches!(self.state, StepState::Sending | StepState::Unknown { .. } | StepState::Accepted(_))
    }
}

impl Operation {
    /// What these entries add up to. Total: entries that make no sense together leave an operation that can do less,
    /// never a panic.
    #[must_use]
    pub fn of(id: OperationId, records: &[EntryRecord]) -> Self {
        let mut operation = Self {
            id,
            plan: None,
            plan_hash: String::new(),
            caller: None,
            confirmation: None,
            began_at: None,
            updated_at: None,
            token: String::new(),
            steps: Vec::new(),
            planned: 0,
            is_redirected: false,
            outputs: Outputs::new(),
            question: None,
            order: None,
            ending: None,
            ended_at: None,
        };
        for record in records {
            operation.apply(record.at, &record.entry);
        }
        operation
    }

    /// Adds one entry.
    pub(crate) fn apply(&mut self, at: Timestamp, entry: &Entry) {
        self.updated_at = Some(at);
        match entry {
            Entry::Refused { .. } => {}
            Entry::Began { plan, plan_hash, caller, confirmation, token } => {
                // An operation begins once: a second beginning would put another plan under what was already done.
                if self.plan.is_none() {
                    self.steps = plan.steps.iter().cloned().map(StepRecord::of).collect();
                    self.planned = self.steps.len();
                    self.plan = Some(plan.as_ref().clone());
                    self.plan_hash.clone_from(plan_hash);
                    self.caller = Some(caller.clone());
                    self.confirmation = Some(confirmation.clone());
                    self.token.clone_from(token);
                    self.began_at = Some(at);
                }
            }
            Entry::Sending { step, mutation, token, before } => {
                let sent = SentRecord {
                    mutation: mutation.clone(),
                    token: token.clone(),
                    at,
                    request_id: None,
                    before: before.as_ref().clone(),
                };
                self.at_step(*step, at, |record| {
                    record.sent = Some(sent);
                    record.state = StepState::Sending;
                });
            }
            Entry::Answered { step, sent } => self.answered(*step, at, sent),
            Entry::Reconciled { step, finding } => self.at_step(*step, at, |record| {
                record.state = match finding {
                    Finding::Happened { made, .. } => StepState::Accepted(made.clone()),
                    Finding::DidNot { evidence } => StepState::DidNot { evidence: evidence.clone() },
                    Finding::Unclear { why } => StepState::Unclear { why: why.clone() },
                };
            }),
            Entry::StepRefused { step, refusals } => {
                self.at_step(*step, at, |record| record.state = StepState::Held(refusals.clone()));
            }
            Entry::Seen { step, note } => self.at_step(*step, at, |record| {
                record.notes.push(Note { at, text: note.clone() });
                if record.state == StepState::Waiting {
                    record.state = StepState::Watching;
                }
            }),
            Entry::Settled { step, made } => {
                self.at_step(*step, at, |record| {
                    record.state = StepState::Settled;
                    record.settled_at = Some(at);
                    record.made.clone_from(made);
                });
                if *step < self.steps.len() {
                    self.outputs.extend(made.clone());
                }
            }
            Entry::Asked { step, question } => {
                self.at_step(*step, at, |_| {});
                self.question = Some(Asked { step: *step, at, question: question.clone() });
            }
            Entry::Ordered { answer, caller } => self.ordered(at, *answer, caller.as_ref()),
            Entry::Ended { ending } => {
                self.ending = Some(ending.clone());
                self.ended_at = Some(at);
                self.question = None;
            }
        }
        self.follow_order();
        if let Some(current) = self.current().filter(|_| self.ending.is_none()) {
            self.at_step(current, at, |_| {});
        }
    }

    /// The step whose turn it is: the first that is not over, of the plan or of the order that took its place. While an
    /// order waits for what is on its way, that. `None` when all are over.
    #[must_use]
    pub fn current(&self) -> Option<usize> {
        if self.order.is_some() && !self.is_redirected {
            return self.steps.iter().position(StepRecord::is_on_its_way);
        }
        let from = if self.is_redirected { self.planned } else { 0 };
        let is_over = |record: &StepRecord| matches!(record.state, StepState::Settled | StepState::Skipped);
        self.steps.iter().skip(from).position(|record| !is_over(record)).map(|index| from + index)
    }

    /// Whether nothing more will come of it.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ending.is_some()
    }

    /// The words that it can be given now, the safest first. None once it has ended.
    #[must_use]
    pub fn answers(&self) -> Vec<Answer> {
        let mut answers = Vec::new();
        if self.ending.is_some() || self.plan.is_none() {
            return answers;
        }
        let offered =
            |answer: &Answer| self.question.as_ref().is_some_and(|asked| asked.question.answers.contains(answer));
        answers.extend([Answer::Continue, Answer::Vouch].into_iter().filter(offered));
        if self.order.is_none() {
            answers.push(Answer::Cancel);
            if self.can_roll_back() {
                answers.push(Answer::RollBack);
            }
        }
        answers.push(Answer::Abandon);
        answers
    }

    /// The successors that its steps have seen join or launched, in order.
    #[must_use]
    pub fn successors(&self) -> Vec<String> {
        self.steps.iter().filter_map(|record| record.made.get(&Output::Successor)).cloned().collect()
    }

    /// What it has changed and leaves as it is, in sentences; says so where that is nothing.
    #[must_use]
    pub fn remains(&self) -> String {
        follow_up::remains(self)
    }

    /// Whether there is something that could be taken back at this moment.
    #[must_use]
    pub fn can_roll_back(&self) -> bool {
        self.order.is_none() && self.ending.is_none() && !follow_up::steps(self, Answer::RollBack).is_empty()
    }

    fn at_step(&mut self, step: usize, at: Timestamp, change: impl FnOnce(&mut StepRecord)) {
        if let Some(record) = self.steps.get_mut(step) {
            record.began_at.get_or_insert(at);
            record.waits_since.get_or_insert(at);
            change(record);
        }
    }

    fn answered(&mut self, step: usize, at: Timestamp, sent: &Sent) {
        self.at_step(step, at, |record| {
            let (state, id) = match sent {
                Sent::Accepted { request_id, receipt } => (StepState::Accepted(receipt.made.clone()), request_id),
                Sent::Refused { code, message, request_id, .. } => {
                    (StepState::Refused { code: code.clone(), message: message.clone() }, request_id)
                }
                Sent::Unknown { why } => (StepState::Unknown { why: why.clone() }, &None),
            };
            record.state = state;
            if let Some(sent) = &mut record.sent {
                sent.request_id.clone_from(id);
            }
        });
    }

    fn ordered(&mut self, at: Timestamp, answer: Answer, caller: Option<&Caller>) {
        let asked = self.question.take();
        match answer {
            Answer::Continue => {
                let Some(step) = asked.map(|asked| asked.step).or_else(|| self.current()) else { return };
                self.at_step(step, at, |record| {
                    record.has_word = true;
                    record.waits_since = Some(at);
                    // What was refused before it was sent is verified anew; what was sent and could not be told is
                    // looked for once more. Neither is sent by this word alone.
                    record.state = match &record.state {
                        StepState::Held(_) => StepState::Waiting,
                        StepState::DidNot { evidence: why } | StepState::Unclear { why } => {
                            StepState::Unknown { why: why.clone() }
                        }
                        same => same.clone(),
                    };
                });
            }
            Answer::Vouch => {
                let Some(step) = asked.map(|asked| asked.step) else { return };
                self.at_step(step, at, |record| {
                    if record.can_be_vouched_for() {
                        record.state = StepState::Accepted(Outputs::new());
                    }
                });
            }
            // The first order stands: what it made necessary may be on its way already. Only leaving everything as it
            // is can be ordered at any time.
            Answer::Cancel | Answer::RollBack => {
                self.order.get_or_insert(Order { answer, at, caller: caller.cloned() });
            }
            Answer::Abandon => self.order = Some(Order { answer, at, caller: caller.cloned() }),
        }
    }

    /// Once an order stands and nothing is on its way any more: the plan's remaining steps are skipped and those that
    /// the order makes necessary follow. From then on they stay what they are.
    fn follow_order(&mut self) {
        let Some(order) = &self.order else { return };
        if self.is_redirected || self.steps.iter().any(StepRecord::is_on_its_way) {
            return;
        }
        let steps = follow_up::steps(self, order.answer);
        for record in &mut self.steps {
            // What was sent keeps what is known of it, for the sentences.
            if matches!(record.state, StepState::Waiting | StepState::Watching | StepState::Held(_)) {
                record.state = StepState::Skipped;
            }
        }
        self.steps.extend(steps.into_iter().map(StepRecord::of));
        self.is_redirected = true;
    }
}

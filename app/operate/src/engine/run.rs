//! The loop: what is next follows from what is written down, and what is done is written down.

use std::cmp::Ordering;
use std::ops::ControlFlow;
use std::time::Duration;

use jiff::SignedDuration;

use super::bakery::{BakeError, Bakery};
use super::observe::{self, Place, Sight, Watch};
use super::orders::Orders;
use super::questions;
use super::reconcile;
use super::state::{Operation, StepRecord, StepState};
use crate::arm::KillSwitch;
use crate::bake_command::Baking;
use crate::entry::{Answer, Ending, Entry, Finding, Question};
use crate::facts::Detail;
use crate::guard::{self, Guard, Refusal, Refused};
use crate::mutation::{Mutation, Output, Outputs};
use crate::plan::{Plan, Until, Work};
use crate::rules::Rules;
use crate::verify::{fresh, verify_bake, verify_step};
use crate::world::{JournalError, Locked, OperationId, Read, ReadErrorKind, Sending, Sent, Token, World};

/// The longest sleep between two looks at the kill switch and at what was ordered.
const SLICE: Duration = Duration::from_secs(1);

/// How long is waited between two looks at first, and how long at most: between these, a tenth of the time waited.
const SHORTEST_POLL_S: i64 = 5;
const LONGEST_POLL_S: i64 = 30;

/// How long between two looks at a change whose answer was lost.
const RECONCILE_EVERY: Duration = Duration::from_secs(10);

/// How long a reading that keeps failing is tried before a lost change is called unclear.
const RECONCILE_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// Carries operations out. It blocks: each operation wants a thread of its own. One engine can work on many.
#[derive(Clone, Copy)]
pub struct Engine<'a> {
    /// The world.
    pub world: World<'a>,
    /// What the policy allows in the account of the operation.
    pub rules: &'a Rules,
    /// Halts everything before its next send.
    pub kill_switch: &'a KillSwitch,
    /// Words that are given meanwhile.
    pub orders: &'a Orders,
    /// Runs bake commands.
    pub bakery: &'a dyn Bakery,
}

/// Where an operation has come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// To its end.
    Ended(Ending),
    /// To a question: nothing happens until [`Engine::order`] gives an answer.
    Asks(Question),
}

/// Why an operation can't be started or gone on with.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EngineError {
    /// Guards stand against it. Nothing was sent.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The journal can't be used. Nothing more is sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal holds no beginning of it.
    #[error("the journal does not tell what {operation} was to do, so nothing can be done with it but abandon it")]
    NoPlan {
        /// The operation.
        operation: OperationId,
    },
    /// It can't be given this word now.
    #[error("{operation} can't be told this now. {}", words(.possible))]
    NotNow {
        /// The operation.
        operation: OperationId,
        /// The words that it can be given.
        possible: Vec<Answer>,
    },
}

fn words(answers: &[Answer]) -> String {
    let words: Vec<String> = answers.iter().map(|answer| format!("`{answer}`")).collect();
    if words.is_empty() { "It has ended".to_owned() } else { format!("It can be told {}", words.join(", ")) }
}

type Step = Result<(), EngineError>;

impl Engine<'_> {
    /// Works on an operation until it ends or asks: from its start, or from where it was left, by a crash too.
    ///
    /// # Errors
    /// [`EngineError::Journal`], [`EngineError::NoPlan`], and [`EngineError::Refused`] where another AWS answers than the
    /// one that it was begun in; nothing is written then.
    pub fn run(&self, id: &OperationId) -> Result<Outcome, EngineError> {
        let (mut operation, _locked) = self.take_hold(id)?;
        self.right_endpoint(&operation)?;
        self.drive(&mut operation)
    }

    /// Gives an operation that nobody works on a word, and works on it. [`crate::abandon`] gives up what can't be
    /// understood any more, too.
    ///
    /// # Errors
    /// [`EngineError::NotNow`] where it can't be given this word, else as [`Engine::run`]. Where somebody works on it
    /// ([`JournalError::Locked`]), [`Orders::give`] reaches whoever does in this process.
    pub fn order(&self, id: &OperationId, answer: Answer) -> Result<Outcome, EngineError> {
        let (mut operation, _locked) = self.take_hold(id)?;
        let possible = operation.answers();
        if !possible.contains(&answer) {
            return Err(EngineError::NotNow { operation: id.clone(), possible });
        }
        // Whoever leaves everything as it is needs nobody to answer.
        if answer != Answer::Abandon {
            self.right_endpoint(&operation)?;
        }
        self.ordered(&mut operation, answer)?;
        self.drive(&mut operation)
    }

    fn take_hold(&self, id: &OperationId) -> Result<(Operation, Box<dyn Locked>), EngineError> {
        let locked = self.world.journal.lock(id)?;
        let operation = Operation::of(id.clone(), &self.world.journal.entries(id)?);
        if operation.plan.is_none() {
            return Err(EngineError::NoPlan { operation: id.clone() });
        }
        Ok((operation, locked))
    }

    /// Another AWS would tell of everything that it is not there, so that it is not even asked.
    fn right_endpoint(&self, operation: &Operation) -> Step {
        let Some(plan) = &operation.plan else { return Ok(()) };
        guard::endpoint(plan, &self.world.calls.endpoint()).map_err(|refusal| EngineError::Refused(refusal.into()))
    }

    /// Writes an entry, and goes on from what that adds up to.
    fn write(&self, operation: &mut Operation, entry: &Entry) -> Step {
        let at = self.world.time.now();
        self.world.journal.append(Some(&operation.id), at, entry)?;
        operation.apply(at, entry);
        Ok(())
    }

    fn drive(&self, operation: &mut Operation) -> Result<Outcome, EngineError> {
        loop {
            self.take_orders(operation)?;
            if let Some(ending) = &operation.ending {
                return Ok(Outcome::Ended(ending.clone()));
            }
            if operation.order.as_ref().is_some_and(|order| order.answer == Answer::Abandon) {
                self.end(operation, Ending::Abandoned)?;
                continue;
            }
            if let Some(asked) = &operation.question {
                return Ok(Outcome::Asks(asked.question.clone()));
            }
            match operation.current() {
                Some(index) => self.work(operation, index)?,
                None => self.end(operation, over(operation))?,
            }
        }
    }

    /// One move of the step whose turn it is.
    fn work(&self, operation: &mut Operation, index: usize) -> Step {
        let Some(record) = operation.steps.get(index) else { return Ok(()) };
        match record.state.clone() {
            StepState::Waiting | StepState::Watching => match record.step.work.clone() {
                Work::Send { .. } => match self.foregone(operation, index) {
                    Some(Sight::Reached(_)) => self.settle(operation, index, Outputs::new()),
                    Some(Sight::Failed(why)) => self.fail(operation, index, &why),
                    _ => self.send(operation, index),
                },
                Work::Wait { until, within_s } => self.wait(operation, index, &until, within_s),
                Work::Pause if record.has_word => self.settle(operation, index, Outputs::new()),
                Work::Pause => {
                    let next = operation.steps.get(index + 1).map(|record| &record.step);
                    let question = questions::pause(operation, next);
                    self.ask(operation, index, question)
                }
                Work::BakeCommand { recipe, .. } => self.bake(operation, index, &recipe),
            },
            StepState::Accepted(made) => self.settle(operation, index, made),
            StepState::Sending | StepState::Unknown { .. } => {
                let once = Guard::SentOnce.demand(false, || {
                    let reason = format!("`{}` was sent before", record.step.name);
                    (reason, "What became of it is looked for.".to_owned())
                });
                if once.is_ok() { self.send(operation, index) } else { self.reconcile(operation, index) }
            }
            StepState::Held(refusals) => {
                let question = questions::held(operation, record, &refusals);
                self.ask(operation, index, question)
            }
            StepState::DidNot { .. } | StepState::Unclear { .. } if operation.is_redirected => {
                let why = questions::lost(operation, record).text;
                self.fail(operation, index, &why)
            }
            StepState::DidNot { .. } | StepState::Unclear { .. } => {
                let question = questions::lost(operation, record);
                self.ask(operation, index, question)
            }
            StepState::Refused { code, message } => self.refused(operation, index, &code, &message),
            StepState::Settled | StepState::Skipped => Ok(()),
        }
    }

    /// Verifies a step, writes it down, sends it once and writes the answer down.
    fn send(&self, operation: &mut Operation, index: usize) -> Step {
        let Some(verified) = self.verify(operation, index, verify_step)? else { return Ok(()) };
        if self.orders.waits(&operation.id) || self.is_killed(operation, index)? {
            return Ok(());
        }
        let Some(plan) = &operation.plan else { return Ok(()) };
        let scope = plan.scope.clone();
        let (read_at, kill_switch, time) = (verified.read_at(), self.kill_switch, self.world.time);
        let (mutation, before) = match verified.spend(time.now()) {
            Ok(spent) => spent,
            Err(refusal) => return self.hold(operation, index, refusal.into()),
        };
        let token = Token(format!("{}-{index}", operation.token));
        let sending =
            Entry::Sending { step: index, mutation: mutation.clone(), token: token.clone(), before: Box::new(before) };
        self.write(operation, &sending)?;
        let last_word = || kill_switch.demand().and_then(|()| fresh(read_at, time.now()));
        let sending = Sending { scope: &scope, mutation: &mutation, token: &token, last_word: &last_word };
        let sent = self.world.calls.send(&sending);
        self.write(operation, &Entry::Answered { step: index, sent })
    }

    /// The step, verified by this; `None` where something stands against it, which is written down by then. Once the
    /// operation has changed something, AWS's answers may lag behind that, and what could not be read may be readable
    /// soon: then a refusal is looked at again for a while before it counts. Verifying more often makes nothing less
    /// safe.
    fn verify<T>(
        &self,
        operation: &mut Operation,
        index: usize,
        by: impl Fn(World<'_>, &Rules, &Plan, &Operation, usize) -> Result<T, Refused>,
    ) -> Result<Option<T>, EngineError> {
        let first = self.world.time.now();
        loop {
            if self.orders.waits(&operation.id) || self.is_killed(operation, index)? {
                return Ok(None);
            }
            let Some(plan) = whole(operation) else { return Ok(None) };
            let refused = match by(self.world, self.rules, &plan, operation, index) {
                Ok(verified) => return Ok(Some(verified)),
                Err(refused) => refused,
            };
            let is_unknown = refused.refusals.iter().any(|refusal| refusal.guard == Guard::Known);
            let may_lag = is_unknown || operation.steps.iter().any(StepRecord::has_happened);
            let is_certain = self.world.time.now().duration_since(first) >= observe::CONSISTENT_AFTER;
            if !may_lag || is_certain {
                self.hold(operation, index, refused)?;
                return Ok(None);
            }
            self.sleep(operation, Duration::from_secs(SHORTEST_POLL_S.unsigned_abs()));
        }
    }

    fn hold(&self, operation: &mut Operation, index: usize, refused: Refused) -> Step {
        self.write(operation, &Entry::StepRefused { step: index, refusals: refused.refusals })
    }

    /// What AWS has refused was not done; it is over unless something can be taken back.
    fn refused(&self, operation: &mut Operation, index: usize, code: &str, message: &str) -> Step {
        let Some(record) = operation.steps.get(index) else { return Ok(()) };
        let is_cancel = matches!(record.step.work, Work::Send { mutation: Mutation::CancelInstanceRefresh { .. }, .. });
        if is_cancel && code.starts_with("ActiveInstanceRefreshNotFound") {
            // There is nothing left to cancel: how it ended is looked at next.
            return self.settle(operation, index, Outputs::new());
        }
        let message = message.trim_end_matches('.');
        let why = match code {
            Sent::NOT_SENT => format!("`{}` was not sent: {message}", record.step.name),
            code => format!("AWS refused `{}` ({code}): {message}", record.step.name),
        };
        self.fail(operation, index, &why)
    }

    /// Waits until it is so, or until a person is needed.
    fn wait(&self, operation: &mut Operation, index: usize, until: &Until, within_s: u32) -> Step {
        let mut watch = Watch::default();
        loop {
            if self.orders.waits(&operation.id) || self.is_killed(operation, index)? {
                return Ok(());
            }
            let sight = match self.look(operation, &mut watch, until) {
                Ok(Ok(sight)) => sight,
                Ok(Err(refusal)) => {
                    return self.ask(operation, index, questions::look(operation, &refusal.to_string()));
                }
                Err(error) if error.kind == ReadErrorKind::Passing => Sight::NotYet(error.to_string()),
                Err(error) => return self.ask(operation, index, questions::unreadable(operation, &error)),
            };
            match sight {
                Sight::Reached(made) => return self.settle(operation, index, made),
                Sight::Failed(why) => return self.fail(operation, index, &why),
                Sight::Ask(why) => return self.ask(operation, index, questions::look(operation, &why)),
                Sight::NotYet(note) => self.see(operation, index, &note)?,
            }
            let Some(record) = operation.steps.get(index) else { return Ok(()) };
            let since = record.waits_since.unwrap_or_else(|| self.world.time.now());
            let waited_s = self.world.time.now().duration_since(since).as_secs();
            if waited_s >= i64::from(within_s) {
                return self.ask(operation, index, questions::too_long(operation, record, within_s));
            }
            let poll_s = (waited_s / 10).clamp(SHORTEST_POLL_S, LONGEST_POLL_S);
            self.sleep(operation, Duration::from_secs(poll_s.unsigned_abs()));
        }
    }

    /// One look, by the right person into the right account: another account's servers are all gone.
    fn look(&self, operation: &Operation, watch: &mut Watch, until: &Until) -> Read<Result<Sight, Refusal>> {
        let Some(plan) = &operation.plan else { return Ok(Ok(Sight::Failed("there is no plan".to_owned()))) };
        if let Err(refusal) = self.right_account(plan)? {
            return Ok(Err(refusal));
        }
        let successors = operation.successors();
        let place = Place {
            calls: self.world.calls,
            scope: &plan.scope,
            outputs: &operation.outputs,
            successors: &successors,
            now: self.world.time.now(),
        };
        observe::look(place, watch, until).map(Ok)
    }

    fn right_account(&self, plan: &Plan) -> Read<Result<(), Refusal>> {
        let caller = self.world.calls.caller(&plan.scope)?;
        let first = guard::account(plan, &caller).into_iter().next();
        Ok(first.map_or(Ok(()), Err))
    }

    /// Looks for a change whose answer was lost.
    fn reconcile(&self, operation: &mut Operation, index: usize) -> Step {
        let finding = match operation.steps.get(index).and_then(|record| record.sent.clone()) {
            None => Finding::Unclear { why: "what was sent was not written down".to_owned() },
            Some(sent) => {
                let first = self.world.time.now();
                let mut looks = 0;
                loop {
                    self.take_orders(operation)?;
                    if operation.order.as_ref().is_some_and(|order| order.answer == Answer::Abandon) {
                        return Ok(());
                    }
                    if self.is_killed(operation, index)? {
                        return Ok(());
                    }
                    let Some(plan) = &operation.plan else { return Ok(()) };
                    let found = match self.right_account(plan) {
                        Ok(Ok(())) => reconcile::look(self.world.calls, &plan.scope, &operation.outputs, &sent),
                        Ok(Err(refusal)) => break Finding::Unclear { why: refusal.to_string() },
                        Err(error) => Err(error),
                    };
                    let looked_for = self.world.time.now().duration_since(first);
                    match found {
                        Ok(found @ Finding::Happened { .. }) => break found,
                        Ok(found) => {
                            looks += 1;
                            if looks >= reconcile::LEAST_LOOKS && looked_for >= reconcile::LEAST_TIME {
                                break found;
                            }
                        }
                        Err(error) if error.kind == ReadErrorKind::Passing && looked_for < RECONCILE_WITHIN => {
                            // What is not seen has to be not seen several times in a row.
                            looks = 0;
                        }
                        Err(error) => break Finding::Unclear { why: error.to_string() },
                    }
                    self.sleep_slices(RECONCILE_EVERY, || self.kill_switch.demand().is_err());
                }
            }
        };
        self.write(operation, &Entry::Reconciled { step: index, finding })
    }

    /// Runs a bake command, once: what was begun before is never run again.
    fn bake(&self, operation: &mut Operation, index: usize, recipe: &str) -> Step {
        let Some(record) = operation.steps.get(index) else { return Ok(()) };
        let Some(plan) = &operation.plan else { return Ok(()) };
        let scope = plan.scope.clone();
        if record.state == StepState::Watching {
            let why = format!(
                "the bake command {recipe} was under way when the work on it stopped, and it is not run twice: look \
                 whether it still runs and whether it has made an image"
            );
            return self.fail(operation, index, &why);
        }
        let Some(verified) = self.verify(operation, index, verify_bake)? else { return Ok(()) };
        if self.orders.waits(&operation.id) || self.is_killed(operation, index)? {
            return Ok(());
        }
        let command = match verified.spend(self.world.time.now()) {
            Ok(command) => command,
            Err(refusal) => return self.hold(operation, index, refusal.into()),
        };
        self.write(operation, &Entry::Seen { step: index, note: format!("runs the bake command {recipe}") })?;
        let mut written = Ok(());
        let baked = self.bakery.bake(&Baking { scope: &scope, recipe, command: &command }, &mut |line| {
            // What it says while it is being stopped is worth reading, too.
            if let (Some(line), Ok(())) = (line, &written) {
                written = self.see(operation, index, line);
            }
            if written.is_err() || self.orders.waits(&operation.id) || self.kill_switch.demand().is_err() {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        written?;
        match baked {
            Ok(image) => self.settle(operation, index, Outputs::from([(Output::Image, image)])),
            Err(BakeError::NotStarted(why)) => {
                let finding = Finding::DidNot { evidence: why.clone() };
                self.write(operation, &Entry::Reconciled { step: index, finding })?;
                self.fail(operation, index, &why)
            }
            Err(BakeError::Stopped(how)) => {
                self.see(operation, index, &how)?;
                self.take_orders(operation)?;
                if operation.order.is_some() {
                    return Ok(());
                }
                self.fail(operation, index, &how)
            }
            Err(BakeError::Failed(why)) => self.fail(operation, index, &why),
        }
    }

    /// Whether what a step after an order is to bring about is so already, or can't be any more. What is not known is
    /// left to the verification.
    fn foregone(&self, operation: &Operation, index: usize) -> Option<Sight> {
        let plan = operation.plan.as_ref().filter(|_| index >= operation.planned)?;
        let Work::Wait { until, .. } = &operation.steps.get(index + 1)?.step.work else { return None };
        if let Until::Gone { server, .. } | Until::Drained { server, .. } = until {
            // One that EC2, or a target group, does not know may be too young for that, which waiting would take for gone.
            let found = self.world.calls.servers(&plan.scope, std::slice::from_ref(server), Detail::Plain).ok()?;
            found.iter().find(|one| one.id == *server && one.state == "terminated")?;
        }
        self.look(operation, &mut Watch::default(), until).ok()?.ok()
    }

    fn settle(&self, operation: &mut Operation, index: usize, made: Outputs) -> Step {
        self.write(operation, &Entry::Settled { step: index, made })
    }

    /// Writes a note, if it is another one than the last.
    fn see(&self, operation: &mut Operation, index: usize, note: &str) -> Step {
        let last = operation.steps.get(index).and_then(|record| record.notes.last());
        match last.map_or("", |last| &last.text).cmp(note) {
            Ordering::Equal => Ok(()),
            _ => self.write(operation, &Entry::Seen { step: index, note: note.to_owned() }),
        }
    }

    fn ask(&self, operation: &mut Operation, index: usize, question: Question) -> Step {
        self.write(operation, &Entry::Asked { step: index, question })
    }

    fn end(&self, operation: &mut Operation, ending: Ending) -> Step {
        self.write(operation, &Entry::Ended { ending })
    }

    /// It can't go on: asks where something can be taken back, else it is over.
    fn fail(&self, operation: &mut Operation, index: usize, why: &str) -> Step {
        let work = operation.steps.get(index).map(|record| &record.step.work);
        // A refresh that has ended can't be rolled back any more.
        let is_refresh = matches!(work, Some(Work::Wait { until: Until::Refreshed { .. }, .. }));
        if operation.can_roll_back() && !is_refresh {
            let question = questions::failed(operation, why);
            return self.ask(operation, index, question);
        }
        let text = format!("{}. {}", why.trim_end_matches('.'), operation.remains());
        self.end(operation, Ending::Failed(questions::sentence(&text)))
    }

    /// Whether the kill switch is pulled; then a person is asked.
    fn is_killed(&self, operation: &mut Operation, index: usize) -> Result<bool, EngineError> {
        let Err(refusal) = self.kill_switch.demand() else { return Ok(false) };
        let question = questions::killed(operation, &refusal);
        self.ask(operation, index, question)?;
        Ok(true)
    }

    /// Takes the word that was given meanwhile, if it can be given.
    fn take_orders(&self, operation: &mut Operation) -> Step {
        match self.orders.take(&operation.id) {
            Some(answer) if operation.answers().contains(&answer) => self.ordered(operation, answer),
            _ => Ok(()),
        }
    }

    fn ordered(&self, operation: &mut Operation, answer: Answer) -> Step {
        let caller = operation.plan.as_ref().and_then(|plan| self.world.calls.caller(&plan.scope).ok());
        self.write(operation, &Entry::Ordered { answer, caller })
    }

    /// Sleeps, until something is ordered or the kill switch is pulled at the latest.
    fn sleep(&self, operation: &Operation, time: Duration) {
        self.sleep_slices(time, || self.orders.waits(&operation.id) || self.kill_switch.demand().is_err());
    }

    fn sleep_slices(&self, time: Duration, is_woken: impl Fn() -> bool) {
        let mut left = time;
        while !left.is_zero() && !is_woken() {
            let slice = left.min(SLICE);
            self.world.time.sleep(slice);
            left = left.saturating_sub(slice);
        }
    }
}

/// The plan with the steps that an order made necessary.
fn whole(operation: &Operation) -> Option<Plan> {
    let steps = operation.steps.iter().map(|record| record.step.clone()).collect();
    operation.plan.clone().map(|plan| Plan { steps, ..plan })
}

/// How an operation ends that has nothing left to do.
fn over(operation: &Operation) -> Ending {
    match operation.order.as_ref().map(|order| order.answer) {
        None | Some(Answer::Continue | Answer::Vouch) => Ending::Done,
        Some(Answer::Cancel) => Ending::Cancelled(operation.remains()),
        Some(Answer::RollBack) => Ending::RolledBack(operation.remains()),
        Some(Answer::Abandon) => Ending::Abandoned,
    }
}

//! The thread that keeps everything about acting: what is armed, the sheet, the operations. It is told what the window
//! asks and what operations do, and publishes the state of it all.
//!
//! It waits for nobody: what takes time (planning, beginning, carrying out) has threads of its own, which send back
//! what came of it. The kill switch does not come this way: it is pulled at once, from any thread.

use std::collections::BTreeSet;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use insight::Policy;
use jiff::Timestamp;
use operate::{
    ARMED_FOR, Action, Answer, Arming, EngineError, Guard, JournalError, KillSwitch, OperationId, PlanFile, Refusal,
    Scope, Sheet, Work, aws_cli,
};
use tokio::runtime::Handle;

use crate::acting::{Act, Acting, PlanSheet, RefusedAction};
use crate::bakery::Running;
use crate::load::Opened;
use crate::operating::{Operating, OperatingError, journal_folder};
use crate::rereads::Worked;
use crate::touched::touched;

/// What the thread is told.
enum Message {
    /// A source was opened.
    Opened(Opened),
    /// It was closed.
    Closed,
    /// The window asks.
    Act(Act),
    /// An action was planned, or not.
    Planned(u64, Box<Action>, Result<Box<PlanFile>, EngineError>),
    /// A confirmed plan has begun, or not.
    Began(Result<OperationId, EngineError>),
    /// Something was written of an operation.
    Written(OperationId),
    /// Nobody here works on an operation any more.
    Left(OperationId, Option<EngineError>),
    /// The session ends.
    End,
}

/// How long a bake command that was stopped may take before the program ends without it: what it has to clean up, and
/// to be killed after that.
const BAKES_END_WITHIN: Duration = Duration::from_secs(40);

/// The thread's door.
pub(crate) struct ActDesk {
    messages: Sender<Message>,
    kill_switch: KillSwitch,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl ActDesk {
    /// Starts the thread. `publish` is called from it with each new state, and may block; `watch` with what operations
    /// of this process touch, and must not.
    pub(crate) fn start(
        policy: Arc<Policy>,
        runtime: Handle,
        watch: impl Fn(Worked) + Send + 'static,
        publish: impl Fn(Arc<Acting>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (messages, inbox) = mpsc::channel();
        let kill_switch = KillSwitch::default();
        let desk = Desk {
            messages: messages.clone(),
            kill_switch: kill_switch.clone(),
            policy,
            runtime,
            watch: Box::new(watch),
            operating: None,
            arming: Arming::default(),
            sheet: None,
            asked: 0,
            running: BTreeSet::new(),
            bakes: Vec::new(),
            state: Acting::default(),
        };
        let thread =
            std::thread::Builder::new().name("acting".to_owned()).spawn(move || desk.work(&inbox, &publish))?;
        Ok(Self { messages, kill_switch, thread: Mutex::new(Some(thread)) })
    }

    pub(crate) fn opened(&self, opened: Opened) {
        self.tell(Message::Opened(opened));
    }

    pub(crate) fn closed(&self) {
        self.tell(Message::Closed);
    }

    pub(crate) fn act(&self, act: Act) {
        match act {
            Act::Halt => self.kill_switch.pull(),
            Act::Unhalt => self.kill_switch.release(),
            _ => {}
        }
        self.tell(Message::Act(act));
    }

    /// Ends the thread. Operations that run are halted before their next send, and found in the journal the next time.
    pub(crate) fn end(&self) {
        self.kill_switch.pull();
        self.tell(Message::End);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic there was already reported by the thread's own hook.
            let _ = thread.join();
        }
    }

    fn tell(&self, message: Message) {
        // The thread ends only with the session.
        let _ = self.messages.send(message);
    }
}

struct Desk {
    messages: Sender<Message>,
    kill_switch: KillSwitch,
    policy: Arc<Policy>,
    runtime: Handle,
    watch: Box<dyn Fn(Worked) + Send>,
    operating: Option<Arc<Operating>>,
    arming: Arming,
    sheet: Option<Sheet>,
    /// Counts what was asked to be planned: an answer to an earlier question is dropped.
    asked: u64,
    /// The operations that this process works on.
    running: BTreeSet<OperationId>,
    /// The bake commands that run, of the open source and of those that were open before.
    bakes: Vec<Arc<Running>>,
    state: Acting,
}

impl Desk {
    fn work(mut self, inbox: &Receiver<Message>, publish: &impl Fn(Arc<Acting>)) {
        while let Ok(message) = inbox.recv() {
            match message {
                Message::End => return self.wait_for_bakes(),
                Message::Opened(opened) => self.open(&opened),
                Message::Closed => self.close(),
                Message::Act(act) => self.act(act),
                Message::Planned(asked, action, planned) => self.planned(asked, &action, planned),
                Message::Began(began) => self.began(began),
                Message::Written(id) => self.written(&id),
                Message::Left(id, error) => self.left(&id, error),
            }
            self.state.halted = self.kill_switch.is_pulled();
            self.state.at_work.clone_from(&self.running);
            publish(Arc::new(self.state.clone()));
        }
    }

    /// The kill switch is pulled by now, so that bake commands are being stopped. Whoever ends before them leaves them
    /// behind.
    fn wait_for_bakes(&self) {
        let until = Instant::now() + BAKES_END_WITHIN;
        for bakes in &self.bakes {
            bakes.wait(until.saturating_duration_since(Instant::now()));
        }
    }

    fn open(&mut self, opened: &Opened) {
        self.close();
        match self.operating(opened) {
            Ok(operating) => {
                // What runs goes on, and holds its own.
                self.bakes.retain(|bakes| Arc::strong_count(bakes) > 1);
                self.bakes.push(Arc::clone(operating.bakes()));
                self.operating = Some(Arc::new(operating));
                self.read_operations();
            }
            Err(error) => self.state.read_only = Some(error.to_string()),
        }
    }

    fn operating(&self, opened: &Opened) -> Result<Operating, OperatingError> {
        let messages = self.messages.clone();
        let told = Arc::new(move |id: Option<&OperationId>, _: &operate::Entry| {
            if let Some(id) = id {
                let _ = messages.send(Message::Written(id.clone()));
            }
        });
        let (policy, kill_switch) = (Arc::clone(&self.policy), self.kill_switch.clone());
        Operating::open(opened, policy, &journal_folder()?, self.runtime.clone(), kill_switch, told)
    }

    /// Forgets the source: nothing is armed, no sheet is open. What runs goes on.
    fn close(&mut self) {
        self.operating = None;
        self.arming.disarm_all();
        self.sheet = None;
        self.asked += 1;
        self.state = Acting::default();
    }

    fn act(&mut self, act: Act) {
        let Some(operating) = self.operating.clone() else { return };
        match act {
            Act::Arm(scope) => {
                let rules = operating.rules(&scope.account);
                if let Err(refusal) = self.arming.arm(&rules, &scope, Timestamp::now()) {
                    self.refuse(format!("Act in {scope}"), vec![refusal]);
                } else {
                    self.state.armed.retain(|(armed, _)| *armed != scope);
                    self.state.armed.push((scope, Timestamp::now() + ARMED_FOR));
                }
            }
            Act::Disarm(scope) => {
                self.arming.disarm(&scope);
                self.state.armed.retain(|(armed, _)| *armed != scope);
            }
            // The switch itself was pulled before this was told.
            Act::Halt | Act::Unhalt => {}
            Act::Plan { scope, action } => self.plan(operating, scope, action),
            Act::DropSheet => {
                self.asked += 1;
                self.sheet = None;
                (self.state.planning, self.state.sheet, self.state.refused) = (None, None, None);
            }
            Act::Confirm { plan_hash, typed } => self.confirm(operating, &plan_hash, &typed),
            Act::Order { operation, answer } => self.order(operating, operation, answer),
        }
    }

    fn plan(&mut self, operating: Arc<Operating>, scope: Scope, action: Box<Action>) {
        self.asked += 1;
        self.sheet = None;
        (self.state.planning, self.state.sheet, self.state.refused) = (Some(action.clone()), None, None);
        let (asked, messages) = (self.asked, self.messages.clone());
        spawn("plan", move || {
            let planned = operating.plan(&scope, (*action).clone()).map(Box::new);
            let _ = messages.send(Message::Planned(asked, action, planned));
        });
    }

    fn planned(&mut self, asked: u64, action: &Action, planned: Result<Box<PlanFile>, EngineError>) {
        let (true, Some(operating)) = (asked == self.asked, self.operating.as_ref()) else { return };
        self.state.planning = None;
        match planned {
            Ok(file) => {
                let rules = operating.rules(&file.plan.scope.account);
                let now = Timestamp::now();
                let sheet = Sheet::of(&file.plan, &rules, now);
                let commands = file.plan.steps.iter().filter_map(|step| match &step.work {
                    Work::Send { mutation, .. } => Some(aws_cli::command(mutation, &file.plan.scope)),
                    _ => None,
                });
                self.state.sheet = Some(Arc::new(PlanSheet {
                    account_name: rules.alias.clone(),
                    to_type: sheet.to_type().map(str::to_owned),
                    ready_at: now + sheet.ready_in(now),
                    commands: commands.collect(),
                    refusals: Vec::new(),
                    beginning: false,
                    file: *file,
                }));
                self.sheet = Some(sheet);
            }
            Err(error) => self.refuse(action.title(), refusals(error)),
        }
    }

    fn confirm(&mut self, operating: Arc<Operating>, plan_hash: &str, typed: &str) {
        let (Some(sheet), Some(shown)) = (self.sheet.as_mut(), self.state.sheet.clone()) else { return };
        // Another plan than the one that was read, or one whose beginning is under way.
        if shown.file.hash != plan_hash || shown.beginning {
            return;
        }
        let scope = shown.file.plan.scope.clone();
        let now = Timestamp::now();
        let confirmed = sheet.confirm(typed, now);
        let ready = confirmed.and_then(|confirmed| Ok((confirmed, self.arming.prove(&scope, now)?)));
        match ready {
            Ok((confirmed, armed)) => {
                self.state.sheet = Some(Arc::new(PlanSheet { beginning: true, ..(*shown).clone() }));
                let messages = self.messages.clone();
                spawn("begin", move || {
                    let began = operating.start(&shown.file, confirmed, &armed);
                    let _ = messages.send(Message::Began(began));
                });
            }
            Err(refusal) => self.refuse_sheet(vec![refusal]),
        }
    }

    fn began(&mut self, began: Result<OperationId, EngineError>) {
        match began {
            Ok(id) => {
                self.sheet = None;
                self.state.sheet = None;
                if let Some(operating) = self.operating.clone() {
                    let of = id.clone();
                    self.carry_out(id, move || operating.run(&of).map(drop));
                }
            }
            Err(error) => self.refuse_sheet(refusals(error)),
        }
    }

    fn order(&mut self, operating: Arc<Operating>, id: OperationId, answer: Answer) {
        if self.running.contains(&id) {
            operating.give(&id, answer);
            return;
        }
        let asks = self.state.operations.iter().any(|one| one.id == id && one.question.is_some());
        let of = id.clone();
        self.carry_out(id, move || match answer {
            Answer::Continue if !asks => operating.run(&of).map(drop),
            answer => operating.order(&of, answer).map(drop),
        });
    }

    fn carry_out(&mut self, id: OperationId, work: impl FnOnce() -> Result<(), EngineError> + Send + 'static) {
        self.running.insert(id.clone());
        let messages = self.messages.clone();
        spawn("operation", move || {
            let error = work().err();
            let _ = messages.send(Message::Left(id, error));
        });
    }

    fn left(&mut self, id: &OperationId, error: Option<EngineError>) {
        self.running.remove(id);
        if let Some(error) = error {
            self.refuse(format!("Operation {id}"), refusals(error));
        }
        self.written(id);
        (self.watch)(Worked::Left(id.clone()));
    }

    /// Reads one operation again.
    fn written(&mut self, id: &OperationId) {
        let Some(operating) = &self.operating else { return };
        // What can't be read now is read with the next entry; the list is read whole at the next opening.
        let Ok(operation) = operating.operation(id) else { return };
        if let Some((scope, touched)) = touched(&operation).filter(|_| self.running.contains(id)) {
            (self.watch)(Worked::On { operation: id.clone(), scope, touched: touched.into() });
        }
        match self.state.operations.iter_mut().find(|known| known.id == *id) {
            Some(known) => *known = operation,
            None => self.state.operations.insert(0, operation),
        }
    }

    fn read_operations(&mut self) {
        let Some(operating) = &self.operating else { return };
        match operating.operations() {
            Ok(operations) => self.state.operations = operations,
            Err(error) => self.state.read_only = Some(unreadable(&error)),
        }
    }

    fn refuse(&mut self, title: String, refusals: Vec<Refusal>) {
        self.state.refused = Some(Arc::new(RefusedAction { title, refusals }));
    }

    /// The plan stays on the sheet, with what stands against it.
    fn refuse_sheet(&mut self, refusals: Vec<Refusal>) {
        if let Some(shown) = &self.state.sheet {
            self.state.sheet = Some(Arc::new(PlanSheet { beginning: false, refusals, ..(**shown).clone() }));
        }
    }
}

fn unreadable(error: &JournalError) -> String {
    format!("nothing can be acted on: {error}")
}

/// What stood against it. A journal that can't be used leaves unknown what is held and what was done.
fn refusals(error: EngineError) -> Vec<Refusal> {
    match error {
        EngineError::Refused(refused) => refused.refusals,
        error => {
            let next = "Nothing more is sent until that is settled.".to_owned();
            vec![Refusal { guard: Guard::Known, reason: error.to_string(), next }]
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) {
    // Without a thread there is nobody to tell either; the next thing asked says so again.
    let _ = std::thread::Builder::new().name(name.to_owned()).spawn(work);
}

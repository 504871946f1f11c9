//! Acting on an opened source, for the window and the headless commands alike: the engine with its world.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cloud::Operator;
use history::Store;
use insight::Policy;
use jiff::Timestamp;
use operate::{
    Action, Answer, Armed, Confirmed, Engine, EngineError, Entry, EntryRecord, Journal, JournalError, KillSwitch,
    Locked, Operation, OperationId, Orders, Outcome, PlanFile, Refused, Rules, Scope, Time, World,
};
use tokio::runtime::Handle;

use crate::bakery::{CommandBakery, Running};
use crate::load::Opened;
use crate::source::SourceKind;

/// Told of each entry as soon as it is on disk. It must not block.
pub type Told = Arc<dyn Fn(Option<&OperationId>, &Entry) + Send + Sync>;

/// Why a source can't be acted on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OperatingError {
    /// It is a saved pull.
    #[error("a saved pull can't be acted on: name a profile, a region or the sandbox instead of --file")]
    SavedPull,
    /// The journal can't be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The user has no home.
    #[error("there is no folder to keep the journal in: set HOME (or XDG_DATA_HOME)")]
    NoHome,
}

/// An opened source, ready to be acted on.
pub struct Operating {
    operator: Arc<Operator>,
    bakery: CommandBakery,
    journal: Watched,
    policy: Arc<Policy>,
    kill_switch: KillSwitch,
    orders: Orders,
}

/// Where the journal lies: `journal` in the user's data folder.
///
/// # Errors
/// The user has no home.
pub fn journal_folder() -> Result<PathBuf, OperatingError> {
    let folders = directories::ProjectDirs::from("", "", "emberline").ok_or(OperatingError::NoHome)?;
    Ok(folders.data_local_dir().join("journal"))
}

impl Operating {
    /// Makes a source ready. Operations on the embedded sandbox are remembered for as long as it lives, which is as
    /// long as the program; all others in the journal in `folder`.
    ///
    /// # Errors
    /// [`OperatingError`].
    pub fn open(
        opened: &Opened,
        policy: Arc<Policy>,
        folder: &Path,
        runtime: Handle,
        kill_switch: KillSwitch,
        told: Told,
    ) -> Result<Self, OperatingError> {
        let access = opened.access().ok_or(OperatingError::SavedPull)?;
        let store = match opened.source().kind() {
            SourceKind::Sandbox => Store::in_memory()?,
            SourceKind::Aws | SourceKind::File => Store::open(folder)?,
        };
        let operator = Arc::new(Operator::new(access, runtime));
        Ok(Self {
            bakery: CommandBakery::new(Arc::clone(&operator)),
            operator,
            journal: Watched { store, told },
            policy,
            kill_switch,
            orders: Orders::default(),
        })
    }

    /// What the policy allows in an account.
    #[must_use]
    pub fn rules(&self, account: &str) -> Rules {
        let mut rules = Rules::of(&self.policy, account);
        rules.read_only = self.operator.read_only_reason();
        rules.no_bakes = self.operator.out_of_reach();
        rules
    }

    /// Plans an action. A refusal is written down.
    ///
    /// # Errors
    /// Everything that stands against it; the journal can't be written.
    pub fn plan(&self, scope: &Scope, action: Action) -> Result<PlanFile, EngineError> {
        let kind = action.kind();
        let rules = self.rules(&scope.account);
        match operate::plan(self.world(), &rules, scope, action) {
            Ok(plan) => Ok(PlanFile::of(plan)),
            Err(Refused { refusals }) => {
                let entry =
                    Entry::Refused { action: kind, scope: scope.clone(), caller: None, plan_hash: None, refusals };
                self.journal.append(None, SystemTime.now(), &entry)?;
                let Entry::Refused { refusals, .. } = entry else { unreachable!("it was just made") };
                Err(EngineError::Refused(Refused { refusals }))
            }
        }
    }

    /// Checks once more that a plan still holds and that nothing stands against it.
    ///
    /// # Errors
    /// Everything that does.
    pub fn verify(&self, file: &PlanFile) -> Result<(), EngineError> {
        let rules = self.rules(&file.plan.scope.account);
        Ok(operate::verify_plan(self.world(), &rules, file)?)
    }

    /// Starts an operation; [`Operating::run`] carries it out.
    ///
    /// # Errors
    /// As [`Engine::start`].
    pub fn start(&self, file: &PlanFile, confirmed: Confirmed, armed: &Armed) -> Result<OperationId, EngineError> {
        let rules = self.rules(&file.plan.scope.account);
        self.engine(&rules).start(file, confirmed, armed)
    }

    /// Carries an operation out, from its start or from where it was left. Blocks until it ends or asks.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn run(&self, id: &OperationId) -> Result<Outcome, EngineError> {
        let rules = self.rules_of(id)?;
        self.engine(&rules).run(id)
    }

    /// Says something to an operation that nobody carries out at this moment, and goes on with it.
    ///
    /// # Errors
    /// As [`Engine::order`].
    pub fn order(&self, id: &OperationId, answer: Answer) -> Result<Outcome, EngineError> {
        if answer == Answer::Abandon {
            // It takes no rules: an operation that nobody can read any more can be given up too.
            return operate::abandon(self.world(), id);
        }
        let rules = self.rules_of(id)?;
        self.engine(&rules).order(id, answer)
    }

    /// Says something to an operation that this process carries out.
    pub fn give(&self, id: &OperationId, answer: Answer) {
        self.orders.give(id, answer);
    }

    /// One operation as the journal tells it.
    ///
    /// # Errors
    /// It can't be read, or there is none.
    pub fn operation(&self, id: &OperationId) -> Result<Operation, JournalError> {
        Ok(Operation::of(id.clone(), &self.journal.entries(id)?))
    }

    /// All operations, newest first.
    ///
    /// # Errors
    /// They can't be read.
    pub fn operations(&self) -> Result<Vec<Operation>, JournalError> {
        self.journal.operations()?.iter().map(|id| self.operation(id)).collect()
    }

    /// The bake commands that run. They are stopped by the kill switch, like everything.
    pub(crate) fn bakes(&self) -> &Arc<Running> {
        self.bakery.running()
    }

    fn rules_of(&self, id: &OperationId) -> Result<Rules, EngineError> {
        let operation = self.operation(id)?;
        let plan = operation.plan.ok_or_else(|| EngineError::NoPlan { operation: id.clone() })?;
        Ok(self.rules(&plan.scope.account))
    }

    fn world(&self) -> World<'_> {
        World { calls: &*self.operator, journal: &self.journal, time: &SystemTime }
    }

    fn engine<'a>(&'a self, rules: &'a Rules) -> Engine<'a> {
        Engine {
            world: self.world(),
            rules,
            kill_switch: &self.kill_switch,
            orders: &self.orders,
            bakery: &self.bakery,
        }
    }
}

/// The machine's own clock, sleep and chance.
#[derive(Clone, Copy, Debug)]
pub struct SystemTime;

impl Time for SystemTime {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn random(&self) -> u64 {
        // Without the operating system's random numbers nothing on this machine could sign a request either.
        getrandom::u64().expect("the operating system gives random numbers")
    }
}

/// The journal, telling of each entry that was written.
struct Watched {
    store: Store,
    told: Told,
}

impl Journal for Watched {
    fn append(&self, operation: Option<&OperationId>, at: Timestamp, entry: &Entry) -> Result<(), JournalError> {
        self.store.append(operation, at, entry)?;
        (self.told)(operation, entry);
        Ok(())
    }

    fn begin(&self, operation: &OperationId, targets: &[String]) -> Result<Box<dyn Locked>, JournalError> {
        self.store.begin(operation, targets)
    }

    fn lock(&self, operation: &OperationId) -> Result<Box<dyn Locked>, JournalError> {
        self.store.lock(operation)
    }

    fn release(&self, operation: &OperationId) -> Result<(), JournalError> {
        self.store.release(operation)
    }

    fn entries(&self, operation: &OperationId) -> Result<Vec<EntryRecord>, JournalError> {
        self.store.entries(operation)
    }

    fn operations(&self) -> Result<Vec<OperationId>, JournalError> {
        self.store.operations()
    }

    fn holder(&self, target: &str) -> Result<Option<OperationId>, JournalError> {
        self.store.holder(target)
    }
}

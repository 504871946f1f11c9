//! The commands that act: `plan`, `apply` and `operations`.

use std::io::{BufRead, IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use operate::{
    Action, Answer, Arming, Confirmed, Ending, EngineError, JournalError, KillSwitch, OperationId, Outcome, Plan,
    PlanFile, Rules, Scope, Sheet, Time as _, confirm_by_flag,
};
use session::{
    AwsSource, Derived, Opened, Operating, OperatingError, Source, SystemTime, Target, TargetKind, find_target,
    journal_folder, recipe_for_group,
};
use tokio::runtime::Runtime;

use super::acting_args::{Apply, Operations, OperationsCommand, Plan as PlanArgs, PlannedAction, Shared};
use super::args::SourceArgs;
use super::{Done, Failed, headless, journal, progress, sheet};

/// A source that is open for acting, with the threads of its I/O.
struct Desk {
    operating: Operating,
    kill_switch: KillSwitch,
    opened: Opened,
    policy: Arc<insight::Policy>,
    runtime: Runtime,
}

impl Desk {
    fn open(args: &SourceArgs) -> Result<Self, Failed> {
        let source = args.named().unwrap_or_else(|| Source::Aws(AwsSource::default()));
        Self::of(&source, args, None)
    }

    /// `plan` is that of the operation that is gone on with.
    fn of(source: &Source, args: &SourceArgs, plan: Option<&Plan>) -> Result<Self, Failed> {
        let policy = Arc::new(args.policy()?.policy);
        let opened = headless::open(source)?;
        let runtime = headless::runtime()?;
        let folder = journal_folder()?;
        let handle = runtime.handle().clone();
        let kill_switch = KillSwitch::default();
        let operating =
            Operating::open(&opened, Arc::clone(&policy), &folder, handle, kill_switch.clone(), progress::told(plan))
                .map_err(|error| match error {
                OperatingError::SavedPull => Failed::Refused(error.into()),
                error => Failed::Work(error.into()),
            })?;
        Ok(Self { operating, kill_switch, opened, policy, runtime })
    }

    /// Pulls once, to find what the arguments name.
    fn pull(&self) -> Result<(Arc<fleet::Fleet>, Derived), Failed> {
        let pulled = headless::read(&self.runtime, &self.opened, headless::Depth::Picture)?;
        let derived = session::derive(&pulled.fleet, &self.policy);
        Ok((pulled.fleet, derived))
    }
}

/// `emberline plan`.
pub(crate) fn plan(args: &PlanArgs) -> Result<Done, Failed> {
    let shared = shared(&args.action);
    let desk = Desk::open(&shared.source)?;
    let (fleet, derived) = desk.pull()?;
    let target =
        |kind, text: &str| find_target(&fleet, &derived.lineage, &desk.policy, kind, text).map_err(Failed::usage);
    let (scope, action) = match &args.action {
        PlannedAction::Replace(replace) => {
            let found = replace.servers.iter().map(|server| target(TargetKind::Server, server));
            let found = found.collect::<Result<Vec<Target>, Failed>>()?;
            let scope = found[0].scope.clone();
            if let Some(other) = found.iter().find(|one| one.scope != scope) {
                let (id, place) = (&other.id, &other.scope);
                return Err(Failed::usage(anyhow!(
                    "one plan is for one account and region: {id} is in {place}, not in {scope}"
                )));
            }
            (scope, Action::Replace { servers: found.into_iter().map(|one| one.id).collect() })
        }
        PlannedAction::Roll(roll) => {
            let group = target(TargetKind::Group, &roll.group)?;
            (group.scope, Action::Roll { group: group.id, choices: roll.how.choices() })
        }
        PlannedAction::Reimage(reimage) => {
            let server = target(TargetKind::Server, &reimage.server)?;
            (server.scope, Action::Reimage { server: server.id, image: reimage.image.clone() })
        }
        PlannedAction::Rebake(rebake) => {
            let recipe = target(TargetKind::Recipe, &rebake.recipe)?;
            (recipe.scope, Action::Rebake { recipe: recipe.id, pipeline: rebake.pipeline.clone() })
        }
        PlannedAction::Bake(bake) => {
            let server = target(TargetKind::Server, &bake.server)?;
            let (name, reboot) = (bake.name.clone(), !bake.no_reboot);
            (server.scope, Action::Bake { server: server.id, name, reboot })
        }
        PlannedAction::RebakeRoll(roll) => {
            let group = target(TargetKind::Group, &roll.group)?;
            let named = roll.recipe.as_deref();
            let recipe = recipe_for_group(&fleet, &derived.lineage, &desk.policy, &group, named);
            let recipe = recipe.map_err(Failed::usage)?.ok_or_else(|| {
                let name = &group.id;
                Failed::usage(anyhow!(
                    "nothing tells what bakes the image of {name}: name its recipe, or its bake command in the policy \
                     file, with --recipe"
                ))
            })?;
            let (choices, pipeline) = (roll.how.choices(), roll.pipeline.clone());
            (group.scope, Action::RebakeRoll { group: group.id, recipe, pipeline, choices, pauses: roll.pause })
        }
        PlannedAction::SetLifetime(set) => {
            let group = target(TargetKind::Group, &set.group)?;
            (group.scope, Action::SetLifetime { group: group.id, lifetime_s: set.lifetime.0 })
        }
        PlannedAction::Burn(burn) => {
            let group = target(TargetKind::Group, &burn.group)?;
            (group.scope, Action::Burn { group: group.id, seed: burn.seed.unwrap_or_else(|| SystemTime.random()) })
        }
    };
    let file = desk.operating.plan(&scope, action).map_err(stopped)?;
    anstream::eprint!("{}", sheet::text(&file, &desk.operating.rules(&scope.account)));
    headless::write(shared.output.as_deref(), format!("{}\n", file.to_json()).as_bytes())?;
    Ok(Done::Whole)
}

/// What the engine did not do.
fn stopped(error: EngineError) -> Failed {
    match error {
        EngineError::Refused(refused) => Failed::Refused(refused.into()),
        error => Failed::Work(error.into()),
    }
}

fn shared(action: &PlannedAction) -> &Shared {
    match action {
        PlannedAction::Replace(action) => &action.shared,
        PlannedAction::Roll(action) => &action.shared,
        PlannedAction::Reimage(action) => &action.shared,
        PlannedAction::Rebake(action) => &action.shared,
        PlannedAction::Bake(action) => &action.shared,
        PlannedAction::RebakeRoll(action) => &action.shared,
        PlannedAction::SetLifetime(action) => &action.shared,
        PlannedAction::Burn(action) => &action.shared,
    }
}

/// `emberline apply`.
pub(crate) fn apply(args: &Apply) -> Result<Done, Failed> {
    let file = PlanFile::parse(&read(&args.plan)?).map_err(Failed::usage)?;
    let scope = &file.plan.scope;
    let desk = Desk::of(&reaching(&args.source, scope), &args.source, None)?;
    let rules = desk.operating.rules(&scope.account);
    anstream::eprintln!("{}", sheet::text(&file, &rules));
    desk.operating.verify(&file).map_err(stopped)?;
    let confirmed = confirm(args, &file.plan, &rules)?;
    let mut arming = Arming::default();
    let armed = arming
        .arm(&rules, scope, SystemTime.now())
        .and_then(|()| arming.prove(scope, SystemTime.now()))
        .map_err(|refusal| Failed::Refused(refusal.into()))?;
    let id = desk.operating.start(&file, confirmed, &armed).map_err(stopped)?;
    carry_out(&desk, &id, || desk.operating.run(&id))
}

/// The source that reaches a scope: the arguments', with the scope's own profile and region where they name none.
fn reaching(args: &SourceArgs, scope: &Scope) -> Source {
    let mut source = match args.named() {
        Some(Source::Aws(aws)) => aws,
        Some(source) => return source,
        None => AwsSource::default(),
    };
    if source.profiles.is_empty() {
        source.profiles = scope.profile.iter().cloned().collect();
    }
    if source.regions.is_empty() {
        source.regions = vec![scope.region.clone()];
    }
    Source::Aws(source)
}

fn read(path: &Path) -> Result<String, Failed> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input can't be read")?;
        return Ok(text);
    }
    Ok(std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?)
}

/// Has the plan confirmed, by the flags or by the person at the terminal.
fn confirm(args: &Apply, plan: &Plan, rules: &Rules) -> Result<Confirmed, Failed> {
    let refused = |refusal: operate::Refusal| Failed::Refused(refusal.into());
    if args.yes {
        return confirm_by_flag(plan, rules, args.confirm.as_deref()).map_err(refused);
    }
    if !std::io::stdin().is_terminal() {
        let account = &plan.scope.account;
        return Err(Failed::Refused(anyhow!(
            "nobody is there to confirm the plan: read it, then run the same with --yes --confirm {account}"
        )));
    }
    let mut sheet = Sheet::of(plan, rules, SystemTime.now());
    let word = sheet.to_type().unwrap_or("yes").to_owned();
    anstream::eprint!("Type {word} to carry it out, anything else to leave it: ");
    let mut typed = String::new();
    std::io::stdin().lock().read_line(&mut typed)?;
    if typed.trim() != word {
        return Err(Failed::Refused(anyhow!("the plan was not confirmed. Nothing was changed")));
    }
    sheet.confirm(&typed, SystemTime.now()).map_err(refused)
}

/// Waits until this process is told to end: whether it was, and not only unable to hear that.
async fn told_to_end() -> bool {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        return tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.is_ok(),
            terminated = terminate.recv() => terminated.is_some(),
        };
    }
    tokio::signal::ctrl_c().await.is_ok()
}

/// Works on an operation until it ends or asks. Being told to end halts it before its next send, and stops a bake
/// command.
fn carry_out(
    desk: &Desk,
    id: &OperationId,
    work: impl FnOnce() -> Result<Outcome, EngineError>,
) -> Result<Done, Failed> {
    let kill_switch = desk.kill_switch.clone();
    let interrupted = desk.runtime.spawn(async move {
        if told_to_end().await {
            kill_switch.pull();
        }
    });
    let outcome = work();
    interrupted.abort();
    match outcome.map_err(|error| cut_off(id, error))? {
        Outcome::Ended(Ending::Done) => Ok(Done::Whole),
        Outcome::Ended(Ending::Failed(why)) => Err(anyhow!("{id} failed: {why}").into()),
        Outcome::Ended(Ending::Cancelled(what) | Ending::RolledBack(what)) => {
            anstream::eprintln!("{id} was ended: {what}");
            Ok(Done::Whole)
        }
        Outcome::Ended(Ending::Abandoned) => Ok(Done::Whole),
        Outcome::Asks(question) => {
            let words = question.answers.iter().map(|answer| format!("  emberline operations {answer} {id}"));
            let words: Vec<String> = words.collect();
            Err(anyhow!("{id} asks: {}\n{}", question.text, words.join("\n")).into())
        }
    }
}

/// An operation that could not be gone on with. Where the journal gave way it stands as it is, until somebody goes on.
fn cut_off(id: &OperationId, error: EngineError) -> Failed {
    match error {
        EngineError::Journal(JournalError::Unusable { .. }) => {
            anyhow!("{error}. Then go on:\n  emberline operations {} {id}", Answer::Continue).into()
        }
        error => stopped(error),
    }
}

/// `emberline operations`.
pub(crate) fn operations(args: &Operations) -> Result<Done, Failed> {
    match &args.what {
        None => journal::list(Default::default()),
        Some(OperationsCommand::List(listed)) => journal::list(listed.format),
        Some(OperationsCommand::Show(shown)) => journal::show(&shown.id, shown.format),
        Some(OperationsCommand::Export(exported)) => {
            journal::export(exported.id.as_deref(), exported.output.as_deref())
        }
        Some(OperationsCommand::Resume(resumed)) => resume(resumed.id.as_deref(), &resumed.source),
        Some(OperationsCommand::Vouch(ordered)) => order(&ordered.id, Answer::Vouch, &ordered.source),
        Some(OperationsCommand::Cancel(ordered)) => order(&ordered.id, Answer::Cancel, &ordered.source),
        Some(OperationsCommand::Rollback(ordered)) => order(&ordered.id, Answer::RollBack, &ordered.source),
        Some(OperationsCommand::Abandon(ordered)) => order(&ordered.id, Answer::Abandon, &ordered.source),
    }
}

/// Goes on with one operation, or with all that have not ended, one after the other.
fn resume(id: Option<&str>, source: &SourceArgs) -> Result<Done, Failed> {
    let open = match id {
        Some(id) => vec![journal::operation(id)?],
        None => journal::operations()?.into_iter().filter(|operation| !operation.has_ended()).collect(),
    };
    if open.is_empty() {
        anstream::eprintln!("No operation waits to be gone on with.");
    }
    for operation in open {
        let desk = Desk::of(&reaching(source, &journal::scope(&operation)?), source, operation.plan.as_ref())?;
        let id = &operation.id;
        carry_out(&desk, id, || match operation.question {
            Some(_) => desk.operating.order(id, Answer::Continue),
            None => desk.operating.run(id),
        })?;
    }
    Ok(Done::Whole)
}

fn order(id: &str, answer: Answer, source: &SourceArgs) -> Result<Done, Failed> {
    let operation = journal::operation(id)?;
    let desk = Desk::of(&reaching(source, &journal::scope(&operation)?), source, operation.plan.as_ref())?;
    carry_out(&desk, &operation.id, || desk.operating.order(&operation.id, answer))
}

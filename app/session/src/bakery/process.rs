//! One run of a program: no shell, nothing to read, a process group of its own, so that all it starts can be stopped
//! with it, and nothing of it left once this returns.

use std::io::{ErrorKind, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use cloud::Environment;

use super::group::Group;
use super::log::Log;
use super::{Say, lines};

/// What is run.
pub(super) struct Program<'a> {
    /// The program and its arguments.
    pub(super) command: &'a [String],
    /// The folder that it is run in.
    pub(super) directory: &'a Path,
    /// What its environment differs in from ours.
    pub(super) environment: &'a Environment,
    /// The longest that it may run.
    pub(super) timeout: Duration,
    /// How long it may take to clean up, once it was told to stop, before it is killed.
    pub(super) clean_up: Duration,
}

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Ended {
    /// By itself, with status 0.
    Well,
    /// By itself, otherwise: how, as a part of a sentence.
    Badly(String),
    /// It was stopped, since that was said.
    Stopped {
        /// Whether it had to be killed.
        killed: bool,
    },
    /// It was stopped after its time.
    TimedOut {
        /// Whether it had to be killed.
        killed: bool,
    },
}

/// How often it is looked whether a person wants something, and whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How long what it wrote is read after its end: something that it has left behind may keep its output open.
const READ_ON: Duration = Duration::from_secs(2);

/// Lines that may wait to be handed on. A program that writes faster waits for its reader.
const WAITING_LINES: usize = 256;

/// Runs a program to its end. Each line is handed on through `log` to `say`, which is also asked several times a second
/// with nothing; where it breaks, the program is stopped.
///
/// # Errors
/// It could not be started, and nothing of it runs: why, and the next thing to do.
pub(super) fn run(program: &Program<'_>, log: &mut Log, say: Say<'_>) -> Result<Ended, String> {
    let mut group = spawn(program)?;
    let (lines_in, lines) = mpsc::sync_channel(WAITING_LINES);
    let (stdout, stderr) = group.output();
    let readers =
        [stdout.map(|stream| reader(stream, lines_in.clone())), stderr.map(|stream| reader(stream, lines_in))];
    for reader in readers.into_iter().flatten() {
        reader
            .map_err(|error| format!("this machine gives no thread to read what the bake command writes: {error}"))?;
    }
    let ended = watch(group, program, &lines, log, say);
    log.finish(say);
    Ok(ended)
}

fn spawn(program: &Program<'_>) -> Result<Group, String> {
    let Program { command, directory, environment, .. } = *program;
    let folder = fleet::clean(&directory.to_string_lossy()).into_owned();
    if !directory.is_dir() {
        return Err(format!("the bake command's folder {folder} is not there. Write the right one as its `directory`"));
    }
    let [name, arguments @ ..] = command else { return Err("the bake command names no program".to_owned()) };
    let mut started = Command::new(place(name, directory));
    started.args(arguments).current_dir(directory);
    started.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in &environment.removed {
        started.env_remove(name);
    }
    started.envs(&environment.set);
    Group::spawn(started).map_err(|error| match error.kind() {
        ErrorKind::NotFound if name.contains(['/', '\\']) => {
            format!("there is no program {name} (looked for from {folder}). Write where it is as the bake command's first word")
        }
        ErrorKind::NotFound => format!(
            "there is no program {name} on this machine's PATH. Install it, or write its whole path as the bake \
             command's first word"
        ),
        ErrorKind::PermissionDenied => {
            format!("{name} may not be run. Make it executable, or name the program that runs it: {error}")
        }
        _ => format!("{name} could not be started: {error}"),
    })
}

/// A program with a folder in its name is seen from the command's own folder, on every system alike; one without is
/// looked for on the PATH.
fn place(name: &str, directory: &Path) -> PathBuf {
    if Path::new(name).components().count() > 1 { directory.join(name) } else { PathBuf::from(name) }
}

fn reader(stream: impl Read + Send + 'static, lines: SyncSender<String>) -> std::io::Result<()> {
    let read = move || lines::read(stream, |line| lines.send(line).is_ok());
    std::thread::Builder::new().name("bake command".to_owned()).spawn(read).map(drop)
}

/// Why it was told to stop, and until when it may clean up.
struct Stopping {
    by_time: bool,
    until: Instant,
    killed: bool,
}

/// Follows a program until nothing of it runs any more.
fn watch(mut group: Group, program: &Program<'_>, lines: &Receiver<String>, log: &mut Log, say: Say<'_>) -> Ended {
    let began = Instant::now();
    let mut stopping: Option<Stopping> = None;
    let mut looked_at = began;
    let mut output_is_open = true;
    loop {
        let mut flow = ControlFlow::Continue(());
        if !output_is_open {
            std::thread::sleep(LOOK_EVERY);
        } else {
            match lines.recv_timeout(LOOK_EVERY) {
                Ok(line) => flow = log.line(line, say),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => output_is_open = false,
            }
        }
        if looked_at.elapsed() < LOOK_EVERY && flow.is_continue() {
            continue;
        }
        looked_at = Instant::now();
        let is_break = flow.is_break() || say(None).is_break();
        if group.has_ended() {
            break;
        }
        match &mut stopping {
            None if is_break || began.elapsed() >= program.timeout => {
                let killed = group.stop();
                stopping = Some(Stopping { by_time: !is_break, until: Instant::now() + program.clean_up, killed });
            }
            Some(stopping) if !stopping.killed && Instant::now() >= stopping.until => {
                stopping.killed = true;
                group.kill();
            }
            _ => {}
        }
    }
    // What it has written by its end, and no more than that: something that it left behind may hold its output open.
    let until = Instant::now() + READ_ON;
    while let Ok(line) = lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
        // It has ended: there is nothing to go on with.
        let _ = log.line(line, say);
        if Instant::now() >= until {
            break;
        }
    }
    let status = group.end();
    match (stopping, status) {
        (Some(Stopping { by_time: true, killed, .. }), _) => Ended::TimedOut { killed },
        (Some(Stopping { by_time: false, killed, .. }), _) => Ended::Stopped { killed },
        (None, Ok(status)) if status.success() => Ended::Well,
        (None, Ok(status)) => Ended::Badly(how(status)),
        (None, Err(error)) => Ended::Badly(format!("ended, and how is not known: {error}")),
    }
}

/// `ended with exit status 1`, `was ended by signal 9`.
fn how(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("was ended by signal {signal}");
    }
    status.code().map_or_else(|| "ended badly".to_owned(), |code| format!("ended with exit status {code}"))
}

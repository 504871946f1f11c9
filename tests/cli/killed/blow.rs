//! What befalls a process at a commit of its journal, by a library that is loaded into it before its own. Nothing in
//! the program knows of that.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::OnceLock;
use std::time::Duration;

use operate::Entry;

/// The signal that nobody can catch.
const SIGKILL: i32 = 9;

/// Longer than a verified step may wait to be sent.
const SLEEP: Duration = Duration::from_secs(120);

/// A commit of the journal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Commit {
    /// The n-th sync of its log.
    Sync(u32),
    /// The first that writes such an entry, as [`word`] has it.
    Entry(String),
}

/// In which manner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Manner {
    /// It is killed once the commit is on disk.
    Written,
    /// It is killed with half of a write of the commit on disk.
    Torn,
    /// The disk is full from that commit on.
    Full,
    /// The machine sleeps for two minutes once the commit is on disk.
    Asleep,
}

impl Manner {
    pub(super) const ALL: [Self; 4] = [Self::Written, Self::Torn, Self::Full, Self::Asleep];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Torn => "torn",
            Self::Full => "full",
            Self::Asleep => "asleep",
        }
    }
}

/// What befalls a process when.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Blow {
    pub(super) commit: Commit,
    pub(super) manner: Manner,
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.commit {
            Commit::Sync(sync) => write!(f, "{sync} {}", self.manner.name()),
            Commit::Entry(entry) => write!(f, "{entry} {}", self.manner.name()),
        }
    }
}

impl Blow {
    /// At an entry of this word.
    pub(super) fn at(entry: &str, manner: Manner) -> Self {
        Self { commit: Commit::Entry(entry.to_owned()), manner }
    }

    /// Has it fall on the process that the command starts.
    pub(super) fn awaits(&self, command: &mut Command) {
        command.env("LD_PRELOAD", library()).env("BLOW", self.manner.name());
        match &self.commit {
            Commit::Sync(sync) => command.env("BLOW_AT", sync.to_string()),
            Commit::Entry(entry) => command.env("BLOW_WITH", text(entry)),
        };
    }
}

/// An entry in a word, with the step that it is about: `sending 2`.
pub(super) fn word(entry: &Entry) -> String {
    let json = serde_json::to_value(entry).unwrap();
    let kind = json["entry"].as_str().unwrap();
    json["step"].as_u64().map_or_else(|| kind.to_owned(), |step| format!("{kind} {step}"))
}

/// How an entry of this word begins, as it lies in the journal.
fn text(word: &str) -> String {
    match word.split_once(' ') {
        Some((kind, step)) => format!("{{\"entry\":\"{kind}\",\"step\":{step},"),
        None => format!("{{\"entry\":\"{word}\","),
    }
}

/// Whether a process was killed.
pub(super) fn was_killed(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(SIGKILL)
}

/// Waits until a process is stopped, sleeps as the machine does, and has it go on. False where it ended without.
pub(super) fn sleep_through(child: &mut Child) -> bool {
    while child.try_wait().unwrap().is_none() {
        // The state is the first letter after the name, which stands in brackets.
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
        if stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T')) {
            std::thread::sleep(SLEEP);
            let woken = Command::new("kill").args(["-CONT", &child.id().to_string()]).status().unwrap();
            assert!(woken.success());
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// The library, built once. Whoever links Rust has a C compiler.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Another process of the same tests may build it too: under a name of its own until it is whole.
        let (half, whole) = (folder.join(format!("blow-{}.so", std::process::id())), folder.join("blow.so"));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/killed/blow.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&half).arg(source).arg("-ldl");
        let built = compiler.output().expect("there is a C compiler called cc");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        std::fs::rename(&half, &whole).unwrap();
        whole
    })
}

//! When a process dies: at a commit of its journal, by a library that is loaded into it before its own. Nothing in the
//! program knows of that.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::OnceLock;

use operate::Entry;

/// The signal that nobody can catch.
const SIGKILL: i32 = 9;

/// A commit of the journal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Commit {
    /// The n-th sync of its log.
    Sync(u32),
    /// The first that writes such an entry, as [`word`] has it.
    Entry(String),
}

/// A moment of a process's life.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Death {
    /// Once the commit is on disk.
    Written(Commit),
    /// With half of a write of it on disk.
    Torn(Commit),
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Written(commit) | Self::Torn(commit)) = self;
        let manner = if self.is_torn() { "torn" } else { "written" };
        match commit {
            Commit::Sync(sync) => write!(f, "{sync} {manner}"),
            Commit::Entry(entry) => write!(f, "{entry} {manner}"),
        }
    }
}

impl Death {
    pub(super) fn is_torn(&self) -> bool {
        matches!(self, Self::Torn(_))
    }

    /// Has the process that the command starts die so.
    pub(super) fn awaits(&self, command: &mut Command) {
        command.env("LD_PRELOAD", library());
        let (Self::Written(commit) | Self::Torn(commit)) = self;
        match commit {
            Commit::Sync(sync) => command.env("DIES_AT", sync.to_string()),
            Commit::Entry(entry) => command.env("DIES_WITH", text(entry)),
        };
        if self.is_torn() {
            command.env("DIES_TORN", "1");
        }
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

/// The library, built once. Whoever links Rust has a C compiler.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Another process of the same tests may build it too: under a name of its own until it is whole.
        let (half, whole) = (folder.join(format!("dies-{}.so", std::process::id())), folder.join("dies.so"));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/killed/dies.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&half).arg(source).arg("-ldl");
        let built = compiler.output().expect("there is a C compiler called cc");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        std::fs::rename(&half, &whole).unwrap();
        whole
    })
}

//! What a text does, whatever language it does it in: the one model that rules look at.

use std::ops::Range;
use std::rc::Rc;

use super::limits;

/// Where something stands: its line in the decoded text, and that line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub line: u32,
    pub excerpt: Rc<str>,
}

/// Where a text lies in the decoded text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Origin {
    /// The line of its first line.
    pub line: u32,
    /// Its own lines are not the document's: they came out of something packed or folded.
    pub folded: bool,
}

impl Origin {
    pub(super) fn at(line: u32) -> Self {
        Self { line, folded: false }
    }

    /// The origin of what begins so many lines further down.
    pub(super) fn down(&self, rows: usize) -> Self {
        Self { line: if self.folded { self.line } else { self.line.saturating_add(rows as u32) }, folded: self.folded }
    }

    /// The place of a row of the text.
    pub(super) fn place(&self, text: &str, row: usize) -> Place {
        let line = text.lines().nth(row).unwrap_or_default();
        Place { line: self.down(row).line, excerpt: excerpt(line) }
    }
}

/// A line cut to what fits; secrets are masked later, when it is shown.
pub(super) fn excerpt(line: &str) -> Rc<str> {
    line.trim().chars().take(4 * limits::EXCERPT_CHARS).collect::<String>().into()
}

/// A word of a command, with its constant variables filled in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Word {
    /// What is not known stands as it was written: `$VERSION`, `$(uname -r)`.
    pub text: String,
    pub known: bool,
    /// The acts whose output is in it.
    pub fed_by: Vec<usize>,
    /// Where its text begins, if its lines are the document's.
    pub line: Option<u32>,
}

impl Word {
    pub(super) fn known(text: impl Into<String>) -> Self {
        Self { text: text.into(), known: true, ..Self::default() }
    }

    pub(super) fn unknown(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The origin of a script that this word is.
    pub(super) fn origin(&self, place: &Place) -> Origin {
        Origin { line: self.line.unwrap_or(place.line), folded: self.line.is_none() }
    }

    pub(super) fn is_option(&self) -> bool {
        self.text.starts_with('-') && self.text.len() > 1
    }
}

/// Text that is fed to a command on its standard input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fed {
    pub text: String,
    pub origin: Origin,
}

/// What a command was written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dialect {
    Posix,
    PowerShell,
    Batch,
    Python,
}

/// One command that runs at boot, its wrappers (`sudo`, `env`, `timeout`) taken off.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Act {
    /// The program's name without its folder and `.exe`, in small letters.
    pub name: String,
    /// The program as it was called.
    pub program: Word,
    pub args: Vec<Word>,
    pub dialect: Dialect,
    pub place: Place,
    /// The acts whose output it reads.
    pub fed_by: Vec<usize>,
    pub fed: Option<Rc<Fed>>,
    /// Files that its output goes to.
    pub outputs: Vec<Word>,
    /// Its output is kept in a variable or compared: it is asked something.
    pub captured: bool,
    pub in_loop: bool,
}

/// A key of cloud-config, or of whatever else is declared and not run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Module {
    /// Such as `apt.sources`.
    pub path: String,
    pub value: String,
    pub place: Place,
}

/// A file that is written at boot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Made {
    pub path: String,
    pub text: Rc<Fed>,
    pub place: Place,
}

/// A name and the value it is given: a variable, an option, a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Setting {
    pub name: String,
    pub value: Word,
    pub place: Place,
}

/// Everything that a text does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Facts {
    pub acts: Vec<Act>,
    pub modules: Vec<Module>,
    pub files: Vec<Made>,
    pub settings: Vec<Setting>,
    /// Loops that wait.
    pub waits: Vec<Place>,
    /// What could not be understood, and why.
    pub faults: Vec<(Place, String)>,
    /// What nobody looked into, since it is in a language that is not read here.
    pub unread: Vec<(Place, String)>,
    /// Texts that were parsed: the cap on scripts inside scripts.
    pub parses: usize,
}

impl Facts {
    pub(super) fn is_full(&self) -> bool {
        self.acts.len() + self.modules.len() + self.files.len() + self.settings.len() >= limits::FACTS
    }

    /// Adds an act; a full list stays as it is.
    pub(super) fn act(&mut self, act: Act) {
        if !self.is_full() {
            self.acts.push(act);
        }
    }

    pub(super) fn module(&mut self, path: impl Into<String>, value: impl Into<String>, place: Place) {
        if !self.is_full() {
            self.modules.push(Module { path: path.into(), value: value.into(), place });
        }
    }

    pub(super) fn setting(&mut self, name: impl Into<String>, value: Word, place: Place) {
        if !self.is_full() {
            self.settings.push(Setting { name: name.into(), value, place });
        }
    }

    pub(super) fn file(&mut self, made: Made) {
        if !self.is_full() {
            self.files.push(made);
        }
    }

    /// A loop around the acts of a range waits if one of them sleeps.
    pub(super) fn wait_if_sleeping(&mut self, body: Range<usize>, place: Place) {
        let body = body.start.min(self.acts.len())..body.end.min(self.acts.len());
        // What sleeps in a loop inside this one is that loop's.
        let waits = self.acts[body.clone()].iter().any(|act| act.sleeps() && !act.in_loop);
        for act in &mut self.acts[body] {
            act.in_loop = true;
        }
        if waits && !self.waits.contains(&place) {
            self.waits.push(place);
        }
    }
}

impl Act {
    /// It does nothing but let time pass.
    pub(super) fn sleeps(&self) -> bool {
        match self.name.as_str() {
            "sleep" | "usleep" | "start-sleep" | "time.sleep" => true,
            // cmd.exe has no sleep: `timeout /t 5`, and the old `ping -n 6 127.0.0.1`.
            "timeout" => self.dialect == Dialect::Batch,
            "ping" => self.dialect == Dialect::Batch && self.args.iter().any(|word| word.text == "-n"),
            _ => false,
        }
    }

    /// What it prints, where that is known: `echo`, or `cat` of what it is fed.
    pub(super) fn prints(&self) -> Option<Rc<Fed>> {
        match self.name.as_str() {
            "cat" | "tee" | "envsubst" | "sed" => self.fed.clone(),
            "echo" | "printf" | "write-output" => {
                let skip = usize::from(
                    self.args.first().is_some_and(|word| ["-e", "-n", "-ne", "-en"].contains(&&*word.text)),
                );
                let words: Vec<&str> = self.args[skip..].iter().map(|word| word.text.as_str()).collect();
                let text = words.join(if self.name == "printf" { "" } else { " " });
                let text = text.replace("\\n", "\n");
                Some(Rc::new(Fed { text, origin: Origin { line: self.place.line, folded: true } }))
            }
            _ => None,
        }
    }
}

/// `/usr/bin/apt-get` and `C:\Windows\choco.exe` by their names.
pub(super) fn base_name(program: &str) -> String {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program).to_ascii_lowercase();
    let ending = [".exe", ".cmd", ".bat"].into_iter().find_map(|ending| name.strip_suffix(ending).map(str::to_owned));
    ending.unwrap_or(name)
}

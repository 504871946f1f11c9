//! Commands: wrappers taken off, interpreters looked into, files that are written taken note of.

use std::rc::Rc;

use tree_sitter::Node;

use super::{Shell, Source};
use crate::fry::commands::{self, Wrapper};
use crate::fry::facts::{Act, Dialect, Fed, Made, Origin, Place, Word, base_name};
use crate::fry::{grammar, limits, python};

/// Programs that read a shell script.
pub(in crate::fry) const SHELLS: &[&str] = &["bash", "sh", "dash", "zsh", "ksh", "ash", "rbash"];

impl Shell<'_> {
    pub(super) fn simple_command(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) {
        self.simple_command_with(node, Vec::new(), source, depth);
    }

    /// A command as it is written, with words that were found elsewhere behind its own.
    pub(super) fn simple_command_with(&mut self, node: Node<'_>, extra: Vec<Word>, source: &Source<'_>, depth: usize) {
        let saved = (self.stdin.clone(), self.fed.clone(), self.outputs.clone());
        let mut words = Vec::new();
        let mut place = source.place(node);
        for (field, child) in grammar::fields(node) {
            match (field, child.kind()) {
                (_, "variable_assignment") => {
                    let Some(name) = child.child_by_field_name("name") else { continue };
                    let name = grammar::text(name, source.text).to_owned();
                    // It holds for this command alone.
                    let before = self.variables.get(&name).cloned();
                    self.assignment(child, source, depth + 1);
                    match before {
                        Some(before) => self.variables.insert(name, before),
                        None => self.variables.remove(&name),
                    };
                }
                (_, "file_redirect" | "herestring_redirect" | "heredoc_redirect") => {
                    self.redirect(child, source, depth);
                }
                // A function that runs what it is given: the command stands where it was called.
                (Some("name"), _)
                    if grammar::text(child, source.text).trim_matches('"') == "$@" && !self.calls.is_empty() =>
                {
                    words
                        .extend(grammar::named(child).into_iter().flat_map(|name| self.words(name, source, depth + 1)));
                    if let Some((_, called)) = self.calls.last() {
                        place.clone_from(called);
                    }
                }
                (Some("name"), _) => match grammar::named(child).as_slice() {
                    [only] => words.extend(self.words(*only, source, depth + 1)),
                    _ => words.push(self.word(child, source, depth + 1)),
                },
                (Some("argument"), _) => words.extend(self.words(child, source, depth + 1)),
                _ => {}
            }
        }
        words.extend(extra);
        self.command(words, place);
        (self.stdin, self.fed, self.outputs) = saved;
    }

    /// A command by its words.
    pub(super) fn command(&mut self, words: Vec<Word>, place: Place) {
        let words = self.unwrapped(words, &place);
        let Some((program, args)) = words.split_first() else { return };
        if program.known && self.call(&program.text, args, &place) {
            return;
        }
        let (program, args) = (program.clone(), args.to_vec());
        let name = base_name(&program.text);
        let act = Act {
            name,
            program,
            args,
            dialect: Dialect::Posix,
            place,
            fed_by: self.stdin.clone(),
            fed: self.fed.clone(),
            outputs: self.outputs.clone(),
            captured: self.captured,
            in_loop: false,
        };
        self.facts.act(act.clone());
        self.files_made(&act);
        self.inner(&act);
    }

    /// Takes `sudo`, `env`, `timeout` and their like off, one after the other.
    fn unwrapped(&mut self, mut words: Vec<Word>, place: &Place) -> Vec<Word> {
        for _ in 0..limits::DEPTH {
            let Some(first) = words.first().filter(|first| !self.functions.contains_key(&first.text)) else { break };
            let Some(wrapper) = commands::wrapper(&base_name(&first.text)) else { break };
            match self.inside(wrapper, &words[1..], place) {
                Some(inner) => words = inner,
                None => break,
            }
        }
        words
    }

    /// What a wrapper runs; `None` where it is used for itself.
    fn inside(&mut self, wrapper: &Wrapper, args: &[Word], place: &Place) -> Option<Vec<Word>> {
        let mut skip = wrapper.skips;
        let mut at = 0;
        while let Some(word) = args.get(at) {
            let text = word.text.as_str();
            if let Some(run) = &wrapper.runs
                && text == run
            {
                let rest = args[at + 1..].iter().take_while(|word| ![";", "+", "\\;"].contains(&word.text.as_str()));
                return Some(rest.cloned().collect());
            }
            if wrapper.scripts.iter().any(|option| option == text) {
                let script = args.get(at + 1)?;
                self.script(&script.text, script.origin(place));
                return Some(Vec::new());
            }
            if wrapper.asks.iter().any(|option| option == text) {
                return None;
            }
            if text == "--" {
                at += 1;
                break;
            } else if word.is_option() {
                // `runuser -u deploy command` has no word for the user before the command.
                if ["-u", "--user"].contains(&text) && !wrapper.scripts.is_empty() {
                    skip = 0;
                }
                at += 1 + usize::from(wrapper.values.iter().any(|option| option == text));
                continue;
            } else if wrapper.assigns && is_assignment(text) {
                if let Some((name, value)) = text.split_once('=') {
                    let value = Word { text: value.to_owned(), ..word.clone() };
                    self.facts.setting(name, value, place.clone());
                }
                at += 1;
                continue;
            }
            if wrapper.runs.is_some() {
                at += 1;
                continue;
            }
            if skip == 0 {
                break;
            }
            skip -= 1;
            at += 1;
        }
        let rest = args.get(at..)?;
        (!rest.is_empty()).then(|| rest.to_vec())
    }

    /// Scripts inside the command: `bash -c`, `eval`, `python3 - <<EOF`, `curl … | bash` of what is known.
    fn inner(&mut self, act: &Act) {
        let origin = Origin { line: act.place.line, folded: true };
        match act.name.as_str() {
            "eval" => {
                let text = act.args.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
                self.script(&text, origin);
            }
            "python" | "python2" | "python3" => self.python(act),
            name if SHELLS.contains(&name) => {
                let is_command =
                    |word: &Word| word.text.starts_with('-') && !word.text.starts_with("--") && word.text.contains('c');
                if let Some(at) = act.args.iter().position(is_command) {
                    if let Some(script) = act.args.get(at + 1) {
                        self.script(&script.text, script.origin(&act.place));
                    }
                } else if act.args.iter().all(|word| word.is_option() || word.text == "-" || word.text == "/dev/stdin")
                    || act.args.iter().any(|word| word.text == "-s")
                {
                    self.script_fed(act);
                } else if let Some(made) =
                    act.args.iter().find(|word| !word.is_option()).and_then(|word| self.made(&word.text))
                {
                    self.script(&made.text, made.origin.clone());
                }
            }
            "source" | "." => {
                if let Some(made) = act.args.first().and_then(|word| self.made(&word.text)) {
                    self.script(&made.text, made.origin.clone());
                }
            }
            _ => {
                if let Some(made) = self.made(&act.program.text) {
                    super::super::script(self.facts, &made.text, made.origin.clone(), self.depth + 1);
                }
            }
        }
    }

    fn script_fed(&mut self, act: &Act) {
        if let Some(fed) = &act.fed {
            let (text, origin) = (fed.text.clone(), fed.origin.clone());
            self.fed = None;
            self.script(&text, origin);
        }
    }

    fn python(&mut self, act: &Act) {
        match act.args.iter().position(|word| word.text == "-c") {
            Some(at) => {
                if let Some(code) = act.args.get(at + 1) {
                    python::read(self.facts, &code.text, &code.origin(&act.place), self.depth + 1);
                }
            }
            None if act.args.iter().all(Word::is_option) || act.args.first().is_some_and(|word| word.text == "-") => {
                if let Some(fed) = act.fed.clone() {
                    python::read(self.facts, &fed.text, &fed.origin, self.depth + 1);
                }
            }
            None => {
                // `python3 -m pip install x` is `pip install x`.
                if let [module, name, args @ ..] = act.args.as_slice()
                    && module.text == "-m"
                {
                    let inner =
                        Act { name: name.text.clone(), program: name.clone(), args: args.to_vec(), ..act.clone() };
                    self.facts.act(inner);
                } else if let Some(made) =
                    act.args.iter().find(|word| !word.is_option()).and_then(|word| self.made(&word.text))
                {
                    python::read(self.facts, &made.text, &made.origin, self.depth + 1);
                }
            }
        }
    }

    /// The text that the script itself wrote to a path, the last one.
    fn made(&self, path: &str) -> Option<Rc<Fed>> {
        let path = path.trim_start_matches("./");
        let same =
            |made: &&Made| made.path == path || (!path.contains('/') && made.path.rsplit('/').next() == Some(path));
        self.facts.files.iter().rev().find(same).map(|made| made.text.clone())
    }

    /// `cat <<EOF > path`, `echo … | tee path`, `printf … >> path`.
    fn files_made(&mut self, act: &Act) {
        let text = match act.name.as_str() {
            "tee" => self.fed.clone(),
            _ => act.prints(),
        };
        let Some(text) = text else { return };
        let tee_paths = act.args.iter().filter(|word| act.name == "tee" && !word.is_option());
        for path in act.outputs.iter().chain(tee_paths) {
            self.facts.file(Made { path: path.text.clone(), text: text.clone(), place: act.place.clone() });
        }
    }
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

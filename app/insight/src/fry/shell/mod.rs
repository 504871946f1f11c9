//! POSIX shells and bash, by their syntax tree: which commands run, with which words, fed by what, writing where.
//!
//! Nothing is executed. Constant variables are filled in, functions are followed where they are called, and scripts
//! inside scripts (`bash -c`, `eval`, here-documents) are read as scripts. Both branches of a condition are taken,
//! since a risk on one of them is a risk.

mod call;
mod redirect;
mod words;

pub(super) use call::SHELLS;

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Node;

use super::facts::{Facts, Fed, Origin, Place, Word};
use super::grammar::{self, Grammar};
use super::limits;

/// A text in the course of being read.
#[derive(Clone)]
struct Source<'t> {
    text: &'t str,
    origin: Origin,
}

impl Source<'_> {
    fn place(&self, node: Node<'_>) -> Place {
        self.origin.place(self.text, node.start_position().row)
    }
}

/// A function that was defined: its body, read again with each call's arguments.
#[derive(Clone)]
struct Function {
    body: Rc<str>,
    origin: Origin,
}

/// What a script knows as it goes.
pub(super) struct Shell<'f> {
    facts: &'f mut Facts,
    variables: FxHashMap<String, Word>,
    functions: FxHashMap<String, Function>,
    /// Variables of loops, which stand for several words even between quotes.
    several: FxHashSet<String>,
    /// Loops that are gone through word by word, around the statement at hand.
    rounds: usize,
    /// Functions on the way to here, and where each was called.
    calls: Vec<(String, Place)>,
    depth: usize,
    /// What the statement at hand reads and where it writes.
    stdin: Vec<usize>,
    fed: Option<Rc<Fed>>,
    outputs: Vec<Word>,
    captured: bool,
}

/// A piece of a list of commands, as cloud-config has them.
pub(super) enum Item {
    /// Lines of a shell script.
    Script(String, Origin),
    /// One command by its words.
    Words(Vec<Word>, Place),
}

/// Adds what a script does.
pub(super) fn read(facts: &mut Facts, text: &str, origin: Origin, depth: usize) {
    Shell::new(facts, depth).script(text, origin);
}

/// Adds what a list of commands does that one shell runs: a variable of one is there for the next.
pub(super) fn read_items(facts: &mut Facts, items: Vec<Item>, depth: usize) {
    let mut shell = Shell::new(facts, depth);
    for item in items {
        match item {
            Item::Script(text, origin) => shell.script(&text, origin),
            Item::Words(words, place) => shell.command(words, place),
        }
    }
}

/// Adds what one command of known words does.
pub(super) fn run(facts: &mut Facts, words: Vec<Word>, place: Place, depth: usize) {
    Shell::new(facts, depth).command(words, place);
}

impl<'f> Shell<'f> {
    fn new(facts: &'f mut Facts, depth: usize) -> Self {
        Self {
            facts,
            variables: FxHashMap::default(),
            functions: FxHashMap::default(),
            several: FxHashSet::default(),
            rounds: 0,
            calls: Vec::new(),
            depth,
            stdin: Vec::new(),
            fed: None,
            outputs: Vec::new(),
            captured: false,
        }
    }
}

impl Shell<'_> {
    /// Reads a whole script.
    fn script(&mut self, text: &str, origin: Origin) {
        self.facts.parses += 1;
        if self.depth > limits::DEPTH || self.facts.parses > 50 * limits::DEPTH || self.facts.is_full() {
            return;
        }
        let source = Source { text, origin };
        let Some(tree) = grammar::tree(Grammar::Bash, text) else {
            let place = source.origin.place(text, 0);
            return self.facts.faults.push((place, "it is too long or too tangled a script to be read".to_owned()));
        };
        self.depth += 1;
        self.statement(tree.root_node(), &source, 0);
        self.depth -= 1;
    }

    fn statements<'t>(&mut self, nodes: impl IntoIterator<Item = Node<'t>>, source: &Source<'_>, depth: usize) {
        for node in nodes {
            self.statement(node, source, depth + 1);
        }
    }

    /// One statement and all inside it.
    fn statement(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) {
        if depth > limits::SYNTAX_DEPTH || self.facts.is_full() {
            return;
        }
        match node.kind() {
            "comment" | "heredoc_body" | "heredoc_end" | "heredoc_start" => {}
            "command" => self.simple_command(node, source, depth),
            "pipeline" => self.pipeline(&grammar::named(node), source, depth),
            "redirected_statement" => self.redirected(node, source, depth),
            "function_definition" => self.define(node, source),
            "variable_assignment" => self.assignment(node, source, depth),
            "declaration_command" => self.declaration(node, source, depth),
            "while_statement" | "c_style_for_statement" => self.looped(node, source, depth),
            "for_statement" => self.each(node, source, depth),
            "command_substitution" | "process_substitution" => {
                self.substitution(node, source, depth);
            }
            "ERROR" => self.broken(node, source, depth),
            _ => self.statements(grammar::named(node), source, depth),
        }
    }

    /// Each stage reads what the one before it printed.
    fn pipeline(&mut self, stages: &[Node<'_>], source: &Source<'_>, depth: usize) {
        let saved = (self.stdin.clone(), self.fed.clone());
        let (captured, outputs) = (self.captured, std::mem::take(&mut self.outputs));
        for (at, stage) in stages.iter().enumerate() {
            let from = self.facts.acts.len();
            // Only the last stage's output is what a substitution keeps and a redirection around the whole writes.
            let is_last = at + 1 == stages.len();
            self.captured = captured && is_last;
            if is_last {
                self.outputs.clone_from(&outputs);
            }
            self.statement(*stage, source, depth + 1);
            self.pass_on(from);
        }
        (self.stdin, self.fed) = saved;
        (self.captured, self.outputs) = (captured, outputs);
    }

    /// What was done since then feeds what comes next.
    fn pass_on(&mut self, from: usize) {
        let to = self.facts.acts.len();
        if from < to {
            self.stdin = (from..to).collect();
            self.fed = self.facts.acts[from..to].iter().find_map(super::facts::Act::prints);
        }
    }

    fn looped(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) {
        let from = self.facts.acts.len();
        self.statements(grammar::named(node), source, depth);
        let place = source.place(node);
        self.facts.wait_if_sleeping(from..self.facts.acts.len(), place);
    }

    /// `for name in words`: the body for each word, where they are few; else the variable stands for all at once.
    fn each(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) {
        let mut words = Vec::new();
        let mut name = String::new();
        for (field, child) in grammar::fields(node) {
            match field {
                Some("variable") => grammar::text(child, source.text).clone_into(&mut name),
                Some("value") => words.extend(self.words(child, source, depth + 1)),
                _ => {}
            }
        }
        // `for name` alone goes through the script's own arguments.
        if words.is_empty() {
            words.push(self.variables.get("@").cloned().unwrap_or_else(|| Word::unknown("$@")));
        }
        let from = self.facts.acts.len();
        let body = node.child_by_field_name("body");
        if words.len() <= limits::ROUNDS && self.rounds < 2 {
            self.rounds += 1;
            for word in words {
                self.set(name.clone(), word);
                self.statements(body, source, depth);
            }
            self.rounds -= 1;
        } else {
            let known = words.iter().all(|word| word.known);
            let fed_by = words.iter().flat_map(|word| word.fed_by.iter().copied()).collect();
            let text = words.into_iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
            self.several.insert(name.clone());
            self.set(name, Word { text, known, fed_by, line: None });
            self.statements(body, source, depth);
        }
        let place = source.place(node);
        self.facts.wait_if_sleeping(from..self.facts.acts.len(), place);
    }

    fn define(&mut self, node: Node<'_>, source: &Source<'_>) {
        let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body")) else {
            return;
        };
        let name = grammar::text(name, source.text).to_owned();
        let body_text = grammar::text(body, source.text).into();
        let origin = source.origin.down(body.start_position().row);
        self.functions.insert(name, Function { body: body_text, origin });
    }

    /// Calls a function with its arguments in `$1`, `$2`, `$@`; false where it is none.
    fn call(&mut self, name: &str, args: &[Word], place: &Place) -> bool {
        let Some(function) = self.functions.get(name).cloned() else { return false };
        if self.calls.iter().any(|(call, _)| call == name) || self.calls.len() > limits::DEPTH {
            return true;
        }
        let positional = |key: &str| key.chars().all(|c| c.is_ascii_digit()) || key == "@" || key == "*";
        let saved: Vec<_> = self.variables.extract_if(|key, _| positional(key)).collect();
        for (at, arg) in args.iter().enumerate() {
            self.variables.insert((at + 1).to_string(), arg.clone());
        }
        let all = Word {
            text: args.iter().map(|arg| arg.text.as_str()).collect::<Vec<_>>().join(" "),
            known: args.iter().all(|arg| arg.known),
            fed_by: args.iter().flat_map(|arg| arg.fed_by.iter().copied()).collect(),
            line: None,
        };
        self.variables.insert("@".to_owned(), all.clone());
        self.variables.insert("*".to_owned(), all);
        self.calls.push((name.to_owned(), place.clone()));
        self.script(&function.body, function.origin);
        self.calls.pop();
        self.variables.retain(|key, _| !positional(key));
        self.variables.extend(saved);
        true
    }

    /// What the grammar made nothing of: its lines one by one, since most of them will be whole commands.
    fn broken(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) {
        let text = grammar::text(node, source.text);
        if !text.contains('\n') || self.depth > limits::DEPTH / 2 {
            return self.statements(grammar::named(node), source, depth);
        }
        let row = node.start_position().row;
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            self.script(line, source.origin.down(row + at));
        }
    }

    fn set(&mut self, name: String, value: Word) {
        if value.text.len() <= limits::WORD_BYTES {
            self.variables.insert(name, value);
        }
    }
}

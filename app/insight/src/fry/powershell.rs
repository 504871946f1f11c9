//! PowerShell by its syntax tree: cmdlets and programs with their words, methods that fetch, loops that wait.

use rustc_hash::FxHashMap;
use tree_sitter::Node;

use super::commands;
use super::facts::{Act, Dialect, Facts, Origin, Place, Word, base_name};
use super::grammar::{self, Grammar};
use super::{limits, windows};

/// Adds what a script does.
pub(super) fn read(facts: &mut Facts, text: &str, origin: &Origin, depth: usize) {
    let mut script =
        Script { facts, variables: FxHashMap::default(), functions: FxHashMap::default(), calls: Vec::new(), depth };
    script.read(text, origin);
}

/// Adds what the arguments of `powershell.exe` run: `-Command …`, or nothing that is known for `-File`.
pub(super) fn invoked(facts: &mut Facts, args: &[Word], place: &Place, depth: usize) {
    let is = |word: &Word, names: &[&str]| names.iter().any(|name| word.text.eq_ignore_ascii_case(name));
    let command = args.iter().position(|word| is(word, &["-command", "-c", "/c"])).map(|at| at + 1);
    let file = args.iter().position(|word| is(word, &["-file", "-f"]));
    let from = match (command, file) {
        (Some(from), _) => from,
        (None, Some(at)) => {
            // The file is what runs.
            let Some((program, rest)) = args.get(at + 1..).and_then(<[Word]>::split_first) else { return };
            return facts.act(act(program.clone(), rest.to_vec(), place.clone()));
        }
        (None, None) => args.iter().position(|word| !word.is_option()).unwrap_or(args.len()),
    };
    let text = args[from.min(args.len())..].iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    read(facts, &text, &Origin { line: place.line, folded: true }, depth + 1);
}

fn act(program: Word, args: Vec<Word>, place: Place) -> Act {
    Act {
        name: base_name(&program.text),
        program,
        args,
        dialect: Dialect::PowerShell,
        place,
        fed_by: Vec::new(),
        fed: None,
        outputs: Vec::new(),
        captured: false,
        in_loop: false,
    }
}

struct Script<'f> {
    facts: &'f mut Facts,
    variables: FxHashMap<String, Word>,
    functions: FxHashMap<String, (String, Origin)>,
    calls: Vec<String>,
    depth: usize,
}

impl Script<'_> {
    fn read(&mut self, text: &str, origin: &Origin) {
        self.facts.parses += 1;
        if self.depth > limits::DEPTH || self.facts.parses > 50 * limits::DEPTH || self.facts.is_full() {
            return;
        }
        let Some(tree) = grammar::tree(Grammar::PowerShell, text) else {
            let what = "it is too long or too tangled a script to be read".to_owned();
            return self.facts.faults.push((origin.place(text, 0), what));
        };
        self.depth += 1;
        self.statement(tree.root_node(), &(text, origin), 0);
        self.depth -= 1;
    }

    fn statement(&mut self, node: Node<'_>, source: &(&str, &Origin), depth: usize) {
        if depth > limits::SYNTAX_DEPTH || self.facts.is_full() {
            return;
        }
        let from = self.facts.acts.len();
        match node.kind() {
            "comment" => {}
            "function_statement" => self.define(node, source),
            "assignment_expression" => self.assignment(node, source, depth),
            "pipeline_chain" => {
                let mut feeders = Vec::new();
                for stage in grammar::named(node) {
                    let from = self.facts.acts.len();
                    self.statement(stage, source, depth + 1);
                    for act in &mut self.facts.acts[from..] {
                        act.fed_by.extend(&feeders);
                    }
                    feeders = (from..self.facts.acts.len()).collect();
                }
            }
            "command" => self.command(node, source, depth),
            "invokation_expression" => self.method(node, source, depth),
            _ => {
                for child in grammar::named(node) {
                    self.statement(child, source, depth + 1);
                }
            }
        }
        if matches!(node.kind(), "while_statement" | "do_statement" | "for_statement" | "foreach_statement") {
            let place = place(node, source);
            self.facts.wait_if_sleeping(from..self.facts.acts.len(), place);
        }
    }

    fn define(&mut self, node: Node<'_>, source: &(&str, &Origin)) {
        let children = grammar::named(node);
        let name = children.iter().find(|child| child.kind() == "function_name");
        let body = children.iter().find(|child| child.kind() == "script_block");
        if let (Some(name), Some(body)) = (name, body) {
            let name = grammar::text(*name, source.0).to_ascii_lowercase();
            let origin = source.1.down(body.start_position().row);
            self.functions.insert(name, (grammar::text(*body, source.0).to_owned(), origin));
        }
    }

    fn assignment(&mut self, node: Node<'_>, source: &(&str, &Origin), depth: usize) {
        let children = grammar::named(node);
        let (Some(left), Some(value)) = (children.first(), node.child_by_field_name("value")) else { return };
        let name = grammar::text(*left, source.0).trim_start_matches('$').to_ascii_lowercase();
        let value = self.value(value, source, depth + 1);
        let name = name.strip_prefix("env:").unwrap_or(&name).to_owned();
        self.facts.setting(name.clone(), value.clone(), place(node, source));
        if value.text.len() <= limits::WORD_BYTES {
            self.variables.insert(name, value);
        }
    }

    fn command(&mut self, node: Node<'_>, source: &(&str, &Origin), depth: usize) {
        let mut program = None;
        let mut args = Vec::new();
        for child in grammar::named(node) {
            match child.kind() {
                "command_name" => program = Some(Word::known(grammar::text(child, source.0))),
                "command_name_expr" => program = Some(self.value(child, source, depth + 1)),
                "command_elements" => {
                    for element in grammar::named(child) {
                        self.element(element, source, depth + 1, &mut args);
                    }
                }
                _ => {}
            }
        }
        let Some(program) = program else { return };
        if let Some((body, origin)) = self.functions.get(&program.text.to_ascii_lowercase()).cloned() {
            let name = program.text.to_ascii_lowercase();
            if !self.calls.contains(&name) {
                self.calls.push(name);
                self.read(&body, &origin);
                self.calls.pop();
            }
            return;
        }
        self.run(act(program, args, place(node, source)));
    }

    fn element(&mut self, node: Node<'_>, source: &(&str, &Origin), depth: usize, args: &mut Vec<Word>) {
        match node.kind() {
            "command_argument_sep" | "redirection" | "comment" => {}
            "command_parameter" => args.push(Word::known(grammar::text(node, source.0))),
            // `git.install, jq`: a list is as many words.
            "array_literal_expression" if grammar::named(node).len() > 1 => {
                for item in grammar::named(node) {
                    let value = self.value(item, source, depth + 1);
                    args.push(value);
                }
            }
            _ => {
                let value = self.value(node, source, depth + 1);
                args.push(value);
            }
        }
    }

    /// A program or cmdlet, and the ones inside it.
    fn run(&mut self, act: Act) {
        let name = act.name.clone();
        self.facts.act(act.clone());
        match name.as_str() {
            "start-process" | "saps" | "start" => {
                let program =
                    commands::value_of(&act, &["-FilePath"]).or_else(|| commands::positionals(&act).first().copied());
                let given = commands::value_of(&act, &["-ArgumentList", "-Args"])
                    .or_else(|| commands::positionals(&act).get(1).copied());
                if let Some(program) = program.cloned() {
                    let split = |word: &Word| {
                        word.text
                            .split_whitespace()
                            .map(|text| Word { text: text.to_owned(), ..word.clone() })
                            .collect()
                    };
                    let args = given.map(split).unwrap_or_default();
                    let inner = Act { name: base_name(&program.text), program, args, ..act };
                    self.run(inner);
                }
            }
            "powershell" | "pwsh" => invoked(self.facts, &act.args, &act.place, self.depth),
            "cmd" => {
                let text = act
                    .args
                    .iter()
                    .filter(|word| !word.text.starts_with('/'))
                    .map(|word| word.text.as_str())
                    .collect::<Vec<_>>()
                    .join(" ");
                windows::batch(self.facts, &text, &Origin { line: act.place.line, folded: true });
            }
            "iex" | "invoke-expression" => {
                if let Some(word) = commands::positionals(&act).first().filter(|word| word.known) {
                    let origin = Origin { line: act.place.line, folded: true };
                    self.read(&word.text.clone(), &origin);
                }
            }
            _ => {}
        }
    }

    /// `(New-Object Net.WebClient).DownloadFile($url, $to)` as an act called `.downloadfile`.
    fn method(&mut self, node: Node<'_>, source: &(&str, &Origin), depth: usize) {
        let mut name = None;
        let mut args = Vec::new();
        for child in grammar::named(node) {
            match child.kind() {
                "member_name" => name = Some(grammar::text(child, source.0).to_ascii_lowercase()),
                "argument_list" => {
                    for list in grammar::named(child) {
                        for argument in grammar::named(list) {
                            let value = self.value(argument, source, depth + 1);
                            args.push(value);
                        }
                    }
                }
                _ => self.statement(child, source, depth + 1),
            }
        }
        if let Some(name) = name {
            let mut act = act(Word::known(format!(".{name}")), args, place(node, source));
            act.name = format!(".{name}");
            self.facts.act(act);
        }
    }

    /// What an expression is, where it is one literal or a constant variable.
    fn value(&mut self, node: Node<'_>, source: &(&str, &Origin), depth: usize) -> Word {
        let mut leaf = node;
        loop {
            let children = grammar::named(leaf);
            match (leaf.kind(), children.as_slice()) {
                ("string_literal" | "expandable_string_literal" | "verbatim_string_characters" | "variable", _) => {
                    break;
                }
                ("command" | "invokation_expression", _) => break,
                (_, [only]) => leaf = *only,
                _ => break,
            }
        }
        let text = grammar::text(leaf, source.0);
        match leaf.kind() {
            "string_literal" | "expandable_string_literal" | "expandable_here_string_literal" => self.filled(text),
            "verbatim_string_characters" | "verbatim_here_string_characters" => Word::known(unquoted(text)),
            "variable" => {
                let name = text.trim_start_matches('$').to_ascii_lowercase();
                let name = name.strip_prefix("env:").unwrap_or(&name);
                self.variables.get(name).cloned().unwrap_or_else(|| Word::unknown(text))
            }
            "generic_token" => self.filled(text),
            _ => {
                let from = self.facts.acts.len();
                self.statement(leaf, source, depth + 1);
                let fed_by: Vec<usize> = (from..self.facts.acts.len()).collect();
                for at in &fed_by {
                    self.facts.acts[*at].captured = true;
                }
                Word { known: !text.contains('$') && fed_by.is_empty(), fed_by, ..Word::known(text) }
            }
        }
    }

    /// A string with its constant variables filled in.
    fn filled(&self, text: &str) -> Word {
        let quoted = unquoted(text);
        if text.starts_with('\'') || !quoted.contains('$') {
            return Word::known(quoted);
        }
        let mut out = Word::known("");
        let mut rest = quoted.as_str();
        while let Some(at) = rest.find('$') {
            out.text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let inner = rest.strip_prefix('{').unwrap_or(rest);
            let end = inner.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(inner.len());
            let name = inner[..end].to_ascii_lowercase();
            match self.variables.get(name.strip_prefix("env:").unwrap_or(&name)).filter(|_| end > 0) {
                Some(value) => {
                    out.text.push_str(&value.text);
                    out.known &= value.known;
                    out.fed_by.extend(&value.fed_by);
                    rest =
                        inner[end..].strip_prefix('}').filter(|_| inner.len() != rest.len()).unwrap_or(&inner[end..]);
                }
                None => {
                    out.text.push('$');
                    out.known = false;
                }
            }
        }
        out.text.push_str(rest);
        out
    }
}

fn place(node: Node<'_>, source: &(&str, &Origin)) -> Place {
    source.1.place(source.0, node.start_position().row)
}

fn unquoted(text: &str) -> String {
    let text = text.strip_prefix("@\"").and_then(|t| t.strip_suffix("\"@")).unwrap_or(text);
    let text = text.strip_prefix("@'").and_then(|t| t.strip_suffix("'@")).unwrap_or(text);
    let same = |quote: char| text.len() >= 2 && text.starts_with(quote) && text.ends_with(quote);
    if same('"') || same('\'') { text[1..text.len() - 1].to_owned() } else { text.to_owned() }
}

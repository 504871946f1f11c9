//! Python, as far as it does what a shell would: the commands it runs, what it fetches, how it waits.

use tree_sitter::Node;

use super::facts::{Act, Dialect, Facts, Origin, Place, Word, base_name};
use super::grammar::{self, Grammar};
use super::{limits, shell};

/// Adds what a script does.
pub(super) fn read(facts: &mut Facts, text: &str, origin: &Origin, depth: usize) {
    facts.parses += 1;
    if depth > limits::DEPTH || facts.parses > 50 * limits::DEPTH {
        return;
    }
    let Some(tree) = grammar::tree(Grammar::Python, text) else {
        return facts
            .faults
            .push((origin.place(text, 0), "it is too long or too tangled a script to be read".to_owned()));
    };
    let mut python = Python { facts, text, origin, depth };
    python.statement(tree.root_node(), 0);
}

struct Python<'f, 't> {
    facts: &'f mut Facts,
    text: &'t str,
    origin: &'t Origin,
    depth: usize,
}

impl Python<'_, '_> {
    fn place(&self, node: Node<'_>) -> Place {
        self.origin.place(self.text, node.start_position().row)
    }

    fn statement(&mut self, node: Node<'_>, depth: usize) {
        if depth > limits::SYNTAX_DEPTH || self.facts.is_full() {
            return;
        }
        let from = self.facts.acts.len();
        match node.kind() {
            "comment" => return,
            "assignment" => self.assignment(node),
            "call" => self.call(node),
            _ => {}
        }
        for child in grammar::named(node) {
            self.statement(child, depth + 1);
        }
        if matches!(node.kind(), "while_statement" | "for_statement") {
            let place = self.place(node);
            self.facts.wait_if_sleeping(from..self.facts.acts.len(), place);
        }
    }

    fn assignment(&mut self, node: Node<'_>) {
        let (Some(name), Some(value)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
            return;
        };
        if value.kind() == "string" {
            let name = grammar::text(name, self.text).to_owned();
            let value = self.string(value);
            let place = self.place(node);
            self.facts.setting(name, value, place);
        }
    }

    /// A string without its quotes; one with fields to fill in is not known.
    fn string(&self, node: Node<'_>) -> Word {
        let content: String = grammar::named(node)
            .into_iter()
            .filter(|part| matches!(part.kind(), "string_content" | "interpolation"))
            .map(|part| grammar::text(part, self.text))
            .collect();
        let known = !grammar::named(node).iter().any(|part| part.kind() == "interpolation");
        Word { text: content, known, ..Word::default() }
    }

    fn words(&self, list: Node<'_>) -> Vec<Word> {
        grammar::named(list)
            .into_iter()
            .filter(|item| item.kind() != "comment")
            .map(|item| match item.kind() {
                "string" => self.string(item),
                _ => Word::unknown(grammar::text(item, self.text)),
            })
            .collect()
    }

    fn call(&mut self, node: Node<'_>) {
        let (Some(function), Some(arguments)) =
            (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
        else {
            return;
        };
        let function = grammar::text(function, self.text).to_owned();
        let place = self.place(node);
        let first = grammar::named(arguments).into_iter().find(|arg| arg.kind() != "keyword_argument");
        let last = function.rsplit('.').next().unwrap_or_default();
        let runs = function.starts_with("subprocess.")
            || ["system", "popen", "check_call", "check_output", "Popen"].contains(&last);
        match first {
            Some(first) if runs && matches!(first.kind(), "list" | "tuple") => {
                let words = self.words(first);
                shell::run(self.facts, words, place, self.depth + 1);
            }
            Some(first) if runs && first.kind() == "string" => {
                let script = self.string(first);
                let origin = Origin { line: place.line, folded: true };
                shell::read(self.facts, &script.text, origin, self.depth + 1);
            }
            _ => {
                let args = self.words(arguments);
                self.facts.act(Act {
                    name: base_name(&function),
                    program: Word::known(function),
                    args,
                    dialect: Dialect::Python,
                    place,
                    fed_by: Vec::new(),
                    fed: None,
                    outputs: Vec::new(),
                    captured: false,
                    in_loop: false,
                });
            }
        }
    }
}

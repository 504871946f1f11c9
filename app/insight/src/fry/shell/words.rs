//! Words: quotes off, constant variables filled in, substitutions followed.

use tree_sitter::Node;

use super::{Shell, Source};
use crate::fry::facts::{Fed, Origin, Word};
use crate::fry::{grammar, limits};

impl Shell<'_> {
    /// The words that one argument becomes: an unquoted variable is as many as it holds.
    pub(super) fn words(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) -> Vec<Word> {
        let mut word = self.word(node, source, depth);
        if !source.origin.folded && node.kind() != "simple_expansion" {
            word.line = Some(source.place(node).line);
        }
        let splits = match node.kind() {
            "simple_expansion" | "expansion" | "command_substitution" => true,
            // `"$@"` and `"${packages[@]}"` are as many words as there are.
            "string" => {
                let text = grammar::text(node, source.text);
                let name = text.trim_matches('"').trim_start_matches('$').trim_matches(['{', '}']);
                text == "\"$@\""
                    || (text.starts_with("\"${") && text.ends_with("[@]}\""))
                    || self.several.contains(name)
            }
            "concatenation" => !grammar::named(node).iter().any(|part| part.kind() == "string"),
            _ => false,
        };
        if !splits || !word.known || !word.text.contains(char::is_whitespace) {
            return vec![word];
        }
        let fed_by = word.fed_by;
        word.text
            .split_whitespace()
            .map(|text| Word { text: text.to_owned(), known: true, fed_by: fed_by.clone(), line: word.line })
            .collect()
    }

    /// One word.
    pub(super) fn word(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) -> Word {
        let text = grammar::text(node, source.text);
        if depth > limits::SYNTAX_DEPTH {
            return Word::unknown(text);
        }
        match node.kind() {
            "word" | "number" | "variable_name" | "file_descriptor" => Word::known(unescaped(text)),
            "raw_string" => Word::known(text.trim_start_matches('\'').trim_end_matches('\'')),
            "ansi_c_string" => Word::known(text.trim_start_matches("$'").trim_end_matches('\'').replace("\\n", "\n")),
            "string" | "translated_string" => self.quoted(node, source, depth),
            "concatenation" | "command_name" | "heredoc_body" => self.joined(node, source, depth),
            "array" => {
                let words: Vec<Word> =
                    grammar::named(node).into_iter().flat_map(|item| self.words(item, source, depth + 1)).collect();
                Word {
                    text: words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "),
                    known: words.iter().all(|word| word.known),
                    fed_by: words.into_iter().flat_map(|word| word.fed_by).collect(),
                    line: None,
                }
            }
            "simple_expansion" => self.variable(text.trim_start_matches('$'), text),
            "expansion" => self.expansion(node, source, depth),
            "command_substitution" | "process_substitution" => self.substitution(node, source, depth),
            _ => {
                self.statements(grammar::named(node), source, depth);
                Word { text: text.to_owned(), known: !text.contains('$'), ..Word::default() }
            }
        }
    }

    /// Everything between double quotes, the spaces that the grammar leaves out included.
    fn quoted(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) -> Word {
        let text = grammar::text(node, source.text);
        let open = text.find('"').map_or(0, |at| at + 1);
        let (from, mut to) = (node.start_byte() + open, node.end_byte());
        if text.len() > open && text.ends_with('"') {
            to -= 1;
        }
        self.pieces(node, source, depth, from..to.max(from), true)
    }

    pub(super) fn joined(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) -> Word {
        let range = node.byte_range();
        self.pieces(node, source, depth, range, false)
    }

    /// Children as words, and what lies between them as it is.
    fn pieces(
        &mut self,
        node: Node<'_>,
        source: &Source<'_>,
        depth: usize,
        range: std::ops::Range<usize>,
        quoted: bool,
    ) -> Word {
        let mut word = Word::known("");
        let mut at = range.start;
        let plain = |word: &mut Word, from: usize, to: usize| {
            let text = source.text.get(from..to).unwrap_or_default();
            word.text.push_str(&if quoted { unquoted(text) } else { text.to_owned() });
        };
        for child in grammar::named(node) {
            if child.start_byte() < at || child.end_byte() > range.end {
                continue;
            }
            plain(&mut word, at, child.start_byte());
            match child.kind() {
                "string_content" | "heredoc_content" => plain(&mut word, child.start_byte(), child.end_byte()),
                _ => {
                    let piece = self.word(child, source, depth + 1);
                    word.text.push_str(&piece.text);
                    word.known &= piece.known;
                    word.fed_by.extend(piece.fed_by);
                }
            }
            at = child.end_byte();
        }
        plain(&mut word, at, range.end);
        word.text.truncate(boundary(&word.text, limits::WORD_BYTES));
        word
    }

    fn variable(&self, name: &str, written: &str) -> Word {
        match self.variables.get(name) {
            Some(value) => value.clone(),
            None => Word::unknown(written),
        }
    }

    /// `${NAME}`, `${NAME:-default}`, `${NAME[@]}`; what else there is leaves the value unknown.
    fn expansion(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) -> Word {
        let text = grammar::text(node, source.text);
        let inner = text.trim_start_matches("${").trim_end_matches('}');
        let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '@' || c == '*'));
        let (name, rest) = inner.split_at(end.unwrap_or(inner.len()));
        let value = self.variable(name, text);
        if rest.is_empty() || rest == "[@]" || rest == "[*]" {
            return value;
        }
        let default = [":-", "-", ":=", "="].into_iter().find_map(|sign| rest.strip_prefix(sign));
        if let Some(default) = default {
            // What stands inside the default is followed for what it runs.
            let mut fed_by = Vec::new();
            for child in grammar::named(node) {
                fed_by.extend(self.word(child, source, depth + 1).fed_by);
            }
            if value.known {
                return value;
            }
            let plain = default.trim_matches(['"', '\'']);
            return Word { text: plain.to_owned(), known: !plain.contains(['$', '`']), fed_by, line: None };
        }
        Word { fed_by: value.fed_by, ..Word::unknown(text) }
    }

    /// `$(…)`, `` `…` `` and `<(…)`: what runs inside feeds the word.
    pub(super) fn substitution(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) -> Word {
        let from = self.facts.acts.len();
        let saved = (std::mem::take(&mut self.stdin), self.fed.take(), std::mem::take(&mut self.outputs));
        let captured = std::mem::replace(&mut self.captured, true);
        self.statements(grammar::named(node), source, depth);
        self.captured = captured;
        (self.stdin, self.fed, self.outputs) = saved;
        let fed_by: Vec<usize> = (from..self.facts.acts.len()).collect();
        let printed = match fed_by.as_slice() {
            [only] => {
                let act = &self.facts.acts[*only];
                let known = act.args.iter().all(|word| word.known) && ["echo", "printf"].contains(&act.name.as_str());
                known.then(|| act.prints()).flatten()
            }
            _ => None,
        };
        match printed {
            Some(printed) => Word { fed_by, ..Word::known(printed.text.clone()) },
            None => Word { fed_by, ..Word::unknown(grammar::text(node, source.text)) },
        }
    }

    /// `NAME=value`, `NAME+=value`, `NAME=(a b)`.
    pub(super) fn assignment(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let name = grammar::text(name, source.text).split('[').next().unwrap_or_default().to_owned();
        let mut value = match node.child_by_field_name("value") {
            // `TOKEN=<token>` is a placeholder that no shell would take.
            Some(_) if node.has_error() => Word::unknown(grammar::text(node, source.text)),
            Some(value) => self.word(value, source, depth + 1),
            None => Word::known(""),
        };
        self.facts.setting(name.clone(), value.clone(), source.place(node));
        if grammar::text(node, source.text).get(name.len()..).is_some_and(|rest| rest.starts_with("+="))
            && let Some(before) = self.variables.get(&name)
        {
            let space = if node.child_by_field_name("value").is_some_and(|v| v.kind() == "array") { " " } else { "" };
            value.text = format!("{}{space}{}", before.text, value.text);
            value.known &= before.known;
            value.fed_by.extend(&before.fed_by);
        }
        self.set(name, value);
    }

    /// `export NAME=value`, `local`, `readonly`, `declare`.
    pub(super) fn declaration(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) {
        for child in grammar::named(node) {
            match child.kind() {
                "variable_assignment" => self.assignment(child, source, depth + 1),
                _ => {
                    self.word(child, source, depth + 1);
                }
            }
        }
    }

    /// A here-document's text with its variables filled in, unless its end is quoted.
    pub(super) fn heredoc(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) -> Option<Fed> {
        let children = grammar::named(node);
        let start = children.iter().find(|child| child.kind() == "heredoc_start")?;
        let body = children.iter().find(|child| child.kind() == "heredoc_body")?;
        let is_raw = grammar::text(*start, source.text).contains(['\'', '"', '\\']);
        let text = if is_raw {
            grammar::text(*body, source.text).to_owned()
        } else {
            self.joined(*body, source, depth + 1).text
        };
        let is_indented = grammar::text(node, source.text).contains("<<-");
        let text = if is_indented {
            text.lines().map(|line| line.trim_start_matches('\t')).collect::<Vec<_>>().join("\n")
        } else {
            text
        };
        // The body begins on the line after the one that announces it.
        let origin = source.origin.down(body.start_position().row);
        let blank = text.len() - text.trim_start_matches('\n').len();
        Some(Fed {
            text: text[blank..].to_owned(),
            origin: Origin { line: origin.down(blank).line, folded: origin.folded },
        })
    }
}

/// The last character boundary at or before a byte.
fn boundary(text: &str, most: usize) -> usize {
    (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// A bare word without its backslashes; a line that goes on is one word or the space between two.
fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next().filter(|next| *next != '\n')),
            c => out.push(c),
        }
    }
    out
}

/// Text between double quotes without the backslashes that mean something there.
fn unquoted(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('$' | '`' | '"' | '\\')) => out.extend(chars.next()),
            ('\\', Some('\n')) => drop(chars.next()),
            (c, _) => out.push(c),
        }
    }
    out
}

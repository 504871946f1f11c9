//! Redirections: files that output goes to, here-documents, here-strings.

use std::rc::Rc;

use tree_sitter::Node;

use super::{Shell, Source};
use crate::fry::facts::{Fed, Origin};
use crate::fry::grammar;

impl Shell<'_> {
    /// A statement with redirections: first where it reads and writes, then what it does.
    pub(super) fn redirected(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) {
        let saved = (self.stdin.clone(), self.fed.clone(), self.outputs.clone());
        let children = grammar::fields(node);
        for (field, child) in &children {
            if *field != Some("body") {
                self.redirect(*child, source, depth);
            }
        }
        let from = self.facts.acts.len();
        for (field, child) in &children {
            if *field == Some("body") {
                self.with_heredoc_arguments(*child, &children, source, depth);
            }
        }
        // `cat <<EOF | bash` and `cat <<EOF > x && chmod +x x` hang what follows on the here-document.
        for (_, child) in children.iter().filter(|(_, child)| child.kind() == "heredoc_redirect") {
            for (field, inner) in grammar::fields(*child) {
                match (field, inner.kind()) {
                    (_, "pipeline") => {
                        self.pass_on(from);
                        self.outputs.clone_from(&saved.2);
                        self.pipeline(&grammar::named(inner), source, depth + 1);
                    }
                    (Some("right"), _) => {
                        (self.stdin, self.fed, self.outputs) = saved.clone();
                        self.statement(inner, source, depth + 1);
                    }
                    _ => {}
                }
            }
        }
        (self.stdin, self.fed, self.outputs) = saved;
    }

    /// `cat <<EOF file`: the grammar gives the words after the here-document's mark to the mark.
    fn with_heredoc_arguments(
        &mut self,
        body: Node<'_>,
        children: &[(Option<&str>, Node<'_>)],
        source: &Source<'_>,
        depth: usize,
    ) {
        let mut extra = Vec::new();
        for (_, child) in children.iter().filter(|(_, child)| child.kind() == "heredoc_redirect") {
            for (field, inner) in grammar::fields(*child) {
                if field == Some("argument") {
                    extra.extend(self.words(inner, source, depth + 1));
                }
            }
        }
        if body.kind() == "command" {
            self.simple_command_with(body, extra, source, depth + 1);
        } else {
            self.statement(body, source, depth + 1);
        }
    }

    /// One redirection, noted for the statement it belongs to.
    pub(super) fn redirect(&mut self, node: Node<'_>, source: &Source<'_>, depth: usize) {
        match node.kind() {
            "file_redirect" => {
                let text = grammar::text(node, source.text);
                let Some(to) = node.child_by_field_name("destination") else { return };
                let word = self.word(to, source, depth + 1);
                let operator = text.trim_start_matches(|c: char| c.is_ascii_digit());
                if operator.starts_with('<') {
                    self.stdin.extend(&word.fed_by);
                } else if !operator.starts_with(">&") && !word.text.starts_with("/dev/") {
                    self.outputs.push(word);
                }
            }
            "herestring_redirect" => {
                let place = source.place(node);
                for child in grammar::named(node) {
                    let word = self.word(child, source, depth + 1);
                    self.stdin.extend(&word.fed_by);
                    let origin = Origin { line: place.line, folded: true };
                    self.fed = Some(Rc::new(Fed { text: word.text, origin }));
                }
            }
            "heredoc_redirect" => {
                let fed = self.heredoc(node, source, depth);
                if let Some(fed) = fed {
                    self.fed = Some(Rc::new(fed));
                }
                for (field, child) in grammar::fields(node) {
                    if field == Some("redirect") {
                        self.redirect(child, source, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }
}

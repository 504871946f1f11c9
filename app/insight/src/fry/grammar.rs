//! Syntax trees, with a bound on how long a grammar may think about a hostile text.

use std::borrow::Cow;
use std::ops::ControlFlow;

use tree_sitter::{Language, Node, ParseOptions, ParseState, Parser, Tree};

use super::limits;

/// The grammars that are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Grammar {
    Bash,
    PowerShell,
    Python,
}

/// The tree of a text; `None` where it is too long, or takes too many steps.
pub(super) fn tree(grammar: Grammar, text: &str) -> Option<Tree> {
    if text.len() > limits::SCRIPT_BYTES {
        return None;
    }
    let language: Language = match grammar {
        Grammar::Bash => tree_sitter_bash::LANGUAGE.into(),
        Grammar::PowerShell => tree_sitter_powershell::LANGUAGE.into(),
        Grammar::Python => tree_sitter_python::LANGUAGE.into(),
    };
    let mut parser = Parser::new();
    parser.set_language(&language).ok()?;
    let mut steps = 0_usize;
    let mut enough = |_: &ParseState| {
        steps += 1;
        if steps > limits::PARSER_STEPS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut enough);
    let plain = plain(text);
    let bytes = plain.as_bytes();
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
}

/// The text with a stand-in for each byte of what is no plain ASCII, so that places stay what they are. Bash's scanner
/// asks C's `isdigit` about any character, which reads beyond a table for those above 255 and crashes (tree-sitter-bash
/// issue 337); and no keyword or operator of these languages is written with one.
fn plain(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\n' | '\t' | '\r' | ' '..='~');
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_plain(c) {
            out.push(c);
        } else {
            out.extend(std::iter::repeat_n('_', c.len_utf8()));
        }
    }
    Cow::Owned(out)
}

/// The text of a node.
pub(super) fn text<'t>(node: Node<'_>, source: &'t str) -> &'t str {
    source.get(node.byte_range()).unwrap_or_default()
}

/// The children that the grammar names.
pub(super) fn named<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

/// All children with the field that each is.
pub(super) fn fields<'t>(node: Node<'t>) -> Vec<(Option<&'t str>, Node<'t>)> {
    let mut cursor = node.walk();
    let mut children = Vec::new();
    if cursor.goto_first_child() {
        loop {
            children.push((cursor.field_name(), cursor.node()));
            if !cursor.goto_next_sibling() {
                break;
            }
        }
    }
    children
}

//! How much of a hostile text is looked at. User data is 16 KiB as EC2 takes it; packed, it can be anything.

/// Bytes of a decoded text, all its parts together. What is beyond makes the text unreadable.
pub(super) const TEXT_BYTES: usize = 4 << 20;
/// Packings inside one another: base64 in gzip in MIME in base64, scripts in scripts.
pub(super) const DEPTH: usize = 12;
/// Parts of one text.
pub(super) const PARTS: usize = 200;
/// Commands, modules, files and assignments of one text.
pub(super) const FACTS: usize = 20_000;
/// Nodes of one YAML or JSON document, aliases counted as often as they are used.
pub(super) const NODES: usize = 100_000;
/// How deep YAML and JSON may be nested.
pub(super) const NESTING: usize = 64;
/// How deep a tree of syntax is followed.
pub(super) const SYNTAX_DEPTH: usize = 200;
/// Bytes of one script that a grammar is let loose on: two orders of magnitude beyond what EC2 takes.
pub(super) const SCRIPT_BYTES: usize = 1 << 20;
/// Bytes of one word, after its variables are filled in.
pub(super) const WORD_BYTES: usize = 64 << 10;
/// Steps of a parser between two looks at the clock that it does not have: some hundred operations each.
pub(super) const PARSER_STEPS: usize = 400_000;
/// Words of a loop that its body is read for one by one.
pub(super) const ROUNDS: usize = 8;
/// Findings of one text.
pub(super) const FINDINGS: usize = 500;
/// Characters of an excerpt.
pub(super) const EXCERPT_CHARS: usize = 160;
/// Lines of a text that are shown: some thirty times what EC2 takes, at four letters a line.
pub(super) const SHOWN_LINES: usize = 100_000;
/// Characters of a line that are shown.
pub(super) const SHOWN_CHARS: usize = 1_000;

//! What a scan says of small texts: the rules, their data, and what no text may do to them.

#![expect(clippy::unwrap_used, reason = "a test")]

mod formats;
mod hostile;
mod masks;
mod meaning;
mod rule_files;

use super::{Scan, Verdict};

/// `rule:line` of each finding.
fn found(text: &str) -> Vec<String> {
    found_in(text.as_bytes())
}

fn found_in(bytes: &[u8]) -> Vec<String> {
    Scan::of(bytes).findings.iter().map(|finding| format!("{}:{}", finding.rule.id, finding.line)).collect()
}

fn bash(lines: &str) -> Vec<String> {
    found(&format!("#!/bin/bash\n{lines}\n"))
}

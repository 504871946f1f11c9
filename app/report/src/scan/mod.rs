//! What a scan of one user-data file found: for a terminal, as the `bake` object of the report's schema, and as SARIF
//! for code review.

mod sarif;

use std::fmt::Write;

use anstyle::{AnsiColor, Effects};
use insight::fry::{Scan, Severity, Verdict};
use insight::human::counted;

use crate::Style;
use crate::bake::Bake;

pub use sarif::sarif;

/// The scan as JSON, indented, with a line's end at its end.
///
/// # Panics
/// Never: a scan holds nothing that JSON can't.
#[must_use]
pub fn scan_json(scan: &Scan) -> String {
    let mut text = serde_json::to_string_pretty(&Bake::of(scan)).expect("keys are strings and numbers are integers");
    text.push('\n');
    text
}

/// The scan for a person: the verdict, then each line with what was found on it, why, and what to bake instead. Each
/// rule's sentences are told once.
#[must_use]
pub fn scan_table(scan: &Scan, name: &str, style: Style) -> String {
    let paint = |style_of: anstyle::Style, text: &str| {
        if style.colour { format!("{style_of}{text}{style_of:#}") } else { text.to_owned() }
    };
    let mut out = String::new();
    let verdict = paint(colour(scan.verdict), scan.verdict.name());
    let format = scan.format.as_deref().unwrap_or("empty");
    let count = counted(scan.findings.len() as i64, "finding");
    let _ = writeln!(out, "{}: {verdict} ({format}, {count})", fleet::clean(name));
    if !scan.lines_as_given && !scan.findings.is_empty() {
        let _ = writeln!(out, "Lines are those of the text that is packed in it.");
    }
    let mut told: Vec<&str> = Vec::new();
    for finding in &scan.findings {
        let severity = paint(severity_colour(finding.rule.severity), &format!("{:<6}", finding.rule.severity.name()));
        let _ = writeln!(out, "\n{:>5}  {severity}  {}", finding.line, finding.rule.id);
        let _ = writeln!(out, "       {}", cut(&finding.excerpt, style.width.max(40) - 7));
        if finding.detail.is_some() || !told.contains(&finding.rule.id.as_str()) {
            told.push(&finding.rule.id);
            for sentence in [&finding.why(), &finding.rule.fix] {
                for line in wrapped(sentence, style.width.max(40) - 7) {
                    let _ = writeln!(out, "       {}", paint(anstyle::Style::new() | Effects::DIMMED, &line));
                }
            }
        }
    }
    out
}

fn colour(verdict: Verdict) -> anstyle::Style {
    match verdict {
        Verdict::Baked => AnsiColor::Green.on_default(),
        Verdict::Mixed => AnsiColor::Yellow.on_default(),
        Verdict::Fried => AnsiColor::Red.on_default(),
        Verdict::Unknown => anstyle::Style::new() | Effects::DIMMED,
    }
}

fn severity_colour(severity: Severity) -> anstyle::Style {
    match severity {
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => anstyle::Style::new() | Effects::DIMMED,
    }
}

fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    text.chars().take(columns.saturating_sub(1)).chain(['…']).collect()
}

/// A sentence in lines of at most so many columns.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut().filter(|line| line.chars().count() + 1 + word.chars().count() <= columns) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

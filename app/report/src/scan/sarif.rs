//! SARIF 2.1.0 (OASIS), the format in which code review takes the findings of tools.

use insight::fry::{Scan, Severity, rules};
use serde_json::{Value, json};

/// The scan as a SARIF log of one run. `uri` is the scanned file's address, relative where the path was; findings in
/// packed texts have no region, since their lines are not the file's.
///
/// # Panics
/// Never: a log holds nothing that JSON can't.
#[must_use]
pub fn sarif(scan: &Scan, uri: &str, version: &str) -> String {
    let rules = rules();
    let described: Vec<Value> = rules
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": { "text": rule.id.replace('-', " ") },
                "fullDescription": { "text": rule.why.replace("{detail}", "see the finding") },
                "help": { "text": rule.fix },
                "defaultConfiguration": { "level": level(rule.severity) },
                "properties": { "severity": rule.severity.name() },
            })
        })
        .collect();
    let results: Vec<Value> = scan
        .findings
        .iter()
        .map(|finding| {
            let mut location = json!({ "artifactLocation": { "uri": uri } });
            let mut text = format!("{} {}", finding.why(), finding.rule.fix);
            if scan.lines_as_given {
                location["region"] = json!({ "startLine": finding.line, "snippet": { "text": finding.excerpt } });
            } else {
                text = format!("Line {} of the packed text: {text}", finding.line);
            }
            json!({
                "ruleId": finding.rule.id,
                "ruleIndex": rules.iter().position(|rule| rule.id == finding.rule.id),
                "level": level(finding.rule.severity),
                "message": { "text": text },
                "locations": [{ "physicalLocation": location }],
            })
        })
        .collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "emberline", "version": version, "rules": described } },
            "artifacts": [{ "location": { "uri": uri } }],
            "results": results,
            "columnKind": "unicodeCodePoints",
            "properties": { "verdict": scan.verdict.name(), "format": scan.format },
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("keys are strings and numbers are integers");
    text.push('\n');
    text
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

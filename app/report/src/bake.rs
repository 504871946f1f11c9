//! The `bake` object of the report's schema: of one text that was scanned, or of what a server boots with.

use std::borrow::Cow;

use fleet::Fleet;
use insight::fry::{FryFinding, Scan};
use insight::{BakeStanding, BakeTold};
use serde::Serialize;

/// Bake and fry of one text, as `assets/schema/report.schema.json` has it.
#[derive(Debug, Serialize)]
pub struct Bake<'a> {
    /// What the text is; `None` where it is empty.
    pub format: Option<&'a str>,
    /// `baked`, `mixed`, `fried` or `unknown`.
    pub verdict: &'static str,
    /// By line.
    pub findings: Vec<BakeFinding<'a>>,
    /// Seconds that booting took by cloud-init's own word; `None` where nothing was measured.
    pub measured_boot_s: Option<u32>,
}

/// One finding.
#[derive(Debug, Serialize)]
pub struct BakeFinding<'a> {
    /// The rule's id.
    pub rule: &'a str,
    /// `high`, `medium` or `low`.
    pub severity: &'static str,
    /// The line of the decoded text, from 1.
    pub line: Option<u32>,
    /// That line, secrets masked.
    pub excerpt: &'a str,
    /// Why it is a risk.
    pub why: Cow<'a, str>,
    /// What to bake instead.
    pub fix: &'a str,
}

impl<'a> Bake<'a> {
    /// The object of a scan; nothing was measured, since a file is no server.
    #[must_use]
    pub fn of(scan: &'a Scan) -> Self {
        let finding = |finding: &'a FryFinding| BakeFinding {
            rule: &finding.rule.id,
            severity: finding.rule.severity.name(),
            line: Some(finding.line),
            excerpt: &finding.excerpt,
            why: finding.why().into(),
            fix: &finding.rule.fix,
        };
        Self {
            format: scan.format.as_deref(),
            verdict: scan.verdict.name(),
            findings: scan.findings.iter().map(finding).collect(),
            measured_boot_s: None,
        }
    }

    /// The object of what a server of this fleet boots with.
    #[must_use]
    pub fn of_standing(fleet: &'a Fleet, standing: &BakeStanding<'a>) -> Self {
        let finding = |told: BakeTold<'a>| BakeFinding {
            rule: fleet.str(told.finding.rule),
            severity: told.finding.severity.as_str(),
            line: told.finding.line,
            excerpt: fleet.str(told.finding.excerpt),
            why: match told.exempt {
                Some(exempt) => format!("{} {}", fleet.str(told.finding.why), exempt.sentence()).into(),
                None => fleet.str(told.finding.why).into(),
            },
            fix: fleet.str(told.finding.fix),
        };
        Self {
            format: fleet.text(standing.bake.and_then(|bake| bake.format)),
            verdict: standing.verdict.as_str(),
            findings: standing.findings().into_iter().map(finding).collect(),
            measured_boot_s: standing.measured.map(|(seconds, _)| seconds),
        }
    }
}

//! One text's verdict and findings.

use super::decode::Decoded;
use super::facts::{Place, excerpt};
use super::rules::{self, Severity};
use super::{limits, secret};

/// How much of a server is put in at boot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// Nothing is added at boot that an image could have brought.
    Baked,
    /// Little is added: by one command, and nothing of high severity.
    Mixed,
    /// The server is made at boot: something of high severity is added, or two commands and more add some of medium.
    Fried,
    /// Some of it could not be read, and what could be is not enough to call it fried.
    Unknown,
}

impl Verdict {
    /// `baked`, `mixed`, `fried` or `unknown`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baked => "baked",
            Self::Mixed => "mixed",
            Self::Fried => "fried",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that a text does at boot and should not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FryFinding {
    /// The rule that found it.
    pub rule: &'static rules::Rule,
    /// The line of the decoded text, from 1.
    pub line: u32,
    /// That line, with secrets masked.
    pub excerpt: String,
    /// What was wrong with it in particular, where the rule's own sentence leaves that open: what could not be read.
    pub detail: Option<String>,
    /// Findings of one command or module share its number.
    pub act: Option<u32>,
}

impl FryFinding {
    /// Why it is a risk, in a sentence.
    pub fn why(&self) -> String {
        match &self.detail {
            Some(detail) => self.rule.why.replace("{detail}", detail),
            None => self.rule.why.clone(),
        }
    }
}

/// What user data was found to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scan {
    /// What the text is, such as `cloud-config`; `None` where it is empty.
    pub format: Option<String>,
    /// Baked or fried.
    pub verdict: Verdict,
    /// By line.
    pub findings: Vec<FryFinding>,
    /// Lines of the findings are lines of the bytes as they were given; else of the text that is packed in them.
    pub lines_as_given: bool,
}

impl Scan {
    /// Reads user data: what EC2 hands out, or a file that becomes it. Any bytes will do.
    pub fn of(bytes: &[u8]) -> Self {
        let decoded = Decoded::of(bytes);
        let mut facts = super::facts_of(&decoded);
        for fault in &decoded.faults {
            let line = decoded.text.lines().nth(fault.line as usize - 1).unwrap_or_default();
            facts.faults.push((Place { line: fault.line, excerpt: excerpt(line) }, fault.what.clone()));
        }
        let secrets = secret::find(&decoded, &facts);
        let places: Vec<Place> = secrets.iter().map(|found| found.place.clone()).collect();
        let hits = rules::hits(&facts, &places);
        let weighed = hits.iter().map(|hit| Weighed {
            severity: hit.rule.severity,
            fries: hit.rule.fries,
            is_unread: hit.detail.is_some(),
            line: Some(hit.place.line),
            act: hit.act.and_then(|act| u32::try_from(act).ok()),
        });
        let verdict = verdict(&weighed.collect::<Vec<_>>());
        let findings = hits
            .into_iter()
            .take(limits::FINDINGS)
            .map(|hit| FryFinding {
                rule: hit.rule,
                line: hit.place.line,
                excerpt: shown(&hit.place, &secrets),
                detail: hit.detail,
                act: hit.act.and_then(|act| u32::try_from(act).ok()),
            })
            .collect();
        let format = (decoded.format != super::Format::Empty).then(|| decoded.format.name().to_owned());
        Self { format, verdict, findings, lines_as_given: decoded.as_given }
    }

    /// The worst severity among the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.rule.severity).max()
    }
}

/// A line without secrets and without what a terminal would obey, cut to what fits.
fn shown(place: &Place, secrets: &[secret::Found]) -> String {
    let masked = secret::masked(&place.excerpt, secrets);
    let clean = fleet::clean(&masked);
    let mut shown: String = clean.chars().take(limits::EXCERPT_CHARS).collect();
    if shown.len() < clean.len() {
        shown.push('…');
    }
    shown
}

/// What of a finding makes the verdict.
#[derive(Clone, Copy)]
pub(crate) struct Weighed {
    pub(crate) severity: Severity,
    pub(crate) fries: bool,
    pub(crate) is_unread: bool,
    pub(crate) line: Option<u32>,
    pub(crate) act: Option<u32>,
}

/// The verdict that findings make.
pub(crate) fn verdict(findings: &[Weighed]) -> Verdict {
    let fries = || findings.iter().filter(|one| one.fries);
    let is_unread = findings.iter().any(|one| one.is_unread);
    let mut adding: Vec<(Option<u32>, Option<u32>)> =
        fries().filter(|one| one.severity >= Severity::Medium).map(|one| (one.line, one.act)).collect();
    adding.sort_unstable();
    adding.dedup();
    if fries().any(|one| one.severity == Severity::High) || adding.len() >= 2 {
        Verdict::Fried
    } else if is_unread {
        Verdict::Unknown
    } else if fries().next().is_some() {
        Verdict::Mixed
    } else {
        Verdict::Baked
    }
}

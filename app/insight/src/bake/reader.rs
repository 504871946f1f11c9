//! Reading the texts of a fleet, each once.

use fleet::{Bake, BakeFinding, BakeSeverity, BakeVerdict, Fleet, Handle, UserData};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::fry::{Scan, Severity, Verdict, rules_version};

/// What was found in texts of user data, by the SHA-256 of their bytes: however often a fleet is pulled, a text that was
/// there before is not read again.
#[derive(Debug, Default)]
pub struct BakeReader {
    known: FxHashMap<[u8; 32], Scan>,
    texts_read: u64,
}

/// How many scans are kept beyond those of the fleet that was read last: a pull asks some servers for their own text
/// only in its second stage, and a text that was edited is often put back.
const SPARE: usize = 1_000;

impl BakeReader {
    /// Gives the fleet a row for each of its texts whose bytes are in memory. What has a row keeps it.
    pub fn fill(&mut self, fleet: &mut Fleet) {
        let Fleet { user_data, bakes, symbols, .. } = fleet;
        let has_row: FxHashSet<Handle<UserData>> = bakes.iter().map(|bake| bake.user_data).collect();
        let rules = symbols.intern(rules_version());
        for (handle, text) in user_data.iter().filter(|(handle, _)| !has_row.contains(handle)) {
            let Some(bytes) = text.bytes() else { continue };
            let scan = self.known.entry(text.hash).or_insert_with(|| {
                self.texts_read += 1;
                Scan::of(bytes)
            });
            let findings = scan.findings.iter().map(|finding| BakeFinding {
                rule: symbols.intern(&finding.rule.id),
                severity: severity(finding.rule.severity),
                line: Some(finding.line),
                excerpt: symbols.intern(&finding.excerpt),
                why: symbols.intern(&finding.why()),
                fix: symbols.intern(&finding.rule.fix),
                fries: finding.rule.fries,
                is_unread: finding.detail.is_some(),
                act: finding.act,
            });
            let findings = findings.collect();
            let format = symbols.intern_some(scan.format.as_deref());
            bakes.push(Bake { user_data: handle, rules, format, verdict: verdict(scan.verdict), findings });
        }
        if self.known.len() > user_data.len() + SPARE {
            let here: FxHashSet<[u8; 32]> = user_data.iter().map(|(_, text)| text.hash).collect();
            self.known.retain(|hash, _| here.contains(hash));
        }
    }

    /// How many texts were read so far.
    #[must_use]
    pub fn texts_read(&self) -> u64 {
        self.texts_read
    }
}

pub(super) fn verdict(verdict: Verdict) -> BakeVerdict {
    match verdict {
        Verdict::Baked => BakeVerdict::Baked,
        Verdict::Mixed => BakeVerdict::Mixed,
        Verdict::Fried => BakeVerdict::Fried,
        Verdict::Unknown => BakeVerdict::Unknown,
    }
}

fn severity(severity: Severity) -> BakeSeverity {
    match severity {
        Severity::Low => BakeSeverity::Low,
        Severity::Medium => BakeSeverity::Medium,
        Severity::High => BakeSeverity::High,
    }
}

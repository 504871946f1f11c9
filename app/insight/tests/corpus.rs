//! The labelled corpus of user data (`tests/fry`): what each rule finds and misses, and the verdict of each text.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use emberline_insight::fry::{Scan, rules};
use serde::Deserialize;

/// What precision and recall must be, of each rule.
const LEAST: f64 = 0.95;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    verdict: String,
    #[serde(default)]
    held_back: bool,
    /// `rule:line`.
    findings: BTreeSet<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fry")
}

fn labels() -> BTreeMap<String, Label> {
    toml::from_str(&std::fs::read_to_string(folder().join("labels.toml")).unwrap()).unwrap()
}

fn scan(name: &str) -> Scan {
    Scan::of(&std::fs::read(folder().join("corpus").join(name)).unwrap())
}

fn found(scan: &Scan) -> BTreeSet<String> {
    scan.findings.iter().map(|finding| format!("{}:{}", finding.rule.id, finding.line)).collect()
}

/// Of one rule: right, too many, missed.
#[derive(Default, Clone, Copy)]
struct Score {
    right: usize,
    too_many: usize,
    missed: usize,
}

impl Score {
    fn precision(self) -> f64 {
        share(self.right, self.right + self.too_many)
    }

    fn recall(self) -> f64 {
        share(self.right, self.right + self.missed)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

fn scores(labels: &BTreeMap<String, Label>) -> (BTreeMap<String, Score>, String) {
    let mut scores: BTreeMap<String, Score> = rules().iter().map(|rule| (rule.id.clone(), Score::default())).collect();
    let mut differences = String::new();
    for (name, label) in labels {
        let found = found(&scan(name));
        let rule = |finding: &str| finding.split(':').next().unwrap().to_owned();
        for finding in found.union(&label.findings) {
            let score = scores.get_mut(&rule(finding)).unwrap_or_else(|| panic!("{name}: no rule {finding}"));
            match (found.contains(finding), label.findings.contains(finding)) {
                (true, true) => score.right += 1,
                (true, false) => {
                    score.too_many += 1;
                    writeln!(differences, "{name}: {finding} is found and not labelled").unwrap();
                }
                _ => {
                    score.missed += 1;
                    writeln!(differences, "{name}: {finding} is labelled and not found").unwrap();
                }
            }
        }
    }
    (scores, differences)
}

#[test]
fn each_rule_is_right_and_misses_little() {
    let (scores, differences) = scores(&labels());
    let mut text = format!("{:<26} {:>5} {:>9} {:>7}\n", "rule", "cases", "precision", "recall");
    for (rule, score) in &scores {
        let cases = score.right + score.missed;
        writeln!(text, "{rule:<26} {cases:>5} {:>9.3} {:>7.3}", score.precision(), score.recall()).unwrap();
    }
    println!("{text}");
    let poor: Vec<&String> =
        scores.iter().filter(|(_, s)| s.precision() < LEAST || s.recall() < LEAST).map(|(rule, _)| rule).collect();
    assert!(poor.is_empty(), "{text}\nbelow {LEAST}: {poor:?}\n{differences}");
    for (rule, score) in &scores {
        assert!(score.right >= 2, "the corpus has {} cases of {rule}", score.right);
    }
}

#[test]
fn each_text_has_the_verdict_of_its_label() {
    let wrong: Vec<String> = labels()
        .iter()
        .filter_map(|(name, label)| {
            let verdict = scan(name).verdict.name();
            (verdict != label.verdict).then(|| format!("{name}: {verdict}, labelled {}", label.verdict))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn half_of_the_corpus_is_clean_and_a_third_was_held_back() {
    let labels = labels();
    let files = std::fs::read_dir(folder().join("corpus")).unwrap().count();
    let clean = labels.values().filter(|label| label.findings.is_empty()).count();
    let held_back = labels.values().filter(|label| label.held_back).count();
    assert_eq!(files, labels.len(), "each file has a label");
    assert!(
        files >= 120 && 2 * clean >= files && 3 * held_back >= files,
        "{files} files, {clean} clean, {held_back} held back"
    );
}

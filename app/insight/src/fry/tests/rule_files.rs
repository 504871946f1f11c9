//! The files of rules are whole and say what reports need.

use crate::fry::rules;

#[test]
fn each_rule_has_a_name_of_its_own_and_two_sentences() {
    let rules = rules();
    assert!(rules.len() >= 18, "{}", rules.len());
    for (at, rule) in rules.iter().enumerate() {
        assert!(rules[..at].iter().all(|other| other.id != rule.id), "{} is there twice", rule.id);
        assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.id);
        for sentence in [&rule.why, &rule.fix] {
            assert!(sentence.ends_with('.') && sentence.len() > 30 && sentence.len() < 200, "{}: {sentence}", rule.id);
            assert_eq!(sentence.matches(". ").count(), 0, "{}: one sentence each", rule.id);
        }
    }
}

#[test]
fn a_pattern_fits_the_whole_word() {
    let cases = [
        ("nginx", "nginx", true),
        ("nginx", "nginx2", false),
        ("nginx*", "nginx2", true),
        ("*agent*.rpm", "/tmp/an-agent-1.rpm", true),
        ("*agent*.rpm", "/tmp/an-agent-1.deb", false),
        ("a*a", "a", false),
        ("a*b*c", "a-c-b", false),
        ("*", "", true),
    ];
    for (pattern, text, fits) in cases {
        assert_eq!(crate::fry::rules::matches(pattern, text), fits, "{pattern} on {text}");
    }
}

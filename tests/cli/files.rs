//! Saved pulls and drawings.

use serde_json::Value;

use crate::run::{FAILED, Home, WITH_GAPS, WRONG_USAGE};

#[test]
fn a_saved_pull_reports_what_was_pulled() {
    let home = Home::new();
    home.run(&["pull", "--sandbox", "-o", "harbor.fleet"]).expect(WITH_GAPS);
    let first = home.run(&["report", "--file", "harbor.fleet", "--format", "json"]).expect(WITH_GAPS).json();
    let again = home.run(&["report", "--file", "harbor.fleet", "--format", "json"]).expect(WITH_GAPS).json();
    assert_eq!(first, again, "ages are as of the pull, not of the clock");
    assert_eq!(first["source"]["kind"], "file");
    let live = home.run(&["report", "--sandbox", "--format", "json"]).expect(WITH_GAPS).json();
    assert_eq!(without_times(&first["servers"]), without_times(&live["servers"]));
    for part in ["groups", "recipes", "gaps"] {
        assert_eq!(without_times(&first[part]), without_times(&live[part]), "{part}");
    }
}

/// The scenario's ages are relative to its opening, so two openings differ by the moment between them.
fn without_times(value: &Value) -> Value {
    // Images are called after the moment of their creation.
    const TIMES: &[&str] = &["age", "due_at", "created_at", "deprecated_at", "name"];
    match value {
        Value::Array(items) => items.iter().map(without_times).collect(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !TIMES.contains(&name.as_str()))
            .map(|(name, field)| (name.clone(), without_times(field)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

#[test]
fn a_saved_pull_holds_no_user_data() {
    let home = Home::new();
    home.run(&["pull", "--sandbox", "-o", "harbor.fleet"]).expect(WITH_GAPS);
    let report = home.run(&["report", "--file", "harbor.fleet", "--format", "json"]).expect(WITH_GAPS);
    for shown in ["#cloud-config", "#!/bin/"] {
        assert!(!report.out.contains(shown), "{shown}");
    }
}

#[test]
fn a_file_that_is_no_whole_fleet_is_a_clear_error() {
    let home = Home::new();
    home.run(&["pull", "--sandbox", "-o", "whole.fleet"]).expect(WITH_GAPS);
    let whole = std::fs::read(home.path().join("whole.fleet")).unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    let cases: &[(&str, Option<&[u8]>, &str)] = &[
        ("cut.fleet", Some(&whole[..whole.len() / 2]), "damaged"),
        ("flipped.fleet", Some(&flipped), "damaged"),
        ("empty.fleet", Some(b""), "not a fleet file"),
        ("text.fleet", Some(b"hello, I am a poem\n"), "not a fleet file"),
        ("missing.fleet", None, "missing.fleet"),
    ];
    for (name, bytes, said) in cases {
        if let Some(bytes) = bytes {
            std::fs::write(home.path().join(name), bytes).unwrap();
        }
        let ended = home.run(&["report", "--file", name]).expect(FAILED);
        assert_eq!(ended.out, "", "{name}");
        assert!(ended.err.contains(said) && ended.err.contains(name), "{name}: {}", ended.err);
        assert_eq!(ended.err.trim().lines().count(), 1, "{name}: {}", ended.err);
    }
}

#[test]
fn a_drawing_is_made_in_the_format_that_its_name_ends_in() {
    let home = Home::new();
    for name in ["lineage.svg", "lineage.png", "lineage.dot"] {
        home.run(&["render", "--sandbox", "-o", name]).expect(WITH_GAPS);
    }
    let read = |name: &str| std::fs::read(home.path().join(name)).unwrap();
    let svg = String::from_utf8(read("lineage.svg")).unwrap();
    assert!(svg.starts_with("<svg") || svg.starts_with("<?xml"), "{}", &svg[..60]);
    assert!(svg.trim_end().ends_with("</svg>"));
    let dot = String::from_utf8(read("lineage.dot")).unwrap();
    assert!(dot.starts_with("digraph") && dot.trim_end().ends_with('}') && dot.contains("->"), "{}", &dot[..60]);
    let png = read("lineage.png");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert!(side(16) >= 640 && side(20) >= 400, "{} x {}", side(16), side(20));
}

#[test]
fn a_drawing_shows_what_the_report_lists() {
    let home = Home::new();
    let report = home.run(&["report", "--sandbox", "--format", "json"]).expect(WITH_GAPS).json();
    home.run(&["render", "--sandbox", "-o", "lineage.dot"]).expect(WITH_GAPS);
    let dot = std::fs::read_to_string(home.path().join("lineage.dot")).unwrap();
    for group in report["groups"].as_array().unwrap() {
        assert!(dot.contains(group["name"].as_str().unwrap()), "{}", group["name"]);
    }
}

#[test]
fn a_drawing_of_a_query_shows_no_more_than_the_query() {
    let home = Home::new();
    home.run(&["render", "--sandbox", "-o", "whole.dot"]).expect(WITH_GAPS);
    home.run(&["render", "--sandbox", "--query", "group:none", "-o", "part.dot"]).expect(WITH_GAPS);
    let lines = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap().lines().count();
    assert!(lines("part.dot") < lines("whole.dot"));
}

#[test]
fn an_ending_that_no_format_has_is_refused_and_writes_nothing() {
    let home = Home::new();
    for name in ["lineage.pdf", "lineage"] {
        let ended = home.run(&["render", "--sandbox", "-o", name]).expect(WRONG_USAGE);
        assert!([".svg", ".png", ".dot"].iter().all(|ending| ended.err.contains(ending)), "{}", ended.err);
        assert!(!home.path().join(name).exists());
    }
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let home = Home::new();
    for arguments in [
        &["pull", "--sandbox", "-o", "nowhere/harbor.fleet"][..],
        &["render", "--sandbox", "-o", "nowhere/lineage.svg"],
        &["report", "--sandbox", "-o", "nowhere/report.txt"],
    ] {
        let ended = home.run(arguments).expect(FAILED);
        assert!(ended.err.contains("nowhere"), "{}", ended.err);
    }
}

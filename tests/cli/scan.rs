//! `emberline scan`: what is printed in each format, and how it ends.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::run::{DENIED, DONE, FAILED, Home, WRONG_USAGE, ended};

const FRIED: &str = "#!/bin/bash\nyum -y update\nexport DB_PASSWORD=hunter2hunter2\nsystemctl start web\n";
const MIXED: &str = "#!/bin/bash\nyum install -y jq-1.6\n";
const BAKED: &str = "#!/bin/bash\nsystemctl start web\n";

/// Fails with each place where a value breaks a schema.
fn holds(schema: &Value, value: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let broken: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn json_is_the_bake_object_of_the_reports_schema() {
    let home = Home::new();
    let path = home.write("user-data.sh", FRIED);
    let bake = home.run(&["scan", &path, "--format", "json"]).expect(DONE).json();
    let report: Value = serde_json::from_str(include_str!("../../assets/schema/report.schema.json")).unwrap();
    let schema = report.pointer("/properties/servers/items/properties/bake").unwrap();
    assert!(bake.is_object());
    holds(schema, &bake);
    assert_eq!(bake["format"], "script");
    assert_eq!(bake["verdict"], "fried");
    assert_eq!(bake["measured_boot_s"], Value::Null);
    let rules: Vec<(&str, i64)> = bake["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["rule"].as_str().unwrap(), finding["line"].as_i64().unwrap()))
        .collect();
    assert_eq!(rules, [("package-upgrade", 2), ("secret-in-user-data", 3)]);
    assert_eq!(bake["findings"][1]["excerpt"], "export DB_PASSWORD=********");
}

#[test]
fn sarif_keeps_to_the_standard_and_points_at_lines() {
    let home = Home::new();
    home.write("with space.sh", FRIED);
    let log = home.run(&["scan", "with space.sh", "--format", "sarif"]).expect(DONE).json();
    holds(&serde_json::from_str(include_str!("sarif.schema.json")).unwrap(), &log);
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for (result, (line, level)) in results.iter().zip([(2, "error"), (3, "error")]) {
        assert_eq!(rules[result["ruleIndex"].as_u64().unwrap() as usize]["id"], result["ruleId"]);
        assert_eq!(result["level"], level);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "with%20space.sh");
        assert_eq!(place["region"]["startLine"], line);
    }
    assert!(!log.to_string().contains("hunter2"));
}

#[test]
fn sarif_of_packed_user_data_points_at_the_file_alone() {
    let home = Home::new();
    home.write("user-data", "IyEvYmluL3NoCnJlYm9vdAo=\n");
    let log = home.run(&["scan", "user-data", "--format", "sarif"]).expect(DONE).json();
    holds(&serde_json::from_str(include_str!("sarif.schema.json")).unwrap(), &log);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "reboot-at-boot");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"], Value::Null);
    assert!(result["message"]["text"].as_str().unwrap().starts_with("Line 2 of the packed text: "));
}

#[test]
fn the_table_tells_each_line_why_and_what_instead() {
    let home = Home::new();
    home.write("web.sh", FRIED);
    insta::assert_snapshot!(home.run(&["scan", "web.sh"]).expect(DONE).out);
}

/// The order of the rules and the program's version are not what these are about.
#[test]
fn json_and_sarif_stay_as_they_are() {
    let home = Home::new();
    home.write("web.sh", FRIED);
    insta::assert_snapshot!("json", home.run(&["scan", "web.sh", "--format", "json"]).expect(DONE).out);
    let mut log = home.run(&["scan", "web.sh", "--format", "sarif"]).expect(DONE).json();
    let driver = &mut log["runs"][0]["tool"]["driver"];
    driver["version"] = "VERSION".into();
    let found = ["package-upgrade", "secret-in-user-data"];
    let rules = driver["rules"].as_array_mut().unwrap();
    rules.retain(|rule| found.contains(&rule["id"].as_str().unwrap()));
    for result in log["runs"][0]["results"].as_array_mut().unwrap() {
        result.as_object_mut().unwrap().remove("ruleIndex");
    }
    insta::assert_snapshot!("sarif", serde_json::to_string_pretty(&log).unwrap());
}

#[test]
fn deny_ends_with_five_at_that_severity_or_worse() {
    let home = Home::new();
    let cases = [
        (FRIED, "high", DENIED),
        (FRIED, "low", DENIED),
        (MIXED, "high", DONE),
        (MIXED, "medium", DENIED),
        (BAKED, "low", DONE),
    ];
    for (text, severity, status) in cases {
        let path = home.write("user-data", text);
        let ended = home.run(&["scan", &path, "--deny", severity]).expect(status);
        assert!(ended.out.contains("user-data: "), "what was found is printed all the same: {ended:?}");
    }
}

#[test]
fn standard_input_is_read_for_a_dash() {
    let home = Home::new();
    let mut child = home
        .command(&["scan", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(MIXED.as_bytes()).unwrap();
    let bake = ended(child.wait_with_output().unwrap()).expect(DONE).json();
    assert_eq!(bake["verdict"], "mixed");
}

#[test]
fn what_cannot_be_read_fails_and_what_is_broken_is_a_finding() {
    let home = Home::new();
    let gone = home.run(&["scan", "gone.sh"]).expect(FAILED);
    assert!(gone.err.contains("gone.sh can't be read"), "{}", gone.err);
    home.run(&["scan", "."]).expect(FAILED);
    home.run(&["scan"]).expect(WRONG_USAGE);
    home.run(&["scan", "x", "--deny", "all"]).expect(WRONG_USAGE);
    let path = home.write("broken", "#cloud-config\nruncmd: [\n");
    let bake = home.run(&["scan", &path, "--format", "json"]).expect(DONE).json();
    assert_eq!(bake["verdict"], "unknown");
    assert_eq!(bake["findings"][0]["rule"], "unreadable");
}

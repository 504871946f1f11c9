//! How fast the harbor's groups would rise again, and what is said of their recovery objectives.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::run::{Home, WITH_GAPS, run};

fn harbor(arguments: &[&str]) -> Value {
    run(&[&["report", "--sandbox", "--format", "json"], arguments].concat()).expect(WITH_GAPS).json()
}

/// The `rto` object of each group, by name.
fn groups(report: &Value) -> BTreeMap<&str, &Value> {
    let servers = report["servers"].as_array().unwrap().iter();
    servers.filter_map(|server| Some((server["group"].as_str()?, &server["rto"]))).collect()
}

fn seconds(time: &Value) -> (i64, i64) {
    (time["p50_s"].as_i64().unwrap(), time["p95_s"].as_i64().unwrap())
}

#[test]
fn a_group_is_timed_by_its_own_launches_and_builds() {
    let report = harbor(&[]);
    let groups = groups(&report);
    // By the story, a server of web-prod boots in 164 s give or take a fifth, and is given as long to settle.
    let web = groups["web-prod"];
    let (boot, boot_slow) = seconds(&web["boot"]);
    assert!((131..=201).contains(&boot) && boot <= boot_slow && boot_slow <= 201, "{web:#}");
    assert_eq!((&web["boot"]["basis"], web["boot"]["samples"].as_i64()), (&json!("measured"), Some(35)));
    assert_eq!(seconds(&web["warm_up"]), (164, 164));
    assert_eq!(web["warm_up"]["basis"], "measured", "its refresh waited so long for each of them");
    assert_eq!(seconds(&web["replace"]), (boot + 164, boot_slow + 164));
    // Two of its recipe's builds were timed.
    assert_eq!((&web["bake"]["basis"], &web["bake"]["samples"]), (&json!("estimated"), &json!(2)));
    assert!(seconds(&web["bake"]).0 > 600);
    // No launch of it is younger than six weeks, and nobody bakes its image.
    let billing = groups["billing-legacy"];
    assert_eq!((&billing["bake"], &billing["boot"], &billing["replace"]), (&Value::Null, &Value::Null, &Value::Null));
    let minutes = |group: &str| seconds(&groups[group]["boot"]).0 / 60;
    assert!(minutes("search-prod") > 15 && minutes("api-prod") < 2, "fried against baked");
    for server in report["servers"].as_array().unwrap() {
        assert_eq!(server["rto"].is_null(), server["group"].is_null(), "{}", server["id"]);
    }
}

#[test]
fn objectives_of_tags_are_met_at_risk_missed_or_unknown_and_can_be_asked_for() {
    let report = harbor(&[]);
    let groups = groups(&report);
    for (group, objective_s, verdict) in [
        ("web-prod", Some(3_000), "met"),
        ("api-prod", Some(2_520), "at-risk"),
        ("search-prod", Some(2_700), "missed"),
        ("checkout-prod", Some(2_400), "missed"),
        ("billing-legacy", Some(14_400), "unknown"),
        ("reporting", None, "unknown"),
    ] {
        let rto = groups[group];
        assert_eq!((rto["objective_s"].as_i64(), rto["verdict"].as_str().unwrap()), (objective_s, verdict), "{group}");
    }
    let missed = harbor(&["--query", "rto:missed"]);
    let found: BTreeSet<&str> = self::groups(&missed).into_keys().collect();
    assert_eq!(found, BTreeSet::from(["search-prod", "checkout-prod"]));
    let without = harbor(&["--query", "rto:none"]);
    assert!(without["servers"].as_array().unwrap().iter().all(|server| server["rto"]["objective_s"].is_null()));

    let table = run(&["report", "--sandbox"]).expect(WITH_GAPS).out;
    assert!(table.contains("6 recovery objectives: 2 missed, 1 at risk, 2 met, 1 unknown\n"), "{table}");
    let csv = run(&["report", "--sandbox", "--format", "csv", "--query", "group:web-prod"]).expect(WITH_GAPS).out;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    let field = |name: &str| row.get(headers.iter().position(|header| header == name).unwrap()).unwrap().to_owned();
    assert_eq!(
        (field("rto"), field("rto_objective_s"), field("warm_up_p50_s")),
        ("met".into(), "3000".into(), "164".into())
    );
    assert_eq!(field("replace_p50_s"), seconds(&groups["web-prod"]["replace"]).0.to_string());
}

#[test]
fn a_policy_file_sets_objectives_where_no_tag_does() {
    let home = Home::new();
    let policy =
        home.write("emberline.toml", "[[objective]]\nquery = \"group:*prod* or recipe:gateway\"\nrto = \"30s\"\n");
    let report = harbor(&["--policy", &policy]);
    let groups = groups(&report);
    for (group, objective_s, verdict) in
        [("partner-gateway", Some(30), "missed"), ("api-prod", Some(2_520), "at-risk"), ("reporting", None, "unknown")]
    {
        let rto = groups[group];
        assert_eq!((rto["objective_s"].as_i64(), rto["verdict"].as_str().unwrap()), (objective_s, verdict), "{group}");
    }
}

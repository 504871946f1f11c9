//! `report` in JSON and CSV.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

use crate::run::{DONE, Home, WITH_GAPS, WRONG_USAGE, run};

/// The scope of the default scenario in which Image Builder is denied on purpose.
const DENIED_ACCOUNT: &str = "310987654321";
const DENIED_REGION: &str = "us-east-1";

/// One report of the default scenario, for the tests that only look at it.
static HARBOR: LazyLock<Value> =
    LazyLock::new(|| run(&["report", "--sandbox", "--format", "json"]).expect(WITH_GAPS).json());

fn rows<'a>(report: &'a Value, part: &str) -> &'a [Value] {
    report[part].as_array().unwrap_or_else(|| panic!("{part} is an array"))
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_else(|| panic!("{field} of {row}"))
}

fn check_schema(report: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../../assets/schema/report.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(report).take(20).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_report_keeps_its_schema() {
    check_schema(&HARBOR);
    assert_eq!(HARBOR["source"]["kind"], "sandbox");
}

#[test]
fn the_schema_refuses_what_it_does_not_name() {
    let schema: Value = serde_json::from_str(include_str!("../../assets/schema/report.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut report = HARBOR.clone();
    report["servers"][0]["phoenix"] = "ancient".into();
    assert!(!validator.is_valid(&report));
    report = HARBOR.clone();
    report["servers"][0]["surprise"] = 1.into();
    assert!(!validator.is_valid(&report));
}

#[test]
fn harbor_covers_two_accounts_and_two_regions() {
    let scopes: BTreeSet<(&str, &str)> =
        rows(&HARBOR["source"], "scopes").iter().map(|scope| (text(scope, "account"), text(scope, "region"))).collect();
    let expected = ["210987654321", "310987654321"]
        .into_iter()
        .flat_map(|account| ["eu-west-1", "us-east-1"].map(|region| (account, region)));
    assert_eq!(scopes, expected.collect());
    let servers = rows(&HARBOR, "servers").len();
    assert!((350..=450).contains(&servers), "about 400 servers, not {servers}");
}

#[test]
fn the_denied_scope_shows_as_gaps_that_name_the_permission() {
    let gaps = rows(&HARBOR, "gaps");
    assert!(!gaps.is_empty());
    for gap in gaps {
        assert_eq!(text(gap, "kind"), "denied", "{gap}");
        assert_eq!((text(gap, "account"), text(gap, "region")), (DENIED_ACCOUNT, DENIED_REGION));
        assert_eq!(text(gap, "action"), format!("imagebuilder:{}", text(gap, "operation")));
        assert!(text(gap, "message").contains(text(gap, "action")), "{gap}");
    }
    assert_eq!(HARBOR["complete"], false);
    for scope in rows(&HARBOR["source"], "scopes") {
        let is_denied = (text(scope, "account"), text(scope, "region")) == (DENIED_ACCOUNT, DENIED_REGION);
        assert_eq!(scope["complete"], !is_denied, "{scope}");
    }
}

#[test]
fn rows_are_sorted_by_account_region_and_id() {
    for (part, id) in [("servers", "id"), ("images", "id"), ("groups", "name")] {
        let keys: Vec<_> =
            rows(&HARBOR, part).iter().map(|row| (text(row, "account"), text(row, "region"), text(row, id))).collect();
        assert!(keys.is_sorted(), "{part}");
        let distinct: BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len(), "{part} once each");
    }
}

/// The server called so.
fn named<'a>(report: &'a Value, name: &str) -> &'a Value {
    rows(report, "servers").iter().find(|server| server["name"] == name).unwrap()
}

#[test]
fn snowflakes_come_with_their_evidence_and_drift_with_both_sides() {
    let kinds = |server: &Value| -> Vec<String> {
        let evidence = server["snowflake"]["evidence"].as_array().unwrap();
        evidence.iter().map(|one| text(one, "kind").to_owned()).collect()
    };
    let jenkins = named(&HARBOR, "jenkins");
    assert_eq!(jenkins["snowflake"]["verdict"], "snowflake");
    assert!(kinds(jenkins).contains(&"no-template".to_owned()), "{jenkins:#}");
    assert_eq!(jenkins["drift"], Value::Null, "it has no template version to differ from");
    let logged_in = named(&HARBOR, "kafka-2");
    assert!(kinds(logged_in).contains(&"login".to_owned()), "{logged_in:#}");
    assert_ne!(logged_in["snowflake"]["verdict"], "reproducible");
    let changed = named(&HARBOR, "search-prod-14");
    assert_eq!(changed["snowflake"]["verdict"], "snowflake");
    assert_eq!(kinds(changed)[0], "hand-made", "{changed:#}");
    assert_eq!(changed["drift"][0]["field"], "security-groups");
    let notebook = named(&HARBOR, "notebook-lena")["snowflake"]["evidence"].as_array().unwrap();
    let volume = notebook.iter().find(|one| one["kind"] == "late-volume").unwrap();
    let detail = text(volume, "detail");
    assert!(detail.starts_with("vol-") && detail.ends_with(" by lena, long after its birth."), "{detail}");
    for server in rows(&HARBOR, "servers") {
        let verdict = text(&server["snowflake"], "verdict");
        let found = kinds(server);
        let weighs = |one: &Value| text(one, "kind") != "old-version" && !text(one, "detail").contains("Exempt by");
        let weighing = server["snowflake"]["evidence"].as_array().unwrap().iter().any(weighs);
        assert!(verdict != "reproducible" || !weighing, "{server:#}");
        assert!(verdict != "snowflake" || !found.is_empty(), "{server:#}");
        let differs = server["drift"].as_array().is_some_and(|drift| !drift.is_empty());
        assert_eq!(differs, found.contains(&"drift".to_owned()), "{server:#}");
    }
    let verdicts: BTreeSet<_> =
        rows(&HARBOR, "servers").iter().map(|server| text(&server["snowflake"], "verdict")).collect();
    assert!(verdicts.len() >= 3, "{verdicts:?}");
}

/// Rule and line of each finding.
fn fried(server: &Value) -> Vec<(&str, u64)> {
    let findings = server["bake"]["findings"].as_array().unwrap();
    findings.iter().map(|finding| (text(finding, "rule"), finding["line"].as_u64().unwrap())).collect()
}

#[test]
fn the_policy_file_exempts_with_its_reason_and_switches_rules_off() {
    let home = Home::new();
    let policy = home.write(
        "p.toml",
        "[[exempt]]\nquery = \"name:search-prod-14\"\nfrom = [\"lifetime\", \"drift\"]\nreason = \"under repair\"\n\
         until = 2099-12-31\n[[off]]\nquery = \"name:jenkins\"\nrules = [\"snowflake:no-template\"]\n",
    );
    let report = home.run(&["report", "--sandbox", "--format", "json", "--policy", &policy]).expect(WITH_GAPS).json();
    check_schema(&report);
    let server = named(&report, "search-prod-14");
    assert_eq!((&server["phoenix"], &server["exempt_reason"]), (&"exempt".into(), &"under repair".into()));
    assert_eq!(server["drift"][0]["field"], "security-groups", "what is exempt is told all the same");
    let evidence = |server: &Value, kind: &str| -> Option<String> {
        let all = server["snowflake"]["evidence"].as_array().unwrap();
        Some(text(all.iter().find(|one| one["kind"] == kind)?, "detail").to_owned())
    };
    assert_eq!(
        evidence(server, "drift").unwrap(),
        "It differs from its template version: security-groups. Exempt by the policy file until 2099-12-31: under repair."
    );
    assert_eq!(evidence(server, "hand-made"), None, "what is exempt proves nothing");
    let jenkins = named(&report, "jenkins");
    assert_eq!(evidence(jenkins, "no-template"), None);
    assert!(evidence(jenkins, "rules-off").unwrap().ends_with(": snowflake:no-template."), "{jenkins:#}");
    assert_eq!(named(&HARBOR, "search-prod-14")["exempt_reason"], Value::Null);
}

#[test]
fn a_group_is_owned_by_the_code_that_describes_it() {
    let owner = |name: &str| &rows(&HARBOR, "groups").iter().find(|group| group["name"] == name).unwrap()["owner"];
    assert_eq!(owner("checkout-prod"), "the stack checkout-prod (CloudFormation), through its template");
    assert_eq!(owner("web-prod"), "Terraform, through its template");
    assert_eq!(owner("data-ingest"), &Value::Null);
}

#[test]
fn baked_and_fried_servers_say_by_which_line_and_how_long_they_boot() {
    let launched_from = |name: &str, version: u64| -> &Value {
        let is_it = |server: &&Value| server["template"]["name"] == name && server["template"]["version"] == version;
        rows(&HARBOR, "servers").iter().find(is_it).unwrap_or_else(|| panic!("a server of {name} {version}"))
    };
    let old = launched_from("web", 11);
    assert_eq!((&old["bake"]["verdict"], &old["bake"]["format"]), (&"fried".into(), &"script".into()));
    assert_eq!(fried(old), [("package-upgrade", 3), ("pipe-to-shell", 4)]);
    assert_eq!(old["bake"]["findings"][0]["excerpt"], "yum update -y");
    assert_eq!(old["bake"]["findings"][0]["severity"], "high");
    for sentence in ["why", "fix"] {
        assert!(text(&old["bake"]["findings"][0], sentence).ends_with('.'), "{old:#}");
    }
    // The company of this scenario boots slower where more is done at boot.
    let seconds = |server: &Value| server["bake"]["measured_boot_s"].as_u64().unwrap();
    let new = launched_from("web", 12);
    assert_eq!((&new["bake"]["verdict"], fried(new)), (&"baked".into(), vec![]));
    assert!(seconds(launched_from("search", 9)) > 5 * seconds(new), "{new:#}");
    let runner = launched_from("ci-runner", 17);
    assert_eq!((&runner["bake"]["verdict"], &runner["bake"]["format"]), (&"mixed".into(), &"cloud-config".into()));
    let secret = launched_from("checkout", 22);
    assert!(fried(secret).contains(&("secret-in-user-data", 7)), "{secret:#}");
    let billing = rows(&HARBOR, "servers").iter().find(|server| server["group"] == "billing-legacy").unwrap();
    assert_eq!(billing["template"]["kind"], "launch-configuration");
    assert_eq!((&billing["bake"]["verdict"], &billing["bake"]["measured_boot_s"]), (&"fried".into(), &Value::Null));
    let gone = launched_from("web", 10);
    assert_eq!((&gone["bake"]["verdict"], &gone["bake"]["format"]), (&"unknown".into(), &Value::Null));
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    for server in rows(&HARBOR, "servers") {
        *verdicts.entry(text(&server["bake"], "verdict")).or_default() += 1;
    }
    assert_eq!(verdicts.keys().copied().collect::<Vec<_>>(), ["baked", "fried", "mixed", "unknown"]);
    assert!(verdicts["baked"] > verdicts["fried"], "{verdicts:?}");
}

#[test]
fn a_saved_pull_tells_of_baked_and_fried_without_the_texts() {
    let home = Home::new();
    home.run(&["pull", "--sandbox", "-o", "monday.fleet"]).expect(WITH_GAPS);
    let report = home.run(&["report", "--file", "monday.fleet", "--format", "json"]).expect(WITH_GAPS).json();
    check_schema(&report);
    let bakes = |report: &Value| -> Vec<Value> {
        let mut bakes: Vec<Value> = rows(report, "servers").iter().map(|server| server["bake"].clone()).collect();
        // How long a boot took changes from one sandbox to the next.
        bakes.iter_mut().for_each(|bake| bake["measured_boot_s"] = Value::Null);
        bakes
    };
    assert_eq!(bakes(&report), bakes(&HARBOR));
}

#[test]
fn csv_names_the_rules_that_are_broken() {
    let csv = run(&["report", "--sandbox", "--format", "csv", "--query", "template:web:11"]).expect(WITH_GAPS).out;
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = header.iter().position(|name| *name == "bake").unwrap();
    assert_eq!(header[at..at + 4], ["bake", "bake_format", "bake_rules", "measured_boot_s"]);
    assert!(lines.all(|line| line.contains(",fried,script,package-upgrade pipe-to-shell,")), "{csv}");
}

#[test]
fn of_user_data_the_lines_that_were_found_stand_in_a_report_and_no_secret() {
    let mut report = HARBOR.clone();
    assert!(!report.to_string().contains("not-a-real-password"));
    assert!(report.to_string().contains("export CHECKOUT_DB_PASSWORD=********"));
    for server in report["servers"].as_array_mut().unwrap() {
        server["bake"] = Value::Null;
    }
    assert!(!report.to_string().contains("ansible-pull"), "but in findings");
}

#[test]
fn the_servers_of_every_part_add_up() {
    let servers = rows(&HARBOR, "servers");
    let mut by_image = BTreeMap::new();
    let mut by_group = BTreeMap::new();
    for server in servers {
        if let Some(image) = server["image"].as_str() {
            *by_image.entry((text(server, "region"), image)).or_insert(0) += 1;
        }
        if let Some(group) = server["group"].as_str() {
            *by_group.entry((text(server, "account"), text(server, "region"), group)).or_insert(0) += 1;
        }
    }
    let images: BTreeMap<_, i32> = rows(&HARBOR, "images")
        .iter()
        .map(|image| ((text(image, "region"), text(image, "id")), image["servers"].as_i64().unwrap() as i32))
        .filter(|(_, servers)| *servers > 0)
        .collect();
    assert_eq!(images, by_image);
    for group in rows(&HARBOR, "groups") {
        let key = (text(group, "account"), text(group, "region"), text(group, "name"));
        assert_eq!(group["servers"].as_i64().unwrap() as i32, *by_group.get(&key).unwrap_or(&0), "{key:?}");
    }
}

#[test]
fn every_lineage_ends_in_its_server_and_every_link_is_proved() {
    for server in rows(&HARBOR, "servers") {
        let steps = rows(server, "lineage");
        let last = steps.last().expect("at least the server");
        assert_eq!((text(last, "kind"), text(last, "id")), ("server", text(server, "id")));
        for step in steps {
            assert_eq!(step["grade"].is_null(), step["evidence"].is_null(), "{step}");
        }
    }
}

#[test]
fn harbor_tells_a_story() {
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for server in rows(&HARBOR, "servers") {
        *states.entry(text(server, "phoenix")).or_default() += 1;
    }
    for state in ["young", "due", "overdue", "exempt"] {
        assert!(states.get(state).is_some_and(|count| *count > 0), "{state}: {states:?}");
    }
    let all: usize = states.values().sum();
    assert!(states["young"] * 2 > all, "mostly healthy: {states:?}");
}

#[test]
fn a_query_selects_servers_and_what_they_reach() {
    let overdue =
        run(&["report", "--sandbox", "--format", "json", "--query", "phoenix:overdue"]).expect(WITH_GAPS).json();
    check_schema(&overdue);
    let expected: Vec<&str> = rows(&HARBOR, "servers")
        .iter()
        .filter(|server| server["phoenix"] == "overdue")
        .map(|server| text(server, "id"))
        .collect();
    let found: Vec<&str> = rows(&overdue, "servers").iter().map(|server| text(server, "id")).collect();
    assert_eq!(found, expected);
    let groups: BTreeSet<&str> =
        rows(&overdue, "servers").iter().filter_map(|server| server["group"].as_str()).collect();
    assert_eq!(rows(&overdue, "groups").iter().map(|group| text(group, "name")).collect::<BTreeSet<_>>(), groups);
    assert!(rows(&overdue, "images").len() < rows(&HARBOR, "images").len());
}

#[test]
fn queries_agree_with_the_report_that_they_select_from() {
    let day_s = 86_400;
    type Holds = fn(&Value, i64) -> bool;
    let cases: &[(&str, Holds)] = &[
        ("age>30d", |server, day_s| server["age"]["age_s"].as_i64().is_some_and(|age| age > 30 * day_s)),
        ("recipe:unknown", |server, _| server["recipe"].is_null() || server["recipe"]["kind"] == "unknown"),
        ("account:310987654321", |server, _| server["account"] == "310987654321"),
        ("region:us-*", |server, _| text(server, "region").starts_with("us-")),
        ("group:none", |server, _| server["group"].is_null()),
        ("phoenix:exempt or phoenix:due", |server, _| ["exempt", "due"].contains(&text(server, "phoenix"))),
        ("not phoenix:young", |server, _| server["phoenix"] != "young"),
    ];
    for (query, holds) in cases {
        let found = run(&["report", "--sandbox", "--format", "json", "--query", query]).expect(WITH_GAPS).json();
        let found: Vec<&str> = rows(&found, "servers").iter().map(|server| text(server, "id")).collect();
        let expected: Vec<&str> = rows(&HARBOR, "servers")
            .iter()
            .filter(|server| holds(server, day_s))
            .map(|server| text(server, "id"))
            .collect();
        assert!(!expected.is_empty(), "harbor has none for {query}");
        assert_eq!(found, expected, "{query}");
    }
}

#[test]
fn csv_has_a_line_for_each_server() {
    let csv = run(&["report", "--sandbox", "--format", "csv"]).expect(WITH_GAPS);
    let mut reader = csv::Reader::from_reader(csv.out.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let id = headers.iter().position(|name| name == "id").expect("a column `id`");
    let ids: Vec<String> = reader.records().map(|row| row.unwrap()[id].to_owned()).collect();
    let expected: Vec<&str> = rows(&HARBOR, "servers").iter().map(|server| text(server, "id")).collect();
    assert_eq!(ids, expected);
}

#[test]
fn a_generated_fleet_has_its_size_and_its_seed() {
    let ids = |spec: &str| -> Vec<String> {
        let report = run(&["report", &format!("--sandbox={spec}"), "--format", "json"]).expect(DONE).json();
        assert_eq!(report["complete"], true);
        rows(&report, "servers").iter().map(|server| text(server, "id").to_owned()).collect()
    };
    let seven = ids("generated:1000:7");
    assert_eq!(seven.len(), 1000);
    assert_eq!(seven, ids("generated:1000:7"));
    assert_ne!(seven, ids("generated:1000:8"));
}

#[test]
fn output_goes_to_the_file_that_is_named() {
    let home = Home::new();
    let ended = home.run(&["report", "--sandbox", "--format", "json", "-o", "fleet.json"]).expect(WITH_GAPS);
    assert_eq!(ended.out, "");
    let written: Value =
        serde_json::from_str(&std::fs::read_to_string(home.path().join("fleet.json")).unwrap()).unwrap();
    assert_eq!(rows(&written, "servers").len(), rows(&HARBOR, "servers").len());
}

#[test]
fn a_policy_changes_lifetimes_and_says_so() {
    let home = Home::new();
    let policy = home.write("strict.toml", "[[lifetime]]\nquery = \"group:none\"\nis = \"1d\"\n");
    let report = home.run(&["report", "--sandbox", "--format", "json", "--policy", &policy]).expect(WITH_GAPS).json();
    let by_policy: Vec<&Value> =
        rows(&report, "servers").iter().filter(|server| server["lifetime"]["from"] == "policy").collect();
    assert!(!by_policy.is_empty());
    for server in by_policy {
        assert_eq!((&server["group"], &server["lifetime"]["seconds"]), (&Value::Null, &86_400.into()), "{server}");
    }
}

#[test]
fn a_bad_policy_points_at_its_line() {
    let home = Home::new();
    let policy = home.write("bad.toml", "[[lifetime]]\nquery = \"group:none\"\nis = \"a fortnight\"\n");
    let ended = home.run(&["report", "--sandbox", "--policy", &policy]).expect(WRONG_USAGE);
    assert!(ended.err.contains("bad.toml:3:"), "{}", ended.err);
    assert!(ended.err.contains("a fortnight"), "{}", ended.err);
}

#[test]
fn what_is_handed_over_says_the_same_in_both_formats() {
    let handed = |format: &str| run(&["report", "--sandbox", "--format", format]).expect(WITH_GAPS).out;
    let (markdown, html) = (handed("markdown"), handed("html"));
    let servers = rows(&HARBOR, "servers").len();
    assert!(markdown.starts_with(&format!("# Fleet: {servers} servers, ")), "{}", &markdown[..80]);
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains(&format!("<h1>Fleet: {servers} servers, ")));
    let sections = |text: &str, begin: &str, end: char| -> Vec<String> {
        text.split(begin).skip(1).map(|rest| rest.split(end).next().unwrap().to_owned()).collect()
    };
    assert_eq!(sections(&markdown, "\n## ", '\n'), sections(&html, "<h2>", '<'));
    for text in [markdown, html] {
        assert!(text.contains("imagebuilder:ListImagePipelines") && !text.contains("not-a-real-password"));
    }
}

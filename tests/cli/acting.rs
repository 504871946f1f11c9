//! `emberline plan`, `apply` and `operations`: the real binary changes a sandbox that is a process of its own.

use serde_json::Value;

use crate::bench::{Bench, GENERATED, PROD, REGION};
use crate::run::{DONE, FAILED, Home, REFUSED, WRONG_USAGE, ended};
use crate::served::Served;

#[test]
fn a_server_of_a_group_is_replaced() {
    let bench = Bench::fast();
    let before = bench.servers("service-0002");
    let old = &before[0];
    let planned = bench.run(&["plan", "replace", old]).expect(DONE);
    let plan = &planned.json()["plan"];
    assert_eq!((&plan["scope"]["account"], &plan["scope"]["region"]), (&GENERATED.into(), &REGION.into()));
    assert!(planned.err.contains(old) && planned.err.contains("Healthy capacity"), "{}", planned.err);
    assert_eq!(bench.servers("service-0002"), before, "a plan changes nothing");

    let path = bench.home.write("plan.json", &planned.out);
    let applied = bench.run(&["apply", &path, "--yes", "--confirm", GENERATED]).expect(DONE);
    assert!(applied.err.contains("done"), "{}", applied.err);
    let after = bench.servers("service-0002");
    assert_eq!(after.len(), before.len());
    assert!(!after.contains(old), "{old} is gone");
    assert_eq!(after.iter().filter(|id| !before.contains(id)).count(), 1, "one server is new");

    let listed = bench.home.run(&["operations", "list", "--format", "json"]).expect(DONE).json();
    let [operation] = listed.as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!((&operation["state"], &operation["scope"]["account"]), (&"done".into(), &GENERATED.into()));
    let id = operation["id"].as_str().unwrap();
    let shown = bench.home.run(&["operations", "show", id]).expect(DONE);
    assert!(shown.out.contains(old) && shown.out.contains("done"), "{}", shown.out);

    let exported = bench.home.run(&["operations", "export"]).expect(DONE);
    let entries: Vec<Value> = exported.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries[0]["entry"]["entry"], "began");
    assert_eq!(entries.last().unwrap()["entry"]["entry"], "ended");
    assert!(exported.err.contains("the chain of"), "{}", exported.err);

    // The same plan once more: what it was made for is not there any more.
    let again = bench.run(&["apply", &path, "--yes", "--confirm", GENERATED]).expect(REFUSED);
    assert!(again.err.contains(old), "{}", again.err);
}

#[test]
fn nothing_is_done_without_a_word() {
    let bench = Bench::harbor();
    let before = bench.servers("search-prod");
    let path = bench.plan(&["replace", &before[0]]);
    for (arguments, why) in [
        (vec!["apply", &path], "nobody is there to confirm"),
        (vec!["apply", &path, "--yes"], "was not named"),
        (vec!["apply", &path, "--yes", "--confirm", "310987654321"], "is not the plan's account"),
    ] {
        let refused = bench.run(&arguments).expect(REFUSED);
        assert!(refused.err.contains(why), "{arguments:?}: {}", refused.err);
        assert_eq!(refused.out, "");
    }
    let changed = std::fs::read_to_string(&path).unwrap().replacen("\"decrement\": true", "\"decrement\": false", 1);
    let changed = bench.home.write("changed.json", &changed);
    let refused = bench.run(&["apply", &changed, "--yes", "--confirm", PROD]).expect(REFUSED);
    assert!(refused.err.contains("hash"), "{}", refused.err);
    assert_eq!(bench.servers("search-prod"), before);
}

#[test]
fn what_can_not_be_planned_says_why() {
    let bench = Bench::harbor();
    let unknown = bench.run(&["plan", "roll", "web-prud"]).expect(WRONG_USAGE);
    assert!(unknown.err.contains("did you mean \"web-prod\"?"), "{}", unknown.err);
    let burn = bench.run(&["plan", "burn", "web-prod", "--seed", "7"]).expect(REFUSED);
    assert!(burn.err.contains("[burn]"), "{}", burn.err);
    let short = bench.run(&["plan", "set-lifetime", "web-prod", "1h"]).expect(REFUSED);
    assert!(short.err.contains("3600 s is not one that Auto Scaling takes"), "{}", short.err);
    let nonsense = bench.home.write("nonsense.json", "{\"plan\": 7}");
    let unreadable = bench.run(&["apply", &nonsense, "--yes"]).expect(WRONG_USAGE);
    assert!(unreadable.err.contains("this is no plan"), "{}", unreadable.err);
    let missing = bench.run(&["apply", "missing.json", "--yes"]).expect(FAILED);
    assert!(missing.err.contains("missing.json"), "{}", missing.err);
}

#[test]
fn a_saved_pull_can_not_be_acted_on() {
    let home = Home::new();
    home.run(&["pull", "--sandbox", "-o", "monday.fleet"]);
    let refused = home.run(&["plan", "roll", "web-prod", "--file", "monday.fleet"]).expect(REFUSED);
    assert!(refused.err.contains("a saved pull can't be acted on"), "{}", refused.err);
}

#[test]
fn a_machine_that_never_acted_has_nothing_to_tell() {
    let home = Home::new();
    for arguments in [&["operations"][..], &["operations", "list"], &["operations", "export"]] {
        let told = home.run(arguments).expect(DONE);
        assert_eq!(told.out, "");
        assert!(told.err.contains("Nothing was done yet"), "{}", told.err);
    }
    let none = home.run(&["operations", "show", "op-000000000000"]).expect(FAILED);
    assert!(none.err.contains("there is no operation"), "{}", none.err);
    assert!(!home.path().join(".local").exists(), "looking makes nothing");
}

#[test]
fn a_server_behind_a_load_balancer_gives_its_place_to_its_successor() {
    let home = Home::new();
    let fleet = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/simulation/fleet.toml");
    let served = Served::start(&home, &["--scenario", fleet, "--speed", "600"]);
    let run = |arguments: &[&str]| ended(served.command(&home, PROD, REGION, arguments).output().unwrap());
    let targets = || {
        let arn = served.query(PROD, REGION, "elasticloadbalancing", "Action=DescribeTargetGroups&Names.member.1=edge");
        let arn = text(&arn, "TargetGroupArn");
        let health = format!("Action=DescribeTargetHealth&TargetGroupArn={arn}");
        let health = served.query(PROD, REGION, "elasticloadbalancing", &health);
        (text(&health, "Id"), text(&health, "State"))
    };
    let (old, state) = targets();
    assert_eq!(state, "healthy");
    let path = home.path().join("plan.json").display().to_string();
    let planned = run(&["plan", "replace", "edge", "-o", &path]).expect(DONE);
    let order = [
        "Launch the successor of".to_owned(),
        "Wait until the successor runs".to_owned(),
        format!("Register the successor in the target group edge (port 80), beside {old}."),
        format!("Wait until the successor is healthy in the target group edge (port 80); until then {old} serves on."),
        format!("Take {old} out of the target group edge (port 80)"),
        format!("Wait until {old} has drained from the target group edge (port 80)."),
        format!("Terminate {old}"),
    ];
    let places: Vec<Option<usize>> = order.iter().map(|sentence| planned.err.find(sentence)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}: {}", planned.err);
    run(&["apply", &path, "--yes", "--confirm", PROD]).expect(DONE);
    let (new, state) = targets();
    assert_eq!(state, "healthy");
    assert_ne!(new, old);
    let report = run(&["report", "--format", "json"]).expect(DONE).json();
    let there: Vec<&str> =
        report["servers"].as_array().unwrap().iter().filter_map(|server| server["id"].as_str()).collect();
    assert!(there.contains(&new.as_str()) && !there.contains(&old.as_str()), "{old} is gone, and {new} is there");
}

/// The first text of an element.
fn text(xml: &str, element: &str) -> String {
    let (_, rest) = xml.split_once(&format!("<{element}>")).unwrap_or_else(|| panic!("no {element} in {xml}"));
    rest.split('<').next().unwrap_or_default().to_owned()
}

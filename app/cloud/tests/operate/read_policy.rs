//! A pull under exactly `assets/iam/read.json`: it reads all that it asks for, and without any one statement there are
//! gaps that name what is missing.

use std::collections::BTreeSet;
use std::sync::Arc;

use emberline_cloud::{Access, Cancel, Login, pull_with_evidence};
use fleet::{Call, Fleet, GapKind};
use sandbox::Sandbox;
use serde_json::Value;
use tokio::runtime::Runtime;

const POLICY: &str = include_str!("../../../../assets/iam/read.json");

fn pulled_under(policy: &str) -> Fleet {
    // By a clock far from its own the SDK takes a refusal for the clock's fault, and asks again for seconds.
    let sandbox = Sandbox::open_at("harbor", jiff::Timestamp::now()).unwrap();
    let prod = sandbox.profiles().iter().find(|one| one.name == "harbor-prod").unwrap();
    let reader = sandbox.add_principal(&prod.account, "reader", &[policy]).unwrap();
    let login = Login {
        profile: reader.name,
        account: Some(reader.account),
        regions: vec!["all".into()],
        access_key_id: reader.access_key_id,
        secret_access_key: reader.secret_access_key,
    };
    let answer = move |request| sandbox.handle(request).into_response();
    let access = Access::in_process(Arc::new(answer), vec![login]).with_quota_share(1_000.0);
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async move {
        // In a task of its own, as the app does it.
        tokio::spawn(async move { pull_with_evidence(&access, None, None, &|_| {}, &Cancel::new()).await })
            .await
            .unwrap()
            .unwrap()
    })
}

fn statements() -> Vec<Value> {
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    policy["Statement"].as_array().unwrap().clone()
}

fn allowed(statement: &Value) -> Vec<&str> {
    match &statement["Action"] {
        Value::Array(actions) => actions.iter().map(|action| action.as_str().unwrap()).collect(),
        action => vec![action.as_str().unwrap()],
    }
}

#[test]
fn it_allows_the_calls_of_a_pull_and_nothing_else() {
    let statements = statements();
    let allowed: BTreeSet<&str> = statements.iter().flat_map(allowed).collect();
    // Asking who one is needs no permission.
    let asked = Call::ALL.iter().filter(|&&call| call != Call::GetCallerIdentity).map(|call| call.action());
    assert_eq!(allowed, asked.collect());
}

#[test]
fn under_it_a_pull_has_no_gaps() {
    assert_eq!(pulled_under(POLICY).gaps, []);
}

#[test]
fn without_a_statement_the_gaps_name_its_actions() {
    for (left_out, statement) in statements().iter().enumerate() {
        let mut rest = statements();
        rest.remove(left_out);
        let fleet = pulled_under(&serde_json::json!({"Version": "2012-10-17", "Statement": rest}).to_string());
        let missing: BTreeSet<&str> = fleet
            .gaps
            .iter()
            .map(|gap| {
                assert_eq!(gap.kind, GapKind::Denied, "{}", fleet.str(gap.message));
                fleet.text(gap.action).unwrap()
            })
            .collect();
        assert!(!missing.is_empty(), "a pull does not need {}", statement["Sid"]);
        let allowed: BTreeSet<&str> = allowed(statement).into_iter().collect();
        assert!(missing.is_subset(&allowed), "without {}: {missing:?}", statement["Sid"]);
    }
}

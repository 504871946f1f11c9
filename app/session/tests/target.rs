//! What a target's text means in a real pull: the embedded company.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;

use cloud::{Access, Cancel, Login};
use emberline_session::{Derived, TargetError, TargetKind, derive, find_target, open};
use emberline_session::{OpenSandbox, Source};
use insight::Policy;
use sandbox::Sandbox;

fn pulled(scenario: &str) -> (fleet::Fleet, Derived, Policy) {
    let sandbox: OpenSandbox = Arc::new(|scenario| {
        let sandbox = Sandbox::open(scenario).map_err(|error| error.to_string())?;
        let login = |profile: &sandbox::Profile| Login {
            profile: profile.name.clone(),
            account: Some(profile.account.clone()),
            regions: profile.regions.clone(),
            access_key_id: profile.access_key_id.clone(),
            secret_access_key: profile.secret_access_key.clone(),
        };
        let logins = sandbox.profiles().iter().map(login).collect();
        Ok(Access::in_process(Arc::new(move |request| sandbox.handle(request).into_response()), logins))
    });
    let opened = open(&Source::Sandbox(scenario.to_owned()), &sandbox).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let pulled = runtime.block_on(opened.pull(Arc::new(|_| ()), Cancel::new())).unwrap();
    let policy = Policy::parse("[accounts]\n210987654321 = \"prod\"\n", "emberline.toml").unwrap();
    let derived = derive(&pulled.fleet, &policy);
    (pulled.fleet, derived, policy)
}

#[test]
fn a_target_is_found_by_id_or_name_and_place() {
    let (fleet, derived, policy) = pulled("harbor");
    let find = |kind, text: &str| find_target(&fleet, &derived.lineage, &policy, kind, text);

    let group = find(TargetKind::Group, "web-prod").unwrap();
    assert_eq!((group.id.as_str(), group.scope.to_string().as_str()), ("web-prod", "210987654321/eu-west-1"));
    assert_eq!(group.scope.profile.as_deref(), Some("harbor-prod"));
    for text in ["210987654321/eu-west-1/web-prod", "prod/eu-west-1/web-prod", " WEB-PROD "] {
        assert_eq!(find(TargetKind::Group, text), Ok(group.clone()), "{text}");
    }

    let server = fleet.servers.iter().find(|server| fleet.text(server.group) == Some("web-prod")).unwrap();
    let id = fleet.str(server.id);
    assert_eq!(find(TargetKind::Server, id).unwrap().id, id);
    let address = fleet.str(fleet.symbols.list(server.addresses)[0]);
    assert_eq!(find(TargetKind::Server, address).unwrap().id, id);

    let recipe = find(TargetKind::Recipe, "prod/eu-west-1/web").unwrap();
    assert!(recipe.id.ends_with(":image-recipe/web"), "{}", recipe.id);
}

#[test]
fn what_is_not_one_target_says_what_would_be() {
    let (fleet, derived, policy) = pulled("harbor");
    let find = |kind, text: &str| find_target(&fleet, &derived.lineage, &policy, kind, text).unwrap_err().to_string();

    assert_eq!(
        find(TargetKind::Group, "web-prud"),
        "there is no group called \"web-prud\"; did you mean \"web-prod\"?"
    );
    let elsewhere = find(TargetKind::Group, "prod/us-east-1/web-prod");
    assert!(elsewhere.starts_with("there is no group called \"web-prod\" in prod/us-east-1"), "{elsewhere}");

    assert_eq!(find(TargetKind::Recipe, "amazon"), "there is no recipe called \"amazon\"");
}

#[test]
fn several_of_one_name_are_listed_as_they_can_be_given() {
    let (fleet, derived, policy) = pulled("generated:40:7");
    let find = |text: &str| find_target(&fleet, &derived.lineage, &policy, TargetKind::Server, text);
    let Err(TargetError::Ambiguous { candidates, .. }) = find("service-0000") else { panic!() };
    assert_eq!(candidates.len(), 18);
    for candidate in candidates {
        let (place, name) = candidate.split_once("  ").unwrap();
        assert_eq!(name, "service-0000");
        let found = find(place).unwrap();
        assert_eq!(format!("{}/{}", found.scope, found.id), place);
    }
}

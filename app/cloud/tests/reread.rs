//! Reading again what an operation touches, against the sandbox through the SDK.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use emberline_cloud::{Access, Cancel, Login, Reread, Touched, pull, reread};
use fleet::{Fleet, FleetDelta, Group, ScopeIx, Server};
use sandbox::Sandbox;

const ACCOUNT: &str = "210987654321";
const GROUP: &str = "api-prod";

/// A sandbox whose clock stands still, the way to it, and how often it was asked.
fn harbor() -> (Sandbox, Access, Arc<AtomicUsize>) {
    let sandbox = Sandbox::open_at("harbor", "2026-06-01T12:00:00Z".parse().unwrap()).unwrap();
    let logins = sandbox
        .profiles()
        .iter()
        .map(|profile| Login {
            profile: profile.name.clone(),
            account: Some(profile.account.clone()),
            regions: profile.regions.clone(),
            access_key_id: profile.access_key_id.clone(),
            secret_access_key: profile.secret_access_key.clone(),
        })
        .collect();
    let (answering, asked) = (sandbox.clone(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    let answer = move |request| {
        count.fetch_add(1, Ordering::Relaxed);
        answering.handle(request).into_response()
    };
    (sandbox, Access::in_process(Arc::new(answer), logins), asked)
}

async fn pulled(access: &Access) -> Fleet {
    let access = access.clone();
    tokio::spawn(async move { pull(&access, &|_| {}, &Cancel::new()).await }).await.unwrap().unwrap()
}

fn group<'f>(fleet: &'f Fleet, name: &str) -> (ScopeIx, &'f Group) {
    let here = |scope: ScopeIx| fleet.str(fleet.scope(scope).unwrap().account) == ACCOUNT;
    let row = fleet.groups.iter().find(|row| fleet.str(row.name) == name && here(row.scope)).unwrap();
    (row.scope, row)
}

fn touching(groups: &[&str]) -> Touched {
    Touched { groups: groups.iter().map(|&name| name.to_owned()).collect(), ..Touched::default() }
}

/// Id, state and when it came, of the servers of a group.
fn servers(fleet: &Fleet, name: &str) -> BTreeSet<(String, &'static str, Option<u32>)> {
    let of = |row: &&Server| fleet.text(row.group) == Some(name);
    let told =
        |row: &Server| (fleet.str(row.id).to_owned(), row.state.as_str(), row.launched.map(|at| at.epoch_s() as u32));
    fleet.servers.iter().filter(of).map(told).collect()
}

/// Id and lifecycle of a group's members.
fn members(fleet: &Fleet, name: &str) -> BTreeSet<(String, String)> {
    let text = |sym| fleet.str(sym).to_owned();
    group(fleet, name).1.members.iter().map(|one| (text(one.server), text(one.lifecycle.unwrap()))).collect()
}

#[tokio::test]
async fn what_is_read_again_is_what_a_pull_would_say_and_the_rest_stays_as_it_was() {
    let (sandbox, access, asked) = harbor();
    let before = pulled(&access).await;
    // Meanwhile somebody burns the oldest server of the group, and a schedule grows another group.
    for after in [Duration::from_secs(4 * 3_600 + 660), Duration::from_secs(30), Duration::from_secs(600)] {
        sandbox.advance(after);
        asked.store(0, Ordering::Relaxed);
        let (scope, _) = group(&before, GROUP);
        let Reread { fleet, failures } = reread(&access, before.clone(), scope, &touching(&[GROUP])).await;
        let calls = asked.load(Ordering::Relaxed);
        assert_eq!(failures, Vec::<String>::new());
        assert!(calls <= 6, "{calls} calls for one group");
        assert!(!FleetDelta::between(&before, &fleet).is_empty());
        let after = pulled(&access).await;
        assert_eq!(servers(&fleet, GROUP), servers(&after, GROUP));
        assert_eq!(members(&fleet, GROUP), members(&after, GROUP));
        assert_ne!(servers(&fleet, GROUP), servers(&before, GROUP));
        assert_eq!(servers(&fleet, "ci-runners"), servers(&before, "ci-runners"));
        assert_ne!(servers(&before, "ci-runners"), servers(&after, "ci-runners"));
        let pulled_at = |fleet: &Fleet| fleet.scope(scope).unwrap().pulled_at;
        assert_eq!(pulled_at(&fleet), pulled_at(&before), "what was not read again does not look fresh");
    }
}

#[tokio::test]
async fn what_did_not_change_says_the_same() {
    let (_, access, _) = harbor();
    let before = pulled(&access).await;
    let (scope, row) = group(&before, GROUP);
    let mut touched = touching(&[GROUP, "ci-runners"]);
    touched.servers.insert(before.str(row.members[0].server).to_owned());
    touched.roots.insert(before.str(row.members[0].server).to_owned());
    touched
        .templates
        .extend(before.templates.iter().filter(|row| row.scope == scope).map(|row| before.str(row.id).to_owned()));
    touched
        .images
        .extend(before.images.iter().filter(|row| row.scope == scope).map(|row| before.str(row.id).to_owned()));
    let Reread { fleet, failures } = reread(&access, before.clone(), scope, &touched).await;
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(FleetDelta::between(&before, &fleet), FleetDelta::default());
    assert_eq!(before.gaps, fleet.gaps);
}

#[tokio::test]
async fn what_cannot_be_read_again_stays_as_it_was_and_is_told() {
    let (sandbox, access, _) = harbor();
    let before = pulled(&access).await;
    sandbox.advance(Duration::from_secs(4 * 3_600 + 1_200));
    sandbox.inject("denied:action=ec2:DescribeInstances".parse().unwrap());
    let (scope, _) = group(&before, GROUP);
    let Reread { fleet, failures } = reread(&access, before.clone(), scope, &touching(&[GROUP])).await;
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(failures[0].contains("ec2:DescribeInstances"), "{failures:?}");
    assert_eq!(before.servers, fleet.servers);
    assert_eq!(before.gaps, fleet.gaps, "the pull has read the whole of it");
    assert_ne!(members(&before, GROUP), members(&fleet, GROUP), "what can be read is read");
}

#[tokio::test]
async fn names_that_aws_does_not_know_change_nothing() {
    let (_, access, _) = harbor();
    let before = pulled(&access).await;
    let (scope, _) = group(&before, GROUP);
    let name = |text: &str| BTreeSet::from([text.to_owned()]);
    let touched = Touched {
        groups: name("nobody"),
        servers: name("i-00000000000000000"),
        roots: name("i-00000000000000000"),
        images: name("ami-00000000000000000"),
        ..Touched::default()
    };
    let Reread { fleet, failures } = reread(&access, before.clone(), scope, &touched).await;
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(FleetDelta::between(&before, &fleet), FleetDelta::default());
    let Reread { failures, .. } = reread(&access, before, ScopeIx(99), &touched).await;
    assert_eq!(failures.len(), 1, "a scope that is not there");
}

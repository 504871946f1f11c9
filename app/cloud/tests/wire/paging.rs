//! Pages, their tokens, and what changes while they are read.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use emberline_cloud::{CallState, Cancel, PullError, pull};
use fleet::{Call, GapKind, ServerState};

use crate::fake::{Asked, Fake, gap_calls, gap_of, identity, ids, login, server, server_in, servers};

#[tokio::test]
async fn an_empty_page_with_a_token_is_not_the_last() {
    let fake = Fake::new(|asked| {
        (asked.action == "DescribeInstances").then(|| match asked.field("NextToken") {
            "" => asked.xml(&servers(&[server("i-1", "ami-1")], Some("two"))),
            "two" => asked.xml(&servers(&[], Some("three"))),
            _ => asked.xml(&servers(&[server("i-2", "ami-1")], None)),
        })
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(ids(&fleet), ["i-1", "i-2"]);
    let requests = fake.requests("DescribeInstances");
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|asked| asked.field("IncludeManagedResources") == "true"));
    assert_eq!(requests[0].field("MaxResults"), "1000");
}

#[tokio::test]
async fn a_server_on_two_pages_is_one_and_its_last_state_stays() {
    let fake = Fake::new(|asked| {
        (asked.action == "DescribeInstances").then(|| match asked.field("NextToken") {
            "" => asked.xml(&servers(&[server("i-1", "ami-1"), server("i-2", "ami-1")], Some("two"))),
            _ => asked.xml(&servers(&[server_in("i-1", "ami-1", "stopping")], None)),
        })
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(ids(&fleet), ["i-1", "i-2"]);
    assert_eq!(fleet.servers[0].state, ServerState::Stopping);
}

#[tokio::test]
async fn a_terminated_server_is_none_and_a_state_of_tomorrow_is_other() {
    let fake = Fake::new(|asked| {
        (asked.action == "DescribeInstances").then(|| {
            let list = [server_in("i-1", "ami-1", "terminated"), server_in("i-2", "ami-1", "hibernating")];
            asked.xml(&servers(&list, None))
        })
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(ids(&fleet), ["i-2"]);
    assert_eq!(fleet.servers[0].state, ServerState::Other);
}

#[tokio::test]
async fn a_token_given_twice_ends_with_a_gap_and_keeps_the_rows() {
    let fake = Fake::new(|asked| {
        (asked.action == "DescribeInstances")
            .then(|| asked.xml(&servers(&[server("i-1", "ami-1")], Some("the same again"))))
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(ids(&fleet), ["i-1"]);
    assert_eq!(fake.count("DescribeInstances"), 2);
    let message = fleet.str(gap_of(&fleet, Call::DescribeInstances).message);
    assert!(message.contains("the token of the same page twice"), "{message}");
}

#[tokio::test]
async fn rows_before_a_failing_page_are_kept() {
    let fake = Fake::new(|asked| {
        (asked.action == "DescribeInstances").then(|| match asked.field("NextToken") {
            "" => asked.xml(&servers(&[server("i-1", "ami-1")], Some("two"))),
            _ => asked.error(400, "InvalidParameterValue", "The token has expired"),
        })
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(ids(&fleet), ["i-1"]);
    assert_eq!(gap_of(&fleet, Call::DescribeInstances).kind, GapKind::Error);
}

#[tokio::test]
async fn a_stopped_pull_keeps_what_was_read_and_sends_nothing_more() {
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let fake = Fake::new(move |asked| {
        (asked.action == "DescribeInstances").then(|| match asked.field("NextToken") {
            "" => asked.xml(&servers(&[server("i-1", "ami-1")], Some("two"))),
            _ => {
                stop.cancel();
                asked.xml(&servers(&[server("i-2", "ami-1")], Some("three")))
            }
        })
    });
    let fleet = pull(&fake.access, &|_| {}, &cancel).await.unwrap();
    // The page on its way when the stop came may count or not.
    assert_eq!(ids(&fleet)[0], "i-1");
    assert_eq!(fake.count("DescribeInstances"), 2);
    let gap = gap_of(&fleet, Call::DescribeInstances);
    assert_eq!(gap.kind, GapKind::Cancelled);
    assert!(fleet.str(gap.message).contains("stopped before"), "{}", fleet.str(gap.message));
}

#[tokio::test]
async fn a_pull_stopped_before_anyone_signed_in_is_an_error() {
    let cancel = Cancel::new();
    cancel.cancel();
    let fake = Fake::new(|_| None);
    assert_eq!(pull(&fake.access, &|_| {}, &cancel).await.unwrap_err(), PullError::Cancelled);
    assert_eq!(fake.count("GetCallerIdentity"), 0);
}

#[tokio::test]
async fn progress_tells_pages_rows_and_the_end_of_every_call() {
    let fake = Fake::new(|asked| {
        (asked.action == "DescribeInstances").then(|| match asked.field("NextToken") {
            "" => asked.xml(&servers(&[server("i-1", "ami-1"), server("i-2", "ami-1")], Some("two"))),
            _ => asked.xml(&servers(&[server("i-3", "ami-1")], None)),
        })
    });
    let told = Mutex::new(Vec::new());
    pull(&fake.access, &|progress| told.lock().unwrap().push(progress), &Cancel::new()).await.unwrap();
    let told = told.into_inner().unwrap();
    let servers: Vec<_> = told
        .iter()
        .filter(|progress| progress.call == Call::DescribeInstances)
        .map(|progress| (progress.state, progress.pages, progress.items))
        .collect();
    use CallState::{Done, Running};
    assert_eq!(servers, [(Running, 0, 0), (Running, 1, 2), (Running, 2, 3), (Done, 2, 3)]);
    let last = told.last().unwrap();
    assert_eq!(last.calls_done, last.calls_known);
    assert_eq!(last.place.account.as_deref(), Some("111122223333"));
    assert_eq!(last.place.region, "eu-west-1");
}

#[tokio::test]
async fn every_enabled_region_is_a_scope_of_its_own() {
    let fake = Fake::with(vec![login("prod", &["all"])], |asked| {
        match asked.action.as_str() {
        "DescribeRegions" => Some(asked.xml(
            "<regionInfo><item><regionName>eu-west-1</regionName></item><item><regionName>ap-south-1</regionName></item></regionInfo>",
        )),
        "DescribeInstances" => Some(asked.xml(&servers(&[server(&format!("i-{}", asked.region), "ami-1")], None))),
        _ => None,
    }
    });
    let fleet = fake.pull().await.unwrap();
    let regions: Vec<&str> = fleet.scopes.iter().map(|scope| fleet.str(scope.region)).collect();
    assert_eq!(regions, ["ap-south-1", "eu-west-1"]);
    assert_eq!(ids(&fleet), ["i-ap-south-1", "i-eu-west-1"]);
}

#[tokio::test]
async fn regions_that_may_not_be_listed_leave_the_home_region_and_a_gap() {
    let fake = Fake::with(vec![login("prod", &["all"])], |asked| {
        (asked.action == "DescribeRegions").then(|| asked.error(403, "UnauthorizedOperation", "You are not authorized"))
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(fleet.scopes.len(), 1);
    assert_eq!(fleet.str(fleet.scopes[0].region), "us-east-1");
    assert_eq!(fleet.text(gap_of(&fleet, Call::DescribeRegions).action), Some("ec2:DescribeRegions"));
}

#[tokio::test]
async fn profiles_of_one_account_are_one_scope() {
    let logins = vec![login("prod", &["eu-west-1"]), login("audit", &["eu-west-1", "eu-central-1"])];
    let fake = Fake::with(logins, |_| None);
    let fleet = fake.pull().await.unwrap();
    let scopes: Vec<_> =
        fleet.scopes.iter().map(|scope| (fleet.str(scope.region), fleet.text(scope.profile).unwrap())).collect();
    assert_eq!(scopes, [("eu-west-1", "prod"), ("eu-central-1", "audit")]);
    assert_eq!(fake.count("DescribeInstances"), 2);
    assert_eq!(gap_calls(&fleet), []);
}

#[tokio::test]
async fn scopes_are_read_side_by_side() {
    // Each region answers only once the other was asked: one after the other would never end.
    let arrived = Arc::new(AtomicUsize::new(0));
    let fake = Fake::with(vec![login("prod", &["eu-west-1", "eu-central-1"])], move |asked: &Asked| {
        if asked.action == "DescribeInstances" {
            arrived.fetch_add(1, Ordering::SeqCst);
            let started = std::time::Instant::now();
            while arrived.load(Ordering::SeqCst) < 2 && started.elapsed().as_secs() < 20 {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            assert_eq!(arrived.load(Ordering::SeqCst), 2);
        }
        (asked.action == "GetCallerIdentity").then(|| identity(asked, "111122223333"))
    });
    assert!(fake.pull().await.unwrap().is_complete());
}

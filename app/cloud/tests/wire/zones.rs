//! Many servers, read zone by zone.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fleet::{Call, GapKind};

use crate::fake::{Asked, Fake, gap_calls, gap_of, ids, server, servers};

/// A page of the servers of a zone: two of them, on a page each.
fn zone_page(asked: &Asked, zone: &str) -> http::Response<bytes::Bytes> {
    match asked.field("NextToken") {
        "" => asked.xml(&servers(&[server(&format!("i-{zone}1"), "ami-1")], Some("two"))),
        _ => asked.xml(&servers(&[server(&format!("i-{zone}2"), "ami-1")], None)),
    }
}

fn zones(asked: &Asked, names: &[&str]) -> http::Response<bytes::Bytes> {
    let items: String = names.iter().map(|name| format!("<item><zoneName>{name}</zoneName></item>")).collect();
    asked.xml(&format!("<availabilityZoneInfo>{items}</availabilityZoneInfo>"))
}

/// AWS with the zones a and b, and what it says of each.
fn fleet_in_zones(answer: impl Fn(&Asked, &str) -> http::Response<bytes::Bytes> + Send + Sync + 'static) -> Fake {
    Fake::new(move |asked| match asked.action.as_str() {
        "DescribeAvailabilityZones" => Some(zones(asked, &["a", "b"])),
        "DescribeInstances" if asked.fields.keys().all(|name| !name.starts_with("Filter")) => {
            assert_eq!(asked.field("NextToken"), "", "nobody follows the chain of all");
            Some(asked.xml(&servers(&[server("i-a1", "ami-1")], Some("more"))))
        }
        "DescribeInstances" => {
            let (name, zone) = (asked.field("Filter.1.Name"), asked.field("Filter.1.Value.1"));
            assert!(name == "availability-zone" && ["a", "b"].contains(&zone), "{name} {zone}");
            Some(answer(asked, zone))
        }
        _ => None,
    })
}

#[tokio::test]
async fn where_one_page_is_not_all_each_zone_is_read_by_itself() {
    let fake = fleet_in_zones(zone_page);
    let fleet = fake.pull().await.unwrap();
    let mut found = ids(&fleet);
    found.sort_unstable();
    assert_eq!((found, gap_calls(&fleet)), (vec!["i-a1", "i-a2", "i-b1", "i-b2"], vec![]));
    assert_eq!(fake.count("DescribeInstances"), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn zones_are_read_side_by_side() {
    let (now, most) = (Arc::new(Mutex::new(0_u32)), Arc::new(Mutex::new(0_u32)));
    let seen = most.clone();
    let fake = fleet_in_zones(move |asked, zone| {
        let count = {
            let mut now = now.lock().unwrap();
            *now += 1;
            *now
        };
        let mut most = most.lock().unwrap();
        *most = count.max(*most);
        drop(most);
        std::thread::sleep(Duration::from_millis(60));
        *now.lock().unwrap() -= 1;
        zone_page(asked, zone)
    });
    fake.pull().await.unwrap();
    assert_eq!(*seen.lock().unwrap(), 2);
}

#[tokio::test]
async fn a_zone_that_fails_is_a_gap_and_the_others_are_read() {
    let fake = fleet_in_zones(|asked, zone| match zone {
        "b" => asked.error(400, "InvalidParameterValue", "The zone is under water"),
        _ => zone_page(asked, zone),
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(ids(&fleet), ["i-a1", "i-a2"]);
    let gap = gap_of(&fleet, Call::DescribeInstances);
    assert_eq!((gap.kind, fleet.text(gap.resource)), (GapKind::Error, Some("b")));
}

#[tokio::test]
async fn where_the_zones_are_not_told_page_follows_page_and_nothing_is_missing() {
    let fake = Fake::new(|asked| match asked.action.as_str() {
        "DescribeAvailabilityZones" => Some(asked.error(403, "UnauthorizedOperation", "no")),
        "DescribeInstances" => Some(match asked.field("NextToken") {
            "" => asked.xml(&servers(&[server("i-1", "ami-1")], Some("two"))),
            _ => asked.xml(&servers(&[server("i-2", "ami-1")], None)),
        }),
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!((ids(&fleet), gap_calls(&fleet)), (vec!["i-1", "i-2"], vec![]));
}

#[tokio::test]
async fn one_page_needs_no_zones() {
    let fake = Fake::new(|asked| {
        (asked.action == "DescribeInstances").then(|| asked.xml(&servers(&[server("i-1", "ami-1")], None)))
    });
    assert_eq!(ids(&fake.pull().await.unwrap()), ["i-1"]);
    assert_eq!(fake.count("DescribeAvailabilityZones"), 0);
}

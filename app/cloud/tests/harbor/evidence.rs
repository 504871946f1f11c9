//! The second stage of a pull of the sandbox's default scenario, and what it costs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use emberline_cloud::{Access, Cancel, pull, pull_with_evidence};
use fleet::{ActivityKind, Call, ChangeKind, Fleet, GapKind, LoginKind, Setting};
use sandbox::Sandbox;

use super::logins;

/// A password that stands in the user data of a group.
const SECRET: &str = "not-a-real-password";

fn counted(sandbox: &Sandbox) -> (Access, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let (counter, handler) = (calls.clone(), sandbox.clone());
    let answer = move |request| {
        counter.fetch_add(1, Ordering::Relaxed);
        handler.handle(request).into_response()
    };
    (Access::in_process(Arc::new(answer), logins(sandbox)), calls)
}

async fn whole(sandbox: &Sandbox) -> Fleet {
    let (access, _) = counted(sandbox);
    tokio::spawn(async move { pull_with_evidence(&access, None, None, &|_| {}, &Cancel::new()).await })
        .await
        .unwrap()
        .unwrap()
}

fn opened() -> Sandbox {
    Sandbox::open_at("harbor", jiff::Timestamp::now()).unwrap()
}

#[tokio::test]
async fn the_picture_comes_before_the_evidence_and_each_takes_so_many_calls() {
    let sandbox = opened();
    let (access, calls) = counted(&sandbox);
    let picture = Arc::new(Mutex::new(None));
    let (seen, so_far) = (picture.clone(), calls.clone());
    let began = std::time::Instant::now();
    let fleet = tokio::spawn(async move {
        let hand_on = move |fleet: Fleet| {
            *seen.lock().unwrap() = Some((fleet, so_far.load(Ordering::Relaxed), began.elapsed()));
        };
        pull_with_evidence(&access, None, Some(&hand_on), &|_| {}, &Cancel::new()).await
    });
    let fleet = fleet.await.unwrap().unwrap();
    let (picture, first, after) = picture.lock().unwrap().take().unwrap();
    let second = calls.load(Ordering::Relaxed) - first;
    println!("{first} calls in {after:.1?}, then {second} in {:.1?}", began.elapsed() - after);
    assert!(picture.scopes.iter().all(|scope| scope.evidence_at.is_none()));
    assert!(fleet.scopes.iter().all(|scope| scope.evidence_at >= Some(scope.pulled_at)));
    assert_eq!(picture.servers.len(), fleet.servers.len());
    assert!(picture.activities.is_empty() && !fleet.activities.is_empty());
    assert!(first <= 75, "{first} calls for the picture");
    assert!(second <= 110, "{second} calls for the evidence");
}

#[tokio::test]
async fn what_happened_in_the_harbor_is_read() {
    let sandbox = opened();
    // Somebody gets in and takes the protection away within the first two hours, and CloudTrail tells it minutes later.
    sandbox.advance(std::time::Duration::from_secs(3 * 3_600));
    let fleet = whole(&sandbox).await;
    let name = |server| fleet.servers.iter().find(|row| row.id == server).and_then(|row| fleet.server_name(row));
    let sessions: BTreeMap<_, _> = fleet
        .logins
        .iter()
        .filter(|login| login.kind == LoginKind::Session)
        .map(|login| (name(login.server).unwrap(), fleet.text(login.who).unwrap().rsplit('/').next().unwrap()))
        .collect();
    assert_eq!(sessions.get("kafka-2"), Some(&"aisha"), "{sessions:?}");
    assert_eq!(sessions.get("metrics-1"), Some(&"tomas"));
    let keys: Vec<_> = fleet.logins.iter().filter(|login| login.kind == LoginKind::InstanceConnect).collect();
    assert!(keys.iter().any(|login| name(login.server) == Some("jenkins")), "{keys:?}");
    let changed = fleet.changes.iter().find(|change| name(change.server) == Some("jenkins")).unwrap();
    let ChangeKind::Attribute(Some(attribute)) = changed.kind else { panic!("{changed:?}") };
    assert_eq!(fleet.str(attribute), "disableApiTermination");
    assert!(fleet.text(changed.who).unwrap().ends_with("/mkowalski"));
    let before = fleet.changes.iter().find(|change| name(change.server) == Some("search-prod-14")).unwrap();
    assert!(fleet.text(before.who).unwrap().ends_with("/aisha"), "days before the opening");
    assert!(fleet.managed.len() > 100 && fleet.managed.len() < fleet.servers.len(), "{}", fleet.managed.len());
    let launches = fleet.activities.iter().filter(|row| row.kind == ActivityKind::Launch && row.ended.is_some());
    assert!(launches.count() > 50);
    assert!(
        fleet
            .activities
            .iter()
            .all(|row| row.kind == ActivityKind::Other || row.server.is_some() || row.message.is_some())
    );
    assert!(fleet.refreshes.iter().any(|row| fleet.text(row.status) == Some("Successful")));
    assert!(fleet.build_times.iter().all(|row| row.ended.since_s(row.started) > 60));
    assert!(fleet.build_times.len() >= 6, "{}", fleet.build_times.len());
    let jenkins = fleet.attributes.iter().find(|row| name(row.server) == Some("jenkins")).unwrap();
    assert_eq!(jenkins.termination_protected, Some(false));
    // A fried group's boot takes minutes, a baked one's under one.
    let boot_of = |group: &str| {
        let rows = fleet.boot_times.iter();
        let of = rows.filter(|row| {
            fleet.servers.iter().any(|server| server.id == row.server && fleet.text(server.group) == Some(group))
        });
        of.map(|row| row.seconds).max()
    };
    assert!(boot_of("checkout-prod") > boot_of("api-prod"), "{:?}", fleet.boot_times);
}

#[tokio::test]
async fn user_data_is_in_memory_and_in_no_saved_fleet() {
    let fleet = whole(&opened()).await;
    let texts = || fleet.user_data.iter().filter_map(|(_, text)| text.bytes());
    assert!(texts().any(|text| text.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())));
    let of_version = fleet.template_versions.iter().filter_map(|row| fleet.settings.get(row.settings?));
    assert!(of_version.filter(|settings| matches!(settings.user_data, Setting::Is(_))).count() > 20);
    let mut file = Vec::new();
    fleet.save(&mut file).unwrap();
    let loaded = Fleet::load(file.as_slice()).unwrap();
    assert_eq!(loaded.user_data.len(), fleet.user_data.len());
    assert!(loaded.user_data.iter().all(|(_, text)| text.bytes().is_none() && text.length > 0));
    let all = format!("{fleet:?} {loaded:?} {:?}", loaded.symbols.iter().collect::<Vec<_>>());
    assert!(!all.contains(SECRET));
}

#[tokio::test]
async fn evidence_that_is_refused_is_a_gap_and_takes_no_picture_away() {
    let sandbox = opened();
    for fault in [
        "denied:action=cloudtrail:LookupEvents",
        "html500:action=ssm:DescribeSessions",
        "html500:action=ec2:GetConsoleOutput",
        "denied:action=autoscaling:DescribeScalingActivities",
    ] {
        sandbox.inject(fault.parse().unwrap());
    }
    let began = std::time::Instant::now();
    let fleet = whole(&sandbox).await;
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
    for (call, kind) in [
        (Call::LookupEvents, GapKind::Denied),
        (Call::DescribeSessions, GapKind::Unsupported),
        (Call::GetConsoleOutput, GapKind::Unsupported),
        (Call::DescribeScalingActivities, GapKind::Denied),
    ] {
        let gaps: Vec<_> = fleet.gaps.iter().filter(|gap| gap.call == call).collect();
        assert_eq!(gaps.len(), fleet.scopes.len(), "one a scope: {call:?}");
        assert!(gaps.iter().all(|gap| gap.kind == kind && gap.resource.is_none()), "{gaps:?}");
        let action = Some(call.action()).filter(|_| kind == GapKind::Denied);
        assert!(gaps.iter().all(|gap| action.is_none() || fleet.text(gap.action) == action));
    }
    assert_eq!((fleet.servers.len(), fleet.changes.len(), fleet.activities.len()), (412, 0, 0));
    assert!(!fleet.refreshes.is_empty());
}

#[tokio::test]
async fn a_pull_that_is_stopped_in_its_second_stage_has_its_picture_and_no_evidence() {
    let (access, _) = counted(&opened());
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let pulling = tokio::spawn(async move {
        pull_with_evidence(&access, None, Some(&move |_| stop.cancel()), &|_| {}, &cancel).await
    });
    let fleet = pulling.await.unwrap().unwrap();
    assert_eq!(fleet.servers.len(), 412);
    assert!(fleet.scopes.iter().all(|scope| scope.evidence_at.is_none()));
    let stopped = fleet.gaps.iter().filter(|gap| gap.kind == GapKind::Cancelled);
    assert!(stopped.clone().count() > 0 && stopped.clone().all(|gap| gap.call.is_evidence()));
}

#[tokio::test]
async fn a_picture_alone_asks_for_no_evidence() {
    let (access, calls) = counted(&opened());
    let fleet = tokio::spawn(async move { pull(&access, &|_| {}, &Cancel::new()).await }).await.unwrap().unwrap();
    assert!(calls.load(Ordering::Relaxed) <= 75);
    assert!(fleet.logins.is_empty() && fleet.scopes.iter().all(|scope| scope.evidence_at.is_none()));
}

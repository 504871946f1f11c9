#![expect(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use cloud::{Access, Login};
use fleet::{Gap, GapKind};
use sandbox::Sandbox;

use super::*;
use crate::source::AwsSource;
use crate::{Event, Request, Session, Setup, View};

fn aws(profile: &str) -> Source {
    Source::Aws(AwsSource { profiles: vec![profile.to_owned()], ..AwsSource::default() })
}

/// How many are kept; one that is being written does not count.
fn files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().filter(|entry| entry.path().extension().is_some_and(|ending| ending == "fleet")).count()
}

#[test]
fn the_last_pull_of_each_source_is_kept_and_no_other_source_gives_it() {
    let folder = tempfile::tempdir().unwrap();
    let kept = KeptPulls::new(folder.path().join("pulls"));
    let mut fleet = Fleet::default();
    fleet.symbols.intern("web");
    assert!(kept.load(&aws("prod")).is_none(), "nothing was kept yet");
    kept.keep(&aws("prod"), &fleet);
    assert_eq!(kept.load(&aws("prod")).unwrap().symbols.len(), 1);
    fleet.symbols.intern("api");
    kept.keep(&aws("prod"), &fleet);
    assert_eq!(kept.load(&aws("prod")).unwrap().symbols.len(), 2, "the later one counts");
    assert!(kept.load(&aws("stage")).is_none());
    for source in [Source::Sandbox(String::new()), Source::File("/tmp/a.fleet".into())] {
        kept.keep(&source, &fleet);
        assert!(kept.load(&source).is_none(), "{source}");
    }
    assert_eq!(files(&folder.path().join("pulls")), 1);
}

#[test]
fn what_was_stopped_half_way_is_not_kept_and_what_is_damaged_is_as_good_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let kept = KeptPulls::new(folder.path().to_owned());
    let mut stopped = Fleet::default();
    let message = stopped.symbols.intern("stopped");
    let (scope, call) = (fleet::ScopeIx(0), fleet::Call::DescribeInstances);
    stopped.gaps.push(Gap { scope, call, action: None, resource: None, kind: GapKind::Cancelled, message });
    kept.keep(&aws("prod"), &stopped);
    assert_eq!(files(folder.path()), 0);
    kept.keep(&aws("prod"), &Fleet::default());
    let path = kept.path(&aws("prod")).unwrap();
    std::fs::write(&path, b"emberline, but not really").unwrap();
    assert!(kept.load(&aws("prod")).is_none());
    kept.keep(&aws("prod"), &Fleet::default());
    assert!(kept.load(&aws("prod")).is_some());
}

#[test]
fn only_so_many_are_kept_the_latest_ones() {
    let folder = tempfile::tempdir().unwrap();
    let kept = KeptPulls::new(folder.path().to_owned());
    for profile in 0..MOST + 3 {
        let source = aws(&profile.to_string());
        kept.keep(&source, &Fleet::default());
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + profile as u64);
        let file = std::fs::File::options().write(true).open(kept.path(&source).unwrap());
        // It may be one of the oldest already.
        if let Ok(file) = file {
            file.set_modified(at).unwrap();
        }
    }
    kept.keep(&aws("last"), &Fleet::default());
    assert_eq!(files(folder.path()), MOST);
    assert!(kept.load(&aws("last")).is_some());
}

/// A session over a generated sandbox, of which pulls are kept as if it were AWS.
fn session(folder: &Path) -> Session {
    let opened = Arc::new(|scenario: &str| {
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
    let kept = KeptPulls { keeps: |_| true, ..KeptPulls::new(folder.to_owned()) };
    Session::start(Setup { policy: Arc::default(), sandbox: opened, kept: Some(kept) }, || {}).unwrap()
}

/// The views that come until one that is read now has its evidence.
fn views(session: &mut Session) -> Vec<Arc<View>> {
    let began = Instant::now();
    let mut views: Vec<Arc<View>> = Vec::new();
    let is_last = |view: &Arc<View>| !view.is_kept && view.fleet.scopes.iter().all(|scope| scope.evidence_at.is_some());
    while !views.last().is_some_and(is_last) {
        assert!(began.elapsed() < Duration::from_secs(60), "{} views came", views.len());
        session.drain(Duration::from_millis(5), |event| {
            if let Event::View(view) = event {
                views.push(view);
            }
        });
        std::thread::sleep(Duration::from_millis(5));
    }
    views
}

#[test]
fn the_last_pull_of_the_run_before_is_seen_first_and_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::Sandbox("generated:200:7".to_owned());
    let mut first = session(folder.path());
    first.send(Request::Open(source.clone()));
    let seen = views(&mut first);
    assert!(seen.iter().all(|view| !view.is_kept), "there was none yet");
    let last = seen.last().unwrap();
    let began = Instant::now();
    while files(folder.path()) == 0 && began.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(first);

    let mut second = session(folder.path());
    second.send(Request::Open(source.clone()));
    let seen = views(&mut second);
    let kept = &seen[0];
    assert!(kept.is_kept && kept.source == source);
    assert_eq!(Some(kept.pulled_at), last.fleet.scopes.iter().map(|scope| scope.pulled_at).max());
    assert_eq!(kept.fleet.servers.len(), last.fleet.servers.len());
    let pulled: Vec<_> = seen[1..].iter().map(|view| (view.is_kept, view.pull > kept.pull)).collect();
    assert_eq!(pulled, vec![(false, true); pulled.len()], "what is there now takes its place for good");
}

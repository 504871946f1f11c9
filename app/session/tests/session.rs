//! A session from request to event, on the embedded sandbox.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cloud::{Access, Login};
use emberline_session::{Cancel, Event, Filtered, OpenSandbox, Request, Session, Setup, Source, View, open};
use sandbox::Sandbox;

/// How long a pull of the sandbox may take on a slow machine without optimisation.
const PATIENCE: Duration = Duration::from_secs(60);

fn session() -> Session {
    Session::start(Setup { policy: Arc::new(insight::Policy::default()), sandbox: sandbox(), kept: None }, || {})
        .unwrap()
}

fn sandbox() -> OpenSandbox {
    Arc::new(|scenario| {
        let sandbox = Sandbox::open(scenario).map_err(|error| error.to_string())?;
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
        Ok(Access::in_process(Arc::new(move |request| sandbox.handle(request).into_response()), logins))
    })
}

/// Drains until `take` takes something from an event.
fn await_event<T>(session: &mut Session, mut take: impl FnMut(Event) -> Option<T>) -> T {
    let began = Instant::now();
    let mut taken = None;
    loop {
        // No time at all hands over one event, so that the next ones wait for the next question.
        session.drain(Duration::ZERO, |event| {
            if taken.is_none() {
                taken = take(event);
            }
        });
        if let Some(taken) = taken.take() {
            return taken;
        }
        assert!(began.elapsed() < PATIENCE, "no such event within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn has_evidence(view: &View) -> bool {
    view.fleet.scopes.iter().all(|scope| scope.evidence_at.is_some())
}

/// The next view with all that a pull reads.
fn view(session: &mut Session) -> Arc<View> {
    await_event(session, |event| match event {
        Event::View(view) if has_evidence(&view) => Some(view),
        Event::Failed(failure) => panic!("{}", failure.message),
        _ => None,
    })
}

fn filtered(session: &mut Session, text: &str) -> Arc<Filtered> {
    await_event(session, |event| match event {
        Event::Filtered(filtered) if filtered.text == text => Some(filtered),
        _ => None,
    })
}

fn generated() -> Source {
    Source::Sandbox("generated:200:7".to_owned())
}

#[test]
fn an_opened_source_becomes_a_picture_then_a_view_with_evidence_and_a_refresh_the_next_one() {
    let mut session = session();
    session.send(Request::Open(generated()));
    let began = await_event(&mut session, |event| match event {
        Event::PullBegan(source) => Some(source),
        _ => None,
    });
    assert_eq!(began, generated());
    let picture = await_event(&mut session, |event| match event {
        Event::View(view) => Some(view),
        _ => None,
    });
    assert_eq!((picture.generation, picture.fleet.servers.len(), has_evidence(&picture)), (1, 200, false));
    let first = view(&mut session);
    assert_eq!((first.generation, first.fleet.servers.len(), first.findings.servers.len()), (2, 200, 200));
    assert_eq!(first.pulled_at, picture.pulled_at, "evidence makes no server fresher");
    assert_eq!(first.scene.tiles().len(), 200);
    session.send(Request::Refresh);
    let picture = view(&mut session);
    let evidence_at = |view: &View| view.fleet.scopes[0].evidence_at;
    assert_eq!((picture.generation, evidence_at(&picture)), (3, evidence_at(&first)), "what was known stays meanwhile");
    let second = view(&mut session);
    assert_eq!((second.generation, &second.source), (4, &first.source));
    assert!(evidence_at(&second) >= evidence_at(&first));
    assert!(!Arc::ptr_eq(&first.fleet, &second.fleet));
}

#[test]
fn user_data_is_read_with_the_pull_shown_on_demand_and_kept_in_a_file_by_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("harbor.fleet");
    let mut session = session();
    session.send(Request::Open(Source::Sandbox(String::new())));
    let pulled = view(&mut session);
    assert_eq!(pulled.fleet.bakes.len(), pulled.fleet.user_data.len(), "each text has a row");
    assert!(pulled.findings.totals.fried > 0);
    let mut texts = pulled.fleet.user_data.iter().map(|(_, text)| text);
    let secret = texts.find(|text| text.bytes().unwrap().windows(8).any(|bytes| bytes == b"PASSWORD")).unwrap();
    session.send(Request::UserData(secret.hash));
    let shown = await_event(&mut session, |event| match event {
        Event::UserData(shown) => Some(shown),
        _ => None,
    });
    assert_eq!((shown.hash, shown.text.lines[0].as_str()), (secret.hash, "#!/bin/bash"));
    let line = shown.text.lines.iter().find(|line| line.contains("PASSWORD")).unwrap();
    assert!(line.ends_with("=********"), "{line}");
    session.send(Request::Save(path.clone()));
    await_event(&mut session, |event| matches!(event, Event::Saved(_)).then_some(()));
    session.send(Request::Open(Source::File(path)));
    let opened = view(&mut session);
    assert_eq!((&opened.fleet.bakes, opened.findings.totals), (&pulled.fleet.bakes, pulled.findings.totals));
    assert!(opened.fleet.user_data.iter().all(|(_, text)| text.bytes().is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_pulled_again_reads_no_text_again() {
    let opened = open(&Source::Sandbox(String::new()), &sandbox()).unwrap();
    let pull = || opened.pull_with_evidence(None, Arc::new(|_| {}), Cancel::new());
    let first = pull().await.unwrap().fleet;
    let texts = opened.texts_read();
    assert_eq!(texts, first.bakes.len() as u64);
    let again = pull().await.unwrap().fleet;
    assert_eq!((opened.texts_read(), again.bakes.len()), (texts, first.bakes.len()));
}

#[test]
fn a_filter_is_answered_for_the_view_on_screen_and_again_for_the_next_one() {
    let mut session = session();
    session.send(Request::Open(generated()));
    let first = view(&mut session);
    assert_eq!(filtered(&mut session, "").servers.as_ref().unwrap().len(), 200);
    session.send(Request::Filter("phoenix:overdue".to_owned()));
    let overdue = filtered(&mut session, "phoenix:overdue");
    assert_eq!(overdue.servers.as_ref().unwrap().len() as u32, first.findings.totals.overdue);
    session.send(Request::Refresh);
    let second = view(&mut session);
    assert_eq!(filtered(&mut session, "phoenix:overdue").generation, second.generation);
    session.send(Request::Filter("phoenix:".to_owned()));
    assert!(filtered(&mut session, "phoenix:").servers.is_err());
}

#[test]
fn a_source_that_cannot_be_opened_says_why_and_takes_nothing_away() {
    let mut session = session();
    session.send(Request::Open(generated()));
    view(&mut session);
    session.send(Request::Open(Source::Sandbox("no-such-scenario".to_owned())));
    let failure = await_event(&mut session, |event| match event {
        Event::Failed(failure) => Some(failure),
        _ => None,
    });
    assert!(failure.message.contains("no-such-scenario"), "{}", failure.message);
    session.send(Request::Filter("state:running".to_owned()));
    assert!(!filtered(&mut session, "state:running").servers.as_ref().unwrap().is_empty());
}

#[test]
fn a_saved_pull_opens_again_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("monday.fleet");
    let mut session = session();
    session.send(Request::Open(generated()));
    let pulled = view(&mut session);
    session.send(Request::Save(path.clone()));
    let saved = await_event(&mut session, |event| match event {
        Event::Saved(path) => Some(path),
        _ => None,
    });
    assert_eq!(saved, path);
    session.send(Request::Open(Source::File(path)));
    let opened = view(&mut session);
    assert_eq!(opened.fleet.servers, pulled.fleet.servers);
    assert_eq!(opened.findings.totals, pulled.findings.totals);
    assert_eq!(Some(opened.pulled_at), pulled.fleet.scopes.iter().map(|scope| scope.pulled_at).max());
}

#[test]
fn a_closed_source_is_pulled_no_more() {
    let mut session = session();
    session.send(Request::Open(generated()));
    view(&mut session);
    // It follows each view, and may come after the word that the source is closed.
    filtered(&mut session, "");
    session.send(Request::Close);
    await_event(&mut session, |event| matches!(event, Event::Closed).then_some(()));
    session.send(Request::Refresh);
    std::thread::sleep(Duration::from_millis(50));
    let mut pulls = 0;
    session.drain(PATIENCE, |event| {
        // That acting has ended with the source may be told a moment later.
        pulls += usize::from(!matches!(event, Event::Acting(_)));
    });
    assert_eq!(pulls, 0);
}

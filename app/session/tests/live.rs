//! What the window sees while an operation works: the servers that are born and burned, without another pull.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cloud::{Access, Login};
use emberline_session::{Act, Acting, Event, Request, Session, Setup, Source, View};
use insight::Policy;
use operate::{Action, Ending, Scope};
use sandbox::Sandbox;

/// How long an operation on the sandbox may take on a slow machine without optimisation.
const PATIENCE: Duration = Duration::from_secs(180);
const GROUP: &str = "service-0002";

/// A session on small groups where a minute passes in a second, and whose account is not production.
fn session() -> Session {
    let policy = r#"[accounts]
        410987654321 = { name = "lab", production = false }"#;
    let setup = Setup {
        policy: Arc::new(Policy::parse(policy, "emberline.toml").unwrap()),
        sandbox: Arc::new(|scenario| {
            let sandbox = Sandbox::open(scenario).map_err(|error| error.to_string())?;
            sandbox.set_speed(60.0);
            let login = |profile: &sandbox::Profile| Login {
                profile: profile.name.clone(),
                account: Some(profile.account.clone()),
                regions: profile.regions.clone(),
                access_key_id: profile.access_key_id.clone(),
                secret_access_key: profile.secret_access_key.clone(),
            };
            let logins = sandbox.profiles().iter().map(login).collect();
            Ok(Access::in_process(Arc::new(move |request| sandbox.handle(request).into_response()), logins))
        }),
        kept: None,
    };
    Session::start(setup, || {}).unwrap()
}

/// What the session has told so far.
#[derive(Default)]
struct Told {
    views: Vec<Arc<View>>,
    acting: Arc<Acting>,
    pulls: usize,
}

impl Told {
    /// Takes events in until something is so.
    fn until(&mut self, session: &mut Session, what: &str, is_so: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !is_so(self) {
            assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}; {:?}", self.acting.refused);
            self.drain(session);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn drain(&mut self, session: &mut Session) {
        session.drain(Duration::from_millis(5), |event| match event {
            Event::View(view) => self.views.push(view),
            Event::Acting(acting) => self.acting = acting,
            Event::PullBegan(_) => self.pulls += 1,
            Event::NotReread(failures) => assert_eq!(failures, Vec::<String>::new()),
            Event::Failed(failure) => panic!("{}", failure.message),
            _ => {}
        });
    }

    fn last(&self) -> &View {
        self.views.last().unwrap()
    }
}

fn ids(view: &View, is_one: impl Fn(Option<&str>) -> bool) -> BTreeSet<String> {
    let servers = view.fleet.servers.iter().filter(|row| is_one(view.fleet.text(row.group)));
    servers.map(|row| view.fleet.str(row.id).to_owned()).collect()
}

fn of_group(view: &View) -> BTreeSet<String> {
    ids(view, |group| group == Some(GROUP))
}

fn others(view: &View) -> BTreeSet<String> {
    ids(view, |group| group != Some(GROUP))
}

#[test]
fn while_a_server_is_replaced_its_group_alone_is_read_again() {
    let (mut session, mut told) = (session(), Told::default());
    session.send(Request::Open(Source::Sandbox("generated:40:7".to_owned())));
    told.until(&mut session, "a view", |told| !told.views.is_empty());
    let first = Arc::clone(&told.views[0]);
    let row = first.fleet.servers.iter().find(|row| first.fleet.text(row.group) == Some(GROUP)).unwrap();
    let (old, place) = (first.fleet.str(row.id).to_owned(), first.fleet.scope(row.scope).unwrap());
    let text = |sym| first.fleet.str(sym).to_owned();
    let scope = Scope {
        partition: text(place.partition),
        account: text(place.account),
        region: text(place.region),
        profile: place.profile.map(text),
    };
    session.send(Request::Act(Act::Arm(scope.clone())));
    let action = Box::new(Action::Replace { servers: vec![old.clone()] });
    session.send(Request::Act(Act::Plan { scope, action }));
    told.until(&mut session, "a plan", |told| told.acting.sheet.is_some());
    assert_eq!(told.acting.operations, [], "nothing has begun");
    std::thread::sleep(Duration::from_millis(1_100));
    let plan_hash = told.acting.sheet.as_ref().unwrap().file.hash.clone();
    session.send(Request::Act(Act::Confirm { plan_hash, typed: String::new() }));
    told.until(&mut session, "a beginning", |told| !told.acting.operations.is_empty());
    let id = told.acting.operations[0].id.clone();
    told.until(&mut session, "its end", |told| told.acting.operations[0].has_ended() && told.acting.at_work.is_empty());
    assert_eq!(told.acting.operations[0].ending, Some(Ending::Done), "{id}");
    told.until(&mut session, "the burned one's end", |told| !of_group(told.last()).contains(&old));

    let last = told.last();
    assert_eq!(told.pulls, 1, "the fleet was pulled once");
    assert!(told.views.iter().all(|view| view.pull == first.pull));
    assert_eq!(of_group(last).len(), of_group(&first).len());
    assert_eq!(of_group(last).difference(&of_group(&first)).count(), 1, "one server is new");
    assert_eq!(others(last), others(&first));
    let born: usize = told.views.iter().map(|view| view.motion.born().len()).sum();
    let gone: usize = told.views.iter().map(|view| view.motion.gone().len()).sum();
    assert_eq!((born, gone), (1, 1), "the one that was born and the one that was burned are shown once each");

    // Once nobody works on anything, nothing more is read.
    let before = told.views.len();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(12) {
        told.drain(&mut session);
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(told.views.len() <= before + 1, "{} views at rest", told.views.len() - before);
}

//! From a fleet to what is drawn of it, and the thread that does so.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use fleet::query::{Query, QueryError};
use fleet::{Fleet, Lineage, ServerIx, Time};
use insight::fry::ShownText;
use insight::{Calendar, Findings, Foremost, Policy};
use scene::{Motion, Scene, SceneOptions};
use tokio::sync::mpsc::Sender;

use crate::event::Event;
use crate::source::Source;
use crate::view::View;

/// What follows from a fleet under a policy.
pub struct Derived {
    /// The graph.
    pub lineage: Lineage,
    /// The findings.
    pub findings: Findings,
}

/// Lineage and findings of a fleet.
#[must_use]
pub fn derive(fleet: &Fleet, policy: &Policy) -> Derived {
    let lineage = Lineage::of(fleet, &policy.conventions());
    let findings = Findings::of(fleet, &lineage, policy);
    Derived { lineage, findings }
}

/// Which servers of a view a query selects.
#[derive(Debug)]
pub struct Filtered {
    /// The view that was asked.
    pub generation: u64,
    /// The query's text.
    pub text: String,
    /// The servers, in the fleet's order; every server for an empty text.
    pub servers: Result<Vec<ServerIx>, QueryError>,
    /// When those fall due; empty where the query is wrong.
    pub calendar: Calendar,
}

/// A text of user data as it may be shown.
#[derive(Debug)]
pub struct ShownUserData {
    /// SHA-256 of its bytes.
    pub hash: [u8; 32],
    /// Its lines.
    pub text: ShownText,
}

/// A fleet that was read.
#[derive(Clone)]
pub(crate) struct Read {
    pub(crate) source: Source,
    pub(crate) fleet: Arc<Fleet>,
    /// When its pull ended, by the local clock.
    pub(crate) at: Time,
    /// Number of the pull.
    pub(crate) pull: u64,
    /// Whether it is a pull of another run.
    pub(crate) is_kept: bool,
}

/// What the derive thread is asked. Of each kind only the latest counts.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) fleet: Option<Read>,
    pub(crate) filter: Option<String>,
    pub(crate) unfold: Option<bool>,
    pub(crate) user_data: Option<[u8; 32]>,
    pub(crate) close: bool,
    pub(crate) end: bool,
}

/// The desk where the latest request lies until the derive thread takes it.
#[derive(Default)]
pub(crate) struct Desk {
    wanted: Mutex<Wanted>,
    changed: Condvar,
}

impl Desk {
    pub(crate) fn put(&self, change: impl FnOnce(&mut Wanted)) {
        change(&mut self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }

    fn take(&self) -> Wanted {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wanted = self
            .changed
            .wait_while(wanted, |wanted| {
                wanted.fleet.is_none()
                    && wanted.filter.is_none()
                    && wanted.unfold.is_none()
                    && wanted.user_data.is_none()
                    && !wanted.close
                    && !wanted.end
            })
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *wanted)
    }
}

/// Derives until the desk says to end. Runs on its own thread.
pub(crate) fn work(desk: &Desk, policy: &Arc<Policy>, events: &Sender<Event>, wake: &(dyn Fn() + Send + Sync)) {
    let mut view: Option<Arc<View>> = None;
    let mut generation = 0;
    let mut filter = String::new();
    let mut options = SceneOptions::default();
    loop {
        let wanted = desk.take();
        if wanted.end {
            return;
        }
        if wanted.close {
            view = None;
        }
        let unfolded = wanted.unfold.is_some_and(|unfold| std::mem::replace(&mut options.unfolded, unfold) != unfold);
        let next = match (wanted.fleet, &view) {
            (Some(Read { source, fleet, at, pull, is_kept }), before) => {
                let Derived { lineage, findings } = derive(&fleet, policy);
                let scene = Arc::new(Scene::of(&fleet, &lineage, &findings, options));
                let before = before.as_ref().filter(|before| before.pull == pull);
                let motion = before.map_or_else(Motion::default, |before| {
                    Motion::between((&before.fleet, &before.scene), (&fleet, &scene))
                });
                let foremost = Arc::new(Foremost::of(&findings));
                let (lineage, findings) = (Arc::new(lineage), Arc::new(findings));
                Some(View {
                    generation,
                    source,
                    fleet,
                    lineage,
                    findings,
                    foremost,
                    scene,
                    motion: Arc::new(motion),
                    pull,
                    is_kept,
                    is_unfolded: options.unfolded,
                    policy: Arc::clone(policy),
                    pulled_at: at,
                })
            }
            (None, Some(shown)) if unfolded => {
                let scene = Arc::new(Scene::of(&shown.fleet, &shown.lineage, &shown.findings, options));
                let motion = Arc::new(Motion::default());
                Some(View { scene, motion, is_unfolded: options.unfolded, ..View::clone(shown) })
            }
            _ => None,
        };
        let renewed = next.is_some();
        if let Some(mut next) = next {
            generation += 1;
            next.generation = generation;
            let next = Arc::new(next);
            view = Some(Arc::clone(&next));
            if events.blocking_send(Event::View(next)).is_err() {
                return;
            }
        }
        let asked = wanted.filter.is_some();
        filter = wanted.filter.unwrap_or(filter);
        if let Some(view) = view.as_ref().filter(|_| asked || renewed) {
            let filtered = Arc::new(select(view, &filter));
            if events.blocking_send(Event::Filtered(filtered)).is_err() {
                return;
            }
        }
        let asked = wanted.user_data.and_then(|hash| shown(view.as_ref()?, hash));
        if let Some(text) = asked
            && events.blocking_send(Event::UserData(Arc::new(text))).is_err()
        {
            return;
        }
        wake();
    }
}

/// A text of the view's fleet; `None` where its bytes are not in memory.
fn shown(view: &View, hash: [u8; 32]) -> Option<ShownUserData> {
    let (_, text) = view.fleet.user_data.iter().find(|(_, text)| text.hash == hash)?;
    Some(ShownUserData { hash, text: ShownText::of(text.bytes()?) })
}

fn select(view: &View, text: &str) -> Filtered {
    let View { fleet, lineage, findings, policy, .. } = view;
    let servers = Query::parse(text).map(|query| insight::select(fleet, lineage, findings, policy, &query));
    let due = servers.as_deref().map(|servers| Calendar::of(fleet, lineage, findings, servers));
    let calendar = due.unwrap_or_default();
    Filtered { generation: view.generation, text: text.to_owned(), servers, calendar }
}

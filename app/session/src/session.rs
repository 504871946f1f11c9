//! The threads behind the window.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cloud::Cancel;
use insight::Policy;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinSet;

use crate::act_desk::ActDesk;
use crate::derive::{self, Desk, Read};
use crate::event::{Event, Failure, Request};
use crate::kept::KeptPulls;
use crate::load::{OpenError, OpenSandbox, Opened, Pulled, Reread, open};
use crate::rereads::{Rereads, Round, Worked};
use crate::source::Source;

/// Events that may wait to be drained. Progress beyond it is dropped; everything else waits for room.
const EVENTS: usize = 256;

/// What a session needs of the program.
#[derive(Clone)]
pub struct Setup {
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// Opens the embedded sandbox.
    pub sandbox: OpenSandbox,
    /// Where the last pulls are kept; `None` to keep none.
    pub kept: Option<KeptPulls>,
}

/// A running session. Dropping it ends its threads; a pull that runs is abandoned.
pub struct Session {
    requests: UnboundedSender<Request>,
    events: Receiver<Event>,
    desk: Arc<Desk>,
    act_desk: Arc<ActDesk>,
    derive: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
}

impl Session {
    /// Starts the threads. `wake` is called, from any of them, after each event.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn start(setup: Setup, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("io").enable_all().build()?;
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(wake);
        let desk = Arc::new(Desk::default());
        let (events_in, events) = mpsc::channel(EVENTS);
        let (requests, requests_out) = mpsc::unbounded_channel();
        let derive = {
            let (desk, policy) = (Arc::clone(&desk), Arc::clone(&setup.policy));
            let (events, wake) = (events_in.clone(), Arc::clone(&wake));
            std::thread::Builder::new()
                .name("derive".to_owned())
                .spawn(move || derive::work(&desk, &policy, &events, &*wake))?
        };
        let (worked_in, worked) = mpsc::unbounded_channel();
        let act_desk = {
            let (events, wake) = (events_in.clone(), Arc::clone(&wake));
            let watch = move |worked| {
                // The actor ends only with the session.
                let _ = worked_in.send(worked);
            };
            let publish = move |acting| {
                // The window may have closed meanwhile; then nobody needs to know.
                let _ = events.blocking_send(Event::Acting(acting));
                wake();
            };
            Arc::new(ActDesk::start(Arc::clone(&setup.policy), runtime.handle().clone(), watch, publish)?)
        };
        let (pictures_in, pictures) = mpsc::unbounded_channel();
        let actor = Actor {
            act_desk: Arc::clone(&act_desk),
            sandbox: setup.sandbox,
            kept: setup.kept,
            desk: Arc::clone(&desk),
            events: events_in,
            wake,
            opened: None,
            shown: None,
            pulls: JoinSet::new(),
            pictures_in,
            pictures,
            current: 0,
            cancel: Cancel::new(),
            every: None,
            rested_since: tokio::time::Instant::now(),
            rereads: Rereads::default(),
            rereading: JoinSet::new(),
            not_reread: Vec::new(),
        };
        runtime.spawn(actor.run(requests_out, worked));
        Ok(Self { requests, events, desk, act_desk, derive: Some(derive), runtime: Some(runtime) })
    }

    /// Asks for something; the answer comes as an event.
    pub fn send(&self, request: Request) {
        if let Request::Act(act) = request {
            // Not behind a pull that begins: the kill switch waits for nothing.
            self.act_desk.act(act);
            return;
        }
        // The actor ends only with the session, so there is always somebody to receive.
        let _ = self.requests.send(request);
    }

    /// Hands each waiting event to `each`, until none is left or `budget` is spent. Returns whether some may be left.
    pub fn drain(&mut self, budget: Duration, mut each: impl FnMut(Event)) -> bool {
        let began = Instant::now();
        while let Ok(event) = self.events.try_recv() {
            each(event);
            if began.elapsed() >= budget {
                return true;
            }
        }
        false
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.events.close();
        self.act_desk.end();
        self.desk.put(|wanted| wanted.end = true);
        if let Some(derive) = self.derive.take() {
            // A panic there was already reported by the thread's own hook.
            let _ = derive.join();
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A pull that has ended, or that has read all but the evidence.
struct Ended {
    number: u64,
    source: Source,
    pulled: Result<Pulled, OpenError>,
}

/// The one that owns the open source and its pulls.
struct Actor {
    act_desk: Arc<ActDesk>,
    sandbox: OpenSandbox,
    kept: Option<KeptPulls>,
    desk: Arc<Desk>,
    events: Sender<Event>,
    wake: Arc<dyn Fn() + Send + Sync>,
    opened: Option<Opened>,
    shown: Option<Read>,
    pulls: JoinSet<Ended>,
    /// What pulls have read before their evidence.
    pictures_in: UnboundedSender<Ended>,
    pictures: UnboundedReceiver<Ended>,
    /// The pull that counts; an earlier one that is still ending is ignored.
    current: u64,
    cancel: Cancel,
    every: Option<Duration>,
    /// When the last pull ended, or the interval was set.
    rested_since: tokio::time::Instant,
    rereads: Rereads,
    /// At most one.
    rereading: JoinSet<RereadEnded>,
    /// What the window was told last of what could not be read again.
    not_reread: Vec<String>,
}

/// Some things that were read again.
struct RereadEnded {
    /// The fleet that it goes on from.
    from: Arc<fleet::Fleet>,
    round: Round,
    /// `None` where nothing has changed.
    fleet: Option<fleet::Fleet>,
    failures: Vec<String>,
    took: Duration,
}

impl Actor {
    async fn run(mut self, mut requests: UnboundedReceiver<Request>, mut worked: UnboundedReceiver<Worked>) {
        loop {
            let idle = self.pulls.is_empty();
            let due = self
                .every
                .filter(|_| idle && self.opened.as_ref().is_some_and(|opened| opened.source().refreshes()))
                .map(|every| self.rested_since + every);
            let reread_due = self
                .rereads
                .due()
                .filter(|_| self.rereading.is_empty() && self.shown.as_ref().is_some_and(|shown| !shown.is_kept));
            let at = |due: Option<tokio::time::Instant>| due.unwrap_or_else(tokio::time::Instant::now);
            tokio::select! {
                request = requests.recv() => match request {
                    Some(request) => self.answer(request).await,
                    None => return,
                },
                Some(picture) = self.pictures.recv() => if picture.number == self.current {
                    self.pulled(picture).await;
                },
                Some(ended) = self.pulls.join_next() => match ended {
                    Ok(ended) if ended.number == self.current => {
                        // Its picture, where that is still on its way, says less.
                        while self.pictures.try_recv().is_ok() {}
                        self.pulled(ended).await;
                    }
                    Ok(_) => {}
                    Err(error) => self.fail(crashed(&error)).await,
                },
                Some(worked) = worked.recv() => self.rereads.worked(worked),
                Some(ended) = self.rereading.join_next() => match ended {
                    Ok(ended) => self.reread(ended).await,
                    Err(error) => self.fail(crashed(&error)).await,
                },
                () = tokio::time::sleep_until(at(due)), if due.is_some() => self.pull().await,
                () = tokio::time::sleep_until(at(reread_due)), if reread_due.is_some() => self.begin_reread(),
            }
        }
    }

    async fn tell(&self, event: Event) {
        // The window may have closed meanwhile; then nobody needs to know.
        let _ = self.events.send(event).await;
        (self.wake)();
    }

    async fn fail(&self, failure: Failure) {
        self.tell(Event::Failed(failure)).await;
    }

    async fn answer(&mut self, request: Request) {
        match request {
            Request::Open(source) => match open(&source, &self.sandbox) {
                Ok(opened) => {
                    self.act_desk.opened(opened.clone());
                    (self.opened, self.shown) = (Some(opened), None);
                    self.rereads = Rereads::default();
                    // Before any pull of this source.
                    self.current += 1;
                    let kept_as = self.current;
                    self.pull().await;
                    self.look_back(source, kept_as).await;
                }
                Err(error) => self.fail(error.failure()).await,
            },
            Request::Refresh => self.pull().await,
            Request::CancelPull => self.cancel.cancel(),
            Request::RefreshEvery(every) => {
                (self.every, self.rested_since) = (every, tokio::time::Instant::now());
            }
            Request::Filter(text) => self.desk.put(|wanted| wanted.filter = Some(text)),
            Request::Unfold(unfold) => self.desk.put(|wanted| wanted.unfold = Some(unfold)),
            Request::UserData(hash) => self.desk.put(|wanted| wanted.user_data = Some(hash)),
            Request::Save(path) => self.save(path).await,
            // It was handed on as it was sent.
            Request::Act(act) => self.act_desk.act(act),
            Request::Close => {
                self.abandon();
                self.act_desk.closed();
                (self.opened, self.shown) = (None, None);
                self.rereads = Rereads::default();
                self.desk.put(|wanted| (wanted.close, wanted.fleet) = (true, None));
                self.tell(Event::Closed).await;
            }
        }
    }

    /// Stops the pull that runs, if one does, and takes no notice of how it ends.
    fn abandon(&mut self) {
        self.cancel.cancel();
        self.cancel = Cancel::new();
        self.current += 1;
    }

    /// Shows the last pull of another run, where one was kept, while the first one of this run reads: what that has read
    /// is taken in afterwards.
    async fn look_back(&mut self, source: Source, pull: u64) {
        let Some(kept) = self.kept.clone() else { return };
        let looked = tokio::task::spawn_blocking(move || {
            let fleet = kept.load(&source)?;
            let at = fleet.scopes.iter().map(|scope| scope.pulled_at).max()?;
            Some(Read { source, fleet: Arc::new(fleet), at, pull, is_kept: true })
        });
        // One that makes us panic is as good as none; the thread's own hook has reported it.
        if let Ok(Some(read)) = looked.await {
            self.show(read);
        }
    }

    async fn pull(&mut self) {
        let Some(opened) = self.opened.clone() else { return };
        self.abandon();
        self.rereads.pull_began();
        self.tell(Event::PullBegan(opened.source().clone())).await;
        let (events, wake) = (self.events.clone(), Arc::clone(&self.wake));
        let progress = Arc::new(move |progress| {
            // A full channel means that newer progress is on its way.
            let _ = events.try_send(Event::Progress(progress));
            wake();
        });
        let (number, cancel, runtime) = (self.current, self.cancel.clone(), Handle::current());
        let (pictures, kept) = (self.pictures_in.clone(), self.kept.clone());
        // Decoding pages is work for the processor, so it has a thread of its own and keeps none of the I/O threads.
        self.pulls.spawn_blocking(move || {
            let source = opened.source().clone();
            let picture = {
                let source = source.clone();
                Arc::new(move |pulled| {
                    // The actor ends only with the session.
                    let _ = pictures.send(Ended { number, source: source.clone(), pulled: Ok(pulled) });
                })
            };
            let pulled = runtime.block_on(opened.pull_with_evidence(Some(picture), progress, cancel));
            if let (Some(kept), Ok(Pulled { fleet, .. })) = (kept, &pulled) {
                let (source, fleet) = (source.clone(), Arc::clone(fleet));
                // Nobody waits for it.
                runtime.spawn_blocking(move || kept.keep(&source, &fleet));
            }
            Ended { number, source, pulled }
        });
    }

    async fn pulled(&mut self, Ended { number, source, pulled }: Ended) {
        self.rested_since = tokio::time::Instant::now();
        match pulled {
            Ok(_) if self.cancel.is_cancelled() && self.shown.is_some() => self.tell(Event::PullCancelled).await,
            Ok(Pulled { fleet, at }) => {
                self.rereads.pull_ended();
                self.not_reread.clear();
                self.show(Read { source, fleet, at, pull: number, is_kept: false });
            }
            Err(error) if error.is_cancelled() => self.tell(Event::PullCancelled).await,
            Err(error) => self.fail(error.failure()).await,
        }
    }

    fn show(&mut self, read: Read) {
        self.shown = Some(read.clone());
        self.desk.put(|wanted| wanted.fleet = Some(read));
    }

    fn begin_reread(&mut self) {
        let (Some(opened), Some(shown)) = (self.opened.clone(), &self.shown) else { return };
        let (from, began) = (Arc::clone(&shown.fleet), std::time::Instant::now());
        let round = self.rereads.begin(tokio::time::Instant::now());
        let runtime = Handle::current();
        self.rereading.spawn_blocking(move || {
            let Reread { fleet, failures } = runtime.block_on(opened.reread((*from).clone(), &round));
            let fleet = (!fleet::FleetDelta::between(&from, &fleet).is_empty()).then_some(fleet);
            RereadEnded { from, round, fleet, failures, took: began.elapsed() }
        });
    }

    async fn reread(&mut self, RereadEnded { from, round, fleet, failures, took }: RereadEnded) {
        let Some(shown) = self.shown.clone().filter(|shown| Arc::ptr_eq(&shown.fleet, &from)) else {
            // Another pull came in between: what was read goes on from a fleet that nobody sees any more.
            self.rereads.ended(true, took);
            if self.shown.is_some() {
                self.rereads.again(round);
            }
            return;
        };
        self.rereads.ended(fleet.is_some(), took);
        if failures != self.not_reread {
            self.not_reread.clone_from(&failures);
            self.tell(Event::NotReread(failures)).await;
        }
        if let Some(fleet) = fleet {
            self.show(Read { fleet: Arc::new(fleet), ..shown });
        }
    }

    async fn save(&self, path: std::path::PathBuf) {
        let Some(Read { fleet, .. }) = self.shown.clone() else { return };
        let to = path.clone();
        let saved = tokio::task::spawn_blocking(move || fleet.save_to(&to)).await;
        match saved {
            Ok(Ok(())) => self.tell(Event::Saved(path)).await,
            Ok(Err(error)) => {
                let message = format!("{} can't be written: {error}", path.display());
                let next = Some("Choose a folder that you can write to, with room left.".to_owned());
                self.fail(Failure { message, next, command: None, retry: false }).await;
            }
            Err(error) => self.fail(crashed(&error)).await,
        }
    }
}

/// A task of ours that panicked: a fault of the program, said as one.
fn crashed(error: &tokio::task::JoinError) -> Failure {
    Failure {
        message: format!("Emberline failed inside: {error}"),
        next: Some("Please report this with the lines that the terminal shows.".to_owned()),
        command: None,
        retry: true,
    }
}

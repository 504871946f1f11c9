//! A simulated AWS: one handler answers HTTP requests in the wire protocols that EC2, Auto Scaling, STS,
//! Image Builder and SSM speak, so that an SDK, the AWS CLI or boto3 can't tell it from AWS as far as
//! this handler goes. What there is to read comes from a scenario: data in `assets/sandbox`, a file, or
//! a generator. It stands alone: no other room is known here, and no network is needed.
//!
//! Invariants:
//! - [`Sandbox::handle`] never panics, never waits and does no I/O, whatever bytes it gets.
//! - The same scenario, opened at the same instant, asked the same in the same order and with its clock moved alike,
//!   answers the same bytes and leaves the same trace: ids and chance follow from the seed alone.
//! - All state is in one world, all time comes from one clock, all requests go through one dispatcher, and all that
//!   happens by itself is an event of one queue.
//! - It listens on loopback addresses only.

mod authority;
mod autoscaling;
mod call;
mod clock;
mod cloudtrail;
mod control;
mod delivery;
mod dispatch;
mod ec2;
mod elbv2;
mod events;
mod faults;
mod iam;
mod imagebuilder;
mod instance_connect;
mod reply;
mod request;
mod scenario;
mod serve;
mod service;
mod ssm;
mod story;
mod sts;
mod trace;
mod wire;
mod world;

use std::{
    sync::{
        Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;

pub use clock::MAX_SPEED;
pub use delivery::Delivery;
pub use faults::{
    plan::FaultCount,
    spec::{FaultSpec, FaultSpecError},
};
pub use iam::PolicyError;
pub use scenario::ScenarioError;
pub use serve::serve;
pub use trace::TraceEntry;
pub use world::alarm::AlarmState;
pub use world::principal::PrincipalError;

use faults::{past::Past, plan::Plan};
use world::{World, id::Seed, principal::Principal};

/// 2010-01-01 and 9000-01-01, in seconds since 1970.
const EARLIEST_S: i64 = 1_262_304_000;
const LATEST_S: i64 = 221_845_392_000;

/// A simulated AWS. Clones share one world.
#[derive(Debug, Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    seed: Seed,
    world: RwLock<World>,
    /// The world's, so that asking it needs no world.
    faults: Arc<Plan>,
    past: Past,
    clock: clock::Clock,
    /// When the next event is due, in milliseconds since 1970, so that a request that has none to wait for takes no
    /// lock to find out.
    next_event_ms: AtomicI64,
    trace: Mutex<trace::Trace>,
    profiles: Vec<Profile>,
    requests: AtomicU64,
}

impl Inner {
    // A panic while the world was held is a bug of one call; the rest of the world goes on.
    fn world(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn world_mut(&self) -> RwLockWriteGuard<'_, World> {
        self.world.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets everything happen that is due by now, and returns the simulated time.
    fn settle(&self) -> Timestamp {
        let now = self.clock.now();
        if self.next_event_ms.load(Ordering::Acquire) <= now.as_millisecond() {
            let mut world = self.world_mut();
            while let Some(due) = world.queue.next().filter(|due| *due <= now) {
                self.past.keep(&world, due);
                world.settle(due, |at, what| self.trace(at, what, &[]));
            }
            self.changed(&world);
        }
        now
    }

    /// Takes note that the world has other events to come.
    fn changed(&self, world: &World) {
        let next = world.queue.next().map_or(i64::MAX, Timestamp::as_millisecond);
        self.next_event_ms.store(next, Ordering::Release);
    }

    fn add_principal(&self, account: &str, name: &str, policies: &[&str]) -> Result<Profile, PrincipalError> {
        let now = self.settle();
        let principal = self.world_mut().add_principal(account, name, policies)?;
        self.trace(now, format!("sandbox:AddPrincipal {}", principal.arn()), policies.concat().as_bytes());
        Ok(Profile::of(&principal))
    }

    /// Sets an alarm. False where there is no such account or region.
    fn set_alarm(&self, account: &str, region: &str, name: &str, state: AlarmState) -> bool {
        let now = self.settle();
        let mut world = self.world_mut();
        let Some(scope) = world.scope_mut(account, region) else { return false };
        match state {
            AlarmState::Alarm => scope.alarms.insert(name.to_owned()),
            AlarmState::Ok | AlarmState::InsufficientData => scope.alarms.remove(name),
        };
        drop(world);
        self.trace(now, format!("alarm {name} {state:?}"), account.as_bytes());
        true
    }

    /// Lets something go wrong from now on.
    fn inject(&self, fault: FaultSpec) -> u64 {
        let now = self.settle();
        let told = format!("fault {fault}");
        let id = self.faults.inject(fault, now);
        self.trace(now, told, &[]);
        id
    }

    fn trace(&self, at: Timestamp, what: String, detail: &[u8]) {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner).add(at, what, detail);
    }

    fn trace_so_far(&self) -> trace::Trace {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Somebody whom one can be in the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What it is called, as in `~/.aws/config`.
    pub name: String,
    /// The account's 12 digits.
    pub account: String,
    /// The regions where the account has something.
    pub regions: Vec<String>,
    /// The key that tells who asks.
    pub access_key_id: String,
    /// A secret to sign with. Signatures are not verified.
    pub secret_access_key: String,
}

impl Profile {
    fn of(principal: &Principal) -> Profile {
        Profile {
            name: principal.name.clone(),
            account: principal.account.to_string(),
            regions: principal.regions.clone(),
            access_key_id: principal.access_key_id.clone(),
            secret_access_key: principal.secret_access_key.clone(),
        }
    }
}

impl Sandbox {
    /// Opens a scenario now; its clock goes with the wall clock.
    ///
    /// `spec` is empty or `harbor` for the default, a name in `assets/sandbox`, the path of a scenario
    /// file, or `generated:SERVERS[:SEED]`. Ages in a scenario count back from the opening.
    ///
    /// # Errors
    /// When there is no such scenario, or it can't be read or is wrong: the error names file, line, what
    /// is wrong and what to do.
    pub fn open(spec: &str) -> Result<Sandbox, ScenarioError> {
        let opened = Timestamp::now();
        Sandbox::with_clock(spec, opened, clock::Clock::new(opened, 1.0))
    }

    /// Opens a scenario as it would have been opened at `instant`, with the clock standing still there:
    /// every run answers the same bytes. An instant before 2010 or after 8999 is taken as the nearest
    /// one between, so that all ages fit on the calendar.
    ///
    /// # Errors
    /// As [`Sandbox::open`].
    pub fn open_at(spec: &str, instant: Timestamp) -> Result<Sandbox, ScenarioError> {
        let instant = Timestamp::from_second(instant.as_second().clamp(EARLIEST_S, LATEST_S)).unwrap_or(instant);
        Sandbox::with_clock(spec, instant, clock::Clock::new(instant, 0.0))
    }

    fn with_clock(spec: &str, opened: Timestamp, clock: clock::Clock) -> Result<Sandbox, ScenarioError> {
        let world = scenario::open(spec, opened)?;
        let profiles = world.principals.iter().map(|principal| Profile::of(principal)).collect();
        let inner = Inner {
            seed: world.seed,
            faults: world.faults.clone(),
            past: Past::default(),
            clock,
            next_event_ms: AtomicI64::new(world.queue.next().map_or(i64::MAX, Timestamp::as_millisecond)),
            world: RwLock::new(world),
            trace: Mutex::default(),
            profiles,
            requests: AtomicU64::new(0),
        };
        Ok(Sandbox { inner: Arc::new(inner) })
    }

    /// Answers one request as AWS would, at the simulated time; what is due by then happens first.
    pub fn handle(&self, request: Request<Bytes>) -> Delivery {
        let nth = self.inner.requests.fetch_add(1, Ordering::Relaxed);
        let (parts, body) = request.into_parts();
        dispatch::answer(&self.inner, nth, &parts, &body)
    }

    /// Lets so much simulated time pass, and everything happen that is due in it.
    pub fn advance(&self, by: Duration) {
        self.inner.clock.advance(by);
        self.inner.settle();
    }

    /// Moves on to the next event and lets it happen. Its time; none if nothing will happen by itself.
    pub fn step(&self) -> Option<Timestamp> {
        let next = self.inner.world().queue.next()?;
        self.inner.clock.set(next);
        self.inner.settle();
        Some(next)
    }

    /// Lets the clock go on at `speed` simulated seconds a second, from 0, which stands still, to a million.
    pub fn set_speed(&self, speed: f64) {
        self.inner.clock.go(speed);
    }

    /// Lets something go wrong from now on. Its id, to remove it by.
    pub fn inject(&self, fault: FaultSpec) -> u64 {
        self.inner.inject(fault)
    }

    /// Takes a fault away. False where there is none with this id.
    pub fn remove_fault(&self, id: u64) -> bool {
        self.inner.faults.remove(id)
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.inner.faults.clear();
    }

    /// The faults that are there, with how often each was met and struck.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultCount> {
        self.inner.faults.counts()
    }

    /// Sets a CloudWatch alarm, which needs not be there before: an instance refresh that names it fails, or is rolled
    /// back, while it is in [`AlarmState::Alarm`]. False where there is no such account or region.
    pub fn set_alarm(&self, account: &str, region: &str, name: &str, state: AlarmState) -> bool {
        self.inner.set_alarm(account, region, name, state)
    }

    /// A hash over all that was asked, answered and happened since the opening, in order.
    pub fn trace_hash(&self) -> u64 {
        self.inner.trace.lock().unwrap_or_else(PoisonError::into_inner).hash()
    }

    /// The last 10,000 things that were asked or that happened, oldest first.
    pub fn trace(&self) -> Vec<TraceEntry> {
        self.inner.trace_so_far().entries().cloned().collect()
    }

    /// Lets somebody new in: a role called `name` with a key of its own, who may do what the policies (IAM's JSON)
    /// allow together and nothing else. With no policy that is nothing but asking who one is. [`Sandbox::profiles`]
    /// does not list it.
    ///
    /// # Errors
    /// When the account is unknown, the name is taken or can't be a role's, or a policy is wrong: the error says
    /// where in it and what to do.
    pub fn add_principal(&self, account: &str, name: &str, policies: &[&str]) -> Result<Profile, PrincipalError> {
        self.inner.add_principal(account, name, policies)
    }

    /// Whom one can be.
    pub fn profiles(&self) -> &[Profile] {
        &self.inner.profiles
    }

    /// The simulated time.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
}

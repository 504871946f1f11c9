//! A simulated AWS: one handler answers HTTP requests in the wire protocols that EC2, Auto Scaling, STS,
//! Image Builder and SSM speak, so that an SDK, the AWS CLI or boto3 can't tell it from AWS as far as
//! this handler goes. What there is to read comes from a scenario: data in `assets/sandbox`, a file, or
//! a generator. It stands alone: no other room is known here, and no network is needed.
//!
//! Invariants:
//! - [`Sandbox::handle`] never panics, never waits and does no I/O, whatever bytes it gets.
//! - The same scenario, opened at the same instant and asked the same in the same order, answers the
//!   same bytes: ids and chance follow from the seed alone.
//! - All state is in one world, all time comes from one clock, all requests go through one dispatcher.
//! - It listens on loopback addresses only.

mod autoscaling;
mod clock;
mod dispatch;
mod ec2;
mod imagebuilder;
mod scenario;
mod serve;
mod ssm;
mod sts;
mod wire;
mod world;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;

pub use scenario::ScenarioError;
pub use serve::serve;

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
    world: world::World,
    clock: clock::Clock,
    profiles: Vec<Profile>,
    requests: AtomicU64,
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
        Sandbox::with_clock(spec, opened, clock::Clock::Wall)
    }

    /// Opens a scenario as it would have been opened at `instant`, with the clock standing still there:
    /// every run answers the same bytes. An instant before 2010 or after 8999 is taken as the nearest
    /// one between, so that all ages fit on the calendar.
    ///
    /// # Errors
    /// As [`Sandbox::open`].
    pub fn open_at(spec: &str, instant: Timestamp) -> Result<Sandbox, ScenarioError> {
        let instant = Timestamp::from_second(instant.as_second().clamp(EARLIEST_S, LATEST_S)).unwrap_or(instant);
        Sandbox::with_clock(spec, instant, clock::Clock::Frozen(instant))
    }

    fn with_clock(spec: &str, opened: Timestamp, clock: clock::Clock) -> Result<Sandbox, ScenarioError> {
        let world = scenario::open(spec, opened)?;
        let profiles = world
            .principals
            .iter()
            .map(|principal| Profile {
                name: principal.name.clone(),
                account: principal.account.to_string(),
                regions: principal.regions.clone(),
                access_key_id: principal.access_key_id.clone(),
                secret_access_key: principal.secret_access_key.clone(),
            })
            .collect();
        let inner = Inner { world, clock, profiles, requests: AtomicU64::new(0) };
        Ok(Sandbox { inner: Arc::new(inner) })
    }

    /// Answers one request as AWS would.
    pub fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let nth = self.inner.requests.fetch_add(1, Ordering::Relaxed);
        let (parts, body) = request.into_parts();
        dispatch::answer(&self.inner.world, self.now(), nth, &parts, &body)
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

//! One scope being read: its clients, its turn in the quota, its progress, and where its rows and gaps go.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use fleet::{Call, Earlier, Fleet, FleetBuilder, Gap, ScopeIx};
use tokio::time::Instant;

use crate::answers::{self, Listing, Tap};
use crate::cancel::Cancel;
use crate::failure::{Again, Asker, Failure};
use crate::pace::Pace;
use crate::paging;
use crate::progress::{CallState, Place, Progress};
use crate::wire::Ear;

/// One pull under way, shared by its scopes.
pub(crate) struct Pulling<'a> {
    progress: &'a (dyn Fn(Progress) + Send + Sync),
    cancel: &'a Cancel,
    pace: &'a Pace,
    rows: Mutex<FleetBuilder>,
    /// What was pulled from the same source before.
    earlier: Option<&'a Fleet>,
    started: Instant,
    calls_done: AtomicU32,
    calls_known: AtomicU32,
}

impl<'a> Pulling<'a> {
    pub(crate) fn new(
        earlier: Option<&'a Fleet>,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
        cancel: &'a Cancel,
        pace: &'a Pace,
    ) -> Self {
        Self { earlier, ..Self::with(FleetBuilder::new(), progress, cancel, pace) }
    }

    /// One that goes on from what was pulled before.
    pub(crate) fn resume(
        fleet: Fleet,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
        cancel: &'a Cancel,
        pace: &'a Pace,
    ) -> Self {
        Self::with(FleetBuilder::resume(fleet), progress, cancel, pace)
    }

    fn with(
        rows: FleetBuilder,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
        cancel: &'a Cancel,
        pace: &'a Pace,
    ) -> Self {
        Self {
            progress,
            cancel,
            pace,
            rows: Mutex::new(rows),
            earlier: None,
            started: Instant::now(),
            calls_done: AtomicU32::new(0),
            calls_known: AtomicU32::new(0),
        }
    }

    /// The rows so far. Held for as long as it takes to add a page and never across an await.
    pub(crate) fn rows(&self) -> MutexGuard<'_, FleetBuilder> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn into_rows(self) -> FleetBuilder {
        self.rows.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was pulled of this scope before.
    pub(crate) fn earlier(&self, scope: ScopeIx) -> Option<Earlier<'a>> {
        let earlier = self.earlier?;
        let rows = self.rows();
        let scope = rows.fleet.scope(scope)?;
        let text = |sym| rows.fleet.str(sym);
        Earlier::of(earlier, text(scope.partition), text(scope.account), text(scope.region))
    }

    /// Whether the pull was stopped.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Sends one request when its turn comes, unless the pull is stopped.
    pub(crate) async fn ask<T, E>(
        &self,
        call: Call,
        place: &Place,
        asker: impl FnOnce() -> Asker,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: StdError + ProvideErrorMetadata + 'static,
    {
        // Of an account that is not known yet, the profile keeps the quota apart.
        let account = place.account.as_deref().or(place.profile.as_deref()).unwrap_or("environment");
        // On the heap: the future of one SDK call takes tens of kilobytes.
        let request = Box::pin(request);
        let answered = async {
            self.pace.turn(account, &place.region, call.into()).await;
            request.await
        };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Failure::cancelled()),
            answer = answered => answer.map_err(|error| Failure::of(call.into(), &error, &asker())),
        }
    }

    pub(crate) fn open(&self, call: Call, place: Arc<Place>) -> Reading<'_> {
        self.calls_known.fetch_add(1, Ordering::Relaxed);
        let reading = Reading { pulling: self, call, place, pages: AtomicU32::new(0), items: AtomicU64::new(0) };
        reading.tell(CallState::Running);
        reading
    }

    /// Notes that something could not be read.
    pub(crate) fn gap(&self, scope: ScopeIx, call: Call, resource: Option<&str>, failure: &Failure) {
        let mut rows = self.rows();
        let (action, resource) = (rows.some(failure.action.as_deref()), rows.some(resource));
        let message = rows.sym(&failure.message());
        let gap = Gap { scope, call, action, resource, kind: failure.kind, message };
        // A call is asked in several ways, and each may be refused alike.
        if !rows.fleet.gaps.contains(&gap) {
            rows.fleet.gaps.push(gap);
        }
    }
}

/// One call under way in one place: it tells of its pages and of its end.
pub(crate) struct Reading<'a> {
    pulling: &'a Pulling<'a>,
    call: Call,
    place: Arc<Place>,
    pages: AtomicU32,
    items: AtomicU64,
}

impl Reading<'_> {
    fn tell(&self, state: CallState) {
        (self.pulling.progress)(Progress {
            place: self.place.clone(),
            call: self.call,
            state,
            pages: self.pages.load(Ordering::Relaxed),
            items: self.items.load(Ordering::Relaxed),
            calls_done: self.pulling.calls_done.load(Ordering::Relaxed),
            calls_known: self.pulling.calls_known.load(Ordering::Relaxed),
            elapsed: self.pulling.started.elapsed(),
        });
    }

    /// A page came, with so many rows.
    pub(crate) fn page(&self, items: usize) {
        self.pages.fetch_add(1, Ordering::Relaxed);
        self.items.fetch_add(items as u64, Ordering::Relaxed);
        self.tell(CallState::Running);
    }

    /// Everything that will be read was read.
    pub(crate) fn end(self, whole: bool) {
        self.pulling.calls_done.fetch_add(1, Ordering::Relaxed);
        self.tell(if whole { CallState::Done } else { CallState::Gap });
    }
}

/// The clients of one scope.
pub(crate) struct Clients {
    pub(crate) sts: aws_sdk_sts::Client,
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) autoscaling: aws_sdk_autoscaling::Client,
    pub(crate) cloudtrail: aws_sdk_cloudtrail::Client,
    pub(crate) imagebuilder: aws_sdk_imagebuilder::Client,
    pub(crate) ssm: aws_sdk_ssm::Client,
}

/// Reads one scope.
pub(crate) struct Reader<'a> {
    pub(crate) pulling: &'a Pulling<'a>,
    pub(crate) clients: Clients,
    pub(crate) scope: ScopeIx,
    pub(crate) place: Arc<Place>,
    /// Hears the scope's clock.
    pub(crate) ear: Arc<Ear>,
    pub(crate) profile: String,
    pub(crate) sign_in_command: Option<String>,
}

impl Reader<'_> {
    pub(crate) fn rows(&self) -> MutexGuard<'_, FleetBuilder> {
        self.pulling.rows()
    }

    fn asker(&self) -> Asker {
        Asker {
            profile: self.profile.clone(),
            region: self.place.region.clone(),
            sign_in_command: self.sign_in_command.clone(),
            skew_s: self.ear.heard().map(|heard| heard.skew_s),
            again: Again::Pull,
        }
    }

    /// Sends one request when its turn comes.
    pub(crate) async fn ask<T, E>(
        &self,
        call: Call,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: StdError + ProvideErrorMetadata + 'static,
    {
        self.pulling.ask(call, &self.place, || self.asker(), request).await
    }

    pub(crate) fn open(&self, call: Call) -> Reading<'_> {
        self.pulling.open(call, self.place.clone())
    }

    /// Notes that something of this scope could not be read.
    pub(crate) fn gap(&self, call: Call, resource: Option<&str>, failure: &Failure) {
        self.pulling.gap(self.scope, call, resource, failure);
    }

    /// Reads every page of a call. `take` adds a page's rows and says how many there were, `next` gives the token of
    /// the page after. A page may be empty and still have one after it.
    pub(crate) async fn pages<P, E, F>(
        &self,
        reading: &Reading<'_>,
        mut request: impl FnMut(Option<String>) -> F,
        mut take: impl FnMut(&mut FleetBuilder, &P) -> usize,
        next: impl Fn(&P) -> Option<&str>,
    ) -> Result<(), Failure>
    where
        F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
        E: StdError + ProvideErrorMetadata + 'static,
    {
        let mut token: Option<String> = None;
        loop {
            let page = self.ask(reading.call, request(token.clone())).await?;
            let items = take(&mut self.rows(), &page);
            reading.page(items);
            let call = reading.call.into();
            match paging::after(call, token.as_deref(), next(&page), Again::Pull)? {
                Some(after) => token = Some(after),
                None => return Ok(()),
            }
        }
    }

    /// As [`Reader::pages`] for a call that stands alone: its failure is the caller's.
    pub(crate) async fn all<P, E, F>(
        &self,
        call: Call,
        request: impl FnMut(Option<String>) -> F,
        take: impl FnMut(&mut FleetBuilder, &P) -> usize,
        next: impl Fn(&P) -> Option<&str>,
    ) -> Result<(), Failure>
    where
        F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
        E: StdError + ProvideErrorMetadata + 'static,
    {
        let reading = self.open(call);
        let outcome = self.pages(&reading, request, take, next).await;
        reading.end(outcome.is_ok());
        outcome
    }

    /// As [`Reader::all`], of a call whose answer is read from its bytes: `take` gets each thing that a page lists and
    /// says whether it became a row. A page counts whole or not at all.
    pub(crate) async fn all_tapped<L, T, E, F>(
        &self,
        call: Call,
        mut request: impl FnMut(Option<String>, &Tap<L>) -> F,
        mut take: impl for<'p> FnMut(&mut FleetBuilder, &L::Item<'p>) -> bool,
    ) -> Result<(), Failure>
    where
        L: Listing,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: StdError + ProvideErrorMetadata + 'static,
    {
        let reading = self.open(call);
        let outcome = self.pages_tapped(&reading, &mut request, &mut take).await;
        reading.end(outcome.is_ok());
        outcome
    }

    /// As [`Reader::pages`], of a call whose answer is read from its bytes.
    pub(crate) async fn pages_tapped<L, T, E, F>(
        &self,
        reading: &Reading<'_>,
        mut request: impl FnMut(Option<String>, &Tap<L>) -> F,
        mut take: impl for<'p> FnMut(&mut FleetBuilder, &L::Item<'p>) -> bool,
    ) -> Result<(), Failure>
    where
        L: Listing,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: StdError + ProvideErrorMetadata + 'static,
    {
        let mut token: Option<String> = None;
        loop {
            let next = self.page_tapped(reading, |tap| request(token.clone(), tap), &mut take).await?;
            match paging::after(reading.call.into(), token.as_deref(), next.as_deref(), Again::Pull)? {
                Some(after) => token = Some(after),
                None => return Ok(()),
            }
        }
    }

    /// Reads one page of a call whose answer is read from its bytes, whole or not at all, and returns the token of the
    /// page after.
    pub(crate) async fn page_tapped<L, T, E, F>(
        &self,
        reading: &Reading<'_>,
        request: impl FnOnce(&Tap<L>) -> F,
        mut take: impl for<'p> FnMut(&mut FleetBuilder, &L::Item<'p>) -> bool,
    ) -> Result<Option<String>, Failure>
    where
        L: Listing,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: StdError + ProvideErrorMetadata + 'static,
    {
        let tap = Tap::<L>::new();
        self.ask(reading.call, request(&tap)).await?;
        let bytes = tap.bytes();
        let unreadable = |why: answers::Malformed| Failure::unreadable(reading.call.into(), &why.to_string());
        let page = answers::read::<L>(&bytes).map_err(unreadable)?;
        let mut rows = self.rows();
        let items = page.items.iter().filter(|item| take(&mut rows, item)).count();
        drop(rows);
        reading.page(items);
        Ok(page.next_token)
    }

    /// As [`Reader::all_tapped`], where a failure becomes the call's gap.
    pub(crate) async fn list_tapped<L, T, E, F>(
        &self,
        call: Call,
        request: impl FnMut(Option<String>, &Tap<L>) -> F,
        take: impl for<'p> FnMut(&mut FleetBuilder, &L::Item<'p>) -> bool,
    ) where
        L: Listing,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: StdError + ProvideErrorMetadata + 'static,
    {
        if let Err(failure) = self.all_tapped(call, request, take).await {
            self.gap(call, None, &failure);
        }
    }

    /// As [`Reader::all`], where a failure becomes the call's gap.
    pub(crate) async fn list<P, E, F>(
        &self,
        call: Call,
        request: impl FnMut(Option<String>) -> F,
        take: impl FnMut(&mut FleetBuilder, &P) -> usize,
        next: impl Fn(&P) -> Option<&str>,
    ) where
        F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
        E: StdError + ProvideErrorMetadata + 'static,
    {
        if let Err(failure) = self.all(call, request, take, next).await {
            self.gap(call, None, &failure);
        }
    }
}

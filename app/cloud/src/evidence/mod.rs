//! The second stage of a pull: what happened to servers and groups, which is slow to read and throttled.
//!
//! Each part asks for a bounded number of things, the ones that count first. What lies beyond the bound is a gap like
//! any other: whatever depends on it stays unknown.

mod activities;
mod attributes;
mod build_times;
mod consoles;
mod logins;
mod trail;

use std::error::Error as StdError;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use fleet::{Call, FleetBuilder, ScopeIx, Sym};
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use rustc_hash::FxHashSet;

use crate::failure::Failure;
use crate::reader::Reader;

/// How many resources are asked for at once.
const AT_ONCE: usize = 4;

/// Everything of one scope, side by side.
pub(crate) async fn read(reader: &Reader<'_>) {
    // Each on the heap: together the SDK's futures are larger than a thread's stack should hold.
    let parts = [
        activities::read(reader).boxed(),
        build_times::read(reader).boxed(),
        logins::read_managed(reader).boxed(),
        logins::read_sessions(reader).boxed(),
        trail::read(reader).boxed(),
        consoles::read(reader).boxed(),
        attributes::read(reader).boxed(),
    ];
    futures::future::join_all(parts).await;
}

/// The servers of a scope, to tell which of what is listed is about one that there is.
fn servers_of(rows: &FleetBuilder, scope: ScopeIx) -> FxHashSet<Sym> {
    rows.fleet.servers.iter().filter(|server| server.scope == scope).map(|server| server.id).collect()
}

/// Asks for each of `names`, the first `most` of them. `ask` gives how many rows came.
async fn each<'a>(
    reader: &'a Reader<'_>,
    call: Call,
    mut names: Vec<String>,
    most: usize,
    ask: impl Fn(String) -> BoxFuture<'a, Result<usize, Failure>>,
) {
    if names.is_empty() {
        return;
    }
    let all = names.len();
    names.truncate(most);
    let reading = reader.open(call);
    let mut whole = all <= most;
    let mut ended = false;
    let mut answers = futures::stream::iter(names)
        .map(|name| {
            let asked = ask(name.clone());
            async move { (asked.await, name) }
        })
        .buffer_unordered(AT_ONCE);
    while let Some((outcome, name)) = answers.next().await {
        match outcome {
            Ok(items) => reading.page(items),
            Err(failure) => {
                whole = false;
                ended = failure.ends_the_call();
                reader.gap(call, Some(name.as_str()).filter(|_| !ended), &failure);
                if ended {
                    break;
                }
            }
        }
    }
    drop(answers);
    if all > most && !ended {
        let said = format!(
            "{} was asked for {most} of {all} resources, since AWS lets only a few through each second",
            call.operation()
        );
        reader.gap(call, None, &Failure::error(&said, "What depends on the others is unknown."));
    }
    reading.end(whole);
}

/// Reads the first `most` pages of a listing that gives the newest first.
async fn newest<P, E, F>(
    reader: &Reader<'_>,
    call: Call,
    most: usize,
    request: impl FnMut(Option<String>) -> F,
    take: impl FnMut(&mut FleetBuilder, &P) -> usize,
    next: impl Fn(&P) -> Option<&str>,
) -> Result<(), Failure>
where
    F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
    E: StdError + ProvideErrorMetadata + 'static,
{
    let (pages, cut) = (AtomicUsize::new(0), AtomicBool::new(false));
    let reading = reader.open(call);
    let outcome = reader
        .pages(&reading, request, take, |page| {
            let after = next(page).filter(|after| !after.is_empty())?;
            let is_last = pages.fetch_add(1, Ordering::Relaxed) + 1 >= most;
            cut.fetch_or(is_last, Ordering::Relaxed);
            (!is_last).then_some(after)
        })
        .await;
    let outcome = match outcome {
        Ok(()) if cut.into_inner() => Err(Failure::error(
            &format!("{} has more than {most} pages", call.operation()),
            "What is older, or comes later in its list, was left out and is unknown.",
        )),
        outcome => outcome,
    };
    if let Err(failure) = &outcome {
        reader.gap(call, None, failure);
    }
    reading.end(outcome.is_ok());
    outcome
}

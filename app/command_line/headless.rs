//! The commands that print or write a file.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use fleet::Fleet;
use fleet::query::Query;
use report::{Document, Style};
use scene::{Colouring, Scene, SceneOptions};
use session::{AwsSource, Cancel, Derived, OpenError, Opened, Pulled, Source, SourceKind};
use tokio::runtime::Runtime;

use super::args::{ColourBy, Format, Pull, Render, Report, SourceArgs, Theme};
use super::{Done, Failed, source};

/// `emberline report`.
pub(crate) fn report(args: &Report) -> Result<Done, Failed> {
    let query = parse(&args.query.query)?;
    let policy = args.source.policy()?.policy;
    let (source, pulled) = pull_once(&args.source, Depth::Evidence)?;
    let Derived { lineage, findings } = session::derive(&pulled.fleet, &policy);
    let selected = insight::select(&pulled.fleet, &lineage, &findings, &policy, &query);
    let document = Document::of(&pulled.fleet, &lineage, &findings, &policy, kind(&source), &selected);
    let colour = args.output.is_none() && std::io::stdout().is_terminal();
    let text = match args.format {
        Format::Json => report::json(&document),
        Format::Csv => report::csv(&document),
        Format::Markdown => report::markdown(&document),
        Format::Html => report::html(&document),
        Format::Table => report::table(&document, Style { width: 100, colour }),
    };
    write(args.output.as_deref(), text.as_bytes())?;
    Ok(done(&pulled))
}

/// `emberline render`.
pub(crate) fn render(args: &Render) -> Result<Done, Failed> {
    let ending = args.output.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if !["svg", "png", "dot"].contains(&ending) {
        let output = args.output.display();
        return Err(Failed::usage(anyhow::anyhow!(
            "{output} ends in none of .svg, .png and .dot, which say how to draw"
        )));
    }
    let query = parse(&args.query.query)?;
    let policy = args.source.policy()?.policy;
    let (colouring, depth) = match args.colour_by {
        ColourBy::Age => (Colouring::Age, Depth::Picture),
        ColourBy::Bake => (Colouring::Bake, Depth::Evidence),
        ColourBy::Snowflake => (Colouring::Snowflake, Depth::Evidence),
        ColourBy::Readiness => (Colouring::Readiness, Depth::Evidence),
    };
    let (_, pulled) = pull_once(&args.source, depth)?;
    let mut fleet = Fleet::clone(&pulled.fleet);
    let mut derived = session::derive(&fleet, &policy);
    if !query.is_empty() {
        let selected = insight::select(&fleet, &derived.lineage, &derived.findings, &policy, &query);
        fleet = fleet.only(&selected);
        derived = session::derive(&fleet, &policy);
    }
    let Derived { lineage, findings } = &derived;
    let drawn = if ending == "dot" {
        report::dot(&fleet, lineage, findings).into_bytes()
    } else {
        let palette = ui::theme::palette(args.theme == Theme::Dark);
        let svg = report::svg(&Scene::of(&fleet, lineage, findings, SceneOptions::default()), &palette, colouring);
        if ending == "svg" { svg.into_bytes() } else { report::png(&svg)? }
    };
    write(Some(&args.output), &drawn)?;
    Ok(done(&pulled))
}

/// `emberline pull`.
pub(crate) fn pull(args: &Pull) -> Result<Done, Failed> {
    args.source.policy()?;
    let (_, pulled) = pull_once(&args.source, Depth::Evidence)?;
    let output = &args.output;
    pulled.fleet.save_to(output).with_context(|| format!("{} can't be written", output.display()))?;
    Ok(done(&pulled))
}

fn parse(text: &str) -> Result<Query, Failed> {
    Query::parse(text).map_err(|error| {
        let pointer = format!("{}{}", " ".repeat(error.column - 1), "^".repeat(error.width));
        Failed::usage(anyhow::anyhow!("the query is wrong at {error}\n  {text}\n  {pointer}"))
    })
}

/// How much a command needs to know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// What the picture is drawn from.
    Picture,
    /// What happened to servers and groups too, which takes longer.
    Evidence,
}

/// Reads the source that is named, else what the AWS CLI would read.
fn pull_once(args: &SourceArgs, depth: Depth) -> Result<(Source, Pulled), Failed> {
    let source = args.named().unwrap_or_else(|| Source::Aws(AwsSource::default()));
    let opened = open(&source)?;
    let runtime = runtime()?;
    let pulled = read(&runtime, &opened, depth)?;
    Ok((source, pulled))
}

/// The threads of I/O.
pub(crate) fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}

/// Makes a source ready; a wrong scenario is wrong usage.
pub(crate) fn open(source: &Source) -> Result<Opened, Failed> {
    session::open(source, &source::open_sandbox()).map_err(|error| match error {
        OpenError::Sandbox(_) => Failed::usage(error),
        error => Failed::Work(error.into()),
    })
}

/// Pulls once. An interrupt keeps what was read by then.
pub(crate) fn read(runtime: &Runtime, opened: &Opened, depth: Depth) -> Result<Pulled, OpenError> {
    let cancel = Cancel::new();
    runtime.block_on(async {
        let (progress, stop) = (Arc::new(progress()), cancel.clone());
        let pull = async {
            match depth {
                Depth::Picture => opened.pull(progress, stop).await,
                Depth::Evidence => opened.pull_with_evidence(None, progress, stop).await,
            }
        };
        tokio::pin!(pull);
        tokio::select! {
            pulled = &mut pull => pulled,
            _ = tokio::signal::ctrl_c() => {
                cancel.cancel();
                pull.await
            }
        }
    })
}

/// Says on standard error how far a pull is, where a person is looking.
fn progress() -> impl Fn(session::Progress) + Send + Sync {
    let shown = std::io::stderr().is_terminal();
    move |progress: session::Progress| {
        if shown {
            let (done, known) = (progress.calls_done, progress.calls_known);
            let end = if done == known { "\r\x1b[K" } else { "" };
            anstream::eprint!("\r\x1b[K{done} of {known} calls, {}{end}", progress.place.region);
        }
    }
}

fn kind(source: &Source) -> report::SourceKind {
    match source.kind() {
        SourceKind::Aws => report::SourceKind::Aws,
        SourceKind::Sandbox => report::SourceKind::Sandbox,
        SourceKind::File => report::SourceKind::File,
    }
}

fn done(pulled: &Pulled) -> Done {
    if pulled.fleet.is_complete() { Done::Whole } else { Done::WithGaps }
}

pub(crate) fn write(to: Option<&Path>, bytes: &[u8]) -> anyhow::Result<()> {
    match to {
        Some(path) => std::fs::write(path, bytes).with_context(|| format!("{} can't be written", path.display())),
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(bytes)?;
            Ok(out.flush()?)
        }
    }
}

//! The commands that print or write a file.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use fleet::query::{Query, QueryError};
use fleet::ServerIx;
use insight::Policy;
use report::{Document, Style};
use scene::{Scene, SceneOptions};
use session::{AwsSource, Cancel, Derived, OpenError, Pulled, Source};

use super::args::{Format, Pull, Render, Report, SourceArgs, Theme};
use super::{Done, Failed, refused, source};

/// `emberline report`.
pub fn report(args: &Report) -> Result<Done, Failed> {
    if matches!(args.format, Format::Markdown | Format::Html) {
        return Err(refused::command("report --format markdown and html", "it prints table, json and csv"));
    }
    let query = parse(&args.query.query)?;
    let policy = args.source.policy()?.policy;
    let (source, pulled) = pull_once(&args.source)?;
    let Derived { lineage, findings } = session::derive(&pulled.fleet, &policy);
    let selected = insight::select(&pulled.fleet, &lineage, &findings, &policy, &query);
    let document = Document::of(&pulled.fleet, &lineage, &findings, &policy, source.kind().into_report(), &selected);
    let to_terminal = args.output.is_none() && std::io::stdout().is_terminal();
    let text = match args.format {
        Format::Json => report::json(&document),
        Format::Csv => report::csv(&document),
        _ => report::table(&document, Style { width: 100, colour: to_terminal }),
    };
    write(args.output.as_deref(), text.as_bytes())?;
    Ok(done(&pulled))
}

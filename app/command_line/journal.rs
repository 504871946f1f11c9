//! `emberline operations list`, `show` and `export`: what the journal tells, without a source and changing nothing.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, anyhow};
use history::Store;
use jiff::Timestamp;
use operate::{Ending, Journal, Operation, OperationId, Scope, StepRecord, StepState};
use serde_json::json;
use session::journal_folder;

use super::acting_args::ListFormat;
use super::{Done, Failed, headless};

/// The journal; none where nothing was ever done.
fn store() -> Result<Option<Store>, Failed> {
    Ok(Store::read_only(&journal_folder()?)?)
}

/// All operations, newest first.
pub(crate) fn operations() -> Result<Vec<Operation>, Failed> {
    let Some(store) = store()? else { return Ok(Vec::new()) };
    let ids = store.operations()?;
    ids.into_iter().map(|id| fold(&store, id)).collect()
}

/// One operation.
pub(crate) fn operation(id: &str) -> Result<Operation, Failed> {
    let id = OperationId(id.to_owned());
    match store()? {
        Some(store) => fold(&store, id),
        None => Err(anyhow!("there is no operation {id}: nothing was ever done from this machine").into()),
    }
}

fn fold(store: &Store, id: OperationId) -> Result<Operation, Failed> {
    let entries = store.entries(&id)?;
    Ok(Operation::of(id, &entries))
}

/// Where an operation happens.
pub(crate) fn scope(operation: &Operation) -> Result<Scope, Failed> {
    let plan = operation.plan.as_ref();
    Ok(plan.map(|plan| plan.scope.clone()).with_context(|| {
        format!("the journal does not tell what {} was to do, so nothing can be done with it", operation.id)
    })?)
}

/// `operations list`.
pub(crate) fn list(format: ListFormat) -> Result<Done, Failed> {
    let operations = operations()?;
    let text = match format {
        ListFormat::Json => {
            let all: Vec<_> = operations.iter().map(as_json).collect();
            format!("{:#}\n", json!(all))
        }
        ListFormat::Table if operations.is_empty() => {
            anstream::eprintln!("Nothing was done yet. `emberline plan` shows what could be.");
            return Ok(Done::Whole);
        }
        ListFormat::Table => table(&operations),
    };
    headless::write(None, text.as_bytes())?;
    Ok(Done::Whole)
}

fn table(operations: &[Operation]) -> String {
    let rows: Vec<[String; 5]> = operations
        .iter()
        .map(|operation| {
            [
                operation.id.to_string(),
                operation.began_at.map_or_else(|| "unknown".to_owned(), when),
                operation.plan.as_ref().map_or_else(|| "unknown".to_owned(), |plan| plan.scope.to_string()),
                state(operation),
                operation.plan.as_ref().map_or_else(String::new, |plan| plan.summary.clone()),
            ]
        })
        .collect();
    let head = ["operation", "began", "where", "state", "what"].map(str::to_owned);
    let width = |column: usize| {
        rows.iter().chain([&head]).map(|row| unicode_width::UnicodeWidthStr::width(row[column].as_str())).max()
    };
    let widths: Vec<usize> = (0..5).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in [&head].into_iter().chain(&rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let padding = width.saturating_sub(unicode_width::UnicodeWidthStr::width(cell.as_str()));
            line.push_str(cell);
            line.push_str(&" ".repeat(padding + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// `operations show`.
pub(crate) fn show(id: &str, format: ListFormat) -> Result<Done, Failed> {
    let operation = operation(id)?;
    let text = match format {
        ListFormat::Json => format!("{:#}\n", as_json(&operation)),
        ListFormat::Table => told(&operation),
    };
    headless::write(None, text.as_bytes())?;
    Ok(Done::Whole)
}

fn told(operation: &Operation) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    if let Some(plan) = &operation.plan {
        line(plan.summary.clone());
        line(String::new());
        line(format!("  where   {} ({})", plan.scope, plan.scope.profile.as_deref().unwrap_or("environment")));
    }
    if let Some(caller) = &operation.caller {
        line(format!("  as      {}", caller.arn));
    }
    if let Some(at) = operation.began_at {
        line(format!("  began   {}", when(at)));
    }
    line(format!("  state   {}", state(operation)));
    line(String::new());
    for (number, record) in (1..).zip(&operation.steps) {
        let time = record.settled_at.or(record.began_at).map_or_else(String::new, |at| format!("  {}", when(at)));
        line(format!("  {number:>2}. {:<9} {}{time}", step_state(record), record.step.sentence));
        for note in &record.notes {
            line(format!("                {}  {}", when(note.at), note.text));
        }
    }
    if let Some(asked) = &operation.question {
        line(String::new());
        line(asked.question.text.clone());
        for answer in &asked.question.answers {
            line(format!("  emberline operations {answer} {}", operation.id));
        }
    }
    text
}

/// In one word or sentence, how far an operation is.
fn state(operation: &Operation) -> String {
    match &operation.ending {
        Some(Ending::Done) => "done".to_owned(),
        Some(Ending::Failed(why)) => format!("failed: {why}"),
        Some(Ending::Cancelled(_)) => "cancelled".to_owned(),
        Some(Ending::RolledBack(_)) => "rolled back".to_owned(),
        Some(Ending::Abandoned) => "abandoned".to_owned(),
        None if operation.question.is_some() => "asks".to_owned(),
        None => match operation.current() {
            Some(step) => format!("step {} of {}", step + 1, operation.steps.len()),
            None => "about to end".to_owned(),
        },
    }
}

fn step_state(record: &StepRecord) -> &'static str {
    match &record.state {
        StepState::Waiting => "",
        StepState::Watching => "watching",
        StepState::Held(_) => "held",
        StepState::Sending => "sending",
        StepState::Unknown { .. } => "unknown",
        StepState::Accepted(_) => "accepted",
        StepState::Refused { .. } => "refused",
        StepState::DidNot { .. } => "not done",
        StepState::Unclear { .. } => "unclear",
        StepState::Settled => "done",
        StepState::Skipped => "skipped",
    }
}

fn as_json(operation: &Operation) -> serde_json::Value {
    let steps: Vec<_> = operation
        .steps
        .iter()
        .map(|record| {
            json!({
                "sentence": record.step.sentence,
                "state": match step_state(record) { "" => "waiting", state => state },
                "began_at": record.began_at,
                "settled_at": record.settled_at,
                "request_id": record.sent.as_ref().and_then(|sent| sent.request_id.clone()),
                "notes": record.notes.iter().map(|note| json!({"at": note.at, "text": note.text})).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "id": operation.id,
        "state": state(operation),
        "action": operation.plan.as_ref().map(|plan| &plan.action),
        "summary": operation.plan.as_ref().map(|plan| &plan.summary),
        "scope": operation.plan.as_ref().map(|plan| &plan.scope),
        "plan_hash": operation.plan_hash,
        "caller": operation.caller,
        "began_at": operation.began_at,
        "ended_at": operation.ended_at,
        "ending": operation.ending,
        "outputs": operation.outputs,
        "question": operation.question.as_ref().map(|asked| &asked.question),
        "steps": steps,
    })
}

/// `operations export`.
pub(crate) fn export(id: Option<&str>, output: Option<&Path>) -> Result<Done, Failed> {
    let id = id.map(|id| OperationId(id.to_owned()));
    let Some(store) = store()? else {
        anstream::eprintln!("Nothing was done yet, so there is nothing to export.");
        return Ok(Done::Whole);
    };
    let head = store.verify_chain()?;
    let written = match output {
        Some(path) => {
            let file = std::fs::File::create(path).with_context(|| format!("{} can't be written", path.display()))?;
            store.export(id.as_ref(), &mut std::io::BufWriter::new(file))?
        }
        None => store.export(id.as_ref(), &mut std::io::stdout().lock())?,
    };
    let mut told = format!("{written} entries; the chain of {} holds", head.entries);
    let _ = write!(told, ", its last hash is {}", head.hash);
    anstream::eprintln!("{told}");
    Ok(Done::Whole)
}

/// An instant for people: to the second, in UTC.
fn when(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

//! From the arguments to the room that does the work, and back to an exit status.

mod acting;
mod acting_args;
mod args;
mod headless;
mod journal;
mod progress;
mod scan;
mod serve;
mod sheet;
mod source;
mod window;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use tracing_subscriber::EnvFilter;

use args::{Command, CommandLine};

/// How a command ended, where it did not fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Done {
    /// All of it.
    Whole,
    /// With gaps: something could not be read.
    WithGaps,
    /// With a finding that was to be denied.
    Denied,
}

/// How a command failed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The work could not be done: status 1.
    Work(anyhow::Error),
    /// What was asked for makes no sense: status 2.
    Usage(anyhow::Error),
    /// A guard stands against it: status 4.
    Refused(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Work(error.into())
    }
}

impl Failed {
    fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Usage(error.into())
    }
}

/// Reads the arguments, runs the command, says what went wrong.
pub(crate) fn run() -> ExitCode {
    let command_line = match CommandLine::try_parse() {
        Ok(command_line) => command_line,
        Err(error) => {
            // Help and version are asked for and go to standard output; a closed pipe there is the reader's choice.
            let _ = error.print();
            return ExitCode::from(if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
                0
            } else {
                2
            });
        }
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("EMBERLINE_LOG").unwrap_or_else(|_| EnvFilter::new("off")))
        .with_writer(std::io::stderr)
        .init();
    let ended = match command_line.command {
        None => window::open(&command_line.window),
        Some(Command::Report(report)) => headless::report(&report),
        Some(Command::Render(render)) => headless::render(&render),
        Some(Command::Pull(pull)) => headless::pull(&pull),
        Some(Command::Sandbox(sandbox)) => serve::serve(&sandbox),
        Some(Command::Scan(args)) => scan::scan(&args),
        Some(Command::Plan(plan)) => acting::plan(&plan),
        Some(Command::Apply(apply)) => acting::apply(&apply),
        Some(Command::Operations(operations)) => acting::operations(&operations),
    };
    match ended {
        Ok(Done::Whole) => ExitCode::SUCCESS,
        Ok(Done::WithGaps) => ExitCode::from(3),
        Ok(Done::Denied) => ExitCode::from(5),
        Err(Failed::Work(error)) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(Failed::Work(error)) => say(&error, 1),
        Err(Failed::Usage(error)) => say(&error, 2),
        Err(Failed::Refused(error)) => say(&error, 4),
    }
}

fn say(error: &anyhow::Error, status: u8) -> ExitCode {
    anstream::eprintln!("emberline: {error:#}");
    ExitCode::from(status)
}

/// Whoever reads our output has seen enough, as `head` does: that is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

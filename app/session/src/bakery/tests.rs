//! Real processes of this machine, and images that are there or not.

#![expect(clippy::unwrap_used, reason = "a test")]

mod images;
#[cfg(unix)]
mod processes;

use std::ops::ControlFlow;

/// Takes every line and never stops anything.
fn keep(lines: &mut Vec<String>) -> impl FnMut(Option<&str>) -> ControlFlow<()> {
    |line| {
        lines.extend(line.map(str::to_owned));
        ControlFlow::Continue(())
    }
}

//! Emberline's command line: opens the window, or runs one headless command. It is the one place that knows every
//! room: it hands the sandbox to the session and the session to the window. All that a command does is done in the
//! rooms; here are flags, exit statuses and the words of errors.
//!
//! Invariants
//! - Exit status: 0 done, 1 failed, 2 wrong usage, 3 done with gaps, 4 refused by a guard.
//! - Standard output holds the result alone; everything else goes to standard error.
//! - Only `apply` and `operations` change anything in AWS, by the engine of `operate`.

mod command_line;

use std::process::ExitCode;

fn main() -> ExitCode {
    command_line::run()
}

//! Runs bake commands: a program of the policy file as a process of this machine, its lines handed on as they come, and
//! then the one image that it made, looked up at EC2. What is run comes from the configuration by way of a verified
//! step; nothing here ever sees a plan.

mod found;
mod group;
mod lines;
mod log;
mod manifest;
mod process;
mod running;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cloud::Operator;
use operate::{BakeError, Bakery, Baking};

use found::Trail;
use log::Log;
use process::{Ended, Program};
pub(crate) use running::Running;

/// How long a program that was told to stop may take to clean up before it is killed.
const CLEAN_UP: Duration = Duration::from_secs(30);

/// How long EC2 may take to know an image after its maker was told of it.
const KNOWN_WITHIN: Duration = Duration::from_secs(30);

/// What is told of a line, or of nothing, and whether to go on.
type Say<'a> = &'a mut dyn FnMut(Option<&str>) -> ControlFlow<()>;

/// Runs the bake commands of this machine's configuration.
pub(crate) struct CommandBakery {
    operator: Arc<Operator>,
    running: Arc<Running>,
}

impl CommandBakery {
    /// Images are looked up by this operator.
    pub(crate) fn new(operator: Arc<Operator>) -> Self {
        Self { operator, running: Arc::default() }
    }

    /// The commands that run.
    pub(crate) fn running(&self) -> &Arc<Running> {
        &self.running
    }
}

impl Bakery for CommandBakery {
    fn bake(&self, baking: &Baking<'_>, say: Say<'_>) -> Result<String, BakeError> {
        let _counted = Running::count(&self.running);
        let command = baking.command();
        let directory = Path::new(&command.directory);
        let trail = Trail::before(&*self.operator, baking.scope(), command).map_err(BakeError::NotStarted)?;
        let environment = self.operator.environment(baking.scope());
        let timeout = Duration::from_secs(command.timeout_s.into());
        let program =
            Program { command: &command.command, directory, environment: &environment, timeout, clean_up: CLEAN_UP };
        let mut log = Log::default();
        let ended = process::run(&program, &mut log, say).map_err(BakeError::NotStarted)?;
        let line = command.line();
        match ended {
            Ended::Well => trail.image(&*self.operator, KNOWN_WITHIN, say),
            Ended::Badly(how) => {
                let last = log.last().map(|last| format!("; its last line: {last}")).unwrap_or_default();
                Err(BakeError::Failed(format!("`{line}` {how}{last}")))
            }
            Ended::TimedOut { killed } => {
                let within = fleet::WrittenDuration(command.timeout_s);
                let how = how_stopped(killed);
                let next = format!("Give it a longer `timeout` under [bake.{}] if it needs that", baking.recipe());
                Err(BakeError::Failed(format!("`{line}` had not ended after {within} and {how}. {next}")))
            }
            Ended::Stopped { killed } => Err(BakeError::Stopped(format!("`{line}` {}", how_stopped(killed)))),
        }
    }
}

fn how_stopped(killed: bool) -> &'static str {
    match killed {
        false => "was stopped",
        true => "was killed, since it did not stop: it may have left something in the account",
    }
}

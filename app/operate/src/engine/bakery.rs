//! Bake commands: programs that this machine's configuration names for a recipe. They are no calls to AWS, so whoever
//! runs them hands them in.

use std::ops::ControlFlow;

use crate::bake_command::Baking;

/// Runs the bake commands of this machine's configuration.
pub trait Bakery: Sync {
    /// Runs a command and gives the id of the image that it made in its scope. Blocks. `say` is called with each line
    /// that a person wants to read, and at least once a second (with nothing when there is nothing to say), until
    /// nothing of the command runs any more; where it breaks, the command is stopped.
    ///
    /// # Errors
    /// [`BakeError`].
    fn bake(
        &self,
        baking: &Baking<'_>,
        say: &mut dyn FnMut(Option<&str>) -> ControlFlow<()>,
    ) -> Result<String, BakeError>;
}

/// Why a bake command gave no image.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BakeError {
    /// It was not started: what is missing, and the next thing to do.
    #[error("{0}")]
    NotStarted(String),
    /// It failed, or it can't be told which image it made.
    #[error("{0}")]
    Failed(String),
    /// It was stopped, as it was told to be: how that went.
    #[error("{0}")]
    Stopped(String),
}

/// A world without bake commands, such as a simulated one.
#[derive(Clone, Copy, Default, Debug)]
pub struct NoBakery;

impl Bakery for NoBakery {
    fn bake(
        &self,
        baking: &Baking<'_>,
        _say: &mut dyn FnMut(Option<&str>) -> ControlFlow<()>,
    ) -> Result<String, BakeError> {
        Err(BakeError::NotStarted(format!("bake commands can't be run here, so {} was not", baking.recipe)))
    }
}

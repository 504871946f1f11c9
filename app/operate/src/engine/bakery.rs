//! Bake commands: programs that this machine's configuration names for a recipe. They are no calls to AWS, so whoever
//! runs them hands them in.

use std::ops::ControlFlow;

use crate::scope::Scope;

/// Runs the bake commands of this machine's configuration.
pub trait Bakery: Sync {
    /// Runs the command of a recipe and gives the id of the image that it made in this scope. Blocks. `say` is called
    /// with each line that a person wants to read, and at least once a second (with nothing when there is nothing to
    /// say); where it breaks, the command is stopped.
    ///
    /// # Errors
    /// [`BakeError`].
    fn bake(
        &self,
        scope: &Scope,
        recipe: &str,
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
    /// It was stopped, as it was told to be.
    #[error("the bake command was stopped")]
    Stopped,
}

/// A machine without bake commands.
#[derive(Clone, Copy, Default, Debug)]
pub struct NoBakery;

impl Bakery for NoBakery {
    fn bake(
        &self,
        _scope: &Scope,
        recipe: &str,
        _say: &mut dyn FnMut(Option<&str>) -> ControlFlow<()>,
    ) -> Result<String, BakeError> {
        Err(BakeError::NotStarted(format!(
            "this machine has no bake command for {recipe}. Configure one and plan again"
        )))
    }
}

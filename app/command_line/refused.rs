//! Words of the command line that belong to versions to come: refused clearly, so that a script learns why.

use super::Failed;

/// A command that this version does not have.
pub(crate) fn command(name: &str, why: &str) -> Failed {
    Failed::usage(anyhow::anyhow!("`emberline {name}` is not in this version: {why}"))
}

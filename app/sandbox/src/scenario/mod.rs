//! Scenarios: where a world comes from.

mod age;
mod build;
mod file;
mod generated;
mod groups;
mod launch;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::world::World;

/// The scenarios that are part of the program: their names and their text.
const BUILT_IN: &[(&str, &str)] = &[("harbor", include_str!("../../../../assets/sandbox/harbor.toml"))];

/// What `generated:` begins with.
const GENERATED: &str = "generated:";

/// Why a scenario can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// There is no such scenario.
    #[error("there is no scenario '{spec}': use {names}, generated:SERVERS[:SEED], or the path of a scenario file")]
    Unknown {
        /// What was asked for.
        spec: String,
        /// The names that there are.
        names: String,
    },
    /// A file that can't be read.
    #[error("the scenario file {} can't be read: {source}; check that it is there and that you may read it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A scenario that says something wrong.
    #[error("{file}:{line}: {what}; correct this line and open the scenario again")]
    Wrong {
        /// The file's path, or the scenario's name.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A `generated:` scenario with wrong numbers.
    #[error("'{spec}' is not generated:SERVERS[:SEED]: {what}; for example generated:100000:7")]
    Generated {
        /// What was asked for.
        spec: String,
        /// What is wrong.
        what: String,
    },
}

/// Opens a scenario as of `opened`.
///
/// # Errors
/// As `Sandbox::open`.
pub(crate) fn open(spec: &str, opened: Timestamp) -> Result<World, ScenarioError> {
    // AWS tells most times in whole seconds.
    let opened = Timestamp::from_second(opened.as_second()).unwrap_or(opened);
    let spec = if spec.is_empty() { "harbor" } else { spec };
    if let Some(numbers) = spec.strip_prefix(GENERATED) {
        return generated::open(spec, numbers, opened);
    }
    if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == spec) {
        return build::world(name, text, opened);
    }
    let path = Path::new(spec);
    if !path.exists() && !spec.contains(['/', '\\', '.']) {
        let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        return Err(ScenarioError::Unknown { spec: spec.to_owned(), names: names.join(", ") });
    }
    let text =
        std::fs::read_to_string(path).map_err(|source| ScenarioError::Unreadable { path: path.to_owned(), source })?;
    build::world(spec, &text, opened)
}

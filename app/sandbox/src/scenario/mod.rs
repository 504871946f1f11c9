//! Scenarios: where a world comes from.

pub(crate) mod age;
mod attach;
mod build;
mod file;
mod generated;
mod groups;
mod images;
mod launch;
mod story;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::{
    autoscaling::{life, refresh},
    world::World,
};

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

/// So many servers, and once more those that are there, can be launched in a scope before its quota is used up. AWS's
/// quotas differ by account; what counts is that there is one.
const SPARE_SERVERS: u32 = 2_000;

/// Opens a scenario as of `opened`.
///
/// # Errors
/// As `Sandbox::open`.
pub(crate) fn open(spec: &str, opened: Timestamp) -> Result<World, ScenarioError> {
    // AWS tells most times in whole seconds.
    let opened = Timestamp::from_second(opened.as_second()).unwrap_or(opened);
    let mut world = read(spec, opened)?;
    for place in world.scopes_mut() {
        let servers = u32::try_from(place.servers.len()).unwrap_or(u32::MAX);
        place.quota = servers.saturating_mul(2).saturating_add(SPARE_SERVERS);
    }
    life::begin(&mut world, opened);
    refresh::begin_all(&mut world, opened);
    Ok(world)
}

/// The world of a scenario, in which nothing happens by itself yet.
fn read(spec: &str, opened: Timestamp) -> Result<World, ScenarioError> {
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use crate::world::{membership::LaunchedBy, template::TemplateImage};

    /// Nothing in harbor is older than what it was made from.
    #[test]
    fn harbors_history_could_have_happened() {
        let world = open("harbor", "2026-11-02T08:00:00Z".parse().unwrap()).unwrap();
        for image in &world.images {
            if let Some(source) = image.source {
                assert!(world.images[source as usize].created < image.created, "{}", image.name);
            }
        }
        for scope in world.scopes() {
            for template in &scope.templates {
                for version in &template.versions {
                    // A parameter's image changes after the version was written.
                    if let Some(TemplateImage::Image(slot)) = &version.data.image {
                        let image = &world.images[*slot as usize];
                        assert!(image.created < version.created, "{} {}", template.name, version.number);
                        assert!(image.may_launch(&scope.account), "{} {}", template.name, version.number);
                    }
                }
            }
            for server in &scope.servers {
                let name = &server.tags.iter().find(|tag| &*tag.key == "Name").unwrap().value;
                assert!(world.images[server.image as usize].created < server.born, "{name}");
                assert!(server.born <= server.started && server.born <= server.root_attached, "{name}");
                match server.membership.as_ref().map(|membership| &membership.launched_by) {
                    Some(LaunchedBy::Template(slot, number)) => {
                        let version = scope.templates[*slot as usize].any_version(*number).unwrap();
                        assert!(version.created < server.born, "{name}");
                    }
                    Some(LaunchedBy::Configuration(slot)) => {
                        assert!(scope.launch_configurations[*slot as usize].created < server.born, "{name}");
                    }
                    Some(LaunchedBy::Attached) | None => (),
                }
            }
            for recipe in &scope.recipes {
                assert!(recipe.versions.iter().all(|version| version.created > recipe.created), "{}", recipe.name);
            }
        }
    }
}

//! Bake commands as operations know them: what is shown before one is run, and what has to be the same when it is.

use insight::{BakedImage as Found, Policy};
use serde::{Deserialize, Serialize};

use crate::aws_cli::quoted_line;
use crate::scope::Scope;

/// What a bake command is: a program with its arguments, a folder, and how its image is found. A plan keeps it as it was
/// shown, and nothing ever runs what a plan says: it is compared with this machine's configuration, which is run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BakeCommand {
    /// The program and its arguments, which no shell sees.
    pub command: Vec<String>,
    /// The folder that it is run in.
    pub directory: String,
    /// How the image that it made is found.
    pub image: BakedImage,
    /// The longest that it may run, in seconds.
    pub timeout_s: u32,
}

/// How the image that a bake command made is found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum BakedImage {
    /// In the file of Packer's manifest post-processor, relative to the command's folder.
    Manifest(String),
    /// By a tag that it gives to its image.
    Tag {
        /// Its key.
        key: String,
        /// Its value.
        value: String,
    },
}

/// A bake command of this machine's configuration that may be run in an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfiguredBake {
    /// Its name there.
    pub name: String,
    /// The regions that it bakes in; none for every region.
    pub regions: Vec<String>,
    /// What it is.
    pub command: BakeCommand,
}

impl BakeCommand {
    /// The program and its arguments as a shell would take them, so that each blank and quote can be told. Without
    /// characters that can't be shown: a plan file may hold anything.
    #[must_use]
    pub fn line(&self) -> String {
        quoted_line(self.command.iter().map(|word| fleet::clean(word).into_owned()))
    }

    /// Where it is run, for how long at most, and how its image is found, as a part of a sentence.
    #[must_use]
    pub fn terms(&self) -> String {
        let found = match &self.image {
            BakedImage::Manifest(path) => format!("finds its image in {}", fleet::clean(path)),
            BakedImage::Tag { key, value } => {
                format!("finds its image by the tag {}={}", fleet::clean(key), fleet::clean(value))
            }
        };
        let (directory, within) = (fleet::clean(&self.directory), fleet::WrittenDuration(self.timeout_s));
        format!("in {directory}, for {within} at most; {found}")
    }
}

impl ConfiguredBake {
    /// The policy's commands for an account.
    pub(crate) fn of(policy: &Policy, account: &str) -> Vec<Self> {
        let bakes = policy.bakes().iter();
        let here = bakes.filter(|bake| bake.accounts.is_empty() || bake.accounts.iter().any(|id| id == account));
        here.map(|bake| Self {
            name: bake.name.clone(),
            regions: bake.regions.clone(),
            command: BakeCommand {
                command: bake.command.clone(),
                directory: bake.directory.clone(),
                image: match &bake.image {
                    Found::Manifest(path) => BakedImage::Manifest(path.clone()),
                    Found::Tag { key, value } => BakedImage::Tag { key: key.clone(), value: value.clone() },
                },
                timeout_s: bake.timeout_s,
            },
        })
        .collect()
    }
}

/// What an operation holds while it runs a bake command, beside its scope: two runs at the same time could not be told
/// apart by what they make.
#[must_use]
pub(crate) fn held_name(recipe: &str) -> String {
    format!("bake.{recipe}")
}

/// One run of a bake command: made by the executor alone, out of a step that was verified just now.
#[derive(Debug)]
pub struct Baking<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) recipe: &'a str,
    pub(crate) command: &'a BakeCommand,
}

impl Baking<'_> {
    /// Where the image has to come to be.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        self.scope
    }

    /// What the command is called in the configuration.
    #[must_use]
    pub fn recipe(&self) -> &str {
        self.recipe
    }

    /// The command, as the configuration has it.
    #[must_use]
    pub fn command(&self) -> &BakeCommand {
        self.command
    }
}

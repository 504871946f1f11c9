//! A plan: everything that an action will do, said before anything is done.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::action::Action;
use crate::bake_command::{BakeCommand, held_name};
use crate::endpoint::Endpoint;
use crate::facts::{Caller, GroupFacts, RegistrationFacts, ServerFacts};
use crate::mutation::{Arg, Output, PlannedMutation};
use crate::scope::Scope;

/// The format of a plan file, counted up whenever a field changes its meaning.
pub const FORMAT: u32 = 1;

/// What an action will do: steps in order, the state they were planned in, what is lost.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`FORMAT`].
    pub format: u32,
    /// What was asked for.
    pub action: Action,
    /// Where.
    pub scope: Scope,
    /// Which AWS it was read from, and is carried out in; `None` where that was not noted yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
    /// Who asked.
    pub caller: Caller,
    /// When the state was read.
    pub made_at: Timestamp,
    /// What it does, in one sentence.
    pub summary: String,
    /// The state that it was planned in: it is carried out only while that holds.
    pub baseline: Baseline,
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// What becomes of the healthy capacity of each group that is touched, by name.
    pub capacity: Vec<Capacity>,
    /// What is lost for good.
    pub losses: Vec<Loss>,
    /// What the person should know before confirming: pinned parents, owners in code, servers that would burn at once.
    pub warnings: Vec<String>,
    /// Whether it can be taken back.
    pub rollback: Rollback,
}

/// The state that a plan was made in.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The groups that are touched, by name.
    pub groups: Vec<GroupFacts>,
    /// The servers that are touched, by id.
    pub servers: Vec<ServerFacts>,
    /// Where those of them that end, and are in no group, are registered as targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registered: Vec<RegistrationFacts>,
}

impl Baseline {
    /// The group with this name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&GroupFacts> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// The server with this id.
    #[must_use]
    pub fn server(&self, id: &str) -> Option<&ServerFacts> {
        self.servers.iter().find(|server| server.id == id)
    }

    /// Where this server is registered.
    pub fn registered<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a RegistrationFacts> {
        self.registered.iter().filter(move |one| one.server == id)
    }
}

/// One step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it is called within its plan: `surge`, `retire i-0abc`.
    pub name: String,
    /// What it does, as a sentence.
    pub sentence: String,
    /// The work itself.
    pub work: Work,
}

/// The work of a step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Work {
    /// Send a change, once.
    Send {
        /// What.
        mutation: PlannedMutation,
        /// What the answer names for later steps.
        makes: Option<Output>,
        /// Desired capacity of the group that it needs to find, in units: what the plan read, or what an earlier step
        /// of it has set. `None` where capacity does not matter.
        desired: Option<u32>,
        /// Whether a server in service goes away by it, so that the floor has to hold one server lower.
        takes_out: Option<String>,
    },
    /// Look until something is so.
    Wait {
        /// What.
        until: Until,
        /// How long before a person is asked, in seconds.
        within_s: u32,
    },
    /// Wait for a word.
    Pause,
    /// Run the bake command that this machine's configuration has for a recipe; it makes [`Output::Image`].
    BakeCommand {
        /// The recipe's name in the configuration.
        recipe: String,
        /// What the command was when the plan was made. It is shown and compared, never run.
        shown: BakeCommand,
    },
}

/// What a waiting step looks for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Until {
    /// A member of the group that is new is in service, healthy in every target group and warmed up, and the group has
    /// its desired capacity. Makes [`Output::Successor`].
    Joined {
        /// The group.
        group: String,
        /// Members that don't count as new: those of the baseline. What earlier steps of the plan have made as
        /// [`Output::Successor`] does not count either.
        besides: Vec<String>,
        /// Capacity, in units, that has to be in service.
        desired: u32,
    },
    /// The server is terminated and its group, if it has one, has let it go.
    Gone {
        /// The server.
        server: String,
        /// Its group.
        group: Option<String>,
    },
    /// The server runs and both status checks passed.
    Healthy {
        /// The server.
        server: Arg,
    },
    /// The target group calls the server healthy at each of the ports.
    Serving {
        /// ARN of the target group.
        target_group: String,
        /// The server.
        server: Arg,
        /// The ports that it was registered at.
        ports: Vec<u16>,
    },
    /// The target group has let go of the server at each of the ports: what it was asked by then, it has answered.
    Drained {
        /// ARN of the target group.
        target_group: String,
        /// The server.
        server: String,
        /// The ports that it was registered at.
        ports: Vec<u16>,
    },
    /// The instance refresh has ended well.
    Refreshed {
        /// The group.
        group: String,
        /// Id of the refresh.
        refresh: Arg,
    },
    /// The instance refresh has come to an end, well or not: what is waited for once it was cancelled.
    RefreshOver {
        /// The group.
        group: String,
        /// Id of the refresh.
        refresh: Arg,
    },
    /// The instance refresh has been rolled back.
    RefreshRolledBack {
        /// The group.
        group: String,
        /// Id of the refresh.
        refresh: Arg,
    },
    /// The image is available, and a server that needs this architecture can start from it.
    ImageAvailable {
        /// Its id.
        image: Arg,
        /// `Architecture` that it has to have: `x86_64`, `arm64`, ...; `None` where any will do. Another one is a
        /// failure.
        architecture: Option<String>,
    },
    /// The build has ended well. Makes [`Output::Image`]: its image in the plan's own account and region.
    Built {
        /// Its ARN.
        build: Arg,
    },
    /// The root volume replacement has succeeded and the server's checks passed again.
    RootReplaced {
        /// The server.
        server: String,
        /// Id of the task.
        task: Arg,
    },
    /// Every server of the group has its root from this image.
    RootsFrom {
        /// The group.
        group: String,
        /// The image.
        image: Arg,
        /// Servers that the refresh leaves as they are: in Standby, or protected from scale-in.
        besides: Vec<String>,
    },
    /// The group's maximum instance lifetime is this.
    LifetimeIs {
        /// The group.
        group: String,
        /// Seconds; `None` for none.
        lifetime_s: Option<u32>,
    },
}

/// What becomes of a group's healthy capacity while a plan is carried out, in the group's units.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// The group.
    pub group: String,
    /// Healthy now.
    pub before: u32,
    /// Healthy at the lowest point, by our doing.
    pub lowest: u32,
    /// Healthy in the end.
    pub after: u32,
    /// What it never goes below by our doing.
    pub floor: u32,
    /// Desired, now and in the end.
    pub desired: u32,
}

/// Something that is lost for good.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// The server that loses it.
    pub server: String,
    /// What kind of thing.
    pub kind: LossKind,
    /// Its id, address or name.
    pub what: String,
    /// What it means, as a sentence.
    pub sentence: String,
}

/// What can be lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// A volume that is deleted.
    Volume,
    /// A volume that stays and belongs to nobody.
    DetachedVolume,
    /// An address that goes back to Amazon or to the subnet.
    Address,
    /// An Elastic IP address with nothing behind it any more.
    ElasticAddress,
    /// A network interface.
    Interface,
    /// A DNS name.
    DnsName,
    /// What changed on the root volume since the image.
    RootChanges,
}

/// Whether a plan can be taken back once it has begun.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rollback {
    /// It can; how, as a sentence.
    Possible(String),
    /// It can't; why, as a sentence.
    Impossible(String),
}

/// A plan as it is saved: with the hash that tells whether it is still the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// `sha256:` and the hash of the plan's compact JSON, in hexadecimal digits.
    pub hash: String,
    /// The plan.
    pub plan: Plan,
}

/// Why a plan can't be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PlanError {
    /// It is no plan.
    #[error("this is no plan: {reason}. Make one with `emberline plan`")]
    Unreadable {
        /// What is wrong, with line and column.
        reason: String,
    },
    /// It is a plan of another version of Emberline.
    #[error("the plan has format {found}, this Emberline knows {FORMAT}. Make it again with `emberline plan`")]
    Format {
        /// What it says.
        found: u32,
    },
    /// Its hash is another one.
    #[error("the plan was changed after it was made: its hash is {found}, it says {said}. Make it again")]
    Hash {
        /// What follows from it.
        found: String,
        /// What it says.
        said: String,
    },
}

impl Plan {
    /// `sha256:` and the SHA-256 of its compact JSON, in hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> String {
        let json = serde_json::to_vec(self).expect("a plan has only text keys, so JSON can hold it");
        let digest = Sha256::digest(json);
        digest.iter().fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
    }

    /// What it holds while it is carried out, so that no other operation touches it: groups, servers, pipelines and
    /// bake commands as `ACCOUNT/REGION/NAME`. Of two builds of one pipeline at the same time neither could be told from
    /// the other after a lost answer, and of two runs of a command neither image from the other's.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        let groups = self.baseline.groups.iter().map(|group| &group.name);
        let servers = self.baseline.servers.iter().map(|server| &server.id);
        let baked = self.steps.iter().filter_map(|step| match &step.work {
            Work::Send { mutation: PlannedMutation::StartImagePipelineExecution { pipeline }, .. } => {
                Some(pipeline.clone())
            }
            Work::BakeCommand { recipe, .. } => Some(held_name(recipe)),
            _ => None,
        });
        let names = groups.chain(servers).cloned().chain(baked);
        let mut targets: Vec<String> = names.map(|name| format!("{}/{name}", self.scope)).collect();
        targets.sort();
        targets.dedup();
        targets
    }
}

impl PlanFile {
    /// A plan with its hash.
    #[must_use]
    pub fn of(plan: Plan) -> Self {
        Self { hash: plan.hash(), plan }
    }

    /// Reads a plan file.
    ///
    /// # Errors
    /// [`PlanError::Unreadable`] and [`PlanError::Format`]; a hash that does not fit is a [`crate::Guard::PlanHash`]
    /// refusal when the plan is verified.
    pub fn parse(json: &str) -> Result<Self, PlanError> {
        let unreadable = |error: serde_json::Error| PlanError::Unreadable { reason: error.to_string() };
        let value: serde_json::Value = serde_json::from_str(json).map_err(unreadable)?;
        let format = value.pointer("/plan/format").and_then(serde_json::Value::as_u64);
        if let Some(found) = format.and_then(|format| u32::try_from(format).ok()).filter(|&found| found != FORMAT) {
            return Err(PlanError::Format { found });
        }
        // Read from the text once more, so that an error names its line.
        serde_json::from_str(json).map_err(unreadable)
    }

    /// The plan, if its hash fits.
    ///
    /// # Errors
    /// [`PlanError::Hash`].
    pub fn checked(&self) -> Result<&Plan, PlanError> {
        let found = self.plan.hash();
        if found == self.hash { Ok(&self.plan) } else { Err(PlanError::Hash { found, said: self.hash.clone() }) }
    }

    /// Its JSON, for people to read.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a plan has only text keys, so JSON can hold it")
    }
}

#[cfg(test)]
mod tests;

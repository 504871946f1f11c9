//! What a person can ask for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::mutation::{ScaleInProtected, StandbyServers};

/// What is asked for, with the choices of the one who asks. A plan keeps it, so that it can be made again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Put new servers in the place of these, one after the other, each in its group or by itself.
    Replace {
        /// Ids.
        servers: Vec<String>,
    },
    /// Replace all servers of a group by an instance refresh.
    Roll {
        /// Its name.
        group: String,
        /// How.
        choices: RefreshChoices,
    },
    /// Replace the root volume of a server in place.
    Reimage {
        /// Its id.
        server: String,
        /// From this image; `None` for the state at launch.
        image: Option<String>,
    },
    /// Bake a new image from a recipe.
    Rebake {
        /// ARN without its version, or the name that the local configuration gives a bake command for.
        recipe: String,
        /// The pipeline to run, by ARN; `None` where the recipe has one.
        pipeline: Option<String>,
    },
    /// Bake a server as it is into an image.
    Bake {
        /// Its id.
        server: String,
        /// The image's name; `None` for one that is made of the server's name and the time.
        name: Option<String>,
        /// Stop it for the time of the snapshot, so that its file systems are whole.
        reboot: bool,
    },
    /// Bake, make a new template version with the image, and roll the group to it.
    RebakeRoll {
        /// Its name.
        group: String,
        /// The recipe to bake, as for [`Action::Rebake`].
        recipe: String,
        /// The pipeline to run.
        pipeline: Option<String>,
        /// How to roll.
        choices: RefreshChoices,
        /// Wait for a word before each further step that changes something: the confirmation is the word for the first.
        pauses: bool,
    },
    /// Set a group's phoenix lifetime.
    SetLifetime {
        /// Its name.
        group: String,
        /// Seconds, at least 86,400; 0 takes it away.
        lifetime_s: u32,
    },
    /// Replace one server of a group, chosen by chance.
    Burn {
        /// Its name.
        group: String,
        /// What chance follows from.
        seed: u64,
    },
}

/// The kinds of actions, under their names on the command line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionKind {
    /// [`Action::Replace`].
    Replace,
    /// [`Action::Roll`].
    Roll,
    /// [`Action::Reimage`].
    Reimage,
    /// [`Action::Rebake`].
    Rebake,
    /// [`Action::Bake`].
    Bake,
    /// [`Action::RebakeRoll`].
    RebakeRoll,
    /// [`Action::SetLifetime`].
    SetLifetime,
    /// [`Action::Burn`].
    Burn,
}

impl ActionKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Replace,
        Self::Roll,
        Self::Reimage,
        Self::Rebake,
        Self::Bake,
        Self::RebakeRoll,
        Self::SetLifetime,
        Self::Burn,
    ];

    /// The word on the command line: `rebake-roll`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Roll => "roll",
            Self::Reimage => "reimage",
            Self::Rebake => "rebake",
            Self::Bake => "bake",
            Self::RebakeRoll => "rebake-roll",
            Self::SetLifetime => "set-lifetime",
            Self::Burn => "burn",
        }
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Action {
    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Replace { .. } => ActionKind::Replace,
            Self::Roll { .. } => ActionKind::Roll,
            Self::Reimage { .. } => ActionKind::Reimage,
            Self::Rebake { .. } => ActionKind::Rebake,
            Self::Bake { .. } => ActionKind::Bake,
            Self::RebakeRoll { .. } => ActionKind::RebakeRoll,
            Self::SetLifetime { .. } => ActionKind::SetLifetime,
            Self::Burn { .. } => ActionKind::Burn,
        }
    }

    /// What it is called where it is in hand: `Replace i-0abc`.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Replace { servers } => match servers.as_slice() {
                [server] => format!("Replace {server}"),
                _ => format!("Replace {} servers", servers.len()),
            },
            Self::Roll { group, .. } => format!("Roll {group}"),
            Self::Reimage { server, .. } => format!("Reimage {server}"),
            // A recipe's ARN ends in its name.
            Self::Rebake { recipe, .. } => format!("Rebake {}", recipe.rsplit('/').next().unwrap_or(recipe)),
            Self::Bake { server, .. } => format!("Bake {server}"),
            Self::RebakeRoll { group, .. } => format!("Rebake and roll {group}"),
            Self::SetLifetime { group, .. } => format!("Set the lifetime of {group}"),
            Self::Burn { group, .. } => format!("Burn a server of {group}"),
        }
    }
}

/// How a group is rolled: what the person chose; what is `None` follows from the group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshChoices {
    /// The version of the group's template to roll to; `None` for the number that its setting stands for now.
    pub template_version: Option<u32>,
    /// `MinHealthyPercentage`; `None` for the least share that keeps the group's floor: at least its maintenance
    /// policy's and the user's policy's.
    pub min_healthy_percent: Option<u8>,
    /// `MaxHealthyPercentage`; `None` for the group's maintenance policy, else 100, or 110 where everything has to stay
    /// healthy.
    pub max_healthy_percent: Option<u16>,
    /// `SkipMatching`.
    pub skip_matching: bool,
    /// `AutoRollback`, where AWS takes it.
    pub auto_rollback: bool,
    /// `BakeTime` in seconds.
    pub bake_time_s: u32,
    /// `CheckpointPercentages`.
    pub checkpoint_percents: Vec<u8>,
    /// `CheckpointDelay` in seconds.
    pub checkpoint_delay_s: u32,
    /// `ScaleInProtectedInstances`.
    pub scale_in_protected: ScaleInProtected,
    /// `StandbyInstances`.
    pub standby: StandbyServers,
    /// Names of alarms that end it.
    pub alarms: Vec<String>,
}

impl Default for RefreshChoices {
    /// Nobody is left behind unseen and nobody who was set aside is touched: all servers are replaced, a failure is
    /// rolled back, and protected and Standby ones are left.
    fn default() -> Self {
        Self {
            template_version: None,
            min_healthy_percent: None,
            max_healthy_percent: None,
            skip_matching: false,
            auto_rollback: true,
            bake_time_s: 0,
            checkpoint_percents: Vec::new(),
            checkpoint_delay_s: 3600,
            scale_in_protected: ScaleInProtected::Ignore,
            standby: StandbyServers::Ignore,
            alarms: Vec::new(),
        }
    }
}

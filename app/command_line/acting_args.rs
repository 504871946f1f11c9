//! The arguments of the commands that act: `plan`, `apply`, `operations`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use operate::RefreshChoices;

use super::args::SourceArgs;

#[derive(Args, Debug)]
#[command(subcommand_value_name = "ACTION", disable_help_subcommand = true)]
pub(crate) struct Plan {
    #[command(subcommand)]
    pub action: PlannedAction,
}

/// What to plan. A TARGET is an id or a name, with ACCOUNT/REGION/ before it where several are called so.
#[derive(Subcommand, Debug)]
pub(crate) enum PlannedAction {
    /// Put a new server in the place of each of these
    Replace(Replace),
    /// Replace all servers of a group by an instance refresh
    Roll(Roll),
    /// Replace the root volume of a server in place
    Reimage(Reimage),
    /// Bake a new image from a recipe
    Rebake(Rebake),
    /// Bake a server as it is into an image
    Bake(Bake),
    /// Bake, make a new template version with the image, and roll the group to it
    RebakeRoll(RebakeRoll),
    /// Set the phoenix lifetime of a group (MaxInstanceLifetime)
    SetLifetime(SetLifetime),
    /// Replace one server of a group, chosen by chance
    Burn(Burn),
}

#[derive(Args, Debug)]
pub(crate) struct Shared {
    /// Write the plan to a file instead of standard output
    #[arg(short, long, value_name = "PLAN.json")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceArgs,
}

#[derive(Args, Debug)]
pub(crate) struct Replace {
    /// Id, name or address; may repeat
    #[arg(value_name = "SERVER", required = true)]
    pub servers: Vec<String>,
    #[command(flatten)]
    pub shared: Shared,
}

#[derive(Args, Debug)]
pub(crate) struct Roll {
    /// Name of the group
    #[arg(value_name = "GROUP")]
    pub group: String,
    #[command(flatten)]
    pub how: How,
    #[command(flatten)]
    pub shared: Shared,
}

#[derive(Args, Debug)]
pub(crate) struct Reimage {
    /// Id, name or address
    #[arg(value_name = "SERVER")]
    pub server: String,
    /// From this image instead of the state at launch
    #[arg(long, value_name = "AMI")]
    pub image: Option<String>,
    #[command(flatten)]
    pub shared: Shared,
}

#[derive(Args, Debug)]
pub(crate) struct Rebake {
    /// Name or ARN, or the name of a bake command in the policy file
    #[arg(value_name = "RECIPE")]
    pub recipe: String,
    /// The pipeline to run, where the recipe has several
    #[arg(long, value_name = "ARN")]
    pub pipeline: Option<String>,
    #[command(flatten)]
    pub shared: Shared,
}

#[derive(Args, Debug)]
pub(crate) struct Bake {
    /// Id, name or address
    #[arg(value_name = "SERVER")]
    pub server: String,
    /// Name of the image [default: made of the server's name and the time]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Leave the server running: what it writes meanwhile may be half in the image
    #[arg(long)]
    pub no_reboot: bool,
    #[command(flatten)]
    pub shared: Shared,
}

#[derive(Args, Debug)]
pub(crate) struct RebakeRoll {
    /// Name of the group
    #[arg(value_name = "GROUP")]
    pub group: String,
    /// The recipe to bake, or its bake command in the policy file [default: the one that the group's image was baked
    /// from]
    #[arg(long, value_name = "RECIPE")]
    pub recipe: Option<String>,
    /// The pipeline to run, where the recipe has several
    #[arg(long, value_name = "ARN")]
    pub pipeline: Option<String>,
    /// Wait for `emberline operations resume` before each step that changes something
    #[arg(long)]
    pub pause: bool,
    #[command(flatten)]
    pub how: How,
    #[command(flatten)]
    pub shared: Shared,
}

#[derive(Args, Debug)]
pub(crate) struct SetLifetime {
    /// Name of the group
    #[arg(value_name = "GROUP")]
    pub group: String,
    /// Such as 14d, at least 1d; `none` takes it away
    #[arg(value_name = "LIFETIME", value_parser = lifetime)]
    pub lifetime: Lifetime,
    #[command(flatten)]
    pub shared: Shared,
}

#[derive(Args, Debug)]
pub(crate) struct Burn {
    /// Name of the group
    #[arg(value_name = "GROUP")]
    pub group: String,
    /// What the choice follows from [default: chance]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub shared: Shared,
}

/// Seconds; 0 for none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Lifetime(pub u32);

fn lifetime(text: &str) -> Result<Lifetime, String> {
    match text {
        "none" => Ok(Lifetime(0)),
        _ => fleet::parse_duration(text).map(Lifetime).map_err(|error| error.to_string()),
    }
}

/// How a group is rolled.
#[derive(Args, Debug)]
#[command(next_help_heading = "Instance refresh")]
pub(crate) struct How {
    /// The version of the group's template to roll to [default: the one that it stands for now]
    #[arg(long, value_name = "N")]
    pub template_version: Option<u32>,
    /// The least share in service, in percent [default: the group's maintenance policy, else 90]
    #[arg(long, value_name = "PERCENT")]
    pub min_healthy: Option<u8>,
    /// The most in service, in percent [default: the group's maintenance policy, else 100]
    #[arg(long, value_name = "PERCENT")]
    pub max_healthy: Option<u16>,
    /// Leave servers that match already
    #[arg(long)]
    pub skip_matching: bool,
    /// Leave a failed refresh as it is instead of rolling it back
    #[arg(long)]
    pub no_auto_rollback: bool,
    /// Watch so long before it counts as done, such as 10m
    #[arg(long, value_name = "TIME", value_parser = seconds, default_value = "0s", hide_default_value = true)]
    pub bake_time: u32,
    /// Pause when so many percent are replaced; may repeat
    #[arg(long, value_name = "PERCENT")]
    pub checkpoint: Vec<u8>,
    /// How long a checkpoint takes
    #[arg(long, value_name = "TIME", value_parser = seconds, default_value = "1h")]
    pub checkpoint_delay: u32,
    /// What becomes of servers that are protected from scale-in
    #[arg(long, value_enum, default_value_t)]
    pub protected: Protected,
    /// What becomes of servers in Standby
    #[arg(long, value_enum, default_value_t)]
    pub standby: Standby,
    /// End it when this CloudWatch alarm goes off; may repeat
    #[arg(long, value_name = "NAME")]
    pub alarm: Vec<String>,
}

fn seconds(text: &str) -> Result<u32, String> {
    fleet::parse_duration(text).map_err(|error| error.to_string())
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Protected {
    /// Replace them too
    Refresh,
    /// Leave them
    #[default]
    Ignore,
    /// Wait for an hour, then fail
    Wait,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Standby {
    /// Terminate them
    Terminate,
    /// Leave them
    #[default]
    Ignore,
    /// Wait for an hour, then fail
    Wait,
}

impl How {
    pub(crate) fn choices(&self) -> RefreshChoices {
        RefreshChoices {
            template_version: self.template_version,
            min_healthy_percent: self.min_healthy,
            max_healthy_percent: self.max_healthy,
            skip_matching: self.skip_matching,
            auto_rollback: !self.no_auto_rollback,
            bake_time_s: self.bake_time,
            checkpoint_percents: self.checkpoint.clone(),
            checkpoint_delay_s: self.checkpoint_delay,
            scale_in_protected: match self.protected {
                Protected::Refresh => operate::ScaleInProtected::Refresh,
                Protected::Ignore => operate::ScaleInProtected::Ignore,
                Protected::Wait => operate::ScaleInProtected::Wait,
            },
            standby: match self.standby {
                Standby::Terminate => operate::StandbyServers::Terminate,
                Standby::Ignore => operate::StandbyServers::Ignore,
                Standby::Wait => operate::StandbyServers::Wait,
            },
            alarms: self.alarm.clone(),
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// A plan that `emberline plan` made; `-` reads it from standard input
    #[arg(value_name = "PLAN.json")]
    pub plan: PathBuf,
    /// Ask nothing; takes --confirm where the account counts as production
    #[arg(long)]
    pub yes: bool,
    /// The id of the account that the plan changes, or its name in the policy
    #[arg(long, value_name = "ACCOUNT_ID", requires = "yes")]
    pub confirm: Option<String>,
    #[command(flatten)]
    pub source: SourceArgs,
}

#[derive(Args, Debug)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Operations {
    #[command(subcommand)]
    pub what: Option<OperationsCommand>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum OperationsCommand {
    /// All operations, newest first [default]
    List(Listed),
    /// One operation: its steps, times and what was said
    Show(Shown),
    /// Go on with an operation, or with all that have not ended
    Resume(Resumed),
    /// Say that the change whose answer was lost was made by this operation, as CloudTrail shows, and go on
    Vouch(Ordered),
    /// Send nothing more, and stop what is under way at AWS and can be stopped
    Cancel(Ordered),
    /// Take back what can be taken back
    Rollback(Ordered),
    /// Leave everything as it is and forget the operation
    Abandon(Ordered),
    /// The whole journal as JSON lines, for audit
    Export(Exported),
}

#[derive(Args, Debug)]
pub(crate) struct Listed {
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum ListFormat {
    #[default]
    Table,
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct Shown {
    /// Such as op-3k9x0w7a1b2c
    #[arg(value_name = "ID")]
    pub id: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

#[derive(Args, Debug)]
pub(crate) struct Resumed {
    /// Such as op-3k9x0w7a1b2c [default: all that have not ended]
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    #[command(flatten)]
    pub source: SourceArgs,
}

#[derive(Args, Debug)]
pub(crate) struct Ordered {
    /// Such as op-3k9x0w7a1b2c
    #[arg(value_name = "ID")]
    pub id: String,
    #[command(flatten)]
    pub source: SourceArgs,
}

#[derive(Args, Debug)]
pub(crate) struct Exported {
    /// Of one operation alone
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE.jsonl")]
    pub output: Option<PathBuf>,
}

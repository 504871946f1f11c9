//! The arguments.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::acting_args::{Apply, Operations, Plan};

/// Draws where every server of an AWS fleet came from, and how old it is against its phoenix lifetime.
///
/// Without a command it opens the window. With no source named, the window asks and the commands use the profile and
/// region that the AWS CLI would.
#[derive(Parser, Debug)]
#[command(version, max_term_width = 100, args_conflicts_with_subcommands = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub window: Window,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Print the fleet with its findings
    Report(Report),
    /// Draw the lineage into a file
    Render(Render),
    /// Save one pull, to share or to look at later with --file
    Pull(Pull),
    /// Serve the simulated AWS on a loopback port
    Sandbox(Sandbox),
    /// Tell what a file of user data does at boot that an image could have brought
    Scan(Scan),
    /// Print what an action would do, as a plan; changes nothing
    Plan(Plan),
    /// Carry a plan out
    Apply(Apply),
    /// What was done, is being done, or waits for a word
    Operations(Operations),
}

#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Source")]
pub(crate) struct SourceArgs {
    /// Profile of the AWS configuration; may repeat
    #[arg(long, value_name = "NAME")]
    pub profile: Vec<String>,
    /// Region, or `all` for every region that the account has enabled; may repeat
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
    /// Send every call there instead of to AWS
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Ignore endpoints that the environment or the AWS configuration sets
    #[arg(long)]
    pub ignore_configured_endpoint_urls: bool,
    /// Certificates to trust, as PEM, instead of the system's
    #[arg(long, value_name = "FILE")]
    pub ca_bundle: Option<PathBuf>,
    /// Also ask the instance metadata service for credentials
    #[arg(long)]
    pub imds: bool,
    /// The embedded sandbox: a scenario's name, a scenario file, or generated:SERVERS[:SEED] [default: harbor]
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    #[arg(conflicts_with_all = ["profile", "region", "endpoint_url", "ignore_configured_endpoint_urls", "ca_bundle", "imds", "file"])]
    pub sandbox: Option<String>,
    /// A saved pull
    #[arg(long, value_name = "FLEET")]
    #[arg(conflicts_with_all = ["profile", "region", "endpoint_url", "ignore_configured_endpoint_urls", "ca_bundle", "imds"])]
    pub file: Option<PathBuf>,
    /// Policy file [default: emberline.toml in the configuration folder, where there is one]
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Window {
    /// Open on this server, or on what it names: what an alert gives
    #[arg(long, value_name = "ID|IP|NAME")]
    pub select: Option<String>,
    #[command(flatten)]
    pub source: SourceArgs,
}

#[derive(Args, Debug)]
pub(crate) struct Query {
    /// Select servers, such as 'phoenix:overdue group:web*'; see below for the language
    #[arg(long, value_name = "QUERY", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    pub query: String,
}

#[derive(Args, Debug)]
#[command(after_long_help = fleet::query::HELP)]
pub(crate) struct Report {
    #[command(flatten)]
    pub query: Query,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceArgs,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Format {
    /// For a terminal
    #[default]
    Table,
    /// All of it, for programs
    Json,
    /// A line a server, for spreadsheets
    Csv,
    /// To hand over: what needs doing first, the evidence, what could not be read
    Markdown,
    /// The same as one page that prints on A4
    Html,
}

#[derive(Args, Debug)]
#[command(after_long_help = fleet::query::HELP)]
pub(crate) struct Render {
    #[command(flatten)]
    pub query: Query,
    /// The file to draw into; its ending says how: .svg, .png or .dot
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// What the colours of the servers tell
    #[arg(long, value_enum, default_value_t)]
    pub colour_by: ColourBy,
    /// Colours
    #[arg(long, value_enum, default_value_t)]
    pub theme: Theme,
    #[command(flatten)]
    pub source: SourceArgs,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum ColourBy {
    /// Age against lifetime
    #[default]
    Age,
    /// Baked, or fried at boot
    Bake,
    /// Whether it could be made again as it is
    Snowflake,
    /// Whether its group keeps its recovery objective
    Readiness,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Theme {
    #[default]
    Dark,
    Light,
}

#[derive(Args, Debug)]
pub(crate) struct Pull {
    /// The file to save into
    #[arg(short, long, value_name = "FILE.fleet")]
    pub output: PathBuf,
    #[command(flatten)]
    pub source: SourceArgs,
}

#[derive(Args, Debug)]
pub(crate) struct Scan {
    /// User data in any of its formats, packed or not; `-` reads it from standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: ScanFormat,
    /// End with status 5 where a finding is as bad as this, or worse
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub deny: Option<Deny>,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum ScanFormat {
    /// For a person
    #[default]
    Table,
    /// The `bake` object of the report's schema
    Json,
    /// SARIF 2.1.0, for code review
    Sarif,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deny {
    High,
    Medium,
    Low,
}

#[derive(Args, Debug)]
#[command(after_long_help = format!("A fault's SPEC is {}", sandbox::FaultSpec::help()))]
pub(crate) struct Sandbox {
    /// Loopback address and port; port 0 takes a free one and prints it
    #[arg(long, value_name = "127.0.0.1:PORT")]
    pub listen: SocketAddr,
    /// A scenario's name or a scenario file [default: harbor]
    #[arg(long, value_name = "SCENARIO", conflicts_with_all = ["servers", "seed"])]
    pub scenario: Option<String>,
    /// Generate a fleet of so many servers instead
    #[arg(long, value_name = "N")]
    pub servers: Option<u32>,
    /// Seed of the generated fleet
    #[arg(long, value_name = "N", requires = "servers")]
    pub seed: Option<u64>,
    /// How many simulated seconds pass in a second, from 0, which stands still, to 1000000
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Something that goes wrong, such as 'throttle:action=ec2:Describe*,chance=0.1'; may repeat; see below
    #[arg(long, value_name = "SPEC")]
    pub fault: Vec<sandbox::FaultSpec>,
}

/// A speed that the sandbox's clock can go at.
fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| (0.0..=sandbox::MAX_SPEED).contains(speed));
    speed.ok_or_else(|| format!("a speed is a number from 0 to {}", sandbox::MAX_SPEED))
}

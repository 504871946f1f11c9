//! The shape of the report, as `assets/schema/report.schema.json` has it.

use std::collections::BTreeMap;

use insight::Weight;
use serde::Serialize;

use crate::bake::Bake;
use crate::value::{At, Evidence, Tags};

/// Where a fleet was read from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// AWS, or a server that speaks its protocols.
    Aws,
    /// The embedded sandbox.
    Sandbox,
    /// A saved pull.
    File,
}

/// One pull with its findings: a selection of servers, and what these reach.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// `emberline.report/1`.
    pub schema: &'static str,
    /// Where it was read.
    pub source: Source<'a>,
    /// Whether nothing is missing.
    pub complete: bool,
    /// What is missing.
    pub gaps: Vec<Gap<'a>>,
    /// The servers selected, by account, region and id.
    pub servers: Vec<Server<'a>>,
    /// The images that they run and that these were built on, likewise.
    pub images: Vec<Image<'a>>,
    /// The template versions that they were launched from and that their groups want.
    pub templates: Vec<Template<'a>>,
    /// Their groups.
    pub groups: Vec<Group<'a>>,
    /// The recipes of all these images.
    pub recipes: Vec<Recipe<'a>>,
    /// What the policy file calls the accounts; the schema has no place for it.
    #[serde(skip)]
    pub account_names: BTreeMap<&'a str, &'a str>,
    /// What the policy file takes out of the findings of the whole pull; the schema has no place for it.
    #[serde(skip)]
    pub waivers: Vec<Waiver>,
}

/// One `[[exempt]]` or `[[off]]` of the policy file.
#[derive(Debug)]
pub struct Waiver {
    /// What it takes out: `lifetime, drift:tags`.
    pub names: String,
    /// The servers that it is about; `None` for all.
    pub query: Option<String>,
    /// Whether it exempts or switches off, until when, and why.
    pub sentence: String,
    /// How many servers it is about.
    pub servers: u32,
    /// For how many of them it has ended.
    pub over: u32,
}

/// Where a document comes from.
#[derive(Debug, Serialize)]
pub struct Source<'a> {
    /// What kind of source it is.
    pub kind: SourceKind,
    /// The scopes, by account and region.
    pub scopes: Vec<Place<'a>>,
}

/// A scope.
#[derive(Debug, Serialize)]
pub struct Place<'a> {
    /// `aws`.
    pub partition: &'a str,
    /// The 12-digit id.
    pub account: &'a str,
    /// `eu-west-1`.
    pub region: &'a str,
    /// The profile that it was read through.
    pub profile: Option<&'a str>,
    /// When; ages are as of then.
    pub pulled_at: At,
    /// Whether it has no gap.
    pub complete: bool,
}

/// Something that could not be read.
#[derive(Debug, Serialize)]
pub struct Gap<'a> {
    /// Of which account.
    pub account: &'a str,
    /// Of which region.
    pub region: &'a str,
    /// `DescribeImages`.
    pub operation: &'static str,
    /// The IAM action that is missing.
    pub action: Option<&'a str>,
    /// The one resource that could not be read.
    pub resource: Option<&'a str>,
    /// `denied`, `throttled`, `timeout`, `unsupported`, `expired`, `cancelled`, `error`.
    pub kind: &'static str,
    /// What AWS said, and the next thing to do.
    pub message: &'a str,
}

/// A server.
#[derive(Debug, Serialize)]
pub struct Server<'a> {
    /// `i-...`.
    pub id: &'a str,
    /// Its `Name` tag.
    pub name: Option<&'a str>,
    /// Account.
    pub account: &'a str,
    /// Region.
    pub region: &'a str,
    /// Availability zone.
    pub zone: Option<&'a str>,
    /// `running`.
    pub state: &'static str,
    /// `m7g.large`.
    #[serde(rename = "type")]
    pub instance_type: Option<&'a str>,
    /// Private, public and IPv6 addresses.
    pub addresses: Vec<&'a str>,
    /// Whose machinery owns it.
    pub owner: Option<String>,
    /// Tags.
    pub tags: Tags<'a>,
    /// Id of the image that its root really is.
    pub image: Option<&'a str>,
    /// What that was baked from; `None` without an image.
    pub recipe: Option<ServerRecipe<'a>>,
    /// From the oldest base to the server itself.
    pub lineage: Vec<Step<'a>>,
    /// What it was launched from.
    pub template: Option<ServerTemplate<'a>>,
    /// Whose code describes it: `Terraform`. The schema has no place for it.
    #[serde(skip)]
    pub described_by: Option<String>,
    /// Its group's name.
    pub group: Option<&'a str>,
    /// Its clocks.
    pub age: Age,
    /// Days behind the newest image of its family.
    pub behind_days: Option<u32>,
    /// Its phoenix lifetime.
    pub lifetime: Lifetime,
    /// When it is to be burned.
    pub due_at: Option<At>,
    /// `young`, `due`, `overdue`, `exempt` or `unknown`.
    pub phoenix: &'static str,
    /// Why it is exempt.
    pub exempt_reason: Option<&'a str>,
    /// What it does at boot that its image could have brought.
    pub bake: Bake<'a>,
    /// Whether it is a snowflake.
    pub snowflake: Snowflake,
    /// How it differs from its template version; `None` where that is not known, or it has none.
    pub drift: Option<Vec<Difference>>,
    /// How long to make it again; `None` of a server in no group, and of one whose group was not read.
    pub rto: Option<Rto>,
}

/// How long a server's group takes to be made again, against its recovery objective.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rto {
    /// In how long it is to be made again; `None` where nobody set that.
    pub objective_s: Option<u32>,
    /// `met`, `at-risk` or `missed`; `unknown` also where there is no objective.
    pub verdict: &'static str,
    /// Baking its image; `None` where that is unknown, or nothing is baked.
    pub bake: Option<Times>,
    /// From launch to in service.
    pub boot: Option<Times>,
    /// From there until it counts as settled.
    pub warm_up: Option<Times>,
    /// Replacing one server: boot and warm-up.
    pub replace: Option<Times>,
}

/// How long something takes, in seconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Times {
    /// The median.
    pub p50_s: Option<u32>,
    /// The 95th percentile.
    pub p95_s: Option<u32>,
    /// How many samples of its own there are.
    pub samples: u32,
    /// `measured` or `estimated`.
    pub basis: &'static str,
}

/// Whether a server could be made again as it is, and what speaks against it.
#[derive(Debug, Serialize)]
pub struct Snowflake {
    /// `reproducible`, `suspect`, `snowflake` or `unknown`.
    pub verdict: &'static str,
    /// What was found, what weighs most first.
    pub evidence: Vec<SnowflakeEvidence>,
}

/// One thing that speaks against making a server again.
#[derive(Debug, Serialize)]
pub struct SnowflakeEvidence {
    /// `image-gone`.
    pub kind: &'static str,
    /// What it does to the verdict; the schema has no place for it.
    #[serde(skip)]
    pub weight: Weight,
    /// A sentence, and a second one where it is exempt.
    pub detail: String,
    /// The call and field that say so.
    pub source: &'static str,
}

/// A field in which a server differs from its template version.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// `security-groups`.
    pub field: &'static str,
    /// What the template version says.
    pub expected: Option<String>,
    /// What the server shows.
    pub actual: Option<String>,
    /// Why it does not count, where the policy file exempts it. The schema has no place for it: JSON tells it among the
    /// evidence.
    #[serde(skip)]
    pub exempt: Option<String>,
}

/// The recipe of a server's image.
#[derive(Debug, Serialize)]
pub struct ServerRecipe<'a> {
    /// Its id, as in [`Document::recipes`]; `None` for the unknown one.
    pub id: Option<&'a str>,
    /// Its name.
    pub name: Option<&'a str>,
    /// `image-builder`, `packer`, `manual`, `vendor` or `unknown`.
    pub kind: &'static str,
    /// Which version of it.
    pub version: Option<&'a str>,
    /// `proven`, `tagged` or `inferred`.
    pub grade: Option<&'static str>,
    /// What says so.
    pub evidence: Option<Evidence>,
}

/// One step of a lineage.
#[derive(Debug, Serialize)]
pub struct Step<'a> {
    /// `base`, `recipe`, `image`, `template`, `group` or `server`.
    pub kind: &'static str,
    /// Its id.
    pub id: Option<&'a str>,
    /// Its name.
    pub name: Option<&'a str>,
    /// Its region.
    pub region: Option<&'a str>,
    /// How sure it is that it led to the next step.
    pub grade: Option<&'static str>,
    /// What says so.
    pub evidence: Option<Evidence>,
}

/// What a server was launched from.
#[derive(Debug, Serialize)]
pub struct ServerTemplate<'a> {
    /// `launch-template` or `launch-configuration`.
    pub kind: &'static str,
    /// `lt-...`, or a launch configuration's name.
    pub id: &'a str,
    /// The name.
    pub name: Option<&'a str>,
    /// Version number; `None` for a launch configuration.
    pub version: Option<u32>,
}

/// A server's clocks, in seconds as of its scope's time.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Age {
    /// Since its state was last born from an image.
    pub age_s: Option<i64>,
    /// Since its last start.
    pub last_start_s: Option<i64>,
    /// Since its image was made.
    pub image_s: Option<i64>,
    /// Since that image's base was made.
    pub base_s: Option<i64>,
    /// What the first clock was read from.
    pub from: Option<&'static str>,
}

/// A phoenix lifetime.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Lifetime {
    /// In seconds.
    pub seconds: Option<u32>,
    /// `group`, `tag`, `policy` or `default`.
    pub from: &'static str,
}

/// An image.
#[derive(Debug, Serialize)]
pub struct Image<'a> {
    /// `ami-...`.
    pub id: &'a str,
    /// Its name.
    pub name: Option<&'a str>,
    /// The account that saw it; of an image that is gone, that of a server that runs it.
    pub account: &'a str,
    /// Its region.
    pub region: &'a str,
    /// The account that owns it.
    pub owner: Option<&'a str>,
    /// `available`.
    pub state: Option<&'a str>,
    /// When it was made; of a copy, when it was copied.
    pub created_at: Option<At>,
    /// The image that it is a copy of at the end of all copies; itself where it is none. `None` for an image that no
    /// call described.
    pub origin: Option<&'a str>,
    /// The image that its recipe builds on.
    pub base: Option<&'a str>,
    /// Id of its recipe.
    pub recipe: Option<&'a str>,
    /// When it is or was deprecated.
    pub deprecated_at: Option<At>,
    /// How many of the selected servers run it.
    pub servers: u32,
}

/// A template version, or a launch configuration.
#[derive(Debug, Serialize)]
pub struct Template<'a> {
    /// `launch-template` or `launch-configuration`.
    pub kind: &'static str,
    /// `lt-...`, or a launch configuration's name.
    pub id: &'a str,
    /// The name.
    pub name: Option<&'a str>,
    /// Account.
    pub account: &'a str,
    /// Region.
    pub region: &'a str,
    /// Version number.
    pub version: Option<u32>,
    /// The image that it names.
    pub image: Option<&'a str>,
    /// When it was made.
    pub created_at: Option<At>,
    /// Whose code describes it. The schema has no place for it.
    #[serde(skip)]
    pub described_by: Option<String>,
    /// How many of the selected servers were launched from it.
    pub servers: u32,
}

/// A group.
#[derive(Debug, Serialize)]
pub struct Group<'a> {
    /// Its name.
    pub name: &'a str,
    /// Account.
    pub account: &'a str,
    /// Region.
    pub region: &'a str,
    /// What it launches from now: `lt-...:12`, or a launch configuration's name.
    pub template: Option<String>,
    /// Desired capacity.
    pub desired: Option<u32>,
    /// Smallest.
    pub min: Option<u32>,
    /// Largest.
    pub max: Option<u32>,
    /// `MaxInstanceLifetime` in seconds.
    pub max_instance_lifetime_s: Option<u32>,
    /// How many of the selected servers it has.
    pub servers: u32,
    /// How many it has in all; the schema has no place for it.
    #[serde(skip)]
    pub members: u32,
    /// Of all that it has, how many fall due within the same 24 hours, and when the first does, where that is a herd. The
    /// schema has no place for it.
    #[serde(skip)]
    pub herd: Option<(At, u32)>,
    /// How many of these are past their lifetime.
    pub overdue: u32,
    /// Whose machinery owns it, else whose code describes it.
    pub owner: Option<String>,
}

/// A recipe.
#[derive(Debug, Serialize)]
pub struct Recipe<'a> {
    /// An ARN without its version, `packer:NAME`, `manual:SERVER`, `vendor:OWNER` or `unknown`.
    pub id: &'a str,
    /// Its name.
    pub name: Option<&'a str>,
    /// `image-builder`, `packer`, `manual`, `vendor` or `unknown`.
    pub kind: &'static str,
    /// The image that its newest image was built on.
    pub base: Option<&'a str>,
    /// Its newest image; `None` of a vendor, of whose images a pull reads only those in use.
    pub latest_image: Option<&'a str>,
    /// How many of the selected servers run an image of it.
    pub servers: u32,
}

//! The format of a scenario file.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::age::{Age, AgeRange};
use crate::world::refresh::Status;

/// A whole scenario. What is named must be declared above the line that names it, but for servers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) seed: u64,
    /// What goes wrong from the opening on, as the command line says it: `throttle:action=ec2:Describe*`.
    #[serde(default)]
    pub(crate) faults: Vec<Spanned<String>>,
    /// Accounts by the short name that the file uses for them.
    pub(crate) account: BTreeMap<String, AccountData>,
    /// Accounts whose images are public.
    #[serde(default)]
    pub(crate) vendor: BTreeMap<String, VendorData>,
    /// User data by name.
    #[serde(default)]
    pub(crate) user_data: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) recipe: Vec<RecipeData>,
    #[serde(default)]
    pub(crate) image: Vec<ImageData>,
    #[serde(default)]
    pub(crate) parameter: Vec<ParameterData>,
    #[serde(default)]
    pub(crate) template: Vec<TemplateData>,
    #[serde(default)]
    pub(crate) launch_configuration: Vec<LaunchConfigurationData>,
    #[serde(default)]
    pub(crate) group: Vec<GroupData>,
    #[serde(default)]
    pub(crate) server: Vec<StandaloneData>,
    #[serde(default)]
    pub(crate) session: Vec<SessionData>,
    #[serde(default)]
    pub(crate) change: Vec<ChangeData>,
    #[serde(default)]
    pub(crate) story: Vec<DeedData>,
}

/// An account and the profile that reads it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountData {
    pub(crate) id: Spanned<String>,
    pub(crate) profile: String,
    pub(crate) role: String,
    pub(crate) regions: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) denied: Vec<DeniedData>,
    /// IAM policies as JSON: the profile may do what they allow. Without any it may do everything.
    pub(crate) policies: Option<Vec<Spanned<String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeniedData {
    pub(crate) region: Spanned<String>,
    pub(crate) actions: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VendorData {
    pub(crate) id: String,
    pub(crate) alias: Option<String>,
}

/// An Image Builder recipe with its pipeline; its versions come from its images.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecipeData {
    pub(crate) scope: Spanned<String>,
    pub(crate) name: String,
    pub(crate) age: Age,
    pub(crate) description: String,
    /// Amazon's own begin with `aws:`.
    pub(crate) components: Vec<String>,
    pub(crate) schedule: String,
    /// The ARN of an Image Builder image with `{region}` and `{account}`; without it each version pins its image's base.
    pub(crate) parent: Option<String>,
    #[serde(default)]
    pub(crate) failed: Vec<FailedData>,
}

/// A build that failed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailedData {
    pub(crate) version: String,
    pub(crate) build: u32,
    pub(crate) age: Age,
    pub(crate) reason: String,
}

/// An image and its copies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImageData {
    pub(crate) key: Spanned<String>,
    /// An account's short name or a vendor's.
    pub(crate) owner: Spanned<String>,
    /// A vendor's image has an id of its own in each; another one is made in the first and has `copies`.
    pub(crate) regions: Vec<Spanned<String>>,
    /// With `{date}` and `{time}` of its creation.
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) age: Age,
    pub(crate) base: Option<Spanned<String>>,
    /// The server that it was made from by hand: `scope/name`.
    pub(crate) by_hand_of: Option<Spanned<String>>,
    /// An Image Builder recipe of the owner in the first region.
    pub(crate) recipe: Option<Spanned<String>>,
    pub(crate) version: Option<String>,
    #[serde(default = "one")]
    pub(crate) build: u32,
    #[serde(default)]
    pub(crate) shared_with: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) state: StateData,
    /// How long ago it was deprecated.
    pub(crate) deprecated: Option<Age>,
    pub(crate) last_launched: Option<Age>,
    #[serde(default)]
    pub(crate) arm64: bool,
    #[serde(default)]
    pub(crate) protected: bool,
    pub(crate) size_gib: Option<u32>,
    pub(crate) public_parameter: Option<String>,
    /// With `{base}`, `{base_name}`, `{uuid}`, `{date}` and `{time}`.
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) copies: Vec<CopyData>,
}

fn one() -> u32 {
    1
}

/// A copy of an image: the key names it in its own region.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CopyData {
    pub(crate) region: Spanned<String>,
    /// How long after the origin it was made.
    pub(crate) after: Age,
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StateData {
    #[default]
    Available,
    Disabled,
    Deregistered,
}

/// An SSM parameter: either a text or the image that it names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParameterData {
    pub(crate) scope: Spanned<String>,
    pub(crate) name: String,
    pub(crate) image: Option<Spanned<String>>,
    pub(crate) text: Option<String>,
    pub(crate) age: Age,
    #[serde(default = "one")]
    pub(crate) version: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateData {
    pub(crate) scope: Spanned<String>,
    pub(crate) name: String,
    /// The newest one by default.
    pub(crate) default: Option<u32>,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) key_name: Option<String>,
    #[serde(default)]
    pub(crate) security_groups: Vec<String>,
    pub(crate) instance_profile: Option<String>,
    /// Oldest first.
    pub(crate) versions: Vec<VersionData>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VersionData {
    pub(crate) number: u32,
    pub(crate) age: Age,
    /// An image's key, or `resolve:ssm:NAME`.
    pub(crate) image: Spanned<String>,
    #[serde(rename = "type")]
    pub(crate) instance_type: String,
    pub(crate) user_data: Option<Spanned<String>>,
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) deleted: bool,
    #[serde(default)]
    pub(crate) server_tags: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LaunchConfigurationData {
    pub(crate) scope: Spanned<String>,
    pub(crate) name: String,
    pub(crate) age: Age,
    pub(crate) image: Spanned<String>,
    #[serde(rename = "type")]
    pub(crate) instance_type: String,
    pub(crate) key_name: Option<String>,
    #[serde(default)]
    pub(crate) security_groups: Vec<String>,
    pub(crate) instance_profile: Option<String>,
    pub(crate) user_data: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupData {
    pub(crate) scope: Spanned<String>,
    pub(crate) name: Spanned<String>,
    pub(crate) age: Age,
    pub(crate) template: Option<Spanned<String>>,
    /// `$Latest`, `$Default` or a number.
    pub(crate) version: Option<Spanned<String>>,
    pub(crate) launch_configuration: Option<Spanned<String>>,
    pub(crate) mixed: Option<MixedData>,
    /// The last letters of its zones.
    pub(crate) zones: Spanned<String>,
    pub(crate) min: Option<u32>,
    pub(crate) max: Option<u32>,
    pub(crate) lifetime: Option<Age>,
    /// How long a server takes to be in service.
    pub(crate) boot: Age,
    /// The chance that a launch never comes to work.
    #[serde(default)]
    pub(crate) boot_fails: f64,
    #[serde(default)]
    pub(crate) target_groups: Vec<String>,
    #[serde(default)]
    pub(crate) suspended: Vec<Spanned<String>>,
    /// The least and the most healthy percent.
    pub(crate) maintenance: Option<(u32, u32)>,
    #[serde(default)]
    pub(crate) protect_new: bool,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    /// The tag `Name` of its servers, with `{n}`; the group's name by default.
    pub(crate) server_name: Option<String>,
    pub(crate) warm_pool: Option<WarmPoolData>,
    #[serde(default)]
    pub(crate) servers: Vec<ServerData>,
    #[serde(default)]
    pub(crate) refreshes: Vec<RefreshData>,
    #[serde(default)]
    pub(crate) failures: Vec<FailureData>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MixedData {
    pub(crate) overrides: Vec<OverrideData>,
    pub(crate) on_demand_base: u32,
    pub(crate) on_demand_percent: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OverrideData {
    #[serde(rename = "type")]
    pub(crate) instance_type: String,
    pub(crate) weight: Option<u32>,
    pub(crate) template: Option<Spanned<String>>,
    pub(crate) version: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WarmPoolData {
    pub(crate) min: u32,
    pub(crate) max_prepared: Option<u32>,
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) reuse: bool,
}

/// Servers that are alike.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerData {
    #[serde(default = "one")]
    pub(crate) count: u32,
    pub(crate) born: AgeRange,
    /// The template's version that launched them; the group's by default.
    pub(crate) version: Option<u32>,
    /// The override of a mixed-instances policy that launched them, from 0.
    #[serde(rename = "override")]
    pub(crate) of_override: Option<usize>,
    pub(crate) lifecycle: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) unhealthy: bool,
    #[serde(default)]
    pub(crate) protected_from_scale_in: bool,
    /// How long ago it was last started, if it was ever stopped.
    pub(crate) restarted: Option<Age>,
    #[serde(default)]
    pub(crate) stopped: bool,
    #[serde(default)]
    pub(crate) public: bool,
    #[serde(default)]
    pub(crate) spot: bool,
    #[serde(default)]
    pub(crate) termination_protected: bool,
    pub(crate) operator: Option<String>,
    pub(crate) security_groups: Option<Vec<String>>,
    pub(crate) root_replaced: Option<RootReplacedData>,
    pub(crate) volume: Option<LateVolumeData>,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RootReplacedData {
    pub(crate) ago: Age,
    /// None for the launch state.
    pub(crate) image: Option<Spanned<String>>,
}

/// A volume that somebody attached to a server after its birth, beside its root.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LateVolumeData {
    pub(crate) ago: Age,
    /// A session of the account's role `Engineer`.
    pub(crate) who: String,
    pub(crate) size_gib: u32,
}

/// A server, or servers, in no group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StandaloneData {
    pub(crate) scope: Spanned<String>,
    pub(crate) name: String,
    pub(crate) made: ServerData,
    pub(crate) template: Option<Spanned<String>>,
    /// Without a template.
    pub(crate) image: Option<Spanned<String>>,
    #[serde(rename = "type")]
    pub(crate) instance_type: Option<String>,
    pub(crate) user_data: Option<Spanned<String>>,
    pub(crate) key_name: Option<String>,
    pub(crate) instance_profile: Option<String>,
    pub(crate) zones: Spanned<String>,
    /// The target groups that each of them is registered in, at their port.
    #[serde(default)]
    pub(crate) target_groups: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshData {
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    pub(crate) ago: Age,
    pub(crate) took: Option<Age>,
    pub(crate) percent: u32,
    #[serde(default)]
    pub(crate) left: u32,
    pub(crate) min_healthy: u32,
    pub(crate) version: Option<u32>,
}

/// A launch that failed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailureData {
    pub(crate) ago: Age,
    pub(crate) reason: String,
}

/// A login by Session Manager before the opening.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionData {
    pub(crate) scope: Spanned<String>,
    /// The tag `Name` of a server; the first one that is called so.
    pub(crate) server: Spanned<String>,
    /// A session of the account's role `Engineer`.
    pub(crate) who: String,
    pub(crate) ago: Age,
    pub(crate) lasted: Age,
    pub(crate) reason: Option<String>,
}

/// A change that somebody made to a server before the opening, as CloudTrail tells it. What it left on the server is
/// the server's own to say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeData {
    pub(crate) scope: Spanned<String>,
    /// The tag `Name` of a server; the first one that is called so.
    pub(crate) server: Spanned<String>,
    /// A session of the account's role `Engineer`.
    pub(crate) who: String,
    pub(crate) ago: Age,
    /// As ModifyInstanceAttribute calls it: `groupSet`.
    pub(crate) attribute: String,
}

/// Something that happens after the opening: either a request that somebody makes, or a fault.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeedData {
    /// How long after the opening.
    pub(crate) after: Spanned<Age>,
    /// How much later it happens again, and again.
    pub(crate) every: Option<Age>,
    pub(crate) scope: Option<Spanned<String>>,
    /// Who asks: a session of the account's role `Engineer`.
    pub(crate) who: Option<String>,
    /// A call that changes something, as IAM names it: `autoscaling:SetDesiredCapacity`.
    pub(crate) call: Option<Spanned<String>>,
    /// The request's parameters by their names on the wire. Texts may have `{server NAME}`, `{oldest GROUP}`,
    /// `{image NAME}`, `{pipeline NAME}` and `{uuid}` in them.
    #[serde(default)]
    pub(crate) with: toml::Table,
    /// A fault's text.
    pub(crate) fault: Option<Spanned<String>>,
}

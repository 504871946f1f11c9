//! What servers that are launched alike get.

use std::sync::Arc;

use crate::wire::fault::Fault;

use super::{
    Scope, Tag, World, id,
    settings::Settings,
    template::{LaunchData, TemplateImage},
};

/// Security groups by id and name, shared by the servers that are in them.
pub(crate) type SecurityGroups = Arc<[(u64, Arc<str>)]>;

/// All that a launch says of a server but where it goes.
#[derive(Debug, Clone)]
pub(crate) struct Mould {
    /// The image's slot.
    pub(crate) image: u32,
    pub(crate) instance_type: Arc<str>,
    pub(crate) key_name: Option<Arc<str>>,
    pub(crate) security_groups: SecurityGroups,
    pub(crate) instance_profile: Option<Arc<str>>,
    pub(crate) user_data: Option<Arc<str>>,
    pub(crate) tags: Vec<Tag>,
    /// The root volume's tags.
    pub(crate) volume_tags: Vec<Tag>,
    pub(crate) spot: bool,
    pub(crate) settings: Settings,
    /// Whether the server gets a public address. A default subnet gives none here.
    pub(crate) public_address: bool,
    /// How long a server takes from its start until it works, in seconds.
    pub(crate) boot_s: u32,
    /// Whether it never works.
    pub(crate) never_works: bool,
}

/// What RunInstances launches if nothing says otherwise: AWS's own default.
pub(crate) const DEFAULT_TYPE: &str = "m1.small";

/// Why a template's version makes no server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoMould {
    /// There is no such version.
    Version,
    /// It names no image.
    Image,
    /// It names an image that is not there.
    UnknownImage(Arc<str>),
    /// It names a parameter that does not name an image of this region.
    Parameter(Arc<str>),
    /// It names a security group that is not there.
    SecurityGroup(Arc<str>),
}

impl NoMould {
    /// What EC2 says of it to who wanted to launch.
    pub(crate) fn fault(&self) -> Fault {
        match self {
            NoMould::Version => Fault::new(
                "InvalidLaunchTemplateId.VersionNotFound",
                "Could not find the specified version for the launch template.",
            ),
            NoMould::Image => Fault::new("MissingParameter", "The request must contain the parameter ImageId"),
            NoMould::UnknownImage(id) => {
                Fault::new("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist"))
            }
            NoMould::SecurityGroup(id) => {
                Fault::new("InvalidGroup.NotFound", format!("The security group '{id}' does not exist"))
            }
            NoMould::Parameter(name) => Fault::invalid(format!(
                "Invalid value 'resolve:ssm:{name}' for ImageId. The parameter does not exist or does not name an \
                 image of this Region."
            )),
        }
    }
}

impl Mould {
    /// What a server gets of which nothing is said but this.
    pub(crate) fn plain(image: u32, instance_type: Arc<str>, security_groups: SecurityGroups) -> Mould {
        Mould {
            image,
            instance_type,
            key_name: None,
            security_groups,
            instance_profile: None,
            user_data: None,
            tags: Vec::new(),
            volume_tags: Vec::new(),
            spot: false,
            settings: Settings::default(),
            public_address: false,
            boot_s: boot_s(None),
            never_works: false,
        }
    }

    /// Gives it user data, and the time that this takes at boot.
    pub(crate) fn set_user_data(&mut self, user_data: Option<Arc<str>>) {
        self.boot_s = boot_s(user_data.as_deref());
        self.user_data = user_data;
    }

    /// What a template's version says, deleted ones included, with another image's slot in place of its own if there is
    /// one. A parameter that names the image is resolved now.
    ///
    /// # Errors
    /// Why no server can be launched by it.
    pub(crate) fn of_version(
        world: &World,
        scope: &Scope,
        template: u32,
        number: u32,
        image: Option<u32>,
    ) -> Result<Mould, NoMould> {
        let template = &scope.templates[template as usize];
        let data = &template.any_version(number).ok_or(NoMould::Version)?.data;
        let image = match (image, &data.image) {
            (Some(slot), _) => slot,
            (None, None) => return Err(NoMould::Image),
            (None, Some(named)) => named.slot(world, scope).ok_or_else(|| match named {
                TemplateImage::Parameter(name) => NoMould::Parameter(name.clone()),
                TemplateImage::Unknown(id) => NoMould::UnknownImage(id.clone()),
                TemplateImage::Image(_) => NoMould::Image,
            })?,
        };
        let instance_type = data.instance_type.clone().unwrap_or_else(|| DEFAULT_TYPE.into());
        let mut mould = Mould::plain(image, instance_type, security_groups(world, scope, data)?);
        mould.key_name = data.key_name.clone();
        // An ARN ends with the name.
        let profile = data.instance_profile.as_deref();
        mould.instance_profile = profile.map(|profile| profile.rsplit('/').next().unwrap_or(profile).into());
        mould.tags = data.server_tags.to_vec();
        mould.tags.push(Tag::new("aws:ec2launchtemplate:id", &id::show("lt", template.id)));
        mould.tags.push(Tag::new("aws:ec2launchtemplate:version", &number.to_string()));
        let of_volumes = data.other_tags.iter().find(|(kind, _)| &**kind == "volume");
        mould.volume_tags = of_volumes.map_or_else(Vec::new, |(_, tags)| tags.to_vec());
        let more = &data.more;
        mould.spot = more.text(&["instanceMarketOptions", "marketType"]) == Some("spot");
        mould.public_address = more.is(&["networkInterfaceSet", "associatePublicIpAddress"], "true") == Some(true);
        let settings = &mut mould.settings;
        let keep = |known: &mut bool, path: &[&str], on: &str| *known = more.is(path, on).unwrap_or(*known);
        keep(&mut settings.termination_protected, &["disableApiTermination"], "true");
        keep(&mut settings.stop_protected, &["disableApiStop"], "true");
        keep(&mut settings.ends_at_shutdown, &["instanceInitiatedShutdownBehavior"], "terminate");
        keep(&mut settings.ebs_optimized, &["ebsOptimized"], "true");
        keep(&mut settings.monitored, &["monitoring", "enabled"], "true");
        let metadata = &mut settings.metadata;
        keep(&mut metadata.tokens_required, &["metadataOptions", "httpTokens"], "required");
        keep(&mut metadata.enabled, &["metadataOptions", "httpEndpoint"], "enabled");
        keep(&mut metadata.ipv6, &["metadataOptions", "httpProtocolIpv6"], "enabled");
        keep(&mut metadata.tags, &["metadataOptions", "instanceMetadataTags"], "enabled");
        let hops = more.text(&["metadataOptions", "httpPutResponseHopLimit"]).and_then(|text| text.parse().ok());
        metadata.hop_limit = hops.unwrap_or(metadata.hop_limit);
        mould.set_user_data(data.user_data.clone());
        Ok(mould)
    }

    /// What a launch configuration says.
    pub(crate) fn of_configuration(scope: &Scope, configuration: u32) -> Mould {
        let configuration = &scope.launch_configurations[configuration as usize];
        let mut mould = Mould::plain(
            configuration.image,
            configuration.instance_type.clone(),
            configuration.security_groups.clone(),
        );
        mould.key_name = configuration.key_name.clone();
        mould.instance_profile = configuration.instance_profile.clone();
        mould.set_user_data(configuration.user_data.clone());
        mould
    }

    /// Sets a tag, in place of one with the same key.
    pub(crate) fn set_tag(&mut self, tag: Tag) {
        match self.tags.iter_mut().find(|known| known.key == tag.key) {
            Some(known) => *known = tag,
            None => self.tags.push(tag),
        }
    }
}

/// The groups of a version's servers: its own, else those of its first interface, else the default one.
fn security_groups(world: &World, scope: &Scope, data: &LaunchData) -> Result<SecurityGroups, NoMould> {
    if let Some(unknown) = data.unknown_groups.first() {
        return Err(NoMould::SecurityGroup(unknown.clone()));
    }
    if !data.security_groups.is_empty() {
        return Ok(data.security_groups.clone());
    }
    let of_interface: Arc<[_]> = data
        .more
        .texts(&["networkInterfaceSet", "groupSet"])
        .into_iter()
        .map(|text| {
            let known = id::parse("sg", text).and_then(|id| scope.security_group_with(world.seed, id));
            known.ok_or_else(|| NoMould::SecurityGroup(text.into()))
        })
        .collect::<Result<_, _>>()?;
    let default = || [scope.security_group(world.seed, "default")].into();
    Ok(if of_interface.is_empty() { default() } else { of_interface })
}

/// From a kernel's start to a login on a baked server.
pub(crate) const BAKED_S: u32 = 45;

/// What one line costs that fetches or installs something at boot. Ten such lines on a small server come to the 6.7
/// minutes that the OpenStreetMap tasking manager measured for a fried boot (hotosm/tasking-manager issues 1467 and
/// 1546).
const FRIED_LINE_S: u32 = 36;

/// The words in user data that fetch or install something.
const FRIED_WORDS: &[&str] =
    &["install", "update", "upgrade", "packages:", "curl ", "wget ", "ansible", "sync", "s3 cp"];

/// The lines of user data that fetch or install something.
pub(crate) fn fried_lines(user_data: &str) -> impl Iterator<Item = &str> {
    user_data.lines().filter(|line| FRIED_WORDS.iter().any(|word| line.contains(word)))
}

/// How long a server takes from its start until it works, in seconds, going by what its user data does.
pub(crate) fn boot_s(user_data: Option<&str>) -> u32 {
    let fried = fried_lines(user_data.unwrap_or_default()).count();
    BAKED_S.saturating_add(FRIED_LINE_S.saturating_mul(u32::try_from(fried).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fried_takes_longer() {
        assert_eq!(boot_s(None), 45);
        assert_eq!(boot_s(Some("#!/bin/bash\nsystemctl enable --now web\n")), 45);
        assert_eq!(boot_s(Some("#!/bin/bash\nyum update -y\nyum install -y php\n")), 45 + 2 * 36);
    }
}

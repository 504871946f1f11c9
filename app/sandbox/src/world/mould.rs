//! What servers that are launched alike get.

use std::sync::Arc;

use super::{Scope, Tag, id, settings::Settings};

/// All that a launch says of a server but where it goes.
#[derive(Debug, Clone)]
pub(crate) struct Mould {
    /// The image's slot.
    pub(crate) image: u32,
    pub(crate) instance_type: Arc<str>,
    pub(crate) key_name: Option<Arc<str>>,
    pub(crate) security_groups: Arc<[(u64, Arc<str>)]>,
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

impl Mould {
    /// What a server gets of which nothing is said but this.
    pub(crate) fn plain(image: u32, instance_type: Arc<str>, security_groups: Arc<[(u64, Arc<str>)]>) -> Mould {
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

    /// What a template's version says; none if there is no such version, deleted ones included.
    pub(crate) fn of_version(scope: &Scope, template: u32, number: u32) -> Option<Mould> {
        let template = &scope.templates[template as usize];
        let version = template.any_version(number)?;
        let mut tags: Vec<Tag> = version.server_tags.to_vec();
        tags.push(Tag::new("aws:ec2launchtemplate:id", &id::show("lt", template.id)));
        tags.push(Tag::new("aws:ec2launchtemplate:version", &number.to_string()));
        let mut mould =
            Mould::plain(version.image.slot(), version.instance_type.clone(), version.security_groups.clone());
        mould.key_name = version.key_name.clone();
        mould.instance_profile = version.instance_profile.clone();
        mould.tags = tags;
        mould.set_user_data(version.user_data.clone());
        Some(mould)
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

/// From a kernel's start to a login on a baked server.
const BAKED_S: u32 = 45;

/// What one line costs that fetches or installs something at boot. Ten such lines on a small server come to the 6.7
/// minutes that the OpenStreetMap tasking manager measured for a fried boot (hotosm/tasking-manager issues 1467 and
/// 1546).
const FRIED_LINE_S: u32 = 36;

/// The words in user data that fetch or install something.
const FRIED_WORDS: &[&str] =
    &["install", "update", "upgrade", "packages:", "curl ", "wget ", "ansible", "sync", "s3 cp"];

/// How long a server takes from its start until it works, in seconds, going by what its user data does.
pub(crate) fn boot_s(user_data: Option<&str>) -> u32 {
    let lines = user_data.unwrap_or_default().lines();
    let fried = lines.filter(|line| FRIED_WORDS.iter().any(|word| line.contains(word))).count();
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

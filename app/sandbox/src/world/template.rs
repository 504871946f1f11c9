//! Launch templates and their versions.

use std::sync::Arc;

use jiff::Timestamp;

use super::Tags;

/// A launch template.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) id: u64,
    pub(crate) name: Arc<str>,
    pub(crate) created: Timestamp,
    pub(crate) created_by: String,
    pub(crate) default_version: u32,
    pub(crate) tags: Tags,
    /// Oldest first. A deleted version stays, since servers may still run it.
    pub(crate) versions: Vec<TemplateVersion>,
}

/// A version of a launch template.
#[derive(Debug, Clone)]
pub(crate) struct TemplateVersion {
    pub(crate) number: u32,
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) deleted: bool,
    pub(crate) image: TemplateImage,
    pub(crate) instance_type: Arc<str>,
    pub(crate) key_name: Option<Arc<str>>,
    pub(crate) security_groups: Arc<[(u64, Arc<str>)]>,
    pub(crate) instance_profile: Option<Arc<str>>,
    pub(crate) user_data: Option<Arc<str>>,
    /// The tags that its servers get.
    pub(crate) server_tags: Tags,
}

/// How a version names its image.
#[derive(Debug, Clone)]
pub(crate) enum TemplateImage {
    /// The image's slot.
    Image(u32),
    /// A parameter, resolved at launch: `resolve:ssm:NAME`. With the slot that it names now.
    Parameter(Arc<str>, u32),
}

impl TemplateImage {
    /// The slot of the image that a launch would use now.
    pub(crate) fn slot(&self) -> u32 {
        match self {
            TemplateImage::Image(slot) | TemplateImage::Parameter(_, slot) => *slot,
        }
    }
}

impl Template {
    /// The version with this number, unless it was deleted.
    pub(crate) fn version(&self, number: u32) -> Option<&TemplateVersion> {
        self.versions.iter().find(|version| version.number == number && !version.deleted)
    }

    /// The version with this number, even if it was deleted.
    pub(crate) fn any_version(&self, number: u32) -> Option<&TemplateVersion> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// The number of the newest version.
    pub(crate) fn latest(&self) -> u32 {
        self.versions.iter().filter(|version| !version.deleted).map(|version| version.number).max().unwrap_or(0)
    }
}

/// How a group or a request names a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VersionName {
    Latest,
    Default,
    Number(u32),
}

impl VersionName {
    /// Reads `$Latest`, `$Default` or a number.
    pub(crate) fn parse(text: &str) -> Option<VersionName> {
        match text {
            "$Latest" => Some(VersionName::Latest),
            "$Default" => Some(VersionName::Default),
            _ => text.parse().ok().map(VersionName::Number),
        }
    }

    /// Its number in this template now.
    pub(crate) fn number(self, template: &Template) -> u32 {
        match self {
            VersionName::Latest => template.latest(),
            VersionName::Default => template.default_version,
            VersionName::Number(number) => number,
        }
    }
}

impl std::fmt::Display for VersionName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            VersionName::Latest => f.write_str("$Latest"),
            VersionName::Default => f.write_str("$Default"),
            VersionName::Number(number) => write!(f, "{number}"),
        }
    }
}

//! Launch templates and their versions.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Scope, Tags, World, id};

/// A launch template.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) id: u64,
    pub(crate) name: Arc<str>,
    pub(crate) created: Timestamp,
    pub(crate) created_by: Arc<str>,
    pub(crate) default_version: u32,
    pub(crate) tags: Tags,
    /// Oldest first. A deleted version stays, since servers may still run it.
    pub(crate) versions: Vec<TemplateVersion>,
    /// Deleted with all its versions; it keeps its slot, since servers may still run one of them.
    pub(crate) deleted: bool,
}

/// A version of a launch template. What it does not say is for the launch to say, or is AWS's default.
#[derive(Debug, Clone)]
pub(crate) struct TemplateVersion {
    pub(crate) number: u32,
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) created_by: Arc<str>,
    pub(crate) deleted: bool,
    pub(crate) data: LaunchData,
}

/// What a version says of its servers.
#[derive(Debug, Clone, Default)]
pub(crate) struct LaunchData {
    pub(crate) image: Option<TemplateImage>,
    pub(crate) instance_type: Option<Arc<str>>,
    pub(crate) key_name: Option<Arc<str>>,
    pub(crate) security_groups: Arc<[(u64, Arc<str>)]>,
    /// Ids of security groups that were not there when the version was made: it launches nothing.
    pub(crate) unknown_groups: Vec<Arc<str>>,
    /// A name or an ARN, as it was given.
    pub(crate) instance_profile: Option<Arc<str>>,
    pub(crate) user_data: Option<Arc<str>>,
    /// The tags that its servers get.
    pub(crate) server_tags: Tags,
    /// The tags that what comes with them gets, by the kind of resource.
    pub(crate) other_tags: Vec<(Arc<str>, Tags)>,
    /// Everything else.
    pub(crate) more: Details,
}

/// Settings that are kept and told: a tree with EC2's names for what it tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Details(pub(crate) Arc<[(&'static str, Detail)]>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Detail {
    Text(Arc<str>),
    Fields(Arc<[(&'static str, Detail)]>),
    /// A list, and what each of its items is called.
    Items(&'static str, Arc<[Detail]>),
}

impl Details {
    /// What is at the end of a path of names; a list on the way stands for its first item.
    fn at(&self, path: &[&str]) -> Option<&Detail> {
        let (first, rest) = path.split_first()?;
        let mut at = &self.0.iter().find(|(name, _)| name == first)?.1;
        for step in rest {
            if let Detail::Items(_, items) = at {
                at = items.first()?;
            }
            let Detail::Fields(fields) = at else { return None };
            at = &fields.iter().find(|(name, _)| name == step)?.1;
        }
        Some(at)
    }

    /// The text at the end of a path of names.
    pub(crate) fn text(&self, path: &[&str]) -> Option<&str> {
        match self.at(path)? {
            Detail::Text(text) => Some(text),
            Detail::Fields(_) | Detail::Items(..) => None,
        }
    }

    /// The texts of the list at the end of a path of names.
    pub(crate) fn texts(&self, path: &[&str]) -> Vec<&str> {
        let Some(Detail::Items(_, items)) = self.at(path) else { return Vec::new() };
        let mut texts = Vec::new();
        for item in items.iter() {
            if let Detail::Text(text) = item {
                texts.push(&**text);
            }
        }
        texts
    }

    /// Whether the text at the end of a path of names is `word`; none if there is no text.
    pub(crate) fn is(&self, path: &[&str], word: &str) -> Option<bool> {
        self.text(path).map(|text| text == word)
    }
}

/// How a version names its image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplateImage {
    /// The image's slot.
    Image(u32),
    /// The id of an image that was not there when the version was made.
    Unknown(Arc<str>),
    /// A parameter's name, maybe with `:VERSION`, resolved at launch: `resolve:ssm:NAME`.
    Parameter(Arc<str>),
}

impl TemplateImage {
    /// The slot of the image that a launch in this scope would use now; none if there is no such image or parameter.
    pub(crate) fn slot(&self, world: &World, scope: &Scope) -> Option<u32> {
        match self {
            TemplateImage::Image(slot) => Some(*slot),
            TemplateImage::Unknown(_) => None,
            TemplateImage::Parameter(name) => {
                let id = id::parse("ami", &scope.parameter(name)?.value)?;
                world.image_slot(id).filter(|&slot| world.images[slot as usize].region == scope.region)
            }
        }
    }
}

impl Template {
    /// The version with this number, unless it was deleted.
    pub(crate) fn version(&self, number: u32) -> Option<&TemplateVersion> {
        self.any_version(number).filter(|version| !version.deleted)
    }

    /// The version with this number, even if it was deleted.
    pub(crate) fn any_version(&self, number: u32) -> Option<&TemplateVersion> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// The number of the newest version.
    pub(crate) fn latest(&self) -> u32 {
        self.versions.iter().filter(|version| !version.deleted).map(|version| version.number).max().unwrap_or(0)
    }

    /// The number of the version that is made next: no number comes back.
    pub(crate) fn next_number(&self) -> u32 {
        self.versions.iter().map(|version| version.number).max().unwrap_or(0).saturating_add(1)
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

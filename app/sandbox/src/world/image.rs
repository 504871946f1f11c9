//! Images and who sees them.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Tags, region::Region};

/// An image of one region.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) id: u64,
    pub(crate) region: &'static Region,
    pub(crate) owner: Arc<str>,
    /// `amazon` for Amazon's own.
    pub(crate) owner_alias: Option<Arc<str>>,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) deprecated: Option<Timestamp>,
    pub(crate) last_launched: Option<Timestamp>,
    pub(crate) state: ImageState,
    pub(crate) public: bool,
    /// The accounts that may launch it beside its owner.
    pub(crate) shared_with: Vec<Arc<str>>,
    /// The slot of the image that it was made from, by CreateImage or CopyImage.
    pub(crate) source: Option<u32>,
    /// The server that CreateImage was called on.
    pub(crate) source_server: Option<u64>,
    pub(crate) tags: Tags,
    /// `x86_64` or `arm64`.
    pub(crate) architecture: Arc<str>,
    pub(crate) root_device: &'static str,
    pub(crate) size_gib: u32,
    pub(crate) deregistration_protected: bool,
    /// The public parameter that names a vendor's image.
    pub(crate) public_parameter: Option<Arc<str>>,
}

/// What an image can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageState {
    /// Servers can be launched from it.
    Available,
    /// Kept, but nothing can be launched from it; only its owner sees it, and only on request.
    Disabled,
    /// Gone: only its running servers still know it.
    Deregistered,
}

impl ImageState {
    /// The word that EC2 uses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ImageState::Available => "available",
            ImageState::Disabled => "disabled",
            ImageState::Deregistered => "deregistered",
        }
    }
}

impl Image {
    /// Whether `account` can describe it at all.
    pub(crate) fn visible_to(&self, account: &str) -> bool {
        match self.state {
            ImageState::Available => self.may_launch(account),
            ImageState::Disabled => &*self.owner == account,
            ImageState::Deregistered => false,
        }
    }

    /// Whether `account` may launch servers from it.
    pub(crate) fn may_launch(&self, account: &str) -> bool {
        self.public || &*self.owner == account || self.shared_with.iter().any(|with| &**with == account)
    }

    /// Its snapshot, which follows from its id.
    pub(crate) fn snapshot(&self) -> u64 {
        super::id::mix(self.id ^ 0x5A5A)
    }
}

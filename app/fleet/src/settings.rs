//! What a template version tells a launch to set, and what of it a server shows: the two sides that drift compares.

use serde::{Deserialize, Serialize};

use crate::interned::Handle;
use crate::symbol::{Sym, SymList, TagSet};
use crate::user_data::UserData;

/// One field of [`Settings`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Setting<T> {
    /// The answer does not tell.
    #[default]
    Unknown,
    /// Told to be left open: by a template to whoever launches or to AWS's default, by a server as having none.
    Unset,
    /// Set to this.
    Is(T),
}

impl<T> Setting<T> {
    /// Of an answer that has the field wherever it is set.
    #[must_use]
    pub fn told(value: Option<T>) -> Self {
        value.map_or(Self::Unset, Self::Is)
    }

    /// Of an answer that has the field always, and may be cut.
    #[must_use]
    pub fn always(value: Option<T>) -> Self {
        value.map_or(Self::Unknown, Self::Is)
    }

    /// The value, where it is set.
    #[must_use]
    pub fn value(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Unknown | Self::Unset => None,
        }
    }
}

/// `MetadataOptions`: how the instance metadata service may be used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct MetadataOptions {
    /// `HttpTokens`: `required`, `optional`.
    pub tokens: Setting<Sym>,
    /// `HttpPutResponseHopLimit`, in network hops.
    pub hop_limit: Setting<u8>,
    /// `HttpEndpoint`: `enabled`, `disabled`.
    pub endpoint: Setting<Sym>,
    /// `InstanceMetadataTags`: `enabled`, `disabled`.
    pub tags: Setting<Sym>,
}

/// One of `BlockDeviceMappings` with a volume.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Device {
    /// `DeviceName`: `/dev/xvda`.
    pub name: Sym,
    /// `DeleteOnTermination`.
    pub delete_on_termination: Setting<bool>,
}

/// Settings of a template version, a launch configuration or a server. Servers that are alike share a row.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Settings {
    /// `KeyName`.
    pub key_name: Setting<Sym>,
    /// The instance profile: its ARN where that is told, else its name.
    pub profile: Setting<Sym>,
    /// Ids of the security groups, sorted; of a template that names groups by name, their names.
    pub security_groups: Setting<SymList>,
    /// Metadata options.
    pub metadata: MetadataOptions,
    /// User data. Of a server always unknown here: see [`crate::Attributes`].
    pub user_data: Setting<Handle<UserData>>,
    /// Devices, sorted by name. Of a server those attached now, of a template those that it adds or changes.
    pub devices: Vec<Device>,
    /// `EbsOptimized`.
    pub ebs_optimized: Setting<bool>,
    /// Detailed monitoring.
    pub monitoring: Setting<bool>,
    /// The tags that a template puts on servers; of a server none, since its row has them.
    pub server_tags: TagSet,
}

/// The name of an instance profile, of which a template may give the name and a server gives the ARN.
#[must_use]
pub fn profile_name(profile: &str) -> &str {
    profile.rsplit_once('/').map_or(profile, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_one_name_however_it_is_told() {
        assert_eq!(profile_name("web"), "web");
        assert_eq!(profile_name("arn:aws:iam::210987654321:instance-profile/teams/web"), "web");
    }

    #[test]
    fn what_is_left_open_is_not_what_is_unknown() {
        assert_eq!(Setting::told(None::<u8>), Setting::Unset);
        assert_eq!(Setting::always(None::<u8>), Setting::Unknown);
        assert_eq!(Setting::told(Some(2)).value(), Some(2));
    }
}

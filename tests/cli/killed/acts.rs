//! What is done and cut off: each action, on the part of the fleet that it is made for.

use crate::killed::fleet::Fleet;

/// An action as it is asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Act {
    ReplaceInGroup,
    ReplaceTwo,
    /// In a group that has no room, so that the old server goes first.
    ReplaceInFullGroup,
    /// A server in no group that came from a template.
    ReplaceAlone,
    /// One that came from none.
    ReplacePet,
    /// One that is alone behind its load balancer.
    ReplaceBehindBalancer,
    Roll,
    Reimage,
    Bake,
    Rebake,
    RebakeRoll,
    SetLifetime,
    Burn,
}

impl Act {
    pub(super) const ALL: [Self; 13] = [
        Self::RebakeRoll,
        Self::Rebake,
        Self::ReplaceBehindBalancer,
        Self::ReplaceTwo,
        Self::ReplaceInGroup,
        Self::ReplaceInFullGroup,
        Self::ReplaceAlone,
        Self::ReplacePet,
        Self::Burn,
        Self::Roll,
        Self::Reimage,
        Self::Bake,
        Self::SetLifetime,
    ];

    /// The group that it works on.
    pub(super) fn group(self) -> Option<&'static str> {
        match self {
            Self::ReplaceAlone
            | Self::ReplacePet
            | Self::ReplaceBehindBalancer
            | Self::Reimage
            | Self::Bake
            | Self::Rebake => None,
            Self::ReplaceInFullGroup => Some("full"),
            _ => Some("web"),
        }
    }

    /// The words after `emberline plan`.
    pub(super) fn words(self, fleet: &Fleet) -> Vec<String> {
        let members = self.group().map(|group| fleet.members(group)).unwrap_or_default();
        let words: &[&str] = match self {
            Self::ReplaceInGroup | Self::ReplaceInFullGroup => &["replace", &members[0]],
            Self::ReplaceTwo => &["replace", &members[0], &members[1]],
            Self::ReplaceAlone => &["replace", "cache"],
            Self::ReplacePet => &["replace", "pet"],
            Self::ReplaceBehindBalancer => &["replace", "edge"],
            Self::Roll => &["roll", "web"],
            Self::Reimage => &["reimage", "cache"],
            Self::Bake => &["bake", "cache"],
            Self::Rebake => &["rebake", "web"],
            Self::RebakeRoll => &["rebake-roll", "web"],
            // Longer than any server of the group has lived, so that none burns by it.
            Self::SetLifetime => &["set-lifetime", "web", "90d"],
            Self::Burn => &["burn", "web", "--seed", "7"],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }
}

//! What is simulated: each action, on the part of the fleet that it is made for.

use operate::{Action, RefreshChoices};
use sandbox::Sandbox;

use crate::asking::{Somebody, texts};
use crate::chance::Chance;
use crate::watch::Guarded;

/// An action with the place that it is done in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Act {
    /// Replace a server of a group that has room for a successor.
    ReplaceInGroup,
    /// Replace two servers of such a group in one plan.
    ReplaceTwo,
    /// Replace a server of a group that has no room.
    ReplaceInFullGroup,
    /// Replace a server that stands alone and came from a template.
    ReplaceAlone,
    /// Replace a server that stands alone and came from no template.
    ReplacePet,
    /// Replace a server that stands alone behind a load balancer.
    ReplaceBehindBalancer,
    /// Replace all servers of a group.
    Roll,
    /// Replace the root volume of a server.
    Reimage,
    /// Bake a server into an image.
    Bake,
    /// Bake a recipe.
    Rebake,
    /// Bake a recipe and roll a group to it.
    RebakeRoll,
    /// Set a group's lifetime.
    SetLifetime,
    /// Replace a server that chance chose.
    Burn,
}

impl Act {
    pub(crate) const ALL: [Self; 13] = [
        Self::ReplaceInGroup,
        Self::ReplaceTwo,
        Self::ReplaceInFullGroup,
        Self::ReplaceAlone,
        Self::ReplacePet,
        Self::ReplaceBehindBalancer,
        Self::Roll,
        Self::Reimage,
        Self::Bake,
        Self::Rebake,
        Self::RebakeRoll,
        Self::SetLifetime,
        Self::Burn,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ReplaceInGroup => "replace-in-group",
            Self::ReplaceTwo => "replace-two",
            Self::ReplaceInFullGroup => "replace-in-full-group",
            Self::ReplaceAlone => "replace-alone",
            Self::ReplacePet => "replace-pet",
            Self::ReplaceBehindBalancer => "replace-behind-balancer",
            Self::Roll => "roll",
            Self::Reimage => "reimage",
            Self::Bake => "bake",
            Self::Rebake => "rebake",
            Self::RebakeRoll => "rebake-roll",
            Self::SetLifetime => "set-lifetime",
            Self::Burn => "burn",
        }
    }

    /// The group that it works on, as `fleet.toml` has it.
    pub(crate) fn guarded(self) -> Option<Guarded> {
        match self {
            Self::ReplaceAlone
            | Self::ReplacePet
            | Self::ReplaceBehindBalancer
            | Self::Reimage
            | Self::Bake
            | Self::Rebake => None,
            Self::ReplaceInFullGroup => {
                Some(Guarded { group: "full".to_owned(), min: 1, max: 3, percent: 50, desired: 3 })
            }
            _ => Some(Guarded { group: "web".to_owned(), min: 2, max: 6, percent: 100, desired: 3 }),
        }
    }

    /// Those that work on a group.
    pub(crate) fn of_groups() -> Vec<Self> {
        Self::ALL.into_iter().filter(|act| act.guarded().is_some()).collect()
    }

    /// Whether it launches servers.
    pub(crate) fn launches(self) -> bool {
        !matches!(self, Self::Reimage | Self::Bake | Self::Rebake | Self::SetLifetime)
    }

    /// Whether it runs Image Builder.
    pub(crate) fn builds(self) -> bool {
        matches!(self, Self::Rebake | Self::RebakeRoll)
    }

    /// What is asked for. Which server it is, and what a person may choose, follows from chance.
    pub(crate) fn action(self, sandbox: &Sandbox, somebody: &Somebody, chance: &mut Chance) -> Action {
        let recipe = || format!("arn:aws:imagebuilder:{}:210987654321:image-recipe/web", somebody.region);
        let members = || -> Vec<String> {
            let group = self.guarded().map_or_else(String::new, |guarded| guarded.group);
            let members = somebody.members(sandbox);
            members.into_iter().filter(|member| member.group == group).map(|member| member.server).collect()
        };
        let alone = |name: &str| {
            let filter = [("Filter.1.Name", "tag:Name"), ("Filter.1.Value.1", name)];
            let (_, xml) = somebody.ask(sandbox, "ec2:DescribeInstances", &filter);
            texts(&xml, "instanceId").remove(0)
        };
        let choices = |chance: &mut Chance| RefreshChoices {
            skip_matching: chance.once_in(2),
            auto_rollback: chance.once_in(2),
            bake_time_s: if chance.once_in(4) { 120 } else { 0 },
            ..RefreshChoices::default()
        };
        let group = "web".to_owned();
        match self {
            Self::ReplaceInGroup | Self::ReplaceInFullGroup => {
                let members = members();
                Action::Replace { servers: vec![members[chance.below(members.len())].clone()] }
            }
            Self::ReplaceTwo => Action::Replace { servers: members()[..2].to_vec() },
            Self::ReplaceAlone => Action::Replace { servers: vec![alone("cache")] },
            Self::ReplacePet => Action::Replace { servers: vec![alone("pet")] },
            Self::ReplaceBehindBalancer => Action::Replace { servers: vec![alone("edge")] },
            Self::Roll => Action::Roll { group, choices: choices(chance) },
            Self::Reimage => Action::Reimage { server: alone("cache"), image: None },
            Self::Bake => Action::Bake { server: alone("cache"), name: None, reboot: chance.once_in(2) },
            Self::Rebake => Action::Rebake { recipe: recipe(), pipeline: None },
            Self::RebakeRoll => Action::RebakeRoll {
                group,
                recipe: recipe(),
                pipeline: None,
                choices: choices(chance),
                pauses: chance.once_in(4),
            },
            Self::SetLifetime => {
                // Longer than any server of the group has lived, so that none burns by it.
                Action::SetLifetime { group, lifetime_s: 86_400 * (60 + u32::try_from(chance.below(300)).unwrap_or(0)) }
            }
            Self::Burn => Action::Burn { group, seed: chance.next() },
        }
    }
}

//! How long a step is waited for before a person is asked. Nothing ends by it: what AWS does goes on.

use crate::action::RefreshChoices;
use crate::facts::GroupFacts;

const HOUR_S: u32 = 3_600;

/// Boot, configuration and status checks of one server. A server that is fried takes up to 20 minutes and more, so an
/// hour.
pub(super) const LAUNCH_S: u32 = HOUR_S;
/// `CreateImage`: a snapshot of a large volume takes hours.
pub(super) const IMAGE_S: u32 = 4 * HOUR_S;
/// An Image Builder build with its tests and its distribution.
pub(super) const BUILD_S: u32 = 6 * HOUR_S;
/// A root volume replacement with its restart.
pub(super) const ROOT_S: u32 = HOUR_S;
/// A setting that has been changed is told again.
pub(super) const SETTING_S: u32 = 120;
/// The roots of a group that has been rolled are read.
pub(super) const ROOTS_S: u32 = 900;

/// Shutting down by EC2.
const SHUTDOWN_S: u32 = 900;
/// The longest deregistration delay of a target group.
const DRAINING_S: u32 = HOUR_S;

/// A server that runs is taken in by a target group and passes its checks: what it installs first may take as long as its
/// boot.
pub(super) const SERVING_S: u32 = LAUNCH_S;
/// A target group lets go of a server. Its deregistration delay is not read: the longest that it can be is waited for, and
/// then as long as a setting takes to be told.
pub(super) const DRAINED_S: u32 = DRAINING_S + SETTING_S;

/// Until a group has launched a server and it serves.
pub(super) fn joined_s(group: &GroupFacts) -> u32 {
    LAUNCH_S.saturating_add(group.warmup_s).saturating_add(group.grace_s).saturating_add(hooks_s(group, "LAUNCHING"))
}

/// Until a server has left its group, drained, and is terminated.
pub(super) fn gone_s(group: Option<&GroupFacts>) -> u32 {
    let Some(group) = group else { return SHUTDOWN_S };
    let draining_s = if group.target_groups.is_empty() { 0 } else { DRAINING_S };
    SHUTDOWN_S.saturating_add(draining_s).saturating_add(hooks_s(group, "TERMINATING"))
}

/// Until a refresh has replaced every server, one after the other at worst, and has waited as it was told.
pub(super) fn refreshed_s(group: &GroupFacts, choices: &RefreshChoices) -> u32 {
    let servers = u32::try_from(group.members.len()).unwrap_or(u32::MAX).max(1);
    let checkpoints = u32::try_from(choices.checkpoint_percents.len()).unwrap_or(u32::MAX);
    let one_s = joined_s(group).saturating_add(gone_s(Some(group)));
    servers
        .saturating_mul(one_s)
        .saturating_add(checkpoints.saturating_mul(choices.checkpoint_delay_s))
        .saturating_add(choices.bake_time_s)
}

fn hooks_s(group: &GroupFacts, transition: &str) -> u32 {
    let hooks = group.hooks.iter().filter(|hook| hook.transition.ends_with(transition));
    hooks.map(|hook| hook.timeout_s).fold(0, u32::saturating_add)
}

//! Replace all servers of a group by an instance refresh, with every preference said and the template version pinned to
//! a number.

use super::draft::{Change, Draft, setting};
use super::ground::{Ground, launch_template};
use super::{group, losses, owners, patience};
use crate::action::RefreshChoices;
use crate::facts::{GroupFacts, GroupLaunch, MemberFacts, VersionFacts};
use crate::guard::{self, Reach};
use crate::mutation::{
    Arg, DesiredConfiguration, Mutation, Output, RefreshPreferences, ScaleInProtected, StandbyServers,
};
use crate::plan::{Loss, LossKind, Rollback, Until};
use crate::rules::Rules;

/// The most healthy share where the least is everything and nobody says more: room for a tenth to come first.
const LAUNCH_FIRST_PERCENT: u16 = 110;

pub(super) fn draft(ground: &Ground, rules: &Rules, name: &str, choices: &RefreshChoices) -> Draft {
    let mut draft = Draft::new(Rollback::Impossible(String::new()));
    let situation = &ground.situation;
    draft.refusals.extend(guard::group(situation, name, reach(choices)));
    let Some(group) = situation.groups.get(name) else { return draft };
    draft.touched.groups.insert(name.to_owned());
    let current = group::launched(&mut draft, ground, group);
    let wanted = match (launch_template(group), choices.template_version) {
        (Some((id, _)), Some(number)) => group::check_version(&mut draft, ground, id, &number.to_string()),
        (Some(_), None) => current,
        (None, number) => {
            let next = "Roll it without a version, or give it a launch template.";
            let check =
                setting(number.is_none(), &format!("the group {name} has no template versions to choose from"), next);
            draft.allowed(check);
            None
        }
    };
    let desired = wanted.map(|version| version.template.version.to_string());
    let to = Target { version: desired.map(Arg::Known), facts: wanted };
    refresh(&mut draft, ground, rules, group, choices, current, &to);
    let servers = group.members.len();
    draft.summary = match wanted {
        Some(version) => format!("Roll the group {name}: replace its {servers} servers from {}.", told(version)),
        None => format!("Roll the group {name}: replace its {servers} servers from what it launches now."),
    };
    draft
}

/// What a group is rolled to.
pub(super) struct Target<'a> {
    /// The number of the template version; `None` for a group that launches from a launch configuration.
    pub(super) version: Option<Arg>,
    /// The version, where it is there already.
    pub(super) facts: Option<&'a VersionFacts>,
}

/// How far a refresh reaches.
pub(super) fn reach(choices: &RefreshChoices) -> Reach {
    Reach::Refresh {
        scale_in_protected: choices.scale_in_protected == ScaleInProtected::Refresh,
        standby: choices.standby == StandbyServers::Terminate,
    }
}

/// Adds the refresh, what is lost by it and what is to be known about it. `current` is what the group launches now.
pub(super) fn refresh(
    draft: &mut Draft,
    ground: &Ground,
    rules: &Rules,
    group: &GroupFacts,
    choices: &RefreshChoices,
    current: Option<&VersionFacts>,
    to: &Target<'_>,
) {
    let (name, situation) = (&group.name, &ground.situation);
    let desired = desired_configuration(draft, group, to);
    let way_back = way_back(group, current, to);
    let preferences = preferences(rules, group, choices, way_back.is_ok());
    match guard::refresh(situation, rules, name, &preferences, desired.as_ref()) {
        Ok(capacity) => draft.capacity.push(capacity),
        Err(refusals) => draft.refusals.extend(refusals),
    }
    let skips = setting(
        !(choices.skip_matching && desired.is_none()),
        &format!("the group {name} launches from a launch configuration: servers that match it can't be left out"),
        "Roll all of its servers, or give it a launch template.",
    );
    draft.allowed(skips);
    if let (Err(why), true) = (&way_back, choices.auto_rollback) {
        draft.warnings.push(format!("A failed refresh is not rolled back by itself: {why}."));
    }
    draft.rollback = match &way_back {
        Ok(version) => Rollback::Possible(format!(
            "While the refresh runs it can be rolled back: the servers that it has replaced are replaced again, from \
             version {version}."
        )),
        Err(why) => Rollback::Impossible(format!("AWS can't roll this refresh back: {why}. To go back, roll again.")),
    };
    draft.send(Change {
        name: "refresh".to_owned(),
        sentence: sentence(name, &preferences, to),
        mutation: Mutation::StartInstanceRefresh { group: name.clone(), preferences, desired },
        makes: Some(Output::Refresh),
        desired: Some(group.desired),
        takes_out: None,
    });
    draft.wait(
        "watch the refresh".to_owned(),
        format!("Wait until the instance refresh of {name} has ended."),
        Until::Refreshed { group: name.clone(), refresh: Output::Refresh.into() },
        patience::refreshed_s(group, choices),
    );
    warn(draft, group, choices, to);
    group::warn_of_pool(draft, group);
    draft.losses.extend(lost(ground, group, choices, to));
}

/// The servers that a refresh leaves as they are.
pub(super) fn left<'a>(group: &'a GroupFacts, choices: &RefreshChoices) -> Vec<&'a MemberFacts> {
    let is_left = |one: &&MemberFacts| {
        (one.protected_from_scale_in && choices.scale_in_protected == ScaleInProtected::Ignore)
            || (one.lifecycle.contains("Standby") && choices.standby == StandbyServers::Ignore)
    };
    group.members.iter().filter(is_left).collect()
}

/// `version 14 of lt-0abc (ami-0abc)`.
fn told(version: &VersionFacts) -> String {
    let image = version.image.as_deref().map(|image| format!(" ({image})")).unwrap_or_default();
    format!("version {} of {}{image}", version.template.version, version.template.id)
}

fn desired_configuration(draft: &mut Draft, group: &GroupFacts, to: &Target<'_>) -> Option<DesiredConfiguration<Arg>> {
    let (template, _) = launch_template(group)?;
    let version = to.version.clone()?;
    let overrides = match &group.launch {
        Some(GroupLaunch::Mixed { overrides, .. }) => {
            let known = setting(
                overrides.is_some(),
                &format!(
                    "the mixed-instances policy of the group {} has overrides with more than a type and a weight, which a \
                     refresh from here would drop",
                    group.name
                ),
                "Start the refresh by hand, with the whole policy in its desired configuration.",
            );
            draft.allowed(known);
            overrides.clone()
        }
        _ => None,
    };
    Some(DesiredConfiguration { template: template.to_owned(), version, overrides })
}

/// The version that AWS could roll back to, or why it can't (the conditions of `RollbackInstanceRefresh`).
fn way_back(group: &GroupFacts, current: Option<&VersionFacts>, to: &Target<'_>) -> Result<u32, String> {
    let name = &group.name;
    let Some((_, setting)) = launch_template(group) else {
        return Err(format!("the group {name} launches from a launch configuration"));
    };
    let Ok(number) = setting.parse() else {
        return Err(format!("the group {name} is set to {setting} and not to a version's number"));
    };
    let by_parameter = |version: Option<&VersionFacts>| version.is_some_and(|version| version.named_image().is_none());
    if by_parameter(current) || by_parameter(to.facts) {
        return Err("the image of its launch template is named by an SSM parameter".to_owned());
    }
    Ok(number)
}

/// Every preference, from what was chosen, what the group's maintenance policy says, and what keeps the floor.
fn preferences(rules: &Rules, group: &GroupFacts, choices: &RefreshChoices, may_go_back: bool) -> RefreshPreferences {
    let least = choices.min_healthy_percent.unwrap_or_else(|| {
        let share = group.min_healthy_percent.unwrap_or(0).max(rules.min_healthy_percent).min(100);
        let floor = guard::floor(group, group.desired, rules);
        let needed = (u64::from(floor) * 100).div_ceil(u64::from(group.desired.max(1)));
        // A floor above the desired capacity can't be kept by any share: that is the guard's to say.
        u8::try_from(needed).unwrap_or(100).min(100).max(share)
    });
    let most = choices.max_healthy_percent.unwrap_or_else(|| {
        let usual = if least >= 100 { LAUNCH_FIRST_PERCENT } else { 100 };
        group.max_healthy_percent.unwrap_or(usual).clamp(100, u16::from(least).saturating_add(100).max(100))
    });
    RefreshPreferences {
        min_healthy_percent: least,
        max_healthy_percent: most,
        // Where no warm-up is set, the API falls back to the grace period of the health check.
        warmup_s: if group.warmup_s == 0 { group.grace_s } else { group.warmup_s },
        skip_matching: choices.skip_matching,
        auto_rollback: choices.auto_rollback && may_go_back,
        bake_time_s: choices.bake_time_s,
        checkpoint_percents: choices.checkpoint_percents.clone(),
        checkpoint_delay_s: choices.checkpoint_delay_s,
        scale_in_protected: choices.scale_in_protected,
        standby: choices.standby,
        alarms: choices.alarms.clone(),
    }
}

fn sentence(name: &str, preferences: &RefreshPreferences, to: &Target<'_>) -> String {
    let p = preferences;
    let from = match (&to.version, to.facts) {
        (_, Some(version)) => format!(" to {}", told(version)),
        (Some(_), None) => " to the new template version".to_owned(),
        (None, None) => String::new(),
    };
    let mut said = vec![
        format!("{} to {} % healthy", p.min_healthy_percent, p.max_healthy_percent),
        format!("warm-up {} s", p.warmup_s),
        if p.skip_matching { "servers that match already stay" } else { "every server is replaced" }.to_owned(),
        if p.auto_rollback { "rolled back if it fails" } else { "not rolled back by itself" }.to_owned(),
        match p.scale_in_protected {
            ScaleInProtected::Refresh => "protected from scale-in: replaced",
            ScaleInProtected::Ignore => "protected from scale-in: left",
            ScaleInProtected::Wait => "protected from scale-in: waited for",
        }
        .to_owned(),
        match p.standby {
            StandbyServers::Terminate => "in Standby: terminated",
            StandbyServers::Ignore => "in Standby: left",
            StandbyServers::Wait => "in Standby: waited for",
        }
        .to_owned(),
    ];
    if !p.checkpoint_percents.is_empty() {
        let at: Vec<String> = p.checkpoint_percents.iter().map(ToString::to_string).collect();
        said.push(format!("stops at {} % for {} s", at.join(", "), p.checkpoint_delay_s));
    }
    if p.bake_time_s > 0 {
        said.push(format!("watched for {} s afterwards", p.bake_time_s));
    }
    if !p.alarms.is_empty() {
        said.push(format!("ended by the alarms {}", p.alarms.join(", ")));
    }
    format!("Start an instance refresh of the group {name}{from}: {}.", said.join("; "))
}

fn warn(draft: &mut Draft, group: &GroupFacts, choices: &RefreshChoices, to: &Target<'_>) {
    let name = &group.name;
    let left = left(group, choices);
    if !left.is_empty() {
        let ids: Vec<&str> = left.iter().map(|one| one.server.as_str()).collect();
        draft.warnings.push(format!("Left as they are, in Standby or protected from scale-in: {}.", ids.join(", ")));
    }
    let waits = |one: &&MemberFacts| {
        (one.protected_from_scale_in && choices.scale_in_protected == ScaleInProtected::Wait)
            || (one.lifecycle.contains("Standby") && choices.standby == StandbyServers::Wait)
    };
    let waited: Vec<&str> = group.members.iter().filter(waits).map(|one| one.server.as_str()).collect();
    if !waited.is_empty() {
        draft
            .warnings
            .push(format!("The refresh waits an hour for these to be released, then fails: {}.", waited.join(", ")));
    }
    if let Some((id, set)) = launch_template(group) {
        let pinned = to.facts.map(|version| version.template.version.to_string());
        if pinned.as_deref() != Some(set) {
            draft.warnings.extend(owners::warning(&format!("The group {name}"), &group.tags));
        }
        if set.starts_with('$') {
            draft.warnings.push(format!(
                "The group {name} follows {set} of {id} now; after the refresh it is set to the version's number and \
                 follows no longer."
            ));
        }
    }
}

/// What the servers that are replaced lose for good. Their addresses change too, as they do with every server of a
/// group: that is said once.
fn lost(ground: &Ground, group: &GroupFacts, choices: &RefreshChoices, to: &Target<'_>) -> Vec<Loss> {
    let left: Vec<&str> = left(group, choices).iter().map(|one| one.server.as_str()).collect();
    let matches = |one: &MemberFacts| {
        choices.skip_matching && to.facts.is_some_and(|version| one.template.as_ref() == Some(&version.template))
    };
    let goes = group.members.iter().filter(|one| !left.contains(&one.server.as_str()) && !matches(one));
    let servers = goes.filter_map(|one| ground.situation.servers.get(&one.server));
    let grave = [LossKind::RootChanges, LossKind::Volume, LossKind::DetachedVolume, LossKind::ElasticAddress];
    servers.flat_map(losses::of_termination).filter(|loss| grave.contains(&loss.kind)).collect()
}

//! Set a group's phoenix lifetime: Auto Scaling burns by it from the first minute on, so what it would burn at once is
//! named.

use fleet::WrittenDuration;
use insight::human::{counted, long_duration};

use super::draft::{Change, Draft, setting};
use super::ground::Ground;
use super::{losses, owners, patience};
use crate::facts::GroupFacts;
use crate::guard::{self, Reach};
use crate::mutation::Mutation;
use crate::plan::{LossKind, Rollback, Until};
use crate::rules::Rules;

pub(super) fn draft(ground: &Ground, rules: &Rules, name: &str, lifetime_s: u32) -> Draft {
    let mut draft = Draft::new(Rollback::Impossible(String::new()));
    let situation = &ground.situation;
    draft.refusals.extend(guard::group(situation, name, Reach::Lifetime));
    draft.allowed(guard::lifetime(lifetime_s));
    let Some(group) = situation.groups.get(name) else { return draft };
    draft.touched.groups.insert(name.to_owned());
    let now_s = group.max_instance_lifetime_s.unwrap_or(0);
    let reason = format!("the group {name} has this lifetime already ({})", said(now_s));
    draft.allowed(setting(now_s != lifetime_s, &reason, "Nothing is left to do."));
    let capacity = draft.allowed(guard::burns(situation, rules, name, lifetime_s));
    draft.capacity.extend(capacity);
    draft.rollback = Rollback::Impossible(format!(
        "It can be set back to {} by another plan; servers that have burned meanwhile don't come back.",
        said(now_s)
    ));
    draft.summary =
        format!("Set the phoenix lifetime of the group {name} to {} (now {}).", said(lifetime_s), said(now_s));
    draft.send(Change {
        name: "set the lifetime".to_owned(),
        sentence: format!("Set the maximum instance lifetime of the group {name} to {}.", said(lifetime_s)),
        mutation: Mutation::SetMaxInstanceLifetime { group: name.to_owned(), lifetime_s },
        makes: None,
        desired: None,
        takes_out: None,
    });
    draft.wait(
        "see the lifetime".to_owned(),
        format!("See that the group {name} tells its new lifetime."),
        Until::LifetimeIs { group: name.to_owned(), lifetime_s: (lifetime_s > 0).then_some(lifetime_s) },
        patience::SETTING_S,
    );
    name_what_burns(&mut draft, ground, group, lifetime_s);
    draft.warnings.extend(owners::warning(&format!("The group {name}"), &group.tags));
    draft
}

fn name_what_burns(draft: &mut Draft, ground: &Ground, group: &GroupFacts, lifetime_s: u32) {
    let aged = guard::aged(&ground.situation, group, lifetime_s);
    if aged.is_empty() {
        return;
    }
    let told: Vec<String> = aged
        .iter()
        .map(|one| match one.age_s {
            Some(age_s) => format!("{} ({})", one.server, long_duration(age_s)),
            None => format!("{} (age unknown)", one.server),
        })
        .collect();
    let order = match guard::launches_first(group) {
        true => "each successor first, as the group's maintenance policy says",
        false => "each terminated before its successor comes",
    };
    draft.warnings.push(format!(
        "Older than that and burned at once: {}. Auto Scaling burns up to {} together, {order}.",
        told.join(", "),
        counted(i64::from(guard::burned_together(group)), "server"),
    ));
    let grave = [LossKind::RootChanges, LossKind::Volume, LossKind::DetachedVolume, LossKind::ElasticAddress];
    let servers = aged.iter().filter_map(|one| ground.situation.servers.get(&one.server));
    draft.losses.extend(servers.flat_map(losses::of_termination).filter(|loss| grave.contains(&loss.kind)));
}

fn said(lifetime_s: u32) -> String {
    match lifetime_s {
        0 => "none".to_owned(),
        seconds => WrittenDuration(seconds).to_string(),
    }
}

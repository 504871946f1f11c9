//! Put new servers in the place of these, one after the other: those of groups in their groups, the others by
//! themselves.

use super::draft::{Draft, called};
use super::ground::Ground;
use super::{group, standalone};
use crate::guard::{self, Guard, Refusal, Touch};
use crate::plan::{Rollback, Work};
use crate::rules::Rules;

/// What can be taken back of a replacement.
pub(super) const ONE_WAY: &str =
    "What was terminated can't be brought back. Cancelled before that, the old server stays.";

pub(super) fn draft(ground: &Ground, rules: &Rules, servers: &[String]) -> Draft {
    let mut draft = Draft::new(Rollback::Impossible(ONE_WAY.to_owned()));
    let mut wanted: Vec<&str> = Vec::new();
    for id in servers {
        if !wanted.contains(&id.as_str()) {
            wanted.push(id);
        }
    }
    if wanted.is_empty() {
        let (reason, next) = ("no server was named".to_owned(), "Name at least one.".to_owned());
        draft.refusals.push(Refusal { guard: Guard::Known, reason, next });
    }
    draft.refusals.extend(guard::batch(rules, wanted.len()).err());
    let situation = &ground.situation;
    let group_of = |id: &str| situation.servers.get(id).and_then(|server| server.group.as_deref());
    let mut groups: Vec<&str> = Vec::new();
    for id in &wanted {
        match (situation.servers.get(*id), group_of(id)) {
            (None, _) => draft.refusals.extend(guard::server(situation, id, Touch::Terminate)),
            (Some(server), None) => standalone::replace(&mut draft, ground, server),
            (Some(_), Some(name)) if !groups.contains(&name) => {
                groups.push(name);
                let members: Vec<&str> = wanted.iter().copied().filter(|id| group_of(id) == Some(name)).collect();
                group::replace(&mut draft, ground, rules, name, &members);
            }
            (Some(_), Some(_)) => {}
        }
    }
    draft.summary = match &wanted[..] {
        [id] => summary_of_one(&draft, ground, id),
        many => format!("Replace {} servers, one after the other: {}.", many.len(), many.join(", ")),
    };
    draft
}

/// `Replace i-0abc (web-1) of the group web: its successor comes first.`
pub(super) fn summary_of_one(draft: &Draft, ground: &Ground, id: &str) -> String {
    let Some(server) = ground.situation.servers.get(id) else { return format!("Replace {id}.") };
    let of = server.group.as_ref().map(|name| format!(" of the group {name}")).unwrap_or_default();
    let goes_first = matches!(draft.steps.first().map(|step| &step.work), Some(Work::Send { takes_out: Some(_), .. }));
    let order = if goes_first { "it goes before its successor comes" } else { "its successor comes first" };
    format!("Replace {}{of}: {order}.", called(server))
}

//! Replace one server of a group, chosen by chance: shown before it is done, and only where the policy lets chance in.

use sha2::{Digest as _, Sha256};

use super::draft::Draft;
use super::ground::Ground;
use super::{group, replace};
use crate::facts::{GroupFacts, ServerFacts};
use crate::guard::{self, Guard, Refusal, Touch};
use crate::plan::Rollback;
use crate::rules::Rules;
use crate::situation::Situation;

pub(super) fn draft(ground: &Ground, rules: &Rules, name: &str, seed: u64) -> Draft {
    let mut draft = Draft::new(Rollback::Impossible(replace::ONE_WAY.to_owned()));
    let situation = &ground.situation;
    draft.refusals.extend(guard::burn(rules, name, situation.read_at, ground.last_burn));
    let Some(group) = situation.groups.get(name) else {
        group::replace(&mut draft, ground, rules, name, &[]);
        return draft;
    };
    let drawn = drawn(situation, group, seed);
    let may_go = |server: &&ServerFacts| guard::server(situation, &server.id, Touch::Terminate).is_empty();
    let Some(passed_over) = drawn.iter().position(may_go) else {
        let reason = format!("none of the {} servers of the group {name} may be burned", group.members.len());
        let next = "Ask `emberline plan replace` of one of them why.".to_owned();
        draft.refusals.push(Refusal { guard: Guard::BurnLeash, reason, next });
        group::replace(&mut draft, ground, rules, name, &[]);
        return draft;
    };
    let id = &drawn[passed_over].id;
    group::replace(&mut draft, ground, rules, name, &[id]);
    let replaced = replace::summary_of_one(&draft, ground, id);
    let of = drawn.len() - passed_over;
    draft.summary = format!("{replaced} Chance chose it out of {of} (seed {seed}).");
    draft
}

/// The members that may be burned as far as one reading of the whole group tells, in the order in which chance draws
/// them: the first that EC2 does not protect is burned. Whether it does is asked one after the other, two calls each.
///
/// Each server's place follows from the seed and its id alone, so that the same seed draws in the same order, whoever
/// has come to the group or gone meanwhile.
pub(super) fn drawn<'a>(situation: &'a Situation, group: &GroupFacts, seed: u64) -> Vec<&'a ServerFacts> {
    let members = group.members.iter().filter_map(|member| situation.servers.get(&member.server));
    let may_go = |server: &&ServerFacts| guard::besides_protection(situation, server, Touch::Terminate).is_empty();
    let mut drawn: Vec<&ServerFacts> = members.filter(may_go).collect();
    drawn.sort_by_cached_key(|server| (place(seed, &server.id), server.id.clone()));
    drawn
}

fn place(seed: u64, id: &str) -> [u8; 32] {
    Sha256::new().chain_update(seed.to_be_bytes()).chain_update(id).finalize().into()
}

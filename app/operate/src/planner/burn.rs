//! Replace one server of a group, chosen by chance: shown before it is done, and only where the policy lets chance in.

use super::draft::Draft;
use super::ground::Ground;
use super::{group, replace};
use crate::guard::{self, Guard, Refusal, Touch};
use crate::plan::Rollback;
use crate::rules::Rules;

pub(super) fn draft(ground: &Ground, rules: &Rules, name: &str, seed: u64) -> Draft {
    let mut draft = Draft::new(Rollback::Impossible(replace::ONE_WAY.to_owned()));
    let situation = &ground.situation;
    draft.refusals.extend(guard::burn(rules, name, situation.read_at, ground.last_burn));
    let Some(group) = situation.groups.get(name) else {
        group::replace(&mut draft, ground, rules, name, &[]);
        return draft;
    };
    // By id, so that the same seed finds the same server in the same group.
    let mut eligible: Vec<&str> = group.members.iter().map(|member| member.server.as_str()).collect();
    eligible.retain(|id| guard::server(situation, id, Touch::Terminate).is_empty());
    eligible.sort_unstable();
    let chosen = usize::try_from(mixed(seed) % (eligible.len().max(1) as u64)).unwrap_or(0);
    let Some(&id) = eligible.get(chosen) else {
        let reason = format!("none of the {} servers of the group {name} may be burned", group.members.len());
        let next = "Ask `emberline plan replace` of one of them why.".to_owned();
        draft.refusals.push(Refusal { guard: Guard::BurnLeash, reason, next });
        group::replace(&mut draft, ground, rules, name, &[]);
        return draft;
    };
    group::replace(&mut draft, ground, rules, name, &[id]);
    let replaced = replace::summary_of_one(&draft, ground, id);
    let of = eligible.len();
    draft.summary = format!("{replaced} Chance chose it out of {of} (seed {seed}).");
    draft
}

/// Spreads seeds that are close to each other over all servers (the finaliser of SplitMix64).
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

//! What Auto Scaling may do by itself after a replacement: where the zones of a group get uneven, it launches in the one
//! that has fewer and terminates another server in the one that has more (`AZRebalance`).

use std::collections::BTreeMap;

use super::draft::Draft;
use crate::facts::{GroupFacts, ServerFacts};
use crate::situation::Situation;

/// The process that evens out zones.
const REBALANCE: &str = "AZRebalance";

/// Warns where the group may be rebalanced once this server is replaced: no plan of ours names what goes then.
pub(super) fn warn(
    draft: &mut Draft,
    situation: &Situation,
    group: &GroupFacts,
    server: &ServerFacts,
    successor_first: bool,
) {
    if group.suspended.iter().any(|process| process == REBALANCE) {
        return;
    }
    let Some(zone) = &server.zone else { return };
    let mut counts: BTreeMap<&str, usize> = group.zones.iter().map(|zone| (zone.as_str(), 0)).collect();
    let present =
        group.members.iter().filter(|one| one.lifecycle == "InService" || one.lifecycle.starts_with("Pending"));
    for zone in present.filter_map(|member| situation.servers.get(&member.server)?.zone.as_deref()) {
        *counts.entry(zone).or_default() += 1;
    }
    if uneven_after(&counts, zone, successor_first) {
        let (name, id) = (&group.name, &server.id);
        draft.warnings.push(format!(
            "Once {id} is replaced the zones of the group {name} may be uneven: Auto Scaling may then launch one more \
             server and terminate another one. Suspend {REBALANCE} in {name} meanwhile to keep the others."
        ));
    }
}

/// Whether zones could differ by more than one server after one in `zone` is replaced. A successor is launched in a zone
/// that has the fewest; which, where several have as few, is Auto Scaling's choice. Zones that are uneven already are
/// evened out with or without us.
fn uneven_after(counts: &BTreeMap<&str, usize>, zone: &str, successor_first: bool) -> bool {
    let spread = |counts: &BTreeMap<&str, usize>| {
        let (least, most) = (counts.values().min(), counts.values().max());
        most.copied().unwrap_or(0) - least.copied().unwrap_or(0)
    };
    let without = |mut counts: BTreeMap<_, usize>| {
        if let Some(count) = counts.get_mut(zone) {
            *count = count.saturating_sub(1);
        }
        counts
    };
    if spread(counts) > 1 {
        return false;
    }
    let before_launch = if successor_first { counts.clone() } else { without(counts.clone()) };
    let fewest = before_launch.values().min().copied().unwrap_or(0);
    before_launch.iter().filter(|(_, count)| **count == fewest).any(|(&into, _)| {
        let mut after = before_launch.clone();
        *after.entry(into).or_default() += 1;
        spread(&if successor_first { without(after) } else { after }) > 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_get_uneven_where_the_successor_comes_to_another_one() {
        let uneven = |counts: [usize; 3], zone, first| {
            uneven_after(&["a", "b", "c"].into_iter().zip(counts).collect(), zone, first)
        };
        assert!(uneven([1, 1, 1], "a", true), "it may come to b, and a is left empty");
        assert!(!uneven([1, 1, 1], "a", false), "it comes to a, which has fewer");
        assert!(!uneven([2, 1, 1], "a", true), "wherever it comes to");
        assert!(!uneven([2, 2, 1], "a", true), "c gets it");
        assert!(uneven([2, 1, 1], "b", true), "it may come to c: two, none and two");
        assert!(!uneven([2, 2, 1], "a", false));
        assert!(!uneven([5, 1, 1], "a", true), "it is uneven already");
        let one = BTreeMap::from([("a", 4)]);
        assert!(!uneven_after(&one, "a", true) && !uneven_after(&one, "a", false));
    }
}

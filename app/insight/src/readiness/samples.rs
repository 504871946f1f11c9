//! What the evidence tells of how long things took. Rows that can't be true, such as a launch that ended before it
//! began or after it was read, are left out.

use fleet::{ActivityKind, Fleet, GroupIx, Lineage, RecipeIx, ScopeIx, ServerIx, Sym, Time};
use rustc_hash::{FxHashMap, FxHashSet};

use super::measure::ENOUGH_SAMPLES;

/// How much later than the scope's own time an end may lie: the clocks of AWS's services differ by little.
const SKEW_S: i64 = 300;

/// Seconds that things of one group took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OfGroup {
    /// From launch to in service.
    pub(super) boots: Vec<u32>,
    /// From there until a server counts as settled.
    pub(super) warm_ups: Vec<u32>,
    /// From the kernel's start to cloud-init's end.
    pub(super) consoles: Vec<u32>,
    /// The warm-up of its latest refresh.
    pub(super) refresh_warm_up_s: Option<u32>,
    /// What its latest refresh kept healthy, in percent.
    pub(super) refresh_healthy: Option<u8>,
}

/// A refresh that gave its servers a warm-up.
struct Settling {
    from: Time,
    to: Time,
    warm_up_s: u32,
}

/// One launch that ended well.
struct Launch {
    boot_s: u32,
    warm_up_s: Option<u32>,
    /// Whether its server is known to run another version than its group wants now.
    is_old: bool,
}

type Key = (ScopeIx, Sym);

/// The samples of each group, in the fleet's order.
pub(super) fn of_groups(fleet: &Fleet, lineage: &Lineage) -> Vec<OfGroup> {
    let mut all = vec![OfGroup::default(); fleet.groups.len()];
    let groups: FxHashMap<Key, usize> =
        fleet.groups.iter().enumerate().map(|(ix, group)| ((group.scope, group.name), ix)).collect();
    let servers = servers_told_of(fleet);
    let consoles: FxHashMap<Key, u32> =
        fleet.boot_times.iter().map(|row| ((row.scope, row.server), row.seconds)).collect();
    for (key, seconds) in &consoles {
        let group = servers.get(key).and_then(|server| lineage.servers.get(server.at())?.group);
        if let Some(group) = group.and_then(|group: GroupIx| all.get_mut(group.at())) {
            group.consoles.push(*seconds);
        }
    }
    let settlings = settlings(fleet, &groups, &mut all);

    let mut launches: Vec<Vec<Launch>> = (0..all.len()).map(|_| Vec::new()).collect();
    for row in &fleet.activities {
        let is_done = row.kind == ActivityKind::Launch && fleet.text(row.status) == Some("Successful");
        let (true, Some(started), Some(ended)) = (is_done, row.started, row.ended) else { continue };
        let (Some(&group), Ok(boot_s)) = (groups.get(&(row.scope, row.group)), u32::try_from(ended.since_s(started)))
        else {
            continue;
        };
        if latest(fleet, row.scope).is_some_and(|latest| ended.since_s(latest) > SKEW_S) {
            continue;
        }
        let key = row.server.map(|server| (row.scope, server));
        let refreshed = settlings[group].iter().find(|it| it.from <= started && ended <= it.to);
        // Cloud-init may still be at work on a server that is in service.
        let busy = key.and_then(|key| consoles.get(&key)).map(|&up_s| up_s.saturating_sub(boot_s));
        let node = key.and_then(|key| lineage.servers.get(servers.get(&key)?.at()));
        launches[group].push(Launch {
            boot_s,
            warm_up_s: refreshed.map(|it| it.warm_up_s).max(busy),
            is_old: node.and_then(|node| node.behind_its_group) == Some(true),
        });
    }
    for (group, mut launches) in all.iter_mut().zip(launches) {
        // What a version that is on its way out took tells little of the next launch, if there is enough else.
        if launches.iter().filter(|launch| !launch.is_old).count() >= ENOUGH_SAMPLES {
            launches.retain(|launch| !launch.is_old);
        }
        group.boots = launches.iter().map(|launch| launch.boot_s).collect();
        group.warm_ups = launches.iter().filter_map(|launch| launch.warm_up_s).collect();
        group.boots.sort_unstable();
        group.warm_ups.sort_unstable();
        group.consoles.sort_unstable();
    }
    all
}

/// The servers that evidence names, which are few, by scope and id.
fn servers_told_of(fleet: &Fleet) -> FxHashMap<Key, ServerIx> {
    let named = fleet.activities.iter().filter_map(|row| Some((row.scope, row.server?)));
    let named: FxHashSet<Key> = named.chain(fleet.boot_times.iter().map(|row| (row.scope, row.server))).collect();
    if named.is_empty() {
        return FxHashMap::default();
    }
    let servers = (0..).map(ServerIx).zip(&fleet.servers).map(|(ix, row)| ((row.scope, row.id), ix));
    servers.filter(|(key, _)| named.contains(key)).collect()
}

/// When a scope was last read.
fn latest(fleet: &Fleet, scope: ScopeIx) -> Option<Time> {
    fleet.scope(scope).map(|scope| scope.evidence_at.unwrap_or(scope.pulled_at).max(scope.pulled_at))
}

/// The refreshes of each group with a warm-up, and what the latest of each was given.
fn settlings(fleet: &Fleet, groups: &FxHashMap<Key, usize>, all: &mut [OfGroup]) -> Vec<Vec<Settling>> {
    let mut settlings: Vec<Vec<Settling>> = (0..all.len()).map(|_| Vec::new()).collect();
    let mut newest: Vec<Option<Time>> = vec![None; all.len()];
    for row in &fleet.refreshes {
        let (Some(&group), Some(from)) = (groups.get(&(row.scope, row.group)), row.started) else { continue };
        let to = row.ended.or(latest(fleet, row.scope)).unwrap_or(from);
        settlings[group].extend(row.warm_up_s.filter(|_| from <= to).map(|warm_up_s| Settling { from, to, warm_up_s }));
        if newest[group].is_none_or(|newest| from > newest) {
            newest[group] = Some(from);
            all[group].refresh_warm_up_s = row.warm_up_s;
            all[group].refresh_healthy = row.min_healthy_percent;
        }
    }
    settlings
}

/// Seconds that the builds of each recipe took, in the lineage's order.
pub(super) fn of_recipes(fleet: &Fleet, lineage: &Lineage) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new(); lineage.recipes.len()];
    let builds: FxHashMap<Sym, &fleet::Build> = fleet.builds.iter().map(|build| (build.arn, build)).collect();
    for row in &fleet.build_times {
        let recipe: Option<RecipeIx> = builds.get(&row.build).and_then(|build| lineage.recipe_of_build(fleet, build));
        let is_past = latest(fleet, row.scope).is_none_or(|latest| row.ended.since_s(latest) <= SKEW_S);
        let (Some(recipe), true, Ok(seconds)) = (recipe, is_past, u32::try_from(row.ended.since_s(row.started))) else {
            continue;
        };
        all[recipe.at()].push(seconds);
    }
    all.iter_mut().for_each(|samples| samples.sort_unstable());
    all
}

//! What a large group costs: the calls of a plan and of its verification are counted, since AWS's quota for each is what
//! they wait for. Details that take a call for each server are asked of those alone that are touched.

use std::collections::BTreeMap;

use ::operate::{Action, Plan, PlanFile, RefreshChoices, World, plan, verify_plan};

use super::world::{NoJournal, SandboxTime, rules};
use super::*;

/// How many servers the group of `large.toml` has.
const SERVERS: usize = 300;
/// What one look at the group costs beside the details of its servers: who asks, the group with its hooks, its refreshes,
/// its servers a hundred a call, the health of its targets, its template, version and image; and a little room.
const ONE_LOOK: usize = 16;

fn large() -> Harbor {
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/src/operate/tests/large.toml");
    Harbor::open_scenario(spec, "blue", "2026-11-02T08:00:00Z".parse().unwrap())
}

impl Harbor {
    fn world<'a>(&'a self, time: &'a SandboxTime<'a>) -> World<'a> {
        World { calls: &self.operator, journal: &NoJournal, time }
    }

    /// The plan, and how many calls it took.
    fn planned(&self, action: Action) -> (Plan, usize) {
        let (time, before) = (SandboxTime(&self.sandbox), self.requests());
        let plan = plan(self.world(&time), &rules(&self.scope), &self.scope, action).unwrap();
        (plan, self.requests() - before)
    }

    /// How many calls it takes to verify a plan.
    fn verified(&self, plan: Plan) -> usize {
        let (time, before) = (SandboxTime(&self.sandbox), self.requests());
        verify_plan(self.world(&time), &rules(&self.scope), &PlanFile::of(plan)).unwrap();
        self.requests() - before
    }

    /// How often each call was asked.
    fn calls(&self) -> BTreeMap<String, usize> {
        let mut calls = BTreeMap::new();
        for entry in self.sandbox.trace() {
            *calls.entry(entry.what).or_default() += 1;
        }
        calls
    }
}

#[test]
fn a_server_of_a_large_group_is_planned_and_verified_by_a_few_calls() {
    let large = large();
    let servers: Vec<String> = large.group("web").members.into_iter().map(|member| member.server).collect();
    assert_eq!(servers.len(), SERVERS);
    let (plan, calls) = large.planned(Action::Replace { servers: vec![servers[0].clone()] });
    assert!(calls <= ONE_LOOK, "{calls} calls: {:?}", large.calls());
    let calls = large.verified(plan);
    assert!(calls <= ONE_LOOK, "{calls} calls: {:?}", large.calls());
    let (plan, calls) = large.planned(Action::Replace { servers: servers[..10].to_vec() });
    assert_eq!(plan.baseline.servers.len(), 10);
    assert!(calls <= ONE_LOOK + 2 * 10, "{calls} calls: {:?}", large.calls());
    let (_, calls) = large.planned(Action::Burn { group: "web".into(), seed: 7 });
    assert!(calls <= ONE_LOOK, "{calls} calls: {:?}", large.calls());
}

#[test]
fn a_roll_of_a_large_group_asks_once_for_each_server_whether_it_is_protected() {
    let large = large();
    let (plan, calls) = large.planned(Action::Roll { group: "web".into(), choices: RefreshChoices::default() });
    assert!(calls <= ONE_LOOK + SERVERS, "{calls} calls: {:?}", large.calls());
    let calls = large.verified(plan);
    assert!(calls <= ONE_LOOK + SERVERS, "{calls} calls: {:?}", large.calls());
}

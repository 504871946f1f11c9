//! The places that a server has in target groups: given to its successor by the plan, and left for nobody else.

use super::ground::{Ground, standalone};
use crate::guard::{self, Guard, Refusal, Seat};
use crate::mutation::{Arg, ExactMutation, Mutation, Output, PlannedMutation};
use crate::plan::Work;
use crate::situation::Situation;

/// The server, target group and ports that a change names.
pub(super) fn seat_of(mutation: &ExactMutation) -> Option<(&str, &str, &[u16])> {
    match mutation {
        Mutation::RegisterTargets { target_group, server, ports }
        | Mutation::DeregisterTargets { target_group, server, ports } => Some((server, target_group, ports)),
        _ => None,
    }
}

impl Ground<'_> {
    /// Whether these are places that a server of the plan has: this one, or one whose successor this one is.
    pub(super) fn is_seat(&self, server: &str, arn: &str, ports: &[u16]) -> bool {
        let is_ours = self.is_ours(server);
        let seats = self.plan.baseline.registered.iter().filter(|one| is_ours || one.server == server);
        let at: Vec<Option<u16>> = seats.filter(|one| one.target_group == arn).map(|one| one.port).collect();
        !ports.is_empty() && ports.iter().all(|port| at.contains(&Some(*port)))
    }

    /// The server whose successor the operation has launched last: the first that it ends and has not ended yet.
    pub(super) fn replaced_now(&self) -> Option<&str> {
        self.plan.steps.iter().find_map(|step| match &step.work {
            Work::Send { mutation: PlannedMutation::TerminateInstances { server: Arg::Known(id) }, .. } => {
                Some(id.as_str()).filter(|id| !self.past.has_retired(id) && self.plan.baseline.server(id).is_some())
            }
            _ => None,
        })
    }

    /// Each place that a server has is taken by its successor and then left, by steps of the plan before the one that
    /// ends it.
    pub(super) fn seats_are_given(&self, situation: &Situation, id: &str) -> Result<(), Refusal> {
        let mutations: Vec<&PlannedMutation> = self
            .plan
            .steps
            .iter()
            .filter_map(|step| match &step.work {
                Work::Send { mutation, .. } => Some(mutation),
                _ => None,
            })
            .collect();
        let ends = |mutation: &&PlannedMutation| matches!(mutation, PlannedMutation::TerminateInstances { server } if *server == id.into());
        let end = mutations.iter().position(ends).unwrap_or(mutations.len());
        let is_end = |mutation: &&PlannedMutation| matches!(mutation, PlannedMutation::TerminateInstances { .. });
        let begin = mutations[..end].iter().rposition(is_end).map_or(0, |before| before + 1);
        let before_its_end = &mutations[begin..end];
        for seat in guard::seats(situation.registered.get(id).into_iter().flatten()) {
            let is_at = |arn: &str, ports: &[u16]| {
                *arn == seat.target_group && seat.ports.iter().all(|port| ports.contains(port))
            };
            let taken = before_its_end.iter().position(|mutation| match mutation {
                PlannedMutation::RegisterTargets { target_group, server, ports } => {
                    *server == Output::Successor.into() && is_at(target_group, ports)
                }
                _ => false,
            });
            let left = before_its_end.iter().position(|mutation| match mutation {
                PlannedMutation::DeregisterTargets { target_group, server, ports } => {
                    *server == id.into() && is_at(target_group, ports)
                }
                _ => false,
            });
            let is_given = matches!((taken, left), (Some(taken), Some(left)) if taken < left);
            Guard::Registered.demand(is_given, || {
                let (name, ports) = (guard::target_group_name(&seat.target_group), guard::told_ports(&seat.ports));
                let reason = format!(
                    "{id} is registered in the target group {name} ({ports}), where its successor would not be"
                );
                (reason, "Plan again: its successor takes its place first.".to_owned())
            })?;
        }
        Ok(())
    }

    /// Whoever is to be asked runs, and in no group: that registers its servers itself.
    pub(super) fn can_serve(&self, situation: &Situation, id: &str) -> Result<(), Refusal> {
        let server = situation.servers.get(id);
        Guard::Alive.demand(server.is_some_and(|server| server.state == "running"), || {
            let is = server.map_or("not known to EC2", |server| server.state.as_str());
            (format!("{id} is {is}"), "Wait until it runs.".to_owned())
        })?;
        standalone(id, server.and_then(|server| server.group.as_ref()))
    }

    /// What leaves a place has somebody who stands in for it: the old server its successor, at each of its places, and
    /// a successor that is taken back the old one, unless nothing is asked of it anyway.
    pub(super) fn stood_in(&self, situation: &Situation, id: &str, seat: Seat) -> Result<(), Refusal> {
        if self.is_ahead {
            return Ok(());
        }
        if self.is_ours(id) {
            return guard::stands_in(situation, id, self.replaced_now(), &[seat], true);
        }
        let other = self.outputs.get(&Output::Successor).map(String::as_str);
        let mut seats = guard::seats(self.plan.baseline.registered(id));
        seats.push(seat);
        guard::stands_in(situation, id, other, &seats, false)
    }
}

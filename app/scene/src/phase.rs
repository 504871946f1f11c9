//! Where a server is in its life: coming up, there, or going down.

use fleet::{Fleet, ScopeIx, ServerState, Sym};
use rustc_hash::FxHashMap;

/// Where a server is in its life, as its tile shows it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Phase {
    /// It is there: running, or stopped and kept.
    #[default]
    Up,
    /// It comes up: pending, or on its way into its group. Its tile is not full grown.
    Starting,
    /// It goes down: shutting down, stopping, or on its way out of its group. Half of its tile is gone.
    GoingDown,
}

impl Phase {
    fn of_state(state: ServerState) -> Self {
        match state {
            ServerState::Pending => Self::Starting,
            ServerState::ShuttingDown | ServerState::Stopping => Self::GoingDown,
            ServerState::Running | ServerState::Stopped | ServerState::Other => Self::Up,
        }
    }

    /// By Auto Scaling's `LifecycleState`, which knows sooner than EC2 that a server goes and later that it has come.
    fn of_lifecycle(state: &str) -> Self {
        match state.split(':').next() {
            Some("Pending") => Self::Starting,
            Some("Terminating") => Self::GoingDown,
            _ => Self::Up,
        }
    }
}

/// The phase of each server of a fleet.
pub(crate) fn of(fleet: &Fleet) -> Vec<Phase> {
    let mut phases: Vec<Phase> = fleet.servers.iter().map(|row| Phase::of_state(row.state)).collect();
    let mut by_lifecycle: FxHashMap<Sym, Phase> = FxHashMap::default();
    let mut moving: FxHashMap<(ScopeIx, Sym), Phase> = FxHashMap::default();
    for (group, member) in fleet.groups.iter().flat_map(|group| group.members.iter().map(move |one| (group, one))) {
        let Some(lifecycle) = member.lifecycle else { continue };
        let phase = *by_lifecycle.entry(lifecycle).or_insert_with(|| Phase::of_lifecycle(fleet.str(lifecycle)));
        if phase != Phase::Up {
            moving.insert((group.scope, member.server), phase);
        }
    }
    if !moving.is_empty() {
        for (phase, row) in phases.iter_mut().zip(&fleet.servers).filter(|(phase, _)| **phase == Phase::Up) {
            *phase = moving.get(&(row.scope, row.id)).copied().unwrap_or_default();
        }
    }
    phases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_tells_more_of_its_members_than_their_state() {
        for (state, phase) in [
            ("InService", Phase::Up),
            ("Standby", Phase::Up),
            ("Warmed:Stopped", Phase::Up),
            ("Pending", Phase::Starting),
            ("Pending:Wait", Phase::Starting),
            ("Terminating:Proceed", Phase::GoingDown),
            ("", Phase::Up),
        ] {
            assert_eq!(Phase::of_lifecycle(state), phase, "{state}");
        }
    }

    #[test]
    fn a_stopped_server_is_there() {
        let phases = [ServerState::Stopped, ServerState::Pending, ServerState::ShuttingDown].map(Phase::of_state);
        assert_eq!(phases, [Phase::Up, Phase::Starting, Phase::GoingDown]);
    }
}

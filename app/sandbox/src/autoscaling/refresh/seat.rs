//! Where a refresh is, to get at it in the world.

use jiff::Timestamp;

use super::roster::Roster;
use crate::world::{World, group::Group, refresh::Refresh};

/// Where a refresh is, and when it is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    /// The scope's slot.
    pub(super) scope: usize,
    /// The group's slot.
    pub(super) group: u32,
    /// The refresh's id.
    pub(super) id: u64,
    pub(super) now: Timestamp,
}

impl Seat {
    pub(super) fn group(self, world: &World) -> &Group {
        &world.scope_at(self.scope).groups[self.group as usize]
    }

    pub(super) fn group_mut(self, world: &mut World) -> &mut Group {
        &mut world.scope_at_mut(self.scope).groups[self.group as usize]
    }

    /// The refresh, as long as it is active.
    pub(super) fn refresh(self, world: &World) -> Option<&Refresh> {
        self.group(world).refreshes.iter().find(|refresh| refresh.id == self.id && refresh.status.is_active())
    }

    /// Changes the refresh.
    pub(super) fn change(self, world: &mut World, change: impl FnOnce(&mut Refresh)) {
        let refreshes = &mut self.group_mut(world).refreshes;
        if let Some(refresh) = refreshes.iter_mut().find(|refresh| refresh.id == self.id) {
            change(refresh);
        }
    }

    /// The group as the refresh sees it, as long as it is active.
    pub(super) fn roster(self, world: &World) -> Option<Roster<'_>> {
        Some(Roster::new(world, self.scope, self.group, self.refresh(world)?, self.now))
    }
}

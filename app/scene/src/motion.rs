//! What came and went from one scene to the next, for a short movement that shows where to look.

use epaint::Rect;
use fleet::{Fleet, FleetDelta, ServerIx};

use crate::card::Place;
use crate::scene::Scene;

/// The most that moves at once: where more changes, movement shows nothing that the tiles do not.
const MOST: usize = 24;

/// What came and went from one scene to the next. Good for the later scene.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Motion {
    /// Servers that were not there before.
    born: Vec<ServerIx>,
    /// Where the tiles of servers were that are gone, in the world.
    gone: Vec<Rect>,
}

impl Motion {
    /// What came and went. The later fleet goes on from the earlier one ([`fleet::FleetBuilder::resume`]).
    #[must_use]
    pub fn between(before: (&Fleet, &Scene), after: (&Fleet, &Scene)) -> Self {
        let delta = FleetDelta::between(before.0, after.0);
        let born = delta.born.into_iter().filter(|&ix| after.1.tile(ix).is_some());
        let gone = delta.gone.into_iter().filter_map(|ix| before.1.rect_of(Place::Server(ix)));
        Self { born: born.take(MOST).collect(), gone: gone.take(MOST).collect() }
    }

    /// Whether nothing moves.
    #[must_use]
    pub fn is_still(&self) -> bool {
        self.born.is_empty() && self.gone.is_empty()
    }

    /// The servers that were not there before.
    #[must_use]
    pub fn born(&self) -> &[ServerIx] {
        &self.born
    }

    /// Where the tiles of servers were that are gone, in the world.
    #[must_use]
    pub fn gone(&self) -> &[Rect] {
        &self.gone
    }
}

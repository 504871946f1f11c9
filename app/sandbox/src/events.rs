//! What will happen, and when: one queue for the whole world, ordered by time and, where times are the same, by chance
//! that follows from the seed.

use std::{cmp::Reverse, collections::BinaryHeap};

use jiff::{SignedDuration, Timestamp};

use crate::{
    autoscaling, ec2, imagebuilder, story,
    world::{World, id},
};

/// Something that will happen by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// The server in this slot of the scope takes the next step of its life.
    Server { scope: usize, server: u32, step: ec2::lifecycle::Step },
    /// The group in this slot of the scope takes a step of its life.
    Group { scope: usize, group: u32, step: autoscaling::life::Step },
    /// The refresh with this id, of the group in this slot of the scope, goes on.
    Refresh { scope: usize, group: u32, id: u64 },
    /// The build in this slot of the scope takes its next step.
    Build { scope: usize, build: u32, step: imagebuilder::bake::Step },
    /// The pipeline of the recipe in this slot of the scope runs by its schedule.
    Pipeline { scope: usize, recipe: u32 },
    /// Somebody does this deed of the scenario's story.
    Story { deed: usize },
    /// The image in this slot is made.
    Image { image: u32 },
    /// The replacement of a root volume in this slot of the scope goes on.
    RootReplacement { scope: usize, task: u32, step: ec2::root_replacement::Step },
}

impl Event {
    /// Lets it happen. Whether it is worth a line in the trace: most looks of groups at themselves find nothing to do.
    fn happen(self, world: &mut World, now: Timestamp) -> bool {
        match self {
            Event::Image { image } => ec2::images::make::happen(world, image),
            Event::RootReplacement { scope, task, step } => {
                ec2::root_replacement::happen(world, scope, task, step, now);
            }
            Event::Server { scope, server, step } => ec2::lifecycle::happen(world, scope, server, step, now),
            Event::Group { scope, group, step } => return autoscaling::life::happen(world, scope, group, step, now),
            Event::Refresh { scope, group, id } => {
                return autoscaling::refresh::happen(world, scope, group, id, now);
            }
            Event::Build { scope, build, step } => imagebuilder::bake::happen(world, scope, build, step),
            Event::Pipeline { scope, recipe } => imagebuilder::bake::run_pipeline(world, scope, recipe, now),
            Event::Story { deed } => story::happen(world, deed, now),
        }
        true
    }

    /// It in a line of the trace.
    fn tell(&self, world: &World) -> String {
        match self {
            Event::Image { image } => format!("{} Made", id::show("ami", world.images[*image as usize].id)),
            Event::RootReplacement { scope, task, step } => ec2::root_replacement::tell(world, *scope, *task, *step),
            Event::Server { scope, server, step } => {
                let id = world.scope_at(*scope).servers[*server as usize].id;
                format!("{} {step:?}", id::show("i", id))
            }
            Event::Group { scope, group, step } => {
                let place = world.scope_at(*scope);
                let known = |server: u32| id::show("i", place.servers[server as usize].id);
                format!("{} {}", place.groups[*group as usize].name, step.tell(known))
            }
            Event::Refresh { scope, group, id } => autoscaling::refresh::tell(world, *scope, *group, *id),
            Event::Build { scope, build, step } => imagebuilder::bake::tell(world, *scope, *build, *step),
            Event::Pipeline { scope, recipe } => imagebuilder::bake::tell_pipeline(world, *scope, *recipe),
            Event::Story { deed } => story::tell(world, *deed),
        }
    }
}

/// One event in the queue.
#[derive(Debug, Clone)]
struct Due {
    at: Timestamp,
    /// Orders what is due at the same instant.
    tie: u64,
    event: Event,
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        (self.at, self.tie) == (other.at, other.tie)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Due) -> std::cmp::Ordering {
        (self.at, self.tie).cmp(&(other.at, other.tie))
    }
}

/// The events to come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queue {
    due: BinaryHeap<Reverse<Due>>,
    /// How many were ever put in.
    count: u64,
}

impl Queue {
    /// When the next event is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.due.peek().map(|Reverse(due)| due.at)
    }
}

impl World {
    /// Lets `event` happen at `at`; at once, if that has passed.
    pub(crate) fn schedule(&mut self, at: Timestamp, event: Event) {
        let tie = id::mix(self.seed.0 ^ self.queue.count);
        self.queue.count += 1;
        self.queue.due.push(Reverse(Due { at, tie, event }));
    }

    /// Lets `event` happen `after` this many seconds from `now`.
    pub(crate) fn schedule_in(&mut self, now: Timestamp, after_s: u32, event: Event) {
        self.schedule(later(now, after_s), event);
    }

    /// Lets everything happen that is due by `until`, in order, each at its own time. `told` hears of each that is
    /// worth it.
    pub(crate) fn settle(&mut self, until: Timestamp, mut told: impl FnMut(Timestamp, String)) {
        while self.queue.next().is_some_and(|at| at <= until) {
            if let Some(Reverse(due)) = self.queue.due.pop()
                && due.event.clone().happen(self, due.at)
            {
                told(due.at, due.event.tell(self));
            }
        }
    }
}

/// So many seconds after `at`.
pub(crate) fn later(at: Timestamp, seconds: u32) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(i64::from(seconds))).unwrap_or(Timestamp::MAX)
}

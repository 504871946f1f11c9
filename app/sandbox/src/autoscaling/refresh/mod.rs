//! Instance refreshes: a group's servers are updated one after another, as preferences, health and people allow.

mod calls;
mod course;
mod describe;
mod plan;
mod preferences;
mod replace;
mod roots;
mod roster;
mod seat;
mod wanted;

pub(super) use calls::{cancel, check_update, roll_back, start};
pub(crate) use course::{begin_all, happen, tell};
pub(super) use describe::describe;

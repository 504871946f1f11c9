//! What holds of findings, over fleets built row by row.

#![expect(clippy::unwrap_used, reason = "a test")]

mod bakes;
mod behind;
mod calendar;
mod clocks;
mod code_owners;
mod drift;
mod groups;
mod hostile;
mod lifetimes;
mod readiness;
mod selection;
mod snowflakes;
mod stories;
mod waivers;
mod world;

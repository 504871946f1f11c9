//! The sandbox as a client sees it: requests in, answers out.
#![expect(clippy::unwrap_used, reason = "a test")]

mod ages;
mod ask;
mod auto_scaling;
mod bakes;
mod control;
mod day;
mod drift;
mod faults;
mod group_calls;
mod group_hostile;
mod group_life;
mod group_properties;
mod harbor;
mod hostile;
mod identity;
mod image_making;
mod images;
mod late_volumes;
mod life;
mod needs;
mod opening;
mod paging;
mod protocols;
mod refresh;
mod root_replacement;
mod running;
mod serving;
mod sessions;
mod tagging;
mod target_health;
mod templates;
mod trail;

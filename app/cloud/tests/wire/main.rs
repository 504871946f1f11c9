//! Pulls against answers written by hand in AWS's own formats.
#![expect(clippy::unwrap_used, reason = "a test")]

mod fake;
mod images;
mod kinds;
mod paging;
mod resources;
mod settings;
mod sign_in;
mod zones;

//! Widgets: what several panels draw alike. Each takes what it shows and returns its response; none knows the app.

mod badge;
mod button;
mod chip;
mod icon;
mod keycap;
mod label;
mod mark;
mod meter;
mod segments;

pub use badge::{Tone, badge};
pub use button::{Weight, button, focus_ring, icon_button, icon_button_sized, link};
pub use chip::{Chip, chip, chip_width};
pub use icon::Icon;
pub use keycap::keycap;
pub use label::{fitted, fitted_scaled, label, line, paint_line, section};
pub use mark::{mark, mark_icon};
pub use meter::{Meter, meter};
pub use segments::{Segment, segments};

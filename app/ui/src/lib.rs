//! The window: what a session publishes, drawn with egui, and what the user asks, sent back as requests. Panels read a
//! [`Model`] and push [`Command`]s; one place carries those out. The look comes from one [`theme`], and the picture of
//! the lineage from the room `scene`; here it is given its fonts, its pointer and its keyboard.
//!
//! Invariants
//! - The window's thread does no I/O and never waits; it drains the session's events for at most 2 ms a frame.
//! - At rest nothing is drawn: no blinking, no spinning, and words that age are drawn again only when they change.
//! - Panels change no state: they push commands.
//! - Colours are named in [`theme`] alone, and no text is smaller than 11 points.
//! - Everything that can be clicked has a name for a screen reader and can be reached with the keyboard.

mod acting;
mod app;
mod aws_link;
mod command;
mod drawing;
mod events;
mod files;
mod fuzzy;
mod handle;
mod model;
mod naming;
mod panel;
mod profiles;
mod saved;
mod selection;
pub mod theme;
pub mod widget;
mod window;
mod words;

pub use app::App;
pub use command::{Command, Step};
pub use drawing::{Drawing, Through};
pub use model::{Mode, Model, Overlay, Pull};
pub use selection::{Key, Selection};
pub use window::{WindowError, WindowOptions, run};

//! The picture of the lineage, without a widget: five columns from base image to group, each server one square tile
//! in its group's card. It lays the fleet out, chooses how much detail a zoom can carry, and gives a mesh and text
//! runs for one frame, answers for what lies under the pointer, and writes the same picture as SVG. Whoever draws
//! brings the camera, the colours and the fonts.
//!
//! Invariants
//! - Pure: equal fleets, findings and options give equal scenes, to the last coordinate.
//! - World coordinates are points on a 4-point grid, y down; no two cards overlap.
//! - A frame holds at most [`MAX_QUADS`] quads and [`MAX_TEXTS`] text runs, whatever the fleet, and no text under
//!   [`MIN_TEXT_PX`].
//! - A scene speaks of servers by [`fleet::ServerIx`]: it is good for the fleet that it was made from and no other.

mod camera;
mod card;
mod class_graph;
mod classes;
mod colouring;
mod draw;
mod frame;
mod hit;
mod kept;
mod labels;
mod layout;
mod light;
mod motion;
mod palette;
mod phase;
mod ports;
mod scene;
mod svg;
mod tiles;

pub use camera::Camera;
pub use card::{Card, CardIx, CardOf, Column, ColumnKind, Edge, Flags, Place, SceneOptions, Tile, TileField};
pub use class_graph::{ClassGraph, Layout};
pub use colouring::{Colouring, Form, Standing};
pub use draw::{HEADING_H, NOT_GROWN};
pub use frame::{Align, Detail, Emphasis, Font, Frame, FrameInput, Level, MAX_QUADS, MAX_TEXTS, MIN_TEXT_PX, TextRun};
pub use hit::Direction;
pub use kept::{Edition, KeptMesh};
pub use light::Lighting;
pub use motion::Motion;
pub use palette::{Palette, Shade};
pub use phase::Phase;
pub use scene::Scene;

//! Bake and fry of a fleet: each text of user data is read once ([`BakeReader`]), and what was found in it speaks for
//! every template version, group and server that boots with it ([`Bakes`]).

mod reader;
mod standing;

pub use reader::BakeReader;
pub use standing::{BakeStanding, BakeTold, BakeUnknown, Bakes, Whose};

//! The fleet: what one pull read, as compact rows; the lineage drawn from it; the language that selects from it.
//!
//! A [`Fleet`] holds the resources of one pull over one or more scopes together with what could not be read (its
//! gaps). [`Lineage`] turns it into a graph in which every edge carries its evidence. [`query`] parses and answers
//! the filter language that the window, the command line and the policy file share.
//!
//! Invariants
//! - No async, no clock: the only time known here is what AWS reported. No I/O but for the `.fleet` file that the
//!   caller names.
//! - Unknown is `None`, never zero and never an empty string; what could not be read is a [`Gap`].
//! - Every string from AWS passes [`Symbols::intern`], which strips control, bidi and escape characters.
//! - A row holds symbols, not strings, and refers to other resources by id, since the other end may be missing.
//! - The bytes of user data are in memory alone: no file and no debug print has them.

mod bake;
mod by_id;
mod call;
mod delta;
mod duration;
mod earlier;
mod evidence;
mod file;
mod interned;
mod lineage;
mod owner;
pub mod query;
mod resources;
mod rows;
mod settings;
mod symbol;
mod text;
mod time;
mod user_data;

pub use bake::{Bake, BakeFinding, BakeSeverity, BakeVerdict};
pub use by_id::ServersById;
pub use call::Call;
pub use delta::FleetDelta;
pub use duration::{DurationError, WrittenDuration, parse_duration};
pub use earlier::Earlier;
pub use evidence::{
    Activity, ActivityKind, Attributes, BootTime, BuildTime, Change, ChangeKind, LateVolume, Login, LoginKind, Managed,
    Refresh,
};
pub use file::{FileError, VERSION};
pub use interned::{Handle, Interned};
pub use lineage::*;
pub use owner::{OwnerTags, owner_of_group, owner_of_server};
pub use resources::*;
pub use rows::{Fleet, FleetBuilder};
pub use settings::{Device, MetadataOptions, Setting, Settings, profile_name};
pub use symbol::{Sym, SymList, Symbols, TagSet};
pub use text::clean;
pub use time::Time;
pub use user_data::UserData;

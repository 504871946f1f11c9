//! The running app without its window: which source is open, when it is pulled, and the view that is drawn from it.
//! The window and the headless commands read a fleet through the same functions here, so what one shows the other
//! prints. A [`Session`] owns the threads: two tokio workers for I/O and one thread that derives.
//!
//! Invariants
//! - The window's thread never waits: it sends a [`Request`] and drains [`Event`]s from one bounded channel.
//! - A [`View`] is whole and never changes; a newer one replaces it, and of two derivations the later request wins.
//! - The last good view stays until a better one is there: a failed pull takes nothing away.
//! - While an operation works, only what it touches is read again; what can't be stays as it was.
//! - No source is opened that was not asked for, and no policy is guessed: a bad policy file opens nothing.

mod act_desk;
mod acting;
mod baker;
mod bakery;
mod derive;
mod event;
mod kept;
mod load;
mod operating;
mod policy_file;
mod rereads;
mod session;
mod source;
mod target;
mod touched;
mod view;

pub use acting::{Act, Acting, PlanSheet, RefusedAction};
pub use baker::{Baker, recipe_for_group, recipe_of_group};
pub use cloud::{AccessError, CallState, Cancel, ProfileInfo, Progress};
pub use derive::{Derived, Filtered, ShownUserData, derive};
pub use event::{Event, Failure, Request};
pub use kept::KeptPulls;
pub use load::{OpenError, OpenSandbox, Opened, Pulled, open, profiles};
pub use operating::{Operating, OperatingError, SystemTime, Told, journal_folder};
pub use policy_file::{LoadPolicyError, PolicyFile};
pub use session::{Session, Setup};
pub use source::{AwsSource, Source, SourceKind};
pub use target::{Target, TargetError, TargetKind, find_target};
pub use view::View;

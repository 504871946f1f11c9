//! Reads the fleet through the AWS SDK: profiles and regions become scopes, and each scope's calls become rows.
//!
//! [`Access`] says where calls go and with whose credentials: the user's own profiles and AWS's endpoints, or an AWS in
//! this process that answers signed HTTP requests. [`pull`] reads every scope at once within each API's share of the
//! account's quota, and what it can't read becomes a [`fleet::Gap`] with the permission that is missing while the rest
//! goes on.
//!
//! Invariants
//! - The one room that names `aws_sdk_*`; none of their types is public.
//! - Only reading calls are made here, and none with an empty list of ids, which AWS would take for 'all of them'.
//! - An endpoint that the environment or a profile configures is never followed by itself: it is asked for or ignored.
//! - Credentials are the user's own and stay with the SDK; no instance metadata unless asked, TLS verified always.
//! - A pull fails only where nothing at all can be read. Rows read before a failure or a cancellation are kept.
//! - User data is not kept.

mod access;
mod cancel;
mod endpoint;
mod failure;
mod groups;
mod images;
mod pace;
mod profile;
mod progress;
mod pull;
mod reader;
mod recipes;
mod retry;
mod roots;
mod servers;
mod templates;
mod wire;

pub use access::{Access, AccessError, AccessLabel, Answer, AwsOptions, Login};
pub use cancel::Cancel;
pub use endpoint::Endpoint;
pub use profile::{ProfileInfo, ProfileKind, profiles};
pub use progress::{CallState, Place, Progress};
pub use pull::{PullError, SignInFailure, pull};

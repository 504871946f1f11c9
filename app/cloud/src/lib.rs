//! Reads and changes the fleet through the AWS SDK: profiles and regions become scopes, and each scope's calls become rows.
//!
//! [`Access`] says where calls go and with whose credentials: the user's own profiles and AWS's endpoints, or an AWS in
//! this process that answers signed HTTP requests. [`pull`] reads every scope at once within each API's share of the
//! account's quota, and what it can't read becomes a [`fleet::Gap`] with the permission that is missing while the rest
//! goes on. [`pull_with_evidence`] reads what happened to servers too, as a second stage; [`reread`] reads a few things
//! again into what was pulled. [`Operator`] is what operations see of AWS: it reads a few things freshly, and sends each
//! change once.
//!
//! Invariants
//! - The one room that names `aws_sdk_*`; none of their types is public.
//! - A pull makes only reading calls, and no reading call has an empty list of ids, which AWS would take for 'all of
//!   them'.
//! - A change is sent for a [`::operate::Sending`] alone, once, and never tried again. Only an answer of AWS that proves
//!   it, or a request that never left, counts as refused.
//! - An endpoint that the environment or a profile configures is never followed by itself: it is asked for or ignored.
//! - Credentials are the user's own and stay with the SDK; no instance metadata unless asked, TLS verified always.
//! - A pull fails only where nothing at all can be read. Rows read before a failure or a cancellation are kept.
//! - User data that a pull reads goes into the fleet's memory; what an operation launches with leaves this room for AWS
//!   alone.

mod access;
pub mod answers;
mod api_call;
mod cancel;
mod endpoint;
mod evidence;
mod failure;
mod groups;
mod images;
mod narrowing;
mod operate;
mod pace;
mod paging;
mod profile;
mod progress;
mod pull;
mod reader;
mod recipes;
mod reread;
mod retry;
mod roots;
mod servers;
mod settings;
mod templates;
mod wire;
mod zones;

pub use access::{Access, AccessError, AccessLabel, Answer, AwsOptions, Login};
pub use cancel::Cancel;
pub use endpoint::Endpoint;
pub use operate::{Environment, Operator};
pub use profile::{ProfileInfo, ProfileKind, profiles};
pub use progress::{CallState, Place, Progress};
pub use pull::{PullError, SignInFailure, pull, pull_with_evidence};
pub use reread::{Reread, Touched, reread};

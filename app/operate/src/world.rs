//! What an operation needs of the world: the calls it makes, the journal it keeps, and time. All three block; an
//! operation has a thread of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::endpoint::Endpoint;
use crate::entry::{Entry, EntryRecord};
use crate::facts::{
    BuildFacts, Caller, ConfigurationFacts, Detail, GroupFacts, ImageFacts, PipelineFacts, RefreshFacts,
    RegistrationFacts, RootTaskFacts, ServerFacts, TargetFacts, TemplateFacts, VersionFacts,
};
use crate::guard::Refusal;
use crate::mutation::{ExactMutation, Output};
use crate::scope::Scope;

/// Why a reading failed. What it would have told is unknown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[error("{said}. {next}")]
#[serde(deny_unknown_fields)]
pub struct ReadError {
    /// What kind of failure it was.
    pub kind: ReadErrorKind,
    /// The IAM action that is missing, where that is why: `autoscaling:DescribeAutoScalingGroups`.
    pub action: Option<String>,
    /// What failed and why, without a full stop.
    pub said: String,
    /// The next thing to do, in sentences.
    pub next: String,
}

/// What kind of failure a reading met.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadErrorKind {
    /// A permission is missing.
    Denied,
    /// The sign-in has expired.
    Expired,
    /// AWS kept throttling, or gave no answer, or one that can't be read: later it may work.
    Passing,
    /// Anything else.
    Other,
}

/// A client token: what AWS knows a changing call by, where the call has one. At most 36 characters, letters, digits
/// and hyphens (the shortest limit of the APIs that we call, Image Builder's).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Token(pub String);

/// What a changing call gave.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// What it made.
    pub made: BTreeMap<Output, String>,
}

/// What became of a changing call, as far as its answer tells.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Sent {
    /// AWS took it.
    Accepted {
        /// AWS's id of the request.
        request_id: Option<String>,
        /// What it made.
        receipt: Receipt,
    },
    /// AWS refused: nothing was changed.
    Refused {
        /// AWS's error code.
        code: String,
        /// What it said, and the next thing to do.
        message: String,
        /// The IAM action that is missing, where that is why.
        action: Option<String>,
        /// AWS's id of the request.
        request_id: Option<String>,
    },
    /// No answer that tells: it may have happened or not. A timeout, a connection that broke, an HTTP 5xx, an answer
    /// that can't be read.
    Unknown {
        /// What was seen instead of an answer.
        why: String,
    },
}

impl Sent {
    /// The code of a refusal that is ours: the request never left this machine.
    pub const NOT_SENT: &str = "NotSent";
}

/// What EC2 says to a `DryRun`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DryRun {
    /// It would do it (`DryRunOperation`).
    Would,
    /// It would refuse.
    Refused {
        /// AWS's error code.
        code: String,
        /// What it said, and the next thing to do.
        message: String,
        /// The IAM action that is missing, where that is why.
        action: Option<String>,
    },
    /// No answer that tells.
    Unknown {
        /// What was seen instead.
        why: String,
    },
}

/// A changing call on its way: made by the executor alone, out of a verified step that was written down.
pub struct Sending<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) mutation: &'a ExactMutation,
    pub(crate) token: &'a Token,
    pub(crate) last_word: &'a (dyn Fn() -> Result<(), Refusal> + Sync),
}

impl Sending<'_> {
    /// Where to.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        self.scope
    }

    /// What.
    #[must_use]
    pub fn mutation(&self) -> &ExactMutation {
        self.mutation
    }

    /// What stands against it since it was handed over: then it does not go out. To be asked once nothing else has to be
    /// waited for, neither a turn in a quota nor a last reading.
    ///
    /// # Errors
    /// [`crate::Guard::KillSwitch`], and [`crate::Guard::Fresh`] where the disk or the machine slept meanwhile.
    pub fn last_word(&self) -> Result<(), Refusal> {
        (self.last_word)()
    }

    /// Its idempotency token, for the calls that take one.
    #[must_use]
    pub fn token(&self) -> &Token {
        self.token
    }
}

/// The result of a reading.
pub type Read<T> = Result<T, ReadError>;

/// The calls that operations make. Each blocks until it is answered or given up; reading calls may be tried again
/// within, changing calls never are.
pub trait Calls: Send + Sync {
    /// Which AWS answers them.
    fn endpoint(&self) -> Endpoint;

    /// `sts:GetCallerIdentity`.
    ///
    /// # Errors
    /// [`ReadError`], as for all readings here.
    fn caller(&self, scope: &Scope) -> Read<Caller>;

    /// The servers with these ids, terminated ones that AWS still knows included; one that it does not know is left
    /// out. No ids, no call.
    ///
    /// # Errors
    /// [`ReadError`].
    fn servers(&self, scope: &Scope, ids: &[String], detail: Detail) -> Read<Vec<ServerFacts>>;

    /// Ids of the servers that were launched with this token (filter `client-token`), terminated ones included.
    ///
    /// # Errors
    /// [`ReadError`].
    fn launched_with(&self, scope: &Scope, token: &Token) -> Read<Vec<String>>;

    /// The group with this name.
    ///
    /// # Errors
    /// [`ReadError`].
    fn group(&self, scope: &Scope, name: &str) -> Read<Option<GroupFacts>>;

    /// The health of every target of these target groups. No target groups, no call.
    ///
    /// # Errors
    /// [`ReadError`].
    fn targets(&self, scope: &Scope, target_groups: &[String]) -> Read<Vec<TargetFacts>>;

    /// The target groups in which these servers are registered, by id or by a private address, whichever target group of
    /// the region it is. No API tells that of a server: each target group is asked. No servers, no call.
    ///
    /// # Errors
    /// [`ReadError`].
    fn registered(&self, scope: &Scope, servers: &[ServerFacts]) -> Read<Vec<RegistrationFacts>>;

    /// The latest instance refreshes of a group, newest first, the active one among them.
    ///
    /// # Errors
    /// [`ReadError`].
    fn refreshes(&self, scope: &Scope, group: &str) -> Read<Vec<RefreshFacts>>;

    /// A launch template by id.
    ///
    /// # Errors
    /// [`ReadError`].
    fn template(&self, scope: &Scope, id: &str) -> Read<Option<TemplateFacts>>;

    /// The launch configuration with this name.
    ///
    /// # Errors
    /// [`ReadError`].
    fn launch_configuration(&self, scope: &Scope, name: &str) -> Read<Option<ConfigurationFacts>>;

    /// Versions of a template, newest first: the one that `version` (`$Latest`, `$Default`, a number) stands for, or
    /// all of them with `None`.
    ///
    /// # Errors
    /// [`ReadError`].
    fn template_versions(&self, scope: &Scope, id: &str, version: Option<&str>) -> Read<Vec<VersionFacts>>;

    /// SHA-256, in hexadecimal digits, of what `ec2:GetLaunchTemplateData` says of a server.
    ///
    /// # Errors
    /// [`ReadError`].
    fn launch_data_sha256(&self, scope: &Scope, server: &str) -> Read<String>;

    /// The image with this id.
    ///
    /// # Errors
    /// [`ReadError`].
    fn image(&self, scope: &Scope, id: &str) -> Read<Option<ImageFacts>>;

    /// The account's own image with exactly this name.
    ///
    /// # Errors
    /// [`ReadError`].
    fn image_named(&self, scope: &Scope, name: &str) -> Read<Option<ImageFacts>>;

    /// The root volume replacements of these servers. No servers, no call.
    ///
    /// # Errors
    /// [`ReadError`].
    fn root_tasks(&self, scope: &Scope, servers: &[String]) -> Read<Vec<RootTaskFacts>>;

    /// The pipelines that build a recipe: `recipe` is its ARN without the version.
    ///
    /// # Errors
    /// [`ReadError`].
    fn pipelines(&self, scope: &Scope, recipe: &str) -> Read<Vec<PipelineFacts>>;

    /// The pipeline with this ARN.
    ///
    /// # Errors
    /// [`ReadError`].
    fn pipeline(&self, scope: &Scope, arn: &str) -> Read<Option<PipelineFacts>>;

    /// The builds of a pipeline, newest first, without their images.
    ///
    /// # Errors
    /// [`ReadError`].
    fn builds(&self, scope: &Scope, pipeline: &str) -> Read<Vec<BuildFacts>>;

    /// The build with this ARN.
    ///
    /// # Errors
    /// [`ReadError`].
    fn build(&self, scope: &Scope, arn: &str) -> Read<Option<BuildFacts>>;

    /// AWS's clock at the latest answer of this scope, by its `Date` header; `None` where no answer has told. What AWS
    /// dates is compared with AWS's clock, and never with this machine's.
    fn told_at(&self, _scope: &Scope) -> Option<Timestamp> {
        None
    }

    /// Asks EC2 whether it would do it (`DryRun`). Only for what [`crate::Mutation::has_dry_run`].
    fn dry_run(&self, scope: &Scope, mutation: &ExactMutation) -> DryRun;

    /// Sends a change, once.
    fn send(&self, sending: &Sending<'_>) -> Sent;
}

/// What an operation is called in journal, audit and command line: `op-` and 12 lower-case letters or digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct OperationId(pub String);

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why the journal can't be written or read. Without a journal nothing is done.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JournalError {
    /// It can't be opened, read or written.
    #[error("the journal {path} can't be used, and nothing is done without it: {reason}")]
    Unusable {
        /// Where it is.
        path: String,
        /// Why, and the next thing to do: `the disk is full. Free some space there`.
        reason: String,
    },
    /// Another Emberline works on this operation.
    #[error("another Emberline{} works on {operation} at this moment. Go on there, or close it first", called(*.process))]
    Locked {
        /// The operation.
        operation: OperationId,
        /// The process, by its number on this machine; `None` where the system does not let us see it.
        process: Option<u32>,
    },
    /// An operation that has not ended holds one of the targets.
    #[error(
        "{target} belongs to the operation {holder}, which has not ended. See `emberline operations show {holder}`"
    )]
    Held {
        /// The target: `ACCOUNT/REGION/NAME`.
        target: String,
        /// Who holds it.
        holder: OperationId,
    },
    /// The name of an operation can't be used twice.
    #[error("there is an operation {operation} already. See `emberline operations show {operation}`")]
    Begun {
        /// The name.
        operation: OperationId,
    },
    /// What an operation holds is given free by its end alone.
    #[error("{operation} has not ended, so its targets stay held. See `emberline operations show {operation}`")]
    NotEnded {
        /// The operation.
        operation: OperationId,
    },
    /// There is no such operation.
    #[error("there is no operation {operation}. See `emberline operations list`")]
    NoSuch {
        /// The name that was given.
        operation: OperationId,
    },
    /// The chain of hashes is broken: somebody changed what was written.
    #[error("the journal was changed at entry {sequence}: its hash does not follow from what is before it")]
    Tampered {
        /// The first entry that does not fit.
        sequence: u64,
    },
}

fn called(process: Option<u32>) -> String {
    process.map_or_else(String::new, |number| format!(" (process {number})"))
}

/// The right to work on one operation, held against every other process while this lives. The operating system takes it
/// back from a process that dies, however it dies.
pub trait Locked: Send {}

/// The one log of everything that was asked, refused, sent and seen: append-only, each entry chained to the one before
/// by its hash, on disk before [`Journal::append`] returns.
///
/// An operation exists once something of it is written. What was begun and then left without an entry has sent nothing:
/// it is in no list, and what it held is free as soon as nobody works on it any more.
pub trait Journal: Send + Sync {
    /// Writes an entry; `None` stands for what belongs to no operation. [`Entry::Ended`] gives the targets of its
    /// operation free in the same write.
    ///
    /// # Errors
    /// Where it is not certain to be on disk; then nothing may be done. It may still be found there later: a change
    /// that was never sent then looks like one whose answer was lost.
    fn append(&self, operation: Option<&OperationId>, at: Timestamp, entry: &Entry) -> Result<(), JournalError>;

    /// Takes hold of a new operation and of its targets (`ACCOUNT/REGION/NAME`, until it has ended), before anything of
    /// it is written. All targets or none.
    ///
    /// # Errors
    /// [`JournalError::Held`] where an open operation has one of them, [`JournalError::Locked`],
    /// [`JournalError::Begun`] where there is one of this name.
    fn begin(&self, operation: &OperationId, targets: &[String]) -> Result<Box<dyn Locked>, JournalError>;

    /// Takes hold of an operation that was begun before, after a look at the whole journal: nobody goes on from a
    /// broken one.
    ///
    /// # Errors
    /// [`JournalError::Locked`], [`JournalError::NoSuch`], [`JournalError::Tampered`].
    fn lock(&self, operation: &OperationId) -> Result<Box<dyn Locked>, JournalError>;

    /// Gives the targets free of an operation that ended or of which nothing was written.
    ///
    /// # Errors
    /// [`JournalError::NotEnded`], or where that can't be written.
    fn release(&self, operation: &OperationId) -> Result<(), JournalError>;

    /// What was written of an operation, oldest first.
    ///
    /// # Errors
    /// [`JournalError::NoSuch`], [`JournalError::Tampered`], or where it can't be read.
    fn entries(&self, operation: &OperationId) -> Result<Vec<EntryRecord>, JournalError>;

    /// All operations, newest first.
    ///
    /// # Errors
    /// Where they can't be read.
    fn operations(&self) -> Result<Vec<OperationId>, JournalError>;

    /// The operation that holds this target (`ACCOUNT/REGION/NAME`) and has not ended.
    ///
    /// # Errors
    /// Where it can't be read.
    fn holder(&self, target: &str) -> Result<Option<OperationId>, JournalError>;
}

/// The three together, as they are handed down.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The calls.
    pub calls: &'a dyn Calls,
    /// The journal.
    pub journal: &'a dyn Journal,
    /// Time.
    pub time: &'a dyn Time,
}

/// Clock, sleep and chance.
pub trait Time: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits.
    fn sleep(&self, duration: Duration);

    /// 64 random bits, from the operating system where it matters.
    fn random(&self) -> u64;
}

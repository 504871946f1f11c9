//! What operations see of AWS: fresh readings of a few things, and changes that are sent once.
//!
//! A reading may be tried again within; it is whole or a [`ReadError`]. A change goes out through clients that never
//! try again, and what its answer proves is told apart in `answers`.

mod answers;
mod builds;
mod changes;
mod elements;
mod environment;
mod groups;
mod images;
mod launch_data;
mod line;
mod servers;
mod targets;
mod told;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use ::operate::{
    BuildFacts, Caller, Calls, ConfigurationFacts, Detail, DryRun, ExactMutation, GroupFacts, ImageFacts,
    PipelineFacts, Read, ReadError, ReadErrorKind, RefreshFacts, RegistrationFacts, RootTaskFacts, Scope, Sending,
    Sent, ServerFacts, TargetFacts, TemplateFacts, Token, VersionFacts,
};
use fleet::GapKind;
use jiff::Timestamp;
use tokio::runtime::Handle;

pub use self::environment::Environment;
use self::line::Line;
use self::told::{needed, text};
use crate::access::Access;
use crate::api_call::ApiCall;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::pace::Pace;
use crate::pull::needs_mfa;

const CALLER: ApiCall = ApiCall::new("sts:GetCallerIdentity");

/// What a line belongs to: profile, account and region.
type Place = (Option<String>, String, String);

/// AWS as operations see it: the real [`Calls`].
pub struct Operator {
    access: Access,
    runtime: Handle,
    pace: Arc<Pace>,
    lines: Mutex<HashMap<Place, Arc<Line>>>,
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator").field("access", &self.access).finish_non_exhaustive()
    }
}

impl Operator {
    /// Calls go through `access` and on `runtime`, a multi-threaded one with its I/O and time. The calls block, and
    /// panic on a thread of the runtime itself: an operation has a thread of its own.
    #[must_use]
    pub fn new(access: &Access, runtime: Handle) -> Self {
        let pace = Arc::new(access.pace_of_operations());
        Self { access: access.clone(), runtime, pace, lines: Mutex::default() }
    }

    /// Why nothing may be changed through this endpoint, as the reason of a refusal; `None` for AWS's own, a loopback
    /// address and an AWS in this process.
    #[must_use]
    pub fn read_only_reason(&self) -> Option<String> {
        match self.access.endpoint() {
            Endpoint::Aws | Endpoint::Loopback(_) | Endpoint::InProcess => None,
            Endpoint::Foreign(url) => {
                let url = fleet::clean(url);
                Some(format!("the endpoint {url} is neither AWS's own nor on this machine, so it is read-only"))
            }
        }
    }

    /// The account's own images that have exactly this tag, disabled and deprecated ones too.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn images_tagged(&self, scope: &Scope, key: &str, value: &str) -> Read<Vec<ImageFacts>> {
        self.read(scope, |line| async move { images::images_tagged(&line, key, value).await })
    }

    /// The way to a scope.
    fn line(&self, scope: &Scope) -> Result<Arc<Line>, Failure> {
        let place = (scope.profile.clone(), scope.account.clone(), scope.region.clone());
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(&place) {
            return Ok(line.clone());
        }
        let identity = self.access.identities().iter().find(|identity| identity.profile == scope.profile);
        let Some(identity) = identity else { return Err(not_open(scope)) };
        if let Some(serial) = &identity.mfa_serial {
            return Err(needs_mfa(identity.name(), serial));
        }
        if !crate::access::is_region(&scope.region) {
            let said = format!("{:?} is not a region's name", fleet::clean(&scope.region));
            return Err(Failure::error(&said, "It looks like eu-west-1."));
        }
        let line = Arc::new(Line::open(&self.access, identity, &scope.account, &scope.region, self.pace.clone()));
        lines.insert(place, line.clone());
        Ok(line)
    }

    /// Reads and waits for it.
    fn read<'a, T, F>(&self, scope: &Scope, read: impl FnOnce(Arc<Line>) -> F) -> Read<T>
    where
        F: Future<Output = Result<T, Failure>> + 'a,
    {
        let line = self.line(scope)?;
        Ok(self.runtime.block_on(read(line))?)
    }
}

fn not_open(scope: &Scope) -> Failure {
    match &scope.profile {
        Some(profile) => Failure::error(
            &format!(
                "The profile {profile}, which reaches {scope}, is not among those that Emberline was started with"
            ),
            &format!("Start it with --profile {}.", crate::profile::shell_word(profile)),
        ),
        None => Failure::error(
            &format!("{scope} is reached by credentials of the environment, and Emberline was started with profiles"),
            "Start it without --profile.",
        ),
    }
}

impl From<Failure> for ReadError {
    fn from(failure: Failure) -> Self {
        let kind = match failure.kind {
            GapKind::Denied => ReadErrorKind::Denied,
            GapKind::Expired => ReadErrorKind::Expired,
            _ if failure.may_pass => ReadErrorKind::Passing,
            _ => ReadErrorKind::Other,
        };
        Self { kind, action: failure.action, said: failure.said, next: failure.next }
    }
}

impl Calls for Operator {
    fn endpoint(&self) -> ::operate::Endpoint {
        match self.access.endpoint() {
            Endpoint::Aws => ::operate::Endpoint::Aws,
            Endpoint::Loopback(url) | Endpoint::Foreign(url) => {
                ::operate::Endpoint::Url(fleet::clean(url).into_owned())
            }
            Endpoint::InProcess => ::operate::Endpoint::InProcess,
        }
    }

    fn told_at(&self, scope: &Scope) -> Option<Timestamp> {
        Timestamp::from_second(self.line(scope).ok()?.told_at_s()?).ok()
    }

    fn caller(&self, scope: &Scope) -> Read<Caller> {
        self.read(scope, |line| async move {
            let answer = line.ask(CALLER, line.reading.sts.get_caller_identity().send()).await?;
            let account = needed(text(answer.account()), CALLER, "the account", "the caller")?;
            Ok(Caller { arn: needed(text(answer.arn()), CALLER, "the ARN", "the caller")?, account })
        })
    }

    fn servers(&self, scope: &Scope, ids: &[String], detail: Detail) -> Read<Vec<ServerFacts>> {
        self.read(scope, |line| async move { servers::read(&line, ids, detail).await })
    }

    fn launched_with(&self, scope: &Scope, token: &Token) -> Read<Vec<String>> {
        self.read(scope, |line| async move { servers::launched_with(&line, token).await })
    }

    fn group(&self, scope: &Scope, name: &str) -> Read<Option<GroupFacts>> {
        self.read(scope, |line| async move { groups::read(&line, name).await })
    }

    fn targets(&self, scope: &Scope, target_groups: &[String]) -> Read<Vec<TargetFacts>> {
        self.read(scope, |line| async move { targets::of(&line, target_groups).await })
    }

    fn registered(&self, scope: &Scope, servers: &[ServerFacts]) -> Read<Vec<RegistrationFacts>> {
        self.read(scope, |line| async move { targets::registered(&line, servers).await })
    }

    fn refreshes(&self, scope: &Scope, group: &str) -> Read<Vec<RefreshFacts>> {
        self.read(scope, |line| async move { groups::refreshes(&line, group).await })
    }

    fn template(&self, scope: &Scope, id: &str) -> Read<Option<TemplateFacts>> {
        self.read(scope, |line| async move { images::template(&line, id).await })
    }

    fn launch_configuration(&self, scope: &Scope, name: &str) -> Read<Option<ConfigurationFacts>> {
        self.read(scope, |line| async move { groups::configuration(&line, name).await })
    }

    fn template_versions(&self, scope: &Scope, id: &str, version: Option<&str>) -> Read<Vec<VersionFacts>> {
        self.read(scope, |line| async move { images::template_versions(&line, id, version).await })
    }

    fn launch_data_sha256(&self, scope: &Scope, server: &str) -> Read<String> {
        self.read(scope, |line| async move { Ok(launch_data::read(&line, server).await?.sha256()) })
    }

    fn image(&self, scope: &Scope, id: &str) -> Read<Option<ImageFacts>> {
        self.read(scope, |line| async move { images::image(&line, id).await })
    }

    fn image_named(&self, scope: &Scope, name: &str) -> Read<Option<ImageFacts>> {
        self.read(scope, |line| async move { images::image_named(&line, name).await })
    }

    fn root_tasks(&self, scope: &Scope, servers: &[String]) -> Read<Vec<RootTaskFacts>> {
        self.read(scope, |line| async move { images::root_tasks(&line, servers).await })
    }

    fn pipelines(&self, scope: &Scope, recipe: &str) -> Read<Vec<PipelineFacts>> {
        self.read(scope, |line| async move { builds::pipelines(&line, recipe).await })
    }

    fn pipeline(&self, scope: &Scope, arn: &str) -> Read<Option<PipelineFacts>> {
        self.read(scope, |line| async move { builds::pipeline(&line, arn).await })
    }

    fn builds(&self, scope: &Scope, pipeline: &str) -> Read<Vec<BuildFacts>> {
        self.read(scope, |line| async move { builds::builds(&line, pipeline).await })
    }

    fn build(&self, scope: &Scope, arn: &str) -> Read<Option<BuildFacts>> {
        self.read(scope, |line| async move { builds::build(&line, arn).await })
    }

    fn dry_run(&self, scope: &Scope, mutation: &ExactMutation) -> DryRun {
        match self.line(scope) {
            Ok(line) => answers::tried(self.runtime.block_on(changes::transmit(&line, mutation, None, &|| Ok(())))),
            Err(failure) => answers::tried(answers::not_sent(failure)),
        }
    }

    fn send(&self, sending: &Sending<'_>) -> Sent {
        match self.line(sending.scope()) {
            Ok(line) => {
                let last_word = || sending.last_word();
                let token = Some(sending.token());
                self.runtime.block_on(changes::transmit(&line, sending.mutation(), token, &last_word))
            }
            Err(failure) => answers::not_sent(failure),
        }
    }
}

#[cfg(test)]
mod tests;

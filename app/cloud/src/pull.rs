//! A pull: who is asking, which scopes there are, and every call of each.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use aws_config::Region;
use aws_config::identity::IdentityCache;
use aws_sdk_ec2::config::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;
use fleet::{Call, Fleet, GapKind, Scope, ScopeIx, Time};
use futures::FutureExt as _;
use tokio::sync::Semaphore;

use crate::access::{ALL_REGIONS, Access, Identity};
use crate::cancel::Cancel;
use crate::failure::{Again, Asker, Failure};
use crate::profile::shell_word;
use crate::progress::{Place, Progress};
use crate::reader::{Clients, Pulling, Reader};
use crate::wire::{self, Ear};
use crate::{answers, evidence, groups, images, recipes, retry, roots, servers, templates};

/// How many scopes are read at once.
const SCOPES_AT_ONCE: usize = 12;

/// Why nothing at all was read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// No profile could sign in.
    #[error("{}", told(.failures))]
    SignIn {
        /// Each profile with its reason.
        failures: Vec<SignInFailure>,
    },
    /// The pull was stopped before anything was read.
    #[error("the pull was stopped before anything was read")]
    Cancelled,
}

impl PullError {
    /// The command that signs in again, where that is what helps.
    #[must_use]
    pub fn sign_in_command(&self) -> Option<&str> {
        match self {
            Self::SignIn { failures } => failures.iter().find_map(|failure| failure.sign_in_command.as_deref()),
            Self::Cancelled => None,
        }
    }
}

/// Why a profile could not sign in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignInFailure {
    /// The profile; `None` for environment credentials.
    pub profile: Option<String>,
    /// What kind of failure it was.
    pub kind: GapKind,
    /// What failed, why, and what to do next.
    pub message: String,
    /// The command that signs in again, where that is what helps.
    pub sign_in_command: Option<String>,
    failure: Failure,
}

fn told(failures: &[SignInFailure]) -> String {
    if failures.is_empty() {
        return "there is no profile to pull with: choose one with --profile".to_owned();
    }
    failures.iter().map(|failure| failure.message.as_str()).collect::<Vec<_>>().join("\n")
}

/// A profile that signed in.
struct SignedIn {
    partition: String,
    account: String,
    caller: Option<String>,
    regions: Vec<String>,
    /// What kept `all` from being answered.
    regions_failure: Option<Failure>,
    config: SdkConfig,
    identity: Identity,
}

/// Reads every scope of `access` at once, each call within its share of the account's quota.
///
/// What can't be read becomes a gap of its scope, and a profile that can't sign in while another can becomes a scope
/// with the account `unknown`. `progress` is told of every page; it is called from the pulling task and must not block.
/// After [`Cancel::cancel`] no further request is sent: the rows read so far are returned with gaps of the kind
/// [`GapKind::Cancelled`].
///
/// # Errors
/// [`PullError::SignIn`] where no profile could sign in, [`PullError::Cancelled`] where the pull was stopped before one
/// had.
pub async fn pull(
    access: &Access,
    progress: &(dyn Fn(Progress) + Send + Sync),
    cancel: &Cancel,
) -> Result<Fleet, PullError> {
    stages(access, None, Depth::Picture, progress, cancel).await
}

/// As [`pull`], and then the evidence: what happened to servers and groups, which takes many slow calls. `picture` gets
/// what [`pull`] would give as soon as that was read. Cancelled meanwhile, the evidence read so far is returned, and the
/// scopes say that theirs was not read.
///
/// What `earlier`, a pull from the same source, has read and what can't have changed since is not read again: versions
/// of a template that has no new one, how long servers booted and builds took. A version that was deleted since stays,
/// unless it was the latest. `picture` keeps the evidence that `earlier` has, with its time.
///
/// # Errors
/// As [`pull`].
pub async fn pull_with_evidence(
    access: &Access,
    earlier: Option<&Fleet>,
    picture: Option<&(dyn Fn(Fleet) + Send + Sync)>,
    progress: &(dyn Fn(Progress) + Send + Sync),
    cancel: &Cancel,
) -> Result<Fleet, PullError> {
    stages(access, earlier, Depth::Evidence(picture), progress, cancel).await
}

/// How much a pull reads.
enum Depth<'a> {
    /// What the picture is drawn from.
    Picture,
    /// What happened to servers too, with who gets the picture before.
    Evidence(Option<&'a (dyn Fn(Fleet) + Send + Sync)>),
}

async fn stages(
    access: &Access,
    earlier: Option<&Fleet>,
    depth: Depth<'_>,
    progress: &(dyn Fn(Progress) + Send + Sync),
    cancel: &Cancel,
) -> Result<Fleet, PullError> {
    let pulling = Pulling::new(earlier, progress, cancel, access.pace());
    let signing_in: Vec<_> =
        access.identities().iter().map(|identity| sign_in(access, &pulling, identity).boxed()).collect();
    let outcomes = futures::future::join_all(signing_in).await;
    if cancel.is_cancelled() && outcomes.iter().all(Result::is_err) {
        return Err(PullError::Cancelled);
    }
    if outcomes.iter().all(Result::is_err) {
        let failures = outcomes.into_iter().filter_map(Result::err).map(|(_, failure)| failure).collect();
        return Err(PullError::SignIn { failures });
    }

    let mut readers: Vec<Reader<'_>> = Vec::new();
    let mut seen: BTreeSet<(String, String, String)> = BTreeSet::new();
    for outcome in outcomes {
        match outcome {
            Ok(signed_in) => {
                for region in &signed_in.regions {
                    if seen.insert((signed_in.partition.clone(), signed_in.account.clone(), region.clone())) {
                        readers.push(reader(&pulling, access.http(), &signed_in, region));
                    }
                }
                if let Some(failure) = &signed_in.regions_failure
                    && let Some(scope) = readers.last().map(|reader| reader.scope)
                {
                    pulling.gap(scope, Call::DescribeRegions, None, failure);
                }
            }
            Err((identity, failure)) => add_unknown_scopes(&pulling, identity, &failure),
        }
    }

    let gate = Semaphore::new(SCOPES_AT_ONCE);
    let reads: Vec<_> = readers.iter().map(|reader| one_of(&gate, read_first(reader)).boxed()).collect();
    futures::future::join_all(reads).await;
    // Only now is it known which images are in use, in whichever scope: a build's image may run in another region.
    let reads: Vec<_> = readers.iter().map(|reader| one_of(&gate, read_then(reader)).boxed()).collect();
    futures::future::join_all(reads).await;

    for reader in &readers {
        if let Some(heard) = reader.ear.heard() {
            let mut rows = reader.rows();
            if let Some(scope) = rows.fleet.scopes.get_mut(usize::from(reader.scope.0)) {
                scope.pulled_at = Time::from_epoch_s(heard.server_s).unwrap_or(scope.pulled_at);
                scope.clock_skew_s = Some(heard.skew_s);
            }
        }
    }
    if let Depth::Evidence(picture) = depth
        && !cancel.is_cancelled()
    {
        if let Some(picture) = picture {
            let mut rows = pulling.rows().clone();
            for reader in &readers {
                if let Some(earlier) = pulling.earlier(reader.scope) {
                    earlier.add_evidence(&mut rows, reader.scope);
                }
            }
            picture(rows.build());
        }
        let reads: Vec<_> = readers.iter().map(|reader| one_of(&gate, read_evidence(reader)).boxed()).collect();
        futures::future::join_all(reads).await;
    }
    drop(readers);
    Ok(pulling.into_rows().build())
}

/// Reads a scope when it is its turn.
async fn one_of(gate: &Semaphore, read: impl Future<Output = ()>) {
    let _turn = gate.acquire().await;
    read.await;
}

/// What needs no answer of another scope.
async fn read_first(reader: &Reader<'_>) {
    // Each on the heap: together the SDK's futures are larger than a thread's stack should hold.
    let calls = [
        servers::read(reader).boxed(),
        roots::read_replacements(reader).boxed(),
        images::read_own(reader).boxed(),
        templates::read(reader).boxed(),
        groups::read(reader).boxed(),
        groups::read_launch_configurations(reader).boxed(),
        recipes::read_pipelines(reader).boxed(),
        recipes::read_recipes(reader).boxed(),
        recipes::read_builds(reader).boxed(),
    ];
    futures::future::join_all(calls).await;
}

/// What is asked for by the ids that the first answers gave.
async fn read_then(reader: &Reader<'_>) {
    roots::read_targets(reader).boxed().await;
    recipes::verify_builds(reader).boxed().await;
    images::read_in_use(reader).boxed().await;
}

/// What happened, of what the first answers told of. A scope whose reading was stopped has no evidence.
async fn read_evidence(reader: &Reader<'_>) {
    evidence::read(reader).await;
    if !reader.pulling.is_cancelled() {
        let skew_s = reader.ear.heard().map_or(0, |heard| i64::from(heard.skew_s));
        let at = now().plus_s(skew_s);
        let mut rows = reader.rows();
        if let Some(scope) = rows.fleet.scopes.get_mut(usize::from(reader.scope.0)) {
            scope.evidence_at = at;
        }
    }
}

/// Asks who is asking and, where every region was wanted, which there are.
async fn sign_in<'a>(
    access: &Access,
    pulling: &Pulling<'_>,
    identity: &'a Identity,
) -> Result<SignedIn, (&'a Identity, SignInFailure)> {
    let ear = Arc::new(Ear::default());
    let asker = || Asker {
        profile: identity.name().to_owned(),
        region: identity.home.clone(),
        sign_in_command: identity.sign_in_command.clone(),
        skew_s: ear.heard().map(|heard| heard.skew_s),
        again: Again::Pull,
    };
    let failed = |failure: &Failure| {
        let renewable = failure.kind == GapKind::Expired;
        let sign_in_command = identity.sign_in_command.clone().filter(|_| renewable);
        let message = failure.message();
        let (profile, kind, failure) = (identity.profile.clone(), failure.kind, failure.clone());
        (identity, SignInFailure { profile, kind, message, sign_in_command, failure })
    };
    if let Some(serial) = &identity.mfa_serial {
        return Err(failed(&needs_mfa(identity.name(), serial)));
    }

    let config = sdk_config(access, identity);
    let place = Place { profile: identity.profile.clone(), account: None, region: identity.home.clone() };
    let http = wire::listening(access.http().clone(), ear.clone());
    let sts_config = aws_sdk_sts::config::Builder::from(&config).http_client(http.clone());
    let sts = aws_sdk_sts::Client::from_conf(sts_config.retry_classifier(retry::PullRetry).build());
    let call = Call::GetCallerIdentity;
    let reading = pulling.open(call, Arc::new(place.clone()));
    let caller = match pulling.ask(call, &place, asker, sts.get_caller_identity().send()).await {
        Ok(caller) => caller,
        Err(failure) => {
            reading.end(false);
            return Err(failed(&failure));
        }
    };
    reading.end(true);
    let partition = caller.arn().and_then(|arn| arn.split(':').nth(1)).filter(|partition| !partition.is_empty());
    let (Some(account), Some(partition)) = (caller.account(), partition) else {
        let name = identity.name();
        return Err(failed(&Failure::error(
            &format!("The answer to GetCallerIdentity names no account, so that the profile {name} can't be placed"),
            &format!("Is {} an AWS endpoint?", access.endpoint().url().unwrap_or("it")),
        )));
    };

    let mut regions = identity.regions.clone();
    let mut regions_failure = None;
    if regions.iter().any(|region| region == ALL_REGIONS) {
        let place = Place { account: Some(account.to_owned()), ..place };
        let config = aws_sdk_ec2::config::Builder::from(&config).http_client(http);
        let ec2 = aws_sdk_ec2::Client::from_conf(config.retry_classifier(retry::PullRetry).build());
        let call = Call::DescribeRegions;
        let reading = pulling.open(call, Arc::new(place.clone()));
        match pulling.ask(call, &place, asker, ec2.describe_regions().send()).await {
            Ok(answer) => {
                reading.page(answer.regions().len());
                regions =
                    answer.regions().iter().filter_map(|region| region.region_name().map(str::to_owned)).collect();
                regions.sort();
                reading.end(true);
            }
            Err(failure) => {
                regions.retain(|region| region != ALL_REGIONS);
                if !regions.contains(&identity.home) {
                    regions.push(identity.home.clone());
                }
                regions_failure = Some(failure);
                reading.end(false);
            }
        }
    } else if access.endpoint().url().is_none() {
        regions.retain(|region| partition_of(region) == partition);
        if regions.is_empty() {
            let (name, regions) = (identity.name(), identity.regions.join(", "));
            return Err(failed(&Failure::error(
                &format!(
                    "The profile {name} belongs to the partition {partition}, where none of the regions {regions} lies"
                ),
                "Name one of its regions with --region.",
            )));
        }
    }
    Ok(SignedIn {
        partition: partition.to_owned(),
        account: account.to_owned(),
        caller: caller.arn().map(str::to_owned),
        regions,
        regions_failure,
        config,
        identity: identity.clone(),
    })
}

pub(crate) fn needs_mfa(profile: &str, serial: &str) -> Failure {
    let word = shell_word(profile);
    Failure::error(
        &format!("The profile {profile} asks for an MFA code ({serial}), which Emberline can't enter"),
        &format!(
            "Let the AWS CLI ask and start Emberline with the session it gets: run `eval \"$(aws configure \
             export-credentials --profile {word} --format env)\"` in the same shell, then start Emberline without \
             --profile."
        ),
    )
}

/// The partition that a region belongs to, by the beginning of its name.
fn partition_of(region: &str) -> &'static str {
    const BY_PREFIX: &[(&str, &str)] = &[
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ];
    BY_PREFIX.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |&(_, partition)| partition)
}

/// Without a service configuration, so that no configured endpoint is followed.
pub(crate) fn sdk_config(access: &Access, identity: &Identity) -> SdkConfig {
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(identity.home.clone()))
        .credentials_provider(identity.credentials.clone())
        .identity_cache(IdentityCache::lazy().build())
        .retry_config(retry::config(access.first_pause()))
        .timeout_config(wire::timeouts())
        .use_fips(identity.fips)
        .use_dual_stack(identity.dual_stack);
    config.set_endpoint_url(access.endpoint().url().map(str::to_owned));
    config.build()
}

fn now() -> Time {
    Time::from_epoch_s(wire::local_epoch_s().clamp(1, i64::from(u32::MAX)))
        .expect("it was clamped to what a time holds")
}

fn reader<'a>(pulling: &'a Pulling<'a>, http: &SharedHttpClient, signed_in: &SignedIn, region: &str) -> Reader<'a> {
    let identity = &signed_in.identity;
    let scope = {
        let mut rows = pulling.rows();
        let scope = Scope {
            partition: rows.sym(&signed_in.partition),
            account: rows.sym(&signed_in.account),
            region: rows.sym(region),
            profile: rows.some(identity.profile.as_deref()),
            caller: rows.some(signed_in.caller.as_deref()),
            pulled_at: now(),
            clock_skew_s: None,
            evidence_at: None,
        };
        rows.scope(scope)
    };
    reader_of(pulling, http, &signed_in.config, identity, &signed_in.account, region, scope)
}

/// The way to one scope.
pub(crate) fn reader_of<'a>(
    pulling: &'a Pulling<'a>,
    http: &SharedHttpClient,
    config: &SdkConfig,
    identity: &Identity,
    account: &str,
    region: &str,
    scope: ScopeIx,
) -> Reader<'a> {
    let ear = Arc::new(Ear::default());
    let http = answers::tapped(wire::listening(http.clone(), ear.clone()));
    let config = config.to_builder().region(Region::new(region.to_owned())).http_client(http).build();
    Reader {
        clients: clients(&config),
        pulling,
        scope,
        place: Arc::new(Place {
            profile: identity.profile.clone(),
            account: Some(account.to_owned()),
            region: region.to_owned(),
        }),
        ear,
        profile: identity.name().to_owned(),
        sign_in_command: identity.sign_in_command.clone(),
    }
}

fn clients(config: &SdkConfig) -> Clients {
    let classifier = || retry::PullRetry;
    Clients {
        sts: aws_sdk_sts::Client::from_conf(
            aws_sdk_sts::config::Builder::from(config).retry_classifier(classifier()).build(),
        ),
        ec2: aws_sdk_ec2::Client::from_conf(
            aws_sdk_ec2::config::Builder::from(config).retry_classifier(classifier()).build(),
        ),
        autoscaling: aws_sdk_autoscaling::Client::from_conf(
            aws_sdk_autoscaling::config::Builder::from(config).retry_classifier(classifier()).build(),
        ),
        cloudtrail: aws_sdk_cloudtrail::Client::from_conf(
            aws_sdk_cloudtrail::config::Builder::from(config).retry_classifier(classifier()).build(),
        ),
        imagebuilder: aws_sdk_imagebuilder::Client::from_conf(
            aws_sdk_imagebuilder::config::Builder::from(config).retry_classifier(classifier()).build(),
        ),
        ssm: aws_sdk_ssm::Client::from_conf(
            aws_sdk_ssm::config::Builder::from(config).retry_classifier(classifier()).build(),
        ),
    }
}

/// A profile that could not sign in, as scopes in which nothing is known.
fn add_unknown_scopes(pulling: &Pulling<'_>, identity: &Identity, failure: &SignInFailure) {
    let named: Vec<&String> = identity.regions.iter().filter(|region| *region != ALL_REGIONS).collect();
    let regions = if named.is_empty() { vec![&identity.home] } else { named };
    for region in regions {
        let scope: ScopeIx = {
            let mut rows = pulling.rows();
            let scope = Scope {
                partition: rows.sym(partition_of(region)),
                account: rows.sym("unknown"),
                region: rows.sym(region),
                profile: rows.some(identity.profile.as_deref()),
                caller: None,
                pulled_at: now(),
                clock_skew_s: None,
                evidence_at: None,
            };
            rows.scope(scope)
        };
        pulling.gap(scope, Call::GetCallerIdentity, None, &failure.failure);
    }
}

impl fmt::Display for SignInFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

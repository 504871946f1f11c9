//! Where calls go and with whose credentials.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::Env;
use aws_types::region::Region;
use bytes::Bytes;

use crate::endpoint::{self, Endpoint};
use crate::pace::Pace;
use crate::profile::{ProfileKind, Shared};
use crate::{retry, wire};

/// Answers one signed HTTP request, as AWS would. It may block: it is called outside the async threads.
pub type Answer = dyn Fn(http::Request<Bytes>) -> std::io::Result<http::Response<Bytes>> + Send + Sync;

/// What the user chose on the command line or in the window.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AwsOptions {
    /// `--profile`, in order; empty for environment credentials, else `AWS_PROFILE`, else `default`.
    pub profiles: Vec<String>,
    /// `--region`, in order; `all` stands for the account's enabled regions; empty for `AWS_REGION`, else each
    /// profile's own.
    pub regions: Vec<String>,
    /// `--endpoint-url`: where every call goes instead of AWS's endpoints. Assuming a role and signing in still go to
    /// AWS, as in the AWS CLI.
    pub endpoint_url: Option<String>,
    /// `--ignore-configured-endpoint-urls`: leave endpoints of the environment and the profiles alone.
    pub ignore_configured_endpoint_urls: bool,
    /// The certificates to trust instead of the system's; else `AWS_CA_BUNDLE`, else the profile's `ca_bundle`.
    pub ca_bundle: Option<PathBuf>,
    /// Whether to ask the machine's metadata service for credentials where nothing else gives any.
    pub imds: bool,
}

/// Static credentials of one profile of an AWS in this process.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The profile's name.
    pub profile: String,
    /// The account that the credentials are for, where it is known beforehand.
    pub account: Option<String>,
    /// The regions to pull; `all` stands for the enabled ones.
    pub regions: Vec<String>,
    /// The access key's id.
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("profile", &self.profile).field("regions", &self.regions).finish_non_exhaustive()
    }
}

/// Why there is no way to AWS. Each says what to do next.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The shared configuration files can't be used.
    #[error("the AWS configuration files can't be read: {reason}. Correct the file (`aws configure list` shows which)")]
    ConfigFile {
        /// What is wrong, with file and line.
        reason: String,
    },
    /// A profile that is not in the files.
    #[error("there is no profile {profile}. {}", choices(.known))]
    NoProfile {
        /// Its name.
        profile: String,
        /// The names that are there.
        known: Vec<String>,
    },
    /// Neither environment credentials nor a default profile.
    #[error("no AWS credentials were found: no keys in the environment and no default profile. {}", choices(.known))]
    NoCredentials {
        /// The names of the profiles that are there.
        known: Vec<String>,
    },
    /// No region is set for a profile.
    #[error("no region is set for {}. Name one with --region, set AWS_REGION, or run `{command}`", whose(.profile))]
    NoRegion {
        /// The profile.
        profile: Option<String>,
        /// The command that sets it.
        command: String,
    },
    /// Text that can't be a region's name.
    #[error("{region:?} is not a region's name. It looks like eu-west-1; `all` stands for every enabled region")]
    Region {
        /// The text.
        region: String,
    },
    /// An endpoint is configured outside the command line, and nobody said what to do with it.
    #[error(
        "{origin} sends calls to {url}, not to AWS. Say which you mean: --endpoint-url {url} to use it, or \
         --ignore-configured-endpoint-urls to use AWS"
    )]
    ConfiguredEndpoint {
        /// The variable or the setting.
        origin: String,
        /// Where it points.
        url: String,
    },
    /// `--endpoint-url` can't be used.
    #[error("the endpoint {url:?} can't be used: {reason}. Give it as http://127.0.0.1:5000")]
    EndpointUrl {
        /// What was given.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The CA bundle can't be used.
    #[error("the CA bundle {} can't be used: {reason}. It must be a PEM file with certificates", .path.display())]
    CaBundle {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// This machine has no certificates to trust.
    #[error(
        "this machine has no root certificates, so that no TLS connection can be verified. Install them (the package \
         ca-certificates on Linux) or give a bundle with AWS_CA_BUNDLE"
    )]
    NoRootCertificates,
}

fn choices(names: &[String]) -> String {
    if names.is_empty() {
        "Run `aws configure sso` (or `aws configure`) to make a profile, or try --sandbox, which needs no account"
            .into()
    } else {
        format!("Choose one with --profile: {}", names.join(", "))
    }
}

fn whose(profile: &Option<String>) -> String {
    profile.as_ref().map_or_else(|| "the environment's credentials".to_owned(), |name| format!("the profile {name}"))
}

/// What the top bar says of an [`Access`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessLabel {
    /// Profiles in order; `environment` stands for environment credentials.
    pub profiles: Vec<String>,
    /// Regions in order, each once; `all` as it was given.
    pub regions: Vec<String>,
    /// The endpoint, where it is not AWS's own.
    pub endpoint: Option<String>,
}

impl fmt::Display for AccessLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {}", self.profiles.join(", "), self.regions.join(", "))?;
        self.endpoint.iter().try_for_each(|url| write!(f, " · {url}"))
    }
}

/// Where calls go and with whose credentials. Cheap to clone; clones share connections and quotas.
#[derive(Clone, Debug)]
pub struct Access {
    inner: Arc<Inner>,
    pace: Arc<Pace>,
    first_pause: Duration,
}

#[derive(Debug)]
struct Inner {
    identities: Vec<Identity>,
    http: SharedHttpClient,
    endpoint: Endpoint,
    /// The certificates that were named on the command line.
    ca_bundle: Option<PathBuf>,
}

/// One set of credentials with the regions to read with it.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// `None` for credentials of the environment, the container or the machine.
    pub(crate) profile: Option<String>,
    /// Regions to read, `all` among them where it was asked for.
    pub(crate) regions: Vec<String>,
    /// The region that the first questions go to: who is asking, and which regions there are.
    pub(crate) home: String,
    pub(crate) credentials: SharedCredentialsProvider,
    /// The command that signs in again, where there is one.
    pub(crate) sign_in_command: Option<String>,
    /// The MFA device that the profile asks for: reason not to try.
    pub(crate) mfa_serial: Option<String>,
    /// `use_fips_endpoint`.
    pub(crate) fips: bool,
    /// `use_dualstack_endpoint`.
    pub(crate) dual_stack: bool,
}

impl Identity {
    /// The profile's name for messages.
    pub(crate) fn name(&self) -> &str {
        self.profile.as_deref().unwrap_or("environment")
    }
}

/// The word for every region that the account has enabled.
pub(crate) const ALL_REGIONS: &str = "all";

impl Access {
    /// The user's own profiles and, unless another is named, AWS's endpoints. Reads the shared configuration files and
    /// the environment; no network.
    ///
    /// # Errors
    /// Where no pull could succeed: see [`AccessError`].
    pub fn aws(options: AwsOptions) -> Result<Self, AccessError> {
        Self::from_surroundings(options, &Env::real(), &EnvConfigFiles::default())
    }

    pub(crate) fn from_surroundings(
        options: AwsOptions,
        env: &Env,
        files: &EnvConfigFiles,
    ) -> Result<Self, AccessError> {
        let shared = Shared::load(env, files)?;
        let set = |name: &str| env.get(name).ok().filter(|value| !value.is_empty());
        let default_profile = set("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
        for profile in &options.profiles {
            if !shared.has(profile) {
                return Err(AccessError::NoProfile { profile: profile.clone(), known: shared.names() });
            }
        }

        let read: Vec<&str> = if options.profiles.is_empty() {
            vec![&default_profile]
        } else {
            options.profiles.iter().map(String::as_str).collect()
        };
        let configured = endpoint::configured(env, &shared, &read);
        let endpoint = match &options.endpoint_url {
            Some(url) => Endpoint::parse(url)?,
            None => Endpoint::Aws,
        };
        let decided = options.endpoint_url.is_some()
            || options.ignore_configured_endpoint_urls
            || endpoint::ignored_by_setting(env, &shared, &read);
        if let (Some(first), false) = (configured.first(), decided) {
            return Err(AccessError::ConfiguredEndpoint { origin: first.origin.clone(), url: first.url.clone() });
        }

        let named_bundle = options.ca_bundle;
        let bundle = named_bundle
            .clone()
            .or_else(|| set("AWS_CA_BUNDLE").map(PathBuf::from))
            .or_else(|| read.iter().find_map(|profile| shared.get(profile, "ca_bundle")).map(PathBuf::from));
        let needs_tls = endpoint.url().is_none_or(|url| !url.starts_with("http://"));
        let http = wire::network(bundle.as_deref(), needs_tls)?;
        // The SDK's sign-in clients follow configured endpoints and offer no switch: what they would send there is
        // stopped on its way.
        let authorities: Vec<String> = configured.iter().filter_map(endpoint::Configured::authority).collect();
        let allowed =
            endpoint.url().and_then(|url| url.parse::<http::Uri>().ok()?.authority().map(ToString::to_string));
        let barred = authorities.into_iter().filter(|authority| Some(authority) != allowed.as_ref()).collect();
        let sign_in_http = wire::barred(http.clone(), barred);

        let surroundings = Surroundings { env, files, shared: &shared, http: &sign_in_http, regions: &options.regions };
        let identities = if options.profiles.is_empty() {
            vec![surroundings.default_identity(&default_profile, options.imds)?]
        } else {
            let mut profiles = options.profiles;
            let mut seen = Vec::new();
            profiles.retain(|profile| {
                !seen.contains(profile) && {
                    seen.push(profile.clone());
                    true
                }
            });
            profiles.iter().map(|profile| surroundings.profile_identity(profile)).collect::<Result<_, _>>()?
        };
        Ok(Self::of(identities, http, endpoint, named_bundle))
    }

    /// An AWS in this process: `answer` is called with each signed HTTP request.
    #[must_use]
    pub fn in_process(answer: Arc<Answer>, logins: Vec<Login>) -> Self {
        let identities = logins
            .into_iter()
            .map(|login| {
                let mut credentials = Credentials::builder()
                    .access_key_id(login.access_key_id)
                    .secret_access_key(login.secret_access_key)
                    .provider_name("emberline-in-process");
                credentials.set_account_id(login.account.map(Into::into));
                let home = login.regions.iter().find(|region| *region != ALL_REGIONS);
                Identity {
                    home: home.cloned().unwrap_or_else(|| "us-east-1".to_owned()),
                    profile: Some(login.profile),
                    regions: login.regions,
                    credentials: SharedCredentialsProvider::new(credentials.build()),
                    sign_in_command: None,
                    mfa_serial: None,
                    fips: false,
                    dual_stack: false,
                }
            })
            .collect();
        Self::of(identities, wire::in_process(answer), Endpoint::InProcess, None)
    }

    fn of(identities: Vec<Identity>, http: SharedHttpClient, endpoint: Endpoint, ca_bundle: Option<PathBuf>) -> Self {
        let inner = Arc::new(Inner { identities, http, endpoint, ca_bundle });
        Self { inner, pace: Arc::new(Pace::fifth_of_quota()), first_pause: retry::FIRST_PAUSE }
    }

    /// The same access, with buckets of its own that hold this share of what AWS grants an account, from above 0; a
    /// fifth unless this says otherwise. More than 1 is for an AWS in this process, which has nobody to disturb.
    #[must_use]
    pub fn with_quota_share(self, share: f64) -> Self {
        Self { pace: Arc::new(Pace::share_of_quota(share)), ..self }
    }

    /// The same access, where a reading that failed is tried again after at most this long, then twice as long, and so
    /// on; a second unless this says otherwise. Less is for an AWS in this process, which nobody waits for to recover.
    #[must_use]
    pub fn with_first_pause(self, first_pause: Duration) -> Self {
        Self { first_pause, ..self }
    }

    /// Profiles, regions and endpoint, for the top bar.
    #[must_use]
    pub fn label(&self) -> AccessLabel {
        let mut regions: Vec<String> = Vec::new();
        for region in self.inner.identities.iter().flat_map(|identity| &identity.regions) {
            if !regions.contains(region) {
                regions.push(region.clone());
            }
        }
        AccessLabel {
            profiles: self.inner.identities.iter().map(|identity| identity.name().to_owned()).collect(),
            regions,
            endpoint: self.inner.endpoint.url().map(str::to_owned),
        }
    }

    /// Where calls go.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    pub(crate) fn ca_bundle(&self) -> Option<&Path> {
        self.inner.ca_bundle.as_deref()
    }

    pub(crate) fn identities(&self) -> &[Identity] {
        &self.inner.identities
    }

    pub(crate) fn http(&self) -> &SharedHttpClient {
        &self.inner.http
    }

    /// Buckets for operations, which somebody waits for: half of the quota, where a pull takes a fifth.
    pub(crate) fn pace_of_operations(&self) -> Pace {
        self.pace.times(2.5)
    }

    pub(crate) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// How long is waited at most before a reading that failed is tried again.
    pub(crate) fn first_pause(&self) -> Duration {
        self.first_pause
    }
}

/// What identities are made from.
struct Surroundings<'a> {
    env: &'a Env,
    files: &'a EnvConfigFiles,
    shared: &'a Shared,
    http: &'a SharedHttpClient,
    regions: &'a [String],
}

impl Surroundings<'_> {
    fn set(&self, name: &str) -> Option<String> {
        self.env.get(name).ok().filter(|value| !value.is_empty())
    }

    /// Without `--profile`: the order of the SDK's own chain, but for metadata services, which are asked only where
    /// the environment points to one or the user wants it.
    fn default_identity(&self, profile: &str, imds: bool) -> Result<Identity, AccessError> {
        if self.set("AWS_ACCESS_KEY_ID").is_some() {
            let credentials = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
            return self.identity(None, profile, credentials);
        }
        if self.shared.has(profile) && self.shared.info(profile).kind != ProfileKind::Incomplete {
            return self.profile_identity(profile);
        }
        if self.set("AWS_PROFILE").is_some() && !self.shared.has(profile) {
            return Err(AccessError::NoProfile { profile: profile.to_owned(), known: self.shared.names() });
        }
        let provider = self.provider_config(profile);
        let credentials = if self.set("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() {
            SharedCredentialsProvider::new(WebIdentityTokenCredentialsProvider::builder().configure(&provider).build())
        } else if self.set("AWS_CONTAINER_CREDENTIALS_FULL_URI").is_some()
            || self.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").is_some()
        {
            SharedCredentialsProvider::new(EcsCredentialsProvider::builder().configure(&provider).build())
        } else if imds {
            SharedCredentialsProvider::new(ImdsCredentialsProvider::builder().configure(&provider).build())
        } else {
            return Err(AccessError::NoCredentials { known: self.shared.names() });
        };
        self.identity(None, profile, credentials)
    }

    fn profile_identity(&self, profile: &str) -> Result<Identity, AccessError> {
        let credentials = ProfileFileCredentialsProvider::builder()
            .configure(&self.provider_config(profile))
            .profile_files(self.files.clone())
            .profile_name(profile)
            .build();
        self.identity(Some(profile.to_owned()), profile, SharedCredentialsProvider::new(credentials))
    }

    fn provider_config(&self, profile: &str) -> ProviderConfig {
        let region = self.own_region(profile).unwrap_or_else(|| self.fallback_home().to_owned());
        ProviderConfig::without_region()
            .with_http_client(self.http.clone())
            .with_timeout_config(wire::timeouts())
            .with_region(Some(Region::new(region)))
    }

    fn own_region(&self, profile: &str) -> Option<String> {
        self.set("AWS_REGION")
            .or_else(|| self.set("AWS_DEFAULT_REGION"))
            .or_else(|| self.shared.get(profile, "region").map(str::to_owned))
    }

    /// A region for the first question where neither profile nor environment names one.
    fn fallback_home(&self) -> &str {
        self.regions.iter().find(|region| *region != ALL_REGIONS).map_or("us-east-1", String::as_str)
    }

    /// `settings` is the profile whose other settings hold.
    fn identity(
        &self,
        profile: Option<String>,
        settings: &str,
        credentials: SharedCredentialsProvider,
    ) -> Result<Identity, AccessError> {
        let own = self.own_region(settings);
        let mut regions: Vec<String> = Vec::new();
        for region in self.regions.iter().chain(own.iter().filter(|_| self.regions.is_empty())) {
            if !is_region(region) {
                return Err(AccessError::Region { region: region.clone() });
            }
            if !regions.contains(region) {
                regions.push(region.clone());
            }
        }
        if regions.is_empty() {
            let name = crate::profile::shell_word(settings);
            let command = format!("aws configure set region eu-west-1 --profile {name}");
            return Err(AccessError::NoRegion { profile, command });
        }
        let home = own.unwrap_or_else(|| self.fallback_home().to_owned());
        if !is_region(&home) {
            return Err(AccessError::Region { region: home });
        }
        let is_on = |variable: &str, key: &str| {
            let value = self.set(variable).or_else(|| self.shared.get(settings, key).map(str::to_owned));
            value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        let named = profile.as_deref();
        Ok(Identity {
            sign_in_command: named.and_then(|name| self.shared.sign_in_command(name)),
            mfa_serial: named.and_then(|name| self.shared.mfa_serial(name)).map(str::to_owned),
            fips: is_on("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            dual_stack: is_on("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
            profile,
            regions,
            home,
            credentials,
        })
    }
}

/// Whether `text` can stand in a host name as a region: nothing else may decide which host is called.
pub(crate) fn is_region(text: &str) -> bool {
    (3..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests;

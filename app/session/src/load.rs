//! Opening a source and pulling from it, for the window and the headless commands alike.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use cloud::{Access, AccessError, AwsOptions, Cancel, ProfileInfo, Progress, PullError};
use fleet::{FileError, Fleet, ScopeIx, Time};
use insight::BakeReader;

use crate::event::Failure;
use crate::rereads::Round;
use crate::source::{AwsSource, Source};

/// Opens the embedded sandbox by its scenario's spec. Handed down by `main`, the one that knows the sandbox.
pub type OpenSandbox = Arc<dyn Fn(&str) -> Result<Access, String> + Send + Sync>;

/// A source that can be pulled from, again and again: a sandbox keeps its servers between pulls.
#[derive(Clone)]
pub struct Opened {
    source: Source,
    from: From,
    bakes: Arc<Mutex<BakeReader>>,
    earlier: Arc<Mutex<Option<Earlier>>>,
}

/// The last pull, of which the next one need not read again what can't have changed.
struct Earlier {
    fleet: Arc<Fleet>,
    /// When a pull last read everything.
    whole_at: Instant,
}

/// How long a pull may rest on earlier ones: then everything is read again, and what was deleted meanwhile is noticed.
const WHOLE_WITHIN: Duration = Duration::from_secs(3_600);

#[derive(Clone)]
enum From {
    Access(Access),
    File(PathBuf),
}

/// One pull.
#[derive(Debug)]
pub struct Pulled {
    /// What was read.
    pub fleet: Arc<Fleet>,
    /// When the pull ended, by the local clock; of a file, the latest time of its scopes.
    pub at: Time,
}

/// Why a source can't be opened or pulled from.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Profiles, endpoint or certificates.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Nothing at all could be pulled.
    #[error(transparent)]
    Pull(#[from] PullError),
    /// The sandbox has no such scenario, or it is wrong.
    #[error("{0}")]
    Sandbox(String),
    /// The file can't be read as a fleet; the error names it.
    #[error(transparent)]
    File(FileError),
    /// The local clock is before 1970 or after 2106.
    #[error("the local clock is outside the years 1970 to 2106; set it and try again")]
    Clock,
}

/// The profiles that the user's AWS configuration names, without asking the network.
///
/// # Errors
/// The configuration can't be read or parsed.
pub fn profiles() -> Result<Vec<ProfileInfo>, AccessError> {
    cloud::profiles()
}

/// Makes a source ready, without reading a fleet yet.
///
/// # Errors
/// The profiles, the endpoint or the scenario are wrong. A file is looked at only when it is pulled.
pub fn open(source: &Source, sandbox: &OpenSandbox) -> Result<Opened, OpenError> {
    let from = match source {
        Source::Aws(aws) => From::Access(Access::aws(options(aws))?),
        Source::Sandbox(scenario) => From::Access(sandbox(scenario).map_err(OpenError::Sandbox)?),
        Source::File(path) => From::File(path.clone()),
    };
    Ok(Opened { source: source.clone(), from, bakes: Arc::default(), earlier: Arc::default() })
}

fn options(aws: &AwsSource) -> AwsOptions {
    AwsOptions {
        profiles: aws.profiles.clone(),
        regions: aws.regions.clone(),
        endpoint_url: aws.endpoint_url.clone(),
        ignore_configured_endpoint_urls: aws.ignore_configured_endpoint_urls,
        ca_bundle: aws.ca_bundle.clone(),
        imds: aws.imds,
    }
}

impl Opened {
    /// What was opened.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The way to AWS; a saved pull has none.
    pub(crate) fn access(&self) -> Option<&Access> {
        match &self.from {
            From::Access(access) => Some(access),
            From::File(_) => None,
        }
    }

    /// Reads the fleet as far as the picture is drawn from it, without evidence.
    ///
    /// # Errors
    /// Nothing at all could be read; what could be read in part is a fleet with gaps.
    pub async fn pull(
        &self,
        progress: Arc<dyn Fn(Progress) + Send + Sync>,
        cancel: Cancel,
    ) -> Result<Pulled, OpenError> {
        match &self.from {
            From::Access(access) => self.pulled(cloud::pull(access, &*progress, &cancel).await?),
            From::File(path) => read_file(path.clone()).await,
        }
    }

    /// Reads the fleet, and then its evidence. `picture` gets what [`Opened::pull`] would read before the evidence is;
    /// a file has both at once.
    ///
    /// # Errors
    /// As [`Opened::pull`].
    pub async fn pull_with_evidence(
        &self,
        picture: Option<Arc<dyn Fn(Pulled) + Send + Sync>>,
        progress: Arc<dyn Fn(Progress) + Send + Sync>,
        cancel: Cancel,
    ) -> Result<Pulled, OpenError> {
        match &self.from {
            From::Access(access) => {
                let drawn = OnceLock::new();
                let hand_on = picture.map(|picture| {
                    let drawn = &drawn;
                    move |fleet: Fleet| {
                        // A clock that can't be read is told of at the end.
                        if let Ok(pulled) = self.pulled(fleet) {
                            drawn.get_or_init(|| pulled.at);
                            picture(pulled);
                        }
                    }
                });
                let hand_on = hand_on.as_ref().map(|hand_on| hand_on as &(dyn Fn(Fleet) + Send + Sync));
                let earlier = self.earlier();
                let known = earlier.as_ref().map(|(fleet, _)| &**fleet);
                let fleet = cloud::pull_with_evidence(access, known, hand_on, &*progress, &cancel).await?;
                let pulled = self.pulled(fleet)?;
                let whole_at = earlier.map_or_else(Instant::now, |(_, whole_at)| whole_at);
                *self.lock_earlier() = Some(Earlier { fleet: Arc::clone(&pulled.fleet), whole_at });
                // Its servers are as fresh as the picture, however long the evidence took.
                Ok(Pulled { at: drawn.get().copied().unwrap_or(pulled.at), ..pulled })
            }
            From::File(path) => read_file(path.clone()).await,
        }
    }
}

impl Opened {
    /// A pull that has just ended, its user data read: here, where the texts are, and never on the window's thread.
    fn pulled(&self, mut fleet: Fleet) -> Result<Pulled, OpenError> {
        let at = Time::from_epoch_s(jiff::Timestamp::now().as_second()).ok_or(OpenError::Clock)?;
        self.read_bakes(&mut fleet);
        Ok(Pulled { fleet: Arc::new(fleet), at })
    }

    /// The last pull, and when one last read everything, as long as a pull may rest on it.
    fn earlier(&self) -> Option<(Arc<Fleet>, Instant)> {
        let earlier = self.lock_earlier();
        let earlier = earlier.as_ref().filter(|earlier| earlier.whole_at.elapsed() < WHOLE_WITHIN)?;
        Some((Arc::clone(&earlier.fleet), earlier.whole_at))
    }

    fn lock_earlier(&self) -> MutexGuard<'_, Option<Earlier>> {
        self.earlier.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_bakes(&self, fleet: &mut Fleet) {
        self.bakes.lock().unwrap_or_else(PoisonError::into_inner).fill(fleet);
    }

    /// How many texts of user data were read since it was opened: each once, however often it was pulled.
    #[must_use]
    pub fn texts_read(&self) -> u64 {
        self.bakes.lock().unwrap_or_else(PoisonError::into_inner).texts_read()
    }
}

async fn read_file(path: PathBuf) -> Result<Pulled, OpenError> {
    let read = move || {
        let fleet = Fleet::load_from(&path).map_err(OpenError::File)?;
        let at = fleet.scopes.iter().map(|scope| scope.pulled_at).max().ok_or(OpenError::Clock)?;
        Ok(Pulled { fleet: Arc::new(fleet), at })
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

/// A fleet in which some things were read again.
#[derive(Debug)]
pub(crate) struct Reread {
    pub(crate) fleet: Fleet,
    /// What could not be read again, each with the next thing to do.
    pub(crate) failures: Vec<String>,
}

impl Opened {
    /// Reads some things of a fleet of this source again. What lies in a scope that the fleet has not is left out.
    pub(crate) async fn reread(&self, mut fleet: Fleet, round: &Round) -> Reread {
        let mut failures = Vec::new();
        let Some(access) = self.access() else { return Reread { fleet, failures } };
        for (place, touched) in round {
            let is_there = |scope: &fleet::Scope| {
                (fleet.str(scope.partition), fleet.str(scope.account), fleet.str(scope.region))
                    == (place.partition.as_str(), place.account.as_str(), place.region.as_str())
            };
            let found = (0..).map(ScopeIx).zip(&fleet.scopes).find(|(_, scope)| is_there(scope)).map(|(at, _)| at);
            if let Some(at) = found {
                let read = cloud::reread(access, fleet, at, touched).await;
                fleet = read.fleet;
                failures.extend(read.failures);
            }
        }
        self.read_bakes(&mut fleet);
        Reread { fleet, failures }
    }
}

impl OpenError {
    /// Whether the user stopped it.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Pull(PullError::Cancelled))
    }

    /// The same for the window.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let command = match self {
            Self::Pull(error) => error.sign_in_command().map(str::to_owned),
            _ => None,
        };
        let retry = matches!(self, Self::Pull(_));
        Failure { message: self.to_string(), next: None, command, retry }
    }
}

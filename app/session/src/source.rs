//! Where a fleet comes from.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where a fleet comes from. Holds no credentials, so that it can be kept and offered again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// AWS, through the user's own profiles.
    Aws(AwsSource),
    /// The embedded sandbox, by the name of a scenario, a scenario file or `generated:SERVERS[:SEED]`; empty for the
    /// default scenario.
    Sandbox(String),
    /// A saved pull.
    File(PathBuf),
}

/// What `--profile`, `--region` and their company say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AwsSource {
    /// Profiles; none for the one that the AWS CLI would take.
    pub profiles: Vec<String>,
    /// Regions, or `all`; none for the one that the AWS CLI would take.
    pub regions: Vec<String>,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// `--ignore-configured-endpoint-urls`.
    pub ignore_configured_endpoint_urls: bool,
    /// `--ca-bundle`.
    pub ca_bundle: Option<PathBuf>,
    /// `--imds`: also ask the instance metadata service for credentials.
    pub imds: bool,
}

/// The report's word for a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// AWS, or a server that speaks its protocols.
    Aws,
    /// The embedded sandbox.
    Sandbox,
    /// A saved pull.
    File,
}

impl Source {
    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::Aws(_) => SourceKind::Aws,
            Self::Sandbox(_) => SourceKind::Sandbox,
            Self::File(_) => SourceKind::File,
        }
    }

    /// `AWS`, `Sandbox` or `File`, as the window shows it.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self.kind() {
            SourceKind::Aws => "AWS",
            SourceKind::Sandbox => "Sandbox",
            SourceKind::File => "File",
        }
    }

    /// What of that kind: profiles, the scenario's name, the file's name.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Aws(aws) if aws.profiles.is_empty() => "default profile".to_owned(),
            Self::Aws(aws) => aws.profiles.join(", "),
            Self::Sandbox(scenario) if scenario.is_empty() => "harbor".to_owned(),
            Self::Sandbox(scenario) => scenario.clone(),
            Self::File(path) => {
                path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
            }
        }
    }

    /// Whether pulling again can bring something new.
    #[must_use]
    pub fn refreshes(&self) -> bool {
        self.kind() != SourceKind::File
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.title(), self.detail())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_says_what_it_is() {
        let aws = Source::Aws(AwsSource { profiles: vec!["prod".into(), "stage".into()], ..AwsSource::default() });
        assert_eq!(aws.to_string(), "AWS prod, stage");
        assert_eq!(Source::Sandbox(String::new()).to_string(), "Sandbox harbor");
        assert_eq!(Source::File("/tmp/monday.fleet".into()).to_string(), "File monday.fleet");
        assert!(aws.refreshes() && !Source::File(PathBuf::new()).refreshes());
    }
}

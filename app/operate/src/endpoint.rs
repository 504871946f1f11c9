//! Which AWS answers. Two worlds may have an account of the same number: a sandbox, another server on this machine, and
//! AWS itself. What was planned in one of them is carried out in that one alone.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which AWS answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// AWS itself.
    Aws,
    /// What answers at this URL.
    Url(String),
    /// A sandbox in Emberline's own process.
    InProcess,
}

impl Endpoint {
    /// How Emberline is made to ask there.
    #[must_use]
    pub fn way_there(&self) -> String {
        match self {
            Self::Aws => "Start Emberline without --sandbox and --endpoint-url.".to_owned(),
            Self::Url(url) => format!("Start Emberline with --endpoint-url {url}."),
            Self::InProcess => "Start Emberline with --sandbox.".to_owned(),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aws => f.write_str("AWS itself"),
            Self::Url(url) => f.write_str(url),
            Self::InProcess => f.write_str("a sandbox of its own"),
        }
    }
}

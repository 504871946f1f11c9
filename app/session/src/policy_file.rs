//! Where the policy file is found.

use std::path::{Path, PathBuf};

use insight::{Policy, PolicyError};

/// The policy in force, and the file it came from.
#[derive(Clone, Debug, Default)]
pub struct PolicyFile {
    /// The policy; the default one where there is no file.
    pub policy: Policy,
    /// The file, where there is one.
    pub path: Option<PathBuf>,
}

/// Why the policy can't be taken.
#[derive(Debug, thiserror::Error)]
pub enum LoadPolicyError {
    /// The file can't be read.
    #[error("the policy file {} can't be read: {error}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file says something wrong.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl PolicyFile {
    /// Reads `given`, else `emberline.toml` in the configuration folder if there is one.
    ///
    /// # Errors
    /// A file that was named but can't be read, and any file that says something wrong: nothing is guessed.
    pub fn load(given: Option<&Path>) -> Result<Self, LoadPolicyError> {
        match given {
            Some(path) => Self::read(path.to_owned()),
            None => match Self::usual_path().filter(|path| path.exists()) {
                Some(path) => Self::read(path),
                None => Ok(Self::default()),
            },
        }
    }

    /// `emberline.toml` in the user's configuration folder; `None` for a user without a home.
    #[must_use]
    pub fn usual_path() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "emberline").map(|dirs| dirs.config_dir().join("emberline.toml"))
    }

    fn read(path: PathBuf) -> Result<Self, LoadPolicyError> {
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let policy = Policy::parse(&text, &path.display().to_string())?;
                // Whatever the folder that the program was started in becomes later.
                let whole = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
                let folder = whole.parent().unwrap_or(Path::new(""));
                Ok(Self { policy: policy.seen_from(folder), path: Some(path) })
            }
            Err(error) => Err(LoadPolicyError::Read { path, error }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_file_that_was_named_must_be_there() {
        let missing = Path::new("no/such/emberline.toml");
        let error = PolicyFile::load(Some(missing)).expect_err("there is no such file");
        assert!(error.to_string().starts_with("the policy file no/such/emberline.toml can't be read"), "{error}");
    }
}

//! The last pull of each way to AWS, kept on this machine: it is on screen before the network answers.
//!
//! Nothing is acted on from it ([`crate::View::is_kept`]), and nothing is lost with it: a file that can't be read or
//! written is as good as none.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fleet::Fleet;
use sha2::{Digest as _, Sha256};

use crate::source::{Source, SourceKind};

/// How many pulls are kept, each of another source.
const MOST: usize = 16;

/// Where pulls are kept.
#[derive(Clone, Debug)]
pub struct KeptPulls {
    folder: PathBuf,
    pub(crate) keeps: fn(&Source) -> bool,
}

impl KeptPulls {
    /// In this folder, which is made when the first one is kept.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        // A sandbox is another one each time, and a file is there already.
        Self { folder, keeps: |source| source.kind() == SourceKind::Aws }
    }

    /// In the user's folder for what can be had again; `None` where the user has no home.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let folders = directories::ProjectDirs::from("", "", "emberline")?;
        Some(Self::new(folders.cache_dir().join("pulls")))
    }

    /// The last pull of a source.
    pub(crate) fn load(&self, source: &Source) -> Option<Fleet> {
        Fleet::load_from(&self.path(source)?).ok()
    }

    /// Keeps a pull in place of the one before. One that was stopped half-way is not kept.
    pub(crate) fn keep(&self, source: &Source, fleet: &Fleet) {
        let was_stopped = fleet.gaps.iter().any(|gap| gap.kind == fleet::GapKind::Cancelled);
        let Some(path) = self.path(source).filter(|_| !was_stopped) else { return };
        let kept = make_private(&self.folder).is_ok() && fleet.save_to(&path).is_ok();
        if kept {
            self.forget_the_oldest();
        }
    }

    /// A name that says nothing of the source.
    fn path(&self, source: &Source) -> Option<PathBuf> {
        let said = serde_json::to_vec(source).ok().filter(|_| (self.keeps)(source))?;
        let name: String = Sha256::digest(said)[..12].iter().map(|byte| format!("{byte:02x}")).collect();
        Some(self.folder.join(format!("{name}.fleet")))
    }

    fn forget_the_oldest(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        let files = entries.flatten().filter(|entry| entry.path().extension().is_some_and(|ending| ending == "fleet"));
        let age = |entry: &std::fs::DirEntry| entry.metadata().and_then(|about| about.modified()).ok();
        let mut files: Vec<(Option<SystemTime>, PathBuf)> = files.map(|entry| (age(&entry), entry.path())).collect();
        files.sort();
        for (_, path) in files.iter().rev().skip(MOST) {
            // Whatever stays is tried again next time.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A folder that nobody else on this machine can look into.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests;

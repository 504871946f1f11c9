//! The `.fleet` file: one pull to share, or to look at later.
//!
//! `EMBERLINE FLEET\n`, the version as two bytes (little endian), then the fleet in postcard, compressed by zstd
//! with its content checksum. A file may come from anybody: nothing in it is trusted.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::resources::ScopeIx;
use crate::rows::Fleet;
use crate::text::clean;

/// The version of the format that this program writes, and the only one that it reads: rows are written without their
/// names, so that another version's would be read as something that they are not.
pub const VERSION: u16 = 3;

const MAGIC: &[u8; 16] = b"EMBERLINE FLEET\n";

/// zstd's own default: 100,000 servers compress in some 20 ms, and a stronger level gains little.
const LEVEL: i32 = 3;

/// The largest fleet read, uncompressed: 2 GiB, which is four times what a million servers with their tags and names
/// take, and still fits the memory of any desktop. A small file that unpacks to more is an attack.
const LARGEST_BYTES: u64 = 2 << 30;

/// Why a `.fleet` file can't be read or written, and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It does not begin as one.
    #[error("this is not a fleet file; `emberline pull -o FILE.fleet` makes one")]
    NotAFleet,
    /// A later program wrote it.
    #[error("this fleet file has version {found} and this program reads up to {VERSION}; update emberline to open it")]
    Newer {
        /// The file's version.
        found: u16,
    },
    /// An earlier program wrote it.
    #[error(
        "this fleet file has version {found} and this program reads version {VERSION}; open it with the emberline that \
         wrote it, or pull again with `emberline pull`"
    )]
    Older {
        /// The file's version.
        found: u16,
    },
    /// It is cut short or changed.
    #[error("this fleet file is damaged ({reason}); get another copy of it, or pull again with `emberline pull`")]
    Damaged {
        /// What does not fit.
        reason: Cow<'static, str>,
    },
    /// It unpacks to more than a fleet can be.
    #[error(
        "this fleet file unpacks to more than {limit_bytes} bytes, which no fleet does; do not trust where it came from"
    )]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// The system refused.
    #[error("{action} failed: {error}; check the path, its permissions and the space left")]
    Io {
        /// What was being done.
        action: &'static str,
        /// What the system said. It stands in this error's text, and so is not its source as well.
        error: io::Error,
    },
    /// Any of these, with the file's path.
    #[error("{}: {error}", path.display())]
    At {
        /// The file.
        path: PathBuf,
        /// What went wrong. It stands in this error's text, and so is not its source as well.
        error: Box<FileError>,
    },
}

fn damaged(reason: impl Into<Cow<'static, str>>) -> FileError {
    FileError::Damaged { reason: reason.into() }
}

fn io_error(action: &'static str) -> impl FnOnce(io::Error) -> FileError {
    move |error| FileError::Io { action, error }
}

fn at(path: &Path) -> impl FnOnce(FileError) -> FileError {
    move |error| FileError::At { path: path.to_owned(), error: Box::new(error) }
}

impl Fleet {
    /// Writes the fleet in the format of a `.fleet` file.
    ///
    /// # Errors
    /// Where `out` can't be written.
    pub fn save(&self, mut out: impl Write) -> Result<(), FileError> {
        let body = postcard::to_stdvec(self).expect("rows hold nothing that postcard can't write");
        let mut write = || -> io::Result<()> {
            out.write_all(MAGIC)?;
            out.write_all(&VERSION.to_le_bytes())?;
            let mut encoder = zstd::stream::Encoder::new(&mut out, LEVEL)?;
            encoder.include_checksum(true)?;
            encoder.write_all(&body)?;
            encoder.finish()?;
            out.flush()
        };
        write().map_err(io_error("writing the fleet"))
    }

    /// Reads what [`Fleet::save`] wrote.
    ///
    /// # Errors
    /// Where it is no fleet file, a newer one, damaged or too large, or `from` can't be read.
    pub fn load(from: impl Read) -> Result<Self, FileError> {
        load_within(from, LARGEST_BYTES)
    }

    /// Saves to a file: written beside it, made durable, then renamed, so that the old one stays whole until the new
    /// one is.
    ///
    /// # Errors
    /// Where the folder or the file can't be written; the error names it.
    pub fn save_to(&self, path: &Path) -> Result<(), FileError> {
        let mut beside = path.file_name().map_or_else(OsString::new, OsString::from);
        beside.push(format!(".{}.part", std::process::id()));
        let beside = path.with_file_name(beside);
        let result = self.write_durably(&beside).and_then(|()| {
            fs::rename(&beside, path).map_err(io_error("renaming the finished file"))?;
            sync_folder_of(path)
        });
        if result.is_err() {
            // The first error is the one to tell; a leftover that can't be removed either is a part file by its name.
            let _ = fs::remove_file(&beside);
        }
        result.map_err(at(path))
    }

    fn write_durably(&self, path: &Path) -> Result<(), FileError> {
        let mut file = File::create(path).map_err(io_error("creating the file"))?;
        self.save(&mut file)?;
        file.sync_all().map_err(io_error("making the file durable"))
    }

    /// Loads from a file.
    ///
    /// # Errors
    /// As [`Fleet::load`], with the path.
    pub fn load_from(path: &Path) -> Result<Self, FileError> {
        let file = File::open(path).map_err(io_error("opening the file")).map_err(at(path))?;
        Self::load(file).map_err(at(path))
    }
}

/// A rename is durable once its folder is; Windows has no such call and needs none.
fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_error("making the folder durable"))?;
    }
    Ok(())
}

fn load_within(from: impl Read, limit_bytes: u64) -> Result<Fleet, FileError> {
    let mut packed = Vec::new();
    from.take(limit_bytes + 1).read_to_end(&mut packed).map_err(io_error("reading the fleet"))?;
    if packed.len() as u64 > limit_bytes {
        return Err(FileError::TooLarge { limit_bytes });
    }
    let Some(rest) = packed.strip_prefix(MAGIC) else {
        let is_start = !packed.is_empty() && MAGIC.starts_with(&packed);
        return Err(if is_start { damaged("it ends within its first line") } else { FileError::NotAFleet });
    };
    let Some((version, rest)) = rest.split_first_chunk::<2>() else {
        return Err(damaged("it ends before its version"));
    };
    match u16::from_le_bytes(*version) {
        0 => return Err(damaged("no version 0 was ever written")),
        found if found > VERSION => return Err(FileError::Newer { found }),
        found if found < VERSION => return Err(FileError::Older { found }),
        _ => {}
    }
    let mut body = Vec::new();
    zstd::stream::Decoder::with_buffer(rest)
        .and_then(|decoder| decoder.take(limit_bytes + 1).read_to_end(&mut body))
        .map_err(|e| damaged(format!("its contents do not unpack: {e}")))?;
    if body.len() as u64 > limit_bytes {
        return Err(FileError::TooLarge { limit_bytes });
    }
    let (mut fleet, left) =
        postcard::take_from_bytes::<Fleet>(&body).map_err(|e| damaged(format!("its contents do not read: {e}")))?;
    if !left.is_empty() {
        return Err(damaged(format!("{} bytes follow its end", left.len())));
    }
    drop(body);
    check(&fleet)?;
    fleet.shrink();
    Ok(fleet)
}

/// What holds for every fleet that was pulled: rows name a scope that there is, and strings are clean.
fn check(fleet: &Fleet) -> Result<(), FileError> {
    if !fleet.symbols.is_sound() {
        return Err(damaged("its strings overlap"));
    }
    if fleet.symbols.iter().any(|(_, text)| clean(text).len() != text.len()) {
        return Err(damaged("it holds control characters, which no pull keeps"));
    }
    let known = |scope: ScopeIx| fleet.scope(scope).is_some();
    let rows: [(&str, bool); 20] = [
        ("a gap", fleet.gaps.iter().all(|row| known(row.scope))),
        ("an image", fleet.images.iter().all(|row| known(row.scope))),
        ("a template", fleet.templates.iter().all(|row| known(row.scope))),
        ("a template version", fleet.template_versions.iter().all(|row| known(row.scope))),
        ("a launch configuration", fleet.launch_configurations.iter().all(|row| known(row.scope))),
        ("a group", fleet.groups.iter().all(|row| known(row.scope))),
        ("a server", fleet.servers.iter().all(|row| known(row.scope))),
        ("a root replacement", fleet.root_replacements.iter().all(|row| known(row.scope))),
        ("a recipe", fleet.recipes.iter().all(|row| known(row.scope))),
        ("a pipeline", fleet.pipelines.iter().all(|row| known(row.scope))),
        ("a build", fleet.builds.iter().all(|row| known(row.scope))),
        ("a late volume", fleet.late_volumes.iter().all(|row| known(row.scope))),
        ("an activity", fleet.activities.iter().all(|row| known(row.scope))),
        ("a refresh", fleet.refreshes.iter().all(|row| known(row.scope))),
        ("a build's time", fleet.build_times.iter().all(|row| known(row.scope))),
        ("a login", fleet.logins.iter().all(|row| known(row.scope))),
        ("a change", fleet.changes.iter().all(|row| known(row.scope))),
        ("a managed server", fleet.managed.iter().all(|row| known(row.scope))),
        ("a boot's time", fleet.boot_times.iter().all(|row| known(row.scope))),
        ("an attribute", fleet.attributes.iter().all(|row| known(row.scope))),
    ];
    match rows.iter().find(|(_, holds)| !holds) {
        Some((row, _)) => Err(damaged(format!("{row} names no scope"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;

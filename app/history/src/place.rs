//! Where the journal lies: a folder of its owner's alone, and in it the file that SQLite is pointed at.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Trouble;

/// The journal's name in its folder.
pub(crate) const FILE: &str = "journal.sqlite";

/// The file in `dir`, as an absolute path: SQLite takes one that begins with `file:` for a URI.
pub(crate) fn file_in(dir: &Path) -> PathBuf {
    let file = dir.join(FILE);
    std::path::absolute(&file).unwrap_or(file)
}

/// Makes folder and file where they are not there yet, readable by nobody else; what is there stays as it is.
pub(crate) fn make(file: &Path) -> Result<(), Trouble> {
    if let Some(dir) = file.parent() {
        make_dir(dir).map_err(|error| Trouble::System("its folder can't be made", error))?;
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop).map_err(|error| Trouble::System("it can't be opened for writing", error))
}

/// Makes a folder that only its owner enters, and what is missing above it.
pub(crate) fn make_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(above) = dir.parent() {
        make_dir(above)?;
    }
    #[cfg_attr(not(unix), expect(unused_mut, reason = "modes are Unix's alone"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(dir) {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(()),
        Err(error) => Err(error),
        Ok(()) => dir.parent().map_or(Ok(()), sync_dir),
    }
}

/// Puts the names in a folder on disk, so that what was made there is found after a power cut. SQLite does it for the
/// folder that the journal lies in.
fn sync_dir(dir: &Path) -> io::Result<()> {
    // Windows opens no folders, and writes their names through.
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

/// Whether something was written to the file at all.
pub(crate) fn is_begun(file: &Path) -> Result<bool, Trouble> {
    match fs::metadata(file) {
        Ok(metadata) if metadata.is_dir() => {
            Err(Trouble::System("it can't be opened", io::ErrorKind::IsADirectory.into()))
        }
        Ok(metadata) => Ok(metadata.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Trouble::System("it can't be found out whether it is there", error)),
    }
}

/// Whether a write-ahead log with something in it lies beside the file: then the file alone is not the whole journal.
pub(crate) fn has_log(file: &Path) -> bool {
    let mut log = OsString::from(file);
    log.push("-wal");
    fs::metadata(log).is_ok_and(|metadata| metadata.len() > 0)
}

/// The file as a URI that tells SQLite to keep nothing beside it and to take it as it is.
pub(crate) fn as_it_lies(file: &Path) -> String {
    let path = file.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let mut uri = String::from("file://");
    if !path.starts_with('/') {
        uri.push('/');
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri + "?immutable=1"
}

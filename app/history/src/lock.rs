//! Who works on which operation: a lock of the operating system for each, which dies with its process.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use operate::{JournalError, Locked, OperationId};

use crate::error::Trouble;
use crate::place;

/// How often a lock is tried for, this far apart, before it counts as taken: [`Locks::is_taken`] of another process
/// has it for a few microseconds.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// The longest name that a lock file takes.
const LONGEST_NAME: usize = 64;

/// The locks of one journal.
#[derive(Debug)]
pub(crate) enum Locks {
    /// Files in this folder, one for each operation, with the number of the process that has it. They stay: if they were
    /// removed, two processes could each lock a file of the same name.
    Files(PathBuf),
    /// Within this process alone.
    Memory(Arc<Mutex<BTreeSet<OperationId>>>),
}

struct FileLock {
    file: File,
}

impl Locked for FileLock {}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing the file gives the lock back too, but later where a child process is just being started.
        let _given_back_by_closing_at_the_latest = self.file.unlock();
    }
}

struct MemoryLock {
    taken: Arc<Mutex<BTreeSet<OperationId>>>,
    operation: OperationId,
}

impl Locked for MemoryLock {}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        within(&self.taken).remove(&self.operation);
    }
}

fn within(taken: &Mutex<BTreeSet<OperationId>>) -> MutexGuard<'_, BTreeSet<OperationId>> {
    // A set stays whole whatever panicked.
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this is a name that an operation can have. It becomes the name of a file, so nothing else passes.
fn is_name(operation: &OperationId) -> bool {
    operation.0.len() <= LONGEST_NAME
        && operation.0.strip_prefix("op-").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

impl Locks {
    /// Takes the lock of an operation.
    pub(crate) fn take(&self, operation: &OperationId) -> Result<Box<dyn Locked>, Trouble> {
        if !is_name(operation) {
            let reason = format!("`{operation}` can't be the name of an operation: `op-` and letters or digits are");
            return Err(Trouble::Said(reason));
        }
        let locked = |process| Trouble::Journal(JournalError::Locked { operation: operation.clone(), process });
        match self {
            Self::Memory(taken) => {
                if !within(taken).insert(operation.clone()) {
                    return Err(locked(Some(process::id())));
                }
                Ok(Box::new(MemoryLock { taken: Arc::clone(taken), operation: operation.clone() }))
            }
            Self::Files(dir) => {
                place::make_dir(dir).map_err(unlockable)?;
                let mut options = OpenOptions::new();
                options.read(true).write(true).create(true).truncate(false);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let path = Self::file(dir, operation);
                let file = options.open(&path).map_err(unlockable)?;
                for _ in 0..TRIES {
                    match file.try_lock() {
                        Ok(()) => {
                            sign(&file);
                            return Ok(Box::new(FileLock { file }));
                        }
                        Err(TryLockError::WouldBlock) => thread::sleep(BETWEEN_TRIES),
                        Err(TryLockError::Error(error)) => return Err(unlockable(error)),
                    }
                }
                // Of a locked file Windows shows nothing.
                Err(locked(fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok())))
            }
        }
    }

    /// Whether anybody has the lock of an operation. Makes nothing.
    pub(crate) fn is_taken(&self, operation: &OperationId) -> Result<bool, Trouble> {
        if !is_name(operation) {
            return Ok(false);
        }
        match self {
            Self::Memory(taken) => Ok(within(taken).contains(operation)),
            Self::Files(dir) => {
                let file = match OpenOptions::new().read(true).open(Self::file(dir, operation)) {
                    Ok(file) => file,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                    Err(error) => return Err(unlockable(error)),
                };
                match file.try_lock_shared() {
                    Ok(()) => file.unlock().map(|()| false).map_err(unlockable),
                    Err(TryLockError::WouldBlock) => Ok(true),
                    Err(TryLockError::Error(error)) => Err(unlockable(error)),
                }
            }
        }
    }

    fn file(dir: &Path, operation: &OperationId) -> PathBuf {
        dir.join(format!("{operation}.lock"))
    }
}

/// Says in a lock's file whose it is, for whoever wants it too. The lock binds without that: a full disk is no reason not
/// to work on something, the journal itself will tell of it.
fn sign(file: &File) {
    let written = file.set_len(0).and_then(|()| writeln!(&mut &*file, "{}", process::id()));
    drop(written);
}

fn unlockable(error: io::Error) -> Trouble {
    Trouble::System("the folder `locks` beside it can't be used", error)
}

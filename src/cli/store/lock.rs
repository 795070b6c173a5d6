//! One writer at a time.

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::error::{Action, At, StoreError};

/// Held while a folder's entries are written; let go when dropped, or when the process ends in whatever way.
#[derive(Debug)]
pub(super) struct Lock(#[allow(dead_code, reason = "open as long as the lock is held")] Option<File>);

impl Lock {
    /// Whether others are kept out, so that what looks abandoned is abandoned.
    pub(super) fn holds(&self) -> bool {
        self.0.is_some()
    }
}

/// Waits until no other writer writes into a folder. The lock is on the folder itself and leaves no file behind. Network
/// file systems that lock no folders give a lock that does not hold.
pub(super) fn folder(folder: &Path) -> Result<Lock, StoreError> {
    let file = File::open(folder).at(Action::Lock, folder)?;
    loop {
        return match flock(&file, FlockOperation::LockExclusive) {
            Ok(()) => Ok(Lock(Some(file))),
            Err(Errno::INTR) => continue,
            Err(error) if UNSUPPORTED.contains(&error) => Ok(Lock(None)),
            Err(error) => Err(error).at(Action::Lock, folder),
        };
    }
}

/// What file systems answer that lock no folders.
const UNSUPPORTED: [Errno; 6] =
    [Errno::BADF, Errno::NOLCK, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::INVAL, Errno::NOSYS];

//! The key that credentials are derived from, in a file.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::fsync;

use super::error::{Action, At, StoreError};
use super::{build, lock, recover};
use crate::bundle::OWN_PREFIX;
use crate::diagnostics::{Diagnostic, codes};
use crate::plan::{Key, SHORTEST_KEY};
use crate::source::hex;

/// A key that was read from a file.
pub struct KeyFile {
    /// The key.
    pub key: Key,
    /// Where it stands.
    pub path: PathBuf,
    /// Whether it was made just now.
    pub made: bool,
    /// A warning, where others may read the file.
    pub warning: Option<Diagnostic>,
}

impl fmt::Debug for KeyFile {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("path", &self.path).field("made", &self.made).finish_non_exhaustive()
    }
}

/// Reads a key file.
///
/// # Errors
/// [`StoreError::Key`].
pub fn read_key(path: &Path) -> Result<KeyFile, StoreError> {
    let refuse = |reason: String| StoreError::Key { path: path.to_owned(), reason };
    let bytes = fs::read(path).map_err(|error| refuse(error.to_string()))?;
    let key = Key::new(&bytes).ok_or_else(|| refuse(format!("it holds fewer than {SHORTEST_KEY} characters")))?;
    let mode = fs::metadata(path).map_err(|error| refuse(error.to_string()))?.permissions().mode();
    let warning = (mode & 0o077 != 0).then(|| {
        let message = format!("the key file {} can be read by others (mode {:04o})", path.display(), mode & 0o7777);
        Diagnostic::new(codes::LOOSE_KEY_FILE, message).help(format!("run `chmod 600 {}`", path.display()))
    });
    Ok(KeyFile { key, path: path.to_owned(), made: false, warning })
}

/// The key file of a project's `.previewc` folder, made on first use: 32 random bytes as hex, mode 0600. Of two processes
/// that make it at once both get the same key.
///
/// # Errors
/// [`StoreError`].
pub fn project_key(folder: &Path) -> Result<KeyFile, StoreError> {
    let path = folder.join("key");
    if fs::symlink_metadata(&path).is_ok() {
        return read_key(&path);
    }
    super::prepare(folder)?;
    let lock = lock::folder(folder)?;
    if lock.holds() {
        remove_leftovers(folder);
    }
    let random = recover::random().at(Action::Write, &path)?;
    let new = folder.join(format!("{OWN_PREFIX}key-{random:016x}"));
    let made = make(&new, &path);
    // Its other name, or all of it where it lost the race.
    let _ = fs::remove_file(&new);
    let made = made?;
    if made {
        build::sync_folder(folder)?;
    }
    Ok(KeyFile { made, ..read_key(&path)? })
}

/// Writes a whole key under a new name, then gives it its own name unless that is taken. Says whether it got it.
fn make(new: &Path, path: &Path) -> Result<bool, StoreError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other).at(Action::Write, path)?;
    let text = hex(&bytes) + "\n";
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(new).at(Action::Write, new)?;
    file.write_all(text.as_bytes()).at(Action::Write, new)?;
    file.set_permissions(fs::Permissions::from_mode(0o600)).at(Action::Write, new)?;
    // A key cannot be made again.
    fsync(&file).at(Action::Write, new)?;
    match fs::hard_link(new, path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        // File systems without links. The lock keeps others away here.
        Err(_) if fs::symlink_metadata(path).is_ok() => Ok(false),
        Err(_) => fs::rename(new, path).at(Action::Write, path).map(|()| true),
    }
}

fn remove_leftovers(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let digits = name.to_str().and_then(|name| name.strip_prefix(OWN_PREFIX)?.strip_prefix("key-"));
        if digits.is_some_and(|d| d.len() == 16 && d.bytes().all(|b| b.is_ascii_hexdigit())) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

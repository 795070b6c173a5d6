//! Takes up what killed runs left behind.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::{Action, At, StoreError};
use super::in_place;
use super::lock::Lock;
use crate::bundle::OWN_PREFIX;

/// What names of folders that are being built begin with; 16 hex digits follow.
const NEW: &str = "new-";

/// A name beside a bundle's folder that nothing has.
pub(super) fn new_name(parent: &Path) -> io::Result<PathBuf> {
    Ok(parent.join(format!("{OWN_PREFIX}{NEW}{:016x}", random()?)))
}

/// A random number that two processes will not share.
pub(super) fn random() -> io::Result<u64> {
    getrandom::u64().map_err(io::Error::other)
}

/// Finishes a commit that was cut off, and removes folders that were never finished: where the lock on the parent holds,
/// nobody builds them any more.
pub(super) fn all(folder: &Path, parent: &Path, lock: &Lock) -> Result<(), StoreError> {
    let names = if lock.holds() { names(parent)? } else { Vec::new() };
    for name in names {
        let path = parent.join(&name);
        if is_new(&name) && fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir()) {
            remove_tree(&path);
        }
    }
    in_place::finish(folder)
}

/// Whether a name is one of [`new_name`]'s, and nobody else's.
fn is_new(name: &OsString) -> bool {
    let digits = name.to_str().and_then(|name| name.strip_prefix(OWN_PREFIX)?.strip_prefix(NEW));
    digits.is_some_and(|d| d.len() == 16 && d.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

fn names(folder: &Path) -> Result<Vec<OsString>, StoreError> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<_, _>>().at(Action::Read, folder)
        }
        // What cannot be listed can still be written into.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(Vec::new()),
        Err(error) => Err(error).at(Action::Read, folder),
    }
}

/// Removes a folder that is ours with all that is in it, as far as that is possible; the next run tries again. Symbolic
/// links are removed, not followed.
pub(super) fn remove_tree(path: &Path) {
    if fs::remove_dir_all(path).is_err() {
        open_up(path);
        let _ = fs::remove_dir_all(path);
    }
}

/// Makes folders that were carried over writable, so that they can be emptied.
fn open_up(folder: &Path) {
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_ours() {
        assert!(is_new(&new_name(Path::new("")).unwrap().into_os_string()));
        for name in [
            "new-0123456789abcdef",
            ".previewc-new-",
            ".previewc-new-0123456789abcdeF",
            ".previewc-new-0123456789abcdef0",
        ] {
            assert!(!is_new(&name.into()), "{name}");
        }
    }
}

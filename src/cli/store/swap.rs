//! Builds the new folder beside the old one and exchanges the two.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::io::Errno;

use super::error::{Action, At, StoreError};
use super::inspect::Found;
use super::{Options, build, carry, recover};
use crate::bundle::Bundle;

/// Why folders were not exchanged.
pub(super) enum Failure {
    /// This place cannot do it; nothing has changed.
    Unsupported,
    /// Something else; nothing has changed, unless it is [`StoreError::Kept`].
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

/// Writes a bundle. The parent must be locked and the folder checked.
pub(super) fn write(
    folder: &Path,
    parent: &Path,
    bundle: &Bundle,
    found: &Found,
    options: Options,
) -> Result<(), Failure> {
    let new = recover::new_name(parent).at(Action::MakeFolder, parent)?;
    // Where there is a folder to write in, it need not be possible to make one beside it.
    match build::private_folder(&new) {
        Err(_) if found.exists() => return Err(Failure::Unsupported),
        // The user knows the folder, not the name that it has meanwhile.
        Err(StoreError::Io { action, error, .. }) => {
            return Err(StoreError::io(action, folder, error).into());
        }
        other => other?,
    }
    let written = fill(&new, folder, bundle, found, options).and_then(|()| exchange(&new, folder, found.exists()));
    if let Err(failure) = written {
        recover::remove_tree(&new);
        return Err(failure);
    }
    if found.exists() {
        settle(&new, folder, bundle, options)?;
    }
    if options.durable {
        build::sync_folder(parent)?;
    }
    recover::remove_tree(&new);
    Ok(())
}

fn fill(new: &Path, folder: &Path, bundle: &Bundle, found: &Found, options: Options) -> Result<(), Failure> {
    build::fill(new, bundle, options.durable)?;
    for path in found.carried(&found.difference(bundle)) {
        // What cannot be taken along can stay where it is.
        carry::link(folder, new, path).map_err(|_| Failure::Unsupported)?;
    }
    let mode = match fs::symlink_metadata(folder) {
        Ok(meta) => meta.permissions(),
        Err(_) => fs::Permissions::from_mode(build::FOLDER),
    };
    fs::set_permissions(new, mode).at(Action::Write, new)?;
    Ok(())
}

/// Gives the new folder its name; where there is an old one, that gets the new one's.
fn exchange(new: &Path, folder: &Path, exists: bool) -> Result<(), Failure> {
    if !exists {
        // The parent is locked, so nothing has come there but by another program's hand; then this fails unless that is
        // an empty folder.
        return Ok(fs::rename(new, folder).at(Action::Rename, folder)?);
    }
    match change_places(new, folder) {
        Ok(()) => Ok(()),
        Err(error) if UNSUPPORTED.contains(&error) => Err(Failure::Unsupported),
        Err(error) => Err(StoreError::io(Action::Rename, folder, io::Error::from(error)).into()),
    }
}

/// What kernels and file systems answer where folders cannot change places: an old kernel, a network file system, a lower
/// layer of an overlay, a mount point, a parent that may not be written.
const UNSUPPORTED: [Errno; 8] =
    [Errno::INVAL, Errno::NOSYS, Errno::XDEV, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::BUSY, Errno::PERM, Errno::ACCESS];

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn change_places(one: &Path, other: &Path) -> Result<(), Errno> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn change_places(_: &Path, _: &Path) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

/// Looks again at the old folder, which now has the new one's name: what came or changed there in the meantime is taken
/// over, or the folders change back where a person edited a listed file in between. Where neither can be finished, the old
/// folder is the only place of what is still in it: it is kept.
pub(super) fn settle(old: &Path, folder: &Path, bundle: &Bundle, options: Options) -> Result<(), StoreError> {
    let looked = Found::look(old, bundle).and_then(|found| Ok((found.check(bundle, options.force)?, found)));
    let (difference, found) = match looked {
        Ok(looked) => looked,
        Err(error) => {
            return match change_places(old, folder).at(Action::Rename, folder) {
                Ok(()) => {
                    // The new folder has its own name again, and nothing that is not in the old one too.
                    recover::remove_tree(old);
                    Err(error.within(folder))
                }
                Err(_) => Err(kept(old, folder, error.within(folder))),
            };
        }
    };
    let rescued = found.carried(&difference).into_iter().try_for_each(|path| carry::rescue(old, folder, path));
    rescued.map_err(|error| kept(old, folder, error))
}

/// Gives an old folder a name that no later run takes for a leftover.
fn kept(old: &Path, folder: &Path, error: StoreError) -> StoreError {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let kept = match recover::random() {
        Ok(random) => folder.with_file_name(format!("{name}.kept-{random:016x}")),
        Err(_) => folder.with_file_name(format!("{name}.kept")),
    };
    let kept = if fs::rename(old, &kept).is_ok() { kept } else { old.to_owned() };
    StoreError::Kept { folder: folder.to_owned(), kept, error: Box::new(error) }
}

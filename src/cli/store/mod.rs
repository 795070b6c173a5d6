//! Writes bundles into folders, whole or not at all.
//!
//! The new folder is built beside the old one and the two change places in one step, so a reader sees the old bundle or
//! the new one, and so does whoever comes after a killed run:
//!
//! 1. `lock`: one writer at a time in the folder that both stand in; what killed runs left is taken up (`recover`).
//! 2. `inspect`: what is there, and what a person would lose; refused without `force`.
//! 3. `build`: `.previewc-new-<16 hex digits>` gets every file with its exact mode, the record last, and hard links to
//!    what the old record does not list (`carry`).
//! 4. `swap`: `renameat2` with EXCHANGE (macOS: `renameatx_np` with SWAP), then the old folder is removed, or kept
//!    under another name where something in it could not be taken over.
//!
//! Where a file system cannot do that (overlay layers, network file systems, a folder that is a mount point), `in_place`
//! builds the files within the folder, and one rename of `.previewc-staging` to `.previewc-commit` decides: before it
//! nothing has happened, after it the next writer finishes the work.

#![allow(clippy::disallowed_methods, reason = "this is where bundles leave the pure pipeline")]

mod build;
mod carry;
mod error;
mod in_place;
mod inspect;
mod key;
mod lock;
mod project;
mod recover;
mod swap;

use std::io;
use std::path::{Path, PathBuf};

pub use error::StoreError;
use error::{Action, At};
use inspect::Found;
pub use key::{KeyFile, project_key, read_key};
pub use project::prepare;

use crate::bundle::{Bundle, BundleRecord, Difference};

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Overwrite what a person made, and folders that are no bundle or another's.
    pub force: bool,
    /// Wait until the disk has the files, so that a power failure leaves the old or the new bundle too. Costs a few
    /// milliseconds a bundle; a kill needs no such care.
    pub durable: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { force: false, durable: true }
    }
}

/// A folder beside the bundle that is to stand there.
#[derive(Debug)]
pub struct Comparison {
    /// The record of the bundle that stands there, if one does.
    pub old: Option<BundleRecord>,
    /// What writing would change.
    pub difference: Difference,
}

/// Compares a folder with the bundle that is to stand there, and writes nothing.
///
/// # Errors
/// [`StoreError::Io`] where the folder cannot be read.
pub fn compare(folder: &Path, bundle: &Bundle) -> Result<Comparison, StoreError> {
    let Some((folder, _)) = locate(folder)? else {
        return Ok(Comparison { old: None, difference: Difference::new(None, &Default::default(), bundle) });
    };
    let found = Found::look(&folder, bundle)?;
    Ok(Comparison { difference: found.difference(bundle), old: found.into_record() })
}

/// Writes a bundle into a folder, which is made with those above it where it is missing. Says what changed.
///
/// # Errors
/// [`StoreError`]. The folder then holds what it held before, with two exceptions that come after the new bundle has taken
/// its place: [`StoreError::Kept`], which names where the old folder is, and a disk that fails when it is waited for.
pub fn write(folder: &Path, bundle: &Bundle, options: Options) -> Result<Difference, StoreError> {
    write_by(folder, bundle, options, true)
}

/// Writes a bundle; `exchange` is off to try what happens where folders cannot be exchanged.
fn write_by(folder: &Path, bundle: &Bundle, options: Options, exchange: bool) -> Result<Difference, StoreError> {
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent).at(Action::MakeFolder, parent)?;
    }
    let Some((folder, parent)) = locate(folder)? else {
        return Err(StoreError::io(Action::MakeFolder, folder, io::ErrorKind::NotFound.into()));
    };
    let lock = lock::folder(&parent)?;
    recover::all(&folder, &parent, &lock)?;
    let found = Found::look(&folder, bundle)?;
    let difference = found.check(bundle, options.force)?;
    // A folder that is no bundle is somebody's place of work: it stays the folder that it is.
    if exchange && !found.is_foreign() {
        match swap::write(&folder, &parent, bundle, &found, options) {
            Err(swap::Failure::Unsupported) => {}
            Err(swap::Failure::Store(error)) => return Err(error),
            Ok(()) => return Ok(difference),
        }
    }
    in_place::write(&folder, bundle, options.durable)?;
    Ok(difference)
}

/// A folder under its real name, and the folder that it stands in. Nothing where the latter does not exist.
fn locate(folder: &Path) -> Result<Option<(PathBuf, PathBuf)>, StoreError> {
    let missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    // Symbolic links are followed, so that folders change places where they really are.
    let real = match std::fs::canonicalize(folder) {
        Ok(real) => real,
        // A link that leads nowhere stays an error. What another writer has put there since is no link.
        Err(error) if missing(&error) && !std::fs::symlink_metadata(folder).is_ok_and(|meta| meta.is_symlink()) => {
            let invalid = || StoreError::io(Action::Find, folder, io::ErrorKind::InvalidInput.into());
            let name = folder.file_name().ok_or_else(invalid)?;
            let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
            match std::fs::canonicalize(parent.unwrap_or(Path::new("."))) {
                Ok(parent) => parent.join(name),
                Err(error) if missing(&error) => return Ok(None),
                Err(error) => return Err(StoreError::io(Action::Find, folder, error)),
            }
        }
        Err(error) => return Err(StoreError::io(Action::Find, folder, error)),
    };
    match real.parent() {
        Some(parent) => Ok(Some((real.clone(), parent.to_owned()))),
        None => Err(StoreError::io(Action::Find, folder, io::ErrorKind::InvalidInput.into())),
    }
}

#[cfg(test)]
mod tests;

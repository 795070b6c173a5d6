//! Writes a bundle file by file into its folder, where folders cannot be exchanged.
//!
//! The new files are built in `.previewc-staging`. Its rename to `.previewc-commit` decides: from then on the new bundle
//! is the one that counts, and whoever finds the folder finishes moving its files into place. Every step can be repeated.
//! Until it is finished `.previewc-commit` stands there, so that a reader can tell.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::error::{Action, At, StoreError};
use super::inspect::read_record;
use super::recover::remove_tree;
use super::{build, recover};
use crate::bundle::{Bundle, BundlePath, RECORD};

const STAGING: &str = ".previewc-staging";
const COMMIT: &str = ".previewc-commit";

/// Writes a bundle. The folder's parent must be locked and the folder checked.
pub(super) fn write(folder: &Path, bundle: &Bundle, durable: bool) -> Result<(), StoreError> {
    if fs::symlink_metadata(folder).is_err() {
        build::open_folder(folder)?;
    }
    let staging = folder.join(STAGING);
    build::private_folder(&staging)?;
    if let Err(error) = build::fill(&staging, bundle, durable) {
        recover::remove_tree(&staging);
        return Err(error);
    }
    fs::rename(&staging, folder.join(COMMIT)).at(Action::Rename, &staging)?;
    if durable {
        build::sync_folder(folder)?;
    }
    finish(folder)?;
    if durable {
        build::sync_folder(folder)?;
    }
    Ok(())
}

/// Finishes a commit that was cut off, if there is one, and removes a staging folder that was never committed.
pub(super) fn finish(folder: &Path) -> Result<(), StoreError> {
    let (staging, commit) = (folder.join(STAGING), folder.join(COMMIT));
    for leftover in [&staging, &commit] {
        // Not ours unless it is a folder.
        if fs::symlink_metadata(leftover).is_ok_and(|meta| !meta.is_dir()) {
            return Err(StoreError::io(Action::Write, leftover, io::ErrorKind::NotADirectory.into()));
        }
    }
    if fs::symlink_metadata(&staging).is_ok() {
        remove_tree(&staging);
    }
    if fs::symlink_metadata(&commit).is_err() {
        return Ok(());
    }
    // The record moves last: without it all has been moved.
    if let Ok(new) = read_record(&commit)? {
        let new: BTreeSet<&BundlePath> = new.files.iter().map(|file| &file.path).collect();
        for path in &new {
            let from = commit.join(path.as_str());
            if fs::symlink_metadata(&from).is_ok() {
                move_into(folder, path, &from)?;
            }
        }
        if let Ok(old) = read_record(folder)? {
            for file in old.files.iter().filter(|file| !new.contains(&file.path)) {
                remove(folder, &file.path)?;
            }
        }
        clear(&folder.join(RECORD))?;
        fs::rename(commit.join(RECORD), folder.join(RECORD)).at(Action::Rename, &folder.join(RECORD))?;
    }
    remove_tree(&commit);
    Ok(())
}

/// Moves a file into its place, from which anything else is cleared: what may not be lost was refused before.
fn move_into(folder: &Path, path: &BundlePath, from: &Path) -> Result<(), StoreError> {
    for parent in path.folders().map(|parent| folder.join(parent)) {
        if fs::symlink_metadata(&parent).is_ok_and(|meta| !meta.is_dir()) {
            fs::remove_file(&parent).at(Action::Remove, &parent)?;
        }
        build::open_folder(&parent)?;
    }
    let to = folder.join(path.as_str());
    clear(&to)?;
    fs::rename(from, &to).at(Action::Rename, &to)
}

/// Makes room for a file where a folder stands.
fn clear(path: &Path) -> Result<(), StoreError> {
    if fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir()) {
        fs::remove_dir_all(path).at(Action::Remove, path)?;
    }
    Ok(())
}

/// Removes a file that the new bundle has no more, and the folders that it leaves empty.
fn remove(folder: &Path, path: &BundlePath) -> Result<(), StoreError> {
    let real = |parent: &Path| fs::symlink_metadata(parent).is_ok_and(|meta| meta.is_dir());
    let parents: Vec<_> = path.folders().map(|parent| folder.join(parent)).collect();
    let file = folder.join(path.as_str());
    // Behind a link that has come in a folder's place is not the old bundle's file.
    if parents.iter().all(|parent| real(parent)) && fs::symlink_metadata(&file).is_ok_and(|meta| !meta.is_dir()) {
        fs::remove_file(&file).at(Action::Remove, &file)?;
    }
    for parent in parents.iter().rev().filter(|parent| real(parent)) {
        if fs::remove_dir(parent).is_err() {
            break;
        }
    }
    Ok(())
}

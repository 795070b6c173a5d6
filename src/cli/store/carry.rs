//! Takes what the old record does not list from the old folder into the new one.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use super::build::{open_folder, private_folder};
use super::error::{Action, At, StoreError};

/// Puts a file, link or whole folder of `old` at the same path of `new`, which has nothing there. Files are linked, not
/// copied: both folders hold the very same file until one is removed. Symbolic links stay as they are.
pub(super) fn link(old: &Path, new: &Path, path: &Path) -> Result<(), StoreError> {
    make_parents(new, path)?;
    link_tree(&old.join(path), &new.join(path))
}

/// Moves what came into `old` at a path since it was carried: new files, and files and links that were replaced. A folder
/// that took a file's place, or a file a folder's, is an error: neither may be removed for the other.
pub(super) fn rescue(old: &Path, new: &Path, path: &Path) -> Result<(), StoreError> {
    let (from, to) = (old.join(path), new.join(path));
    let there = fs::symlink_metadata(&from).at(Action::Carry, &from)?;
    match fs::symlink_metadata(&to) {
        Err(_) => {
            make_parents(new, path)?;
            fs::rename(&from, &to).at(Action::Carry, &from)
        }
        Ok(here) if there.is_dir() && here.is_dir() => {
            for entry in fs::read_dir(&from).at(Action::Carry, &from)? {
                let name = entry.at(Action::Carry, &from)?.file_name();
                rescue(old, new, &path.join(name))?;
            }
            Ok(())
        }
        Ok(here) if there.is_dir() || here.is_dir() => {
            Err(io::Error::from(io::ErrorKind::AlreadyExists)).at(Action::Carry, &from)
        }
        Ok(here) if there.ino() == here.ino() => Ok(()),
        Ok(_) => fs::rename(&from, &to).at(Action::Carry, &from),
    }
}

fn make_parents(new: &Path, path: &Path) -> Result<(), StoreError> {
    let Some(parent) = path.parent().map(|parent| new.join(parent)) else {
        return Ok(());
    };
    let mut missing = Vec::new();
    for folder in parent.ancestors() {
        if fs::symlink_metadata(folder).is_ok() {
            break;
        }
        missing.push(folder);
    }
    for folder in missing.into_iter().rev() {
        open_folder(folder)?;
    }
    Ok(())
}

fn link_tree(from: &Path, to: &Path) -> Result<(), StoreError> {
    let meta = fs::symlink_metadata(from).at(Action::Carry, from)?;
    if meta.is_symlink() {
        let target = fs::read_link(from).at(Action::Carry, from)?;
        return symlink(target, to).at(Action::Carry, from);
    }
    if !meta.is_dir() {
        return match fs::hard_link(from, to) {
            // File systems without links, files with too many of them, files of others that may not be linked.
            Err(error) if meta.is_file() && error.kind() != io::ErrorKind::CrossesDevices => copy(from, to, &meta),
            other => other.at(Action::Carry, from),
        };
    }
    private_folder(to)?;
    for entry in fs::read_dir(from).at(Action::Carry, from)? {
        let name = entry.at(Action::Carry, from)?.file_name();
        link_tree(&from.join(&name), &to.join(&name))?;
    }
    fs::set_permissions(to, meta.permissions()).at(Action::Carry, from)
}

fn copy(from: &Path, to: &Path, meta: &fs::Metadata) -> Result<(), StoreError> {
    // Takes the mode over, and on systems that can, shares the blocks.
    fs::copy(from, to).at(Action::Carry, from)?;
    let times = meta.modified().map(|time| fs::FileTimes::new().set_modified(time)).at(Action::Carry, from)?;
    let file = File::options().append(true).open(to);
    // The time is a courtesy: a file that may not be opened for writing keeps the copy's.
    if let Ok(file) = file {
        file.set_times(times).at(Action::Carry, from)?;
    }
    Ok(())
}

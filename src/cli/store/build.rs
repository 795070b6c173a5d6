//! Writes a bundle's files into a new folder.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::fsync;

use super::error::{Action, At, StoreError};
use crate::artifact::Mode;
use crate::bundle::{Bundle, RECORD};

/// How many files are handed to the disk at once: they share its journal's commits, so this is quicker than one by one.
const AT_ONCE: usize = 16;

/// The mode of folders.
pub(super) const FOLDER: u32 = 0o755;

/// Makes a folder for anybody, whatever the umask, or gives one that is there that mode.
pub(super) fn open_folder(path: &Path) -> Result<(), StoreError> {
    match DirBuilder::new().mode(FOLDER).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(error).at(Action::MakeFolder, path);
        }
        _ => {}
    }
    let mode = fs::symlink_metadata(path).at(Action::MakeFolder, path)?.permissions().mode() & 0o7777;
    if mode == FOLDER {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(FOLDER)).at(Action::MakeFolder, path)
}

/// Makes a folder that nobody else may enter yet.
pub(super) fn private_folder(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new().mode(0o700).create(path).at(Action::MakeFolder, path)
}

/// Writes every file of a bundle into a folder that is empty, with exact modes whatever the umask, the record last.
/// `durable` waits until the disk has it all.
pub(super) fn fill(folder: &Path, bundle: &Bundle, durable: bool) -> Result<(), StoreError> {
    let mut open: Vec<(PathBuf, File)> = Vec::new();
    let folders: BTreeSet<&str> = bundle.files().keys().flat_map(|path| path.folders()).collect();
    // Sorted, so a folder comes before what it holds.
    for path in &folders {
        open_folder(&folder.join(path))?;
    }
    let record = bundle.record().to_json();
    let files = bundle.files().iter().map(|(path, file)| (path.as_str(), file.bytes.as_slice(), file.mode));
    for (path, bytes, mode) in files.chain([(RECORD, record.as_slice(), Mode::Public)]) {
        let path = folder.join(path);
        let file = write(&path, bytes, mode)?;
        if durable {
            open.push((path, file));
        }
    }
    if durable {
        for path in folders.iter().map(|path| folder.join(path)).chain([folder.to_owned()]) {
            let file = File::open(&path).at(Action::Write, &path)?;
            open.push((path, file));
        }
        sync(&open)?;
    }
    Ok(())
}

/// Waits until the disk has a folder's entries.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let file = File::open(folder).at(Action::Write, folder)?;
    fsync(&file).at(Action::Write, folder)
}

/// Writes a new file that nobody but its owner can open before it has its final mode.
pub(super) fn write(path: &Path, bytes: &[u8], mode: Mode) -> Result<File, StoreError> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).at(Action::Write, path)?;
    file.write_all(bytes).at(Action::Write, path)?;
    // Not left to `open`, whose mode the umask narrows.
    file.set_permissions(fs::Permissions::from_mode(mode.bits())).at(Action::Write, path)?;
    Ok(file)
}

fn sync(files: &[(PathBuf, File)]) -> Result<(), StoreError> {
    let share = files.len().div_ceil(AT_ONCE).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = files
            .chunks(share)
            .map(|files| {
                scope.spawn(move || files.iter().try_for_each(|(path, file)| fsync(file).at(Action::Write, path)))
            })
            .collect();
        let mut result = Ok(());
        for worker in workers {
            // A worker does nothing that can panic.
            if let Ok(Err(error)) = worker.join() {
                result = Err(error);
            }
        }
        result
    })
}

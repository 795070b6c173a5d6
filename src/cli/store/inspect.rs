//! What stands in a folder before a bundle is written there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::error::{Action, At, StoreError};
use crate::bundle::record::RemovalRecord;
use crate::bundle::{Bundle, BundlePath, BundleRecord, Difference, OWN_PREFIX, OnDisk, RECORD};
use crate::source::Digest;

/// What stands in a folder.
#[derive(Debug)]
pub(super) struct Found {
    folder: PathBuf,
    exists: bool,
    record: Result<BundleRecord, String>,
    entries: Vec<Entry>,
}

/// Something in the folder or in one of the folders that the old or the new bundle has.
#[derive(Debug)]
struct Entry {
    /// Its path as text. Bytes that are no text are written as `\xNN`, so it may name two entries, none of them listed.
    text: String,
    path: PathBuf,
    there: OnDisk,
}

impl Found {
    /// Looks into a folder, which need not exist.
    pub(super) fn look(folder: &Path, bundle: &Bundle) -> Result<Self, StoreError> {
        let mut found = Found {
            folder: folder.to_owned(),
            exists: true,
            record: Err(format!("there is no `{RECORD}`")),
            entries: Vec::new(),
        };
        match fs::symlink_metadata(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                found.exists = false;
                return Ok(found);
            }
            Err(error) => return Err(error).at(Action::Read, folder),
            Ok(meta) if !meta.is_dir() => {
                return Err(io::Error::from(io::ErrorKind::NotADirectory)).at(Action::Write, folder);
            }
            Ok(_) => {}
        }
        found.record = read_record(folder)?;
        let old = found.record.iter().flat_map(|record| record.files.iter().map(|file| &file.path));
        let known: BTreeSet<&BundlePath> = old.chain(bundle.files().keys()).collect();
        let walk = Walk {
            files: known.iter().map(|path| path.as_str()).collect(),
            folders: known.iter().flat_map(|path| path.folders()).collect(),
        };
        let mut entries = Vec::new();
        walk.folder(folder, Path::new(""), &mut entries)?;
        found.entries = entries;
        Ok(found)
    }

    /// Whether the folder exists.
    pub(super) fn exists(&self) -> bool {
        self.exists
    }

    /// Whether the folder holds something, but no bundle.
    pub(super) fn is_foreign(&self) -> bool {
        self.record.is_err() && !self.entries.is_empty()
    }

    /// The record of the bundle that stands there.
    pub(super) fn into_record(self) -> Option<BundleRecord> {
        self.record.ok()
    }

    /// What writing a bundle there would change.
    pub(super) fn difference(&self, bundle: &Bundle) -> Difference {
        let disk: BTreeMap<String, OnDisk> =
            self.entries.iter().map(|entry| (entry.text.clone(), entry.there)).collect();
        Difference::new(self.record.as_ref().ok(), &disk, bundle)
    }

    /// The same, unless something speaks against writing there.
    pub(super) fn check(&self, bundle: &Bundle, force: bool) -> Result<Difference, StoreError> {
        let difference = self.difference(bundle);
        if force {
            return Ok(difference);
        }
        let folder = self.folder.clone();
        match &self.record {
            Err(reason) if self.is_foreign() => Err(StoreError::NotABundle { folder, reason: reason.clone() }),
            Ok(old) if whose(old) != whose(bundle.record()) => {
                Err(StoreError::Other { folder, found: whose(old), wanted: whose(bundle.record()) })
            }
            Ok(old) if !forgotten(old, bundle.record()).is_empty() => {
                Err(StoreError::Forgets { folder, left: forgotten(old, bundle.record()) })
            }
            _ if difference.loses_work() => {
                Err(StoreError::Edited { folder, edited: difference.edited, obstructing: difference.obstructing })
            }
            _ => Ok(difference),
        }
    }

    /// What stays, as paths within the folder.
    pub(super) fn carried(&self, difference: &Difference) -> Vec<&Path> {
        let carried: BTreeSet<&str> = difference.carried.iter().map(String::as_str).collect();
        let stays = |entry: &&Entry| carried.contains(entry.text.as_str());
        self.entries.iter().filter(stays).map(|entry| entry.path.as_path()).collect()
    }
}

/// Reads the record of a folder; says why where there is none.
pub(super) fn read_record(folder: &Path) -> Result<Result<BundleRecord, String>, StoreError> {
    let path = folder.join(RECORD);
    match fs::read(&path) {
        Ok(bytes) => Ok(BundleRecord::read(&bytes).map_err(|error| format!("`{RECORD}`: {error}"))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => {
            Ok(Err(format!("there is no `{RECORD}`")))
        }
        Err(error) => Err(error).at(Action::Read, &path),
    }
}

/// What only a step of the old teardown removes that the new one does not have: a store that has left a shared server or a provider.
/// What goes by its labels or with its namespace goes in every render.
fn forgotten(old: &BundleRecord, new: &BundleRecord) -> Vec<String> {
    let steps: BTreeSet<&str> = new.teardown.iter().map(|step| step.name.as_str()).collect();
    let left = old.objects.iter().filter(|object| match &object.removal {
        RemovalRecord::Step(step) => !steps.contains(step.as_str()),
        RemovalRecord::Within(_) => false,
    });
    left.map(|object| format!("{} {}", object.kind, object.name)).collect()
}

fn whose(record: &BundleRecord) -> String {
    let environment = &record.environment;
    format!("{} for {} ({})", environment.id, record.target, environment.repo)
}

/// A walk through the folders of the old and the new bundle. Other folders are not entered: they stay or go as a whole.
struct Walk<'b> {
    files: BTreeSet<&'b str>,
    folders: BTreeSet<&'b str>,
}

impl Walk<'_> {
    fn folder(&self, root: &Path, within: &Path, entries: &mut Vec<Entry>) -> Result<(), StoreError> {
        let here = root.join(within);
        let mut names = Vec::new();
        for entry in fs::read_dir(&here).at(Action::Read, &here)? {
            names.push(entry.at(Action::Read, &here)?.file_name());
        }
        names.sort();
        for name in names {
            let path = within.join(&name);
            let text = as_text(&path);
            // What killed runs left is no part of the bundle and nobody's work.
            if name.as_encoded_bytes().starts_with(OWN_PREFIX.as_bytes()) {
                continue;
            }
            let full = root.join(&path);
            let kind = match fs::symlink_metadata(&full) {
                Ok(meta) => meta.file_type(),
                // Gone in the meantime.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error).at(Action::Read, &full),
            };
            let there = if kind.is_dir() {
                if self.folders.contains(text.as_str()) {
                    self.folder(root, &path, entries)?;
                    continue;
                }
                OnDisk::Folder
            } else if !kind.is_file() {
                OnDisk::Other
            } else if self.files.contains(text.as_str()) {
                let mut file = File::open(&full).at(Action::Read, &full)?;
                OnDisk::File(Digest::of_reader(&mut file).at(Action::Read, &full)?)
            } else {
                OnDisk::Unread
            };
            entries.push(Entry { text, path, there });
        }
        Ok(())
    }
}

fn as_text(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

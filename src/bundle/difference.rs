//! What writing a bundle into a folder would change.

use std::collections::{BTreeMap, BTreeSet};

use super::record::FileRecord;
use super::{Bundle, BundlePath, BundleRecord, RECORD};
use crate::source::Digest;

/// What stands at a path of the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDisk {
    /// A regular file with these contents.
    File(Digest),
    /// A regular file that neither the old record nor the new bundle has: its contents do not matter.
    Unread,
    /// A folder that holds no file of the old record or the new bundle.
    Folder,
    /// A symbolic link, pipe, socket or device.
    Other,
}

/// What writing a bundle into a folder would change, as sorted paths. Every file of the new bundle is in exactly one of
/// `unchanged`, `changed` and `added`; `edited` and `obstructing` say besides what a person would lose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Files of the new bundle that stand there already.
    pub unchanged: Vec<String>,
    /// Files whose contents or mode differ.
    pub changed: Vec<String>,
    /// Files of the new bundle that are not there.
    pub added: Vec<String>,
    /// Files that the old record lists and the new bundle has no more.
    pub removed: Vec<String>,
    /// Files that the old record lists, that hold something else, and that would be overwritten or removed.
    pub edited: Vec<String>,
    /// What the old record does not list and stands where the new bundle needs another file or folder.
    pub obstructing: Vec<String>,
    /// What the old record does not list and stays.
    pub carried: Vec<String>,
}

impl Difference {
    /// Compares a folder with the bundle that is to be written there. `disk` holds what stands in the folder, by relative
    /// path with `/` between names: every entry of the folder itself and of the folders that hold a file of the old
    /// record or of the new bundle (which are no entries themselves). The record is not compared.
    pub fn new(old: Option<&BundleRecord>, disk: &BTreeMap<String, OnDisk>, new: &Bundle) -> Self {
        let listed: BTreeMap<&str, &FileRecord> =
            old.into_iter().flat_map(|record| &record.files).map(|file| (file.path.as_str(), file)).collect();
        let mut difference = Difference::default();
        difference.compare_files(&listed, disk, new);
        difference.find_losses(&listed, disk, new);
        difference
    }

    fn compare_files(&mut self, listed: &BTreeMap<&str, &FileRecord>, disk: &BTreeMap<String, OnDisk>, new: &Bundle) {
        for (path, file) in new.files() {
            let same_mode = listed.get(path.as_str()).is_none_or(|old| old.mode == file.mode);
            let list = match disk.get(path.as_str()) {
                Some(OnDisk::File(digest)) if *digest == file.sha256 && same_mode => &mut self.unchanged,
                Some(OnDisk::Folder) | None => &mut self.added,
                Some(_) => &mut self.changed,
            };
            list.push(path.to_string());
        }
        let gone = listed.keys().filter(|path| !new.files().contains_key(**path));
        self.removed.extend(gone.map(|path| (*path).to_owned()));
    }

    fn find_losses(&mut self, listed: &BTreeMap<&str, &FileRecord>, disk: &BTreeMap<String, OnDisk>, new: &Bundle) {
        let folders: BTreeSet<&str> = new.files().keys().flat_map(BundlePath::folders).collect();
        for (path, there) in disk {
            let replacement = new.files().get(path.as_str()).map(|file| file.sha256);
            let digest = match there {
                OnDisk::File(digest) => Some(*digest),
                _ => None,
            };
            let list = match listed.get(path.as_str()) {
                _ if path == RECORD || (digest.is_some() && digest == replacement) => continue,
                // A folder is never what the record lists.
                Some(old) if *there != OnDisk::Folder => {
                    if digest == Some(old.sha256) {
                        continue;
                    }
                    &mut self.edited
                }
                _ => {
                    let below_a_file = parents(path).any(|parent| new.files().contains_key(parent));
                    let in_the_way = replacement.is_some() || below_a_file || folders.contains(path.as_str());
                    if in_the_way { &mut self.obstructing } else { &mut self.carried }
                }
            };
            list.push(path.clone());
        }
    }

    /// Whether writing would change nothing but the record.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.added.is_empty() && self.removed.is_empty()
    }

    /// Whether a person would lose something, so that only `--force` may go on.
    pub fn loses_work(&self) -> bool {
        !self.edited.is_empty() || !self.obstructing.is_empty()
    }
}

/// The folders that a path stands in.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(move |(at, _)| path.get(..at))
}

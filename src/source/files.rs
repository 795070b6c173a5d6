//! How the pipeline sees files, without touching a disk.

use std::collections::BTreeMap;

use super::Digest;

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    /// There is no such file.
    Missing,
    /// It is there but cannot be read; the text says why.
    Unreadable(String),
    /// The path leaves the project's folder, by its words or by a link, which a manifest may not do.
    Outside,
    /// It is one of the files that previewc keeps for itself: the key, bundles, handoffs.
    Withheld,
    /// It holds more bytes than the limit, which is given.
    TooLarge(u64),
}

/// The project's files, as paths relative to the manifest's folder with `/` between their parts.
///
/// `cli` reads a disk, tests read a map: the pipeline cannot tell them apart.
pub trait Files {
    /// The bytes of one file.
    ///
    /// # Errors
    /// A [`FileError`] that says why there are none.
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;

    /// The digest of one file, which may be larger than what [`Files::read`] gives.
    ///
    /// # Errors
    /// Those of [`Files::read`].
    fn digest(&self, path: &str) -> Result<Digest, FileError> {
        self.read(path).map(|bytes| Digest::of(&bytes))
    }

    /// Every file below the project's folder that a glob (`api/**`, `*.sql`) matches, sorted by path. What cannot
    /// be read may stand among them.
    ///
    /// # Errors
    /// A [`FileError`] where a folder cannot be listed.
    fn glob(&self, pattern: &str) -> Result<Vec<String>, FileError>;

    /// Whether a path, by its words and by links, stays in the project's folder. What is not there leads nowhere.
    fn stays_inside(&self, path: &str) -> bool {
        !matches!(self.read(path), Err(FileError::Outside))
    }

    /// Whether something, a file or a folder, may stand at a path; only where it is sure that nothing does, it says no.
    fn may_exist(&self, path: &str) -> bool {
        !matches!(self.read(path), Err(FileError::Missing))
    }
}

/// Files in memory, for tests and for callers that have no disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles(BTreeMap<String, Vec<u8>>);

impl MemoryFiles {
    /// No files at all.
    pub fn new() -> Self {
        MemoryFiles::default()
    }

    /// Adds or replaces a file.
    #[must_use]
    pub fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.to_owned(), bytes.into());
        self
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.0.get(path).cloned().ok_or(FileError::Missing)
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, FileError> {
        Ok(self.0.keys().filter(|path| fast_glob::glob_match(pattern, path.as_str())).cloned().collect())
    }

    /// Only files are kept: a folder is one that they stand in.
    fn may_exist(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        matches!(path, "" | ".")
            || self
                .0
                .keys()
                .any(|key| key.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }
}

#[cfg(test)]
mod tests {
    use super::{Files as _, MemoryFiles};

    #[test]
    fn a_folder_is_what_files_stand_in() {
        let files = MemoryFiles::new().with("api/Dockerfile", "");
        for (path, exists) in
            [(".", true), ("api", true), ("api/", true), ("api/Dockerfile", true), ("ap", false), ("web", false)]
        {
            assert_eq!(files.may_exist(path), exists, "{path}");
        }
    }
}

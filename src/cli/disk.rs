//! The project's files on a disk.

use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use crate::source::{FileError, Files};

/// Larger files than this are not read: a seed of that size belongs into an image or a snapshot.
const LIMIT: u64 = 64 << 20;

/// The files of a manifest's folder and below.
#[derive(Debug, Clone)]
pub struct DiskFiles {
    root: PathBuf,
}

impl DiskFiles {
    /// The files below a folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        DiskFiles { root: root.into() }
    }

    /// A path of the manifest as a path of the disk; nothing that leads out of the folder.
    fn path(&self, path: &str) -> Result<PathBuf, FileError> {
        let relative = Path::new(path);
        let inside = relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if inside { Ok(self.root.join(relative)) } else { Err(FileError::Outside) }
    }

    fn walk(&self, folder: &Path, prefix: &str, pattern: &str, out: &mut Vec<String>) -> Result<(), FileError> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(FileError::Unreadable(error.to_string())),
        };
        for entry in entries {
            let entry = entry.map_err(|error| FileError::Unreadable(error.to_string()))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if matches!(name, ".git" | ".previewc" | "node_modules" | "target") && prefix.is_empty() {
                continue;
            }
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            let kind = entry.file_type().map_err(|error| FileError::Unreadable(error.to_string()))?;
            if kind.is_dir() {
                self.walk(&entry.path(), &path, pattern, out)?;
            } else if fast_glob::glob_match(pattern, path.as_str()) {
                out.push(path);
            }
        }
        Ok(())
    }
}

impl Files for DiskFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let full = self.path(path)?;
        let file = match fs::File::open(&full) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(FileError::Missing),
            Err(error) => return Err(FileError::Unreadable(error.to_string())),
        };
        let mut bytes = Vec::new();
        file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| FileError::Unreadable(error.to_string()))?;
        if bytes.len() as u64 > LIMIT {
            return Err(FileError::TooLarge(LIMIT));
        }
        Ok(bytes)
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, FileError> {
        let pattern = pattern.trim_start_matches("./");
        // Only the folder that the pattern's plain beginning names has to be walked.
        let wild = pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len());
        let prefix = match pattern.get(..wild).and_then(|head| head.rsplit_once('/')) {
            Some((head, _)) => head,
            None => "",
        };
        let folder = if prefix.is_empty() { self.root.clone() } else { self.path(prefix)? };
        self.path(pattern)?;
        let mut out = Vec::new();
        self.walk(&folder, prefix, pattern, &mut out)?;
        out.sort();
        Ok(out)
    }
}

//! Finding the manifest and reading it.

use std::fs;
use std::path::{Path, PathBuf};

use super::disk::DiskFiles;
use super::{Failure, args};
use crate::pipeline::{self, PROJECT_DIR, Read};

/// The names that a manifest has.
const NAMES: [&str; 4] = ["preview.yaml", "preview.yml", "preview.kdl", "preview.json"];

/// A manifest on a disk.
#[derive(Debug, Clone)]
pub struct Project {
    /// The manifest's file, as the user would write it.
    pub file: PathBuf,
    /// Its folder, which paths in it are relative to.
    pub folder: PathBuf,
    /// The key file that was given, which the manifest may not name.
    pub key_file: Option<PathBuf>,
}

impl Project {
    /// The manifest that `-f` names, or the one that is found from here upward.
    pub fn find(args: &args::Manifest) -> Result<Project, Failure> {
        match &args.file {
            Some(file) => Ok(Project::of(file)),
            None => Project::search(),
        }
    }

    /// The manifest of a path.
    pub fn of(file: &Path) -> Project {
        let folder = match file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        Project { file: file.to_owned(), folder, key_file: None }
    }

    /// The same, with a key file that the manifest may not name.
    #[must_use]
    pub fn keeping(mut self, key_file: Option<&PathBuf>) -> Project {
        self.key_file = key_file.cloned();
        self
    }

    fn search() -> Result<Project, Failure> {
        let here = std::env::current_dir()
            .map_err(|error| Failure::new(format!("the current folder cannot be told: {error}")))?;
        let mut up = PathBuf::new();
        for folder in here.ancestors() {
            // In the order of the names: an example may hold the same manifest in several syntaxes.
            if let Some(name) = NAMES.iter().find(|name| folder.join(name).is_file()) {
                return Ok(Project::of(&up.join(name)));
            }
            up.push("..");
        }
        Err(Failure::new(
            "there is no preview.yaml, preview.yml, preview.kdl or preview.json here or in any folder above",
        )
        .help("say where it is with -f FILE; `previewc schema` prints what it may hold"))
    }

    /// Reads it with everything that it names.
    pub fn read(&self) -> Result<Read, Failure> {
        let bytes = fs::read(&self.file)
            .map_err(|error| Failure::new(format!("{} cannot be read: {}", self.file.display(), reason(&error))))?;
        let files = DiskFiles::new(&self.folder).without(self.key_file.as_deref());
        Ok(pipeline::read(&self.file.display().to_string(), bytes, &files))
    }

    /// The project's `.previewc` folder.
    pub fn own_folder(&self) -> PathBuf {
        self.folder.join(PROJECT_DIR)
    }
}

/// An error of the system without its number.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

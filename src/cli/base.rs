//! The base manifest, which decides what a fork's own manifest must not.

use std::fs;
use std::path::Path;

use super::disk::DiskFiles;
use super::project::{Project, reason};
use super::{Failure, args};
use crate::pipeline::{self, Base, Read};

/// Reads a manifest as a pull request asks for it: with the base manifest, where one is given.
pub fn read(project: &Project, pull: &args::Pull) -> Result<Read, Failure> {
    let Some(path) = &pull.base_manifest else { return project.read() };
    let base = Project::of(path);
    let bytes = |path: &Path| {
        fs::read(path).map_err(|error| Failure::new(format!("{} cannot be read: {}", path.display(), reason(&error))))
    };
    let (own, theirs) = (bytes(&project.file)?, bytes(path)?);
    let files = DiskFiles::new(&project.folder).without(project.key_file.as_deref());
    let base_files = DiskFiles::new(&base.folder).without(project.key_file.as_deref());
    let base = Base { name: path.display().to_string(), bytes: theirs, files: &base_files };
    Ok(pipeline::read_of_fork(&project.file.display().to_string(), own, &files, base))
}

/// Whose key credentials are derived from: the base manifest's folder, where one is given. A fork may hold a key of its own.
pub fn keeper(project: &Project, pull: &args::Pull) -> Project {
    pull.base_manifest.as_ref().map_or_else(|| project.clone(), |path| Project::of(path))
}

//! What can go wrong, and how it is told.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::diagnostics::{Diagnostic, codes};

/// Why a bundle was not written, or a key not found.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A person's work would be lost.
    #[error("writing the bundle would lose what a person made in {}: {}", folder.display(), list(edited, obstructing))]
    Edited {
        /// The bundle's folder.
        folder: PathBuf,
        /// Files of the old bundle that were edited.
        edited: Vec<String>,
        /// What the old bundle does not list and stands where the new one needs the place.
        obstructing: Vec<String>,
    },
    /// The folder holds something else than a bundle.
    #[error("{} is not empty and holds no bundle: {reason}", folder.display())]
    NotABundle {
        /// The folder.
        folder: PathBuf,
        /// Why it is taken for none.
        reason: String,
    },
    /// The folder holds another bundle.
    #[error("{} holds the bundle of {found}, not of {wanted}", folder.display())]
    Other {
        /// The folder.
        folder: PathBuf,
        /// Whose bundle is there.
        found: String,
        /// Whose was to be written.
        wanted: String,
    },
    /// The old bundle removes what the new one knows nothing of.
    #[error("the bundle in {} has what the new one would leave behind: {}", folder.display(), left.join(", "))]
    Forgets {
        /// The bundle's folder.
        folder: PathBuf,
        /// What would stay for ever.
        left: Vec<String>,
    },
    /// The new bundle is in place, and the old folder still has what could not be taken over.
    #[error("{error}; the new bundle is in {}, and what was there before is kept in {}", folder.display(), kept.display())]
    Kept {
        /// The bundle's folder.
        folder: PathBuf,
        /// Where the old folder is now.
        kept: PathBuf,
        /// What went wrong.
        error: Box<StoreError>,
    },
    /// A key file is none.
    #[error("the key file {} cannot be used: {reason}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file system refused.
    #[error("cannot {action} {}: {}", path.display(), reason(error))]
    Io {
        /// What was tried.
        action: Action,
        /// On what.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

/// What was tried on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Find out where it really is.
    Find,
    /// Read it.
    Read,
    /// Write it.
    Write,
    /// Make a folder.
    MakeFolder,
    /// Put a name on something.
    Rename,
    /// Take it away.
    Remove,
    /// Keep other writers out.
    Lock,
    /// Take it over from the old folder.
    Carry,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::Find => "find",
            Action::Read => "read",
            Action::Write => "write",
            Action::MakeFolder => "make the folder",
            Action::Rename => "rename",
            Action::Remove => "remove",
            Action::Lock => "lock",
            Action::Carry => "carry over",
        })
    }
}

impl StoreError {
    /// The finding that a user sees.
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, help) = match self {
            StoreError::Edited { .. } => {
                (codes::EDITED_FILE, "say it in the manifest instead, or overwrite the edits with `--force`")
            }
            StoreError::NotABundle { .. } => {
                (codes::NOT_A_BUNDLE, "give a folder that is empty or does not exist, or use `--force`")
            }
            StoreError::Other { .. } => (
                codes::OTHER_BUNDLE,
                "give every environment and target its own folder, or run the down.sh that is there and then use `--force`",
            ),
            StoreError::Forgets { .. } => (
                codes::BUNDLE_FORGETS,
                "run the down.sh that is there, remove the folder, and render again; with `--force` nobody removes it any more",
            ),
            StoreError::Kept { .. } => {
                (codes::CANNOT_WRITE, "take what you need from the folder that was kept, then remove it")
            }
            StoreError::Key { .. } => (codes::BAD_KEY_FILE, "make a key with `openssl rand -hex 32`"),
            StoreError::Io { .. } => (codes::CANNOT_WRITE, "give a folder that you may write to"),
        };
        Diagnostic::new(code, self.to_string()).help(help)
    }

    /// The same, told of another folder.
    pub(super) fn within(mut self, place: &Path) -> Self {
        match &mut self {
            StoreError::Edited { folder, .. }
            | StoreError::NotABundle { folder, .. }
            | StoreError::Forgets { folder, .. }
            | StoreError::Other { folder, .. } => *folder = place.to_owned(),
            StoreError::Kept { .. } | StoreError::Key { .. } | StoreError::Io { .. } => {}
        }
        self
    }

    pub(super) fn io(action: Action, path: &Path, error: io::Error) -> Self {
        StoreError::Io { action, path: path.to_owned(), error }
    }
}

/// Says what was tried where something failed.
pub(super) trait At<T> {
    fn at(self, action: Action, path: &Path) -> Result<T, StoreError>;
}

impl<T, E: Into<io::Error>> At<T> for Result<T, E> {
    fn at(self, action: Action, path: &Path) -> Result<T, StoreError> {
        self.map_err(|error| StoreError::io(action, path, error.into()))
    }
}

fn list(edited: &[String], obstructing: &[String]) -> String {
    let edited = edited.iter().map(|path| format!("`{path}` was edited"));
    let obstructing = obstructing.iter().map(|path| format!("`{path}` is in the way"));
    edited.chain(obstructing).collect::<Vec<_>>().join(", ")
}

/// The system's words, without the number that Rust adds.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(at) => text.get(..at).unwrap_or(&text).to_owned(),
        None => text,
    }
}

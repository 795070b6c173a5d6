//! Paths within a bundle.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The record's own path, which no other file may take.
pub const RECORD: &str = "bundle.json";

/// What names begin with that previewc uses beside and within a bundle's folder while it writes.
pub const OWN_PREFIX: &str = ".previewc-";

/// A path within a bundle: names separated by `/`, below the bundle's folder on every file system.
///
/// A name is 1 to 200 of the ASCII letters, digits and `. _ - + = @ ,`; it is not `.` or `..`, does not end in `.`, and
/// does not begin with `.previewc-`. So it needs no quoting in a shell, is spelled one way only (no Unicode forms), and is
/// legal on Linux, macOS and in archives. A path has at most 1000 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BundlePath(String);

/// Why a path cannot stand in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// It is not a relative path of plain names.
    #[error("`{0}` is no path of a bundle: it must be relative and made of ASCII letters, digits and `. _ - + = @ ,`")]
    Unsafe(String),
    /// The name belongs to previewc.
    #[error("`{0}` is a name that previewc keeps for itself")]
    Reserved(String),
    /// Another path differs from it only in case, or is a folder where it is a file.
    #[error("`{0}` and `{1}` cannot stand in one folder on every file system")]
    Clash(String, String),
}

impl BundlePath {
    /// Checks a path.
    ///
    /// # Errors
    /// [`PathError::Unsafe`] or [`PathError::Reserved`].
    pub fn new(path: impl Into<String>) -> Result<Self, PathError> {
        let path = path.into();
        if path.len() > 1000 || !path.split('/').all(is_name) {
            return Err(PathError::Unsafe(path));
        }
        if path.split('/').any(|name| name.to_ascii_lowercase().starts_with(OWN_PREFIX)) {
            return Err(PathError::Reserved(path));
        }
        Ok(BundlePath(path))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folders that it stands in, outermost first: `a` and `a/b` for `a/b/c`.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').filter_map(|(at, _)| self.0.get(..at))
    }
}

fn is_name(name: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"._-+=@,".contains(&b);
    (1..=200).contains(&name.len()) && name.bytes().all(legal) && !name.ends_with('.')
}

impl fmt::Display for BundlePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for BundlePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BundlePath {
    type Error = PathError;
    fn try_from(path: String) -> Result<Self, PathError> {
        BundlePath::new(path)
    }
}

impl From<BundlePath> for String {
    fn from(path: BundlePath) -> String {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_relative_paths_are_paths() {
        for good in ["a", "manifests/00-namespace.yaml", ".env", "secrets/api.env", "a/b/c", "..a", "a..b"] {
            assert!(BundlePath::new(good).is_ok(), "{good}");
        }
        let long = "a".repeat(201);
        let deep = "a/".repeat(500) + "a";
        let bad = [
            "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "./a", "a\\b", "C:", "a b", "é", "a\n",
            "a\0", "~", "$x", "a.", "a/b.", &long, &deep,
        ];
        for bad in bad {
            assert_eq!(BundlePath::new(bad), Err(PathError::Unsafe(bad.to_owned())));
        }
        for reserved in [".previewc-commit", "a/.previewc-x", ".Previewc-x/a"] {
            assert_eq!(BundlePath::new(reserved), Err(PathError::Reserved(reserved.to_owned())));
        }
    }

    #[test]
    fn folders_come_outermost_first() {
        let path = BundlePath::new("a/b/c").unwrap();
        assert_eq!(path.folders().collect::<Vec<_>>(), ["a", "a/b"]);
    }
}

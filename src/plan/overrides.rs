//! What users add to one target's bundle.

use super::process::ConfigFile;
use super::profile::TargetName;
use crate::overrides;
use crate::source::Digest;

/// Files that go into the bundle as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    /// The files, by their path where the target keeps them; never secret.
    pub files: Vec<ConfigFile>,
    /// A digest over paths and contents, where there are any.
    pub digest: Option<Digest>,
}

impl Overrides {
    /// Those for a target.
    pub fn of(all: &overrides::Overrides, target: TargetName) -> Overrides {
        let list = match target {
            TargetName::Kubernetes => &all.kubernetes,
            TargetName::Compose => &all.compose,
            TargetName::Terraform => &all.terraform,
        };
        let parts = list.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes.as_slice()]);
        let file = |(path, bytes): &(String, Vec<u8>)| ConfigFile { path: path.clone(), contents: bytes.clone() };
        Overrides { files: list.iter().map(file).collect(), digest: (!list.is_empty()).then(|| Digest::of_list(parts)) }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

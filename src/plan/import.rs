//! Values that are not known before something is applied: kept in a store that only the target's own tools read, or printed
//! by a command of a stage. The bundle holds where each comes from, never what it is.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::resolve::Origin;

/// Names one import of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImportId(u32);

/// One value that is fetched where the environment is applied. It is the whole value of a variable, never a part of one:
/// nobody could put it together with the text around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// How people know it: `secrets/stripe_key`. One name is one import.
    pub name: String,
    /// Where it comes from.
    pub source: ImportSource,
    /// Where it is declared.
    pub origin: Origin,
}

impl Import {
    /// The name as one word of letters, digits, `-`, `_` and `.`: a key of a Secret, a part of a file's name.
    pub fn key(&self) -> String {
        self.name.replace('/', ".")
    }
}

/// Where an imported value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportSource {
    /// A Secret of the cluster.
    ClusterSecret {
        /// Its namespace; without one the environment's, where somebody else makes it.
        namespace: Option<String>,
        /// Its name.
        name: String,
        /// The key in it.
        key: String,
    },
    /// HashiCorp Vault's key-value engine.
    Vault {
        /// The path with its mount, as `vault kv get` takes it.
        path: String,
        /// The field.
        key: String,
    },
    /// AWS Secrets Manager.
    Aws {
        /// The secret's name or ARN.
        name: String,
        /// The key in the JSON object that the secret holds; without one the whole text.
        key: Option<String>,
    },
    /// What a command prints where the bundle is applied.
    Command {
        /// The argument vector, run in the bundle's folder. It holds no secret.
        run: Vec<String>,
        /// Whether the command ends what it prints with a newline that is no part of the value.
        newline: bool,
        /// In words, where the value comes from: `sops secrets.yaml`.
        from: String,
        /// Whether the value must not be seen in logs.
        secret: bool,
    },
}

impl ImportSource {
    /// Whether the value must not be seen in logs.
    pub fn is_secret(&self) -> bool {
        !matches!(self, ImportSource::Command { secret: false, .. })
    }

    /// In words: `vault preview/stripe, key api_key`. Names no value.
    pub fn words(&self) -> String {
        match self {
            ImportSource::ClusterSecret { namespace: Some(namespace), name, key } => {
                format!("the Secret {namespace}/{name}, key {key}")
            }
            ImportSource::ClusterSecret { namespace: None, name, key } => {
                format!("the Secret {name} of the environment's namespace, key {key}")
            }
            ImportSource::Vault { path, key } => format!("vault {path}, key {key}"),
            ImportSource::Aws { name, key: Some(key) } => format!("aws {name}, key {key}"),
            ImportSource::Aws { name, key: None } => format!("aws {name}"),
            ImportSource::Command { from, .. } => from.clone(),
        }
    }
}

/// Every import of one environment, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imports {
    all: IndexMap<String, Import>,
    /// Those that nothing reads are not fetched.
    unread: BTreeSet<ImportId>,
}

impl Imports {
    /// Adds an import, or finds the one of the same name.
    pub fn add(&mut self, import: Import) -> ImportId {
        let entry = self.all.entry(import.name.clone());
        let index = entry.index();
        entry.or_insert(import);
        id(index)
    }

    /// The imports that something reads, in the order in which they were asked for.
    pub fn iter(&self) -> impl Iterator<Item = &Import> {
        let numbered = self.all.values().enumerate();
        numbered.filter(|(index, _)| !self.unread.contains(&id(*index))).map(|(_, import)| import)
    }

    /// Leaves out what is not among these.
    pub(super) fn keep(&mut self, read: &BTreeSet<ImportId>) {
        self.unread = (0..self.all.len()).map(id).filter(|id| !read.contains(id)).collect();
    }

    /// Looks one up.
    pub fn get(&self, id: ImportId) -> Option<&Import> {
        self.all.get_index(id.0 as usize).map(|(_, import)| import)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

fn id(index: usize) -> ImportId {
    ImportId(u32::try_from(index).unwrap_or(u32::MAX))
}

//! What must happen in a store before its consumers start, as one ordered list of containers.

use super::process::{ConfigFile, Image, Size, Variable, Word};
use crate::resolve::Origin;

/// Where every step of a sequence finds the toolbox.
pub const TOOLBOX_DIR: &str = "/previewc";
/// A static busybox, whatever else the step's image holds.
pub const TOOLBOX_PROGRAM: &str = "/previewc/busybox";
/// The image that the toolbox comes from: its `/bin/busybox` is static.
pub const TOOLBOX_IMAGE: &str = "busybox:1.37.0-musl";
/// The name of the step that looks into the store; lines of its log that begin with `warning: ` are for people.
pub const CHECK: &str = "check";
/// The name of the step that gives a server the credentials of the next epoch.
pub const ROTATE: &str = "rotate";
/// Below this folder the steps of the sequence of store X share `X/`, writable for any user.
pub const FLAG_DIR: &str = "/previewc/run";

/// Steps that run one after the other; the first failure ends the sequence, and the whole sequence may be repeated safely.
///
/// The first step waits for the store and writes the flags, so a repeated sequence skips what is recorded in the store.
/// Kubernetes makes one Job of it, Compose a chain of one-shot services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// Unique among processes and sequences: `db-prepare`.
    pub name: String,
    /// The store that it prepares: a process of the environment, which it waits for.
    pub store: String,
    /// Where the store is declared.
    pub origin: Origin,
    /// At least one step.
    pub steps: Vec<Step>,
    /// Tells from outside that the sequence is done for exactly this content.
    pub done: Poll,
}

/// One container of a sequence. It mounts the toolbox at [`TOOLBOX_DIR`] and the sequence's scratch folder
/// `FLAG_DIR/<store>` (read and write).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name, unique in the sequence: `check`, `fetch`, `restore`, `migrate`, `migrated`, `seeding`, `seed`, `seeded`, `declare`.
    pub name: String,
    /// Where it is declared.
    pub origin: Origin,
    /// Its image.
    pub image: Image,
    /// The whole argument vector. Already wrapped so that it ends at once where its flag exists.
    pub command: Vec<Word>,
    /// Its variables, sorted by name.
    pub env: Vec<Variable>,
    /// The numeric user, where known.
    pub user: Option<u32>,
    /// Files mounted read-only (seeds).
    pub files: Vec<ConfigFile>,
    /// A file of the project that is mounted read-only from where it lies: its path from the manifest's folder, and the path
    /// in the container. Only where the sources lie beside the containers.
    pub source: Option<(String, String)>,
    /// How much it may use.
    pub size: Size,
    /// Whether it runs the team's own code, a migration or a seed by command, and not a recipe's script.
    pub is_task: bool,
}

/// A file in the scratch folder that says that something has happened, and need not happen again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// This migration is recorded in the store.
    Migrated,
    /// The seed is recorded as finished.
    Seeded,
    /// The server has the credentials of this epoch.
    Rotated,
}

impl Flag {
    /// The file's name.
    pub fn file(self) -> &'static str {
        match self {
            Flag::Migrated => "migrated",
            Flag::Seeded => "seeded",
            Flag::Rotated => "rotated",
        }
    }
}

/// A command for a client's image that ends with 0 when something is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// The client's image.
    pub image: Image,
    /// The whole argument vector; it is run again each second until it ends with 0.
    pub command: Vec<String>,
    /// Its variables, sorted by name.
    pub env: Vec<Variable>,
    /// The numeric user, where known.
    pub user: Option<u32>,
    /// How much it may use, where its recipe says so.
    pub size: Option<Size>,
}

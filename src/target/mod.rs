//! Targets: each states its profile as data and lowers an environment into artifacts.

mod branch;
mod capabilities;
pub mod compose;
mod engine;
mod fetch;
pub mod idle;
pub mod images;
mod internet;
pub mod kubernetes;
mod outside;
mod script;
mod settings;
mod shared;
mod strings;
pub mod terraform;

pub use settings::Settings;

use crate::artifact::Lowered;
use crate::plan::{Environment, Vault};

/// One way to write an environment down.
pub trait Target {
    /// Writes everything that brings the environment up and takes it down into `out`: files with the scripts, objects
    /// with their removals, stages, teardown. Values of secrets come from `vault` and may stand in files of mode 0600 only.
    fn lower(&self, environment: &Environment, vault: &Vault, out: &mut Lowered);
}

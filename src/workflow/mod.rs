//! Workflows: what runs `render`, `up.sh`, `down.sh`, `comment` and `gc` at the right moments, in the words of a forge.
//!
//! ```text
//! facts.rs      what a workflow must know of a program
//! frontends.rs  what a job that deploys a frontend must know
//! template.rs   how values get into YAML that holds shell that holds expressions
//! github.rs     GitHub Actions
//! gitlab.rs     GitLab CI
//! argocd.rs     Argo CD
//! flux.rs       Flux
//! ```
//!
//! A workflow is written once and committed, and holds nothing of any pull request: what a pull request says (its title,
//! its branch, its author) reaches a shell as a variable, if at all.

mod argocd;
mod facts;
mod flux;
mod frontends;
mod github;
mod gitlab;
mod template;

pub use argocd::{Host, Repository, write as argocd};
pub use facts::{Facts, Options, beyond_objects};
pub use flux::write as flux;
pub use github::write as github;
pub use gitlab::write as gitlab;

use thiserror::Error;

/// Why a workflow cannot be written.
#[derive(Debug, Error)]
pub enum WorkflowError {
    /// A value that its place cannot hold.
    #[error("{0}")]
    Template(#[from] minijinja::Error),
    /// The manifest asks for something that no workflow can do.
    #[error("{message}")]
    Unfit {
        /// What it is.
        message: String,
        /// What to write instead.
        help: String,
    },
}

impl WorkflowError {
    fn unfit(message: &str, help: &str) -> WorkflowError {
        WorkflowError::Unfit { message: message.to_owned(), help: help.to_owned() }
    }
}

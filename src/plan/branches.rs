//! Databases that are branches at a provider: made, reached and removed by a script that runs the provider's own program
//! where the bundle is applied. How a branch is reached is known only then, so every output is an import.

use super::context::Context;
use super::import::{Import, ImportSource};
use super::names::{LABEL_LIMIT, fit};
use super::stores::StoreFacts;
use super::value::Value;
use crate::resolve::{self, Body, BranchProvider, Node, Origin, Store};
use crate::source::Digest;

/// What the script prints, with the atom or output that it is and whether it is secret.
const PRINTED: [(&str, &str, bool); 6] = [
    ("url", "url", true),
    ("host", "host", false),
    ("port", "port", false),
    ("name", "database", false),
    ("user", "user", false),
    ("password", "password", true),
];
/// The longest life of a branch in seconds: Neon takes no later day of expiry than in 30 days.
const LONGEST: u64 = 30 * 24 * 3600;

/// A branch that belongs to the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The store that lives in it.
    pub store: String,
    /// Its name at the provider: it names environment, store and repository, because environments of several repositories may
    /// branch one database.
    pub name: String,
    /// The provider, and where it is asked.
    pub provider: BranchProvider,
    /// The branch that it is made from.
    pub parent: String,
    /// The database in it; without one the provider's only one.
    pub database: Option<String>,
    /// The role that processes use; without one the provider's only one.
    pub role: Option<String>,
    /// Seconds that it lives after the last push, where the provider can be told so.
    pub lifetime: Option<u64>,
    /// Where it is declared.
    pub origin: Origin,
}

impl Branch {
    /// The script that makes it, says how it is reached, and removes it: a path in the bundle.
    pub fn script(&self) -> String {
        script(&self.store)
    }
}

fn script(store: &str) -> String {
    format!("branches/{store}.sh")
}

impl Context<'_> {
    /// Puts the branch in the place of a container of the store's own.
    pub(super) fn on_branch(&mut self, facts: &mut StoreFacts, node: &Node, store: &Store) {
        let Some(branch) = &store.branch else { return };
        let name = self.branch_name(&node.name);
        for (printed, atom, secret) in PRINTED {
            let value = Value::import(self.imports.add(Import {
                name: format!("{}/{printed}", node.name),
                source: ImportSource::Command {
                    run: vec!["sh".to_owned(), script(&node.name), printed.to_owned()],
                    newline: true,
                    from: format!("the branch {name} at {}", branch.provider.title()),
                    secret,
                },
                origin: branch.origin,
            }));
            facts.own.insert(atom.to_owned(), value.clone());
            facts.outputs.insert(printed.to_owned(), value);
        }
    }

    fn branch_name(&self, store: &str) -> String {
        let repository = Digest::of(self.request.pull_request.repository.as_bytes()).short(8);
        fit(&format!("{}--{store}--{repository}", self.id), LABEL_LIMIT)
    }

    /// Every branch of the environment, in start order.
    pub(super) fn branches(&self) -> Vec<Branch> {
        let ttl = self.program.preview.as_ref().and_then(|preview| preview.ttl.as_ref());
        let lifetime = ttl.map(|ttl| ttl.value.seconds().min(LONGEST));
        let branch = |name: &String| {
            let node = self.program.nodes.get(name)?;
            let Body::Store(store) = &node.body else { return None };
            let resolve::Branch { provider, parent, database, role, origin } = store.branch.clone()?;
            Some(Branch {
                store: name.clone(),
                name: self.branch_name(name),
                provider,
                parent,
                database,
                role,
                lifetime,
                origin,
            })
        };
        self.program.start_order.iter().filter_map(branch).collect()
    }
}

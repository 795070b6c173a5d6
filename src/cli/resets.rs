//! `--reset NODE[=ID]`: which stores are made anew, and what tells one such wish from the next.

use indexmap::IndexMap;

use super::Failure;
use crate::plan::PullRequest;
use crate::resolve::{Body, Program};
use crate::source::Digest;

/// The stores that the flags name, each with its ID where one is given.
///
/// # Errors
/// A name that is no store's, a store that cannot be made anew, one that is named twice.
pub fn asked(flags: &[String], program: &Program) -> Result<Vec<(String, Option<String>)>, Failure> {
    let mut out: Vec<(String, Option<String>)> = Vec::new();
    for flag in flags {
        let (name, id) = flag.split_once('=').map_or((flag.as_str(), None), |(name, id)| (name, Some(id.to_owned())));
        let Some(Body::Store(store)) = program.nodes.get(name).map(|node| &node.body) else {
            let stores = program.nodes.values().filter(|node| matches!(node.body, Body::Store(_)));
            let known: Vec<&str> = stores.map(|node| node.name.as_str()).collect();
            return Err(super::inputs::unknown("store", name, &known));
        };
        if store.branch.is_some() {
            return Err(Failure::new(format!("`{name}` is a branch, which a render cannot reset"))
                .help(format!("run `sh branches/{name}.sh reset` in the bundle's folder, and up.sh after it")));
        }
        if !program.recipes.get(&store.engine).is_some_and(crate::recipes::Recipe::renews) {
            let message = format!("`{name}` cannot be reset: the recipe of `{}` does not say how", store.engine);
            return Err(Failure::new(message).help("take the environment down with down.sh, and up again"));
        }
        if out.iter().any(|(other, _)| other == name) {
            return Err(Failure::new(format!("`--reset {name}` is given twice")).help("keep one of the two"));
        }
        out.push((name.to_owned(), id));
    }
    Ok(out)
}

/// The identities for one pull request: the store keeps them, so that the same bundle resets it only once.
///
/// # Errors
/// Neither an ID nor a commit tells this reset from the next one.
pub fn identities(asked: &[(String, Option<String>)], pull: &PullRequest) -> Result<IndexMap<String, String>, Failure> {
    let identity = |(name, id): &(String, Option<String>)| {
        let parts = match (id, &pull.head_sha) {
            (Some(id), _) => ["id", id.as_str()],
            (None, Some(sha)) => ["sha", sha.as_str()],
            (None, None) => {
                return Err(Failure::new(format!("nothing tells this reset of `{name}` from the next one"))
                    .help(format!("pass --sha COMMIT, or write --reset {name}=ID with another ID each time")));
            }
        };
        Ok((name.clone(), Digest::of_list(parts).short(32)))
    };
    asked.iter().map(identity).collect()
}

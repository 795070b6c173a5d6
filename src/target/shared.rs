//! What an environment has on shared servers, as the record of a bundle lists it.

use crate::artifact::{Lowered, Object, Removal, StageName};
use crate::plan::{Environment, Scoped};

/// The step of the teardown that removes a store from its server.
pub fn step(one: &Scoped) -> String {
    format!("{} on {}", one.store, one.server)
}

/// Hands over everything that stands on a shared server. It has no document: the store's sequence makes it, in `stage`.
pub fn objects(environment: &Environment, stage: StageName, out: &mut Lowered) {
    for one in &environment.shared.scoped {
        for (kind, name) in &one.made {
            out.object(Object {
                kind: kind.clone(),
                // Two servers may hold things of one name.
                name: format!("{}/{name}", one.server),
                namespace: None,
                stage,
                removal: Removal::Step(step(one)),
                origin: one.origin,
            });
        }
    }
}

/// What an environment has elsewhere in words, for messages: `database shop_pr_142__db on shared-pg`.
pub fn made(environment: &Environment) -> String {
    let one = |one: &Scoped| {
        let server = one.server.clone();
        one.made.clone().into_iter().map(move |(kind, name)| format!("{kind} {name} on {server}"))
    };
    let branches =
        environment.branches.iter().map(|branch| format!("branch {} at {}", branch.name, branch.provider.title()));
    let part = environment.part.iter().map(|part| format!("queues and buckets on AWS in {}", part.region));
    environment.shared.scoped.iter().flat_map(one).chain(branches).chain(part).collect::<Vec<_>>().join(", ")
}

//! Removal by labels alone: it finds what dropped nodes and earlier pushes left behind, and needs no file of the bundle.

use super::labels;
use crate::artifact::{Argv, Lowered, Sweep, TeardownStep};
use crate::plan::Environment;

/// The steps of the teardown, by what they remove.
pub const CONTAINERS: &str = "containers";
/// Networks.
pub const NETWORKS: &str = "networks";
/// Volumes.
pub const VOLUMES: &str = "volumes";
/// Images that were built for the environment.
pub const IMAGES: &str = "images";

/// Containers, networks, volumes and images, in the order in which the engine lets them go.
pub fn sweep(environment: &Environment, out: &mut Lowered) {
    for (name, list, remove) in [
        (CONTAINERS, &["docker", "ps", "-aq"][..], &["docker", "rm", "-f", "-v"][..]),
        (NETWORKS, &["docker", "network", "ls", "-q"], &["docker", "network", "rm"]),
        (VOLUMES, &["docker", "volume", "ls", "-q"], &["docker", "volume", "rm", "-f"]),
    ] {
        let list = ours(list, environment);
        out.teardown(TeardownStep {
            name: name.to_owned(),
            run: Vec::new(),
            sweep: vec![Sweep { list: list.clone(), remove: words(remove) }],
            verify: vec![list],
        });
    }
    out.teardown(TeardownStep {
        name: IMAGES.to_owned(),
        run: vec![ours(&["docker", "image", "prune", "--all", "--force"], environment)],
        sweep: Vec::new(),
        verify: vec![ours(&["docker", "image", "ls", "-aq"], environment)],
    });
}

/// The teardown's first step where the environment has something on shared servers: nothing of its own may write to them
/// any more, or make anything there anew.
pub fn stop(environment: &Environment, out: &mut Lowered) {
    let list = ours(&["docker", "ps", "-q"], environment);
    out.teardown(TeardownStep {
        name: "stop".to_owned(),
        run: Vec::new(),
        sweep: vec![Sweep { list: list.clone(), remove: words(&["docker", "stop"]) }],
        verify: vec![list],
    });
}

/// A command that keeps to what belongs to the environment. The engine compares labels as a whole, unlike names, and
/// several filters all hold.
pub fn ours(command: &[&str], environment: &Environment) -> Argv {
    let mut argv = words(command);
    let repository = &environment.scope.repository;
    let owner = (!repository.is_empty()).then(|| format!("label={}={repository}", labels::REPOSITORY));
    for filter in [format!("label={}={}", labels::ENVIRONMENT, environment.id)].into_iter().chain(owner) {
        argv.extend(["--filter".to_owned(), filter]);
    }
    argv
}

fn words(words: &[&str]) -> Argv {
    words.iter().map(|word| (*word).to_owned()).collect()
}

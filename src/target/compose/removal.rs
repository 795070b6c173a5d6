//! Every object with what takes it away. Teardown goes by labels alone: it finds what dropped nodes and earlier pushes
//! left behind, and needs no file of the bundle.
//!
//! The steps go by previewc's own labels, because a Compose project of somebody else may have the environment's name.
//! `compose.yaml` puts them on everything that it declares, so that Compose makes nothing for the bundle without them. Two
//! things bear only Compose's or no label, and `down.sh`, run in place of the steps, removes them after it has asked whose the
//! project is: what a user's `compose.override.yaml` adds, and volumes without a name that an image declares, where Compose
//! has carried them over to a container's successor. What was made while no repository was known goes by `down.sh`, too.

use super::file::{Project, Services};
use crate::artifact::{Argv, Lowered, Object, Removal, Stage, StageName};
use crate::overrides::COMPOSE_FILE;
use crate::plan::{Environment, ProcessKind};
use crate::resolve::Origin;
use crate::target::engine::labels;
use crate::target::engine::removal::{CONTAINERS, IMAGES, NETWORKS, VOLUMES};
use crate::target::{fetch, outside};

/// Records every object that `docker compose up` and `cron.sh` create.
pub fn objects(project: &Project<'_>, services: &Services<'_>, out: &mut Lowered) {
    let environment = project.environment;
    let id = &environment.id;
    let mut object = |kind: &str, name: String, step: &str, origin: Origin| {
        out.object(Object {
            kind: kind.to_owned(),
            name,
            namespace: None,
            stage: StageName::Services,
            removal: Removal::Step(step.to_owned()),
            origin,
        });
    };
    object("network", project.network(), NETWORKS, Origin::NONE);
    for (key, origin) in project.containers.volumes() {
        object("volume", format!("{id}_{key}"), VOLUMES, origin);
    }
    object("volume", labels::pushed(environment), VOLUMES, Origin::NONE);
    for (reference, _) in project.builders.iter() {
        object("image", reference.to_owned(), IMAGES, Origin::NONE);
    }
    for process in &environment.processes {
        // A cron's container exists only while it runs.
        let replicas = if matches!(process.kind, ProcessKind::Cron { .. }) { 1 } else { process.replicas };
        for replica in 1..=replicas {
            object("container", format!("{id}-{}-{replica}", process.name), CONTAINERS, process.origin);
        }
    }
    for name in services.one_shot() {
        object("container", format!("{id}-{name}-1"), CONTAINERS, Origin::NONE);
    }
}

/// The one stage, and one before it where something is fetched: Compose itself orders what stands in the file.
pub fn stage(project: &Project<'_>, services: &Services<'_>, out: &mut Lowered) {
    let compose = |rest: &[&str]| {
        let mut argv = compose(project.environment);
        argv.extend(rest.iter().map(|word| (*word).to_owned()));
        argv
    };
    let mut wait = compose(&["up", "-d", "--no-deps", "--no-recreate", "--wait"]);
    let before = wait.len();
    wait.extend(services.long_lived().map(str::to_owned));
    let waits = wait.len() > before;
    let mut run = Vec::new();
    let outputs = fetch::outputs(project.environment);
    let branches = outside::up(project.environment);
    if !outputs.is_empty() {
        run.push(words(&[&format!("./{}", fetch::SCRIPT)]));
    }
    if !outputs.is_empty() || !branches.is_empty() {
        out.stage(Stage { name: StageName::Config, run: branches, wait: Vec::new(), outputs });
    }
    run.extend([
        compose(&["--profile", super::service::CRON_PROFILE, "build"]),
        compose(&["up", "-d", "--remove-orphans"]),
    ]);
    out.stage(Stage {
        name: StageName::Services,
        run,
        wait: if waits { vec![wait] } else { Vec::new() },
        outputs: Vec::new(),
    });
}

/// `docker compose` for this project and nothing else, whatever the shell's variables and `.env` say.
pub fn compose(environment: &Environment) -> Argv {
    let mut argv = words(&["docker", "compose", "-p", environment.id.as_str(), "--env-file", "/dev/null"]);
    argv.extend(files(environment));
    argv
}

/// The options that name the project's files.
pub fn files(environment: &Environment) -> Argv {
    let mut argv = words(&["-f", "compose.yaml"]);
    if !environment.overrides.is_empty() {
        argv.extend(words(&["-f", COMPOSE_FILE]));
    }
    argv
}

fn words(words: &[&str]) -> Argv {
    words.iter().map(|word| (*word).to_owned()).collect()
}

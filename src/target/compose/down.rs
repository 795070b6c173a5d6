//! The way down from shared servers: `down/compose.yaml`, whose services remove what the environment has there. They are run
//! one by one, with `docker compose run`, after the environment's own containers have stopped. Nothing else sees the
//! administrator's credentials, but for the step that made it.

use super::{interpolation, limits, scripts, service};
use crate::artifact::{Argv, Lowered, Mode, TeardownStep};
use crate::document::{Map, map, yaml};
use crate::plan::{Environment, Scoped, Step, Vault};
use crate::target::engine::{Container, labels};
use crate::target::shared;

/// The folder of the way down.
const FOLDER: &str = "down/";
/// The Compose file, seen from the bundle's folder.
pub(super) const FILE: &str = "down/compose.yaml";

/// The service that prints what is left. No name of a process or sequence holds `--`.
pub(super) fn left(one: &Scoped) -> String {
    format!("{}--left", one.name)
}

/// Writes the file and what it reads, where there is something to remove.
pub(super) fn write(environment: &Environment, vault: &Vault, out: &mut Lowered) {
    if environment.shared.scoped.is_empty() {
        return;
    }
    let mut services = Map::new();
    for one in &environment.shared.scoped {
        services.insert(one.name.clone(), of_step(environment, &one.name, &one.drop, vault, out));
        services.insert(left(one), of_step(environment, &left(one), &one.left, vault, out));
    }
    let mut text = String::new();
    yaml::comment(
        &mut text,
        &format!(
            "What {} has on shared servers goes away by these. Written by previewc; ../down.sh runs them, one by one:\n\
             `docker compose -p {} -f down/compose.yaml run --rm SERVICE`. `up` makes no sense here.",
            environment.id, environment.id
        ),
    );
    let file = map! { "name" => environment.id.as_str(), "services" => services };
    yaml::write(&mut text, &interpolation::literal(file.into()));
    out.file(FILE, text, Mode::Public);
}

fn of_step<'a>(environment: &Environment, name: &str, step: &'a Step, vault: &Vault, out: &mut Lowered) -> Map<'a> {
    let container = Container::of_step(name.to_owned(), step, out);
    let mut service = map! { "image" => &step.image.reference };
    service::vectors(&mut service, &container);
    service::variables(&mut service, FOLDER, &container, environment, vault, out);
    // The engine's own network: one of the project's would outlive the removal of all others.
    service.insert("network_mode", "bridge");
    service.insert("restart", "no");
    limits::add(&mut service, container.size);
    service::confine(&mut service, &container);
    service.insert("labels", service::labels_of(labels::belonging(environment)));
    service
}

/// Adds the steps of the teardown, run in the bundle's folder: they need its credentials.
pub(super) fn teardown(environment: &Environment, out: &mut Lowered) {
    if !environment.shared.scoped.is_empty() {
        crate::target::engine::removal::stop(environment, out);
    }
    // The administrators' passwords first, where they come from elsewhere.
    let fetched = !crate::target::fetch::fetches_down(environment).is_empty();
    let fetch = fetched.then(|| vec!["sh".to_owned(), scripts::IMPORTS_DOWN.to_owned()]);
    for one in &environment.shared.scoped {
        out.teardown(TeardownStep {
            name: shared::step(one),
            run: fetch.clone().into_iter().chain([run(environment, &one.name)]).collect(),
            sweep: Vec::new(),
            verify: vec![run(environment, &left(one))],
        });
    }
}

fn run(environment: &Environment, service: &str) -> Argv {
    let id = environment.id.as_str();
    let words = ["docker", "compose", "-p", id, "--env-file", "/dev/null", "-f", FILE, "run", "--rm", "-T", service];
    words.iter().map(|word| (*word).to_owned()).collect()
}

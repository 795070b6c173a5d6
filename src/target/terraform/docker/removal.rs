//! Names on the engine, and every object with what takes it away.

use super::super::{DESTROY, destroy};
use super::container::replicas;
use crate::artifact::{Lowered, Object, Removal, StageName};
use crate::plan::Environment;
use crate::target::engine::{Container, Containers, labels, removal};

/// The name of a container on the engine. Neither ids nor names hold `_`, so no two pairs make the same.
pub fn container(environment: &Environment, name: &str) -> String {
    format!("{}_{name}", environment.id)
}

/// The names of a container's copies on the engine.
pub fn names(environment: &Environment, one: &Container<'_>) -> Vec<String> {
    let name = container(environment, &one.name);
    match replicas(one) {
        1 => vec![name],
        count => (0..count).map(|number| format!("{name}_{number}")).collect(),
    }
}

/// The name of a volume on the engine.
pub fn volume(environment: &Environment, key: &str) -> String {
    format!("{}_{key}", environment.id)
}

/// The network's name on the engine.
pub fn network(environment: &Environment) -> String {
    format!("{}_default", environment.id)
}

/// Records every object that `terraform apply` creates.
pub fn objects(containers: &Containers<'_>, out: &mut Lowered) {
    let environment = containers.environment;
    let mut made = |kind: &str, name: String, step: &str, origin| {
        out.object(Object {
            kind: kind.to_owned(),
            name,
            namespace: None,
            stage: StageName::Services,
            removal: Removal::Step(step.to_owned()),
            origin,
        });
    };
    // What up.sh makes, Terraform does not know.
    made("volume", labels::pushed(environment), removal::VOLUMES, crate::resolve::Origin::NONE);
    let mut object = |kind: &str, name: String, origin| made(kind, name, DESTROY, origin);
    object("network", network(environment), crate::resolve::Origin::NONE);
    for (key, origin) in containers.volumes() {
        object("volume", volume(environment, key), origin);
    }
    let mut built: Vec<&str> = Vec::new();
    for one in containers.processes.iter().chain(&containers.preparation) {
        for name in names(environment, one) {
            object("container", name, one.origin);
        }
        if one.image.build.is_some() && !built.contains(&one.image.reference.as_str()) {
            built.push(&one.image.reference);
            object("image", one.image.reference.clone(), one.origin);
        }
    }
}

/// Terraform destroys what its state knows; then what is left goes by its labels.
pub fn teardown(environment: &Environment, out: &mut Lowered) {
    out.teardown(destroy());
    removal::sweep(environment, out);
}

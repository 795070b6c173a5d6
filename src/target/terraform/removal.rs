//! Names on the engine, and every object with what takes it away.

use super::container::replicas;
use crate::artifact::{Argv, Lowered, Object, Removal, Stage, StageName, TeardownStep};
use crate::plan::Environment;
use crate::target::engine::{Container, Containers, removal};
use crate::target::{branch, fetch};

/// The file of all secrets' values, which Terraform reads by itself.
pub const SECRETS: &str = "secrets.auto.tfvars.json";
/// A module's folder is kept from render to render, and with it which version of the provider was chosen: the module names one.
const INIT: &[&str] = &["terraform", "init", "-upgrade", "-input=false"];
/// The step of the teardown.
const DESTROY: &str = "destroy";

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
    let mut object = |kind: &str, name: String, origin| {
        out.object(Object {
            kind: kind.to_owned(),
            name,
            namespace: None,
            stage: StageName::Services,
            removal: Removal::Step(DESTROY.to_owned()),
            origin,
        });
    };
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

/// The one stage, and one before it where something is fetched: Terraform orders what stands in the module.
pub fn stages(environment: &Environment, out: &mut Lowered) {
    let (outputs, branches) = (fetch::outputs(environment), branch::up(environment));
    let mut run = Vec::new();
    if !outputs.is_empty() {
        run.push(words(&[&format!("./{}", fetch::SCRIPT)]));
    }
    if !outputs.is_empty() || !branches.is_empty() {
        out.stage(Stage { name: StageName::Config, run: branches, wait: Vec::new(), outputs });
    }
    run.extend([words(INIT), words(&["terraform", "apply", "-input=false", "-auto-approve"])]);
    out.stage(Stage { name: StageName::Services, run, wait: Vec::new(), outputs: Vec::new() });
}

/// Terraform destroys what its state knows, which needs the bundle's folder; then what is left goes by its labels.
pub fn teardown(environment: &Environment, out: &mut Lowered) {
    out.teardown(TeardownStep {
        name: DESTROY.to_owned(),
        run: vec![words(INIT), words(&["terraform", "destroy", "-input=false", "-auto-approve"])],
        sweep: Vec::new(),
        verify: vec![words(&["terraform", "state", "list"])],
    });
    removal::sweep(environment, out);
}

fn words(words: &[&str]) -> Argv {
    words.iter().map(|word| (*word).to_owned()).collect()
}

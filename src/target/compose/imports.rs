//! Values that the machine fetches when the bundle is applied. `up.sh` has each printed into `../handoff/`, and `imports.sh`
//! makes an env file of them for every container that needs one: the bundle holds where a value comes from, never the value.
//! Plain `docker compose up` needs those files and says so where they are missing.

use minijinja::{Value, context};

use super::down;
use crate::plan::{Environment, Variable};
use crate::target::engine::{init, names};
use crate::target::fetch::stem;

/// The env file of a service, as `compose.yaml` names it.
pub fn env_file(environment: &Environment, service: &str) -> String {
    format!("../handoff/{}", file(environment, service))
}

/// Its name in the folder `handoff/`. No key of an import ends in `.env`.
fn file(environment: &Environment, service: &str) -> String {
    format!("{}.{service}.env", stem(environment))
}

/// Every service with imported variables, as templates want it.
pub fn services(environment: &Environment) -> Vec<Value> {
    let processes = environment.processes.iter().flat_map(|process| {
        let before = (0..process.init.len()).map(|index| init::name(process, index));
        before.chain([process.name.clone()]).map(|name| (name, &process.env))
    });
    let steps = environment.sequences.iter().flat_map(|sequence| {
        let named = move |(index, step)| (names::step(environment, sequence, index, step), &step.env);
        sequence.steps.iter().enumerate().map(named)
    });
    told(environment, processes.chain(steps))
}

/// The same for the services of the way down.
pub fn services_down(environment: &Environment) -> Vec<Value> {
    let removals = environment.shared.scoped.iter();
    let named = removals.flat_map(|one| [(one.name.clone(), &one.drop.env), (down::left(one), &one.left.env)]);
    told(environment, named)
}

fn told<'e>(environment: &Environment, services: impl Iterator<Item = (String, &'e Vec<Variable>)>) -> Vec<Value> {
    let imported = |variable: &Variable| {
        let import = environment.imports.get(variable.value.imported()?)?;
        Some(context! { name => variable.name.clone(), key => import.key() })
    };
    services
        .filter_map(|(name, env): (String, &Vec<Variable>)| {
            let variables: Vec<Value> = env.iter().filter_map(imported).collect();
            (!variables.is_empty()).then(|| context! { file => file(environment, &name), variables => variables })
        })
        .collect()
}

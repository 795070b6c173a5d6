//! What an environment has outside of what the target writes down: branches of databases at providers, and its part in a cloud.
//! Each has a script in the bundle that makes it (`up`), says how it is reached, takes it away (`down`) and looks for it (`left`);
//! the stages, `up.sh` and `down.sh` run it.

use minijinja::{Value, context};

use super::terraform::CloudSettings;
use super::{branch, terraform};
use crate::artifact::{Argv, Lowered, StageName, TeardownStep};
use crate::plan::{CloudPart, Environment, Vault};

/// The step of the teardown that takes the part in a cloud away.
const CLOUD: &str = "part on AWS";

/// One of them.
struct Outside {
    /// The path of its script in the bundle.
    script: String,
    /// What it is, which also names the step of the teardown.
    step: String,
}

fn all(environment: &Environment) -> impl Iterator<Item = Outside> {
    let branches = environment.branches.iter();
    let branches = branches.map(|one| Outside { script: one.script(), step: branch::step(one) });
    let part = environment.part.iter();
    branches.chain(part.map(|_| Outside { script: CloudPart::SCRIPT.to_owned(), step: CLOUD.to_owned() }))
}

/// Writes the scripts, and lists everything with its removal.
pub fn write(environment: &Environment, vault: &Vault, settings: &CloudSettings, stage: StageName, out: &mut Lowered) {
    branch::write(environment, stage, out);
    if let Some(part) = &environment.part {
        terraform::part(settings, part, environment, vault, (stage, CLOUD), out);
    }
}

/// What makes it all, run in the bundle's folder before anything is asked for; safe to repeat.
pub fn up(environment: &Environment) -> Vec<Argv> {
    all(environment).map(|one| run(&one, "up")).collect()
}

/// Adds a step of the teardown for each, run in the bundle's folder.
pub fn teardown(environment: &Environment, out: &mut Lowered) {
    for one in all(environment) {
        out.teardown(TeardownStep {
            run: vec![run(&one, "down")],
            sweep: Vec::new(),
            verify: vec![run(&one, "left")],
            name: one.step,
        });
    }
}

/// Scripts with what each is about, for the templates of `up.sh` and `down.sh`.
pub fn scripts(environment: &Environment) -> Vec<Value> {
    all(environment).map(|one| context! { script => one.script, about => format!("the {}", one.step) }).collect()
}

/// A file that is there where the bundle is, if anything is outside.
pub fn needed(environment: &Environment) -> Option<String> {
    all(environment).next().map(|one| one.script)
}

fn run(one: &Outside, what: &str) -> Argv {
    ["sh", &one.script, what].map(str::to_owned).to_vec()
}

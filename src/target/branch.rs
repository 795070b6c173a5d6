//! Branches of databases: one script each, from the provider's template, which the stages, `up.sh` and `down.sh` run.

use minijinja::{Value, context};

use super::script;
use crate::artifact::{Lowered, Object, Removal, StageName};
use crate::plan::{Branch, Environment};
use crate::resolve::BranchProvider;

/// What the record calls a branch.
const KIND: &str = "branch";

/// Writes the scripts, and lists every branch with its removal.
pub fn write(environment: &Environment, stage: StageName, out: &mut Lowered) {
    for branch in &environment.branches {
        let path = branch.script();
        let (template, values) = template(branch, environment);
        script::write(&path, template, &values, out);
        out.object(Object {
            kind: KIND.to_owned(),
            name: branch.name.clone(),
            namespace: None,
            stage,
            removal: Removal::Step(step(branch)),
            origin: branch.origin,
        });
    }
}

fn template(branch: &Branch, environment: &Environment) -> (&'static str, Value) {
    let template = match &branch.provider {
        BranchProvider::Neon { .. } => include_str!("../../templates/drivers/neon.sh.jinja"),
        BranchProvider::Planetscale { .. } => include_str!("../../templates/drivers/planetscale.sh.jinja"),
    };
    let (project, organization) = match &branch.provider {
        BranchProvider::Neon { project } => (project.as_str(), ""),
        BranchProvider::Planetscale { organization } => ("", organization.as_str()),
    };
    let made = format!("../handoff/{}.{}.json", super::fetch::stem(environment), branch.store);
    let values = context! {
        file => branch.script(),
        project,
        organization,
        branch => branch.name.clone(),
        parent => branch.parent.clone(),
        database => branch.database.clone().unwrap_or_default(),
        role => branch.role.clone().unwrap_or_default(),
        lifetime => branch.lifetime.map_or(String::new(), |seconds| seconds.to_string()),
        made,
    };
    (template, values)
}

/// The step of the teardown that takes a branch away.
pub fn step(branch: &Branch) -> String {
    format!("branch of {}", branch.store)
}

//! What an environment has in a cloud that its processes are not in: a part of its own, which is applied before them. Values that
//! are known only then are put together where they are made, each a whole, and handed on: in the environment each is an import.

use std::collections::BTreeMap;

use super::context::Context;
use super::import::{Import, ImportSource};
use super::process::Variable;
use super::value::Value;

/// The part of an environment that stands in a cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudPart {
    /// The region.
    pub region: String,
    /// What it hands on, by name: letters, digits and `_`.
    pub outputs: BTreeMap<String, Value>,
}

impl CloudPart {
    /// The script that applies it, prints what it hands on, and takes it away: a path in the bundle.
    pub const SCRIPT: &'static str = "cloud.sh";
}

impl Context<'_> {
    /// The part, where the environment has one; every value that it tells something for becomes an import.
    pub(super) fn part<'v>(&mut self, variables: impl Iterator<Item = &'v mut Variable>) -> Option<CloudPart> {
        if self.profile.cloud.is_some() {
            return None;
        }
        let region = self.program.managed.values().find_map(|managed| managed.region.clone())?;
        let mut outputs: BTreeMap<String, Value> = BTreeMap::new();
        for variable in variables.filter(|variable| variable.value.is_made()) {
            let name = output_name(&variable.name, &variable.value, &outputs);
            let import = Import {
                name: format!("cloud/{name}"),
                source: ImportSource::Command {
                    run: ["sh", CloudPart::SCRIPT, "get", &name].map(str::to_owned).to_vec(),
                    newline: false,
                    from: format!("the part of {} on AWS", self.id),
                    secret: variable.value.is_secret(),
                },
                origin: variable.origin,
            };
            let id = self.imports.add(import);
            outputs.insert(name, std::mem::replace(&mut variable.value, Value::import(id)));
        }
        Some(CloudPart { region, outputs })
    }
}

/// What a value is called: as the first variable that has it, with a number where another value bears that name.
fn output_name(variable: &str, value: &Value, outputs: &BTreeMap<String, Value>) -> String {
    let plain: String = variable.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut name = plain.clone();
    let mut number = 1;
    while outputs.get(&name).is_some_and(|other| other != value) {
        number += 1;
        name = format!("{plain}__{number}");
    }
    name
}

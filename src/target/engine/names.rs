//! Names of what an engine needs beside the plan's processes: the toolbox, and one container per step of a sequence.

use crate::plan::{Environment, Sequence, Step};

/// The container and volume that hold the toolbox.
const TOOLBOX: &str = "toolbox";

/// A name that no process and no sequence bears. Theirs never hold `--`, so one addition is enough.
fn free(environment: &Environment, wanted: String) -> String {
    let taken = environment.process(&wanted).is_some() || environment.sequence(&wanted).is_some();
    if taken { format!("{wanted}--preview") } else { wanted }
}

/// The toolbox's container and volume.
pub fn toolbox(environment: &Environment) -> String {
    free(environment, TOOLBOX.to_owned())
}

/// The container of a step: the sequence's own name for the last one, so that consumers wait for what they were told.
pub fn step(environment: &Environment, sequence: &Sequence, index: usize, step: &Step) -> String {
    if index + 1 == sequence.steps.len() {
        sequence.name.clone()
    } else {
        free(environment, format!("{}-{}", sequence.name, step.name))
    }
}

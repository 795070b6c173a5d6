//! The way down from shared servers: one script for each step, which runs it in a container and is run after the environment's
//! own containers have stopped. Nothing else sees the administrator's credentials, but for the step that made it.

use super::super::imports;
use crate::artifact::{Argv, Lowered, Mode, TeardownStep};
use crate::document::shell;
use crate::plan::{Environment, Scoped, Step, Vault};
use crate::target::engine::command::Words;
use crate::target::engine::{Container, labels, removal};
use crate::target::{fetch, script, shared};

/// The script that fetches administrators' passwords.
pub const IMPORTS: &str = "down/imports.sh";

/// The script that removes something.
pub fn drop_script(one: &Scoped) -> String {
    format!("down/{}.sh", one.name)
}

/// The script that prints what is left. No name of a process or sequence holds `--`.
pub fn left_script(one: &Scoped) -> String {
    format!("down/{}--left.sh", one.name)
}

/// Writes the scripts. They hold credentials: only their owner may read them, and they are run by `sh`.
pub fn write(environment: &Environment, vault: &Vault, out: &mut Lowered) {
    for one in &environment.shared.scoped {
        let what = one.made.iter().map(|(kind, name)| format!("{kind} {name}")).collect::<Vec<_>>().join(", ");
        for (path, step, does) in [(drop_script(one), &one.drop, "Removes"), (left_script(one), &one.left, "Looks for")]
        {
            let head = format!("#!/bin/sh\n# {does} {what} on {}. Needs docker.\nset -eu\n", one.server);
            let container = Container::of_step(one.name.clone(), step, out);
            match text(environment, step, &container, vault) {
                Ok(text) => out.file(path, head + &text, Mode::Private),
                Err(nul) => script::unwritten(&path, &nul, out),
            }
        }
    }
}

/// The variables stand in the script's own environment, from where docker takes them by their names.
fn text(
    environment: &Environment,
    step: &Step,
    container: &Container<'_>,
    vault: &Vault,
) -> Result<String, shell::Nul> {
    let mut out = String::new();
    for variable in &step.env {
        let name = &variable.name;
        match variable.value.imported().and_then(|id| environment.imports.get(id)) {
            // What a command prints loses its last newlines in a shell: a letter behind keeps them.
            Some(import) => {
                let file = shell::line(&[imports::file(environment, &import.key())])?;
                out.push_str(&format!("{name}=$(cat {file} && printf x)\nexport {name}=\"${{{name}%x}}\"\n"));
            }
            None => out.push_str(&format!("export {name}={}\n", shell::word(&variable.value.reveal(vault))?)),
        }
    }
    // The engine's own network: one of the environment's would outlive the removal of all others.
    let mut words: Argv = ["docker", "run", "--rm", "--network", "bridge"].map(str::to_owned).to_vec();
    for (key, value) in labels::belonging(environment) {
        words.extend(["--label".to_owned(), format!("{key}={value}")]);
    }
    if let Some(user) = step.user {
        words.extend(["--user", &user.to_string(), "--cap-drop", "ALL"].map(str::to_owned));
    }
    words.extend(["--security-opt", "no-new-privileges:true", "--memory"].map(str::to_owned));
    words.push(format!("{}b", container.size.memory));
    for variable in &step.env {
        words.extend(["--env".to_owned(), variable.name.clone()]);
    }
    let rest =
        |words: &Option<Words<'_>>| words.iter().flatten().map(|word| word.clone().into_owned()).collect::<Argv>();
    let mut program = rest(&container.entrypoint).into_iter();
    if let Some(first) = program.next() {
        words.extend(["--entrypoint".to_owned(), first]);
    }
    words.push(step.image.reference.clone());
    words.extend(program);
    words.extend(rest(&container.command));
    Ok(format!("{out}exec {}\n", shell::line(&words)?))
}

/// Adds the steps of the teardown, run in the bundle's folder: they need its credentials.
pub fn teardown(environment: &Environment, out: &mut Lowered) {
    if !environment.shared.scoped.is_empty() {
        removal::stop(environment, out);
    }
    let fetched = !fetch::fetches_down(environment).is_empty();
    let run = |path: String| vec!["sh".to_owned(), path];
    for one in &environment.shared.scoped {
        out.teardown(TeardownStep {
            name: shared::step(one),
            run: fetched.then(|| run(IMPORTS.to_owned())).into_iter().chain([run(drop_script(one))]).collect(),
            sweep: Vec::new(),
            verify: vec![run(left_script(one))],
        });
    }
}

//! Commands that run before a process starts: one-shot services in its image, each after the one before.

use super::file::Project;
use super::service::{add_waits, completed, confine, files, owned, storage, toolbox_mount, variables, vectors};
use super::{labels, limits};
use crate::artifact::Lowered;
use crate::document::Map;
use crate::plan::{Process, Vault};

/// The service of one command. No node's name holds `--`.
pub fn name(process: &Process, index: usize) -> String {
    format!("{}--init-{}", process.name, index + 1)
}

/// The service whose end a process waits for.
pub fn last(process: &Process) -> Option<String> {
    process.init.len().checked_sub(1).map(|index| name(process, index))
}

/// Adds the services of a process.
pub fn services<'a>(
    project: &Project<'a>,
    process: &'a Process,
    vault: &Vault,
    services: &mut Map<'a>,
    out: &mut Lowered,
) {
    for (index, command) in process.init.iter().enumerate() {
        let name = name(process, index);
        let mut service = Map::new();
        project.builders.add(&mut service, &name, &process.image, project.settings, project.environment);
        let needs_toolbox = vectors(&mut service, &name, command, &[], process.origin, out);
        variables(&mut service, "", &name, &process.env, project.environment, vault, out);
        let mut labels = labels::belonging(project.environment);
        let mut mounts = Vec::new();
        storage(&mut mounts, process);
        if needs_toolbox {
            mounts.push(toolbox_mount(&project.toolbox).with("read_only", true));
        }
        files(&mut mounts, &mut labels, &name, &process.files, out);
        if !mounts.is_empty() {
            service.insert("volumes", mounts);
        }
        let mut waits = Map::new();
        if needs_toolbox || owned(process).next().is_some() {
            waits.insert(project.toolbox.clone(), completed());
        }
        match index.checked_sub(1) {
            Some(before) => waits.insert(self::name(process, before), completed()),
            None => add_waits(&mut waits, project, process),
        }
        if !waits.is_empty() {
            service.insert("depends_on", waits);
        }
        service.insert("restart", "no");
        limits::add(&mut service, process.size);
        confine(&mut service, process.user, &process.capabilities);
        service.insert("labels", labels);
        services.insert(name, service);
    }
}

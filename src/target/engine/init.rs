//! Commands that run before a process starts: one-shot containers in its image, each after the one before.

use std::borrow::Cow;

use super::{Condition, Container, Containers, Kind, owned};
use crate::artifact::Lowered;
use crate::plan::Process;

/// The container of one command. No node's name holds `--`.
pub fn name(process: &Process, index: usize) -> String {
    format!("{}--init-{}", process.name, index + 1)
}

/// The container whose end a process waits for.
pub(super) fn last(process: &Process) -> Option<String> {
    process.init.len().checked_sub(1).map(|index| name(process, index))
}

/// The containers of a process's commands.
pub(super) fn containers<'a>(all: &Containers<'a>, process: &'a Process, out: &mut Lowered) -> Vec<Container<'a>> {
    let each = |(index, command): (usize, &'a Vec<crate::plan::Word>)| {
        let mut container = Container {
            env: Cow::Borrowed(&process.env),
            files: &process.files,
            user: process.user,
            capabilities: Cow::Borrowed(&process.capabilities),
            ..Container::new(
                name(process, index),
                Kind::OneShot { sequence: None },
                process.origin,
                Cow::Borrowed(&process.image),
                process.size,
            )
        };
        let needs_toolbox = container.run(command, &[], out);
        container.mount_storage(process);
        if needs_toolbox {
            container.mounts.push(all.toolbox_mount(true));
        }
        if needs_toolbox || owned(process).next().is_some() {
            container.wait(all.toolbox.clone(), Condition::Completed);
        }
        match index.checked_sub(1) {
            Some(before) => container.wait(name(process, before), Condition::Completed),
            None => all.add_waits(&mut container, process),
        }
        container
    };
    process.init.iter().enumerate().map(each).collect()
}

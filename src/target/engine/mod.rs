//! What a Docker engine is asked for, whoever asks it: containers with their mounts, checks and order, in no tool's language.
//! Compose and Terraform's Docker platform write the same ones down, each in its own words.
//!
//! What happens in a store before its consumers start is a chain of one-shot containers. One of them, the toolbox, fills a
//! volume with a static busybox, which checks HTTP health and wraps commands whatever the application's image holds.

pub mod command;
pub mod health;
pub mod init;
pub mod labels;
pub mod names;
mod preparation;
pub mod removal;

use std::borrow::Cow;

use indexmap::IndexMap;

use self::command::Words;
use self::health::Check;
use crate::artifact::Lowered;
use crate::plan::{
    CHECK, ConfigFile, Environment, Image, Process, ProcessKind, Sequence, Size, Step, TOOLBOX_DIR, Variable, Volume,
    WaitOn, Word,
};
use crate::resolve::Origin;
use crate::target::strings::{LONGEST_STRING, secret_argument, too_long};

/// An engine refuses less: 6 MiB, and a hundredth of a CPU.
const LEAST: Size = Size { cpu_millis: 10, memory: 6 << 20 };

/// Every container of an environment.
#[derive(Debug)]
pub struct Containers<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The name of the toolbox's container and volume.
    pub toolbox: String,
    /// The plan's processes, in their order: stores first, the gateway last.
    pub processes: Vec<Container<'a>>,
    /// What ends before others start: the commands before each process, the toolbox, then every sequence's steps.
    pub preparation: Vec<Container<'a>>,
}

/// One container.
#[derive(Debug, Clone)]
pub struct Container<'a> {
    /// Its name in the environment, at which others reach it.
    pub name: String,
    /// How long it lives.
    pub kind: Kind<'a>,
    /// Where it comes from.
    pub origin: Origin,
    /// The image.
    pub image: Cow<'a, Image>,
    /// Replaces the image's entrypoint.
    pub entrypoint: Option<Words<'a>>,
    /// Replaces the image's command.
    pub command: Option<Words<'a>>,
    /// Its variables. The only place where a tainted value may stand.
    pub env: Cow<'a, [Variable]>,
    /// Files that it reads.
    pub files: &'a [ConfigFile],
    /// What is mounted beside these.
    pub mounts: Vec<Mount<'a>>,
    /// A folder in memory, over the place where its image would ask for a volume.
    pub scratch: Option<&'a str>,
    /// What it starts after.
    pub waits: IndexMap<Cow<'a, str>, Condition>,
    /// How to tell that it serves.
    pub health: Option<Check<'a>>,
    /// How much it may use.
    pub size: Size,
    /// The numeric user. Where one is known, every capability but these is dropped.
    pub user: Option<u32>,
    /// Capabilities that it keeps.
    pub capabilities: Cow<'a, [String]>,
    /// Whether its own host name is its name. A broker names its data after its host: another name, and its queues are gone.
    pub is_host: bool,
}

/// How long a container lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// Until it is taken away.
    LongLived {
        /// The process.
        process: &'a Process,
    },
    /// It is started by hand or by a clock, and ends.
    OnDemand {
        /// The process.
        process: &'a Process,
    },
    /// It ends by itself, before others start.
    OneShot {
        /// The sequence that it is a step of.
        sequence: Option<&'a Sequence>,
    },
}

/// What a container waits for in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It runs.
    Started,
    /// Its check succeeds.
    Healthy,
    /// It ended with 0.
    Completed,
}

/// Something mounted into a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mount<'a> {
    /// A volume of the environment, by its name there.
    Volume {
        /// The name.
        key: Cow<'a, str>,
        /// The path in the container.
        target: Cow<'a, str>,
        /// Whether it cannot be written to.
        read_only: bool,
    },
    /// A file of the project from where it lies, read-only.
    Source {
        /// Its path from the manifest's folder.
        path: &'a str,
        /// The path in the container.
        target: &'a str,
    },
}

impl<'a> Container<'a> {
    fn new(name: String, kind: Kind<'a>, origin: Origin, image: Cow<'a, Image>, size: Size) -> Self {
        let size = Size { cpu_millis: size.cpu_millis.max(LEAST.cpu_millis), memory: size.memory.max(LEAST.memory) };
        Container {
            name,
            kind,
            origin,
            image,
            entrypoint: None,
            command: None,
            env: Cow::Borrowed(&[]),
            files: &[],
            mounts: Vec::new(),
            scratch: None,
            waits: IndexMap::new(),
            health: None,
            size,
            user: None,
            capabilities: Cow::Borrowed(&[]),
            is_host: false,
        }
    }

    /// One process.
    fn of_process(all: &Containers<'a>, process: &'a Process, out: &mut Lowered) -> Self {
        let is_store = matches!(process.kind, ProcessKind::Store { .. });
        let kind = match process.kind {
            ProcessKind::Cron { .. } => Kind::OnDemand { process },
            _ => Kind::LongLived { process },
        };
        let mut container = Container {
            env: Cow::Borrowed(&process.env),
            files: &process.files,
            user: process.user,
            capabilities: Cow::Borrowed(&process.capabilities),
            health: process.health.as_ref().map(health::check),
            is_host: is_store,
            ..Container::new(process.name.clone(), kind, process.origin, Cow::Borrowed(&process.image), process.size)
        };
        let mut needs_toolbox = process.health.as_ref().is_some_and(health::needs_toolbox);
        needs_toolbox |= container.run(&process.command, &process.args, out);
        container.mount_storage(process);
        if needs_toolbox {
            container.mounts.push(all.toolbox_mount(true));
        }
        // The toolbox also refuses another key than the one that kept data was made with.
        if needs_toolbox || is_store || owned(process).next().is_some() {
            container.wait(all.toolbox.clone(), Condition::Completed);
        }
        all.add_waits(&mut container, process);
        if let Some(last) = init::last(process) {
            container.wait(last, Condition::Completed);
        }
        if all.is_last(process) {
            for sequence in all.unawaited() {
                container.wait(sequence, Condition::Completed);
            }
        }
        container
    }

    /// The path of one of its files in the bundle.
    pub fn path_of(&self, file: &ConfigFile) -> String {
        format!("files/{}/{}", self.name, file.path.trim_start_matches('/'))
    }

    /// A step that is run by itself: it waits for nothing, and the toolbox is not there.
    pub fn of_step(name: String, step: &'a Step, out: &mut Lowered) -> Self {
        let kind = Kind::OneShot { sequence: None };
        let mut container = Container {
            env: Cow::Borrowed(&step.env),
            user: step.user,
            ..Container::new(name, kind, step.origin, Cow::Borrowed(&step.image), step.size)
        };
        container.run(&step.command, &[], out);
        container
    }

    /// Sets what it runs; says whether that needs a program of the toolbox.
    fn run(&mut self, command: &'a [Word], args: &'a [Word], out: &mut Lowered) -> bool {
        for word in command.iter().chain(args) {
            if let Word::Text(text) = word
                && text.len() >= LONGEST_STRING
            {
                out.finding(too_long(format!("an argument of `{}`", self.name), self.origin));
            }
        }
        match command::vectors(command, args) {
            Ok(found) => {
                (self.entrypoint, self.command) = (found.entrypoint, found.command);
                found.needs_toolbox
            }
            Err(command::UnknownEntrypoint) => {
                out.finding(secret_argument(&self.name, self.origin));
                false
            }
        }
    }

    fn wait(&mut self, name: impl Into<Cow<'a, str>>, condition: Condition) {
        self.waits.insert(name.into(), condition);
    }

    fn mount_storage(&mut self, process: &'a Process) {
        self.mounts.extend(process.volumes.iter().map(|volume| Mount::Volume {
            key: Cow::Borrowed(&volume.name),
            target: Cow::Borrowed(&volume.path),
            read_only: false,
        }));
    }
}

impl<'a> Containers<'a> {
    /// Decides every container of an environment.
    pub fn of(environment: &'a Environment, out: &mut Lowered) -> Containers<'a> {
        let mut all = Containers {
            environment,
            toolbox: names::toolbox(environment),
            processes: Vec::new(),
            preparation: Vec::new(),
        };
        for process in &environment.processes {
            let container = Container::of_process(&all, process, out);
            all.processes.push(container);
            let before = init::containers(&all, process, out);
            all.preparation.extend(before);
        }
        let mut containers = all.processes.iter().chain(&all.preparation);
        let awaited = containers.any(|container| container.waits.contains_key(all.toolbox.as_str()));
        if !environment.sequences.is_empty() || awaited {
            let toolbox = preparation::toolbox(&all);
            all.preparation.push(toolbox);
        }
        for sequence in &environment.sequences {
            let chain = preparation::chain(&all, sequence, out);
            all.preparation.extend(chain);
        }
        all
    }

    /// Whether anything needs the toolbox.
    pub fn has_toolbox(&self) -> bool {
        self.preparation.iter().any(|container| container.name == self.toolbox)
    }

    /// The volumes: of stores and workloads, and the toolbox's; each with where it comes from.
    pub fn volumes(&self) -> impl Iterator<Item = (&str, Origin)> {
        let stored = self.environment.processes.iter();
        let stored =
            stored.flat_map(|process| process.volumes.iter().map(|volume| (volume.name.as_str(), process.origin)));
        stored.chain(self.has_toolbox().then_some((self.toolbox.as_str(), Origin::NONE)))
    }

    /// The containers that stay up, the gateway last.
    pub fn long_lived(&self) -> impl Iterator<Item = &Container<'a>> {
        self.processes.iter().filter(|container| matches!(container.kind, Kind::LongLived { .. }))
    }

    /// The names of the containers that look into stores, which warn of what is not as the manifest says.
    pub fn checks(&self) -> impl Iterator<Item = String> {
        let environment = self.environment;
        environment.sequences.iter().filter_map(move |sequence| {
            let (index, check) = sequence.steps.iter().enumerate().find(|(_, step)| step.name == CHECK)?;
            Some(names::step(environment, sequence, index, check))
        })
    }

    /// The containers at the end of sequences that no process of the plan waits for.
    pub fn unawaited(&self) -> impl Iterator<Item = &'a str> {
        let environment = self.environment;
        let awaited = move |name: &str| {
            let waits = |process: &Process| {
                process.waits.iter().any(|wait| matches!(wait, WaitOn::Sequence(sequence) if sequence == name))
            };
            environment.processes.iter().filter(|process| !matches!(process.kind, ProcessKind::Cron { .. })).any(waits)
        };
        environment.sequences.iter().map(|sequence| sequence.name.as_str()).filter(move |name| !awaited(name))
    }

    /// Whether it is the last process that starts, which waits for what nothing else waits for: Compose takes a one-shot
    /// container that ends well for a failure of `up --wait` unless another waits for its end. Stores do not, because
    /// sequences wait for them.
    pub fn is_last(&self, process: &Process) -> bool {
        let may_wait =
            |process: &&Process| !matches!(process.kind, ProcessKind::Cron { .. } | ProcessKind::Store { .. });
        self.environment.processes.iter().rfind(may_wait).is_some_and(|last| last.name == process.name)
    }

    fn toolbox_mount(&self, read_only: bool) -> Mount<'a> {
        Mount::Volume { key: Cow::Owned(self.toolbox.clone()), target: Cow::Borrowed(TOOLBOX_DIR), read_only }
    }

    /// That a process serves: healthy where it can tell.
    fn serving(&self, process: &str) -> Condition {
        let can_tell = self.environment.process(process).is_some_and(|process| process.health.is_some());
        if can_tell { Condition::Healthy } else { Condition::Started }
    }

    fn add_waits(&self, container: &mut Container<'a>, process: &'a Process) {
        for wait in &process.waits {
            match wait {
                WaitOn::Process(name) => container.wait(name.as_str(), self.serving(name)),
                WaitOn::Sequence(name) => container.wait(name.as_str(), Condition::Completed),
            }
        }
    }
}

/// The storage of a workload that a stated user is to write to, with that user: an engine makes it root's where the image has no
/// folder in its place, and the toolbox hands it over.
fn owned(process: &Process) -> impl Iterator<Item = (&Volume, u32)> {
    let is_store = matches!(process.kind, ProcessKind::Store { .. });
    let user = process.user.filter(|user| *user != 0 && !is_store);
    process.volumes.iter().filter_map(move |volume| Some((volume, user?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_container_gets_less_than_an_engine_takes() {
        let size = |cpu_millis, memory| {
            let image = Cow::Owned(Image::given("busybox:1"));
            Container::new(
                "x".to_owned(),
                Kind::OneShot { sequence: None },
                Origin::NONE,
                image,
                Size { cpu_millis, memory },
            )
            .size
        };
        assert_eq!(size(1, 1), Size { cpu_millis: 10, memory: 6 << 20 });
        assert_eq!(size(250, 512 << 20), Size { cpu_millis: 250, memory: 512 << 20 });
    }
}

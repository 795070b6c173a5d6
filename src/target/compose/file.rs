//! The whole `compose.yaml`.

use super::images::Builders;
use super::{ComposeSettings, door, init, interpolation, labels, names, preparation, service};
use crate::artifact::Lowered;
use crate::document::{Map, map, yaml};
use crate::plan::{Environment, Process, ProcessKind, Vault, WaitOn};

/// One environment on its way into a Compose project.
#[derive(Debug)]
pub struct Project<'a> {
    /// The manifest's settings.
    pub settings: &'a ComposeSettings,
    /// The environment.
    pub environment: &'a Environment,
    /// Who builds which image.
    pub builders: Builders,
    /// The name of the toolbox's service and volume.
    pub toolbox: String,
}

/// The services, by what they are for. Keys are service names.
#[derive(Debug, Default)]
pub struct Services<'a> {
    /// The door.
    pub gateway: Map<'a>,
    /// Long-lived servers.
    pub services: Map<'a>,
    /// Long-lived consumers.
    pub workers: Map<'a>,
    /// Scheduled jobs, on demand.
    pub crons: Map<'a>,
    /// Databases, brokers, caches.
    pub stores: Map<'a>,
    /// One-shot services: the toolbox, then every sequence's steps.
    pub preparation: Map<'a>,
}

impl<'a> Services<'a> {
    /// Every group under the words that stand above it, in the order of the file.
    fn groups(&self) -> [(&'static str, &Map<'a>); 6] {
        [
            ("Gateway: the only way in from outside", &self.gateway),
            ("Services", &self.services),
            ("Workers", &self.workers),
            ("Crons: started by cron.sh, not by `docker compose up`", &self.crons),
            ("Stores", &self.stores),
            (
                "Preparation: one-shot services that end before others start. Every `up` starts them again; what is\n\
                 recorded in the store as done does not happen again.",
                &self.preparation,
            ),
        ]
    }

    /// The names of the services that stay up, in the order of the file.
    pub fn long_lived(&self) -> impl Iterator<Item = &str> {
        [&self.gateway, &self.services, &self.workers, &self.stores].into_iter().flat_map(|map| map.iter()).map(name)
    }

    /// The names of the services that end by themselves.
    pub fn one_shot(&self) -> impl Iterator<Item = &str> {
        self.preparation.iter().map(name)
    }
}

fn name<'s>((name, _): (&'s crate::document::Text<'_>, &crate::document::Doc<'_>)) -> &'s str {
    name.as_str()
}

impl<'a> Project<'a> {
    /// Decides what the whole file must agree on.
    pub fn new(settings: &'a ComposeSettings, environment: &'a Environment) -> Project<'a> {
        let steps = environment.sequences.iter().flat_map(|sequence| {
            let named = move |(index, step)| (names::step(environment, sequence, index, step), &step.image);
            sequence.steps.iter().enumerate().map(named)
        });
        Project {
            settings,
            environment,
            builders: Builders::of(environment, steps),
            toolbox: names::toolbox(environment),
        }
    }

    /// Writes every service down, its env file and mounted files into `out`.
    pub fn services(&self, vault: &Vault, out: &mut Lowered) -> Services<'a> {
        let mut services = Services::default();
        for process in &self.environment.processes {
            let group = match process.kind {
                ProcessKind::Gateway => &mut services.gateway,
                ProcessKind::Service => &mut services.services,
                ProcessKind::Worker => &mut services.workers,
                ProcessKind::Cron { .. } => &mut services.crons,
                ProcessKind::Store { .. } => &mut services.stores,
            };
            group.insert(&process.name, service::of_process(self, process, vault, out));
            init::services(self, process, vault, &mut services.preparation, out);
        }
        let prepares = !self.environment.sequences.is_empty();
        if !services.stores.is_empty() || prepares || self.is_toolbox_mounted(&services) {
            services.preparation.insert(self.toolbox.clone(), preparation::toolbox(self));
        }
        for sequence in &self.environment.sequences {
            preparation::chain(self, sequence, vault, &mut services.preparation, out);
        }
        services
    }

    /// The file's text.
    pub fn render(&self, services: &Services<'a>) -> String {
        let environment = self.environment;
        let mut out = String::new();
        yaml::comment(
            &mut out,
            &format!(
                "The preview environment {} of {}, pull request {}.\n\
                 Written by previewc; change the manifest and render again instead of editing this file.\n\
                 `docker compose up -d` starts it; ./up.sh also refuses foreign data, builds, waits and shows what failed.",
                environment.id, environment.app, environment.pull_request.number
            ),
        );
        yaml::write(&mut out, &map! { "name" => environment.id.as_str() }.into());
        out.push('\n');
        let groups = services.groups().map(|(comment, map)| (comment, interpolation::literal_map(map)));
        yaml::write_groups(&mut out, "services", groups.iter().map(|(comment, map)| (*comment, map)));
        out.push('\n');
        yaml::write(&mut out, &interpolation::literal(self.networks().into()));
        let volumes = Map::new().with_filled("volumes", self.volumes(services));
        if !volumes.is_empty() {
            out.push('\n');
            yaml::write(&mut out, &interpolation::literal(volumes.into()));
        }
        out
    }

    /// The network's name on the engine.
    pub fn network(&self) -> String {
        format!("{}_default", self.environment.id)
    }

    /// Keys of the volumes: stores with storage, and the toolbox.
    pub fn volume_keys<'s>(&'s self, services: &'s Services<'a>) -> impl Iterator<Item = &'s str> {
        let stored = self.environment.processes.iter().flat_map(|process| &process.volumes);
        let toolbox = services.preparation.get(&self.toolbox).map(|_| self.toolbox.as_str());
        stored.map(|volume| volume.name.as_str()).chain(toolbox)
    }

    /// The mount of the toolbox, writable.
    pub fn toolbox_mount(&self) -> Map<'a> {
        service::toolbox_mount(&self.toolbox)
    }

    /// The condition that a process serves: healthy where it can tell.
    pub fn serving(&self, process: &str) -> Map<'static> {
        let can_tell = self.environment.process(process).is_some_and(|process| process.health.is_some());
        map! { "condition" => if can_tell { "service_healthy" } else { "service_started" } }
    }

    /// Whether it is the last process that starts, which waits for what nothing else waits for: Compose takes a one-shot
    /// service that ends well for a failure of `up --wait` unless another service waits for its end. Stores do not, because
    /// sequences wait for them.
    pub fn is_last(&self, process: &Process) -> bool {
        let may_wait =
            |process: &&Process| !matches!(process.kind, ProcessKind::Cron { .. } | ProcessKind::Store { .. });
        self.environment.processes.iter().rfind(may_wait).is_some_and(|last| last.name == process.name)
    }

    /// Services at the end of a sequence that no process of the plan waits for.
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

    fn is_toolbox_mounted(&self, services: &Services<'a>) -> bool {
        [&services.gateway, &services.services, &services.workers, &services.crons]
            .into_iter()
            .flat_map(|group| group.iter())
            .any(|(_, service)| service.get("depends_on").is_some_and(|waits| waits.get(&self.toolbox).is_some()))
    }

    fn networks(&self) -> Map<'a> {
        let mut networks = map! {
            "default" => map! { "name" => self.network(), "labels" => labels::belonging(self.environment) },
        };
        if let Some((key, network)) = door::network(self.settings) {
            networks.insert(key, network);
        }
        map! { "networks" => networks }
    }

    fn volumes(&self, services: &Services<'a>) -> Map<'a> {
        let labels = labels::storage(self.environment);
        self.volume_keys(services).map(|key| (key.to_owned(), map! { "labels" => labels.clone() })).collect()
    }
}

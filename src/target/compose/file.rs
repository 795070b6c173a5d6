//! The whole `compose.yaml`.

use super::images::Builders;
use super::{ComposeSettings, door, interpolation, service};
use crate::artifact::Lowered;
use crate::document::{Map, map, yaml};
use crate::plan::{Environment, ProcessKind, Vault};
use crate::target::engine::{Containers, Kind, labels};

/// One environment on its way into a Compose project.
#[derive(Debug)]
pub struct Project<'a> {
    /// The manifest's settings.
    pub settings: &'a ComposeSettings,
    /// The environment.
    pub environment: &'a Environment,
    /// Who builds which image.
    pub builders: Builders,
    /// Its containers.
    pub containers: Containers<'a>,
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
    pub fn new(settings: &'a ComposeSettings, environment: &'a Environment, out: &mut Lowered) -> Project<'a> {
        let containers = Containers::of(environment, out);
        Project { settings, environment, builders: Builders::of(&containers), containers }
    }

    /// Writes every service down, its env file and mounted files into `out`.
    pub fn services(&self, vault: &Vault, out: &mut Lowered) -> Services<'a> {
        let mut services = Services::default();
        for container in &self.containers.processes {
            let (Kind::LongLived { process } | Kind::OnDemand { process }) = container.kind else { continue };
            let group = match process.kind {
                ProcessKind::Gateway => &mut services.gateway,
                ProcessKind::Service => &mut services.services,
                ProcessKind::Worker => &mut services.workers,
                ProcessKind::Cron { .. } => &mut services.crons,
                ProcessKind::Store { .. } => &mut services.stores,
            };
            group.insert(&process.name, service::of(self, container, vault, out));
        }
        for container in &self.containers.preparation {
            services.preparation.insert(container.name.clone(), service::of(self, container, vault, out));
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
        let volumes = Map::new().with_filled("volumes", self.volumes());
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

    fn networks(&self) -> Map<'a> {
        let mut networks = map! {
            "default" => map! { "name" => self.network(), "labels" => service::labels_of(labels::belonging(self.environment)) },
        };
        if let Some((key, network)) = door::network(self.settings) {
            networks.insert(key, network);
        }
        map! { "networks" => networks }
    }

    fn volumes(&self) -> Map<'a> {
        let labels = service::labels_of(labels::storage(self.environment));
        self.containers.volumes().map(|(key, _)| (key.to_owned(), map! { "labels" => labels.clone() })).collect()
    }
}

//! The Compose target: one Compose project (Compose Specification, Compose v2) per environment, for one Docker engine.
//!
//! ```text
//! compose.yaml      services, one network, volumes: all that `docker compose up` needs
//! secrets/*.env     mode 0600, one per service with secrets
//! files/**          configuration and seeds, mounted read-only
//! up.sh             refuses what must not be touched, builds, starts, waits; shows what failed
//! down.sh           removes by label, needs no other file, checks that nothing is left
//! down/**           removes what the environment has on shared servers; down.sh runs it first
//! cron.sh           runs one scheduled job now, prints a crontab
//! imports.sh        makes env files of secrets that are fetched when the bundle is applied
//! ```
//!
//! Plain `docker compose up` keeps the run-once rules too. A one-shot service, the toolbox, fills a volume with a static
//! busybox, which checks HTTP health and wraps commands whatever the application's image holds. What happens in a store
//! before its consumers start is a chain of one-shot services; its first step finds in the store what is done already.
//!
//! The Docker engine's default address pools hold about 31 networks, and each environment takes one: engines with more
//! environments at once need `default-address-pools` in their `daemon.json`.

mod door;
mod down;
mod file;
mod images;
mod imports;
mod interpolation;
mod limits;
mod removal;
mod scripts;
mod service;

use crate::artifact::{Lowered, Mode, StageName};
use crate::plan::{Environment, PortRange, Profile, TargetName, Vault};
use crate::target::terraform::CloudSettings;
use crate::target::{Target, outside};

/// The Compose target with one manifest's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compose {
    /// The settings.
    pub settings: ComposeSettings,
}

/// What a manifest says under `targets.compose`, and where the bundle lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeSettings {
    /// How the gateway is reached.
    pub expose: Expose,
    /// The domain that public hosts are one label below; `<app>.localhost` without one.
    pub domain: Option<String>,
    /// The ports on this machine that environments share out; used by [`Expose::Port`].
    pub ports: PortRange,
    /// What a part in a cloud is kept by.
    pub cloud: CloudSettings,
    /// The manifest's folder as seen from the bundle's (`../../..`), because build contexts are relative to the former.
    pub build_root: String,
}

/// How the gateway is reached from outside of the environment's network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expose {
    /// On a port of this machine that follows from the pull request's number.
    Port {
        /// The address that the port is published on.
        bind: String,
    },
    /// By a Traefik that reads labels from the same engine.
    Traefik {
        /// The network that Traefik and the gateways share; it exists already.
        network: String,
        /// The entry point of Traefik that takes the requests.
        entrypoint: String,
        /// The certificate resolver; without one, plain HTTP.
        resolver: Option<String>,
    },
    /// Not at all: for environments that only their own containers use.
    None,
}

/// What the plan must know of this target.
pub fn profile(settings: &ComposeSettings, app: &str) -> Profile {
    let scheme = match &settings.expose {
        Expose::Traefik { resolver: Some(_), .. } => "https",
        Expose::Traefik { .. } | Expose::Port { .. } | Expose::None => "http",
    };
    Profile {
        target: TargetName::Compose,
        scheme,
        domain: settings.domain.clone().unwrap_or_else(|| format!("{app}.localhost")),
        ports: matches!(settings.expose, Expose::Port { .. }).then_some(settings.ports),
        sources: settings.build_root.clone(),
        builds_images: true,
        runs_crons: false,
        sleeps: true,
        cloud: None,
    }
}

impl Target for Compose {
    fn lower(&self, environment: &Environment, vault: &Vault, out: &mut Lowered) {
        let project = file::Project::new(&self.settings, environment, out);
        crate::target::fetch::check(environment, "Compose", out);
        let services = project.services(vault, out);
        out.file("compose.yaml", project.render(&services), Mode::Public);
        for file in &environment.overrides.files {
            out.file(&file.path, file.contents.clone(), Mode::Public);
        }
        down::write(environment, vault, out);
        outside::write(environment, vault, &self.settings.cloud, StageName::Config, out);
        scripts::write(&project, &services, vault, out);
        removal::objects(&project, &services, out);
        crate::target::shared::objects(environment, StageName::Services, out);
        removal::stage(&project, &services, out);
        down::teardown(environment, out);
        crate::target::engine::removal::sweep(environment, out);
        outside::teardown(environment, out);
    }
}

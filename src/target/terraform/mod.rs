//! The Terraform target: one root module per environment. `platform: docker` runs it on one Docker engine, through the
//! provider `kreuzwerker/docker`.
//!
//! ```text
//! versions.tf                 Terraform, the provider, where the state is kept
//! providers.tf                the engine
//! network.tf                  the network, labels, and the key that data was made with
//! images.tf                   images that are built or pulled
//! data.tf                     volumes, stores, and what happens in them before their consumers start
//! services.tf                 services, workers, crons
//! routes.tf                   the gateway
//! secrets.tf                  the variable of all secrets
//! secrets.auto.tfvars.json    mode 0600: their values
//! outputs.tf                  URLs
//! down/**                     removes what the environment has on shared servers; down.sh runs it first
//! branches/**                 one script for each branch of a database
//! imports.sh                  makes files of what is fetched when the bundle is applied
//! files/**                    configuration and seeds, put into the containers
//! up.sh                       refuses what must not be touched, applies, shows what failed
//! down.sh                     destroys, then removes by label, checks that nothing is left
//! cron.sh                     runs one scheduled job now, prints a crontab
//! ```
//!
//! Containers are those of Compose, with their order and their run-once rules ([`super::engine`]). A container that ends by
//! itself is kept, so that a second plan is empty; what must run again together is replaced together.

mod container;
mod down;
mod images;
mod imports;
mod module;
mod removal;
mod scripts;

use indexmap::IndexMap;

use self::module::Module;
use crate::artifact::{Finding, Lowered, Mode, StageName};
use crate::diagnostics::{Diagnostic, codes};
use crate::plan::{Environment, PortRange, Profile, TargetName, Vault};
use crate::resolve::Origin;
use crate::target::engine::Containers;
use crate::target::{Target, branch, fetch, shared};

/// The Terraform target with one manifest's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terraform {
    /// The settings.
    pub settings: TerraformSettings,
}

/// What a manifest says under `targets.terraform`, and where the bundle lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerraformSettings {
    /// What it builds on.
    pub platform: Platform,
    /// Where that is stated.
    pub origin: Origin,
    /// The engine, as `DOCKER_HOST` names one; that of Docker's tools without one.
    pub host: Option<String>,
    /// The domain that public hosts are one label below; `<app>.localhost` without one.
    pub domain: Option<String>,
    /// The ports on the engine's machine that environments share out.
    pub ports: PortRange,
    /// The address that ports are published on.
    pub bind: String,
    /// Where the state is kept; a file beside the bundle's folder without one.
    pub backend: Option<Backend>,
    /// The manifest's folder as seen from the bundle's (`../../..`).
    pub build_root: String,
}

/// What Terraform builds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// One Docker engine.
    Docker,
    /// Amazon Web Services: not written by this version.
    Aws,
}

/// A backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// Its kind, as Terraform names it: `s3`, `gcs`, `azurerm`, `http`.
    pub kind: &'static str,
    /// Its own settings.
    pub settings: IndexMap<String, String>,
}

/// What the plan must know of this target.
pub fn profile(settings: &TerraformSettings, app: &str) -> Profile {
    Profile {
        target: TargetName::Terraform,
        scheme: "http",
        domain: settings.domain.clone().unwrap_or_else(|| format!("{app}.localhost")),
        ports: Some(settings.ports),
        sources: settings.build_root.clone(),
        builds_images: true,
        runs_crons: false,
    }
}

impl Target for Terraform {
    fn lower(&self, environment: &Environment, vault: &Vault, out: &mut Lowered) {
        if self.settings.platform == Platform::Aws {
            out.finding(Finding {
                diagnostic: Diagnostic::new(codes::NOT_BY_TERRAFORM, "this version writes nothing for `platform: aws`")
                    .help("write `platform: docker` for one Docker engine, or render for Kubernetes or Compose"),
                origin: self.settings.origin,
                label: String::new(),
            });
            return;
        }
        fetch::check(environment, "Terraform", out);
        let containers = Containers::of(environment, out);
        let module = Module::new(&self.settings, &containers, vault, out);
        for (name, body) in module.files() {
            let head = format!(
                "# The preview environment {} of {}, pull request {}.\n\
                 # Written by previewc; change the manifest and render again instead of editing this file.\n\n",
                environment.id, environment.app, environment.pull_request.number
            );
            out.file(name, format!("{head}{body}"), Mode::Public);
        }
        for file in &environment.overrides.files {
            out.file(&file.path, file.contents.clone(), Mode::Public);
        }
        down::write(environment, vault, out);
        branch::write(environment, StageName::Config, out);
        scripts::write(&self.settings, &containers, vault, out);
        removal::objects(&containers, out);
        shared::objects(environment, StageName::Services, out);
        removal::stages(environment, out);
        down::teardown(environment, out);
        removal::teardown(environment, out);
        branch::teardown(environment, out);
    }
}

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
//! cloud/**, cloud.sh          queues and buckets in a cloud, where the platform is none
//! imports.sh                  makes files of what is fetched when the bundle is applied
//! files/**                    configuration and seeds, put into the containers
//! up.sh                       refuses what must not be touched, applies, shows what failed
//! down.sh                     destroys, then removes by label, checks that nothing is left
//! cron.sh                     runs one scheduled job now, prints a crontab
//! ```
//!
//! What all platforms have in common stands in [`module`]; `docker` and `aws` write an environment down, each for its platform.

mod aws;
mod docker;
mod imports;
mod module;
mod text;

use indexmap::IndexMap;

pub use self::aws::{AwsSettings, ManagedSettings, part};
use crate::artifact::{Argv, Lowered, Stage, StageName, TeardownStep};
use crate::plan::{Environment, PortRange, Profile, TargetName, Vault};
use crate::target::{Target, fetch, outside};

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
    /// The domain that public hosts are one label below; the platform's own without one.
    pub domain: Option<String>,
    /// Where states are kept.
    pub cloud: CloudSettings,
    /// The manifest's folder as seen from the bundle's (`../../..`).
    pub build_root: String,
}

/// What Terraform builds on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Platform {
    /// One Docker engine.
    Docker(DockerSettings),
    /// Amazon Web Services.
    Aws(Box<AwsSettings>),
}

/// What a Docker engine is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerSettings {
    /// The engine, as `DOCKER_HOST` names one; that of Docker's tools without one.
    pub host: Option<String>,
    /// The ports on the engine's machine that environments share out.
    pub ports: PortRange,
    /// The address that ports are published on.
    pub bind: String,
}

/// What `targets.terraform` says of every module, of a part in a cloud too, whatever the target.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CloudSettings {
    /// Where the state is kept; a file beside the bundle's folder without one.
    pub backend: Option<Backend>,
    /// The ARN of a boundary that the part's user gets.
    pub permissions_boundary: Option<String>,
}

/// A backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// Its kind, as Terraform names it: `s3`, `gcs`, `azurerm`, `http`.
    pub kind: &'static str,
    /// Its own settings.
    pub settings: IndexMap<String, String>,
}

/// What the plan must know of this target; `domain` is the manifest's own.
pub fn profile(settings: &TerraformSettings, app: &str, domain: &str) -> Profile {
    let sources = settings.build_root.clone();
    let target = TargetName::Terraform;
    match &settings.platform {
        Platform::Docker(engine) => Profile {
            target,
            scheme: "http",
            domain: settings.domain.clone().unwrap_or_else(|| format!("{app}.localhost")),
            ports: Some(engine.ports),
            sources,
            builds_images: true,
            runs_crons: false,
            // The next plan would find everything stopped, and start it.
            sleeps: false,
            cloud: None,
        },
        Platform::Aws(aws) => Profile {
            target,
            scheme: "https",
            domain: settings.domain.clone().unwrap_or_else(|| domain.to_owned()),
            ports: None,
            sources,
            builds_images: false,
            runs_crons: true,
            sleeps: false,
            cloud: Some(aws.cloud()),
        },
    }
}

impl Target for Terraform {
    fn lower(&self, environment: &Environment, vault: &Vault, out: &mut Lowered) {
        fetch::check(environment, "Terraform", out);
        match &self.settings.platform {
            Platform::Docker(engine) => docker::lower(&self.settings, engine, environment, vault, out),
            Platform::Aws(aws) => aws::lower(&self.settings, aws, environment, vault, out),
        }
    }
}

/// A module's folder is kept from render to render, and with it which version of the provider was chosen: the module names one.
const INIT: &[&str] = &["terraform", "init", "-upgrade", "-input=false"];
/// A job that brings the environment up may hold the state while another takes it down.
const LOCK: &str = "-lock-timeout=30m";
/// The step of the teardown.
const DESTROY: &str = "destroy";

/// The one stage, and one before it where something is fetched: Terraform orders what stands in the module.
fn stages(environment: &Environment, out: &mut Lowered) {
    let (outputs, branches) = (fetch::outputs(environment), outside::up(environment));
    let mut run = Vec::new();
    if !outputs.is_empty() {
        run.push(words(&[&format!("./{}", fetch::SCRIPT)]));
    }
    if !outputs.is_empty() || !branches.is_empty() {
        out.stage(Stage { name: StageName::Config, run: branches, wait: Vec::new(), outputs });
    }
    run.extend([words(INIT), words(&["terraform", "apply", "-input=false", "-auto-approve", LOCK])]);
    out.stage(Stage { name: StageName::Services, run, wait: Vec::new(), outputs: Vec::new() });
}

/// Terraform destroys what its state knows, which needs the bundle's folder.
fn destroy() -> TeardownStep {
    TeardownStep {
        name: DESTROY.to_owned(),
        run: vec![words(INIT), words(&["terraform", "destroy", "-input=false", "-auto-approve", LOCK])],
        sweep: Vec::new(),
        verify: vec![words(&["terraform", "state", "list"])],
    }
}

fn words(words: &[&str]) -> Argv {
    words.iter().map(|word| (*word).to_owned()).collect()
}

//! `platform: docker`: the containers of one Docker engine, through the provider `kreuzwerker/docker`.
//!
//! Containers are those of Compose, with their order and their run-once rules ([`crate::target::engine`]). A container that ends
//! by itself is kept, so that a second plan is empty; what must run again together is replaced together.

mod container;
mod down;
mod images;
mod removal;
mod scripts;

use self::container::{Writer, labels_of, of_labels};
use self::images::Images;
use super::module::{self, Module, Place};
use super::{DockerSettings, TerraformSettings, imports};
use crate::artifact::{Lowered, StageName};
use crate::document::hcl::{Body, Expr, identifier};
use crate::plan::{Environment, ProcessKind, Sequence, Vault, Word};
use crate::target::engine::{Container, Containers, Kind, labels};
use crate::target::{outside, shared};

/// The provider: its name, where it comes from, its version.
const PROVIDER: (&str, &str, &str) = ("docker", "kreuzwerker/docker", "4.6.0");

/// Writes an environment down.
pub(super) fn lower(
    settings: &TerraformSettings,
    engine: &DockerSettings,
    environment: &Environment,
    vault: &Vault,
    out: &mut Lowered,
) {
    let containers = Containers::of(environment, out);
    module(settings, engine, &containers, vault, out).write(environment, out);
    down::write(environment, vault, out);
    outside::write(environment, vault, &settings.cloud, StageName::Config, out);
    scripts::write(settings, engine, &containers, vault, out);
    removal::objects(&containers, out);
    shared::objects(environment, StageName::Services, out);
    super::stages(environment, out);
    down::teardown(environment, out);
    removal::teardown(environment, out);
    outside::teardown(environment, out);
}

/// Writes everything down; files that containers read, and the values of secrets, go to `out`.
fn module(
    settings: &TerraformSettings,
    engine: &DockerSettings,
    containers: &Containers<'_>,
    vault: &Vault,
    out: &mut Lowered,
) -> Module {
    let environment = containers.environment;
    let mut module = Module::new(Place::Bundle, settings.cloud.backend.as_ref(), environment, PROVIDER);
    let (images, list) = Images::of(containers);
    let host = engine.host.as_ref().map(|host| Body::new().with("host", host));
    module.providers.block("provider", &["docker"], host.unwrap_or_default());
    module.network = network(environment);
    for image in &list {
        let (label, body) = images.resource(image, settings);
        module.images.block("resource", &["docker_image", &label], body);
    }
    for (key, _) in containers.volumes() {
        let volume = Body::new().with("name", removal::volume(environment, key)).with_block(
            "dynamic",
            &["labels"],
            of_labels("storage_labels"),
        );
        // Another label would make the volume anew, and its data with it.
        let kept = Body::new().with("ignore_changes", Expr::List(vec![Expr::reference(&["labels"])]));
        let volume = volume.with_block("lifecycle", &[], kept);
        module.data.block("resource", &["docker_volume", &identifier(key)], volume);
    }
    let mut writer = Writer { settings, engine, containers, images: &images, vault, secrets: Vec::new() };
    for container in &containers.processes {
        let (Kind::LongLived { process } | Kind::OnDemand { process }) = container.kind else { continue };
        let body = writer.resource(container, out);
        let file = match process.kind {
            ProcessKind::Store { .. } => &mut module.data,
            ProcessKind::Gateway => &mut module.routes,
            ProcessKind::Service | ProcessKind::Worker | ProcessKind::Cron { .. } => &mut module.services,
        };
        file.block("resource", &["docker_container", &identifier(&container.name)], body);
    }
    for sequence in &environment.sequences {
        let again = Body::new().with("triggers_replace", triggers(environment, sequence, vault));
        module.data.comment(&format!(
            "What happens in {} before its consumers start runs as a whole: when a part of it changes, or when data begins anew.",
            sequence.store
        ));
        module.data.block("resource", &["terraform_data", &identifier(&sequence.name)], again);
    }
    for container in &containers.preparation {
        let body = writer.resource(container, out);
        module.data.block("resource", &["docker_container", &identifier(&container.name)], body);
    }
    let values = writer.secrets;
    module.secrets(values, out);
    module
}

fn network(environment: &Environment) -> Body {
    let mut body = Body::new();
    body.block(
        "locals",
        &[],
        Body::new()
            .with("labels", labels_of(labels::belonging(environment)))
            .with("storage_labels", labels_of(labels::storage(environment))),
    );
    imports::locals(&mut body, environment);
    let mut conditions = module::key(&mut body, environment);
    for kept in imports::kept(environment) {
        conditions.block("precondition", &[], kept);
    }
    body.block(
        "resource",
        &["docker_network", "default"],
        Body::new()
            .with("name", removal::network(environment))
            .with_block("dynamic", &["labels"], of_labels("labels"))
            .with_block("lifecycle", &[], conditions),
    );
    body
}

/// What makes a sequence run again: what it does, and the fetched values that it is given, as digests.
fn triggers(environment: &Environment, sequence: &Sequence, vault: &Vault) -> Expr {
    let mut out = vec![Expr::from(digest(sequence, vault))];
    for id in sequence.steps.iter().flat_map(|step| &step.env).filter_map(|variable| variable.value.imported()) {
        let fetched = imports::value(environment, id).map(|value| Expr::Call("sha256", vec![value]));
        out.extend(fetched.filter(|fetched| !out.contains(fetched)).into_iter().collect::<Vec<_>>());
    }
    Expr::List(out)
}

/// A digest over everything that a sequence does. It may be shown: secrets are sealed in it.
fn digest(sequence: &Sequence, vault: &Vault) -> String {
    let mut content = Vec::new();
    let mut add = |part: &[u8]| {
        content.extend_from_slice(&(part.len() as u64).to_be_bytes());
        content.extend_from_slice(part);
    };
    for step in &sequence.steps {
        add(step.name.as_bytes());
        add(step.image.reference.as_bytes());
        for word in &step.command {
            let (Word::Text(text) | Word::Env(text)) = word;
            add(text.as_bytes());
        }
        for variable in &step.env {
            add(variable.name.as_bytes());
            add(variable.value.reveal(vault).as_bytes());
        }
        for file in &step.files {
            add(file.path.as_bytes());
            add(&file.contents);
        }
    }
    vault.seal(&content)
}

/// The containers that end by themselves, with the sequence whose whole is tried again when one of them failed.
pub fn one_shots<'a>(containers: &'a Containers<'_>) -> impl Iterator<Item = (&'a Container<'a>, String)> {
    containers.preparation.iter().map(|container| {
        let address = match container.kind {
            Kind::OneShot { sequence: Some(sequence) } => format!("terraform_data.{}", identifier(&sequence.name)),
            _ => format!("docker_container.{}", identifier(&container.name)),
        };
        (container, address)
    })
}

//! The module's files, each with one subject.

use super::container::{Writer, labels_of, of_labels};
use super::images::Images;
use super::{Backend, TerraformSettings, imports, removal};
use crate::artifact::{Lowered, Mode};
use crate::document::hcl::{Body, Expr, identifier};
use crate::document::{Doc, Map, json, map};
use crate::plan::{Environment, ProcessKind, Sequence, Vault, Word};
use crate::source::Digest;
use crate::target::engine::{Container, Containers, Kind, labels};
use crate::target::fetch;

/// The provider's version.
const PROVIDER: &str = "4.6.0";
/// The oldest Terraform that has everything in use (`terraform_data`, `replace_triggered_by`).
const TERRAFORM: &str = ">= 1.4";

/// The oldest one that locks states in S3 by files.
const WITH_LOCK_FILES: &str = ">= 1.10";

/// The files of a module.
#[derive(Debug, Default)]
pub struct Module {
    versions: Body,
    providers: Body,
    network: Body,
    images: Body,
    data: Body,
    services: Body,
    routes: Body,
    secrets: Body,
    outputs: Body,
}

impl Module {
    /// Writes everything down; files that containers read, and the values of secrets, go to `out`.
    pub fn new(settings: &TerraformSettings, containers: &Containers<'_>, vault: &Vault, out: &mut Lowered) -> Module {
        let environment = containers.environment;
        let mut module = Module::default();
        let (images, list) = Images::of(containers);
        module.versions = versions(settings, environment);
        let host = settings.host.as_ref().map(|host| Body::new().with("host", host));
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
        let mut writer = Writer { settings, containers, images: &images, vault, secrets: Vec::new() };
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
        if !values.is_empty() {
            module.secrets = variable();
            let values: Map<'_> = values.into_iter().collect();
            let mut text = json::pretty(&Doc::from(map! { "secrets" => values }));
            text.push('\n');
            out.file(removal::SECRETS, text, Mode::Private);
        }
        module.outputs = outputs(environment);
        module
    }

    /// Every file that says something, by its name.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &Body)> {
        let files = [
            ("versions.tf", &self.versions),
            ("providers.tf", &self.providers),
            ("network.tf", &self.network),
            ("images.tf", &self.images),
            ("data.tf", &self.data),
            ("services.tf", &self.services),
            ("routes.tf", &self.routes),
            ("secrets.tf", &self.secrets),
            ("outputs.tf", &self.outputs),
        ];
        files.into_iter().filter(|(_, body)| !body.is_empty())
    }
}

fn versions(settings: &TerraformSettings, environment: &Environment) -> Body {
    let docker = Expr::texts([("source", "kreuzwerker/docker"), ("version", PROVIDER)]);
    let providers = Body::new().with("docker", docker);
    let s3 = settings.backend.as_ref().is_some_and(|backend| backend.kind == "s3");
    let oldest = if s3 { WITH_LOCK_FILES } else { TERRAFORM };
    let terraform = Body::new().with("required_version", oldest).with_block("required_providers", &[], providers);
    let (kind, body) = backend(settings.backend.as_ref(), environment);
    Body::new().with_block("terraform", &[], terraform.with_block("backend", &[kind], body))
}

/// The place of the state: a key of the environment's own in every backend.
fn backend(backend: Option<&Backend>, environment: &Environment) -> (&'static str, Body) {
    let Some(backend) = backend else {
        let mut body = Body::new();
        body.comment("Beside the bundle's folder, which every render writes anew.");
        body.set("path", format!("../handoff/{}.tfstate", fetch::stem(environment)));
        return ("local", body);
    };
    // Two repositories may have an app of one name.
    let place = format!("previewc/{}/{}", environment.scope.repository, environment.id);
    let owned = format!("{}-{}", environment.id, Digest::of(environment.scope.repository.as_bytes()).short(8));
    let mut body = Body::new();
    for (name, value) in &backend.settings {
        match (backend.kind, name.as_str()) {
            ("s3" | "azurerm", "key") | ("gcs", "prefix") => {}
            ("http", "address" | "lock_address" | "unlock_address") => {
                let tail = if name == "address" { "" } else { "/lock" };
                body.set(name, format!("{}/{owned}{tail}", value.trim_end_matches('/')));
            }
            // Every setting of a backend may stand as text.
            _ => body.set(name, value),
        }
    }
    match backend.kind {
        "gcs" => body.set("prefix", place),
        "http" => {}
        kind => {
            body.set("key", format!("{place}.tfstate"));
            if kind == "s3" && !backend.settings.contains_key("use_lockfile") {
                body.set("use_lockfile", true);
            }
        }
    }
    (backend.kind, body)
}

fn network(environment: &Environment) -> Body {
    // Whose it is, and by which key.
    let owner = format!("{} {}", environment.scope.repository, environment.fingerprint);
    let mut body = Body::new();
    body.block(
        "locals",
        &[],
        Body::new()
            .with("labels", labels_of(labels::belonging(environment)))
            .with("storage_labels", labels_of(labels::storage(environment))),
    );
    imports::locals(&mut body, environment);
    body.comment("Whose kept data is, and the key that its passwords were derived from.");
    let ignored = Body::new().with("ignore_changes", Expr::List(vec![Expr::reference(&["input"])]));
    body.block(
        "resource",
        &["terraform_data", "key"],
        Body::new().with("input", owner.as_str()).with_block("lifecycle", &[], ignored),
    );
    let same =
        Expr::Equal(Box::new(Expr::reference(&["terraform_data", "key", "output"])), Box::new(owner.as_str().into()));
    let refused = Body::new().with("condition", same).with(
        "error_message",
        "The data of this environment is another repository's, or was made with another key: its servers would refuse the \
         passwords. Render with the key of before, or run ./down.sh first.",
    );
    let mut conditions = Body::new().with_block("precondition", &[], refused);
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

fn variable() -> Body {
    let text = Expr::Call("map", vec![Expr::reference(&["string"])]);
    let body = Body::new()
        .with(
            "description",
            format!("Values that hold secrets. They stand in {}, which only its owner may read.", removal::SECRETS),
        )
        .with("type", text)
        .with("sensitive", true);
    Body::new().with_block("variable", &["secrets"], body)
}

fn outputs(environment: &Environment) -> Body {
    let mut body = Body::new();
    let mut output = |name: &str, about: &str, value: Expr| {
        body.block("output", &[name], Body::new().with("description", about).with("value", value));
    };
    output("environment", "The environment's id.", environment.id.as_str().into());
    output("url", "The front page.", environment.url.as_str().into());
    if !environment.urls.is_empty() {
        let urls = environment.urls.iter().map(|public| (public.node.as_str(), public.url.as_str()));
        // A node with several routes has its first one here.
        let mut seen = std::collections::BTreeSet::new();
        let urls: Vec<(&str, &str)> = urls.filter(|(node, _)| seen.insert(*node)).collect();
        output("urls", "Every public URL, by node.", Expr::texts(urls));
    }
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

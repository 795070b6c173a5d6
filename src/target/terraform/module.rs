//! What the modules of all platforms have in common: files by subject, where the state is kept, whose data it is, secrets, outputs.

use super::Backend;
use crate::artifact::{Lowered, Mode};
use crate::document::hcl::{Body, Expr};
use crate::document::{Doc, Map, json, map};
use crate::plan::Environment;
use crate::source::Digest;
use crate::target::fetch;

/// The file of all secrets' values, which Terraform reads by itself.
pub const SECRETS: &str = "secrets.auto.tfvars.json";
/// The oldest Terraform that has everything in use (`terraform_data`, `replace_triggered_by`).
const TERRAFORM: &str = ">= 1.4";
/// The oldest one that locks states in S3 by files.
const WITH_LOCK_FILES: &str = ">= 1.10";

/// Where a module stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// In the bundle's folder: it is the bundle.
    #[default]
    Bundle,
    /// In a folder of it, beside what the target writes: the environment's part in a cloud.
    Part,
}

impl Place {
    /// The module's folder as seen from the bundle's, with a `/` at the end where it is another.
    pub fn folder(self) -> &'static str {
        match self {
            Place::Bundle => "",
            Place::Part => "cloud/",
        }
    }

    /// The file of a state that no backend keeps, as seen from the module's folder: beside the bundle's, which every render
    /// writes anew.
    pub fn state_file(self, environment: &Environment) -> String {
        let above = match self {
            Place::Bundle => "..",
            Place::Part => "../..",
        };
        format!("{above}/handoff/{}{}.tfstate", fetch::stem(environment), self.suffix())
    }

    /// What tells the state from that of the environment's other module. No id holds a dot.
    fn suffix(self) -> &'static str {
        match self {
            Place::Bundle => "",
            Place::Part => ".cloud",
        }
    }
}

/// The files of a module, each with one subject.
#[derive(Debug, Default)]
pub struct Module {
    place: Place,
    /// Terraform, the provider, where the state is kept.
    pub versions: Body,
    /// The provider's settings.
    pub providers: Body,
    /// The network, labels, and the key that data was made with.
    pub network: Body,
    /// Images that are built or pulled.
    pub images: Body,
    /// Storage, stores, and what happens in them before their consumers start.
    pub data: Body,
    /// Services, workers, crons.
    pub services: Body,
    /// The gateway, and what leads to it.
    pub routes: Body,
    /// Secrets.
    pub secrets: Body,
    /// URLs.
    pub outputs: Body,
}

impl Module {
    /// A module that uses one provider: the name of it in the module, where it comes from, its version.
    pub fn new(
        place: Place,
        backend: Option<&Backend>,
        environment: &Environment,
        provider: (&str, &str, &str),
    ) -> Module {
        let versions = versions(place, backend, environment, provider);
        let outputs = match place {
            Place::Bundle => outputs(environment),
            Place::Part => Body::new(),
        };
        Module { place, versions, outputs, ..Module::default() }
    }

    /// Adds the variable that holds the values of secrets, and hands their file over.
    pub fn secrets(&mut self, values: Vec<(String, String)>, out: &mut Lowered) {
        if values.is_empty() {
            return;
        }
        self.secrets.append(variable());
        let values: Map<'_> = values.into_iter().collect();
        let mut text = json::pretty(&Doc::from(map! { "secrets" => values }));
        text.push('\n');
        out.file(format!("{}{SECRETS}", self.place.folder()), text, Mode::Private);
    }

    /// Hands the files over.
    pub fn write(&self, environment: &Environment, out: &mut Lowered) {
        for (name, body) in self.files() {
            let head = format!(
                "# The preview environment {} of {}, pull request {}.\n\
                 # Written by previewc; change the manifest and render again instead of editing this file.\n\n",
                environment.id, environment.app, environment.pull_request.number
            );
            out.file(format!("{}{name}", self.place.folder()), format!("{head}{body}"), Mode::Public);
        }
        // The users' own files are for the target's module.
        for file in environment.overrides.files.iter().filter(|_| self.place == Place::Bundle) {
            out.file(&file.path, file.contents.clone(), Mode::Public);
        }
    }

    /// Every file that says something, by its name.
    fn files(&self) -> impl Iterator<Item = (&'static str, &Body)> {
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

fn versions(
    place: Place,
    backend: Option<&Backend>,
    environment: &Environment,
    (name, source, version): (&str, &str, &str),
) -> Body {
    let provider = Expr::texts([("source", source), ("version", version)]);
    let providers = Body::new().with(name, provider);
    let s3 = backend.is_some_and(|backend| backend.kind == "s3");
    let oldest = if s3 { WITH_LOCK_FILES } else { TERRAFORM };
    let terraform = Body::new().with("required_version", oldest).with_block("required_providers", &[], providers);
    let (kind, body) = state(place, backend, environment);
    Body::new().with_block("terraform", &[], terraform.with_block("backend", &[kind], body))
}

/// The place of the state: a key of the environment's own in every backend.
fn state(place: Place, backend: Option<&Backend>, environment: &Environment) -> (&'static str, Body) {
    let Some(backend) = backend else {
        let mut body = Body::new();
        body.comment("Beside the bundle's folder, which every render writes anew.");
        body.set("path", place.state_file(environment));
        return ("local", body);
    };
    // Two repositories may have an app of one name.
    let repository = &environment.scope.repository;
    let own = format!("previewc/{repository}/{}{}", environment.id, place.suffix());
    let owned = format!("{}-{}{}", environment.id, Digest::of(repository.as_bytes()).short(8), place.suffix());
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
        "gcs" => body.set("prefix", own),
        "http" => {}
        kind => {
            body.set("key", format!("{own}.tfstate"));
            if kind == "s3" && !backend.settings.contains_key("use_lockfile") {
                body.set("use_lockfile", true);
            }
        }
    }
    (backend.kind, body)
}

/// Adds whose the environment's data is, and by which key; hands on the conditions under which anything may be applied.
pub fn key(body: &mut Body, environment: &Environment) -> Body {
    let owner = format!("{} {}", environment.scope.repository, environment.fingerprint);
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
    Body::new().with_block("precondition", &[], refused)
}

fn variable() -> Body {
    let text = Expr::Call("map", vec![Expr::reference(&["string"])]);
    let body = Body::new()
        .with(
            "description",
            format!("Values that hold secrets. They stand in {}, which only its owner may read.", SECRETS),
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

//! What the parts of the plan share while one environment is made.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::environment::EnvId;
use super::finding::Finding;
use super::frontends;
use super::hosts::Public;
use super::import::{Import, ImportSource, Imports};
use super::process::{Size, Variable, Word, free_name};
use super::profile::Profile;
use super::request::Request;
use super::stores::StoreFacts;
use super::value::{Encoding, Value};
use super::vault::{Secret, SecretSource, Secrets};
use crate::diagnostics::{Diagnostic, codes};
use crate::resolve::{Body, Origin, PreviewFact, Program, Reference, SecretDeclSource, StoreName, Text, TextPart};

/// Kept while one environment is made.
pub(super) struct Context<'p> {
    /// The resolved stack.
    pub program: &'p Program,
    /// What is asked for.
    pub request: &'p Request,
    /// What the target makes possible.
    pub profile: &'p Profile,
    /// The environment's id.
    pub id: EnvId,
    /// Public names.
    pub public: Public,
    /// Secrets asked for so far.
    pub secrets: Secrets,
    /// Imports asked for so far.
    pub imports: Imports,
    /// Whether secrets that are not generated are withheld.
    pub withholds: bool,
    /// Names, credentials and outputs of each store.
    pub stores: IndexMap<String, StoreFacts>,
    /// What each node starts after, by its name.
    pub starts: BTreeMap<&'p str, Vec<&'p str>>,
    /// Findings so far.
    pub findings: Vec<Finding>,
    /// Whether the missing commit was reported already.
    pub warned_commit: bool,
    /// Builders whose missing folder was reported already.
    pub warned_contexts: BTreeSet<String>,
}

/// Where nothing else is said: what a small API of any language lives on.
pub(super) const DEFAULT_SIZE: Size = Size { cpu_millis: 100, memory: 256 << 20 };

impl Context<'_> {
    /// Leaves a finding.
    pub(super) fn find(&mut self, diagnostic: Diagnostic, origin: Origin, label: &str) {
        self.findings.push(Finding { diagnostic, origin, label: label.to_owned() });
    }

    /// The value of a text.
    pub(super) fn eval(&mut self, text: &Text) -> Value {
        let mut value = Value::default();
        // Text is gathered first: adding to a value copies what it ends in.
        let mut gathered = String::new();
        for part in &text.parts {
            match part {
                TextPart::Literal(literal) => gathered.push_str(literal),
                TextPart::Ref(reference, _) => {
                    let part = self.reference(reference);
                    if let Some(plain) = part.plain() {
                        gathered.push_str(plain);
                    } else {
                        value.push_text(&std::mem::take(&mut gathered));
                        value.push(&part, Encoding::Plain);
                    }
                }
            }
        }
        value.push_text(&gathered);
        if value.is_mixed() {
            self.mixed(text);
        }
        value
    }

    /// Reports the first import of a text that does not stand alone in it.
    fn mixed(&mut self, text: &Text) {
        let first = text.parts.iter().find_map(|part| match part {
            TextPart::Ref(reference, origin) => {
                let value = self.reference(reference);
                value.imported().map(|id| (id, *origin))
            }
            TextPart::Literal(_) => None,
        });
        // Nothing is found where the text of another place is to blame, which is reported there.
        let Some((id, origin)) = first else { return };
        let from = self.imports.get(id).map(|import| import.source.words()).unwrap_or_default();
        self.find(
            Diagnostic::new(
                codes::IMPORT_NOT_ALONE,
                format!("this value comes from {from} when the bundle is applied, and cannot be put into other text"),
            )
            .help("give it a variable of its own, and let the program put the text together; or keep the whole text in the store"),
            origin,
            "does not stand alone",
        );
    }

    /// The value of a text that stands where everyone may read it. Resolve has refused secrets there; one that comes here all
    /// the same is reported, and gives nothing.
    pub(super) fn plain(&mut self, text: &Text, place: &str) -> Option<String> {
        let value = self.eval(text);
        if let Some(plain) = value.plain() {
            return Some(plain.to_owned());
        }
        let origin = text
            .parts
            .iter()
            .find_map(|part| match part {
                TextPart::Ref(reference, origin) if self.reference(reference).plain().is_none() => Some(*origin),
                _ => None,
            })
            .unwrap_or(text.origin);
        if !value.is_tainted() {
            self.find(
                Diagnostic::new(
                    codes::IMPORT_NOT_ALONE,
                    format!("this is known only when the environment is applied, and cannot stand in {place}"),
                )
                .help("give the process a variable in `env`, and read it from there"),
                origin,
                "",
            );
            return None;
        }
        self.find(
            Diagnostic::new(codes::TAINTED, format!("a secret stands in {place}, where others can read it"))
                .help("secrets may stand in `env` only: give the process a variable and read it from there"),
            origin,
            "this holds a secret",
        );
        None
    }

    /// The host name at which others of the environment reach one of its processes.
    pub(super) fn host(&self, process: &str) -> String {
        match &self.profile.cloud {
            Some(cloud) => cloud.host(&self.id, process),
            None => process.to_owned(),
        }
    }

    /// An argument vector. A tainted word becomes a variable of the process, so that no manifest shows it.
    pub(super) fn words(&mut self, texts: &[Text], env: &mut Vec<Variable>) -> Vec<Word> {
        let mut words = Vec::with_capacity(texts.len());
        for text in texts {
            let value = self.eval(text);
            match value.plain() {
                Some(plain) => words.push(Word::Text(plain.to_owned())),
                None => {
                    let name = free_name("PREVIEWC_ARG", env);
                    env.push(Variable {
                        name: name.clone(),
                        value,
                        source: super::process::Source::Generated { from: super::process::ARGUMENT.to_owned() },
                        origin: text.origin,
                    });
                    words.push(Word::Env(name));
                }
            }
        }
        words
    }

    /// What a reference names. Resolve has seen that it exists.
    pub(super) fn reference(&mut self, reference: &Reference) -> Value {
        match reference {
            Reference::Preview(fact) => Value::text(self.fact(*fact)),
            Reference::Var(name) => {
                let value = self.request.vars.get(name).or_else(|| self.program.vars.get(name));
                Value::text(value.map_or("", String::as_str))
            }
            Reference::Secret(name) => self.declared_secret(name),
            Reference::Output { node, output } => self.output(node, output),
        }
    }

    /// A declared secret's value.
    pub(super) fn declared_secret(&mut self, name: &str) -> Value {
        let Some(secret) = self.program.secrets.get(name) else { return Value::default() };
        if self.withholds && !matches!(secret.source, SecretDeclSource::Generate(_)) {
            return Value::withheld(name);
        }
        let source = match &secret.source {
            SecretDeclSource::Generate(length) => {
                SecretSource::Derived { node: "SECRETS".to_owned(), purpose: name.to_owned(), length: *length }
            }
            SecretDeclSource::Env(variable) => SecretSource::Given { variable: variable.clone() },
            SecretDeclSource::Stored { store, path, key } => {
                let source = import(&self.profile.sources, *store, path, key.as_deref(), name);
                let import = Import { name: format!("secrets/{name}"), source, origin: secret.origin };
                return Value::import(self.imports.add(import));
            }
        };
        Value::secret(self.secrets.add(Secret { name: format!("secrets/{name}"), source, origin: secret.origin }))
    }

    /// An output of a node.
    pub(super) fn output(&mut self, node: &str, output: &str) -> Value {
        if let Some(facts) = self.stores.get(node) {
            return facts.outputs.get(output).cloned().unwrap_or_default();
        }
        match self.program.nodes.get(node).map(|node| &node.body) {
            Some(Body::Workload(workload)) => {
                let port = workload.ports.first().map(|(_, number)| *number);
                let public = self.public.by_node.get(node);
                Value::text(match (output, port) {
                    ("name", _) => node.to_owned(),
                    ("host", _) => self.host(node),
                    ("port", Some(port)) => port.to_string(),
                    ("url", Some(port)) => format!("http://{}:{port}", self.host(node)),
                    ("public_url", _) => public.map(|(url, _)| url.clone()).unwrap_or_default(),
                    ("public_host", _) => public.map(|(_, host)| host.clone()).unwrap_or_default(),
                    _ => String::new(),
                })
            }
            Some(Body::External(external)) => match external.secrets.get(output) {
                Some(secret) => self.declared_secret(secret),
                None if output == "url" => self.eval(&external.url),
                None => Value::default(),
            },
            Some(Body::Frontend(frontend)) => {
                let host = frontends::host(frontend, self.request.pull_request.number);
                Value::text(if output == "url" { frontends::url(&host) } else { host })
            }
            _ => Value::default(),
        }
    }

    fn fact(&self, fact: PreviewFact) -> String {
        let pull = &self.request.pull_request;
        match fact {
            PreviewFact::Env => self.id.to_string(),
            PreviewFact::Pr => pull.number.to_string(),
            PreviewFact::Url => self.public.url.clone(),
            PreviewFact::Host => self.public.host.clone(),
            PreviewFact::Sha => pull.head_sha.clone().unwrap_or_default(),
            PreviewFact::Branch => pull.branch.clone().unwrap_or_default(),
            PreviewFact::Repo => pull.repository.clone(),
            PreviewFact::App => self.program.app.clone(),
            PreviewFact::Domain => self.profile.domain.clone(),
        }
    }
}

/// Where a stored secret is imported from.
fn import(sources: &str, store: StoreName, path: &str, key: Option<&str>, name: &str) -> ImportSource {
    let path = path.to_owned();
    let named = key.unwrap_or(name).to_owned();
    match store {
        StoreName::Vault => ImportSource::Vault { path, key: named },
        StoreName::Aws => ImportSource::Aws { name: path, key: key.map(str::to_owned) },
        StoreName::Sops => ImportSource::Command {
            run: vec![
                "sops".to_owned(),
                "--decrypt".to_owned(),
                "--extract".to_owned(),
                format!("[\"{named}\"]"),
                format!("{sources}/{path}"),
            ],
            newline: false,
            from: format!("sops {path}, key {named}"),
            secret: true,
        },
        StoreName::Kubernetes => {
            let (namespace, name) = match path.split_once('/') {
                Some((namespace, name)) => (Some(namespace.to_owned()), name.to_owned()),
                None => (None, path),
            };
            ImportSource::ClusterSecret { namespace, name, key: named }
        }
    }
}

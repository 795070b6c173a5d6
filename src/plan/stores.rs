//! Stores: names and credentials of their own, outputs composed once, and the engine's container.

use indexmap::IndexMap;

use super::context::Context;
use super::names::{fit, on_server};
use super::process::{ConfigFile, Health, Image, Port, Process, ProcessKind, Size, Source, Variable, Volume, Word};
use super::sequence::Poll;
use super::value::{Encoding, Value};
use super::vault::{Secret, SecretSource};
use crate::recipes::{Atom, Output, Recipe};
use crate::resolve::{Body, Node, Origin, Store};
use crate::shape::{Template, TemplatePart};

/// What is known of one store before any process is made.
#[derive(Debug, Default)]
pub(super) struct StoreFacts {
    /// What `${self.…}` means in its recipe.
    pub own: IndexMap<String, Value>,
    /// What processes may refer to.
    pub outputs: IndexMap<String, Value>,
    /// The version in use.
    pub version: String,
    /// What `${options.…}` means: the values, one per line; empty where the option is not given.
    pub options: IndexMap<String, String>,
    /// What `${server.…}` means to an operator's steps; nothing where the store has a server of its own.
    pub server: IndexMap<String, Value>,
    /// The sequence that its consumers wait for, if it has one.
    pub sequence: Option<String>,
}

impl StoreFacts {
    /// A recipe's text. What it names besides its own is empty; the recipe's check has refused it.
    pub(super) fn eval(&self, template: &Template) -> Value {
        let mut value = Value::default();
        for part in &template.parts {
            match part {
                TemplatePart::Text(text) => value.push_text(text),
                TemplatePart::Ref { path, .. } => {
                    let words: Vec<&str> = path.iter().map(String::as_str).collect();
                    match words.as_slice() {
                        ["version"] => value.push_text(&self.version),
                        ["self", name] => {
                            if let Some(own) = self.own.get(*name) {
                                value.push(own, Encoding::Plain);
                            }
                        }
                        ["server", name] => {
                            if let Some(server) = self.server.get(*name) {
                                value.push(server, Encoding::Plain);
                            }
                        }
                        ["options", name] => value.push_text(self.options.get(*name).map_or("", String::as_str)),
                        _ => {}
                    }
                }
            }
        }
        value
    }

    fn output(&self, output: &Output) -> Value {
        let url = match output {
            Output::Text(text) => return self.eval(&text.text),
            Output::Url(url) => url,
        };
        let mut value = Value::text(format!("{}://", url.scheme.value));
        if url.user.is_some() || url.password.is_some() {
            if let Some(user) = &url.user {
                value.push(&self.eval(user), Encoding::Percent);
            }
            if let Some(password) = &url.password {
                value.push_text(":");
                value.push(&self.eval(password), Encoding::Percent);
            }
            value.push_text("@");
        }
        value.push(&self.eval(&url.host), Encoding::Plain);
        if let Some(port) = &url.port {
            value.push_text(":");
            value.push(&self.eval(port), Encoding::Plain);
        }
        if let Some(path) = &url.path {
            value.push_text("/");
            value.push(&self.eval(path), Encoding::Percent);
        }
        if let Some(query) = &url.query {
            value.push_text("?");
            value.push_text(&query.value);
        }
        value
    }
}

impl<'p> Context<'p> {
    /// The recipe of a store.
    pub(super) fn recipe(&self, name: &str, store: &Store) -> Option<&'p Recipe> {
        if let Some(managed) = self.managed_form(name) {
            return Some(&managed.recipe);
        }
        let recipes =
            if store.server.is_some() || store.branch.is_some() { &self.program.scoped } else { &self.program.recipes };
        recipes.get(&store.engine)
    }

    /// Decides names, credentials and outputs of every store, so that any process can refer to any of them.
    pub(super) fn store_facts(&mut self) {
        let program = self.program;
        for node in program.nodes.values() {
            let Body::Store(store) = &node.body else { continue };
            let Some(recipe) = self.recipe(&node.name, store) else { continue };
            let facts = self.facts(node, store, recipe);
            self.stores.insert(node.name.clone(), facts);
        }
    }

    fn facts(&mut self, node: &Node, store: &Store, recipe: &Recipe) -> StoreFacts {
        let mut facts = StoreFacts {
            version: store.version.clone().unwrap_or_else(|| recipe.version.value.clone()),
            options: store.options.iter().map(|(name, values)| (name.clone(), values.join("\n"))).collect(),
            sequence: (super::sequences::is_needed(store, recipe, self.request.reset.contains_key(&node.name))
                || super::rotation::is_needed(recipe, self.request.epoch))
            .then(|| super::names::own(self.program, &format!("{}-prepare", node.name))),
            ..StoreFacts::default()
        };
        let data = recipe.container.data.as_ref().map_or("", |data| data.folder(&facts.version)).to_owned();
        let memory = store_size(store, recipe).memory.to_string();
        let host = self.host(&node.name);
        for (name, value) in [
            ("host", host.as_str()),
            ("name", &node.name),
            ("section", node.section.key()),
            ("memory", &memory),
            ("data", &data),
        ] {
            facts.own.insert(name.to_owned(), Value::text(value));
        }
        for (index, (name, port)) in recipe.ports.iter().enumerate() {
            if index == 0 {
                facts.own.insert("port".to_owned(), Value::text(port.value.to_string()));
            }
            facts.own.insert(name.clone(), Value::text(port.value.to_string()));
        }
        self.on_server(&mut facts, store, recipe);
        self.in_cloud(&mut facts, node);
        // Neither `__` nor `--` can stand in a node's name, so no two environments and nodes join to the same text.
        let own_name = format!("{}__{}", self.id, node.name).replace('-', "_");
        let own_label = format!("{}--{}", self.id, node.name);
        for (name, atom) in &recipe.atoms {
            let value = match atom {
                Atom::Name(limit) if store.server.is_some() => {
                    Value::text(on_server(self.id.as_str(), &node.name, limit.name.value as usize))
                }
                Atom::Name(limit) => Value::text(fit(&own_name, limit.name.value as usize)),
                Atom::Label(limit) if store.server.is_some() => {
                    Value::text(on_server(self.id.as_str(), &node.name, limit.label.value as usize).replace('_', "-"))
                }
                Atom::Label(limit) => Value::text(fit(&own_label, limit.label.value as usize)),
                Atom::Text(text) => facts.eval(&text.text),
                // A branch has credentials of its own.
                Atom::Secret(_) if store.branch.is_some() => continue,
                Atom::Secret(secret) => Value::secret(self.secrets.add(Secret {
                    name: format!("{}/{name}", node.name),
                    source: SecretSource::Derived {
                        node: node.name.clone(),
                        purpose: name.clone(),
                        length: u16::try_from(secret.secret.value).unwrap_or(u16::MAX),
                    },
                    origin: node.origin,
                })),
            };
            facts.own.insert(name.clone(), value);
        }
        for (name, value) in self.managed_form(&node.name).into_iter().flat_map(|managed| &managed.names) {
            facts.own.insert((*name).to_owned(), Value::text(value));
        }
        if store.branch.is_some() {
            self.on_branch(&mut facts, node, store);
            return facts;
        }
        for (name, output) in &recipe.outputs {
            let value = facts.output(output);
            facts.outputs.insert(name.clone(), value);
        }
        facts
    }

    /// The container of a store.
    pub(super) fn store(&mut self, node: &Node, store: &Store) -> Option<Process> {
        let recipe = self.recipe(&node.name, store)?;
        let facts = self.stores.get(&node.name)?;
        let container = &recipe.container;
        let engine = store.engine.as_str();
        let words = |texts: &[crate::source::Located<String>]| -> Vec<Word> {
            texts.iter().map(|text| Word::Text(text.value.clone())).collect()
        };
        let (image, user) = self.engine_image(store, recipe, facts);
        Some(Process {
            name: node.name.clone(),
            origin: node.origin,
            kind: ProcessKind::Store { engine: engine.to_owned() },
            image,
            command: words(&container.command),
            args: words(&container.args),
            env: recipe_env(facts, engine, container.env.iter().map(|(name, text)| (name.as_str(), text))),
            ports: recipe
                .ports
                .iter()
                .map(|(name, port)| Port { name: name.replace('_', "-"), number: port.value })
                .collect(),
            health: Some(Health::Command(shell(&container.health.value))),
            ready: self.poll(store, recipe, facts, recipe.steps.as_ref().map(|steps| steps.ready.value.as_str())),
            waits: Vec::new(),
            size: store_size(store, recipe),
            replicas: 1,
            user,
            capabilities: container.capabilities.iter().map(|name| name.value.clone()).collect(),
            files: container
                .files
                .iter()
                .map(|(path, text)| ConfigFile { path: path.clone(), contents: text.value.clone().into_bytes() })
                .collect(),
            volumes: container
                .data
                .iter()
                .map(|data| Volume {
                    name: node.name.clone(),
                    path: data.folder(&facts.version).to_owned(),
                    bytes: store.storage.unwrap_or_else(|| data.storage.value.bytes()),
                })
                .collect(),
            init: Vec::new(),
            own_name: container.own_name.as_ref().is_some_and(|own| own.value),
            stop_seconds: container.stop_seconds.as_ref().map_or(30, |seconds| seconds.value),
        })
    }

    /// The engine's own image and the numeric user of its server. What runs in an image of the manifest's own is unknown.
    pub(super) fn engine_image(&self, store: &Store, recipe: &Recipe, facts: &StoreFacts) -> (Image, Option<u32>) {
        let (reference, user) = match &store.image {
            Some(image) => (image.clone(), None),
            None => {
                let chosen = recipe.image(&facts.version, &store.options);
                (facts.eval(chosen.reference).plain().unwrap_or_default().to_owned(), chosen.user)
            }
        };
        (Image::given(reference), user)
    }

    /// The image that steps and polls run in.
    pub(super) fn client_image(&self, store: &Store, recipe: &Recipe, facts: &StoreFacts) -> Image {
        match recipe.client.as_ref().and_then(|client| client.image.as_ref()) {
            Some(image) => Image::given(facts.eval(image).plain().unwrap_or_default()),
            None => self.engine_image(store, recipe, facts).0,
        }
    }

    /// A script of the recipe, asked from outside.
    pub(super) fn poll(
        &self,
        store: &Store,
        recipe: &Recipe,
        facts: &StoreFacts,
        script: Option<&str>,
    ) -> Option<Poll> {
        Some(Poll {
            image: self.client_image(store, recipe, facts),
            command: shell(script?),
            env: client_env(store, recipe, facts),
            user: recipe.client.as_ref().and_then(|client| client.user.as_ref()).map(|user| user.value),
            size: client_size(recipe),
        })
    }
}

/// How much a store's server may use.
fn store_size(store: &Store, recipe: &Recipe) -> Size {
    let own = recipe.container.size.as_ref();
    let default = own.map_or(super::context::DEFAULT_SIZE, |size| Size {
        cpu_millis: size.cpu.value.millis(),
        memory: size.memory.value.bytes(),
    });
    store.size.map_or(default, |(cpu_millis, memory)| Size { cpu_millis, memory })
}

/// How much a container of the client may use, where the recipe says so.
pub(super) fn client_size(recipe: &Recipe) -> Option<Size> {
    let size = recipe.client.as_ref()?.size.as_ref()?;
    Some(Size { cpu_millis: size.cpu.value.millis(), memory: size.memory.value.bytes() })
}

/// The client's variables.
pub(super) fn client_env(store: &Store, recipe: &Recipe, facts: &StoreFacts) -> Vec<Variable> {
    let env = recipe.client.iter().flat_map(|client| client.env.iter());
    recipe_env(facts, &store.engine, env.map(|(name, text)| (name.as_str(), text)))
}

/// The variables of the steps alone.
pub(super) fn admin_env(store: &Store, recipe: &Recipe, facts: &StoreFacts) -> Vec<Variable> {
    let env = recipe.client.iter().flat_map(|client| client.admin.iter());
    recipe_env(facts, &store.engine, env.map(|(name, text)| (name.as_str(), text)))
}

/// Variables that a recipe states, sorted by name.
pub(super) fn recipe_env<'t>(
    facts: &StoreFacts,
    engine: &str,
    env: impl Iterator<Item = (&'t str, &'t Template)>,
) -> Vec<Variable> {
    let mut variables: Vec<Variable> = env
        .map(|(name, text)| Variable {
            name: name.to_owned(),
            value: facts.eval(text),
            source: Source::Recipe { engine: engine.to_owned() },
            origin: Origin::NONE,
        })
        .collect();
    variables.sort_by(|a, b| a.name.cmp(&b.name));
    variables
}

/// A script as an argument vector. The image has `sh`.
pub(super) fn shell(script: &str) -> Vec<String> {
    vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()]
}

//! What an environment has on servers that outlive it: how it is made, how it goes away, and who talks to the servers.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::context::Context;
use super::process::{Source, Variable, Word};
use super::sequence::Step;
use super::sequences::CLIENT_SIZE;
use super::stores::{StoreFacts, client_size, recipe_env, shell};
use super::value::Value;
use crate::recipes::{self, Recipe};
use crate::resolve::{Body, Migration, MountedFile, Node, Origin, Reference, Seed, Server, Store, Text, TextPart};

/// What an environment shares with others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shared {
    /// Its stores on shared servers, in start order.
    pub scoped: Vec<Scoped>,
    /// The servers with who uses them, by name.
    pub servers: Vec<ServerUse>,
}

/// A store on a shared server. Bringing up makes it in the first step of its sequence; taking down must remove it, because
/// nothing else that goes away holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scoped {
    /// The removal's name, unique among processes and sequences: `db-drop`.
    pub name: String,
    /// The store.
    pub store: String,
    /// The server.
    pub server: String,
    /// Where the store is declared.
    pub origin: Origin,
    /// What there is on the server: what such a thing is called, and its name (`database`, `shop_pr_142__db`).
    pub made: Vec<(String, String)>,
    /// Removes it with the administrator's credentials; may be repeated at any time.
    pub drop: Step,
    /// Prints what is left of it, and nothing where nothing is.
    pub left: Step,
}

/// A shared server, as traffic that is filtered must know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUse {
    /// Its name in the manifest.
    pub name: String,
    /// Where it is declared.
    pub origin: Origin,
    /// The networks that it is reached in.
    pub cidr: Vec<String>,
    /// Its ports.
    pub ports: Vec<u16>,
    /// The processes, sequences and removals that talk to it, by name.
    pub clients: Vec<String>,
}

impl<'p> Context<'p> {
    fn shared_server(&self, store: &Store) -> Option<(&'p Node, &'p Server)> {
        let node = self.program.nodes.get(store.server.as_ref()?)?;
        match &node.body {
            Body::Server(server) => Some((node, server)),
            _ => None,
        }
    }

    /// Puts the server in the place of a container of the store's own.
    pub(super) fn on_server(&mut self, facts: &mut StoreFacts, store: &Store, recipe: &Recipe) {
        let Some((_, server)) = self.shared_server(store) else { return };
        let own = &mut facts.own;
        own.insert("host".to_owned(), Value::text(&server.host));
        own.insert("memory".to_owned(), Value::text("0"));
        for (index, (name, number)) in ports(server, recipe).into_iter().enumerate() {
            let number = Value::text(number.to_string());
            if index == 0 {
                own.insert("port".to_owned(), number.clone());
                facts.server.insert("port".to_owned(), number.clone());
            }
            own.insert(name.clone(), number.clone());
            facts.server.insert(name, number);
        }
        facts.server.insert("host".to_owned(), Value::text(&server.host));
        for (name, text) in [("admin_user", &server.admin_user), ("admin_password", &server.admin_password)] {
            let value = self.eval(text);
            facts.server.insert(name.to_owned(), value);
        }
    }

    /// The step that makes what a store has on its server. `told` is what every step is told.
    pub(super) fn create(&self, node: &Node, store: &Store, told: &[Variable]) -> Option<Step> {
        let (recipe, scoped, facts) = self.scoped_parts(node, store)?;
        let protocol = told.iter().filter(|variable| variable.name.starts_with("PREVIEWC_")).cloned();
        Some(self.operator(node, store, (recipe, scoped, facts), "create", &scoped.create.value, protocol))
    }

    fn scoped_parts(&self, node: &Node, store: &Store) -> Option<(&'p Recipe, &'p recipes::Scoped, &StoreFacts)> {
        store.server.as_ref()?;
        let recipe = self.recipe(&node.name, store)?;
        Some((recipe, recipe.scoped.as_ref()?, self.stores.get(&node.name)?))
    }

    /// A step that sees the administrator's credentials.
    fn operator(
        &self,
        node: &Node,
        store: &Store,
        (recipe, scoped, facts): (&Recipe, &recipes::Scoped, &StoreFacts),
        name: &str,
        script: &str,
        further: impl Iterator<Item = Variable>,
    ) -> Step {
        let texts = scoped.env.iter().map(|(name, text)| (name.as_str(), text));
        let mut env = recipe_env(facts, &store.engine, texts);
        env.extend(further);
        env.push(Variable {
            name: "PREVIEWC_OWNER".to_owned(),
            value: Value::text(&self.request.pull_request.repository),
            source: Source::Recipe { engine: store.engine.clone() },
            origin: Origin::NONE,
        });
        env.sort_by(|a, b| a.name.cmp(&b.name));
        Step {
            name: name.to_owned(),
            origin: node.origin,
            image: self.client_image(store, recipe, facts),
            command: shell(script).into_iter().map(Word::Text).collect(),
            env,
            user: recipe.client.as_ref().and_then(|client| client.user.as_ref()).map(|user| user.value),
            files: Vec::new(),
            source: None,
            size: client_size(recipe).unwrap_or(CLIENT_SIZE),
            is_task: false,
        }
    }

    /// Everything that the environment has on shared servers.
    pub(super) fn shared(&mut self) -> Shared {
        let program = self.program;
        let mut shared = Shared::default();
        let mut servers: BTreeMap<&str, (ServerUse, BTreeSet<&str>)> = BTreeMap::new();
        for name in &program.start_order {
            let Some(node) = program.nodes.get(name) else { continue };
            let Body::Store(store) = &node.body else { continue };
            let Some((server_node, server)) = self.shared_server(store) else { continue };
            let Some((recipe, scoped, facts)) = self.scoped_parts(node, store) else { continue };
            let parts = (recipe, scoped, facts);
            let step = |name: &str, script: &str| self.operator(node, store, parts, name, script, std::iter::empty());
            let removal = super::names::own(program, &format!("{name}-drop"));
            let made = scoped
                .makes
                .iter()
                .filter_map(|(kind, text)| Some((kind.clone(), facts.eval(text).plain()?.to_owned())));
            let one = Scoped {
                name: removal.clone(),
                store: name.clone(),
                server: server_node.name.clone(),
                origin: node.origin,
                made: made.collect(),
                drop: step("drop", &scoped.drop.value),
                left: step("left", &scoped.left.value),
            };
            shared.scoped.push(one);
            let sequence = facts.sequence.clone();
            let (used, stores) = servers.entry(&server_node.name).or_insert_with(|| {
                let used = ServerUse {
                    name: server_node.name.clone(),
                    origin: server_node.origin,
                    cidr: networks(server),
                    ports: Vec::new(),
                    clients: Vec::new(),
                };
                (used, BTreeSet::new())
            });
            used.ports.extend(ports(server, recipe).into_values());
            used.clients.extend(sequence.into_iter().chain([removal]));
            stores.insert(name);
        }
        for (mut used, stores) in servers.into_values() {
            used.clients.extend(self.clients(&stores));
            used.clients.sort();
            used.clients.dedup();
            used.ports.sort_unstable();
            used.ports.dedup();
            shared.servers.push(used);
        }
        shared
    }

    /// The processes and sequences that know one of some stores: by what they use, or by what they refer to.
    pub(super) fn clients(&self, stores: &BTreeSet<&str>) -> Vec<String> {
        let program = self.program;
        let mut out = Vec::new();
        for node in program.nodes.values() {
            match &node.body {
                Body::Workload(workload) => {
                    let files = workload.files.iter().filter_map(|(_, file)| match file {
                        MountedFile::Text(text) => Some(text),
                        MountedFile::Bytes(_) => None,
                    });
                    let words = workload.command.iter().chain(&workload.args).chain(workload.init.iter().flatten());
                    let texts = workload.env.values().chain(words).chain(files);
                    if self.knows(&workload.uses, texts, stores) {
                        out.push(node.name.clone());
                    }
                }
                Body::Store(store) => {
                    let seed = match &store.seed {
                        Some(Seed::Command(seed)) => Some(&**seed),
                        _ => None,
                    };
                    let knows =
                        |task: &Migration| self.knows(&task.uses, task.env.values().chain(&task.command), stores);
                    if store.migrate.as_ref().into_iter().chain(seed).any(knows) {
                        let sequence = self.stores.get(&node.name).and_then(|facts| facts.sequence.clone());
                        out.extend(sequence);
                    }
                }
                _ => {}
            }
        }
        out
    }

    fn knows<'t>(
        &self,
        uses: &[(String, Origin)],
        texts: impl Iterator<Item = &'t Text>,
        stores: &BTreeSet<&str>,
    ) -> bool {
        let mut texts: Vec<&Text> = texts.collect();
        let external = |name: &str| match self.program.nodes.get(name).map(|node| &node.body) {
            Some(Body::External(external)) => Some(&external.url),
            _ => None,
        };
        if uses.iter().any(|(name, _)| stores.contains(name.as_str())) {
            return true;
        }
        texts.extend(uses.iter().filter_map(|(name, _)| external(name)));
        // An external's address may refer to a store, or to another external: never in a circle.
        while let Some(text) = texts.pop() {
            for part in &text.parts {
                let TextPart::Ref(Reference::Output { node, .. }, _) = part else { continue };
                if stores.contains(node.as_str()) {
                    return true;
                }
                texts.extend(external(node));
            }
        }
        false
    }
}

/// The ports by name, the main one first: the server's, else the recipe's.
fn ports(server: &Server, recipe: &Recipe) -> IndexMap<String, u16> {
    let stated =
        |index: usize, name: &str| server.port.filter(|_| index == 0).or_else(|| server.ports.get(name).copied());
    let port = |(index, (name, port)): (usize, (&String, &crate::source::Located<u16>))| {
        (name.clone(), stated(index, name).unwrap_or(port.value))
    };
    recipe.ports.iter().enumerate().map(port).collect()
}

/// The networks of a server: those that are stated, else its own address where that is known.
fn networks(server: &Server) -> Vec<String> {
    if !server.cidr.is_empty() {
        return server.cidr.clone();
    }
    match server.host.parse::<std::net::IpAddr>() {
        Ok(address) => vec![format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })],
        Err(_) => Vec::new(),
    }
}

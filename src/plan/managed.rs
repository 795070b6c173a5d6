//! Stores that a cloud runs as services: how each is reached, and what the service is asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::Context;
use super::stores::StoreFacts;
use super::value::{Made, Value};
use crate::recipes::ManagedForm;
use crate::resolve::{Body, Managed, Node, Origin, Section};
use crate::source::Digest;

/// A store that is a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedStore {
    /// The store.
    pub store: String,
    /// Where the manifest says what it is.
    pub origin: Origin,
    /// The service.
    pub form: ManagedForm,
    /// What the service calls the engine; empty where it has one alone.
    pub engine: String,
    /// The engine's version, as the service calls it.
    pub version: String,
    /// The family of its parameters, where it has such.
    pub family: Option<String>,
    /// Parameters of the server, by name.
    pub parameters: Vec<(String, String)>,
    /// The main port.
    pub port: u16,
    /// The database that is made in it, where the engine has such.
    pub database: Option<String>,
    /// The user that is made in it, where the engine has such.
    pub user: Option<String>,
    /// The user's password, where there is one.
    pub password: Option<Value>,
    /// The bucket's name, for buckets.
    pub bucket: Option<String>,
    /// The queues that are made, for queues.
    pub queues: Vec<ManagedQueue>,
    /// Bytes of storage asked for, if the manifest says so.
    pub storage: Option<u64>,
    /// The processes and sequences that know it, by name.
    pub clients: Vec<String>,
}

/// A queue of a queueing service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedQueue {
    /// Its name in the manifest.
    pub name: String,
    /// Its name at the service.
    pub full: String,
    /// How often a message is given out before it goes to the dead-letter queue; without one there is none.
    pub receives: Option<u32>,
}

/// How often a message is given out where a manifest wants dead letters and says nothing of retries: what AWS' console proposes.
const RECEIVES: u32 = 10;

impl<'p> Context<'p> {
    /// What a store is in a cloud, the target's or another; nothing where it is a container.
    pub(super) fn managed_form(&self, store: &str) -> Option<&'p Managed> {
        let program = self.program;
        program.managed.get(store).filter(|managed| self.profile.cloud.is_some() || managed.region.is_some())
    }

    /// Puts the service in the place of a container of the store's own.
    pub(super) fn in_cloud(&self, facts: &mut StoreFacts, node: &Node) {
        let Some(managed) = self.managed_form(&node.name) else { return };
        let (region, keys) = match &self.profile.cloud {
            // Processes have roles.
            Some(cloud) => (cloud.region.clone(), [Value::default(), Value::default()]),
            None => (managed.region.clone().unwrap_or_default(), [Made::AccessKey, Made::SecretKey].map(Value::made)),
        };
        let version = service_version(managed, &facts.version);
        let numbers: Vec<&str> = version.split('.').collect();
        let own = &mut facts.own;
        own.insert("host".to_owned(), Value::made(Made::Host { store: Arc::from(node.name.as_str()) }));
        own.insert("account".to_owned(), Value::made(Made::Account));
        let [access, secret] = keys;
        own.insert("cloud_access_key".to_owned(), access);
        own.insert("cloud_secret_key".to_owned(), secret);
        own.insert("memory".to_owned(), Value::text("0"));
        let repository = Digest::of(self.request.pull_request.repository.as_bytes()).short(8);
        for (name, value) in [
            ("region", region),
            ("major", numbers.iter().take(1).copied().collect()),
            ("minor", numbers.iter().take(2).copied().collect::<Vec<_>>().join(".")),
            ("repository", repository),
        ] {
            own.insert(name.to_owned(), Value::text(value));
        }
    }

    /// Every store of the environment that is a service, in start order.
    pub(super) fn managed(&self) -> Vec<ManagedStore> {
        self.program.start_order.iter().filter_map(|name| self.managed_store(name)).collect()
    }

    fn managed_store(&self, name: &str) -> Option<ManagedStore> {
        let managed = self.managed_form(name)?;
        let node = self.program.nodes.get(name)?;
        let Body::Store(store) = &node.body else { return None };
        let facts = self.stores.get(name)?;
        let stated = managed.recipe.managed(managed.form)?;
        let known = |output: &str| facts.own.get(output).and_then(Value::plain).map(str::to_owned);
        let prefix = known("prefix").unwrap_or_default();
        let receives = store.max_retries.map(|retries| retries + 1).or(store.dead_letter.then_some(RECEIVES));
        let queue = |queue: &String| ManagedQueue { name: queue.clone(), full: format!("{prefix}{queue}"), receives };
        let line = |line: &crate::source::Located<String>| line.value.clone();
        let is_queue = node.section == Section::Queues;
        let mut parameters: Vec<(String, String)> = Vec::new();
        for (name, value) in stated.parameters.iter().chain(stated.queue_parameters.iter().filter(|_| is_queue)) {
            let value = facts.eval(value).plain().unwrap_or_default().to_owned();
            if !value.is_empty() && parameters.iter().all(|(other, _)| other != name) {
                parameters.push((name.clone(), value));
            }
        }
        Some(ManagedStore {
            store: name.to_owned(),
            origin: managed.origin,
            form: managed.form,
            engine: stated.engine.as_ref().map(line).unwrap_or_default(),
            version: service_version(managed, &facts.version),
            family: stated.family.as_ref().and_then(|family| facts.eval(family).plain().map(str::to_owned)),
            parameters,
            port: managed.recipe.ports.values().next().map_or(0, |port| port.value),
            database: known("database"),
            user: known("user"),
            password: facts.own.get("password").cloned(),
            bucket: known("bucket"),
            queues: store.queues.iter().map(queue).collect(),
            storage: store.storage,
            clients: self.clients(&BTreeSet::from([name])),
        })
    }
}

/// What the service calls a version: the digits and dots at its beginning, or what the recipe says.
fn service_version(managed: &Managed, version: &str) -> String {
    let plain: String = version.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let plain = plain.trim_end_matches('.');
    let versions = managed.recipe.managed(managed.form).map(|stated| &stated.versions);
    versions.and_then(|versions| versions.get(plain)).map_or_else(|| plain.to_owned(), |named| named.value.clone())
}

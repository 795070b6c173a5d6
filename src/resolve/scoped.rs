//! Stores on shared servers, and the servers.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::Resolver;
use super::names::Wanted;
use super::outside::Server;
use super::program::{Body, Node, Reference, Section, TextPart};
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::manifest::{self, Isolation, Manifest, SecretDecl};
use crate::recipes::Recipe;
use crate::shape::nearest;
use crate::source::{Located, Span};

/// The recipes as they are where somebody else runs the server, where the manifest has such a store.
pub(super) fn recipes(manifest: &Manifest, recipes: &IndexMap<String, Recipe>) -> IndexMap<String, Recipe> {
    let branches = manifest.databases.values().filter_map(|slot| slot.body.as_ref()).any(is_branch);
    if manifest.servers.is_empty() && !branches {
        return IndexMap::new();
    }
    recipes.iter().filter_map(|(engine, recipe)| Some((engine.clone(), recipe.on_server()?))).collect()
}

/// Whether a store is a branch at a provider.
pub(super) fn is_branch(store: &manifest::Store) -> bool {
    store.isolation.as_ref().is_some_and(|isolation| matches!(isolation.value, Isolation::Branch(_)))
}

/// The server that a store names.
fn named(store: &manifest::Store) -> Option<&Located<manifest::NodeName>> {
    match &store.isolation.as_ref()?.value {
        Isolation::On(on) => Some(&on.on),
        Isolation::Dedicated | Isolation::Branch(_) | Isolation::Cloud(_) => None,
    }
}

impl<'a> Resolver<'a> {
    /// What a store's engine says of the place where the store lives.
    pub(super) fn recipe_of(&self, store: &manifest::Store) -> Option<&'a Recipe> {
        let elsewhere = named(store).is_some() || is_branch(store);
        let there = self.scoped.get(&store.engine.value).filter(|_| elsewhere);
        there.or_else(|| self.recipes.get(&store.engine.value))
    }

    /// The server that a store lives on, where it has none of its own; reports what cannot be.
    pub(super) fn isolation(&mut self, name: &str, store: &'a manifest::Store) -> Option<String> {
        let on = named(store)?;
        self.names.require(on.value.as_str(), &[Section::Servers], Wanted::Server, on.span, self.sink)?;
        // A server whose body is wrong has been reported.
        let server = self.manifest.servers.get(on.value.as_str())?.body.as_ref()?;
        let (engine, server_engine) = (&store.engine.value, &server.engine);
        let recipe = self.recipes.get(engine)?;
        if !self.scoped.contains_key(engine) {
            let message = format!("`{name}` cannot live on a shared server: the recipe of `{engine}` does not say how");
            self.sink.push(Diagnostic::new(codes::NOT_ON_A_SERVER, message).at(on.span, "").help(format!(
                "leave `isolation` out, or add `scoped` in .previewc/recipes/{engine}.yaml (docs/recipes.md)"
            )));
            return None;
        }
        // An empty engine stands for one that was not given, which is reported.
        if !server_engine.value.is_empty() && !recipe.lives_on(engine, &server_engine.value) {
            let message =
                format!("`{name}` is {engine}, and the server `{}` is {}", on.value.as_str(), server_engine.value);
            self.sink.push(
                Diagnostic::new(codes::SERVER_ENGINE, message)
                    .at(on.span, "")
                    .also(server_engine.span, "the server's engine")
                    .help("name a server of the store's engine, or change one of the two"),
            );
            return None;
        }
        self.without_effect(name, store);
        Some(on.value.as_str().to_owned())
    }

    /// Warns of what a store says of a container that it does not have.
    fn without_effect(&mut self, name: &str, store: &'a manifest::Store) {
        let Some(scoped) = self.recipes.get(&store.engine.value).and_then(|recipe| recipe.scoped.as_ref()) else {
            return;
        };
        let client = scoped.client.as_ref().and_then(|client| client.image.as_ref());
        let base = self.recipes.get(&store.engine.value).and_then(|recipe| recipe.client.as_ref());
        let own_image = client.or_else(|| base.and_then(|client| client.image.as_ref())).is_some();
        let size = store.size.as_ref().map(|size| match size {
            manifest::Size::Named(name) => name.span,
            manifest::Size::Custom(own) => own
                .cpu
                .as_ref()
                .map_or_else(|| own.memory.as_ref().map_or(store.engine.span, |memory| memory.span), |cpu| cpu.span),
        });
        let mut void = vec![
            ("size".to_owned(), size),
            ("storage".to_owned(), store.storage.as_ref().map(|storage| storage.span)),
            ("image".to_owned(), store.image.as_ref().filter(|_| own_image).map(|image| image.span)),
        ];
        let means = |option: &str| scoped.options.iter().any(|known| known.value == option);
        let known = |option: &str| {
            self.recipes.get(&store.engine.value).is_some_and(|recipe| recipe.options.contains_key(option))
        };
        void.extend(
            store
                .rest
                .iter()
                .filter(|(key, _)| known(key) && !means(key))
                .map(|(key, rest)| (key.clone(), Some(rest.key))),
        );
        for (key, span) in void {
            let Some(span) = span else { continue };
            let message = format!("`{key}` of `{name}` has no effect: the shared server decides it");
            self.sink.push(
                Diagnostic::new(codes::NOT_ON_SHARED, message).at(span, "").help(format!(
                    "remove `{key}`, or leave `isolation` out so that the store has a server of its own"
                )),
            );
        }
    }

    /// A server; reports an administrator's password that others could read, and ports that nobody knows.
    pub(super) fn server(&mut self, name: &str, body: &'a manifest::Server) -> Server {
        let admin_user = self.text(name, &body.admin.user);
        let admin_password = self.text(name, &body.admin.password);
        self.admin(name, &admin_password);
        let host = &body.host.value;
        if host == "localhost" || host.starts_with("127.") || host == "::1" {
            let message = format!("`{host}` is each container's own address, and no server of `{name}`");
            self.sink.push(
                Diagnostic::new(codes::BAD_FORM, message)
                    .at(body.host.span, "")
                    .help("name the address at which containers reach the machine: on a Docker engine that of its bridge, often 172.17.0.1"),
            );
        }
        self.server_ports(name, body);
        Server {
            reason: body.reason.value.clone(),
            host: body.host.value.clone(),
            port: body.port.as_ref().map(|port| port.value),
            ports: body.ports.iter().map(|(name, port)| (name.clone(), port.value)).collect(),
            cidr: body.cidr.iter().map(|cidr| cidr.value.clone()).collect(),
            admin_user,
            admin_password,
        }
    }

    fn admin(&mut self, name: &str, password: &super::program::Text) {
        let Some(span) = self.origins.span(password.origin) else { return };
        let mut report = |message: String, help: &str| {
            self.sink.push(Diagnostic::new(codes::ADMIN_NOT_SECRET, message).at(span, "").help(help));
        };
        // A reference that names nothing is reported, and leaves no part.
        let literal = |part: &TextPart| match part {
            TextPart::Literal(text) => !text.is_empty(),
            TextPart::Ref(reference, _) => !matches!(reference, Reference::Secret(_)),
        };
        if password.parts.iter().any(literal) {
            report(
                format!("the administrator's password of `{name}` is not a reference to a secret"),
                "write `\"${secrets.NAME}\"`, and declare `secrets: { NAME: { store: env, key: VARIABLE } }`",
            );
            return;
        }
        let generated = password.parts.iter().find_map(|part| match part {
            TextPart::Ref(Reference::Secret(secret), _) => {
                let body = self.manifest.secrets.get(secret)?.body.as_ref()?;
                matches!(body, SecretDecl::Generated(_)).then(|| secret.clone())
            }
            _ => None,
        });
        if let Some(secret) = generated {
            report(
                format!("the administrator's password of `{name}` is generated for each environment"),
                &format!("the server has one password: give `{secret}` a store, such as `store: env`"),
            );
        }
    }

    /// Further ports are named by the recipe of the stores that live there.
    fn server_ports(&mut self, name: &str, body: &'a manifest::Server) {
        let m = self.manifest;
        let families = [&m.databases, &m.queues, &m.caches, &m.search, &m.buckets];
        let mut stores = families.into_iter().flat_map(|family| family.values()).filter_map(|slot| slot.body.as_ref());
        let tenant = stores.find(|store| named(store).is_some_and(|on| on.value.as_str() == name));
        let Some(recipe) = tenant.and_then(|store| self.scoped.get(&store.engine.value)) else { return };
        for (port, number) in body.ports.iter().filter(|(port, _)| !recipe.ports.contains_key(*port)) {
            let known: Vec<&str> = recipe.ports.keys().map(String::as_str).collect();
            let help = match nearest(port, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there is: {}", known.join(", ")),
            };
            let message = format!("the recipe of the stores on `{name}` knows no port `{port}`");
            self.sink.push(Diagnostic::new(codes::SERVER_PORT, message).at(number.span, "").help(help));
        }
    }
}

/// Reports administrators' passwords that something else than the server receives, under their own name or under another of the same
/// place in the same store.
pub(super) fn administrators(
    manifest: &Manifest,
    nodes: &IndexMap<String, Node>,
    received: &BTreeSet<(Span, String)>,
    sink: &mut Sink,
) {
    let place = |secret: &str| match manifest.secrets.get(secret)?.body.as_ref()? {
        SecretDecl::Stored(stored) => {
            let text = |text: &Option<Located<String>>| text.as_ref().map(|text| text.value.clone());
            Some((stored.store.value, text(&stored.path), text(&stored.key).unwrap_or_else(|| secret.to_owned())))
        }
        SecretDecl::Generated(_) => None,
    };
    let servers = nodes.values().filter_map(|node| match &node.body {
        Body::Server(server) => Some((&node.name, &server.admin_password)),
        _ => None,
    });
    let mut of = Vec::new();
    for (server, password) in servers {
        for part in &password.parts {
            if let TextPart::Ref(Reference::Secret(secret), _) = part {
                of.push((server, secret, place(secret)));
            }
        }
    }
    for (span, secret) in received {
        let same = |admin: &str, there: &Option<_>| secret == admin || (there.is_some() && *there == place(secret));
        let Some((server, ..)) = of.iter().find(|(_, admin, there)| same(admin, there)) else { continue };
        sink.push(
            Diagnostic::new(
                codes::ADMIN_FOR_ALL,
                format!("`{secret}` is the password of the administrator of `{server}`, who can read every environment's data"),
            )
            .at(*span, "received here")
            .help(format!(
                "let a store live on the server with `isolation: {{ on: {server} }}`: it gets a user of its own, and who uses the store \
                 receives that user's URL"
            )),
        );
    }
}

/// Reports reasons that say nothing. (Where there is none at all, the decoder says so.)
pub(super) fn reasons(manifest: &Manifest, sink: &mut Sink) {
    let external = manifest.external.iter().filter_map(|(name, slot)| Some((name, &slot.body.as_ref()?.reason)));
    let servers = manifest.servers.iter().filter_map(|(name, slot)| Some((name, &slot.body.as_ref()?.reason)));
    for (name, reason) in external.chain(servers) {
        // An empty one stands for one that was reported.
        if !reason.value.is_empty() && reason.value.trim().is_empty() {
            sink.push(
                Diagnostic::new(codes::NO_REASON, format!("the reason why `{}` is shared says nothing", name.as_str()))
                    .at(reason.span, "")
                    .help("write why: `reason: \"sandbox account\"`, `reason: cost`"),
            );
        }
    }
}

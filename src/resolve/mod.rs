//! Names become references, defaults are filled in, the graph is built.
//!
//! Input is the decoded manifest and the recipes of its engines; output is a [`Program`], which holds no name that does not
//! exist. Every mistake is reported, and what depends on it causes no second report.

mod access;
mod branches;
mod capable;
mod checks;
mod draft;
mod graph;
mod image;
mod in_cloud;
mod inherit;
mod managed;
mod mounts;
mod names;
mod origin;
mod outside;
mod ports;
mod program;
mod restore;
mod scoped;
mod secrets;
mod settings;
mod stores;
mod taint;
mod terraform;
mod texts;
mod workloads;

use std::collections::BTreeSet;

use indexmap::IndexMap;

pub use access::{Access, AccessOrigins};
pub use image::is_mutable;
pub use origin::{Origin, Origins};
pub use outside::{
    Branch, BranchProvider, External, Frontend, InCloud, SecretDecl, SecretDeclSource, Server, StoreName,
};
pub use program::*;
pub use restore::{Restore, SMALL, Snapshot, SnapshotSource};

use self::draft::{Draft, drafts};
use self::inherit::{Inherited, inherit};
use self::names::Names;
use self::texts::{Scope, Texts};
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::manifest::{self, Manifest};
use crate::overrides::Overrides;
use crate::recipes::Recipe;
use crate::source::{Digest, Files, Span};

/// What is shared while one manifest is resolved.
struct Resolver<'a> {
    manifest: &'a Manifest,
    recipes: &'a IndexMap<String, Recipe>,
    /// The recipes as they are on a shared server.
    scoped: &'a IndexMap<String, Recipe>,
    /// Engines whose recipe is there but wrong, which is reported in the recipe.
    broken: &'a BTreeSet<String>,
    files: &'a dyn Files,
    sink: &'a mut Sink,
    names: Names,
    scope: Scope,
    drafts: IndexMap<String, Draft<'a>>,
    inherited: IndexMap<String, Inherited<'a>>,
    origins: Origins,
    edges: Vec<Edge>,
    /// Secrets and variables that something refers to.
    used: BTreeSet<String>,
    /// Secrets with each place where something else than a server receives them.
    received: BTreeSet<(Span, String)>,
    /// Digests of files that were read, by path.
    inputs: IndexMap<String, Digest>,
    /// The end-to-end tests.
    e2e: Option<E2e>,
}

/// Resolves a manifest. `recipes` holds the recipe of every engine that has one, `broken` names those whose recipe is wrong;
/// an engine without is reported here, at the store that names it. Compile from the result only where the sink has no error.
pub fn resolve(
    manifest: &Manifest,
    recipes: IndexMap<String, Recipe>,
    broken: &BTreeSet<String>,
    files: &dyn Files,
    sink: &mut Sink,
) -> Program {
    let scoped = scoped::recipes(manifest, &recipes);
    let mut resolver = Resolver::new(manifest, &recipes, &scoped, broken, files, sink);
    let nodes = resolver.nodes();
    resolver.check(&nodes);
    let marks = resolver.marks();
    let canonical = checks::canonical(&resolver.names, &marks, resolver.sink);
    let startable: Vec<String> = nodes
        .values()
        .filter(|node| matches!(node.body, Body::Workload(_) | Body::Store(_)))
        .map(|node| node.name.clone())
        .collect();
    let start_order = graph::start_order(&startable, &resolver.edges, &resolver.origins, resolver.sink);
    let secrets = resolver.secrets();
    let managed = resolver.managed(&nodes);
    let Resolver { mut origins, edges, inputs, e2e, .. } = resolver;
    let kubernetes = kubernetes(manifest, &mut origins);
    let access = access::access(manifest, &mut origins);
    let compose = manifest.targets.as_ref().and_then(|targets| targets.compose.as_ref());
    let compose = compose.and_then(|compose| compose.domain.as_ref());
    let terraform = manifest.targets.as_ref().and_then(|targets| targets.terraform.as_ref());
    let trigger = manifest.preview.as_ref().and_then(|preview| preview.trigger.as_ref());
    let forks = trigger.and_then(|trigger| trigger.forks.as_ref());
    let domains = DomainOrigins {
        manifest: origins.add(manifest.domain.span),
        compose: compose.map_or(Origin::NONE, |domain| origins.add(domain.span)),
        terraform: terraform
            .and_then(|terraform| terraform.domain.as_ref())
            .map_or(Origin::NONE, |domain| origins.add(domain.span)),
    };
    Program {
        app: manifest.name.value.clone(),
        domain: manifest.domain.value.clone(),
        domains,
        registry: manifest.registry.as_ref().map(|registry| registry.value.trim_end_matches('/').to_owned()),
        nodes,
        edges,
        start_order,
        secrets,
        vars: manifest
            .vars
            .iter()
            .filter_map(|(name, slot)| Some((name.clone(), slot.body.as_ref()?.value.clone())))
            .collect(),
        canonical,
        recipes,
        scoped,
        managed,
        preview: manifest.preview.clone(),
        size: draft::amounts(manifest.preview.as_ref().and_then(|preview| preview.size.as_ref())),
        access,
        forks: forks.map_or(Origin::NONE, |forks| origins.add(forks.span)),
        has_base: false,
        targets: manifest.targets.clone(),
        kubernetes,
        e2e,
        later: checks::later(manifest),
        overrides: Overrides::default(),
        inputs,
        origins,
    }
}

fn kubernetes(manifest: &Manifest, origins: &mut Origins) -> KubernetesOrigins {
    let Some(stated) = manifest.targets.as_ref().and_then(|targets| targets.kubernetes.as_ref()) else {
        return KubernetesOrigins::default();
    };
    let certificate = match &stated.tls {
        Some(manifest::Tls::CopyFrom(copy)) => Some(copy.copy_from.span),
        Some(manifest::Tls::Secret(secret)) => Some(secret.secret.span),
        _ => None,
    };
    let mut origin = |span: Option<Span>| span.map_or(Origin::NONE, |span| origins.add(span));
    KubernetesOrigins {
        routing: origin(
            stated.door.as_ref().map(|door| door.span).or(stated.routing.as_ref().map(|routing| routing.span)),
        ),
        secrets: origin(stated.pull_secret.as_ref().map(|secret| secret.span).or(certificate)),
        annotations: origin(stated.annotations.values().next().map(|value| value.span)),
    }
}

impl<'a> Resolver<'a> {
    fn new(
        manifest: &'a Manifest,
        recipes: &'a IndexMap<String, Recipe>,
        scoped: &'a IndexMap<String, Recipe>,
        broken: &'a BTreeSet<String>,
        files: &'a dyn Files,
        sink: &'a mut Sink,
    ) -> Self {
        let mut names = Names::default();
        for (section, name, span) in manifest.nodes() {
            if let Some(section) = Section::of_key(section) {
                names.declare(name.as_str(), section, span);
            }
        }
        let drafts = drafts(manifest);
        let inherited = inherit(&drafts, &mut names, sink);
        let scope = Scope {
            outputs: IndexMap::new(),
            secrets: manifest.secrets.keys().cloned().collect(),
            vars: manifest.vars.keys().cloned().collect(),
        };
        let mut resolver = Resolver {
            manifest,
            recipes,
            scoped,
            broken,
            files,
            sink,
            names,
            scope,
            drafts,
            inherited,
            origins: Origins::default(),
            edges: Vec::new(),
            used: BTreeSet::new(),
            received: BTreeSet::new(),
            inputs: IndexMap::new(),
            e2e: None,
        };
        resolver.scope.outputs = resolver.outputs();
        if resolver.has_lost_texts() {
            resolver.names.lose_declared("secret");
            resolver.names.lose_declared("variable");
        }
        if resolver.has_lost_bodies() {
            resolver.names.lose(&Section::ALL);
            resolver.names.lose_declared("secret");
            resolver.names.lose_declared("variable");
        }
        resolver
    }

    /// Whether a text is wrong that may have named a secret or a variable.
    fn has_lost_texts(&self) -> bool {
        const KEYS: [&str; 8] = ["env", "build_env", "args", "command", "url", "admin", "user", "password"];
        fn lost<T>(named: &crate::manifest::Named<T>) -> bool {
            named.values().any(|slot| slot.is_faulty(&KEYS))
        }
        let m = self.manifest;
        KEYS.iter().any(|key| self.sink.is_lost(key))
            || lost(&m.services)
            || lost(&m.workers)
            || lost(&m.crons)
            || lost(&m.databases)
            || lost(&m.external)
            || lost(&m.servers)
            || lost(&m.frontends)
    }

    /// Whether a body is missing or partly wrong: what it would have used cannot be told.
    fn has_lost_bodies(&self) -> bool {
        fn lost<T>(named: &crate::manifest::Named<T>) -> bool {
            named.values().any(|slot| slot.body.is_none())
        }
        let m = self.manifest;
        let sections = ["services", "workers", "crons", "databases", "external", "frontends", "tests", "e2e", "uses"];
        sections.iter().any(|key| self.sink.is_lost(key))
            || lost(&m.services)
            || lost(&m.workers)
            || lost(&m.crons)
            || lost(&m.databases)
            || lost(&m.external)
    }

    /// Every node whose body can be read.
    fn nodes(&mut self) -> IndexMap<String, Node> {
        let mut nodes = IndexMap::new();
        let workloads: Vec<String> = self.drafts.keys().cloned().collect();
        for name in workloads {
            if let Some(node) = self.workload(&name) {
                nodes.insert(name, node);
            }
        }
        for (name, node) in self.stores() {
            nodes.insert(name, node);
        }
        for (name, node) in self.outside() {
            nodes.insert(name, node);
        }
        self.e2e = self.tests();
        nodes
    }

    /// Externals, servers and frontends.
    fn outside(&mut self) -> Vec<(String, Node)> {
        let mut out = Vec::new();
        let manifest = self.manifest;
        let mut addresses: Vec<Edge> = Vec::new();
        for (name, slot) in &manifest.external {
            let Some(body) = &slot.body else { continue };
            let mut url = self.text(name.as_str(), &body.url);
            addresses.extend(url.parts.iter().filter_map(|part| match part {
                TextPart::Ref(Reference::Output { node, output }, origin)
                    if output == "url" && self.names.section(node) == Some(Section::External) =>
                {
                    let (from, to) = (name.as_str().to_owned(), node.clone());
                    Some(Edge { from, to, kind: EdgeKind::Address, origin: *origin })
                }
                _ => None,
            }));
            if let Some(TextPart::Literal(end)) = url.parts.last_mut() {
                // URLs never end in `/`, so that a path can be put behind any of them.
                end.truncate(end.trim_end_matches('/').len());
            }
            let mut secrets = IndexMap::new();
            for (key, secret) in &body.secrets {
                if key == "url" {
                    self.sink.push(
                        Diagnostic::new(
                            codes::CONFLICTING_KEYS,
                            format!("the secret `url` of `{}` would take the place of its address", name.as_str()),
                        )
                        .at(secret.span, "")
                        .help("call it otherwise, for instance `private_url`"),
                    );
                    continue;
                }
                if self.secret_exists(&secret.value, secret.span) {
                    secrets.insert(key.clone(), secret.value.clone());
                }
            }
            let external = External { url, secrets, reason: body.reason.value.clone() };
            out.push(self.node(name.as_str(), Section::External, slot.key, Body::External(external)));
        }
        graph::addresses(&addresses, &self.origins, self.sink);
        for (name, slot) in &manifest.servers {
            let Some(body) = &slot.body else { continue };
            let server = self.server(name.as_str(), body);
            out.push(self.node(name.as_str(), Section::Servers, slot.key, Body::Server(Box::new(server))));
        }
        for (name, slot) in &manifest.frontends {
            let Some(body) = &slot.body else { continue };
            let env = body.env.iter();
            let env = env.map(|(key, text)| (key.as_str().to_owned(), self.text(name.as_str(), text))).collect();
            let frontend = Frontend { platform: body.platform.value, project: body.project.value.clone(), env };
            out.push(self.node(name.as_str(), Section::Frontends, slot.key, Body::Frontend(frontend)));
        }
        out
    }

    /// End-to-end tests: no node, so that what they refer to makes no edge.
    fn tests(&mut self) -> Option<E2e> {
        let e2e = self.manifest.tests.as_ref()?.e2e.as_ref()?;
        let before = self.edges.len();
        let command = e2e.command.iter().map(|text| self.text("tests.e2e", text)).collect();
        let env = e2e.env.iter().map(|(name, text)| (name.as_str().to_owned(), self.text("tests.e2e", text))).collect();
        self.edges.truncate(before);
        let dir = e2e.dir.as_ref().map_or_else(|| ".".to_owned(), |dir| dir.value.clone());
        Some(E2e { dir, command, env, timeout: e2e.timeout.as_ref().map(|timeout| timeout.value.seconds()) })
    }

    fn node(&mut self, name: &str, section: Section, key: Span, body: Body) -> (String, Node) {
        let origin = self.origins.add(key);
        (name.to_owned(), Node { name: name.to_owned(), section, origin, body })
    }

    /// Resolves one text of a node.
    fn text(&mut self, owner: &str, template: &crate::shape::Template) -> Text {
        let text = Texts {
            names: &mut self.names,
            scope: &self.scope,
            origins: &mut self.origins,
            edges: &mut self.edges,
            sink: self.sink,
            used: &mut self.used,
        }
        .resolve(owner, template);
        if self.names.section(owner) != Some(Section::Servers) {
            let secrets = text.parts.iter().filter_map(|part| match part {
                TextPart::Ref(Reference::Secret(secret), origin) => Some((self.origins.span(*origin)?, secret.clone())),
                _ => None,
            });
            self.received.extend(secrets);
        }
        text
    }

    /// Notes what a text refers to that is refused as a whole: nothing in it is unused, and nothing in it is reported.
    fn mention(&mut self, owner: &str, template: &crate::shape::Template) {
        let (edges, mut quiet) = (self.edges.len(), Sink::new());
        Texts {
            names: &mut self.names,
            scope: &self.scope,
            origins: &mut self.origins,
            edges: &mut self.edges,
            sink: &mut quiet,
            used: &mut self.used,
        }
        .resolve(owner, template);
        self.edges.truncate(edges);
    }

    fn secret_exists(&mut self, name: &str, span: Span) -> bool {
        self.used.insert(name.to_owned());
        if self.sink.is_lost("secrets") {
            return false;
        }
        if self.manifest.secrets.contains_key(name) {
            self.received.insert((span, name.to_owned()));
            return true;
        }
        let known = self.manifest.secrets.keys().map(String::as_str);
        let near = self.names.suggest(name, known.clone(), known.len());
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => names::exist(known),
        };
        if let Some(near) = near {
            self.used.insert(near.to_owned());
        } else {
            self.names.lose_declared("secret");
        }
        self.sink.push(
            Diagnostic::new(codes::UNKNOWN_REFERENCE, format!("there is no secret `{name}`")).at(span, "").help(help),
        );
        false
    }

    /// The stores that are marked as the default of their family.
    fn marks(&self) -> IndexMap<String, Span> {
        let m = self.manifest;
        [&m.databases, &m.queues, &m.caches]
            .into_iter()
            .flatten()
            .filter_map(|(name, slot)| {
                let mark = slot.body.as_ref()?.default.as_ref()?;
                mark.value.then(|| (name.as_str().to_owned(), mark.span))
            })
            .collect()
    }

    /// What is wrong only when the whole stack is seen.
    fn check(&mut self, nodes: &IndexMap<String, Node>) {
        let complete = !self.has_lost_bodies() && !self.drafts.values().any(|draft| draft.routes_wrong);
        scoped::reasons(self.manifest, self.sink);
        scoped::administrators(self.manifest, nodes, &self.received, self.sink);
        checks::reserved(self.manifest, self.sink);
        ports::ports(self.manifest, self.sink);
        terraform::settings(self.manifest, nodes, self.sink);
        settings::void_settings(self.manifest, self.sink);
        checks::routes(nodes, &self.origins, complete, self.sink);
        let mut declared: Vec<(&str, &str, Span)> = Vec::new();
        for (name, slot) in &self.manifest.secrets {
            declared.push(("secret", name, slot.key));
        }
        for (name, slot) in &self.manifest.vars {
            declared.push(("variable", name, slot.key));
        }
        let routes_wrong =
            self.drafts.values().filter(|draft| draft.routes_wrong).map(|draft| draft.name.as_str()).collect();
        checks::unused(&self.names, nodes, &declared, &self.used, &routes_wrong, self.sink);
    }
}

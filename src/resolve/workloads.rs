//! Services, workers and crons.

use indexmap::IndexMap;

use super::inherit::Inherited;
use super::names::Wanted;
use super::program::{Body, Build, Edge, EdgeKind, Health, ImageSource, Node, Route, Section, Text, Workload};
use super::{Origin, Resolver};
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest;
use crate::shape::Template;
use crate::source::{Located, Span};

/// What a process may use.
pub(super) const USABLE: [Section; 9] = [
    Section::Services,
    Section::Workers,
    Section::Databases,
    Section::Queues,
    Section::Caches,
    Section::Search,
    Section::Buckets,
    Section::Mail,
    Section::External,
];

impl Resolver<'_> {
    /// One workload as a node.
    pub(super) fn workload(&mut self, name: &str) -> Option<Node> {
        let draft = self.drafts.get(name)?;
        let inherited = self.inherited.get(name)?.clone();
        let (section, key, from) = (draft.section, draft.key, draft.from);
        let (command, args) = (draft.command, draft.args);
        let (uses, routes, health) = (draft.uses.clone(), draft.routes, draft.health);
        let (listed, schedule) = (draft.ports.clone(), draft.schedule.clone());
        let (replicas, wrong) = (draft.replicas, draft.ports_wrong);
        let (volumes, init) = (draft.volumes, draft.init);
        let ports = self.ports(name, &listed);
        if let Some((from, span)) = from
            && self.names.section(from).is_some()
        {
            self.edge(name, from, EdgeKind::Build, span);
        }
        let uses = self.uses(name, &uses);
        // Where there is none, that is reported already: the rest of the workload is looked at all the same.
        let image = self.image_source(name, &inherited).unwrap_or(ImageSource::Given(String::new()));
        let workload = Workload {
            schedule,
            image,
            command: self.texts(name, command),
            args: self.texts(name, args),
            env: self.env(name, &inherited.env),
            health: self.health(name, health, &ports, wrong),
            routes: self.routes(name, routes, &ports, wrong),
            ports,
            size: inherited.size,
            uses,
            replicas,
            user: inherited.user,
            files: self.files(name, &inherited.files),
            volumes: self.volumes(name, volumes, replicas, &inherited.files),
            init: init.iter().map(|init| self.texts(name, &init.command)).collect(),
        };
        let origin = self.origins.add(key);
        Some(Node { name: name.to_owned(), section, origin, body: Body::Workload(Box::new(workload)) })
    }

    /// Notes an edge.
    pub(super) fn edge(&mut self, from: &str, to: &str, kind: EdgeKind, span: Span) -> Origin {
        let origin = self.origins.add(span);
        self.edges.push(Edge { from: from.to_owned(), to: to.to_owned(), kind, origin });
        origin
    }

    /// The entries of `uses` that exist, each once.
    pub(super) fn uses(&mut self, owner: &str, uses: &[(&str, Span)]) -> Vec<(String, Origin)> {
        let mut out: Vec<(String, Origin)> = Vec::new();
        for (name, span) in uses {
            if self.names.require(name, &USABLE, Wanted::Used, *span, self.sink).is_none() {
                continue;
            }
            if self.names.is_twice(name) {
                continue;
            }
            let origin = self.edge(owner, name, EdgeKind::Start, *span);
            if !out.iter().any(|(seen, _)| seen == name) {
                out.push(((*name).to_owned(), origin));
            }
        }
        out
    }

    /// Texts of an argument vector.
    pub(super) fn texts(&mut self, owner: &str, templates: &[Template]) -> Vec<Text> {
        templates.iter().map(|template| self.text(owner, template)).collect()
    }

    /// Variables.
    pub(super) fn env(&mut self, owner: &str, env: &IndexMap<String, &Template>) -> IndexMap<String, Text> {
        env.iter().map(|(name, template)| (name.clone(), self.text(owner, template))).collect()
    }

    /// The image of a workload or of what is `from` one.
    pub(super) fn image_source(&mut self, owner: &str, inherited: &Inherited<'_>) -> Option<ImageSource> {
        if let Some((image, span)) = &inherited.image {
            if super::image::is_mutable(image) {
                self.sink.push(
                    Diagnostic::new(
                        codes::NO_TAG,
                        format!("`{image}` has no fixed tag, so it may mean another image tomorrow"),
                    )
                    .at(*span, "")
                    .help("write a tag that is never moved (`nginx:1.27`), or a digest"),
                );
            }
            return Some(ImageSource::Given(image.clone()));
        }
        let (node, build) = inherited.build.as_ref()?;
        let there = self.files.may_exist(&build.context.value);
        let missing = (!there).then(|| self.origins.add(build.context.span));
        let dockerfile = build.dockerfile.as_ref().map_or("Dockerfile", |text| text.value.as_str());
        let context = build.context.value.trim_end_matches('/');
        let inside = self.files.stays_inside(context) && self.files.stays_inside(&format!("{context}/{dockerfile}"));
        let outside = (!inside).then(|| self.origins.add(build.context.span));
        let mut args = self.env(owner, &super::draft::variables(&build.args));
        args.extend(self.env(owner, &inherited.build_env));
        args.values().for_each(|text| self.in_public(text, "a build argument"));
        Some(ImageSource::Built {
            node: node.clone(),
            build: Build {
                context: build.context.value.clone(),
                missing,
                outside,
                dockerfile: build.dockerfile.as_ref().map(|text| text.value.clone()),
                target: build.target.as_ref().map(|text| text.value.clone()),
                args,
            },
        })
    }

    /// The ports, each number once: a Service refuses to list one twice.
    fn ports(&mut self, owner: &str, listed: &[(String, Located<u16>)]) -> Vec<(String, u16)> {
        let mut ports: IndexMap<u16, (&String, Span)> = IndexMap::new();
        for (name, port) in listed {
            match ports.get(&port.value) {
                Some((first, span)) => self.sink.push(
                    Diagnostic::new(
                        codes::CONFLICTING_KEYS,
                        format!("the ports `{first}` and `{name}` of `{owner}` are both {}", port.value),
                    )
                    .at(port.span, "the same number")
                    .also(*span, "the first")
                    .help("keep one of the names, or give the other one its own number"),
                ),
                None => {
                    ports.insert(port.value, (name, port.span));
                }
            }
        }
        ports.into_iter().map(|(number, (name, _))| (name.clone(), number)).collect()
    }

    fn health(
        &mut self,
        owner: &str,
        health: Option<&manifest::Health>,
        ports: &[(String, u16)],
        wrong: bool,
    ) -> Option<Health> {
        match health? {
            manifest::Health::Tcp(tcp) => Some(Health::Tcp(tcp.tcp.value)),
            manifest::Health::Command(command) => {
                let words = self.texts(owner, &command.command);
                words.iter().for_each(|word| self.in_public(word, "a health check's command"));
                Some(Health::Command(words))
            }
            manifest::Health::Http(http) => {
                let port = http.port.as_ref().map(|port| port.value).or(ports.first().map(|(_, number)| *number));
                if port.is_none() && !wrong {
                    self.sink.push(
                        Diagnostic::new(
                            codes::ROUTE_WITHOUT_PORT,
                            format!("`{owner}` is asked over HTTP but listens on no port"),
                        )
                        .at(http.path.span, "asked here")
                        .help("add `port: 8080`, or write `health: { path: /healthz, port: 8080 }`"),
                    );
                }
                Some(Health::Http { port: port?, path: http.path.value.clone() })
            }
        }
    }

    fn routes(&mut self, owner: &str, routes: &[manifest::Route], ports: &[(String, u16)], wrong: bool) -> Vec<Route> {
        let mut out = Vec::new();
        for route in routes {
            let Some(span) = route.path.as_ref().or(route.host.as_ref()).map(|text| text.span) else {
                continue;
            };
            if ports.is_empty() && !wrong {
                self.sink.push(
                    Diagnostic::new(
                        codes::ROUTE_WITHOUT_PORT,
                        format!("a route leads to `{owner}`, which listens on no port"),
                    )
                    .at(span, "leads nowhere")
                    .help("add `port: 8080`"),
                );
            }
            let path = route.path.as_ref().map_or("/", |path| path.value.as_str());
            let path = if path == "/" { path } else { path.trim_end_matches('/') };
            out.push(Route {
                host: route.host.as_ref().map(|host| host.value.clone()),
                path: path.to_owned(),
                strip: route.strip.as_ref().is_some_and(|strip| strip.value),
                origin: self.origins.add(span),
            });
        }
        out
    }

    /// The outputs of every node that references may name.
    pub(super) fn outputs(&self) -> IndexMap<String, Option<Vec<String>>> {
        let mut out: IndexMap<String, Option<Vec<String>>> = IndexMap::new();
        for (_, name, _) in self.manifest.nodes() {
            out.insert(name.as_str().to_owned(), None);
        }
        for draft in self.drafts.values().filter(|draft| !draft.ports_wrong && !draft.routes_wrong) {
            let mut outputs = vec!["name", "host"];
            if !draft.ports.is_empty() {
                outputs.extend(["url", "port"]);
            }
            if !draft.routes.is_empty() {
                outputs.extend(["public_url", "public_host"]);
            }
            out.insert(draft.name.clone(), Some(outputs.into_iter().map(str::to_owned).collect()));
        }
        for (name, slot) in &self.manifest.external {
            let Some(body) = slot.body.as_ref().filter(|_| !slot.is_faulty(&["secrets"])) else {
                continue;
            };
            let outputs = std::iter::once("url".to_owned()).chain(body.secrets.keys().cloned()).collect();
            out.insert(name.as_str().to_owned(), Some(outputs));
        }
        for (name, _) in self.manifest.frontends.iter().filter(|(_, slot)| slot.body.is_some()) {
            out.insert(name.as_str().to_owned(), Some(vec!["url".to_owned(), "host".to_owned()]));
        }
        for (name, outputs) in self.store_outputs() {
            out.insert(name, outputs);
        }
        out
    }
}

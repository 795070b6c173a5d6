//! What is wrong or doubtful only when the whole stack is seen.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::names::Names;
use super::origin::Origins;
use super::program::{Body, Canonical, Node, Section};
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::manifest::{Manifest, Named, Workload};
use crate::source::Span;

/// Two routes on one host and path, and a front page where nothing answers.
pub(super) fn routes(nodes: &IndexMap<String, Node>, origins: &Origins, complete: bool, sink: &mut Sink) {
    let mut seen: IndexMap<(Option<String>, String), (String, Option<Span>)> = IndexMap::new();
    for node in nodes.values() {
        let Body::Workload(workload) = &node.body else {
            continue;
        };
        for route in &workload.routes {
            let span = origins.span(route.origin);
            let place = match &route.host {
                Some(host) => format!("{} on the host `{host}`", route.path),
                None => format!("{} on the front page's host", route.path),
            };
            match seen.get(&(route.host.clone(), route.path.clone())) {
                Some((first, first_span)) => {
                    let mut finding = Diagnostic::new(
                        codes::SAME_ROUTE,
                        format!("`{}` and `{first}` both answer at {place}", node.name),
                    )
                    .help("give one of them another path, or a host of its own: `route: { host: NAME }`");
                    if let Some(span) = span {
                        finding = finding.at(span, "never reached");
                    }
                    if let Some(span) = first_span {
                        finding = finding.also(*span, "the first");
                    }
                    sink.push(finding);
                }
                None => {
                    seen.insert((route.host.clone(), route.path.clone()), (node.name.clone(), span));
                }
            }
        }
    }
    let front = seen.keys().any(|(host, path)| host.is_none() && path == "/");
    if complete && !seen.is_empty() && !front {
        let mut finding = Diagnostic::new(codes::NO_FRONT_PAGE, "no service answers at the environment's front page")
            .help("give one service `route: /`, or share the URL of another route");
        if let Some(span) = seen.values().find_map(|(_, span)| *span) {
            finding = finding.at(span, "the first route");
        }
        sink.push(finding);
    }
}

/// A node of the name under which declared secrets are known.
pub(super) fn reserved(manifest: &Manifest, sink: &mut Sink) {
    for (_, _, span) in manifest.nodes().filter(|(_, name, _)| name.as_str() == "secrets") {
        sink.push(
            Diagnostic::new(codes::BAD_NAME, "`secrets` is what declared secrets are known by, and no node's name")
                .at(span, "")
                .help("choose another name, such as `vault`"),
        );
    }
}

/// What the manifest says for later versions: it does nothing yet, and a render says so.
pub(super) fn later(manifest: &Manifest) -> Vec<Diagnostic> {
    let mut keys: Vec<(&str, Option<Span>)> = Vec::new();
    keys.push(("baseline", manifest.baseline.as_ref().map(|baseline| baseline.name.span)));
    let paths = paths(&manifest.services).or_else(|| paths(&manifest.workers)).or_else(|| paths(&manifest.crons));
    keys.push(("paths", paths));
    keys.into_iter()
        .filter_map(|(key, span)| Some((key, span?)))
        .map(|(key, span)| {
            Diagnostic::new(codes::NOTHING_YET, format!("`{key}` is read and does nothing in this version"))
                .at(span, "")
                .help("keep it for later versions, and see to it by other means until then")
        })
        .collect()
}

/// The first of the paths that decide what a change rebuilds.
fn paths<W: Workload>(named: &Named<W>) -> Option<Span> {
    let bodies = named.values().filter_map(|slot| slot.body.as_ref());
    bodies.flat_map(|body| body.common().paths).next().map(|path| path.span)
}

/// The stores behind `DATABASE_URL`, `CACHE_URL` and `QUEUE_URL`. `marks` holds the stores with `default: true`.
pub(super) fn canonical(names: &Names, marks: &IndexMap<String, Span>, sink: &mut Sink) -> Canonical {
    let mut choose = |section: Section, variable: &str| -> Option<String> {
        let family = names.of(&[section]);
        let marked: Vec<&str> = family.iter().copied().filter(|name| marks.contains_key(*name)).collect();
        match (family.as_slice(), marked.as_slice()) {
            ([], _) => None,
            ([only], _) | (_, [only]) => Some((*only).to_owned()),
            (_, []) => {
                let mut spans = family.iter().filter_map(|name| names.span(name));
                let mut finding = Diagnostic::new(
                    codes::NO_DEFAULT,
                    format!(
                        "`{variable}` could mean {}",
                        family.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
                    ),
                )
                .help(format!("write `default: true` in the one that `{variable}` shall name"));
                if let Some(span) = spans.next() {
                    finding = finding.at(span, "this one");
                }
                for span in spans {
                    finding = finding.also(span, "or this one");
                }
                sink.push(finding);
                None
            }
            (_, [first, second, ..]) => {
                let mut finding = Diagnostic::new(
                    codes::NO_DEFAULT,
                    format!("`{first}` and `{second}` are both marked as the default of `{}`", section.key()),
                )
                .help("keep `default: true` in one of them");
                if let Some(span) = marks.get(*second) {
                    finding = finding.at(*span, "marked here");
                }
                if let Some(span) = marks.get(*first) {
                    finding = finding.also(*span, "and here");
                }
                sink.push(finding);
                None
            }
        }
    };
    Canonical {
        database: choose(Section::Databases, "DATABASE_URL"),
        cache: choose(Section::Caches, "CACHE_URL"),
        queue: choose(Section::Queues, "QUEUE_URL"),
    }
}

/// Nodes, secrets and variables that nothing uses.
pub(super) fn unused(
    names: &Names,
    nodes: &IndexMap<String, Node>,
    declared: &[(&str, &str, Span)],
    used: &BTreeSet<String>,
    routes_wrong: &BTreeSet<&str>,
    sink: &mut Sink,
) {
    for node in nodes.values() {
        let idle = match &node.body {
            Body::Workload(workload) => {
                node.section == Section::Services
                    && workload.routes.is_empty()
                    && !routes_wrong.contains(node.name.as_str())
                    && names.is_unused(&node.name)
            }
            Body::Store(_) | Body::External(_) | Body::Server(_) => names.is_unused(&node.name),
            Body::Frontend(_) => false,
        };
        if !idle {
            continue;
        }
        let Some(span) = names.span(&node.name) else {
            continue;
        };
        let (message, help) = if node.section == Section::Services {
            (
                format!("nothing reaches the service `{}`: it has no route, and nothing uses it", node.name),
                "give it a `route`, or list it in the `uses` of its callers",
            )
        } else if node.section == Section::Servers {
            (
                format!("nothing uses the server `{}`", node.name),
                "a store lives on it with `isolation: { on: SERVER }`; remove it if none shall",
            )
        } else {
            (
                format!("nothing uses `{}`", node.name),
                "list it in the `uses` of a workload, or remove it: an unused store still costs memory in every preview",
            )
        };
        sink.push(Diagnostic::new(codes::UNUSED, message).at(span, "declared here").help(help));
    }
    for (what, name, span) in declared {
        if !used.contains(*name) && names.is_idle(what, name) {
            sink.push(
                Diagnostic::new(codes::UNUSED, format!("nothing uses the {what} `{name}`"))
                    .at(*span, "declared here")
                    .help(
                        format!("remove it, or refer to it with `${{{what}s.{name}}}`").replace("variables.", "vars."),
                    ),
            );
        }
    }
}

//! The way in: an Ingress or HTTPRoutes, to the environment's gateway or straight to its Services.

use indexmap::IndexMap;

use super::object::Item;
use super::{Context, Door, Routing, Tls, access};
use crate::artifact::{Finding, Lowered, StageName};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::{Doc, Map, list, map};
use crate::plan::{ProcessKind, Route};

/// The name of the Ingress.
const ROUTES: &str = "routes";
/// The Secret that cert-manager writes the certificate to. No node's name holds a dot.
const ISSUED: &str = "routes.tls";
/// Most host names of one HTTPRoute, and most rules (Gateway API v1).
const HTTP_ROUTE_LIMIT: usize = 16;

/// Hosts of one Ingress: with more of them the object would outgrow what `kubectl apply` notes down about it.
const INGRESS_LIMIT: usize = 250;

/// The Ingress or the HTTPRoutes.
pub(super) fn items<'a>(context: Context<'a>, out: &mut Lowered) -> Vec<Item<'a>> {
    if context.environment.hosts.names.is_empty() {
        return Vec::new();
    }
    access::check(context, out);
    match (context.settings.routing, context.settings.door) {
        (Routing::None, _) => Vec::new(),
        (Routing::Gateway, Door::Ingress) | (Routing::Ingress, _) => {
            access::items(context).into_iter().chain(ingress(context, out)).collect()
        }
        (Routing::Gateway, Door::HttpRoute) | (Routing::GatewayApi, _) => http_routes(context, out),
    }
}

/// The environment's gateway and the port that it listens on.
pub(super) fn gateway<'a>(context: Context<'a>) -> Option<(&'a str, u16)> {
    let mut processes = context.environment.processes.iter();
    let gateway = processes.find(|process| process.kind == ProcessKind::Gateway)?;
    Some((&gateway.name, gateway.ports.first()?.number))
}

/// One rule: path, whether it is taken away, process and port.
type Rule<'a> = (&'a str, bool, &'a str, u16);
/// A host and its rules.
type HostRules<'a> = (&'a str, Vec<Rule<'a>>);

fn rules<'a>(context: Context<'a>) -> Vec<HostRules<'a>> {
    let hosts = &context.environment.hosts;
    let mut rules: IndexMap<&str, Vec<_>> = hosts.names.iter().map(|host| (host.as_str(), Vec::new())).collect();
    match gateway(context) {
        Some((process, port)) if context.settings.routing == Routing::Gateway => {
            rules.values_mut().for_each(|rules| rules.push(("/", false, process, port)));
        }
        _ => {
            for route in &hosts.routes {
                let rule = (route.path.as_str(), route.strip, route.process.as_str(), route.port);
                rules.entry(&route.host).or_default().push(rule);
            }
        }
    }
    rules.into_iter().filter(|(_, rules)| !rules.is_empty()).collect()
}

fn ingress<'a>(context: Context<'a>, out: &mut Lowered) -> Vec<Item<'a>> {
    if context.settings.routing == Routing::Ingress {
        for route in context.environment.hosts.routes.iter().filter(|route| route.strip) {
            out.finding(strip(route));
        }
    }
    let rules = rules(context);
    let parts = rules.chunks(INGRESS_LIMIT).enumerate();
    parts.map(|(index, rules)| one_ingress(context, index, rules)).collect()
}

fn one_ingress<'a>(context: Context<'a>, index: usize, rules: &[HostRules<'a>]) -> Item<'a> {
    let rule = |(host, paths): &HostRules<'a>| {
        let path = |&(path, _, process, port): &Rule<'a>| {
            let service = map! { "name" => process, "port" => map! { "number" => port } };
            map! { "path" => path, "pathType" => "Prefix", "backend" => map! { "service" => service } }
        };
        map! { "host" => *host, "http" => map! { "paths" => paths.iter().map(path).collect::<Doc>() } }
    };
    let hosts = rules.iter().map(|(host, _)| *host).collect::<Doc>();
    let mut item = item(context, "networking.k8s.io/v1", "Ingress", numbered(ROUTES, index));
    access::annotate(context, &mut item);
    let secret = match &context.settings.tls {
        Tls::None | Tls::External => None,
        Tls::CopyFrom { name, .. } | Tls::Secret(name) => Some(Doc::from(name)),
        Tls::Issuer(issuer) => {
            item.annotations.insert("cert-manager.io/cluster-issuer", issuer);
            Some(Doc::from(numbered(ISSUED, index)))
        }
    };
    let spec = Map::new()
        .with_some("ingressClassName", context.settings.class.as_deref())
        .with_some("tls", secret.map(|secret| list![map! { "hosts" => hosts, "secretName" => secret }]))
        .with("rules", rules.iter().map(rule).collect::<Doc>());
    item.with("spec", spec)
}

fn http_routes<'a>(context: Context<'a>, out: &mut Lowered) -> Vec<Item<'a>> {
    let Some(parent) = &context.settings.gateway else {
        let message = "an HTTPRoute attaches to a Gateway, and the manifest names none";
        out.finding(Finding {
            diagnostic: Diagnostic::new(codes::NO_PARENT_GATEWAY, message)
                .help("add `gateway: { name: …, namespace: … }` to `targets.kubernetes`"),
            origin: context.settings.origins.routing,
            label: "routes by HTTPRoute".to_owned(),
        });
        return Vec::new();
    };
    let parent = list![
        map! { "name" => &parent.name }
            .with_some("namespace", parent.namespace.as_deref())
            .with_some("sectionName", parent.section.as_deref())
    ];
    let route = |name: String, hosts: Doc<'a>, rules: Doc<'a>| {
        let spec = map! { "parentRefs" => parent.clone(), "hostnames" => hosts, "rules" => rules };
        item(context, "gateway.networking.k8s.io/v1", "HTTPRoute", name).with("spec", spec)
    };
    let rules = rules(context);
    let mut items = Vec::new();
    if context.settings.routing == Routing::Gateway {
        // Every host leads to the same place.
        for (index, hosts) in rules.chunks(HTTP_ROUTE_LIMIT).enumerate() {
            let paths = hosts.first().map(|(_, paths)| http_rules(context, paths)).unwrap_or_default();
            items.push(route(numbered(ROUTES, index), hosts.iter().map(|(host, _)| *host).collect(), paths));
        }
    } else {
        for (host, paths) in &rules {
            let label = host.split('.').next().unwrap_or(host);
            for (index, paths) in paths.chunks(HTTP_ROUTE_LIMIT).enumerate() {
                items.push(route(numbered(label, index), list![*host], http_rules(context, paths)));
            }
        }
    }
    items
}

fn http_rules<'a>(context: Context<'a>, paths: &[Rule<'a>]) -> Doc<'a> {
    let rule = |&(path, strip, process, port): &Rule<'a>| {
        let path = map! { "type" => "PathPrefix", "value" => path };
        let rewrite = map! { "path" => map! { "type" => "ReplacePrefixMatch", "replacePrefixMatch" => "/" } };
        let rewrite = strip.then(|| Doc::from(map! { "type" => "URLRewrite", "urlRewrite" => rewrite }));
        let filters: Vec<Doc<'a>> = rewrite.into_iter().chain(access::filters(context)).collect();
        map! { "matches" => list![map! { "path" => path }] }
            .with_filled("filters", filters)
            .with("backendRefs", list![map! { "name" => process, "port" => port }])
    };
    paths.iter().map(rule).collect()
}

/// `name`, `name.2`, …: a host's first label holds no dot, so no two are the same.
fn numbered(name: &str, index: usize) -> String {
    if index == 0 { name.to_owned() } else { format!("{name}.{}", index + 1) }
}

fn item<'a>(context: Context<'a>, api: &'static str, kind: &'static str, name: String) -> Item<'a> {
    let mut item = Item::new(api, kind, name, StageName::Routes);
    item.annotations = context.settings.annotations.iter().collect();
    item
}

fn strip(route: &Route) -> Finding {
    let message = format!("`{}` strips its path, and an Ingress hands every path on unchanged", route.process);
    Finding {
        diagnostic: Diagnostic::new(codes::STRIP_NEEDS_GATEWAY, message)
            .help("write `routing: gateway` or `routing: gateway-api`, or serve the whole path and drop `strip`"),
        origin: route.origin,
        label: "strips its path".to_owned(),
    }
}

//! NetworkPolicies: nothing may pass, but for what is named here. No environment reaches another one's pods.

use std::collections::{BTreeMap, BTreeSet};

use super::object::{Item, selector};
use super::{Context, Routing, Tls};
use crate::artifact::StageName;
use crate::document::{Doc, Map, list, map};
use crate::plan::ServerUse;
use crate::target::internet::public;

/// The port of cert-manager's solver.
const SOLVER_PORT: u16 = 8089;

/// The policies.
pub(super) fn items<'a>(context: Context<'a>) -> Vec<Item<'a>> {
    let nothing = spec(Map::new()).with("policyTypes", list!["Ingress", "Egress"]);
    // Any address: node-local DNS caches sit on a link-local one.
    let dns = egress(map! { "ports" => list![port("UDP", 53), port("TCP", 53)] });
    let here = list![map! { "podSelector" => Map::new() }];
    let inside = spec(Map::new())
        .with("policyTypes", list!["Ingress", "Egress"])
        .with("ingress", list![map! { "from" => here.clone() }])
        .with("egress", list![map! { "to" => here }]);
    let public = public().into_iter().map(|cidr| map! { "ipBlock" => map! { "cidr" => cidr } });
    let internet = egress(map! { "to" => public.collect::<Doc>() });

    let mut out = vec![policy("deny-all", nothing), policy("dns", dns), policy("environment", inside)];
    out.extend(ways_in(context));
    out.extend(servers(context));
    // Last, because it is long.
    out.push(policy("internet", internet));
    out
}

/// What the removal of a store on a shared server needs: nothing but its server, and names.
pub(super) fn for_removal<'a>(context: Context<'a>) -> Vec<Item<'a>> {
    items(context).into_iter().filter(|item| item.name == "dns" || item.name == "deny-all" || is_server(item)).collect()
}

fn is_server(item: &Item) -> bool {
    item.name.starts_with(SERVER)
}

/// What the names of the policies for shared servers begin with.
const SERVER: &str = "server-";

/// The ways to shared servers, each for those who use it.
fn servers<'a>(context: Context<'a>) -> Vec<Item<'a>> {
    let policy_of = |used: &'a ServerUse| {
        let to = used.cidr.iter().map(|cidr| map! { "ipBlock" => map! { "cidr" => cidr } }).collect::<Doc>();
        let ports: Doc = used.ports.iter().map(|number| port("TCP", *number)).collect();
        let clients: Doc = used.clients.iter().map(|client| client.as_str()).collect();
        let named = map! { "key" => "app.kubernetes.io/name", "operator" => "In", "values" => clients };
        let pods = map! {
            "matchLabels" => map! { "app.kubernetes.io/instance" => context.environment.id.as_str() },
            "matchExpressions" => list![named],
        };
        let spec = spec(pods)
            .with("policyTypes", list!["Egress"])
            .with("egress", list![map! { "to" => to, "ports" => ports }]);
        policy(format!("{SERVER}{}", used.name), spec)
    };
    context.environment.shared.servers.iter().map(policy_of).collect()
}

/// What leads from outside to the environment's own doors.
fn ways_in<'a>(context: Context<'a>) -> Vec<Item<'a>> {
    let mut out = Vec::new();
    let doors = doors(context);
    if doors.is_empty() {
        return out;
    }
    // A process hears from outside on the ports that routes lead to.
    for (process, ports) in doors {
        let ports: Doc = ports.into_iter().map(|number| port("TCP", number)).collect();
        let rule = map! { "from" => controller(context), "ports" => ports };
        let spec = spec(map! { "matchLabels" => selector(context.environment, process) })
            .with("policyTypes", list!["Ingress"])
            .with("ingress", list![rule]);
        out.push(policy(format!("door-{process}"), spec));
    }
    // A server that calls the environment's public URL may be led straight to the controller's pods.
    out.push(policy("controller", egress(map! { "to" => controller(context) })));
    if let Tls::Issuer(_) = context.settings.tls {
        // cert-manager answers the challenge of HTTP-01 from a pod of its own in here.
        let rule = map! { "from" => controller(context), "ports" => list![port("TCP", SOLVER_PORT)] };
        let spec = spec(map! { "matchLabels" => map! { "acme.cert-manager.io/http01-solver" => "true" } })
            .with("policyTypes", list!["Ingress"])
            .with("ingress", list![rule]);
        out.push(policy("certificate", spec));
    }
    out
}

/// Processes that the world outside reaches, with their ports.
fn doors<'a>(context: Context<'a>) -> BTreeMap<&'a str, BTreeSet<u16>> {
    let mut doors: BTreeMap<&str, BTreeSet<u16>> = BTreeMap::new();
    match context.settings.routing {
        Routing::None => {}
        Routing::Gateway => {
            doors.extend(super::routes::gateway(context).map(|(gateway, port)| (gateway, [port].into())))
        }
        Routing::Ingress | Routing::GatewayApi => {
            for route in &context.environment.hosts.routes {
                doors.entry(&route.process).or_default().insert(route.port);
            }
        }
    }
    doors
}

fn controller<'a>(context: Context<'a>) -> Doc<'a> {
    let labels = map! { "kubernetes.io/metadata.name" => context.settings.controller() };
    list![map! { "namespaceSelector" => map! { "matchLabels" => labels } }]
}

fn policy<'a>(name: impl Into<String>, spec: Map<'a>) -> Item<'a> {
    Item::new("networking.k8s.io/v1", "NetworkPolicy", name, StageName::Namespace).with("spec", spec)
}

fn spec<'a>(pods: Map<'a>) -> Map<'a> {
    map! { "podSelector" => pods }
}

fn egress<'a>(rule: Map<'a>) -> Map<'a> {
    spec(Map::new()).with("policyTypes", list!["Egress"]).with("egress", list![rule])
}

fn port(protocol: &'static str, number: u16) -> Map<'static> {
    map! { "protocol" => protocol, "port" => number }
}

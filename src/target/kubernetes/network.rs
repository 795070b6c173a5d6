//! NetworkPolicies: nothing may pass, but for what is named here. No environment reaches another one's pods.

use std::collections::{BTreeMap, BTreeSet};

use super::object::{Item, selector};
use super::{Context, Routing};
use crate::artifact::StageName;
use crate::document::{Doc, Map, list, map};

/// Addresses that are not the public internet (RFC 6890 and its registries): private, shared, loopback, link-local (cloud
/// metadata among them), benchmarking, multicast, reserved.
const NOT_PUBLIC_4: [&str; 11] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
];
/// The same for IPv6; `64:ff9b::/96` is another way to write every IPv4 address.
const NOT_PUBLIC_6: [&str; 7] =
    ["::/127", "64:ff9b::/96", "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"];

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
    let public = list![
        map! { "ipBlock" => map! { "cidr" => "0.0.0.0/0", "except" => NOT_PUBLIC_4.into_iter().collect::<Doc>() } },
        map! { "ipBlock" => map! { "cidr" => "::/0", "except" => NOT_PUBLIC_6.into_iter().collect::<Doc>() } },
    ];
    let internet = egress(map! { "to" => public });

    let mut out = vec![
        policy("deny-all", nothing),
        policy("dns", dns),
        policy("environment", inside),
        policy("internet", internet),
    ];
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

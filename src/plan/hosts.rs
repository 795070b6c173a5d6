//! Public names: one label below the domain each, so that one wildcard certificate covers them all.

use indexmap::IndexMap;

use super::environment::{Hosts, PublicUrl, Route};
use super::finding::Finding;
use super::names::{LABEL_LIMIT, fit};
use super::profile::{Profile, TargetName};
use crate::diagnostics::{Diagnostic, codes};
use crate::resolve::{Body, Origin, Program};

/// A host name holds at most this many bytes (RFC 1035, section 2.3.4, as text).
const HOST_LIMIT: usize = 253;

/// Every public name of one environment.
#[derive(Debug)]
pub(super) struct Public {
    /// The front page.
    pub url: String,
    /// The front page's host.
    pub host: String,
    /// The first public URL of each routed node.
    pub by_node: IndexMap<String, (String, String)>,
    /// What the door knows.
    pub hosts: Hosts,
    /// Every URL, the front page first.
    pub urls: Vec<PublicUrl>,
    /// The port of public URLs on this machine, where the target publishes one.
    pub port: Option<u16>,
}

/// Decides hosts and URLs for one pull request. Names that are too long are among the findings.
pub(super) fn decide(program: &Program, number: u64, profile: &Profile) -> (Public, Vec<Finding>) {
    let port = profile.ports.map(|range| range.port(number));
    let name = |label: &str| format!("{}.{}", fit(label, LABEL_LIMIT), profile.domain);
    let url = |host: &str| match port {
        Some(port) => format!("{}://{host}:{port}", profile.scheme),
        None => format!("{}://{host}", profile.scheme),
    };
    let front = name(&format!("pr-{number}"));
    let mut by_node = IndexMap::new();
    let mut routes = Vec::new();
    let mut urls = Vec::new();
    for node in program.nodes.values() {
        let Body::Workload(workload) = &node.body else { continue };
        let Some((_, target)) = workload.ports.first() else { continue };
        for route in &workload.routes {
            let host = route.host.as_ref().map_or(front.clone(), |label| name(&format!("{label}-pr-{number}")));
            let path = if route.path == "/" { "" } else { route.path.as_str() };
            let public = format!("{}{path}", url(&host));
            by_node.entry(node.name.clone()).or_insert((public.clone(), host.clone()));
            urls.push(PublicUrl { node: node.name.clone(), url: public });
            routes.push(Route {
                host,
                path: route.path.clone(),
                strip: route.strip,
                process: node.name.clone(),
                port: *target,
                origin: route.origin,
            });
        }
    }
    let mut names: Vec<String> = routes.iter().map(|route| route.host.clone()).collect();
    names.sort();
    names.dedup();
    routes.sort_by(|a, b| (&a.host, b.path.len(), &a.path).cmp(&(&b.host, a.path.len(), &b.path)));
    let front_url = url(&front);
    urls.sort_by_key(|public| public.url != front_url);
    let findings = too_long(program, profile, &front, &routes);
    (Public { url: front_url, host: front, by_node, hosts: Hosts { names, routes }, urls, port }, findings)
}

/// Hosts that no resolver would look up. Where the front page's is one, the domain is to blame for all.
fn too_long(program: &Program, profile: &Profile, front: &str, routes: &[Route]) -> Vec<Finding> {
    let finding = |host: &str, origin: Origin, help: &str| Finding {
        diagnostic: Diagnostic::new(
            codes::HOST_TOO_LONG,
            format!("a host name would hold {} characters, and {HOST_LIMIT} is the most", host.len()),
        )
        .help(help),
        origin,
        label: String::new(),
    };
    if front.len() > HOST_LIMIT {
        let origin = match profile.target {
            TargetName::Compose => program.domains.compose,
            TargetName::Terraform => program.domains.terraform,
            TargetName::Kubernetes => program.domains.manifest,
        };
        return vec![finding(front, origin, "choose a shorter domain: each host stands one label below it")];
    }
    let long = routes.iter().filter(|route| route.host.len() > HOST_LIMIT);
    long.map(|route| finding(&route.host, route.origin, "choose a shorter `host`, or a shorter domain")).collect()
}

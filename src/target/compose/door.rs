//! How the gateway, and nothing else, is reached from outside.

use super::{ComposeSettings, Expose};
use crate::document::{Doc, Map, list, map};
use crate::plan::{Environment, Process};

/// What the file calls the network that Traefik and the gateways share.
const SHARED: &str = "traefik";

/// Adds ports or networks to the gateway, and labels to its labels.
pub fn add(
    service: &mut Map<'_>,
    labels: &mut Map<'_>,
    gateway: &Process,
    environment: &Environment,
    settings: &ComposeSettings,
) {
    let Some(port) = gateway.ports.first() else { return };
    match &settings.expose {
        Expose::None => {}
        Expose::Port { bind } => {
            let Some(published) = environment.published else { return };
            service.insert(
                "ports",
                list![map! {
                    "target" => port.number,
                    "published" => published.to_string(),
                    "host_ip" => bind.clone(),
                    "protocol" => "tcp",
                }],
            );
        }
        Expose::Traefik { network, entrypoint, resolver } => {
            service.insert("networks", map! { "default" => map! {}, SHARED => map! {} });
            // The shared network may hold a stranger of the same name as a service here; links are asked first.
            let mut behind: Vec<&str> = environment.hosts.routes.iter().map(|route| route.process.as_str()).collect();
            behind.sort_unstable();
            behind.dedup();
            service.insert("links", behind.into_iter().map(|name| Doc::from(name.to_owned())).collect::<Doc<'_>>());
            // Routers and services are global in Traefik: the environment's id keeps them apart.
            let id = &environment.id;
            let router = format!("traefik.http.routers.{id}");
            let hosts: Vec<String> = environment.hosts.names.iter().map(|host| format!("Host(`{host}`)")).collect();
            labels.insert("traefik.enable", "true");
            labels.insert("traefik.docker.network", network.clone());
            labels.insert(format!("{router}.rule"), hosts.join(" || "));
            labels.insert(format!("{router}.entrypoints"), entrypoint.clone());
            if let Some(resolver) = resolver {
                labels.insert(format!("{router}.tls"), "true");
                labels.insert(format!("{router}.tls.certresolver"), resolver.clone());
            }
            labels.insert(format!("{router}.service"), id.to_string());
            labels.insert(format!("traefik.http.services.{id}.loadbalancer.server.port"), port.number.to_string());
        }
    }
}

/// The entry of the shared network under `networks:`, where there is one.
pub fn network(settings: &ComposeSettings) -> Option<(&'static str, Doc<'_>)> {
    match &settings.expose {
        Expose::Traefik { network, .. } => Some((SHARED, Doc::from(map! { "name" => network, "external" => true }))),
        Expose::Port { .. } | Expose::None => None,
    }
}

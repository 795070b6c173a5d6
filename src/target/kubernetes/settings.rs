//! What a manifest settles about the cluster, as plain data; and what the plan must know of it.

use indexmap::IndexMap;

use crate::plan::{Profile, TargetName};
use crate::resolve::KubernetesOrigins;
use crate::target::terraform::CloudSettings;

/// How environments stand in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KubernetesSettings {
    /// What a part in a cloud is kept by.
    pub cloud: CloudSettings,
    /// How requests find the services.
    pub routing: Routing,
    /// How the environment's gateway is reached. Says nothing where [`Routing`] goes straight to the Services.
    pub door: Door,
    /// The class of the Ingress; without one the cluster's default.
    pub class: Option<String>,
    /// The namespace of the ingress controller, the only other one that may reach the environment. Without one that of
    /// the Gateway, or `ingress-nginx`.
    pub ingress_from: Option<String>,
    /// Where the certificate comes from.
    pub tls: Tls,
    /// The Gateway that an HTTPRoute attaches to.
    pub gateway: Option<ParentRef>,
    /// Annotations of the Ingress or HTTPRoute.
    pub annotations: IndexMap<String, String>,
    /// The storage class of volumes; without one the cluster's default.
    pub storage_class: Option<String>,
    /// The Secret that images are pulled with.
    pub pull_secret: Option<SecretRef>,
    /// The store that External Secrets asks.
    pub secret_store: Option<StoreRef>,
    /// The manifest's folder as seen from the bundle's.
    pub sources: String,
    /// Where the settings stand in the manifest.
    pub origins: KubernetesOrigins,
}

impl KubernetesSettings {
    /// The namespace whose pods may knock at the door.
    pub fn controller(&self) -> &str {
        let by_route = match (self.routing, self.door) {
            (Routing::GatewayApi, _) | (Routing::Gateway, Door::HttpRoute) => self.gateway.as_ref(),
            _ => None,
        };
        let given = self.ingress_from.as_deref();
        given.or_else(|| by_route?.namespace.as_deref()).unwrap_or("ingress-nginx")
    }
}

/// How requests find the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Routing {
    /// Through the environment's own gateway.
    #[default]
    Gateway,
    /// Straight to the Services, by an Ingress.
    Ingress,
    /// Straight to the Services, by HTTPRoutes.
    GatewayApi,
    /// Through the environment's own gateway, which nothing outside the cluster reaches.
    None,
}

/// How the environment's gateway is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Door {
    /// By an Ingress.
    #[default]
    Ingress,
    /// By an HTTPRoute.
    HttpRoute,
}

/// Where the certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Tls {
    /// There is none: plain HTTP.
    #[default]
    None,
    /// A Secret of another namespace, which `up.sh` copies.
    CopyFrom {
        /// Its namespace.
        namespace: String,
        /// Its name, also that of the copy.
        name: String,
    },
    /// A Secret that something else puts into the namespace.
    Secret(String),
    /// A ClusterIssuer of cert-manager.
    Issuer(String),
    /// TLS ends before the Ingress, or at the Gateway: URLs are https, no certificate is needed.
    External,
}

/// A Gateway of the Gateway API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParentRef {
    /// Its name.
    pub name: String,
    /// Its namespace; without one the environment's.
    pub namespace: Option<String>,
    /// The listener; without one all that fit.
    pub section: Option<String>,
}

/// A Secret of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef {
    /// The namespace that `up.sh` copies it from; without one something else puts it into the environment's.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// A store of External Secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRef {
    /// Its name.
    pub name: String,
    /// `ClusterSecretStore` or `SecretStore`.
    pub kind: &'static str,
}

/// What the plan must know of a cluster with these settings; public hosts are one label below `domain`.
pub fn profile(settings: &KubernetesSettings, domain: &str) -> Profile {
    Profile {
        target: TargetName::Kubernetes,
        scheme: match settings.tls {
            Tls::None => "http",
            _ => "https",
        },
        domain: domain.to_owned(),
        ports: None,
        sources: settings.sources.clone(),
        builds_images: false,
        runs_crons: true,
        sleeps: true,
        cloud: None,
    }
}

//! From what the manifest says under `targets` to what each target wants to know.

use indexmap::IndexMap;

use super::Target;
use super::compose::{self, Compose, ComposeSettings, Expose};
use super::kubernetes::{self, Door, Kubernetes, KubernetesSettings, ParentRef, Routing, SecretRef, StoreRef, Tls};
use super::terraform::{
    self, AwsSettings, Backend, CloudSettings, DockerSettings, ManagedSettings, Platform, Terraform, TerraformSettings,
};
use crate::manifest;
use crate::plan::{PortRange, Profile, TargetName};
use crate::resolve::{KubernetesOrigins, Program};
use crate::source::Located;

/// The settings of one target.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one of it for each target")]
pub enum Settings {
    /// Kubernetes.
    Kubernetes(KubernetesSettings),
    /// Compose.
    Compose(ComposeSettings),
    /// Terraform.
    Terraform(TerraformSettings),
}

/// The ports on this machine that environments share out where the manifest names none: below the range that Linux takes
/// outgoing connections from, and clear of well-known services.
const PORTS: PortRange = PortRange { from: 20_000, to: 29_999 };

impl Settings {
    /// What the manifest settles for a target. `build_root` is the manifest's folder as seen from the bundle's.
    pub fn of(target: TargetName, program: &Program, build_root: &str) -> Settings {
        let targets = program.targets.as_ref();
        let cloud = targets.and_then(|targets| targets.terraform.as_ref()).map(cloud).unwrap_or_default();
        match target {
            TargetName::Kubernetes => {
                let stated = targets.and_then(|targets| targets.kubernetes.as_ref());
                Settings::Kubernetes(kubernetes(stated, program.kubernetes, build_root, cloud))
            }
            TargetName::Compose => {
                let stated = targets.and_then(|targets| targets.compose.as_ref());
                Settings::Compose(compose(stated, build_root, cloud))
            }
            TargetName::Terraform => {
                let stated = targets.and_then(|targets| targets.terraform.as_ref());
                Settings::Terraform(terraform(stated, build_root, cloud))
            }
        }
    }

    /// What the plan must know.
    pub fn profile(&self, program: &Program) -> Profile {
        match self {
            Settings::Kubernetes(settings) => kubernetes::profile(settings, &program.domain),
            Settings::Compose(settings) => compose::profile(settings, &program.app),
            Settings::Terraform(settings) => terraform::profile(settings, &program.app, &program.domain),
        }
    }

    /// Whether a Docker engine runs the environment, which then builds its images itself.
    pub fn is_on_docker(&self) -> bool {
        match self {
            Settings::Kubernetes(_) => false,
            Settings::Compose(_) => true,
            Settings::Terraform(settings) => matches!(settings.platform, Platform::Docker(_)),
        }
    }

    /// The target.
    pub fn target(&self) -> Box<dyn Target> {
        match self {
            Settings::Kubernetes(settings) => Box::new(Kubernetes { settings: settings.clone() }),
            Settings::Compose(settings) => Box::new(Compose { settings: settings.clone() }),
            Settings::Terraform(settings) => Box::new(Terraform { settings: settings.clone() }),
        }
    }
}

fn kubernetes(
    stated: Option<&manifest::KubernetesTarget>,
    origins: KubernetesOrigins,
    sources: &str,
    cloud: CloudSettings,
) -> KubernetesSettings {
    let sources = sources.to_owned();
    let Some(stated) = stated else {
        return KubernetesSettings { tls: Tls::External, sources, cloud, ..KubernetesSettings::default() };
    };
    let text = |text: &Option<crate::source::Located<String>>| text.as_ref().map(|text| text.value.clone());
    let (gateway_api, ingress) = (manifest::Routing::GatewayApi, manifest::Routing::Ingress);
    let routing = stated.routing.as_ref().map(|routing| routing.value);
    KubernetesSettings {
        sources,
        routing: match routing {
            None | Some(manifest::Routing::Gateway) => Routing::Gateway,
            Some(routing) if routing == ingress => Routing::Ingress,
            Some(routing) if routing == gateway_api => Routing::GatewayApi,
            Some(_) => Routing::None,
        },
        door: match stated.door.as_ref().map(|door| door.value) {
            Some(manifest::Door::GatewayApi) => Door::HttpRoute,
            _ => Door::Ingress,
        },
        class: text(&stated.class),
        ingress_from: text(&stated.ingress_from),
        tls: match &stated.tls {
            // Where nothing is said, TLS ends at the ingress controller with the wildcard certificate that is its default.
            None => Tls::External,
            Some(manifest::Tls::External(external)) if external.external.value => Tls::External,
            Some(manifest::Tls::External(_)) => Tls::None,
            Some(manifest::Tls::Secret(secret)) => Tls::Secret(secret.secret.value.clone()),
            Some(manifest::Tls::Issuer(issuer)) => Tls::Issuer(issuer.issuer.value.clone()),
            Some(manifest::Tls::CopyFrom(copy)) => match copy.copy_from.value.split_once('/') {
                Some((namespace, name)) => Tls::CopyFrom { namespace: namespace.to_owned(), name: name.to_owned() },
                None => Tls::Secret(copy.copy_from.value.clone()),
            },
        },
        gateway: stated.gateway.as_ref().map(|gateway| ParentRef {
            name: gateway.name.value.clone(),
            namespace: text(&gateway.namespace),
            section: text(&gateway.section),
        }),
        annotations: stated
            .annotations
            .iter()
            .map(|(key, value)| (key.clone(), value.value.clone()))
            .collect::<IndexMap<_, _>>(),
        storage_class: text(&stated.storage_class),
        pull_secret: stated.pull_secret.as_ref().map(|secret| match secret.value.split_once('/') {
            Some((namespace, name)) => SecretRef { namespace: Some(namespace.to_owned()), name: name.to_owned() },
            None => SecretRef { namespace: None, name: secret.value.clone() },
        }),
        secret_store: stated.secret_store.as_ref().map(|store| StoreRef {
            name: store.name.value.clone(),
            kind: match store.kind.as_ref().map(|kind| kind.value) {
                Some(manifest::SecretStoreKind::SecretStore) => "SecretStore",
                _ => "ClusterSecretStore",
            },
        }),
        cloud,
        origins,
    }
}

fn compose(stated: Option<&manifest::ComposeTarget>, build_root: &str, cloud: CloudSettings) -> ComposeSettings {
    let expose = stated.and_then(|stated| stated.expose.as_ref()).map(|expose| expose.value);
    let text = |text: Option<&Option<crate::source::Located<String>>>| {
        text.and_then(|text| text.as_ref()).map(|text| text.value.clone())
    };
    ComposeSettings {
        expose: match expose {
            None | Some(manifest::Expose::Port) => {
                Expose::Port { bind: text(stated.map(|stated| &stated.bind)).unwrap_or_else(|| "127.0.0.1".to_owned()) }
            }
            Some(manifest::Expose::None) => Expose::None,
            Some(manifest::Expose::Traefik) => Expose::Traefik {
                network: text(stated.map(|stated| &stated.network)).unwrap_or_else(|| "traefik".to_owned()),
                entrypoint: text(stated.map(|stated| &stated.entrypoint)).unwrap_or_else(|| "web".to_owned()),
                resolver: text(stated.map(|stated| &stated.cert_resolver)),
            },
        },
        domain: text(stated.map(|stated| &stated.domain)),
        ports: stated
            .and_then(|stated| stated.ports.as_ref())
            .map_or(PORTS, |ports| PortRange { from: ports.value.first(), to: ports.value.last() }),
        cloud,
        build_root: build_root.to_owned(),
    }
}

fn cloud(stated: &manifest::TerraformTarget) -> CloudSettings {
    let backend = stated.backend.as_ref().map(|backend| {
        let kind = match backend.kind.value {
            manifest::BackendKind::S3 => "s3",
            manifest::BackendKind::Gcs => "gcs",
            manifest::BackendKind::Azurerm => "azurerm",
            manifest::BackendKind::Http => "http",
        };
        let settings = backend.settings.iter().map(|(name, value)| (name.clone(), value.value.clone()));
        Backend { kind, settings: settings.collect() }
    });
    let permissions_boundary = stated.permissions_boundary.as_ref().map(|boundary| boundary.value.clone());
    CloudSettings { backend, permissions_boundary }
}

fn terraform(stated: Option<&manifest::TerraformTarget>, build_root: &str, cloud: CloudSettings) -> TerraformSettings {
    let text =
        |text: Option<&Option<Located<String>>>| text.and_then(|text| text.as_ref()).map(|text| text.value.clone());
    let docker = || DockerSettings {
        host: text(stated.map(|stated| &stated.host)),
        ports: stated
            .and_then(|stated| stated.ports.as_ref())
            .map_or(PORTS, |ports| PortRange { from: ports.value.first(), to: ports.value.last() }),
        bind: text(stated.map(|stated| &stated.bind)).unwrap_or_else(|| "127.0.0.1".to_owned()),
    };
    let platform = match stated {
        Some(stated) if stated.platform.value == manifest::TerraformPlatform::Aws => {
            Platform::Aws(Box::new(aws(stated)))
        }
        _ => Platform::Docker(docker()),
    };
    TerraformSettings {
        platform,
        domain: text(stated.map(|stated| &stated.domain)),
        cloud,
        build_root: build_root.to_owned(),
    }
}

fn aws(stated: &manifest::TerraformTarget) -> AwsSettings {
    let text = |text: &Option<Located<String>>| text.as_ref().map(|text| text.value.clone());
    let texts = |texts: &[Located<String>]| texts.iter().map(|text| text.value.clone()).collect();
    let managed = |stated: &manifest::Managed| match stated {
        manifest::Managed::Rds(rds) => Some(ManagedSettings::Rds {
            class: rds.rds.value.clone(),
            multi_az: rds.multi_az.as_ref().is_some_and(|twice| twice.value),
        }),
        manifest::Managed::Clone(clone) => Some(ManagedSettings::Clone {
            cluster: clone.clone.value.clone(),
            class: text(&clone.class).unwrap_or_else(|| "db.t4g.medium".to_owned()),
        }),
        manifest::Managed::ElastiCache(cache) => {
            Some(ManagedSettings::ElastiCache { node_type: cache.elasticache.value.clone() })
        }
        manifest::Managed::Container | manifest::Managed::Sqs | manifest::Managed::S3 => None,
    };
    AwsSettings {
        region: text(&stated.region).unwrap_or_default(),
        cluster: text(&stated.cluster).unwrap_or_else(|| "default".to_owned()),
        subnets: texts(&stated.subnets),
        public_ip: stated.public_ip.as_ref().is_some_and(|public| public.value),
        listener: text(&stated.listener),
        zone: text(&stated.zone),
        architecture: match stated.architecture.as_ref().map(|architecture| architecture.value) {
            Some(manifest::Architecture::Arm64) => "ARM64",
            Some(manifest::Architecture::X8664) | None => "X86_64",
        },
        pull_secrets: stated.pull_secrets.iter().map(|(host, secret)| (host.clone(), secret.value.clone())).collect(),
        kms_keys: texts(&stated.kms_keys),
        egress: texts(&stated.egress),
        log_days: stated.log_days.as_ref().map_or(7, |days| days.value),
        permissions_boundary: text(&stated.permissions_boundary),
        db_subnet_group: text(&stated.db_subnet_group),
        cache_subnet_group: text(&stated.cache_subnet_group),
        managed: stated
            .managed
            .iter()
            .filter_map(|(name, stated)| Some((name.as_str().to_owned(), managed(&stated.value)?)))
            .collect(),
    }
}

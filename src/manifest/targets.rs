//! Settings of the targets.

use indexmap::IndexMap;

use super::aws::{Architecture, Arn, Managed, Region, RegistryHost, Subnet, Zone};
use super::forms::{AnnotationKey, Cidr, Domain, Ident, IpAddress, KubeName, KubeRef};
use super::names::NodeName;
use super::ports::PortRange;
use crate::shape::{Int, Spanned, Text, choice, one_of, record};
use crate::source::Located;

record! {
    /// Settings of the targets.
    /// Example: {"kubernetes": {"class": "nginx"}, "compose": {"expose": "port"}}
    pub struct Targets: "target settings" {
        /// Kubernetes.
        kubernetes: Option<KubernetesTarget>,
        /// Docker Compose.
        compose: Option<ComposeTarget>,
        /// Terraform.
        terraform: Option<TerraformTarget>,
    }
}

record! {
    /// How environments stand in a Kubernetes cluster.
    ///
    /// `routing: gateway` sends every request through the environment's own gateway, and `door` says how that gateway is
    /// reached. `routing: ingress` and `routing: gateway-api` route straight to the Services, so that `door` says
    /// nothing there and must agree if it is given.
    /// Example: {"routing": "gateway", "door": "ingress", "class": "nginx", "ingress_from": "ingress-nginx"}
    pub struct KubernetesTarget: "Kubernetes settings" {
        /// How requests find the services.
        /// Default: gateway
        routing: Option<Located<Routing>>,
        /// How the environment's gateway is reached.
        /// Default: ingress
        door: Option<Located<Door>>,
        /// The class of the Ingress. Default: the cluster's.
        /// Example: nginx
        class: Option<Located<String>> as Option<Located<KubeName>>,
        /// The namespace of the ingress controller, the only other one that may reach the environment. Default: that of the Gateway,
        /// where there is one, or `ingress-nginx`.
        /// Example: ingress-nginx
        ingress_from: Option<Located<String>> as Option<Located<KubeName>>,
        /// Where the certificate comes from. Default: TLS ends at the ingress controller with its own certificate; URLs are https.
        /// Example: {"copy_from": "ingress-nginx/wildcard"}
        tls: Option<Tls>,
        /// The Gateway that an HTTPRoute attaches to.
        /// Example: {"name": "shared", "namespace": "gateways"}
        gateway: Option<GatewayRef>,
        /// Annotations of the Ingress or HTTPRoute.
        /// Example: {"nginx.ingress.kubernetes.io/proxy-body-size": "50m"}
        annotations: IndexMap<String, Located<String>> as IndexMap<AnnotationKey, Located<String>>,
        /// The storage class of volumes. Default: the cluster's.
        /// Example: gp3
        storage_class: Option<Located<String>> as Option<Located<KubeName>>,
        /// The Secret that images are pulled with; `namespace/name` is copied from there.
        /// Example: ci/registry
        pull_secret: Option<Located<String>> as Option<Located<KubeRef>>,
        /// Where External Secrets finds secrets with `store: vault` or `store: aws`.
        /// Example: {"name": "vault", "kind": "ClusterSecretStore"}
        secret_store: Option<SecretStoreRef>,
    }
}

choice! {
    /// How requests find the services.
    pub enum Routing {
        /// Through the environment's own gateway.
        Gateway = "gateway",
        /// Straight to the Services, by an Ingress.
        Ingress = "ingress",
        /// Straight to the Services, by an HTTPRoute.
        GatewayApi = "gateway-api",
        /// Through the environment's own gateway, which nothing outside the cluster reaches.
        None = "none",
    }
}

choice! {
    /// How the environment's gateway is reached.
    pub enum Door {
        /// By an Ingress.
        Ingress = "ingress",
        /// By an HTTPRoute.
        GatewayApi = "gateway-api",
    }
}

one_of! {
    /// Where the certificate comes from.
    pub enum Tls: "a certificate's source" {
        records: {
            /// A Secret in another namespace, copied into the environment's.
            CopyFrom(TlsCopy) by ["copy_from"],
            /// A Secret that something else puts into the namespace.
            Secret(TlsSecret) by ["secret"],
            /// cert-manager.
            Issuer(TlsIssuer) by ["issuer"],
            /// What stands before the environment ends TLS.
            External(TlsExternal) by ["external"],
        }
    }
}

record! {
    /// A certificate that is copied.
    /// Example: {"copy_from": "ingress-nginx/wildcard"}
    pub struct TlsCopy: "a copied certificate" {
        /// The Secret, as `namespace/name`.
        copy_from: Located<String> as Located<KubeRef>,
    }
}

record! {
    /// A certificate in the namespace.
    /// Example: {"secret": "wildcard"}
    pub struct TlsSecret: "a certificate's Secret" {
        /// The Secret's name.
        secret: Located<String> as Located<KubeName>,
    }
}

record! {
    /// A certificate from cert-manager.
    /// Example: {"issuer": "letsencrypt"}
    pub struct TlsIssuer: "a certificate's issuer" {
        /// The ClusterIssuer's name.
        issuer: Located<String> as Located<KubeName>,
    }
}

record! {
    /// TLS that ends before the Ingress or Gateway, or at the Gateway itself: URLs are https, no certificate is needed.
    /// Example: {"external": true}
    pub struct TlsExternal: "TLS that ends elsewhere" {
        /// Whether it does.
        external: Located<bool>,
    }
}

record! {
    /// A Gateway of the Gateway API.
    /// Example: {"name": "shared", "namespace": "gateways"}
    pub struct GatewayRef: "a Gateway" {
        /// Its name.
        name: Located<String> as Located<KubeName>,
        /// Its namespace. Default: the environment's.
        namespace: Option<Located<String>> as Option<Located<KubeName>>,
        /// The listener to attach to. Default: all that fit.
        section: Option<Located<String>> as Option<Located<KubeName>>,
    }
    short: name;
}

record! {
    /// A store of External Secrets.
    /// Example: {"name": "vault"}
    pub struct SecretStoreRef: "a secret store" {
        /// Its name.
        name: Located<String> as Located<KubeName>,
        /// Its kind.
        /// Default: ClusterSecretStore
        kind: Option<Located<SecretStoreKind>>,
    }
    short: name;
}

choice! {
    /// The kinds of stores of External Secrets.
    pub enum SecretStoreKind {
        /// For the whole cluster.
        ClusterSecretStore = "ClusterSecretStore",
        /// For one namespace.
        SecretStore = "SecretStore",
    }
}

record! {
    /// How environments stand on one machine.
    /// Example: {"expose": "port", "ports": "20000-29999"}
    pub struct ComposeTarget: "Compose settings" {
        /// How the gateway is reached.
        /// Default: port
        expose: Option<Located<Expose>>,
        /// The domain of the hosts. Default: under `localhost`.
        /// Example: previews.example.com
        domain: Option<Located<String>> as Option<Located<Domain>>,
        /// The ports that environments publish, one each: at least `preview.max_open` of them, without it at least 30.
        /// Default: 20000-29999
        ports: Option<Located<PortRange>>,
        /// The address that ports are published on.
        /// Default: 127.0.0.1
        bind: Option<Located<String>> as Option<Located<IpAddress>>,
        /// Traefik's network.
        /// Default: traefik
        network: Option<Located<String>> as Option<Located<Text>>,
        /// Traefik's entry point.
        /// Example: websecure
        entrypoint: Option<Located<String>> as Option<Located<Text>>,
        /// Traefik's certificate resolver.
        /// Example: letsencrypt
        cert_resolver: Option<Located<String>> as Option<Located<Text>>,
    }
}

choice! {
    /// How the gateway is reached.
    pub enum Expose {
        /// By a port on this machine.
        Port = "port",
        /// By Traefik, over a shared network.
        Traefik = "traefik",
        /// Not at all.
        None = "none",
    }
}

record! {
    /// How environments stand under Terraform. `host`, `ports` and `bind` are for `platform: docker`, everything from `region` to
    /// `managed` is for `platform: aws`: what stands there already and all environments use, and how stores stand in the cloud.
    /// Example: {"platform": "docker", "host": "ssh://previews@10.0.0.7"}
    pub struct TerraformTarget: "Terraform settings" {
        /// The platform.
        platform: Located<TerraformPlatform>,
        /// The domain of the hosts. Default: under `localhost` on a Docker engine, else the manifest's.
        /// Example: previews.example.com
        domain: Option<Located<String>> as Option<Located<Domain>>,
        /// The Docker engine, as `DOCKER_HOST` names one. Default: the one that Docker's tools use.
        /// Example: ssh://previews@10.0.0.7
        host: Option<Located<String>> as Option<Located<Text>>,
        /// The ports that environments on a Docker engine publish, one each.
        /// Default: 20000-29999
        ports: Option<Located<PortRange>>,
        /// The address that ports are published on.
        /// Default: 127.0.0.1
        bind: Option<Located<String>> as Option<Located<IpAddress>>,
        /// The region. Needed on AWS.
        /// Example: eu-west-1
        region: Option<Located<String>> as Option<Located<Region>>,
        /// The name of the ECS cluster.
        /// Default: default
        cluster: Option<Located<String>> as Option<Located<Ident>>,
        /// The subnets of tasks, one for each availability zone. Needed on AWS.
        /// Example: ["subnet-0a1b2c3d", "subnet-4e5f6a7b"]
        subnets: Vec<Located<String>> as Vec<Located<Subnet>>,
        /// Whether tasks get public addresses: in public subnets without a NAT gateway.
        /// Default: false
        public_ip: Option<Located<bool>>,
        /// The ARN of the HTTPS listener of a shared application load balancer. Needed on AWS where something has a route.
        /// Example: arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/previews/50dc6c495c0c9188/f2f7dc8efc522ab2
        listener: Option<Located<String>> as Option<Located<Arn>>,
        /// The id of the Route 53 zone that gets a record for each host. Default: a wildcard record is there already.
        /// Example: Z0123456789ABCDEFGHIJ
        zone: Option<Located<String>> as Option<Located<Zone>>,
        /// What tasks run on.
        /// Default: x86_64
        architecture: Option<Located<Architecture>>,
        /// Credentials of private registries outside of AWS: the ARN of a secret by the registry's host; `docker.io` is Docker's own.
        /// Example: {"ghcr.io": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ghcr-AbCdEf"}
        pull_secrets: IndexMap<String, Located<String>> as IndexMap<RegistryHost, Located<Arn>>,
        /// The ARNs of customer managed keys that secrets which tasks read are encrypted with.
        /// Example: ["arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
        kms_keys: Vec<Located<String>> as Vec<Located<Arn>>,
        /// Private networks that tasks may reach beside the internet and declared servers: those of VPC endpoints.
        /// Example: ["10.0.0.0/16"]
        egress: Vec<Located<String>> as Vec<Located<Cidr>>,
        /// How many days logs are kept while the environment is there; CloudWatch knows 1, 3, 5, 7, 14, 30, 60 and 90, and a number between
        /// two of them becomes the next.
        /// Default: 7
        log_days: Option<Located<u32>> as Option<Located<Int<1, 90>>>,
        /// The ARN of a permissions boundary that every role of an environment gets.
        /// Example: arn:aws:iam::123456789012:policy/previews
        permissions_boundary: Option<Located<String>> as Option<Located<Arn>>,
        /// An existing subnet group for databases. Default: one for each environment.
        db_subnet_group: Option<Located<String>> as Option<Located<Ident>>,
        /// An existing subnet group for caches. Default: one for each environment.
        cache_subnet_group: Option<Located<String>> as Option<Located<Ident>>,
        /// How stores stand on AWS, by their name. Default: SQS queues and S3 buckets for engines that speak the same, else a
        /// container.
        /// Example: {"db": {"rds": "db.t4g.micro"}, "cache": {"elasticache": "cache.t4g.micro"}}
        managed: IndexMap<NodeName, Located<Managed>> as IndexMap<NodeName, Spanned<Managed>>,
        /// Where the state is kept. Default: in the folder `handoff` beside the bundle's.
        /// Example: {"kind": "s3", "settings": {"bucket": "preview-state", "region": "eu-west-1"}}
        backend: Option<Backend>,
    }
}

record! {
    /// Where Terraform keeps its state. The place of an environment in it (`key`, `prefix`, the end of `address`) is
    /// previewc's.
    /// Example: {"kind": "s3", "settings": {"bucket": "preview-state", "region": "eu-west-1"}}
    pub struct Backend: "a backend" {
        /// Its kind, as Terraform names it.
        kind: Located<BackendKind>,
        /// Its own settings, as Terraform's documentation names them; none of them is secret.
        /// Example: {"bucket": "preview-state"}
        settings: IndexMap<String, Located<String>> as IndexMap<Ident, Located<Text>>,
    }
}

choice! {
    /// The kinds of backends.
    pub enum BackendKind {
        /// Amazon S3, with lock files.
        S3 = "s3",
        /// Google Cloud Storage.
        Gcs = "gcs",
        /// Azure Blob Storage.
        Azurerm = "azurerm",
        /// A server that speaks Terraform's HTTP protocol, as GitLab does; the environment's id follows `address`.
        Http = "http",
    }
}

choice! {
    /// What Terraform builds on.
    pub enum TerraformPlatform {
        /// One host with Docker.
        Docker = "docker",
        /// Amazon Web Services: ECS on Fargate, RDS, ElastiCache, SQS, S3.
        Aws = "aws",
    }
}

//! The resolved stack: every name is a reference that exists, every default is filled in.

use indexmap::IndexMap;

use super::access::Access;
use super::origin::{Origin, Origins};
use super::outside::{Branch, External, Frontend, InCloud, SecretDecl, Server};
use super::restore::Restore;
use crate::diagnostics::Diagnostic;
use crate::manifest;
use crate::overrides::Overrides;
use crate::recipes::{ManagedForm, Recipe};
use crate::source::Digest;

/// A manifest with everything known that does not depend on a pull request.
#[derive(Debug)]
pub struct Program {
    /// The manifest's `name`.
    pub app: String,
    /// The manifest's `domain`.
    pub domain: String,
    /// Where domains stand.
    pub domains: DomainOrigins,
    /// Where built images live, without a `/` at the end.
    pub registry: Option<String>,
    /// Every node, in the manifest's order: services, workers, crons, stores, externals, frontends.
    pub nodes: IndexMap<String, Node>,
    /// How nodes hang together.
    pub edges: Vec<Edge>,
    /// Workloads and stores so that each comes after what it starts after; ties by name.
    pub start_order: Vec<String>,
    /// Declared secrets.
    pub secrets: IndexMap<String, SecretDecl>,
    /// Declared variables with their values.
    pub vars: IndexMap<String, String>,
    /// The stores behind `DATABASE_URL`, `CACHE_URL` and `QUEUE_URL`.
    pub canonical: Canonical,
    /// Recipes of the engines in use, by engine.
    pub recipes: IndexMap<String, Recipe>,
    /// The same as they are on a shared server, where the manifest has servers.
    pub scoped: IndexMap<String, Recipe>,
    /// Stores that a cloud runs, by name, where the manifest's platform for Terraform is one.
    pub managed: IndexMap<String, Managed>,
    /// `preview` of the manifest.
    pub preview: Option<manifest::Preview>,
    /// CPU in thousandths and memory in bytes of a workload that states none, if the manifest says it.
    pub size: Option<(u32, u64)>,
    /// Who may see an environment.
    pub access: Access,
    /// Where `preview.trigger.forks` stands.
    pub forks: Origin,
    /// Whether a base manifest decided over secrets, servers, targets and preview settings.
    pub has_base: bool,
    /// `targets` of the manifest.
    pub targets: Option<manifest::Targets>,
    /// Where the settings for Kubernetes stand.
    pub kubernetes: KubernetesOrigins,
    /// The end-to-end tests.
    pub e2e: Option<E2e>,
    /// What the manifest says and no version carries out yet; told by every render, not by `check`.
    pub later: Vec<Diagnostic>,
    /// The users' own additions to what targets write.
    pub overrides: Overrides,
    /// Digests of the inputs, by path, for `bundle.json`.
    pub inputs: IndexMap<String, Digest>,
    /// The places behind origins.
    pub origins: Origins,
}

impl Program {
    /// Whether stores are where no target writes them down: on shared servers, branches at providers, in a cloud beside the
    /// processes. Only a bundle's scripts make and remove what an environment has there.
    pub fn has_stores_elsewhere(&self) -> bool {
        self.nodes.values().any(|node| match &node.body {
            Body::Store(store) => store.server.is_some() || store.branch.is_some() || store.cloud.is_some(),
            _ => false,
        })
    }
}

/// End-to-end tests.
#[derive(Debug, Clone)]
pub struct E2e {
    /// The folder that they run in, relative to the manifest's.
    pub dir: String,
    /// The command line.
    pub command: Vec<Text>,
    /// Further variables.
    pub env: IndexMap<String, Text>,
    /// Seconds that they may take.
    pub timeout: Option<u64>,
}

/// A store that a cloud runs as a service of its own.
#[derive(Debug, Clone)]
pub struct Managed {
    /// The service.
    pub form: ManagedForm,
    /// The store's recipe as it is there.
    pub recipe: Recipe,
    /// Names that the manifest states in place of the recipe's own: those of a database that is there already.
    pub names: Vec<(&'static str, String)>,
    /// The region that it stands in wherever the processes run; without one it is a service only where those are in the cloud too.
    pub region: Option<String>,
    /// Where the manifest says so.
    pub origin: Origin,
}

/// Where the domains stand that hosts are made of, for findings about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DomainOrigins {
    /// The manifest's own.
    pub manifest: Origin,
    /// That of Compose, where it has one.
    pub compose: Origin,
    /// That of Terraform, where it has one.
    pub terraform: Origin,
}

/// Where some settings for Kubernetes stand, for findings about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KubernetesOrigins {
    /// What leads requests in.
    pub routing: Origin,
    /// The Secrets that others make.
    pub secrets: Origin,
    /// The annotations of what leads in.
    pub annotations: Origin,
}

/// One node.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// The section of the manifest that it stands in.
    pub section: Section,
    /// Where its name stands.
    pub origin: Origin,
    /// What it is.
    pub body: Body,
}

/// The sections that hold nodes; each is a root of references too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Section {
    Services,
    Workers,
    Crons,
    Databases,
    Queues,
    Caches,
    Search,
    Buckets,
    Mail,
    External,
    Frontends,
    Servers,
}

impl Section {
    /// Every section.
    pub const ALL: [Section; 12] = [
        Section::Services,
        Section::Workers,
        Section::Crons,
        Section::Databases,
        Section::Queues,
        Section::Caches,
        Section::Search,
        Section::Buckets,
        Section::Mail,
        Section::External,
        Section::Frontends,
        Section::Servers,
    ];

    /// The section of a key.
    pub fn of_key(key: &str) -> Option<Section> {
        Section::ALL.into_iter().find(|section| section.key() == key)
    }

    /// The section's key in the manifest.
    pub fn key(self) -> &'static str {
        match self {
            Section::Services => "services",
            Section::Workers => "workers",
            Section::Crons => "crons",
            Section::Databases => "databases",
            Section::Queues => "queues",
            Section::Caches => "caches",
            Section::Search => "search",
            Section::Buckets => "buckets",
            Section::Mail => "mail",
            Section::External => "external",
            Section::Frontends => "frontends",
            Section::Servers => "servers",
        }
    }
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Body {
    /// A service, worker or cron.
    Workload(Box<Workload>),
    /// A database, queue, cache, index or bucket.
    Store(Box<Store>),
    /// A third party.
    External(External),
    /// A long-lived server that scoped stores live on.
    Server(Box<Server>),
    /// A frontend on another platform.
    Frontend(Frontend),
}

/// A process of the team's own code.
#[derive(Debug, Clone)]
pub struct Workload {
    /// For crons, the schedule.
    pub schedule: Option<String>,
    /// Its image.
    pub image: ImageSource,
    /// Replaces the image's entrypoint and command.
    pub command: Vec<Text>,
    /// Handed to the entrypoint.
    pub args: Vec<Text>,
    /// Variables of its own and of what it is `from`.
    pub env: IndexMap<String, Text>,
    /// Ports by name, the routed one first.
    pub ports: Vec<(String, u16)>,
    /// Public routes.
    pub routes: Vec<Route>,
    /// Health, if stated.
    pub health: Option<Health>,
    /// CPU in thousandths and memory in bytes, if stated.
    pub size: Option<(u32, u64)>,
    /// What it uses.
    pub uses: Vec<(String, Origin)>,
    /// Replicas.
    pub replicas: u32,
    /// Numeric user, if stated.
    pub user: Option<u32>,
    /// Files to mount, by their path in the container.
    pub files: Vec<(String, MountedFile)>,
    /// Storage of its own: the path in the container and bytes.
    pub volumes: Vec<(String, u64)>,
    /// Commands that run before it starts, in order.
    pub init: Vec<Vec<Text>>,
}

/// The content of a mounted file.
#[derive(Debug, Clone)]
pub enum MountedFile {
    /// Bytes of the repository.
    Bytes(Vec<u8>),
    /// Text without a secret.
    Text(Text),
}

/// Where an image comes from.
#[derive(Debug, Clone)]
pub enum ImageSource {
    /// Built from the project's sources.
    Built {
        /// The node that states the build: it names the image.
        node: String,
        /// How.
        build: Build,
    },
    /// A reference.
    Given(String),
}

/// How an image is built.
#[derive(Debug, Clone)]
pub struct Build {
    /// Folder, relative to the manifest's.
    pub context: String,
    /// Where the folder is named, if it is not there.
    pub missing: Option<Origin>,
    /// Where the folder is named, if it or its Dockerfile leads out of the manifest's folder.
    pub outside: Option<Origin>,
    /// Dockerfile, relative to the context.
    pub dockerfile: Option<String>,
    /// Stage.
    pub target: Option<String>,
    /// `build.args` and `build_env`.
    pub args: IndexMap<String, Text>,
}

/// One public route of a service.
#[derive(Debug, Clone)]
pub struct Route {
    /// A host label of its own, else the front page's host.
    pub host: Option<String>,
    /// Path without `/` at the end; "/" for all.
    pub path: String,
    /// Whether the path is taken away.
    pub strip: bool,
    /// Where it stands.
    pub origin: Origin,
}

/// How to tell that a workload serves.
#[derive(Debug, Clone)]
pub enum Health {
    /// GET answers.
    Http {
        /// Port.
        port: u16,
        /// Path.
        path: String,
    },
    /// The port accepts connections.
    Tcp(u16),
    /// A command ends with 0; it reads secrets from its environment.
    Command(Vec<Text>),
}

/// A stateful node.
#[derive(Debug, Clone)]
pub struct Store {
    /// The engine, a key of [`Program::recipes`].
    pub engine: String,
    /// The shared server that it lives on; without one it has a server of its own.
    pub server: Option<String>,
    /// The branch at a provider that it is; without one it has a server, its own or a shared one.
    pub branch: Option<Branch>,
    /// The cloud that it is in wherever the processes run; without one it is where they are.
    pub cloud: Option<InCloud>,
    /// The version asked for.
    pub version: Option<String>,
    /// Another image than the recipe's.
    pub image: Option<String>,
    /// Size, if stated.
    pub size: Option<(u32, u64)>,
    /// Bytes of storage, if stated.
    pub storage: Option<u64>,
    /// Recipe options: each a list of texts (a scalar is a list of one).
    pub options: IndexMap<String, Vec<String>>,
    /// Migration.
    pub migrate: Option<Migration>,
    /// What it is made from, before any migration.
    pub restore: Option<Restore>,
    /// Seed.
    pub seed: Option<Seed>,
    /// Queues to create.
    pub queues: Vec<String>,
    /// Whether each queue gets a dead-letter queue.
    pub dead_letter: bool,
    /// Retry limit.
    pub max_retries: Option<u32>,
    /// Message lifetime in milliseconds.
    pub message_ttl: Option<u64>,
}

/// Brings a database's schema up to date.
#[derive(Debug, Clone)]
pub struct Migration {
    /// Its image.
    pub image: ImageSource,
    /// The whole argument vector.
    pub command: Vec<Text>,
    /// Variables.
    pub env: IndexMap<String, Text>,
    /// Further nodes whose variables it receives.
    pub uses: Vec<(String, Origin)>,
    /// Size.
    pub size: Option<(u32, u64)>,
    /// Numeric user, if stated by the workload that it is `from`.
    pub user: Option<u32>,
    /// SHA-256 over the files that `paths` matches, if it is given.
    pub digest: Option<Digest>,
    /// Where it stands.
    pub origin: Origin,
}

/// Fills a database once.
#[derive(Debug, Clone)]
pub enum Seed {
    /// SQL files, in order: path and bytes.
    Sql {
        /// The files.
        files: Vec<(String, Vec<u8>)>,
        /// Where it stands.
        origin: Origin,
    },
    /// A command of the team's own code.
    Command(Box<Migration>),
}

/// Text with references, each of which exists.
#[derive(Debug, Clone)]
pub struct Text {
    /// Where it stands.
    pub origin: Origin,
    /// Its parts.
    pub parts: Vec<TextPart>,
}

/// One part of a text.
#[derive(Debug, Clone)]
pub enum TextPart {
    /// Known text.
    Literal(String),
    /// A reference.
    Ref(Reference, Origin),
}

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// An output of a node.
    Output {
        /// The node.
        node: String,
        /// The output.
        output: String,
    },
    /// A declared secret.
    Secret(String),
    /// A fact of the environment or pull request.
    Preview(PreviewFact),
    /// A declared variable.
    Var(String),
}

/// The facts that `${preview.…}` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PreviewFact {
    Env,
    Pr,
    Url,
    Host,
    Sha,
    Branch,
    Repo,
    App,
    Domain,
}

impl PreviewFact {
    /// Every fact with its name.
    pub const ALL: [(&'static str, PreviewFact); 9] = [
        ("env", PreviewFact::Env),
        ("pr", PreviewFact::Pr),
        ("url", PreviewFact::Url),
        ("host", PreviewFact::Host),
        ("sha", PreviewFact::Sha),
        ("branch", PreviewFact::Branch),
        ("repo", PreviewFact::Repo),
        ("app", PreviewFact::App),
        ("domain", PreviewFact::Domain),
    ];
}

/// The stores behind the canonical variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Canonical {
    /// `DATABASE_URL`.
    pub database: Option<String>,
    /// `CACHE_URL`.
    pub cache: Option<String>,
    /// `QUEUE_URL`.
    pub queue: Option<String>,
}

/// How two nodes hang together.
#[derive(Debug, Clone)]
pub struct Edge {
    /// The node that needs.
    pub from: String,
    /// The node that is needed.
    pub to: String,
    /// In which way.
    pub kind: EdgeKind,
    /// Where it is written.
    pub origin: Origin,
}

/// The three kinds of edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// Copies build, image, env and size.
    Build,
    /// Knows the other's address; may be circular.
    Address,
    /// Starts after the other; must not be circular.
    Start,
}
